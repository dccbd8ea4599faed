//! Pairs: two members of one draw, equal in everything else.

use super::figure::Figure;
use super::member::{Member, Render, Shape};
use super::random::NOWHERE;
use crate::Rng;
use crate::StimulusError;
use crate::draws::{seed, uniform};
use crate::error::require;
use crate::geometry::Point;
use crate::illusions::fat_thin::{MISALIGNMENT, Polarity};
use crate::nuisances::Nuisances;
use std::f64::consts::PI;

/// Circumradii below those of the world (8–12 of 32), as shares of the canvas: shapes of an untrained size. (Above them, discs
/// leave the canvas.)
pub const UNTRAINED_CIRCUMRADIUS: [f64; 2] = [5.5 / 32.0, 7.0 / 32.0];

/// What is the same in all figures of an ensemble: at a fixed radius, a hexagon's support ratio is √3 times a triangle's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Support {
    /// The support ratio. Primary.
    Ratio(f64),
    /// The radius of the discs, degrees.
    RadiusDeg(f64),
}

/// What pairs are drawn from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ensemble {
    /// The implied shape.
    pub shape: Shape,
    /// What stands side by side.
    pub members: [Member; 2],
    /// How large the discs are.
    pub support: Support,
    /// How real shapes are drawn.
    pub render: Render,
    /// Size, place, grays and noise.
    pub nuisances: Nuisances,
}

impl Ensemble {
    /// The usual ensemble: outlines; 4° canvas, circumradius 9–10.5 of 32, offset up to 1.5 of 32, ground 0.4–0.6,
    /// contrast 0.2–0.45, noise 0.02.
    pub fn new(shape: Shape, members: [Member; 2], support: Support) -> Self {
        Self { shape, members, support, render: Render::Outline, nuisances: Nuisances::new(1.5 / 32.0) }
    }
}

/// Two members of one draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// In the ensemble's order.
    pub members: [Figure; 2],
    /// Seed of the pixel noise that both share (see [`crate::stream`]).
    pub noise_seed: u64,
    /// Standard deviation of that noise, in encoded values.
    pub noise_sd: f64,
}

/// Draws `n` pairs: dark for even, light for odd indices; turned by any angle, as the polygons of the world are.
///
/// The same stream gives the same draws (place, size, turn, grays, noise) whatever the members and the render are, and so
/// are the turns of discs in all members of equally many: what is drawn for members has a stream of its own.
///
/// # Errors
/// An ensemble whose figures cannot be drawn.
pub fn pairs(n: usize, ensemble: &Ensemble, rng: &mut Rng) -> Result<Vec<Pair>, StimulusError> {
    ensemble.nuisances.check()?;
    (0..n)
        .map(|at| {
            let base = draw(ensemble, if at % 2 == 0 { Polarity::Dark } else { Polarity::Light }, rng)?;
            let (turn_seed, noise_seed) = (seed(rng), seed(rng));
            let [one, other] = ensemble.members.map(|member| base.as_member(member, turn_seed));
            Ok(Pair { members: [one?, other?], noise_seed, noise_sd: ensemble.nuisances.noise_sd })
        })
        .collect()
}

fn draw(ensemble: &Ensemble, polarity: Polarity, rng: &mut Rng) -> Result<Figure, StimulusError> {
    let nuisances = &ensemble.nuisances;
    let circumradius_deg = nuisances.circumradius_deg(rng);
    let turn_deg = uniform(0.0, 360.0, rng);
    let shift = [(); 2].map(|()| uniform(-1.0, 1.0, rng));
    let (background, inducer_contrast) = nuisances.grays(rng);
    let largest = largest_circumradius(ensemble);
    let circumradius_deg = if circumradius_deg > largest { largest } else { circumradius_deg };
    let mut figure = Figure {
        size_deg: nuisances.size_deg,
        shape: ensemble.shape,
        member: Member::In,
        render: ensemble.render,
        support_ratio: support_ratio(ensemble, circumradius_deg)?,
        circumradius_deg,
        center: Point::default(),
        turn_deg,
        background,
        inducer_contrast,
        polarity,
        turns: [0.0; 6],
        places: NOWHERE,
    };
    let room = room(&figure).map(|room| room.clamp(0.0, nuisances.offset * nuisances.size_deg));
    figure.center = Point::new(room[0] * shift[0], room[1] * shift[1]);
    Ok(figure)
}

/// Radius of the discs per circumradius, at a support ratio.
fn radius_share(shape: Shape, ratio: f64) -> f64 {
    let n = shape.discs() as f64;
    match shape {
        Shape::Circle => 2.0 * libm::sin(PI * ratio / (2.0 * n)),
        Shape::Triangle | Shape::Square | Shape::Pentagon | Shape::Hexagon => ratio * libm::sin(PI / n),
    }
}

/// Support ratio of an ensemble's figure of that circumradius.
fn support_ratio(ensemble: &Ensemble, circumradius_deg: f64) -> Result<f64, StimulusError> {
    match ensemble.support {
        Support::Ratio(ratio) => Ok(ratio),
        Support::RadiusDeg(radius) => {
            let share = radius / circumradius_deg;
            let n = ensemble.shape.discs() as f64;
            let ratio = match ensemble.shape {
                Shape::Circle => libm::asin((share / 2.0).min(1.0)) * 2.0 * n / PI,
                Shape::Triangle | Shape::Square | Shape::Pentagon | Shape::Hexagon => share / libm::sin(PI / n),
            };
            require("radius_deg", radius, (0.0..1.0).contains(&ratio), "at least 0, and discs must not touch")?;
            Ok(ratio)
        }
    }
}

/// The circumradius at which the discs, misaligned ones too, reach the edge of the canvas for some turn: less than the
/// ensemble's only where discs are large.
fn largest_circumradius(ensemble: &Ensemble) -> f64 {
    let half = ensemble.nuisances.size_deg / 2.0;
    match ensemble.support {
        Support::Ratio(ratio) => {
            let share = radius_share(ensemble.shape, ratio);
            half / ((1.0 + MISALIGNMENT * MISALIGNMENT * share * share).sqrt() + share)
        }
        Support::RadiusDeg(radius) => {
            let (reach, aside) = (half - radius, MISALIGNMENT * radius);
            (reach * reach - aside * aside).max(0.0).sqrt()
        }
    }
}

/// How far a centered figure and every other member of its draw can be moved sideways and up or down, degrees.
fn room(figure: &Figure) -> [f64; 2] {
    let mut members = vec![Member::In, Member::Misaligned(MISALIGNMENT)];
    if figure.shape == Shape::Triangle {
        members.push(Member::Count);
    }
    let reaches: Vec<[f64; 2]> = members.iter().map(|&member| Figure { member, ..*figure }.reach()).collect();
    [0, 1].map(|axis| {
        let reach = reaches.iter().fold(0.0f64, |most, reach| most.max(reach[axis]));
        figure.size_deg / 2.0 - reach - figure.radius_deg()
    })
}
