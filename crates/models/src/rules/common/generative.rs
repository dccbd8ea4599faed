//! The dynamics of generative predictive coding: every block predicts its own input from its state, down to the pixels.
//!
//! ```text
//! a_l = f_l(x_l),  l = 1 .. L;   a_L = softmax(x_L) under cross-entropy, x_L under squared error
//! ε_l = x_l − (W_{l+1}ᵀ a_{l+1} + c_l),  l = 0 .. L−1;   x_0 = image
//! E   = Σ_l ½‖ε_l‖²
//! hidden        x_l ← x_l + γ_l (f′(x_l) ⊙ W_l ε_{l−1} − ε_l)       down the gradient of E
//! label layer   x_L ← x_L + γ_L W_L ε_{L−1}                         where it is free
//! γ_l = γ / (1 + s_l²)
//! ```
//!
//! All states move at once. The same weights carry predictions down (as Wᵀ) and errors up (as W). `c_l` are biases of what
//! is predicted, one per channel of block l + 1's input.
//!
//! Under softmax the step of the label layer is the gradient in a_L, taken by x_L: shares a_L are multiplied by exp of it,
//! and E falls by (W ε)ᵀ J (W ε) with J ≥ 0 the slope of softmax. The gradient in x_L would be J times it, and would stand
//! still wherever the sweep from which states start is sure of a wrong class.
//!
//! s_l is the largest stretch of a state's move on its way down, |f′| of block l at most times the largest singular value
//! of W_l, by some rounds of power iteration. In a linear network E falls for every γ < 1: E's second derivative is a chain
//! of blocks, 2-colorable, so it is at most twice its diagonal blocks, and these are at most 1 + s_l².
//!
//! # Shapes
//! x_l, a_l `[n, c, h, w]` of block l's pre-activation; ε_l of block l + 1's input; c_l `[c]`.

use super::error::RuleError;
use crate::kernels::{self, record};
use crate::loss::softmax;
use crate::place::{like, to_f64};
use crate::rules::Course;
use crate::{Activation, Block, Gradient, LayerSpec, Loss, MapShape, Network, Tensor};

/// Rounds of power iteration; the squared singular value is off by a few percent.
const ROUNDS: usize = 12;

/// The model of one batch of images.
#[derive(Clone, Debug)]
pub struct Model<'a> {
    network: &'a Network,
    loss: Loss,
    /// c_l as maps `[1, c, h, w]`, and −c_l.
    offsets: Vec<Tensor<4>>,
    negated: Vec<Tensor<4>>,
    /// γ_l.
    rates: Vec<f64>,
    /// The image less c_0.
    image: Tensor<4>,
}

/// Where states are, and what follows from them.
#[derive(Clone, Debug)]
pub struct States {
    /// x_1 .. x_L.
    pub potentials: Vec<Tensor<4>>,
    /// a_1 .. a_L.
    pub activities: Vec<Tensor<4>>,
    /// ε_0 .. ε_{L−1}.
    pub errors: Vec<Tensor<4>>,
}

/// What a settling is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settle {
    /// T.
    pub steps: usize,
    /// Whether energies and outputs are kept.
    pub recorded: bool,
}

impl<'a> Model<'a> {
    /// The model with `biases` c_0 .. c_{L−1} of what is predicted, and steps of γ.
    ///
    /// # Panics
    /// If there is not one bias per block.
    pub fn new(network: &'a Network, loss: Loss, biases: &[Tensor<1>], (images, step): (&Tensor<4>, f64)) -> Self {
        assert_eq!(biases.len(), network.block_count(), "there must be one bias per block's input");
        let offsets: Vec<_> = network.blocks().zip(biases).map(|(block, bias)| map(block, bias)).collect();
        let negated = offsets.iter().map(|offset| kernels::scale(offset, -1.0)).collect();
        let rates = network
            .blocks()
            .map(|block| step / (1.0 + stretch(block, is_shares(network, loss, block.index()))))
            .collect();
        let image = kernels::shift_and_scale(images, &offsets[0], 1.0);
        Self { network, loss, offsets, negated, rates, image }
    }

    /// γ_l of every block.
    pub fn rates(&self) -> &[f64] {
        &self.rates
    }

