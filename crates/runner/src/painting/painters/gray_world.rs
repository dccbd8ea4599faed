//! Baseline `gray_world`: each color is scaled so that the picture's mean is gray of the same luminance.
//!
//! # Source
//! buchsbaum1980.

use super::{Built, Entry, InLight, mean};
use crate::experiment::Role;
use crate::painting::Painter;
use trompe_stimuli::color::luminance;

/// The list entry.
pub const ENTRY: Entry = Entry {
    id: "gray_world",
    title: "gray-world: each color scaled to a gray mean",
    role: Role::Baseline,
    build: |_| Built::Blind(painter()),
};

/// The painter, which asks nothing of its world.
pub(super) fn painter() -> Box<dyn Painter> {
    Box::new(InLight(|light: &mut [f64], [height, width]: [usize; 2]| {
        let plane = height * width;
        let means = [0, 1, 2].map(|color| mean(&light[color * plane..][..plane]));
        let level = luminance(means);
        for (values, mean) in light.chunks_exact_mut(plane).zip(means) {
            let gain = if mean > 0.0 { level / mean } else { 1.0 };
            values.iter_mut().for_each(|value| *value *= gain);
        }
    }))
}
