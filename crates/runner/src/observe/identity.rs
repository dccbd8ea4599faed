//! Planted observer `identity`: compares what is physically in the gap with templates of real contours. Nothing is.

use super::gap_template::GapReader;
use super::kanizsa_gaps::ContourReader;
use super::{Baseline, Fixed, How, Instrument, ObserverError, Practice};
use crate::battery::{Block, Figures};
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

struct Identity {
    gaps: GapReader,
    contours: ContourReader,
}

fn build(practice: Practice<'_>) -> Result<Fixed, ObserverError> {
    let gaps = GapReader::new(practice.rng.clone());
    let contours = ContourReader::of_pictures(practice.rng);
    Ok(Fixed::Planted(Box::new(Identity { gaps, contours })))
}

impl Instrument for Identity {
    fn look(&mut self, block: &Block) -> Result<Vec<f32>, ObserverError> {
        if let Figures::Kanizsa(_) = block.figures {
            return self.contours.look(block, <[f32]>::to_vec);
        }
        self.gaps.look(block, |_, template, picture| Ok(template.beyond(picture)))
    }
}
