//! Planted observer `completing`: draws the contour in the gap at a known contrast where edges are relatable, then
//! compares the gap with templates of real contours.
//!
//! The harness must call it completion and give its contrast back.

use super::gap_template::{GapReader, key};
use super::kanizsa_gaps::ContourReader;
use super::{Baseline, Fixed, How, Instrument, ObserverError, Practice};
use crate::analysis::PLANTED_CONTRAST;
use crate::battery::{Block, Figures};
use crate::experiment::Role;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use trompe_stimuli::Point;
use trompe_stimuli::fat_thin::{Figure, Form};

/// The list entry.
pub(super) const ENTRY: Baseline = Baseline {
    id: "completing",
    title: "draws the contour in the gap at a known contrast where edges are relatable",
    role: Role::Planted,
    how: How::Fixed,
    illusions: &["fat_thin", "kanizsa"],
    max_seeds: 5,
    build: Some(|practice| Ok(build(practice, STRICT, PLANTED_CONTRAST))),
};

/// Largest sideways offset between facing edges that is still bridged, in radii of the inducer.
pub(super) const STRICT: f64 = 0.2;

/// A completer; `tolerance` in radii of the inducer, `contrast` relative to the inducers'.
pub(super) struct Completing {
    gaps: GapReader,
    contours: ContourReader,
    tolerance: f64,
    contrast: f64,
}

pub(super) fn build(practice: Practice<'_>, tolerance: f64, contrast: f64) -> Fixed {
    let gaps = GapReader::new(practice.rng.clone());
    let contours = ContourReader::new(practice.rng, tolerance, contrast);
    Fixed::Planted(Box::new(Completing { gaps, contours, tolerance, contrast }))
}

/// Whether the facing edges of all neighbors line up within the tolerance.
fn relatable(figure: &Figure, tolerance: f64) -> bool {
    let Some(moved) = figure.cut_shift() else { return false };
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
        if let Figures::Kanizsa(_) = block.figures {
            return self.contours.look(block, <[f32]>::to_vec);
        }
        let (tolerance, contrast, seen) = (self.tolerance, self.contrast, (block.encoding, block.viewing));
        // In a reliance block the same figure comes under many noise fields.
        let mut drawn = BTreeMap::new();
        self.gaps.look(block, |figure, template, picture| {
            let mut beyond = template.beyond(picture);
            if relatable(figure, tolerance) {
                let of = (key(figure), figure.form == Form::Fat);
                let more = match drawn.entry(of) {
                    Entry::Occupied(there) => there.into_mut(),
                    Entry::Vacant(free) => free.insert(template.added(figure, figure.form, contrast, seen)?),
                };
                beyond.iter_mut().zip(&*more).for_each(|(value, more)| *value += more);
            }
            Ok(beyond)
        })
    }
}
