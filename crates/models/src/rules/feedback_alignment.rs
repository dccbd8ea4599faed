//! Feedback alignment: backpropagation with fixed random feedback in place of the transposed weights.
//!
//! The forward pass is ordinary. Going back, the error of layer l+1 reaches layer l through a matrix that was drawn once
//! and is never learned, so no synapse needs to know another's weight:
//!
//! ```text
//! δ_L = e
//! δ_l = f′(z_l) ⊙ B_{l+1}ᵀ δ_{l+1}            backpropagation has W where this has B
//! g_l = mean over the batch of δ_l h_{l−1}ᵀ
//! ```
//!
//! In a convolution, B takes the kernel's place in the input adjoint only; the weight gradient is unchanged. Pooling,
//! normalization and dropout are passed backward as they were passed forward.
//!
//! # Shapes
//! B_l as W_l, `[out, in, k, k]`; there is none for the first block, where it would never be used.
//!
//! # Source
//! `lillicrap2016`, equation 2 and Methods.

use super::common::chain::{chained, feedforward, hand_over, one_phase, training_pass};
use super::common::feedback::Feedback;
use super::{
    Budget, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking, Pause, Phase,
    PhaseKind, Reason, Response, RuleEntry, RuleError, Source, StepReport, Task, Trainee, Transport,
};
use crate::{Batch, Loss, Named, Network, Rng, Tensor};

const ID: &str = "feedback_alignment";

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["fa"],
    title: "Feedback alignment",
    family: Family::FeedbackPath,
    summary: "Backpropagation in which fixed random weights carry the error back.",
    claims: Claims {
        gradient: GradientClaim::Aligned,
        transport: Transport::None,
        error_path: ErrorPath::Chained,
        locking: Locking::Full,
        pause: Pause::Sweep,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "error chained through fixed random weights of all higher layers",
        signed_error: true,
        stores: "activity of all layers",
        parallel: false,
        needs_targets: true,
    },
    source: Source { key: "lillicrap2016", place: "equation 2 and Methods" },
    departures: "Feedback is normal with the forward initializer's variance (He before rectifiers, Glorot elsewhere), \
                 where the paper draws it uniformly; biases are trained with the same error, and the paper's linear \
                 network has none.",
    answers: &[Inference::Feedforward],
    settings: &[],
    forward_equivalents: |_, _| 3.0,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |_, setup, rng| {
        Ok(Box::new(FeedbackAlignment { loss: setup.loss, feedback: Feedback::draw(setup.network, rng) }))
    },
};

#[derive(Clone, Debug)]
struct FeedbackAlignment {
    loss: Loss,
    feedback: Feedback,
}

impl LearningRule for FeedbackAlignment {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let pass = training_pass(on, self.loss, batch, rng)?;
        let gradients = chained(on.network(), &pass, &self.feedback.0);
        Ok(StepReport { loss: pass.loss.value, silent: hand_over(on, gradients)? })
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        feedforward(ID, network, inputs, inference)
    }

    fn supports(&self, _: Task, _: &Network) -> Result<(), Reason> {
        Ok(())
    }

    fn parameters(&self) -> Named {
        self.feedback.named()
    }

    fn restore(&mut self, saved: &Named) -> Result<(), RuleError> {
        self.feedback.restore(ID, saved)
    }

    fn copy(&self) -> Box<dyn LearningRule> {
        Box::new(self.clone())
    }
}
