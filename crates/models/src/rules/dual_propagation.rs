//! Dual propagation: every unit has two compartments, one nudged up and one down by what comes back, and each synapse
//! learns from their difference, in one phase.
//!
//! ```text
//! m_l  = α s⁺_l + (1 − α) s⁻_l,  m_0 = input                            what goes up, read through the block's tail
//! u_l  = maxpool_l(W_l tail(m_{l−1}) + b_l)                            drive from below
//! D_l  = tail_l*(W_{l+1}ᵀ maxpool_{l+1}*(s⁺_{l+1} − s⁻_{l+1}))         what comes down: a difference, no error
//! adjoint    s⁺ = f(u + (1 − α) D),   s⁻ = f(u − α D)
//! original   s⁺ = f(u + α D),         s⁻ = f(u − (1 − α) D)
//! output     s⁺ − s⁻ = −β ∂loss/∂z, at its pre-activation
//! g_l  = −mean maxpool_l*(s⁺_l − s⁻_l) tail(m_{l−1})ᵀ / β
//! ```
//!
//! States start at the forward pass. The first sweep goes down; every further one goes up and down again.
//!
//! Where f is linear between the two compartments (a rectifier that stays on its side of the kink), the adjoint variant's
//! mean is f(u) for every α, the drives stay those of the forward pass, and g is the gradient whatever β: one sweep is
//! enough. In the original variant the mean is off by (2α − 1) f′ D, and g by a term of first order in β, unless α = ½. With
//! curved f the adjoint variant is off by second order at α = ½, by first order elsewhere.
//!
//! # Shapes
//! s⁺_l, s⁻_l, m_l, u_l, D_l `[n, c, h, w]` after the block's max pools.
//!
//! # Source
//! `hoier2023`; `hoier2024` for the adjoint variant.

use super::common::chain::{Pass, feedforward, hand_over, one_phase, training_pass};
use super::common::stage::{self, Drive, Stage};
use super::{
    Budget, CheckedSettings, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking,
    Pause, Phase, PhaseKind, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingInfo, SettingKind,
    SettingRange, Source, StepReport, Task, Trainee, Transport,
};
use crate::kernels;
use crate::{Batch, BlockMode, Gradient, Loss, Named, Network, Rng, Targets, Tensor};

const ID: &str = "dual_propagation";

const SETTINGS: &[SettingInfo] = &[
    SettingInfo {
        key: "variant",
        kind: SettingKind::Text,
        default: SettingDefault::Text("adjoint"),
        range: SettingRange::OneOf(&["adjoint", "original"]),
        help: "which compartment takes which share of what comes down",
    },
    SettingInfo {
        key: "alpha",
        kind: SettingKind::Number,
        default: SettingDefault::Number(0.5),
        range: SettingRange::FromTo(0.0, 1.0),
        help: "share of the upper compartment in what goes up",
    },
    SettingInfo {
        key: "nudging",
        kind: SettingKind::Number,
        default: SettingDefault::Number(0.1),
        range: SettingRange::AboveUpTo(0.0, 10.0),
        help: "distance of the output's compartments over the output error; weight gradients are divided by it",
    },
    SettingInfo {
        key: "sweeps",
        kind: SettingKind::Count,
        default: SettingDefault::Number(1.0),
        range: SettingRange::FromTo(1.0, 1000.0),
        help: "sweeps of the states: the first one down, every other one up and down",
    },
];

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["dp"],
    title: "Dual propagation",
    family: Family::Energy,
    summary: "Each unit has two compartments, nudged apart by the difference of those above; their difference is what \
              synapses learn from.",
    claims: Claims {
        gradient: GradientClaim::Limit,
        transport: Transport::Full,
        error_path: ErrorPath::Settled,
        locking: Locking::Full,
        pause: Pause::Sweep,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "difference of the unit's two compartments",
        signed_error: false,
        stores: "two compartments per unit",
        parallel: true,
        needs_targets: true,
    },
    source: Source { key: "hoier2024", place: "the adjoint variant; the original is hoier2023" },
    departures: "One sweep and nudging 0.1 by default, where the published code sweeps 8 to 16 times at nudging 0.01 to 10. \
                 As in that code the output is nudged by the slope of the loss, of the forward pass's answer in the \
                 adjoint variant and of the present one in the original; the proximal step that hoier2023 takes for \
                 squared error differs by second order in the nudging. Pooling routes by the largest present drive, in one \
                 sweep that of the forward pass. Average pooling and dropout belong to the connection that reads a unit. \
                 Sweeps are not damped.",
    answers: &[Inference::Feedforward],
    settings: SETTINGS,
    // Only the mean of the compartments goes up and only their difference comes down: one product each.
    forward_equivalents: |settings, _| 2.0 * settings.number("sweeps") + 1.0,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |settings, setup, _| Ok(Box::new(DualPropagation::new(settings, setup.loss))),
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Variant {
    Adjoint,
    Original,
}

#[derive(Clone, Debug)]
struct DualPropagation {
    loss: Loss,
    variant: Variant,
    alpha: f64,
    nudging: f64,
    sweeps: usize,
}

