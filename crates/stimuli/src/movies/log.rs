//! Whether motion goes with the polarity of edges: signed speed along the step of luminance, by edge.
//!
//! An edge is a step from flat to flat: two pixels three apart in a row or a column, of neighboring classes, where
//! luminance changes beyond either of them by less than a fifth of what it changes between them. (Without that, the
//! blurred way from blue to white counts as blue–yellow–white.) The edge points from the earlier to the later class.
//! Its speed is the mean flow of the two pixels along it: above 0 if they move as people see the illusion move (from
//! black toward dark, dark toward white, white toward light, light toward black). A world without such a correlation
//! has mean 0 in each class: where motion is drawn without a look at the paints, and a clip is as likely as its
//! reversal, exactly so in expectation.
//!
//! # Units
//! Pixels a frame. Levels are bounds between black, dark, light and white in luminance (linear, 0 to 1).

use super::Movie;
use crate::color;
use crate::edges::EdgeClass;

/// Distance of the two pixels that tell a step: beyond what blur mixes.
const REACH: usize = 3;
/// Most that luminance may change beyond either of them, in the step.
const FLANK: f32 = 0.2;

/// What makes a pixel dark or light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Luminance alone.
    Luminance,
    /// Besides, what is dark must be bluish (linear blue above luminance), what is light yellowish (below).
    Color,
}

/// Sums over the edges of one class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EdgeMotion {
    /// Which edges.
    pub class: EdgeClass,
    /// How many pairs of neighbors.
    pub pairs: usize,
    /// Sum of their signed speeds, pixels a frame; above 0: the direction that people see.
    pub sum: f64,
    /// Sum of the squares.
    pub squares: f64,
}

impl EdgeMotion {
    /// Mean signed speed; none without an edge.
    pub fn mean(&self) -> Option<f64> {
        (self.pairs > 0).then(|| self.sum / self.pairs as f64)
    }

    /// Both together.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            class: self.class,
            pairs: self.pairs + other.pairs,
            sum: self.sum + other.sum,
            squares: self.squares + other.squares,
        }
    }
}

/// Quartiles of luminance over a movie: levels that every monotone recoding of luminance leaves the pixels on their
/// sides of.
pub fn quartiles(movie: &Movie) -> [f64; 3] {
    let mut all: Vec<f32> = movie.frames.iter().flat_map(|frame| luminances(frame)).collect();
    all.sort_unstable_by(f32::total_cmp);
    [1, 2, 3].map(|quarter: usize| f64::from(all[(all.len() * quarter / 4).min(all.len() - 1)]))
}

/// Motion along the four edges, in the order of [`EdgeClass::ALL`]; bounds of black, dark, light and white as given.
pub fn by_edge(movie: &Movie, levels: [f64; 3], by: By) -> [EdgeMotion; 4] {
    let mut sums = EdgeClass::ALL.map(|class| EdgeMotion { class, pairs: 0, sum: 0.0, squares: 0.0 });
    let size = movie.size;
    for (frame, flow) in movie.frames.iter().zip(&movie.flow) {
        let light = luminances(frame);
        let parts = parts(frame, &light, levels, by);
        for line in 0..size {
            for axis in [0, 1] {
                let at = |place: usize| if axis == 0 { line * size + place } else { place * size + line };
                for from in 1..size.saturating_sub(REACH + 1) {
                    let [before, one, other, after] = [from - 1, from, from + REACH, from + REACH + 1].map(at);
                    let step = (light[other] - light[one]).abs() * FLANK;
                    let flat = (light[one] - light[before]).abs() < step && (light[after] - light[other]).abs() < step;
                    if flat {
                        let speed = f64::from(flow[one][axis] + flow[other][axis]) / 2.0;
                        add(&mut sums, [parts[one], parts[other]], speed);
                    }
                }
            }
        }
    }
    sums
}

/// Adds a speed from the first to the second part, if they are an edge.
fn add(sums: &mut [EdgeMotion; 4], parts: [Option<usize>; 2], speed: f64) {
    let [Some(first), Some(second)] = parts else { return };
    let (class, speed) = match (4 + second - first) % 4 {
        1 => (first, speed),
        3 => (second, -speed),
        _ => return,
    };
    let sum = &mut sums[class];
    *sum = EdgeMotion { pairs: sum.pairs + 1, sum: sum.sum + speed, squares: sum.squares + speed * speed, ..*sum };
}

/// Place of each pixel in the order black, dark, white, light.
fn parts(frame: &[f32], luminances: &[f32], [dark, light, white]: [f64; 3], by: By) -> Vec<Option<usize>> {
    let plane = frame.len() / 3;
    let part = |(pixel, luminance): (usize, &f32)| {
        let luminance = f64::from(*luminance);
        let blue = f64::from(frame[2 * plane + pixel]);
        let (bluish, yellowish) = match by {
            By::Luminance => (true, true),
            By::Color => (blue > luminance, blue < luminance),
        };
        if luminance < dark {
            Some(0)
        } else if luminance < light {
            bluish.then_some(1)
        } else if luminance < white {
            yellowish.then_some(3)
        } else {
            Some(2)
        }
    };
    luminances.iter().enumerate().map(part).collect()
}

fn luminances(frame: &[f32]) -> Vec<f32> {
    let plane = frame.len() / 3;
    let at = |pixel: usize| [0, 1, 2].map(|channel: usize| f64::from(frame[channel * plane + pixel]));
    (0..plane).map(|pixel| color::luminance(at(pixel)) as f32).collect()
}
