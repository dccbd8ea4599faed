//! Baseline `gamma`: the last frame with its codes to the power of 0.7. A still change of tones that reads as a turn.

use super::{Entry, OfLast};
use crate::experiment::Role;
use crate::painting::motion::watch::Predictor;

/// The power, as in the table of traps.
const GAMMA: f32 = 0.7;

/// The list entry.
pub const ENTRY: Entry = Entry {
    id: "gamma",
    title: "the last frame with other tones",
    role: Role::Baseline,
    build: |_| {
        Predictor::Blind(Box::new(OfLast(|last: &[f32], _: [usize; 2]| {
            Ok(last.iter().map(|code| code.max(0.0).powf(GAMMA)).collect())
        })))
    },
};
