//! Rows of networks that give the next frame: what turns in their predictions.

use super::finite;
use serde::{Deserialize, Serialize};

/// One display under one protocol as one observer predicts it. Turns are degrees per frame; of a disk and its mirror image half the
/// difference, above 0 as people see it; of what really turns as it is, clockwise above 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MotionRow {
    /// Cell identity.
    pub cell: String,
    /// World name.
    pub world: String,
    /// Network name.
    pub network: String,
    /// Observer name.
    pub observer: String,
    /// Role of the observer.
    pub role: String,
    /// Replicate seed.
    pub seed: u64,
    /// Index of the checkpoint; 0 for observers that do not learn.
    pub checkpoint: usize,
    /// Display.
    pub display: String,
    /// `fixation`, `onset`, `jitter`, `saccade`, or `turning` for what really turns.
    pub protocol: String,
    /// Which way people see it turn; empty where it is not known.
    pub people: Option<i8>,
    /// Luminance of the dark ellipses, in gray disks.
    #[serde(serialize_with = "finite")]
    pub dark: Option<f64>,
    /// Luminance of the light ellipses, in gray disks.
    #[serde(serialize_with = "finite")]
    pub light: Option<f64>,
    /// The real turn, of what turns.
    #[serde(serialize_with = "finite")]
    pub real: Option<f64>,
    /// The same as the measure reads it off the true next frame.
    #[serde(serialize_with = "finite")]
    pub real_read: Option<f64>,
    /// From the last frame to the first prediction.
    #[serde(serialize_with = "finite")]
    pub first: Option<f64>,
    /// From the first prediction to the second, which took the first for a frame.
    #[serde(serialize_with = "finite")]
    pub on: Option<f64>,
    /// Turn of the disk that people see turn clockwise, as `on`, as it is.
    #[serde(serialize_with = "finite")]
    pub on_seen: Option<f64>,
    /// The same of its mirror image.
    #[serde(serialize_with = "finite")]
    pub on_mirror: Option<f64>,
    /// Flow as published, by corners that are followed from the first prediction to the second: mean part round the middle, pixels.
    #[serde(serialize_with = "finite")]
    pub flow: Option<f64>,
    /// Tangent score of corners that are followed from the picture to the second prediction: 1 where all turn as people see it.
    #[serde(serialize_with = "finite")]
    pub tangent_score: Option<f64>,
    /// Published score of the same vectors, of a disk and its mirror image the mean.
    #[serde(serialize_with = "finite")]
    pub eigen_score: Option<f64>,
    /// Agreement of the four kinds of edges in `first`.
    #[serde(serialize_with = "finite")]
    pub rigidity_first: Option<f64>,
    /// Agreement of the four kinds of edges in `on`.
    #[serde(serialize_with = "finite")]
    pub rigidity_on: Option<f64>,
    /// What the best still remap of the same frames reads as, for `first`.
    #[serde(serialize_with = "finite")]
    pub remapped_first: Option<f64>,
    /// The same for `on`.
    #[serde(serialize_with = "finite")]
    pub remapped_on: Option<f64>,
    /// The turn beyond the best still remap, fitted beside it, for `first`.
    #[serde(serialize_with = "finite")]
    pub beyond_first: Option<f64>,
    /// The same for `on`.
    #[serde(serialize_with = "finite")]
    pub beyond_on: Option<f64>,
    /// Slope of the turn from the first prediction over further ones.
    #[serde(serialize_with = "finite")]
    pub growth: Option<f64>,
    /// Share of its variance along that line.
    #[serde(serialize_with = "finite")]
    pub growth_linear: Option<f64>,
}

/// Where a place of the colored disk went from the first prediction to the second, of networks of the first seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlowRow {
    /// Cell identity.
    pub cell: String,
    /// World name.
    pub world: String,
    /// Network name.
    pub network: String,
    /// Observer name.
    pub observer: String,
    /// Display.
    pub display: String,
    /// Pixels from the left.
    pub x: f64,
    /// Pixels from above.
    pub y: f64,
    /// Pixels to the right.
    pub right: f64,
    /// Pixels downward.
    pub down: f64,
}
