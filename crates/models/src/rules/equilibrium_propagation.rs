//! Equilibrium propagation: states settle freely, then again with the output nudged toward the target, and each synapse
//! learns from the difference that the nudge makes to the product of its two ends.
//!
//! ```text
//! free phase     T steps from s = 0 with β = 0                      → s⁰
//! nudged phases  K steps from s⁰ at +β, at −β, or at both           → s⁺, s⁻
//! g_l = −(∂Φ/∂W_l(s₊) − ∂Φ/∂W_l(s₋)) / (β₊ − β₋)                    Φ = Σ_l a_l · (W_l r_{l−1} + b_l)
//!     = −mean (a_l⁺ r_{l−1}⁺ᵀ − a_l⁻ r_{l−1}⁻ᵀ) / (β₊ − β₋)
//! ```
//!
//! | `direction` | β₊ | β₋ | error in β |
//! |---|---|---|---|
//! | `positive` | β | 0 | first order |
//! | `negative` | 0 | −β | first order |
//! | `random` | one of these two, by a coin for the whole batch | | first order, its mean over the coin second |
//! | `centered` | β | −β | second order |
//!
//! Dynamics, forms and costs are those of [`Dynamics`]. As β → 0 *at the fixed point*, g is the gradient of the loss of the
//! settled answer s⁰, which is not that of the forward pass: in a settled network every layer also hears the ones above.
//! Max pools need activity that is not negative: what comes down from a negative unit lowers whatever won the pool, so
//! another unit wins, and so on.
//!
//! The estimate needs two things that nobody forces upon the states: that the free phase has settled
//! ([`Settled::residual`]), and that both nudged phases stay on its branch.
//!
//! Under cross-entropy the last block is a softmax readout of the settled states and follows its own exact gradient at s⁰;
//! the states are nudged by −∂loss/∂a, for a linear readout Wᵀ(y − p).
//!
//! # Shapes
//! s_l, a_l `[n, c, h, w]` after the block's max pools; r_l as the block's output.
//!
//! # Source
//! `scellier2017`; `ernoult2019` for the prototypical form; `laborieux2021` for the centered estimate, convolutions and
//! the softmax readout.

pub use super::common::equilibrium::{Dynamics, Form, Nudge, Settled};

use super::common::chain::{hand_over, one_phase};
use super::common::free::{self, Free};
use super::{
    Budget, CheckedSettings, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking,
    Pause, Phase, PhaseKind, Reach, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingError, SettingInfo,
    SettingKind, SettingRange, Source, StepReport, Task, Trainee, Transport,
};
use crate::rng::uniform;
use crate::{Batch, Gradient, Loss, Mode, Named, Network, Rng, Tensor};

const ID: &str = "equilibrium_propagation";

const SETTINGS: &[SettingInfo] = &[
    SettingInfo {
        key: "form",
        kind: SettingKind::Text,
        default: SettingDefault::Text("prototypical"),
        range: SettingRange::OneOf(&["prototypical", "energy"]),
        help: "how states move: each becomes f of what drives it, or goes down an energy",
    },
    SettingInfo {
        key: "direction",
        kind: SettingKind::Text,
        default: SettingDefault::Text("centered"),
        range: SettingRange::OneOf(&["positive", "negative", "random", "centered"]),
        help: "nudged toward the target, away from it, one of them by a coin per batch, or both",
    },
    SettingInfo {
        key: "nudging",
        kind: SettingKind::Number,
        default: SettingDefault::Number(0.1),
        range: SettingRange::AboveUpTo(0.0, 10.0),
        help: "strength of the nudge; weight gradients are divided by it",
    },
    free::FREE_STEPS,
    SettingInfo {
        key: "nudged_steps",
        kind: SettingKind::Count,
        default: SettingDefault::Number(10.0),
        range: SettingRange::FromTo(1.0, 100_000.0),
        help: "steps of each nudged phase",
    },
    SettingInfo {
        key: "state_step",
        kind: SettingKind::Number,
        default: SettingDefault::Number(0.5),
        range: SettingRange::AboveUpTo(0.0, 1.0),
        help: "step size of the states; only with form = \"energy\"",
    },
];

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["ep"],
    title: "Equilibrium propagation",
    family: Family::Energy,
    summary: "States settle on symmetric weights, freely and nudged; each synapse learns from the difference of the two \
              products of its ends.",
    claims: Claims {
        gradient: GradientClaim::SettledLimit,
        transport: Transport::Full,
        error_path: ErrorPath::Settled,
        locking: Locking::Full,
        pause: Pause::Settling,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "the same product in another phase",
        signed_error: false,
        stores: "products of one phase until the next has settled",
        parallel: true,
        needs_targets: true,
    },
    source: Source { key: "laborieux2021", place: "sections 2 and 3; after scellier2017 and ernoult2019" },
    departures: "Defaults are those of the published code's short run on MNIST (784-512-10: 30 free and 10 nudged steps, \
                 nudging 0.1), but centered. Nonlinearities are the network's: the published sigmoid is steeper and \
                 shifted, 1 / (1 + exp(2 − 4x)). With form = \"energy\" states step by 0.5 as in scellier2017, nudged by \
                 the slope of the loss at f(s); they start at 0 in every step, where scellier2017 lets them persist. \
                 Average pooling and dropout belong to the connection that reads a state. The coin of direction = \
                 \"random\" falls once per batch, and only with it is noise drawn.",
    answers: &[Inference::Settled, Inference::Feedforward],
    settings: SETTINGS,
    forward_equivalents,
    settled_equivalents: free::settled_equivalents,
    check: |given, settings| match settings.text("form") == "prototypical" && given.contains("state_step") {
        true => Err(SettingError::Meaningless { key: "state_step", beside: "form is \"prototypical\"" }),
        false => Ok(()),
    },
    build: |settings, setup, _| Ok(Box::new(EquilibriumPropagation::new(settings, setup.loss))),
};

