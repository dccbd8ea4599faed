//! Baseline `correlator`: Hassenstein–Reichardt correlators round the disk with a saturating stage, which nothing was taught. Of a disk that
//! begins they signal motion against people's sense, reversed in the gray map where people's is.

use super::Entry;
use crate::experiment::Role;
use crate::painting::motion::detect::Detector;
use crate::painting::motion::watch::Predictor;
use trompe_psychophysics::motion::detectors::{Saturation, correlator};

/// Places between the two that are correlated: at two degrees each, about a quarter of the disk's unit of 18.
const DISTANCE: usize = 2;
/// Of the saturating stage, for products of luminances; the ground before an onset has 0.21, so that a step from black to white there is
/// saturated to a third.
const GAIN: f64 = 16.0;

pub(super) const DETECTOR: Detector = |frames| correlator(frames, DISTANCE, Saturation::Tanh { gain: GAIN });

/// The list entry.
pub const ENTRY: Entry = Entry {
    id: "correlator",
    title: "correlators with a saturating stage",
    role: Role::Baseline,
    build: |_| Predictor::Detector(DETECTOR),
};
