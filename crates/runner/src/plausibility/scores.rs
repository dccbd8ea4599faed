//! Lines of the ledger as scores: larger is nearer to a neuron, or cheaper.

use crate::ledger::Account;

/// A line of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// How many of the three differences that the article names a rule has: weights above, a pause, waiting for others.
    Differences,
    /// What updates know of the forward weights above.
    WeightsAbove,
    /// Whether forward activity runs on.
    ForwardActivity,
    /// What updates wait for.
    WaitsFor,
    /// Operations of a learning step.
    ForwardPasses,
    /// Energy of a learning step.
    Energy,
}

/// All of them, in the order of the table.
pub const LINES: [Line; 6] =
    [Line::Differences, Line::WeightsAbove, Line::ForwardActivity, Line::WaitsFor, Line::ForwardPasses, Line::Energy];

/// Costs this much alike are one level: counts of rules that do the same work differ by heads and rounding.
const ALIKE: f64 = 0.02;

impl Line {
    /// Name in `plausibility.csv`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Differences => "differences",
            Self::WeightsAbove => "weights_above",
            Self::ForwardActivity => "forward_activity",
            Self::WaitsFor => "waits_for",
            Self::ForwardPasses => "forward_passes",
            Self::Energy => "energy",
        }
    }

    /// Name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Differences => "the three differences together",
            Self::WeightsAbove => "weights above",
            Self::ForwardActivity => "a pause",
            Self::WaitsFor => "waiting for others",
            Self::ForwardPasses => "operations",
            Self::Energy => "energy",
        }
    }

    /// Larger is nearer to a neuron, or cheaper; nothing where the ledger has no answer.
    pub fn score(self, account: &Account) -> Option<f64> {
        match self {
            Self::Differences => {
                let near = |line: Self, most: f64| line.score(account).map(|score| f64::from(u8::from(score >= most)));
                Some(near(Self::WeightsAbove, 2.0)? + near(Self::ForwardActivity, 1.0)? + near(Self::WaitsFor, 2.0)?)
            }
            Self::WeightsAbove => match account.weights_above.as_str() {
                "full" => Some(0.0),
                "sign" => Some(1.0),
                "none" => Some(2.0),
                _ => None,
            },
            Self::ForwardActivity => match account.forward_activity.as_str() {
                "runs on" => Some(1.0),
                "backward sweep" | "settling" | "second pass" => Some(0.0),
                _ => None,
            },
            Self::WaitsFor => match account.waits_for.as_str() {
                "all above" => Some(0.0),
                "output" => Some(1.0),
                "nothing" => Some(2.0),
                _ => None,
            },
            // In factors: from 3 to 6 passes is as far as from 6 to 12.
            Self::ForwardPasses => Some(-libm::log2(account.forward_passes)),
            Self::Energy => Some(-libm::log2(account.nanojoules)),
        }
    }

    /// Whether two scores are one level.
    pub fn is_level(self, one: f64, other: f64) -> bool {
        match self {
            Self::ForwardPasses | Self::Energy => (one - other).abs() < libm::log2(1.0 + ALIKE),
            Self::Differences | Self::WeightsAbove | Self::ForwardActivity | Self::WaitsFor => one == other,
        }
    }

    /// A level in words.
    pub fn words(self, account: &Account) -> String {
        match self {
            Self::Differences => {
                let near = self.score(account).unwrap_or_default();
                format!("{} of 3", 3.0 - near)
            }
            Self::WeightsAbove => account.weights_above.clone(),
            Self::ForwardActivity => match account.forward_activity.as_str() {
                "runs on" => "runs on".into(),
                _ => "pauses".into(),
            },
            Self::WaitsFor => account.waits_for.clone(),
            Self::ForwardPasses => format!("{:.1} F", account.forward_passes),
            Self::Energy => format!("{:.1} µJ", account.nanojoules / 1e3),
        }
    }
}
