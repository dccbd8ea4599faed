//! Rotating Snakes: a still disk of black, blue, white and yellow rings that seems to turn.
//!
//! A disk of radius R₀ has rings with radii R₀ · 0.8ʲ and 20 units of 18° per ring. Each unit is 9° black and 9°
//! white; on every border sits an ellipse (in polar coordinates: half the ring's width high to each side, 3.2° wide to
//! each side), blue and yellow in alternation. Neighboring rings are turned by half a unit. All rings have the same
//! handedness.
//!
//! People see motion in the order black → blue → white → yellow. **At strength above 0 this order runs clockwise on
//! the screen, and people see the disk turn clockwise**; below 0 counterclockwise. (Of the eighteen disks in the
//! published picture, the upper left one runs counterclockwise: strength below 0.) [`geometry`] tells where rings and
//! edges lie.
//!
//! | `pattern` | what a unit holds, in the direction seen | what people report |
//! |---|---|---|
//! | `snakes` | black, dark (blue), white, light (yellow) | motion |
//! | `symmetric` | as `snakes`, all ellipses gray | none |
//! | `symmetric6` | black, dark, light, white, light, dark | largely none |
//! | `alternating_rings` | as `snakes`, neighboring rings of opposite handedness | cancels over the disk |
//! | `order_kbyw` | black, dark, light, white | weaker |
//! | `order_kwby` | black, white, dark, light | weaker |
//! | `pair_kb`, `pair_bw`, `pair_wy`, `pair_yk` | one of the four edges, the rest gray (0.4) | the same sense |
//! | `fraser_wilcox` | luminance rises straight from black to white, then falls at once | differs between people |
//!
//! | `palette` | dark and light |
//! |---|---|
//! | `color` | blue, yellow |
//! | `gray` | luminances `dark_luminance` (0.2) and `light_luminance` (0.6) |
//! | `hue_swapped` | a brown, and a pale blue: luminances stay, hues are exchanged |
//! | `equal_luminance` | blue, and a brown; everything has one luminance |
//!
//! Of exchanged hues, dark has yellow's chromaticity at blue's luminance, and light blue's at yellow's: the gamut has
//! no such blue, so it is mixed with the gray of its luminance as little as brings blue light to 1, which leaves a
//! tenth of the chroma. At equal luminance all is as luminous as blue (0.21): red (for black), blue, green (for
//! white), yellow's chromaticity (for light), and gray around the disk and wherever else there is gray.
//!
//! `layout = "group"` draws four disks; neighbors have opposite handedness and turn in opposite directions.
//! `layout = "strip"` unrolls a ring into `bands` (4) straight bands that fill a square and wrap round at its left and
//! right end, 20 units each. At strength above 0 the first, the third, … band is seen running rightward (region target
//! 1), the others leftward (target 2).
//!
//! # Units
//! `strength` from −1 to 1: above 0 the disk that people see turn clockwise, below 0 its mirror image (top and bottom
//! exchanged); |strength| is the share of the way, in linear light, from gray ellipses (luminance 0.4, all alike: no
//! direction) to the palette. In `fraser_wilcox` it says where in a unit luminance is highest: (1 + |strength|) / 2,
//! so 0 has no direction. `difference` is a real turn in degrees per frame, positive clockwise; of a strip's first
//! band, 360° its width, positive rightward. The setting `frame` says which frame is drawn.
//!
//! # Errors
//! A strength beyond ±1, luminances beyond 0 to 1, more rings or bands than 30, ramps of luminance at equal luminance.
//!
//! # Source
//! Kitaoka's Rotating Snakes (2003), measured on a published copy; colors as medians of its flat areas: blue
//! (19,121,255), yellow (229,229,19). Gray palette: Atala-Gérard and Bach (2017). Pairs: conway2005. Ramps: fraser1979.
//!
//! # Departures
//! One disk or a group of four instead of eighteen. Twelve rings; inside them the disk is white. The other cyclic
//! orders exchange the fills of sectors and ellipses, so shares of the parts differ. Bands are as high as the square
//! allows, not in proportion to a ring (that were 28 bands). Ramps have 32 steps.

