//! Intervals and exact tests: crossed bootstrap, t interval, sign flips, Wilson's interval.
//!
//! The seed is the unit of inference, and all seeds share the stimuli; so the bootstrap draws seeds and twins
//! independently of each other and lets the caller's statistic see both draws.
//!
//! # Source
//! Owen (2007) for the crossed bootstrap; Fisher (1935) for the sign-flip test; Wilson (1927) for the interval of a
//! proportion; Phipson and Smyth (2010) for the p of sampled flips.
//!
//! # Departures
//! All 2^n flips are counted without visiting them: the sums of the flips of two halves are sorted and joined, so that
//! an exact test of 40 seeds takes a million steps.

use rand::Rng as _;

use crate::equivalence::mean_and_error;
use crate::special::{normal_quantile, student_quantile};
use crate::{Measured, NotMeasurable, Rng, check};

/// The size of a crossed bootstrap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CrossedDesign {
    /// How many seeds there are.
    pub seeds: usize,
    /// How many twins (stimulus pairs) all seeds share.
    pub twins: usize,
    /// How often to draw, customarily 10,000.
    pub draws: usize,
    /// Coverage of the interval, customarily .95.
    pub coverage: f64,
}

/// Result of a bootstrap.
#[derive(Debug, Clone, PartialEq)]
pub struct Bootstrap {
    /// The statistic of the data themselves.
    pub value: f64,
    /// The percentile interval.
    pub interval: (f64, f64),
    /// The statistic of each draw that was measurable, ascending.
    pub draws: Vec<f64>,
    /// How many draws were not measurable.
    pub failed: usize,
    /// The number of seeds.
    pub n: usize,
}

impl Bootstrap {
    /// The value with its interval; the seeds are the count.
    pub fn measured(&self) -> Measured {
        Measured::new(self.value, self.n).with_interval(self.interval.0, self.interval.1)
    }
}

/// Bootstraps `statistic` over seeds crossed with twins.
///
/// The statistic gets the drawn seeds (indices, with repetition) and one weight per twin (how often it was drawn); the
/// data themselves are every seed once and every weight 1. Draws for which the statistic is not measurable are not
/// dropped: they stand at both ends of the distribution, as low as possible for the lower limit and as high as possible
/// for the upper one. Where they reach a limit, the interval is refused with the reason of the first of them.
///
/// # Errors
/// [`NotMeasurable::TooFew`] below two seeds, one twin or ten draws; [`NotMeasurable::OutOfRange`] unless
/// 0 < coverage < 1; the statistic's own reason where the data themselves or too many draws are not measurable.
pub fn crossed_bootstrap<F>(design: CrossedDesign, rng: &mut Rng, mut statistic: F) -> Result<Bootstrap, NotMeasurable>
where
    F: FnMut(&[usize], &[u32]) -> Result<f64, NotMeasurable>,
{
    check::at_least(2, design.seeds)?;
    check::at_least(1, design.twins)?;
    check::at_least(10, design.draws)?;
    check::open_unit("coverage", design.coverage)?;
    let mut seeds: Vec<usize> = (0..design.seeds).collect();
    let mut weights = vec![1_u32; design.twins];
    let value = finite(statistic(&seeds, &weights))?;
    let mut draws = Vec::with_capacity(design.draws);
    let mut first_failure = None;
    for _ in 0..design.draws {
        draw(rng, &mut seeds, &mut weights);
        match finite(statistic(&seeds, &weights)) {
            Ok(drawn) => draws.push(drawn),
            Err(reason) => first_failure = first_failure.or(Some(reason)),
        }
    }
    draws.sort_unstable_by(f64::total_cmp);
    let failed = design.draws - draws.len();
    let interval = match (percentile_limits(&draws, failed, design.coverage), first_failure) {
        (Some(interval), _) => interval,
        (None, Some(reason)) => return Err(reason),
        (None, None) => return Err(NotMeasurable::TooFew { needed: 10, found: draws.len() }),
    };
    Ok(Bootstrap { value, interval, draws, failed, n: design.seeds })
}

fn finite(value: Result<f64, NotMeasurable>) -> Result<f64, NotMeasurable> {
    let value = value?;
    if value.is_finite() { Ok(value) } else { Err(NotMeasurable::NotFinite { what: "the statistic" }) }
}

