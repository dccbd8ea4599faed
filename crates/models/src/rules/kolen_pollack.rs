//! Kolen–Pollack: feedback weights that are learned by the same local product as the forward weights.
//!
//! Error and activity meet at the forward synapse and, in reverse roles, at the feedback synapse; both learn from the
//! product and both decay, so whatever they differed by fades:
//!
//! ```text
//! δ_l = f′(z_l) ⊙ B_{l+1}ᵀ δ_{l+1}
//! W_l ← λ W_l − η δ_l h_{l−1}ᵀ
//! B_l ← λ B_l − η δ_l h_{l−1}ᵀ                 (kept in W's orientation here)
//! W_l − B_l at time t = λᵗ (W_l − B_l at time 0)
//! ```
//!
//! With λ = 1 (no weight decay) the difference stays, and the angle falls only as far as the weights grow: **give the
//! optimizer weight decay**. The law holds for gradient descent with or without momentum (the difference then follows the
//! momentum recursion of the decay alone) and for decay apart from the gradient (AdamW: λ = 1 − η·decay). It does not hold
//! for Adam with decay inside the gradient, whose moments see different decays of W and B.
//!
//! # Shapes
//! B_l as W_l, `[out, in, k, k]`; none for the first block.
//!
//! # Source
//! `kolen1994`; `akrout2019`, equations 16 to 18.

use super::common::chain::{chained, feedforward, hand_over, one_phase, training_pass};
use super::common::feedback::Feedback;
use super::{
    Budget, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking, Pause, Phase,
    PhaseKind, Reason, Response, RuleEntry, RuleError, Source, StepReport, Task, Trainee, Transport,
};
use crate::{Batch, Loss, Named, Network, Rng, Tensor};

const ID: &str = "kolen_pollack";

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["kp"],
    title: "Kolen–Pollack",
    family: Family::FeedbackPath,
    summary: "Feedback weights learn by the same product and decay as the forward weights, so both become equal.",
    claims: Claims {
        gradient: GradientClaim::Aligned,
        transport: Transport::None,
        error_path: ErrorPath::Chained,
        locking: Locking::Full,
        pause: Pause::Sweep,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "error chained through learned feedback weights of all higher layers",
        signed_error: true,
        stores: "activity of all layers",
        parallel: false,
        needs_targets: true,
    },
    source: Source { key: "akrout2019", place: "equations 16 to 18; after kolen1994" },
    departures: "Any optimizer may be used: feedback has a group of its own with the same settings. Decay is the \
                 optimizer's and falls on biases too. Feedback starts normal with the forward initializer's variance.",
    answers: &[Inference::Feedforward],
    settings: &[],
    forward_equivalents: |_, _| 3.0,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |_, setup, rng| {
        Ok(Box::new(KolenPollack { loss: setup.loss, feedback: Feedback::draw(setup.network, rng) }))
    },
};

#[derive(Clone, Debug)]
struct KolenPollack {
    loss: Loss,
    feedback: Feedback,
}

impl LearningRule for KolenPollack {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let pass = training_pass(on, self.loss, batch, rng)?;
        let gradients = chained(on.network(), &pass, &self.feedback.0);
        let silent = hand_over(on, gradients.clone())?;
        self.feedback.reciprocate(on, gradients)?;
        Ok(StepReport { loss: pass.loss.value, silent })
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
