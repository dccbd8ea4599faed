//! World `dead_leaves`: opaque leaves on leaves until nothing shines through; natural-like pictures to learn by reconstruction.
//!
//! Leaves fall front to back, discs and regular polygons of 3 to 6 corners in equal shares (ellipses are left out), anywhere, turned by
//! any angle, until each of 64 × 64 points is covered. So the picture is a sample of the stationary process, not of one
//! that was stopped early. Each leaf is uniform; its luminance is log-normal (median 0.18, sd of the logarithm 0.7), redrawn above 1.
//!
//! The world has no classes to name: it teaches pictures ([`Teaches::Pictures`]), and its one class *scene* says nothing. Both
//! difficulties draw alike.
//!
//! Settings of the third dimension, off by default: `light` (a smooth light field: two large soft shades, together 4:1), `shadows`
//! (every leaf of 2 units or more casts a soft shadow, all one way, on what lies behind it), `occluders` (one to three thin bars
//! or sets of parallel bars in front, opaque or filters). `color` draws CIELAB chroma along the natural axes, blue–yellow twice as
//! spread as red–green; the luminance stays.
//!
//! # Units
//! Lengths are 32nds of the canvas, pixels at 32 pixels. Radii have the density r^−3 from `radius_min` (1) to 16; a polygon's radius
//! is its circumradius. Noise has a standard deviation of 0.01.
//!
//! # Source
//! lee2001 (occlusion model and its scaling), corney2007 (leaves with uneven light as a world to learn lightness from).
//!
//! # Departures
//! No texture and no shading inside leaves, no blur beyond the exact area coverage of pixels. Edges of leaves that lie on each other
//! mix as painted layers do.

use super::{Difficulty, Sample, Teaches, World, WorldEntry, check_class};
use crate::Rng;
use crate::StimulusError;
use crate::color::{from_lab, to_lab};
use crate::draws::{chance, index, normal_pair, uniform};
use crate::figures::regular_polygon;
use crate::geometry::Point;
use crate::path::Path;
use crate::scene::{Fill, Scene};
use crate::settings::Reader;
use std::collections::BTreeMap;
use std::f64::consts::TAU;

/// The list entry.
pub const ENTRY: WorldEntry = WorldEntry {
    id: "dead_leaves",
    title: "Dead leaves: natural-like pictures to draw again",
    source: "Lee, Mumford and Huang 2001; Corney and Lotto 2007",
    teaches: Teaches::Pictures,
    build: |settings| {
        let mut reader = Reader::new(settings, "dead_leaves");
        let world = DeadLeaves {
            shapes: reader.choice("shapes", SHAPES)?,
            size_deg: reader.number_in("size_deg", 4.0, [0.1, 90.0], "from 0.1 to 90")?,
            radius_min: reader.number_in("radius_min", 1.0, [0.5, 8.0], "from 0.5 to 8")?,
            color: reader.flag("color", false)?,
            light: reader.flag("light", false)?,
            shadows: reader.flag("shadows", false)?,
            occluders: reader.flag("occluders", false)?,
        };
        reader.finish()?;
        Ok(Box::new(world))
    },
};

/// Half the canvas, and the largest radius.
const HALF: f64 = 16.0;
/// Points along a side that must be covered; one word holds a row.
const GRID: usize = 64;
/// Leaves before a picture is given up; two to four thousand are usual.
const TRIES: usize = 1_000_000;
/// Rings in which a soft edge is drawn.
const RINGS: usize = 16;
/// Leaves smaller than this cast no shadow.
const CASTS: f64 = 2.0;

/// Which leaves fall, by name; the first is the default.
const SHAPES: &[(&str, Shapes)] = &[("mixed", Shapes::Mixed), ("discs", Shapes::Discs), ("polygons", Shapes::Polygons)];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shapes {
    Mixed,
    Discs,
    Polygons,
}

struct DeadLeaves {
    shapes: Shapes,
    size_deg: f64,
    radius_min: f64,
    color: bool,
    light: bool,
    shadows: bool,
    occluders: bool,
}

/// Points of the grid for each unit of length.
const FINE: f64 = GRID as f64 / (2.0 * HALF);

/// Points that no leaf covers yet, a bit each.
struct Open([u64; GRID]);

impl Open {
    /// Column or row of the first point at or beyond a place.
    fn first(place: f64) -> f64 {
        ((place + HALF) * FINE - 0.5).ceil().max(0.0)
    }

    /// Column or row of the last point at or before a place.
    fn last(place: f64) -> f64 {
        ((place + HALF) * FINE - 0.5).floor().min(GRID as f64 - 1.0)
    }

    /// The points of a row between two places.
    fn between([low, high]: [f64; 2]) -> u64 {
        let (low, high) = (Self::first(low), Self::last(high));
        if low <= high { (u64::MAX >> (GRID - 1 - (high - low) as usize)) << low as usize } else { 0 }
    }

