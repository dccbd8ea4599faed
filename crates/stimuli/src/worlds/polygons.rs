//! World `polygons`: triangle, square, pentagon, hexagon, circle, or none, among clutter.
//!
//! Shapes are filled or outlined, darker or lighter than the ground, half each; turned by any angle, anywhere on the canvas.
//! Behind them lie up to five discs, whole or cut, and up to three lines; in front up to two discs. The same clutter lies in
//! every class. Cut discs form nothing: no two of them have edges that could be joined. `pacmen = false` is the clean world:
//! whole discs in place of cut ones. `clutter = "light"` has at most two discs, whole or cut, and one line behind, one disc in
//! front: an easier world, for networks that cannot learn the full one.
//!
//! The class *none* has in place of a shape what a shape drawn at random would have been, with as much ink: for an outline, its
//! pieces (lines, bent lines, arcs), turned and moved until no two have ends that could be joined; for a filled shape, an
//! ellipse, a thick arc or a cross of its area. Over 1500 pictures a class, its mean ink is 0.97 to 0.99 of the shapes' and tells
//! it by an AUC of 0.47 to 0.49; its edges are 0.99 to 1.06 of theirs, AUC 0.49 to 0.55 (a test holds both).
//!
//! `occluders = true` is the arm with real occlusion: in half of the pictures of every class, one to three discs of another
//! gray, whole, lie in front of corners or middles of sides: at most two of a triangle's, a square's or a circle's, three of
//! the others'. So a network can learn
//! that shapes go on behind discs, which is what amodal completion asks for. Nothing of it is an illusion: what is hidden was
//! painted.
//!
//! # Units
//! Lengths are 32nds of the canvas: circumradius 8–12, line half width 0.5–1.1, occluders' radius 2–4 and at most 0.3 of a side.
//! Contrast 0.2–0.45 (hard: 0.1–0.2) and noise up to 0.04 (hard: 0.05) in gray levels. An occluder's gray differs from the
//! shape's by at least 0.15 (hard: 0.075).
//!
//! # Source
//! The article's question (do networks see the Kanizsa shape?), with the prototype's distribution.
//!
//! # Departures
//! Contrast is limited so that gray levels stay within 0 to 1. The prototype's class *none* had the clutter alone, which ink
//! told from the others.

use super::quads::facts;
use super::{Difficulty, RENDERS, Renders, Sample, Teaches, World, WorldEntry, check_class};
use crate::Rng;
use crate::StimulusError;
use crate::clutter::{Ground, Shade};
use crate::debris::{self, Outline};
use crate::draws::{chance, index, uniform};
use crate::figures::{Fragment, Pacman, regular_polygon};
use crate::geometry::Point;
use crate::path::Path;
use crate::scene::{Fill, Scene};
use crate::settings::Reader;
use std::f64::consts::TAU;

/// The list entry.
pub const ENTRY: WorldEntry = WorldEntry {
    id: "polygons",
    title: "Triangles, squares, pentagons, hexagons, circles or none, among cut discs, discs and lines",
    source: "distribution from this project's prototype",
    teaches: Teaches::Classes,
    build: |settings| {
        let mut reader = Reader::new(settings, "polygons");
        let world = Polygons {
            pacmen: reader.flag("pacmen", true)?,
            occluders: reader.flag("occluders", false)?,
            clutter: reader.choice("clutter", &[("full", FULL), ("light", LIGHT)])?,
            renders: reader.choice("render", RENDERS)?,
            size_deg: reader.number_in("size_deg", 4.0, [0.1, 90.0], "from 0.1 to 90")?,
            hard_noise_sd: reader.number_in("hard_noise_sd", 0.05, [0.0, 1.0], "from 0 to 1")?,
        };
        reader.finish()?;
        Ok(Box::new(world))
    },
};

const CLASSES: [&str; 6] = ["triangle", "square", "pentagon", "hexagon", "circle", "none"];
/// Corners of the shapes; 0 for the circle.
const CORNERS: [usize; 5] = [3, 4, 5, 6, 0];
/// Share of pictures with occluders, in the arm that has them.
const OCCLUDED: f64 = 0.5;

/// Most pieces of clutter of each kind.
#[derive(Clone, Copy, Debug)]
struct Clutter {
    pacmen: usize,
    discs: usize,
    lines: usize,
    front: usize,
}

const FULL: Clutter = Clutter { pacmen: 4, discs: 1, lines: 3, front: 2 };
const LIGHT: Clutter = Clutter { pacmen: 2, discs: 0, lines: 1, front: 1 };

struct Polygons {
    pacmen: bool,
    occluders: bool,
    clutter: Clutter,
    renders: Renders,
    size_deg: f64,
    hard_noise_sd: f64,
}

