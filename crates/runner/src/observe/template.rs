//! Baselines `template…`: stored real pictures, compared by correlation; no learning.
//!
//! The score of a class is the mean of the five largest correlations with stored pictures of that class: of their absolute
//! values, because the world is balanced for polarity (`template`, also with outlined or with filled pictures alone), or as
//! they are (`template_polarity`). A preference that these observers share needs no network.

use super::{Baseline, Fixed, How, Observer, ObserverError, Practice, Presentation};
use crate::bridge;
use crate::experiment::Role;
use crate::validation::Render;
use trompe_stimuli::worlds::Difficulty;

/// The list entry.
pub(super) const ENTRY: Baseline = Baseline {
    id: "template",
    title: "absolute correlation with stored real pictures, five best of each class",
    role: Role::Baseline,
    how: How::Fixed,
    illusions: &["abutting", "fat_thin", "kanizsa"],
    max_seeds: 5,
    build: Some(|practice| build(practice, Kind { signed: false, render: None })),
};

/// Polarity counts.
pub(super) const POLARITY: Baseline = Baseline {
    id: "template_polarity",
    title: "signed correlation with stored real pictures, five best of each class",
    illusions: &["abutting", "kanizsa"],
    build: Some(|practice| build(practice, Kind { signed: true, render: None })),
    ..ENTRY
};

/// Outlined pictures alone.
pub(super) const OUTLINE: Baseline = Baseline {
    id: "template_outline",
    title: "absolute correlation with stored outlined pictures, five best of each class",
    how: How::FixedInBothRenders,
    illusions: &["abutting", "kanizsa"],
    build: Some(|practice| build(practice, Kind { signed: false, render: Some(Render::Outline) })),
    ..ENTRY
};

/// Filled pictures alone.
pub(super) const FILLED: Baseline = Baseline {
    id: "template_filled",
    title: "absolute correlation with stored filled pictures, five best of each class",
    how: How::FixedInBothRenders,
    illusions: &["abutting", "kanizsa"],
    build: Some(|practice| build(practice, Kind { signed: false, render: Some(Render::Filled) })),
    ..ENTRY
};

/// What tells the four apart.
#[derive(Clone, Copy)]
struct Kind {
    /// Whether an inverted picture is another picture.
    signed: bool,
    /// Which pictures are stored; all where it is `None`.
    render: Option<Render>,
}

const STORED: usize = 256;
const BEST: usize = 5;

struct Template {
    kind: Kind,
    /// For each class, stored pictures of zero mean and unit norm, one after the other.
    stored: Vec<Vec<f32>>,
    stride: usize,
}

fn build(mut practice: Practice<'_>, kind: Kind) -> Result<Fixed, ObserverError> {
    let mut stored = Vec::new();
    let mut stride = 0;
    for class in 0..practice.world.classes().len() {
        let mut pictures = Vec::new();
        let mut left = STORED;
        while left > 0 {
            let seen = (practice.encoding, practice.viewing);
            let real = bridge::real_thing(practice.world, class, Difficulty::Training, seen, &mut practice.rng)?;
            if kind.render.is_none_or(|render| render == real.render) {
                stride = real.pixels.len();
                pictures.extend(normalized(&real.pixels));
                left -= 1;
            }
        }
        stored.push(pictures);
    }
    Ok(Fixed::Blind(Box::new(Template { kind, stored, stride })))
}

/// Zero mean, unit norm; a flat picture stays all zero and correlates with nothing.
fn normalized(pixels: &[f32]) -> Vec<f32> {
    let mean = pixels.iter().sum::<f32>() / pixels.len() as f32;
    let norm = pixels.iter().map(|value| (value - mean) * (value - mean)).sum::<f32>().sqrt();
    let scale = if norm > 0.0 { 1.0 / norm } else { 0.0 };
    pixels.iter().map(|value| (value - mean) * scale).collect()
}

/// Dot product in sixteen fixed lanes: fast, and the same on every machine.
pub(super) fn dot(one: &[f32], other: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 16];
    let (left, left_rest) = one.as_chunks::<16>();
    let (right, right_rest) = other.as_chunks::<16>();
    for (left, right) in left.iter().zip(right) {
        for ((lane, a), b) in lanes.iter_mut().zip(left).zip(right) {
            *lane += a * b;
        }
    }
    let rest: f32 = left_rest.iter().zip(right_rest).map(|(a, b)| a * b).sum();
    lanes.iter().sum::<f32>() + rest
}

impl Template {
    fn score(&self, picture: &[f32], class: usize) -> f32 {
        let mut best = [if self.kind.signed { -1.0f32 } else { 0.0 }; BEST];
        for stored in self.stored[class].chunks_exact(self.stride) {
            let signed = dot(picture, stored);
            let correlation = if self.kind.signed { signed } else { signed.abs() };
            if correlation > best[BEST - 1] {
                best[BEST - 1] = correlation;
                best.sort_by(|one, other| other.total_cmp(one));
            }
        }
        best.iter().sum::<f32>() / BEST as f32
    }
}

impl Observer for Template {
    fn answer(&mut self, shown: &Presentation<'_>) -> Result<Vec<f32>, ObserverError> {
        let mut outputs = Vec::with_capacity(shown.shape[0] * self.stored.len());
        for picture in shown.pixels.chunks_exact(shown.stride()) {
            let picture = normalized(picture);
            outputs.extend((0..self.stored.len()).map(|class| self.score(&picture, class)));
        }
        Ok(outputs)
    }
}
