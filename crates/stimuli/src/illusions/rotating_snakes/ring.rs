//! Where a ring lies and what shapes it takes: round a disk, or unrolled into a band.

use super::ELLIPSE_HALF_WIDTH_DEG;
use crate::geometry::{Point, radians};
use crate::path::Path;
use std::f64::consts::TAU;

/// Corners of the polygon that stands for an ellipse.
const ELLIPSE_CORNERS: usize = 32;

/// What a ring runs along.
#[derive(Clone, Copy, Debug)]
pub(super) enum Course {
    /// Round a center.
    Round(Point),
    /// Along a straight band that wraps round: so wide, its middle at x = 0.
    Straight(f64),
}

/// One ring: where, how far turned, which handedness (1: seen turning clockwise, or running rightward).
#[derive(Clone, Copy, Debug)]
pub(super) struct Ring {
    pub(super) course: Course,
    /// Outer and inner radius; top and bottom of a band.
    pub(super) radii: [f64; 2],
    pub(super) hand: f64,
    /// Radians.
    pub(super) turn: f64,
}

impl Ring {
    /// The point at a radius and angle; angles run with the handedness, so the mirror image is exact.
    fn point(&self, radius: f64, angle: f64) -> Point {
        match self.course {
            Course::Round(center) => {
                let arm = Point::polar(radius, angle);
                center + Point::new(arm.x, arm.y * self.hand).turned(Point::default(), self.turn)
            }
            Course::Straight(width) => Point::new(width * ((angle * self.hand + self.turn) / TAU - 0.5), radius),
        }
    }

    /// Numbers of the units that are seen: of a band also the copies that reach in over its ends.
    pub(super) fn units(&self, units: usize) -> std::ops::Range<i64> {
        let count = units as i64;
        match self.course {
            Course::Round(_) => 0..count,
            Course::Straight(_) => {
                let first = (-self.turn * self.hand / (TAU / units as f64)).floor() as i64;
                if self.hand > 0.0 { first - 1..first + count + 2 } else { first - count - 1..first + 2 }
            }
        }
    }

    /// Everything between the ring's borders and within.
    pub(super) fn ground(&self) -> Path {
        match self.course {
            Course::Round(center) => Path::disc(center, self.radii[0]),
            Course::Straight(width) => {
                Path::rectangle(Point::new(-width / 2.0, self.radii[0]), Point::new(width / 2.0, self.radii[1]))
            }
        }
    }

    /// The part of a ring between two angles.
    pub(super) fn sector(&self, from: f64, to: f64) -> Path {
        const STEPS: usize = 12;
        let [outer, inner] = self.radii;
        let at = |k: usize| from + (to - from) * k as f64 / STEPS as f64;
        let corners: Vec<Point> = (0..=STEPS)
            .map(|k| self.point(outer, at(k)))
            .chain((0..=STEPS).rev().map(|k| self.point(inner, at(k))))
            .collect();
        Path::polygon(&corners)
    }

    /// An ellipse in polar coordinates; `shares` of its half width before and after its middle (1, 1: the whole).
    pub(super) fn ellipse(&self, middle: f64, shares: [f64; 2]) -> Path {
        let [outer, inner] = self.radii;
        let (radius, height) = ((outer + inner) / 2.0, (outer - inner) / 2.0);
        let width = radians(ELLIPSE_HALF_WIDTH_DEG);
        let corner = |k: usize| {
            let (sin, cos) = libm::sincos(TAU * k as f64 / ELLIPSE_CORNERS as f64);
            let along = cos * if cos < 0.0 { shares[0] } else { shares[1] };
            self.point(radius + height * sin, middle + width * along)
        };
        let corners: Vec<Point> = (0..ELLIPSE_CORNERS).map(corner).collect();
        Path::polygon(&corners)
    }
}
