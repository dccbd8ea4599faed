//! Light: shades across leaves, shadows that leaves cast on those behind, and a smooth field over everything. All only darken.

use super::Grid;
use crate::Rng;
use crate::draws::{chance, uniform};
use crate::geometry::Point;
use crate::leaves::{HALF, Leaf};
use std::f64::consts::TAU;

/// Most that a shade takes at its far end.
const SHADING: f64 = 0.4;
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
fn smooth(share: f64) -> f64 {
    let share = share.clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}

/// Two or three large soft shades; where all lie, a quarter of the light is left. The brightest place of the picture has all of it.
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