pub mod geometry;
mod palette;
mod ring;
mod units;

use super::{Attribute, BoxedIllusion, Condition, Illusion, IllusionEntry};
use crate::StimulusError;
use crate::error::require;
use crate::geometry::{Point, radians};
use crate::mask::MaskName;
use crate::path::Path;
use crate::scene::{Fill, MaskStep, Scene};
use crate::settings::{Reader, Settings, word};
use palette::{Kind, PALETTES, Palette};
use ring::{Course, Ring};
use std::f64::consts::TAU;
use units::{PATTERNS, Pattern, Unit};

/// The list entry.
pub const ENTRY: IllusionEntry = IllusionEntry {
    id: "rotating_snakes",
    title: "Rotating Snakes",
    asks: Attribute::Motion,
    human: "People see the disk turn in the order black, blue, white, yellow; the mirror image turns the other way; \
            gray versions with the same luminance order work nearly as well, symmetric ones do not (Kitaoka 2003; \
            Conway et al. 2005; Atala-Gerard and Bach 2017). It grows with eccentricity and needs eye movements.",
    source: "Kitaoka 2003; Atala-Gerard and Bach 2017",
    departures: "One disk or four instead of eighteen, or bands; twelve rings, white inside.",
    build,
};

/// Blue of the figure, 8-bit sRGB.
pub const BLUE: [u8; 3] = [19, 121, 255];
/// Yellow of the figure.
pub const YELLOW: [u8; 3] = [229, 229, 19];
/// Units in a ring.
const UNITS: usize = 20;
/// Ratio of neighboring radii.
const RATIO: f64 = 0.8;
/// Half the width of an ellipse, degrees of the ring.
const ELLIPSE_HALF_WIDTH_DEG: f64 = 3.2;
/// Radius of a single disk in sides of the canvas.
const DISK_SHARE: f64 = 0.48;
/// Steps of a ramp.
const RAMP: usize = 32;

/// Layouts by name; the first is the default.
const LAYOUTS: &[(&str, Layout)] = &[("single", Layout::Single), ("group", Layout::Group), ("strip", Layout::Strip)];

/// One disk, four, or bands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    Single,
    Group,
    Strip,
}

struct Snakes {
    pattern: Pattern,
    layout: Layout,
    size_deg: f64,
    rings: usize,
    bands: usize,
    frame: f64,
    grays: [f64; 2],
    palette: Palette,
}

fn build(settings: &Settings) -> Result<BoxedIllusion, StimulusError> {
    let mut reader = Reader::new(settings, "rotating_snakes");
    let pattern = reader.choice("pattern", PATTERNS)?;
    let kind = reader.choice("palette", PALETTES)?;
    let grays = [
        reader.number_in("dark_luminance", 0.2, [0.0, 1.0], "from 0 to 1")?,
        reader.number_in("light_luminance", 0.6, [0.0, 1.0], "from 0 to 1")?,
    ];
    let snakes = Snakes {
        pattern,
        rings: whole(&mut reader, "rings", 12.0)?,
        layout: reader.choice("layout", LAYOUTS)?,
        bands: whole(&mut reader, "bands", 4.0)?,
        size_deg: reader.number_in("size_deg", 4.0, [0.1, 90.0], "from 0.1 to 90")?,
        frame: reader.number_in("frame", 0.0, [0.0, 1e6], "from 0 to 1e6")?,
        grays,
        palette: Palette::new(kind, grays),
    };
    reader.finish()?;
    if pattern == Pattern::FraserWilcox && kind == Kind::EqualLuminance {
        let (owner, key, value) = ("rotating_snakes".to_owned(), "palette".to_owned(), "equal_luminance".to_owned());
        let allowed = "color, gray, hue_swapped (ramps of luminance)".to_owned();
        return Err(StimulusError::UnknownChoice { owner, key, value, allowed });
    }
    Ok(Box::new(snakes))
}

