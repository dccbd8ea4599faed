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
use crate::draws::{chance, index, uniform};
use crate::geometry::Point;
use crate::leaves::{Fall, HALF, Leaf, Shapes};
use crate::paints;
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

/// Points along a side that must be covered.
const GRID: usize = 64;
/// Rings in which a soft edge is drawn.
const RINGS: usize = 16;
/// Leaves smaller than this cast no shadow.
const CASTS: f64 = 2.0;

/// Which leaves fall, by name; the first is the default.
const SHAPES: &[(&str, Shapes)] = &[("mixed", Shapes::Mixed), ("discs", Shapes::Discs), ("polygons", Shapes::Polygons)];

struct DeadLeaves {
    shapes: Shapes,
    size_deg: f64,
    radius_min: f64,
    color: bool,
    light: bool,
    shadows: bool,
    occluders: bool,
}

impl DeadLeaves {
    /// Length in degrees.
    fn unit(&self, of_32: f64) -> f64 {
        of_32 / (2.0 * HALF) * self.size_deg
    }

    /// A point in degrees.
    fn place(&self, point: Point) -> Point {
        point * (self.size_deg / (2.0 * HALF))
    }

    /// What is seen of the leaves, front to back.
    fn fallen(&self, rng: &mut Rng) -> Result<Vec<Leaf>, StimulusError> {
        let fall = Fall { shapes: self.shapes, radius_min: self.radius_min, grid: GRID };
        fall.fallen(rng, |_, _, _, _| {})
    }

    /// A paint by the skewed law.
    fn fill(&self, rng: &mut Rng) -> Fill {
        let luminance = paints::luminance(rng);
        if self.color { Fill::Color(paints::colored(luminance, 0.0, rng)) } else { Fill::Gray(luminance) }
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
            let leaf = Leaf { center, radius: uniform(14.0, 24.0, rng), corners: 0, turn: 0.0, aspect: 1.0 };
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
