//! Light: shades across leaves, shadows that leaves cast on those behind, and a smooth field over everything. All only
//! darken.

use super::Grid;
use crate::Rng;
use crate::draws::{chance, uniform};
use crate::geometry::Point;
use crate::leaves::{HALF, Leaf};
use std::f64::consts::TAU;

/// Most that a shade takes at its far end.
pub(crate) const SHADING: f64 = 0.4;
/// Leaves smaller than this cast no shadow.
const CASTS: f64 = 1.5;
/// Radius beyond which shadows reach no farther.
const TALLEST: f64 = 6.0;
/// What is left of the light in the darkest place of the field.
const DARKEST: f64 = 0.25;

/// A shade that runs straight across each leaf.
pub(super) fn add_shading(shade: &mut [f32], grid: Grid, (leaves, labels): (&[Leaf], &[u32]), rng: &mut Rng) {
    // Light = start + across · x + down · y.
    let planes: Vec<[f32; 3]> = leaves
        .iter()
        .map(|leaf| {
            let taken = uniform(0.0, SHADING, rng);
            let slope = Point::polar(taken / (2.0 * leaf.radius), uniform(0.0, TAU, rng));
            [1.0 - taken / 2.0 - slope.dot(leaf.center), slope.x, slope.y].map(|value| value as f32)
        })
        .collect();
    for (row, (shades, labels)) in shade.chunks_exact_mut(grid.side).zip(labels.chunks_exact(grid.side)).enumerate() {
        let y = grid.at(row) as f32;
        for (column, (value, &label)) in shades.iter_mut().zip(labels).enumerate() {
            let [start, across, down] = planes[label as usize];
            *value *= start + across * grid.at(column) as f32 + down * y;
        }
    }
}

/// Soft shadows, all along `sun`, of leaves on the leaves behind them.
pub(super) fn add_shadows(
    shade: &mut [f32],
    grid: Grid,
    (leaves, labels): (&[Leaf], &[u32]),
    (sun, rng): (Point, &mut Rng),
) {
    let (height, passes) = (uniform(0.2, 0.6, rng), uniform(0.35, 0.65, rng) as f32);
    let softness = uniform(0.2, 0.6, rng);
    for (number, leaf) in leaves.iter().enumerate().filter(|(_, leaf)| leaf.radius >= CASTS) {
        let reach = height * leaf.radius.min(TALLEST);
        let soft = (softness * reach).max(0.25);
        let cast = Leaf { center: leaf.center + sun * reach, ..*leaf };
        let (normals, far) = (cast.normals(), cast.radius + soft);
        let columns = grid.range(cast.center.x - far, cast.center.x + far);
        for row in grid.range(cast.center.y - far, cast.center.y + far) {
            for column in columns.clone() {
                let at = row * grid.side + column;
                if labels[at] as usize > number {
                    let outside = cast.distance(grid.point(column, row), &normals);
                    if outside < soft {
                        shade[at] *= 1.0 - (1.0 - passes) * smooth(0.5 - 0.5 * outside / soft) as f32;
                    }
                }
            }
        }
    }
}

/// From 0 to 1 without corners.
pub(crate) fn smooth(share: f64) -> f64 {
    let share = share.clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}

/// Two or three large soft shades; where all lie, a quarter of the light is left. The brightest place of the picture
/// has all of it.
pub(super) fn add_field(shade: &mut [f32], grid: Grid, rng: &mut Rng) {
    let count = if chance(0.5, rng) { 2 } else { 3 };
    let passes = libm::pow(DARKEST, 1.0 / f64::from(count));
    let mut field = vec![1.0f32; shade.len()];
    for _ in 0..count {
        let center = Point::new(uniform(-HALF, HALF, rng), uniform(-HALF, HALF, rng));
        let (radius, soft) = (uniform(12.0, 24.0, rng), uniform(8.0, 13.0, rng));
        for (row, values) in field.chunks_exact_mut(grid.side).enumerate() {
            for (column, value) in values.iter_mut().enumerate() {
                let outside = (grid.point(column, row) - center).length() - radius;
                *value *= (1.0 - (1.0 - passes) * smooth(0.5 - 0.5 * outside / soft)) as f32;
            }
        }
    }
    let brightest = field.iter().copied().fold(0.0, f32::max);
    for (value, field) in shade.iter_mut().zip(field) {
        *value *= field / brightest;
    }
}

#[cfg(test)]
mod tests {
    //! One disc before a ground: where its shadow lies is known.

    use super::*;
    use crate::draws::stream;

    const GRID: Grid = Grid { side: 64 };

    /// A disc of radius 5 in the middle, before a ground that covers everything.
    fn scene() -> (Vec<Leaf>, Vec<u32>) {
        let disc = Leaf { center: Point::default(), radius: 5.0, corners: 0, turn: 0.0, aspect: 1.0 };
        let ground = Leaf { radius: 40.0, ..disc };
        let label = |at: usize| u32::from(GRID.point(at % 64, at / 64).length() >= 5.0);
        (vec![disc, ground], (0..64 * 64).map(label).collect())
    }

    #[test]
    fn a_shadow_lies_on_what_is_behind_on_the_side_away_from_the_light() {
        let (leaves, labels) = scene();
        for (sun, seed) in [(Point::new(1.0, 0.0), 1), (Point::new(0.0, -1.0), 2)] {
            let mut shade = vec![1.0f32; labels.len()];
            add_shadows(&mut shade, GRID, (&leaves, &labels), (sun, &mut stream(seed)));
            let mut moment = Point::default();
            for (at, &value) in shade.iter().enumerate() {
                assert!(value > 0.34 && value <= 1.0);
                assert!(value == 1.0 || labels[at] == 1, "no shadow on the disc itself");
                moment = moment + GRID.point(at % 64, at / 64) * f64::from(1.0 - value);
            }
            assert!(moment.dot(sun) > 0.0 && moment.cross(sun).abs() < 0.2 * moment.dot(sun), "{moment:?}");
            // Beside the disc, within the least reach of 0.2 radii, lies a shadow; opposite none.
            let near = |side: f64| {
                let at = sun * (side * 5.3);
                let step = |place: f64| ((place + HALF) * 2.0) as usize;
                shade[step(at.y) * 64 + step(at.x)]
            };
            assert!(near(1.0) < 0.9 && near(-1.0) > 0.95, "{} {}", near(1.0), near(-1.0));
        }
    }

    #[test]
    fn a_shade_is_a_plane_over_each_leaf_with_the_drawn_ends() {
        let (leaves, labels) = scene();
        let mut shade = vec![1.0f32; labels.len()];
        add_shading(&mut shade, GRID, (&leaves, &labels), &mut stream(3));
        // Second differences of a plane are nothing, within the disc.
        for row in 26..38 {
            for column in 26..38 {
                let at = row * 64 + column;
                let bend = |step: usize| shade[at - step] - 2.0 * shade[at] + shade[at + step];
                assert!(bend(1).abs() < 1e-5 && bend(64).abs() < 1e-5);
            }
        }
        assert!(shade.iter().all(|value| (0.6..=1.0).contains(value)));
        assert!((shade[30 * 64 + 30] - shade[34 * 64 + 34]).abs() > 1e-4, "it runs across");
    }
}
