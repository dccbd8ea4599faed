//! What vectors of flow say about a disk: mean rotation, mean tangential shift, and the scores of the program EIGen.
//!
//! EIGen searches pictures in which a predictive network shows illusory motion. It drops implausibly long vectors,
//! then rates the rest. For disks: 0.7 · symmetry + 0.3 · strength, where
//!
//! - symmetry = ½ ((1 − var r)² + (1 − var t)²), r and t the radial and tangential parts of the vectors at length 1;
//! - strength = mean |horizontal part| / limit · (1 − min(var of lengths, 1)).
//!
//! Its tangent score is the mean over vectors of ± (1 − |90° − angle to the radius| / 90°), + clockwise on the screen.
//!
//! # Units
//! Shifts and limits in pixels, rotations in degrees. Scores have no unit: symmetry, strength from 0 to 1, tangent from
//! −1 to 1.
//!
//! # Errors
//! [`NotMeasurable::TooFew`] where no vector (or too few of them) can be rated; [`NotMeasurable::OutOfRange`] for
//! limits that are none.
//!
//! # Source
//! The public program of Sinapayen and Watanabe (2021, EIGen), of which only what it computes was taken.
//!
//! # Departures
//! Vectors of length 0, which have no direction, are not among those whose symmetry is rated (the program divides by
//! 0); in the tangent score they count as 0, as there. Where the program goes on without a score, because vectors are
//! too few, there is a reason here. Its scores for bands and for free pictures are left out; their limits are here. That
//! strength asks for horizontal parts only is the program's own. Which of its versions gave the published scores, among
//! them 0.717 for Rotating Snakes, is not known.

use super::lucas_kanade::Vector;
use super::must;
use crate::{NotMeasurable, check};

/// Kinds of pictures, each with the length beyond which a vector is implausible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Concentric rings.
    Circles,
    /// Horizontal bands.
    Bands,
    /// Anything.
    Free,
}

impl Layout {
    /// Longest plausible vector, pixels.
    pub fn limit(self) -> f64 {
        match self {
            Self::Circles => 0.3,
            Self::Bands => 0.15,
            Self::Free => 0.4,
        }
    }
}

/// Below or at this number of plausible vectors a disk gets no score.
pub const FEWEST: usize = 24;

/// A vector about a center.
struct About {
    radius: f64,
    /// Parts of the shift: outward, and clockwise.
    radial: f64,
    tangential: f64,
}

fn about(vectors: &[Vector], [x, y]: [f64; 2]) -> impl Iterator<Item = About> {
    vectors.iter().map(move |vector| {
        let arm = [vector.place[0] - x, vector.place[1] - y];
        let radius = libm::hypot(arm[0], arm[1]);
        let [right, down] = vector.shift;
        let part = |sum: f64| if radius > 0.0 { sum / radius } else { 0.0 };
        let (radial, tangential) = (part(arm[0] * right + arm[1] * down), part(arm[0] * down - arm[1] * right));
        About { radius, radial, tangential }
    })
}

/// Mean tangential part of shifts about a center, pixels per frame, positive clockwise.
///
/// # Errors
/// As the module says.
pub fn mean_tangential(vectors: &[Vector], center: [f64; 2]) -> Result<f64, NotMeasurable> {
    let parts: Vec<f64> = about(vectors, center).map(|vector| vector.tangential).collect();
    check::sample("vectors", &parts, 1)?;
    Ok(check::mean(&parts))
}

/// Mean over vectors of the angle by which each turns about a center, degrees per frame, positive clockwise; of vectors
/// whose distance from the center is from `[least, most]`.
///
/// # Errors
/// As the module says.
pub fn mean_rotation(vectors: &[Vector], center: [f64; 2], [least, most]: [f64; 2]) -> Result<f64, NotMeasurable> {
    must("least", least, least > 0.0, "above 0")?;
    let near = about(vectors, center).filter(|vector| (least..=most).contains(&vector.radius));
    let turns: Vec<f64> = near.map(|vector| (vector.tangential / vector.radius).to_degrees()).collect();
    check::sample("vectors", &turns, 1)?;
    Ok(check::mean(&turns))
}

