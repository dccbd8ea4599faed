//! Baseline `motion_energy`: opponent motion energy round the disk with causal filters, which nothing was taught. Of whatever begins
//! without moving it signals nothing.

use super::Entry;
use crate::experiment::Role;
use crate::painting::motion::detect::Detector;
use crate::painting::motion::watch::Predictor;
use trompe_psychophysics::motion::detectors::{Energy, energy};

/// Cycles round the disk: its units.
const CYCLES: f64 = 20.0;

pub(super) const DETECTOR: Detector = |frames| energy(frames, Energy::tuned(CYCLES));

/// The list entry.
pub const ENTRY: Entry = Entry {
    id: "motion_energy",
    title: "opponent motion energy",
    role: Role::Baseline,
    build: |_| Predictor::Detector(DETECTOR),
};
