//! How far a disk turned: pictures resampled along rings about a center, and their rotation by least squares.
//!
//! I(r, θ) is a picture at radius r and angle θ. Between frames a and b the rotation that explains most of the change
//! is
//!
//! w = − Σ r · D · (I_b − I_a) / Σ r · D²,  D = ∂/∂θ of (I_a + I_b) / 2,
//!
//! over the rings, or over windows of them. D is a central difference over neighboring angles. On whole rings a
//! change of contrast or of level alone gives 0 to rounding, whatever the picture.
//!
//! A pattern cos(m θ), turned by w, on rings of n angles δ = 360° / n apart, reads (2 / m) · tan(m w / 2) · m δ /
//! sin(m δ), angles within the functions in radians: above w for coarse rings and for large turns.
//!
//! # Units
//! Radii in pixels; angles in degrees, positive clockwise on the screen (y grows downward); w in degrees per frame.
//!
//! # Errors
//! [`NotMeasurable::TooFew`] without rings or below four angles; [`NotMeasurable::OutOfRange`] for a ring that leaves
//! the picture, a radius that is not above 0, a window of a ring that is not there; [`NotMeasurable::UnequalLengths`]
//! for unlike grids; [`NotMeasurable::Degenerate`] where no ring has structure.
//!
//! # Source
//! Least squares on the equation of constant brightness (Horn and Schunck 1981; Lucas and Kanade 1981), with one
//! unknown.
//!
//! # Departures
//! Rings are read by bilinear interpolation, which loses contrast between pixels; what is lost differs between the
//! frames when edges turn by less than a pixel. So small turns of sharp edges read about a tenth too small (0.178 for
//! 0.2° on a disk of 80 pixels and 1440 angles), and estimates are to be calibrated by real turns of the same
//! picture.

use super::{Plane, must};
use crate::{NotMeasurable, check};

/// Σ r D² below this share of Σ r (codes² per degree²) is rounding, no structure.
const FLOOR: f64 = 1e-22;

/// Where a picture is read.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// Center of the rings, `[x, y]`.
    pub center: [f64; 2],
    /// Radii of the rings, pixels.
    pub radii: Vec<f64>,
    /// Angles of each ring, evenly from 0°.
    pub angles: usize,
}

impl Grid {
    /// Rings `from` … `to`, a pixel apart.
    pub fn each_pixel(center: [f64; 2], [from, to]: [f64; 2], angles: usize) -> Self {
        let count = if to >= from { (to - from + 1e-9) as usize + 1 } else { 0 };
        Self { center, radii: (0..count).map(|step| from + step as f64).collect(), angles }
    }
}

/// A picture along rings: `[ring][angle]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Polar {
    radii: Vec<f64>,
    angles: usize,
    values: Vec<f64>,
}

/// A part of one ring, from one angle to another, clockwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Index among the radii.
    pub ring: usize,
    /// First angle, degrees.
    pub from_deg: f64,
    /// Last angle, degrees; not before the first, and less than a turn after it.
    pub to_deg: f64,
}

impl Polar {
    /// Rings that are already there: `radii.len()` × `angles` values, ring after ring.
    ///
    /// # Errors
    /// As the module says.
    pub fn new(radii: Vec<f64>, angles: usize, values: Vec<f64>) -> Result<Self, NotMeasurable> {
        check::at_least(1, radii.len())?;
        check::at_least(4, angles)?;
        for &radius in &radii {
            must("radius", radius, radius.is_finite() && radius > 0.0, "finite and above 0")?;
        }
        check::same_length("values", radii.len() * angles, values.len())?;
        check::all_finite("values", &values)?;
        Ok(Self { radii, angles, values })
    }

    /// Reads a picture along the rings of a grid.
    ///
    /// # Errors
    /// As the module says.
    pub fn sample(plane: &Plane, grid: &Grid) -> Result<Self, NotMeasurable> {
        let [x, y] = grid.center;
        let room = x.min(y).min(plane.width() as f64 - x).min(plane.height() as f64 - y);
        for &radius in &grid.radii {
            must("radius", radius, radius <= room, "within the picture")?;
        }
        let step = std::f64::consts::TAU / grid.angles.max(1) as f64;
        let arms: Vec<(f64, f64)> = (0..grid.angles).map(|at| libm::sincos(step * at as f64)).collect();
        let mut values = Vec::with_capacity(grid.radii.len() * grid.angles);
        for &radius in &grid.radii {
            values.extend(arms.iter().map(|(sin, cos)| plane.at([x + radius * cos, y + radius * sin])));
        }
        Self::new(grid.radii.clone(), grid.angles, values)
    }

