//! One Kanizsa figure: its parameters, its geometry and its scene.

use crate::StimulusError;
use crate::error::require;
use crate::figures::{Pacman, regular_polygon};
use crate::geometry::{Point, radians};
use crate::illusions::fat_thin::{CONTOUR_HALF_WIDTH_DEG, MISALIGNMENT, Polarity};
use crate::mask::MaskName;
use crate::path::Path;
use crate::scene::{Fill, MaskStep, Scene};
use crate::settings::chosen;
use std::f64::consts::{FRAC_PI_2, PI, TAU};

/// Half the width of the line that closes a mouth, degrees; less in small discs.
const CLOSING_HALF_WIDTH_DEG: f64 = 0.04;

/// Half width of the gap mask, degrees.
const GAP_HALF_WIDTH_DEG: f64 = 0.12;
/// Clear space between discs and the masks of gap and outside, degrees; less where gaps are small.
const CLEARANCE_DEG: f64 = 0.04;

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
    /// Number of discs.
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

/// How the figure is made. Turns are about each disc's own center, radians; the first `discs()` of them count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Variant {
    /// Mouths face inward: the illusion.
    In,
    /// Mouths face outward: every disc turned by 180°.
    Out,
    /// Every disc turned by its own angle; see [`draw_turns`](super::draw_turns).
    Rotated([f64; 6]),
    /// Full discs.
    Discs,
    /// Cut discs moved so that facing edges are parallel but not collinear.
    Misaligned,
    /// As the illusion, each mouth closed by a thin arc.
    Closed,
}

impl Variant {
    /// Its name in tables.
    pub fn id(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Rotated(_) => "rotated",
            Self::Discs => "discs",
            Self::Misaligned => "misaligned",
            Self::Closed => "closed",
        }
    }
}

/// A figure. Gray levels and contrasts are sRGB codes from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Side of the square canvas, degrees.
    pub size_deg: f64,
    /// The implied shape.
    pub shape: Shape,
    /// How it is made.
    pub variant: Variant,
    /// Share of the outline within the discs, 0 (no discs) to below 1.
    pub support_ratio: f64,
    /// Distance of the discs from the center, degrees.
    pub circumradius_deg: f64,
    /// Offset of the center, degrees.
    pub center: Point,
    /// Direction of the first disc from the center, degrees.
    pub turn_deg: f64,
    /// Gray level of the ground.
    pub background: f64,
    /// Difference in gray level between ground and discs, above 0.
    pub inducer_contrast: f64,
    /// Polarity of the discs.
    pub polarity: Polarity,
}

impl Figure {
    /// Radius of the discs, degrees.
    pub fn radius_deg(&self) -> f64 {
        let n = self.shape.discs() as f64;
        match self.shape {
            // A disc on the circle covers an arc of 4 asin(r / 2R).
            Shape::Circle => 2.0 * self.circumradius_deg * libm::sin(PI * self.support_ratio / (2.0 * n)),
            Shape::Triangle | Shape::Square | Shape::Pentagon | Shape::Hexagon => {
                self.support_ratio * self.circumradius_deg * libm::sin(PI / n)
            }
        }
    }

    fn direction(&self, k: usize) -> f64 {
        radians(self.turn_deg) + TAU * k as f64 / self.shape.discs() as f64
    }

    /// Center of disc `k`, where the illusion has it.
    pub fn disc_center(&self, k: usize) -> Point {
        self.center + Point::polar(self.circumradius_deg, self.direction(k))
    }

    /// Disc `k` as a wedge-cut disc; for the circle, whose mouth is bounded by an arc, the wedge between the ends of that arc.
    pub fn mouth(&self, k: usize) -> Pacman {
        let (center, radius) = (self.disc_center(k), self.radius_deg());
        let half_mouth = match self.shape {
            Shape::Circle => FRAC_PI_2 - self.arc_half_angle(),
            Shape::Triangle | Shape::Square | Shape::Pentagon | Shape::Hexagon => {
                FRAC_PI_2 - PI / self.shape.discs() as f64
            }
        };
        Pacman { center, radius, apex: center, axis: self.direction(k) + PI, half_mouth }
    }

    /// Angle, at the circle's center, between a disc's center and where its rim meets the circle; halved.
    fn arc_half_angle(&self) -> f64 {
        libm::asin((self.radius_deg() / (2.0 * self.circumradius_deg)).min(1.0))
    }

