//! Tests of stimuli, by oracle; `tests/README.md` says which oracle each file uses.

mod abutting;
mod brightness;
mod church;
mod church_sets;
mod color;
mod contract;
mod controls;
mod fat_thin;
mod kanizsa;
mod leaves;
mod lightness;
mod members;
mod movies;
mod movies_edges;
mod movies_photographs;
mod movies_track;
mod pixels;
mod polygons;
mod scenes;
mod selftests;
mod snakes;
mod snakes_variants;
mod squares;
mod support;
mod tasks;
mod worlds;
