//! Kanizsa figures: cut discs on the vertices of a shape that is not drawn.
//!
//! A disc stands on each vertex of a regular polygon; what the polygon covers is cut out, so the mouths face inward and
//! their edges line up. The circle has four discs on its line, each cut by the circle itself. Controls have the same discs:
//! turned at random (no two facing edges line up), full, with cuts moved along the mouths' axes, or with mouths closed by
//! a thin arc.
//!
//! # Units
//! `strength` is the support ratio 2r/s: the share of each side within the discs, so that it is equal across shapes.
//! `difference` is the contrast of a real outline, relative to the discs' (0 = none).
//!
//! # Errors
//! Discs that touch or leave the canvas; settings out of range.
//!
//! # Source
//! Kanizsa 1976; support ratio: Shipley and Kellman 1992.
//!
//! # Departures
//! Either polarity on mid-gray. The circle's support ratio is taken on the square through its discs.

use super::{Attribute, BoxedIllusion, Condition, Illusion, IllusionEntry};
use crate::Rng;
use crate::StimulusError;
use crate::draws::{chance, uniform};
use crate::error::require;
use crate::figures::{Pacman, regular_polygon};
use crate::geometry::{Point, radians};
use crate::mask::MaskName;
use crate::path::Path;
use crate::scene::{Fill, MaskStep, Scene};
use crate::settings::{Reader, Settings};
use std::f64::consts::{PI, TAU};

/// The list entry.
pub const ENTRY: IllusionEntry = IllusionEntry {
    id: "kanizsa",
    title: "Kanizsa triangle, square, pentagon, hexagon and circle",
    asks: Attribute::Shape,
    human: "People report a bright shape with clear contours in front of the discs; clarity rises about linearly with the \
            support ratio (Shipley and Kellman 1992) and collapses when facing edges are misaligned.",
    source: "Kanizsa 1976, Scientific American 234, 48-52",
    departures: "Either polarity on mid-gray; the circle's support ratio is that of the square through its discs.",
    build,
};

/// How far a misaligned cut is moved along its mouth's axis, in radii.
const MISALIGNMENT: f64 = 0.4;
/// Half the width of a drawn outline and of the arc that closes a mouth, degrees.
const LINE_HALF_WIDTH_DEG: [f64; 2] = [0.1, 0.0625];
/// Facing edges within this angle of lining up are drawn again.
const NEAR_ALIGNED_DEG: f64 = 15.0;
/// Draws after which a rotated control is given up.
const TRIES: usize = 1000;

/// The shape that the discs imply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A regular polygon with so many vertices.
    Polygon(usize),
    /// A circle.
    Circle,
}

/// What the discs do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// Mouths face inward: the illusion.
    In,
    /// All mouths face outward.
    Out,
    /// Each disc turned by itself.
    Rotated,
    /// No mouths.
    Discs,
    /// Cuts moved along the mouths' axes, in alternation.
    Misaligned,
    /// Inward, each mouth closed by a thin arc.
    Closed,
}

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Which shape.
    pub shape: Shape,
    /// What the discs do.
    pub variant: Variant,
    /// Side of the canvas, degrees.
    pub size_deg: f64,
    /// Distance of the vertices from the center, degrees.
    pub circumradius_deg: f64,
    /// Offset of the center, degrees.
    pub center: Point,
    /// Angle of the first vertex, degrees.
    pub turn_deg: f64,
    /// Share of each side within the discs.
    pub support_ratio: f64,
    /// Gray level of the ground.
    pub background: f64,
    /// Signed difference of the discs' gray level.
    pub contrast: f64,
    /// Turn of each disc in the rotated variant, degrees.
    pub turns_deg: Vec<f64>,
}

/// Names of shapes.
const SHAPES: &[(&str, Shape)] = &[
    ("triangle", Shape::Polygon(3)),
    ("square", Shape::Polygon(4)),
    ("pentagon", Shape::Polygon(5)),
    ("hexagon", Shape::Polygon(6)),
    ("circle", Shape::Circle),
];

/// Names of variants.
const VARIANTS: &[(&str, Variant)] = &[
    ("in", Variant::In),
    ("out", Variant::Out),
    ("rotated", Variant::Rotated),
    ("discs", Variant::Discs),
    ("misaligned", Variant::Misaligned),
    ("closed", Variant::Closed),
];

impl Shape {
    fn vertices(self) -> usize {
        match self {
            Self::Polygon(n) => n,
            Self::Circle => 4,
        }
    }
}

impl Figure {
    /// Side of the polygon (of the square through the discs, for the circle), degrees.
    pub fn side_deg(&self) -> f64 {
        2.0 * self.circumradius_deg * libm::sin(PI / self.shape.vertices() as f64)
    }

    /// Radius of the discs, degrees.
    pub fn radius_deg(&self) -> f64 {
        self.support_ratio * self.side_deg() / 2.0
    }

    fn direction(&self, k: usize) -> f64 {
        radians(self.turn_deg) + TAU * k as f64 / self.shape.vertices() as f64
    }

    fn vertex(&self, k: usize) -> Point {
        self.center + Point::polar(self.circumradius_deg, self.direction(k))
    }

