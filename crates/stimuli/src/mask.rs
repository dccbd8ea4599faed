//! Regions of a picture, and noise that stays inside one.

use crate::Rng;
use crate::StimulusError;
use crate::draws::{index, normal_pair};
use std::fmt;

/// Name of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MaskName {
    /// Where an illusory contour would run, between the inducers.
    Gap,
    /// The inducers, mouths included.
    Inducer,
    /// Neither gap nor inducer.
    Outside,
    /// The part that is judged; numbered from 1.
    Target(u8),
    /// What is seen of bars in front of the target, where they have their color.
    FrontBars,
    /// What is seen of bars behind the target, where they have their color.
    BackBars,
}

impl fmt::Display for MaskName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap => f.write_str("gap"),
            Self::Inducer => f.write_str("inducer"),
            Self::Outside => f.write_str("outside"),
            Self::Target(number) => write!(f, "target_{number}"),
            Self::FrontBars => f.write_str("front_bars"),
            Self::BackBars => f.write_str("back_bars"),
        }
    }
}

/// Share of each pixel that belongs to a region, `[height, width]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Mask {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Coverage from 0 to 1, row-major.
    pub coverage: Vec<f32>,
}

impl Mask {
    /// Indices of the pixels that lie in the region by more than half.
    pub fn pixels(&self) -> Vec<usize> {
        (0..self.coverage.len()).filter(|&at| self.coverage[at] > 0.5).collect()
    }

    /// Indices of the pixels that lie in the region wholly.
    pub fn whole_pixels(&self) -> Vec<usize> {
        (0..self.coverage.len()).filter(|&at| self.coverage[at] >= 1.0).collect()
    }

    /// Area in pixels.
    pub fn area(&self) -> f64 {
        self.coverage.iter().map(|&value| f64::from(value)).sum()
    }
}

/// Random sub-masks of equal area, one per mask: as many whole pixels as the smallest has.
///
/// Drawn without replacement, so the mean square sensitivity of an observer within a sub-mask estimates that of the
/// region without bias, whatever the region's shape.
pub fn equal_area(masks: &[&Mask], rng: &mut Rng) -> Vec<Mask> {
    let n = masks.iter().map(|mask| mask.pixels().len()).min().unwrap_or(0);
    masks
        .iter()
        .map(|mask| {
            let mut left = mask.pixels();
            let mut coverage = vec![0.0; mask.coverage.len()];
            for _ in 0..n {
                coverage[left.swap_remove(index(left.len(), rng))] = 1.0;
            }
            Mask { height: mask.height, width: mask.width, coverage }
        })
        .collect()
}

/// Normal noise of standard deviation `sd` on the pixels of a mask, 0 elsewhere; `[height, width]`.
///
/// # Errors
/// A standard deviation below 0 or not finite, or a mask without pixels.
pub fn noise_field(mask: &Mask, sd: f64, rng: &mut Rng) -> Result<Vec<f32>, StimulusError> {
    crate::error::require("noise_sd", sd, sd.is_finite() && sd >= 0.0, "finite and at least 0")?;
    let pixels = mask.pixels();
    if pixels.is_empty() {
        return Err(StimulusError::EmptyMask("noise".to_owned()));
    }
    let mut field = vec![0.0; mask.coverage.len()];
    for pair in pixels.chunks(2) {
        let (first, second) = normal_pair(rng);
        for (&pixel, value) in pair.iter().zip([first, second]) {
            field[pixel] = value * sd as f32;
        }
    }
    Ok(field)
}
