//! Learning rules: each proposes weight changes, and an optimizer applies them.
//!
//! A rule is one file of this folder and one name in [`ALL`]. It reads the network and a batch, keeps what is its own
//! (feedback weights, heads), and hands every change of weights through the door of a [`Trainee`]; so rules differ in one
//! place only, and each proposal can be compared with the true gradient. What a rule claims of itself is data
//! ([`Claims`]), and tests check it by intervention.

mod backprop;
mod backprop_noisy;
mod batch_random_sign_feedback;
mod brain_prop;
pub mod common;
mod competitive_forward_forward;
mod contrastive_hebbian;
mod counter_current;
mod deep_supervision;
mod difference_target_propagation;
mod direct_feedback_alignment;
mod direct_random_target_projection;
mod dual_propagation;
pub mod equilibrium_propagation;
mod error_optimized_predictive_coding;
mod feedback_alignment;
mod fixed_prediction_coding;
mod fixed_random_sign_feedback;
mod forward_forward;
pub mod generative_predictive_coding;
mod incremental_predictive_coding;
mod kernel_bottleneck;
mod kolen_pollack;
mod krotov_hopfield;
mod local_difference_reconstruction;
mod local_loss;
mod modulated_input;
mod mono_forward;
pub mod node_perturbation;
mod predictive_coding;
mod random_features;
mod sanger;
mod sham_feedback;
mod soft_hebb;
mod uniform_sign_feedback;
mod weight_mirror;
pub mod weight_perturbation;
mod zero_divergence_inference;

use crate::{Batch, Loss, Named, Network, Rng, Tensor};

pub use common::claims::{Claims, ErrorPath, GradientClaim, Lateral, Locking, Pause, Source, Transport};
pub use common::door::{Auxiliary, Proposal, Trainee};
pub use common::error::{Reason, RuleError};
pub use common::probe::{Origin, Probe, Sides};
pub use common::settings::{
    CheckedSettings, SettingDefault, SettingError, SettingInfo, SettingKind, SettingRange, SettingValue, Settings,
};

/// Every rule, in the order of its ids.
pub static ALL: &[RuleEntry] = &[
    backprop::ENTRY,
    backprop_noisy::ENTRY,
    batch_random_sign_feedback::ENTRY,
    brain_prop::ENTRY,
    competitive_forward_forward::ENTRY,
    contrastive_hebbian::ENTRY,
    counter_current::ENTRY,
    deep_supervision::ENTRY,
    difference_target_propagation::ENTRY,
    direct_feedback_alignment::ENTRY,
    direct_random_target_projection::ENTRY,
    dual_propagation::ENTRY,
    equilibrium_propagation::ENTRY,
    error_optimized_predictive_coding::ENTRY,
    feedback_alignment::ENTRY,
    fixed_prediction_coding::ENTRY,
    fixed_random_sign_feedback::ENTRY,
    forward_forward::ENTRY,
    generative_predictive_coding::ENTRY,
    incremental_predictive_coding::ENTRY,
    kernel_bottleneck::ENTRY,
    kolen_pollack::ENTRY,
    krotov_hopfield::ENTRY,
    local_difference_reconstruction::ENTRY,
    local_loss::ENTRY,
    modulated_input::ENTRY,
    mono_forward::ENTRY,
    node_perturbation::ENTRY,
    predictive_coding::ENTRY,
    random_features::ENTRY,
    sanger::ENTRY,
    sham_feedback::ENTRY,
    soft_hebb::ENTRY,
    uniform_sign_feedback::ENTRY,
    weight_mirror::ENTRY,
    weight_perturbation::ENTRY,
    zero_divergence_inference::ENTRY,
];

/// The rule of an id or alias.
///
/// # Errors
/// [`RuleError::UnknownRule`], with the ids that exist.
pub fn find(name: &str) -> Result<&'static RuleEntry, RuleError> {
    let named = |entry: &&RuleEntry| entry.id == name || entry.aliases.contains(&name);
    ALL.iter().find(named).ok_or_else(|| {
        let known: Vec<_> = ALL.iter().map(|entry| entry.id).collect();
        RuleError::UnknownRule { name: name.to_owned(), known: known.join(", ") }
    })
}

