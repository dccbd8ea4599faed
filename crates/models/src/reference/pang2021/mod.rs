//! The network of Pang et al. (2021): convolutions with predictive feedback that settle for a hundred steps, trained by
//! backpropagation through ten of them.
//!
//! ```text
//! e_0 = image; three convolutions 5×5 at stride 2 up, three transposed ones down
//! d_l = g(convᵀ(e_{l+1})),  g = ReLU, for the image a sigmoid
//! e_l ← β ReLU(conv(e_{l−1})) + λ d_l + (1 − β − λ) e_l − α s_l ∂E_{l−1}/∂e_l,   E_l = mean (d_l − e_l)²
//!       the top layer without λ; s_l = batch · units below / √(25 · channels below)
//! head: flattened e_3 → batch normalization → 256 → 128 → classes, softmax at every step
//! ```
//!
//! | | loss | pictures |
//! |---|---|---|
//! | pretraining | mean of E_0, E_1, E_2 over the unrolled steps | natural ones |
//! | fine-tuning | mean over the unrolled steps of the cross-entropy of the head | classes |
//!
//! Gradients of both pass through the corrections too. Feedback weights change in fine-tuning as far as the states that the
//! head reads depend on them.
//!
//! # Shapes
//! Images `[n, channels, size, size]` with values from 0 to 1, `size` a multiple of 8.
//!
//! # Cost
//! 3 · 25 · (size/2)² · w · (c + w/4 + w/16) multiply-accumulates per image and step: with 128 maps on 32 × 32 × 3 pixels 106
//! million, 10.6 · 10⁹ for a hundred steps; with 32 maps 8 million. Per CPU second of a busy 2-core machine, at 32 bits, with 32
//! maps on 32 × 32 gray pixels: pretraining 6 pictures, fine-tuning 7, a hundred steps of answering 6.
//!
//! # Source
//! `pang2021`, and its authors' code (rufinv/Illusory-Contour-Predictive-Networks), of which nothing is copied.
//!
//! # Departures
//! The number of maps is an option (128 there, 32 by default here). Pretraining leaves the head alone, so its running
//! statistics begin with fine-tuning; the last layer is not exchanged between the two.

mod circuit;

use burn::tensor::Tensor;
use burn::tensor::activation::{log_softmax, softmax};

use circuit::{Circuit, KERNEL, LAYERS, Statistics};

use crate::layer::NEWEST_SHARE;
use crate::optimizer::AdamSettings;
use crate::place::to_f64;
use crate::rng::uniform;
use crate::{Array, Named, Optimizer, OptimizerError, OptimizerSpec, ParameterKey, Place, Rng};

/// What the network is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Pang2021Spec {
    /// Channels of an image.
    pub channels: usize,
    /// Height and width of an image, a multiple of 8.
    pub size: usize,
    /// Maps of each convolution.
    pub width: usize,
    /// Classes of the head.
    pub classes: usize,
    /// Strength of the correction of errors.
    pub alpha: f64,
    /// Strength of what comes from below.
    pub beta: f64,
    /// Strength of what comes from above.
    pub lambda: f64,
    /// Steps through which training goes.
    pub training_steps: usize,
    /// Adam's rate.
    pub rate: f64,
    /// Whether the loss takes the softmax of what has been through one, as the authors' code does.
    pub softmax_twice: bool,
}

impl Default for Pang2021Spec {
    /// As published, with 32 maps in place of 128, and one softmax.
    fn default() -> Self {
        Self {
            channels: 3,
            size: 32,
            width: 32,
            classes: 2,
            alpha: 0.1,
            beta: 0.2,
            lambda: 0.1,
            training_steps: 10,
            rate: 5e-5,
            softmax_twice: false,
        }
    }
}

