//! Outlines made of lines, parabolas and circular arcs, and their flattening to polygons.
//!
//! Arcs are flattened to chords whose ends lie a little outside the circle, so that the polygon has the area of the
//! sector exactly; the outline is off by at most [`TOLERANCE_PX`].

use crate::geometry::Point;
use std::f64::consts::{PI, TAU};

/// Largest distance between an outline and its polygon, in pixels.
const TOLERANCE_PX: f64 = 0.01;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Edge {
    Start(Point),
    Line(Point),
    /// Quadratic Bézier curve, which is a parabola: control point, end.
    Parabola(Point, Point),
    /// Center, radius, angle of the first point, signed sweep.
    Arc(Point, f64, f64, f64),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Pen {
    Fill,
    Grown(f64),
    Closed(f64),
    Open(f64),
}

/// A figure in degrees: rings that are filled, or a line of given width along them.
///
/// Rings of one path add up: where two overlap the path is there once; a ring that runs the other way is a hole.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    edges: Vec<Edge>,
    pen: Pen,
}

impl Path {
    /// A filled path that starts at a point.
    pub fn from(start: Point) -> Self {
        let mut edges = Vec::with_capacity(8);
        edges.push(Edge::Start(start));
        Self { edges, pen: Pen::Fill }
    }

    /// A straight line to a point.
    #[must_use]
    pub fn line(mut self, to: Point) -> Self {
        self.edges.push(Edge::Line(to));
        self
    }

    /// A parabola to a point, with that control point (where the end tangents meet).
    #[must_use]
    pub fn parabola(mut self, control: Point, to: Point) -> Self {
        self.edges.push(Edge::Parabola(control, to));
        self
    }

    /// An arc about `center` from angle `from` by `sweep` radians; it begins where the path stands.
    #[must_use]
    pub fn arc(mut self, center: Point, radius: f64, [from, sweep]: [f64; 2]) -> Self {
        self.edges.push(Edge::Arc(center, radius, from, sweep));
        self
    }

    /// The polygon with these corners.
    pub fn polygon(corners: &[Point]) -> Self {
        let mut edges: Vec<Edge> = corners.iter().map(|&corner| Edge::Line(corner)).collect();
        if let (Some(first), Some(&corner)) = (edges.first_mut(), corners.first()) {
            *first = Edge::Start(corner);
        }
        Self { edges, pen: Pen::Fill }
    }

    /// Chosen pixels of a square canvas of `side_px` pixels and `size_deg` degrees, its middle at 0: a rectangle for each run of a
    /// row. `chosen` is asked by index, row after row.
    pub fn pixels(side_px: usize, size_deg: f64, chosen: impl Fn(usize) -> bool) -> Self {
        let edge = |at: usize| (at as f64 / side_px as f64 - 0.5) * size_deg;
        let mut path = Self::polygon(&[]);
        for row in 0..side_px {
            let mut column = 0;
            while column < side_px {
                let run = (column..side_px).take_while(|&column| chosen(row * side_px + column)).count();
                if run > 0 {
                    let low = Point::new(edge(column), edge(row));
                    path = path.with(&Self::rectangle(low, Point::new(edge(column + run), edge(row + 1))));
                }
                column += run + 1;
            }
        }
        path
    }

    /// An upright rectangle between two corners.
    pub fn rectangle(low: Point, high: Point) -> Self {
        Self::polygon(&[low, Point::new(high.x, low.y), high, Point::new(low.x, high.y)])
    }

    /// A disc.
    pub fn disc(center: Point, radius: f64) -> Self {
        Self::from(center + Point::new(radius, 0.0)).arc(center, radius, [0.0, TAU])
    }

    /// A straight bar with flat ends.
    pub fn bar(from: Point, to: Point, half_width: f64) -> Self {
        let mut path = Self::from(from).line(to);
        path.pen = Pen::Open(half_width);
        path
    }

