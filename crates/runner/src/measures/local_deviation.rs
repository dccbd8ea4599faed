//! How far the local control is from chance, in either direction: the label of an outward-turned figure is arbitrary.

use super::Measure;

/// |AUC − ½| on the local control at the primary turn.
pub const ENTRY: Measure = Measure {
    id: "local_deviation",
    title: "|AUC − ½| on the local control",
    unit: "auc",
    range: (0.0, 0.5),
    illusion: "fat_thin",
    along_training: true,
    read: |point| Ok((point.auc(&point.primary("local"))? - 0.5).abs()),
};
