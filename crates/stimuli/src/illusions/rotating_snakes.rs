//! Rotating Snakes: a still disk of black, blue, white and yellow rings that seems to turn.
//!
//! A disk of radius R₀ has rings with radii R₀ · 0.8ʲ and 20 units of 18° per ring. Each unit is 9° black and 9° white; on
//! every border sits an ellipse (in polar coordinates: half the ring's width high to each side, 3.2° wide to each side), blue and
//! yellow in alternation. Neighboring rings are turned by half a unit. All rings have the same handedness.
//!
//! People see motion in the order black → blue → white → yellow. At strength above 0 this order runs clockwise. (Of the
//! eighteen disks in the published picture, the upper left one runs the other way: strength below 0.)
//!
//! The setting `pattern` draws the controls: `symmetric` (all ellipses gray), `symmetric6` (black, blue, yellow, white, yellow,
//! blue), `alternating_rings` (neighboring rings of opposite handedness). `palette = "gray"` replaces blue and yellow by
//! `dark_luminance` and `light_luminance`, 20 % and 60 %. `layout = "group"` draws four disks; neighbors have opposite
//! handedness and turn in opposite directions.
//!
//! # Units
//! `strength` from −1 to 1: above 0 the disk that people see turn clockwise, below 0 its mirror image (top and bottom
//! exchanged); |strength| is the share of the way, in linear light, from gray ellipses (luminance 0.4, all alike: no direction) to
//! the palette. `difference` is a real turn in degrees per frame, positive clockwise; the setting `frame` says which frame is drawn.
//!
//! # Errors
//! A strength beyond ±1, luminances beyond 0 to 1, more rings than 30.
//!
//! # Source
//! Kitaoka's Rotating Snakes (2003), measured on a published copy; colors as medians of its flat areas: blue (19,121,255), yellow
//! (229,229,19). Gray palette: Atala-Gérard and Bach (2017).
//!
//! # Departures
//! One disk or a group of four instead of eighteen. Twelve rings; inside them the disk is white.

use super::{Attribute, BoxedIllusion, Condition, Illusion, IllusionEntry};
use crate::StimulusError;
use crate::color;
use crate::error::require;
use crate::geometry::{Point, radians};
use crate::mask::MaskName;
use crate::path::Path;
use crate::scene::{Fill, MaskStep, Scene};
use crate::settings::{Reader, Settings, word};
use std::f64::consts::TAU;

/// The list entry.
pub const ENTRY: IllusionEntry = IllusionEntry {
    id: "rotating_snakes",
    title: "Rotating Snakes",
    asks: Attribute::Motion,
    human: "People see the disk turn in the order black, blue, white, yellow; the mirror image turns the other way; gray \
            versions with the same luminance order work nearly as well, symmetric ones do not (Kitaoka 2003; Conway et \
            al. 2005; Atala-Gerard and Bach 2017). It grows with eccentricity and needs eye movements.",
    source: "Kitaoka 2003; Atala-Gerard and Bach 2017",
    departures: "One disk or four instead of eighteen; twelve rings, white inside.",
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
/// Luminance of the ellipses at strength 0.
const NEUTRAL: f64 = 0.4;
/// Corners of the polygon that stands for an ellipse.
const ELLIPSE_CORNERS: usize = 32;

/// Patterns by name; the first is the default.
const PATTERNS: &[(&str, Pattern)] = &[
    ("snakes", Pattern::Snakes),
    ("symmetric", Pattern::Symmetric),
    ("symmetric6", Pattern::Symmetric6),
    ("alternating_rings", Pattern::AlternatingRings),
];

/// Layouts by name; the first is the default.
const LAYOUTS: &[(&str, Layout)] = &[("single", Layout::Single), ("group", Layout::Group)];

/// What the ellipses show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pattern {
    /// Blue and yellow on alternate borders.
    Snakes,
    /// Both gray, luminance 0.4.
    Symmetric,
    /// Each ellipse half blue (toward black), half yellow (toward white): black, blue, yellow, white, yellow, blue.
    Symmetric6,
    /// As snakes, neighboring rings of opposite handedness.
    AlternatingRings,
}

/// One disk, or four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    Single,
    Group,
}

struct Snakes {
    pattern: Pattern,
    layout: Layout,
    size_deg: f64,
    rings: usize,
    frame: f64,
    /// Fills of the ellipses that people see as dark (blue) and light (yellow), at full strength.
    palette: [Fill; 2],
}

fn build(settings: &Settings) -> Result<BoxedIllusion, StimulusError> {
    let mut reader = Reader::new(settings, "rotating_snakes");
    let pattern = reader.choice("pattern", PATTERNS)?;
    let colored = reader.choice("palette", &[("color", true), ("gray", false)])?;
    let grays = [
        reader.number_in("dark_luminance", 0.2, [0.0, 1.0], "from 0 to 1")?,
        reader.number_in("light_luminance", 0.6, [0.0, 1.0], "from 0 to 1")?,
    ];
    let rings = reader.number_in("rings", 12.0, [1.0, 30.0], "a whole number from 1 to 30")?;
    require("rings", rings, rings.fract() == 0.0, "a whole number from 1 to 30")?;
    let snakes = Snakes {
        pattern,
        layout: reader.choice("layout", LAYOUTS)?,
        size_deg: reader.number_in("size_deg", 4.0, [0.1, 90.0], "from 0.1 to 90")?,
        rings: rings as usize,
        frame: reader.number_in("frame", 0.0, [0.0, 1e6], "from 0 to 1e6")?,
        palette: if colored {
            [BLUE, YELLOW].map(|color| Fill::Color(color::from_srgb8(color)))
        } else {
            grays.map(Fill::Gray)
        },
    };
    reader.finish()?;
    Ok(Box::new(snakes))
}

