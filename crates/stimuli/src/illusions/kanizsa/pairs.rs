//! Pairs: the illusion and its control, equal in every other draw.

use super::figure::{Figure, Shape, Variant};
use crate::Rng;
use crate::StimulusError;
use crate::clutter::forms_nothing;
use crate::draws::{seed, stream, uniform};
use crate::error::require;
use crate::figures::Pacman;
use crate::geometry::{Point, radians};
use crate::illusions::fat_thin::Polarity;
use crate::settings::chosen;

/// Draws before turned discs are given up.
const TRIES: usize = 10_000;
/// Turns of the rotated control, degrees.
const TURNS_DEG: [f64; 2] = [60.0, 300.0];

/// Turns for the rotated control: uniform from 60° to 300°, drawn again while edges of two discs, neighbors or not,
/// could be joined (each within 15° of the line between their centers).
///
/// # Errors
/// [`StimulusError::Exhausted`] when no draw meets the condition.
pub fn draw_turns(figure: &Figure, rng: &mut Rng) -> Result<[f64; 6], StimulusError> {
    let n = figure.shape.discs();
    for _ in 0..TRIES {
        let mut turns = [0.0; 6];
        for turn in &mut turns[..n] {
            *turn = radians(uniform(TURNS_DEG[0], TURNS_DEG[1], rng));
        }
        let mouths: Vec<Pacman> = (0..n).map(|k| figure.mouth(k).turned(turns[k])).collect();
        if (1..n).all(|k| forms_nothing(&mouths[k], &mouths[..k])) {
            return Ok(turns);
        }
    }
    Err(StimulusError::Exhausted { what: "turns without collinear edges", tries: TRIES })
}

/// What stands beside the illusion in a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Mouths outward.
    Out,
    /// Random turns. Primary.
    Rotated,
    /// Full discs.
    Discs,
    /// Edges not collinear.
    Misaligned,
    /// Mouths closed.
    Closed,
}

impl Control {
    /// The control of that name.
    ///
    /// # Errors
    /// [`StimulusError::UnknownChoice`] for any other name.
    pub fn named(name: &str) -> Result<Self, StimulusError> {
        let names = [
            ("rotated", Self::Rotated),
            ("discs", Self::Discs),
            ("misaligned", Self::Misaligned),
            ("closed", Self::Closed),
            ("out", Self::Out),
        ];
        chosen("kanizsa", "control", name, &names)
    }
}

/// What pairs are drawn from; lengths as shares of the canvas, see [`Ensemble::new`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ensemble {
    /// The implied shape.
    pub shape: Shape,
    /// Its partner.
    pub control: Control,
    /// Share of the outline within the discs.
    pub support_ratio: f64,
    /// Side of the square canvas, degrees.
    pub size_deg: f64,
    /// Distance of the discs from the center, least and most; less where discs of a large support ratio have no room.
    pub circumradius: [f64; 2],
    /// Largest offset of the center in each direction; less where there is no room.
    pub offset: f64,
    /// Gray level of the ground, least and most.
    pub background: [f64; 2],
    /// Contrast of the discs, least and most.
    pub contrast: [f64; 2],
    /// Standard deviation of the pixel noise, in encoded values.
    pub noise_sd: f64,
}

impl Ensemble {
    /// The usual ensemble: 4° canvas, circumradius 9–10.5 of 32, offset up to 1.5 of 32, ground 0.4–0.6, contrast 0.2–0.45,
    /// noise 0.02.
    pub fn new(shape: Shape, control: Control, support_ratio: f64) -> Self {
        Self {
            shape,
            control,
            support_ratio,
            size_deg: 4.0,
            circumradius: [9.0 / 32.0, 10.5 / 32.0],
            offset: 1.5 / 32.0,
            background: [0.4, 0.6],
            contrast: [0.2, 0.45],
            noise_sd: 0.02,
        }
    }
}

/// The illusion and its control, equal in every other draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The illusion.
    pub figure: Figure,
    /// Its control.
    pub control: Figure,
    /// Seed of the pixel noise that both share (see [`crate::stream`]).
    pub noise_seed: u64,
    /// Standard deviation of that noise, in encoded values.
    pub noise_sd: f64,
}

/// Draws `n` pairs: dark for even, light for odd indices; turned by any angle, as the polygons of the world are.
///
/// The same stream gives the same illusions and the same noise whatever the control: turns have a stream of their own.
///
/// # Errors
/// An ensemble whose figures cannot be drawn.
pub fn pairs(n: usize, ensemble: &Ensemble, rng: &mut Rng) -> Result<Vec<Pair>, StimulusError> {
    let offset = ensemble.offset;
    require("offset", offset, offset.is_finite() && offset >= 0.0, "finite and at least 0")?;
    require("noise_sd", ensemble.noise_sd, ensemble.noise_sd.is_finite() && ensemble.noise_sd >= 0.0, "at least 0")?;
    (0..n)
        .map(|at| {
            let figure = draw(ensemble, if at % 2 == 0 { Polarity::Dark } else { Polarity::Light }, rng);
            figure.check()?;
            let (turn_seed, noise_seed) = (seed(rng), seed(rng));
            let variant = match ensemble.control {
                Control::Out => Variant::Out,
                Control::Rotated => Variant::Rotated(draw_turns(&figure, &mut stream(turn_seed))?),
                Control::Discs => Variant::Discs,
                Control::Misaligned => Variant::Misaligned,
                Control::Closed => Variant::Closed,
            };
            let control = Figure { variant, ..figure };
            control.check()?;
            Ok(Pair { figure, control, noise_seed, noise_sd: ensemble.noise_sd })
        })
        .collect()
}

fn draw(ensemble: &Ensemble, polarity: Polarity, rng: &mut Rng) -> Figure {
    let circumradius_deg = uniform(ensemble.circumradius[0], ensemble.circumradius[1], rng) * ensemble.size_deg;
    let turn_deg = uniform(0.0, 360.0, rng);
    let shift = [(); 2].map(|()| uniform(-1.0, 1.0, rng));
    let background = uniform(ensemble.background[0], ensemble.background[1], rng);
    let contrast = uniform(ensemble.contrast[0], ensemble.contrast[1], rng).min(background).min(1.0 - background);
    let mut figure = Figure {
        size_deg: ensemble.size_deg,
        shape: ensemble.shape,
        variant: Variant::In,
        support_ratio: ensemble.support_ratio,
        circumradius_deg,
        center: Point::default(),
        turn_deg,
        background,
        inducer_contrast: contrast,
        polarity,
    };
    figure.circumradius_deg = circumradius_deg.min(largest_circumradius(&figure));
    let room = room(&figure).map(|room| room.clamp(0.0, ensemble.offset * ensemble.size_deg));
    figure.center = Point::new(room[0] * shift[0], room[1] * shift[1]);
    figure
}

/// The circumradius at which the discs, misaligned ones too, reach the edge of the canvas for some turn: less than the
/// ensemble's only at large support ratios.
fn largest_circumradius(figure: &Figure) -> f64 {
    let unit = Figure { circumradius_deg: 1.0, variant: Variant::Misaligned, ..*figure };
    figure.size_deg / 2.0 / (unit.placed(0).length() + unit.radius_deg())
}

/// How far a centered figure and its misaligned partner can be moved sideways and up or down, degrees.
fn room(figure: &Figure) -> [f64; 2] {
    let [aligned, moved] = [Variant::In, Variant::Misaligned].map(|variant| Figure { variant, ..*figure }.reach());
    [0, 1].map(|axis| figure.size_deg / 2.0 - aligned[axis].max(moved[axis]) - figure.radius_deg())
}
