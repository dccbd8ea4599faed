//! Configural index: illusory minus local. Four corner detectors that see no gap have it too; it is never completion.

use super::Measure;

/// AUC of the illusory figure minus AUC of the figure whose cut discs are turned by 180°, primary turn.
pub const ENTRY: Measure = Measure {
    id: "configural_index",
    title: "AUC illusory minus AUC local (each cut disc turned by 180°)",
    unit: "auc",
    range: super::SHARE_DIFFERENCE,
    illusion: "fat_thin",
    along_training: true,
    read: |point| Ok(point.auc(&point.primary("illusory"))? - point.auc(&point.primary("local"))?),
};