/// The plausible vectors of a kind of picture, and their share.
///
/// # Errors
/// As the module says.
pub fn plausible(vectors: &[Vector], layout: Layout) -> Result<(Vec<Vector>, f64), NotMeasurable> {
    check::at_least(1, vectors.len())?;
    let kept: Vec<Vector> = vectors.iter().filter(|vector| length(vector) <= layout.limit()).copied().collect();
    let share = kept.len() as f64 / vectors.len() as f64;
    Ok((kept, share))
}

fn length(vector: &Vector) -> f64 {
    libm::hypot(vector.shift[0], vector.shift[1])
}

/// EIGen's tangent score: 1 where all vectors turn clockwise, −1 where all turn anticlockwise, 0 where they point
/// outward.
///
/// # Errors
/// As the module says.
pub fn tangent_score(vectors: &[Vector], center: [f64; 2]) -> Result<f64, NotMeasurable> {
    let score = |vector: About| {
        let sign = if vector.tangential > 0.0 { 1.0 } else { -1.0 };
        let length = libm::hypot(vector.radial, vector.tangential);
        if length > 0.0 {
            let angle = libm::acos((vector.radial / length).clamp(-1.0, 1.0)).to_degrees();
            sign * (1.0 - (90.0 - angle).abs() / 90.0)
        } else {
            0.0
        }
    };
    let scores: Vec<f64> = about(vectors, center).map(score).collect();
    check::sample("vectors", &scores, 1)?;
    Ok(check::mean(&scores))
}

/// EIGen's score of a disk, and what it is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Eigen {
    /// Share of vectors that are plausible.
    pub plausible: f64,
    /// How alike the vectors are when all are turned to one radius.
    pub symmetry: f64,
    /// How long and how equally long they are.
    pub strength: f64,
    /// 0.7 · symmetry + 0.3 · strength.
    pub score: f64,
}

/// EIGen's score of vectors about a center; symmetry is that of vectors up to `radius` from it (the program takes half
/// the picture's height).
///
/// # Errors
/// As the module says; more than [`FEWEST`] plausible vectors are needed, and two with a direction within `radius`.
pub fn eigen(vectors: &[Vector], center: [f64; 2], radius: f64) -> Result<Eigen, NotMeasurable> {
    must("radius", radius, radius.is_finite() && radius > 0.0, "finite and above 0")?;
    let (kept, plausible) = plausible(vectors, Layout::Circles)?;
    check::at_least(FEWEST + 1, kept.len())?;
    let (mut outward, mut clockwise) = (Vec::new(), Vec::new());
    for vector in about(&kept, center).filter(|vector| vector.radius > 0.0 && vector.radius <= radius) {
        let length = libm::hypot(vector.radial, vector.tangential);
        if length > 0.0 {
            outward.push(vector.radial / length);
            clockwise.push(vector.tangential / length);
        }
    }
    check::at_least(2, outward.len())?;
    let rest = |parts: &[f64]| (1.0 - variance(parts)) * (1.0 - variance(parts));
    let symmetry = 0.5 * (rest(&outward) + rest(&clockwise));
    let lengths: Vec<f64> = kept.iter().map(length).collect();
    let horizontal: Vec<f64> = kept.iter().map(|vector| vector.shift[0].abs()).collect();
    let strength = check::mean(&horizontal) / Layout::Circles.limit() * (1.0 - variance(&lengths).min(1.0));
    Ok(Eigen { plausible, symmetry, strength, score: 0.7 * symmetry + 0.3 * strength })
}

/// Mean squared distance from the mean.
fn variance(values: &[f64]) -> f64 {
    let mean = check::mean(values);
    values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / values.len() as f64
}
