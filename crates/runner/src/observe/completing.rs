//! Planted observer `completing`: draws the contour in the gap at a known contrast where edges are relatable, then
//! compares the gap with templates of real contours.
//!
//! The harness must call it completion and give its contrast back.

use super::gap_template;
use super::{Baseline, Fixed, How, Instrument, ObserverError, Practice};
use crate::analysis::PLANTED_CONTRAST;
use crate::battery::Block;
use crate::experiment::Role;
use rand_chacha::ChaCha8Rng;
use trompe_stimuli::Point;
use trompe_stimuli::fat_thin::{Figure, MISALIGNMENT, Variant};

/// The list entry.
pub(super) const ENTRY: Baseline = Baseline {
    id: "completing",
    title: "draws the contour in the gap at a known contrast where edges are relatable",
    role: Role::Planted,
    how: How::Fixed,
    illusions: &["fat_thin"],
    max_seeds: 5,
    build: Some(|practice| Ok(build(practice, STRICT))),
};

/// Largest sideways offset between facing edges that is still bridged, in radii of the inducer.
const STRICT: f64 = 0.2;

/// A completer; `tolerance` in radii of the inducer.
pub(super) struct Completing {
    rng: ChaCha8Rng,
    tolerance: f64,
}

pub(super) fn build(practice: Practice<'_>, tolerance: f64) -> Fixed {
    Fixed::Planted(Box::new(Completing { rng: practice.rng, tolerance }))
}

/// How far the cuts of a figure are moved, or `None` where no mouth faces its neighbors.
fn moved(figure: &Figure) -> Option<f64> {
    match figure.variant {
        Variant::Illusory | Variant::IllusoryCurved | Variant::MixedPolarity | Variant::IllusoryBar => Some(0.0),
        Variant::Misaligned | Variant::MisalignedBar => Some(MISALIGNMENT),
        Variant::Local
        | Variant::LocalCurved
        | Variant::Discs
        | Variant::RealContour { .. }
        | Variant::RealShape
        | Variant::RealFilled => None,
    }
}

/// Whether the facing edges of all neighbors line up within the tolerance.
fn relatable(figure: &Figure, tolerance: f64) -> bool {
    let Some(moved) = moved(figure) else { return false };
    let mouths = figure.mouths(moved);
    (0..4).all(|k| {
        let (here, there) = (mouths[k], mouths[(k + 1) % 4]);
        let along: Point = there.center - here.center;
        let sideways = along.cross(there.apex - here.apex) / along.length();
        sideways.abs() <= tolerance * here.radius
    })
}

impl Instrument for Completing {
    fn look(&mut self, block: &Block) -> Result<Vec<f32>, ObserverError> {
        let tolerance = self.tolerance;
        gap_template::look(block, &mut self.rng, |figure, template, picture| {
            let mut beyond = template.beyond(picture);
            if relatable(figure, tolerance) {
                let seen = (block.encoding, block.viewing);
                let drawn = template.added(figure, figure.form, PLANTED_CONTRAST, seen)?;
                beyond.iter_mut().zip(&drawn).for_each(|(value, more)| *value += more);
            }
            Ok(beyond)
        })
    }
}