    /// The cut discs of a polygon, before any turn of the whole disc; the cut `moved` radii toward the center.
    pub fn mouth(&self, k: usize, moved: f64) -> Pacman {
        let inward = self.direction(k) + PI;
        let center = self.vertex(k);
        Pacman {
            center,
            radius: self.radius_deg(),
            apex: center + Point::polar(moved * self.radius_deg(), inward),
            axis: inward,
            half_mouth: PI / 2.0 - PI / self.shape.vertices() as f64,
        }
    }

    /// A disc cut by the circle, whose line is moved `moved` radii inward.
    fn cut_by_circle(&self, k: usize, moved: f64) -> Path {
        let (radius, line) = (self.radius_deg(), self.circumradius_deg - moved * self.radius_deg());
        let vertex = self.vertex(k);
        let reach = self.circumradius_deg;
        // Half the angle, seen from the center, under which the circle's line runs within the disc.
        let half = libm::acos((line * line + reach * reach - radius * radius) / (2.0 * line * reach));
        let at = |angle: f64| self.center + Point::polar(line, angle);
        let (left, right) = (at(self.direction(k) + half), at(self.direction(k) - half));
        let (from, to) = ((right - vertex).angle(), (left - vertex).angle());
        let sweep = if to > from { to - from } else { to - from + TAU };
        Path::from(left).arc(self.center, line, [self.direction(k) + half, -2.0 * half]).arc(
            vertex,
            radius,
            [from, sweep],
        )
    }

    fn cut(&self, k: usize, moved: f64) -> Path {
        match self.shape {
            Shape::Polygon(_) => self.mouth(k, moved).path(),
            Shape::Circle => self.cut_by_circle(k, moved),
        }
    }

    /// The discs, vertex by vertex.
    pub fn inducers(&self) -> Vec<Path> {
        let disc = |k: usize| match self.variant {
            Variant::In | Variant::Closed => self.cut(k, 0.0),
            Variant::Out => self.cut(k, 0.0).turned(self.vertex(k), PI),
            Variant::Rotated => {
                let turn = self.turns_deg.get(k).copied().unwrap_or(180.0);
                self.cut(k, 0.0).turned(self.vertex(k), radians(turn))
            }
            Variant::Discs => Path::disc(self.vertex(k), self.radius_deg()),
            Variant::Misaligned => self.cut(k, if k.is_multiple_of(2) { MISALIGNMENT } else { -MISALIGNMENT }),
        };
        (0..self.shape.vertices()).map(disc).collect()
    }

    fn check(&self) -> Result<(), StimulusError> {
        let ratio = self.support_ratio;
        require("support_ratio", ratio, ratio > 0.0 && ratio < 1.0, "above 0 and below 1: discs must not touch")?;
        let reach = self.circumradius_deg + self.radius_deg() + self.center.x.abs().max(self.center.y.abs());
        let fits = self.circumradius_deg > 0.0 && reach <= self.size_deg / 2.0;
        require("circumradius_deg", self.circumradius_deg, fits, "above 0, with all discs on the canvas")?;
        let level = self.background + self.contrast;
        let holds = self.contrast != 0.0 && (0.0..=1.0).contains(&level) && (0.0..=1.0).contains(&self.background);
        require("contrast", self.contrast, holds, "not 0, with gray levels from 0 to 1")
    }

    /// The scene, with a real outline of that contrast relative to the discs'.
    ///
    /// # Errors
    /// [`StimulusError::OutOfRange`] with the name of the parameter.
    pub fn compose(&self, outline: f64) -> Result<Scene, StimulusError> {
        self.check()?;
        require("difference", outline, (0.0..=1.0).contains(&outline), "from 0 to 1")?;
        let mut scene = Scene::new([self.size_deg; 2], Fill::gray_level(self.background));
        let ink = Fill::gray_level(self.background + self.contrast);
        for path in self.inducers() {
            scene.paint(path, ink);
        }
        if self.variant == Variant::Closed {
            (0..self.shape.vertices()).for_each(|k| scene.paint(self.closing_arc(k), ink));
        }
        let whole = match self.shape {
            Shape::Polygon(n) => regular_polygon(n, self.center, self.circumradius_deg, radians(self.turn_deg)),
            Shape::Circle => Path::disc(self.center, self.circumradius_deg),
        };
        let contour = whole.clone().outlined(LINE_HALF_WIDTH_DEG[0]);
        if outline > 0.0 {
            scene.paint(contour.clone(), Fill::gray_level(self.background + outline * self.contrast));
        }
        let discs: Vec<Path> =
            (0..self.shape.vertices()).map(|k| Path::disc(self.vertex(k), self.radius_deg())).collect();
        let without = |start: Path| -> Vec<MaskStep> {
            std::iter::once(MaskStep::Add(start)).chain(discs.iter().cloned().map(MaskStep::Remove)).collect()
        };
        let mut outside = without(scene.field());
        outside.push(MaskStep::Remove(contour.clone()));
        scene.region(MaskName::Gap, without(contour));
        scene.region(MaskName::Inducer, discs.iter().cloned().map(MaskStep::Add).collect());
        scene.region(MaskName::Outside, outside);
        scene.region(MaskName::Target(1), vec![MaskStep::Add(whole)]);
        self.describe(&mut scene);
        Ok(scene)
    }

