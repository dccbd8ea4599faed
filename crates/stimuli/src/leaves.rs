//! Leaves that fall front to back until each point of a grid is covered: what the worlds of dead leaves share.
//!
//! # Units
//! Lengths are 32nds of the canvas; the origin is its middle.

use crate::Rng;
use crate::StimulusError;
use crate::draws::{chance, index, uniform};
use crate::figures::regular_polygon;
use crate::geometry::Point;
use crate::path::Path;
use std::f64::consts::TAU;

/// Half the canvas, and the largest radius.
pub(crate) const HALF: f64 = 16.0;
/// Leaves before a picture is given up; some thousands are usual.
const TRIES: usize = 1_000_000;
/// Axes of an ellipse, the shorter in the longer, least and most.
pub(crate) const ASPECT: [f64; 2] = [0.4, 0.9];

/// Which leaves fall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shapes {
    /// Discs and polygons of 3 to 6 corners in equal shares.
    Mixed,
    /// Discs.
    Discs,
    /// Polygons of 3 to 6 corners.
    Polygons,
    /// Discs, ellipses and polygons in equal shares.
    Ellipses,
}

/// A leaf.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaf {
    pub(crate) center: Point,
    /// Circumradius of a polygon, longer half axis of an ellipse.
    pub(crate) radius: f64,
    /// 0 for discs and ellipses.
    pub(crate) corners: usize,
    pub(crate) turn: f64,
    /// Shorter axis in the longer; 1 for discs and polygons.
    pub(crate) aspect: f64,
}

impl Leaf {
    /// Its outline with another radius about another center; not for ellipses.
    pub(crate) fn path(&self, center: Point, radius: f64) -> Path {
        match self.corners {
            0 => Path::disc(center, radius),
            corners => regular_polygon(corners, center, radius, self.turn),
        }
    }

    /// Directions by which points are asked: normals of a polygon's sides, of which the first `corners` count, or the
    /// axis of an ellipse.
    pub(crate) fn normals(&self) -> [Point; 6] {
        let mut normals = [Point::default(); 6];
        if self.corners == 0 {
            normals[0] = Point::polar(1.0, self.turn);
        }
        for (k, normal) in normals.iter_mut().take(self.corners).enumerate() {
            *normal = Point::polar(1.0, self.turn + (k as f64 + 0.5) * (TAU / self.corners as f64));
        }
        normals
    }

    /// Distance of a polygon's sides from its center.
    fn apothem(&self) -> f64 {
        self.radius * APOTHEMS[self.corners - 3]
    }

    /// The leaf whose outline is where its distance is `by`; none if nothing is left.
    pub(crate) fn grown(&self, by: f64) -> Option<Self> {
        let longer = match self.corners {
            0 => by / self.aspect,
            corners => by / APOTHEMS[corners - 3],
        };
        let radius = self.radius + longer;
        (radius > 0.0).then_some(Self { radius, ..*self })
    }

    /// How far a point lies outside, negative within; exact for discs and beside a polygon's sides, near the outline of
    /// an ellipse.
    pub(crate) fn distance(&self, point: Point, normals: &[Point; 6]) -> f64 {
        let arm = point - self.center;
        if self.corners > 0 {
            let sides = normals[..self.corners].iter().map(|normal| normal.dot(arm));
            return sides.fold(f64::NEG_INFINITY, f64::max) - self.apothem();
        }
        if self.aspect == 1.0 {
            return arm.length() - self.radius;
        }
        let (along, across) = (normals[0].dot(arm), normals[0].cross(arm) / self.aspect);
        (Point::new(along, across).length() - self.radius) * self.aspect
    }

