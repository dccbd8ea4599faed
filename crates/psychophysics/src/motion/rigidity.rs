//! Did everything turn alike? Shifts measured apart at several kinds of edges.
//!
//! A disk that turns takes all its edges along. A picture that is only recolored or blurred moves some of them one
//! way and others not, or the other way. With d_e the shift at edges of kind e,
//!
//! κ = minₑ ( sgn(mean d) · d_e ) / maxₑ |d_e|
//!
//! is 1 for a rigid turn and at most 0 where kinds disagree in sign. κ ≥ [`RIGID`] is called motion.
//!
//! # Units
//! Shifts in degrees per frame, positive clockwise; κ from −1 to 1.
//!
//! # Errors
//! Those of [`rotation_within`]; [`NotMeasurable::TooFew`] below two kinds; [`NotMeasurable::Degenerate`] where nothing
//! shifted at all.
//!
//! # Source
//! The four kinds of edges and their places are those of Rotating Snakes (Kitaoka and Ashida 2003) as this project
//! measured them; that people, and neurons, see motion in the same sense at each of them is Conway et al. (2005).
//!
//! # Departures
//! κ is this project's own.

use super::polar::{Grid, Polar, Window, rotation_within};
use crate::{NotMeasurable, check};

/// Motion is called rigid from here on.
pub const RIGID: f64 = 0.5;

/// Shifts at kinds of edges, and their agreement.
#[derive(Debug, Clone, PartialEq)]
pub struct Rigidity {
    /// Shift of each kind, degrees per frame.
    pub shifts_deg: Vec<f64>,
    /// Agreement, −1 to 1.
    pub kappa: f64,
}

/// Shifts between two frames; `kinds` holds the windows of each kind of edge.
///
/// # Errors
/// As the module says.
pub fn rigidity(a: &Polar, b: &Polar, kinds: &[Vec<Window>]) -> Result<Rigidity, NotMeasurable> {
    let shifts_deg: Vec<f64> = kinds.iter().map(|windows| rotation_within(a, b, windows)).collect::<Result<_, _>>()?;
    let kappa = kappa(&shifts_deg)?;
    Ok(Rigidity { shifts_deg, kappa })
}

/// Agreement of shifts.
///
/// # Errors
/// As the module says.
pub fn kappa(shifts: &[f64]) -> Result<f64, NotMeasurable> {
    check::sample("shifts", shifts, 2)?;
    let largest = shifts.iter().fold(0.0, |largest: f64, shift| largest.max(shift.abs()));
    if largest == 0.0 {
        return Err(NotMeasurable::Degenerate { what: "an agreement of shifts, by edges that did not shift" });
    }
    let mean = check::mean(shifts);
    let sign = if mean == 0.0 { 0.0 } else { mean.signum() };
    Ok(shifts.iter().map(|shift| sign * shift).fold(f64::INFINITY, f64::min) / largest)
}

/// A disk of rings whose radii fall by a constant ratio; each ring repeats one unit, with edges at known angles.
#[derive(Debug, Clone, PartialEq)]
pub struct RingPattern {
    /// Outer radius of the first ring, pixels.
    pub radius: f64,
    /// Ratio of the radii of neighboring rings.
    pub ratio: f64,
    /// Rings.
    pub rings: usize,
    /// Length of a unit, degrees; it divides 360.
    pub unit_deg: f64,
    /// Where a unit of the first ring begins, degrees.
    pub start_deg: f64,
    /// How far each ring is turned against the one outside it, degrees.
    pub turn_deg: f64,
    /// Angle of each kind of edge within a unit, degrees.
    pub edges_deg: Vec<f64>,
}

/// Which way people see a disk of Rotating Snakes turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Black, blue, white, yellow clockwise.
    Clockwise,
    /// The mirror image: black, yellow, white, blue clockwise.
    Anticlockwise,
}

impl RingPattern {
    /// Rotating Snakes: 20 units a ring, neighbors turned by half a unit. Kinds of edges, in this order:
    /// black–yellow, yellow–white, white–blue, blue–black. A unit begins at the middle of a blue ellipse, in the
    /// first ring at `start_deg`.
    pub fn snakes(radius: f64, rings: usize, seen: Seen, start_deg: f64) -> Self {
        let edges: [f64; 4] = [5.8, 12.2, 14.8, 3.2];
        let edges_deg = match seen {
            Seen::Anticlockwise => edges.to_vec(),
            Seen::Clockwise => edges.iter().map(|edge| 18.0 - edge).collect(),
        };
        Self { radius, ratio: 0.8, rings, unit_deg: 18.0, start_deg, turn_deg: 9.0, edges_deg }
    }

    /// Windows of `half_width_deg` to both sides of each kind of edge, on the rings of a grid that lie in the middle
    /// of a ring of the pattern: within `share` of its width.
    pub fn windows(&self, grid: &Grid, half_width_deg: f64, share: f64) -> Vec<Vec<Window>> {
        let units = (360.0 / self.unit_deg).round() as usize;
        let inside: Vec<(usize, f64)> =
            grid.radii.iter().enumerate().filter_map(|(ring, &at)| Some((ring, self.start(at, share)?))).collect();
        let kind = |edge: f64| {
            let unit = |ring, start: f64, unit| {
                let middle = start + self.unit_deg * unit as f64 + edge;
                Window { ring, from_deg: middle - half_width_deg, to_deg: middle + half_width_deg }
            };
            inside.iter().flat_map(|&(ring, start)| (0..units).map(move |at| unit(ring, start, at))).collect()
        };
        self.edges_deg.iter().map(|&edge| kind(edge)).collect()
    }

    /// Where the units begin on the ring that holds a radius within `share` of its width.
    fn start(&self, at: f64, share: f64) -> Option<f64> {
        let mut outer = self.radius;
        for ring in 0..self.rings {
            let inner = outer * self.ratio;
            if (at - 0.5 * (outer + inner)).abs() <= 0.5 * share * (outer - inner) {
                return Some(self.start_deg + self.turn_deg * ring as f64);
            }
            outer = inner;
        }
        None
    }
}