    /// This path and the rings of another, drawn as one.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        self.edges.extend_from_slice(&other.edges);
        self
    }

    /// The closed line along this path, corners mitered.
    #[must_use]
    pub fn outlined(mut self, half_width: f64) -> Self {
        self.pen = Pen::Closed(half_width);
        self
    }

    /// What this path fills, grown by that much on every side, corners mitered. Each ring must run clockwise on the screen;
    /// one that runs the other way, a hole, shrinks.
    #[must_use]
    pub fn grown(mut self, by: f64) -> Self {
        self.pen = Pen::Grown(by);
        self
    }

    /// The open line along this path, flat ends.
    #[must_use]
    pub fn stroked(mut self, half_width: f64) -> Self {
        self.pen = Pen::Open(half_width);
        self
    }

    /// The path turned clockwise about `center` by an angle in radians.
    #[must_use]
    pub fn turned(mut self, center: Point, angle: f64) -> Self {
        for edge in &mut self.edges {
            *edge = match *edge {
                Edge::Start(to) => Edge::Start(to.turned(center, angle)),
                Edge::Line(to) => Edge::Line(to.turned(center, angle)),
                Edge::Parabola(control, to) => Edge::Parabola(control.turned(center, angle), to.turned(center, angle)),
                Edge::Arc(middle, radius, from, sweep) => {
                    Edge::Arc(middle.turned(center, angle), radius, from + angle, sweep)
                }
            };
        }
        self
    }

    /// The path moved by a vector.
    #[must_use]
    pub fn moved(mut self, by: Point) -> Self {
        for edge in &mut self.edges {
            *edge = match *edge {
                Edge::Start(to) => Edge::Start(to + by),
                Edge::Line(to) => Edge::Line(to + by),
                Edge::Parabola(control, to) => Edge::Parabola(control + by, to + by),
                Edge::Arc(middle, radius, from, sweep) => Edge::Arc(middle + by, radius, from, sweep),
            };
        }
        self
    }
}

/// Flattens paths to polygons in pixels; owns its buffers so that a scene needs few allocations.
pub(crate) struct Flattener {
    ppd: f64,
    origin: Point,
    ring: Vec<Point>,
    smooth: Vec<Point>,
}

impl Flattener {
    /// `origin`: where the scene's origin lies, in pixels.
    pub(crate) fn new(ppd: f64, origin: Point) -> Self {
        Self { ppd, origin, ring: Vec::with_capacity(128), smooth: Vec::with_capacity(128) }
    }

    /// Appends the polygon edges of the path, in pixels, as pairs of ends.
    pub(crate) fn flatten(&mut self, path: &Path, into: &mut Vec<[Point; 2]>) {
        into.clear();
        self.ring.clear();
        for &edge in &path.edges {
            if let Edge::Start(_) = edge {
                self.finish(path.pen, into);
            }
            self.add(edge);
        }
        self.finish(path.pen, into);
    }

    fn pixel(&self, point: Point) -> Point {
        self.origin + point * self.ppd
    }

    fn add(&mut self, edge: Edge) {
        match edge {
            Edge::Start(to) | Edge::Line(to) => self.ring.push(self.pixel(to)),
            Edge::Parabola(control, to) => self.add_parabola(self.pixel(control), self.pixel(to)),
            Edge::Arc(center, radius, from, sweep) => {
                self.add_arc(self.pixel(center), radius * self.ppd, [from, sweep]);
            }
        }
    }

    fn add_parabola(&mut self, control: Point, to: Point) {
        let Some(&from) = self.ring.last() else { return };
        let bend = (from - control * 2.0 + to).length();
        let pieces = (bend / (4.0 * TOLERANCE_PX)).sqrt().ceil().clamp(1.0, 256.0);
        for at in 1..=pieces as usize {
            let t = at as f64 / pieces;
            let s = 1.0 - t;
            self.ring.push(from * (s * s) + control * (2.0 * s * t) + to * (t * t));
        }
    }

