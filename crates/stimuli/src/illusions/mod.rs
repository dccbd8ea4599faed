//! Illusions: figures that lack what people report. One file each, and its name in [`ALL`].

pub mod abutting_grating;
pub mod benary;
pub mod checkerboard;
pub mod church;
pub mod corrugated_mondrian;
pub mod fat_thin;
pub mod grating_induction;
pub mod kanizsa;
pub mod rotating_snakes;
pub mod simultaneous_contrast;
pub mod todorovic;
pub mod white;

use crate::error::StimulusError;
use crate::scene::Scene;
use crate::settings::Settings;

/// The two knobs of an illusion.
///
/// `difference` is the physical presence of what people report; `strength` is the context that tricks them, with 0 as
/// the control. The context never depends on `difference`; whether the two agree is derived at analysis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Condition {
    /// Physical difference, in the unit that the illusion states; 0 = nothing of what is reported is there.
    pub difference: f64,
    /// Strength of the context, in the unit that the illusion states.
    pub strength: f64,
}

/// What is asked about a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// Which shape is there.
    Shape,
    /// What color the target has.
    Color,
    /// Which way it turns.
    Motion,
    /// How light the target is.
    Lightness,
}

/// Composes scenes of one illusion.
pub trait Illusion: Send + Sync {
    /// The figure in degrees, with regions and parameters.
    ///
    /// # Errors
    /// A condition or a geometry that cannot be drawn; the error names the parameter.
    fn compose(&self, condition: &Condition) -> Result<Scene, StimulusError>;
}

/// A built illusion.
pub type BoxedIllusion = Box<dyn Illusion + Send + Sync>;

/// One illusion in the list.
#[derive(Clone, Copy, Debug)]
pub struct IllusionEntry {
    /// Equal to the name of the file or folder.
    pub id: &'static str,
    /// For people.
    pub title: &'static str,
    /// What is asked.
    pub asks: Attribute,
    /// What people report, its size and direction, and who measured it.
    pub human: &'static str,
    /// Where the figure comes from.
    pub source: &'static str,
    /// What differs from the source, and why.
    pub departures: &'static str,
    /// Builds it; unknown settings are errors.
    pub build: fn(&Settings) -> Result<BoxedIllusion, StimulusError>,
}

/// Every illusion, alphabetical. A test compares the list with the folder.
pub static ALL: &[IllusionEntry] = &[
    abutting_grating::ENTRY,
    benary::ENTRY,
    checkerboard::ENTRY,
    church::ENTRY,
    corrugated_mondrian::ENTRY,
    fat_thin::ENTRY,
    grating_induction::ENTRY,
    kanizsa::ENTRY,
    rotating_snakes::ENTRY,
    simultaneous_contrast::ENTRY,
    todorovic::ENTRY,
    white::ENTRY,
];

/// The entry of that id.
pub fn find(id: &str) -> Option<&'static IllusionEntry> {
    ALL.iter().find(|entry| entry.id == id)
}