/// One line of the list of rules: what people read, what tests check, and how the rule is built.
#[derive(Clone, Copy, Debug)]
pub struct RuleEntry {
    /// File stem, TOML id and CSV value.
    pub id: &'static str,
    /// Other names by which [`find`] knows it.
    pub aliases: &'static [&'static str],
    /// Name for people.
    pub title: &'static str,
    /// Family of the rule.
    pub family: Family,
    /// What it is, in a sentence or two.
    pub summary: &'static str,
    /// Its row in the ledger of biological plausibility, at the settings' defaults; a built rule's own is
    /// [`crate::Learner::claims`].
    pub claims: Claims,
    /// Where it was published.
    pub source: Source,
    /// What differs from the publication, and why.
    pub departures: &'static str,
    /// How a network that it trained can answer, the way that is meant first.
    pub answers: &'static [Inference],
    /// Settings that an experiment may give.
    pub settings: &'static [SettingInfo],
    /// Nominal multiply-accumulates per training sample in units of one forward pass, for a network of that many blocks.
    pub forward_equivalents: fn(&CheckedSettings, usize) -> f64,
    /// The same per settled answer: 1 where states that start at the forward pass never leave it, or where the rule does not
    /// settle.
    pub settled_equivalents: fn(&CheckedSettings) -> f64,
    /// What must hold of several settings together; called with what was given and with what stands.
    pub check: fn(&Settings, &CheckedSettings) -> Result<(), SettingError>,
    /// Makes the rule for a network; settings have been checked against the list.
    pub build: BuildRule,
}

impl RuleEntry {
    /// The settings that stand for those given: checked, each and together, and with the defaults filled in.
    ///
    /// # Errors
    /// [`RuleError::Setting`].
    pub fn settings(&self, given: &Settings) -> Result<CheckedSettings, RuleError> {
        let wrong = |source| RuleError::Setting { rule: self.id, source };
        let checked = given.check(self.settings).map_err(wrong)?;
        (self.check)(given, &checked).map_err(wrong)?;
        Ok(checked)
    }

    /// The rule for a network.
    ///
    /// # Errors
    /// [`RuleError::Setting`].
    pub fn make(&self, given: &Settings, setup: Setup<'_>, rng: &mut Rng) -> Result<Box<dyn LearningRule>, RuleError> {
        (self.build)(&self.settings(given)?, setup, rng)
    }
}

/// For rules whose settings do not depend on each other.
fn independent(_: &Settings, _: &CheckedSettings) -> Result<(), SettingError> {
    Ok(())
}

/// Makes a rule for a network. Feedback weights are drawn from the stream.
pub type BuildRule = fn(&CheckedSettings, Setup<'_>, &mut Rng) -> Result<Box<dyn LearningRule>, RuleError>;

/// What a rule is built for.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'a> {
    /// The network that will be trained.
    pub network: &'a Network,
    /// The loss of its output.
    pub loss: Loss,
}

/// Families of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// The gradient itself.
    Exact,
    /// Backpropagation with another way back.
    FeedbackPath,
    /// States that settle into a minimum of an energy.
    Energy,
    /// A loss for every layer.
    LocalLoss,
    /// Activity before and after the synapse, and what neighbors do.
    Hebbian,
    /// What a change of activity, weights or input does to the output.
    Perturbation,
    /// Not a hypothesis but a comparison.
    Control,
}

impl Family {
    /// The family as reports write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact gradient",
            Self::FeedbackPath => "feedback path",
            Self::Energy => "energy",
            Self::LocalLoss => "local loss",
            Self::Hebbian => "Hebbian",
            Self::Perturbation => "perturbation",
            Self::Control => "control",
        }
    }
}

/// What a network is trained for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// To name one of some classes.
    Classification,
    /// To give an image.
    Images,
}

/// How an answer is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Inference {
    /// One forward pass.
    Feedforward,
    /// States settle, with the output free.
    Settled,
}

/// How far back along the course of settling a derivative goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Through every step: the true derivative.
    All,
    /// Through so many of the last steps; the states before them count as constants, the inputs of these steps do not.
    /// One step is the one-step gradient. The true derivative only where there are no more steps than these.
    Last(usize),
}

/// The length of a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Learning steps in all.
    pub steps: u64,
}

/// A part of a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    /// What is trained in it.
    pub kind: PhaseKind,
    /// Learning steps.
    pub steps: u64,
}

/// What a phase trains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhaseKind {
    /// Feedback weights only, without labels.
    Mirror,
    /// One block.
    Layer(usize),
    /// All that the rule trains.
    Joint,
    /// The last block only.
    Readout,
}

