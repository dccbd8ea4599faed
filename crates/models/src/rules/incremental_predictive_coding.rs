//! Incremental predictive coding: weights learn at every step of the states, in parallel with them, so that nothing has
//! to know when settling is over.
//!
//! States, errors and dynamics are those of `predictive_coding` with the output clamped; t counts steps, and all that a
//! step changes, it changes from the same states and weights:
//!
//! ```text
//! start:      x_l = μ_l (forward pass, all hidden ε = 0);  ε_L = −∂loss/∂μ_L throughout
//! T times:    g_l = −mean over the batch of respond_l*(ε_l) x_{l−1}ᵀ,  and one step of the optimizer with it
//!             x_l ← x_l + γ (−ε_l + J_{l+1}ᵀ ε_{l+1})                  all l < L at once
//! ```
//!
//! The error needs L − 1 steps to the first block, which the T-th step of the weights must follow: fewer than L steps leave
//! first blocks without any learning, and T = 1 trains the last block alone. A block whose error is still exactly zero is
//! left out of a step, so that moments and weight decay of the optimizer do not touch it.
//!
//! The learning rate is that of *one* step of the weights, as published: a learning step takes T of them, each counted by
//! the optimizer, so it moves weights up to T times as far as under `predictive_coding` at the same rate. The proposal that
//! diagnostics compare with the gradient is the sum of the T gradients with the weights held: of order T, not 1.
//!
//! # Shapes
//! x_l, ε_l `[n, c, h, w]` of block l's output.
//!
//! # Source
//! `salvatori2024`; hyperparameters as in `pinchetti2025`.

use super::common::chain::{feedforward, is_zero, one_phase, training_pass};
use super::common::settling::{Moving, OutputTerm, STATE_STEP, STATE_STEPS, Settling, settle_freely, unmixed};
use super::{
    Budget, CheckedSettings, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking,
    Pause, Phase, PhaseKind, Proposal, Reason, Response, RuleEntry, RuleError, Source, StepReport, Task, Trainee,
    Transport,
};
use crate::{Batch, Loss, Named, Network, Rng, Tensor};

const ID: &str = "incremental_predictive_coding";

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["ipc"],
    title: "Incremental predictive coding",
    family: Family::Energy,
    summary: "Predictive coding whose weights learn at every step of the states, without waiting for them to settle.",
    claims: Claims {
        gradient: GradientClaim::Approximate,
        transport: Transport::Full,
        error_path: ErrorPath::Settled,
        locking: Locking::Full,
        pause: Pause::Settling,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "prediction error of the own layer",
        signed_error: true,
        stores: "states of the present moment",
        parallel: true,
        needs_targets: true,
    },
    source: Source { key: "salvatori2024", place: "the algorithm iPC; hyperparameters as in pinchetti2025" },
    departures: "States are activations, not pre-activations, and move without momentum by steps \
                 of 0.1, where PCX tuned 0.85 with momentum 0.35 for its own initialization: under this project's, steps of \
                 0.5 and more run away. Each input starts at its forward \
                 pass, so a block waits until the error has reached it. Blocks whose error is still exactly \
                 zero take no step of the optimizer. With fewer state_steps than blocks the first blocks do not learn, and \
                 are reported as silent.",
    answers: &[Inference::Feedforward, Inference::Settled],
    settings: &[STATE_STEP, STATE_STEPS],
    forward_equivalents: |settings: &CheckedSettings, _| 3.0 * settings.count("state_steps") as f64,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |settings, setup, _| {
        let settling = Settling { step: settings.number("state_step"), steps: settings.count("state_steps") };
        Ok(Box::new(IncrementalPredictiveCoding { loss: setup.loss, settling }))
    },
};

#[derive(Clone, Debug)]
struct IncrementalPredictiveCoding {
    loss: Loss,
    settling: Settling,
}

impl LearningRule for IncrementalPredictiveCoding {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let pass = training_pass(on, self.loss, batch, rng)?;
        let output = OutputTerm::Cost { loss: self.loss, targets: &batch.targets, precision: 1.0 };
        let mut moving = Moving::at(&pass.trace);
        let count = on.network().block_count();
        let (mut learned, mut ever) = (vec![false; count], vec![false; count]);
        for step in 0..self.settling.steps {
            let network = on.network();
            moving.look(network, &batch.inputs, &learned, output)?;
            let gradients = moving.gradients(network, &batch.inputs);
            // The last states are looked at by nobody.
            if step + 1 < self.settling.steps {
                moving.advance(network, self.settling.step);
            }
            for (index, gradient) in gradients.iter().enumerate() {
                learned[index] = gradient.is_some();
                ever[index] = ever[index] || gradient.as_ref().is_some_and(|gradient| !is_zero(gradient));
            }
            on.apply(Proposal::Gradient(gradients))?;
        }
        moving.check()?;
        let silent = (0..count).filter(|index| !ever[*index]).collect();
        Ok(StepReport { loss: pass.loss.value, silent })
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        match inference {
            Inference::Feedforward => feedforward(ID, network, inputs, inference),
            Inference::Settled => settle_freely(network, inputs, self.settling),
        }
    }

    fn supports(&self, _: Task, network: &Network) -> Result<(), Reason> {
        unmixed(network)
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
