//! How weights start.
//!
//! # Source
//! He et al. 2015 (`fan_in`, gain √2 for rectifiers); Glorot & Bengio 2010 (`fan_in + fan_out`).
//!
//! # Departures
//! Normal deviates throughout, not truncated and not uniform; biases start at 0.

use burn::tensor::Tensor;

use crate::place::Place;
use crate::rng::{Rng, normals};
use crate::spec::{Activation, LayerSpec};

/// The spread of the first weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scheme {
    /// By the layer's nonlinearity: variance 2 / ((1 + slope²) · fan in) before rectifiers, 2 / (fan in + fan out) else.
    ByActivation,
    /// Variance 1 / fan in.
    FanIn,
}

/// How a network's weights start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Initialization {
    /// The spread.
    pub scheme: Scheme,
    /// The last layer's weights are multiplied by this; below 1, a network starts undecided.
    pub output_scale: f64,
}

impl Default for Initialization {
    fn default() -> Self {
        Self { scheme: Scheme::ByActivation, output_scale: 1.0 }
    }
}

impl Initialization {
    /// Standard deviation of a layer's first weights, before `output_scale`.
    pub(crate) fn deviation(&self, spec: &LayerSpec, shape: [usize; 4]) -> f64 {
        let (outputs, inputs) = fans(spec, shape);
        let variance = match self.scheme {
            Scheme::FanIn => 1.0 / inputs,
            Scheme::ByActivation => match spec.activation() {
                Activation::Relu => 2.0 / inputs,
                Activation::LeakyRelu { slope } => 2.0 / ((1.0 + slope * slope) * inputs),
                Activation::Identity | Activation::Tanh | Activation::Sigmoid | Activation::HardSigmoid => {
                    2.0 / (inputs + outputs)
                }
            },
        };
        libm::sqrt(variance)
    }
}

/// Fan out and fan in of a layer's weights.
fn fans(spec: &LayerSpec, shape: [usize; 4]) -> (f64, f64) {
    let area = (shape[2] * shape[3]) as f64;
    match spec {
        LayerSpec::ConvTransposed { stride, .. } => {
            // An output pixel is reached by about area / stride² of the kernel's weights per channel.
            let steps = (stride * stride) as f64;
            (shape[1] as f64 * area, shape[0] as f64 * area / steps)
        }
        LayerSpec::Dense { .. }
        | LayerSpec::Conv { .. }
        | LayerSpec::Upsample { .. }
        | LayerSpec::Activate { .. }
        | LayerSpec::MaxPool { .. }
        | LayerSpec::AvgPool { .. }
        | LayerSpec::BatchNorm
        | LayerSpec::LayerNorm
        | LayerSpec::RmsNorm
        | LayerSpec::Dropout { .. } => (shape[0] as f64 * area, shape[1] as f64 * area),
    }
}

/// √(2 / (fan in + fan out)): a size of weights that is the same for every nonlinearity.
pub(crate) fn even_deviation(spec: &LayerSpec, shape: [usize; 4]) -> f64 {
    let (outputs, inputs) = fans(spec, shape);
    libm::sqrt(2.0 / (inputs + outputs))
}

/// A tensor of independent normal deviates with mean 0: also for feedback weights and heads that a rule owns.
pub fn normal_tensor<const D: usize>(place: &Place, shape: [usize; D], deviation: f64, rng: &mut Rng) -> Tensor<D> {
    let mut values = normals(shape.iter().product(), rng);
    values.iter_mut().for_each(|value| *value *= deviation);
    place.tensor(&values, shape)
}
