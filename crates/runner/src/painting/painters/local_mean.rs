//! Baseline `local_mean`: as gray-world, with the mean about each pixel under a Gaussian of 8 pixels.

use super::{Built, Entry, InLight, blurred};
use crate::experiment::Role;
use crate::painting::Painter;
use trompe_stimuli::color::luminance;

/// Standard deviation in pixels.
const DEVIATION: f64 = 8.0;

/// The list entry.
pub const ENTRY: Entry = Entry {
    id: "local_mean",
    title: "gray-world about each pixel, under a Gaussian of 8 px",
    role: Role::Baseline,
    build: |_| Built::Blind(painter()),
};

/// The painter, which asks nothing of its world.
pub(super) fn painter() -> Box<dyn Painter> {
    Box::new(InLight(|light: &mut [f64], [height, width]: [usize; 2]| {
        let plane = height * width;
        let means: Vec<Vec<f64>> =
            light.chunks_exact(plane).map(|values| blurred(values, [height, width], DEVIATION)).collect();
        for at in 0..plane {
            let about = [0, 1, 2].map(|color| means[color][at]);
            let level = luminance(about);
            for color in (0..3).filter(|&color| about[color] > 0.0) {
                light[color * plane + at] *= level / about[color];
            }
        }
    }))
}
