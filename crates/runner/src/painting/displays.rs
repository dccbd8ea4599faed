//! The church as it is shown: every display in three colors of its context, drawn once, as sRGB codes.
//!
//! In the *near* context the bars in front (or the ground) have the one inducer's color, blue in the poster; in the *far* one the other's,
//! yellow; in the *gray* one none. Bars behind have the color that those in front have not. What is judged is what is seen of the church, a
//! pixel from any edge where that leaves pixels (bars of one or two pixels leave none), otherwise all of it; beside it always all of it, since
//! a curve over widths must not change its mask on the way.

use super::read;
use crate::battery::When;
use crate::experiment::ChurchSpec;
use trompe_stimuli::{
    Condition, Encoding, MaskName, Settings, StimulusError, Value, Viewing, church, encode, illusions, render,
};

/// Degrees across the canvas; nothing here depends on it.
const SIZE_DEG: f64 = 4.0;
/// Units of the church's grid across the canvas.
const GRID: usize = 128;
/// Bars from this many pixels on are read in thirds.
const LEAST_THIRDS: usize = 6;
/// A real recoloring that must be given as it is, ΔE (CIE 1976): the trap.
pub const TRAP_DIFFERENCE: f64 = 10.0;
/// Real recolorings in the near context, from which the one that cancels the illusion is read, ΔE (CIE 1976).
const NULLING: [f64; 5] = [-16.0, -8.0, 0.0, 8.0, 16.0];

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// Name in the tables.
    pub id: String,
    /// What surrounds the church, as the illusion names it; `trap` for a church that is really recolored among gray bars.
    pub context: &'static str,
    /// Set of colors, as the illusion names it.
    pub colors: String,
    /// Drawing that is judged.
    pub silhouette: &'static str,
    /// Width of the bars in 128ths of the canvas.
    pub bar: Option<usize>,
    /// Whether front and back bars change places.
    pub swapped: bool,
    /// When it is shown.
    pub when: When,
    /// Whether the recoloring that cancels the shift is asked for.
    pub nulled: bool,
}

/// A display with its pixels.
pub struct Display {
    /// What it is.
    pub planned: Planned,
    /// Side in pixels.
    pub side: usize,
    /// CIELAB of the near and the far inducer.
    pub inducers: [[f64; 3]; 2],
    /// CIELAB of the church.
    pub physical: [f64; 3],
    /// Codes `[3, side, side]` in the near context.
    pub near: Vec<f32>,
    /// In the far context.
    pub far: Vec<f32>,
    /// In the gray context.
    pub gray: Vec<f32>,
    /// What is judged.
    pub pixels: Vec<usize>,
    /// All that is seen of the church, edges included: the same for every width of bars.
    pub whole: Vec<usize>,
    /// The same by distance from the bars in front: the third nearest to an edge, the third between, the middle.
    pub thirds: Option<[Vec<usize>; 3]>,
    /// Recolorings in the near context: ΔE (CIE 1976) toward the near inducer, the church's CIELAB, codes.
    pub nulling: Vec<(f64, [f64; 3], Vec<f32>)>,
}

/// Everything that is shown, in order.
pub fn planned(spec: &ChurchSpec) -> Vec<Planned> {
    let mut all = Vec::new();
    let (fine, coarse) = (spec.fine_bar, spec.coarse_bar);
    let base = |context: &'static str, colors: &str, silhouette: &'static str, bar: Option<usize>| Planned {
        id: [context, colors, silhouette].join("_") + &bar.map_or(String::new(), |bar| format!("_{bar}")),
        context,
        colors: colors.into(),
        silhouette,
        bar,
        swapped: false,
        when: When::Last,
        nulled: false,
    };
    for &bar in &spec.bars {
        let primary = bar == fine || bar == coarse;
        let when = if primary { When::Every } else { When::Last };
        all.push(Planned { when, nulled: primary, ..base("munker", "poster", "church", Some(bar)) });
    }
    let uniform = base("uniform", "poster", "church", None);
    all.push(Planned { when: When::Every, nulled: true, ..uniform });
    for bar in [fine, coarse] {
        let swapped = base("munker", "poster", "church", Some(bar));
        all.push(Planned { id: format!("swapped_poster_church_{bar}"), swapped: true, ..swapped });
        for context in ["front_only", "back_only", "interrupted"] {
            all.push(base(context, "poster", "church", Some(bar)));
        }
    }
    all.push(base("remote", "poster", "church", Some(coarse)));
    for context in ["uniform_gap", "remote_uniform"] {
        all.push(base(context, "poster", "church", None));
    }
    all.push(base("confetti", "poster", "church", Some(fine)));
    all.push(base("trap", "poster", "church", Some(coarse)));
    for silhouette in ["house", "tree", "square", "disc"] {
        for bar in [fine, coarse] {
            all.push(base("munker", "poster", silhouette, Some(bar)));
        }
        all.push(base("uniform", "poster", silhouette, None));
    }
    let drawn = (0..spec.color_sets).map(|set| (format!("drawn_{set}"), When::Every));
    let named = ["equal_luminance", "s_axis"].map(|set| (set.to_owned(), When::Last));
    for (colors, when) in drawn.chain(named) {
        for bar in [fine, coarse] {
            all.push(Planned { when, ..base("munker", &colors, "church", Some(bar)) });
        }
        all.push(Planned { when, ..base("uniform", &colors, "church", None) });
    }
    all
}

