//! Modulated input (PEPITA): the output error is added to the input, and each synapse learns from what a second forward
//! pass of the modulated input does to its unit.
//!
//! ```text
//! pass 1    h_0 = x,        h_l  = block_l(h_{l−1}),   e = ∂loss/∂h_L  (softmax(h_L) − one-hot, or h_L − t)
//! pass 2    h'_0 = x + F e, h'_l = block_l(h'_{l−1}),  same dropout masks
//! hidden    g_l = mean over the batch and over positions of (a_l − a'_l) h'_{l−1}ᵀ
//! output    g_L = mean over the batch of respond_L*(e) h'_{L−1}ᵀ
//! ```
//!
//! Biases learn from the same products with 1 in the place of h'. a_l is the activity of block l *at the size of its
//! pre-activation*: after nonlinearity, normalization and dropout, before the first layer that pools or enlarges. h_l, what
//! the next block reads, is the block's output. Dense blocks have one position.
//!
//! For small F, `a_l − a'_l = −J_l ⋯ J_1 F e + O(‖F e‖²)`: the rule is feedback alignment in one hop whose feedback −J_l ⋯ J_1 F
//! follows the forward weights. F is symmetric around 0, so the other sign of F is as good: no choice of sign helps or
//! hurts. The last layer's update differs from the gradient only through h'_{L−1}, by O(‖F e‖).
//!
//! **Max pooling below a hidden block makes the rule unstable.** Where a map is flat (a plain background), the largest of
//! several pre-activations rises under any small change of the input, whatever its sign; the change that comes up is then
//! the same for all samples, agrees with the activity it multiplies, and weights above grow from step to step until training
//! diverges. With average pooling or strides in its place the same network stays stable. The published convolutional
//! networks have nothing but the last layer above their pooling.
//!
//! # Shapes
//! F `[c · h · w of the input, outputs, 1, 1]`, fixed, saved as `projection`.
//!
//! # Source
//! `dellaferrera2022`, algorithm 1; `srinivasan2023` for the closed form.

use super::common::chain::{Pass, feedforward, hand_over, one_phase, training_pass};
use super::common::feedback::{Slot, restore};
use super::common::probe::without_batch_statistics;
use super::{
    Budget, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking, Pause, Phase,
    PhaseKind, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingInfo, SettingKind, SettingRange, Source,
    StepReport, Task, Trainee, Transport,
};
use crate::rng::uniform;
use crate::{Array, Batch, Block, BlockTrace, Gradient, LayerSpec, Loss, Named, Network, Rng, Tensor, Trace, kernels};

const ID: &str = "modulated_input";

const PROJECTION: &str = "projection";

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["pepita"],
    title: "Modulated input (PEPITA)",
    family: Family::Perturbation,
    summary: "The output error is added to the input; each synapse learns from how its unit changes in a second pass.",
    claims: Claims {
        gradient: GradientClaim::Approximate,
        transport: Transport::None,
        error_path: ErrorPath::Input,
        locking: Locking::UntilOutput,
        pause: Pause::SecondPass,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "difference of the unit's own activity between two passes; output error in the last layer",
        signed_error: true,
        stores: "activity of the first pass",
        parallel: false,
        needs_targets: true,
    },
    source: Source { key: "dellaferrera2022", place: "algorithm 1" },
    departures: "Biases are trained, where the published networks have none. The last layer learns from the error of the \
                 first pass, as in the algorithm; the published code takes that of the second. Convolutions average over \
                 positions, as the published code does; a last layer that is a convolution sums. Dropout masks count \
                 once, where one published version multiplies by them twice. Inputs are left as they are, where that \
                 version changes them in place. Batch normalization is refused. Hidden blocks above max pooling can diverge.",
    answers: &[Inference::Feedforward],
    settings: &[SettingInfo {
        key: "projection_scale",
        kind: SettingKind::Number,
        default: SettingDefault::Number(0.05),
        range: SettingRange::AboveUpTo(0.0, 100.0),
        help: "the projection of the error to the input is uniform within this times √(6 / inputs)",
    }],
    forward_equivalents: |_, _| 3.0,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |settings, setup, rng| {
        let projection = draw(setup.network, settings.number("projection_scale"), rng);
        Ok(Box::new(ModulatedInput { loss: setup.loss, projection }))
    },
};

