//! Baseline `best_linear`: the linear filter that does the world's task best. Its competence is 0 by definition.

use super::{Built, Entry};
use crate::experiment::Role;
use crate::painting::{Filter, Painter};

/// The list entry.
pub const ENTRY: Entry = Entry {
    id: "best_linear",
    title: "the best linear filter for the task",
    role: Role::Baseline,
    build: |world| Built::Blind(Box::new(Filtered(&world.linear.best))),
};

struct Filtered<'a>(&'a Filter);

impl Painter for Filtered<'_> {
    fn paint(&mut self, codes: &[f32], shape: [usize; 4]) -> Result<Vec<f32>, String> {
        Ok(self.0.paint(codes, shape))
    }
}
