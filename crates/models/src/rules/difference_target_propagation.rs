//! Difference target propagation: each block learns toward a target that a feedback network brings down from the output.
//!
//! The feedback network is trained to undo each block, so a target is what the block below should have given for the block's own target to
//! come about. What the mirror fails to undo is taken off again, the same for output and target:
//!
//! ```text
//! t_L = s_L − β ∂loss/∂s_L
//! t_{l−1} = s_{l−1} + G_l(t_l) − G_l(s_l)                     difference = false: t_{l−1} = G_l(t_l)
//! g_l = 1/β · ∂/∂W_l of ½ ‖s_l − t_l‖², mean over the batch
//!
//! G_l(y) = B_lᵀ respond_lᵀ(f_l(y)) + c_l
//! feedback loss of block l = ½ ‖x̃ − G_l(F_l(x̃))‖², mean over the batch;   x̃ = s_{l−1} + ξ, ξ normal of deviation `noise`
//! ```
//!
//! Under white noise around 0 alone a linear mirror tends to the pseudo-inverse of W_l, so that targets take the path of a Gauss–Newton step: exactly
//! for the block below a linear output, deeper only where the blocks between can be inverted. What a block hardly passes on, its mirror amplifies:
//! targets can grow on their way down by orders of magnitude. `common::targets` has the mirrors' details, and how they learn.
//!
//! # Shapes
//! B_l as W_l, `[out, in, k, k]`; c_l `[1, c, 1, 1]`, one number a channel (unit) of the block's input; none for the first block.
//!
//! # Errors
//! [`RuleError::NotFinite`] if feedback diverges.
//!
//! # Source
//! `lee2015`; `ernoult2022` for mirrors of convolutions.

use super::common::chain::{feedforward, hand_over, one_phase, training_pass};
use super::common::feedback::{Feedback, Slot, restore};
use super::common::targets::{self, FEEDBACK_RATE, FEEDBACK_STEPS, Mirrored, NOISE, NUDGING};
use super::{
    Auxiliary, Budget, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking, Pause,
    Phase, PhaseKind, Proposal, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingInfo, SettingKind,
    SettingRange, Source, StepReport, Task, Trainee, Transport,
};
use crate::place::{like, to_f64};
use crate::{Array, Batch, Block, BlockTrace, Loss, Named, Network, Rng, Tensor, Trace, kernels};

const ID: &str = "difference_target_propagation";

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["dtp", "target_propagation"],
    title: "Difference target propagation",
    family: Family::FeedbackPath,
    summary: "A feedback network learns to undo each block from noisy activity, and brings down what the block below \
              should have given.",
    claims: Claims {
        gradient: GradientClaim::Aligned,
        transport: Transport::None,
        error_path: ErrorPath::Chained,
        locking: Locking::Full,
        pause: Pause::Sweep,
        lateral: Lateral::Symmetric,
        mixes_samples: false,
        draws_noise: true,
        third_factor: "a target that came down through learned feedback of all higher blocks; in feedback learning \
                       what was not reconstructed",
        signed_error: true,
        stores: "activity of all blocks; in feedback learning the noisy activity of one block",
        parallel: false,
        needs_targets: true,
    },
    source: Source { key: "lee2015", place: "difference target propagation; ernoult2022's published code for mirrors" },
    departures: "Updates are divided by the nudging, so that a rate means the same as elsewhere. Feedback learns \
                 after the forward weights in each step, by its own rate over the curvature, where the published ones learn before, by an optimizer with a rate for each \
                 layer. The last block has a mirror too, and is trained by its exact gradient. A mirror's \
                 nonlinearity comes before its weights, as in ernoult2022 (lee2015's comes after), so it is linear in \
                 what its weights read. Averages are shared out over their window, where the published code copies \
                 them; normalization is passed by.",
    answers: &[Inference::Feedforward],
    settings: &[
        SettingInfo {
            key: "difference",
            kind: SettingKind::Flag,
            default: SettingDefault::Flag(true),
            range: SettingRange::Either,
            help: "whether what the mirror fails to undo is taken off (no: plain target propagation)",
        },
        FEEDBACK_RATE,
        FEEDBACK_STEPS,
        NOISE,
        NUDGING,
    ],
    forward_equivalents: |settings, _| 3.0 + 4.0 * settings.number("feedback_steps"),
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |settings, setup, rng| {
        let bias = |block: Block<'_>| setup.network.place().zeros([1, block.input_shape()[0], 1, 1]);
        Ok(Box::new(DifferenceTargetPropagation {
            loss: setup.loss,
            difference: settings.flag("difference"),
            nudging: settings.number("nudging"),
            noise: settings.number("noise"),
            rate: settings.number("feedback_rate"),
            steps: settings.count("feedback_steps"),
            weights: Feedback::draw(setup.network, rng),
            biases: setup.network.blocks().skip(1).map(bias).collect(),
        }))
    },
};

#[derive(Clone, Debug)]
struct DifferenceTargetPropagation {
    loss: Loss,
    difference: bool,
    nudging: f64,
    noise: f64,
    rate: f64,
    steps: usize,
    /// B and c of all blocks but the first.
    weights: Feedback,
    biases: Vec<Tensor<4>>,
}

