//! Kanizsa figures: discs with mouths that imply a polygon or a circle which is not there.
//!
//! Discs stand on the corners of a regular polygon (or evenly on a circle); what the shape covers of them is cut out. People see
//! the shape, lighter or darker than the ground, in front of whole discs. Turning every cut disc about its own center keeps
//! ink, positions and mouths, and takes the shape away.
//!
//! The setting `variant` names the member: what is done to the discs of one draw.
//!
//! | member | what stands there | ink against `in` |
//! |---|---|---|
//! | `in` | mouths inward: the illusion | |
//! | `out`, `turned` | every disc turned by 180°, or by `turned_by_deg` | the same |
//! | `rotated` | every disc turned by its own 60° to 300° (`turn_seed`), no edges that could be joined; primary control | the same |
//! | `misaligned` | every disc moved by `misaligned_by` of its radius, edges parallel but not collinear; primary control | the same |
//! | `closed` | as `in`, mouths closed by a thin arc; primary control | more |
//! | `scrambled` | the same cut discs elsewhere, none touching, no edges that could be joined | the same |
//! | `discs` | full discs | more |
//! | `mixed`, `mixed_rotated` | as `in` and `rotated`, polarities alternating | the same area |
//! | `real_discs`, `real_shape` | the real shape (`render`) with full discs on its corners, or alone | other |
//! | `contour` | as `rotated`, with the real contour in the gaps | the contour's more |
//! | `fragments`, `fragments_rotated` | the edges of the mouths as strokes, without discs | less, the same in both |
//! | `occluded` | the real shape in the opposite polarity behind full discs | other |
//! | `count`, `count_rotated` | six discs on a hexagon, three of which imply the triangle; all turned at random | twice, the same in both |
//!
//! # Units
//! `strength` is the support ratio S: the share of the shape's outline within the discs, 2r/side for polygons (0 = no discs).
//! `difference` is the contrast of a real contour in the gaps, relative to the inducers' (0 to 1), whatever the member.
//!
//! # Errors
//! Discs that touch or leave the canvas, gray levels beyond 0 to 1, six discs that imply anything but the triangle,
//! scrambled discs without room.
//!
//! # Source
//! Kanizsa (1955, 1976); support ratio: Shipley and Kellman (1992).
//!
//! # Departures
//! Discs of either polarity on mid-gray. The misaligned figure moves each cut disc by at most 0.4 r along the tangent of
//! the circumscribed circle, all the same way round, so that facing edges are parallel but not collinear. (Moved outward and
//! inward in turn, the discs of a circle would imply an ellipse, and one side of the triangle would stay collinear.) Lines of
//! real shapes, contours and fragments are 0.2° wide, within the widths of the world `polygons`.

mod check;
mod figure;
mod member;
mod pairs;
mod random;
mod scene;

pub use crate::illusions::fat_thin::CONTOUR_HALF_WIDTH_DEG;
pub use figure::{Disc, Figure, Gap};
pub use member::{Contour, Member, Render, Shape};
pub use pairs::{Ensemble, Pair, Support, UNTRAINED_CIRCUMRADIUS, pairs};
pub use random::draw_turns;

use super::{Attribute, BoxedIllusion, Condition, Illusion, IllusionEntry};
use crate::StimulusError;
use crate::geometry::Point;
use crate::illusions::fat_thin::{MISALIGNMENT, Polarity, Relative};
use crate::scene::Scene;
use crate::settings::{Reader, Settings};
use member::{MEMBERS, SHAPES};

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
                 round; full discs and closed mouths have more ink; lines of real contours are 0.2° wide.",
    build,
};

/// The named figure: every parameter of [`Figure`] but what the condition sets.
struct Kanizsa {
    figure: Figure,
    member: Member,
    turn_seed: u64,
    contour_polarity: Relative,
}

fn build(settings: &Settings) -> Result<BoxedIllusion, StimulusError> {
    let mut reader = Reader::new(settings, "kanizsa");
    let shape = reader.choice("shape", SHAPES)?;
    let (member, contour_polarity) = read_member(&mut reader)?;
    let turn_seed = reader.number_in("turn_seed", 0.0, [0.0, 1e15], "from 0 to 1e15")? as u64;
    let figure = Figure {
        size_deg: reader.number("size_deg", 4.0)?,
        shape,
        member: Member::In,
        render: reader.choice("render", &[("outline", Render::Outline), ("filled", Render::Filled)])?,
        support_ratio: 0.0, // the condition's strength stands in for it
        circumradius_deg: reader.number("circumradius_deg", 1.25)?,
        center: Point::new(reader.number("center_x_deg", 0.0)?, reader.number("center_y_deg", 0.0)?),
        turn_deg: reader.number("turn_deg", if shape == Shape::Square { -45.0 } else { -90.0 })?,
        background: reader.number("background", 0.5)?,
        inducer_contrast: reader.number("inducer_contrast", 0.35)?,
        polarity: reader.choice("polarity", &[("dark", Polarity::Dark), ("light", Polarity::Light)])?,
        turns: [0.0; 6],
        places: random::NOWHERE,
    };
    reader.finish()?;
    figure.as_member(member, turn_seed)?;
    Ok(Box::new(Kanizsa { figure, member, turn_seed, contour_polarity }))
}

/// The member with its values, and the polarity of a contour in the gaps.
fn read_member(reader: &mut Reader<'_>) -> Result<(Member, Relative), StimulusError> {
    let member = reader.choice("variant", MEMBERS)?;
    let turned = reader.number("turned_by_deg", 90.0)?;
    let misaligned = reader.number("misaligned_by", MISALIGNMENT)?;
    let contrast = reader.number_in("contour_contrast", 0.5, [0.0, 1.0], "from 0 to 1")?;
    let polarity = reader.choice("contour_polarity", &[("same", Relative::Same), ("opposite", Relative::Opposite)])?;
    let member = match member {
        Member::Turned(_) => Member::Turned(turned),
        Member::Misaligned(_) => Member::Misaligned(misaligned),
        Member::Contour(_) => Member::Contour(Contour { contrast, polarity }),
        other @ (Member::In
        | Member::Out
        | Member::Rotated
        | Member::Discs
        | Member::Closed
        | Member::Scrambled
        | Member::Mixed
        | Member::MixedRotated
        | Member::RealDiscs
        | Member::RealShape
        | Member::Fragments
        | Member::FragmentsRotated
        | Member::Occluded
        | Member::Count
        | Member::CountRotated) => other,
    };
    Ok((member, polarity))
}

impl Illusion for Kanizsa {
    fn compose(&self, condition: &Condition) -> Result<Scene, StimulusError> {
        let Condition { difference, strength } = *condition;
        let figure = Figure { support_ratio: strength, ..self.figure }.as_member(self.member, self.turn_seed)?;
        // 0 stands for no contour; what is no number must not.
        let contour = (difference != 0.0).then_some(Contour { contrast: difference, polarity: self.contour_polarity });
        figure.compose_with(contour)
    }
}
