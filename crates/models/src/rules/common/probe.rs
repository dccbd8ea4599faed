//! Probes: how fast a loss changes along a given direction, read from passes that are moved along it. It is the one number
//! that perturbation rules broadcast to all synapses.
//!
//! ```text
//! one side     (L(+σ) − L(0)) / σ             bias O(σ)
//! two sides    (L(+σ) − L(−σ)) / 2σ           odd in σ: bias O(σ²)
//! ```

use super::error::{Reason, RuleError};
use super::settings::{CheckedSettings, SettingDefault, SettingInfo, SettingKind, SettingRange};
use crate::{LayerSpec, Loss, Network, Targets, Tensor, Trace};

/// From which sides of the present state a loss is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sides {
    /// Ahead, and where it is.
    One,
    /// Ahead and behind.
    Two,
}

/// How a loss is probed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Probe {
    /// σ, the length of a move in units of the direction.
    pub sigma: f64,
    /// From which sides.
    pub sides: Sides,
}

/// The pass that probes depart from, and what its output is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The network.
    pub network: &'a Network,
    /// Its pass in training mode, whose dropout masks all moved passes share.
    pub trace: &'a Trace,
    /// The loss of its output.
    pub loss: Loss,
    /// The right answers.
    pub targets: &'a Targets,
}

/// Setting σ.
pub(crate) const SIGMA: SettingInfo = SettingInfo {
    key: "sigma",
    kind: SettingKind::Number,
    default: SettingDefault::Number(1e-3),
    range: SettingRange::AboveUpTo(0.0, 10.0),
    help: "standard deviation of the noise",
};

/// Setting of the sides.
pub(crate) const SIDES: SettingInfo = SettingInfo {
    key: "sides",
    kind: SettingKind::Text,
    default: SettingDefault::Text("two"),
    range: SettingRange::OneOf(&["one", "two"]),
    help: "the loss under noise against the loss without (\"one\") or under the opposite noise (\"two\")",
};

/// Setting of how many draws of noise a learning step takes.
pub(crate) const fn draws(default: f64) -> SettingInfo {
    SettingInfo {
        key: "draws",
        kind: SettingKind::Count,
        default: SettingDefault::Number(default),
        range: SettingRange::FromTo(1.0, 1e6),
        help: "draws of noise per learning step, whose estimates are averaged",
    }
}

impl Probe {
    pub(crate) fn from_settings(settings: &CheckedSettings) -> Self {
        let sides = match settings.text("sides") {
            "one" => Sides::One,
            _ => Sides::Two,
        };
        Self { sigma: settings.number("sigma"), sides }
    }

    /// Moved passes per probe.
    pub(crate) fn passes(self) -> usize {
        match self.sides {
            Sides::One => 1,
            Sides::Two => 2,
        }
    }

    /// The slope of each sample's loss, from the output of the pass that is moved so far along the direction.
    pub(crate) fn slopes(self, origin: &Origin<'_>, moved: impl Fn(f64) -> Tensor<4>) -> Result<Vec<f64>, RuleError> {
        let ahead = origin.losses(&moved(self.sigma))?;
        let (behind, width) = match self.sides {
            Sides::One => (origin.losses(origin.trace.output())?, self.sigma),
            Sides::Two => (origin.losses(&moved(-self.sigma))?, 2.0 * self.sigma),
        };
        let slopes: Vec<f64> = ahead.iter().zip(behind).map(|(ahead, behind)| (ahead - behind) / width).collect();
        match slopes.iter().all(|slope| slope.is_finite()) {
            true => Ok(slopes),
            false => Err(RuleError::NotFinite { what: "slope of the loss", layer: None }),
        }
    }
}

impl Origin<'_> {
    fn losses(&self, output: &Tensor<4>) -> Result<Vec<f64>, RuleError> {
        Ok(self.loss.each(output, self.targets)?)
    }
}

/// Refuses networks in which one sample's noise would reach the other samples' losses.
pub(crate) fn without_batch_statistics(network: &Network) -> Result<(), Reason> {
    let normalizes = |layer: &crate::Layer| matches!(layer.spec(), LayerSpec::BatchNorm);
    match network.layers().iter().position(normalizes) {
        Some(layer) => Err(Reason::BatchStatistics { layer }),
        None => Ok(()),
    }
}
