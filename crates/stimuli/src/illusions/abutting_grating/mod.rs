//! Abutting gratings: a shape made by a shift of lines alone.
//!
//! Lines one pixel wide run over the whole picture; inside the shape they are shifted by half a period. No line, no luminance and no
//! contrast tells inside from outside, only where lines end: people report a contour along the line ends.
//!
//! The figure is defined on pixels: a pixel belongs to the shape when more than half of it is covered, and a pixel is a line
//! pixel or not. **There is no anti-aliasing here**: a fraction of a line would be a luminance cue at the contour. Drawn on
//! `size_px` pixels or a whole multiple the scene has hard pixels; on any other size edges are mixed, so do not.
//!
//! The setting `variant` says where lines are shifted: `in` (the shape), `blob` (a random outline of the same area, with as many
//! line pixels; it shows a contour, but not the shape's). The control without any contour is `strength` = 0.
//!
//! # Units
//! `strength` is the shift of the lines outside the shape as a share of half a period, 0 to 1; it must come to whole pixels.
//! `difference` is the contrast of a real contour, one pixel wide and just inside the shape, relative to the lines' (0 to 1).
//!
//! # Errors
//! An odd period, a shift that is no whole number of pixels, a shape that leaves the canvas, gray levels beyond 0 to 1.
//!
//! # Source
//! fan2023; abutting gratings as inducers: soriano1996.
//!
//! # Departures
//! Shapes besides digits; the first line's place (`start`) is free, so that pairs can be drawn with equal light; any two gray levels. In
//! the published code the direction's first number counts rows: "hor" (1, 0) has horizontal lines, "UR" (1, 1) lines that rise to
//! the right.

mod figure;
mod lines;
mod pairs;

pub use figure::{Figure, Variant};
pub use lines::{Direction, Lines, grating};
pub use pairs::{Control, Ensemble, Grays, Pair, pairs};

use super::{Attribute, BoxedIllusion, Condition, Illusion, IllusionEntry};
use crate::StimulusError;
use crate::geometry::Point;
use crate::illusions::kanizsa::Shape;
use crate::scene::Scene;
use crate::settings::{Reader, Settings};
use lines::DIRECTIONS;

/// The list entry.
pub const ENTRY: IllusionEntry = IllusionEntry {
    id: "abutting_grating",
    title: "Abutting gratings",
    asks: Attribute::Shape,
    human: "People report the shape: digits of 28 pixels in horizontal lines of period 4 are named rightly in 65 to 92 % of trials, \
            of period 6 in 52 to 58 % (three people each; chance 10 %; Fan and Zeng 2023).",
    source: "Fan and Zeng 2023; Soriano, Spillmann and Bach 1996",
    departures: "Shapes besides digits; lines may start anywhere; any two gray levels.",
    build,
};

/// Variants by name; the first is the default.
const VARIANTS: &[(&str, Word)] = &[("in", Word::In), ("blob", Word::Blob)];
/// Shapes by name; the first is the default.
const SHAPES: &[(&str, Shape)] = &[
    ("square", Shape::Square),
    ("triangle", Shape::Triangle),
    ("pentagon", Shape::Pentagon),
    ("hexagon", Shape::Hexagon),
    ("circle", Shape::Circle),
];

/// A variant before its seed is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    In,
    Blob,
}

/// The named figure: every parameter of [`Figure`] but the shift, which the condition sets.
struct AbuttingGrating {
    figure: Figure,
}

fn build(settings: &Settings) -> Result<BoxedIllusion, StimulusError> {
    let mut reader = Reader::new(settings, "abutting_grating");
    let shape = reader.choice("shape", SHAPES)?;
    let word = reader.choice("variant", VARIANTS)?;
    let blob_seed = reader.number_in("blob_seed", 0.0, [0.0, 1e15], "from 0 to 1e15")?;
    let figure = Figure {
        size_px: whole(&mut reader, "size_px", 32.0)?,
        size_deg: reader.number("size_deg", 4.0)?,
        shape,
        variant: match word {
            Word::In => Variant::In,
            Word::Blob => Variant::Blob(blob_seed as u64),
        },
        circumradius_deg: reader.number("circumradius_deg", 1.25)?,
        center: Point::new(reader.number("center_x_deg", 0.0)?, reader.number("center_y_deg", 0.0)?),
        turn_deg: reader.number("turn_deg", if shape == Shape::Square { -45.0 } else { -90.0 })?,
        lines: Lines {
            direction: reader.choice("direction", DIRECTIONS)?,
            period: whole(&mut reader, "period", 4.0)?,
            shift: 0,
            start: whole(&mut reader, "start", 0.0)?,
        },
        ground: reader.number("ground", 0.0)?,
        line: reader.number("line", 1.0)?,
    };
    reader.finish()?;
    figure.check()?;
    Ok(Box::new(AbuttingGrating { figure }))
}

/// A whole number from 0 to 8192.
fn whole(reader: &mut Reader<'_>, key: &'static str, default: f64) -> Result<usize, StimulusError> {
    let value = reader.number(key, default)?;
    let holds = value.fract() == 0.0 && (0.0..=8192.0).contains(&value);
    crate::error::require(key, value, holds, "a whole number from 0 to 8192")?;
    Ok(value as usize)
}

impl Illusion for AbuttingGrating {
    fn compose(&self, condition: &Condition) -> Result<Scene, StimulusError> {
        let shift = condition.strength * (self.figure.lines.period / 2) as f64;
        let holds = (0.0..=1.0).contains(&condition.strength) && (shift - shift.round()).abs() < 1e-9;
        crate::error::require("strength", condition.strength, holds, "from 0 to 1, and a shift of whole pixels")?;
        let lines = Lines { shift: shift.round() as usize, ..self.figure.lines };
        let mut scene = Figure { lines, ..self.figure }.compose(condition.difference)?;
        scene.note("strength", condition.strength);
        Ok(scene)
    }
}
