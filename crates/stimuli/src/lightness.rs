//! Pairs of gray displays for decoders of lightness: what a low-level stage that reports lightness must get right, and what
//! tricks it.
//!
//! Two kinds of pairs share every draw of geometry and gray. *Exchanged*: the target keeps its gray, its context turns round, and
//! people report that the first target is the lighter one. *Real*: the context stays, the first target is physically lighter.
//! A decoder trained on real pairs is asked about exchanged ones. Exchanging a context moves the mean luminance of the picture
//! too; a decoder that reads the mean must be caught by real pairs with either context.

use crate::Rng;
use crate::StimulusError;
use crate::draws::{chance, seed, uniform};
use crate::error::require;
use crate::geometry::Point;
use crate::illusions::{Condition, Illusion, simultaneous_contrast, white};
use crate::mask::MaskName;
use crate::path::Path;
use crate::scene::{Fill, MaskStep, Scene};
use crate::settings::Reader;

/// Gray levels (sRGB codes, 0 to 1) of a display.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grays {
    /// Middle gray of the context, and of the canvas round it.
    pub background: f64,
    /// How far a context of full strength is from the middle gray.
    pub contrast: f64,
    /// The target, without a difference.
    pub target: f64,
}

impl Grays {
    /// As the settings of an illusion say; a context is `contrast` from the middle gray where they do not.
    pub(crate) fn read(reader: &mut Reader<'_>, contrast: f64) -> Result<Self, StimulusError> {
        let background = reader.number("background", 0.5)?;
        let contrast = reader.number("contrast", contrast)?;
        Ok(Self { background, contrast, target: reader.number("target", 0.5)? })
    }

    /// Checks every level.
    ///
    /// # Errors
    /// [`StimulusError::OutOfRange`] with the name of the parameter.
    pub(crate) fn check(&self) -> Result<(), StimulusError> {
        require("background", self.background, (0.0..=1.0).contains(&self.background), "from 0 to 1")?;
        let room = self.background.min(1.0 - self.background);
        let holds = self.contrast > 0.0 && self.contrast <= room + 1e-9;
        require("contrast", self.contrast, holds, "above 0, with gray levels from 0 to 1")?;
        require("target", self.target, (0.0..=1.0).contains(&self.target), "from 0 to 1")
    }

    /// The context at a strength from −1 to 1: darker where that is above 0.
    pub(crate) fn context(&self, strength: f64) -> Fill {
        Fill::gray_level((self.background - strength * self.contrast).clamp(0.0, 1.0))
    }

    /// Fill of a target with that difference.
    pub(crate) fn target(&self, difference: f64) -> Result<Fill, StimulusError> {
        let level = self.target + difference;
        require("difference", difference, (0.0..=1.0).contains(&level), "such that the target's gray is from 0 to 1")?;
        Ok(Fill::gray_level(level))
    }
}

/// Side of the canvas of published displays, degrees.
pub(crate) const CANVAS: f64 = 32.0;

/// Checks the side of a canvas.
pub(crate) fn check_size(size_deg: f64) -> Result<(), StimulusError> {
    require("size_deg", size_deg, size_deg.is_finite() && size_deg > 0.0, "finite and above 0")
}

/// Checks a strength.
pub(crate) fn check_strength(strength: f64) -> Result<(), StimulusError> {
    require("strength", strength, (-1.0..=1.0).contains(&strength), "from −1 to 1")
}

/// An upright rectangle by its center and its height and width.
pub(crate) fn block(center: Point, [height, width]: [f64; 2]) -> Path {
    let half = Point::new(width / 2.0, height / 2.0);
    Path::rectangle(center - half, center + half)
}

/// Paints a target over its context and names its region.
pub(crate) fn paint_target(scene: &mut Scene, number: u8, path: Path, fill: Fill) {
    scene.paint(path.clone(), fill);
    scene.region(MaskName::Target(number), vec![MaskStep::Add(path)]);
}

/// Notes what every display has.
pub(crate) fn describe(scene: &mut Scene, illusion: &str, grays: &Grays, condition: &Condition) {
    scene.note("illusion", illusion);
    scene.note("strength", condition.strength);
    scene.note("difference", condition.difference);
    scene.note("background", grays.background);
    scene.note("contrast", grays.contrast);
    scene.note("target", grays.target);
}

/// A display with one target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Figure {
    /// A square in a field.
    Contrast(simultaneous_contrast::Figure),
    /// A piece of a bar in a grating.
    White(white::Figure),
}

impl Figure {
    /// The scene under a condition.
    ///
    /// # Errors
    /// A geometry or gray levels that cannot be drawn.
    pub fn compose(&self, condition: &Condition) -> Result<Scene, StimulusError> {
        match self {
            Self::Contrast(figure) => figure.compose(condition),
            Self::White(figure) => figure.compose(condition),
        }
    }
}

/// Which display an ensemble draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Display {
    /// A square in a field.
    Contrast,
    /// A piece of a bar in a grating.
    White,
}

