//! Baseline `last_frame`: the last frame again. It must show no motion of still pictures, and none of moving ones.

use super::{Entry, OfLast};
use crate::experiment::Role;
use crate::painting::motion::watch::Predictor;

/// The list entry.
pub const ENTRY: Entry = Entry {
    id: "last_frame",
    title: "the last frame again",
    role: Role::Baseline,
    build: |_| Predictor::Blind(Box::new(OfLast(|last: &[f32], _: [usize; 2]| Ok(last.to_vec())))),
};
