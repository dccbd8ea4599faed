//! Similarity matching: a block is taught to make samples of one class alike, and others unlike.
//!
//! ```text
//! S(X)_mn = cos(x_m − mean(x_m), x_n − mean(x_n))        adjusted cosine of the samples' feature lists, N × N
//! loss    = mean over the N² pairs of (S(F) − S(Y))²     F the head's features, Y one-hot codes
//! F       = M h                                          on a dense block: a linear head without bias
//! F_c     = deviation over space of (M ∗ h)_c            on maps: a 3 × 3 convolution without bias, as many channels
//! ```
//!
//! Maps of three channels or fewer, or one row high, are read pixel by pixel, as in the published code. The deviation is
//! the unbiased one. A list of features that are all alike has no direction: its similarity to all is 0, without slope.

use crate::kernels::{self, Window};
use crate::rng::uniform;
use crate::{Block, LayerSpec, Network, Rng, Tensor};

/// Lists and maps that deviate from their mean by no more than this are taken as constant.
const FLOOR: f64 = 1e-8;

const WINDOW: Window = Window { kernel: 3, stride: 1, padding: 1 };

/// Centered feature lists of unit length, `[n, f, 1, 1]`, and what they were multiplied by, `[n, 1, 1, 1]`.
struct Directions {
    unit: Tensor<4>,
    inverse_length: Tensor<4>,
}

impl Directions {
    fn of(features: &Tensor<4>) -> Self {
        let [count, channels, height, width] = features.dims();
        let rows = features.clone().reshape([count, channels * height * width, 1, 1]);
        let centered = rows.clone() - rows.mean_dim(1);
        let inverse_length = inverse((centered.clone() * centered.clone()).sum_dim(1).sqrt());
        Self { unit: centered * inverse_length.clone(), inverse_length }
    }

    fn similarities(&self) -> Tensor<4> {
        kernels::dense(&self.unit, &self.unit, None)
    }

    /// From a gradient at the unit lists to one at the lists.
    fn adjoint(&self, gradient: Tensor<4>) -> Tensor<4> {
        let along = (gradient.clone() * self.unit.clone()).sum_dim(1);
        let across = (gradient - self.unit.clone() * along) * self.inverse_length.clone();
        across.clone() - across.mean_dim(1)
    }
}

fn inverse(lengths: Tensor<4>) -> Tensor<4> {
    let flat = lengths.clone().lower_equal_elem(FLOOR);
    lengths.recip().mask_fill(flat, 0.0)
}

/// The similarities of some feature lists, `[n, n, 1, 1]`.
pub(crate) fn similarities(features: &Tensor<4>) -> Tensor<4> {
    Directions::of(features).similarities()
}

/// Per sample, the gradient of the loss at the features, from the similarities wanted.
fn gradient(features: &Tensor<4>, wanted: &Tensor<4>) -> Tensor<4> {
    let directions = Directions::of(features);
    let [count, width, ..] = directions.unit.dims();
    let apart = kernels::subtract(&directions.similarities(), wanted);
    // Both factors of S = U Uᵀ move, the mean is over N² pairs, and gradients here are per sample: 2 · 2 · N / N².
    let at_unit = kernels::scale(&kernels::dense_adjoint(&apart, &directions.unit, [width, 1, 1]), 4.0 / count as f64);
    directions.adjoint(at_unit).reshape(features.dims())
}

/// Deviations of maps over space, and how they came about.
struct Spread {
    /// `[n, c, h · w, 1]`.
    centered: Tensor<4>,
    /// `[n, c, 1, 1]`.
    deviation: Tensor<4>,
}

impl Spread {
    fn of(maps: &Tensor<4>) -> Self {
        let [count, channels, height, width] = maps.dims();
        let rows = maps.clone().reshape([count, channels, height * width, 1]);
        let centered = rows.clone() - rows.mean_dim(2);
        let square = (centered.clone() * centered.clone()).sum_dim(2) / (height * width - 1) as f64;
        Self { centered, deviation: square.sqrt() }
    }

    fn adjoint(self, gradient: Tensor<4>) -> Tensor<4> {
        let count = self.centered.dims()[2];
        self.centered * (gradient * inverse(self.deviation) / (count - 1) as f64)
    }
}

/// The trained head that reads a block's output for its similarities.
#[derive(Clone, Debug)]
pub(crate) struct SimilarityHead {
    is_map: bool,
    pub(crate) weight: Tensor<4>,
}

/// Gradients at a block's output, per sample, and of the head's weights.
pub(crate) struct Matched {
    pub(crate) output: Tensor<4>,
    pub(crate) head: Tensor<4>,
}

impl SimilarityHead {
    /// Drawn as published: evenly within ±1 / √(fan in).
    pub(crate) fn draw(network: &Network, block: Block<'_>, rng: &mut Rng) -> Self {
        let [channels, height, width] = block.output_shape();
        let is_map = !matches!(block.layers()[0].spec(), LayerSpec::Dense { .. });
        let units = channels * height * width;
        let shape = if is_map { [channels, channels, WINDOW.kernel, WINDOW.kernel] } else { [units, units, 1, 1] };
        let limit = 1.0 / libm::sqrt((shape[1] * shape[2] * shape[3]) as f64);
        let values: Vec<f64> = (0..shape.iter().product()).map(|_| limit * (2.0 * uniform(rng) - 1.0)).collect();
        Self { is_map, weight: network.place().tensor(&values, shape) }
    }

    pub(crate) fn name(block: usize) -> String {
        format!("similarity_{block:02}.weight")
    }

    fn read(&self, output: &Tensor<4>) -> Tensor<4> {
        if self.is_map {
            kernels::convolve(output, &self.weight, None, WINDOW)
        } else {
            kernels::dense(output, &self.weight, None)
        }
    }

    /// Gradients of the loss, from the block's output and the similarities wanted of the batch.
    pub(crate) fn matched(&self, output: &Tensor<4>, wanted: &Tensor<4>) -> Matched {
        let features = self.read(output);
        let [_, channels, height, width] = output.dims();
        if !self.is_map {
            let error = gradient(&features, wanted);
            let head = kernels::dense_weights(output, &error);
            let output = kernels::dense_adjoint(&error, &self.weight, [channels, height, width]);
            return Matched { output, head };
        }
        let error = if channels > 3 && height > 1 {
            let spread = Spread::of(&features);
            let at_deviation = gradient(&spread.deviation, wanted);
            spread.adjoint(at_deviation).reshape(features.dims())
        } else {
            gradient(&features, wanted)
        };
        let head = kernels::correlate(output, &error, WINDOW);
        let output = kernels::convolve_adjoint(&error, &self.weight, None, WINDOW, [height, width]);
        Matched { output, head }
    }
}