/// What pairs are drawn from; lengths as shares of the canvas, see [`Ensemble::new`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ensemble {
    /// Which display.
    pub display: Display,
    /// Side of the square canvas, degrees.
    pub size_deg: f64,
    /// Side of the square target, or height of the piece of bar, least and most.
    pub target: [f64; 2],
    /// Width of the bars, least and most.
    pub bar: [f64; 2],
    /// Largest offset of the target from the center in each direction.
    pub offset: f64,
    /// Middle gray of the context, least and most.
    pub background: [f64; 2],
    /// Contrast of the context, least and most; less where gray levels would leave 0 to 1.
    pub contrast: [f64; 2],
    /// Largest distance of the target's gray from the middle, as a share of the contrast, below 1.
    pub target_off_middle: f64,
    /// Strength of the context, 0 to 1.
    pub strength: f64,
    /// Real differences between targets, least and most, in gray levels.
    pub difference: [f64; 2],
    /// Standard deviation of the pixel noise, in encoded values.
    pub noise_sd: f64,
}

impl Ensemble {
    /// The usual ensemble, 4° canvas: targets 6–10 of 32, bars 3–5 of 32, offset up to 4 of 32; middle gray 0.4–0.6, contrast 0.2–0.45,
    /// target within half of that, full strength, real differences 0.02–0.2, noise 0.02.
    pub fn new(display: Display) -> Self {
        Self {
            display,
            size_deg: 4.0,
            target: [6.0 / 32.0, 10.0 / 32.0],
            bar: [3.0 / 32.0, 5.0 / 32.0],
            offset: 4.0 / 32.0,
            background: [0.4, 0.6],
            contrast: [0.2, 0.45],
            target_off_middle: 0.5,
            strength: 1.0,
            difference: [0.02, 0.2],
            noise_sd: 0.02,
        }
    }

    fn draw(&self, rng: &mut Rng) -> Figure {
        let background = uniform(self.background[0], self.background[1], rng);
        let contrast = uniform(self.contrast[0], self.contrast[1], rng).min(background).min(1.0 - background);
        let off = uniform(-self.target_off_middle, self.target_off_middle, rng) * contrast;
        let grays = Grays { background, contrast, target: background + off };
        let length = uniform(self.target[0], self.target[1], rng) * self.size_deg;
        let reach = self.offset * self.size_deg;
        let center = Point::new(uniform(-reach, reach, rng), uniform(-reach, reach, rng));
        let bar_deg = uniform(self.bar[0], self.bar[1], rng) * self.size_deg;
        let horizontal = chance(0.5, rng);
        let size_deg = self.size_deg;
        match self.display {
            Display::Contrast => Figure::Contrast(simultaneous_contrast::Figure {
                size_deg,
                grays,
                layout: simultaneous_contrast::Layout::Single { center, target_deg: length },
            }),
            Display::White => {
                let layout = white::Layout::Single { center, target_deg: length, bar_deg, horizontal };
                Figure::White(white::Figure { size_deg, grays, layout })
            }
        }
    }
}

/// Two displays that differ in one thing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// Geometry and grays of both.
    pub figure: Figure,
    /// The display whose target people report, or measure, as the lighter one.
    pub lighter: Condition,
    /// The other.
    pub darker: Condition,
    /// Seed of the pixel noise that both share (see [`crate::stream`]).
    pub noise_seed: u64,
    /// Standard deviation of that noise, in encoded values.
    pub noise_sd: f64,
}

/// Draws `n` pairs with equal targets in exchanged contexts. Nothing is physically lighter; people report that the target in the dark
/// field, or on the dark bar, is.
///
/// # Errors
/// An ensemble whose displays cannot be drawn.
pub fn exchanged(n: usize, ensemble: &Ensemble, rng: &mut Rng) -> Result<Vec<Pair>, StimulusError> {
    let strength = ensemble.strength;
    require("strength", strength, strength > 0.0 && strength <= 1.0, "above 0, up to 1")?;
    drawn(n, ensemble, rng, |_| [(0.0, strength), (0.0, -strength)])
}

/// Draws `n` pairs with equal contexts, either way round by chance, in which the first target is physically lighter.
///
/// # Errors
/// An ensemble whose displays cannot be drawn.
pub fn real(n: usize, ensemble: &Ensemble, rng: &mut Rng) -> Result<Vec<Pair>, StimulusError> {
    let [least, most] = ensemble.difference;
    require("difference", least, least > 0.0 && least <= most && most <= 1.0, "above 0, in order, up to 1")?;
    drawn(n, ensemble, rng, |rng| {
        let half = uniform(least, most, rng) / 2.0;
        let strength = if chance(0.5, rng) { ensemble.strength } else { -ensemble.strength };
        [(half, strength), (-half, strength)]
    })
}

fn drawn(
    n: usize,
    ensemble: &Ensemble,
    rng: &mut Rng,
    conditions: impl Fn(&mut Rng) -> [(f64, f64); 2],
) -> Result<Vec<Pair>, StimulusError> {
    require("noise_sd", ensemble.noise_sd, ensemble.noise_sd.is_finite() && ensemble.noise_sd >= 0.0, "at least 0")?;
    (0..n)
        .map(|_| {
            let figure = ensemble.draw(rng);
            let [lighter, darker] = conditions(rng).map(|(difference, strength)| Condition { difference, strength });
            for condition in [lighter, darker] {
                figure.compose(&condition)?;
            }
            Ok(Pair { figure, lighter, darker, noise_seed: seed(rng), noise_sd: ensemble.noise_sd })
        })
        .collect()
}
