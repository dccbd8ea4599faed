//! Rotating Snakes shown to networks that give the next frame: does a picture that stands still turn in what they predict?
//!
//! | module | what it holds |
//! |---|---|
//! | [`detect`] | detectors without weights, which look at the frames themselves |
//! | [`displays`] | the disk with its mirror image and controls, things that really turn, still scenes |
//! | [`flow`] | flow and scores as published, for comparison |
//! | [`watch`] | fixation with the network's own predictions in a closed loop, onset, jitter, saccade |
//! | [`read`] | what turned between two frames, and whether it is motion |
//!
//! Two readings of the same predictions: *first*, from the picture to its first prediction, and *on*, from the first prediction to the
//! second, as published. What a network does to a picture as such, whatever moves, is in the first and not in the second.

pub mod detect;
pub mod displays;
pub mod flow;
pub mod read;
pub mod sheets;
pub mod watch;

use crate::battery::When;
use crate::experiment::SnakesSpec;
use crate::identity::stream;
use crate::rows::{MotionRow, PaintedRow};
use displays::{Display, Layout, Planned, Turning};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use read::Reader;
use std::sync::Arc;
use trompe_psychophysics::NotMeasurable;
use trompe_psychophysics::motion::growth::growth;
use trompe_psychophysics::motion::lucas_kanade::Vector;
use trompe_stimuli::movies::Recipe;
use watch::{Hand, Predictor, Watcher};

/// Displays that onset, jitter and saccade are asked of.
const MOVED: [&str; 2] = ["color", "gray_20_60"];
/// Name of the still scenes among displays.
pub const SCENES: &str = "scenes";

/// What is shown to networks that learned from one world, drawn once.
pub struct Shown {
    spec: SnakesSpec,
    given: usize,
    stills: Arc<Stills>,
    /// Frames before those that are given, for a network with a memory.
    earlier: usize,
    turning: Vec<Turning>,
    scenes: Vec<Vec<f32>>,
}

/// Displays of the illusion, which are the same for every world.
pub struct Stills {
    displays: Vec<Display>,
    /// For the displays of [`MOVED`], protocol by protocol, draw by draw: frames of both hands.
    moved: Vec<Moved>,
}

/// A display under one protocol, once.
struct Moved {
    display: usize,
    protocol: &'static str,
    /// Of the disk and of its mirror image.
    frames: [Vec<Vec<f32>>; 2],
}

/// Where a row stands.
type Place<'a> = &'a dyn Fn(&str, &str) -> MotionRow;

/// Frames before those that are given: of a network with a memory.
fn earlier(memory: bool) -> usize {
    if memory { watch::EARLIER } else { 0 }
}

impl Stills {
    /// Draws them for predictors that are given so many frames, and, where it is told so, for one with a memory.
    ///
    /// # Errors
    /// What cannot be drawn.
    pub fn draw(spec: &SnakesSpec, (memory, given): (bool, usize)) -> Result<Self, String> {
        let earlier = earlier(memory);
        let displays = displays::draw(spec)?;
        let is_moved = |(_, display): &(usize, &Display)| MOVED.contains(&display.planned.id.as_str());
        let listed: Vec<(usize, &Display)> = displays.iter().enumerate().filter(is_moved).collect();
        let moved: Vec<Vec<Moved>> = listed
            .into_par_iter()
            .map(|(at, display)| moving(spec, (at, &display.planned), (earlier, given)))
            .collect::<Result<_, _>>()?;
        Ok(Self { displays, moved: moved.into_iter().flatten().collect() })
    }
}

impl Shown {
    /// Draws what really turns and still scenes, with the surfaces of `recipe`.
    ///
    /// # Errors
    /// What cannot be drawn.
    pub fn draw(
        spec: &SnakesSpec,
        recipe: &Recipe,
        (memory, given, stills): (bool, usize, Arc<Stills>),
    ) -> Result<Self, String> {
        let earlier = earlier(memory);
        let turning = displays::turning(spec, recipe, (earlier, given))?;
        let scenes = displays::still_scenes(spec, recipe)?;
        Ok(Self { spec: spec.clone(), given, earlier, stills, turning, scenes })
    }