/// Two products per layer and step, and two per phase for the weights.
fn forward_equivalents(settings: &CheckedSettings, _: usize) -> f64 {
    let nudged = if settings.text("direction") == "centered" { 2.0 } else { 1.0 };
    let steps = settings.count("free_steps") as f64 + nudged * settings.count("nudged_steps") as f64;
    2.0 * steps + 2.0
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Direction {
    Positive,
    Negative,
    Random,
    Centered,
}

#[derive(Clone, Debug)]
struct EquilibriumPropagation {
    loss: Loss,
    form: Form,
    direction: Direction,
    nudging: f64,
    free_steps: usize,
    nudged_steps: usize,
}

impl EquilibriumPropagation {
    fn new(settings: &CheckedSettings, loss: Loss) -> Self {
        let form = match settings.text("form") {
            "prototypical" => Form::Prototypical,
            "energy" => Form::Energy { step: settings.number("state_step") },
            other => unreachable!("checked settings hold no form {other}"),
        };
        let direction = match settings.text("direction") {
            "positive" => Direction::Positive,
            "negative" => Direction::Negative,
            "random" => Direction::Random,
            "centered" => Direction::Centered,
            other => unreachable!("checked settings hold no direction {other}"),
        };
        Self {
            loss,
            form,
            direction,
            nudging: settings.number("nudging"),
            free_steps: settings.count("free_steps"),
            nudged_steps: settings.count("nudged_steps"),
        }
    }

    /// β₊ and β₋ of this step.
    fn strengths(&self, rng: &mut Rng) -> [f64; 2] {
        match self.direction {
            Direction::Positive => [self.nudging, 0.0],
            Direction::Negative => [0.0, -self.nudging],
            Direction::Random if uniform(rng) < 0.5 => [self.nudging, 0.0],
            Direction::Random => [0.0, -self.nudging],
            Direction::Centered => [self.nudging, -self.nudging],
        }
    }

    /// The gradients of the settling blocks from the free fixed point on.
    fn gradients(
        &self,
        dynamics: &Dynamics<'_>,
        free: &Settled,
        batch: &Batch,
        strengths: [f64; 2],
    ) -> Result<Vec<Gradient>, RuleError> {
        let nudged = |strength: f64| match strength == 0.0 {
            true => Ok(free.states.clone()),
            false => {
                let nudge = Nudge { strength, targets: &batch.targets };
                Ok(dynamics.settle(free.states.clone(), self.nudged_steps, Some(nudge))?.states)
            }
        };
        let [plus, minus] = strengths;
        let (above, below): (_, Result<_, RuleError>) = (nudged(plus)?, nudged(minus));
        Ok(dynamics.contrast(&above, &below?, plus - minus))
    }

    fn free(&self) -> Free {
        Free { loss: self.loss, form: self.form, steps: self.free_steps }
    }
}

impl LearningRule for EquilibriumPropagation {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let network = on.network();
        let forward = network.forward(&batch.inputs, Mode::Train(rng))?;
        let dynamics = Dynamics::new(network, &forward, self.loss, self.form);
        let free = dynamics.settle(dynamics.rest(), self.free_steps, None)?;
        let (report, readout) = dynamics.read_out(&free.states, &batch.targets)?;
        if !report.value.is_finite() {
            return Err(RuleError::NotFinite { what: "loss", layer: None });
        }
        let strengths = self.strengths(rng);
        let mut gradients = self.gradients(&dynamics, &free, batch, strengths)?;
        gradients.extend(readout);
        Ok(StepReport { loss: report.value, silent: hand_over(on, gradients)? })
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        self.free().respond(ID, network, inputs, inference)
    }

    fn evidence(
        &self,
        network: &Network,
        inputs: &Tensor<4>,
        inference: Inference,
        reach: Reach,
    ) -> Result<Tensor<4>, RuleError> {
        self.free().evidence(ID, network, inputs, (inference, reach))
    }

    fn supports(&self, _: Task, network: &Network) -> Result<(), Reason> {
        free::supports(network, self.loss)
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
