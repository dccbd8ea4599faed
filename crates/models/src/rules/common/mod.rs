//! What the rules share: settings, claims, errors, the door to the network, the chain of adjoints, feedback, heads, probes of
//! a loss, and targets.

pub(crate) mod chain;
pub mod claims;
pub mod door;
pub mod equilibrium;
pub mod error;
pub(crate) mod feedback;
pub(crate) mod free;
pub mod generative;
pub(crate) mod heads;
pub(crate) mod hebbian;
pub mod probe;
pub mod settings;
pub mod settling;
pub(crate) mod similarity;
pub(crate) mod stage;
pub(crate) mod targets;
