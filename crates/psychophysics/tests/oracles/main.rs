//! Tests of the mathematics of measurement, by oracle; `tests/README.md` says which oracle each file uses.

mod controls;
mod correlation;
mod detection;
mod equivalence;
mod isotonic;
mod matching;
mod motion;
mod multiple;
mod odog;
mod outcome;
mod psychometric;
mod resample;
mod ridge;
mod special;
mod table;
