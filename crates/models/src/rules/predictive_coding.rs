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
use super::{
    Budget, CheckedSettings, Claims, Course, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule,
    Locking, Pause, Phase, PhaseKind, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingError,
    SettingInfo, SettingKind, SettingRange, Source, StepReport, Task, Trainee, Transport,
};
use crate::kernels;
use crate::{
    Batch, BlockMode, BlockTrace, Gradient, LayerSpec, Loss, Mode, Named, Network, Rng, Targets, Tensor, Trace,
};

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
    SettingInfo {
        key: "state_step",
        kind: SettingKind::Number,
        default: SettingDefault::Number(0.1),
        range: SettingRange::AboveUpTo(0.0, 2.0),
        help: "step size of the states",
    },
    SettingInfo {
        key: "state_steps",
        kind: SettingKind::Count,
        default: SettingDefault::Number(8.0),
        range: SettingRange::FromTo(1.0, 100_000.0),
        help: "steps of the states per learning step",
    },
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

/// The dynamics of the states.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settling {
    /// γ, the step size.
    pub step: f64,
    /// T, how many steps.
    pub steps: usize,
}

/// What holds the output while states settle.
#[derive(Clone, Copy, Debug)]
pub enum OutputTerm<'a> {
    /// Nothing.
    Free,
    /// precision · loss of the output's prediction.
    Cost {
        /// The loss.
        loss: Loss,
        /// The right answers.
        targets: &'a Targets,
        /// Its factor; may be negative.
        precision: f64,
    },
    /// ½‖x_L − μ_L‖² with this x_L, `[n, ..]` of the output's shape.
    Held(&'a Tensor<4>),
}

/// Where states came to rest.
#[derive(Clone, Debug)]
pub struct Settled {
    /// x_l of the hidden blocks, `[n, c, h, w]`.
    pub states: Vec<Tensor<4>>,
    /// The predictions μ_l of all blocks from these states, as traces.
    pub predictions: Vec<BlockTrace>,
    /// ε_l of all blocks, the output's last; nothing where it is exactly zero.
    pub errors: Vec<Option<Tensor<4>>>,
    /// Energies and outputs on the way.
    pub course: Course,
}

/// A settling that has not begun.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// The network.
    pub network: &'a Network,
    /// Its forward pass: the first block's prediction, and the dropout masks of all.
    pub forward: &'a Trace,
    /// What holds the output.
    pub output: OutputTerm<'a>,
    /// Whether [`Settled::course`] is kept.
    pub recorded: bool,
}