    /// Cut disc `k` of the illusion.
    fn cut(&self, k: usize) -> Path {
        match self.shape {
            Shape::Circle => self.arc_cut(k),
            Shape::Triangle | Shape::Square | Shape::Pentagon | Shape::Hexagon => self.mouth(k).path(),
        }
    }

    /// Disc `k` without the inside of the circle.
    fn arc_cut(&self, k: usize) -> Path {
        let reach = 2.0 * self.arc_half_angle();
        let rim = |angle: f64| self.center + Point::polar(self.circumradius_deg, self.direction(k) + angle);
        let (early, late) = (rim(-reach), rim(reach));
        let path = Path::from(early).arc(self.center, self.circumradius_deg, [self.direction(k) - reach, 2.0 * reach]);
        // Back along the far rim, counterclockwise: what is left lies outside the circle.
        let disc = self.disc_center(k);
        let from = (late - disc).angle();
        let mut sweep = (early - disc).angle() - from;
        if sweep >= 0.0 {
            sweep -= TAU;
        }
        path.arc(disc, self.radius_deg(), [from, sweep])
    }

    /// Shift of disc `k` in the misaligned variant: along the tangent of the circumscribed circle, all the same way round, so
    /// that at every gap one edge lies outside the other by 2 · 0.4 r · sin(π/n).
    fn shift(&self, k: usize) -> Point {
        Point::polar(MISALIGNMENT * self.radius_deg(), self.direction(k) + FRAC_PI_2)
    }

    /// Center of disc `k` in this variant.
    pub(super) fn placed(&self, k: usize) -> Point {
        match self.variant {
            Variant::Misaligned => self.disc_center(k) + self.shift(k),
            Variant::In | Variant::Out | Variant::Rotated(_) | Variant::Discs | Variant::Closed => self.disc_center(k),
        }
    }

    /// Paths of the discs.
    pub fn inducers(&self) -> Vec<Path> {
        let disc = |k: usize| match self.variant {
            Variant::In | Variant::Closed => self.cut(k),
            Variant::Out => self.cut(k).turned(self.disc_center(k), PI),
            Variant::Rotated(turns) => self.cut(k).turned(self.disc_center(k), turns[k]),
            Variant::Discs => Path::disc(self.disc_center(k), self.radius_deg()),
            Variant::Misaligned => self.cut(k).moved(self.shift(k)),
        };
        if self.support_ratio == 0.0 { Vec::new() } else { (0..self.shape.discs()).map(disc).collect() }
    }

    /// The implied shape, filled.
    pub fn implied(&self) -> Path {
        let turn = radians(self.turn_deg);
        match self.shape {
            Shape::Circle => Path::disc(self.center, self.circumradius_deg),
            Shape::Triangle | Shape::Square | Shape::Pentagon | Shape::Hexagon => {
                regular_polygon(self.shape.discs(), self.center, self.circumradius_deg, turn)
            }
        }
    }

    /// Checks every parameter.
    ///
    /// # Errors
    /// [`StimulusError::OutOfRange`] with the name of the parameter.
    pub fn check(&self) -> Result<(), StimulusError> {
        let ratio = self.support_ratio;
        require("support_ratio", ratio, (0.0..1.0).contains(&ratio), "from 0 to below 1: inducers must not touch")?;
        require("size_deg", self.size_deg, self.size_deg.is_finite() && self.size_deg > 0.0, "finite and above 0")?;
        require("center_x_deg", self.center.x, self.center.x.is_finite(), "finite")?;
        require("center_y_deg", self.center.y, self.center.y.is_finite(), "finite")?;
        let radius = self.circumradius_deg;
        require("circumradius_deg", radius, radius.is_finite() && radius > 0.0, "finite and above 0")?;
        require("turn_deg", self.turn_deg, self.turn_deg.is_finite(), "finite")?;
        self.check_grays()?;
        self.check_room()
    }

    fn check_grays(&self) -> Result<(), StimulusError> {
        let contrast = self.inducer_contrast;
        require("background", self.background, (0.0..=1.0).contains(&self.background), "from 0 to 1")?;
        let level = self.background + self.polarity.sign() * contrast;
        let holds = contrast > 0.0 && (-1e-9..=1.0 + 1e-9).contains(&level);
        require("inducer_contrast", contrast, holds, "above 0, with gray levels from 0 to 1")
    }

    fn check_room(&self) -> Result<(), StimulusError> {
        let [x, y] = self.reach();
        let holds = x.max(y) + self.radius_deg() <= self.size_deg / 2.0 + 1e-9;
        require("circumradius_deg", self.circumradius_deg, holds, "small enough for the discs to lie on the canvas")
    }

