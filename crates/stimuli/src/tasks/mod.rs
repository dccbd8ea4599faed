//! Tasks from picture to picture: what is shown and what is to be drawn, made of one scene. One file each, and its name
//! in [`ALL`].
//!
//! # Shapes
//! Input and target are `[3, size, size]`.
//!
//! # Units
//! sRGB codes; targets lie from 0 to 1, noise may carry an input beyond.

pub mod constancy;
pub mod deblur;
pub mod denoise;
pub mod reconstruct;
pub mod reflectance;

use crate::Rng;
use crate::StimulusError;
use crate::color::to_codes as codes;
use crate::scenes::Picture;

/// A question and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Posed {
    /// What is shown.
    pub input: Vec<f32>,
    /// What is to be drawn.
    pub target: Vec<f32>,
}

/// One task in the list.
#[derive(Clone, Copy, Debug)]
pub struct TaskEntry {
    /// Equal to the file's stem.
    pub id: &'static str,
    /// For people.
    pub title: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// Makes it of a picture.
    ///
    /// # Errors
    /// [`StimulusError::NoReflectance`] where the task asks for what photographs lack.
    pub pose: fn(&Picture, &mut Rng) -> Result<Posed, StimulusError>,
}

/// Every task, alphabetical. A test compares the list with the folder.
pub static ALL: &[TaskEntry] =
    &[constancy::ENTRY, deblur::ENTRY, denoise::ENTRY, reconstruct::ENTRY, reflectance::ENTRY];

/// The entry of that id.
pub fn find(id: &str) -> Option<&'static TaskEntry> {
    ALL.iter().find(|entry| entry.id == id)
}