fn whole(reader: &mut Reader<'_>, key: &'static str, default: f64) -> Result<usize, StimulusError> {
    const MUST: &str = "a whole number from 1 to 30";
    let value = reader.number_in(key, default, [1.0, 30.0], MUST)?;
    require(key, value, value.fract() == 0.0, MUST)?;
    Ok(value as usize)
}

/// One disk: where, how large, which handedness (1: seen turning clockwise), how far turned (radians).
#[derive(Clone, Copy)]
struct Disk {
    center: Point,
    radius: f64,
    hand: f64,
    turn: f64,
}

impl Snakes {
    fn disks(&self, hand: f64, turn: f64) -> Vec<Disk> {
        match self.layout {
            Layout::Strip => Vec::new(),
            Layout::Single => {
                vec![Disk { center: Point::default(), radius: DISK_SHARE * self.size_deg, hand, turn }]
            }
            Layout::Group => (0..4)
                .map(|k| {
                    let quarter = self.size_deg / 4.0;
                    let (column, row) = (f64::from(k % 2), f64::from(k / 2));
                    let sign = if (k % 2 + k / 2) % 2 == 0 { 1.0 } else { -1.0 };
                    let center = Point::new((2.0 * column - 1.0) * quarter, (2.0 * row - 1.0) * quarter);
                    Disk { center, radius: 0.24 * self.size_deg, hand: sign * hand, turn: sign * turn }
                })
                .collect(),
        }
    }

    /// A ring of a disk, and the angle at which its units start.
    fn ring(&self, disk: Disk, number: usize) -> (Ring, f64) {
        let outer = disk.radius * libm::pow(RATIO, number as f64);
        let mirrored = self.pattern == Pattern::AlternatingRings && !number.is_multiple_of(2);
        // Black meets white across rings; a mirrored ring needs no turn for that.
        let shift = if number.is_multiple_of(2) || mirrored { 0.0 } else { TAU / UNITS as f64 / 2.0 };
        let ring = Ring {
            course: Course::Round(disk.center),
            radii: [outer, outer * RATIO],
            hand: if mirrored { -disk.hand } else { disk.hand },
            turn: disk.turn,
        };
        (ring, shift)
    }

    /// A band of the strip; neighbors are mirror images and turn in opposite directions.
    fn band(&self, number: usize, hand: f64, turn: f64) -> Ring {
        let sign = if number.is_multiple_of(2) { 1.0 } else { -1.0 };
        let top = |number: usize| self.size_deg * (number as f64 / self.bands as f64 - 0.5);
        Ring {
            course: Course::Straight(self.size_deg),
            radii: [top(number), top(number + 1)],
            hand: sign * hand,
            turn: sign * turn,
        }
    }

    /// Units run black, dark ellipse, white, light ellipse in the direction in which people see the disk turn.
    fn paint_ring(&self, scene: &mut Scene, (ring, shift): (Ring, f64), unit: &Unit) {
        let width = TAU / UNITS as f64;
        let starts: Vec<f64> = ring.units(UNITS).map(|k| shift + width * k as f64).collect();
        if unit.sectors[1] != self.palette.ground {
            scene.paint(ring.ground(), unit.sectors[1]);
        }
        for &start in &starts {
            scene.paint(ring.sector(start, start + width / 2.0), unit.sectors[0]);
        }
        let [dark, light] = unit.ellipses;
        for &start in &starts {
            let borders = [(start + width / 2.0, dark, [1.0, 0.0]), (start + width, light, [0.0, 1.0])];
            for (border, fill, toward_black) in borders {
                if self.pattern == Pattern::Symmetric6 {
                    // The light half reaches under the dark one, so that no seam stays.
                    let toward_white = toward_black.map(|share| if share == 0.0 { 1.0 } else { 0.3 });
                    scene.paint(ring.ellipse(border, toward_white), light);
                    scene.paint(ring.ellipse(border, toward_black), dark);
                } else {
                    scene.paint(ring.ellipse(border, [1.0, 1.0]), fill);
                }
            }
        }
    }