    /// Largest distance of a disc's center from the canvas's, rightward or leftward and upward or downward, degrees.
    pub(super) fn reach(&self) -> [f64; 2] {
        (0..self.shape.discs())
            .map(|k| self.placed(k))
            .fold([0.0f64; 2], |[x, y], center| [x.max(center.x.abs()), y.max(center.y.abs())])
    }

    /// The scene, with a real outline of that contrast (0 = none) under the discs.
    ///
    /// # Errors
    /// As [`Figure::check`]; an outline contrast outside 0 to 1.
    pub fn compose(&self, outline: f64) -> Result<Scene, StimulusError> {
        self.check()?;
        require("difference", outline, (0.0..=1.0).contains(&outline), "from 0 to 1")?;
        let gray = |contrast: f64| Fill::gray_level(self.background + self.polarity.sign() * contrast);
        let mut scene = Scene::new([self.size_deg; 2], gray(0.0));
        if outline > 0.0 {
            scene.paint(self.implied().outlined(CONTOUR_HALF_WIDTH_DEG / 2.0), gray(outline * self.inducer_contrast));
        }
        for path in self.inducers() {
            scene.paint(path, gray(self.inducer_contrast));
        }
        if self.variant == Variant::Closed && self.support_ratio > 0.0 {
            for mouth in (0..self.shape.discs()).map(|k| self.mouth(k)) {
                scene.paint(closing_arc(&mouth), gray(self.inducer_contrast));
            }
        }
        self.name_regions(&mut scene);
        self.describe(&mut scene);
        scene.note("difference", outline);
        Ok(scene)
    }

    /// Clear space round the discs: at most an eighth of a gap, so that something is left of it.
    fn clearance_deg(&self) -> f64 {
        let side = 2.0 * self.circumradius_deg * libm::sin(PI / self.shape.discs() as f64);
        CLEARANCE_DEG.min((1.0 - self.support_ratio) * side / 8.0)
    }

    fn name_regions(&self, scene: &mut Scene) {
        let discs = |margin: f64| -> Vec<Path> {
            let disc = |k: usize| Path::disc(self.placed(k), self.radius_deg() + margin);
            (0..self.shape.discs()).map(disc).collect()
        };
        let without = |start: Path, removed: Vec<Path>| -> Vec<MaskStep> {
            std::iter::once(MaskStep::Add(start)).chain(removed.into_iter().map(MaskStep::Remove)).collect()
        };
        let band = |half_width: f64| self.implied().outlined(half_width);
        let cleared = discs(self.clearance_deg());
        scene.region(MaskName::Gap, without(band(GAP_HALF_WIDTH_DEG), cleared.clone()));
        if self.support_ratio > 0.0 {
            scene.region(MaskName::Inducer, discs(0.0).into_iter().map(MaskStep::Add).collect());
        }
        let wider = vec![band(GAP_HALF_WIDTH_DEG + CLEARANCE_DEG)];
        scene.region(MaskName::Outside, without(scene.field(), [wider, cleared].concat()));
    }

    fn describe(&self, scene: &mut Scene) {
        scene.note("illusion", "kanizsa");
        scene.note("shape", self.shape.id());
        scene.note("variant", self.variant.id());
        scene.note("support_ratio", self.support_ratio);
        scene.note("strength", self.support_ratio);
        scene.note("radius_deg", self.radius_deg());
        scene.note("circumradius_deg", self.circumradius_deg);
        scene.note("turn_deg", self.turn_deg);
        scene.note("center_x_deg", self.center.x);
        scene.note("center_y_deg", self.center.y);
        scene.note("background", self.background);
        scene.note("inducer_contrast", self.inducer_contrast);
        scene.note("polarity", if self.polarity == Polarity::Light { "light" } else { "dark" });
        if let Variant::Rotated(turns) = self.variant {
            let turns: Vec<String> =
                turns[..self.shape.discs()].iter().map(|turn| (turn / PI * 180.0).to_string()).collect();
            scene.note("turns_deg", turns.join(" "));
        }
    }
}

/// The part of a disc's rim across its mouth, just inside the disc.
fn closing_arc(mouth: &Pacman) -> Path {
    let half_width = CLOSING_HALF_WIDTH_DEG.min(mouth.radius / 8.0);
    let radius = mouth.radius - half_width;
    let [from, _] = mouth.edges();
    Path::from(mouth.center + Point::polar(radius, from))
        .arc(mouth.center, radius, [from, 2.0 * mouth.half_mouth])
        .stroked(half_width)
}