fn draw(rng: &mut Rng, seeds: &mut [usize], weights: &mut [u32]) {
    let (many_seeds, many_twins) = (seeds.len() as u64, weights.len() as u64);
    seeds.iter_mut().for_each(|seed| *seed = rng.random_range(0..many_seeds) as usize);
    weights.fill(0);
    for _ in 0..many_twins {
        weights[rng.random_range(0..many_twins) as usize] += 1;
    }
}

/// Limits of the ascending draws with `failed` more at minus (for the lower) and plus infinity (for the upper limit).
fn percentile_limits(draws: &[f64], failed: usize, coverage: f64) -> Option<(f64, f64)> {
    let last = (draws.len() + failed).checked_sub(1)? as f64;
    let tail = 0.5 * (1.0 - coverage) * last;
    let low = interpolated(draws, tail - failed as f64)?;
    let high = interpolated(draws, last - tail)?;
    Some((low, high))
}

/// The value at a fractional index, if it lies among the values (up to rounding).
fn interpolated(sorted: &[f64], index: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    if !(index > -1e-9 && index < last as f64 + 1e-9) {
        return None;
    }
    let index = index.clamp(0.0, last as f64);
    let below = index as usize;
    let above = (below + 1).min(last);
    Some(sorted[below] + (index - below as f64) * (sorted[above] - sorted[below]))
}

/// The quantile of a sample at probability `p`, linear between order statistics (type 7 of Hyndman and Fan).
///
/// # Errors
/// [`NotMeasurable::TooFew`], [`NotMeasurable::NotFinite`], [`NotMeasurable::OutOfRange`] unless 0 <= `p` <= 1.
pub fn quantile(values: &[f64], p: f64) -> Result<f64, NotMeasurable> {
    check::sample("values", values, 1)?;
    check::closed_unit("probability", p)?;
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let index = p * (sorted.len() - 1) as f64;
    Ok(interpolated(&sorted, index).expect("an index of 0 to n - 1 lies among n values"))
}

/// The mean of `values` with its t interval of the given coverage.
///
/// # Errors
/// [`NotMeasurable::TooFew`] below two values; [`NotMeasurable::NotFinite`]; [`NotMeasurable::Degenerate`] where all
/// are equal; [`NotMeasurable::OutOfRange`] unless 0 < coverage < 1.
pub fn t_interval(values: &[f64], coverage: f64) -> Result<Measured, NotMeasurable> {
    check::open_unit("coverage", coverage)?;
    let (mean, error) = mean_and_error(values)?;
    let half = student_quantile(0.5 + 0.5 * coverage, (values.len() - 1) as f64) * error;
    Ok(Measured::new(mean, values.len()).with_interval(mean - half, mean + half))
}

/// Result of a two-sided sign-flip test that a mean is 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignFlip {
    /// The mean of the differences.
    pub mean: f64,
    /// Two-sided p.
    pub p: f64,
    /// How many flips stand behind p: all 2^n, or those that were sampled.
    pub flips: u64,
    /// Whether p is exact.
    pub exact: bool,
    /// The number of differences.
    pub n: usize,
}

/// The largest number of differences that [`sign_flip`] takes.
pub const MOST_EXACT_FLIPS: usize = 40;

/// The exact two-sided sign-flip test over all 2^n flips.
///
/// p is the share of flips whose mean is at least as far from 0 as the observed one, the observed one included.
///
/// # Errors
/// [`NotMeasurable::TooFew`] without differences; [`NotMeasurable::TooMany`] above [`MOST_EXACT_FLIPS`] (use
/// [`sign_flip_sampled`]); [`NotMeasurable::NotFinite`].
///
/// ```
/// use trompe_psychophysics::sign_flip;
/// assert_eq!(sign_flip(&[0.1, 0.2, 0.3, 0.1, 0.2])?.p, 0.0625);
/// # Ok::<(), trompe_psychophysics::NotMeasurable>(())
/// ```
pub fn sign_flip(differences: &[f64]) -> Result<SignFlip, NotMeasurable> {
    check::sample("differences", differences, 1)?;
    let n = differences.len();
    if n > MOST_EXACT_FLIPS {
        return Err(NotMeasurable::TooMany { allowed: MOST_EXACT_FLIPS, found: n });
    }
    let mean = check::mean(differences);
    let threshold = flip_threshold(differences);
    let flips = 1_u64 << n;
    if threshold <= 0.0 {
        return Ok(SignFlip { mean, p: 1.0, flips, exact: true, n });
    }
    let (left, right) = differences.split_at(n / 2);
    let as_large = pairs_reaching(&flipped_sums(left), &flipped_sums(right), threshold);
    Ok(SignFlip { mean, p: (2 * as_large) as f64 / flips as f64, flips, exact: true, n })
}