/// Why the network cannot be had or trained.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Pang2021Error {
    /// The specification is not sound.
    #[error("{what} must {must}")]
    Spec {
        /// The field.
        what: &'static str,
        /// What must hold.
        must: &'static str,
    },
    /// Images are not of the specification's shape.
    #[error("images must be [n, {}, {}, {}] with n at least 1, got {got:?}", .must[0], .must[1], .must[2])]
    Images {
        /// `[channels, height, width]`.
        must: [usize; 3],
        /// What was handed in.
        got: [usize; 4],
    },
    /// There is not one label of a class per image.
    #[error("there must be one label below {classes} for each of {images} images")]
    Labels {
        /// Classes.
        classes: usize,
        /// Images.
        images: usize,
    },
    /// The loss is not finite.
    #[error("the loss must be finite")]
    NotFinite,
    /// The optimizer refuses.
    #[error(transparent)]
    Optimizer(#[from] OptimizerError),
    /// Saved parameters do not fit.
    #[error("saved parameters must hold \"{0}\" in its shape, and nothing that the network does not know")]
    Restore(String),
}

/// Weights and biases of one part.
#[derive(Clone, Debug)]
struct Affine {
    weight: Tensor<4>,
    bias: Tensor<1>,
}

/// Names of the parts, in their order.
const PARTS: [&str; 10] =
    ["up_1", "up_2", "up_3", "down_1", "down_2", "down_3", "norm", "dense_1", "dense_2", "dense_3"];

/// Units of the head's hidden layers.
const HIDDEN: [usize; 2] = [256, 128];

/// What the network answers at one step.
#[derive(Clone, Debug)]
pub struct Moment {
    /// Class probabilities, `[n, classes]`.
    pub probabilities: Tensor<2>,
    /// d_0, what it predicts of the image, `[n, channels, size, size]`.
    pub reconstruction: Tensor<4>,
}

/// The network.
#[derive(Clone, Debug)]
pub struct Pang2021 {
    spec: Pang2021Spec,
    place: Place,
    parts: Vec<Affine>,
    running: Statistics,
    optimizer: Optimizer,
}

impl Pang2021Spec {
    fn check(&self) -> Result<(), Pang2021Error> {
        let positive = [self.channels, self.size, self.width, self.classes, self.training_steps];
        let unit = |value: f64| (0.0..=1.0).contains(&value);
        let checks = [
            (positive.iter().all(|count| *count > 0), "every count", "be at least 1"),
            (self.size.is_multiple_of(8), "size", "be a multiple of 8, because three strides halve it"),
            (self.alpha.is_finite() && self.alpha >= 0.0, "alpha", "be 0 or more"),
            (unit(self.beta) && unit(self.lambda) && self.beta + self.lambda <= 1.0, "beta and lambda", "be shares"),
        ];
        match checks.into_iter().find(|(holds, ..)| !holds) {
            Some((_, what, must)) => Err(Pang2021Error::Spec { what, must }),
            None => Ok(()),
        }
    }

    /// Multiply-accumulates of one image's step, the head's apart.
    pub fn macs_per_step(&self) -> u64 {
        let up = |layer: usize, below: usize| {
            let side = self.size >> layer;
            (side * side * self.width * below * KERNEL * KERNEL) as u64
        };
        3 * (up(1, self.channels) + up(2, self.width) + up(3, self.width))
    }

    fn features(&self) -> usize {
        self.width * (self.size / 8) * (self.size / 8)
    }

    /// Shape of a part's weights, how many biases it has, and the fan by which they are drawn; no fan of the normalization.
    fn shape(&self, part: usize) -> ([usize; 4], usize, Option<usize>) {
        let below = |layer: usize| if layer == 0 { self.channels } else { self.width };
        let area = KERNEL * KERNEL;
        match part {
            0..LAYERS => ([self.width, below(part), KERNEL, KERNEL], self.width, Some(below(part) * area)),
            LAYERS..6 => {
                let channels = below(part - LAYERS);
                ([self.width, channels, KERNEL, KERNEL], channels, Some(channels * area))
            }
            6 => ([self.features(), 1, 1, 1], self.features(), None),
            _ => {
                let widths = [self.features(), HIDDEN[0], HIDDEN[1], self.classes];
                let (inputs, units) = (widths[part - 7], widths[part - 6]);
                ([units, inputs, 1, 1], units, Some(inputs))
            }
        }
    }
}