/// The states of one batch.
struct Dyads<'a> {
    rule: &'a DualPropagation,
    network: &'a Network,
    pass: &'a Pass,
    stages: Vec<Stage<'a>>,
    /// u_l of the hidden blocks.
    drives: Vec<Drive>,
    /// D_l of the hidden blocks.
    feedback: Vec<Tensor<4>>,
    /// What each block reads: the inputs, then tail(m_l) of the hidden blocks.
    reads: Vec<Tensor<4>>,
    /// s⁺ − s⁻ of every block, at its pre-activation.
    apart: Vec<Tensor<4>>,
}

impl DualPropagation {
    fn new(settings: &CheckedSettings, loss: Loss) -> Self {
        let variant = match settings.text("variant") {
            "adjoint" => Variant::Adjoint,
            "original" => Variant::Original,
            other => unreachable!("checked settings hold no variant {other}"),
        };
        let (alpha, nudging) = (settings.number("alpha"), settings.number("nudging"));
        Self { loss, variant, alpha, nudging, sweeps: settings.count("sweeps") }
    }

    /// The shares of D that move the compartments up and down.
    fn shares(&self) -> [f64; 2] {
        match self.variant {
            Variant::Adjoint => [1.0 - self.alpha, self.alpha],
            Variant::Original => [self.alpha, 1.0 - self.alpha],
        }
    }
}

impl<'a> Dyads<'a> {
    /// Both compartments at the forward pass, the output nudged.
    fn start(rule: &'a DualPropagation, network: &'a Network, pass: &'a Pass) -> Self {
        let stages: Vec<_> =
            network.blocks().zip(&pass.trace.blocks).map(|(block, trace)| Stage::new(block, trace)).collect();
        let hidden = stages.len() - 1;
        let passes = pass.trace.blocks[..hidden].iter();
        let drives = stages.iter().zip(passes).map(|(stage, trace)| stage.pooled(trace.pre_activation().clone()));
        let output = network.block(hidden).adjoint_to_pre(&pass.loss.gradient, &pass.trace.blocks[hidden]);
        // Hidden entries are placeholders until the first sweep comes by.
        let mut apart = vec![output.clone(); hidden];
        apart.push(kernels::scale(&output, -rule.nudging));
        Self {
            feedback: vec![output; hidden],
            drives: drives.collect(),
            reads: (0..=hidden).map(|index| pass.trace.before(index).clone()).collect(),
            apart,
            rule,
            network,
            pass,
            stages,
        }
    }

    /// The compartments of a hidden block from its drive and what comes down.
    fn part(&mut self, index: usize) {
        let (stage, drive, feedback) = (&self.stages[index], &self.drives[index], &self.feedback[index]);
        let [up, down] = self.rule.shares();
        let plus = stage.activate(&kernels::add_scaled(&drive.value, up, feedback));
        let minus = stage.activate(&kernels::add_scaled(&drive.value, -down, feedback));
        self.apart[index] = stage.unpool(&kernels::subtract(&plus, &minus), drive);
        self.reads[index + 1] = stage.read(&kernels::relax(&minus, &plus, self.rule.alpha));
    }

    /// From the output to the first block.
    fn sweep_down(&mut self) {
        for index in (0..self.drives.len()).rev() {
            self.feedback[index] = self.stages[index].unread(&self.stages[index + 1].down(&self.apart[index + 1]));
            self.part(index);
        }
    }

    /// From the first block to the output.
    fn sweep_up(&mut self, targets: &Targets) -> Result<(), RuleError> {
        for index in 0..self.drives.len() {
            if index > 0 {
                self.drives[index] = self.stages[index].drive(&self.reads[index]);
            }
            self.part(index);
        }
        match self.rule.variant {
            Variant::Adjoint => Ok(()),
            Variant::Original => self.nudge_output(targets),
        }
    }

    /// The output's compartments anew, from its present drive.
    fn nudge_output(&mut self, targets: &Targets) -> Result<(), RuleError> {
        let last = self.drives.len();
        let block = self.network.block(last);
        let trace = block.predict(&self.reads[last], BlockMode::Again(&self.pass.trace.blocks[last]));
        let gradient = self.rule.loss.gradient(trace.output(), targets)?;
        self.apart[last] = kernels::scale(&block.adjoint_to_pre(&gradient, &trace), -self.rule.nudging);
        Ok(())
    }

    fn gradients(&self) -> Vec<Gradient> {
        let factor = -1.0 / self.rule.nudging;
        let gradient = |(index, stage): (usize, &Stage<'_>)| {
            let Gradient { weight, bias } = stage.product(&self.reads[index], &self.apart[index]);
            Gradient { weight: kernels::scale(&weight, factor), bias: kernels::scale(&bias, factor) }
        };
        self.stages.iter().enumerate().map(gradient).collect()
    }
}

impl LearningRule for DualPropagation {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let pass = training_pass(on, self.loss, batch, rng)?;
        let mut dyads = Dyads::start(self, on.network(), &pass);
        dyads.sweep_down();
        for _ in 1..self.sweeps {
            dyads.sweep_up(&batch.targets)?;
            dyads.sweep_down();
        }
        let gradients = dyads.gradients();
        Ok(StepReport { loss: pass.loss.value, silent: hand_over(on, gradients)? })
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        feedforward(ID, network, inputs, inference)
    }

    fn supports(&self, _: Task, network: &Network) -> Result<(), Reason> {
        stage::check(network)
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
