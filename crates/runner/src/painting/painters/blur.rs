//! Baseline `blur`: a Gaussian of one pixel in linear light. Any blur gives assimilation for nothing, and the wrong sign on a uniform
//! ground.

use super::{Built, Entry, InLight, blurred};
use crate::experiment::Role;

/// Standard deviation in pixels.
const DEVIATION: f64 = 1.0;

/// The list entry.
pub const ENTRY: Entry = Entry {
    id: "blur",
    title: "a Gaussian blur of one pixel in linear light",
    role: Role::Baseline,
    build: |_| {
        Built::Blind(Box::new(InLight(|light: &mut [f64], [height, width]: [usize; 2]| {
            for plane in light.chunks_exact_mut(height * width) {
                let soft = blurred(plane, [height, width], DEVIATION);
                plane.copy_from_slice(&soft);
            }
        })))
    },
};