impl Affine {
    /// Uniform within ±1/√fan; a normalization starts as none.
    fn draw(place: &Place, (shape, count, fan): ([usize; 4], usize, Option<usize>), rng: &mut Rng) -> Self {
        let Some(fan) = fan else {
            return Self { weight: place.full(1.0, shape), bias: place.zeros([count]) };
        };
        let bound = 1.0 / libm::sqrt(fan as f64);
        let mut draw = |count: usize| -> Vec<f64> { (0..count).map(|_| bound * (2.0 * uniform(rng) - 1.0)).collect() };
        let weight = place.tensor(&draw(shape.iter().product()), shape);
        Self { weight, bias: place.tensor(&draw(count), [count]) }
    }

    fn watched(&self) -> Self {
        Self {
            weight: self.weight.clone().autodiff().require_grad(),
            bias: self.bias.clone().autodiff().require_grad(),
        }
    }
}

impl Pang2021 {
    /// A network with fresh weights, drawn from the stream.
    ///
    /// # Errors
    /// [`Pang2021Error::Spec`], [`Pang2021Error::Optimizer`].
    pub fn new(spec: Pang2021Spec, place: &Place, rng: &mut Rng) -> Result<Self, Pang2021Error> {
        spec.check()?;
        let parts = (0..PARTS.len()).map(|part| Affine::draw(place, spec.shape(part), rng)).collect();
        let shape = [1, spec.features()];
        let running = Statistics { mean: place.zeros(shape), variance: place.full(1.0, shape) };
        let optimizer = Optimizer::new(OptimizerSpec::Adam(AdamSettings::with_rate(spec.rate)))?;
        Ok(Self { spec, place: place.clone(), parts, running, optimizer })
    }

    /// What it is made of.
    pub fn spec(&self) -> &Pang2021Spec {
        &self.spec
    }

    /// Another rate from here on; moments stay.
    ///
    /// # Errors
    /// [`Pang2021Error::Optimizer`] if it is negative or not finite.
    pub fn set_rate(&mut self, rate: f64) -> Result<(), Pang2021Error> {
        Ok(self.optimizer.set_rate(rate)?)
    }

    /// Forgets Adam's moments, as between pretraining and fine-tuning.
    pub fn reset_optimizer(&mut self) {
        self.optimizer.reset();
    }

    /// One step of Adam down the errors of prediction; the loss before it.
    ///
    /// # Errors
    /// [`Pang2021Error::Images`], [`Pang2021Error::NotFinite`], [`Pang2021Error::Optimizer`].
    pub fn pretrain_step(&mut self, images: &Tensor<4>) -> Result<f64, Pang2021Error> {
        self.check_images(images)?;
        let watched: Vec<Affine> = self.parts.iter().map(Affine::watched).collect();
        let circuit = Circuit { spec: &self.spec, parts: &watched };
        let loss = misfit_over_time(circuit, &images.clone().autodiff());
        self.descend(loss, &watched, &|part| part < 2 * LAYERS)
    }

    /// One step of Adam down the cross-entropy of the head at every step; the loss before it.
    ///
    /// # Errors
    /// As [`Pang2021::pretrain_step`], and [`Pang2021Error::Labels`].
    pub fn finetune_step(&mut self, images: &Tensor<4>, labels: &[usize]) -> Result<f64, Pang2021Error> {
        self.check_images(images)?;
        let classes = self.spec.classes;
        if labels.len() != images.dims()[0] || labels.iter().any(|label| *label >= classes) {
            return Err(Pang2021Error::Labels { classes, images: images.dims()[0] });
        }
        let watched: Vec<Affine> = self.parts.iter().map(Affine::watched).collect();
        let circuit = Circuit { spec: &self.spec, parts: &watched };
        let codes = self.codes(labels);
        let (loss, seen) = surprise_over_time(circuit, &images.clone().autodiff(), &codes);
        let loss = self.descend(loss, &watched, &|_| true)?;
        seen.iter().for_each(|statistics| self.absorb(statistics, labels.len()));
        Ok(loss)
    }

