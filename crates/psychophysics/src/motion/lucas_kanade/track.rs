//! Following places from coarse to fine copies of two pictures.

use super::super::{Plane, must};
use super::pyramid::{Level, levels};
use super::{Vector, smaller_eigenvalue};
use crate::NotMeasurable;

/// How places are followed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tracker {
    /// Side of the window, pixels, at least 3.
    pub window: usize,
    /// Copies beyond the picture itself, each half as large; only those larger than the window are used.
    pub levels: usize,
    /// At most so many steps at each copy.
    pub iterations: usize,
    /// Steps up to this length are the last, pixels.
    pub least_step: f64,
    /// Windows with less structure are given up: smaller eigenvalue of the mean product of gradients, in 1024 ·
    /// (codes of 8 bit per pixel)².
    pub least_structure: f64,
}

impl Default for Tracker {
    /// The published settings.
    fn default() -> Self {
        Self { window: 50, levels: 2, iterations: 10, least_step: 0.03, least_structure: 1e-4 }
    }
}

/// Follows places from `a` to `b`; those that are lost are none.
///
/// # Errors
/// As the module says.
pub fn track(
    a: &Plane,
    b: &Plane,
    places: &[[f64; 2]],
    tracker: &Tracker,
) -> Result<Vec<Option<Vector>>, NotMeasurable> {
    a.same_shape(b)?;
    must("window", tracker.window as f64, tracker.window >= 3, "at least 3")?;
    for place in places {
        must("place", place[0], place[0].is_finite(), "finite")?;
        must("place", place[1], place[1].is_finite(), "finite")?;
    }
    let [earlier, later] = [a, b].map(|plane| levels(plane, tracker.levels, tracker.window));
    let pairs: Vec<(&Level, &Level)> = earlier.iter().zip(&later).collect();
    let follow = |&place: &[f64; 2]| {
        // Within, pixels are counted from the middle of the first.
        let start = place.map(|part| part - 0.5);
        let end = tracker.follow(&pairs, start)?;
        Some(Vector { place, shift: [end[0] - start[0], end[1] - start[1]] })
    };
    Ok(places.iter().map(follow).collect())
}

impl Tracker {
    fn follow(&self, pairs: &[(&Level, &Level)], start: [f64; 2]) -> Option<[f64; 2]> {
        let mut end = None;
        for (depth, (a, b)) in pairs.iter().enumerate().rev() {
            let here = start.map(|part| part / f64::from(1u32 << depth));
            let guess = end.map_or(here, |end: [f64; 2]| end.map(|part| 2.0 * part));
            // What a coarse copy cannot tell is left to the finer ones; the finest must tell.
            let found = self.refine((a, b), here, guess);
            end = Some(if depth == 0 { found.ok()? } else { found.unwrap_or_else(|last| last) });
        }
        end
    }

    /// Repeats the step at one copy; gives the place reached so far as error where it cannot go on.
    fn refine(&self, (a, b): (&Level, &Level), here: [f64; 2], guess: [f64; 2]) -> Result<[f64; 2], [f64; 2]> {
        let half = 0.5 * (self.window - 1) as f64;
        let first = |middle: [f64; 2]| middle.map(|part| part - half);
        if !a.holds(first(here)) {
            return Err(guess);
        }
        let codes = a.codes(first(here), self.window);
        let [right, down] = a.gradients(first(here), self.window);
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let (xx, xy, yy) = (product(&right, &right), product(&right, &down), product(&down, &down));
        let determinant = xx * yy - xy * xy;
        let structure = smaller_eigenvalue(xx, xy, yy) / (1024.0 * codes.len() as f64);
        if !(structure >= self.least_structure && determinant > 0.0) {
            return Err(guess);
        }
        let (mut end, mut last) = (guess, [0.0; 2]);
        for iteration in 0..self.iterations {
            if !b.holds(first(end)) {
                return Err(end);
            }
            let change: Vec<f64> = b.codes(first(end), self.window).iter().zip(&codes).map(|(b, a)| b - a).collect();
            let (xt, yt) = (product(&right, &change), product(&down, &change));
            let step = [(xy * yt - yy * xt) / determinant, (xy * xt - xx * yt) / determinant];
            end = [end[0] + step[0], end[1] + step[1]];
            if step[0] * step[0] + step[1] * step[1] <= self.least_step * self.least_step {
                break;
            }
            // Steps that go back and forth end in between.
            if iteration > 0 && (0..2).all(|part| (step[part] + last[part]).abs() < 0.01) {
                end = [end[0] - 0.5 * step[0], end[1] - 0.5 * step[1]];
                break;
            }
            last = step;
        }
        Ok(end)
    }
}