    /// Rows that a leaf may reach.
    fn rows(center: Point, radius: f64) -> std::ops::Range<usize> {
        let (first, last) = (Self::first(center.y - radius), Self::last(center.y + radius));
        if first <= last { first as usize..last as usize + 1 } else { 0..0 }
    }

    /// Whether there is an open point in the square round a leaf.
    fn near(&self, center: Point, radius: f64) -> bool {
        let columns = Self::between([center.x - radius, center.x + radius]);
        columns != 0 && self.0[Self::rows(center, radius)].iter().any(|row| row & columns != 0)
    }

    /// Covers the points under a leaf; whether any was open.
    fn cover(&mut self, leaf: &Leaf) -> bool {
        let mut seen = false;
        let normals = leaf.normals();
        for row in Self::rows(leaf.center, leaf.radius) {
            if self.0[row] != 0 {
                let [low, high] = leaf.span((row as f64 + 0.5) / FINE - HALF - leaf.center.y, &normals);
                let under = Self::between([leaf.center.x + low, leaf.center.x + high]);
                seen |= self.0[row] & under != 0;
                self.0[row] &= !under;
            }
        }
        seen
    }
}

/// A leaf, in 32nds of the canvas.
#[derive(Clone, Copy, Debug)]
struct Leaf {
    center: Point,
    radius: f64,
    /// 0 for a disc.
    corners: usize,
    turn: f64,
}

impl Leaf {
    /// Its outline with another radius about another center.
    fn path(&self, center: Point, radius: f64) -> Path {
        match self.corners {
            0 => Path::disc(center, radius),
            corners => regular_polygon(corners, center, radius, self.turn),
        }
    }

    /// Normals of the sides; the first `corners` count.
    fn normals(&self) -> [Point; 6] {
        let mut normals = [Point::default(); 6];
        for (k, normal) in normals.iter_mut().take(self.corners).enumerate() {
            *normal = Point::polar(1.0, self.turn + (k as f64 + 0.5) * (TAU / self.corners as f64));
        }
        normals
    }

    /// Least and most x within the leaf, from its center, at a height y from there; least above most where there is none.
    fn span(&self, y: f64, normals: &[Point; 6]) -> [f64; 2] {
        if self.corners == 0 {
            let square = self.radius * self.radius - y * y;
            return if square > 0.0 { [-square.sqrt(), square.sqrt()] } else { [1.0, -1.0] };
        }
        let apothem = self.radius * APOTHEMS[self.corners - 3];
        let mut span = [-self.radius, self.radius];
        for normal in &normals[..self.corners] {
            let room = apothem - y * normal.y;
            if normal.x > 1e-9 {
                span[1] = span[1].min(room / normal.x);
            } else if normal.x < -1e-9 {
                span[0] = span[0].max(room / normal.x);
            } else if room < 0.0 {
                return [1.0, -1.0];
            }
        }
        span
    }
}

/// cos(π/n) of 3 to 6 corners: the apothem of a polygon with circumradius 1.
const APOTHEMS: [f64; 4] = [0.5, std::f64::consts::FRAC_1_SQRT_2, 0.809_016_994_374_947_5, 0.866_025_403_784_438_6];

impl DeadLeaves {
    /// Length in degrees.
    fn unit(&self, of_32: f64) -> f64 {
        of_32 / (2.0 * HALF) * self.size_deg
    }

    /// A point in degrees.
    fn place(&self, point: Point) -> Point {
        point * (self.size_deg / (2.0 * HALF))
    }

    /// The next leaf, if it can reach an open point: anywhere from which one of the largest could reach the canvas.
    fn leaf(&self, open: &Open, rng: &mut Rng) -> Option<Leaf> {
        let [most, least] = [self.radius_min, HALF].map(|radius| 1.0 / (radius * radius));
        let radius = 1.0 / uniform(least, most, rng).sqrt();
        // Of places for the largest leaf, the share from which this one touches the canvas's square.
        let reach = HALF + radius;
        if !chance((reach / (2.0 * HALF)) * (reach / (2.0 * HALF)), rng) {
            return None;
        }
        let center = Point::new(uniform(-reach, reach, rng), uniform(-reach, reach, rng));
        if !open.near(center, radius) {
            return None;
        }
        let disc = match self.shapes {
            Shapes::Mixed => chance(0.5, rng),
            Shapes::Discs => true,
            Shapes::Polygons => false,
        };
        let corners = if disc { 0 } else { 3 + index(4, rng) };
        Some(Leaf { center, radius, corners, turn: uniform(0.0, TAU, rng) })
    }

