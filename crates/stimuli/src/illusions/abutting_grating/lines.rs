//! The grating itself, over any mask of pixels.

use crate::StimulusError;
use crate::error::require;
use crate::settings::{chosen, word};

/// Directions by name; the first is the default.
pub(super) const DIRECTIONS: &[(&str, Direction)] = &[
    ("horizontal", Direction::Horizontal),
    ("vertical", Direction::Vertical),
    ("rising", Direction::Rising),
    ("falling", Direction::Falling),
];

/// How the lines run. The published pairs count (row, column).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Published (1, 0), "hor".
    Horizontal,
    /// Published (0, 1), "ver".
    Vertical,
    /// Up to the right; published (1, 1), "UR".
    Rising,
    /// Up to the left; published (−1, 1), "UL".
    Falling,
}

impl Direction {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Horizontal, Self::Vertical, Self::Rising, Self::Falling];

    /// The direction of that name.
    ///
    /// # Errors
    /// [`StimulusError::UnknownChoice`] for any other name.
    pub fn named(name: &str) -> Result<Self, StimulusError> {
        chosen("abutting_grating", "direction", name, DIRECTIONS)
    }

    /// Its name in tables.
    pub fn id(self) -> &'static str {
        word(DIRECTIONS, self)
    }

    /// Place of a pixel across the lines; constant along each.
    fn across(self, row: usize, column: usize) -> i64 {
        let (row, column) = (row as i64, column as i64);
        match self {
            Self::Horizontal => row,
            Self::Vertical => column,
            Self::Rising => row + column,
            Self::Falling => column - row,
        }
    }
}

/// Lines one pixel wide (one pixel of each row or column, for diagonal ones).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lines {
    /// How they run.
    pub direction: Direction,
    /// Pixels from line to line, across rows or columns; even.
    pub period: usize,
    /// Shift of the lines outside the figure, pixels; half a period is the published figure, 0 draws no figure.
    pub shift: usize,
    /// Place of the lines inside the figure, pixels; 0 in the published figure.
    pub start: usize,
}

impl Lines {
    /// The published figure: shifted by half a period, first line at 0.
    pub fn published(direction: Direction, period: usize) -> Self {
        Self { direction, period, shift: period / 2, start: 0 }
    }

    /// Checks every parameter.
    ///
    /// # Errors
    /// [`StimulusError::OutOfRange`] for `period`, `shift` or `start`.
    pub fn check(&self) -> Result<(), StimulusError> {
        let period = self.period;
        require("period", period as f64, period >= 2 && period.is_multiple_of(2), "even and at least 2")?;
        require("shift", self.shift as f64, self.shift < period, "below the period")?;
        require("start", self.start as f64, self.start < period, "below the period")
    }

    /// Place of a pixel within its period, 0 to below the period.
    pub(super) fn residue(&self, row: usize, column: usize) -> usize {
        self.direction.across(row, column).rem_euclid(self.period as i64) as usize
    }

    /// Where lines lie within a period, inside the figure or outside.
    pub(super) fn at(&self, inside: bool) -> usize {
        (self.start + if inside { 0 } else { self.shift }) % self.period
    }

    /// Whether a pixel is part of a line.
    pub(super) fn covers(&self, inside: bool, row: usize, column: usize) -> bool {
        self.residue(row, column) == self.at(inside)
    }
}

/// Abutting gratings over a mask: 1 on lines, 0 elsewhere, as luminance and code alike; `[height, width]`.
///
/// `mask` says which pixels are inside, `[height, width]`, row-major. For digits of MNIST the published threshold is a
/// value above 0.5.
///
/// # Errors
/// As [`Lines::check`]; `mask` of another length than height × width.
///
/// ```
/// use trompe_stimuli::abutting_grating::{Direction, Lines, grating};
///
/// // The middle column is inside: its lines are one row off the others'.
/// let mask = [false, true, false, false, true, false];
/// let picture = grating(&mask, [2, 3], Lines::published(Direction::Horizontal, 2))?;
/// assert_eq!(picture, [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
/// # Ok::<(), trompe_stimuli::StimulusError>(())
/// ```
pub fn grating(mask: &[bool], size: [usize; 2], lines: Lines) -> Result<Vec<f32>, StimulusError> {
    lines.check()?;
    let [height, width] = size;
    require("mask", mask.len() as f64, mask.len() == height * width, "height × width pixels")?;
    let value = |(at, &inside): (usize, &bool)| f32::from(u8::from(lines.covers(inside, at / width, at % width)));
    Ok(mask.iter().enumerate().map(value).collect())
}
