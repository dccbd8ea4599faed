//! Measures: what is read off one network at one point of its training. One file each, one name in [`ALL`].
//!
//! A measure sees the blocks of a single checkpoint. Points between checkpoints (matched competence), means over seeds
//! and intervals are made by `analysis`, the same way for every measure.

mod abutting;
mod alpha_threshold;
mod bar_effect;
mod brightness;
pub mod church;
mod configural_index;
mod contour_equivalent;
mod curved;
mod digits;
mod gap_reliance;
mod gaps;
mod illusory;
mod kanizsa_controls;
mod kanizsa_count;
mod kanizsa_index;
mod kanizsa_tuning;
mod kanizsa_variants;
mod local_deviation;
mod mixed;
mod pang2021;
mod relatability;
mod snakes;
mod support_slope;

pub use brightness::people;
pub use church::by_set;
pub use snakes::GAIN;

use crate::experiment::BatterySpec;
use crate::rows::{BrightnessRow, ColorRow, MotionRow, TrialRow};
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
    /// Displays of the church, where networks give pictures.
    pub colors: Vec<&'a ColorRow>,
    /// Displays of brightness, where they were shown.
    pub brightness: Vec<&'a BrightnessRow>,
    /// What turns in predictions, where networks give the next frame.
    pub motion: Vec<&'a MotionRow>,
    blocks: BTreeMap<&'a str, &'a TrialRow>,
}

impl<'a> Point<'a> {
    /// Collects the rows of one cell at one checkpoint, all polarities together.
    pub fn new(battery: &'a BatterySpec, rows: impl Iterator<Item = &'a TrialRow>) -> Self {
        let blocks = rows.filter(|row| row.polarity == "all").map(|row| (row.block.as_str(), row)).collect();
        Self { battery, colors: Vec::new(), brightness: Vec::new(), motion: Vec::new(), blocks }
    }

    /// The displays of the church and of brightness at one checkpoint.
    pub fn of_pictures(
        battery: &'a BatterySpec,
        colors: Vec<&'a ColorRow>,
        brightness: Vec<&'a BrightnessRow>,
    ) -> Self {
        Self { battery, colors, brightness, motion: Vec::new(), blocks: BTreeMap::new() }
    }

