//! Points in the plane; y points down, so positive angles turn clockwise on the screen.

use std::ops::{Add, Mul, Sub};

/// A point or a vector.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// Rightward.
    pub x: f64,
    /// Downward.
    pub y: f64,
}

impl Point {
    /// A point.
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    /// The vector of that length and angle (radians, clockwise from rightward).
    pub fn polar(length: f64, angle: f64) -> Self {
        let (sin, cos) = libm::sincos(angle);
        Self { x: length * cos, y: length * sin }
    }

    /// Scalar product.
    pub fn dot(self, other: Self) -> f64 {
        self.x * other.x + self.y * other.y
    }

    /// Cross product; positive when `other` lies clockwise of `self` on the screen.
    pub fn cross(self, other: Self) -> f64 {
        self.x * other.y - self.y * other.x
    }

    /// Length.
    pub fn length(self) -> f64 {
        self.dot(self).sqrt()
    }

    /// Angle in radians.
    pub fn angle(self) -> f64 {
        libm::atan2(self.y, self.x)
    }

    /// The vector turned clockwise by a quarter turn.
    pub fn quarter_turned(self) -> Self {
        Self { x: -self.y, y: self.x }
    }

    /// The point turned clockwise about `center` by an angle in radians.
    pub fn turned(self, center: Self, angle: f64) -> Self {
        let (sin, cos) = libm::sincos(angle);
        let arm = self - center;
        center + Self { x: arm.x * cos - arm.y * sin, y: arm.x * sin + arm.y * cos }
    }
}

impl Add for Point {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { x: self.x + other.x, y: self.y + other.y }
    }
}

impl Sub for Point {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self { x: self.x - other.x, y: self.y - other.y }
    }
}

impl Mul<f64> for Point {
    type Output = Self;
    fn mul(self, by: f64) -> Self {
        Self { x: self.x * by, y: self.y * by }
    }
}

/// Degrees to radians.
pub(crate) fn radians(degrees: f64) -> f64 {
    degrees * (std::f64::consts::PI / 180.0)
}