    /// Pictures that are given to a predictor at every checkpoint, and besides at the last one; for plans.
    pub fn pictures(spec: &SnakesSpec) -> [usize; 2] {
        let planned = displays::planned(spec);
        let every = planned.iter().filter(|one| one.when == When::Every).count();
        let named = planned.iter().filter(|one| one.grays.is_none() || one.when == When::Every).count();
        let map = planned.len() - every;
        let turning = 8 * displays::TURNS.len();
        [
            2 * 2 * every + 2 * turning,
            2 * 2 * map + 2 * named * (spec.closed - 2) + 2 * spec.scenes + 2 * MOVED.len() * (1 + 2 * spec.jitters),
        ]
    }

    /// Frames that a network with a memory takes in, all in all.
    pub fn frames_remembered(spec: &SnakesSpec, given: usize) -> usize {
        let planned = displays::planned(spec);
        let named = planned.iter().filter(|one| one.grays.is_none() || one.when == When::Every).count();
        let moving = watch::EARLIER + given + 1;
        2 * named * (watch::HELD + spec.closed)
            + (2 * (planned.len() - named) + spec.scenes) * (watch::HELD + 2)
            + 8 * displays::TURNS.len() * moving
            + 2 * MOVED.len() * (watch::HELD + 2 * spec.jitters * moving)
    }

    /// Multiply-accumulates of convolutions that take as long as reading the displays at the last checkpoint: above all the still
    /// remaps of both hands in both readings, as measured.
    pub fn reading_macs(spec: &SnakesSpec) -> f64 {
        const EACH_PIXEL: f64 = 1e5;
        let named = displays::planned(spec).iter().filter(|one| one.grays.is_none() || one.when == When::Every).count();
        (4 * named * spec.canvas_px * spec.canvas_px) as f64 * EACH_PIXEL
    }

    /// Everything that is asked at a checkpoint.
    ///
    /// # Errors
    /// What the predictor says; pictures that cannot be measured have no value instead.
    pub fn look(&self, predictor: &mut Predictor<'_>, last: bool, place: Place<'_>) -> Result<Vec<MotionRow>, String> {
        if let Predictor::Detector(detector) = predictor {
            return if last { self.detected(*detector, place) } else { Ok(Vec::new()) };
        }
        let reader = Reader::new(&self.spec, [0.0; 2]);
        let mut watcher = Watcher::new(predictor, self.given, self.spec.canvas_px);
        let mut rows = Vec::new();
        for display in self.stills.displays.iter().filter(|display| last || display.planned.when == When::Every) {
            rows.push(self.fixated(&mut watcher, &reader, (display, last), place)?);
        }
        for turning in &self.turning {
            let seen = self.earlier + self.given;
            let frames: Vec<&[f32]> = turning.frames[..seen].iter().map(Vec::as_slice).collect();
            let hand = if turning.id == "mirror" { Hand::Mirror } else { Hand::Seen };
            let predicted = watcher.after(hand, &frames, 2)?;
            let mut row = place(turning.id, "turning");
            row.real = Some(turning.turn_deg);
            row.real_read = reader.turn(frames[seen - 1], &turning.frames[seen]).ok();
            row.first = reader.turn(frames[seen - 1], &predicted[0]).ok();
            row.on = reader.turn(&predicted[0], &predicted[1]).ok();
            rows.push(row);
        }
        if last {
            rows.extend(self.moved(&mut watcher, &reader, place)?);
            rows.extend(self.still(&mut watcher, &reader, place)?);
        }
        Ok(rows)
    }

