//! What the rules share: settings, claims, errors, the door to the network, and the chain of adjoints.

pub(crate) mod chain;
pub mod claims;
pub mod door;
pub mod equilibrium;
pub mod error;
pub(crate) mod feedback;
pub mod settings;
pub(crate) mod stage;
