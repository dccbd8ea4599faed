//! Still pictures that seem to move to people, or do not, and pictures that really turn; drawn once, as sRGB codes.
//!
//! Every display of the illusion is a pair: the disk that people see turn clockwise, and its mirror image. What is judged is half the
//! difference between the two, so that biases which do not depend on handedness are gone. [`Planned::people`] is the human sign:
//! 1 where people see motion in the order black, dark, white, light; −1 against it; 0 none; nothing where it is not known.

use crate::battery::When;
use crate::experiment::SnakesSpec;
use crate::identity::stream;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use trompe_stimuli::color::to_codes;
use trompe_stimuli::movies::{self, Recipe};
use trompe_stimuli::{
    Condition, Encoding, Point, Scene, Settings, StimulusError, Value, Viewing, encode, illusions, render,
};

/// Degrees across the canvas; nothing here depends on it.
const SIZE_DEG: f64 = 4.0;
/// Real turns that predictions are calibrated with, degrees per frame.
pub const TURNS: [f64; 4] = [0.25, 0.5, 1.0, 2.0];

/// Where in the picture something turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One disk about the middle.
    Disk,
    /// Four disks; neighbors are mirror images and turn in opposite directions.
    Group,
    /// Two straight bands of ten units, mirror images, that go on beyond the picture's left and right end.
    Strip,
}

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// Name in the tables.
    pub id: String,
    /// Where in the picture it turns.
    pub layout: Layout,
    /// Settings of the illusion: words.
    words: Vec<(&'static str, &'static str)>,
    /// Settings of the illusion: numbers.
    numbers: Vec<(&'static str, f64)>,
    /// Which way people see it turn.
    pub people: Option<i8>,
    /// Luminances of dark and light ellipses, in the gray map.
    pub grays: Option<[f64; 2]>,
    /// When it is shown.
    pub when: When,
}

/// A display with its pixels: codes `[3, side, side]`.
pub struct Display {
    /// What it is.
    pub planned: Planned,
    /// The disk that people see turn clockwise.
    pub seen: Vec<f32>,
    /// Its mirror image.
    pub mirror: Vec<f32>,
}

/// Every display of the illusion, in order.
pub fn planned(spec: &SnakesSpec) -> Vec<Planned> {
    let one = |id: &str, words: &[(&'static str, &'static str)], people: Option<i8>| Planned {
        id: id.into(),
        layout: Layout::Disk,
        words: words.to_vec(),
        numbers: Vec::new(),
        people,
        grays: None,
        when: When::Last,
    };
    let gray = |id: String, grays: [f64; 2], people: Option<i8>| Planned {
        numbers: vec![("dark_luminance", grays[0]), ("light_luminance", grays[1])],
        grays: Some(grays),
        ..one(&id, &[("palette", "gray")], people)
    };
    let pattern = |id: &'static str, people: Option<i8>| one(id, &[("pattern", id)], people);
    let mut all = vec![
        Planned { when: When::Every, ..one("color", &[], Some(1)) },
        Planned { when: When::Every, ..gray("gray_20_60".into(), [0.2, 0.6], Some(1)) },
        gray("gray_70_95".into(), [0.7, 0.95], Some(-1)),
        Planned { when: When::Every, ..pattern("symmetric", Some(0)) },
        pattern("symmetric6", Some(0)),
        pattern("alternating_rings", Some(0)),
        pattern("order_kbyw", None),
        pattern("order_kwby", None),
        pattern("pair_kb", Some(1)),
        pattern("pair_bw", Some(1)),
        pattern("pair_wy", Some(1)),
        pattern("pair_yk", Some(1)),
        one("hue_swapped", &[("palette", "hue_swapped")], Some(1)),
        one("equal_luminance", &[("palette", "equal_luminance")], Some(0)),
        pattern("fraser_wilcox", None),
        Planned { layout: Layout::Group, ..one("group", &[("layout", "group")], Some(1)) },
        // Of four bands of twenty units the middle half: two bands of ten.
        Planned { layout: Layout::Strip, ..one("strip", &[("layout", "strip")], Some(1)) },
    ];
    let levels = spec.gray_levels;
    let at = |index: usize| index as f64 / (levels.max(2) - 1) as f64;
    for (dark, light) in (0..levels * levels).map(|cell| (at(cell / levels), at(cell % levels))) {
        let id = format!("map_{:.0}_{:.0}", 100.0 * dark, 100.0 * light);
        all.push(gray(id, [dark, light], people_in_map(dark, light)));
    }
    all
}

/// People's sign in the gray map: marked motion for dark up to 25 % and light from 20 to 75 %, the other way near (70, 95), none by
/// symmetry where both are equal.
///
/// # Source
/// atalagerard2017; nothing is assumed elsewhere.
fn people_in_map(dark: f64, light: f64) -> Option<i8> {
    match (dark, light) {
        _ if dark == light => Some(0),
        _ if dark <= 0.25 && (0.2..=0.75).contains(&light) && light > dark => Some(1),
        _ if (0.65..=0.75).contains(&dark) && (0.9..1.0).contains(&light) => Some(-1),
        _ => None,
    }
}