/// Pictures that a network gives at every checkpoint, and those that it gives at the last one besides.
pub fn pictures_shown(spec: &ChurchSpec) -> [usize; 2] {
    let all = planned(spec);
    let every = all.iter().filter(|planned| planned.when == When::Every).count();
    let nulled = all.iter().filter(|planned| planned.nulled).count();
    // Near and far at each; at the last one also gray, two for the derivative, and the recolorings.
    [2 * every, 2 * (all.len() - every) + 3 * all.len() + NULLING.len() * nulled]
}

/// Draws them all.
///
/// # Errors
/// A display that cannot be drawn, with its name.
pub fn draw(spec: &ChurchSpec) -> Result<Vec<Display>, String> {
    let one = |planned: Planned| {
        let id = planned.id.clone();
        Display::draw(planned, spec.canvas_px).map_err(|error| format!("display `{id}`: {error}"))
    };
    planned(spec).into_iter().map(one).collect()
}

/// Settings of the illusion for a set of colors.
fn with_colors(settings: Settings, colors: &str) -> Settings {
    match colors.strip_prefix("drawn_").and_then(|set| set.parse::<f64>().ok()) {
        Some(set) => settings.with("colors", Value::Text("drawn".into())).with("draw", Value::Number(set)),
        None => settings.with("colors", Value::Text(colors.into())),
    }
}

impl Display {
    fn draw(planned: Planned, side: usize) -> Result<Self, StimulusError> {
        let viewing = Viewing::square(side, SIZE_DEG)?;
        let trap = planned.context == "trap";
        let context = if trap { "munker" } else { planned.context };
        let mut settings = Settings::new()
            .with("context", Value::Text(context.into()))
            .with("silhouette", Value::Text(planned.silhouette.into()))
            .with("swapped", Value::Flag(planned.swapped))
            .with("size_deg", Value::Number(SIZE_DEG));
        if let Some(bar) = planned.bar {
            settings = settings.with("bar_deg", Value::Number(bar as f64 / GRID as f64 * SIZE_DEG));
        }
        let settings = with_colors(settings, &planned.colors);
        let entry = illusions::find(church::ENTRY.id).expect("the church is in the list");
        let illusion = (entry.build)(&settings)?;
        let shown = |strength: f64, difference: f64| -> Result<_, StimulusError> {
            render(&illusion.compose(&Condition { difference, strength })?, viewing)
        };
        let codes = |strength, difference| Ok(encode(&shown(strength, difference)?.image, Encoding::Srgb));
        let contexts: [(f64, f64); 3] = match trap {
            true => [(0.0, TRAP_DIFFERENCE), (0.0, -TRAP_DIFFERENCE), (0.0, 0.0)],
            false => [(1.0, 0.0), (-1.0, 0.0), (0.0, 0.0)],
        };
        let colors = church::colors(&settings)?;
        let lab = trompe_stimuli::color::to_lab;
        let code = |color: [u8; 3]| lab(trompe_stimuli::color::from_srgb8(color));
        let (inducers, physical) = match context {
            // The disc that is judged lies behind red bars in the near context and behind blue ones in the far one.
            "confetti" => ([code(church::CONFETTI_BARS[0]), code(church::CONFETTI_BARS[2])], code(church::NOVICK[0])),
            _ => ([lab(colors.near), lab(colors.far)], lab(colors.target)),
        };
        let mask = shown(0.0, 0.0)?;
        let mask = mask.mask(MaskName::Target(1))?;
        let whole = mask.whole_pixels();
        let inner = eroded(&whole, side);
        let pixels = if inner.is_empty() { whole.clone() } else { inner };
        let bar_px = planned.bar.map(|bar| bar * side / GRID).filter(|&bar| bar >= LEAST_THIRDS);
        let thirds = bar_px.map(|bar| thirds(&mask.whole_pixels(), side, bar));
        let mut nulling = Vec::new();
        if planned.nulled {
            for difference in NULLING {
                let target = colors.recolored(difference)?;
                nulling.push((difference, lab(target), codes(1.0, difference)?));
            }
        }
        let [near, far, gray] = contexts.map(|(strength, difference)| codes(strength, difference));
        Ok(Self {
            side,
            inducers,
            physical,
            near: near?,
            far: far?,
            gray: gray?,
            pixels,
            whole,
            thirds,
            nulling,
            planned,
        })
    }

