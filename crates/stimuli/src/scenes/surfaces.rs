//! Paints and textures of leaves: the reflectance.

use super::{Grid, Recipe};
use crate::Rng;
use crate::draws::{index, uniform};
use crate::geometry::radians;
use crate::leaves::Leaf;
use crate::paints;

/// Relative standard deviation of a leaf's texture, least and most.
pub(crate) const TEXTURE: [f64; 2] = [0.05, 0.15];
/// Points along a side of the lattices whose sum is the texture, each as strong as the others: power then falls by the
/// square of frequency.
const OCTAVES: [usize; 4] = [4, 8, 16, 32];

/// Which paints are drawn.
#[derive(Clone, Copy)]
pub(crate) struct Paints {
    pub(crate) color: bool,
    /// Angle by which hues are turned, radians.
    pub(crate) turned: f64,
}

impl Paints {
    pub(crate) fn draw(self, rng: &mut Rng) -> [f32; 3] {
        let luminance = paints::luminance(rng);
        // Drawn either way, so that gray scenes have the luminances of colored ones.
        let colored = paints::colored(luminance, self.turned, rng);
        let paint = if self.color { colored } else { [luminance; 3] };
        paint.map(|channel| channel as f32)
    }
}

/// How a leaf takes its texture from the common field.
struct Grain {
    amplitude: f32,
    across: usize,
    down: usize,
}

/// Planes of red, green and blue on the grid.
pub(super) fn reflectance(recipe: &Recipe, grid: Grid, (leaves, labels): (&[Leaf], &[u32]), rng: &mut Rng) -> Vec<f32> {
    let paints = Paints { color: recipe.color, turned: radians(recipe.turned_deg) };
    let side = grid.side;
    let drawn: Vec<([f32; 3], Grain)> = leaves
        .iter()
        .map(|_| {
            let paint = paints.draw(rng);
            let amplitude = uniform(TEXTURE[0], TEXTURE[1], rng) as f32;
            (paint, Grain { amplitude, across: index(side, rng), down: index(side, rng) })
        })
        .collect();
    let field = if recipe.texture { texture(side, rng) } else { Vec::new() };
    let mut out = vec![0.0f32; 3 * labels.len()];
    let (red, rest) = out.split_at_mut(labels.len());
    let (green, blue) = rest.split_at_mut(labels.len());
    for (at, &label) in labels.iter().enumerate() {
        let (paint, grain) = &drawn[label as usize];
        let mut factor = 1.0;
        if recipe.texture {
            let (mut row, mut column) = (at / side + grain.down, at % side + grain.across);
            row -= if row >= side { side } else { 0 };
            column -= if column >= side { side } else { 0 };
            factor = (1.0 + grain.amplitude * field[row * side + column]).max(0.0);
        }
        red[at] = (paint[0] * factor).min(1.0);
        green[at] = (paint[1] * factor).min(1.0);
        blue[at] = (paint[2] * factor).min(1.0);
    }
    out
}

/// A field on a torus whose amplitude falls by frequency: lattices of uniform numbers, straight between their points.
/// Its mean is 0, its mean square 1.
pub(crate) fn texture(side: usize, rng: &mut Rng) -> Vec<f32> {
    let mut field = vec![0.0f32; side * side];
    for points in OCTAVES {
        let lattice: Vec<f32> = (0..points * points).map(|_| uniform(-1.0, 1.0, rng) as f32).collect();
        let steps: Vec<(usize, usize, f32)> = (0..side)
            .map(|at| {
                let place = at as f32 * points as f32 / side as f32;
                let low = place as usize;
                (low, (low + 1) % points, place - low as f32)
            })
            .collect();
        let mut line = vec![0.0f32; points];
        for (row, &(top, bottom, down)) in field.chunks_exact_mut(side).zip(&steps) {
            for (k, value) in line.iter_mut().enumerate() {
                *value = lattice[top * points + k] * (1.0 - down) + lattice[bottom * points + k] * down;
            }
            for (value, &(left, right, along)) in row.iter_mut().zip(&steps) {
                *value += line[left] * (1.0 - along) + line[right] * along;
            }
        }
    }
    let count = field.len() as f32;
    let mean = field.iter().sum::<f32>() / count;
    let square = field.iter().map(|value| (value - mean) * (value - mean)).sum::<f32>() / count;
    let scale = 1.0 / square.sqrt().max(1e-6);
    field.iter_mut().for_each(|value| *value = (*value - mean) * scale);
    field
}

#[cfg(test)]
mod tests {
    //! The texture's law, by the statistics that `tests/oracles/scenes.rs` holds against a transform of its own.

    use super::*;
    use crate::draws::stream;
    use crate::statistics::power_slope;

    #[test]
    fn a_texture_has_no_mean_and_power_falls_by_the_square_of_frequency() {
        let mut rng = stream(91);
        let fields: Vec<Vec<f32>> = (0..60).map(|_| texture(64, &mut rng)).collect();
        for field in &fields {
            let n = field.len() as f32;
            let (mean, square) =
                (field.iter().sum::<f32>() / n, field.iter().map(|value| value * value).sum::<f32>() / n);
            assert!(mean.abs() < 1e-4 && (square - 1.0).abs() < 1e-3, "{mean} {square}");
        }
        let slope = power_slope(&fields, 64, [3, 16]);
        assert!((slope + 2.0).abs() < 0.4, "{slope}");
    }
}
