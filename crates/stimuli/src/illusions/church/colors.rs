//! Which colors the church and its bars have: the poster's, a set of equal luminance, one on the S axis, and 24 drawn
//! ones.
//!
//! `equal_luminance`: the inducers are scaled in linear light to the target's luminance. Blue cannot be shown so
//! bright; such a color is mixed with the gray of that luminance, as little as brings it into the gamut, which keeps
//! hue direction and luminance. The reference gray has the target's luminance too.
//!
//! `s_axis`: target and inducers have the same luminance and the same L/(L+M); only S differs: lime 0.2 and purple 2
//! times what white has at that luminance, the peach between them 0.83. Cones by Smith and Pokorny (1975).
//!
//! `drawn`: number `draw` (0 to 23) of sets drawn in CIELAB. Inducers L* 30–90, at least 60 apart in the a*b* plane;
//! the target L* 45–80, from 40 to 60 % of the way between them and up to 20 beside it; all colors, and the target
//! recolored by 12 either way, can be shown. A set depends on its number alone.
//!
//! # Units
//! Linear RGB from 0 to 1.
//!
//! # Source
//! monnier2003 (peach between lime and purple); smith1975 (cones).
//!
//! # Departures
//! The published chromaticities are not these: S of the inducers was chosen to fit the gamut. Cones are taken from CIE
//! 1931 values where Smith and Pokorny start from Judd's; along the S axis of a display the two differ by less than the
//! choice of the display does.

use crate::StimulusError;
use crate::color::{from_lab, from_srgb8, from_xyz, in_gamut, luminance, to_lab, to_xyz};
use crate::draws::{stream, uniform};
use crate::error::require;
use crate::geometry::Point;
use crate::settings::Reader;

/// The pink of the church, 8-bit sRGB.
pub const TARGET: [u8; 3] = [235, 140, 165];
/// Blue bars.
pub const BLUE: [u8; 3] = [40, 60, 220];
/// Yellow bars.
pub const YELLOW: [u8; 3] = [250, 215, 40];
/// Reference bars.
pub const GRAY: [u8; 3] = [140, 140, 140];
/// The peach of the S axis.
const PEACH: [u8; 3] = [188, 170, 156];
/// Target colors of Novick's confetti figures; the last two are of the spheres.
pub const NOVICK: [[u8; 3]; 5] = [[250, 219, 172], [248, 205, 172], [245, 187, 161], [255, 188, 144], [245, 200, 130]];
/// The confetti's bars: red, green, blue.
pub const CONFETTI_BARS: [[u8; 3]; 3] = [[230, 45, 45], [45, 165, 65], [40, 60, 220]];
/// S of lime and purple, in that of white of the same luminance.
const S_OF_INDUCERS: [f64; 2] = [0.2, 2.0];
/// Number of drawn sets.
pub const DRAWN: usize = 24;
/// Largest recoloring that each drawn set can show.
const RECOLORED: f64 = 12.0;
/// Draws before a set is given up.
const TRIES: usize = 100_000;

/// Color sets by name; the first is the default.
pub(super) const SETS: &[(&str, Set)] =
    &[("poster", Set::Poster), ("equal_luminance", Set::EqualLuminance), ("s_axis", Set::SAxis), ("drawn", Set::Drawn)];

/// Where the colors come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Set {
    Poster,
    EqualLuminance,
    SAxis,
    Drawn,
}

/// The colors of a figure at full strength, linear RGB.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Colors {
    /// What is judged.
    pub target: [f64; 3],
    /// In front where the strength is above 0; behind below 0. A positive recoloring leads toward it.
    pub near: [f64; 3],
    /// Behind where the strength is above 0; in front below 0.
    pub far: [f64; 3],
    /// The reference, at strength 0.
    pub gray: [f64; 3],
}

