//! Planted observer `identity`: compares what is physically in the gap with templates of real contours. Nothing is.

use super::gap_template::GapReader;
use super::{Baseline, Fixed, How, Instrument, ObserverError, Practice};
use crate::battery::Block;
use crate::experiment::Role;

/// The list entry.
pub(super) const ENTRY: Baseline = Baseline {
    id: "identity",
    title: "reads the gap as it is",
    role: Role::Planted,
    how: How::Fixed,
    illusions: &["fat_thin", "kanizsa"],
    max_seeds: 5,
    build: Some(build),
};

struct Identity(GapReader);

fn build(practice: Practice<'_>) -> Result<Fixed, ObserverError> {
    Ok(Fixed::Planted(Box::new(Identity(GapReader::new(practice.rng)))))
}

impl Instrument for Identity {
    fn look(&mut self, block: &Block) -> Result<Vec<f32>, ObserverError> {
        self.0.look(block, |_, template, picture| Ok(template.beyond(picture)))
    }
}
