//! Baseline `channel_blur`: the last frame, red and green blurred and blue not. It turns colored disks against their mirror images
//! and no gray or symmetric one, with no motion in it: the trap.

use super::{Entry, OfLast, blurred};
use crate::experiment::Role;
use crate::painting::motion::watch::Predictor;

/// Standard deviation in pixels, as in the table of traps.
const DEVIATION: f64 = 1.5;

/// The list entry.
pub const ENTRY: Entry = Entry {
    id: "channel_blur",
    title: "the last frame, red and green blurred",
    role: Role::Baseline,
    build: |_| {
        Predictor::Blind(Box::new(OfLast(|last: &[f32], size: [usize; 2]| {
            let planes = last.chunks_exact(size[0] * size[1]).enumerate();
            let plane = |(color, plane): (usize, &[f32])| match color {
                2 => plane.to_vec(),
                _ => blurred(plane, size, DEVIATION),
            };
            Ok(planes.flat_map(plane).collect())
        })))
    },
};
