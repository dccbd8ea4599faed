//! What a network is made of, and what follows from it in numbers.

use super::PredNetError;

/// What is made small.
#[derive(Clone, Debug, PartialEq)]
pub enum PredNetLoss {
    /// Mean squared error of the prediction of pixels, as in the Chainer version.
    Squared,
    /// Mean activity of error units, weighted layer by layer, as in the Keras original: its `L_0` is weights 1, 0, 0, 0, its `L_all`
    /// 1, 0.1, 0.1, 0.1.
    Absolute {
        /// One a layer.
        layers: Vec<f64>,
    },
}

/// What the network is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct PredNetSpec {
    /// Channels of targets and predictions of each layer, from below; the first are a frame's.
    pub channels: Vec<usize>,
    /// Channels of the representation of each layer.
    pub representations: Vec<usize>,
    /// What is made small.
    pub loss: PredNetLoss,
    /// Predictions at the beginning of a clip that do not count; what is predicted before the first frame never does.
    pub unweighted: usize,
    /// Adam's rate.
    pub rate: f64,
}

impl Default for PredNetSpec {
    /// A quarter of the published channels; everything else as in the Chainer version, Adam's default rate included.
    fn default() -> Self {
        let channels = vec![3, 12, 24, 48];
        Self { representations: channels.clone(), channels, loss: PredNetLoss::Squared, unweighted: 0, rate: 1e-3 }
    }
}

/// Side of all kernels.
pub(super) const KERNEL: usize = 3;

/// A convolution of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// From the errors below to the target of a layer, from 1.
    Target(usize),
    /// From the representation to the prediction of a layer.
    Prediction(usize),
    /// All four drives of a layer's memory.
    Memory(usize),
}

impl PredNetSpec {
    /// The published network.
    pub fn published() -> Self {
        let channels = vec![3, 48, 96, 192];
        Self { representations: channels.clone(), channels, ..Self::default() }
    }

    pub(super) fn check(&self) -> Result<(), PredNetError> {
        let counts =
            |counts: &[usize]| !counts.is_empty() && counts.len() <= 8 && counts.iter().all(|count| *count > 0);
        let weights = match &self.loss {
            PredNetLoss::Squared => true,
            PredNetLoss::Absolute { layers } => {
                layers.len() == self.layers()
                    && layers.iter().all(|weight| weight.is_finite() && *weight >= 0.0)
                    && layers.iter().any(|weight| *weight > 0.0)
            }
        };
        let checks = [
            (counts(&self.channels), "channels", "be one to eight counts, each at least 1"),
            (
                counts(&self.representations) && self.representations.len() == self.layers(),
                "representations",
                "be as many counts as channels, each at least 1",
            ),
            (weights, "layers of the loss", "be one weight a layer, at least 0 and not all 0"),
        ];
        match checks.into_iter().find(|(holds, ..)| !holds) {
            Some((_, what, must)) => Err(PredNetError::Spec { what, must }),
            None => Ok(()),
        }
    }

    /// Layers.
    pub fn layers(&self) -> usize {
        self.channels.len()
    }

    /// What sides of a frame must be a multiple of, because every layer but the lowest halves them.
    pub fn grain(&self) -> usize {
        1 << (self.layers() - 1)
    }

    /// All convolutions, in the order in which their weights are drawn.
    pub(super) fn parts(&self) -> impl Iterator<Item = Part> + '_ {
        let each = |layer: usize| [Part::Target(layer), Part::Prediction(layer), Part::Memory(layer)];
        (0..self.layers()).flat_map(each).filter(|part| *part != Part::Target(0))
    }

    /// Channels that go in and out.
    pub(super) fn fan(&self, part: Part) -> [usize; 2] {
        let (channels, said) = (&self.channels, &self.representations);
        match part {
            Part::Target(layer) => [2 * channels[layer - 1], channels[layer]],
            Part::Prediction(layer) => [said[layer], channels[layer]],
            Part::Memory(layer) => {
                let above = said.get(layer + 1).copied().unwrap_or(0);
                [said[layer] + 2 * channels[layer] + above, 4 * said[layer]]
            }
        }
    }

    /// Weights and biases: Σ over convolutions of (9 · in + 1) · out.
    pub fn parameters(&self) -> usize {
        self.parts().map(|part| self.fan(part)).map(|[below, above]| (KERNEL * KERNEL * below + 1) * above).sum()
    }

    /// Multiply-accumulates of one frame's step, a frame of `[height, width]` pixels.
    pub fn macs_per_step(&self, [height, width]: [usize; 2]) -> u64 {
        let macs = self.parts().map(|part| {
            let [below, above] = self.fan(part);
            let level = match part {
                // Its maps are halved after the convolution.
                Part::Target(layer) => layer - 1,
                Part::Prediction(layer) | Part::Memory(layer) => layer,
            };
            KERNEL * KERNEL * below * above * (height >> level) * (width >> level)
        });
        macs.sum::<usize>() as u64
    }
}

impl Part {
    /// Its name among saved parameters.
    pub(super) fn name(self) -> String {
        match self {
            Self::Target(layer) => format!("target_{layer}"),
            Self::Prediction(layer) => format!("prediction_{layer}"),
            Self::Memory(layer) => format!("memory_{layer}"),
        }
    }
}
