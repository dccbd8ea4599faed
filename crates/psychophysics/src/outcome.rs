//! What a measurement gives: a value with its interval and count, or the reason why there is none.

use thiserror::Error;

/// A value that was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// The value, in the unit of the quantity.
    pub value: f64,
    /// Lower and upper limit where the method gives an interval.
    pub interval: Option<(f64, f64)>,
    /// How many independent units the value rests on (trials, twins or seeds, as the method says).
    pub n: usize,
}

impl Measured {
    /// A value without an interval.
    pub fn new(value: f64, n: usize) -> Self {
        Self { value, interval: None, n }
    }

    /// The same value with an interval from `low` to `high`.
    pub fn with_interval(self, low: f64, high: f64) -> Self {
        Self { interval: Some((low, high)), ..self }
    }
}

/// On which side of the tested range a value lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The value is smaller than the lowest tested level.
    Below,
    /// The value is larger than the highest tested level.
    Above,
}

/// Why there is no number.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum NotMeasurable {
    /// Fewer units than the method needs.
    #[error("too few values: needs at least {needed}, found {found}")]
    TooFew {
        /// The smallest number that is enough.
        needed: usize,
        /// The number that was given.
        found: usize,
    },
    /// More units than the method can take.
    #[error("too many values: takes at most {allowed}, found {found}")]
    TooMany {
        /// The largest number that can be taken.
        allowed: usize,
        /// The number that was given.
        found: usize,
    },
    /// Two inputs that belong together differ in length.
    #[error("unequal lengths: {what} has {found} entries, expected {expected}")]
    UnequalLengths {
        /// The input of the wrong length.
        what: &'static str,
        /// The length that was expected.
        expected: usize,
        /// The length that was found.
        found: usize,
    },
    /// An argument is outside its domain.
    #[error("{what} is {value}, must be {must}")]
    OutOfRange {
        /// The name of the argument.
        what: &'static str,
        /// Its value.
        value: f64,
        /// What must hold.
        must: &'static str,
    },
    /// A NaN or an infinity among the inputs.
    #[error("{what} is not finite")]
    NotFinite {
        /// The name of the input.
        what: &'static str,
    },
    /// A criterion was not reached.
    #[error("{what} never reaches {target}, its best is {best}")]
    NotReached {
        /// The quantity that was to reach the criterion.
        what: &'static str,
        /// The criterion.
        target: f64,
        /// The best value that was found.
        best: f64,
    },
    /// The data leave the quantity undetermined.
    #[error("undetermined: {what}")]
    Degenerate {
        /// What is undetermined, and by what.
        what: &'static str,
    },
    /// The value lies outside the tested range, on a known side.
    #[error("censored: lies {} the tested range, {} {bound}", side.preposition(), side.comparison())]
    Censored {
        /// The side on which the value lies.
        side: Side,
        /// The nearest tested level.
        bound: f64,
    },
    /// An iterative method did not settle.
    #[error("did not converge after {after} iterations")]
    NotConverged {
        /// The number of iterations spent.
        after: usize,
    },
    /// A name that must be present is missing.
    #[error("{what} is absent")]
    Absent {
        /// What is missing.
        what: &'static str,
    },
}

impl NotMeasurable {
    /// A short stable word for tables: `too_few`, `censored_below` and so on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooFew { .. } => "too_few",
            Self::TooMany { .. } => "too_many",
            Self::UnequalLengths { .. } => "unequal_lengths",
            Self::OutOfRange { .. } => "out_of_range",
            Self::NotFinite { .. } => "not_finite",
            Self::NotReached { .. } => "not_reached",
            Self::Degenerate { .. } => "degenerate",
            Self::Censored { side: Side::Below, .. } => "censored_below",
            Self::Censored { side: Side::Above, .. } => "censored_above",
            Self::NotConverged { .. } => "not_converged",
            Self::Absent { .. } => "absent",
        }
    }
}

impl Side {
    fn preposition(self) -> &'static str {
        match self {
            Self::Below => "below",
            Self::Above => "above",
        }
    }

    fn comparison(self) -> &'static str {
        match self {
            Self::Below => "under",
            Self::Above => "over",
        }
    }
}
