//! Predictive coding: activities settle into a compromise between predictions from below and the error above, then
//! weights learn from what is left of the local prediction errors.
//!
//! States are activations (the form of PCX and Torch2PC), one per block; a block's whole map (linear part, nonlinearity,
//! pooling) is one prediction:
//!
//! ```text
//! μ_l = block_l(x_{l−1}),  ε_l = x_l − μ_l,  x_0 = input
//! E   = Σ_{l<L} ½‖ε_l‖² + output term
//! start:      x_l = μ_l (forward pass, all hidden ε = 0)
//! T times:    x_l ← x_l + γ (−ε_l + J_{l+1}ᵀ ε_{l+1})              all l < L at once
//! then:       g_l = −(1/factor) mean over the batch of respond_l*(ε_l) x_{l−1}ᵀ
//! ```
//!
//! | `output`        | output term                                   | ε_L            | factor |
//! |---|---|---|---|
//! | `clamped`       | loss(μ_L): for squared error x_L is the target | −∂loss/∂μ_L    | 1 |
//! | `clamped_nudge` | ½‖x_L − μ_L‖², x_L = u − β ∂loss/∂u held fixed, u the forward output | x_L − μ_L | β |
//! | `energy_nudge`  | β · loss(μ_L): output precision β              | −β ∂loss/∂μ_L  | β |
//!
//! As β → 0 *at equilibrium*, `energy_nudge` tends to backpropagation, and `clamped_nudge` to backpropagation of S⁻¹e with
//! S = I + Σ P_l P_lᵀ, P_l = J_L ⋯ J_{l+1}: the two nudges are not the same rule. β is positive, negative, or both with
//! half the difference (`direction`). With T steps of γ from the forward pass, layer l has heard only of
//! O((γT)^{L−l}) of the error: the norm ratio to the gradient falls with depth, and fewer than L − 1 steps leave the
//! first layers without any.
//!
//! With the output free, nothing pulls the states from the forward pass: settled inference of a *discriminative* network
//! answers exactly as the forward pass does. It is the exact-zero control of settling.
//!
//! # Shapes
//! x_l, ε_l `[n, c, h, w]` of block l's output.
//!
//! # Source
//! `whittington2017`; `pinchetti2025` for nudging; `scellier2017` for the nudge by energy.

use super::common::chain::{Pass, feedforward, hand_over, one_phase, training_pass};
use super::common::settling::{OutputTerm, STATE_STEP, STATE_STEPS, Settled, Settling, Start, settle_freely, unmixed};
use super::{
    Budget, CheckedSettings, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking,
    Pause, Phase, PhaseKind, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingError, SettingInfo,
    SettingKind, SettingRange, Source, StepReport, Task, Trainee, Transport,
};
use crate::kernels;
use crate::{Batch, Gradient, Loss, Named, Network, Rng, Targets, Tensor};

const ID: &str = "predictive_coding";

const SETTINGS: &[SettingInfo] = &[
    SettingInfo {
        key: "output",
        kind: SettingKind::Text,
        default: SettingDefault::Text("energy_nudge"),
        range: SettingRange::OneOf(&["clamped", "clamped_nudge", "energy_nudge"]),
        help: "how the target enters: replaces the output, replaces a nudged output, or adds energy",
    },
    SettingInfo {
        key: "nudging",
        kind: SettingKind::Number,
        default: SettingDefault::Number(0.3),
        range: SettingRange::AboveUpTo(0.0, 1.0),
        help: "share of the output error that enters; weight gradients are divided by it; not with output = \"clamped\"",
    },
    SettingInfo {
        key: "direction",
        kind: SettingKind::Text,
        default: SettingDefault::Text("positive"),
        range: SettingRange::OneOf(&["positive", "negative", "centered"]),
        help: "nudged toward the target, away from it, or both with half the difference; not with output = \"clamped\"",
    },
    STATE_STEP,
    STATE_STEPS,
];

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["pc"],
    title: "Predictive coding",
    family: Family::Energy,
    summary: "Activities settle between predictions and errors; each synapse learns from its own layer's prediction error.",
    claims: Claims {
        gradient: GradientClaim::Limit,
        transport: Transport::Full,
        error_path: ErrorPath::Settled,
        locking: Locking::Full,
        pause: Pause::Settling,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "prediction error of the own layer",
        signed_error: true,
        stores: "states, which persist until they have settled",
        parallel: true,
        needs_targets: true,
    },
    source: Source { key: "whittington2017", place: "equations 12 to 19; nudging as in pinchetti2025, section 3" },
    departures: "States are activations, not pre-activations. The output has no state of its own under energy_nudge: its \
                 prediction bears the loss with precision nudging. Centered nudging does both signs in every step, where \
                 PCX alternates them between steps. States move without momentum.",
    answers: &[Inference::Feedforward, Inference::Settled],
    settings: SETTINGS,
    forward_equivalents,
    settled_equivalents: |_| 1.0,
    check: |given, settings| {
        let clamped = settings.text("output") == "clamped";
        match ["nudging", "direction"].into_iter().find(|key| clamped && given.contains(key)) {
            Some(key) => Err(SettingError::Meaningless { key, beside: "output is \"clamped\"" }),
            None => Ok(()),
        }
    },
    build: |settings, setup, _| {
        let nudge = Nudge::from_settings(settings);
        let settling = Settling { step: settings.number("state_step"), steps: settings.count("state_steps") };
        Ok(Box::new(PredictiveCoding { loss: setup.loss, nudge, settling }))
    },
};

