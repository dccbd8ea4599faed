//! Baseline `blur`: the last frame, blurred by one pixel in all channels.

use super::{Entry, OfLast, blurred};
use crate::experiment::Role;
use crate::painting::motion::watch::Predictor;

/// Standard deviation in pixels.
const DEVIATION: f64 = 1.0;

/// The list entry.
pub const ENTRY: Entry = Entry {
    id: "blur",
    title: "the last frame, blurred by a pixel",
    role: Role::Baseline,
    build: |_| {
        Predictor::Blind(Box::new(OfLast(|last: &[f32], size: [usize; 2]| {
            let planes = last.chunks_exact(size[0] * size[1]);
            Ok(planes.flat_map(|plane| blurred(plane, size, DEVIATION)).collect())
        })))
    },
};
