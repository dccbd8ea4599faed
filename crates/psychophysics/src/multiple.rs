//! Adjusted p values for families of tests, in the order in which the tests were given.
//!
//! # Source
//! Holm (1979), family-wise error, for the primary family; Benjamini and Hochberg (1995), false discovery rate, for
//! exploratory tables.

use crate::{NotMeasurable, check};

/// Holm's adjusted p values; no test is rejected at level a beyond those whose adjusted p is at most a.
///
/// # Errors
/// [`NotMeasurable::OutOfRange`] for a p outside 0..=1 (also NaN).
///
/// ```
/// use trompe_psychophysics::holm;
/// assert_eq!(holm(&[0.5, 0.125])?, [0.5, 0.25]);
/// # Ok::<(), trompe_psychophysics::NotMeasurable>(())
/// ```
pub fn holm(p: &[f64]) -> Result<Vec<f64>, NotMeasurable> {
    let order = ascending(p)?;
    let mut adjusted = vec![0.0; p.len()];
    let mut running: f64 = 0.0;
    for (rank, index) in order.iter().enumerate() {
        running = running.max(p[*index] * (p.len() - rank) as f64);
        adjusted[*index] = running.min(1.0);
    }
    Ok(adjusted)
}

/// The adjusted p values of Benjamini and Hochberg.
///
/// # Errors
/// [`NotMeasurable::OutOfRange`] for a p outside 0..=1 (also NaN).
pub fn benjamini_hochberg(p: &[f64]) -> Result<Vec<f64>, NotMeasurable> {
    let order = ascending(p)?;
    let mut adjusted = vec![0.0; p.len()];
    let mut running: f64 = 1.0;
    for (rank, index) in order.iter().enumerate().rev() {
        running = running.min(p[*index] * p.len() as f64 / (rank + 1) as f64);
        adjusted[*index] = running;
    }
    Ok(adjusted)
}

/// Indices of `p` from its smallest to its largest value; equal values keep their order.
fn ascending(p: &[f64]) -> Result<Vec<usize>, NotMeasurable> {
    p.iter().try_for_each(|value| check::closed_unit("p", *value))?;
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    Ok(order)
}
