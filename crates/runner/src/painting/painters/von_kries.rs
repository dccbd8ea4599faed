//! Baseline `von_kries`: as gray-world, with gains on the cones' signals (Bradford's) and not on red, green and blue.
//!
//! # Source
//! vonkries1902; the matrix of lam1985 from XYZ, with sRGB's primaries (IEC 61966-2-1).

use super::{Built, Entry, InLight};
use crate::experiment::Role;
use crate::painting::Painter;

/// The list entry.
pub const ENTRY: Entry = Entry {
    id: "von_kries",
    title: "von Kries: cone signals scaled to a gray mean",
    role: Role::Baseline,
    build: |_| Built::Blind(painter()),
};

const TO_XYZ: [[f64; 3]; 3] = [
    [0.412_456_4, 0.357_576_1, 0.180_437_5],
    [0.212_672_9, 0.715_152_2, 0.072_175_0],
    [0.019_333_9, 0.119_192_0, 0.950_304_1],
];
const BRADFORD: [[f64; 3]; 3] = [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]];

fn times(matrix: &[[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
    [0, 1, 2].map(|row| (0..3).map(|at| matrix[row][at] * vector[at]).sum())
}

/// By Cramer's rule.
fn solve(matrix: &[[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
    let determinant = |m: &[[f64; 3]; 3]| {
        (0..3)
            .map(|at| m[0][at] * (m[1][(at + 1) % 3] * m[2][(at + 2) % 3] - m[1][(at + 2) % 3] * m[2][(at + 1) % 3]))
            .sum::<f64>()
    };
    let whole = determinant(matrix);
    [0, 1, 2].map(|column| {
        let mut changed = *matrix;
        (0..3).for_each(|row| changed[row][column] = vector[row]);
        determinant(&changed) / whole
    })
}

fn to_cones(light: [f64; 3]) -> [f64; 3] {
    times(&BRADFORD, times(&TO_XYZ, light))
}

fn from_cones(cones: [f64; 3]) -> [f64; 3] {
    solve(&TO_XYZ, solve(&BRADFORD, cones))
}

/// The painter, which asks nothing of its world.
pub(super) fn painter() -> Box<dyn Painter> {
    Box::new(InLight(|light: &mut [f64], [height, width]: [usize; 2]| {
        let plane = height * width;
        let at = |light: &[f64], pixel: usize| [0, 1, 2].map(|color| light[color * plane + pixel]);
        let sums =
            (0..plane).map(|pixel| at(light, pixel)).fold([0.0; 3], |sum, color| [0, 1, 2].map(|c| sum[c] + color[c]));
        let means = sums.map(|sum| sum / plane as f64);
        let gray = trompe_stimuli::color::luminance(means);
        let (seen, wanted) = (to_cones(means), to_cones([gray; 3]));
        let gains = [0, 1, 2].map(|cone| if seen[cone] > 0.0 { wanted[cone] / seen[cone] } else { 1.0 });
        for pixel in 0..plane {
            let cones = to_cones(at(light, pixel));
            let color = from_cones([0, 1, 2].map(|cone| cones[cone] * gains[cone]));
            (0..3).for_each(|channel| light[channel * plane + pixel] = color[channel]);
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cones_and_back_is_the_same_color() {
        let color = [0.2, 0.5, 0.7];
        let back = from_cones(to_cones(color));
        assert!((0..3).all(|at| (back[at] - color[at]).abs() < 1e-12), "{back:?}");
    }
}
