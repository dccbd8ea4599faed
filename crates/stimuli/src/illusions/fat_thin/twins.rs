//! Twins: a fat and a thin figure that share every other draw.

use super::figure::{Figure, Form, LARGEST_TURN_DEG, Polarity, Pose, Variant};
use crate::Rng;
use crate::StimulusError;
use crate::draws::{index, seed, uniform};
use crate::geometry::{Point, radians};
use crate::nuisances::Nuisances;
use std::f64::consts::SQRT_2;

/// What twins are drawn from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ensemble {
    /// How they are made.
    pub variant: Variant,
    /// Turn of the mouths, degrees.
    pub alpha_deg: f64,
    /// Share of each side within the inducers.
    pub support_ratio: f64,
    /// Size, place, grays and noise.
    pub nuisances: Nuisances,
}

impl Ensemble {
    /// The usual ensemble: 4° canvas, circumradius 9–10.5 of 32, offset up to 1 of 32, ground 0.4–0.6, contrast 0.2–0.45,
    /// noise 0.02.
    pub fn new(variant: Variant, alpha_deg: f64, support_ratio: f64) -> Self {
        Self { variant, alpha_deg, support_ratio, nuisances: Nuisances::new(1.0 / 32.0) }
    }
}

/// A fat and a thin figure with the same draws; only the sign of the turns differs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Twin {
    /// The fat one.
    pub fat: Figure,
    /// The thin one.
    pub thin: Figure,
    /// Seed of the pixel noise that both share (see [`crate::stream`]).
    pub noise_seed: u64,
    /// Standard deviation of that noise, in encoded values.
    pub noise_sd: f64,
}

impl Twin {
    /// The member of that form.
    pub fn member(&self, form: Form) -> &Figure {
        match form {
            Form::Fat => &self.fat,
            Form::Thin => &self.thin,
        }
    }
}

/// Draws `n` twins. Twin `i` is dark for even `i`, light for odd `i` (mixed: the polarity of the first inducer).
///
/// The same number of values is drawn whatever the variant, α and support ratio: the same stream gives the same poses,
/// grounds, contrasts and noise in every condition. (Where a large support ratio leaves less room, offsets shrink.)
///
/// # Errors
/// An ensemble whose figures cannot be drawn.
pub fn twins(n: usize, ensemble: &Ensemble, rng: &mut Rng) -> Result<Vec<Twin>, StimulusError> {
    ensemble.nuisances.check()?;
    (0..n)
        .map(|at| {
            let fat = draw(ensemble, if at % 2 == 0 { Polarity::Dark } else { Polarity::Light }, rng);
            fat.check()?;
            let noise_seed = seed(rng);
            Ok(Twin {
                fat,
                thin: Figure { form: Form::Thin, ..fat },
                noise_seed,
                noise_sd: ensemble.nuisances.noise_sd,
            })
        })
        .collect()
}

fn draw(ensemble: &Ensemble, polarity: Polarity, rng: &mut Rng) -> Figure {
    let nuisances = &ensemble.nuisances;
    let circumradius = nuisances.circumradius_deg(rng);
    let turn_deg = uniform(-LARGEST_TURN_DEG, LARGEST_TURN_DEG, rng);
    let side_deg = circumradius * SQRT_2;
    // The outermost corner lies 45° − |turn| from an axis; what the inducer leaves free there is the room.
    let reach = circumradius * libm::cos(radians(45.0 - turn_deg.abs())) + ensemble.support_ratio * side_deg / 2.0;
    let room = (nuisances.size_deg / 2.0 - reach).clamp(0.0, nuisances.offset * nuisances.size_deg);
    let center = Point::new(room * uniform(-1.0, 1.0, rng), room * uniform(-1.0, 1.0, rng));
    let (background, contrast) = nuisances.grays(rng);
    let arrangement = mixed(polarity, index(3, rng));
    Figure {
        size_deg: nuisances.size_deg,
        variant: ensemble.variant,
        form: Form::Fat,
        alpha_deg: ensemble.alpha_deg,
        support_ratio: ensemble.support_ratio,
        pose: Pose { center, side_deg, turn_deg },
        background,
        inducer_contrast: contrast,
        polarity: if ensemble.variant == Variant::MixedPolarity { arrangement } else { [polarity; 4] },
    }
}

/// Two of each polarity: the partner of the first inducer is one of the three others.
fn mixed(first: Polarity, partner: usize) -> [Polarity; 4] {
    let mut all = [first.other(); 4];
    all[0] = first;
    all[partner + 1] = first;
    all
}
