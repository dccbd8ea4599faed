//! Backpropagation: the gradient of the loss, by the chain rule.
//!
//! ```text
//! δ_L = e = ∂loss/∂z_L
//! δ_l = f′(z_l) ⊙ W_{l+1}ᵀ δ_{l+1}
//! g_l = mean over the batch of δ_l h_{l−1}ᵀ
//! ```
//!
//! Pooling, normalization and dropout lie between blocks and are passed backward as they were passed forward.
//!
//! # Shapes
//! W_l `[out, in, k, k]`, δ_l of the pre-activation's shape, `[n, out, h, w]`.
//!
//! # Source
//! `rumelhart1986`.

use super::common::chain::{feedforward, hand_over, one_phase, training_pass};
use super::{
    Budget, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking, Pause, Phase,
    PhaseKind, Reason, Response, RuleEntry, RuleError, Source, StepReport, Task, Trainee, Transport,
};
use crate::{Batch, Loss, Named, Network, Rng, Tensor};

const ID: &str = "backprop";

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["bp"],
    title: "Backpropagation",
    family: Family::Exact,
    summary: "The exact gradient of the loss, sent back through the transposed forward weights.",
    claims: Claims {
        gradient: GradientClaim::Exact,
        transport: Transport::Full,
        error_path: ErrorPath::Chained,
        locking: Locking::Full,
        pause: Pause::Sweep,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "error chained through the weights of all higher layers",
        signed_error: true,
        stores: "activity of all layers",
        parallel: false,
        needs_targets: true,
    },
    source: Source { key: "rumelhart1986", place: "equations 4 to 7" },
    departures: "None in the gradient; the step is the optimizer's.",
    answers: &[Inference::Feedforward],
    settings: &[],
    forward_equivalents: |_, _| 3.0,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |_, setup, _| Ok(Box::new(Backprop { loss: setup.loss })),
};

#[derive(Clone, Debug)]
struct Backprop {
    loss: Loss,
}

impl LearningRule for Backprop {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let pass = training_pass(on, self.loss, batch, rng)?;
        let backward = on.network().backward(&pass.trace, &pass.loss.gradient);
        Ok(StepReport { loss: pass.loss.value, silent: hand_over(on, backward.gradients)? })
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