impl Planned {
    /// The scene of a hand (1: people see it turn clockwise; −1 the mirror image), really turned by so many degrees.
    fn scene(&self, hand: f64, turned_deg: f64) -> Result<Scene, StimulusError> {
        let size_deg = if self.layout == Layout::Strip { 2.0 * SIZE_DEG } else { SIZE_DEG };
        let settings = Settings::new().with("size_deg", Value::Number(size_deg)).with("frame", Value::Number(1.0));
        let words = self.words.iter().fold(settings, |all, (key, word)| all.with(key, Value::Text((*word).into())));
        let settings = self.numbers.iter().fold(words, |all, (key, number)| all.with(key, Value::Number(*number)));
        let entry = illusions::find("rotating_snakes").expect("the list of illusions has Rotating Snakes");
        (entry.build)(&settings)?.compose(&Condition { difference: turned_deg, strength: hand })
    }

    /// Codes of a hand, turned and moved; what enters from beyond the canvas is the ground.
    ///
    /// # Errors
    /// What cannot be drawn.
    pub fn codes(
        &self,
        side: usize,
        (hand, turned_deg): (f64, f64),
        moved_px: [f64; 2],
    ) -> Result<Vec<f32>, StimulusError> {
        let mut scene = self.scene(hand, turned_deg)?;
        let pixel = SIZE_DEG / side as f64;
        let by = Point::new(moved_px[0] * pixel, moved_px[1] * pixel);
        if moved_px != [0.0; 2] {
            for painted in &mut scene.painted {
                painted.path = std::mem::replace(&mut painted.path, trompe_stimuli::Path::polygon(&[])).moved(by);
            }
            scene.regions.clear();
        }
        let of_strip = self.layout == Layout::Strip;
        let drawn = if of_strip { 2 * side } else { side };
        let image = render(&scene, Viewing::square(drawn, drawn as f64 * pixel)?)?.image;
        let codes = encode(&image, Encoding::Srgb);
        let codes = if of_strip { middle(&codes, drawn, side) } else { codes };
        Ok(if image.channels == 1 { [&codes[..]; 3].concat() } else { codes })
    }
}

/// The middle square of planes of `drawn` × `drawn` codes.
fn middle(codes: &[f32], drawn: usize, side: usize) -> Vec<f32> {
    let from = (drawn - side) / 2;
    let rows = codes.chunks_exact(drawn * drawn).flat_map(|plane| plane.chunks_exact(drawn).skip(from).take(side));
    rows.flat_map(|row| &row[from..from + side]).copied().collect()
}

/// Draws the displays.
///
/// # Errors
/// A display that cannot be drawn, with its name.
pub fn draw(spec: &SnakesSpec) -> Result<Vec<Display>, String> {
    let one = |planned: Planned| {
        let codes = |hand: f64| planned.codes(spec.canvas_px, (hand, 0.0), [0.0; 2]);
        let named = |error: StimulusError| format!("display `{}`: {error}", planned.id);
        let (seen, mirror) = (codes(1.0).map_err(named)?, codes(-1.0).map_err(named)?);
        Ok(Display { planned, seen, mirror })
    };
    planned(spec).into_par_iter().map(one).collect()
}

/// Something that really turns about the middle: frames at equal turns, the last one turned by nothing.
pub struct Turning {
    /// Name in the tables.
    pub id: &'static str,
    /// Degrees per frame, clockwise above 0.
    pub turn_deg: f64,
    /// Codes `[3, side, side]`: earlier ones, those that a predictor is given, and what comes next.
    pub frames: Vec<Vec<f32>>,
}

