//! Planted observer `inward_corners`: looks at each disc by itself, wherever it was moved, for a mouth that faces inward.
//!
//! Within a window that stays inside the disc it compares the sector in which the mouth of the illusion would be with the
//! rest, as a share of the inducers' contrast: 1 for that mouth, less for a turned one, 0 for a full disc or none. Evidence is
//! the mean over discs plus internal noise. It sees no gap and no alignment.

use super::collinear_edge::sample;
use super::{Baseline, Fixed, How, Instrument, InternalNoise, ObserverError, Practice};
use crate::battery::Block;
use crate::experiment::Role;
use trompe_stimuli::kanizsa::{Disc, Figure};
use trompe_stimuli::{Point, Viewing};

/// The list entry.
pub(super) const ENTRY: Baseline = Baseline {
    id: "inward_corners",
    title: "one detector of an inward mouth for each disc, blind to gaps and alignment",
    role: Role::Planted,
    how: How::Fixed,
    illusions: &["kanizsa"],
    max_seeds: 5,
    build: Some(|practice: Practice<'_>| Ok(Fixed::Planted(Box::new(InwardCorners(InternalNoise::new(practice.rng)))))),
};

/// Where a disc is read: rings, in its radii, off the tip and within an arc that closes the mouth.
const RINGS: [f64; 3] = [0.3, 0.45, 0.6];
/// Places on each ring.
const PLACES: usize = 24;
/// Standard deviation of the internal noise, in units of a whole mouth.
const INTERNAL_NOISE: f64 = 0.2;

struct InwardCorners(InternalNoise);

impl Instrument for InwardCorners {
    fn look(&mut self, block: &Block) -> Result<Vec<f32>, ObserverError> {
        let shown = (block, block.figures.kanizsa());
        Ok(self.0.beside(shown, INTERNAL_NOISE, |figure, picture| mouths(figure, picture, block.viewing)))
    }
}

/// The mean over discs of how much of an inward mouth there is; 0 without discs.
fn mouths(figure: &Figure, picture: &[f32], viewing: Viewing) -> f64 {
    let discs: Vec<Disc> = figure.discs().into_iter().filter(|disc| disc.filled).collect();
    let sum: f64 = discs.iter().map(|disc| mouth(figure, disc, picture, viewing)).sum();
    if discs.is_empty() { 0.0 } else { sum / discs.len() as f64 }
}

fn mouth(figure: &Figure, disc: &Disc, picture: &[f32], viewing: Viewing) -> f64 {
    // The center is seen from where the disc would stand in the illusion, at any place of the disc.
    let inward = (figure.center - disc.center).angle();
    let half = std::f64::consts::FRAC_PI_2 - std::f64::consts::PI / figure.shape.discs() as f64;
    let contrast = disc.polarity.sign() * figure.inducer_contrast;
    let (mut within, mut beyond) = ((0.0, 0.0), (0.0, 0.0));
    for ring in RINGS {
        for place in 0..PLACES {
            let off = std::f64::consts::TAU * (place as f64 + 0.5) / PLACES as f64 - std::f64::consts::PI;
            let at = disc.center + Point::polar(ring * disc.radius, inward + off);
            let empty = 1.0 - (sample(picture, at, viewing) - figure.background) / contrast;
            let sector = if off.abs() < half { &mut within } else { &mut beyond };
            *sector = (sector.0 + empty, sector.1 + 1.0);
        }
    }
    within.0 / within.1 - beyond.0 / beyond.1
}