    /// Luminance rises to its peak and falls again, in steps; each step is painted to the unit's end, so no seam stays.
    fn paint_ramps(scene: &mut Scene, (ring, shift): (Ring, f64), strength: f64) {
        let width = TAU / UNITS as f64;
        let peak = (1.0 + strength.abs()) / 2.0;
        scene.paint(ring.ground(), Fill::Gray(0.5));
        for start in ring.units(UNITS).map(|k| shift + width * k as f64) {
            for step in 0..RAMP {
                let share = (step as f64 + 0.5) / RAMP as f64;
                let luminance = if share <= peak { share / peak } else { (1.0 - share) / (1.0 - peak) };
                let from = start + width * step as f64 / RAMP as f64;
                scene.paint(ring.sector(from, start + width), Fill::Gray(luminance));
            }
        }
    }

    fn paint(&self, scene: &mut Scene, ring: (Ring, f64), strength: f64) {
        if self.pattern == Pattern::FraserWilcox {
            Self::paint_ramps(scene, ring, strength);
        } else {
            self.paint_ring(scene, ring, &self.pattern.unit(&self.palette, strength));
        }
    }

    fn paint_strip(&self, scene: &mut Scene, strength: f64, (hand, turn): (f64, f64)) {
        for number in 0..self.bands {
            self.paint(scene, (self.band(number, hand, turn), 0.0), strength);
        }
        for target in 0..self.bands.min(2) {
            let bands = (target..self.bands).step_by(2).map(|number| self.band(number, hand, turn).ground());
            scene.region(MaskName::Target(target as u8 + 1), bands.map(MaskStep::Add).collect());
        }
    }

    /// Whether the last ring's ground covers what lies within it.
    fn covered_within(&self, strength: f64) -> bool {
        let unit = self.pattern.unit(&self.palette, strength);
        self.pattern == Pattern::FraserWilcox || unit.sectors[1] != self.palette.ground
    }

    fn describe(&self, condition: &Condition, scene: &mut Scene) {
        scene.note("illusion", "rotating_snakes");
        scene.note("pattern", word(PATTERNS, self.pattern));
        scene.note("palette", word(PALETTES, self.palette.kind));
        if self.palette.kind == Kind::Gray {
            scene.note("dark_luminance", self.grays[0]);
            scene.note("light_luminance", self.grays[1]);
        }
        scene.note("layout", word(LAYOUTS, self.layout));
        match self.layout {
            Layout::Single | Layout::Group => scene.note("rings", self.rings),
            Layout::Strip => scene.note("bands", self.bands),
        }
        scene.note("frame", self.frame);
        scene.note("strength", condition.strength);
        scene.note("difference", condition.difference);
    }
}

impl Illusion for Snakes {
    fn compose(&self, condition: &Condition) -> Result<Scene, StimulusError> {
        let Condition { difference, strength } = *condition;
        require("strength", strength, (-1.0..=1.0).contains(&strength), "from -1 to 1")?;
        require("difference", difference, difference.is_finite(), "finite")?;
        let ground = self.palette.ground;
        let mut scene = Scene::new([self.size_deg; 2], ground);
        let hand = if strength < 0.0 { -1.0 } else { 1.0 };
        let turn = radians(difference * self.frame);
        if self.layout == Layout::Strip {
            self.paint_strip(&mut scene, strength, (hand, turn));
        }
        for (number, disk) in (1u8..).zip(self.disks(hand, turn)) {
            scene.paint(Path::disc(disk.center, disk.radius), ground);
            for ring in 0..self.rings {
                self.paint(&mut scene, self.ring(disk, ring), strength);
            }
            if self.covered_within(strength) {
                let inner = disk.radius * libm::pow(RATIO, self.rings as f64);
                scene.paint(Path::disc(disk.center, inner), ground);
            }
            scene.region(MaskName::Target(number), vec![MaskStep::Add(Path::disc(disk.center, disk.radius))]);
        }
        self.describe(condition, &mut scene);
        Ok(scene)
    }
}
