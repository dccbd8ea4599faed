//! From single networks to estimates: means over seeds with intervals, medians where values are censored.
//!
//! The seed is the unit. Below ten seeds intervals are t intervals over seeds; from ten on, percentile intervals of the
//! crossed bootstrap (seeds × twins, since all observers are shown the same twins) where single twins' evidence is kept,
//! and of the bootstrap over seeds elsewhere. A censored value (a threshold outside the tested range) is never dropped:
//! the estimate is then a median with an interval of order statistics, censored values ranked at their end.

use super::courses::{At, Course};
use crate::experiment::BatterySpec;
use crate::identity::stream;
use crate::measures::Measure;
use crate::report::interval_text;
use crate::score::mean;
use trompe_psychophysics::{CrossedDesign, NotMeasurable, Side, crossed_bootstrap, t_interval};

/// Coverage of every interval.
pub const COVERAGE: f64 = 0.95;

/// Seeds from which intervals are bootstrapped.
pub const BOOTSTRAP_FROM: usize = 10;

/// A number with its interval, or the reason why there is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Mean (or median) over seeds.
    pub value: Option<f64>,
    /// 95 % interval.
    pub interval: Option<(f64, f64)>,
    /// Seeds that entered.
    pub n: usize,
    /// Seeds that were censored or had no value.
    pub excluded: usize,
    /// Reasons and how often, or how the number was made.
    pub note: String,
}

impl Estimate {
    /// Lower end of the interval.
    pub fn low(&self) -> Option<f64> {
        self.interval.map(|(low, _)| low)
    }

    /// Upper end of the interval.
    pub fn high(&self) -> Option<f64> {
        self.interval.map(|(_, high)| high)
    }

    /// As text: value, interval, n.
    pub fn words(&self) -> String {
        match (self.value, self.interval) {
            (Some(value), interval) => format!("{}, n = {}", interval_text(value, interval, "d_prime"), self.n),
            (None, _) => format!("not measurable ({})", self.note),
        }
    }

    /// The same with its interval kept to values that the quantity can have: a t interval knows no bounds.
    #[must_use]
    pub fn within(mut self, (least, most): (f64, f64)) -> Self {
        self.interval = self.interval.map(|(low, high)| (low.max(least), high.min(most)));
        self
    }

    /// An estimate made up for a test of logic.
    #[cfg(test)]
    pub fn for_test(value: f64, low: f64, high: f64) -> Self {
        Self { value: Some(value), interval: Some((low, high)), n: 5, excluded: 0, note: String::new() }
    }
}

/// What one seed gave.
pub type SeedValue = (u64, Result<f64, NotMeasurable>);

/// Mean over seeds with its interval; `name` names the bootstrap's random stream.
pub fn of_seeds(values: &[SeedValue], resamples: usize, name: &str) -> Estimate {
    if values.iter().any(|(_, value)| matches!(value, Err(NotMeasurable::Censored { .. }))) {
        return median_with_censoring(values);
    }
    let measured: Vec<f64> = values.iter().filter_map(|(_, value)| value.as_ref().ok().copied()).collect();
    let note = reasons(values);
    let excluded = values.len() - measured.len();
    let interval =
        if measured.len() >= BOOTSTRAP_FROM { bootstrap(&measured, resamples, name) } else { narrow(&measured) };
    Estimate { value: mean(&measured), interval, n: measured.len(), excluded, note }
}

/// The t interval; of zero width where all seeds agree to the last digit, as at a ceiling.
fn narrow(values: &[f64]) -> Option<(f64, f64)> {
    match values {
        [first, rest @ ..] if !rest.is_empty() && rest.iter().all(|value| value == first) => Some((*first, *first)),
        _ => t_interval(values, COVERAGE).ok().and_then(|measured| measured.interval),
    }
}

/// Percentile interval of the mean over resampled seeds.
fn bootstrap(values: &[f64], resamples: usize, name: &str) -> Option<(f64, f64)> {
    let design = CrossedDesign { seeds: values.len(), twins: 1, draws: resamples, coverage: COVERAGE };
    let mut rng = stream(&["bootstrap over seeds", name]);
    let mean_of =
        |seeds: &[usize], _: &[u32]| Ok(seeds.iter().map(|&seed| values[seed]).sum::<f64>() / seeds.len() as f64);
    crossed_bootstrap(design, &mut rng, mean_of).ok().map(|bootstrap| bootstrap.interval)
}

/// Reasons for missing values, each once, with its count.
fn reasons(values: &[SeedValue]) -> String {
    let mut counts: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for (_, value) in values {
        if let Err(reason) = value {
            *counts.entry(reason.to_string()).or_default() += 1;
        }
    }
    let parts: Vec<String> = counts.into_iter().map(|(reason, count)| format!("{reason} ({count}×)")).collect();
    parts.join("; ")
}

