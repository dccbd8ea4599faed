//! What the four parts of a unit are painted with.

use super::{BLUE, YELLOW};
use crate::color::{self, luminance};
use crate::scene::Fill;

/// Luminance of the ellipses at strength 0, and of what a pair leaves out.
const NEUTRAL: f64 = 0.4;

/// Palettes by name; the first is the default.
pub(super) const PALETTES: &[(&str, Kind)] = &[
    ("color", Kind::Color),
    ("gray", Kind::Gray),
    ("hue_swapped", Kind::HueSwapped),
    ("equal_luminance", Kind::EqualLuminance),
];

/// Which palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Black, blue, white, yellow.
    Color,
    /// Black, dark gray, white, light gray.
    Gray,
    /// Black, brown, white, light blue.
    HueSwapped,
    /// Red, blue, green, brown of one luminance on gray.
    EqualLuminance,
}

/// Fills at full strength.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Palette {
    pub(super) kind: Kind,
    pub(super) black: Fill,
    pub(super) dark: Fill,
    pub(super) white: Fill,
    pub(super) light: Fill,
    /// Luminance of what is neither dark nor light.
    pub(super) neutral: f64,
    /// Around the disk, and inside its rings.
    pub(super) ground: Fill,
}

impl Palette {
    /// `grays`: luminances of dark and light for [`Kind::Gray`].
    pub(super) fn new(kind: Kind, grays: [f64; 2]) -> Self {
        let [blue, yellow] = [BLUE, YELLOW].map(color::from_srgb8);
        let plain = |dark: Fill, light: Fill| Self {
            kind,
            black: Fill::Gray(0.0),
            dark,
            white: Fill::Gray(1.0),
            light,
            neutral: NEUTRAL,
            ground: Fill::Gray(1.0),
        };
        match kind {
            Kind::Color => plain(Fill::Color(blue), Fill::Color(yellow)),
            Kind::Gray => plain(Fill::Gray(grays[0]), Fill::Gray(grays[1])),
            Kind::HueSwapped => plain(
                Fill::Color(at_luminance(yellow, luminance(blue))),
                Fill::Color(at_luminance(blue, luminance(yellow))),
            ),
            Kind::EqualLuminance => {
                let one = luminance(blue);
                let [red, green] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]].map(|hue| Fill::Color(at_luminance(hue, one)));
                Self {
                    black: red,
                    white: green,
                    neutral: one,
                    ground: Fill::Gray(one),
                    ..plain(Fill::Color(blue), Fill::Color(at_luminance(yellow, one)))
                }
            }
        }
    }

    /// A fill that many parts of the way from the neutral gray to itself.
    pub(super) fn toward(&self, fill: Fill, share: f64) -> Fill {
        let from = self.neutral;
        match fill {
            Fill::Gray(luminance) => Fill::Gray(from + share * (luminance - from)),
            Fill::Color(color) => Fill::Color(color.map(|channel| from + share * (channel - from))),
            Fill::Filter(_) => fill,
        }
    }
}

/// The color's chromaticity at another luminance; mixed with the gray of that luminance as little as the gamut needs.
fn at_luminance(color: [f64; 3], wanted: f64) -> [f64; 3] {
    let scaled = color.map(|channel| channel * (wanted / luminance(color)));
    let most = scaled.iter().copied().fold(0.0, f64::max);
    let share = if most > 1.0 { (1.0 - wanted) / (most - wanted) } else { 1.0 };
    scaled.map(|channel| (wanted + share * (channel - wanted)).min(1.0))
}
