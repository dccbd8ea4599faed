//! One frame: leaves mixed front to back on a grid of twice the pixels, the owner of each pixel's middle, and the blur.

use super::fall::Piece;
use super::surface::Texture;
use super::track::Similarity;
use crate::geometry::Point;
use crate::leaves::Leaf;
use std::f64::consts::FRAC_1_SQRT_2;
use std::ops::Range;

/// Points of the grid along a pixel's side.
const FINE: usize = 2;
/// Pixels drawn beyond each border, for the blur.
pub(super) const MARGIN: usize = 2;
/// Light that is still let pass where a point counts as covered; what covers it last gets this too.
const CLOSED: f32 = 1.0 / 512.0;

/// Points in rows and columns at equal steps, the same in both directions.
#[derive(Clone, Copy)]
struct Grid {
    side: usize,
    first: f64,
    step: f64,
    /// Points in a pixel along a side.
    fine: f64,
}

impl Grid {
    fn at(&self, number: usize) -> f64 {
        self.first + self.step * number as f64
    }

    /// Points from a place to a place.
    fn range(&self, low: f64, high: f64) -> Range<usize> {
        let (low, high) = ((low - self.first) * self.fine, (high - self.first) * self.fine);
        // Casts cut off toward zero, and keep what is below 0 at 0.
        let first = low as usize;
        let first = first + usize::from((first as f64) < low);
        let end = if high < 0.0 { 0 } else { (high as usize).saturating_add(1).min(self.side) };
        first.min(end)..end
    }
}

/// Points that are not covered yet, a bit each.
struct Open {
    grid: Grid,
    words: usize,
    bits: Vec<u64>,
    /// How many in each row.
    rows: Vec<u32>,
    left: usize,
}

impl Open {
    fn new(grid: Grid) -> Self {
        let words = grid.side.div_ceil(64);
        Self { grid, words, bits: vec![0; words * grid.side], rows: vec![0; grid.side], left: 0 }
    }

    fn reset(&mut self) {
        let side = self.grid.side;
        for row in self.bits.chunks_exact_mut(self.words) {
            for (word, bits) in row.iter_mut().enumerate() {
                *bits = u64::MAX >> (64 - (side - word * 64).min(64));
            }
        }
        self.rows.fill(side as u32);
        self.left = side * side;
    }

    /// Whether a point is open in the square round a place.
    fn near(&self, center: Point, radius: f64) -> bool {
        let columns = self.grid.range(center.x - radius, center.x + radius);
        let rows = self.grid.range(center.y - radius, center.y + radius);
        let words = columns.start / 64..columns.end.div_ceil(64);
        rows.into_iter().filter(|&row| self.rows[row] > 0).any(|row| {
            let bits = &self.bits[row * self.words..];
            words.clone().any(|word| bits[word] & mask(word, &columns) != 0)
        })
    }

    /// Calls back with each open column of a row among those; it says whether the point is covered now.
    fn visit(&mut self, row: usize, columns: &Range<usize>, mut covers: impl FnMut(usize) -> bool) {
        for word in columns.start / 64..columns.end.div_ceil(64) {
            let mut under = self.bits[row * self.words + word] & mask(word, columns);
            let mut closed = 0u64;
            while under != 0 {
                let bit = under & under.wrapping_neg();
                if covers(word * 64 + bit.trailing_zeros() as usize) {
                    closed |= bit;
                }
                under ^= bit;
            }
            self.bits[row * self.words + word] &= !closed;
            self.rows[row] -= closed.count_ones();
            self.left -= closed.count_ones() as usize;
        }
    }
}

/// The bits of a range of columns in one word.
fn mask(word: usize, columns: &Range<usize>) -> u64 {
    let (first, end) = (columns.start.max(word * 64), columns.end.min(word * 64 + 64));
    if first < end { (u64::MAX >> (64 - (end - first))) << (first - word * 64) } else { 0 }
}

/// A leaf as a frame shows it.
struct Shown<'a> {
    piece: &'a Piece<'a>,
    leaf: Leaf,
    normals: [Point; 6],
    /// From the picture to the place on the leaf.
    back: Similarity,
}

/// A frame under work.
pub(super) struct Canvas {
    size: usize,
    open: Open,
    middles: Open,
    /// Red, green, blue, and what light still passes.
    points: Vec<[f32; 4]>,
    /// Number of the leaf that each pixel's middle shows.
    pub(super) owners: Vec<u32>,
    shares: Vec<[f32; 4]>,
    tall: Vec<[f32; 4]>,
}

impl Canvas {
    /// `blurs`: standard deviations of the three channels' blur in pixels.
    pub(super) fn new(size: usize, blurs: [f64; 3]) -> Self {
        let side = FINE * (size + 2 * MARGIN);
        let step = 1.0 / FINE as f64;
        let half = size as f64 / 2.0;
        let fine = Grid { side, first: step / 2.0 - half - MARGIN as f64, step, fine: FINE as f64 };
        let middles = Grid { side: size, first: 0.5 - half, step: 1.0, fine: 1.0 };
        Self {
            size,
            open: Open::new(fine),
            middles: Open::new(middles),
            points: vec![[0.0; 4]; side * side],
            owners: vec![0; size * size],
            shares: kernel(blurs),
            tall: vec![[0.0; 4]; side * size],
        }
    }

    pub(super) fn reset(&mut self) {
        self.open.reset();
        self.middles.reset();
        self.points.fill([0.0, 0.0, 0.0, 1.0]);
    }

    pub(super) fn is_covered(&self) -> bool {
        self.open.left == 0 && self.middles.left == 0
    }

