//! What the pictures of a battery vary in besides what is asked: size, place, grays and noise. Shared by all ensembles.

use crate::Rng;
use crate::StimulusError;
use crate::draws::uniform;
use crate::error::require;

/// Ranges from which figures are drawn; lengths are shares of the canvas, grays are codes from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nuisances {
    /// Side of the square canvas, degrees.
    pub size_deg: f64,
    /// Distance of the corners from the center, least and most; less where large inducers have no room.
    pub circumradius: [f64; 2],
    /// Largest offset of the center in each direction; less where there is no room.
    pub offset: f64,
    /// Gray level of the ground, least and most.
    pub background: [f64; 2],
    /// Contrast of the inducers, least and most; less where gray levels would leave 0 to 1.
    pub contrast: [f64; 2],
    /// Standard deviation of the pixel noise, in encoded values.
    pub noise_sd: f64,
}

impl Nuisances {
    /// The usual ranges: 4° canvas, circumradius 9–10.5 of 32, ground 0.4–0.6, contrast 0.2–0.45, noise 0.02.
    pub fn new(offset: f64) -> Self {
        Self {
            size_deg: 4.0,
            circumradius: [9.0 / 32.0, 10.5 / 32.0],
            offset,
            background: [0.4, 0.6],
            contrast: [0.2, 0.45],
            noise_sd: 0.02,
        }
    }

    /// Checks what no figure checks.
    pub(crate) fn check(&self) -> Result<(), StimulusError> {
        let (offset, noise_sd) = (self.offset, self.noise_sd);
        require("offset", offset, offset.is_finite() && offset >= 0.0, "finite and at least 0")?;
        require("noise_sd", noise_sd, noise_sd.is_finite() && noise_sd >= 0.0, "finite and at least 0")
    }

    /// A circumradius, degrees.
    pub(crate) fn circumradius_deg(&self, rng: &mut Rng) -> f64 {
        uniform(self.circumradius[0], self.circumradius[1], rng) * self.size_deg
    }

    /// Gray level of a ground, and a contrast that either polarity has room for.
    pub(crate) fn grays(&self, rng: &mut Rng) -> (f64, f64) {
        let background = uniform(self.background[0], self.background[1], rng);
        let contrast = uniform(self.contrast[0], self.contrast[1], rng).min(background).min(1.0 - background);
        (background, contrast)
    }
}