    /// What is kept for the report of a network: the colored disk's predictions in the closed loop (all, or the first and the last), and
    /// where its places went from the first to the second.
    ///
    /// # Errors
    /// What the predictor says.
    pub fn kept(&self, predictor: &mut Predictor<'_>, all: bool) -> Result<(Vec<PaintedRow>, Vec<Vector>), String> {
        let disk =
            self.stills.displays.iter().find(|display| display.planned.id == "color").ok_or("no disk is shown")?;
        let (side, closed) = (self.spec.canvas_px, self.spec.closed);
        let frames = Watcher::new(predictor, self.given, side).fixation(Hand::Seen, &disk.seen, closed)?;
        let reader = Reader::new(&self.spec, [0.0; 2]);
        let arrows = flow::arrows(&reader, &frames[0], &frames[1]).unwrap_or_default();
        let code = |code: &f32| (code.clamp(0.0, 1.0) * 255.0).round() as u8;
        let wanted = |at: &usize| all || *at == 0 || at + 1 == closed;
        let painted = (0..closed).filter(wanted).map(|at| PaintedRow {
            display: "color".into(),
            context: format!("closed_{:02}", at + 1),
            side,
            codes: frames[at].iter().map(code).collect(),
        });
        Ok((painted.collect(), arrows))
    }

    /// A display that stands still.
    fn fixated(
        &self,
        watcher: &mut Watcher<'_, '_>,
        reader: &Reader,
        (display, last): (&Display, bool),
        place: Place<'_>,
    ) -> Result<MotionRow, String> {
        let planned = &display.planned;
        // Of the map two predictions are enough.
        let named = planned.grays.is_none() || planned.when == When::Every;
        let whole = last && named;
        let count = if whole { self.spec.closed } else { 2 };
        let pair: [&[f32]; 2] = [&display.seen, &display.mirror];
        let seen = watcher.fixation(Hand::Seen, pair[0], count)?;
        let mirror = watcher.fixation(Hand::Mirror, pair[1], count)?;
        let at = |number: usize| -> [&[f32]; 2] { [&seen[number], &mirror[number]] };
        let mut row = place(&planned.id, "fixation");
        row.people = planned.people;
        [row.dark, row.light] = planned.grays.map_or([None; 2], |grays| grays.map(Some));
        row.first = reader.hands(planned.layout, pair, at(0)).ok().map(|[_, _, both]| both);
        if let Ok([seen, mirror, both]) = reader.hands(planned.layout, at(0), at(1)) {
            (row.on_seen, row.on_mirror, row.on) = (Some(seen), Some(mirror), Some(both));
        }
        if whole && planned.when == When::Every {
            row.flow = flow::mean(reader, at(0), at(1)).ok();
            [row.tangent_score, row.eigen_score] = flow::published(reader, pair, at(1)).map(Result::ok);
        }
        if whole && planned.layout == Layout::Disk {
            row.rigidity_first = reader.rigidity(pair, at(0)).ok();
            row.rigidity_on = reader.rigidity(at(0), at(1)).ok();
            if let Ok([remapped, beyond]) = reader.remapped(pair, at(0)) {
                (row.remapped_first, row.beyond_first) = (Some(remapped), Some(beyond));
            }
            if let Ok([remapped, beyond]) = reader.remapped(at(0), at(1)) {
                (row.remapped_on, row.beyond_on) = (Some(remapped), Some(beyond));
            }
            // From frame to frame, since a disk that has turned by a quarter of its unit reads as anything.
            let turns: Result<Vec<f64>, NotMeasurable> =
                (1..count).map(|number| reader.strength(at(number - 1), at(number))).collect();
            let whole = |turns: Vec<f64>| {
                let sums = turns.iter().scan(0.0, |sum, turn| {
                    *sum += turn;
                    Some(*sum)
                });
                sums.collect::<Vec<f64>>()
            };
            let frames: Vec<f64> = (1..count).map(|number| number as f64).collect();
            if let Ok(grown) = turns.and_then(|turns| growth(&frames, &whole(turns))) {
                row.growth = Some(grown.slope);
                row.growth_linear = grown.r_squared.ok();
            }
        }
        Ok(row)
    }