/// One disk: where, how large, which handedness (1: seen turning clockwise), how far turned (radians).
#[derive(Clone, Copy)]
struct Disk {
    center: Point,
    radius: f64,
    hand: f64,
    turn: f64,
}

impl Disk {
    /// The point at a ring's radius and angle; angles run with the handedness, so the mirror image is exact.
    fn point(&self, radius: f64, angle: f64) -> Point {
        let arm = Point::polar(radius, angle);
        let seen = Point::new(arm.x, arm.y * self.hand).turned(Point::default(), self.turn);
        self.center + seen
    }

    /// The part of a ring between two angles.
    fn sector(&self, [outer, inner]: [f64; 2], from: f64, to: f64) -> Path {
        const STEPS: usize = 12;
        let at = |k: usize| from + (to - from) * k as f64 / STEPS as f64;
        let corners: Vec<Point> = (0..=STEPS)
            .map(|k| self.point(outer, at(k)))
            .chain((0..=STEPS).rev().map(|k| self.point(inner, at(k))))
            .collect();
        Path::polygon(&corners)
    }

    /// An ellipse in polar coordinates; `shares` of its half width before and after its middle (1, 1: the whole).
    fn ellipse(&self, [outer, inner]: [f64; 2], middle: f64, shares: [f64; 2]) -> Path {
        let (radius, height) = ((outer + inner) / 2.0, (outer - inner) / 2.0);
        let width = radians(ELLIPSE_HALF_WIDTH_DEG);
        let corner = |k: usize| {
            let (sin, cos) = libm::sincos(TAU * k as f64 / ELLIPSE_CORNERS as f64);
            let along = cos * if cos < 0.0 { shares[0] } else { shares[1] };
            self.point(radius + height * sin, middle + width * along)
        };
        let corners: Vec<Point> = (0..ELLIPSE_CORNERS).map(corner).collect();
        Path::polygon(&corners)
    }
}

impl Snakes {
    fn disks(&self, condition: &Condition) -> Vec<Disk> {
        let hand = if condition.strength < 0.0 { -1.0 } else { 1.0 };
        let turn = radians(condition.difference * self.frame);
        match self.layout {
            Layout::Single => {
                vec![Disk { center: Point::default(), radius: 0.48 * self.size_deg, hand, turn }]
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

    /// Fills of the two kinds of ellipse at that strength: after black, and after white.
    fn fills(&self, strength: f64) -> [Fill; 2] {
        let share = if self.pattern == Pattern::Symmetric { 0.0 } else { strength.abs() };
        self.palette.map(|fill| match fill {
            Fill::Gray(luminance) => Fill::Gray(NEUTRAL + share * (luminance - NEUTRAL)),
            Fill::Color(color) => Fill::Color(color.map(|channel| NEUTRAL + share * (channel - NEUTRAL))),
            Fill::Filter(_) => fill,
        })
    }

    /// Units run black, dark ellipse, white, light ellipse in the direction in which people see the disk turn.
    fn paint_ring(&self, scene: &mut Scene, disk: Disk, ring: usize, [dark, light]: [Fill; 2]) {
        let outer = disk.radius * libm::pow(RATIO, ring as f64);
        let radii = [outer, outer * RATIO];
        let unit = TAU / UNITS as f64;
        let mirrored = self.pattern == Pattern::AlternatingRings && !ring.is_multiple_of(2);
        let disk = Disk { hand: if mirrored { -disk.hand } else { disk.hand }, ..disk };
        // Black meets white across rings; a mirrored ring needs no turn for that.
        let shift = if ring.is_multiple_of(2) || mirrored { 0.0 } else { unit / 2.0 };
        for k in 0..UNITS {
            let start = shift + unit * k as f64;
            scene.paint(disk.sector(radii, start, start + unit / 2.0), Fill::Gray(0.0));
        }
        for k in 0..UNITS {
            let start = shift + unit * k as f64;
            let borders = [(start + unit / 2.0, dark, [1.0, 0.0]), (start + unit, light, [0.0, 1.0])];
            for (border, fill, toward_black) in borders {
                if self.pattern == Pattern::Symmetric6 {
                    // The light half reaches under the dark one, so that no seam stays.
                    let toward_white = toward_black.map(|share| if share == 0.0 { 1.0 } else { 0.3 });
                    scene.paint(disk.ellipse(radii, border, toward_white), light);
                    scene.paint(disk.ellipse(radii, border, toward_black), dark);
                } else {
                    scene.paint(disk.ellipse(radii, border, [1.0, 1.0]), fill);
                }
            }
        }
    }
}

impl Snakes {
    fn describe(&self, condition: &Condition, scene: &mut Scene) {
        scene.note("illusion", "rotating_snakes");
        scene.note("pattern", word(PATTERNS, self.pattern));
        scene.note("palette", if matches!(self.palette[0], Fill::Gray(_)) { "gray" } else { "color" });
        if let [Fill::Gray(dark), Fill::Gray(light)] = self.palette {
            scene.note("dark_luminance", dark);
            scene.note("light_luminance", light);
        }
        scene.note("layout", word(LAYOUTS, self.layout));
        scene.note("rings", self.rings);
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
        let mut scene = Scene::new([self.size_deg; 2], Fill::Gray(1.0));
        let fills = self.fills(strength);
        for (number, disk) in (1u8..).zip(self.disks(condition)) {
            scene.paint(Path::disc(disk.center, disk.radius), Fill::Gray(1.0));
            for ring in 0..self.rings {
                self.paint_ring(&mut scene, disk, ring, fills);
            }
            scene.region(MaskName::Target(number), vec![MaskStep::Add(Path::disc(disk.center, disk.radius))]);
        }
        self.describe(condition, &mut scene);
        Ok(scene)
    }
}