    /// Radii of the rings, pixels.
    pub fn radii(&self) -> &[f64] {
        &self.radii
    }

    /// Angles of each ring.
    pub fn angles(&self) -> usize {
        self.angles
    }

    /// Values along a ring; empty where there is none of that index.
    pub fn ring(&self, ring: usize) -> &[f64] {
        self.values.chunks_exact(self.angles).nth(ring).unwrap_or_default()
    }
}

/// What least squares needs: Σ r D I_t, Σ r D², Σ r.
#[derive(Clone, Copy, Default)]
struct Sums {
    change: f64,
    slope: f64,
    weight: f64,
}

impl Sums {
    fn add(&mut self, radius: f64, slope: f64, change: f64) {
        self.change += radius * slope * change;
        self.slope += radius * slope * slope;
        self.weight += radius;
    }

    fn rotation(self) -> Result<f64, NotMeasurable> {
        if self.slope > FLOOR * self.weight {
            Ok(-self.change / self.slope)
        } else {
            Err(NotMeasurable::Degenerate { what: "a rotation, by rings without structure" })
        }
    }
}

/// Two frames along one ring.
struct Pair<'a> {
    a: &'a [f64],
    b: &'a [f64],
    radius: f64,
    /// One over the distance between the neighbors on both sides, per degree, halved for the mean of two frames.
    scale: f64,
}

impl<'a> Pair<'a> {
    fn new(a: &'a Polar, b: &'a Polar, ring: usize) -> Self {
        let scale = 0.25 * a.angles as f64 / 360.0;
        Self { a: a.ring(ring), b: b.ring(ring), radius: a.radii[ring], scale }
    }

    fn add(&self, sums: &mut Sums, [before, at, after]: [usize; 3]) {
        let (a, b) = (self.a, self.b);
        let slope = self.scale * ((a[after] + b[after]) - (a[before] + b[before]));
        sums.add(self.radius, slope, b[at] - a[at]);
    }
}

/// Rotation from frame `a` to frame `b` over all rings, degrees.
///
/// # Errors
/// As the module says.
pub fn rotation(a: &Polar, b: &Polar) -> Result<f64, NotMeasurable> {
    alike(a, b)?;
    let mut sums = Sums::default();
    let last = a.angles - 1;
    for ring in 0..a.radii.len() {
        let pair = Pair::new(a, b, ring);
        pair.add(&mut sums, [last, 0, 1]);
        (1..last).for_each(|at| pair.add(&mut sums, [at - 1, at, at + 1]));
        pair.add(&mut sums, [last - 1, last, 0]);
    }
    sums.rotation()
}

/// Rotation from frame `a` to frame `b` over windows, degrees; angles in two windows count twice.
///
/// # Errors
/// As the module says.
pub fn rotation_within(a: &Polar, b: &Polar, windows: &[Window]) -> Result<f64, NotMeasurable> {
    alike(a, b)?;
    let mut sums = Sums::default();
    for &Window { ring, from_deg, to_deg } in windows {
        must("ring", ring as f64, ring < a.radii.len(), "the index of a ring")?;
        let width = to_deg - from_deg;
        must("width", width, from_deg.is_finite() && (0.0..360.0).contains(&width), "from 0 to less than 360")?;
        let step = 360.0 / a.angles as f64;
        let pair = Pair::new(a, b, ring);
        // Angles on the limits belong, whatever their rounding.
        let (first, last) = ((from_deg / step - 1e-9).ceil() as isize, (to_deg / step + 1e-9).floor() as isize);
        for at in first..=last {
            pair.add(&mut sums, [at - 1, at, at + 1].map(|at| at.rem_euclid(a.angles as isize) as usize));
        }
    }
    sums.rotation()
}

/// Half the difference between the rotation of the disk that people see turn clockwise and that of its mirror image:
/// above 0 is the human direction, and biases that do not depend on handedness are gone.
pub fn signed_strength(seen_clockwise_deg: f64, mirror_deg: f64) -> f64 {
    0.5 * (seen_clockwise_deg - mirror_deg)
}

fn alike(a: &Polar, b: &Polar) -> Result<(), NotMeasurable> {
    check::same_length("angles", a.angles, b.angles)?;
    check::same_length("radii", a.radii.len(), b.radii.len())?;
    let apart = a.radii.iter().zip(&b.radii).find(|(a, b)| a != b);
    apart.map_or(Ok(()), |(_, &radius)| must("radius", radius, false, "the same in both frames"))
}
