//! Direct feedback alignment: the output error reaches every hidden layer in one hop, through fixed random weights.
//!
//! ```text
//! δ_L = respond_L*(e)
//! δ_l = respond_l*(B_lᵀ e)                     B_lᵀ e stands where backpropagation has ∂loss/∂(output of block l)
//! g_l = mean over the batch of δ_l h_{l−1}ᵀ
//! ```
//!
//! The signal enters at the *output of the block*: after pooling, normalization and dropout where a block has these, and
//! is passed back through them to the pre-activation. The last layer is trained by its exact gradient.
//!
//! # Shapes
//! B_l `[outputs, c · h · w of block l's output, 1, 1]`.
//!
//! # Source
//! `nokland2016`, equation 6.

use super::common::chain::{feedforward, hand_over, one_phase, training_pass};
use super::common::feedback::{Feedback, flat};
use super::{
    Budget, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking, Pause, Phase,
    PhaseKind, Reason, Response, RuleEntry, RuleError, Source, StepReport, Task, Trainee, Transport,
};
use crate::{Batch, Loss, Named, Network, Rng, Tensor};

const ID: &str = "direct_feedback_alignment";

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["dfa"],
    title: "Direct feedback alignment",
    family: Family::FeedbackPath,
    summary: "The output error reaches each hidden layer directly, through fixed random weights of its own.",
    claims: Claims {
        gradient: GradientClaim::Aligned,
        transport: Transport::None,
        error_path: ErrorPath::Direct,
        locking: Locking::UntilOutput,
        pause: Pause::Sweep,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "output error through fixed random weights of the layer's own",
        signed_error: true,
        stores: "activity of all layers",
        parallel: true,
        needs_targets: true,
    },
    source: Source { key: "nokland2016", place: "equation 6" },
    departures: "Feedback is normal with Glorot's variance, 2 / (outputs + units), where the paper draws it uniformly \
                 within one over the root of the fan-out. In convolutional networks the signal enters after pooling.",
    answers: &[Inference::Feedforward],
    settings: &[],
    forward_equivalents: |_, _| 2.0,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |_, setup, rng| {
        Ok(Box::new(DirectFeedbackAlignment { loss: setup.loss, feedback: Feedback::direct(setup.network, rng) }))
    },
};

#[derive(Clone, Debug)]
struct DirectFeedbackAlignment {
    loss: Loss,
    /// One per hidden block.
    feedback: Feedback,
}

impl LearningRule for DirectFeedbackAlignment {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let pass = training_pass(on, self.loss, batch, rng)?;
        let gradients = self.feedback.in_one_hop(on.network(), &pass, &flat(&pass.loss.gradient));
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