    /// Least and most x within the leaf, from its center, at a height y from there; least above most where there is
    /// none.
    pub(crate) fn span(&self, y: f64, normals: &[Point; 6]) -> [f64; 2] {
        if self.corners == 0 && self.aspect == 1.0 {
            let square = self.radius * self.radius - y * y;
            return if square > 0.0 { [-square.sqrt(), square.sqrt()] } else { [1.0, -1.0] };
        }
        if self.corners == 0 {
            return self.ellipse_span(y, normals[0]);
        }
        let apothem = self.apothem();
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

    /// Where |(x, y) · axis|² + |(x, y) × axis|² / aspect² is radius²: a quadratic in x.
    fn ellipse_span(&self, y: f64, axis: Point) -> [f64; 2] {
        let thin = 1.0 / (self.aspect * self.aspect);
        let a = axis.x * axis.x + thin * axis.y * axis.y;
        let half_b = axis.x * axis.y * (1.0 - thin) * y;
        let c = (axis.y * axis.y + thin * axis.x * axis.x) * y * y - self.radius * self.radius;
        let square = half_b * half_b - a * c;
        if square > 0.0 { [(-half_b - square.sqrt()) / a, (-half_b + square.sqrt()) / a] } else { [1.0, -1.0] }
    }
}

/// cos(π/n) of 3 to 6 corners: the apothem of a polygon with circumradius 1.
const APOTHEMS: [f64; 4] = [0.5, std::f64::consts::FRAC_1_SQRT_2, 0.809_016_994_374_947_5, 0.866_025_403_784_438_6];

/// Points that no leaf covers yet, a bit each; 64 to a word, whole words to a row.
struct Open {
    grid: usize,
    words: usize,
    /// Points for each unit of length.
    fine: f64,
    bits: Vec<u64>,
    /// Whether anything is open in a row.
    rows: Vec<bool>,
}

impl Open {
    fn new(grid: usize) -> Self {
        let words = grid.div_ceil(64);
        let row: Vec<u64> = (0..words).map(|word| u64::MAX >> (64 - (grid - word * 64).min(64))).collect();
        Self { grid, words, fine: grid as f64 / (2.0 * HALF), bits: row.repeat(grid), rows: vec![true; grid] }
    }

    /// First and last column or row between two places, as an empty or a half-open range.
    fn range(&self, low: f64, high: f64) -> std::ops::Range<usize> {
        let first = ((low + HALF) * self.fine - 0.5).ceil().max(0.0);
        let last = ((high + HALF) * self.fine - 0.5).floor().min(self.grid as f64 - 1.0);
        if first <= last { first as usize..last as usize + 1 } else { 0..0 }
    }

    /// The bits of a range of columns in one word.
    fn mask(word: usize, columns: &std::ops::Range<usize>) -> u64 {
        let (first, end) = (columns.start.max(word * 64), columns.end.min(word * 64 + 64));
        if first < end { (u64::MAX >> (64 - (end - first))) << (first - word * 64) } else { 0 }
    }

    fn words_of(columns: &std::ops::Range<usize>) -> std::ops::Range<usize> {
        columns.start / 64..columns.end.div_ceil(64)
    }

    /// Whether there is an open point in the square round a leaf.
    fn near(&self, center: Point, radius: f64) -> bool {
        let columns = self.range(center.x - radius, center.x + radius);
        let rows = self.range(center.y - radius, center.y + radius);
        Self::words_of(&columns).any(|word| {
            let mask = Self::mask(word, &columns);
            rows.clone().any(|row| self.bits[row * self.words + word] & mask != 0)
        })
    }

    /// Covers the points under a leaf and tells each row and its newly covered columns, by word; whether any was open.
    fn cover(&mut self, leaf: &Leaf, mut each: impl FnMut(usize, usize, u64)) -> bool {
        let mut seen = false;
        let normals = leaf.normals();
        for row in self.range(leaf.center.y - leaf.radius, leaf.center.y + leaf.radius) {
            if !self.rows[row] {
                continue;
            }
            let [low, high] = leaf.span((row as f64 + 0.5) / self.fine - HALF - leaf.center.y, &normals);
            let columns = self.range(leaf.center.x + low, leaf.center.x + high);
            for word in Self::words_of(&columns) {
                let open = &mut self.bits[row * self.words + word];
                let under = *open & Self::mask(word, &columns);
                if under != 0 {
                    seen = true;
                    *open &= !under;
                    each(row, word * 64, under);
                }
            }
            self.rows[row] = self.bits[row * self.words..(row + 1) * self.words].iter().any(|&word| word != 0);
        }
        seen
    }
}

/// The law by which leaves fall.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fall {
    pub(crate) shapes: Shapes,
    pub(crate) radius_min: f64,
    /// Points along a side of the canvas that must be covered.
    pub(crate) grid: usize,
}

