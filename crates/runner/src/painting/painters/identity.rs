//! Baseline `identity`: the picture as it is. It must show no illusion, and the trap as it is.

use super::{Built, Entry};
use crate::experiment::Role;
use crate::painting::Painter;

/// The list entry.
pub const ENTRY: Entry = Entry {
    id: "identity",
    title: "the picture as it is",
    role: Role::Baseline,
    build: |_| Built::Blind(Box::new(Same)),
};

struct Same;

impl Painter for Same {
    fn paint(&mut self, codes: &[f32], _: [usize; 4]) -> Result<Vec<f32>, String> {
        Ok(codes.to_vec())
    }
}
