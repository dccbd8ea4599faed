//! The door between a rule and what it trains: the only way by which weights change.

use super::error::RuleError;
use crate::kernels;
use crate::{Gradient, Network, Tensor, Trace};

/// A change of weights, as a rule proposes it.
#[derive(Debug)]
pub enum Proposal<'a> {
    /// A direction of ascent of some loss per block, the mean over the batch; the optimizer steps down it. Nothing where
    /// the rule does not train the block in this step.
    Gradient(Vec<Option<Gradient>>),
    /// Changes that are added as they are, times the learning rate, past the optimizer: for rules with a fixed point of
    /// their own (Hebbian ones), which an adaptive optimizer would destroy. One per block or nothing.
    Direct(Vec<Option<Gradient>>),
    /// A step of parameters that the rule owns, by an optimizer group of the same kind and settings.
    Auxiliary(Vec<Auxiliary<'a>>),
}

/// A parameter that a rule owns, and its gradient.
#[derive(Debug)]
pub enum Auxiliary<'a> {
    /// Weights.
    Weight {
        /// Name within the rule; moments are kept under it.
        name: String,
        /// The parameter, changed in place.
        value: &'a mut Tensor<4>,
        /// The mean over the batch, in the parameter's shape.
        gradient: Tensor<4>,
    },
    /// Biases.
    Bias {
        /// Name within the rule; moments are kept under it.
        name: String,
        /// The parameter, changed in place.
        value: &'a mut Tensor<1>,
        /// The mean over the batch, in the parameter's shape.
        gradient: Tensor<1>,
    },
    /// Weights that follow a law of their own at a rate of their own, past the optimizer: the change is added as it is,
    /// unless the learning rate is 0, at which nothing learns.
    Own {
        /// The parameter, changed in place.
        value: &'a mut Tensor<4>,
        /// What is added to it.
        change: Tensor<4>,
    },
}

/// Adds a change to weights that follow a law of their own.
///
/// # Errors
/// [`RuleError::NotFinite`].
pub(crate) fn add_own(value: &mut Tensor<4>, change: &Tensor<4>) -> Result<(), RuleError> {
    *value = kernels::add_scaled(value, 1.0, change);
    let failure = RuleError::NotFinite { what: "the rule's own weights", layer: None };
    if kernels::is_finite(value) { Ok(()) } else { Err(failure) }
}

/// What a rule trains: a network to be read, and the door through which its weights change.
pub trait Trainee {
    /// The network as it is now.
    fn network(&self) -> &Network;

    /// Applies a proposal.
    ///
    /// # Errors
    /// If a number of it is not finite or a shape does not fit.
    fn apply(&mut self, proposal: Proposal<'_>) -> Result<(), RuleError>;

    /// Lets running statistics take note of a training pass.
    fn observe(&mut self, trace: &Trace);
}
