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
    illusions: &["abutting", "digits", "fat_thin", "kanizsa"],
    max_seeds: 5,
    build: Some(|practice| build(practice, Kind { signed: false, render: None })),
};

/// Polarity counts.
pub(super) const POLARITY: Baseline = Baseline {
    id: "template_polarity",
    title: "signed correlation with stored real pictures, five best of each class",
    illusions: &["abutting", "digits", "kanizsa"],
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

/// Pictures that are compared at a time.
const TOGETHER: usize = 256;

struct Template {
    kind: Kind,
    /// Class by class, `STORED` pictures of zero mean and unit norm each, one after the other.
    stored: Vec<f32>,
    classes: usize,
}

fn build(mut practice: Practice<'_>, kind: Kind) -> Result<Fixed, ObserverError> {
    let classes = practice.world.classes().len();
    let mut stored = Vec::new();
    for class in 0..classes {
        let mut left = STORED;
        while left > 0 {
            let seen = (practice.encoding, practice.viewing);
            let real = bridge::real_thing(practice.world, class, Difficulty::Training, seen, &mut practice.rng)?;
            if kind.render.is_none_or(|render| render == real.render) {
                stored.extend(normalized(&real.pixels));
                left -= 1;
            }
        }
    }
    Ok(Fixed::Blind(Box::new(Template { kind, stored, classes })))
}

/// Zero mean, unit norm; a flat picture stays all zero and correlates with nothing.
fn normalized(pixels: &[f32]) -> Vec<f32> {
    let mean = pixels.iter().sum::<f32>() / pixels.len() as f32;
    let norm = pixels.iter().map(|value| (value - mean) * (value - mean)).sum::<f32>().sqrt();
    let scale = if norm > 0.0 { 1.0 / norm } else { 0.0 };
    pixels.iter().map(|value| (value - mean) * scale).collect()
}

impl Template {
    /// Mean of the best of a picture's correlations with the stored pictures of one class.
    fn score(&self, correlations: &[f32]) -> f32 {
        let mut best = [if self.kind.signed { -1.0f32 } else { 0.0 }; BEST];
        for &signed in correlations {
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
        let mut outputs = Vec::with_capacity(shown.shape[0] * self.classes);
        for pictures in shown.pixels.chunks(TOGETHER * shown.stride()) {
            let pictures: Vec<f32> = pictures.chunks_exact(shown.stride()).flat_map(normalized).collect();
            let correlations = bridge::products(&pictures, &self.stored, shown.stride());
            outputs.extend(correlations.chunks_exact(STORED).map(|of_a_class| self.score(of_a_class)));
        }
        Ok(outputs)
    }
}
