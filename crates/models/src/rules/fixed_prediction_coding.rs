//! Predictive coding with fixed predictions: states move, but what they are compared with, and the slopes by which errors
//! travel, stay as the forward pass left them. The errors then relax to backpropagation's.
//!
//! States are activations, one per block, as in `predictive_coding`; μ_l and J_l are the block's output and Jacobian in
//! the forward pass:
//!
//! ```text
//! start:      ε_L = −∂loss/∂μ_L, held;  ε_l = 0 of all hidden blocks
//! n times:    ε_l ← ε_l + η (−ε_l + J_{l+1}ᵀ ε_{l+1})              all l < L at once
//! then:       g_l = −mean over the batch of respond_l*(ε_l) μ_{l−1}ᵀ
//! ```
//!
//! With η = 1 the error of block l is exact after L − l steps and not before, so that L − 1 steps make the update equal to
//! the gradient; with η < 1 it is approached. Only what has changed is computed: with η = 1 each error once, which is
//! backpropagation's own cost.
//!
//! This is backpropagation by another schedule: whoever reports it as predictive coding must say so.
//!
//! # Shapes
//! ε_l `[n, c, h, w]` of block l's output.
//!
//! # Source
//! `millidge2022`; `rosenbaum2022` for the step and the number of steps.

use super::common::chain::{Pass, feedforward, hand_over, one_phase, training_pass};
use super::common::settling::nothing;
use super::{
    Budget, CheckedSettings, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking,
    Pause, Phase, PhaseKind, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingInfo, SettingKind,
    SettingRange, Source, StepReport, Task, Trainee, Transport,
};
use crate::kernels;
use crate::{Batch, Block, BlockTrace, Gradient, Loss, Named, Network, Rng, Tensor};

const ID: &str = "fixed_prediction_coding";

const SETTINGS: &[SettingInfo] = &[
    SettingInfo {
        key: "error_step",
        kind: SettingKind::Number,
        default: SettingDefault::Number(1.0),
        range: SettingRange::AboveUpTo(0.0, 1.0),
        help: "step size of the errors; 1 makes each exact in one step",
    },
    SettingInfo {
        key: "error_steps",
        kind: SettingKind::Count,
        default: SettingDefault::Number(0.0),
        range: SettingRange::FromTo(0.0, 100_000.0),
        help: "steps of the errors per learning step; 0 is one per hidden block: enough for error_step = 1 only",
    },
];

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["fpc"],
    title: "Predictive coding with fixed predictions",
    family: Family::Energy,
    summary: "Predictions and slopes are frozen while errors relax, until they are backpropagation's.",
    claims: Claims {
        gradient: GradientClaim::Exact,
        transport: Transport::Full,
        error_path: ErrorPath::Settled,
        locking: Locking::Full,
        pause: Pause::Sweep,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "prediction error of the own layer",
        signed_error: true,
        stores: "frozen predictions and slopes of all layers, errors, and a clock outside the network",
        parallel: false,
        needs_targets: true,
    },
    source: Source { key: "millidge2022", place: "the fixed-prediction assumption; steps as in rosenbaum2022" },
    departures: "The output error is there from the start, so L - 1 steps are enough where Torch2PC takes L.",
    answers: &[Inference::Feedforward],
    settings: SETTINGS,
    forward_equivalents,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |settings, setup, _| {
        let (step, steps) = (settings.number("error_step"), settings.count("error_steps"));
        Ok(Box::new(FixedPredictionCoding { loss: setup.loss, step, steps }))
    },
};

/// 3 where each error is computed once; else a forward pass, one product per step, the weight gradient.
fn forward_equivalents(settings: &CheckedSettings, blocks: usize) -> f64 {
    let steps = steps_of(settings.count("error_steps"), blocks);
    if settings.number("error_step") == 1.0 { 3.0 } else { 2.0 + steps as f64 }
}

fn steps_of(setting: usize, blocks: usize) -> usize {
    if setting == 0 { blocks - 1 } else { setting }
}

#[derive(Clone, Debug)]
struct FixedPredictionCoding {
    loss: Loss,
    /// η.
    step: f64,
    /// n; 0 for one per hidden block.
    steps: usize,
}

/// The error of one block on its way, with the sign of the gradient: −ε_l.
#[derive(Clone, Debug, Default)]
struct Relaxing {
    /// At the block's output; nothing where it is exactly zero.
    error: Option<Tensor<4>>,
    /// Whether it has changed since it was last sent down.
    fresh: bool,
    /// What was sent last: the error at the pre-activation, and at the block's input.
    sent: Option<[Tensor<4>; 2]>,
    /// Whether the last step sent anything new.
    renewed: bool,
}

impl Relaxing {
    /// Sends the error through the block's frozen slopes, where it has changed.
    fn send(&mut self, block: Block<'_>, trace: &BlockTrace) {
        self.renewed = self.fresh;
        if let (true, Some(error)) = (self.fresh, &self.error) {
            let pre = block.adjoint_to_pre(error, trace);
            let below = block.adjoint_to_input(&pre, None);
            self.sent = Some([pre, below]);
        }
        self.fresh = false;
    }

    /// ε ← ε + η (−ε + what the block above sent).
    fn relax(&mut self, above: &Self, step: f64) {
        let Some([_, heard]) = &above.sent else { return };
        let whole = step == 1.0;
        // With a whole step the old error leaves no trace: without news it stays as it is.
        if whole && !above.renewed {
            return;
        }
        self.error = Some(match &self.error {
            Some(error) if !whole => kernels::relax(error, heard, step),
            None if !whole => kernels::scale(heard, step),
            Some(_) | None => heard.clone(),
        });
        self.fresh = true;
    }

    fn gradient(&self, block: Block<'_>, below: &Tensor<4>, trace: &BlockTrace) -> Gradient {
        match (&self.error, &self.sent) {
            (None, _) => nothing(block),
            (Some(_), Some([pre, _])) if !self.fresh => block.adjoint_weight(below, pre),
            (Some(error), _) => block.adjoint_weight(below, &block.adjoint_to_pre(error, trace)),
        }
    }
}

impl FixedPredictionCoding {
    fn gradients(&self, network: &Network, pass: &Pass) -> Vec<Gradient> {
        let traces = &pass.trace.blocks;
        let last = traces.len() - 1;
        let mut errors = vec![Relaxing::default(); traces.len()];
        errors[last] = Relaxing { error: Some(pass.loss.gradient.clone()), fresh: true, ..Relaxing::default() };
        for _ in 0..steps_of(self.steps, traces.len()) {
            // All at once: everything is sent before anything moves.
            for block in network.blocks().skip(1) {
                errors[block.index()].send(block, &traces[block.index()]);
            }
            for index in 0..last {
                let (own, above) = errors.split_at_mut(index + 1);
                own[index].relax(&above[0], self.step);
            }
        }
        let each = network.blocks().zip(&errors);
        each.map(|(block, error)| error.gradient(block, pass.trace.before(block.index()), &traces[block.index()]))
            .collect()
    }
}

impl LearningRule for FixedPredictionCoding {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let pass = training_pass(on, self.loss, batch, rng)?;
        let gradients = self.gradients(on.network(), &pass);
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
