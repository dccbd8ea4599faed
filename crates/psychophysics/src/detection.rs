//! How well evidence tells two classes apart: AUC, d prime, two-alternative choice, proportion correct.
//!
//! Evidence is one finite number per stimulus, larger for the positive class. Ties count one half everywhere.
//!
//! # Source
//! Mann and Whitney (1947) for the AUC as a rank statistic; Green and Swets (1966) for d' = sqrt 2 * quantile(AUC);
//! Hautus (1995) for the log-linear correction of counts.

use crate::special::{D_PRIME_PER_QUANTILE, normal_cdf, normal_quantile};
use crate::{Measured, NotMeasurable, check};

/// Probability that a random positive has more evidence than a random negative, ties one half. O(n log n).
///
/// # Errors
/// [`NotMeasurable::TooFew`] for an empty class, [`NotMeasurable::NotFinite`] for NaN or infinite evidence.
pub fn auc(pos: &[f64], neg: &[f64]) -> Result<f64, NotMeasurable> {
    check::sample("positive evidence", pos, 1)?;
    check::sample("negative evidence", neg, 1)?;
    let (mut pos, mut neg) = (pos.to_vec(), neg.to_vec());
    pos.sort_unstable_by(f64::total_cmp);
    neg.sort_unstable_by(f64::total_cmp);
    let (mut below, mut not_above, mut wins) = (0_usize, 0_usize, 0.0);
    for value in &pos {
        while below < neg.len() && neg[below] < *value {
            below += 1;
        }
        while not_above < neg.len() && neg[not_above] <= *value {
            not_above += 1;
        }
        wins += 0.5 * (below + not_above) as f64;
    }
    Ok(wins / (pos.len() as f64 * neg.len() as f64))
}

/// d' = sqrt 2 * quantile(AUC), the AUC clipped to [1/2N, 1 - 1/2N] with N = `n_per_class`, so that d' stays finite.
///
/// # Errors
/// [`NotMeasurable::OutOfRange`] unless 0 <= `auc` <= 1; [`NotMeasurable::TooFew`] for N = 0.
pub fn d_prime_from_auc(auc: f64, n_per_class: usize) -> Result<f64, NotMeasurable> {
    check::closed_unit("auc", auc)?;
    check::at_least(1, n_per_class)?;
    let margin = 0.5 / n_per_class as f64;
    Ok(D_PRIME_PER_QUANTILE * normal_quantile(auc.clamp(margin, 1.0 - margin))?)
}

/// The AUC of equal-variance normal evidence whose means are `d_prime` standard deviations apart.
pub fn auc_from_d_prime(d_prime: f64) -> f64 {
    normal_cdf(d_prime / D_PRIME_PER_QUANTILE)
}

/// d' of two samples of evidence; N of the clipping is the smaller class, and so is `n`.
///
/// # Errors
/// Those of [`auc`].
pub fn d_prime(pos: &[f64], neg: &[f64]) -> Result<Measured, NotMeasurable> {
    let n = pos.len().min(neg.len());
    Ok(Measured::new(d_prime_from_auc(auc(pos, neg)?, n)?, n))
}

/// d' of yes/no counts with the log-linear correction: one half is added to both counts, one to both totals.
///
/// # Errors
/// [`NotMeasurable::TooFew`] where a total is 0; [`NotMeasurable::TooMany`] where a count exceeds its total.
pub fn d_prime_from_counts(hits: (u64, u64), false_alarms: (u64, u64)) -> Result<f64, NotMeasurable> {
    let quantile = |(count, total): (u64, u64)| {
        check::at_least(1, total as usize)?;
        if count > total {
            return Err(NotMeasurable::TooMany { allowed: total as usize, found: count as usize });
        }
        normal_quantile((count as f64 + 0.5) / (total as f64 + 1.0))
    };
    Ok(quantile(hits)? - quantile(false_alarms)?)
}

/// Share of twins (positive, negative) whose positive has more evidence; ties one half.
///
/// # Errors
/// [`NotMeasurable::TooFew`] without twins, [`NotMeasurable::NotFinite`] for NaN or infinite evidence.
pub fn two_afc(pairs: &[(f64, f64)]) -> Result<f64, NotMeasurable> {
    check::at_least(1, pairs.len())?;
    if !pairs.iter().all(|(pos, neg)| pos.is_finite() && neg.is_finite()) {
        return Err(NotMeasurable::NotFinite { what: "evidence" });
    }
    let wins: f64 = pairs.iter().map(|(pos, neg)| score(pos - neg)).sum();
    Ok(wins / pairs.len() as f64)
}