#[derive(Clone, Debug)]
struct ModulatedInput {
    loss: Loss,
    projection: Tensor<4>,
}

/// F, uniform within ± scale · √(6 / inputs).
fn draw(network: &Network, scale: f64, rng: &mut Rng) -> Tensor<4> {
    let inputs: usize = network.spec().input.iter().product();
    let outputs: usize = network.output_shape().iter().product();
    let limit = scale * libm::sqrt(6.0 / inputs as f64);
    let values: Vec<f64> = (0..inputs * outputs).map(|_| limit * (2.0 * uniform(rng) - 1.0)).collect();
    network.place().tensor(&values, [inputs, outputs, 1, 1])
}

/// a_l: the last activity of the block that has the size of its pre-activation.
fn unpooled<'a>(block: Block<'_>, trace: &'a BlockTrace) -> &'a Tensor<4> {
    let same = block.layers().iter().take_while(|layer| match layer.spec() {
        LayerSpec::MaxPool { .. } | LayerSpec::AvgPool { .. } | LayerSpec::Upsample { .. } => false,
        LayerSpec::Dense { .. }
        | LayerSpec::Conv { .. }
        | LayerSpec::ConvTransposed { .. }
        | LayerSpec::Activate { .. }
        | LayerSpec::BatchNorm
        | LayerSpec::LayerNorm
        | LayerSpec::RmsNorm
        | LayerSpec::Dropout { .. } => true,
    });
    &trace.layers[same.count() - 1].activation
}

impl ModulatedInput {
    /// x + F e.
    fn modulated(&self, inputs: &Tensor<4>, error: &Tensor<4>) -> Tensor<4> {
        let projected = kernels::dense(error, &self.projection, None);
        kernels::add_scaled(inputs, 1.0, &projected.reshape(inputs.dims()))
    }

    fn gradients(&self, network: &Network, pass: &Pass) -> Result<Vec<Gradient>, RuleError> {
        let inputs = self.modulated(&pass.trace.inputs, &pass.loss.gradient);
        let second = network.forward_with(&inputs, &pass.trace)?;
        let gradient = |block: Block<'_>| {
            let error = match block.index() + 1 == network.block_count() {
                true => block.adjoint_to_pre(&pass.loss.gradient, &pass.trace.blocks[block.index()]),
                false => change(block, &pass.trace, &second),
            };
            block.adjoint_weight(second.before(block.index()), &error)
        };
        Ok(network.blocks().map(gradient).collect())
    }
}

/// a_l − a'_l, divided by the number of positions, over which the weight adjoint sums.
fn change(block: Block<'_>, first: &Trace, second: &Trace) -> Tensor<4> {
    let [first, second] = [first, second].map(|trace| unpooled(block, &trace.blocks[block.index()]));
    let [_, height, width] = block.pre_activation_shape();
    let change = kernels::subtract(first, second);
    if height * width == 1 { change } else { kernels::scale(&change, 1.0 / (height * width) as f64) }
}

impl LearningRule for ModulatedInput {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let pass = training_pass(on, self.loss, batch, rng)?;
        let gradients = self.gradients(on.network(), &pass)?;
        Ok(StepReport { loss: pass.loss.value, silent: hand_over(on, gradients)? })
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        feedforward(ID, network, inputs, inference)
    }

    fn supports(&self, _: Task, network: &Network) -> Result<(), Reason> {
        without_batch_statistics(network)
    }

    fn parameters(&self) -> Named {
        [(PROJECTION.to_owned(), Array::of(&self.projection))].into()
    }

    fn restore(&mut self, saved: &Named) -> Result<(), RuleError> {
        restore(ID, saved, vec![(PROJECTION, Slot::Weight(&mut self.projection))])
    }

    fn copy(&self) -> Box<dyn LearningRule> {
        Box::new(self.clone())
    }
}
