//! α75: the turn of the mouths, in degrees, at which 75 % of twins are ordered correctly; the unit people are measured in.
//!
//! A cumulative Gaussian over log turn with guess rate ½, fitted by maximum likelihood to the shares of twins.

use super::{ABSENT, Measure, Point};
use trompe_psychophysics::{Axis, Core, Lapse, LevelCount, NotMeasurable, Psychometric};

/// Threshold in degrees; censored outside the turns that were shown.
pub const ENTRY: Measure = Measure {
    id: "alpha75_deg",
    title: "turn of the mouths for 75 % correct (two-alternative, twins)",
    unit: "deg",
    illusion: "fat_thin",
    along_training: true,
    read,
};

fn read(point: &Point<'_>) -> Result<f64, NotMeasurable> {
    let mut data = Vec::new();
    for row in point.condition("illusory") {
        let (Some(level), Some(share)) = (row.alpha_deg, row.two_afc) else { return Err(ABSENT) };
        // A tie counts one half; half a twin is rounded up.
        let correct = (share * row.n as f64).round() as u64;
        data.push(LevelCount { level, correct, total: row.n as u64 });
    }
    data.sort_by(|one, other| one.level.total_cmp(&other.level));
    let model =
        Psychometric { core: Core::CumulativeGaussian, axis: Axis::Log, guess_rate: 0.5, lapse: Lapse::Fixed(0.0) };
    model.threshold(&data, 0.75).map(|measured| measured.value)
}
