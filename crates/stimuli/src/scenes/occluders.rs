//! Thin things in front: a bar, a lattice of parallel bars, a branch with twigs.

use super::Grid;
use super::surfaces::Paints;
use crate::Rng;
use crate::draws::{chance, index, normal_pair, uniform};
use crate::geometry::Point;
use crate::leaves::HALF;
use std::f64::consts::TAU;

/// Half width of bars, least and most.
const BAR: [f64; 2] = [0.3, 1.2];
/// Between the middles of the bars of a lattice, in half widths, least and most.
const APART: [f64; 2] = [4.0, 10.0];
/// How often bars are a filter.
const FILTERS: f64 = 0.3;
/// What a filter lets pass, least and most.
const PASSES: [f64; 2] = [0.3, 0.7];
/// Half width of a branch's foot, least and most, and of every tip.
const FOOT: [f64; 2] = [0.6, 1.3];
const TIP: f64 = 0.2;

/// What of the grid something covers.
struct Cover {
    grid: Grid,
    shares: Vec<f32>,
}

impl Cover {
    /// Share of a point of the grid at that depth within an outline, in points.
    fn share(&self, depth: f64) -> f32 {
        (depth * self.grid.fine() + 0.5).clamp(0.0, 1.0) as f32
    }

    /// Straight bars across the canvas: the one through a point, and as many beside it on either side.
    fn bars(&mut self, through: Point, way: Point, [half_width, apart]: [f64; 2], beside: f64) {
        for row in 0..self.grid.side {
            for column in 0..self.grid.side {
                let off = way.cross(self.grid.point(column, row) - through);
                let nearest = (off / apart).round().clamp(-beside, beside) * apart;
                let share = self.share(half_width - (off - nearest).abs());
                let value = &mut self.shares[row * self.grid.side + column];
                *value = value.max(share);
            }
        }
    }

    /// A piece of a branch: round ends of two half widths.
    fn piece(&mut self, [from, to]: [Point; 2], [foot, tip]: [f64; 2]) {
        let (way, far) = (to - from, foot.max(tip) + 1.0);
        let square = way.dot(way).max(1e-12);
        let columns = self.grid.range(from.x.min(to.x) - far, from.x.max(to.x) + far);
        for row in self.grid.range(from.y.min(to.y) - far, from.y.max(to.y) + far) {
            for column in columns.clone() {
                let arm = self.grid.point(column, row) - from;
                let along = (arm.dot(way) / square).clamp(0.0, 1.0);
                let share = self.share(foot + (tip - foot) * along - (arm - way * along).length());
                let value = &mut self.shares[row * self.grid.side + column];
                *value = value.max(share);
            }
        }
    }

    /// A crooked line that tapers to a tip; `twigs` more orders of branches leave it at its joints.
    fn branch(&mut self, foot: (Point, f64), [length, half_width]: [f64; 2], twigs: usize, rng: &mut Rng) {
        const JOINTS: usize = 5;
        let ((mut at, mut angle), step) = (foot, length / JOINTS as f64);
        for joint in 0..JOINTS {
            let width = |joint: usize| half_width + (TIP - half_width) * joint as f64 / JOINTS as f64;
            angle += 0.25 * f64::from(normal_pair(rng).0);
            let next = at + Point::polar(step, angle);
            self.piece([at, next], [width(joint), width(joint + 1)]);
            at = next;
            if twigs > 0 && chance(0.7, rng) {
                let side = if chance(0.5, rng) { 1.0 } else { -1.0 };
                let away = angle + side * uniform(0.5, 1.1, rng);
                let short = length * uniform(0.25, 0.5, rng);
                let thin = (0.6 * width(joint + 1)).max(TIP);
                self.branch((at, away), [short, thin], twigs - 1, rng);
            }
        }
    }
}

/// Places one thing in front: its paint in the reflectance, and none of the shade of what it hides.
pub(super) fn stand(reflectance: &mut [f32], shade: &mut [f32], grid: Grid, (paints, rng): (Paints, &mut Rng)) {
    let mut cover = Cover { grid, shares: vec![0.0; grid.side * grid.side] };
    let kind = index(3, rng);
    let angle = uniform(0.0, TAU, rng);
    let through = Point::new(uniform(-HALF, HALF, rng), uniform(-HALF, HALF, rng));
    let half_width = uniform(BAR[0], BAR[1], rng);
    let apart = half_width * uniform(APART[0], APART[1], rng);
    match kind {
        0 => cover.bars(through, Point::polar(1.0, angle), [half_width, apart], 0.0),
        1 => cover.bars(through, Point::polar(1.0, angle), [half_width, apart], 2.0 + index(12, rng) as f64),
        _ => {
            // It comes in from somewhere beside the canvas and points past its middle.
            let foot = through * 0.5 - Point::polar(1.2 * HALF, angle);
            let size = [uniform(1.5, 2.5, rng) * HALF, uniform(FOOT[0], FOOT[1], rng)];
            cover.branch((foot, angle), size, 2, rng);
        }
    }
    let filter = chance(FILTERS, rng);
    let passes = uniform(PASSES[0], PASSES[1], rng) as f32;
    let paint = paints.draw(rng);
    if filter && kind < 2 {
        for plane in reflectance.chunks_exact_mut(cover.shares.len()) {
            mix(plane, &cover.shares, |below| below * passes);
        }
    } else {
        for (plane, value) in reflectance.chunks_exact_mut(cover.shares.len()).zip(paint) {
            mix(plane, &cover.shares, |_| value);
        }
        mix(shade, &cover.shares, |_| 1.0);
    }
}

/// Mixes what a rule makes of the points below into them, by coverage.
fn mix(plane: &mut [f32], shares: &[f32], rule: impl Fn(f32) -> f32) {
    for (value, &share) in plane.iter_mut().zip(shares) {
        *value += (rule(*value) - *value) * share;
    }
}
