//! Agreement of orders: Pearson, Spearman, and Page's trend over ranked treatments.
//!
//! # Source
//! Page (1963) for the trend statistic with its normal approximation; ranks of ties are averaged.

use crate::special::normal_cdf;
use crate::{NotMeasurable, check};

/// Pearson's product-moment correlation.
///
/// # Errors
/// [`NotMeasurable::TooFew`] below two pairs, [`NotMeasurable::UnequalLengths`], [`NotMeasurable::NotFinite`], and
/// [`NotMeasurable::Degenerate`] where one side is constant.
pub fn pearson(x: &[f64], y: &[f64]) -> Result<f64, NotMeasurable> {
    check::sample("x", x, 2)?;
    check::all_finite("y", y)?;
    check::same_length("y", x.len(), y.len())?;
    if is_constant(x) || is_constant(y) {
        return Err(NotMeasurable::Degenerate { what: "the correlation of a constant" });
    }
    let (mean_x, mean_y) = (check::mean(x), check::mean(y));
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (a, b) in x.iter().zip(y) {
        let (a, b) = (a - mean_x, b - mean_y);
        xy += a * b;
        xx += a * a;
        yy += b * b;
    }
    let r = xy / (xx.sqrt() * yy.sqrt());
    if r.is_finite() {
        Ok(r.clamp(-1.0, 1.0))
    } else {
        Err(NotMeasurable::Degenerate { what: "the scale of the values" })
    }
}

/// Spearman's rank correlation; ties share their average rank.
///
/// # Errors
/// Those of [`pearson`].
pub fn spearman(x: &[f64], y: &[f64]) -> Result<f64, NotMeasurable> {
    check::same_length("y", x.len(), y.len())?;
    pearson(&average_ranks(x)?, &average_ranks(y)?)
}

/// Ranks from 1; ties share their average rank.
///
/// # Errors
/// [`NotMeasurable::NotFinite`] for NaN or infinities.
pub fn average_ranks(values: &[f64]) -> Result<Vec<f64>, NotMeasurable> {
    check::all_finite("values", values)?;
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for ties in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let rank = before as f64 + 0.5 * (ties.len() + 1) as f64;
        ties.iter().for_each(|index| ranks[*index] = rank);
        before += ties.len();
    }
    Ok(ranks)
}

/// Page's test that treatments, in the order predicted beforehand, rise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PageTrend {
    /// Sum over treatments of predicted rank times rank sum.
    pub statistic: f64,
    /// The statistic in standard deviations from its mean under no trend.
    pub z: f64,
    /// One-sided p by the normal approximation.
    pub p: f64,
    /// The number of blocks (seeds).
    pub n: usize,
}

/// Page's trend statistic of `blocks` (seeds), each with one outcome per treatment in the predicted ascending order.
///
/// # Errors
/// [`NotMeasurable::TooFew`] below two blocks or three treatments; [`NotMeasurable::UnequalLengths`];
/// [`NotMeasurable::NotFinite`].
pub fn page_trend(blocks: &[Vec<f64>]) -> Result<PageTrend, NotMeasurable> {
    check::at_least(2, blocks.len())?;
    let treatments = blocks[0].len();
    check::at_least(3, treatments)?;
    let mut statistic = 0.0;
    for block in blocks {
        check::same_length("block", treatments, block.len())?;
        let ranks = average_ranks(block)?;
        statistic += ranks.iter().enumerate().map(|(index, rank)| (index + 1) as f64 * rank).sum::<f64>();
    }
    let (n, k) = (blocks.len() as f64, treatments as f64);
    let expected = n * k * (k + 1.0) * (k + 1.0) / 4.0;
    let variance = n * k * k * (k + 1.0) * (k + 1.0) * (k - 1.0) / 144.0;
    let z = (statistic - expected) / variance.sqrt();
    Ok(PageTrend { statistic, z, p: normal_cdf(-z), n: blocks.len() })
}

fn is_constant(values: &[f64]) -> bool {
    values.iter().all(|v| *v == values[0])
}
