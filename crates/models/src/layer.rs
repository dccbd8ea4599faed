//! One layer with its parameters: forward, and every adjoint on its own.

use burn::tensor::Tensor;

use crate::kernels::{self, Window, record};
use crate::place::like;
use crate::rng::{Rng, dropout_mask};
use crate::spec::{Activation, LayerSpec, MapShape};
use crate::trace::{Kept, LayerTrace, Origin, Statistics};

/// Added to a variance before its root is taken.
pub const STABILIZER: f64 = 1e-5;

/// Share of the newest batch in running statistics.
pub const NEWEST_SHARE: f64 = 0.1;

/// Weights and biases of a layer.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// `[out, in, k, k]`; of a dense layer `[units, inputs, 1, 1]`; of a transposed convolution `[in, out, k, k]`.
    pub weight: Tensor<4>,
    /// `[out]`.
    pub bias: Tensor<1>,
}

/// A change of a layer's parameters, or their gradient: the mean over the batch.
#[derive(Clone, Debug)]
pub struct Gradient {
    /// Of the weights, in their shape.
    pub weight: Tensor<4>,
    /// Of the biases.
    pub bias: Tensor<1>,
}

/// Running mean and variance of batch normalization, `[1, c, 1, 1]`.
#[derive(Clone, Debug)]
pub struct Running {
    /// Running mean.
    pub mean: Tensor<4>,
    /// Running variance, unbiased.
    pub variance: Tensor<4>,
}

