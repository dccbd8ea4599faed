//! Rotating Snakes: one disk of the still picture that seems to turn.
//!
//! Rings whose radii shrink by 0.8; in each, 20 units of a black and a white half, and on every border between them an
//! ellipse (in polar coordinates), blue and yellow in turn. Neighboring rings are turned by half a unit. In the plain disk
//! black, blue, white, yellow follow each other anticlockwise, and people see it turn anticlockwise; the mirror image is
//! seen to turn clockwise.
//!
//! # Units
//! `strength` scales the asymmetry: at 1 the ellipses have their two inks, at 0 both have the mean of the two, a symmetric
//! control. `difference` turns the whole disk physically, degrees clockwise.
//!
//! # Errors
//! A strength outside 0 to 1; rings or luminances out of range.
//!
//! # Source
//! Kitaoka and Ashida 2003; geometry measured on the published figure.
//!
//! # Departures
//! One disk instead of eighteen; exact ellipses and sectors instead of a compressed picture.

use super::{Attribute, BoxedIllusion, Condition, Illusion, IllusionEntry};
use crate::StimulusError;
use crate::color::from_srgb8;
use crate::error::require;
use crate::geometry::{Point, radians};
use crate::mask::MaskName;
use crate::path::Path;
use crate::scene::{Fill, MaskStep, Scene};
use crate::settings::{Reader, Settings};
use std::f64::consts::TAU;

/// The list entry.
pub const ENTRY: IllusionEntry = IllusionEntry {
    id: "rotating_snakes",
    title: "Rotating Snakes: one disk, its mirror image, in color or gray, and a symmetric control",
    asks: Attribute::Motion,
    human: "People see the plain disk turn anticlockwise, in the order black, blue, white, yellow, and its mirror image \
            clockwise; also in gray (20 % and 60 %), but not the symmetric one, nor under steady fixation.",
    source: "Kitaoka and Ashida 2003, VISION 15, 261-262",
    departures: "One disk; exact shapes.",
    build,
};

const RINGS_RATIO: f64 = 0.8;
const UNITS: usize = 20;
/// Half width of the ellipses, degrees of turn, and half height, share of the ring.
const ELLIPSE: [f64; 2] = [3.2, 0.5];
/// Corners of the polygon that stands for an ellipse.
const CORNERS: usize = 48;
const BLUE: [u8; 3] = [19, 121, 255];
const YELLOW: [u8; 3] = [229, 229, 19];

struct Disk {
    size_deg: f64,
    rings: usize,
    mirrored: bool,
    /// Luminances of the two inks; `None` for blue and yellow.
    gray: Option<[f64; 2]>,
}

fn build(settings: &Settings) -> Result<BoxedIllusion, StimulusError> {
    let mut reader = Reader::new(settings, "rotating_snakes");
    let colored = reader.choice("ink", &[("color", true), ("gray", false)])?;
    let share = "from 0 to 1";
    let gray =
        [reader.number_in("gray_1", 0.2, [0.0, 1.0], share)?, reader.number_in("gray_2", 0.6, [0.0, 1.0], share)?];
    let rings = reader.number_in("rings", 8.0, [1.0, 14.0], "from 1 to 14")?;
    require("rings", rings, rings.fract() == 0.0, "a whole number")?;
    let disk = Disk {
        size_deg: reader.number_in("size_deg", 4.0, [0.1, 90.0], "from 0.1 to 90")?,
        rings: rings as usize,
        mirrored: reader.flag("mirror", false)?,
        gray: (!colored).then_some(gray),
    };
    reader.finish()?;
    Ok(Box::new(disk))
}

/// One ring and how the whole is turned and mirrored.
struct Ring {
    inner: f64,
    outer: f64,
    turn: f64,
    /// 1, or −1 in the mirror image.
    hand: f64,
}

impl Ring {
    /// A point at a radius and an angle of the plain disk; the mirror image flips left and right.
    fn at(&self, radius: f64, angle: f64) -> Point {
        let point = Point::polar(radius, angle + self.turn);
        Point::new(point.x * self.hand, point.y)
    }

    /// Half a unit of the ring.
    fn sector(&self, from: f64, sweep: f64) -> Path {
        let steps = 8;
        let at = |radius: f64, k: usize| self.at(radius, from + sweep * k as f64 / steps as f64);
        let outward = (0..=steps).map(|k| at(self.outer, k));
        let back = (0..=steps).rev().map(|k| at(self.inner, k));
        Path::polygon(&outward.chain(back).collect::<Vec<_>>())
    }

    fn ellipse(&self, angle: f64) -> Path {
        let (middle, width) = ((self.inner + self.outer) / 2.0, self.outer - self.inner);
        let corners: Vec<Point> = (0..CORNERS)
            .map(|k| {
                let (sine, cosine) = libm::sincos(TAU * k as f64 / CORNERS as f64);
                self.at(middle + ELLIPSE[1] * width * sine, angle + radians(ELLIPSE[0]) * cosine)
            })
            .collect();
        Path::polygon(&corners)
    }
}

impl Disk {
    /// The two inks at a strength, first the one that follows black anticlockwise (blue).
    fn inks(&self, strength: f64) -> [Fill; 2] {
        let pair = match self.gray {
            Some(gray) => gray.map(|luminance| [luminance; 3]),
            None => [from_srgb8(BLUE), from_srgb8(YELLOW)],
        };
        let mixed = |which: usize| {
            [0, 1, 2].map(|channel| {
                let mean = (pair[0][channel] + pair[1][channel]) / 2.0;
                mean + strength * (pair[which][channel] - mean)
            })
        };
        match self.gray {
            Some(_) => [0, 1].map(|which| Fill::Gray(mixed(which)[0])),
            None => [0, 1].map(|which| Fill::Color(mixed(which))),
        }
    }
}

impl Illusion for Disk {
    fn compose(&self, condition: &Condition) -> Result<Scene, StimulusError> {
        let Condition { difference, strength } = *condition;
        require("strength", strength, (0.0..=1.0).contains(&strength), "from 0 to 1")?;
        require("difference", difference, difference.is_finite(), "finite")?;
        let [blue, yellow] = self.inks(strength);
        let mut scene = Scene::new([self.size_deg; 2], Fill::Gray(1.0));
        let radius = 0.48 * self.size_deg;
        let unit = TAU / UNITS as f64;
        let hand = if self.mirrored { -1.0 } else { 1.0 };
        for j in 0..self.rings {
            let outer = radius * libm::pow(RINGS_RATIO, j as f64);
            let turn = hand * radians(difference) + j as f64 * unit / 2.0;
            let ring = Ring { inner: outer * RINGS_RATIO, outer, turn, hand };
            for k in 0..UNITS {
                scene.paint(ring.sector(k as f64 * unit, unit / 2.0), Fill::Gray(0.0));
            }
            for k in 0..UNITS {
                let start = k as f64 * unit;
                scene.paint(ring.ellipse(start + unit / 2.0), yellow);
                scene.paint(ring.ellipse(start), blue);
            }
        }
        let inner = radius * libm::pow(RINGS_RATIO, self.rings as f64);
        scene.region(
            MaskName::Target(1),
            vec![
                MaskStep::Add(Path::disc(Point::default(), radius)),
                MaskStep::Remove(Path::disc(Point::default(), inner)),
            ],
        );
        scene.note("illusion", "rotating_snakes");
        scene.note("ink", if self.gray.is_some() { "gray" } else { "color" });
        scene.note("mirror", self.mirrored);
        scene.note("rings", self.rings);
        scene.note("strength", strength);
        scene.note("difference", difference);
        Ok(scene)
    }
}
