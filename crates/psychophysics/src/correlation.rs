//! Agreement of orders: Pearson, Spearman, within groups, with a third quantity held constant; and Page's trend over ranked
//! treatments.
//!
//! # Source
//! Fisher (1921) for the interval of a correlation; Tukey's jackknife, over whole clusters, where values are not independent of
//! each other. Page (1963) for the trend statistic with its normal approximation; ranks of ties are averaged.

use crate::special::{normal_cdf, normal_quantile, student_quantile};
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

/// Correlation of `x` and `y` with `z` held constant: of what is left of each when the best line in `z` is subtracted.
///
/// # Errors
/// Those of [`pearson`] for any of the three pairs, and [`NotMeasurable::Degenerate`] where `z` tells one of them wholly.
pub fn partial(x: &[f64], y: &[f64], z: &[f64]) -> Result<f64, NotMeasurable> {
    check::at_least(3, x.len())?;
    let (xy, xz, yz) = (pearson(x, y)?, pearson(x, z)?, pearson(y, z)?);
    let left = (1.0 - xz * xz) * (1.0 - yz * yz);
    let r = (xy - xz * yz) / left.sqrt();
    // What is told wholly leaves rounding.
    if left > 1e-12 && r.is_finite() {
        Ok(r.clamp(-1.0, 1.0))
    } else {
        Err(NotMeasurable::Degenerate { what: "a correlation with nothing left beside what is held constant" })
    }
}

/// Correlation of `x` and `y` within groups: of their differences from the means of their own group.
///
/// # Errors
/// Those of [`pearson`]; [`NotMeasurable::Degenerate`] where one side is constant within every group.
pub fn within_groups(x: &[f64], y: &[f64], groups: &[usize]) -> Result<f64, NotMeasurable> {
    check::same_length("y", x.len(), y.len())?;
    check::same_length("groups", x.len(), groups.len())?;
    pearson(&centered(x, groups)?, &centered(y, groups)?)
}

fn centered(values: &[f64], groups: &[usize]) -> Result<Vec<f64>, NotMeasurable> {
    let of = |group: usize| values.iter().zip(groups).filter(move |(_, own)| **own == group).map(|(value, _)| *value);
    let first = |group: usize| of(group).next().unwrap_or_default();
    if values.iter().zip(groups).all(|(value, group)| *value == first(*group)) {
        return Err(NotMeasurable::Degenerate { what: "the correlation of what is constant within groups" });
    }
    let mean = |group: usize| of(group).sum::<f64>() / of(group).count() as f64;
    Ok(values.iter().zip(groups).map(|(value, group)| value - mean(*group)).collect())
}

/// Fisher's interval of a correlation of `n` independent pairs, `controlled` of which are spent on what is held constant.
///
/// # Errors
/// [`NotMeasurable::TooFew`] below four pairs beyond those spent; [`NotMeasurable::Degenerate`] for a correlation of ±1;
/// [`NotMeasurable::OutOfRange`] for a coverage that is no share.
pub fn fisher_interval(r: f64, n: usize, controlled: usize, coverage: f64) -> Result<(f64, f64), NotMeasurable> {
    check::open_unit("coverage", coverage)?;
    check::at_least(controlled + 4, n)?;
    let center = fisher(r)?;
    let half = normal_quantile(0.5 + 0.5 * coverage)? / ((n - controlled - 3) as f64).sqrt();
    Ok((libm::tanh(center - half), libm::tanh(center + half)))
}

/// The interval of a correlation `r` whose values come in clusters, from the correlations that are found when each cluster in
/// turn is left out: a t interval with one degree of freedom less than there are clusters, after Fisher's transformation.
///
/// # Errors
/// [`NotMeasurable::TooFew`] below three clusters; [`NotMeasurable::Degenerate`] where a correlation is ±1;
/// [`NotMeasurable::OutOfRange`] for a coverage that is no share.
pub fn jackknife_interval(r: f64, left_out: &[f64], coverage: f64) -> Result<(f64, f64), NotMeasurable> {
    check::open_unit("coverage", coverage)?;
    check::at_least(3, left_out.len())?;
    let center = fisher(r)?;
    let each: Vec<f64> = left_out.iter().map(|r| fisher(*r)).collect::<Result<_, _>>()?;
    let (mean, count) = (check::mean(&each), each.len() as f64);
    let spread: f64 = each.iter().map(|value| (value - mean) * (value - mean)).sum();
    let half = student_quantile(0.5 + 0.5 * coverage, count - 1.0) * ((count - 1.0) / count * spread).sqrt();
    Ok((libm::tanh(center - half), libm::tanh(center + half)))
}

fn fisher(r: f64) -> Result<f64, NotMeasurable> {
    match r.abs() < 1.0 {
        true => Ok(libm::atanh(r)),
        false => Err(NotMeasurable::Degenerate { what: "the interval of a perfect correlation" }),
    }
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
