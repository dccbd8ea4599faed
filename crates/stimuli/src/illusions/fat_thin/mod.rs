//! Fat and thin: four inducers whose mouths are turned a little imply a square with bowed sides.
//!
//! Four cut discs stand on the corners of a square. Turning the mouths by +α at the upper left and lower right and by −α at
//! the other two (clockwise is positive) implies left and right sides that bulge, and upper and lower ones that pinch:
//! *fat*. The opposite turns imply *thin*. Between the inducers nothing is drawn: all physical information is in the cuts.
//!
//! Area, ink and the positions of the discs are equal in both. A fat figure turned by 90° is thin, so the whole is
//! turned by at most ±17°, and pictures of it must never be turned by 90° or transposed.
//!
//! # Units
//! `strength` is the support ratio: the share of each side within the inducers (0 = no inducers). `difference` is the
//! contrast of a real contour in the gaps, relative to the inducers': above 0 the fat contour, below 0 the thin one.
//!
//! # Errors
//! Inducers that touch or leave the canvas, gray levels beyond 0 to 1, turns beyond ±17°.
//!
//! # Source
//! Ringach and Shapley (1996), *Spatial and temporal properties of illusory contours and amodal boundary completion*,
//! Vision Research 36, 3037–3050.
//!
//! # Departures
//! Inducers of either polarity on a mid-gray ground, with small changes of place, size and turn. The curved variant cuts the
//! bowed square itself from the discs. The misaligned variant moves the cuts, not the discs.

mod figure;
mod twins;

pub use figure::{
    CONTOUR_HALF_WIDTH_DEG, Contour, Figure, Form, LARGEST_TURN_DEG, MISALIGNMENT, Polarity, Pose, Relative, Variant,
};
pub use twins::{Ensemble, Twin, twins};

use super::{Attribute, BoxedIllusion, Condition, Illusion, IllusionEntry};
use crate::StimulusError;
use crate::error::require;
use crate::geometry::Point;
use crate::scene::Scene;
use crate::settings::{Reader, Settings};

/// The list entry.
pub const ENTRY: IllusionEntry = IllusionEntry {
    id: "fat_thin",
    title: "Fat and thin illusory squares",
    asks: Attribute::Shape,
    human: "People tell fat from thin at turns of the order of 1 to 3 degrees when the mouths face inward, clearly worse \
            when the mouths are turned so that no contour forms (Ringach and Shapley 1996; the size is recalled, not read \
            off the paper).",
    source: "Ringach and Shapley 1996, Vision Research 36, 3037-3050",
    departures: "Either polarity on mid-gray; place, size and turn vary a little; the misaligned variant moves the cuts, \
                 not the discs.",
    build,
};

/// The named figure: every parameter of [`Figure`] but what the condition sets.
struct FatThin {
    figure: Figure,
    contour: Relative,
}

fn build(settings: &Settings) -> Result<BoxedIllusion, StimulusError> {
    let mut reader = Reader::new(settings, "fat_thin");
    let variant = reader.choice("variant", VARIANTS)?;
    let form = reader.choice("form", &[("fat", Form::Fat), ("thin", Form::Thin)])?;
    let alpha_deg = reader.number("alpha_deg", 10.0)?;
    let size_deg = reader.number("size_deg", 4.0)?;
    let side_deg = reader.number("side_deg", 1.75)?;
    let turn_deg = reader.number("turn_deg", 0.0)?;
    let center = Point::new(reader.number("center_x_deg", 0.0)?, reader.number("center_y_deg", 0.0)?);
    let background = reader.number("background", 0.5)?;
    let inducer_contrast = reader.number("inducer_contrast", 0.35)?;
    let first = reader.choice("polarity", &[("dark", Polarity::Dark), ("light", Polarity::Light)])?;
    let contour = reader.choice("contour_polarity", &[("same", Relative::Same), ("opposite", Relative::Opposite)])?;
    reader.finish()?;
    let second = if variant == Variant::MixedPolarity { first.other() } else { first };
    let polarity = [first, second, first, second];
    let pose = Pose { center, side_deg, turn_deg };
    let support_ratio = 0.0; // the condition's strength stands in for it
    let figure =
        Figure { size_deg, variant, form, alpha_deg, support_ratio, pose, background, inducer_contrast, polarity };
    figure.check()?;
    Ok(Box::new(FatThin { figure, contour }))
}

/// Names of the variants in settings; a real contour is `discs` with a difference.
const VARIANTS: &[(&str, Variant)] = &[
    ("illusory", Variant::Illusory),
    ("illusory_curved", Variant::IllusoryCurved),
    ("local", Variant::Local),
    ("local_curved", Variant::LocalCurved),
    ("misaligned", Variant::Misaligned),
    ("discs", Variant::Discs),
    ("mixed_polarity", Variant::MixedPolarity),
    ("real_shape", Variant::RealShape),
    ("real_filled", Variant::RealFilled),
    ("illusory_bar", Variant::IllusoryBar),
    ("misaligned_bar", Variant::MisalignedBar),
];

impl Illusion for FatThin {
    fn compose(&self, condition: &Condition) -> Result<Scene, StimulusError> {
        let Condition { difference, strength } = *condition;
        require("difference", difference, (-1.0..=1.0).contains(&difference), "from -1 to 1")?;
        let form = if difference > 0.0 { Form::Fat } else { Form::Thin };
        let contour =
            (difference != 0.0).then_some(Contour { form, contrast: difference.abs(), polarity: self.contour });
        let mut scene = Figure { support_ratio: strength, ..self.figure }.compose_with(contour)?;
        scene.note("difference", difference);
        scene.note("strength", strength);
        Ok(scene)
    }
}