/// 2T + 2 for one settling: a forward pass, T products in both directions, the weight gradient.
fn forward_equivalents(settings: &CheckedSettings, _: usize) -> f64 {
    let settlings = Nudge::from_settings(settings).strengths().len() as f64;
    1.0 + settlings * (2.0 * settings.count("state_steps") as f64 + 1.0)
}

/// How the target enters.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Nudge {
    Clamped,
    Output(f64, Direction),
    Energy(f64, Direction),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Direction {
    Positive,
    Negative,
    Centered,
}

impl Nudge {
    fn from_settings(settings: &CheckedSettings) -> Self {
        let direction = match settings.text("direction") {
            "positive" => Direction::Positive,
            "negative" => Direction::Negative,
            "centered" => Direction::Centered,
            other => unreachable!("checked settings hold no direction {other}"),
        };
        let nudging = settings.number("nudging");
        match settings.text("output") {
            "clamped" => Self::Clamped,
            "clamped_nudge" => Self::Output(nudging, direction),
            "energy_nudge" => Self::Energy(nudging, direction),
            other => unreachable!("checked settings hold no output {other}"),
        }
    }

    /// The signed strengths of the settlings of one learning step.
    fn strengths(self) -> Vec<f64> {
        match self {
            Self::Clamped => vec![1.0],
            Self::Output(nudging, direction) | Self::Energy(nudging, direction) => match direction {
                Direction::Positive => vec![nudging],
                Direction::Negative => vec![-nudging],
                Direction::Centered => vec![nudging, -nudging],
            },
        }
    }
}

#[derive(Clone, Debug)]
struct PredictiveCoding {
    loss: Loss,
    nudge: Nudge,
    settling: Settling,
}

impl PredictiveCoding {
    fn settled(&self, network: &Network, pass: &Pass, targets: &Targets, strength: f64) -> Result<Settled, RuleError> {
        let start = |output| Start { network, forward: &pass.trace, output, recorded: false };
        match self.nudge {
            Nudge::Clamped | Nudge::Energy(..) => {
                let cost = OutputTerm::Cost { loss: self.loss, targets, precision: strength };
                start(cost).settle(self.settling)
            }
            Nudge::Output(..) => {
                let held = kernels::add_scaled(pass.trace.output(), -strength, &pass.loss.gradient);
                start(OutputTerm::Held(&held)).settle(self.settling)
            }
        }
    }

    fn gradients(&self, network: &Network, pass: &Pass, batch: &Batch) -> Result<Vec<Gradient>, RuleError> {
        let strengths = self.nudge.strengths();
        let mut sum: Option<Vec<Gradient>> = None;
        for strength in &strengths {
            let factor = 1.0 / (strength * strengths.len() as f64);
            let settled = self.settled(network, pass, &batch.targets, *strength)?;
            let gradients = settled.gradients(network, &batch.inputs, factor);
            sum = Some(match sum {
                None => gradients,
                Some(sum) => sum.into_iter().zip(gradients).map(|(a, b)| add(&a, &b)).collect(),
            });
        }
        Ok(sum.unwrap_or_default())
    }
}

fn add(first: &Gradient, second: &Gradient) -> Gradient {
    Gradient {
        weight: kernels::add_scaled(&first.weight, 1.0, &second.weight),
        bias: kernels::add_scaled(&first.bias, 1.0, &second.bias),
    }
}

impl LearningRule for PredictiveCoding {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let pass = training_pass(on, self.loss, batch, rng)?;
        let gradients = self.gradients(on.network(), &pass, batch)?;
        Ok(StepReport { loss: pass.loss.value, silent: hand_over(on, gradients)? })
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
