//! Free and clamped phases: states settle freely, then again with the output held, and each synapse learns from the difference.
//!
//! ```text
//! free phase      T steps from s = 0                                            → s⁰
//! clamped phase   K steps from s⁰, the output held at s_L⁰ + β (y − s_L⁰)       → s*
//! g_l = −mean (a_l* r_{l−1}*ᵀ − a_l⁰ r_{l−1}⁰ᵀ) / β
//! ```
//!
//! Equilibrium propagation pushes the output with a force β (y − s_L) and lets it give way; here it is moved by β (y − s_L), whatever
//! force that takes. With χ = ∂s_L/∂(a force on the output) the force is β χ⁻¹ (y − s_L), so that for β → 0 *at the fixed point* g is
//! the gradient of the settled output weighted by χ⁻¹ (s_L − y) where that of the squared error weights it by s_L − y. The two differ
//! where χ is not the identity: where the output also hears itself through the layers below.
//!
//! The output settles with the rest under either loss, and its targets are codes or pictures; cross-entropy is only reported.

use super::chain::{feedforward, hand_over, one_phase};
use super::equilibrium::{Dynamics, Form};
use super::error::{Reason, RuleError};
use super::free::{self, Free};
use crate::kernels;
use crate::rules::{Budget, Inference, LearningRule, Phase, PhaseKind, Reach, Response, StepReport, Task, Trainee};
use crate::{Batch, Loss, Mode, Named, Network, Rng, Tensor};

/// Whether or not the output settles does not depend on the loss.
const SETTLED: Loss = Loss::SquaredError;

/// A rule of a free and a clamped phase.
#[derive(Clone, Debug)]
pub(crate) struct Clamped {
    /// The rule's id.
    pub id: &'static str,
    /// What is reported.
    pub loss: Loss,
    /// β: the share of the way to the target.
    pub strength: f64,
    /// Steps of the free phase.
    pub free_steps: usize,
    /// Steps of the clamped phase.
    pub clamped_steps: usize,
}

impl Clamped {
    fn free(&self) -> Free {
        Free { loss: SETTLED, form: Form::Prototypical, steps: self.free_steps }
    }
}

impl LearningRule for Clamped {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let network = on.network();
        let forward = network.forward(&batch.inputs, Mode::Train(rng))?;
        let dynamics = Dynamics::new(network, &forward, SETTLED, Form::Prototypical);
        let free = dynamics.settle(dynamics.rest(), self.free_steps, None)?;
        let answer = dynamics.output(&free.states);
        let loss = self.loss.evaluate(&answer, &batch.targets)?.value;
        if !loss.is_finite() {
            return Err(RuleError::NotFinite { what: "loss", layer: None });
        }
        let target = batch.targets.as_outputs(&answer)?;
        let held = kernels::add_scaled(&answer, self.strength, &kernels::subtract(&target, &answer));
        let clamped = dynamics.settle_clamped(free.states.clone(), self.clamped_steps, &held)?;
        let gradients = dynamics.contrast(&clamped, &free.states, self.strength);
        Ok(StepReport { loss, silent: hand_over(on, gradients)? })
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        match inference {
            Inference::Feedforward => feedforward(self.id, network, inputs, inference),
            Inference::Settled => self.free().respond(network, inputs),
        }
    }

    fn evidence(
        &self,
        network: &Network,
        inputs: &Tensor<4>,
        inference: Inference,
        reach: Reach,
    ) -> Result<Tensor<4>, RuleError> {
        match inference {
            Inference::Feedforward => Ok(self.respond(network, inputs, inference)?.output),
            Inference::Settled => self.free().evidence(network, inputs, reach),
        }
    }

    fn supports(&self, _: Task, network: &Network) -> Result<(), Reason> {
        free::supports(network, SETTLED)
    }

    fn parameters(&self) -> Named {
        Named::new()
    }

    fn restore(&mut self, saved: &Named) -> Result<(), RuleError> {
        super::feedback::restore(self.id, saved, Vec::new())
    }

    fn copy(&self) -> Box<dyn LearningRule> {
        Box::new(self.clone())
    }
}
