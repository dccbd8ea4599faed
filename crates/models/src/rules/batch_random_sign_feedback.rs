//! Batchwise random sign feedback: the way back has the signs of the forward weights, and other sizes in every step.
//!
//! ```text
//! B_l = |M_l| ⊙ sign(W_l),  sign(0) = 0;      M_l drawn anew in each step, as forward weights are drawn
//! δ_l = f′(z_l) ⊙ B_{l+1}ᵀ δ_{l+1},  g_l = mean over the batch of δ_l h_{l−1}ᵀ
//! ```
//!
//! Behind k layers of independent normal weights the error lies at an angle of cosine (2/π)^k to the true one.
//!
//! # Shapes
//! B_l and M_l as W_l, `[out, in, k, k]`; there is none for the first block, where it would never be used.
//!
//! # Source
//! `liao2016`.

use super::common::chain::{chained, feedforward, hand_over, one_phase, training_pass};
use super::common::feedback::Feedback;
use super::{
    Budget, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking, Pause, Phase,
    PhaseKind, Reason, Response, RuleEntry, RuleError, Source, StepReport, Task, Trainee, Transport,
};
use crate::{Batch, Loss, Named, Network, Rng, Tensor};

const ID: &str = "batch_random_sign_feedback";

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["brsf"],
    title: "Batchwise random sign feedback",
    family: Family::FeedbackPath,
    summary: "Backpropagation in which weights of the forward weights' signs, their sizes drawn anew for each batch, carry the error back.",
    claims: Claims {
        gradient: GradientClaim::Aligned,
        transport: Transport::Sign,
        error_path: ErrorPath::Chained,
        locking: Locking::Full,
        pause: Pause::Sweep,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: true,
        third_factor: "error chained through random weights with the signs of the weights of all higher layers",
        signed_error: true,
        stores: "activity of all layers",
        parallel: false,
        needs_targets: true,
    },
    source: Source { key: "liao2016", place: "brSF, batchwise random magnitude sign-concordant feedbacks" },
    departures: "M is normal with the forward initializer's variance (He before rectifiers, Glorot elsewhere), where published \
                 code draws uniformly; neither batch normalization nor updates of one size are added, which the paper found \
                 needed on its tasks.",
    answers: &[Inference::Feedforward],
    settings: &[],
    forward_equivalents: |_, _| 3.0,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |_, setup, _| Ok(Box::new(BatchRandomSignFeedback { loss: setup.loss })),
};

#[derive(Clone, Debug)]
struct BatchRandomSignFeedback {
    loss: Loss,
}

impl LearningRule for BatchRandomSignFeedback {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let pass = training_pass(on, self.loss, batch, rng)?;
        // Drawn after the dropout masks, which come first in every rule.
        let feedback = Feedback::noise(on.network(), rng).with_signs_of(on.network());
        let gradients = chained(on.network(), &pass, &feedback.0);
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