    /// What is seen of the leaves, front to back.
    fn fallen(&self, rng: &mut Rng) -> Result<Vec<Leaf>, StimulusError> {
        let mut open = Open([u64::MAX; GRID]);
        let mut seen = Vec::with_capacity(256);
        for _ in 0..TRIES {
            let Some(leaf) = self.leaf(&open, rng) else { continue };
            if open.cover(&leaf) {
                seen.push(leaf);
                if open.0.iter().all(|&row| row == 0) {
                    return Ok(seen);
                }
            }
        }
        Err(StimulusError::Exhausted { what: "cover of leaves", tries: TRIES })
    }

    /// A paint by the skewed law.
    fn fill(&self, rng: &mut Rng) -> Fill {
        let luminance = loop {
            let (first, _) = normal_pair(rng);
            let luminance = 0.18 * libm::exp(0.7 * f64::from(first));
            if luminance <= 1.0 {
                break luminance;
            }
        };
        if !self.color {
            return Fill::Gray(luminance);
        }
        let (red_green, blue_yellow) = normal_pair(rng);
        let lightness = to_lab([luminance; 3])[0];
        let chroma = [10.0 * f64::from(red_green), 20.0 * f64::from(blue_yellow)];
        let paler = (0..8).map(|halved| chroma.map(|axis| axis / f64::from(1 << halved)));
        let colors = paler.map(|[a, b]| from_lab([lightness, a, b]));
        let shown = |color: &[f64; 3]| color.iter().all(|channel| (0.0..=1.0).contains(channel));
        Fill::Color(colors.into_iter().find(shown).unwrap_or([luminance; 3]))
    }

    /// A disc or polygon that darkens what is there, with a soft edge from `radius` − `soft` to `radius` + `soft`.
    fn shade(&self, scene: &mut Scene, leaf: &Leaf, center: Point, [soft, passes]: [f64; 2], rings: usize) {
        let share = libm::pow(passes, 1.0 / rings as f64);
        for ring in 0..rings {
            let radius = leaf.radius + soft * (2.0 * (ring as f64 + 0.5) / rings as f64 - 1.0);
            if radius > 0.0 {
                scene.paint(leaf.path(self.place(center), self.unit(radius)), Fill::Filter(share));
            }
        }
    }

    /// Two large soft shades.
    fn add_light(&self, scene: &mut Scene, rng: &mut Rng) {
        for _ in 0..2 {
            let center = Point::new(uniform(-HALF, HALF, rng), uniform(-HALF, HALF, rng));
            let leaf = Leaf { center, radius: uniform(14.0, 24.0, rng), corners: 0, turn: 0.0 };
            self.shade(scene, &leaf, center, [uniform(8.0, 13.0, rng), 0.5], RINGS);
        }
    }

    /// Thin bars in front, alone or in parallel.
    fn add_occluders(&self, scene: &mut Scene, rng: &mut Rng) {
        for _ in 0..1 + index(3, rng) {
            let way = Point::polar(1.0, uniform(0.0, TAU, rng));
            let through = Point::new(uniform(-HALF, HALF, rng), uniform(-HALF, HALF, rng));
            let half_width = uniform(0.25, 0.75, rng);
            let apart = uniform(4.0, 8.0, rng);
            let beside = if chance(0.3, rng) { 8 } else { 0 };
            let passes = uniform(0.3, 0.7, rng);
            let fill = if chance(0.3, rng) { Fill::Filter(passes) } else { self.fill(rng) };
            for k in -beside..=beside {
                let middle = through + way.quarter_turned() * (f64::from(k) * apart);
                let [from, to] = [-4.0 * HALF, 4.0 * HALF].map(|along| self.place(middle + way * along));
                scene.paint(Path::bar(from, to, self.unit(half_width)), fill);
            }
        }
    }
}

impl World for DeadLeaves {
    fn id(&self) -> &'static str {
        "dead_leaves"
    }

    fn classes(&self) -> &'static [&'static str] {
        &["scene"]
    }

    fn sample(&self, class: usize, _difficulty: Difficulty, rng: &mut Rng) -> Result<Sample, StimulusError> {
        check_class(self, class)?;
        let leaves = self.fallen(rng)?;
        let sun = Point::polar(1.0, uniform(0.0, TAU, rng));
        let mut scene = Scene::new([self.size_deg; 2], self.fill(rng));
        for leaf in leaves.iter().rev() {
            if self.shadows && leaf.radius >= CASTS {
                let cast = leaf.center + sun * (0.4 * leaf.radius.min(5.0));
                self.shade(&mut scene, leaf, cast, [0.15 * leaf.radius.min(5.0), 0.5], 3);
            }
            scene.paint(leaf.path(self.place(leaf.center), self.unit(leaf.radius)), self.fill(rng));
        }
        if self.occluders {
            self.add_occluders(&mut scene, rng);
        }
        if self.light {
            self.add_light(&mut scene, rng);
        }
        let metadata = BTreeMap::from([("leaves".to_owned(), leaves.len().to_string())]);
        Ok(Sample { scene, noise_sd: 0.01, pacmen: Vec::new(), fragments: Vec::new(), thing: 0..0, metadata })
    }
}