    /// The part of the disc's rim that the mouth took away.
    fn closing_arc(&self, k: usize) -> Path {
        let mouth = self.mouth(k, 0.0);
        let radius = self.radius_deg() - LINE_HALF_WIDTH_DEG[1] / 2.0;
        let start = mouth.axis - mouth.half_mouth;
        let from = mouth.center + Point::polar(radius, start);
        Path::from(from)
            .arc(mouth.center, radius, [start, 2.0 * mouth.half_mouth])
            .stroked(LINE_HALF_WIDTH_DEG[1] / 2.0)
    }

    fn describe(&self, scene: &mut Scene) {
        let name = |known: &[(&'static str, Variant)]| {
            known.iter().find(|(_, variant)| *variant == self.variant).map(|(name, _)| *name)
        };
        let shape = SHAPES.iter().find(|(_, shape)| *shape == self.shape).map(|(name, _)| *name);
        scene.note("illusion", "kanizsa");
        scene.note("shape", shape.unwrap_or("polygon"));
        scene.note("variant", name(VARIANTS).unwrap_or_default());
        scene.note("support_ratio", self.support_ratio);
        scene.note("circumradius_deg", self.circumradius_deg);
        scene.note("turn_deg", self.turn_deg);
        scene.note("background", self.background);
        scene.note("contrast", self.contrast);
    }
}

/// An inward figure and its control, which share every draw.
///
/// # Errors
/// An unknown shape or variant; a support ratio that does not fit.
pub fn pair(
    shape: &str,
    control: &str,
    support_ratio: f64,
    size_deg: f64,
    rng: &mut Rng,
) -> Result<[Scene; 2], StimulusError> {
    let settings = Settings::new()
        .with("shape", crate::Value::Text(shape.to_owned()))
        .with("variant", crate::Value::Text(control.to_owned()));
    let mut reader = Reader::new(&settings, "kanizsa");
    let (shape, variant) = (reader.choice("shape", SHAPES)?, reader.choice("variant", VARIANTS)?);
    let unit = size_deg / 32.0;
    let background = uniform(0.4, 0.6, rng);
    let contrast = uniform(0.2, 0.45, rng).min(background).min(1.0 - background);
    let inward = Figure {
        shape,
        variant: Variant::In,
        size_deg,
        circumradius_deg: uniform(8.5, 10.0, rng) * unit,
        center: Point::new(uniform(-1.0, 1.0, rng) * unit, uniform(-1.0, 1.0, rng) * unit),
        turn_deg: uniform(0.0, 360.0, rng),
        support_ratio,
        background,
        contrast: if chance(0.5, rng) { contrast } else { -contrast },
        turns_deg: Vec::new(),
    };
    let turns_deg = if variant == Variant::Rotated { turns(&inward, rng)? } else { Vec::new() };
    let control = Figure { variant, turns_deg, ..inward.clone() };
    Ok([inward.compose(0.0)?, control.compose(0.0)?])
}

/// Turns from 60 to 300° by which no two neighbors come to face each other.
fn turns(figure: &Figure, rng: &mut Rng) -> Result<Vec<f64>, StimulusError> {
    let n = figure.shape.vertices();
    for _ in 0..TRIES {
        let turns: Vec<f64> = (0..n).map(|_| uniform(60.0, 300.0, rng)).collect();
        let mouths: Vec<Pacman> = (0..n).map(|k| figure.mouth(k, 0.0).turned(radians(turns[k]))).collect();
        if (0..n).all(|k| !mouths[k].relatable(&mouths[(k + 1) % n], radians(NEAR_ALIGNED_DEG))) {
            return Ok(turns);
        }
    }
    Err(StimulusError::Exhausted { what: "turns without facing edges", tries: TRIES })
}

struct Kanizsa(Figure);

fn build(settings: &Settings) -> Result<BoxedIllusion, StimulusError> {
    let mut reader = Reader::new(settings, "kanizsa");
    let figure = Figure {
        shape: reader.choice("shape", SHAPES)?,
        variant: reader.choice("variant", VARIANTS)?,
        size_deg: reader.number("size_deg", 4.0)?,
        circumradius_deg: reader.number("circumradius_deg", 1.2)?,
        center: Point::new(reader.number("center_x_deg", 0.0)?, reader.number("center_y_deg", 0.0)?),
        turn_deg: reader.number("turn_deg", -90.0)?,
        support_ratio: 0.5,
        background: reader.number("background", 0.5)?,
        contrast: reader.number("contrast", -0.35)?,
        turns_deg: reader.list("turns_deg", &[])?,
    };
    reader.finish()?;
    Ok(Box::new(Kanizsa(figure)))
}

impl Illusion for Kanizsa {
    fn compose(&self, condition: &Condition) -> Result<Scene, StimulusError> {
        Figure { support_ratio: condition.strength, ..self.0.clone() }.compose(condition.difference)
    }
}
