//! Point of subjective equality: the contrast of a real contour in the gaps that gives the same d′ as the illusion.

use super::{Measure, Point};
use trompe_psychophysics::{NotMeasurable, crossing};

/// Contrast relative to the inducers'; censored outside the contrasts that were shown.
pub const FAT_THIN: Measure = Measure {
    id: "contour_equivalent_contrast",
    title: "contrast of a real contour in the gaps with the same d′",
    unit: "contrast",
    range: super::SHARE,
    illusion: "fat_thin",
    along_training: false,
    read: |point| equivalent(point, point.d_prime(&point.primary("illusory"))?),
};

/// The same for Kanizsa figures: d′ is between the margins of the implied class, averaged over classes, and the real contour
/// stands in the gaps between rotated inducers.
pub const KANIZSA: Measure =
    Measure { illusion: "kanizsa", read: |point| equivalent(point, point.over_classes("in_rotated")?), ..FAT_THIN };

fn equivalent(point: &Point<'_>, target: f64) -> Result<f64, NotMeasurable> {
    let levels = point.levels("contour", |row| row.contrast)?;
    let (contrasts, values): (Vec<f64>, Vec<f64>) = levels.into_iter().unzip();
    crossing(&contrasts, &values, target)
}