/// Median and its distribution-free 95 % interval, censored values at the end where they lie.
fn median_with_censoring(values: &[SeedValue]) -> Estimate {
    let mut ranked: Vec<f64> = Vec::new();
    let (mut below, mut above) = (0, 0);
    for (_, value) in values {
        match value {
            Ok(value) => ranked.push(*value),
            Err(NotMeasurable::Censored { side: Side::Below, .. }) => {
                below += 1;
                ranked.push(f64::NEG_INFINITY);
            }
            Err(NotMeasurable::Censored { side: Side::Above, .. }) => {
                above += 1;
                ranked.push(f64::INFINITY);
            }
            Err(_) => {}
        }
    }
    ranked.sort_by(f64::total_cmp);
    let n = ranked.len();
    let median = if n == 0 { f64::NAN } else { (ranked[(n - 1) / 2] + ranked[n / 2]) / 2.0 };
    let interval = median_ranks(n).map(|(low, high)| (ranked[low], ranked[high]));
    Estimate {
        value: median.is_finite().then_some(median),
        interval: interval.filter(|(low, high)| low.is_finite() && high.is_finite()),
        n,
        excluded: below + above,
        note: format!("median; {below} below and {above} above the tested range, ranked there"),
    }
}

/// Ranks (from 0) of the order statistics that hold the median with at least 95 %: P(rank below) is binomial(n, ½).
/// `None` where even the extremes hold it with less, below six values.
fn median_ranks(n: usize) -> Option<(usize, usize)> {
    let mut tail = 0.0;
    let mut chance = libm::pow(0.5, n as f64);
    let mut found = None;
    for rank in 0..n / 2 {
        tail += chance;
        if 2.0 * tail > 1.0 - COVERAGE {
            break;
        }
        found = Some((rank, n - 1 - rank));
        chance *= (n - rank) as f64 / (rank + 1) as f64;
    }
    found
}

/// A measure of every seed of a group, at the point that `at` gives for each course.
pub fn read_all(
    courses: &[Course<'_>],
    measure: &Measure,
    battery: &BatterySpec,
    at: &dyn Fn(&Course<'_>) -> Result<At, NotMeasurable>,
) -> Vec<SeedValue> {
    courses.iter().map(|course| (course.seed, at(course).and_then(|at| course.read(measure, battery, at)))).collect()
}

/// Differences by seed, where both sides have a value; otherwise the reason of the side that has none.
pub fn paired(one: &[SeedValue], other: &[SeedValue]) -> Vec<SeedValue> {
    let mut pairs = Vec::new();
    for (seed, value) in one {
        let Some((_, against)) = other.iter().find(|(listed, _)| listed == seed) else { continue };
        pairs.push((
            *seed,
            match (value, against) {
                (Ok(value), Ok(against)) => Ok(value - against),
                (Err(reason), _) | (Ok(_), Err(reason)) => Err(*reason),
            },
        ));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_taken_within_seeds_only() {
        let one = [(1, Ok(3.0)), (2, Ok(5.0)), (3, Ok(1.0))];
        let other = [(2, Ok(1.0)), (1, Ok(1.0))];
        assert_eq!(paired(&one, &other), [(1, Ok(2.0)), (2, Ok(4.0))]);
    }

    #[test]
    fn ranks_of_the_median_are_the_tabulated_ones() {
        // Conover, Practical Nonparametric Statistics: n = 6 gives the extremes (coverage .969), n = 10 ranks 2 and 9,
        // n = 20 ranks 6 and 15 (counted from 1).
        assert_eq!(median_ranks(5), None);
        assert_eq!(median_ranks(6), Some((0, 5)));
        assert_eq!(median_ranks(10), Some((1, 8)));
        assert_eq!(median_ranks(20), Some((5, 14)));
    }

    #[test]
    fn a_censored_seed_is_ranked_not_dropped() {
        let above = || Err(NotMeasurable::Censored { side: Side::Above, bound: 1.0 });
        let values: Vec<SeedValue> = vec![(0, Ok(0.2)), (1, above()), (2, above()), (3, Ok(0.4)), (4, Ok(0.6))];
        let estimate = of_seeds(&values, 10, "test");
        // Ranked: 0.2, 0.4, 0.6, ∞, ∞; the mean of the three measured would be 0.4.
        assert_eq!(estimate.value, Some(0.6));
        assert_eq!((estimate.n, estimate.excluded), (5, 2));
        let mostly: Vec<SeedValue> = vec![(0, Ok(0.2)), (1, above()), (2, above())];
        assert_eq!(of_seeds(&mostly, 10, "test").value, None);
    }
}
