//! Where rings, bands and edges of a disk or a strip lie, in pixels and degrees: what a measurement of motion needs to
//! know.
//!
//! A ring's edges lie at `offset_deg` + 18° · k + the edge's angle within a unit, in the direction in which people see
//! the disk turn: clockwise on the screen at strength above 0, counterclockwise below 0. [`Ring::edges_deg`] gives
//! screen angles, the handedness applied. At the middle of a ring the edges are, from the middle of a light ellipse
//! on: light to black at 3.2°, black to dark at 5.8°, dark to white at 12.2°, white to light at 14.8°. Nearer to a
//! ring's borders ellipses are narrower: half as wide as `HALF_WIDTH_DEG` · √(1 − s²) to each side, s from −1 to 1
//! across the ring.
//!
//! # Units
//! Pixels (x right, y down, from the upper left corner of the picture) and degrees, clockwise from rightward.

use super::{DISK_SHARE, ELLIPSE_HALF_WIDTH_DEG, RATIO, UNITS};
use crate::edges::EdgeClass;
use crate::geometry::Point;

/// Half the width of an ellipse at the middle of its ring, degrees of the ring.
pub const HALF_WIDTH_DEG: f64 = ELLIPSE_HALF_WIDTH_DEG;
/// A unit: black, dark, white, light.
pub const UNIT_DEG: f64 = 360.0 / UNITS as f64;

/// A single disk on a square picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Disk {
    /// Its center.
    pub center: Point,
    /// 1: people see it turn clockwise (strength above 0); −1: counterclockwise.
    pub hand: f64,
    /// Rings, the outermost first.
    pub rings: Vec<Ring>,
}

/// One ring of a disk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ring {
    /// Outer radius.
    pub outer_px: f64,
    /// Inner radius.
    pub inner_px: f64,
    /// Screen angle of the middle of a light ellipse, after which, in the direction seen, comes black.
    pub offset_deg: f64,
    /// As the disk's.
    pub hand: f64,
}

impl Ring {
    /// The middle of the ring.
    pub fn middle_px(&self) -> f64 {
        (self.outer_px + self.inner_px) / 2.0
    }

    /// Screen angles of the 20 edges of that class at the middle of the ring.
    pub fn edges_deg(&self, class: EdgeClass) -> [f64; UNITS] {
        let within = within_unit_deg(class);
        std::array::from_fn(|k| self.offset_deg + self.hand * (within + UNIT_DEG * k as f64))
    }
}

/// Angle of an edge from the middle of the light ellipse before it, at the middle of a ring.
pub fn within_unit_deg(class: EdgeClass) -> f64 {
    match class {
        EdgeClass::LightBlack => HALF_WIDTH_DEG,
        EdgeClass::BlackDark => UNIT_DEG / 2.0 - HALF_WIDTH_DEG,
        EdgeClass::DarkWhite => UNIT_DEG / 2.0 + HALF_WIDTH_DEG,
        EdgeClass::WhiteLight => UNIT_DEG - HALF_WIDTH_DEG,
    }
}

/// The disk of the layout `single` with so many rings, drawn on `size_px` × `size_px`, at that strength, really turned
/// by `turned_deg` clockwise. For all patterns but `alternating_rings`, whose rings of odd number have the other
/// handedness and offset 0.
pub fn disk(size_px: usize, rings: usize, strength: f64, turned_deg: f64) -> Disk {
    let size = size_px as f64;
    let hand = if strength < 0.0 { -1.0 } else { 1.0 };
    let ring = |j: usize| {
        let outer_px = DISK_SHARE * size * libm::pow(RATIO, j as f64);
        let shift = if j.is_multiple_of(2) { 0.0 } else { UNIT_DEG / 2.0 };
        Ring { outer_px, inner_px: outer_px * RATIO, offset_deg: turned_deg + hand * shift, hand }
    };
    Disk { center: Point::new(size / 2.0, size / 2.0), hand, rings: (0..rings).map(ring).collect() }
}

/// One band of the layout `strip`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// Upper border.
    pub top_px: f64,
    /// Lower border.
    pub bottom_px: f64,
    /// 1: people see it run rightward; −1: leftward.
    pub hand: f64,
    /// Place of the middle of a light ellipse, after which, in the direction seen, comes black.
    pub offset_px: f64,
    /// Width of the picture, after which the band begins again.
    pub width_px: f64,
}

impl Band {
    /// Places of the 20 edges of that class at the middle of the band, from 0 to the width.
    pub fn edges_px(&self, class: EdgeClass) -> [f64; UNITS] {
        let px = |degrees: f64| self.width_px * degrees / 360.0;
        std::array::from_fn(|k| {
            let along = px(within_unit_deg(class) + UNIT_DEG * k as f64);
            (self.offset_px + self.hand * along).rem_euclid(self.width_px)
        })
    }
}

/// The bands of a strip drawn on `size_px` × `size_px`, at that strength, the first really turned by `turned_deg`
/// (360: its width rightward), its neighbors the other way.
pub fn strip(size_px: usize, bands: usize, strength: f64, turned_deg: f64) -> Vec<Band> {
    let width_px = size_px as f64;
    let band = |j: usize| {
        let sign = if j.is_multiple_of(2) { 1.0 } else { -1.0 };
        Band {
            top_px: width_px * j as f64 / bands as f64,
            bottom_px: width_px * (j + 1) as f64 / bands as f64,
            hand: if strength < 0.0 { -sign } else { sign },
            offset_px: sign * width_px * turned_deg / 360.0,
            width_px,
        }
    };
    (0..bands).map(band).collect()
}
