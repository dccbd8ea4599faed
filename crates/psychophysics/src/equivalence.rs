//! Equivalence within margins fixed beforehand: two one-sided t tests on paired differences.
//!
//! A failed test of difference is not evidence of sameness; only this test is.
//!
//! # Source
//! Schuirmann (1987).

use crate::special::{student_quantile, student_upper_tail};
use crate::{NotMeasurable, check};

/// The smallest differences that matter, on both sides of 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Margin {
    lower: f64,
    upper: f64,
}

impl Margin {
    /// Margins from `lower` < 0 to `upper` > 0.
    ///
    /// # Errors
    /// [`NotMeasurable::OutOfRange`] unless both are finite and on their own side of 0.
    pub fn new(lower: f64, upper: f64) -> Result<Self, NotMeasurable> {
        let (what, must) = ("equivalence margin", "finite, the lower below 0 and the upper above 0");
        if !(lower.is_finite() && lower < 0.0) {
            return Err(NotMeasurable::OutOfRange { what, value: lower, must });
        }
        if !(upper.is_finite() && upper > 0.0) {
            return Err(NotMeasurable::OutOfRange { what, value: upper, must });
        }
        Ok(Self { lower, upper })
    }

    /// Margins of `half_width` on either side of 0.
    ///
    /// # Errors
    /// [`NotMeasurable::OutOfRange`] unless `half_width` is finite and positive.
    pub fn symmetric(half_width: f64) -> Result<Self, NotMeasurable> {
        Self::new(-half_width, half_width)
    }

    /// The lower margin, negative.
    pub fn lower(&self) -> f64 {
        self.lower
    }

    /// The upper margin, positive.
    pub fn upper(&self) -> f64 {
        self.upper
    }
}

/// On which side of 0 a difference lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The mean difference is negative.
    Negative,
    /// The mean difference is positive.
    Positive,
}

/// What the data establish.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// The difference lies within the margins (both one-sided tests reject). This holds even where the difference is
    /// also distinguishable from 0: then it is real and too small to matter.
    Equivalent,
    /// The difference is not 0 (two-sided t test), and not shown to be within the margins.
    Different {
        /// Its sign.
        direction: Direction,
        /// Whether the whole interval lies outside the margins, so that the difference is also large enough to matter.
        beyond_margin: bool,
    },
    /// Neither equivalence nor difference is established.
    NotEstablished,
}

/// Result of the two one-sided tests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tost {
    /// Mean of the paired differences.
    pub mean: f64,
    /// Standard error of the mean.
    pub standard_error: f64,
    /// One-sided p of "the difference is at or below the lower margin".
    pub p_lower: f64,
    /// One-sided p of "the difference is at or above the upper margin".
    pub p_upper: f64,
    /// Two-sided p of "the difference is 0".
    pub p_difference: f64,
    /// The t interval with coverage 1 - 2 alpha (90 % at alpha = .05).
    pub interval: (f64, f64),
    /// What is established at alpha.
    pub verdict: Verdict,
    /// The number of pairs.
    pub n: usize,
}

impl Tost {
    /// The p of equivalence: the larger of the two one-sided p values.
    pub fn p_equivalence(&self) -> f64 {
        self.p_lower.max(self.p_upper)
    }
}

/// Two one-sided t tests on paired `differences` at level `alpha` each.
///
/// # Errors
/// [`NotMeasurable::TooFew`] below two pairs; [`NotMeasurable::NotFinite`]; [`NotMeasurable::OutOfRange`] unless
/// 0 < `alpha` < 1/2; [`NotMeasurable::Degenerate`] where all differences are equal.
///
/// ```
/// use trompe_psychophysics::{Margin, Verdict, tost};
/// let verdict = tost(&[0.01, -0.02, 0.00, 0.01], Margin::symmetric(0.05)?, 0.05)?.verdict;
/// assert_eq!(verdict, Verdict::Equivalent);
/// # Ok::<(), trompe_psychophysics::NotMeasurable>(())
/// ```
pub fn tost(differences: &[f64], margin: Margin, alpha: f64) -> Result<Tost, NotMeasurable> {
    if !(alpha > 0.0 && alpha < 0.5) {
        return Err(NotMeasurable::OutOfRange { what: "alpha", value: alpha, must: "strictly between 0 and 0.5" });
    }
    let (mean, standard_error) = mean_and_error(differences)?;
    let df = (differences.len() - 1) as f64;
    let p_lower = student_upper_tail((mean - margin.lower) / standard_error, df);
    let p_upper = student_upper_tail((margin.upper - mean) / standard_error, df);
    let p_difference = 2.0 * student_upper_tail(mean.abs() / standard_error, df);
    let half = student_quantile(1.0 - alpha, df) * standard_error;
    let interval = (mean - half, mean + half);
    let verdict = if p_lower < alpha && p_upper < alpha {
        Verdict::Equivalent
    } else if p_difference < alpha {
        let direction = if mean > 0.0 { Direction::Positive } else { Direction::Negative };
        Verdict::Different { direction, beyond_margin: interval.0 > margin.upper || interval.1 < margin.lower }
    } else {
        Verdict::NotEstablished
    };
    Ok(Tost { mean, standard_error, p_lower, p_upper, p_difference, interval, verdict, n: differences.len() })
}

/// Mean and standard error of at least two values that are not all equal.
pub(crate) fn mean_and_error(values: &[f64]) -> Result<(f64, f64), NotMeasurable> {
    check::sample("values", values, 2)?;
    let (n, mean) = (values.len() as f64, check::mean(values));
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
    let standard_error = (variance / n).sqrt();
    let varies = values.iter().any(|v| *v != values[0]);
    if varies && standard_error.is_finite() && standard_error > 0.0 {
        Ok((mean, standard_error))
    } else {
        Err(NotMeasurable::Degenerate { what: "the spread of values that do not differ" })
    }
}