/// Share of all stimuli on their own side of `criterion`; evidence equal to the criterion counts one half.
///
/// # Errors
/// Those of [`auc`]; [`NotMeasurable::NotFinite`] for a criterion that is not finite.
pub fn proportion_correct(pos: &[f64], neg: &[f64], criterion: f64) -> Result<f64, NotMeasurable> {
    check::sample("positive evidence", pos, 1)?;
    check::sample("negative evidence", neg, 1)?;
    check::all_finite("criterion", &[criterion])?;
    let right =
        pos.iter().map(|v| score(v - criterion)).sum::<f64>() + neg.iter().map(|v| score(criterion - v)).sum::<f64>();
    Ok(right / (pos.len() + neg.len()) as f64)
}

/// 1 for a positive margin, 1/2 for none, 0 for a negative one.
fn score(margin: f64) -> f64 {
    if margin > 0.0 {
        1.0
    } else if margin == 0.0 {
        0.5
    } else {
        0.0
    }
}

/// Evidence of twins, sorted once, whose AUC under any integer weights of the twins costs O(n).
///
/// Twin i has a positive stimulus with evidence `pos[i]` and a negative one with `neg[i]`; resampling twins with
/// replacement gives each twin a weight, shared by its two stimuli.
#[derive(Debug, Clone, PartialEq)]
pub struct PresortedEvidence {
    twins: usize,
    entries: Vec<Entry>,
}

/// One stimulus in ascending order of evidence.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Entry {
    twin: u32,
    positive: bool,
    /// Whether the evidence is larger than that of the entry before, so that a new group of ties begins.
    opens_group: bool,
}

impl PresortedEvidence {
    /// Sorts the evidence of `pos.len()` twins.
    ///
    /// # Errors
    /// Those of [`auc`]; [`NotMeasurable::UnequalLengths`] unless every twin has both its stimuli.
    pub fn new(pos: &[f64], neg: &[f64]) -> Result<Self, NotMeasurable> {
        check::sample("positive evidence", pos, 1)?;
        check::all_finite("negative evidence", neg)?;
        check::same_length("negative evidence", pos.len(), neg.len())?;
        if u32::try_from(pos.len()).is_err() {
            return Err(NotMeasurable::TooMany { allowed: u32::MAX as usize, found: pos.len() });
        }
        let tagged = |values: &[f64], positive| -> Vec<(f64, u32, bool)> {
            values.iter().enumerate().map(|(twin, v)| (*v, twin as u32, positive)).collect()
        };
        let mut sorted = tagged(pos, true);
        sorted.extend(tagged(neg, false));
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut previous = f64::NEG_INFINITY;
        let entries = sorted
            .into_iter()
            .map(|(value, twin, positive)| {
                let opens_group = value > previous;
                previous = value;
                Entry { twin, positive, opens_group }
            })
            .collect();
        Ok(Self { twins: pos.len(), entries })
    }

    /// The number of twins.
    pub fn twins(&self) -> usize {
        self.twins
    }

    /// The AUC when twin i is present `weights[i]` times.
    ///
    /// # Errors
    /// [`NotMeasurable::UnequalLengths`] unless there is one weight per twin; [`NotMeasurable::TooFew`] if all are 0.
    pub fn weighted_auc(&self, weights: &[u32]) -> Result<f64, NotMeasurable> {
        let total = self.total(weights)?;
        let (mut below, mut tied_pos, mut tied_neg, mut wins) = (0.0, 0.0, 0.0, 0.0);
        for entry in &self.entries {
            if entry.opens_group {
                wins += tied_pos * (below + 0.5 * tied_neg);
                below += tied_neg;
                (tied_pos, tied_neg) = (0.0, 0.0);
            }
            let weight = f64::from(weights[entry.twin as usize]);
            if entry.positive {
                tied_pos += weight;
            } else {
                tied_neg += weight;
            }
        }
        wins += tied_pos * (below + 0.5 * tied_neg);
        Ok(wins / (total as f64 * total as f64))
    }

    /// d' when twin i is present `weights[i]` times; N of the clipping is the sum of the weights.
    ///
    /// # Errors
    /// Those of [`PresortedEvidence::weighted_auc`].
    pub fn weighted_d_prime(&self, weights: &[u32]) -> Result<f64, NotMeasurable> {
        let total = self.total(weights)?;
        d_prime_from_auc(self.weighted_auc(weights)?, total as usize)
    }

    fn total(&self, weights: &[u32]) -> Result<u64, NotMeasurable> {
        check::same_length("weights", self.twins, weights.len())?;
        let total = weights.iter().map(|w| u64::from(*w)).sum();
        if total > 0 { Ok(total) } else { Err(NotMeasurable::TooFew { needed: 1, found: 0 }) }
    }
}
