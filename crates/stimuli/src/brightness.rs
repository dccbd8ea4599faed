//! The brightness displays that models of brightness are compared on: one list, drawn as they were given to the models.
//!
//! Each entry of [`SET`] names an illusion of [`crate::illusions`] with its layout, and its two targets: people call
//! `lighter` the lighter one. A model's effect is its mean response within `lighter` less that within `darker`, so
//! above 0 is the human direction. Magnitudes of people stand under the same ids in the source `robinson2007` of the
//! human data. [`MURRAY`] are the lightness displays of another study, drawn in the same way; people were asked there
//! which target is the lighter one.
//!
//! # Units
//! [`Entry::draw`] hands out gray levels as numbers from 0 to 1, without a transfer function: 0, 0.5 and 1 are what
//! models of the literature are given. A pixel that one edge crosses is the mean of these numbers by area; where edges
//! of two paths meet in a pixel, what lies below shows a little. [`Entry::scene`] is the same display for
//! [`crate::render`], in linear light.
//!
//! # Errors
//! Pixels per degree at which 32°, or cells of [`MURRAY`], are no whole number of pixels, or a target covers no pixel.
//!
//! # Source
//! robinson2007 for the set, each illusion names its own; murray2020 for the other.
//!
//! # Departures
//! The displays of the set without a human number (radial and circular White, zigzag, dual White, bullseyes) are left
//! out. Which checks people call lighter was not read in the source of the numbers: for checks of 0.156° it is the
//! assimilation that De Valois and De Valois (1988) describe, for 0.938° and 2.09° contrast is taken, towards which
//! ODOG and matches turn as checks grow; of 0.938° that is the least certain. For Howe's stripes, where people report
//! nothing, the sign is that of Anderson's.

mod murray;

pub use murray::{MARKS, MURRAY, Pattern};

use crate::color::to_code;
use crate::illusions::{self, Condition};
use crate::lightness::CANVAS;
use crate::mask::{Mask, MaskName};
use crate::scene::{Fill, Scene};
use crate::settings::{Settings, Value};
use crate::viewing::Viewing;
use crate::{StimulusError, render};

/// One display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The condition in the human data.
    pub id: &'static str,
    /// For people.
    pub title: &'static str,
    /// Id of the illusion.
    pub illusion: &'static str,
    /// Whether the illusion has a setting `layout`, which then is the id.
    pub has_layout: bool,
    /// The target that people call the lighter one.
    pub lighter: MaskName,
    /// The other.
    pub darker: MaskName,
}

/// A display in pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Rows, and columns.
    pub side_px: usize,
    /// Gray levels from 0 to 1, row-major.
    pub gray_levels: Vec<f64>,
    /// The target that people call the lighter one.
    pub lighter: Mask,
    /// The other.
    pub darker: Mask,
}

/// The displays of Robinson, Hammon and de Sa (2007) with a human number, in their order.
pub static SET: &[Entry] = &[
    entry("we_thick", "White's effect, thick bars", "white"),
    entry("we_thin_wide", "White's effect, thin bars", "white"),
    entry("we_anderson", "White's effect, Anderson's stripes", "white"),
    entry("we_howe", "White's effect, Howe's stripes", "white"),
    Entry { has_layout: false, ..entry("grating_induction", "Grating induction", "grating_induction") },
    entry("sbc_large", "Simultaneous contrast, large targets", "simultaneous_contrast"),
    entry("sbc_small", "Simultaneous contrast, small targets", "simultaneous_contrast"),
    entry("todorovic_equal", "Todorovic's cross, as long as its squares", "todorovic"),
    entry("todorovic_in_large", "Todorovic's cross, shorter", "todorovic"),
    entry("todorovic_in_small", "Todorovic's cross, shortest", "todorovic"),
    entry("todorovic_out", "Todorovic's cross, longer", "todorovic"),
    // Small checks: the target with white neighbors is the lighter one.
    Entry {
        lighter: MaskName::Target(2),
        darker: MaskName::Target(1),
        ..entry("checkerboard_016", "Checkerboard, checks of 0.156°", "checkerboard")
    },
    entry("checkerboard_094", "Checkerboard, checks of 0.938°", "checkerboard"),
    entry("checkerboard_21", "Checkerboard, checks of 2.09°", "checkerboard"),
    Entry { has_layout: false, ..entry("corrugated_mondrian", "Corrugated Mondrian", "corrugated_mondrian") },
    entry("benary_cross", "Benary's cross", "benary"),
    entry("todorovic_benary1_2", "Todorovic's L, triangles 1 and 2", "benary"),
    entry("todorovic_benary3_4", "Todorovic's L, triangles 3 and 4", "benary"),
];

const fn entry(id: &'static str, title: &'static str, illusion: &'static str) -> Entry {
    let [lighter, darker] = [MaskName::Target(1), MaskName::Target(2)];
    Entry { id, title, illusion, has_layout: true, lighter, darker }
}

/// The entry of that id.
pub fn find(id: &str) -> Option<&'static Entry> {
    SET.iter().find(|entry| entry.id == id)
}

impl Entry {
    /// Settings of the illusion: the layout, on 32°.
    pub fn settings(&self) -> Settings {
        let settings = Settings::new().with("size_deg", Value::Number(CANVAS));
        if self.has_layout { settings.with("layout", Value::Text(self.id.to_owned())) } else { settings }
    }

    /// The display as published, at 32 pixels per degree or where steps do not show.
    ///
    /// # Errors
    /// As the module says.
    pub fn scene(&self) -> Result<Scene, StimulusError> {
        self.composed(self.settings())
    }

    fn composed(&self, settings: Settings) -> Result<Scene, StimulusError> {
        let known = illusions::find(self.illusion);
        let entry =
            known.ok_or(StimulusError::Exhausted { what: "illusion of a display", tries: illusions::ALL.len() })?;
        (entry.build)(&settings)?.compose(&Condition { difference: 0.0, strength: 1.0 })
    }

    /// The display at some pixels per degree, in gray levels.
    ///
    /// # Errors
    /// As the module says.
    pub fn draw(&self, ppd: f64) -> Result<Picture, StimulusError> {
        let viewing = Viewing::from_deg_and_ppd([CANVAS; 2], ppd)?;
        let mut settings = self.settings();
        if self.illusion == "grating_induction" {
            // A cycle is 4° long: a step for each pixel.
            settings = settings.with("steps", Value::Number((2.0 * ppd).round() * 2.0));
        }
        let mut scene = self.composed(settings)?;
        scene.background = as_code(scene.background);
        scene.painted.iter_mut().for_each(|painted| painted.fill = as_code(painted.fill));
        let mut stimulus = render(&scene, viewing)?;
        let mut mask =
            |name: MaskName| stimulus.masks.remove(&name).ok_or_else(|| StimulusError::NoMask(name.to_string()));
        let (lighter, darker) = (mask(self.lighter)?, mask(self.darker)?);
        let gray_levels = stimulus.image.data.iter().map(|&value| f64::from(value)).collect();
        Ok(Picture { side_px: viewing.size_px()[0], gray_levels, lighter, darker })
    }
}

/// A gray whose luminance is the gray level of what it was.
fn as_code(fill: Fill) -> Fill {
    match fill {
        Fill::Gray(luminance) => Fill::Gray(to_code(luminance)),
        Fill::Color(color) => Fill::Color(color.map(to_code)),
        Fill::Filter(share) => Fill::Filter(share),
    }
}
