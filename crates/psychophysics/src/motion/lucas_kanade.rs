//! Where windows, or corners, of a picture went: dense flow on a grid, and the sparse pyramidal flow of published work.
//!
//! Within a window the change between two frames is explained by one shift (u, v), by least squares on
//! I_x u + I_y v + I_t = 0. [`dense`] does that once, for windows on a grid. [`corners`] finds the places whose
//! window has structure in both directions (the smaller eigenvalue of the mean of gradients' products), and [`track`]
//! follows each from coarse to fine copies of the pictures, repeating the step until it is small.
//!
//! # Units
//! Codes 0 to 1; places and shifts in pixels, `[x, y]`, y downward, the middle of the first pixel at [0.5, 0.5].
//!
//! # Errors
//! [`NotMeasurable::UnequalLengths`] for shapes that differ; [`NotMeasurable::OutOfRange`] for settings beyond what
//! they say. What cannot be followed is absent from the vectors; an empty list is an answer.
//!
//! # Source
//! Lucas and Kanade (1981); Shi and Tomasi (1994) for corners; Bouguet (2001) for the pyramid. Settings as in the
//! published work on illusions in predictive networks (Watanabe et al. 2018), which calls OpenCV.
//!
//! # Departures
//! From OpenCV 5.0.0, against whose output corners and vectors are tested: numbers are not rounded (it keeps copies
//! of 8 bit, gradients of 16 and weights of 14 bit), which moves vectors by up to 0.0018 pixels. From the published
//! programs: their grays are of 8 bit.

mod corners;
mod pyramid;
mod track;

pub use corners::{Corners, corners};
pub use track::{Tracker, track};

use super::{Plane, must};
use crate::NotMeasurable;

/// A place and how far it went, pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Vector {
    /// Where, `[x, y]`.
    pub place: [f64; 2],
    /// How far, `[right, down]`.
    pub shift: [f64; 2],
}

/// Windows on a grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dense {
    /// Side of a window, pixels: even.
    pub window: usize,
    /// Distance of neighboring windows, pixels; the first is half of it from the border.
    pub step: usize,
}

impl Default for Dense {
    fn default() -> Self {
        Self { window: 50, step: 12 }
    }
}

/// Shifts of windows on a grid, in a single step; windows end at the border of the picture. Windows without structure
/// in both directions (smaller eigenvalue of the mean product below 1e−8 codes² per pixel²) are absent.
///
/// # Errors
/// As the module says.
pub fn dense(a: &Plane, b: &Plane, Dense { window, step }: Dense) -> Result<Vec<Vector>, NotMeasurable> {
    a.same_shape(b)?;
    must("window", window as f64, window >= 2 && window.is_multiple_of(2), "even, at least 2")?;
    must("step", step as f64, step >= 2, "at least 2")?;
    let fields = Fields::new(a, b);
    let places = |count: usize| (step / 2..count).step_by(step);
    let centers = places(a.height()).flat_map(|y| places(a.width()).map(move |x| (x, y)));
    Ok(centers.filter_map(|(x, y)| fields.shift([x, y], window / 2)).collect())
}

/// Gradients of the mean of two frames, and their change.
struct Fields {
    height: usize,
    width: usize,
    right: Vec<f64>,
    down: Vec<f64>,
    change: Vec<f64>,
}

impl Fields {
    fn new(a: &Plane, b: &Plane) -> Self {
        let (height, width) = (a.height(), a.width());
        let mean: Vec<f64> = a.values().iter().zip(b.values()).map(|(a, b)| 0.5 * (a + b)).collect();
        let mut fields = Self { height, width, right: Vec::new(), down: Vec::new(), change: Vec::new() };
        // One-sided differences at the border.
        let around = |at: usize, count: usize| (at.saturating_sub(1), (at + 1).min(count - 1));
        for y in 0..height {
            let (above, below) = around(y, height);
            for x in 0..width {
                let (left, right) = around(x, width);
                fields.right.push((mean[y * width + right] - mean[y * width + left]) / (right - left) as f64);
                fields.down.push((mean[below * width + x] - mean[above * width + x]) / (below - above) as f64);
            }
        }
        fields.change = a.values().iter().zip(b.values()).map(|(a, b)| b - a).collect();
        fields
    }

    fn shift(&self, [x, y]: [usize; 2], half: usize) -> Option<Vector> {
        let (mut normal, mut count) = (Normal::default(), 0.0);
        for row in y.saturating_sub(half)..(y + half).min(self.height) {
            let from = row * self.width + x.saturating_sub(half);
            let to = row * self.width + (x + half).min(self.width);
            for at in from..to {
                normal.add(self.right[at], self.down[at], self.change[at]);
            }
            count += (to - from) as f64;
        }
        (normal.smaller_eigenvalue() > 1e-8 * count)
            .then(|| Vector { place: [x as f64, y as f64], shift: normal.shift() })
    }
}

/// The normal equations of one window.
#[derive(Debug, Clone, Copy, Default)]
struct Normal {
    xx: f64,
    xy: f64,
    yy: f64,
    xt: f64,
    yt: f64,
}

impl Normal {
    fn add(&mut self, right: f64, down: f64, change: f64) {
        self.xx += right * right;
        self.xy += right * down;
        self.yy += down * down;
        self.xt += right * change;
        self.yt += down * change;
    }

    fn smaller_eigenvalue(&self) -> f64 {
        smaller_eigenvalue(self.xx, self.xy, self.yy)
    }

    fn shift(&self) -> [f64; 2] {
        let determinant = self.xx * self.yy - self.xy * self.xy;
        [(self.xy * self.yt - self.yy * self.xt) / determinant, (self.xy * self.xt - self.xx * self.yt) / determinant]
    }
}

fn smaller_eigenvalue(xx: f64, xy: f64, yy: f64) -> f64 {
    let (half, apart) = (0.5 * (xx + yy), 0.5 * (xx - yy));
    half - (apart * apart + xy * xy).sqrt()
}
