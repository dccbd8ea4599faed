//! Zero-divergence inference learning (Z-IL): strict predictive coding whose weights learn at the one tick at which the
//! wave of error from the output passes them. It is exactly backpropagation.
//!
//! States are activations, one per block, as in `predictive_coding`; t counts ticks:
//!
//! ```text
//! start:       x_l = μ_l (forward pass, all hidden ε = 0);  ε_L = −∂loss/∂μ_L
//! tick t = 0 .. L−1, l = L − t:
//!   learns:    g_l = −mean over the batch of respond_l*(ε_l) x_{l−1}ᵀ                    block l only
//!   moves:     x_{l−1} ← x_{l−1} + γ (−ε_{l−1} + J_lᵀ ε_l)             with the weights before they learned
//! ```
//!
//! The quantity that travels is the error at a block's *output*. When it arrives at block l, that block's state has moved
//! once and nothing below it ever has, so ε_{l−1} was 0, μ_l and the slopes of the whole block (nonlinearity, pooling,
//! normalization) are those of the forward pass, and ε_l = x_l − μ_l = γ J_{l+1}ᵀ ε_{l+1}. With γ = 1 that is
//! −∂loss/∂μ_l, hence g_l the gradient; with another γ the update is γ^(L−l) times the gradient: its direction is right and
//! its size is not. The three conditions (errors 0 at the start, γ = 1, the order of the ticks) are each necessary.
//!
//! Behind the wave strict predictive coding goes on moving states. No update depends on them any more, so they are not
//! computed; a test runs the whole dynamics and finds the same bits.
//!
//! This is backpropagation by another schedule: whoever reports it as predictive coding must say so.
//!
//! # Shapes
//! x_l, ε_l `[n, c, h, w]` of block l's output.
//!
//! # Source
//! `song2020`; `salvatori2022` for convolutions.

use super::common::chain::{feedforward, is_zero, one_phase, training_pass};
use super::{
    Budget, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking, Pause, Phase,
    PhaseKind, Proposal, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingInfo, SettingKind,
    SettingRange, Source, StepReport, Task, Trainee, Transport,
};
use crate::kernels;
use crate::{Batch, Loss, Named, Network, Rng, Tensor};

const ID: &str = "zero_divergence_inference";

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["zil", "z_il"],
    title: "Zero-divergence inference learning",
    family: Family::Energy,
    summary: "Predictive coding in which each layer learns at the one tick at which the error passes it: exactly \
              backpropagation.",
    claims: Claims {
        gradient: GradientClaim::Exact,
        transport: Transport::Full,
        error_path: ErrorPath::Settled,
        locking: Locking::Full,
        pause: Pause::Sweep,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "prediction error of the own layer, and the tick at which to learn",
        signed_error: true,
        stores: "states, which persist until the error has passed, and a clock outside the network",
        parallel: false,
        needs_targets: true,
    },
    source: Source { key: "song2020", place: "the algorithm Z-IL; convolutions as in salvatori2022" },
    departures: "States are activations, not pre-activations. States behind the wave of error, on which no update depends, \
                 are not computed. state_step other than 1 breaks the equality, and is there to show that.",
    answers: &[Inference::Feedforward],
    settings: &[SettingInfo {
        key: "state_step",
        kind: SettingKind::Number,
        default: SettingDefault::Number(1.0),
        range: SettingRange::AboveUpTo(0.0, 2.0),
        help: "step size of the states; the update of block l of L is state_step^(L-l) times the gradient",
    }],
    forward_equivalents: |_, _| 3.0,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |settings, setup, _| {
        Ok(Box::new(ZeroDivergenceInference { loss: setup.loss, step: settings.number("state_step") }))
    },
};

#[derive(Clone, Debug)]
struct ZeroDivergenceInference {
    loss: Loss,
    /// γ.
    step: f64,
}

impl LearningRule for ZeroDivergenceInference {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let pass = training_pass(on, self.loss, batch, rng)?;
        let count = on.network().block_count();
        let mut silent = Vec::new();
        // −ε_l, so that it has the sign of the gradient.
        let mut error = pass.loss.gradient.clone();
        for index in (0..count).rev() {
            let block = on.network().block(index);
            let below = pass.trace.before(index);
            let slope = block.adjoint_to_pre(&error, &pass.trace.blocks[index]);
            let gradient = block.adjoint_weight(below, &slope);
            if index > 0 {
                // The state below moves before this block learns; its prediction, `below`, stays.
                let state = kernels::add_scaled(below, -self.step, &block.adjoint_to_input(&slope, None));
                error = kernels::subtract(below, &state);
            }
            if is_zero(&gradient) {
                silent.insert(0, index);
            }
            let mut gradients = vec![None; count];
            gradients[index] = Some(gradient);
            on.apply(Proposal::Gradient(gradients))?;
        }
        Ok(StepReport { loss: pass.loss.value, silent })
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        feedforward(ID, network, inputs, inference)
    }

    fn supports(&self, _: Task, _: &Network) -> Result<(), Reason> {
        Ok(())
    }

    fn parameters(&self) -> Named {
        Named::new()
    }

    fn restore(&mut self, saved: &Named) -> Result<(), RuleError> {
        super::common::feedback::restore(ID, saved, Vec::new())
    }

    fn copy(&self) -> Box<dyn LearningRule> {
        Box::new(self.clone())
    }
}