    /// States as the label layer predicts them, block by block down: every error but the image's is 0. The label layer is
    /// at the target; where it is free, nothing is known: x_L = 0, and under softmax all classes have the same share.
    /// Nothing is known of a label that is free: x_L = 0, and under softmax all classes have the same share.
    pub fn descend(&self, target: Option<&Tensor<4>>) -> States {
        let last = self.network.block(self.network.block_count() - 1);
        let [classes, height, width] = last.output_shape();
        let label = target.map_or_else(|| zeros(&self.image, [classes, height, width]), Tensor::clone);
        let mut above = target.map_or_else(|| self.activity(last, &label), Tensor::clone);
        let mut potentials = vec![label];
        for block in self.network.blocks().rev().take(self.network.block_count() - 1) {
            let predicted = self.predicted(block, &above);
            above = self.activity(self.network.block(block.index() - 1), &predicted);
            potentials.push(predicted);
        }
        potentials.reverse();
        self.states(potentials, target)
    }

    /// What a block predicts of its input.
    fn predicted(&self, block: Block<'_>, activity: &Tensor<4>) -> Tensor<4> {
        kernels::shift_and_scale(&block.adjoint_to_input(activity, None), &self.negated[block.index()], 1.0)
    }

    /// What follows from states.
    ///
    /// # Panics
    /// If there is not one state of the right shape per block.
    pub fn states(&self, potentials: Vec<Tensor<4>>, target: Option<&Tensor<4>>) -> States {
        assert_eq!(potentials.len(), self.network.block_count(), "there must be one state per block");
        let mut activities: Vec<_> =
            self.network.blocks().zip(&potentials).map(|(block, state)| self.activity(block, state)).collect();
        if let (Some(last), Some(target)) = (activities.last_mut(), target) {
            *last = target.clone();
        }
        let below = |index: usize| match index.checked_sub(1) {
            None => self.image.clone(),
            Some(under) => kernels::shift_and_scale(&potentials[under], &self.offsets[index], 1.0),
        };
        let blocks = self.network.blocks().zip(&activities);
        let error = |(block, activity): (Block<'_>, &Tensor<4>)| {
            kernels::subtract(&below(block.index()), &block.adjoint_to_input(activity, None))
        };
        let errors = blocks.map(error).collect();
        States { potentials, activities, errors }
    }

    fn activity(&self, block: Block<'_>, state: &Tensor<4>) -> Tensor<4> {
        if !is_shares(self.network, self.loss, block.index()) {
            return kernels::activate(nonlinearity(block), state);
        }
        let shares = softmax(state);
        record::derive([state], &shares);
        shares
    }

    fn is_label(&self, index: usize) -> bool {
        index + 1 == self.network.block_count()
    }

    /// One step of all states; the label layer stays where a target holds it.
    pub fn advance(&self, states: &States, target: Option<&Tensor<4>>) -> States {
        let moved = |block: Block<'_>| {
            let index = block.index();
            let (state, rate) = (&states.potentials[index], self.rates[index]);
            if self.is_label(index) && target.is_some() {
                return state.clone();
            }
            let up = block.drive_unbiased(&states.errors[index]);
            match states.errors.get(index + 1) {
                None => kernels::add_scaled(state, rate, &up),
                Some(error) => {
                    let up = kernels::through(nonlinearity(block), state, &states.activities[index], &up);
                    kernels::settle(state, error, &up, rate)
                }
            }
        };
        self.states(self.network.blocks().map(moved).collect(), target)
    }

    /// T steps from given states.
    ///
    /// # Errors
    /// [`RuleError::NotFinite`] if states run away.
    pub fn settle(
        &self,
        from: States,
        target: Option<&Tensor<4>>,
        settle: Settle,
    ) -> Result<(States, Course), RuleError> {
        let (mut states, mut course) = (from, Course { energies: Vec::new(), outputs: Vec::new() });
        for step in 0..=settle.steps {
            if settle.recorded {
                course.energies.push(states.energy());
                course.outputs.push(states.output().clone());
            }
            if step < settle.steps {
                states = self.advance(&states, target);
            }
        }
        match states.potentials.iter().chain(&states.errors).all(kernels::is_finite) {
            true => Ok((states, course)),
            false => Err(RuleError::NotFinite { what: "settling states", layer: None }),
        }
    }

    /// What the first block predicts of the image, `[n, c, h, w]`.
    pub fn reconstruction(&self, states: &States) -> Tensor<4> {
        self.predicted(self.network.block(0), &states.activities[0])
    }

    /// ∂E/∂W_l and ∂E/∂c_{l−1} of every block, the mean over the batch; the second stands in the place of the biases.
    pub fn gradients(&self, states: &States) -> Vec<Gradient> {
        let pairs = states.errors.iter().zip(&states.activities);
        let gradient = |(block, (error, activity)): (Block<'_>, (&Tensor<4>, &Tensor<4>))| Gradient {
            weight: kernels::scale(&block.adjoint_weight(error, activity).weight, -1.0),
            bias: kernels::scale(&kernels::channel_mean(&by_bias(block, error)), -1.0),
        };
        self.network.blocks().zip(pairs).map(gradient).collect()
    }
}

