//! Targets: what each block's output should have been, brought down by a feedback network that mirrors the network block by block.
//!
//! ```text
//! t_L = s_L − β ∂loss/∂s_L                   s_l is the output of block l
//! G_l(y) = B_lᵀ respond_lᵀ(f_l(y)) + c_l     from block l's output to its input
//! δ_l = respond_l*(s_l − t_l) / β,  g_l = mean over the batch of δ_l s_{l−1}ᵀ
//! ```
//!
//! f_l is the block's nonlinearity, wherever in it. respond_lᵀ turns around what has no weights, as it was in the pass: what was largest in its
//! window goes back to where it came from, means are shared out, enlarged pixels are summed, dropped units and rectified ones that were silent stay
//! silent; normalization is passed by.
//! The first block has no mirror, since nothing below it has a target. The last block's update is its exact gradient.
//!
//! Feedback learns by steps down the slope g of a loss that is quadratic in B, toward its least along g:
//!
//! ```text
//! B ← B − feedback_rate / κ · g,   κ = mean ‖gᵀr‖² / ‖g‖² + m mean ‖r‖² / (M P)
//! ```
//!
//! r is what B reads on the batch's M samples, P the positions of a map of it, m the weights of a kernel that meet in one pixel. The first term is
//! the curvature along g, so that no rate up to 1 makes the loss rise on the batch and noise that it is computed from; the second holds a batch
//! back that is small beside the units.
//!
//! # Shapes
//! B_l as W_l, `[out, in, k, k]`; what B_l reads, of the pre-activation's shape; what it gives, of the block's input.

use super::chain::Pass;
use super::settings::{SettingDefault, SettingInfo, SettingKind, SettingRange};
use crate::{Activation, Block, BlockMode, BlockTrace, Gradient, LayerSpec, Network, Rng, Tensor, Trace, kernels};

/// Setting β.
pub(crate) const NUDGING: SettingInfo = SettingInfo {
    key: "nudging",
    kind: SettingKind::Number,
    default: SettingDefault::Number(0.7),
    range: SettingRange::AboveUpTo(0.0, 10.0),
    help: "distance of the output's target over the output error; weight gradients are divided by it",
};

/// Setting of the noise in feedback learning.
pub(crate) const NOISE: SettingInfo = SettingInfo {
    key: "noise",
    kind: SettingKind::Number,
    default: SettingDefault::Number(0.1),
    range: SettingRange::AboveUpTo(0.0, 10.0),
    help: "standard deviation of the noise under which feedback learns",
};

/// Setting of the rate of feedback learning.
pub(crate) const FEEDBACK_RATE: SettingInfo = SettingInfo {
    key: "feedback_rate",
    kind: SettingKind::Number,
    default: SettingDefault::Number(0.02),
    range: SettingRange::FromTo(0.0, 1.0),
    help: "share of the way to the least of its loss that feedback goes in a step; 0 leaves it as it was drawn",
};

/// Setting of how often feedback learns.
pub(crate) const FEEDBACK_STEPS: SettingInfo = SettingInfo {
    key: "feedback_steps",
    kind: SettingKind::Count,
    default: SettingDefault::Number(5.0),
    range: SettingRange::FromTo(0.0, 1000.0),
    help: "steps of feedback learning after each learning step, on the same batch with new noise",
};

/// The nonlinearity of a block, wherever in it.
pub(crate) fn nonlinearity(block: Block<'_>) -> Activation {
    let mut kinds = block.layers().iter().map(|layer| layer.spec().activation());
    kinds.rfind(|kind| *kind != Activation::Identity).unwrap_or(Activation::Identity)
}

/// What a mirror's weights read of what it is shown at the block's output.
pub(crate) fn read(block: Block<'_>, trace: &BlockTrace, shown: &Tensor<4>) -> Tensor<4> {
    let active = kernels::activate(nonlinearity(block), shown);
    block.layers().iter().zip(&trace.layers).rev().fold(active, |maps, (layer, kept)| match layer.spec() {
        LayerSpec::MaxPool { .. }
        | LayerSpec::AvgPool { .. }
        | LayerSpec::Upsample { .. }
        | LayerSpec::Dropout { .. } => layer.unfinish(&maps, kept),
        LayerSpec::Dense { activation, .. }
        | LayerSpec::Conv { activation, .. }
        | LayerSpec::ConvTransposed { activation, .. }
        | LayerSpec::Activate { activation } => match activation {
            // What was silent stays silent.
            Activation::Relu => layer.unfinish(&maps, kept),
            Activation::Identity
            | Activation::LeakyRelu { .. }
            | Activation::Tanh
            | Activation::Sigmoid
            | Activation::HardSigmoid => maps,
        },
        LayerSpec::BatchNorm | LayerSpec::LayerNorm | LayerSpec::RmsNorm => maps,
    })
}

