//! What a figure can imply, and what can be done to its discs.

use crate::StimulusError;
use crate::illusions::fat_thin::{MISALIGNMENT, Relative};
use crate::settings::chosen;

/// Shapes by name; the first is the default.
pub(super) const SHAPES: &[(&str, Shape)] = &[
    ("square", Shape::Square),
    ("triangle", Shape::Triangle),
    ("pentagon", Shape::Pentagon),
    ("hexagon", Shape::Hexagon),
    ("circle", Shape::Circle),
];

/// What the discs imply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Three discs.
    Triangle,
    /// Four discs.
    Square,
    /// Five discs.
    Pentagon,
    /// Six discs.
    Hexagon,
    /// Four discs with arc-shaped mouths.
    Circle,
}

impl Shape {
    /// Number of discs that imply it.
    pub fn discs(self) -> usize {
        match self {
            Self::Triangle => 3,
            Self::Square | Self::Circle => 4,
            Self::Pentagon => 5,
            Self::Hexagon => 6,
        }
    }

    /// The shape of that name.
    ///
    /// # Errors
    /// [`StimulusError::UnknownChoice`] for any other name.
    pub fn named(name: &str) -> Result<Self, StimulusError> {
        chosen("kanizsa", "shape", name, SHAPES)
    }

    /// Its name in tables.
    pub fn id(self) -> &'static str {
        match self {
            Self::Triangle => "triangle",
            Self::Square => "square",
            Self::Pentagon => "pentagon",
            Self::Hexagon => "hexagon",
            Self::Circle => "circle",
        }
    }
}

/// How a real shape is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Render {
    /// By its outline.
    Outline,
    /// Filled.
    Filled,
}

/// A physically present contour, drawn in the gaps only.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contour {
    /// Contrast relative to the inducers', 0 to 1.
    pub contrast: f64,
    /// Its polarity against the inducers'.
    pub polarity: Relative,
}

/// How a figure is made from one draw. Cut discs are turned about their own centers, so that ink stays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Member {
    /// Mouths face inward: the illusion.
    In,
    /// Mouths face outward.
    Out,
    /// Each disc turned by 60° to 300° at random, no edges that could be joined. Primary control.
    Rotated,
    /// All discs turned by that angle, degrees clockwise. Within 15° the illusion's edges can still be joined, from 30° to 60°
    /// those of opposite discs of a square, from 45° to 75° of a hexagon; from 90° to 180° none ([`super::Figure::joinable`]).
    Turned(f64),
    /// Full discs.
    Discs,
    /// As the illusion, each mouth closed by a thin arc.
    Closed,
    /// As the illusion, each disc moved by that share of its radius, so that facing edges are parallel but not collinear.
    Misaligned(f64),
    /// The cut discs of the illusion, each turned as there, at other places; none touch, no edges that could be joined.
    Scrambled,
    /// As the illusion, polarities alternating from disc to disc.
    Mixed,
    /// As rotated, by the same turns, polarities alternating.
    MixedRotated,
    /// The real shape at the inducers' gray, with full discs on its corners.
    RealDiscs,
    /// The real shape at the inducers' gray, without discs.
    RealShape,
    /// As rotated, by the same turns, with the real contour in the gaps: the standard of the matching contrast.
    Contour(Contour),
    /// The edges of the mouths as strokes, without discs.
    Fragments,
    /// As fragments, each corner turned as the rotated discs are.
    FragmentsRotated,
    /// The real shape in the opposite polarity, with full discs of the inducers' gray in front of its corners.
    Occluded,
    /// Six discs on a hexagon: alternate ones imply the triangle, the others are turned outward. Triangle only.
    Count,
    /// The same six discs, each turned at random, no edges that could be joined.
    CountRotated,
}

/// Members by name, with the usual values of those that have one; the first is the default.
pub(super) const MEMBERS: &[(&str, Member)] = &[
    ("in", Member::In),
    ("out", Member::Out),
    ("rotated", Member::Rotated),
    ("turned", Member::Turned(90.0)),
    ("discs", Member::Discs),
    ("closed", Member::Closed),
    ("misaligned", Member::Misaligned(MISALIGNMENT)),
    ("scrambled", Member::Scrambled),
    ("mixed", Member::Mixed),
    ("mixed_rotated", Member::MixedRotated),
    ("real_discs", Member::RealDiscs),
    ("real_shape", Member::RealShape),
    ("contour", Member::Contour(Contour { contrast: 0.5, polarity: Relative::Same })),
    ("fragments", Member::Fragments),
    ("fragments_rotated", Member::FragmentsRotated),
    ("occluded", Member::Occluded),
    ("count", Member::Count),
    ("count_rotated", Member::CountRotated),
];

impl Member {
    /// The member of that name, with the usual values: turned by 90°, misaligned by 0.4 r, a contour of half the inducers'
    /// contrast and their polarity.
    ///
    /// # Errors
    /// [`StimulusError::UnknownChoice`] for any other name.
    pub fn named(name: &str) -> Result<Self, StimulusError> {
        chosen("kanizsa", "member", name, MEMBERS)
    }

    /// Its name in tables, without its values.
    pub fn id(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Rotated => "rotated",
            Self::Turned(_) => "turned",
            Self::Discs => "discs",
            Self::Closed => "closed",
            Self::Misaligned(_) => "misaligned",
            Self::Scrambled => "scrambled",
            Self::Mixed => "mixed",
            Self::MixedRotated => "mixed_rotated",
            Self::RealDiscs => "real_discs",
            Self::RealShape => "real_shape",
            Self::Contour(_) => "contour",
            Self::Fragments => "fragments",
            Self::FragmentsRotated => "fragments_rotated",
            Self::Occluded => "occluded",
            Self::Count => "count",
            Self::CountRotated => "count_rotated",
        }
    }

    /// Whether each disc has a turn of its own, drawn at random.
    pub fn turned_at_random(self) -> bool {
        match self {
            Self::Rotated | Self::MixedRotated | Self::Contour(_) | Self::FragmentsRotated | Self::CountRotated => true,
            Self::In
            | Self::Out
            | Self::Turned(_)
            | Self::Discs
            | Self::Closed
            | Self::Misaligned(_)
            | Self::Scrambled
            | Self::Mixed
            | Self::RealDiscs
            | Self::RealShape
            | Self::Fragments
            | Self::Occluded
            | Self::Count => false,
        }
    }

    /// What stands at the corners.
    pub(super) fn body(self) -> Body {
        match self {
            Self::In
            | Self::Out
            | Self::Rotated
            | Self::Turned(_)
            | Self::Closed
            | Self::Misaligned(_)
            | Self::Scrambled
            | Self::Mixed
            | Self::MixedRotated
            | Self::Contour(_)
            | Self::Count
            | Self::CountRotated => Body::Cut,
            Self::Discs | Self::RealDiscs | Self::Occluded => Body::Whole,
            Self::Fragments | Self::FragmentsRotated => Body::Edges,
            Self::RealShape => Body::Nothing,
        }
    }

    /// Whether six discs stand where three would.
    pub(super) fn six(self) -> bool {
        matches!(self, Self::Count | Self::CountRotated)
    }

    /// Whether polarities alternate.
    pub(super) fn alternates(self) -> bool {
        matches!(self, Self::Mixed | Self::MixedRotated)
    }
}

/// What stands at a corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// A disc with a mouth.
    Cut,
    /// A full disc.
    Whole,
    /// The edges of the mouth alone, as strokes.
    Edges,
    /// Nothing.
    Nothing,
}
