//! Figures that several worlds and illusions share: cut discs and quadrilaterals with bowed sides.

use crate::geometry::Point;
use crate::path::Path;
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI, TAU};

/// A disc from which a wedge is cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pacman {
    /// Center of the disc, degrees.
    pub center: Point,
    /// Radius of the disc, degrees.
    pub radius: f64,
    /// Tip of the wedge, degrees; inside the disc, usually its center.
    pub apex: Point,
    /// Direction in which the mouth opens, radians clockwise from rightward.
    pub axis: f64,
    /// Half the angle of the mouth, radians, below π.
    pub half_mouth: f64,
}

impl Pacman {
    /// The two edges of the mouth as directions in radians: counterclockwise and clockwise of the axis.
    pub fn edges(&self) -> [f64; 2] {
        [self.axis - self.half_mouth, self.axis + self.half_mouth]
    }

    /// Where a ray from the apex leaves the disc.
    fn exit(&self, direction: f64) -> Point {
        let along = Point::polar(1.0, direction);
        let arm = self.apex - self.center;
        let half = arm.dot(along);
        let reach = (half * half + self.radius * self.radius - arm.dot(arm)).max(0.0).sqrt() - half;
        self.apex + along * reach
    }

    /// The disc without its wedge.
    pub fn path(&self) -> Path {
        let [left, right] = self.edges().map(|direction| self.exit(direction));
        cut_disc(Path::from(self.apex).line(right), [self.center, left, right], self.radius)
    }

    /// The same cut disc turned clockwise about the center of the disc, radians.
    #[must_use]
    pub fn turned(mut self, angle: f64) -> Self {
        self.apex = self.apex.turned(self.center, angle);
        self.axis += angle;
        self
    }

    /// Whether an edge of one mouth and an edge of the other lie within `tolerance` radians of one line and face each
    /// other, so that a contour could run from one to the other.
    pub fn relatable(&self, other: &Self, tolerance: f64) -> bool {
        let between = (other.apex - self.apex).angle();
        let near = |edge: f64, direction: f64| wrapped(edge - direction).abs() <= tolerance;
        self.edges().iter().any(|&edge| near(edge, between))
            && other.edges().iter().any(|&edge| near(edge, between + PI))
    }
}

/// The ends of a line that is drawn in pieces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fragment {
    /// Where it ends, degrees.
    pub ends: [Point; 2],
    /// Direction in which it would go on at each end, radians.
    pub onward: [f64; 2],
}

impl Fragment {
    /// The same piece turned clockwise about a point, radians.
    #[must_use]
    pub fn turned(self, center: Point, angle: f64) -> Self {
        Self {
            ends: self.ends.map(|end| end.turned(center, angle)),
            onward: self.onward.map(|direction| direction + angle),
        }
    }

    /// The same piece moved by a vector.
    #[must_use]
    pub fn moved(self, by: Point) -> Self {
        Self { ends: self.ends.map(|end| end + by), ..self }
    }

    /// Whether an end of one and an end of the other lie within `tolerance` radians of one line and go on toward each other.
    pub fn relatable(&self, other: &Self, tolerance: f64) -> bool {
        let near = |onward: f64, direction: f64| wrapped(onward - direction).abs() <= tolerance;
        self.ends.iter().zip(self.onward).any(|(&end, onward)| {
            other.ends.iter().zip(other.onward).any(|(&far, back)| {
                let between = (far - end).angle();
                near(onward, between) && near(back, between + PI)
            })
        })
    }
}

/// Continues a path that stands at `right` on the circle, clockwise round the disc, to `left`.
pub(crate) fn cut_disc(path: Path, [center, left, right]: [Point; 3], radius: f64) -> Path {
    let from = (right - center).angle();
    let mut sweep = (left - center).angle() - from;
    if sweep <= 0.0 {
        sweep += TAU;
    }
    path.arc(center, radius, [from, sweep])
}

/// An angle brought to −π..π.
pub(crate) fn wrapped(angle: f64) -> f64 {
    angle - TAU * (angle / TAU).round()
}

/// A square whose sides are bowed: two opposite ones outward, the other two inward by as much.
///
/// Each side is the parabola through its corners whose tangent there is turned by the bow's angle: with
/// h half the side, s −1 to 1 along it, the side stands out by tan(bow) · h/2 · (1 − s²). Neighboring sides have opposite
/// signs, so the corners keep 90° and the area is the square's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BowedSquare {
    /// Center, degrees.
    pub center: Point,
    /// Distance between neighboring corners, degrees.
    pub side: f64,
    /// Turn of the whole, radians.
    pub turn: f64,
    /// Tangent of the angle at the corners; above 0 the left and right sides stand out (fat), below 0 the others (thin).
    pub bow: f64,
}

impl BowedSquare {
    /// Corner `k` of 4, clockwise on the screen from the lower left.
    pub fn corner(&self, k: usize) -> Point {
        self.center + Point::polar(self.side / std::f64::consts::SQRT_2, self.inward(k) + PI)
    }

    /// Direction from corner `k` to the center.
    pub fn inward(&self, k: usize) -> f64 {
        self.turn - FRAC_PI_4 + k as f64 * FRAC_PI_2
    }

    /// Outward normal of side `k`, which runs from corner `k` to corner `k` + 1; side 0 is the left one.
    pub fn outward(&self, k: usize) -> f64 {
        self.turn + PI + k as f64 * FRAC_PI_2
    }

    /// How far the middle of side `k` stands out from the straight side, degrees.
    pub fn height(&self, k: usize) -> f64 {
        let sign = if k.is_multiple_of(2) { 1.0 } else { -1.0 };
        sign * self.bow * self.side / 4.0
    }

    /// Control point of side `k`: where the tangents at its corners meet.
    fn control(&self, k: usize) -> Point {
        self.center + Point::polar(self.side / 2.0 + 2.0 * self.height(k), self.outward(k))
    }

    /// The whole figure, filled.
    pub fn path(&self) -> Path {
        (0..4).fold(Path::from(self.corner(0)), |path, k| path.parabola(self.control(k), self.corner(k + 1)))
    }

    /// A disc on corner `k` without what the figure covers of it.
    pub fn cut_disc(&self, k: usize, radius: f64) -> Path {
        let (corner, next, last) = (self.corner(k), self.corner(k + 1), self.corner(k + 3));
        let (left_control, left) = leaving([corner, self.control(k), next], radius);
        let (right_control, right) = leaving([corner, self.control(k + 3), last], radius);
        let path = Path::from(corner).parabola(right_control, right);
        cut_disc(path, [corner, left, right], radius).parabola(left_control, corner)
    }
}

/// The part of a parabola from its start to where it leaves a circle about the start: control point and end.
fn leaving([start, control, end]: [Point; 3], radius: f64) -> (Point, Point) {
    let at = |t: f64| start * ((1.0 - t) * (1.0 - t)) + control * (2.0 * t * (1.0 - t)) + end * (t * t);
    let (mut inside, mut outside) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (inside + outside);
        if (at(middle) - start).length() < radius { inside = middle } else { outside = middle }
    }
    (start + (control - start) * inside, at(inside))
}

/// The regular polygon with `n` corners, the first in direction `turn` from the center.
pub fn regular_polygon(n: usize, center: Point, circumradius: f64, turn: f64) -> Path {
    let corners: Vec<Point> =
        (0..n).map(|k| center + Point::polar(circumradius, turn + TAU * k as f64 / n as f64)).collect();
    Path::polygon(&corners)
}
