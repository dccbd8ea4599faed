//! Kanizsa figures against a control of the same ink: area under the curve of the class margin, averaged over classes.

use super::{Measure, Point};
use crate::battery::POLYGONS;
use trompe_psychophysics::NotMeasurable;

const fn against(id: &'static str, title: &'static str, read: fn(&Point<'_>) -> Result<f64, NotMeasurable>) -> Measure {
    Measure { id, title, unit: "auc", range: super::SHARE, illusion: "kanizsa", along_training: true, read }
}

/// Against inducers turned at random.
pub const ROTATED: Measure =
    against("in_over_rotated_auc", "AUC of the class margin, inward against rotated", |point| over(point, "rotated"));
/// Against full discs.
pub const DISCS: Measure =
    against("in_over_discs_auc", "AUC of the class margin, inward against full discs", |point| over(point, "discs"));
/// Against inducers whose edges face each other but do not line up.
pub const MISALIGNED: Measure =
    against("in_over_misaligned_auc", "AUC of the class margin, inward against misaligned", |point| {
        over(point, "misaligned")
    });
/// Against inducers whose mouths are closed by an arc.
pub const CLOSED: Measure =
    against("in_over_closed_auc", "AUC of the class margin, inward against closed", |point| over(point, "closed"));

fn over(point: &Point<'_>, control: &str) -> Result<f64, NotMeasurable> {
    let mut sum = 0.0;
    for (name, _) in POLYGONS {
        sum += point.auc(&format!("in_{control}_{name}"))?;
    }
    Ok(sum / POLYGONS.len() as f64)
}
