//! Planted observer `bad_aligner`: completes as `completing` does, but also where facing edges do not line up.
//!
//! It relies on the gap and not on relatability, so it must not be called completion.

use super::completing;
use super::{Baseline, How};
use crate::experiment::Role;

/// The list entry.
pub(super) const ENTRY: Baseline = Baseline {
    id: "bad_aligner",
    title: "draws the contour in the gap wherever mouths face each other, aligned or not",
    role: Role::Planted,
    how: How::Fixed,
    illusions: &["fat_thin"],
    max_seeds: 5,
    build: Some(|practice| Ok(completing::build(practice, f64::INFINITY))),
};
