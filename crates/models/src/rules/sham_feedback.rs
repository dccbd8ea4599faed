//! Sham feedback: feedback alignment's machinery with the forward weights copied into the feedback before each step.
//!
//! ```text
//! B_l := W_l,   then as feedback alignment
//! ```
//!
//! It must equal backpropagation. Where it does not, the machinery of the feedback rules is broken; where a feedback rule
//! equals it, that rule's feedback is not what it claims to be.
//!
//! # Source
//! `xiao2018`, the "sham" variant of the published code.

use super::common::chain::{chained, feedforward, hand_over, one_phase, training_pass};
use super::common::feedback::Feedback;
use super::{
    Budget, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking, Pause, Phase,
    PhaseKind, Reason, Response, RuleEntry, RuleError, Source, StepReport, Task, Trainee, Transport,
};
use crate::{Batch, Loss, Named, Network, Rng, Tensor};

const ID: &str = "sham_feedback";

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["sham"],
    title: "Sham feedback",
    family: Family::Control,
    summary: "Feedback alignment whose feedback is set to the forward weights before each step: equal to backpropagation.",
    claims: Claims {
        gradient: GradientClaim::Exact,
        transport: Transport::Full,
        error_path: ErrorPath::Chained,
        locking: Locking::Full,
        pause: Pause::Sweep,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "error chained through copies of the weights of all higher layers",
        signed_error: true,
        stores: "activity of all layers",
        parallel: false,
        needs_targets: true,
    },
    source: Source { key: "xiao2018", place: "sham variant of the published code" },
    departures: "None.",
    answers: &[Inference::Feedforward],
    settings: &[],
    forward_equivalents: |_, _| 3.0,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |_, setup, _| Ok(Box::new(ShamFeedback { loss: setup.loss })),
};

#[derive(Clone, Debug)]
struct ShamFeedback {
    loss: Loss,
}

impl LearningRule for ShamFeedback {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let pass = training_pass(on, self.loss, batch, rng)?;
        let gradients = {
            // Dropped before the step, so that the optimizer finds the weights unshared.
            let feedback = Feedback::mirror(on.network());
            chained(on.network(), &pass, &feedback.0)
        };
        Ok(StepReport { loss: pass.loss.value, silent: hand_over(on, gradients)? })
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
