//! Rows of networks that give pictures: what they make of the church, and of displays of brightness.

use super::finite;
use serde::{Deserialize, Serialize};

/// One display of the church in three colors of its context, as one network gives it at one checkpoint.
///
/// Colors are CIELAB of the mean linear RGB over what is seen of the church, a pixel from any edge where that leaves any.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColorRow {
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
    /// Index of the checkpoint, from 1; 0 for observers that do not learn.
    pub checkpoint: usize,
    /// Learning steps taken.
    pub step: usize,
    /// Display, unique within the battery.
    pub display: String,
    /// What surrounds the church.
    pub context: String,
    /// Set of colors.
    pub colors: String,
    /// Drawing that is judged.
    pub silhouette: String,
    /// Width of the bars in 128ths of the canvas; empty without bars.
    pub bar: Option<usize>,
    /// Whether front and back bars have changed places.
    pub swapped: bool,
    /// Pixels that were averaged.
    pub pixels: usize,
    /// Hue angle of the inducers' axis, from the far to the near one, degrees.
    #[serde(serialize_with = "finite")]
    pub axis_deg: Option<f64>,
    /// Physical color of the church: lightness.
    pub physical_l: f64,
    /// Physical a*.
    pub physical_a: f64,
    /// Physical b*.
    pub physical_b: f64,
    /// As given in the near inducer's context (poster: blue in front).
    pub near_l: f64,
    /// a* there.
    pub near_a: f64,
    /// b* there.
    pub near_b: f64,
    /// As given in the far inducer's context (poster: yellow in front).
    pub far_l: f64,
    /// a* there.
    pub far_a: f64,
    /// b* there.
    pub far_b: f64,
    /// As given in the gray context; empty where that was not shown.
    #[serde(serialize_with = "finite")]
    pub gray_l: Option<f64>,
    /// a* there.
    #[serde(serialize_with = "finite")]
    pub gray_a: Option<f64>,
    /// b* there.
    #[serde(serialize_with = "finite")]
    pub gray_b: Option<f64>,
    /// Assimilation: the shift between the two contexts along the inducers' axis, as a share of the inducers' distance. Above 0
    /// toward the near inducer, below 0 away from it, 0 as it is.
    #[serde(serialize_with = "finite")]
    pub assimilation: Option<f64>,
    /// The same over all that is seen of the church, edges included.
    #[serde(serialize_with = "finite")]
    pub assimilation_whole: Option<f64>,
    /// The same of the linear filter that is nearest to the network on real things.
    #[serde(serialize_with = "finite")]
    pub linear: Option<f64>,
    /// The same of the network's derivative at the gray context.
    #[serde(serialize_with = "finite")]
    pub jacobian: Option<f64>,
    /// Assimilation over the third of the bar that is nearest to its edges.
    #[serde(serialize_with = "finite")]
    pub edge: Option<f64>,
    /// Over the third between.
    #[serde(serialize_with = "finite")]
    pub between: Option<f64>,
    /// Over the middle third.
    #[serde(serialize_with = "finite")]
    pub center: Option<f64>,
    /// The physical recoloring, ΔE2000, that cancels the shift in the near context; empty where it was not asked or lies outside the
    /// range shown. Above 0 toward the near inducer: it cancels contrast.
    #[serde(serialize_with = "finite")]
    pub nulling: Option<f64>,
    /// Where it lies outside the range shown: the end of the range beyond which it lies.
    #[serde(serialize_with = "finite")]
    pub nulling_beyond: Option<f64>,
}

/// One display of brightness as one observer gives it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrightnessRow {
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
    /// Index of the checkpoint: the last one, 0 for observers that do not learn.
    pub checkpoint: usize,
    /// Source of people's numbers about the display.
    pub source: String,
    /// Display.
    pub display: String,
    /// How much lighter the one target is given than the other, code units or the observer's own; above 0 as people report.
    #[serde(serialize_with = "finite")]
    pub effect: Option<f64>,
    /// The same of the linear filter that is nearest to the network.
    #[serde(serialize_with = "finite")]
    pub linear: Option<f64>,
}

/// How near a linear filter comes to one network, and how good the network is, at one checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaintingRow {
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
    /// Index of the checkpoint, from 1; 0 for observers that do not learn.
    pub checkpoint: usize,
    /// Learning steps taken.
    pub step: usize,
    /// Mean squared error against the wanted pictures, code units, half B.
    #[serde(serialize_with = "finite")]
    pub error: Option<f64>,
    /// That of the picture as it is.
    pub error_identity: f64,
    /// That of the best linear filter.
    pub error_linear: f64,
    /// Share of the variance of what the network gives, of a residual one of what it adds, that its linear equivalent explains, half B.
    #[serde(serialize_with = "finite")]
    pub linear_share: Option<f64>,
    /// How far apart the linear equivalents lie that are fitted to either half of the pictures: mean difference of their assimilation to
    /// fine bars over the random sets of colors, last checkpoint.
    #[serde(serialize_with = "finite")]
    pub linear_apart: Option<f64>,
}

/// A picture that a network gave, kept for the report: 8-bit sRGB, `[3, height, width]`.
#[derive(Clone, Debug, PartialEq)]
pub struct PaintedRow {
    /// Display.
    pub display: String,
    /// `near`, `gray` or `far`.
    pub context: String,
    /// Side in pixels.
    pub side: usize,
    /// Codes.
    pub codes: Vec<u8>,
}
