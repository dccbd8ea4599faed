//! End to end: the built program on tiny experiments in folders of their own. Every test looks only at what a user has:
//! exit code, both outputs, files.
//!
//! Oracles: the promises of `results/README.md` and of `trompe --help`, and properties that hold whatever the numbers are
//! (equal bytes, untouched files, finite fields). Negative controls stand beside the checks that they break.

mod adversarial;
mod church;
mod digits;
mod foreign;
mod joint;
mod lab;
mod layers;
mod recipes;
mod refusals;
mod runs;
mod settling;
mod snakes;
mod sources;
mod stimuli;
mod store;
mod tables;
mod tuning;
mod verbs;
mod wording;

#[allow(dead_code, unreachable_pub, unused_imports)]
#[path = "../../src/rows.rs"]
mod rows;
#[allow(dead_code, unreachable_pub)]
#[path = "../../src/report/words.rs"]
mod words;
