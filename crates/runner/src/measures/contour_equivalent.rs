//! Point of subjective equality: the contrast of a real contour in the gaps that gives the same d′ as the illusion.

use super::{ABSENT, Measure, Point};
use trompe_psychophysics::{NotMeasurable, crossing};

/// Contrast relative to the inducers'; censored outside the contrasts that were shown.
pub const ENTRY: Measure = Measure {
    id: "contour_equivalent_contrast",
    title: "contrast of a real contour in the gaps with the same d′",
    unit: "contrast",
    range: super::SHARE,
    illusion: "fat_thin",
    along_training: false,
    read,
};

fn read(point: &Point<'_>) -> Result<f64, NotMeasurable> {
    let target = point.d_prime(&point.primary("illusory"))?;
    let mut levels: Vec<(f64, f64)> = Vec::new();
    for row in point.condition("contour") {
        let (Some(contrast), Some(d_prime)) = (row.contrast, row.d_prime) else {
            return Err(ABSENT);
        };
        levels.push((contrast, d_prime));
    }
    levels.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (contrasts, values): (Vec<f64>, Vec<f64>) = levels.into_iter().unzip();
    crossing(&contrasts, &values, target)
}
