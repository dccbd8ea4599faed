//! Planted observer `completing_surely`: completes Kanizsa figures as `completing` does, at twice the contrast.
//!
//! A whole-shape template (`ideal`) tells inward from rotated inducers by a d′ of about 3 without completing anything, and who does
//! no better may not be called completion. This one does better, so that its verdict is known beside every baseline; its d′ ends
//! where as many pairs as are shown can tell no more, so its contrast is not asked back.

use super::completing::{self, STRICT};
use super::{Baseline, How};
use crate::analysis::PLANTED_CONTRAST;
use crate::experiment::Role;

/// The list entry.
pub(super) const ENTRY: Baseline = Baseline {
    id: "completing_surely",
    title: "draws the contour in the gap at twice that contrast where edges are relatable",
    role: Role::Planted,
    how: How::Fixed,
    illusions: &["kanizsa"],
    max_seeds: 5,
    build: Some(|practice| Ok(completing::build(practice, STRICT, 2.0 * PLANTED_CONTRAST))),
};
