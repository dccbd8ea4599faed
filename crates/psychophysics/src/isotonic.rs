//! Isotonic regression: the non-decreasing curve nearest to given values in weighted least squares.
//!
//! # Source
//! Ayer et al. (1955), the pool-adjacent-violators algorithm.

use crate::{NotMeasurable, check};

/// The nearest non-decreasing sequence, all weights equal.
///
/// # Errors
/// [`NotMeasurable::TooFew`] without values, [`NotMeasurable::NotFinite`] for NaN or infinities.
///
/// ```
/// use trompe_psychophysics::isotonic;
/// assert_eq!(isotonic(&[1.0, 3.0, 2.0, 4.0])?, [1.0, 2.5, 2.5, 4.0]);
/// # Ok::<(), trompe_psychophysics::NotMeasurable>(())
/// ```
pub fn isotonic(values: &[f64]) -> Result<Vec<f64>, NotMeasurable> {
    isotonic_weighted(values, &vec![1.0; values.len()])
}

/// The nearest non-decreasing sequence under positive `weights`.
///
/// # Errors
/// Those of [`isotonic`]; [`NotMeasurable::UnequalLengths`] unless there is one weight per value;
/// [`NotMeasurable::OutOfRange`] for a weight that is not finite and positive.
pub fn isotonic_weighted(values: &[f64], weights: &[f64]) -> Result<Vec<f64>, NotMeasurable> {
    check::sample("values", values, 1)?;
    check::same_length("weights", values.len(), weights.len())?;
    if let Some(weight) = weights.iter().find(|w| !(w.is_finite() && **w > 0.0)) {
        return Err(NotMeasurable::OutOfRange { what: "weight", value: *weight, must: "finite and positive" });
    }
    let mut blocks: Vec<Block> = Vec::with_capacity(values.len());
    for (value, weight) in values.iter().zip(weights) {
        let mut block = Block { level: *value, weight: *weight, length: 1 };
        while let Some(last) = blocks.pop_if(|last| last.level > block.level) {
            block = last.joined(block);
        }
        blocks.push(block);
    }
    Ok(blocks.iter().flat_map(|block| core::iter::repeat_n(block.level, block.length)).collect())
}

/// A run of neighbors that share one level.
struct Block {
    level: f64,
    weight: f64,
    length: usize,
}

impl Block {
    fn joined(self, next: Self) -> Self {
        let weight = self.weight + next.weight;
        let level = self.level + (next.level - self.level) * (next.weight / weight);
        Self { level, weight, length: self.length + next.length }
    }
}
