//! The equations of the network, on whatever tensors they are given: plain ones when it predicts, ones that keep a graph when it
//! learns.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;

use super::spec::{KERNEL, Part};
use super::{Affine, PredNetLoss, PredNetSpec};
use crate::kernels::{self, Window};

/// Of all convolutions.
const WINDOW: Window = Window { kernel: KERNEL, stride: 1, padding: KERNEL / 2 };
/// Of the pooling between layers.
const HALVES: Window = Window { kernel: 2, stride: 2, padding: 0 };

/// What a layer is at one time.
#[derive(Clone, Debug)]
pub(super) struct Units {
    /// R, `[n, representations, h, w]`.
    pub(super) said: Tensor<4>,
    /// Cells of the memory, as large.
    pub(super) cells: Tensor<4>,
    /// Â, `[n, channels, h, w]`: what the target will be at the next frame.
    pub(super) prediction: Tensor<4>,
    /// E of the last frame, `[n, 2 channels, h, w]`: prediction too high, then too low.
    pub(super) errors: Tensor<4>,
}

/// The equations with their parameters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circuit<'a> {
    pub(super) spec: &'a PredNetSpec,
    pub(super) parts: &'a [Affine],
}

impl Circuit<'_> {
    /// A convolution.
    fn through(&self, part: Part, input: &Tensor<4>) -> Tensor<4> {
        let at = self.spec.parts().position(|other| other == part).expect("it is a part of the network");
        let Affine { weight, bias } = &self.parts[at];
        kernels::convolve_tracked(input, weight, bias, WINDOW)
    }

    /// E of all layers, given a frame and what was predicted of it.
    pub(super) fn errors(&self, frame: &Tensor<4>, layers: &[Units]) -> Vec<Tensor<4>> {
        let mut all: Vec<Tensor<4>> = Vec::with_capacity(layers.len());
        for (layer, units) in layers.iter().enumerate() {
            let target = match all.last() {
                None => frame.clone(),
                Some(below) => kernels::max_pool_tracked(&relu(self.through(Part::Target(layer), below)), HALVES),
            };
            let excess = units.prediction.clone() - target;
            all.push(Tensor::cat(vec![relu(excess.clone()), relu(excess.neg())], 1));
        }
        all
    }

    /// All layers after a frame that left these errors: representations from above to below, then predictions of the next frame.
    pub(super) fn advance(&self, layers: &[Units], errors: Vec<Tensor<4>>) -> Vec<Units> {
        let mut next: Vec<Units> = Vec::with_capacity(layers.len());
        for (layer, errors) in errors.into_iter().enumerate().rev() {
            let units = &layers[layer];
            let mut heard = vec![units.said.clone(), errors.clone()];
            heard.extend(next.last().map(|above: &Units| kernels::enlarge(&above.said, 2)));
            let drives = self.through(Part::Memory(layer), &Tensor::cat(heard, 1));
            let [cells, said] = kernels::lstm_tracked(&drives, &units.cells);
            let drive = self.through(Part::Prediction(layer), &said);
            let prediction = if layer == 0 { drive.clamp(0.0, 1.0) } else { relu(drive) };
            next.push(Units { said, cells, prediction, errors });
        }
        next.reverse();
        next
    }

    /// The loss of a clip that begins with nothing known, `layers` being that.
    pub(super) fn loss(&self, frames: &[Tensor<4>], layers: Vec<Units>) -> Tensor<1> {
        let counted = frames.len() - 1 - self.spec.unweighted;
        let share = 1.0 / counted as f64;
        let mut layers = layers;
        let mut sum: Option<Tensor<1>> = None;
        let mut add = |term: Tensor<1>| {
            sum = Some(sum.take().map_or_else(|| term.clone(), |sum| sum + term.clone()));
        };
        for (at, frame) in frames.iter().enumerate() {
            let counts = at > self.spec.unweighted;
            let last = at + 1 == frames.len();
            if let (true, PredNetLoss::Squared) = (counts, &self.spec.loss) {
                let error = layers[0].prediction.clone() - frame.clone();
                add(mean(error.clone() * error, share));
            }
            if last && self.spec.loss == PredNetLoss::Squared {
                break;
            }
            let errors = self.errors(frame, &layers);
            if let (true, PredNetLoss::Absolute { layers }) = (counts, &self.spec.loss) {
                for (weight, errors) in layers.iter().zip(&errors).filter(|(weight, _)| **weight > 0.0) {
                    add(mean(errors.clone(), share * weight));
                }
            }
            if !last {
                layers = self.advance(&layers, errors);
            }
        }
        sum.expect("at least one frame counts")
    }
}

/// Not burn's `mean`: its gradient of a division by a number works at 32 bits.
fn mean(values: Tensor<4>, weight: f64) -> Tensor<1> {
    let count = values.dims().iter().product::<usize>() as f64;
    values.sum() * (weight / count)
}