    /// Hue angle of the axis from the far to the near inducer, degrees.
    pub fn axis_deg(&self) -> f64 {
        let [near, far] = self.inducers;
        libm::atan2(near[2] - far[2], near[1] - far[1]).to_degrees().rem_euclid(360.0)
    }

    /// Pixels of a plane.
    pub fn plane(&self) -> usize {
        self.side * self.side
    }

    /// CIELAB of what is judged in a picture that was given for this display.
    pub fn seen(&self, codes: &[f32]) -> [f64; 3] {
        read::lab(codes, self.plane(), &self.pixels)
    }
}

/// Pixels all of whose eight neighbors are among them.
fn eroded(pixels: &[usize], side: usize) -> Vec<usize> {
    let mut inside = vec![false; side * side];
    pixels.iter().for_each(|&pixel| inside[pixel] = true);
    let held = |pixel: usize| {
        let (row, column) = (pixel / side, pixel % side);
        let free = row > 0 && column > 0 && row + 1 < side && column + 1 < side;
        free && (0..9).all(|at| inside[(row + at / 3 - 1) * side + column + at % 3 - 1])
    };
    pixels.iter().copied().filter(|&pixel| held(pixel)).collect()
}

/// Pixels of horizontal bars by distance from the bar's edges.
fn thirds(pixels: &[usize], side: usize, bar: usize) -> [Vec<usize>; 3] {
    let mut thirds: [Vec<usize>; 3] = Default::default();
    for &pixel in pixels {
        let place = (pixel / side % bar) as f64 + 0.5;
        let depth = place.min(bar as f64 - place) / (bar as f64 / 2.0);
        thirds[((depth * 3.0) as usize).min(2)].push(pixel);
    }
    thirds
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn spec() -> ChurchSpec {
        ChurchSpec {
            canvas_px: 128,
            bars: vec![1, 2, 8],
            fine_bar: 2,
            coarse_bar: 8,
            color_sets: 3,
            brightness_ppd: 0,
            figures: 0,
            linear_pictures: 8,
            linear_side: 3,
        }
    }

    #[test]
    fn names_are_unique_and_every_display_can_be_drawn() {
        let displays = draw(&spec()).expect("displays");
        let ids: BTreeSet<&str> = displays.iter().map(|display| display.planned.id.as_str()).collect();
        assert_eq!(ids.len(), displays.len());
        assert!(ids.contains("munker_poster_church_2") && ids.contains("uniform_drawn_2_church"));
    }

    #[test]
    fn what_is_judged_has_the_same_color_in_every_context_except_in_the_trap() {
        for display in draw(&spec()).expect("displays") {
            let seen = [&display.near, &display.far, &display.gray].map(|codes| display.seen(codes));
            let apart =
                |one: [f64; 3], other: [f64; 3]| (0..3).map(|at| (one[at] - other[at]).abs()).fold(0.0, f64::max);
            if display.planned.context == "trap" {
                let shift = read::along(seen[0], display.inducers) - read::along(seen[1], display.inducers);
                assert!((shift - 2.0 * TRAP_DIFFERENCE).abs() < 0.01, "{shift}");
                continue;
            }
            assert!(
                seen.iter().all(|&color| apart(color, display.physical) < 0.01),
                "{}: {seen:?}",
                display.planned.id
            );
            assert!(display.near != display.far && display.near != display.gray, "{}", display.planned.id);
        }
    }

    #[test]
    fn thirds_and_edges_are_where_geometry_says() {
        // A column of a bar 6 pixels high: distances .5, 1.5, 2.5, 2.5, 1.5, .5 of 3.
        let [edge, between, center] = thirds(&[0, 1, 2, 3, 4, 5], 1, 6);
        assert_eq!((edge, between, center), (vec![0, 5], vec![1, 4], vec![2, 3]));
        // Of a square of 3 pixels one has all its neighbors.
        let square: Vec<usize> = [6, 7, 8, 11, 12, 13, 16, 17, 18].into();
        assert_eq!(eroded(&square, 5), [12]);
        assert!(eroded(&[6, 7, 11, 12], 5).is_empty());
    }
}