    /// Class probabilities `[n, classes]` at each of `steps` steps, the first that of the forward pass.
    ///
    /// # Errors
    /// [`Pang2021Error::Images`].
    pub fn answer(&self, images: &Tensor<4>, steps: usize) -> Result<Vec<Tensor<2>>, Pang2021Error> {
        let mut probabilities = Vec::with_capacity(steps);
        self.watch(images, steps, &mut |_, moment| probabilities.push(moment.probabilities))?;
        Ok(probabilities)
    }

    /// Hands over what it answers and reconstructs at each of `steps` steps: all reconstructions of a batch at once may be
    /// too many to keep.
    ///
    /// # Errors
    /// [`Pang2021Error::Images`].
    pub fn watch(
        &self,
        images: &Tensor<4>,
        steps: usize,
        see: &mut dyn FnMut(usize, Moment),
    ) -> Result<(), Pang2021Error> {
        self.check_images(images)?;
        let circuit = Circuit { spec: &self.spec, parts: &self.parts };
        let mut layers = circuit.start(images);
        for step in 0..steps {
            let predictions = circuit.predictions(&layers);
            let probabilities = softmax(circuit.head(&layers[LAYERS], &self.running), 1);
            see(step, Moment { probabilities, reconstruction: predictions[0].value.clone() });
            layers = circuit.advance(&layers, &predictions);
        }
        Ok(())
    }

    /// All parameters and running statistics.
    pub fn to_named(&self) -> Named {
        let parts = PARTS.iter().zip(&self.parts).flat_map(|(name, part)| {
            [(format!("{name}.weight"), Array::of(&part.weight)), (format!("{name}.bias"), Array::of(&part.bias))]
        });
        let Statistics { mean, variance } = &self.running;
        let running = [("norm.mean".to_owned(), Array::of(mean)), ("norm.variance".to_owned(), Array::of(variance))];
        parts.chain(running).collect()
    }

    /// This network with saved parameters in place of its own, and no moments.
    ///
    /// # Errors
    /// [`Pang2021Error::Restore`] if an array is missing, unknown, or of another shape.
    pub fn from_named(&self, saved: &Named) -> Result<Self, Pang2021Error> {
        let known = self.to_named();
        if let Some(unknown) = saved.keys().find(|name| !known.contains_key(*name)) {
            return Err(Pang2021Error::Restore(unknown.clone()));
        }
        let mut restored = self.clone();
        restored.optimizer.reset();
        for (name, part) in PARTS.iter().zip(&mut restored.parts) {
            part.weight = taken(saved, format!("{name}.weight"), &self.place, &part.weight)?;
            part.bias = taken(saved, format!("{name}.bias"), &self.place, &part.bias)?;
        }
        restored.running.mean = taken(saved, "norm.mean".to_owned(), &self.place, &self.running.mean)?;
        restored.running.variance = taken(saved, "norm.variance".to_owned(), &self.place, &self.running.variance)?;
        Ok(restored)
    }

    fn check_images(&self, images: &Tensor<4>) -> Result<(), Pang2021Error> {
        let (must, got) = ([self.spec.channels, self.spec.size, self.spec.size], images.dims());
        if got[0] > 0 && got[1..] == must { Ok(()) } else { Err(Pang2021Error::Images { must, got }) }
    }

    fn codes(&self, labels: &[usize]) -> Tensor<2> {
        let classes = self.spec.classes;
        let mut codes = vec![0.0; labels.len() * classes];
        labels.iter().enumerate().for_each(|(row, label)| codes[row * classes + label] = 1.0);
        self.place.tensor(&codes, [labels.len(), classes]).autodiff()
    }

