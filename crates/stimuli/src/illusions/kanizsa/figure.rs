//! One Kanizsa figure: its parameters, and where its discs, mouths and gaps are.

use super::member::{Body, Contour, Member, Render, Shape};
use crate::clutter::forms_nothing;
use crate::figures::{Pacman, regular_polygon};
use crate::geometry::{Point, radians};
use crate::illusions::fat_thin::{Polarity, Relative};
use crate::path::Path;
use std::f64::consts::{FRAC_PI_2, PI, TAU};

/// A figure. Gray levels and contrasts are sRGB codes from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Side of the square canvas, degrees.
    pub size_deg: f64,
    /// The implied shape.
    pub shape: Shape,
    /// How it is made; [`Figure::as_member`] draws what a member needs besides.
    pub member: Member,
    /// How a real shape is drawn, in members that have one.
    pub render: Render,
    /// Share of the outline within the discs, 0 (no discs) to below 1.
    pub support_ratio: f64,
    /// Distance of the corners from the center, degrees.
    pub circumradius_deg: f64,
    /// Offset of the center, degrees.
    pub center: Point,
    /// Direction of the first corner from the center, degrees.
    pub turn_deg: f64,
    /// Gray level of the ground.
    pub background: f64,
    /// Difference in gray level between ground and discs, above 0.
    pub inducer_contrast: f64,
    /// Polarity of the discs; of the first one, where polarities alternate.
    pub polarity: Polarity,
    /// Turn of each disc about its own center, radians; read by members that are turned at random.
    pub turns: [f64; 6],
    /// Center of each disc, degrees; read by the scrambled member.
    pub places: [Point; 6],
}

/// One disc, or what stands in its place, as it is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Disc {
    /// Center, degrees.
    pub center: Point,
    /// Radius, degrees.
    pub radius: f64,
    /// Its mouth after all turns and shifts; `None` in full discs. A circle's mouth, which is bounded by an arc, is given as
    /// the wedge between the ends of that arc.
    pub mouth: Option<Pacman>,
    /// Whether the disc is drawn, or the edges of its mouth alone.
    pub filled: bool,
    /// Its polarity.
    pub polarity: Polarity,
    /// Its gray level.
    pub gray_level: f64,
}

