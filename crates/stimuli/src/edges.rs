//! The four edges of the Rotating Snakes, by what lies on their two sides.
//!
//! The order black, dark, white, light, and black again is the one in which people see motion. An edge has the
//! direction of that order: from black to dark, and so on.

/// An edge between neighbors in the order black, dark (blue), white, light (yellow).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeClass {
    /// From black to dark.
    BlackDark,
    /// From dark to white.
    DarkWhite,
    /// From white to light.
    WhiteLight,
    /// From light to black.
    LightBlack,
}

impl EdgeClass {
    /// All four, in the order in which they follow each other.
    pub const ALL: [Self; 4] = [Self::BlackDark, Self::DarkWhite, Self::WhiteLight, Self::LightBlack];

    /// For tables.
    pub fn id(self) -> &'static str {
        match self {
            Self::BlackDark => "black_dark",
            Self::DarkWhite => "dark_white",
            Self::WhiteLight => "white_light",
            Self::LightBlack => "light_black",
        }
    }
}