impl States {
    /// E, summed over the samples.
    pub fn energy(&self) -> f64 {
        self.errors.iter().map(|error| 0.5 * kernels::sum_of_squares(error)).sum()
    }

    /// x_L.
    ///
    /// # Panics
    /// Never: a network has a block.
    pub fn output(&self) -> &Tensor<4> {
        self.potentials.last().expect("a network has a block")
    }

    /// Activity of every block, the output last, as it is before a softmax.
    pub fn answers(&self) -> Vec<Tensor<4>> {
        let hidden = self.activities.len() - 1;
        self.activities[..hidden].iter().chain([self.output()]).cloned().collect()
    }
}

/// f_l.
pub(crate) fn nonlinearity(block: Block<'_>) -> Activation {
    block.layers()[0].spec().activation()
}

/// How many biases a block's input has: one per unit below a dense block, one per channel below a convolution.
pub(crate) fn bias_count(block: Block<'_>) -> usize {
    let [channels, height, width] = block.input_shape();
    if is_dense(block) { channels * height * width } else { channels }
}

fn is_dense(block: Block<'_>) -> bool {
    matches!(block.layers()[0].spec(), LayerSpec::Dense { .. })
}

/// Biases as a map of the block's input, `[1, c, h, w]`.
fn map(block: Block<'_>, bias: &Tensor<1>) -> Tensor<4> {
    let [channels, height, width] = block.input_shape();
    let run = channels * height * width / bias_count(block);
    let values: Vec<f64> = to_f64(bias).into_iter().flat_map(|value| core::iter::repeat_n(value, run)).collect();
    let map = like(bias, &values, [1, channels, height, width]);
    record::derive([bias], &map);
    map
}

/// Errors of a block's input with one channel per bias.
fn by_bias(block: Block<'_>, error: &Tensor<4>) -> Tensor<4> {
    if !is_dense(block) {
        return error.clone();
    }
    let units = error.clone().reshape([error.dims()[0], bias_count(block), 1, 1]);
    record::derive([error], &units);
    units
}

/// The square of the largest slope of f.
fn steepest(kind: Activation) -> f64 {
    match kind {
        Activation::Identity | Activation::Relu | Activation::Tanh | Activation::HardSigmoid => 1.0,
        Activation::LeakyRelu { slope } => (slope * slope).max(1.0),
        Activation::Sigmoid => 1.0 / 16.0,
    }
}

/// States of 0 for as many samples as there are images.
fn zeros(images: &Tensor<4>, [channels, height, width]: MapShape) -> Tensor<4> {
    let shape = [images.dims()[0], channels, height, width];
    let zeros = Tensor::zeros(shape, (&images.device(), images.dtype()));
    record::derive([], &zeros);
    zeros
}

/// Whether a block is the label layer under cross-entropy.
fn is_shares(network: &Network, loss: Loss, index: usize) -> bool {
    match loss {
        Loss::CrossEntropy => index + 1 == network.block_count(),
        Loss::SquaredError => false,
    }
}

/// s_l².
fn stretch(block: Block<'_>, shares: bool) -> f64 {
    let layer = &block.layers()[0];
    let [channels, height, width] = block.pre_activation_shape();
    let weight = &block.parameters().weight;
    let count = channels * height * width;
    let even = like(weight, &vec![1.0; count], [1, channels, height, width]);
    record::derive([], &even);
    // Shares sum to 1, so what all of them have in common cannot move.
    let mut state = even.clone();
    if shares {
        state = centered(&layer.drive_unbiased(&layer.adjoint_input(&even, None)), &even);
    }
    let mut square = 0.0;
    for _ in 0..ROUNDS {
        let down = layer.adjoint_input(&state, None);
        let size = kernels::sum_of_squares(&state);
        square = if size > 0.0 { kernels::sum_of_squares(&down) / size } else { 0.0 };
        state = kernels::scale(&layer.drive_unbiased(&down), 1.0 / square.max(f64::MIN_POSITIVE));
        state = if shares { centered(&state, &even) } else { state };
    }
    steepest(nonlinearity(block)) * square
}

/// A state less its mean.
fn centered(state: &Tensor<4>, even: &Tensor<4>) -> Tensor<4> {
    let mean = kernels::dot(state, even) / kernels::sum_of_squares(even);
    kernels::add_scaled(state, -mean, even)
}
