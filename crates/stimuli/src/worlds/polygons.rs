//! World `polygons`: triangle, square, hexagon, circle, or none, among clutter.
//!
//! Shapes are filled or outlined, darker or lighter than the ground, half each; turned by any angle, anywhere on the canvas.
//! Behind them lie up to five discs, whole or cut, and up to three lines; in front up to two discs. The class
//! *none* has the clutter alone. Cut discs form nothing: no two of them have edges that could be joined.
//!
//! # Units
//! Lengths are 32nds of the canvas: circumradius 8–12, line half width 0.5–1.1. Contrast 0.2–0.45 (hard: 0.1–0.2) and noise
//! up to 0.04 (hard: 0.05) in gray levels.
//!
//! # Source
//! The article's question (do networks see the Kanizsa shape?), with the prototype's distribution.
//!
//! # Departures
//! Contrast is limited so that gray levels stay within 0 to 1.

use super::quads::facts;
use super::{Difficulty, RENDERS, Renders, Sample, Teaches, World, WorldEntry, check_class};
use crate::Rng;
use crate::StimulusError;
use crate::clutter::Ground;
use crate::draws::{index, uniform};
use crate::figures::{Pacman, regular_polygon};
use crate::geometry::Point;
use crate::path::Path;
use crate::scene::{Fill, Scene};
use crate::settings::Reader;
use std::f64::consts::TAU;

/// The list entry.
pub const ENTRY: WorldEntry = WorldEntry {
    id: "polygons",
    title: "Triangles, squares, hexagons, circles or none, among cut discs, discs and lines",
    source: "distribution from this project's prototype",
    teaches: Teaches::Classes,
    build: |settings| {
        let mut reader = Reader::new(settings, "polygons");
        let world = Polygons {
            pacmen: reader.flag("pacmen", true)?,
            renders: reader.choice("render", RENDERS)?,
            size_deg: reader.number_in("size_deg", 4.0, [0.1, 90.0], "from 0.1 to 90")?,
            hard_noise_sd: reader.number_in("hard_noise_sd", 0.05, [0.0, 1.0], "from 0 to 1")?,
        };
        reader.finish()?;
        Ok(Box::new(world))
    },
};

const CLASSES: [&str; 5] = ["triangle", "square", "hexagon", "circle", "none"];

struct Polygons {
    pacmen: bool,
    renders: Renders,
    size_deg: f64,
    hard_noise_sd: f64,
}

impl Polygons {
    fn clutter(&self, ground: &Ground, scene: &mut Scene, rng: &mut Rng) -> Vec<Pacman> {
        let mut placed = Vec::new();
        if self.pacmen {
            placed = ground.pacmen(4, scene, rng);
            ground.discs(1, 4.5, scene, rng);
        } else {
            ground.discs(5, 4.5, scene, rng);
        }
        for _ in 0..index(4, rng) {
            ground.line([0.4, 0.9], scene, rng);
        }
        placed
    }
}

/// The filled shape of a class; none for the class without a shape.
fn shape(class: usize, center: Point, circumradius: f64, turn: f64) -> Option<Path> {
    match class {
        0 => Some(regular_polygon(3, center, circumradius, turn)),
        1 => Some(regular_polygon(4, center, circumradius, turn)),
        2 => Some(regular_polygon(6, center, circumradius, turn)),
        3 => Some(Path::disc(center, circumradius)),
        _ => None,
    }
}

impl World for Polygons {
    fn id(&self) -> &'static str {
        "polygons"
    }

    fn classes(&self) -> &'static [&'static str] {
        &CLASSES
    }

    fn sample(&self, class: usize, difficulty: Difficulty, rng: &mut Rng) -> Result<Sample, StimulusError> {
        check_class(self, class)?;
        let (contrast, noise) = match difficulty {
            Difficulty::Training => ([0.2, 0.45], [0.0, 0.04]),
            Difficulty::Hard => ([0.1, 0.2], [self.hard_noise_sd; 2]),
        };
        let ground = Ground { size_deg: self.size_deg, background: uniform(0.4, 0.6, rng), contrast };
        let mut scene = Scene::new([self.size_deg; 2], Fill::gray_level(ground.background));
        let pacmen = self.clutter(&ground, &mut scene, rng);
        let circumradius = uniform(8.0, 12.0, rng);
        let center = ground.place(circumradius + 1.0, rng);
        let turn = uniform(0.0, TAU, rng);
        let filled = self.renders.filled(rng);
        let half_width = ground.unit(uniform(0.5, 1.1, rng));
        let shade = ground.shade(rng);
        let shape = shape(class, center, ground.unit(circumradius), turn);
        let render = match (&shape, filled) {
            (None, _) => "none",
            (Some(_), true) => "filled",
            (Some(_), false) => "outline",
        };
        if let Some(path) = shape {
            scene.paint(if filled { path } else { path.outlined(half_width) }, shade.fill);
        }
        ground.discs(2, 3.5, &mut scene, rng);
        let noise_sd = uniform(noise[0], noise[1], rng);
        let mut metadata = facts(render, &shade, &ground);
        metadata.insert("circumradius_deg".to_owned(), ground.unit(circumradius).to_string());
        Ok(Sample { scene, noise_sd, pacmen, metadata })
    }
}
