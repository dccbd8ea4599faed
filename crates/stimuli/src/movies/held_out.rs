//! Rotations at known speed, which no training clip holds: a propeller, and a field of leaves turned as a whole.

use super::track::{Step, Track};
use super::{Movie, Recipe, along, check, middle};
use crate::Rng;
use crate::StimulusError;
use crate::error::require;
use crate::geometry::{Point, radians};
use crate::path::Path;
use crate::render::render;
use crate::scene::{Fill, Scene};
use crate::viewing::Viewing;
use std::f64::consts::TAU;

/// Radius of the propeller in sides of the picture.
const RADIUS: f64 = 0.45;
/// Width of a blade.
const BLADE_DEG: f64 = 60.0;

/// Three blades of 60° that turn about the middle by `turn_deg` a frame, clockwise above 0; `start_deg`: where the
/// first blade's middle points in the first frame, clockwise from rightward. Grounds and blades are linear RGB. The
/// ground does not move.
///
/// # Errors
/// Numbers that are not finite, sizes and frames as in [`super::draw`].
pub fn propeller(
    [blade, ground]: [[f64; 3]; 2],
    [start_deg, turn_deg]: [f64; 2],
    size_px: usize,
    frames: usize,
) -> Result<Movie, StimulusError> {
    check(size_px, frames)?;
    require("start_deg", start_deg, start_deg.is_finite(), "finite")?;
    require("turn_deg", turn_deg, turn_deg.is_finite(), "finite")?;
    let size = size_px as f64;
    let track = Track::turning(frames, 1, radians(turn_deg));
    let mut movie =
        Movie { size: size_px, frames: Vec::new(), flow: Vec::new(), steps: vec![Step::Moving; frames - 1] };
    for frame in 0..frames {
        let turned = radians(start_deg + turn_deg * frame as f64);
        let mut scene = Scene::new([size; 2], Fill::Color(ground));
        for number in 0..3 {
            let from = turned + TAU / 3.0 * f64::from(number) - radians(BLADE_DEG) / 2.0;
            let sector = Path::from(Point::default()).line(Point::polar(RADIUS * size, from));
            scene.paint(sector.arc(Point::default(), RADIUS * size, [from, radians(BLADE_DEG)]), Fill::Color(blade));
        }
        movie.frames.push(render(&scene, Viewing::square(size_px, size)?)?.image.data);
        if frame + 1 < frames {
            let motion = track.motion(frame, 0);
            let flow = |pixel: usize| {
                let from = middle(size_px, pixel);
                let way = if on_blade(from, turned, size) { motion.apply(from) - from } else { Point::default() };
                [way.x as f32, way.y as f32]
            };
            movie.flow.push((0..size_px * size_px).map(flow).collect());
        }
    }
    Ok(movie)
}

fn on_blade(point: Point, turned: f64, size: f64) -> bool {
    let third = TAU / 3.0;
    let off = (point.angle() - turned) / third;
    point.length() < RADIUS * size && ((off - off.round()) * third).abs() < radians(BLADE_DEG) / 2.0
}

/// A field of leaves that turns as a whole about the middle, by `turn_deg` a frame, clockwise above 0. Of the recipe
/// only surfaces and arms of channels and polarity count.
///
/// # Errors
/// As [`super::draw`]; a turn that is not finite.
pub fn turning(
    recipe: &Recipe,
    turn_deg: f64,
    (size_px, frames): (usize, usize),
    rng: &mut Rng,
) -> Result<Movie, StimulusError> {
    check(size_px, frames)?;
    require("turn_deg", turn_deg, turn_deg.is_finite(), "finite")?;
    let recipe = Recipe { planted: false, ..*recipe };
    along(&recipe, size_px, &Track::turning(frames, 1, radians(turn_deg)), rng)
}
