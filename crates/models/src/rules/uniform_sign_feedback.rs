//! Uniform sign feedback: backpropagation whose way back knows the signs of the forward weights and nothing else.
//!
//! ```text
//! B_l = c_l sign(W_l),  sign(0) = 0,  c_l = √(2 / (fan in + fan out));      worked out anew in each step
//! δ_l = f′(z_l) ⊙ B_{l+1}ᵀ δ_{l+1},  g_l = mean over the batch of δ_l h_{l−1}ᵀ
//! ```
//!
//! Behind k layers of independent normal weights the error lies at an angle of cosine (2/π)^(k/2) to the true one.
//!
//! # Shapes
//! B_l as W_l, `[out, in, k, k]`; there is none for the first block, where it would never be used.
//!
//! # Source
//! `liao2016`, where c = 1; the published code of `xiao2018` and later libraries scale the signs.

use super::common::chain::{chained, feedforward, hand_over, one_phase, training_pass};
use super::common::feedback::Feedback;
use super::{
    Budget, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking, Pause, Phase,
    PhaseKind, Reason, Response, RuleEntry, RuleError, Source, StepReport, Task, Trainee, Transport,
};
use crate::{Batch, Loss, Named, Network, Rng, Tensor};

const ID: &str = "uniform_sign_feedback";

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["usf"],
    title: "Uniform sign feedback",
    family: Family::FeedbackPath,
    summary: "Backpropagation in which weights of the forward weights' signs and of one size carry the error back.",
    claims: Claims {
        gradient: GradientClaim::Aligned,
        transport: Transport::Sign,
        error_path: ErrorPath::Chained,
        locking: Locking::Full,
        pause: Pause::Sweep,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "error chained through the signs of the weights of all higher layers",
        signed_error: true,
        stores: "activity of all layers",
        parallel: false,
        needs_targets: true,
    },
    source: Source { key: "liao2016", place: "uSF, uniform sign-concordant feedbacks" },
    departures: "The paper's feedback is the sign itself, with batch normalization or updates of one size, which it found \
                 needed on its tasks; here \
                 the signs are multiplied by sqrt(2 / (fan in + fan out)), as in later code, and no normalization is \
                 added.",
    answers: &[Inference::Feedforward],
    settings: &[],
    forward_equivalents: |_, _| 3.0,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |_, setup, _| Ok(Box::new(UniformSignFeedback { loss: setup.loss })),
};

#[derive(Clone, Debug)]
struct UniformSignFeedback {
    loss: Loss,
}

impl LearningRule for UniformSignFeedback {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let pass = training_pass(on, self.loss, batch, rng)?;
        // Made anew in each step, and dropped before the next: the signs follow the weights.
        let feedback = Feedback::uniform_signs(on.network());
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