/// What one learning step did.
#[derive(Clone, Debug, PartialEq)]
pub struct StepReport {
    /// Loss of the batch, in training mode, before the step.
    pub loss: f64,
    /// Blocks that the rule claims to train and for which it proposed exactly nothing (all zeros): a dead path, unless a
    /// known cause stands in the rule's departures. The learner counts them: a block that is silent in every step of an
    /// epoch ends the training. Blocks that the phase does not train are not among them.
    pub silent: Vec<usize>,
}

/// What a network answers.
#[derive(Clone, Debug)]
pub struct Response {
    /// `[n, classes, 1, 1]` evidence before the softmax, or `[n, c, h, w]` images.
    pub output: Tensor<4>,
    /// Activity of every block, `[n, c, h, w]`, the output last.
    pub layers: Vec<Tensor<4>>,
    /// How it came about, where states settled; nothing where the answer is one pass.
    pub course: Option<Course>,
    /// What the rule's network predicts of the inputs, `[n, c, h, w]` of their shape; nothing where the rule predicts no
    /// inputs.
    pub reconstruction: Option<Tensor<4>>,
}

/// The course of settling.
#[derive(Clone, Debug)]
pub struct Course {
    /// Energy of the batch before each step and after the last one, summed over samples.
    pub energies: Vec<f64>,
    /// The output at the same times, `[n, c, h, w]`.
    pub outputs: Vec<Tensor<4>>,
}

/// A learning rule.
pub trait LearningRule: Send {
    /// The parts of a training, whose steps add up to the budget.
    fn phases(&self, network: &Network, budget: Budget) -> Vec<Phase>;

    /// One learning step. Every change of weights goes through [`Trainee::apply`], once or several times; a rule never
    /// writes the network's weights itself. The network is in training mode; dropout masks are drawn from the stream
    /// before anything else.
    ///
    /// # Errors
    /// A [`RuleError`] if the batch does not fit or a number is not finite.
    fn step(
        &mut self,
        on: &mut dyn Trainee,
        phase: &Phase,
        batch: &Batch,
        rng: &mut Rng,
    ) -> Result<StepReport, RuleError>;

    /// What the network answers (evidence or image), the activity of every block, and its course where it settles.
    ///
    /// # Errors
    /// [`RuleError::NoSettling`] where the rule has no dynamics, or if the inputs do not fit.
    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError>;

    /// The output of [`LearningRule::respond`] alone, bit for bit, to be differentiated with respect to the inputs: the
    /// inputs live on burn's differentiating device, and all that is computed from them must be made of operations of
    /// [`crate::kernels`] or of burn.
    ///
    /// # Errors
    /// As [`LearningRule::respond`]; [`RuleError::NoPartialGradient`] for [`Reach::Last`] of a settling that is not cut.
    fn evidence(
        &self,
        network: &Network,
        inputs: &Tensor<4>,
        inference: Inference,
        reach: Reach,
    ) -> Result<Tensor<4>, RuleError> {
        match (inference, reach) {
            (Inference::Feedforward, _) | (Inference::Settled, Reach::All) => {
                Ok(self.respond(network, inputs, inference)?.output)
            }
            (Inference::Settled, Reach::Last(_)) => match self.respond(network, inputs, inference) {
                Ok(_) => Err(RuleError::NoPartialGradient),
                Err(error) => Err(error),
            },
        }
    }

    /// What the network is shown of inputs when it is to answer: the inputs themselves, unless the rule writes something of
    /// its own over them (a label that favors no class). The loss of a step, and the true gradient, are of this.
    fn shown(&self, inputs: &Tensor<4>) -> Tensor<4> {
        inputs.clone()
    }

    /// Whether the rule can train this network for this task.
    ///
    /// # Errors
    /// The reason why not.
    fn supports(&self, task: Task, network: &Network) -> Result<(), Reason>;

    /// What the rule claims with the settings that it was built with: `listed`, the claims of its line in the list, unless
    /// a setting changes one of them.
    fn claims(&self, listed: Claims) -> Claims {
        listed
    }

    /// The rule's own parameters (feedback weights, heads), saved with the network.
    fn parameters(&self) -> Named;

    /// Takes the rule's own parameters back.
    ///
    /// # Errors
    /// [`RuleError::Restore`] if names or shapes are not those of [`LearningRule::parameters`].
    fn restore(&mut self, saved: &Named) -> Result<(), RuleError>;

    /// The same rule in the same state, for diagnostics that must change nothing.
    fn copy(&self) -> Box<dyn LearningRule>;
}
