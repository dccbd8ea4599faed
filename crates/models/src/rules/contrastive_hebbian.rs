//! Contrastive Hebbian learning: states settle freely, then again with the output held, and each synapse learns from the difference of
//! the products of its ends. With the output held at the target it is the rule of that name; with the output moved a small share of the
//! way, it is coupled learning.
//!
//! ```text
//! free phase      T steps from s = 0                                            → s⁰
//! clamped phase   K steps from s⁰, the output held at s_L⁰ + β (y − s_L⁰)       → s*
//! g_l = −mean (a_l* r_{l−1}*ᵀ − a_l⁰ r_{l−1}⁰ᵀ) / β
//! ```
//!
//! Equilibrium propagation pushes the output with a force β (y − s_L) and lets it give way; here it is moved by β (y − s_L), whatever
//! force that takes. With χ = ∂s_L/∂(a force on the output) the force is β χ⁻¹ (y − s_L), so that for β → 0 *at the fixed point* g is
//! the gradient of the settled output weighted by χ⁻¹ (s_L − y) where that of the squared error weights it by s_L − y. The two differ
//! where χ is not the identity: where the output also hears itself through the layers below.
//!
//! The output settles with the rest under either loss, and its targets are codes or pictures; cross-entropy is only reported.
//!
//! Far from the free state the two phases may lie in different basins, and the difference is then the slope of nothing. Where weights grow
//! fast, free states no longer come to rest and units saturate; nothing is learned then, and a training may end as silent. Small clamps,
//! by which gradients are divided, come there sooner.
//!
//! # Shapes
//! As in equilibrium propagation.
//!
//! # Source
//! `movellan1991`; `stern2021` for coupled learning; `scellier2023` for both beside equilibrium propagation.

use super::common::chain::{hand_over, one_phase};
use super::common::equilibrium::{Dynamics, Form};
use super::common::free::{self, Free};
use super::{
    Budget, CheckedSettings, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking,
    Pause, Phase, PhaseKind, Reach, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingInfo, SettingKind,
    SettingRange, Source, StepReport, Task, Trainee, Transport,
};
use crate::kernels::{self, record};
use crate::{Batch, Loss, Mode, Named, Network, Rng, Tensor};

const ID: &str = "contrastive_hebbian";

/// Whether or not the output settles does not depend on the loss.
const SETTLED: Loss = Loss::SquaredError;

const SETTINGS: &[SettingInfo] = &[
    SettingInfo {
        key: "clamping",
        kind: SettingKind::Number,
        default: SettingDefault::Number(1.0),
        range: SettingRange::AboveUpTo(0.0, 1.0),
        help: "share of the way from the free output to the target at which it is held; weight gradients are divided by it",
    },
    free::FREE_STEPS,
    SettingInfo {
        key: "clamped_steps",
        kind: SettingKind::Count,
        default: SettingDefault::Number(10.0),
        range: SettingRange::FromTo(1.0, 100_000.0),
        help: "steps of the clamped phase",
    },
];

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["chl"],
    title: "Contrastive Hebbian learning",
    family: Family::Energy,
    summary: "States settle on symmetric weights, freely and with the output held at the target (or on its way); each \
              synapse learns from the difference of the two products of its ends.",
    claims: Claims {
        gradient: GradientClaim::Approximate,
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
    source: Source { key: "movellan1991", place: "contrastive Hebbian learning in continuous Hopfield models" },
    departures: "The clamped phase starts from the free state, as in coupled learning, and the states are those of the \
                 prototypical form of equilibrium propagation, with its steps of 30 and 10, in place of continuous \
                 time. The output settles with the rest under cross-entropy too.",
    answers: &[Inference::Settled, Inference::Feedforward],
    settings: SETTINGS,
    forward_equivalents,
    settled_equivalents: free::settled_equivalents,
    check: super::independent,
    build: |settings, setup, _| {
        Ok(Box::new(ContrastiveHebbian {
            loss: setup.loss,
            clamping: settings.number("clamping"),
            free_steps: settings.count("free_steps"),
            clamped_steps: settings.count("clamped_steps"),
        }))
    },
};

/// Two products per layer and step, and two per phase for the weights.
fn forward_equivalents(settings: &CheckedSettings, _: usize) -> f64 {
    2.0 * (settings.count("free_steps") + settings.count("clamped_steps")) as f64 + 2.0
}

#[derive(Clone, Debug)]
struct ContrastiveHebbian {
    /// What is reported.
    loss: Loss,
    /// β: the share of the way to the target.
    clamping: f64,
    free_steps: usize,
    clamped_steps: usize,
}

impl ContrastiveHebbian {
    fn free(&self) -> Free {
        Free { loss: SETTLED, form: Form::Prototypical, steps: self.free_steps }
    }
}

impl LearningRule for ContrastiveHebbian {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let network = on.network();
        let forward = network.forward(&batch.inputs, Mode::Train(rng))?;
        let dynamics = Dynamics::new(network, &forward, SETTLED, Form::Prototypical);
        let free = dynamics.settle(dynamics.rest(), self.free_steps, None)?;
        let answer = dynamics.output(&free.states);
        let loss = self.loss.evaluate(&answer, &batch.targets)?.value;
        if !loss.is_finite() {
            return Err(RuleError::NotFinite { what: "loss", layer: None });
        }
        let target = batch.targets.as_outputs(&answer)?;
        record::derive([], &target);
        let held = kernels::add_scaled(&answer, self.clamping, &kernels::subtract(&target, &answer));
        let clamped = dynamics.settle_clamped(free.states.clone(), self.clamped_steps, &held)?;
        let gradients = dynamics.contrast(&clamped, &free.states, self.clamping);
        Ok(StepReport { loss, silent: hand_over(on, gradients)? })
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
        free::supports(network, SETTLED)
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
