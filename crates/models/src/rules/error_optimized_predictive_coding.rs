//! Error-optimized predictive coding (ePC): predictive coding's energy is minimized over the errors instead of the
//! states, so that a change at any depth reaches the output at once. Its equilibrium is that of `predictive_coding`.
//!
//! One error per hidden block, at the block's output; states follow from errors:
//!
//! ```text
//! x_l = μ_l + ε_l,  μ_l = block_l(x_{l−1}),  x_0 = input
//! E   = Σ_{l<L} ½‖ε_l‖² + loss(μ_L)
//! start:      ε_l = 0 (forward pass)
//! T times:    c_{L−1} = J_Lᵀ ∂loss/∂μ_L,  c_{l−1} = J_lᵀ c_l         at the states as they are
//!             ε_l ← ε_l − η (ε_l + c_l)                              all l < L at once
//! then:       ε_L = −∂loss/∂μ_L;  g_l = −mean over the batch of respond_l*(ε_l) x_{l−1}ᵀ, the states held
//! ```
//!
//! The chain c is backpropagation's, worked out anew at every step: plausible as physics, not as locality. After one step
//! from the forward pass ε_l is −η times the gradient at the block's output, so the update of the first block, over η, is
//! the gradient exactly, and that of the others up to O(η): a rule of one step is backpropagation, and is no evidence for
//! predictive coding.
//!
//! With the output free all errors are zero: the network answers as its forward pass does.
//!
//! # Shapes
//! x_l, ε_l, c_l `[n, c, h, w]` of block l's output.
//!
//! # Source
//! `goemaere2025`.

use super::common::chain::{Pass, feedforward, hand_over, one_phase, training_pass};
use super::common::settling::unmixed;
use super::{
    Budget, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking, Pause, Phase,
    PhaseKind, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingInfo, SettingKind, SettingRange, Source,
    StepReport, Task, Trainee, Transport,
};
use crate::kernels;
use crate::{Batch, Block, BlockMode, BlockTrace, Gradient, Loss, Named, Network, Rng, Targets, Tensor};

const ID: &str = "error_optimized_predictive_coding";

const SETTINGS: &[SettingInfo] = &[
    SettingInfo {
        key: "error_step",
        kind: SettingKind::Number,
        default: SettingDefault::Number(0.1),
        range: SettingRange::AboveUpTo(0.0, 2.0),
        help: "step size of the errors",
    },
    SettingInfo {
        key: "error_steps",
        kind: SettingKind::Count,
        default: SettingDefault::Number(16.0),
        range: SettingRange::FromTo(1.0, 100_000.0),
        help: "steps of the errors per learning step",
    },
];

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["epc"],
    title: "Error-optimized predictive coding",
    family: Family::Energy,
    summary: "Predictive coding's energy, minimized over errors from which the states follow; same equilibrium, faster.",
    claims: Claims {
        gradient: GradientClaim::Limit,
        transport: Transport::Full,
        error_path: ErrorPath::Settled,
        locking: Locking::Full,
        pause: Pause::Settling,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "prediction error of the own layer, which is found by a chain through all higher layers",
        signed_error: true,
        stores: "states and errors of all layers",
        parallel: false,
        needs_targets: true,
    },
    source: Source { key: "goemaere2025", place: "the algorithm; step and steps as in the authors' notebook" },
    departures: "None in the errors' descent; the optimizer of the weights is the experiment's.",
    answers: &[Inference::Feedforward],
    settings: SETTINGS,
    forward_equivalents: |settings, _| 2.0 + 2.0 * settings.count("error_steps") as f64,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |settings, setup, _| {
        let (step, steps) = (settings.number("error_step"), settings.count("error_steps"));
        Ok(Box::new(ErrorOptimizedPredictiveCoding { loss: setup.loss, step, steps }))
    },
};

#[derive(Clone, Debug)]
struct ErrorOptimizedPredictiveCoding {
    loss: Loss,
    /// η.
    step: f64,
    /// T.
    steps: usize,
}

/// Errors on their way, and the states that follow from them.
struct Descent<'a> {
    network: &'a Network,
    pass: &'a Pass,
    /// −ε_l of the hidden blocks, so that they have the sign of the gradient; nothing before the first step.
    errors: Vec<Tensor<4>>,
    /// x_l of the hidden blocks.
    states: Vec<Tensor<4>>,
    predictions: Vec<BlockTrace>,
    /// ∂loss/∂μ_L.
    last: Tensor<4>,
}

impl<'a> Descent<'a> {
    fn new(network: &'a Network, pass: &'a Pass) -> Self {
        let predictions = pass.trace.blocks.clone();
        Self { network, pass, errors: Vec::new(), states: Vec::new(), predictions, last: pass.loss.gradient.clone() }
    }

    /// ε_l ← ε_l − η (ε_l + c_l) of all hidden blocks.
    fn descend(&mut self, step: f64) {
        let hidden = self.network.block_count() - 1;
        let mut moved = Vec::with_capacity(hidden);
        let mut chain = self.last.clone();
        for block in self.network.blocks().skip(1).rev() {
            chain = block.adjoint_to_input(&block.adjoint_to_pre(&chain, &self.predictions[block.index()]), None);
            moved.push(match self.errors.get(block.index() - 1) {
                Some(error) => kernels::relax(error, &chain, step),
                None => kernels::scale(&chain, step),
            });
        }
        moved.reverse();
        self.errors = moved;
    }

    /// States and predictions from the errors. The first prediction is the forward pass's: nothing moves below it.
    fn follow(&mut self, loss: Loss, targets: &Targets) -> Result<(), RuleError> {
        self.states.clear();
        for (index, error) in self.errors.iter().enumerate() {
            let state = kernels::subtract(self.predictions[index].output(), error);
            let forward = &self.pass.trace.blocks[index + 1];
            self.predictions[index + 1] = self.network.block(index + 1).predict(&state, BlockMode::Again(forward));
            self.states.push(state);
        }
        let answer = self.predictions.last().expect("a network has a block").output();
        self.last = loss.gradient(answer, targets)?;
        Ok(())
    }

    fn gradients(&self) -> Result<Vec<Gradient>, RuleError> {
        if !self.errors.iter().chain([&self.last]).all(kernels::is_finite) {
            return Err(RuleError::NotFinite { what: "errors in descent", layer: None });
        }
        let gradient = |block: Block<'_>| {
            let index = block.index();
            let below = index.checked_sub(1).map_or(&self.pass.trace.inputs, |below| &self.states[below]);
            let error = self.errors.get(index).unwrap_or(&self.last);
            block.adjoint_weight(below, &block.adjoint_to_pre(error, &self.predictions[index]))
        };
        Ok(self.network.blocks().map(gradient).collect())
    }
}

impl LearningRule for ErrorOptimizedPredictiveCoding {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let pass = training_pass(on, self.loss, batch, rng)?;
        let mut descent = Descent::new(on.network(), &pass);
        for _ in 0..self.steps {
            descent.descend(self.step);
            descent.follow(self.loss, &batch.targets)?;
        }
        let gradients = descent.gradients()?;
        Ok(StepReport { loss: pass.loss.value, silent: hand_over(on, gradients)? })
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        feedforward(ID, network, inputs, inference)
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
