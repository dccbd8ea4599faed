//! Why a rule refuses or fails.

use super::settings::SettingError;
use crate::loss::LossError;
use crate::network::ParameterError;
use crate::optimizer::OptimizerError;
use crate::spec::NetworkError;

/// Why a rule cannot train a network for a task.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The rule's local losses classify.
    #[error("its heads need class labels, and the task is to give images")]
    NeedsLabels,
    /// States of one sample would depend on the other samples.
    #[error("layer {layer} normalizes over the batch, so the states of one sample would depend on the others")]
    BatchStatistics {
        /// Index of the layer, from 0.
        layer: usize,
    },
    /// A layer is not of a kind for which the rule is defined.
    #[error("layer {layer} is {name}, and the rule {must}")]
    Layer {
        /// Index of the layer, from 0.
        layer: usize,
        /// Kind of the layer, or its nonlinearity.
        name: &'static str,
        /// What the rule needs instead, as "needs ..".
        must: &'static str,
    },
    /// The rule is not defined for the task.
    #[error("the rule {must}")]
    Task {
        /// What the rule needs, as "needs ..".
        must: &'static str,
    },
    /// There is nothing but a readout.
    #[error("it needs at least one hidden block, and the network has {blocks} block")]
    NoHiddenBlock {
        /// Blocks of the network.
        blocks: usize,
    },
}

/// Why a rule has no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RuleError {
    /// No rule has this id or alias.
    #[error("rule must be one of {known}, got \"{name}\"")]
    UnknownRule {
        /// The name.
        name: String,
        /// The ids, separated by commas.
        known: String,
    },
    /// A setting is wrong.
    #[error("rule \"{rule}\": {source}")]
    Setting {
        /// Id of the rule.
        rule: &'static str,
        /// What is wrong.
        source: SettingError,
    },
    /// The rule cannot train this network for this task.
    #[error("rule \"{rule}\" cannot train this network: {reason}")]
    Unsupported {
        /// Id of the rule.
        rule: &'static str,
        /// Why.
        reason: Reason,
    },
    /// Settled inference was asked of a rule without dynamics.
    #[error("rule \"{rule}\" has no states that settle; its inference must be \"feedforward\"")]
    NoSettling {
        /// Id of the rule.
        rule: &'static str,
    },
    /// A derivative through the last steps of a settling was asked of a rule whose settling cannot be cut.
    #[error("the settling of this rule must be differentiated through all of its steps")]
    NoPartialGradient,
    /// A number is not finite; the learner makes [`RuleError::Diverged`] of it.
    #[error("{what} must be finite")]
    NotFinite {
        /// The quantity.
        what: &'static str,
        /// Index of the layer, where it belongs to one.
        layer: Option<usize>,
    },
    /// Training diverged.
    #[error("training diverged at step {step}: {what} must be finite{}", place(*.layer))]
    Diverged {
        /// The quantity that is not finite.
        what: String,
        /// Index of the layer, where it belongs to one.
        layer: Option<usize>,
        /// Learning steps completed before.
        step: u64,
    },
    /// A block that the rule claims to train got nothing for a whole epoch.
    #[error(
        "training stopped at step {step}: layer {layer} must get a change that is not zero once in {pictures} pictures, \
         and none of the last {pictures} gave it one"
    )]
    Silent {
        /// Index of the layer.
        layer: usize,
        /// Training pictures of an epoch.
        pictures: usize,
        /// Learning steps completed.
        step: u64,
    },
    /// Saved parameters of a rule do not fit.
    #[error(
        "rule \"{rule}\": saved parameters must hold \"{name}\" in its shape, and nothing that the rule does not know"
    )]
    Restore {
        /// Id of the rule.
        rule: &'static str,
        /// The array that is missing, misshapen or unknown.
        name: String,
    },
    /// The batch does not fit the network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The targets do not fit the loss.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// The optimizer refuses.
    #[error(transparent)]
    Optimizer(#[from] OptimizerError),
    /// Saved parameters do not fit the network.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
}

fn place(layer: Option<usize>) -> String {
    layer.map_or_else(String::new, |layer| format!(" (layer {layer})"))
}
