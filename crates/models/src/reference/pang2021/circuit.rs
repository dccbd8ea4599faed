//! The equations of the network, on whatever tensors they are given: plain ones when it answers, ones that keep a graph when
//! it learns.

use burn::tensor::Tensor;
use burn::tensor::activation::{relu, sigmoid};

use super::{Affine, Pang2021Spec};
use crate::kernels::{self, Window};
use crate::layer::STABILIZER;

/// Convolutions.
pub(super) const LAYERS: usize = 3;
/// Side of all kernels.
pub(super) const KERNEL: usize = 5;
/// Where the head begins among the parameters.
const HEAD: usize = 2 * LAYERS;

/// What a layer is predicted to be by the one above: d_l.
#[derive(Clone, Debug)]
pub(super) struct Predicted {
    /// Before the nonlinearity.
    pub(super) drive: Tensor<4>,
    /// After it.
    pub(super) value: Tensor<4>,
}

/// Batch statistics of the head's normalization, `[1, features]` each; the variance divided by the count.
#[derive(Clone, Debug)]
pub(super) struct Statistics {
    pub(super) mean: Tensor<2>,
    pub(super) variance: Tensor<2>,
}

/// The equations with their parameters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circuit<'a> {
    pub(super) spec: &'a Pang2021Spec,
    pub(super) parts: &'a [Affine],
}

/// Of all convolutions.
const WINDOW: Window = Window { kernel: KERNEL, stride: 2, padding: KERNEL / 2 };

/// The project's kernels on plain tensors, burn's operations on tensors that keep a graph.
fn down(input: &Tensor<4>, weight: &Tensor<4>, bias: Option<&Tensor<1>>) -> Tensor<4> {
    kernels::convolve(input, weight, bias, WINDOW)
}

impl Circuit<'_> {
    /// ReLU(conv(e_{l−1})) of layer l, from 1.
    fn upward(&self, layer: usize, below: &Tensor<4>) -> Tensor<4> {
        let part = &self.parts[layer - 1];
        relu(down(below, &part.weight, Some(&part.bias)))
    }

    /// e_0 .. e_3 at time 0: the image and a forward pass.
    pub(super) fn start(&self, images: &Tensor<4>) -> Vec<Tensor<4>> {
        let mut layers = vec![images.clone()];
        for layer in 1..=LAYERS {
            layers.push(self.upward(layer, &layers[layer - 1]));
        }
        layers
    }

    /// d_0 .. d_2.
    pub(super) fn predictions(&self, layers: &[Tensor<4>]) -> Vec<Predicted> {
        let predicted = |below: usize| {
            let part = &self.parts[LAYERS + below];
            let [.., height, width] = layers[below].dims();
            let (above, size) = (&layers[below + 1], [height, width]);
            let drive = kernels::convolve_adjoint(above, &part.weight, Some(&part.bias), WINDOW, size);
            let value = if below == 0 { sigmoid(drive.clone()) } else { relu(drive.clone()) };
            Predicted { drive, value }
        };
        (0..LAYERS).map(predicted).collect()
    }

    /// α s_l ∂E_{l−1}/∂e_l, with E the mean squared error over batch and units and s = batch · units / √(25 channels below):
    /// 2 α / √C · Fᵀ((d − e) ⊙ g′), F the transposed convolution and g its nonlinearity.
    pub(super) fn correction(&self, layer: usize, below: &Tensor<4>, predicted: &Predicted) -> Tensor<4> {
        let error = predicted.value.clone() - below.clone();
        let error = if layer == 1 {
            let slope = predicted.value.clone() * (predicted.value.clone().neg() + 1.0);
            error * slope
        } else {
            error.mask_fill(predicted.drive.clone().lower_equal_elem(0.0), 0.0)
        };
        let fan = (KERNEL * KERNEL * below.dims()[1]) as f64;
        down(&error, &self.parts[LAYERS + layer - 1].weight, None) * (2.0 * self.spec.alpha / libm::sqrt(fan))
    }

    /// The layers one step later: from below to above, each reading the new state of the one below, and corrections and
    /// predictions of the present.
    pub(super) fn advance(&self, layers: &[Tensor<4>], predictions: &[Predicted]) -> Vec<Tensor<4>> {
        let Pang2021Spec { beta, lambda, .. } = *self.spec;
        let mut next = vec![layers[0].clone()];
        for layer in 1..=LAYERS {
            let driven = self.upward(layer, &next[layer - 1]) * beta;
            let correction = self.correction(layer, &layers[layer - 1], &predictions[layer - 1]);
            let held = layers[layer].clone();
            next.push(match predictions.get(layer) {
                Some(above) => driven + above.value.clone() * lambda + held * (1.0 - beta - lambda) - correction,
                None => driven + held * (1.0 - beta) - correction,
            });
        }
        next
    }

    /// Mean over the three layers of their mean squared errors of prediction.
    pub(super) fn misfit(layers: &[Tensor<4>], predictions: &[Predicted]) -> Tensor<1> {
        let errors = predictions.iter().zip(layers).map(|(predicted, layer)| {
            let error = predicted.value.clone() - layer.clone();
            let count = error.dims().iter().product::<usize>() as f64;
            // Not `mean`: burn's gradient of a division by a number works at 32 bits.
            (error.clone() * error).sum() * (1.0 / (count * LAYERS as f64))
        });
        errors.reduce(|sum, error| sum + error).expect("there are three layers")
    }

    /// Statistics of the flattened top layer over the batch.
    pub(super) fn statistics(top: &Tensor<4>) -> Statistics {
        let features = flat(top);
        let share = 1.0 / features.dims()[0] as f64;
        let mean = features.clone().sum_dim(0) * share;
        let apart = features - mean.clone();
        Statistics { variance: (apart.clone() * apart).sum_dim(0) * share, mean }
    }

    /// The head before its softmax, `[n, classes]`.
    pub(super) fn head(&self, top: &Tensor<4>, statistics: &Statistics) -> Tensor<2> {
        let norm = &self.parts[HEAD];
        let features = flat(top);
        let width = features.dims()[1];
        let deviation = (statistics.variance.clone() + STABILIZER).sqrt();
        let normal = (features - statistics.mean.clone()) * deviation.recip();
        let row = |weight: &Tensor<4>| weight.clone().reshape([1, width]);
        let mut activity = normal * row(&norm.weight) + norm.bias.clone().reshape([1, width]);
        for (index, part) in self.parts[HEAD + 1..].iter().enumerate() {
            let [units, inputs, ..] = part.weight.dims();
            let weight = part.weight.clone().reshape([units, inputs]).transpose();
            let drive = activity.matmul(weight) + part.bias.clone().reshape([1, units]);
            activity = if HEAD + 2 + index < self.parts.len() { relu(drive) } else { drive };
        }
        activity
    }
}

fn flat(top: &Tensor<4>) -> Tensor<2> {
    let [count, channels, height, width] = top.dims();
    top.clone().reshape([count, channels * height * width])
}