    fn add_arc(&mut self, center: Point, radius: f64, [from, sweep]: [f64; 2]) {
        let longest = 2.0 * (2.0 * TOLERANCE_PX / radius.max(0.1)).sqrt();
        let pieces = (sweep.abs() / longest.min(PI / 6.0)).ceil().clamp(1.0, 4096.0);
        let step = sweep / pieces;
        let (sin, cos) = libm::sincos(step);
        let mut arm = Point::polar(radius * (step / sin).sqrt(), from);
        if let Some(last) = self.ring.last_mut() {
            *last = center + arm; // the path stands where the arc begins
        }
        for _ in 0..pieces as usize {
            arm = Point::new(arm.x * cos - arm.y * sin, arm.x * sin + arm.y * cos);
            self.ring.push(center + arm);
        }
    }

    fn finish(&mut self, pen: Pen, into: &mut Vec<[Point; 2]>) {
        if self.ring.len() < 2 {
            self.ring.clear();
            return;
        }
        match pen {
            Pen::Fill => close(&self.ring, into),
            Pen::Grown(by) => {
                let (outer, _) = self.offsets(by * self.ppd);
                close(&outer, into);
            }
            Pen::Closed(half_width) => self.offset_closed(half_width * self.ppd, into),
            Pen::Open(half_width) => self.offset_open(half_width * self.ppd, into),
        }
        self.ring.clear();
    }

    /// Drops points that coincide, and the last when it closes the ring.
    fn clean(&mut self, closed: bool) {
        self.smooth.clear();
        for &point in &self.ring {
            if self.smooth.last().is_none_or(|&last| (point - last).length() > 1e-9) {
                self.smooth.push(point);
            }
        }
        if closed && self.smooth.len() > 1 && (self.smooth[0] - self.smooth[self.smooth.len() - 1]).length() <= 1e-6 {
            self.smooth.pop();
        }
    }

    /// The ring moved to its left and to its right; a clockwise ring has its outside on the left.
    fn offsets(&mut self, by: f64) -> (Vec<Point>, Vec<Point>) {
        self.clean(true);
        let points = &self.smooth;
        let n = points.len();
        let shifts: Vec<Point> =
            (0..n).map(|k| miter(points[(k + n - 1) % n], points[k], points[(k + 1) % n]) * by).collect();
        let left = points.iter().zip(&shifts).map(|(&point, &shift)| point + shift).collect();
        let right = points.iter().zip(&shifts).map(|(&point, &shift)| point - shift).collect();
        (left, right)
    }

    fn offset_closed(&mut self, half_width: f64, into: &mut Vec<[Point; 2]>) {
        let (outer, mut inner) = self.offsets(half_width);
        inner.reverse();
        close(&outer, into);
        close(&inner, into);
    }

    fn offset_open(&mut self, half_width: f64, into: &mut Vec<[Point; 2]>) {
        self.clean(false);
        let points = &self.smooth;
        let n = points.len();
        if n < 2 {
            return;
        }
        let shift = |k: usize| miter(points[k.saturating_sub(1)], points[k], points[(k + 1).min(n - 1)]) * half_width;
        let ring: Vec<Point> =
            (0..n).map(|k| points[k] + shift(k)).chain((0..n).rev().map(|k| points[k] - shift(k))).collect();
        close(&ring, into);
    }
}

/// Unit-distance offset of a corner: the point where the two shifted edges meet.
fn miter(before: Point, at: Point, after: Point) -> Point {
    let normal = |from: Point, to: Point| {
        let along = to - from;
        let length = along.length();
        (length > 0.0).then(|| along.quarter_turned() * (-1.0 / length))
    };
    match (normal(before, at), normal(at, after)) {
        (Some(one), Some(other)) => (one + other) * (1.0 / (1.0 + one.dot(other)).max(0.1)),
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => Point::default(),
    }
}

fn close(ring: &[Point], into: &mut Vec<[Point; 2]>) {
    into.extend(ring.windows(2).map(|ends| [ends[0], ends[1]]));
    if let (Some(&first), Some(&last)) = (ring.first(), ring.last()) {
        into.push([last, first]);
    }
}
