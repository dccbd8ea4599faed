//! What the class without a shape has in its place: a shape's outline in pieces whose ends do not align, or a filled figure that
//! is none of the shapes, with as much ink as a shape has.

use crate::Rng;
use crate::clutter::{Ground, RELATABLE_DEG};
use crate::draws::{index, uniform};
use crate::figures::Fragment;
use crate::geometry::{Point, radians};
use crate::path::Path;
use std::f64::consts::{PI, TAU};

/// Draws before a piece is left out, or a filled figure made smaller.
const TRIES: usize = 100;
/// Pieces of an outline, least and most.
const PIECES: [usize; 2] = [4, 7];
/// Turns of pieces about their middles, degrees.
const TURNS_DEG: [f64; 2] = [30.0, 330.0];
/// Largest shift of a piece in each direction, 32nds of the canvas.
const SHIFT: f64 = 3.0;
/// Clear space at the border of the canvas, 32nds.
const MARGIN: f64 = 1.0;
/// What a filled figure shrinks to when it finds no place.
const SHRINK: f64 = 0.95;

/// The outline of a regular polygon or, with 0 corners, of a circle; lengths in degrees.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outline {
    pub(crate) corners: usize,
    pub(crate) center: Point,
    pub(crate) circumradius: f64,
    /// Direction of the first corner, radians.
    pub(crate) turn: f64,
}

impl Outline {
    /// The point at a share of the way round, 0 to below 2.
    pub(crate) fn at(&self, share: f64) -> Point {
        if self.corners == 0 {
            return self.center + Point::polar(self.circumradius, self.turn + TAU * share);
        }
        let side = share * self.corners as f64;
        let (from, to) = (self.corner(side.floor()), self.corner(side.floor() + 1.0));
        from + (to - from) * (side - side.floor())
    }

    /// Corner of that number.
    pub(crate) fn corner(&self, number: f64) -> Point {
        self.center + Point::polar(self.circumradius, self.turn + TAU * number / self.corners as f64)
    }

    /// Area within it, square degrees.
    pub(crate) fn area(&self) -> f64 {
        let square = self.circumradius * self.circumradius;
        let n = self.corners as f64;
        if self.corners == 0 { PI * square } else { n / 2.0 * square * libm::sin(TAU / n) }
    }

    /// The part of it between two shares of the way round: its path as a line, and its ends.
    fn piece(&self, from: f64, to: f64) -> (Path, Fragment) {
        let (start, end) = (self.at(from), self.at(to));
        if self.corners == 0 {
            let angles = [self.turn + TAU * from, TAU * (to - from)];
            let path = Path::from(start).arc(self.center, self.circumradius, angles);
            let onward = [angles[0] - PI / 2.0, angles[0] + angles[1] + PI / 2.0];
            return (path, Fragment { ends: [start, end], onward });
        }
        let n = self.corners as f64;
        let mut points = vec![start];
        let mut side = (from * n).floor() + 1.0;
        while side < to * n {
            points.push(self.corner(side));
            side += 1.0;
        }
        points.push(end);
        let path = points[1..].iter().fold(Path::from(start), |path, &point| path.line(point));
        let (first, last) = (points[1], points[points.len() - 2]);
        (path, Fragment { ends: [start, end], onward: [(start - first).angle(), (end - last).angle()] })
    }

    /// Its pieces, each turned and shifted, on the canvas; no two have ends that could be joined. A piece for which no place
    /// is found is left out.
    pub(crate) fn broken(&self, ground: &Ground, half_width: f64, rng: &mut Rng) -> Vec<(Path, Fragment)> {
        let n = PIECES[0] + index(PIECES[1] - PIECES[0] + 1, rng);
        let first = uniform(0.0, 1.0, rng) / n as f64;
        let mut cuts: Vec<f64> =
            (0..n).map(|k| first + (k as f64 + uniform(-0.2, 0.2, rng)) / n as f64).map(|cut| cut.max(0.0)).collect();
        cuts.push(cuts[0] + 1.0);
        let mut placed: Vec<(Path, Fragment)> = Vec::new();
        for ends in cuts.windows(2) {
            let (path, fragment) = self.piece(ends[0], ends[1]);
            let middle = (fragment.ends[0] + fragment.ends[1]) * 0.5;
            for _ in 0..TRIES {
                let turn = radians(uniform(TURNS_DEG[0], TURNS_DEG[1], rng));
                let reach = ground.unit(SHIFT);
                let shift = Point::new(uniform(-reach, reach, rng), uniform(-reach, reach, rng));
                let moved = fragment.turned(middle, turn).moved(shift);
                let fits = moved.ends.iter().all(|end| ground.holds(*end, MARGIN));
                if fits && aligned(&moved, &placed) == 0 {
                    placed.push((path.turned(middle, turn).moved(shift).stroked(half_width), moved));
                    break;
                }
            }
        }
        placed
    }
}