impl Fall {
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
        let (round, aspect) = match self.shapes {
            Shapes::Mixed => (chance(0.5, rng), 1.0),
            Shapes::Discs => (true, 1.0),
            Shapes::Polygons => (false, 1.0),
            Shapes::Ellipses => match index(3, rng) {
                0 => (true, 1.0),
                1 => (true, uniform(ASPECT[0], ASPECT[1], rng)),
                _ => (false, 1.0),
            },
        };
        let corners = if round { 0 } else { 3 + index(4, rng) };
        Some(Leaf { center, radius, corners, turn: uniform(0.0, TAU, rng), aspect })
    }

    /// What is seen of the leaves, front to back. Each leaf's number is told with a row, a first column, and a word of
    /// bits: the points of the grid that show it.
    ///
    /// # Errors
    /// [`StimulusError::Exhausted`].
    pub(crate) fn fallen(
        &self,
        rng: &mut Rng,
        mut each: impl FnMut(usize, usize, usize, u64),
    ) -> Result<Vec<Leaf>, StimulusError> {
        let mut open = Open::new(self.grid);
        let mut seen = Vec::with_capacity(256);
        for _ in 0..TRIES {
            let Some(leaf) = self.leaf(&open, rng) else { continue };
            if open.cover(&leaf, |row, column, bits| each(seen.len(), row, column, bits)) {
                seen.push(leaf);
                if open.rows.iter().all(|&row| !row) {
                    return Ok(seen);
                }
            }
        }
        Err(StimulusError::Exhausted { what: "cover of leaves", tries: TRIES })
    }
}

#[cfg(test)]
mod tests {
    //! Ellipses by their parameter: points at a cos t along the axis and b sin t across it.

    use super::*;

    const LEAF: Leaf = Leaf { center: Point::new(1.5, -0.5), radius: 5.0, corners: 0, turn: 0.7, aspect: 0.4 };

    /// A point of the ellipse, made larger or smaller by a share.
    fn rim(t: f64, share: f64) -> Point {
        let arm = Point::new(share * 5.0 * t.cos(), share * 2.0 * t.sin());
        LEAF.center + arm.turned(Point::default(), 0.7)
    }

    #[test]
    fn the_span_of_an_ellipse_ends_on_its_rim() {
        let normals = LEAF.normals();
        for t in (0..40).map(|k| f64::from(k) * TAU / 40.0 + 0.01) {
            let arm = rim(t, 1.0) - LEAF.center;
            let [low, high] = LEAF.span(arm.y, &normals);
            assert!((low - arm.x).abs().min((high - arm.x).abs()) < 1e-9, "{t}: {low} {high} {}", arm.x);
            assert!(low < high);
        }
        // Its height is √(a² sin² + b² cos²) of the turn; beyond, it has no span.
        let top = (25.0 * 0.7f64.sin().powi(2) + 4.0 * 0.7f64.cos().powi(2)).sqrt();
        let [low, high] = LEAF.span(top + 1e-6, &normals);
        assert!(low > high);
        let [low, high] = LEAF.span(top - 1e-6, &normals);
        assert!(low < high && high - low < 0.02);
    }

    #[test]
    fn distances_are_nothing_on_the_rim_and_have_the_right_sign_beside_it() {
        for leaf in [LEAF, Leaf { aspect: 1.0, ..LEAF }] {
            let normals = leaf.normals();
            for t in (0..40).map(|k| f64::from(k) * TAU / 40.0) {
                let at = |share: f64| {
                    let arm = Point::new(share * 5.0 * t.cos(), share * 5.0 * leaf.aspect * t.sin());
                    leaf.distance(leaf.center + arm.turned(Point::default(), 0.7), &normals)
                };
                assert!(at(1.0).abs() < 1e-9 && at(0.9) < 0.0 && at(1.1) > 0.0, "{t}");
            }
        }
        // A square of circumradius 5: sides 5/√2 from the center, along the middle of two corners.
        let square = Leaf { corners: 4, aspect: 1.0, ..LEAF };
        let way = Point::polar(1.0, 0.7 + TAU / 8.0);
        let off = square.distance(square.center + way * (5.0 / 2f64.sqrt() + 0.25), &square.normals());
        assert!((off - 0.25).abs() < 1e-9, "{off}");
    }
}