/// G_l(s_l + step) − G_l(s_l): biases drop out.
pub(crate) fn difference(block: Block<'_>, trace: &BlockTrace, weights: &Tensor<4>, step: &Tensor<4>) -> Tensor<4> {
    let output = trace.output();
    let target = read(block, trace, &kernels::add_scaled(output, 1.0, step));
    block.adjoint_to_input(&kernels::subtract(&target, &read(block, trace, output)), Some(weights))
}

/// Gradients of all blocks, given what brings a block's t_l − s_l down to t_{l−1} − s_{l−1}.
pub(crate) fn toward_targets(
    network: &Network,
    pass: &Pass,
    nudging: f64,
    down: impl Fn(Block<'_>, &BlockTrace, &Tensor<4>) -> Tensor<4>,
) -> Vec<Gradient> {
    let mut gradients = Vec::with_capacity(network.block_count());
    let mut signal = pass.loss.gradient.clone();
    let mut step = kernels::scale(&signal, -nudging);
    for block in network.blocks().rev() {
        let trace = &pass.trace.blocks[block.index()];
        let error = block.adjoint_to_pre(&signal, trace);
        gradients.push(block.adjoint_weight(pass.trace.before(block.index()), &error));
        if block.index() > 0 {
            step = down(block, trace, &step);
            signal = kernels::scale(&step, -1.0 / nudging);
        }
    }
    gradients.reverse();
    gradients
}

/// One block as its mirror meets it in feedback learning: the weights of now, and what the batch left at its input.
#[derive(Clone, Copy)]
pub(crate) struct Mirrored<'a> {
    pub(crate) block: Block<'a>,
    pub(crate) trace: &'a BlockTrace,
    pub(crate) below: &'a Tensor<4>,
}

/// All blocks that have a mirror, from below.
pub(crate) fn mirrored<'a>(network: &'a Network, trace: &'a Trace) -> impl Iterator<Item = Mirrored<'a>> {
    let of =
        |block: Block<'a>| Mirrored { block, trace: &trace.blocks[block.index()], below: trace.before(block.index()) };
    network.blocks().skip(1).map(of)
}

impl Mirrored<'_> {
    /// The block's output for an input, with the dropout masks of the pass.
    pub(crate) fn output(&self, below: &Tensor<4>) -> Tensor<4> {
        self.block.predict(below, BlockMode::Again(self.trace)).output().clone()
    }

    /// What the mirror's weights read of an output.
    pub(crate) fn read(&self, output: &Tensor<4>) -> Tensor<4> {
        read(self.block, self.trace, output)
    }

    /// Mean over the batch of `given` times what was read, in the shape of the mirror's weights.
    pub(crate) fn products(&self, given: &Tensor<4>, read: &Tensor<4>) -> Tensor<4> {
        self.block.adjoint_weight(given, read).weight
    }

    /// What a slope is multiplied by: −rate / κ, given the sum of its squares, what B reads, and what B would answer if it were the slope.
    pub(crate) fn stride(&self, squares: f64, read: &Tensor<4>, answer: &Tensor<4>, rate: f64) -> f64 {
        let samples = read.dims()[0] as f64;
        let [_, height, width] = self.block.pre_activation_shape();
        let meeting = match *self.block.layers()[0].spec() {
            LayerSpec::Conv { kernel, stride, .. } | LayerSpec::ConvTransposed { kernel, stride, .. } => {
                kernel.div_ceil(stride).pow(2)
            }
            LayerSpec::Dense { .. }
            | LayerSpec::Upsample { .. }
            | LayerSpec::Activate { .. }
            | LayerSpec::MaxPool { .. }
            | LayerSpec::AvgPool { .. }
            | LayerSpec::BatchNorm
            | LayerSpec::LayerNorm
            | LayerSpec::RmsNorm
            | LayerSpec::Dropout { .. } => 1,
        };
        let along = kernels::sum_of_squares(answer) / samples / squares;
        let spread = kernels::sum_of_squares(read) / samples * meeting as f64 / (samples * (height * width) as f64);
        let curvature = along + spread;
        // A slope of 0 has no curvature along it.
        if curvature > 0.0 { -rate / curvature } else { 0.0 }
    }
}

/// Normal noise of a shape.
pub(crate) fn noise(network: &Network, like: &Tensor<4>, deviation: f64, rng: &mut Rng) -> Tensor<4> {
    kernels::scale(&kernels::normal_noise(network.place(), like.dims(), rng), deviation)
}
