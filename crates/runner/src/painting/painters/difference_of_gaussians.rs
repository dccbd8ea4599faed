//! Baseline `difference_of_gaussians`: a hand-set center–surround filter in each color. It gives contrast for nothing.

use super::{Built, Entry, InLight, blurred};
use crate::experiment::Role;

/// Standard deviations of center and surround in pixels.
const DEVIATIONS: [f64; 2] = [0.5, 4.0];
/// How much of the surround is taken away; the center is raised so that uniform pictures stay.
const SHARE: f64 = 0.3;

/// The list entry.
pub const ENTRY: Entry = Entry {
    id: "difference_of_gaussians",
    title: "center 0.5 px, less 0.3 of a surround of 4 px, in each color",
    role: Role::Baseline,
    build: |_| {
        Built::Blind(Box::new(InLight(|light: &mut [f64], size: [usize; 2]| {
            for plane in light.chunks_exact_mut(size[0] * size[1]) {
                let [center, surround] = DEVIATIONS.map(|deviation| blurred(plane, size, deviation));
                for (value, (center, surround)) in plane.iter_mut().zip(center.iter().zip(&surround)) {
                    *value = (1.0 + SHARE) * center - SHARE * surround;
                }
            }
        })))
    },
};