/// A part of the implied outline between two neighboring discs of the illusion, the same for all members of a draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gap {
    /// Where it starts and ends: on the rims of the discs, clockwise, degrees.
    pub ends: [Point; 2],
    /// The middle of it, on the outline.
    pub middle: Point,
    /// Direction from the middle out of the shape, radians.
    pub outward: f64,
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

    /// Number of discs, drawn or not.
    pub fn count(&self) -> usize {
        if self.member.six() { 6 } else { self.shape.discs() }
    }

    fn direction(&self, k: usize) -> f64 {
        radians(self.turn_deg) + TAU * k as f64 / self.count() as f64
    }

    /// Center of disc `k` where the illusion has it (for the two members of six discs, on the hexagon).
    pub fn disc_center(&self, k: usize) -> Point {
        self.center + Point::polar(self.circumradius_deg, self.direction(k))
    }

    /// Disc `k` as a wedge-cut disc that faces the center; for the circle, whose mouth is bounded by an arc, the wedge
    /// between the ends of that arc.
    pub(super) fn inward(&self, k: usize) -> Pacman {
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

    /// Turn of disc `k` about its own center, radians.
    fn turn(&self, k: usize) -> f64 {
        match self.member {
            Member::Out => PI,
            Member::Turned(degrees) => radians(degrees),
            Member::Count if k % 2 == 1 => PI,
            Member::Rotated
            | Member::MixedRotated
            | Member::Contour(_)
            | Member::FragmentsRotated
            | Member::CountRotated => self.turns[k],
            Member::In
            | Member::Discs
            | Member::Closed
            | Member::Misaligned(_)
            | Member::Scrambled
            | Member::Mixed
            | Member::RealDiscs
            | Member::RealShape
            | Member::Fragments
            | Member::Occluded
            | Member::Count => 0.0,
        }
    }

    /// Shift of disc `k`. Misaligned ones move along the tangent of the circumscribed circle, all the same way round, so that
    /// at every gap one edge lies outside the other by 2 · share · r · sin(π/n).
    fn shift(&self, k: usize) -> Point {
        match self.member {
            Member::Misaligned(share) => Point::polar(share * self.radius_deg(), self.direction(k) + FRAC_PI_2),
            Member::Scrambled => self.places[k] - self.disc_center(k),
            Member::In
            | Member::Out
            | Member::Rotated
            | Member::Turned(_)
            | Member::Discs
            | Member::Closed
            | Member::Mixed
            | Member::MixedRotated
            | Member::RealDiscs
            | Member::RealShape
            | Member::Contour(_)
            | Member::Fragments
            | Member::FragmentsRotated
            | Member::Occluded
            | Member::Count
            | Member::CountRotated => Point::default(),
        }
    }

    /// Center of disc `k` in this member.
    pub(super) fn placed(&self, k: usize) -> Point {
        self.disc_center(k) + self.shift(k)
    }

    /// A path of disc `k` of the illusion, as this member has it.
    fn posed(&self, k: usize, path: Path) -> Path {
        path.turned(self.disc_center(k), self.turn(k)).moved(self.shift(k))
    }

    /// The mouth of disc `k` after all turns and shifts, whether the disc is drawn or not.
    pub(super) fn mouth(&self, k: usize) -> Pacman {
        let (mouth, shift) = (self.inward(k).turned(self.turn(k)), self.shift(k));
        Pacman { center: mouth.center + shift, apex: mouth.apex + shift, ..mouth }
    }

    /// Polarity of disc `k`.
    pub(super) fn disc_polarity(&self, k: usize) -> Polarity {
        if self.member.alternates() && k % 2 == 1 { self.polarity.other() } else { self.polarity }
    }

    /// Polarity of a contour in the gaps.
    pub(super) fn contour_polarity(&self, contour: Contour) -> Polarity {
        match contour.polarity {
            Relative::Same => self.polarity,
            Relative::Opposite => self.polarity.other(),
        }
    }

    /// Gray level at a share of the inducers' contrast.
    pub(super) fn gray_level(&self, polarity: Polarity, share: f64) -> f64 {
        self.background + polarity.sign() * share * self.inducer_contrast
    }

    /// The discs as they are drawn, clockwise from the first corner; none in members without.
    pub fn discs(&self) -> Vec<Disc> {
        let body = self.member.body();
        let disc = |k: usize| Disc {
            center: self.placed(k),
            radius: self.radius_deg(),
            mouth: (body != Body::Whole).then(|| self.mouth(k)),
            filled: body != Body::Edges,
            polarity: self.disc_polarity(k),
            gray_level: self.gray_level(self.disc_polarity(k), 1.0),
        };
        let absent = body == Body::Nothing || self.support_ratio == 0.0;
        if absent { Vec::new() } else { (0..self.count()).map(disc).collect() }
    }

    /// Number of pairs of discs, neighbors or not, with edges that could be joined: each within 15° of the line between their
    /// centers. Not 0 for all angles of turned discs: at 45°, opposite discs of a square face each other.
    pub fn joinable(&self) -> usize {
        let mouths: Vec<Pacman> = self.discs().iter().filter_map(|disc| disc.mouth).collect();
        (0..mouths.len()).map(|k| (0..k).filter(|&j| !forms_nothing(&mouths[k], &mouths[j..=j])).count()).sum()
    }

    /// Paths of the discs, or of the strokes in their places, in the order of [`Figure::discs`].
    pub fn inducers(&self) -> Vec<Path> {
        let path = |k: usize| match self.member.body() {
            Body::Cut => Some(self.posed(k, self.cut(k))),
            Body::Whole => Some(Path::disc(self.placed(k), self.radius_deg())),
            Body::Edges => Some(self.posed(k, self.edges(k))),
            Body::Nothing => None,
        };
        if self.support_ratio == 0.0 { Vec::new() } else { (0..self.count()).filter_map(path).collect() }
    }

    /// Cut disc `k` of the illusion.
    fn cut(&self, k: usize) -> Path {
        match self.shape {
            Shape::Circle => self.arc_cut(k),
            Shape::Triangle | Shape::Square | Shape::Pentagon | Shape::Hexagon => self.inward(k).path(),
        }
    }

    /// The part of the implied outline within disc `k`, from rim to rim, clockwise round the shape; a line.
    fn edges(&self, k: usize) -> Path {
        let path = match self.shape {
            Shape::Circle => self.arc_edge(k),
            Shape::Triangle | Shape::Square | Shape::Pentagon | Shape::Hexagon => {
                let mouth = self.inward(k);
                let [from, to] = mouth.edges().map(|edge| mouth.apex + Point::polar(mouth.radius, edge));
                Path::from(to).line(mouth.apex).line(from)
            }
        };
        path.stroked(super::CONTOUR_HALF_WIDTH_DEG)
    }

    /// The arc of the circle within disc `k`.
    fn arc_edge(&self, k: usize) -> Path {
        let reach = 2.0 * self.arc_half_angle();
        let early = self.center + Point::polar(self.circumradius_deg, self.direction(k) - reach);
        Path::from(early).arc(self.center, self.circumradius_deg, [self.direction(k) - reach, 2.0 * reach])
    }

    /// Disc `k` without the inside of the circle.
    fn arc_cut(&self, k: usize) -> Path {
        let reach = 2.0 * self.arc_half_angle();
        let rim = |angle: f64| self.center + Point::polar(self.circumradius_deg, self.direction(k) + angle);
        // Back along the far rim, counterclockwise: what is left lies outside the circle.
        let disc = self.disc_center(k);
        let from = (rim(reach) - disc).angle();
        let mut sweep = (rim(-reach) - disc).angle() - from;
        if sweep >= 0.0 {
            sweep -= TAU;
        }
        self.arc_edge(k).arc(disc, self.radius_deg(), [from, sweep])
    }

    /// The implied shape, filled.
    pub fn implied(&self) -> Path {
        match self.shape {
            Shape::Circle => Path::disc(self.center, self.circumradius_deg),
            Shape::Triangle | Shape::Square | Shape::Pentagon | Shape::Hexagon => {
                regular_polygon(self.shape.discs(), self.center, self.circumradius_deg, radians(self.turn_deg))
            }
        }
    }

    /// Corner `k` of the implied shape; for the circle, where its disc `k` stands.
    pub fn corner(&self, k: usize) -> Point {
        let around = TAU * k as f64 / self.shape.discs() as f64;
        self.center + Point::polar(self.circumradius_deg, radians(self.turn_deg) + around)
    }

    /// The gaps of the implied outline, clockwise from the first corner; they do not depend on the member.
    pub fn gaps(&self) -> Vec<Gap> {
        let n = self.shape.discs();
        (0..n)
            .map(|k| {
                let (from, to) = (self.corner(k), self.corner(k + 1));
                let outward = radians(self.turn_deg) + TAU * (k as f64 + 0.5) / n as f64;
                match self.shape {
                    Shape::Circle => {
                        let (reach, half) = (2.0 * self.arc_half_angle(), PI / n as f64);
                        let rim = |angle: f64| self.center + Point::polar(self.circumradius_deg, outward + angle);
                        Gap { ends: [rim(reach - half), rim(half - reach)], middle: rim(0.0), outward }
                    }
                    Shape::Triangle | Shape::Square | Shape::Pentagon | Shape::Hexagon => {
                        let along = (to - from) * (self.support_ratio / 2.0);
                        Gap { ends: [from + along, to - along], middle: (from + to) * 0.5, outward }
                    }
                }
            })
            .collect()
    }

    /// Largest distance of a disc's center from the canvas's, rightward or leftward and upward or downward, degrees.
    pub(super) fn reach(&self) -> [f64; 2] {
        (0..self.count())
            .map(|k| self.placed(k))
            .fold([0.0f64; 2], |[x, y], center| [x.max(center.x.abs()), y.max(center.y.abs())])
    }
}
