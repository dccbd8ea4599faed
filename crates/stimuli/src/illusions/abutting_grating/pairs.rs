//! Pairs: the figure and its control, equal in every other draw and in light.

use super::figure::{Figure, Variant};
use super::lines::{Direction, Lines};
use crate::Rng;
use crate::StimulusError;
use crate::draws::{index, seed, uniform};
use crate::error::require;
use crate::geometry::Point;
use crate::illusions::kanizsa::Shape;
use crate::settings::chosen;

/// Draws before a shape with equal light is given up.
const TRIES: usize = 10_000;

/// What stands beside the figure in a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// The same lines without a shift: no contour at all. Primary.
    Unshifted,
    /// Lines shifted inside a random outline of the same area: a contour, but of no shape.
    Blob,
}

impl Control {
    /// The control of that name.
    ///
    /// # Errors
    /// [`StimulusError::UnknownChoice`] for any other name.
    pub fn named(name: &str) -> Result<Self, StimulusError> {
        chosen("abutting_grating", "control", name, &[("unshifted", Self::Unshifted), ("blob", Self::Blob)])
    }

    /// Its name in tables.
    pub fn id(self) -> &'static str {
        match self {
            Self::Unshifted => "unshifted",
            Self::Blob => "blob",
        }
    }
}

/// Gray levels of ground and lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grays {
    /// White lines on black.
    Published,
    /// As the worlds: ground 0.4–0.6, contrast 0.2–0.45; lines darker for even, lighter for odd indices.
    Balanced,
}

/// What pairs are drawn from; lengths as shares of the canvas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ensemble {
    /// The shape.
    pub shape: Shape,
    /// Its partner.
    pub control: Control,
    /// How the lines run.
    pub direction: Direction,
    /// Pixels from line to line; even.
    pub period: usize,
    /// Side of the square canvas, pixels.
    pub size_px: usize,
    /// Side of the square canvas, degrees.
    pub size_deg: f64,
    /// Distance of the corners from the center, least and most.
    pub circumradius: [f64; 2],
    /// Largest offset of the center in each direction; less where there is no room.
    pub offset: f64,
    /// Gray levels.
    pub grays: Grays,
    /// Standard deviation of the pixel noise, in encoded values.
    pub noise_sd: f64,
}

impl Ensemble {
    /// The usual ensemble: 32 pixels, 4° canvas, circumradius 10–13 of 32, offset up to 2 of 32, published grays, no noise.
    pub fn new(shape: Shape, control: Control, direction: Direction, period: usize) -> Self {
        Self {
            shape,
            control,
            direction,
            period,
            size_px: 32,
            size_deg: 4.0,
            circumradius: [10.0 / 32.0, 13.0 / 32.0],
            offset: 2.0 / 32.0,
            grays: Grays::Published,
            noise_sd: 0.0,
        }
    }
}

/// The figure and its control, equal in every other draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The figure.
    pub figure: Figure,
    /// Its control.
    pub control: Figure,
    /// Seed of the pixel noise that both share (see [`crate::stream`]).
    pub noise_seed: u64,
    /// Standard deviation of that noise, in encoded values.
    pub noise_sd: f64,
}

/// Draws `n` pairs, turned by any angle. Size, place, turn and first line are drawn again until figure and control have
/// the same number of line pixels, so that light tells nothing.
///
/// The same stream gives the same figures and the same noise whatever the control.
///
/// # Errors
/// An ensemble whose figures cannot be drawn; [`StimulusError::Exhausted`] when none has equal light.
pub fn pairs(n: usize, ensemble: &Ensemble, rng: &mut Rng) -> Result<Vec<Pair>, StimulusError> {
    require("noise_sd", ensemble.noise_sd, ensemble.noise_sd.is_finite() && ensemble.noise_sd >= 0.0, "at least 0")?;
    require("offset", ensemble.offset, ensemble.offset.is_finite() && ensemble.offset >= 0.0, "at least 0")?;
    (0..n)
        .map(|at| {
            let figure = draw(ensemble, at % 2 == 1, rng)?;
            let (blob_seed, noise_seed) = (seed(rng), seed(rng));
            let control = match ensemble.control {
                Control::Unshifted => Figure { lines: unshifted(figure.lines), ..figure },
                Control::Blob => Figure { variant: Variant::Blob(blob_seed), ..figure },
            };
            Ok(Pair { figure, control, noise_seed, noise_sd: ensemble.noise_sd })
        })
        .collect()
}

/// The lines as they lie outside the figure, everywhere.
fn unshifted(lines: Lines) -> Lines {
    Lines { start: lines.at(false), shift: 0, ..lines }
}

/// A figure whose shape holds as many pixels of its own lines as of the lines outside, continued.
fn draw(ensemble: &Ensemble, lighter: bool, rng: &mut Rng) -> Result<Figure, StimulusError> {
    let (ground, line) = grays(ensemble.grays, lighter, rng);
    for _ in 0..TRIES {
        let figure = pose(ensemble, [ground, line], rng);
        figure.check()?;
        let counts = figure.counts(&figure.shape_mask()?);
        let Lines { period, shift, .. } = figure.lines;
        let equal: Vec<usize> =
            (0..period).filter(|&start| counts[start] == counts[(start + shift) % period]).collect();
        if !equal.is_empty() {
            let start = equal[index(equal.len(), rng)];
            return Ok(Figure { lines: Lines { start, ..figure.lines }, ..figure });
        }
    }
    Err(StimulusError::Exhausted { what: "shape with equal light", tries: TRIES })
}

fn grays(grays: Grays, lighter: bool, rng: &mut Rng) -> (f64, f64) {
    match grays {
        Grays::Published => (0.0, 1.0),
        Grays::Balanced => {
            let ground = uniform(0.4, 0.6, rng);
            let contrast = uniform(0.2, 0.45, rng).min(ground).min(1.0 - ground);
            (ground, if lighter { ground + contrast } else { ground - contrast })
        }
    }
}

fn pose(ensemble: &Ensemble, [ground, line]: [f64; 2], rng: &mut Rng) -> Figure {
    let circumradius_deg = uniform(ensemble.circumradius[0], ensemble.circumradius[1], rng) * ensemble.size_deg;
    let room = (ensemble.size_deg / 2.0 - circumradius_deg).min(ensemble.offset * ensemble.size_deg).max(0.0);
    let center = Point::new(uniform(-room, room, rng), uniform(-room, room, rng));
    Figure {
        size_px: ensemble.size_px,
        size_deg: ensemble.size_deg,
        shape: ensemble.shape,
        variant: Variant::In,
        circumradius_deg,
        center,
        turn_deg: uniform(0.0, 360.0, rng),
        lines: Lines::published(ensemble.direction, ensemble.period),
        ground,
        line,
    }
}
