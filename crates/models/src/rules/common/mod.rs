//! What the rules share: settings, claims, errors, the door to the network, the chain of adjoints, and probes of a loss.

pub(crate) mod chain;
pub mod claims;
pub mod door;
pub mod error;
pub(crate) mod feedback;
pub mod probe;
pub mod settings;
