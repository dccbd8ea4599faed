//! Leaves that fall front to back over everything that a clip will show.
//!
//! The row of leaves is drawn without end and looked at by each frame for itself, from its front, until nothing of the
//! frame is open. So every frame is a sample of the same law as a still picture, what a leaf uncovers was there
//! before, and the row does not depend on the order of frames.

use super::Recipe;
use super::surface::Surface;
use super::track::Track;
use crate::Rng;
use crate::StimulusError;
use crate::draws::{chance, index, seed, stream, uniform};
use crate::geometry::Point;
use crate::leaves::{ASPECT, Leaf};
use std::cell::OnceCell;
use std::f64::consts::TAU;

/// Smallest radius of a leaf in the planted world, pixels: bars must be seen.
const PLANTED_RADIUS_PX: f64 = 8.0;
/// Leaves before a clip is given up.
const MOST: usize = 1_000_000;

/// A leaf in the world with all that it needs to be shown; what few leaves need is drawn when it is asked for.
pub(super) struct Piece<'a> {
    pub(super) leaf: Leaf,
    pub(super) group: usize,
    recipe: &'a Recipe,
    way: Point,
    seed: u64,
    normals: OnceCell<[Point; 6]>,
    surface: OnceCell<Surface>,
}

impl Piece<'_> {
    pub(super) fn normals(&self) -> &[Point; 6] {
        self.normals.get_or_init(|| self.leaf.normals())
    }

    pub(super) fn surface(&self) -> &Surface {
        self.surface.get_or_init(|| Surface::draw(self.recipe, &self.leaf, self.way, &mut stream(self.seed)))
    }
}

/// The row of leaves.
pub(super) struct Fall<'a> {
    recipe: &'a Recipe,
    ways: &'a [Point],
    low: Point,
    high: Point,
    radii: [f64; 2],
    /// A leaf belongs to the group whose seed is nearest; seeds are drawn anew every so many leaves.
    seeds: Vec<Point>,
    layer: usize,
    placing: Rng,
    pieces: Vec<Piece<'a>>,
}

impl<'a> Fall<'a> {
    /// `half`: half the side of what a frame shows.
    pub(super) fn new(recipe: &'a Recipe, track: &'a Track, (size_px, half): (usize, f64), placing: Rng) -> Self {
        let [low, high] = reach(track, half);
        let least = if recipe.planted { recipe.radius_min_px.max(PLANTED_RADIUS_PX) } else { recipe.radius_min_px };
        let most = (size_px as f64 / 2.0).max(2.0 * least);
        // Leaves with the mean area of this law that would cover what is seen once.
        let mean = TAU * least * least * libm::log(most / least);
        let layer = ((high.x - low.x) * (high.y - low.y) / mean).ceil().max(1.0) as usize;
        Self {
            recipe,
            ways: &track.ways,
            low,
            high,
            radii: [least, most],
            seeds: Vec::new(),
            layer,
            placing,
            pieces: Vec::with_capacity(1024),
        }
    }

    /// Corners of the box in the world in which something is seen.
    pub(super) fn reach(&self) -> [Point; 2] {
        [self.low, self.high]
    }

    /// The leaf of that number, from the front.
    pub(super) fn piece(&mut self, number: usize) -> Result<&Piece<'a>, StimulusError> {
        while number >= self.pieces.len() {
            if self.pieces.len() == MOST {
                return Err(StimulusError::Exhausted { what: "cover of leaves", tries: MOST });
            }
            let piece = self.draw();
            self.pieces.push(piece);
        }
        Ok(&self.pieces[number])
    }

    /// The group of what stands at that number; it must have been asked for.
    pub(super) fn group(&self, number: usize) -> usize {
        self.pieces[number].group
    }

    /// Anywhere from which it could touch what is shown; of places for the largest leaf, the share that is left for
    /// this one.
    fn draw(&mut self) -> Piece<'a> {
        let rng = &mut self.placing;
        let [most, least] = self.radii.map(|radius| 1.0 / (radius * radius));
        let area = |radius: f64| (self.high.x - self.low.x + 2.0 * radius) * (self.high.y - self.low.y + 2.0 * radius);
        let radius = loop {
            let radius = 1.0 / uniform(least, most, rng).sqrt();
            if chance(area(radius) / area(self.radii[1]), rng) {
                break radius;
            }
        };
        let center = Point::new(
            uniform(self.low.x - radius, self.high.x + radius, rng),
            uniform(self.low.y - radius, self.high.y + radius, rng),
        );
        let (round, aspect) = match index(3, rng) {
            0 => (true, 1.0),
            1 => (true, uniform(ASPECT[0], ASPECT[1], rng)),
            _ => (false, 1.0),
        };
        let corners = if round { 0 } else { 3 + index(4, rng) };
        let leaf = Leaf { center, radius, corners, turn: uniform(0.0, TAU, rng), aspect };
        if self.pieces.len().is_multiple_of(self.layer) {
            let (low, high) = (self.low, self.high);
            let seed = |_| Point::new(uniform(low.x, high.x, rng), uniform(low.y, high.y, rng));
            self.seeds = (0..self.ways.len()).map(seed).collect();
        }
        let far = |seed: &Point| (*seed - center).length();
        let nearest = (0..self.seeds.len()).min_by(|a, b| far(&self.seeds[*a]).total_cmp(&far(&self.seeds[*b])));
        let group = nearest.unwrap_or(0);
        Piece {
            leaf,
            group,
            recipe: self.recipe,
            way: self.ways[group],
            seed: seed(rng),
            normals: OnceCell::new(),
            surface: OnceCell::new(),
        }
    }
}

/// The box in the world in which leaves of any group must have their centers to be seen in some frame, but for their
/// radius.
fn reach(track: &Track, half: f64) -> [Point; 2] {
    let (mut low, mut high) = (Point::new(f64::MAX, f64::MAX), Point::new(f64::MIN, f64::MIN));
    for (camera, offsets) in track.cameras.iter().zip(&track.offsets) {
        let back = camera.inverse();
        for [x, y] in [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]] {
            let corner = back.apply(Point::new(x * half, y * half));
            for &offset in offsets {
                let place = corner - offset;
                low = Point::new(low.x.min(place.x), low.y.min(place.y));
                high = Point::new(high.x.max(place.x), high.y.max(place.y));
            }
        }
    }
    [low, high]
}
