//! Baseline `best_linear`: the linear filter of all frames that predicts the next one best. Its competence is 0 by definition.

use super::Entry;
use crate::experiment::Role;
use crate::painting::motion::watch::Predictor;
use crate::painting::{Filter, Painter};

/// The list entry.
pub const ENTRY: Entry = Entry {
    id: "best_linear",
    title: "the best linear predictor",
    role: Role::Baseline,
    build: |world| Predictor::Blind(Box::new(Filtered(&world.linear.best))),
};

struct Filtered<'a>(&'a Filter);

impl Painter for Filtered<'_> {
    fn paint(&mut self, codes: &[f32], shape: [usize; 4]) -> Result<Vec<f32>, String> {
        Ok(self.0.paint(codes, shape))
    }
}
