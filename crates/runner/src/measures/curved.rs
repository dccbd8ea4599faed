//! Curved cuts: the bowed square itself is cut from the discs. The prototype of this project was measured so.

use super::{Measure, Point};
use crate::battery::{curved_alpha, level};
use trompe_psychophysics::NotMeasurable;

/// Area under the curve with curved cuts, at 15° where that turn is shown.
pub const ILLUSORY: Measure = Measure {
    id: "curved_auc",
    title: "area under the ROC curve, illusory figure with curved cuts (15°)",
    unit: "auc",
    range: super::SHARE,
    illusion: "fat_thin",
    along_training: false,
    read: |point| read(point, "curved"),
};

/// The same for its local control.
pub const LOCAL: Measure = Measure {
    id: "local_curved_auc",
    title: "area under the ROC curve, local control with curved cuts (15°)",
    unit: "auc",
    range: super::SHARE,
    illusion: "fat_thin",
    along_training: false,
    read: |point| read(point, "local_curved"),
};

fn read(point: &Point<'_>, condition: &str) -> Result<f64, NotMeasurable> {
    point.auc(&format!("{condition}_{}", level(curved_alpha(point.battery))))
}
