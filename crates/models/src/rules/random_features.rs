//! Random features: hidden layers frozen as they were drawn, and a readout trained by its exact gradient.
//!
//! ```text
//! g_L = mean over the batch of δ_L h_{L−1}ᵀ;   g_l = none for l < L
//! ```
//!
//! What this network can do needs no learned features, so it bounds what learning in the hidden layers explains. It is
//! another control than an untrained network, whose readout is random too.
//!
//! # Source
//! `pogodin2020`, the "last layer" row of their tables.

use super::common::chain::{feedforward, one_phase, readout, training_pass};
use super::{
    Budget, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking, Pause, Phase,
    PhaseKind, Proposal, Reason, Response, RuleEntry, RuleError, Source, StepReport, Task, Trainee, Transport,
};
use crate::{Batch, Loss, Named, Network, Rng, Tensor};

const ID: &str = "random_features";

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["frozen"],
    title: "Random features",
    family: Family::Control,
    summary: "Hidden layers stay as they were drawn; the last layer is trained by its exact gradient.",
    claims: Claims {
        gradient: GradientClaim::Readout,
        transport: Transport::None,
        error_path: ErrorPath::Absent,
        locking: Locking::None,
        pause: Pause::None,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "own output error, in the last layer only",
        signed_error: true,
        stores: "activity of the last hidden layer",
        parallel: true,
        needs_targets: false,
    },
    source: Source { key: "pogodin2020", place: "last-layer baseline" },
    departures: "Features are not standardized over a batch before the readout, so that the network stays the same \
                 function as under the other rules.",
    answers: &[Inference::Feedforward],
    settings: &[],
    forward_equivalents: |_, blocks| 1.0 + 1.0 / blocks.max(1) as f64,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |_, setup, _| Ok(Box::new(RandomFeatures { loss: setup.loss })),
};

#[derive(Clone, Debug)]
struct RandomFeatures {
    loss: Loss,
}

impl LearningRule for RandomFeatures {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Readout, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let pass = training_pass(on, self.loss, batch, rng)?;
        let mut gradients = vec![None; on.network().block_count() - 1];
        gradients.push(Some(readout(on.network(), &pass)));
        on.apply(Proposal::Gradient(gradients))?;
        Ok(StepReport { loss: pass.loss.value, silent: Vec::new() })
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