    /// Puts a leaf behind all that is there.
    pub(super) fn put(
        &mut self,
        number: usize,
        piece: &Piece<'_>,
        (camera, back, offset): (&Similarity, &Similarity, Point),
        texture: &Texture,
    ) {
        let scale = camera.scale();
        let center = camera.apply(piece.leaf.center + offset);
        let radius = piece.leaf.radius * scale;
        let leaf = Leaf { center, radius, ..piece.leaf };
        let outer = leaf.grown(self.open.grid.step / 2.0).map_or(radius, |outer| outer.radius);
        if !(self.open.near(center, outer) || self.middles.near(center, radius)) {
            return;
        }
        let unit = Similarity { along: camera.along * (1.0 / scale), shift: Point::default() };
        let shown = Shown {
            piece,
            leaf,
            normals: piece.normals().map(|normal| unit.turned(normal)),
            back: Similarity { along: back.along, shift: back.shift - offset },
        };
        self.own(number, &shown);
        self.mix(&shown, texture);
    }

    fn own(&mut self, number: usize, shown: &Shown<'_>) {
        let (leaf, grid) = (&shown.leaf, self.middles.grid);
        for row in grid.range(leaf.center.y - leaf.radius, leaf.center.y + leaf.radius) {
            if self.middles.rows[row] > 0 {
                let [low, high] = leaf.span(grid.at(row) - leaf.center.y, &shown.normals);
                let columns = grid.range(leaf.center.x + low, leaf.center.x + high);
                let owners = &mut self.owners[row * self.size..(row + 1) * self.size];
                self.middles.visit(row, &columns, |column| {
                    owners[column] = number as u32;
                    true
                });
            }
        }
    }

    /// A point takes of a leaf the share by which it covers the point's cell, told from the distance to its outline.
    fn mix(&mut self, shown: &Shown<'_>, texture: &Texture) {
        let (leaf, grid) = (&shown.leaf, self.open.grid);
        let half = grid.step / 2.0;
        let Some(outer) = leaf.grown(half) else { return };
        let inner = leaf.grown(-half);
        let surface = shown.piece.surface();
        for row in grid.range(leaf.center.y - outer.radius, leaf.center.y + outer.radius) {
            if self.open.rows[row] == 0 {
                continue;
            }
            let y = grid.at(row);
            let [low, high] = outer.span(y - leaf.center.y, &shown.normals);
            let columns = grid.range(leaf.center.x + low, leaf.center.x + high);
            let [low, high] = inner.map_or([1.0, -1.0], |inner| inner.span(y - leaf.center.y, &shown.normals));
            let whole = if low <= high { grid.range(leaf.center.x + low, leaf.center.x + high) } else { 0..0 };
            let points = &mut self.points[row * grid.side..(row + 1) * grid.side];
            self.open.visit(row, &columns, |column| {
                let place = Point::new(grid.at(column), y);
                let covered = if whole.contains(&column) {
                    1.0
                } else {
                    (0.5 - leaf.distance(place, &shown.normals) * grid.fine).clamp(0.0, 1.0) as f32
                };
                let point = &mut points[column];
                let mut taken = point[3] * covered;
                point[3] -= taken;
                let closed = point[3] < CLOSED;
                taken += if closed { point[3] } else { 0.0 };
                if taken > 0.0 {
                    let color = surface.at(shown.back.apply(place), texture);
                    for (sum, channel) in point.iter_mut().zip(color) {
                        *sum += taken * channel;
                    }
                }
                closed
            });
        }
    }

    /// Planes of red, green and blue.
    pub(super) fn shrunk(&mut self) -> Vec<f32> {
        let (side, size) = (self.open.grid.side, self.size);
        let start = MARGIN * FINE - (self.shares.len() - FINE) / 2;
        for (row, out) in self.points.chunks_exact(side).zip(self.tall.chunks_exact_mut(size)) {
            for (pixel, out) in out.iter_mut().enumerate() {
                *out = weighed(&self.shares, row[start + FINE * pixel..].iter());
            }
        }
        let mut planes = vec![0.0f32; 3 * size * size];
        for row in 0..size {
            for column in 0..size {
                let from = self.tall[(start + FINE * row) * size + column..].iter().step_by(size);
                let color = weighed(&self.shares, from);
                for channel in 0..3 {
                    planes[(channel * size + row) * size + column] = color[channel].clamp(0.0, 1.0);
                }
            }
        }
        planes
    }
}

fn weighed<'a>(shares: &[[f32; 4]], points: impl Iterator<Item = &'a [f32; 4]>) -> [f32; 4] {
    let mut sum = [0.0f32; 4];
    for (share, point) in shares.iter().zip(points) {
        for channel in 0..4 {
            sum[channel] += share[channel] * point[channel];
        }
    }
    sum
}

/// Shares of the grid's points in a pixel, along a row or a column, for each channel: a Gaussian over the pixel's
/// square, up to three standard deviations; 0 is the plain mean.
fn kernel(blurs: [f64; 3]) -> Vec<[f32; 4]> {
    let widest = blurs.iter().copied().fold(0.0, f64::max);
    let before = ((3.0 * widest * FINE as f64).ceil() as usize).min(MARGIN * FINE);
    let mut shares = vec![[0.0f32; 4]; FINE + 2 * before];
    for (channel, blur) in blurs.into_iter().enumerate() {
        let share = |k: usize| {
            let away = (k as f64 + 0.5 - before as f64) / FINE as f64 - 0.5;
            if blur == 0.0 {
                return if away.abs() < 0.5 { 1.0 } else { 0.0 };
            }
            let below = |edge: f64| libm::erf((edge - away) / blur * FRAC_1_SQRT_2);
            below(0.5) - below(-0.5)
        };
        let sum: f64 = (0..shares.len()).map(share).sum();
        for (k, out) in shares.iter_mut().enumerate() {
            out[channel] = (share(k) / sum) as f32;
        }
    }
    shares
}