/// What is to be named, or stands in its place, before it is painted.
struct Thing {
    paths: Vec<Path>,
    fragments: Vec<Fragment>,
    /// Where occluders may lie.
    points: Vec<Point>,
}

impl Polygons {
    fn clutter(&self, ground: &Ground, scene: &mut Scene, rng: &mut Rng) -> Vec<Pacman> {
        let mut placed = Vec::new();
        let Clutter { pacmen, discs, lines, .. } = self.clutter;
        if self.pacmen {
            placed = ground.pacmen(pacmen, scene, rng);
            ground.discs(discs, 4.5, scene, rng);
        } else {
            ground.discs(pacmen + discs, 4.5, scene, rng);
        }
        for _ in 0..index(lines + 1, rng) {
            ground.line([0.4, 0.9], scene, rng);
        }
        placed
    }

    /// Occluders in front of a thing of that gray; how many.
    fn occlude(
        &self,
        (thing, outline, shade): (&Thing, &Outline, &Shade),
        ground: &Ground,
        scene: &mut Scene,
        rng: &mut Rng,
    ) -> usize {
        if !self.occluders || !chance(OCCLUDED, rng) {
            return 0;
        }
        // Two of a triangle's or a square's corners and middles of sides, three of a hexagon's.
        let n = 1 + index((2 * corners_or_quarters(outline) + 2) / 4, rng);
        let mut left = thing.points.clone();
        for _ in 0..n.min(left.len()) {
            let center = left.swap_remove(index(left.len(), rng));
            let radius = ground.unit(uniform(2.0, 4.0, rng)).min(0.3 * side(outline));
            scene.paint(Path::disc(center, radius), ground.shade_beside(shade, rng).fill);
        }
        n
    }
}

/// Number of corners; a circle counts as four quarters.
fn corners_or_quarters(outline: &Outline) -> usize {
    if outline.corners == 0 { 4 } else { outline.corners }
}

/// Distance between neighboring corners; for a circle, its radius.
fn side(outline: &Outline) -> f64 {
    if outline.corners == 0 { outline.circumradius } else { (outline.at(0.0) - outline.corner(1.0)).length() }
}

/// A shape, by its outline of that half width or filled.
fn whole(outline: &Outline, line: Option<f64>) -> Thing {
    let Outline { corners, center, circumradius, turn } = *outline;
    let path = if corners == 0 {
        Path::disc(center, circumradius)
    } else {
        regular_polygon(corners, center, circumradius, turn)
    };
    let path = line.map_or_else(|| path.clone(), |half_width| path.clone().outlined(half_width));
    let n = 2 * corners_or_quarters(outline);
    let points = (0..n).map(|k| outline.at(k as f64 / n as f64)).collect();
    Thing { paths: vec![path], fragments: Vec::new(), points }
}

/// What has a shape's ink and is none.
fn no_shape(outline: &Outline, line: Option<f64>, ground: &Ground, rng: &mut Rng) -> Thing {
    match line {
        Some(half_width) => {
            let (paths, fragments): (Vec<Path>, Vec<Fragment>) =
                outline.broken(ground, half_width, rng).into_iter().unzip();
            let points = fragments.iter().flat_map(|fragment| fragment.ends).collect();
            Thing { paths, fragments, points }
        }
        None => {
            let (path, points) = debris::filled(outline.area(), ground, rng);
            Thing { paths: vec![path], fragments: Vec::new(), points }
        }
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
        let radius = uniform(8.0, 12.0, rng);
        let center = ground.place(radius + 1.0, rng);
        let turn = uniform(0.0, TAU, rng);
        let filled = self.renders.filled(rng);
        let half_width = ground.unit(uniform(0.5, 1.1, rng));
        let shade = ground.shade(rng);
        let model = index(CORNERS.len(), rng);
        let corners = CORNERS[if class < CORNERS.len() { class } else { model }];
        let outline = Outline { corners, center, circumradius: ground.unit(radius), turn };
        let line = (!filled).then_some(half_width);
        let thing = if class < CORNERS.len() { whole(&outline, line) } else { no_shape(&outline, line, &ground, rng) };
        let first = scene.painted.len();
        thing.paths.iter().for_each(|path| scene.paint(path.clone(), shade.fill));
        let painted = first..scene.painted.len();
        let occluders = self.occlude((&thing, &outline, &shade), &ground, &mut scene, rng);
        ground.discs(self.clutter.front, 3.5, &mut scene, rng);
        let noise_sd = uniform(noise[0], noise[1], rng);
        let mut metadata = facts(if filled { "filled" } else { "outline" }, &shade, &ground);
        metadata.insert("circumradius_deg".to_owned(), outline.circumradius.to_string());
        metadata.insert("occluders".to_owned(), occluders.to_string());
        Ok(Sample { scene, noise_sd, pacmen, fragments: thing.fragments, thing: painted, metadata })
    }
}
