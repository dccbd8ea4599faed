//! Fixed random sign feedback: the way back has the signs of the forward weights, and sizes that were drawn once.
//!
//! ```text
//! B_l = |M_l| ⊙ sign(W_l),  sign(0) = 0;      M_l drawn once, as forward weights are drawn
//! δ_l = f′(z_l) ⊙ B_{l+1}ᵀ δ_{l+1},  g_l = mean over the batch of δ_l h_{l−1}ᵀ
//! ```
//!
//! A forward weight that changes its sign changes that of its feedback. Saved parameters hold M, whose own signs mean
//! nothing: whoever compares it with W in place of |M| ⊙ sign(W) reads 90° whatever happens.
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

const ID: &str = "fixed_random_sign_feedback";

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["frsf"],
    title: "Fixed random sign feedback",
    family: Family::FeedbackPath,
    summary: "Backpropagation in which weights of the forward weights' signs and of fixed random sizes carry the error back.",
    claims: Claims {
        gradient: GradientClaim::Aligned,
        transport: Transport::Sign,
        error_path: ErrorPath::Chained,
        locking: Locking::Full,
        pause: Pause::Sweep,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "error chained through fixed random weights with the signs of the weights of all higher layers",
        signed_error: true,
        stores: "activity of all layers",
        parallel: false,
        needs_targets: true,
    },
    source: Source { key: "liao2016", place: "frSF, fixed random magnitude sign-concordant feedbacks" },
    departures: "M is normal with the forward initializer's variance (He before rectifiers, Glorot elsewhere), where published \
                 code draws uniformly; neither batch normalization nor updates of one size are added, which the paper found \
                 needed on its tasks.",
    answers: &[Inference::Feedforward],
    settings: &[],
    forward_equivalents: |_, _| 3.0,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |_, setup, rng| {
        let magnitudes = Feedback::draw(setup.network, rng);
        Ok(Box::new(FixedRandomSignFeedback { loss: setup.loss, magnitudes }))
    },
};

#[derive(Clone, Debug)]
struct FixedRandomSignFeedback {
    loss: Loss,
    /// M; its signs are never looked at.
    magnitudes: Feedback,
}

impl LearningRule for FixedRandomSignFeedback {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let pass = training_pass(on, self.loss, batch, rng)?;
        let feedback = self.magnitudes.with_signs_of(on.network());
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
        self.magnitudes.named()
    }

    fn restore(&mut self, saved: &Named) -> Result<(), RuleError> {
        self.magnitudes.restore(ID, saved)
    }

    fn copy(&self) -> Box<dyn LearningRule> {
        Box::new(self.clone())
    }
}