impl Colors {
    /// Reads `colors` and `draw`.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<(Set, Self), StimulusError> {
        let set = reader.choice("colors", SETS)?;
        let draw = reader.number("draw", 0.0)?;
        let whole = draw.fract() == 0.0 && (0.0..DRAWN as f64).contains(&draw);
        require("draw", draw, whole, "a whole number from 0 to 23")?;
        let colors = match set {
            Set::Poster => Self::poster(),
            Set::EqualLuminance => Self::poster().at_equal_luminance(),
            Set::SAxis => Self::on_s_axis(),
            Set::Drawn => Self::drawn(draw as u64)?,
        };
        Ok((set, colors))
    }

    fn poster() -> Self {
        let [target, near, far, gray] = [TARGET, BLUE, YELLOW, GRAY].map(from_srgb8);
        Self { target, near, far, gray }
    }

    fn at_equal_luminance(self) -> Self {
        let level = luminance(self.target);
        let [near, far] = [self.near, self.far].map(|inducer| scaled(inducer, level));
        Self { target: self.target, near, far, gray: [level; 3] }
    }

    fn on_s_axis() -> Self {
        let target = from_srgb8(PEACH);
        let [far, near] = S_OF_INDUCERS.map(|s| with_s(target, s));
        Self { target, near, far, gray: [to_xyz(target)[1]; 3] }
    }

    fn drawn(number: u64) -> Result<Self, StimulusError> {
        let mut rng = stream(0xC4_0C4 + number);
        for _ in 0..TRIES {
            let mut inducer = || {
                let mut axis = |low: f64, high: f64| uniform(low, high, &mut rng);
                [axis(30.0, 90.0), axis(-90.0, 90.0), axis(-90.0, 90.0)]
            };
            let [near, far] = [inducer(), inducer()];
            let way = Point::new(near[1] - far[1], near[2] - far[2]);
            let (along, beside) = (uniform(0.4, 0.6, &mut rng), uniform(-20.0, 20.0, &mut rng));
            let lightness = uniform(45.0, 80.0, &mut rng);
            if way.length() < 60.0 {
                continue;
            }
            let middle = Point::new(far[1], far[2]) + way * along + way.quarter_turned() * (beside / way.length());
            let [target, near, far] = [[lightness, middle.x, middle.y], near, far].map(from_lab);
            let colors = Self { target, near, far, gray: from_srgb8(GRAY) };
            let shown = [target, near, far].into_iter().all(in_gamut);
            if shown && colors.recolored(RECOLORED).is_ok() && colors.recolored(-RECOLORED).is_ok() {
                return Ok(colors);
            }
        }
        Err(StimulusError::Exhausted { what: "color set of the church", tries: TRIES })
    }

    /// In front and behind at a strength.
    pub(super) fn inducers(&self, strength: f64) -> [[f64; 3]; 2] {
        let (near, far) = if strength >= 0.0 { (self.near, self.far) } else { (self.far, self.near) };
        [near, far].map(|color| self.toward(color, strength.abs()))
    }

    /// From gray to a color, by that share in linear light.
    pub(super) fn toward(&self, color: [f64; 3], share: f64) -> [f64; 3] {
        [0, 1, 2].map(|channel| self.gray[channel] + share * (color[channel] - self.gray[channel]))
    }

    /// The target after a recoloring by `difference` ΔE (CIE 1976), from far toward near in the a*b* plane at its
    /// lightness.
    ///
    /// # Errors
    /// A recoloring that leaves the sRGB gamut.
    pub fn recolored(&self, difference: f64) -> Result<[f64; 3], StimulusError> {
        if difference == 0.0 {
            return Ok(self.target);
        }
        let [lightness, a, b] = to_lab(self.target);
        let [near, far] = [self.near, self.far].map(to_lab);
        let way = Point::new(near[1] - far[1], near[2] - far[2]);
        let step = way * (difference / way.length());
        let linear = from_lab([lightness, a + step.x, b + step.y]);
        require("difference", difference, in_gamut(linear), "a recoloring within the sRGB gamut")?;
        Ok(linear)
    }
}

/// A color at a luminance, mixed with its gray as little as the gamut asks.
fn scaled(color: [f64; 3], level: f64) -> [f64; 3] {
    let bright = color.map(|channel| channel * level / luminance(color));
    let most = bright.into_iter().fold(0.0, f64::max);
    let kept = if most > 1.0 { (1.0 - level) / (most - level) } else { 1.0 };
    bright.map(|channel| (level + kept * (channel - level)).min(1.0))
}

/// The color of the same L and M cone signals whose S is that many times white's at its luminance.
fn with_s(color: [f64; 3], s: f64) -> [f64; 3] {
    let xyz = to_xyz(color);
    let white = to_xyz([1.0; 3]);
    let z = s * xyz[1] * white[2] / white[1];
    // L = 0.15514 X + 0.54312 Y − 0.03286 Z and L + M = Y: with L and Y fixed, X follows Z.
    from_xyz([xyz[0] + 0.03286 / 0.15514 * (z - xyz[2]), xyz[1], z])
}
