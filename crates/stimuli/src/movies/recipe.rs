//! What is drawn and how it moves.

use crate::StimulusError;
use crate::error::require;
use crate::settings::{Reader, Settings};

/// How the three channels differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channels {
    /// Colors by a natural-like law, blue blurrier.
    Natural,
    /// The same blur, and channels exchanged at random by clip: each has the same law, so the same spectrum.
    Matched,
    /// Equal.
    Gray,
}

/// Whether clips are inverted, in sRGB codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polarity {
    /// None.
    Natural,
    /// Each with probability 1/2.
    Symmetric,
    /// All.
    Inverted,
}

/// Arms by name; the first is the default.
const CHANNELS: &[(&str, Channels)] =
    &[("natural", Channels::Natural), ("matched", Channels::Matched), ("gray", Channels::Gray)];
/// Arms by name; the first is the default.
const POLARITIES: &[(&str, Polarity)] =
    &[("natural", Polarity::Natural), ("symmetric", Polarity::Symmetric), ("inverted", Polarity::Inverted)];

/// What is drawn and how it moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    /// Standard deviation of the camera's velocity for each axis, pixels a frame.
    pub camera_sd_px: f64,
    /// Standard deviation of its turning, degrees a frame.
    pub rotation_sd_deg: f64,
    /// Standard deviation of its zoom, percent a frame.
    pub zoom_sd_percent: f64,
    /// Standard deviation of a group's own velocity for each axis, pixels a frame.
    pub own_sd_px: f64,
    /// Groups of leaves that move together.
    pub groups: usize,
    /// Slow drift between saccades.
    pub drift: bool,
    /// Jumps.
    pub saccades: bool,
    /// Share of steps without any motion.
    pub pause_share: f64,
    /// How channels differ.
    pub channels: Channels,
    /// Whether clips are inverted.
    pub polarity: Polarity,
    /// Motion follows the polarity of edges.
    pub planted: bool,
    /// Time runs backward.
    pub reversed: bool,
    /// Texture on leaves.
    pub texture: bool,
    /// Shades across leaves.
    pub shading: bool,
    /// A smooth light field.
    pub light: bool,
    /// Smallest radius of a leaf in pixels.
    pub radius_min_px: f64,
    /// Standard deviation of the blur in pixels.
    pub blur_px: f64,
    /// The same in blue, where channels differ.
    pub blue_blur_px: f64,
}

impl Recipe {
    /// Reads the arms (`channels`, `polarity`, `planted`, `reversed`, `saccades`, `rotation`, `drift`) and the numbers
    /// named like the fields.
    ///
    /// # Errors
    /// Settings that are unknown, of the wrong kind or out of range.
    pub fn read(settings: &Settings) -> Result<Self, StimulusError> {
        let mut reader = Reader::new(settings, "movies");
        let rotates = reader.flag("rotation", true)?;
        let turning = reader.number_in("rotation_sd_deg", 0.5, [0.0, 5.0], "from 0 to 5")?;
        let groups = reader.number_in("groups", 6.0, [1.0, 64.0], "a whole number from 1 to 64")?;
        require("groups", groups, groups.fract() == 0.0, "a whole number from 1 to 64")?;
        let recipe = Self {
            camera_sd_px: reader.number_in("camera_sd_px", 1.0, [0.0, 3.0], "from 0 to 3")?,
            rotation_sd_deg: if rotates { turning } else { 0.0 },
            zoom_sd_percent: reader.number_in("zoom_sd_percent", 0.5, [0.0, 5.0], "from 0 to 5")?,
            own_sd_px: reader.number_in("own_sd_px", 0.5, [0.0, 3.0], "from 0 to 3")?,
            groups: groups as usize,
            drift: reader.flag("drift", true)?,
            saccades: reader.flag("saccades", true)?,
            pause_share: reader.number_in("pause_share", 0.1, [0.0, 1.0], "from 0 to 1")?,
            channels: reader.choice("channels", CHANNELS)?,
            polarity: reader.choice("polarity", POLARITIES)?,
            planted: reader.flag("planted", false)?,
            reversed: reader.flag("reversed", false)?,
            texture: reader.flag("texture", true)?,
            shading: reader.flag("shading", true)?,
            light: reader.flag("light", true)?,
            radius_min_px: reader.number_in("radius_min_px", 0.7, [0.5, 8.0], "from 0.5 to 8")?,
            blur_px: reader.number_in("blur_px", 0.35, [0.0, 0.7], "from 0 to 0.7")?,
            blue_blur_px: reader.number_in("blue_blur_px", 0.7, [0.0, 0.7], "from 0 to 0.7")?,
        };
        reader.finish()?;
        Ok(recipe)
    }

    pub(super) fn colored(&self) -> bool {
        match self.channels {
            Channels::Natural | Channels::Matched => true,
            Channels::Gray => false,
        }
    }

    /// Blur of red, green and blue.
    pub(super) fn blurs(&self) -> [f64; 3] {
        let plain = self.blur_px;
        match self.channels {
            Channels::Natural => [plain, plain, self.blue_blur_px],
            Channels::Matched | Channels::Gray => [plain; 3],
        }
    }
}
