//! Kanizsa figures: discs with mouths that imply a polygon or a circle which is not there.
//!
//! Discs stand on the corners of a regular polygon (or evenly on a circle); what the shape covers of them is cut out. People see
//! the shape, lighter or darker than the ground, in front of whole discs. Turning every cut disc about its own center keeps
//! ink, positions and mouths, and takes the shape away.
//!
//! The setting `variant` says what is done to the discs: `in` (the illusion), `out`, `rotated` (turns from `turn_seed`, no two
//! discs with edges that could be joined), `misaligned`, `discs` and `closed`.
//!
//! # Units
//! `strength` is the support ratio S: the share of the shape's outline within the discs, 2r/side for polygons (0 = no discs).
//! `difference` is the contrast of a real outline of the shape, relative to the inducers' (0 to 1).
//!
//! # Errors
//! Discs that touch or leave the canvas, gray levels beyond 0 to 1.
//!
//! # Source
//! Kanizsa (1955, 1976); support ratio: Shipley and Kellman (1992).
//!
//! # Departures
//! Discs of either polarity on mid-gray. The misaligned figure moves each cut disc by 0.4 r along the tangent of
//! the circumscribed circle, all the same way round, so that facing edges are parallel but not collinear. (Moved outward and
//! inward in turn, the discs of a circle would imply an ellipse, and one side of the triangle would stay collinear.) Full discs and the closed figure have more ink than the illusion; every other control has the same.

mod figure;
mod pairs;

pub use figure::{Figure, Shape, Variant};
pub use pairs::{Control, Ensemble, Pair, draw_turns, pairs};

use super::{Attribute, BoxedIllusion, Condition, Illusion, IllusionEntry};
use crate::StimulusError;
use crate::geometry::Point;
use crate::illusions::fat_thin::Polarity;
use crate::scene::Scene;
use crate::settings::{Reader, Settings};
use figure::SHAPES;

/// The list entry.
pub const ENTRY: IllusionEntry = IllusionEntry {
    id: "kanizsa",
    title: "Kanizsa shapes",
    asks: Attribute::Shape,
    human: "People report the implied shape; its clarity rises about linearly with the support ratio whatever the size \
            (Shipley and Kellman 1992), and collapses when facing edges are misaligned by more than 10 to 15 arcmin. \
            With turned discs they report none (Kanizsa 1955, 1976).",
    source: "Kanizsa 1955, 1976; Shipley and Kellman 1992",
    departures: "Either polarity on mid-gray; misaligned discs are moved along the tangent, all the same way \
                 round; full discs and closed mouths have more ink.",
    build,
};

/// The named figure: every parameter of [`Figure`] but what the condition sets.
struct Kanizsa {
    figure: Figure,
}

fn build(settings: &Settings) -> Result<BoxedIllusion, StimulusError> {
    let mut reader = Reader::new(settings, "kanizsa");
    let shape = reader.choice("shape", SHAPES)?;
    let rotated = Variant::Rotated([0.0; 6]);
    let variants = [
        ("in", Variant::In),
        ("out", Variant::Out),
        ("rotated", rotated),
        ("discs", Variant::Discs),
        ("misaligned", Variant::Misaligned),
        ("closed", Variant::Closed),
    ];
    let variant = reader.choice("variant", &variants)?;
    let turn_seed = reader.number_in("turn_seed", 0.0, [0.0, 1e15], "from 0 to 1e15")?;
    let mut figure = Figure {
        size_deg: reader.number("size_deg", 4.0)?,
        shape,
        variant,
        support_ratio: 0.5,
        circumradius_deg: reader.number("circumradius_deg", 1.25)?,
        center: Point::new(reader.number("center_x_deg", 0.0)?, reader.number("center_y_deg", 0.0)?),
        turn_deg: reader.number("turn_deg", if shape == Shape::Square { -45.0 } else { -90.0 })?,
        background: reader.number("background", 0.5)?,
        inducer_contrast: reader.number("inducer_contrast", 0.35)?,
        polarity: reader.choice("polarity", &[("dark", Polarity::Dark), ("light", Polarity::Light)])?,
    };
    reader.finish()?;
    Figure { support_ratio: 0.0, ..figure }.check()?;
    if figure.variant == rotated {
        figure.variant = Variant::Rotated(draw_turns(&figure, &mut crate::stream(turn_seed as u64))?);
    }
    Ok(Box::new(Kanizsa { figure }))
}

impl Illusion for Kanizsa {
    fn compose(&self, condition: &Condition) -> Result<Scene, StimulusError> {
        Figure { support_ratio: condition.strength, ..self.figure }.compose(condition.difference)
    }
}