impl Start<'_> {
    /// Settles from the forward pass.
    ///
    /// # Errors
    /// [`RuleError::Loss`] if the targets do not fit, [`RuleError::NotFinite`] if states run away.
    pub fn settle(&self, settling: Settling) -> Result<Settled, RuleError> {
        let hidden = self.network.block_count() - 1;
        let states = self.forward.blocks[..hidden].iter().map(|block| block.output().clone()).collect();
        self.run(states, vec![false; hidden], settling)
    }

    /// Settles from given states of the hidden blocks.
    ///
    /// # Errors
    /// As [`Start::settle`].
    ///
    /// # Panics
    /// If there is not one state of the right shape per hidden block.
    pub fn settle_from(&self, states: Vec<Tensor<4>>, settling: Settling) -> Result<Settled, RuleError> {
        let moved = vec![true; states.len()];
        self.run(states, moved, settling)
    }

    /// `moved[l]` tells whether state l may differ from the forward pass: what has not moved needs no product.
    fn run(&self, mut states: Vec<Tensor<4>>, mut moved: Vec<bool>, settling: Settling) -> Result<Settled, RuleError> {
        assert_eq!(states.len() + 1, self.network.block_count(), "there must be one state per hidden block");
        let mut course = Course { energies: Vec::new(), outputs: Vec::new() };
        for step in 0..=settling.steps {
            let predictions = self.predictions(&states, &moved);
            let errors = self.errors(&states, &moved, &predictions)?;
            if self.recorded {
                course.energies.push(self.energy(&errors, &predictions)?);
                course.outputs.push(output_of(&predictions).clone());
            }
            if step == settling.steps {
                let settled = Settled { states, predictions, errors, course };
                return if settled.is_finite() { Ok(settled) } else { Err(run_away()) };
            }
            self.advance(&mut states, &mut moved, (&predictions, &errors), settling.step);
        }
        unreachable!("the loop returns in its last round")
    }

    fn predictions(&self, states: &[Tensor<4>], moved: &[bool]) -> Vec<BlockTrace> {
        let blocks = self.network.blocks().zip(&self.forward.blocks);
        let predict = |(block, forward): (crate::Block<'_>, &BlockTrace)| match block.index().checked_sub(1) {
            Some(below) if moved[below] => block.predict(&states[below], BlockMode::Again(forward)),
            Some(_) | None => forward.clone(),
        };
        blocks.map(predict).collect()
    }

    fn errors(
        &self,
        states: &[Tensor<4>],
        moved: &[bool],
        predictions: &[BlockTrace],
    ) -> Result<Vec<Option<Tensor<4>>>, RuleError> {
        let hidden = states.iter().zip(predictions).enumerate();
        let mut errors: Vec<_> = hidden
            .map(|(index, (state, prediction))| {
                let apart = moved[index] || index > 0 && moved[index - 1];
                apart.then(|| kernels::subtract(state, prediction.output()))
            })
            .collect();
        let output = output_of(predictions);
        errors.push(match self.output {
            OutputTerm::Free => None,
            OutputTerm::Held(held) => Some(kernels::subtract(held, output)),
            OutputTerm::Cost { loss, targets, precision } => {
                Some(kernels::scale(&loss.gradient(output, targets)?, -precision))
            }
        });
        Ok(errors)
    }

    /// Summed over the samples.
    fn energy(&self, errors: &[Option<Tensor<4>>], predictions: &[BlockTrace]) -> Result<f64, RuleError> {
        let half = |error: &Option<Tensor<4>>| error.as_ref().map_or(0.0, |error| 0.5 * kernels::sum_of_squares(error));
        let (last, hidden) = errors.split_last().expect("a network has a block");
        let hidden: f64 = hidden.iter().map(half).sum();
        let output = output_of(predictions);
        Ok(hidden
            + match self.output {
                OutputTerm::Free => 0.0,
                OutputTerm::Held(_) => half(last),
                OutputTerm::Cost { loss, targets, precision } => {
                    precision * loss.value(output, targets)? * output.dims()[0] as f64
                }
            })
    }

    /// x_l ← x_l + γ (−ε_l + J_{l+1}ᵀ ε_{l+1}), all at once.
    fn advance(
        &self,
        states: &mut [Tensor<4>],
        moved: &mut [bool],
        (predictions, errors): (&[BlockTrace], &[Option<Tensor<4>>]),
        step: f64,
    ) {
        for (index, state) in states.iter_mut().enumerate() {
            let above = errors[index + 1].as_ref().map(|error| {
                let block = self.network.block(index + 1);
                block.adjoint_to_input(&block.adjoint_to_pre(error, &predictions[index + 1]), None)
            });
            *state = match (&errors[index], above) {
                (Some(error), Some(above)) => kernels::settle(state, error, &above, step),
                (Some(error), None) => kernels::add_scaled(state, -step, error),
                (None, Some(above)) => kernels::add_scaled(state, step, &above),
                (None, None) => continue,
            };
            moved[index] = true;
        }
    }
}

fn output_of(predictions: &[BlockTrace]) -> &Tensor<4> {
    predictions.last().expect("a network has a block").output()
}

fn run_away() -> RuleError {
    RuleError::NotFinite { what: "settling states", layer: None }
}

impl Settled {
    fn is_finite(&self) -> bool {
        self.errors.iter().flatten().all(kernels::is_finite)
    }

    /// Descent direction of the energy in the weights, times `factor`, per block.
    pub fn gradients(&self, network: &Network, inputs: &Tensor<4>, factor: f64) -> Vec<Gradient> {
        let gradient = |block: crate::Block<'_>| {
            let index = block.index();
            let below = if index == 0 { inputs } else { &self.states[index - 1] };
            let prediction = &self.predictions[index];
            let error = match &self.errors[index] {
                Some(error) => block.adjoint_to_pre(error, prediction),
                None => prediction.pre_activation().zeros_like(),
            };
            let Gradient { weight, bias } = block.adjoint_weight(below, &error);
            Gradient { weight: kernels::scale(&weight, -factor), bias: kernels::scale(&bias, -factor) }
        };
        network.blocks().map(gradient).collect()
    }
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

    fn settle_freely(&self, network: &Network, inputs: &Tensor<4>) -> Result<Response, RuleError> {
        let forward = network.forward(inputs, Mode::Evaluate)?;
        let start = Start { network, forward: &forward, output: OutputTerm::Free, recorded: true };
        let settled = start.settle(self.settling)?;
        let output = output_of(&settled.predictions).clone();
        let mut layers = settled.states;
        layers.push(output.clone());
        Ok(Response { output, layers, course: Some(settled.course) })
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
            Inference::Settled => self.settle_freely(network, inputs),
        }
    }

    fn supports(&self, _: Task, network: &Network) -> Result<(), Reason> {
        match network.layers().iter().position(|layer| matches!(layer.spec(), LayerSpec::BatchNorm)) {
            Some(layer) => Err(Reason::BatchStatistics { layer }),
            None => Ok(()),
        }
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
