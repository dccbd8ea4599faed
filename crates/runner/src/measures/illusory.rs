//! The primary outcome: how well the fat is told from the thin illusory figure.

use super::Measure;

/// d′ at the primary turn.
pub const D_PRIME: Measure = Measure {
    id: "illusory_d_prime",
    title: "d′ fat against thin, illusory figure at the primary turn",
    unit: "d_prime",
    range: super::ANY,
    illusion: "fat_thin",
    along_training: true,
    read: |point| point.d_prime(&point.primary("illusory")),
};

/// Area under the curve at the primary turn.
pub const AUC: Measure = Measure {
    id: "illusory_auc",
    title: "area under the ROC curve, illusory figure at the primary turn",
    unit: "auc",
    range: super::SHARE,
    illusion: "fat_thin",
    along_training: true,
    read: |point| point.auc(&point.primary("illusory")),
};