/// Maps with a bias a channel.
fn biased(maps: &Tensor<4>, bias: &Tensor<4>) -> Tensor<4> {
    let [_, channels, height, width] = maps.dims();
    // Written out: recordings know a tensor by where its numbers lie, and a broadcast one has none of its own.
    let offsets: Vec<f64> =
        to_f64(bias).into_iter().flat_map(|value| core::iter::repeat_n(-value, height * width)).collect();
    kernels::shift_and_scale(maps, &like(bias, &offsets, [1, channels, height, width]), 1.0)
}

impl DifferenceTargetPropagation {
    /// t_{l−1} − s_{l−1}.
    fn down(&self, trace: &Trace, block: Block<'_>, own: &BlockTrace, step: &Tensor<4>) -> Tensor<4> {
        let mirror = block.index() - 1;
        let weights = &self.weights.0[mirror];
        if self.difference {
            return targets::difference(block, own, weights, step);
        }
        let read = targets::read(block, own, &kernels::add_scaled(own.output(), 1.0, step));
        let target = biased(&block.adjoint_to_input(&read, Some(weights)), &self.biases[mirror]);
        kernels::subtract(&target, trace.before(block.index()))
    }

    /// Changes of B and c of one block under noise.
    fn changes(&self, network: &Network, own: Mirrored<'_>, rng: &mut Rng) -> [Tensor<4>; 2] {
        let (weights, bias) = (&self.weights.0[own.block.index() - 1], &self.biases[own.block.index() - 1]);
        let noise = targets::noise(network, own.below, self.noise, rng);
        let below = kernels::add_scaled(own.below, 1.0, &noise);
        let read = own.read(&own.output(&below));
        let answer = biased(&own.block.adjoint_to_input(&read, Some(weights)), bias);
        let error = kernels::subtract(&answer, &below);
        let slopes = [own.products(&error, &read), kernels::channel_mean(&error).reshape(bias.dims())];
        let squares = slopes.iter().map(kernels::sum_of_squares).sum();
        let along = biased(&own.block.adjoint_to_input(&read, Some(&slopes[0])), &slopes[1]);
        let stride = own.stride(squares, &read, &along, self.rate);
        slopes.map(|slope| kernels::scale(&slope, stride))
    }

    /// Feedback learns on the batch that left this trace.
    fn learn_feedback(&mut self, on: &mut dyn Trainee, trace: &Trace, rng: &mut Rng) -> Result<(), RuleError> {
        for _ in 0..if self.learns() { self.steps } else { 0 } {
            let network = on.network();
            let all: Vec<_> = targets::mirrored(network, trace).map(|own| self.changes(network, own, rng)).collect();
            let pairs = self.weights.0.iter_mut().zip(&mut self.biases).zip(all);
            let own = pairs.flat_map(|((weights, bias), [at_weights, at_bias])| {
                [Auxiliary::Own { value: weights, change: at_weights }, Auxiliary::Own { value: bias, change: at_bias }]
            });
            on.apply(Proposal::Auxiliary(own.collect()))?;
        }
        Ok(())
    }

    fn learns(&self) -> bool {
        self.rate > 0.0 && self.steps > 0
    }

    fn bias_name(position: usize) -> String {
        format!("feedback_bias_{position:02}")
    }
}

impl LearningRule for DifferenceTargetPropagation {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let pass = training_pass(on, self.loss, batch, rng)?;
        let down = |block: Block<'_>, own: &BlockTrace, step: &Tensor<4>| self.down(&pass.trace, block, own, step);
        let gradients = targets::toward_targets(on.network(), &pass, self.nudging, down);
        let silent = hand_over(on, gradients)?;
        self.learn_feedback(on, &pass.trace, rng)?;
        Ok(StepReport { loss: pass.loss.value, silent })
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        feedforward(ID, network, inputs, inference)
    }

    fn supports(&self, _: Task, _: &Network) -> Result<(), Reason> {
        Ok(())
    }

    fn claims(&self, listed: Claims) -> Claims {
        Claims { draws_noise: self.learns(), ..listed }
    }

    fn parameters(&self) -> Named {
        let biases = self.biases.iter().enumerate().map(|(at, bias)| (Self::bias_name(at), Array::of(bias)));
        self.weights.named().into_iter().chain(biases).collect()
    }

    fn restore(&mut self, saved: &Named) -> Result<(), RuleError> {
        let weights = self.weights.0.iter_mut().enumerate().map(|(at, weights)| (Feedback::name(at), weights));
        let biases = self.biases.iter_mut().enumerate().map(|(at, bias)| (Self::bias_name(at), bias));
        let mut slots: Vec<_> = weights.chain(biases).collect();
        restore(ID, saved, slots.iter_mut().map(|(name, value)| (name.as_str(), Slot::Weight(value))).collect())
    }

    fn copy(&self) -> Box<dyn LearningRule> {
        Box::new(self.clone())
    }
}
