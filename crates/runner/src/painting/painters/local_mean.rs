//! Baseline `local_mean`: gray-world within the square that linear filters see, about each pixel; what a network of that field could do of
//! gray-world.

use super::{Built, Entry, InLight};
use crate::experiment::Role;
use crate::painting::Painter;
use trompe_stimuli::color::luminance;

/// The list entry.
pub const ENTRY: Entry = Entry {
    id: "local_mean",
    title: "gray-world within the square about each pixel that linear filters see",
    role: Role::Baseline,
    build: |world| Built::Blind(painter(world.linear.side)),
};

/// The painter, with squares of that side.
pub(super) fn painter(side: usize) -> Box<dyn Painter> {
    Box::new(InLight(move |light: &mut [f64], [height, width]: [usize; 2]| {
        let plane = height * width;
        let means: Vec<Vec<f64>> =
            light.chunks_exact(plane).map(|values| means(values, [height, width], side / 2)).collect();
        for at in 0..plane {
            let about = [0, 1, 2].map(|color| means[color][at]);
            let level = luminance(about);
            for color in (0..3).filter(|&color| about[color] > 0.0) {
                light[color * plane + at] *= level / about[color];
            }
        }
    }))
}

/// The mean over the square about each pixel; the border is continued.
fn means(values: &[f64], [height, width]: [usize; 2], reach: usize) -> Vec<f64> {
    let count = (2 * reach + 1) as f64;
    let along = |from: &[f64], row_wise: bool| -> Vec<f64> {
        let place = |row: usize, column: usize, off: usize| {
            let clamp = |at: usize, size: usize| (at + off).saturating_sub(reach).min(size - 1);
            if row_wise { row * width + clamp(column, width) } else { clamp(row, height) * width + column }
        };
        let mean = |at: usize| (0..=2 * reach).map(|off| from[place(at / width, at % width, off)]).sum::<f64>() / count;
        (0..height * width).map(mean).collect()
    };
    along(&along(values, true), false)
}

#[cfg(test)]
mod tests {
    use super::means;

    #[test]
    fn means_are_over_squares() {
        // One pixel of 9 in a picture of 5 × 5: every pixel within one step of it has a mean of 1.
        let mut picture = vec![0.0; 25];
        picture[12] = 9.0;
        let found = means(&picture, [5, 5], 1);
        let near = |at: usize| (at / 5).abs_diff(2) <= 1 && (at % 5).abs_diff(2) <= 1;
        assert!((0..25).all(|at| (found[at] - if near(at) { 1.0 } else { 0.0 }).abs() < 1e-12), "{found:?}");
    }
}
