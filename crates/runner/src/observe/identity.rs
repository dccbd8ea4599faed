//! Planted observer `identity`: compares what is physically in the gap with templates of real contours. Nothing is.

use super::gap_template;
use super::{Baseline, Fixed, How, Instrument, ObserverError, Practice};
use crate::battery::Block;
use crate::experiment::Role;
use rand_chacha::ChaCha8Rng;

/// The list entry.
pub(super) const ENTRY: Baseline = Baseline {
    id: "identity",
    title: "reads the gap as it is",
    role: Role::Planted,
    how: How::Fixed,
    illusions: &["fat_thin"],
    max_seeds: 5,
    build: Some(build),
};

struct Identity(ChaCha8Rng);

fn build(practice: Practice<'_>) -> Result<Fixed, ObserverError> {
    Ok(Fixed::Planted(Box::new(Identity(practice.rng))))
}

impl Instrument for Identity {
    fn look(&mut self, block: &Block) -> Result<Vec<f32>, ObserverError> {
        gap_template::look(block, &mut self.0, |_, template, picture| Ok(template.beyond(picture)))
    }
}
