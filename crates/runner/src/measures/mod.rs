//! Measures: what is read off one network at one point of its training. One file each, one name in [`ALL`].
//!
//! A measure sees the blocks of a single checkpoint. Points between checkpoints (matched competence), means over seeds
//! and intervals are made by `analysis`, the same way for every measure.

mod alpha_threshold;
mod bar_effect;
mod configural_index;
mod contour_equivalent;
mod curved;
mod gap_reliance;
mod illusory;
mod kanizsa;
mod local_deviation;
mod mixed;
mod relatability;
mod support_slope;

use crate::experiment::BatterySpec;
use crate::rows::TrialRow;
use std::collections::BTreeMap;
use trompe_psychophysics::NotMeasurable;

/// Range of a measure that can be any number.
pub const ANY: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);
/// Range of a share or an area under the curve.
pub const SHARE: (f64, f64) = (0.0, 1.0);
/// Range of a difference of shares.
pub const SHARE_DIFFERENCE: (f64, f64) = (-1.0, 1.0);
/// Range of what cannot be negative.
pub const NOT_NEGATIVE: (f64, f64) = (0.0, f64::INFINITY);

/// A block that a measure needs was not shown, or has no value.
pub const ABSENT: NotMeasurable = NotMeasurable::Absent { what: "a block of this measure" };

/// The blocks of one network at one checkpoint.
pub struct Point<'a> {
    /// What was shown.
    pub battery: &'a BatterySpec,
    blocks: BTreeMap<&'a str, &'a TrialRow>,
}

impl<'a> Point<'a> {
    /// Collects the rows of one cell at one checkpoint, all polarities together.
    pub fn new(battery: &'a BatterySpec, rows: impl Iterator<Item = &'a TrialRow>) -> Self {
        let blocks = rows.filter(|row| row.polarity == "all").map(|row| (row.block.as_str(), row)).collect();
        Self { battery, blocks }
    }

    /// The row of a block.
    pub fn block(&self, id: &str) -> Result<&'a TrialRow, NotMeasurable> {
        self.blocks.get(id).copied().ok_or(ABSENT)
    }

    /// d′ of a block.
    pub fn d_prime(&self, id: &str) -> Result<f64, NotMeasurable> {
        self.block(id)?.d_prime.ok_or(ABSENT)
    }

    /// Area under the curve of a block.
    pub fn auc(&self, id: &str) -> Result<f64, NotMeasurable> {
        self.block(id)?.auc.ok_or(ABSENT)
    }

    /// Rows of a condition, in the order of their ids.
    pub fn condition(&self, condition: &str) -> Vec<&'a TrialRow> {
        self.blocks.values().copied().filter(|row| row.condition == condition).collect()
    }

    /// Id of a condition's block at the primary turn.
    pub fn primary(&self, condition: &str) -> String {
        format!("{condition}_{}", crate::battery::level(self.battery.primary_alpha_deg))
    }
}

/// One measure.
pub struct Measure {
    /// Name in `measures.csv`.
    pub id: &'static str,
    /// What it is, one line, for the report.
    pub title: &'static str,
    /// Unit of its value.
    pub unit: &'static str,
    /// Least and most that it can be.
    pub range: (f64, f64),
    /// Batteries it applies to.
    pub illusion: &'static str,
    /// Whether its blocks are shown at every checkpoint, so that it can be read at matched competence.
    pub along_training: bool,
    /// Reads it.
    pub read: fn(&Point<'_>) -> Result<f64, NotMeasurable>,
}

/// All measures; the report shows them in this order. A test compares the list with the folder.
pub static ALL: &[&Measure] = &[
    &illusory::D_PRIME,
    &illusory::AUC,
    &configural_index::ENTRY,
    &local_deviation::ENTRY,
    &relatability::ENTRY,
    &mixed::ENTRY,
    &alpha_threshold::ENTRY,
    &gap_reliance::ENTRY,
    &contour_equivalent::ENTRY,
    &support_slope::ENTRY,
    &bar_effect::ENTRY,
    &curved::ILLUSORY,
    &curved::LOCAL,
    &kanizsa::ROTATED,
    &kanizsa::DISCS,
    &kanizsa::MISALIGNED,
    &kanizsa::CLOSED,
];