    /// With what turns in predictions.
    pub fn and_motion(self, motion: Vec<&'a MotionRow>) -> Self {
        Self { motion, ..self }
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

    /// A number of each block of a condition, averaged over its blocks: one for each class.
    pub fn mean_over_classes(&self, condition: &str, read: fn(&TrialRow) -> Option<f64>) -> Result<f64, NotMeasurable> {
        mean_of(self.condition(condition).into_iter().map(read))
    }

    /// The same over the blocks of a condition whose ids go on with `part`.
    pub fn mean_over_blocks(
        &self,
        condition: &str,
        part: &str,
        read: fn(&TrialRow) -> Option<f64>,
    ) -> Result<f64, NotMeasurable> {
        let prefix = format!("{condition}_{part}_");
        let of = |row: &&TrialRow| row.block.starts_with(&prefix);
        let rows: Vec<&TrialRow> = self.condition(condition).into_iter().filter(of).collect();
        if rows.is_empty() { Err(ABSENT) } else { mean_of(rows.into_iter().map(read)) }
    }

    /// d′ of a condition, averaged over classes.
    pub fn over_classes(&self, condition: &str) -> Result<f64, NotMeasurable> {
        self.mean_over_classes(condition, |row| row.d_prime)
    }

    /// d′ of a condition at each of its levels, averaged over classes; levels in rising order.
    pub fn levels(
        &self,
        condition: &str,
        level: fn(&TrialRow) -> Option<f64>,
    ) -> Result<Vec<(f64, f64)>, NotMeasurable> {
        let mut found: Vec<(f64, Vec<Option<f64>>)> = Vec::new();
        for row in self.condition(condition) {
            let at = level(row).ok_or(ABSENT)?;
            match found.iter_mut().find(|(listed, _)| *listed == at) {
                Some((_, values)) => values.push(row.d_prime),
                None => found.push((at, vec![row.d_prime])),
            }
        }
        found.sort_by(|one, other| one.0.total_cmp(&other.0));
        found.into_iter().map(|(at, values)| Ok((at, mean_of(values.into_iter())?))).collect()
    }

    /// Variance of the evidence by noise in one part of the figures of a condition, averaged over its blocks.
    pub fn noise_variance(&self, condition: &str, part: &str) -> Result<f64, NotMeasurable> {
        let prefix = format!("{condition}_{part}");
        let rows = self.condition(condition).into_iter().filter(|row| row.block.starts_with(&prefix));
        mean_of(rows.map(|row| row.evidence_sd.map(|sd| sd * sd)))
    }

    /// Id of a condition's block at the primary turn.
    pub fn primary(&self, condition: &str) -> String {
        format!("{condition}_{}", crate::battery::level(self.battery.primary_alpha_deg))
    }
}

/// The mean of numbers of which none may be missing.
fn mean_of(values: impl Iterator<Item = Option<f64>>) -> Result<f64, NotMeasurable> {
    let values: Vec<f64> = values.collect::<Option<_>>().ok_or(ABSENT)?;
    crate::score::mean(&values).ok_or(ABSENT)
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

/// A d′ of the Kanizsa battery, read at the last checkpoint.
const fn kanizsa_d_prime(
    id: &'static str,
    title: &'static str,
    read: fn(&Point<'_>) -> Result<f64, NotMeasurable>,
) -> Measure {
    Measure { id, title, unit: "d_prime", range: ANY, illusion: "kanizsa", along_training: false, read }
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
    &kanizsa_controls::ROTATED,
    &kanizsa_controls::ROTATED_AUC,
    &kanizsa_index::POOLED,
    &kanizsa_index::TRIANGLE,
    &kanizsa_index::SQUARE,
    &kanizsa_index::PENTAGON,
    &kanizsa_index::HEXAGON,
    &kanizsa_index::CIRCLE,
    &kanizsa_controls::MISALIGNED,
    &kanizsa_controls::CLOSED,
    &kanizsa_controls::DISCS,
    &kanizsa_controls::OUT,
    &kanizsa_controls::SCRAMBLED,
    &kanizsa_variants::REAL,
    &kanizsa_variants::MIXED,
    &kanizsa_variants::FRAGMENTS,
    &kanizsa_variants::OCCLUDED,
    &kanizsa_variants::SMALL,
    &kanizsa_variants::RADIUS,
    &kanizsa_count::TRIANGLE,
    &kanizsa_count::OVER_HEXAGON,
    &kanizsa_tuning::ENTRY,
    &abutting::D_PRIME,
    &abutting::BLOB,
    &abutting::ACCURACY,
    &abutting::UNSHIFTED,
    &abutting::HORIZONTAL_2,
    &abutting::HORIZONTAL_4,
    &abutting::HORIZONTAL_6,
    &abutting::HORIZONTAL_8,
    &abutting::VERTICAL_2,
    &abutting::VERTICAL_4,
    &abutting::VERTICAL_6,
    &abutting::VERTICAL_8,
    &abutting::RISING_2,
    &abutting::RISING_4,
    &abutting::RISING_6,
    &abutting::RISING_8,
    &abutting::FALLING_2,
    &abutting::FALLING_4,
    &abutting::FALLING_6,
    &abutting::FALLING_8,
    &abutting::HORIZONTAL_2_ACCURACY,
    &abutting::HORIZONTAL_4_ACCURACY,
    &abutting::HORIZONTAL_6_ACCURACY,
    &abutting::HORIZONTAL_8_ACCURACY,
    &abutting::VERTICAL_2_ACCURACY,
    &abutting::VERTICAL_4_ACCURACY,
    &abutting::VERTICAL_6_ACCURACY,
    &abutting::VERTICAL_8_ACCURACY,
    &abutting::RISING_2_ACCURACY,
    &abutting::RISING_4_ACCURACY,
    &abutting::RISING_6_ACCURACY,
    &abutting::RISING_8_ACCURACY,
    &abutting::FALLING_2_ACCURACY,
    &abutting::FALLING_4_ACCURACY,
    &abutting::FALLING_6_ACCURACY,
    &abutting::FALLING_8_ACCURACY,
    &digits::OTHER,
    &digits::UNSHIFTED_D_PRIME,
    &digits::ACCURACY,
    &digits::UNSHIFTED,
    &digits::PLAIN,
    &digits::HORIZONTAL_2,
    &digits::HORIZONTAL_4,
    &digits::HORIZONTAL_6,
    &digits::HORIZONTAL_8,
    &digits::VERTICAL_2,
    &digits::VERTICAL_4,
    &digits::VERTICAL_6,
    &digits::VERTICAL_8,
    &digits::RISING_2,
    &digits::RISING_4,
    &digits::RISING_6,
    &digits::RISING_8,
    &digits::FALLING_2,
    &digits::FALLING_4,
    &digits::FALLING_6,
    &digits::FALLING_8,
    &pang2021::IN,
    &pang2021::IN_OVER_OUT,
    &pang2021::OUT,
    &pang2021::REAL,
    &pang2021::ANSWERED,
    &gap_reliance::FAT_THIN,
    &gap_reliance::KANIZSA,
    &contour_equivalent::FAT_THIN,
    &contour_equivalent::KANIZSA,
    &support_slope::FAT_THIN,
    &support_slope::KANIZSA,
    &bar_effect::ENTRY,
    &curved::ILLUSORY,
    &curved::LOCAL,
    &church::FINE,
    &church::FINE_EXCESS,
    &church::FINE_OVER_DERIVATIVE,
    &church::COARSE,
    &church::COARSE_EXCESS,
    &church::UNIFORM,
    &church::UNIFORM_EXCESS,
    &church::UNIFORM_OVER_DERIVATIVE,
    &church::FINE_BY_AXIS,
    &church::UNIFORM_BY_AXIS,
    &church::CROSSING,
    &church::REMOTE,
    &church::NAMED,
    &church::ORDER_BIAS,
    &church::TRAP,
    &church::NULLING_FINE,
    &church::NULLING_UNIFORM,
    &brightness::RHO,
    &brightness::SIGNS,
    &brightness::RHO_OF_LINEAR,
    &brightness::LIGHTNESS_RHO,
    &brightness::LIGHTNESS_SIGNS,
    &gaps::OF_SURFACE,
    &gaps::SURFACE_EXCESS,
    &gaps::SURFACE_CLOSED,
    &gaps::SURFACE_MISALIGNED,
    &gaps::OF_CONTOUR,
    &gaps::CONTOUR_EXCESS,
    &gaps::CONTOUR_CLOSED,
    &gaps::CONTOUR_MISALIGNED,
    &snakes::COLOR,
    &snakes::GRAY,
    &snakes::SYMMETRIC,
    &snakes::FIRST,
    &snakes::GRAY_FIRST,
    &snakes::RIGIDITY,
    &snakes::RIGIDITY_FIRST,
    &snakes::BEYOND_REMAP,
    &snakes::BEYOND_REMAP_FIRST,
    &snakes::GROWTH,
    &snakes::GROWTH_LINEAR,
    &snakes::GAIN,
    &snakes::PROPELLER_GAIN,
    &snakes::DISK_GAIN,
    &snakes::GAIN_ON,
    &snakes::OVER_SCENES,
    &snakes::JITTER,
    &snakes::SACCADE,
    &snakes::ONSET,
    &snakes::MAP_RHO,
    &snakes::ONSET_MAP_RHO,
    &snakes::GRAY_ONSET,
    &snakes::ISLAND_ONSET,
    &snakes::GROUP,
    &snakes::STRIP,
    &snakes::FLOW,
    &snakes::TANGENT_SCORE,
    &snakes::EIGEN_SCORE,
    &snakes::ISLAND,
    &snakes::NULLING,
];