/// Textures, propellers and disks that turn, forth and back, each speed of [`TURNS`]; `earlier` frames for a network with a memory, the `given`
/// ones, and the next.
///
/// # Errors
/// What cannot be drawn.
pub fn turning(spec: &SnakesSpec, recipe: &Recipe, (earlier, given): (usize, usize)) -> Result<Vec<Turning>, String> {
    let failed = |error: StimulusError| error.to_string();
    let side = spec.canvas_px;
    let disk = planned(spec).into_iter().find(|one| one.id == "color").expect("the disk is planned");
    let mut all = Vec::new();
    for speed in TURNS {
        for turn_deg in [speed, -speed] {
            // The same leaves whichever way and however fast they turn.
            let colors = [[0.6, 0.25, 0.1], [0.2, 0.3, 0.35]];
            for id in ["texture", "propeller"] {
                let draw = |turn: f64, frames: usize| match id {
                    "texture" => movies::turning(recipe, turn, (side, frames), &mut stream(&["turning texture"])),
                    _ => movies::propeller(colors, [20.0, turn], side, frames),
                };
                // What was before is what comes when it turns the other way.
                let mut frames = draw(-turn_deg, earlier + 1).map_err(failed)?.frames.split_off(1);
                frames.reverse();
                frames.extend(draw(turn_deg, given + 1).map_err(failed)?.frames);
                let coded = frames.iter().map(|frame| to_codes(frame.iter().copied())).collect();
                all.push(Turning { id, turn_deg, frames: coded });
            }
            // The mean of both hands would be another picture, so that both are shown.
            for (id, hand) in [("disk", 1.0), ("mirror", -1.0)] {
                let turned = |at: usize| turn_deg * (at as f64 - earlier as f64);
                let frame = |at: usize| disk.codes(side, (hand, turned(at)), [0.0; 2]);
                let frames: Result<Vec<_>, StimulusError> = (0..=earlier + given).map(frame).collect();
                all.push(Turning { id, turn_deg, frames: frames.map_err(failed)? });
            }
        }
    }
    Ok(all)
}

/// So many still scenes of a world.
///
/// # Errors
/// A scene that cannot be drawn.
pub fn still_scenes(spec: &SnakesSpec, recipe: &Recipe) -> Result<Vec<Vec<f32>>, String> {
    let mut rng = stream(&["still scenes"]);
    let scene =
        |_| movies::draw(recipe, spec.canvas_px, 1, &mut rng).map(|movie| to_codes(movie.frames[0].iter().copied()));
    (0..spec.scenes).map(scene).collect::<Result<_, StimulusError>>().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> SnakesSpec {
        SnakesSpec {
            canvas_px: 64,
            gray_levels: 11,
            scenes: 2,
            jitters: 2,
            closed: 4,
            linear_pictures: 8,
            linear_side: 3,
            readings: SnakesSpec::READINGS,
        }
    }

    /// Oracle: the published region of gray disks (dark up to 25 %, light 20 to 75 %), its island near (70 %, 95 %), and symmetry.
    #[test]
    fn signs_of_the_gray_map_are_those_that_are_known_and_no_others() {
        let planned = planned(&spec());
        let sign = |id: &str| planned.iter().find(|one| one.id == id).expect("a cell of the map").people;
        assert_eq!((sign("map_0_50"), sign("map_20_60"), sign("map_10_70")), (Some(1), Some(1), Some(1)));
        assert_eq!((sign("map_70_90"), sign("gray_70_95")), (Some(-1), Some(-1)));
        assert_eq!((sign("map_40_40"), sign("map_100_100"), sign("symmetric")), (Some(0), Some(0), Some(0)));
        assert_eq!((sign("map_30_60"), sign("map_60_20"), sign("map_0_100")), (None, None, None));
        assert_eq!(planned.len(), 17 + 121);
        let named = planned.iter().filter(|one| one.when == When::Every).count();
        assert_eq!(named, 3, "what the outcomes and their control need");
    }

    /// Top and bottom exchanged, a disk is its mirror image; turned by a unit, it is itself; moved, its content moves.
    #[test]
    fn hands_are_mirror_images_and_turns_and_moves_are_exact() {
        let disk = planned(&spec()).into_iter().find(|one| one.id == "color").expect("the disk");
        let codes = |hand: f64, turned: f64, moved: [f64; 2]| disk.codes(64, (hand, turned), moved).expect("codes");
        let (seen, mirror) = (codes(1.0, 0.0, [0.0; 2]), codes(-1.0, 0.0, [0.0; 2]));
        let near = |one: &[f32], other: &dyn Fn(usize) -> f32| {
            (0..one.len()).map(|at| (one[at] - other(at)).abs()).fold(0.0, f32::max) < 2e-3
        };
        let flipped = |at: usize| mirror[at / 4096 * 4096 + (63 - at % 4096 / 64) * 64 + at % 64];
        assert!(near(&seen, &flipped) && !near(&seen, &|at| mirror[at]));
        // Twenty units a turn; where units meet, the one that is painted last lies above.
        let apart = |degrees: f64| {
            let turned = codes(1.0, degrees, [0.0; 2]);
            seen.iter().zip(&turned).map(|(one, other)| (one - other).abs()).sum::<f32>() / seen.len() as f32
        };
        assert!(apart(18.0) < 2e-3 && apart(9.0) > 0.05, "{} and {}", apart(18.0), apart(9.0));
        let moved = codes(1.0, 0.0, [3.0, 2.0]);
        let inside = |at: usize| (2..64).contains(&(at % 4096 / 64)) && (3..64).contains(&(at % 64));
        assert!((0..moved.len()).filter(|&at| inside(at)).all(|at| (moved[at] - seen[at - 2 * 64 - 3]).abs() < 2e-3));
    }
}
