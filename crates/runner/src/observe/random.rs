//! Planted observer `random`: evidence drawn from a normal distribution, whatever is shown.
//!
//! Every measure must come out null for it, and every interval must cover zero as often as it says.

use super::{Baseline, Fixed, How, Instrument, ObserverError, Practice};
use crate::battery::Block;
use crate::experiment::Role;
use rand_chacha::ChaCha8Rng;

/// The list entry.
pub(super) const ENTRY: Baseline = Baseline {
    id: "random",
    title: "answers at random",
    role: Role::Planted,
    how: How::Fixed,
    illusions: &["abutting", "digits", "fat_thin", "kanizsa"],
    max_seeds: 5,
    build: Some(build),
};

struct Random(ChaCha8Rng);

fn build(practice: Practice<'_>) -> Result<Fixed, ObserverError> {
    Ok(Fixed::Planted(Box::new(Random(practice.rng))))
}

impl Instrument for Random {
    fn look(&mut self, block: &Block) -> Result<Vec<f32>, ObserverError> {
        Ok(trompe_models::rng::normals(block.images(), &mut self.0).into_iter().map(|draw| draw as f32).collect())
    }
}
