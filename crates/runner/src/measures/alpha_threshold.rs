//! α75: the turn of the mouths, in degrees, for 75 % correct; the unit people are measured in.
//!
//! A cumulative Gaussian over log turn with guess rate ½, fitted by maximum likelihood. The share correct at a turn is the
//! area under the ROC curve: what a choice between a fat and a thin figure would give that share nothing else. Twins, which
//! share pose and noise, are told apart at smaller turns than people could be asked about.

use super::{ABSENT, Measure, Point};
use trompe_psychophysics::{Axis, Core, Lapse, LevelCount, NotMeasurable, Psychometric};

/// Threshold in degrees; censored outside the turns that were shown.
pub const ENTRY: Measure = Measure {
    id: "alpha75_deg",
    title: "turn of the mouths for 75 % correct in a choice between a fat and a thin figure",
    unit: "deg",
    range: super::NOT_NEGATIVE,
    illusion: "fat_thin",
    along_training: false,
    read,
};

fn read(point: &Point<'_>) -> Result<f64, NotMeasurable> {
    let mut data = Vec::new();
    for row in point.condition("illusory") {
        let (Some(level), Some(share)) = (row.alpha_deg, row.auc) else { return Err(ABSENT) };
        // Counted as so many correct choices among as many pairs as there are twins.
        let correct = (share * row.n as f64).round() as u64;
        data.push(LevelCount { level, correct, total: row.n as u64 });
    }
    data.sort_by(|one, other| one.level.total_cmp(&other.level));
    let model =
        Psychometric { core: Core::CumulativeGaussian, axis: Axis::Log, guess_rate: 0.5, lapse: Lapse::Fixed(0.0) };
    model.threshold(&data, 0.75).map(|measured| measured.value)
}
