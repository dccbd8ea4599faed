//! What an experiment file may name: the registries of the other crates as plain data, handed in by the caller.

use std::fmt;
use std::ops::Bound;

/// Everything that a file can name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// Learning rules.
    pub rules: Vec<RuleInfo>,
    /// Worlds.
    pub worlds: Vec<WorldInfo>,
    /// Batteries of illusions.
    pub illusions: Vec<IllusionInfo>,
    /// Nonlinearities of layers.
    pub activations: Vec<String>,
    /// Optimizers.
    pub optimizers: Vec<String>,
    /// Names of observers that run at no request; no observer of a file may take one.
    pub baselines: Vec<String>,
}

/// A learning rule.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleInfo {
    /// The id under which it is listed.
    pub id: String,
    /// Other names for it.
    pub aliases: Vec<String>,
    /// Its options.
    pub settings: Vec<SettingInfo>,
    /// How networks that it trained can answer, `feedforward` or `settled`, the way that is meant first.
    pub answers: Vec<String>,
}

/// What networks give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gives {
    /// A class.
    #[default]
    Classes,
    /// A picture for a picture.
    Pictures,
    /// The next frame of a movie.
    Frames,
}

impl Gives {
    /// Its name in messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Classes => "classes",
            Self::Pictures => "pictures",
            Self::Frames => "next frames",
        }
    }

    /// Whether it is a picture of any kind.
    pub fn are_pictures(self) -> bool {
        self != Self::Classes
    }
}

/// A world.
#[derive(Clone, Debug, PartialEq)]
pub struct WorldInfo {
    /// The id under which it is listed.
    pub id: String,
    /// Its classes, in order; none where it teaches pictures.
    pub classes: Vec<String>,
    /// What it teaches to give.
    pub gives: Gives,
    /// Its options.
    pub settings: Vec<SettingInfo>,
}

/// A battery.
#[derive(Clone, Debug, PartialEq)]
pub struct IllusionInfo {
    /// The id under which it is listed.
    pub id: String,
    /// Classes that evidence is read from, in the order that a world must begin with.
    pub classes: Vec<String>,
    /// What the networks give that it is shown to.
    pub gives: Gives,
}

/// One option of a rule or a world.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingInfo {
    /// Its key.
    pub key: String,
    /// What it takes.
    pub kind: SettingKind,
}

/// What an option takes.
#[derive(Clone, Debug, PartialEq)]
pub enum SettingKind {
    /// `true` or `false`.
    Flag,
    /// A number.
    Number {
        /// Where it may lie.
        bounds: Bounds,
        /// Whether it must be whole.
        whole: bool,
    },
    /// A word; any when the list is empty.
    Text(Vec<String>),
}

/// Where a number may lie. Not-a-number and infinities lie nowhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Lower end.
    pub low: Bound<f64>,
    /// Upper end.
    pub high: Bound<f64>,
}

impl Bounds {
    /// Above 0.
    pub const POSITIVE: Self = Self { low: Bound::Excluded(0.0), high: Bound::Unbounded };
    /// 0 or above.
    pub const NOT_NEGATIVE: Self = Self { low: Bound::Included(0.0), high: Bound::Unbounded };
    /// Strictly between 0 and 1.
    pub const OPEN_UNIT: Self = Self { low: Bound::Excluded(0.0), high: Bound::Excluded(1.0) };
    /// Above 0, 1 included.
    pub const SHARE: Self = Self { low: Bound::Excluded(0.0), high: Bound::Included(1.0) };
    /// From 0 to 1.
    pub const UNIT: Self = Self { low: Bound::Included(0.0), high: Bound::Included(1.0) };

    /// `low` or more.
    pub const fn at_least(low: f64) -> Self {
        Self { low: Bound::Included(low), high: Bound::Unbounded }
    }

    /// From `low` to `high`, both included.
    pub const fn from_to(low: f64, high: f64) -> Self {
        Self { low: Bound::Included(low), high: Bound::Included(high) }
    }

    /// Whether a number lies within.
    pub fn hold(&self, number: f64) -> bool {
        let above = match self.low {
            Bound::Included(low) => number >= low,
            Bound::Excluded(low) => number > low,
            Bound::Unbounded => true,
        };
        let below = match self.high {
            Bound::Included(high) => number <= high,
            Bound::Excluded(high) => number < high,
            Bound::Unbounded => true,
        };
        number.is_finite() && above && below
    }
}

impl fmt::Display for Bounds {
    /// What must hold, to follow "must be".
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Bound::Unbounded, Bound::Unbounded) = (self.low, self.high) {
            return write!(out, "finite");
        }
        match self.low {
            Bound::Included(low) => write!(out, "at least {low}")?,
            Bound::Excluded(low) => write!(out, "above {low}")?,
            Bound::Unbounded => {}
        }
        if !matches!(self.low, Bound::Unbounded) && !matches!(self.high, Bound::Unbounded) {
            write!(out, " and ")?;
        }
        match self.high {
            Bound::Included(high) => write!(out, "at most {high}"),
            Bound::Excluded(high) => write!(out, "below {high}"),
            Bound::Unbounded => Ok(()),
        }
    }
}
