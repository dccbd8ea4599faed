//! World `quads_clean`: as `quads`, with full discs where that world has cut ones. A claim about rules must hold in both.
//!
//! # Source
//! The prototype of this project, in which the clutter moved the outcome more than the rule did.

use super::quads::Quads;
use super::{Teaches, WorldEntry};

/// The list entry.
pub const ENTRY: WorldEntry = WorldEntry {
    id: "quads_clean",
    title: "Fat and thin quadrilaterals among discs and lines",
    source: "after Ringach and Shapley 1996; distribution from this project's prototype",
    teaches: Teaches::Classes,
    build: |settings| Ok(Box::new(Quads::read(settings, "quads_clean", false)?)),
};