/// Number of pieces with an end that could be joined with one of this piece's.
fn aligned(new: &Fragment, placed: &[(Path, Fragment)]) -> usize {
    placed.iter().filter(|(_, old)| new.relatable(old, radians(RELATABLE_DEG))).count()
}

/// An ellipse, a thick arc or a cross of that area, somewhere on the canvas: its path, and points on its border.
pub(crate) fn filled(area: f64, ground: &Ground, rng: &mut Rng) -> (Path, Vec<Point>) {
    let mut area = area;
    loop {
        for _ in 0..TRIES {
            let points = blob(KINDS[index(KINDS.len(), rng)], area, rng);
            let turn = uniform(0.0, TAU, rng);
            let center = ground.place(4.0, rng);
            let points: Vec<Point> =
                points.into_iter().map(|point| center + point.turned(Point::default(), turn)).collect();
            if points.iter().all(|&point| ground.holds(point, MARGIN)) {
                let some = points.iter().copied().step_by(points.len() / 6).collect();
                return (Path::polygon(&points), some);
            }
        }
        area *= SHRINK;
    }
}

/// Filled figures that are none of the shapes.
#[derive(Clone, Copy, Debug)]
enum Blob {
    Ellipse,
    ThickArc,
    Cross,
}

/// Half of them are ellipses: the others' borders are longer than the shapes'.
const KINDS: [Blob; 4] = [Blob::Ellipse, Blob::Ellipse, Blob::ThickArc, Blob::Cross];

/// Corners of a figure about the origin, clockwise.
fn blob(kind: Blob, area: f64, rng: &mut Rng) -> Vec<Point> {
    const STEPS: usize = 48;
    match kind {
        Blob::Ellipse => {
            let aspect = uniform(1.6, 2.4, rng);
            // The polygon has the area of the ellipse, not the ellipse's chords.
            let chords = libm::sin(TAU / STEPS as f64) * STEPS as f64 / TAU;
            let short = (area / (PI * aspect * chords)).sqrt();
            (0..STEPS)
                .map(|k| Point::polar(1.0, TAU * k as f64 / STEPS as f64))
                .map(|point| Point::new(aspect * short * point.x, short * point.y))
                .collect()
        }
        Blob::ThickArc => {
            let (inner, sweep) = (uniform(0.25, 0.4, rng), radians(uniform(190.0, 280.0, rng)));
            let step = sweep / (STEPS / 2 - 1) as f64;
            let chords = libm::sin(step) / step;
            let outer = (2.0 * area / (sweep * chords * (1.0 - inner * inner))).sqrt();
            let arc = |radius: f64| (0..STEPS / 2).map(move |k| Point::polar(radius, step * k as f64));
            arc(outer).chain(arc(outer * inner).rev()).collect()
        }
        Blob::Cross => {
            // A square of 2 by 2 without its four corners, each 1 − arm wide.
            let arm = uniform(0.4, 0.5, rng);
            let unit = (area / (4.0 * (1.0 - (1.0 - arm) * (1.0 - arm)))).sqrt();
            let (one, arm) = (unit, unit * arm);
            let quarter = [Point::new(one, -arm), Point::new(one, arm), Point::new(arm, arm)];
            (0..4).flat_map(|k| quarter.map(|point| point.turned(Point::default(), TAU * f64::from(k) / 4.0))).collect()
        }
    }
}