/// How a layer without weights is to behave in this pass.
pub(crate) enum LayerMode<'a> {
    Evaluate,
    Train(&'a mut Rng),
    Again(&'a LayerTrace),
}

/// A layer of a network.
#[derive(Clone, Debug)]
pub struct Layer {
    pub(crate) spec: LayerSpec,
    pub(crate) input: MapShape,
    pub(crate) output: MapShape,
    pub(crate) parameters: Option<Parameters>,
    pub(crate) running: Option<Running>,
}

impl Layer {
    /// What the layer is.
    pub fn spec(&self) -> &LayerSpec {
        &self.spec
    }

    /// Shape of one sample of its input.
    pub fn input_shape(&self) -> MapShape {
        self.input
    }

    /// Shape of one sample of its output.
    pub fn output_shape(&self) -> MapShape {
        self.output
    }

    /// Weights and biases, where the layer has them.
    pub fn parameters(&self) -> Option<&Parameters> {
        self.parameters.as_ref()
    }

    /// The linear part, `W · previous + b`.
    ///
    /// # Panics
    /// If the layer has no weights or the shape does not fit.
    pub fn drive(&self, previous: &Tensor<4>) -> Tensor<4> {
        self.weigh(previous, Some(&self.held().bias))
    }

    /// The linear part without its biases, `W · previous`.
    ///
    /// # Panics
    /// As [`Layer::drive`].
    pub fn drive_unbiased(&self, previous: &Tensor<4>) -> Tensor<4> {
        self.weigh(previous, None)
    }

    fn weigh(&self, previous: &Tensor<4>, bias: Option<&Tensor<1>>) -> Tensor<4> {
        let weight = &self.held().weight;
        match self.linear() {
            Linear::Dense => kernels::dense(previous, weight, bias),
            Linear::Conv(window) => kernels::convolve(previous, weight, bias, window),
            Linear::Transposed(window) => {
                let size = [self.output[1], self.output[2]];
                kernels::convolve_adjoint(previous, weight, bias, window, size)
            }
        }
    }

    /// The adjoint of the linear part in its input, from an error at the pre-activation to the layer's input. A rule's
    /// feedback weights, of the weights' shape, take their place where given.
    ///
    /// # Panics
    /// If the layer has no weights or a shape does not fit.
    pub fn adjoint_input(&self, error: &Tensor<4>, feedback: Option<&Tensor<4>>) -> Tensor<4> {
        let weight = feedback.unwrap_or(&self.held().weight);
        assert_eq!(weight.dims(), self.held().weight.dims(), "feedback must have the weights' shape");
        match self.linear() {
            Linear::Dense => kernels::dense_adjoint(error, weight, self.input),
            Linear::Conv(window) => {
                kernels::convolve_adjoint(error, weight, None, window, [self.input[1], self.input[2]])
            }
            Linear::Transposed(window) => kernels::convolve(error, weight, None, window),
        }
    }

    /// The adjoint of the linear part in its weights and biases: the mean over the batch.
    ///
    /// # Panics
    /// If the layer has no weights or a shape does not fit.
    pub fn adjoint_weight(&self, previous: &Tensor<4>, error: &Tensor<4>) -> Gradient {
        let weight = match self.linear() {
            Linear::Dense => kernels::dense_weights(previous, error),
            Linear::Conv(window) => kernels::correlate(previous, error, window),
            // ⟨C*(previous), error⟩ = ⟨previous, C(error)⟩ with C the convolution: the two change places.
            Linear::Transposed(window) => kernels::correlate(error, previous, window),
        };
        Gradient { weight, bias: kernels::channel_mean(error) }
    }

    /// f(z).
    pub fn activate(&self, pre_activation: &Tensor<4>) -> Tensor<4> {
        kernels::activate(self.spec.activation(), pre_activation)
    }

    /// f′(z) of the nonlinearity; ones where the layer has none.
    pub fn activation_derivative(&self, trace: &LayerTrace) -> Tensor<4> {
        kernels::derivative(self.spec.activation(), &trace.pre_activation, &trace.activation)
    }

    /// The layer from its pre-activation on (with weights) or from its input on (without).
    pub(crate) fn finish(&self, pre_activation: Tensor<4>, mode: LayerMode<'_>) -> LayerTrace {
        let (activation, kept) = match self.spec {
            LayerSpec::Dense { activation, .. }
            | LayerSpec::Conv { activation, .. }
            | LayerSpec::ConvTransposed { activation, .. }
            | LayerSpec::Activate { activation } => plain(kernels::activate(activation, &pre_activation)),
            LayerSpec::Upsample { factor } => plain(kernels::enlarge(&pre_activation, factor)),
            LayerSpec::AvgPool { size, stride } => plain(kernels::avg_pool(&pre_activation, pool(size, stride))),
            LayerSpec::MaxPool { size, stride } => {
                let (largest, winners) = kernels::max_pool(&pre_activation, pool(size, stride));
                (largest, Kept::Winners(winners))
            }
            LayerSpec::BatchNorm => self.normalize_batch(&pre_activation, mode),
            LayerSpec::LayerNorm => normalize(&pre_activation, statistics(&pre_activation, &[1, 2, 3])),
            LayerSpec::RmsNorm => normalize(&pre_activation, size(&pre_activation)),
            LayerSpec::Dropout { rate } => match dropout(&pre_activation, rate, mode) {
                Some(mask) => (kernels::multiply(&pre_activation, &mask), Kept::Mask(mask)),
                None => plain(pre_activation.clone()),
            },
        };
        LayerTrace { pre_activation, activation, kept }
    }

    /// The adjoint of [`Layer::finish`]: from a gradient at the output to one at the pre-activation or input.
    pub(crate) fn unfinish(&self, gradient: &Tensor<4>, trace: &LayerTrace) -> Tensor<4> {
        let error = self.unfinish_now(gradient, trace);
        // Where the kernel has not noted it: normalizations are made of burn's operations.
        record::derive([gradient, &trace.activation], &error);
        error
    }

    fn unfinish_now(&self, gradient: &Tensor<4>, trace: &LayerTrace) -> Tensor<4> {
        let input = &trace.pre_activation;
        match (&self.spec, &trace.kept) {
            (LayerSpec::Upsample { factor }, _) => kernels::enlarge_adjoint(gradient, *factor),
            (LayerSpec::AvgPool { size, stride }, _) => {
                kernels::avg_pool_adjoint(input, pool(*size, *stride), gradient)
            }
            (LayerSpec::MaxPool { size, stride }, Kept::Winners(winners)) => {
                kernels::max_pool_adjoint(input, winners, pool(*size, *stride), gradient)
            }
            (LayerSpec::BatchNorm, Kept::Statistics(kept)) => {
                unnormalize(gradient, &trace.activation, kept, &[0, 2, 3])
            }
            (LayerSpec::LayerNorm, Kept::Statistics(kept)) => {
                unnormalize(gradient, &trace.activation, kept, &[1, 2, 3])
            }
            (LayerSpec::RmsNorm, Kept::Statistics(kept)) => {
                let slope = mean_over(gradient.clone() * trace.activation.clone(), &[1, 2, 3]);
                (gradient.clone() - trace.activation.clone() * slope) * kept.inverse_deviation.clone()
            }
            (LayerSpec::Dropout { .. }, Kept::Mask(mask)) => kernels::multiply(gradient, mask),
            (LayerSpec::Dropout { .. }, Kept::Nothing) => gradient.clone(),
            (
                LayerSpec::Dense { activation, .. }
                | LayerSpec::Conv { activation, .. }
                | LayerSpec::ConvTransposed { activation, .. }
                | LayerSpec::Activate { activation },
                _,
            ) => kernels::through(*activation, input, &trace.activation, gradient),
            (
                LayerSpec::MaxPool { .. }
                | LayerSpec::BatchNorm
                | LayerSpec::LayerNorm
                | LayerSpec::RmsNorm
                | LayerSpec::Dropout { .. },
                Kept::Nothing | Kept::Winners(_) | Kept::Mask(_) | Kept::Statistics(_),
            ) => panic!("the trace of a {} layer must come from such a layer", self.spec.name()),
        }
    }

    /// Whether the slope of the nonlinearity of the layer `before` this one can be read off this layer's output: the largest
    /// of rectified values is positive exactly where what it came from is.
    pub(crate) fn passes_slope_of(&self, before: &Self) -> bool {
        matches!(self.spec, LayerSpec::MaxPool { .. }) && before.spec.activation() == Activation::Relu
    }

    /// Moves running statistics toward those of a training pass.
    pub(crate) fn absorb(&mut self, trace: &LayerTrace) {
        if let (Some(running), Kept::Statistics(seen)) = (&mut self.running, &trace.kept)
            && let Origin::Pass { count } = seen.origin
        {
            // A single value has no unbiased variance; its biased one, 0, is taken.
            let unbiased = count as f64 / (count - 1).max(1) as f64;
            let mix = |old: &Tensor<4>, new: &Tensor<4>, factor: f64| {
                old.clone() * (1.0 - NEWEST_SHARE) + new.clone() * (NEWEST_SHARE * factor)
            };
            running.mean = mix(&running.mean, &seen.mean, 1.0);
            running.variance = mix(&running.variance, &seen.variance, unbiased);
        }
    }

    fn normalize_batch(&self, input: &Tensor<4>, mode: LayerMode<'_>) -> (Tensor<4>, Kept) {
        let own = match mode {
            LayerMode::Evaluate => false,
            LayerMode::Train(_) => true,
            LayerMode::Again(trace) => matches!(&trace.kept, Kept::Statistics(kept) if kept.origin != Origin::Running),
        };
        if own {
            return normalize(input, statistics(input, &[0, 2, 3]));
        }
        let running = self.running.as_ref().expect("a batch normalization is built with running statistics");
        normalize(input, Statistics::new(running.mean.clone(), running.variance.clone(), Origin::Running))
    }

    fn held(&self) -> &Parameters {
        self.parameters.as_ref().unwrap_or_else(|| panic!("a {} layer has no weights", self.spec.name()))
    }

    fn linear(&self) -> Linear {
        match self.spec {
            LayerSpec::Dense { .. } => Linear::Dense,
            LayerSpec::Conv { kernel, stride, padding, .. } => Linear::Conv(Window { kernel, stride, padding }),
            LayerSpec::ConvTransposed { kernel, stride, padding, .. } => {
                Linear::Transposed(Window { kernel, stride, padding })
            }
            LayerSpec::Upsample { .. }
            | LayerSpec::Activate { .. }
            | LayerSpec::MaxPool { .. }
            | LayerSpec::AvgPool { .. }
            | LayerSpec::BatchNorm
            | LayerSpec::LayerNorm
            | LayerSpec::RmsNorm
            | LayerSpec::Dropout { .. } => panic!("a {} layer has no linear part", self.spec.name()),
        }
    }
}

enum Linear {
    Dense,
    Conv(Window),
    Transposed(Window),
}

impl Statistics {
    fn new(mean: Tensor<4>, variance: Tensor<4>, origin: Origin) -> Self {
        let inverse_deviation = (variance.clone() + STABILIZER).sqrt().recip();
        Self { mean, variance, inverse_deviation, origin }
    }
}

fn plain(activation: Tensor<4>) -> (Tensor<4>, Kept) {
    (activation, Kept::Nothing)
}

fn pool(size: usize, stride: usize) -> Window {
    Window { kernel: size, stride, padding: 0 }
}

fn dropout(input: &Tensor<4>, rate: f64, mode: LayerMode<'_>) -> Option<Tensor<4>> {
    let shape = input.dims();
    match mode {
        LayerMode::Evaluate => None,
        LayerMode::Train(rng) => Some(like(input, &dropout_mask(shape.iter().product(), rate, rng), shape)),
        LayerMode::Again(trace) => match &trace.kept {
            Kept::Mask(mask) => Some(mask.clone()),
            Kept::Nothing | Kept::Winners(_) | Kept::Statistics(_) => None,
        },
    }
}

fn mean_over(values: Tensor<4>, axes: &[usize]) -> Tensor<4> {
    axes.iter().fold(values, |values, axis| values.mean_dim(*axis))
}

fn statistics(input: &Tensor<4>, axes: &[usize]) -> Statistics {
    let mean = mean_over(input.clone(), axes);
    let centered = input.clone() - mean.clone();
    let variance = mean_over(centered.clone() * centered, axes);
    let count = axes.iter().map(|axis| input.dims()[*axis]).product();
    Statistics::new(mean, variance, Origin::Pass { count })
}

/// Mean 0 and mean square of each sample: what a division by the root mean square needs.
fn size(input: &Tensor<4>) -> Statistics {
    let [count, channels, height, width] = input.dims();
    let square = mean_over(input.clone() * input.clone(), &[1, 2, 3]);
    let origin = Origin::Pass { count: channels * height * width };
    Statistics::new(square.zeros_like().reshape([count, 1, 1, 1]), square, origin)
}

fn normalize(input: &Tensor<4>, kept: Statistics) -> (Tensor<4>, Kept) {
    let normalized = (input.clone() - kept.mean.clone()) * kept.inverse_deviation.clone();
    record::derive([input], &normalized);
    (normalized, Kept::Statistics(kept))
}

/// x̄ = (ȳ − mean(ȳ) − y · mean(ȳ ⊙ y)) / deviation, the means being absent for running statistics.
fn unnormalize(gradient: &Tensor<4>, output: &Tensor<4>, kept: &Statistics, axes: &[usize]) -> Tensor<4> {
    if kept.origin == Origin::Running {
        return gradient.clone() * kept.inverse_deviation.clone();
    }
    let level = mean_over(gradient.clone(), axes);
    let slope = mean_over(gradient.clone() * output.clone(), axes);
    (gradient.clone() - level - output.clone() * slope) * kept.inverse_deviation.clone()
}
