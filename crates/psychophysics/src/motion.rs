//! Motion between two pictures, or along a sequence of them: how far something turned, and whether it moved at all.
//!
//! A still picture that is blurred, clipped or recolored can read as a turn: whatever shifts the balance of one edge
//! against another does so, most of all where colors differ in blur. So a rotation alone is no evidence of predicted
//! motion, and the modules here go together:
//!
//! | module | answers |
//! |---|---|
//! | [`polar`] | by how many degrees did a disk turn, by least squares? |
//! | [`rigidity`] | did all kinds of its edges turn alike? |
//! | [`growth`] | does the turn go on from frame to frame, or does it saturate? |
//! | [`mod@remap`] | how much of the turn does the best recoloring and blur, without motion, explain? |
//! | [`lucas_kanade`] | where did windows, or corners, go? |
//! | [`scores`] | what do published scores say of such vectors? |
//! | [`detectors`] | what would correlators and motion energy along a ring signal? |
//!
//! # Units
//! Pictures are [`Plane`]s of codes, 0 to 1 (what networks see), rows from the top. Places are pixels in continuous
//! coordinates, `[x, y]`: the middle of the first pixel is [0.5, 0.5], y grows downward. Angles are degrees from the
//! x axis; positive is clockwise on the screen.
//!
//! # Errors
//! [`NotMeasurable`] for shapes that differ, values that are not finite, and pictures without structure to follow.
//!
//! # Source
//! Each module names its own.

pub mod detectors;
pub mod growth;
pub mod lucas_kanade;
pub mod polar;
pub mod remap;
pub mod rigidity;
pub mod scores;

use crate::{NotMeasurable, check};

/// Weights of red, green and blue codes in a gray code (Rec. 601).
pub const GRAY_WEIGHTS: [f64; 3] = [0.299, 0.587, 0.114];

/// One channel of a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    height: usize,
    width: usize,
    values: Vec<f64>,
}

impl Plane {
    /// A plane of `[height, width]`, row after row; at least 2 × 2.
    ///
    /// # Errors
    /// [`NotMeasurable::TooFew`], [`NotMeasurable::UnequalLengths`], [`NotMeasurable::NotFinite`].
    pub fn new(values: Vec<f64>, [height, width]: [usize; 2]) -> Result<Self, NotMeasurable> {
        check::at_least(2, height.min(width))?;
        check::same_length("values", height * width, values.len())?;
        check::all_finite("values", &values)?;
        Ok(Self { height, width, values })
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Codes, row after row.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Middle of the picture.
    pub fn center(&self) -> [f64; 2] {
        [self.width as f64 / 2.0, self.height as f64 / 2.0]
    }

    /// The plane with each code changed by `change`.
    ///
    /// # Errors
    /// [`NotMeasurable::NotFinite`] where `change` gives what is not.
    pub fn mapped(&self, change: impl Fn(f64) -> f64) -> Result<Self, NotMeasurable> {
        Self::new(self.values.iter().map(|&code| change(code)).collect(), [self.height, self.width])
    }

    /// Code at a place by bilinear interpolation between the middles of pixels; beyond the outermost, theirs.
    pub fn at(&self, [x, y]: [f64; 2]) -> f64 {
        let column = (x - 0.5).clamp(0.0, (self.width - 1) as f64);
        let row = (y - 0.5).clamp(0.0, (self.height - 1) as f64);
        let (left, top) = ((column as usize).min(self.width - 2), (row as usize).min(self.height - 2));
        let (right, down) = (column - left as f64, row - top as f64);
        let upper = &self.values[top * self.width + left..][..2];
        let lower = &self.values[(top + 1) * self.width + left..][..2];
        let mix = |pair: &[f64]| pair[0] + right * (pair[1] - pair[0]);
        mix(upper) + down * (mix(lower) - mix(upper))
    }

    fn same_shape(&self, other: &Self) -> Result<(), NotMeasurable> {
        check::same_length("height", self.height, other.height)?;
        check::same_length("width", self.width, other.width)
    }

    /// A plane of the same shape.
    fn like(&self, values: Vec<f64>) -> Self {
        debug_assert_eq!(values.len(), self.values.len());
        Self { values, ..*self }
    }
}

/// The channels of a picture `[channels, height, width]`.
///
/// # Errors
/// Those of [`Plane::new`].
pub fn planes(codes: &[f32], [channels, height, width]: [usize; 3]) -> Result<Vec<Plane>, NotMeasurable> {
    check::at_least(1, channels)?;
    check::at_least(2, height.min(width))?;
    check::same_length("codes", channels * height * width, codes.len())?;
    codes
        .chunks_exact(height * width)
        .map(|channel| Plane::new(channel.iter().map(|&code| f64::from(code)).collect(), [height, width]))
        .collect()
}

/// Gray codes of one channel (itself) or three ([`GRAY_WEIGHTS`]).
///
/// # Errors
/// [`NotMeasurable::UnequalLengths`] for another number of channels, or shapes that differ.
pub fn gray(channels: &[Plane]) -> Result<Plane, NotMeasurable> {
    match channels {
        [one] => Ok(one.clone()),
        [red, green, blue] => {
            red.same_shape(green)?;
            red.same_shape(blue)?;
            let codes = red.values.iter().zip(&green.values).zip(&blue.values);
            let [r, g, b] = GRAY_WEIGHTS;
            Ok(red.like(codes.map(|((red, green), blue)| r * red + g * green + b * blue).collect()))
        }
        _ => Err(NotMeasurable::UnequalLengths { what: "channels", expected: 3, found: channels.len() }),
    }
}

/// Index that a picture of `count` pixels, mirrored about the middles of its outermost ones, shows at `index`.
fn mirrored(index: isize, count: usize) -> usize {
    let period = 2 * (count as isize - 1);
    let inside = index.rem_euclid(period.max(1));
    (if inside < count as isize { inside } else { period - inside }) as usize
}

/// An argument that must hold a condition.
fn must(what: &'static str, value: f64, holds: bool, must: &'static str) -> Result<(), NotMeasurable> {
    if holds { Ok(()) } else { Err(NotMeasurable::OutOfRange { what, value, must }) }
}
