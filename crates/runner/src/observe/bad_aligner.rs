//! Planted observer `bad_aligner`: completes as `completing` does, but also where facing edges do not line up.
//!
//! It relies on the gap and not on relatability, so it must not be called completion.

use super::completing;
use super::{Baseline, How};
use crate::analysis::PLANTED_CONTRAST;
use crate::experiment::Role;

/// Largest offset that is bridged, in radii of the inducer: beyond that of misaligned inducers. A mouth that faces away has its
/// edges farther off.
const LOOSE: f64 = 0.6;

/// The list entry.
pub(super) const ENTRY: Baseline = Baseline {
    id: "bad_aligner",
    title: "draws the contour in the gap wherever mouths face each other, aligned or not",
    role: Role::Planted,
    how: How::Fixed,
    illusions: &["fat_thin", "kanizsa"],
    max_seeds: 5,
    build: Some(|practice| Ok(completing::build(practice, LOOSE, PLANTED_CONTRAST))),
};