/// The two-sided sign-flip test over `draws` random flips: p = (1 + flips at least as far) / (1 + draws).
///
/// # Errors
/// [`NotMeasurable::TooFew`] without differences or draws; [`NotMeasurable::NotFinite`].
pub fn sign_flip_sampled(differences: &[f64], draws: u64, rng: &mut Rng) -> Result<SignFlip, NotMeasurable> {
    check::sample("differences", differences, 1)?;
    check::at_least(1, draws as usize)?;
    let threshold = flip_threshold(differences);
    let mut as_far: u64 = 0;
    for _ in 0..draws {
        let sum: f64 = differences.chunks(64).map(|chunk| flipped_sum(chunk, rng.random::<u64>())).sum();
        as_far += u64::from(sum.abs() >= threshold);
    }
    let p = (1 + as_far) as f64 / (1.0 + draws as f64);
    Ok(SignFlip { mean: check::mean(differences), p, flips: draws, exact: false, n: differences.len() })
}

/// The smallest two-sided p that `n` paired differences can give: 2 / 2^n, and 1 where nothing can be tested.
pub fn smallest_attainable_p(n: usize) -> f64 {
    libm::ldexp(2.0, -(n.min(2000) as i32)).min(1.0)
}

/// The observed distance from 0, lowered by the rounding that sums of the same numbers in another order may show.
fn flip_threshold(differences: &[f64]) -> f64 {
    let sum: f64 = differences.iter().sum();
    let magnitude: f64 = differences.iter().map(|d| d.abs()).sum();
    sum.abs() - 1e-12 * magnitude
}

fn flipped_sum(differences: &[f64], signs: u64) -> f64 {
    differences.iter().enumerate().map(|(bit, d)| if signs >> bit & 1 == 1 { -d } else { *d }).sum()
}

/// The sums under all flips of the signs, ascending.
fn flipped_sums(differences: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0];
    for d in differences {
        sums = sums.iter().flat_map(|sum| [sum - d, sum + d]).collect();
    }
    sums.sort_unstable_by(f64::total_cmp);
    sums
}

/// How many pairs of the two ascending lists sum to at least `threshold`.
fn pairs_reaching(left: &[f64], right: &[f64], threshold: f64) -> u64 {
    let mut smaller = right.len();
    let mut pairs = 0;
    for sum in left {
        while smaller > 0 && sum + right[smaller - 1] >= threshold {
            smaller -= 1;
        }
        pairs += (right.len() - smaller) as u64;
    }
    pairs
}

/// Wilson's interval for a proportion of `successes` in `n`.
///
/// # Errors
/// [`NotMeasurable::TooFew`] for n = 0; [`NotMeasurable::TooMany`] for more successes than trials;
/// [`NotMeasurable::OutOfRange`] unless 0 < coverage < 1.
pub fn wilson_interval(successes: u64, n: u64, coverage: f64) -> Result<Measured, NotMeasurable> {
    check::at_least(1, n as usize)?;
    check::open_unit("coverage", coverage)?;
    if successes > n {
        return Err(NotMeasurable::TooMany { allowed: n as usize, found: successes as usize });
    }
    let (z, count) = (normal_quantile(0.5 + 0.5 * coverage)?, n as f64);
    let rate = successes as f64 / count;
    let denominator = 1.0 + z * z / count;
    let center = (rate + z * z / (2.0 * count)) / denominator;
    let half = z / denominator * (rate * (1.0 - rate) / count + z * z / (4.0 * count * count)).sqrt();
    let (low, high) = ((center - half).max(0.0), (center + half).min(1.0));
    Ok(Measured::new(rate, n as usize).with_interval(low, high))
}