    /// Displays that begin, tremble or have jumped: means over draws.
    fn moved(
        &self,
        watcher: &mut Watcher<'_, '_>,
        reader: &Reader,
        place: Place<'_>,
    ) -> Result<Vec<MotionRow>, String> {
        let mut rows: Vec<(MotionRow, Vec<f64>)> = Vec::new();
        for (at, display) in self.stills.displays.iter().enumerate() {
            if !MOVED.contains(&display.planned.id.as_str()) {
                continue;
            }
            let mut row = place(&display.planned.id, "onset");
            let pair: [&[f32]; 2] = [&display.seen, &display.mirror];
            let (seen, mirror) = (watcher.onset(Hand::Seen, pair[0])?, watcher.onset(Hand::Mirror, pair[1])?);
            row.first = reader.strength(pair, [&seen, &mirror]).ok();
            rows.push((row, Vec::new()));
            for protocol in ["jitter", "saccade"] {
                let mut turns = Vec::new();
                for moved in self.stills.moved.iter().filter(|moved| moved.display == at && moved.protocol == protocol)
                {
                    let mut predicted = Vec::new();
                    for hand in Hand::ALL {
                        let frames = &moved.frames[usize::from(hand == Hand::Mirror)];
                        let frames: Vec<&[f32]> = frames.iter().map(Vec::as_slice).collect();
                        predicted.push(watcher.after(hand, &frames, 1)?.remove(0));
                    }
                    turns.extend(reader.strength(pair, [&predicted[0], &predicted[1]]).ok());
                }
                rows.push((place(&display.planned.id, protocol), turns));
            }
        }
        Ok(rows
            .into_iter()
            .map(|(row, turns)| MotionRow { first: row.first.or_else(|| crate::score::mean(&turns)), ..row })
            .collect())
    }

    /// Scenes that stand still: root mean squares of what turns in them.
    fn still(
        &self,
        watcher: &mut Watcher<'_, '_>,
        reader: &Reader,
        place: Place<'_>,
    ) -> Result<Option<MotionRow>, String> {
        let (mut first, mut on) = (Vec::new(), Vec::new());
        for scene in &self.scenes {
            let predicted = watcher.fixation(Hand::Seen, scene, 2)?;
            first.extend(reader.turn(scene, &predicted[0]).ok().map(|turn| turn * turn));
            on.extend(reader.turn(&predicted[0], &predicted[1]).ok().map(|turn| turn * turn));
        }
        let root = |squares: &[f64]| crate::score::mean(squares).map(f64::sqrt);
        let row = MotionRow { first: root(&first), on: root(&on), ..place(SCENES, "fixation") };
        Ok((!self.scenes.is_empty()).then_some(row))
    }
}

/// A display that trembles and one that jumps, in as many draws as are asked for.
fn moving(
    spec: &SnakesSpec,
    (display, planned): (usize, &Planned),
    (earlier, given): (usize, usize),
) -> Result<Vec<Moved>, String> {
    type Places = fn(usize, &mut rand_chacha::ChaCha8Rng) -> Vec<[f64; 2]>;
    let protocols: [(&'static str, Places, f64); 2] =
        [("jitter", watch::jitter, watch::JITTER_PX), ("saccade", watch::saccade, 0.0)];
    let mut all = Vec::new();
    for (protocol, places, step_px) in protocols {
        // The same steps for every display.
        let mut rng = stream(&["eye movements", protocol]);
        // Of their own, so that what other predictors are given does not depend on them.
        let mut before = stream(&["earlier eye movements", protocol]);
        for _ in 0..spec.jitters {
            let places = watch::with_earlier(places(given, &mut rng), (earlier, step_px), &mut before);
            let mut frames = [Vec::new(), Vec::new()];
            for (hand, frames) in Hand::ALL.into_iter().zip(&mut frames) {
                for place in &places {
                    let codes = planned.codes(spec.canvas_px, (hand.sign(), 0.0), *place);
                    frames.push(codes.map_err(|error| format!("display `{}`: {error}", planned.id))?);
                }
            }
            all.push(Moved { display, protocol, frames });
        }
    }
    Ok(all)
}
