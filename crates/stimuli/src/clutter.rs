//! What lies about in a world besides the thing to be named: discs, lines, and cut discs that form nothing.

use crate::Rng;
use crate::draws::{chance, index, uniform};
use crate::figures::Pacman;
use crate::geometry::{Point, radians};
use crate::illusions::fat_thin::Polarity;
use crate::path::Path;
use crate::scene::{Fill, Scene};
use std::f64::consts::TAU;

/// Edges of two mouths that lie nearer to one line than this could be joined; such pairs are drawn anew.
pub(crate) const RELATABLE_DEG: f64 = 15.0;
/// Draws before a cut disc is left out.
const TRIES: usize = 50;
/// Full angles of the mouths, degrees.
const MOUTHS_DEG: [f64; 3] = [60.0, 90.0, 120.0];

/// A gray and how it was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shade {
    pub(crate) fill: Fill,
    pub(crate) polarity: Polarity,
    pub(crate) contrast: f64,
}

/// Ground and contrasts of one picture, and the canvas on which it is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ground {
    /// Side of the canvas, degrees.
    pub(crate) size_deg: f64,
    /// Gray level of the ground.
    pub(crate) background: f64,
    /// Contrasts, least and most, in gray levels.
    pub(crate) contrast: [f64; 2],
}

impl Ground {
    /// A gray on this ground: either polarity, contrast from the range, less where gray levels would leave 0 to 1.
    pub(crate) fn shade(&self, rng: &mut Rng) -> Shade {
        let polarity = if chance(0.5, rng) { Polarity::Light } else { Polarity::Dark };
        let room = self.background.min(1.0 - self.background);
        let contrast = uniform(self.contrast[0], self.contrast[1], rng).min(room);
        Shade { fill: Fill::gray_level(self.background + polarity.sign() * contrast), polarity, contrast }
    }

    /// A length given in 32nds of the canvas, the unit of all sizes in the worlds.
    pub(crate) fn unit(&self, of_32: f64) -> f64 {
        of_32 / 32.0 * self.size_deg
    }

    /// A point at least `margin` 32nds inside the canvas.
    pub(crate) fn place(&self, margin: f64, rng: &mut Rng) -> Point {
        let reach = self.unit(16.0 - margin);
        Point::new(uniform(-reach, reach, rng), uniform(-reach, reach, rng))
    }

    /// Whether a point lies at least `margin` 32nds inside the canvas.
    pub(crate) fn holds(&self, point: Point, margin: f64) -> bool {
        let reach = self.unit(16.0 - margin);
        point.x.abs() <= reach && point.y.abs() <= reach
    }

    /// A gray that differs from another by at least three quarters of the least contrast.
    pub(crate) fn shade_beside(&self, other: &Shade, rng: &mut Rng) -> Shade {
        let signed = |shade: &Shade| shade.polarity.sign() * shade.contrast;
        let differs = |shade: &Shade| (signed(shade) - signed(other)).abs() >= 0.75 * self.contrast[0];
        // The other polarity always differs enough, so a draw fails half the time at most; its negative stands in for 50.
        (0..TRIES).map(|_| self.shade(rng)).find(differs).unwrap_or_else(|| {
            let polarity = other.polarity.other();
            let fill = Fill::gray_level(self.background + polarity.sign() * other.contrast);
            Shade { fill, polarity, contrast: other.contrast }
        })
    }

    /// Up to `most` discs, radius 2 to `largest` 32nds, each in its own gray.
    pub(crate) fn discs(&self, most: usize, largest: f64, scene: &mut Scene, rng: &mut Rng) {
        for _ in 0..index(most + 1, rng) {
            let center = self.place(2.5, rng);
            let radius = self.unit(uniform(2.0, largest, rng));
            scene.paint(Path::disc(center, radius), self.shade(rng).fill);
        }
    }

    /// A straight line anywhere, half width from the range in 32nds.
    pub(crate) fn line(&self, half_width: [f64; 2], scene: &mut Scene, rng: &mut Rng) {
        let (from, to) = (self.place(0.5, rng), self.place(0.5, rng));
        let half_width = self.unit(uniform(half_width[0], half_width[1], rng));
        let shade = self.shade(rng);
        if (to - from).length() > half_width {
            scene.paint(Path::bar(from, to, half_width), shade.fill);
        }
    }

    /// Up to `most` cut discs, turned at random, mostly in one gray; no two have edges that could be joined.
    pub(crate) fn pacmen(&self, most: usize, scene: &mut Scene, rng: &mut Rng) -> Vec<Pacman> {
        let mut placed: Vec<Pacman> = Vec::new();
        let shared = self.shade(rng);
        for _ in 0..index(most + 1, rng) {
            let Some(pacman) = (0..TRIES).map(|_| self.pacman(rng)).find(|new| forms_nothing(new, &placed)) else {
                continue;
            };
            let shade = if chance(0.7, rng) { shared } else { self.shade(rng) };
            scene.paint(pacman.path(), shade.fill);
            placed.push(pacman);
        }
        placed
    }

    fn pacman(&self, rng: &mut Rng) -> Pacman {
        let center = self.place(2.5, rng);
        Pacman {
            center,
            radius: self.unit(uniform(2.0, 4.5, rng)),
            apex: center,
            axis: uniform(0.0, TAU, rng),
            half_mouth: radians(MOUTHS_DEG[index(MOUTHS_DEG.len(), rng)] / 2.0),
        }
    }
}

/// Whether a cut disc has no edge that could be joined with one of the others'.
pub(crate) fn forms_nothing(new: &Pacman, placed: &[Pacman]) -> bool {
    !placed.iter().any(|other| new.relatable(other, radians(RELATABLE_DEG)))
}
