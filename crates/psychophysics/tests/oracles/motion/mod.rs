//! Motion: closed forms; OpenCV; two tables of an earlier program; symmetries; operations without motion as controls.

pub mod detectors;
pub mod disk;
pub mod lucas_kanade;
pub mod polar;
pub mod remap;
pub mod scores;
pub mod tables;
