//! What turned between two frames, and whether it is motion.
//!
//! # Units
//! Degrees per frame, clockwise above 0, from gray codes (Rec. 601) on the rings of the disk; people's direction is above 0 in a pair of
//! hands.

use crate::experiment::SnakesSpec;
use trompe_psychophysics::NotMeasurable;
use trompe_psychophysics::motion::polar::{Grid, Polar, Window, rotation, rotation_within, signed_strength};
use trompe_psychophysics::motion::remap::{remap, turn_beyond};
use trompe_psychophysics::motion::rigidity::{RingPattern, Seen, kappa};
use trompe_psychophysics::motion::{Plane, gray, planes};

/// Radius of the disk in sides of the canvas.
const RADIUS: f64 = 0.48;
/// Rings of the disk that are read: the inner ones are finer than pixels.
const RINGS: usize = 5;
/// Angles of a ring.
const ANGLES: usize = 720;
/// Half the width of a window about an edge, degrees.
const WINDOW_DEG: f64 = 1.4;
/// A change of codes below this is rounding.
const UNCHANGED: f32 = 1e-5;
/// Share of a ring's width that is read about an edge.
const INNER: f64 = 0.5;

/// Where a canvas is read.
pub struct Reader {
    side: usize,
    grid: Grid,
    /// Windows about the four kinds of edges, for the disk and for its mirror image.
    edges: [Vec<Vec<Window>>; 2],
}

impl Reader {
    /// For displays of that size, their center off the canvas's by so many pixels.
    pub fn new(spec: &SnakesSpec, off_px: [f64; 2]) -> Self {
        let side = spec.canvas_px as f64;
        let outer = RADIUS * side;
        let inner = outer * libm::pow(0.8, RINGS as f64);
        let center = off_px.map(|off| side / 2.0 + off);
        let grid = Grid::each_pixel(center, [inner + 0.5, outer - 1.0], ANGLES);
        let edges = [Seen::Clockwise, Seen::Anticlockwise]
            .map(|seen| RingPattern::snakes(outer, RINGS, seen, 0.0).windows(&grid, WINDOW_DEG, INNER));
        Self { side: spec.canvas_px, grid, edges }
    }

    fn planes(&self, codes: &[f32]) -> Result<Vec<Plane>, NotMeasurable> {
        planes(codes, [3, self.side, self.side])
    }

    fn polar(&self, codes: &[f32]) -> Result<Polar, NotMeasurable> {
        Polar::sample(&gray(&self.planes(codes)?)?, &self.grid)
    }

    /// Turn from one picture `[3, side, side]` to another.
    ///
    /// # Errors
    /// Pictures without structure.
    pub fn turn(&self, from: &[f32], to: &[f32]) -> Result<f64, NotMeasurable> {
        rotation(&self.polar(from)?, &self.polar(to)?)
    }

    /// Turn of a pair of hands, people's direction above 0.
    ///
    /// # Errors
    /// Pictures without structure.
    pub fn strength(&self, from: [&[f32]; 2], to: [&[f32]; 2]) -> Result<f64, NotMeasurable> {
        Ok(signed_strength(self.turn(from[0], to[0])?, self.turn(from[1], to[1])?))
    }

    /// Whether all four kinds of edges turned alike, people's direction or the other.
    ///
    /// # Errors
    /// Edges that did not move at all.
    pub fn rigidity(&self, from: [&[f32]; 2], to: [&[f32]; 2]) -> Result<f64, NotMeasurable> {
        let mut shifts = [0.0; 4];
        for hand in 0..2 {
            let (from, to) = (self.polar(from[hand])?, self.polar(to[hand])?);
            for (sum, windows) in shifts.iter_mut().zip(&self.edges[hand]) {
                *sum += if hand == 0 { 0.5 } else { -0.5 } * rotation_within(&from, &to, windows)?;
            }
        }
        kappa(&shifts)
    }

    /// What the best still remap of the pair reads as, and what turns beyond it.
    ///
    /// # Errors
    /// Pictures that cannot be fitted.
    pub fn remapped(&self, from: [&[f32]; 2], to: [&[f32]; 2]) -> Result<[f64; 2], NotMeasurable> {
        let (mut turns, mut beyond) = ([0.0; 2], [0.0; 2]);
        for hand in 0..2 {
            let [before, after] = [from[hand], to[hand]].map(|codes| self.planes(codes));
            let (before, after) = (before?, after?);
            if from[hand].iter().zip(to[hand]).all(|(from, to)| (from - to).abs() < UNCHANGED) {
                return Err(NotMeasurable::Degenerate { what: "a remap, of a picture that did not change" });
            }
            let best = remap(&before, &after)?;
            beyond[hand] = turn_beyond(&before, &after, &best, self.grid.center)?;
            let [one, other] = [&before, &best.fitted].map(|planes| gray(planes));
            let polar = |plane: Result<Plane, NotMeasurable>| Polar::sample(&plane?, &self.grid);
            turns[hand] = rotation(&polar(one)?, &polar(other)?)?;
        }
        Ok([turns, beyond].map(|hands| signed_strength(hands[0], hands[1])))
    }
}
