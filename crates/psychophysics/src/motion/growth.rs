//! Does a turn go on? The turn between the first predicted frame and each later one, against their distance.
//!
//! Predicted motion goes on at about the same speed, so that W_k grows along a line in k. A picture that was only
//! recolored or blurred once stays what it has become, or comes to rest: W_k saturates. Growth is called motion where
//! the slope of the line of least squares has the sign of the motion and R² is above [`LINEAR`].
//!
//! # Units
//! `frames` counts frames; turns in degrees; the slope in degrees per frame.
//!
//! # Errors
//! [`NotMeasurable::TooFew`] below three frames, [`NotMeasurable::UnequalLengths`], [`NotMeasurable::NotFinite`],
//! [`NotMeasurable::OutOfRange`] unless frames increase.
//!
//! # Source
//! Ordinary least squares.
//!
//! # Departures
//! The criterion is this project's own.

use crate::{NotMeasurable, check};

/// Growth counts as linear above this share of explained variance.
pub const LINEAR: f64 = 0.8;

/// The line of least squares through turns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// Degrees per frame.
    pub slope: f64,
    /// Turn at frame 0, degrees.
    pub intercept: f64,
    /// Share of the variance of the turns that the line explains; none where turns do not vary.
    pub r_squared: Result<f64, NotMeasurable>,
}

impl Growth {
    /// Whether turns grow along a line, in the positive sense.
    pub fn is_motion(&self) -> bool {
        self.slope > 0.0 && self.r_squared.is_ok_and(|share| share > LINEAR)
    }
}

/// The line through turns `turns_deg` at `frames`.
///
/// # Errors
/// As the module says.
pub fn growth(frames: &[f64], turns_deg: &[f64]) -> Result<Growth, NotMeasurable> {
    check::at_least(3, frames.len())?;
    check::increasing("frames", frames)?;
    check::same_length("turns_deg", frames.len(), turns_deg.len())?;
    check::all_finite("turns_deg", turns_deg)?;
    let (middle, level) = (check::mean(frames), check::mean(turns_deg));
    let (mut along, mut both, mut across) = (0.0, 0.0, 0.0);
    for (frame, turn) in frames.iter().zip(turns_deg) {
        let (x, y) = (frame - middle, turn - level);
        along += x * x;
        both += x * y;
        across += y * y;
    }
    let slope = both / along;
    let size = turns_deg.iter().map(|turn| turn * turn).sum::<f64>();
    let r_squared = if across > 1e-24 * size {
        Ok((both * both / (along * across)).min(1.0))
    } else {
        Err(NotMeasurable::Degenerate { what: "a share of variance, by turns that do not vary" })
    };
    Ok(Growth { slope, intercept: level - slope * middle, r_squared })
}