    /// One step of the optimizer for the parts that are trained.
    fn descend(
        &mut self,
        loss: Tensor<1>,
        watched: &[Affine],
        trained: &dyn Fn(usize) -> bool,
    ) -> Result<f64, Pang2021Error> {
        let value = to_f64(&loss)[0];
        if !value.is_finite() {
            return Err(Pang2021Error::NotFinite);
        }
        let found = loss.backward();
        for (index, (part, watched)) in self.parts.iter_mut().zip(watched).enumerate() {
            // Without a gradient a part has no share in the loss.
            if let Some(gradient) = watched.weight.grad(&found).filter(|_| trained(index)) {
                let key = ParameterKey::Auxiliary(format!("{}.weight", PARTS[index]));
                self.optimizer.apply(&key, &mut part.weight, &gradient)?;
            }
            if let Some(gradient) = watched.bias.grad(&found).filter(|_| trained(index)) {
                let key = ParameterKey::Auxiliary(format!("{}.bias", PARTS[index]));
                self.optimizer.apply(&key, &mut part.bias, &gradient)?;
            }
        }
        Ok(value)
    }

    /// Moves running statistics toward a batch's; the variance unbiased.
    fn absorb(&mut self, seen: &Statistics, count: usize) {
        let unbiased = count as f64 / (count as f64 - 1.0).max(1.0);
        let moved = |own: &Tensor<2>, new: &Tensor<2>, factor: f64| {
            own.clone() * (1.0 - NEWEST_SHARE) + new.clone() * (NEWEST_SHARE * factor)
        };
        self.running.mean = moved(&self.running.mean, &seen.mean, 1.0);
        self.running.variance = moved(&self.running.variance, &seen.variance, unbiased);
    }
}

fn taken<const D: usize>(
    saved: &Named,
    name: String,
    place: &Place,
    own: &Tensor<D>,
) -> Result<Tensor<D>, Pang2021Error> {
    let array = saved.get(&name).and_then(|array| array.tensor(place, own.dims()));
    array.ok_or(Pang2021Error::Restore(name))
}

/// Mean over the unrolled steps of the errors of prediction.
fn misfit_over_time(circuit: Circuit<'_>, images: &Tensor<4>) -> Tensor<1> {
    let steps = circuit.spec.training_steps;
    let mut layers = circuit.start(images);
    let mut sum: Option<Tensor<1>> = None;
    for step in 0..steps {
        let predictions = circuit.predictions(&layers);
        let misfit = Circuit::misfit(&layers, &predictions);
        sum = Some(sum.map_or_else(|| misfit.clone(), |sum| sum + misfit.clone()));
        if step + 1 < steps {
            layers = circuit.advance(&layers, &predictions);
        }
    }
    sum.expect("there is at least one step") * (1.0 / steps as f64)
}

/// Mean over the unrolled steps of the head's cross-entropy, and the statistics by which it normalized.
fn surprise_over_time(circuit: Circuit<'_>, images: &Tensor<4>, codes: &Tensor<2>) -> (Tensor<1>, Vec<Statistics>) {
    let steps = circuit.spec.training_steps;
    let share = -1.0 / (steps * images.dims()[0]) as f64;
    let mut layers = circuit.start(images);
    let (mut sum, mut seen): (Option<Tensor<1>>, _) = (None, Vec::with_capacity(steps));
    for step in 0..steps {
        let statistics = Circuit::statistics(&layers[LAYERS]);
        let drive = circuit.head(&layers[LAYERS], &statistics);
        let evidence = if circuit.spec.softmax_twice { softmax(drive, 1) } else { drive };
        let surprise = (log_softmax(evidence, 1) * codes.clone()).sum() * share;
        sum = Some(sum.map_or_else(|| surprise.clone(), |sum| sum + surprise.clone()));
        seen.push(Statistics { mean: statistics.mean.inner(), variance: statistics.variance.inner() });
        if step + 1 < steps {
            layers = circuit.advance(&layers, &circuit.predictions(&layers));
        }
    }
    (sum.expect("there is at least one step"), seen)
}

#[cfg(test)]
mod tests;
