//! The order of parts within a unit: two sectors, and an ellipse on each of their borders.

use super::palette::Palette;
use crate::scene::Fill;

/// Patterns by name; the first is the default.
pub(super) const PATTERNS: &[(&str, Pattern)] = &[
    ("snakes", Pattern::Snakes),
    ("symmetric", Pattern::Symmetric),
    ("symmetric6", Pattern::Symmetric6),
    ("alternating_rings", Pattern::AlternatingRings),
    ("order_kbyw", Pattern::OrderKbyw),
    ("order_kwby", Pattern::OrderKwby),
    ("pair_kb", Pattern::PairKb),
    ("pair_bw", Pattern::PairBw),
    ("pair_wy", Pattern::PairWy),
    ("pair_yk", Pattern::PairYk),
    ("fraser_wilcox", Pattern::FraserWilcox),
];

/// What a ring shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// Blue and yellow on alternate borders.
    Snakes,
    /// Both gray, luminance 0.4.
    Symmetric,
    /// Each ellipse half blue (toward black), half yellow (toward white): black, blue, yellow, white, yellow, blue.
    Symmetric6,
    /// As snakes, neighboring rings of opposite handedness.
    AlternatingRings,
    /// Black, blue, yellow, white.
    OrderKbyw,
    /// Black, white, blue, yellow.
    OrderKwby,
    /// Black and blue, the rest gray.
    PairKb,
    /// Blue and white, the rest gray.
    PairBw,
    /// White and yellow, the rest gray.
    PairWy,
    /// Yellow and black, the rest gray.
    PairYk,
    /// Luminance ramps.
    FraserWilcox,
}

/// Fills of a unit in the order in which they follow each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    /// First and second sector.
    pub(super) sectors: [Fill; 2],
    /// Ellipses: where the first sector ends, and where the second ends.
    pub(super) ellipses: [Fill; 2],
}

impl Pattern {
    /// The unit at a strength: ellipses come out of the neutral gray, sectors stay.
    pub(super) fn unit(self, palette: &Palette, strength: f64) -> Unit {
        let Palette { black: k, dark: b, white: w, light: y, .. } = *palette;
        let gray = Fill::Gray(palette.neutral);
        let (sectors, ellipses) = match self {
            Self::Snakes | Self::Symmetric | Self::Symmetric6 | Self::AlternatingRings | Self::FraserWilcox => {
                ([k, w], [b, y])
            }
            Self::OrderKbyw => ([k, y], [b, w]),
            Self::OrderKwby => ([k, b], [w, y]),
            Self::PairKb => ([k, gray], [b, gray]),
            Self::PairBw => ([gray, w], [b, gray]),
            Self::PairWy => ([gray, w], [gray, y]),
            Self::PairYk => ([k, gray], [gray, y]),
        };
        let share = if self == Self::Symmetric { 0.0 } else { strength.abs() };
        Unit { sectors, ellipses: ellipses.map(|fill| palette.toward(fill, share)) }
    }
}
