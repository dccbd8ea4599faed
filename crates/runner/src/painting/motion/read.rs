//! What turned between two frames, and whether it is motion.
//!
//! # Units
//! Degrees per frame, clockwise above 0, from gray codes (Rec. 601) on the rings of the disk; people's direction is above 0 in a pair of
//! hands.

use super::displays::Layout;
use crate::experiment::SnakesSpec;
use std::ops::Range;
use trompe_psychophysics::NotMeasurable;
use trompe_psychophysics::motion::polar::{Grid, Polar, Window, rotation, rotation_within, signed_strength};
use trompe_psychophysics::motion::remap::{remap, turn_beyond};
use trompe_psychophysics::motion::rigidity::{RingPattern, Seen, kappa};
use trompe_psychophysics::motion::{Plane, gray, planes};
use trompe_stimuli::color::{luminance, to_linear};

/// Radius of the disk in sides of the canvas, and of each of four.
const RADIUS: f64 = 0.48;
const RADIUS_OF_FOUR: f64 = 0.24;
/// Rings of the disk that are read: the inner ones are finer than pixels.
const RINGS: usize = 5;
/// Angles of a ring.
const ANGLES: usize = 720;
/// Half the width of a window about an edge, degrees.
const WINDOW_DEG: f64 = 1.4;
/// A change of codes below this is rounding.
const UNCHANGED: f32 = 1e-5;
/// Share of a ring's width that is read about an edge.
const INNER: f64 = 0.5;

/// A part of the canvas that turns for itself, and by what its turn counts: above 0 where it turns with the whole, below 0 against it.
struct Turning {
    weight: f64,
    part: Part,
}

/// Which part.
enum Part {
    Rings(Grid),
    /// Rows of a straight band, read as if the canvas's width were a whole turn.
    Rows(Range<usize>),
}

/// Where a canvas is read.
pub struct Reader {
    side: usize,
    grid: Grid,
    four: Vec<Turning>,
    bands: Vec<Turning>,
    /// Windows about the four kinds of edges, for the disk and for its mirror image.
    edges: [Vec<Vec<Window>>; 2],
}

impl Reader {
    /// For displays of that size, their center off the canvas's by so many pixels.
    pub fn new(spec: &SnakesSpec, off_px: [f64; 2]) -> Self {
        let side = spec.canvas_px as f64;
        let outer = RADIUS * side;
        let inner = outer * libm::pow(0.8, RINGS as f64);
        let center = off_px.map(|off| side / 2.0 + off);
        let grid = Grid::each_pixel(center, [inner + 0.5, outer - 1.0], ANGLES);
        let signed = |number: usize| if number.is_multiple_of(2) { 1.0 } else { -1.0 };
        let four = (0..4).map(|disk| {
            let (column, row) = (disk % 2, disk / 2);
            let center = [column, row].map(|at| side * (0.25 + 0.5 * at as f64));
            let outer = RADIUS_OF_FOUR * side;
            let rings = [outer * libm::pow(0.8, RINGS as f64) + 0.5, outer - 1.0];
            Turning { weight: signed(column + row), part: Part::Rings(Grid::each_pixel(center, rings, ANGLES)) }
        });
        // Of four bands the second and the third are shown; the first is seen running rightward. Their ten units are half a turn.
        let half = spec.canvas_px / 2;
        let bands = [0..half, half..2 * half].into_iter().enumerate();
        let bands = bands.map(|(band, rows)| Turning { weight: 0.5 * signed(band + 1), part: Part::Rows(rows) });
        let edges = [Seen::Clockwise, Seen::Anticlockwise]
            .map(|seen| RingPattern::snakes(outer, RINGS, seen, 0.0).windows(&grid, WINDOW_DEG, INNER));
        Self { side: spec.canvas_px, grid, four: four.collect(), bands: bands.collect(), edges }
    }

    fn planes(&self, codes: &[f32]) -> Result<Vec<Plane>, NotMeasurable> {
        planes(codes, [3, self.side, self.side])
    }

    /// The disk along its rings.
    ///
    /// # Errors
    /// Codes of another size.
    pub fn polar(&self, codes: &[f32]) -> Result<Polar, NotMeasurable> {
        Polar::sample(&self.gray(codes)?, &self.grid)
    }

    /// Light along the disk's rings: relative luminance, which eyes are given, in place of the gray of codes.
    ///
    /// # Errors
    /// Codes of another size.
    pub fn luminance(&self, codes: &[f32]) -> Result<Polar, NotMeasurable> {
        let planes = self.planes(codes)?;
        let light = |at: usize| luminance([0, 1, 2].map(|color| to_linear(planes[color].values()[at])));
        let plane = Plane::new((0..self.side * self.side).map(light).collect(), [self.side; 2])?;
        Polar::sample(&plane, &self.grid)
    }

    /// Gray of a picture.
    ///
    /// # Errors
    /// Codes of another size.
    pub fn gray(&self, codes: &[f32]) -> Result<Plane, NotMeasurable> {
        gray(&self.planes(codes)?)
    }

    /// Middle of the disk, pixels.
    pub fn center(&self) -> [f64; 2] {
        self.grid.center
    }

    /// Turn of the disk from one picture `[3, side, side]` to another.
    ///
    /// # Errors
    /// Pictures without structure.
    pub fn turn(&self, from: &[f32], to: &[f32]) -> Result<f64, NotMeasurable> {
        rotation(&self.polar(from)?, &self.polar(to)?)
    }

    /// The same of another layout: the mean over its parts, of those that turn the other way with the sign exchanged.
    fn turn_of(&self, layout: Layout, from: &[f32], to: &[f32]) -> Result<f64, NotMeasurable> {
        let parts = match layout {
            Layout::Disk => return self.turn(from, to),
            Layout::Group => &self.four,
            Layout::Strip => &self.bands,
        };
        let (from, to) = (self.gray(from)?, self.gray(to)?);
        let mut sum = 0.0;
        for Turning { weight, part } in parts {
            let of = |plane: &Plane| match part {
                Part::Rings(grid) => Polar::sample(plane, grid),
                Part::Rows(rows) => self.rows(plane, rows.clone()),
            };
            sum += weight * rotation(&of(&from)?, &of(&to)?)?;
        }
        Ok(sum / parts.len() as f64)
    }

    /// Rows as rings, all of the radius at which a turn's degrees are as long as they are wide.
    fn rows(&self, plane: &Plane, rows: Range<usize>) -> Result<Polar, NotMeasurable> {
        let radius = self.side as f64 / std::f64::consts::TAU;
        let middle = |row: usize| (0..self.side).map(move |column| [column as f64 + 0.5, row as f64 + 0.5]);
        let values = rows.clone().flat_map(|row| middle(row).map(|place| plane.at(place))).collect();
        Polar::new(vec![radius; rows.len()], self.side, values)
    }

    /// Turns of a pair of hands as they are, clockwise above 0, and of both together, people's direction above 0.
    ///
    /// # Errors
    /// Pictures without structure.
    pub fn hands(&self, layout: Layout, from: [&[f32]; 2], to: [&[f32]; 2]) -> Result<[f64; 3], NotMeasurable> {
        let [seen, mirror] = [0, 1].map(|hand| self.turn_of(layout, from[hand], to[hand]));
        let (seen, mirror) = (seen?, mirror?);
        Ok([seen, mirror, signed_strength(seen, mirror)])
    }

    /// Turn of a pair of disks, people's direction above 0.
    ///
    /// # Errors
    /// Pictures without structure.
    pub fn strength(&self, from: [&[f32]; 2], to: [&[f32]; 2]) -> Result<f64, NotMeasurable> {
        self.hands(Layout::Disk, from, to).map(|[_, _, both]| both)
    }

    /// Whether all four kinds of edges turned alike, people's direction or the other.
    ///
    /// # Errors
    /// Edges that did not move at all.
    pub fn rigidity(&self, from: [&[f32]; 2], to: [&[f32]; 2]) -> Result<f64, NotMeasurable> {
        let mut shifts = [0.0; 4];
        for hand in 0..2 {
            let (from, to) = (self.polar(from[hand])?, self.polar(to[hand])?);
            for (sum, windows) in shifts.iter_mut().zip(&self.edges[hand]) {
                *sum += if hand == 0 { 0.5 } else { -0.5 } * rotation_within(&from, &to, windows)?;
            }
        }
        kappa(&shifts)
    }

    /// What the best still remap of the pair reads as, and what turns beyond it.
    ///
    /// # Errors
    /// Pictures that cannot be fitted.
    pub fn remapped(&self, from: [&[f32]; 2], to: [&[f32]; 2]) -> Result<[f64; 2], NotMeasurable> {
        let (mut turns, mut beyond) = ([0.0; 2], [0.0; 2]);
        for hand in 0..2 {
            let [before, after] = [from[hand], to[hand]].map(|codes| self.planes(codes));
            let (before, after) = (before?, after?);
            if from[hand].iter().zip(to[hand]).all(|(from, to)| (from - to).abs() < UNCHANGED) {
                return Err(NotMeasurable::Degenerate { what: "a remap, of a picture that did not change" });
            }
            let best = remap(&before, &after)?;
            beyond[hand] = turn_beyond(&before, &after, &best, self.grid.center)?;
            let [one, other] = [&before, &best.fitted].map(|planes| gray(planes));
            let polar = |plane: Result<Plane, NotMeasurable>| Polar::sample(&plane?, &self.grid);
            turns[hand] = rotation(&polar(one)?, &polar(other)?)?;
        }
        Ok([turns, beyond].map(|hands| signed_strength(hands[0], hands[1])))
    }
}

#[cfg(test)]
mod tests {
    use super::super::displays::{Planned, planned};
    use super::*;

    fn spec() -> SnakesSpec {
        SnakesSpec {
            canvas_px: 128,
            gray_levels: 0,
            scenes: 0,
            jitters: 1,
            closed: 4,
            linear_pictures: 8,
            linear_side: 3,
            readings: SnakesSpec::READINGS,
        }
    }

    /// Oracle: disks and bands that are drawn really turned by a known angle, each hand its own way. Pictures of the same hand do not turn
    /// against each other (negative control), and a turn that is the same for both hands is no strength.
    #[test]
    fn real_turns_of_every_layout_are_read() {
        let (spec, turn) = (spec(), 0.25);
        let reader = Reader::new(&spec, [0.0; 2]);
        for id in ["color", "group", "strip"] {
            let planned: Planned = planned(&spec).into_iter().find(|one| one.id == id).expect("it is planned");
            let codes = |hand: f64, turned: f64| planned.codes(128, (hand, turned), [0.0; 2]).expect("codes");
            let from = [codes(1.0, 0.0), codes(-1.0, 0.0)];
            let pair = |pictures: &'_ [Vec<f32>; 2]| -> [f64; 3] {
                let (from, to) = ([&from[0][..], &from[1][..]], [&pictures[0][..], &pictures[1][..]]);
                reader.hands(planned.layout, from, to).expect("structure")
            };
            let [seen, mirror, both] = pair(&[codes(1.0, turn), codes(-1.0, -turn)]);
            for (what, read, real) in [("seen", seen, turn), ("mirror", mirror, -turn), ("both", both, turn)] {
                assert!((read / real - 1.0).abs() < 0.3, "{id} {what}: {read} for {real}");
            }
            let [_, _, alike] = pair(&[codes(1.0, turn), codes(-1.0, turn)]);
            assert!(alike.abs() < 0.2 * turn, "{id}, both clockwise: {alike}");
            assert_eq!(pair(&from.clone())[2], 0.0, "{id} stands still");
        }
    }

    /// The published flow of a disk that really turns goes round its middle: at most as far as at its rim.
    #[test]
    fn sparse_flow_goes_round_a_turning_disk() {
        let (spec, turn) = (spec(), 0.25f64);
        let reader = Reader::new(&spec, [0.0; 2]);
        let disk: Planned = planned(&spec).into_iter().find(|one| one.id == "color").expect("the disk");
        let codes = |hand: f64, turned: f64| disk.codes(128, (hand, turned), [0.0; 2]).expect("codes");
        let (from, to) = ([codes(1.0, 0.0), codes(-1.0, 0.0)], [codes(1.0, turn), codes(-1.0, -turn)]);
        let pair = |pictures: &'_ [Vec<f32>; 2]| [pictures[0].clone(), pictures[1].clone()];
        let (before, after) = (pair(&from), pair(&to));
        let (before, after) = ([&before[0][..], &before[1][..]], [&after[0][..], &after[1][..]]);
        let flow = super::super::flow::mean(&reader, before, after).expect("corners");
        let rim = turn.to_radians() * 64.0 * 2.0 * RADIUS;
        assert!(flow > 0.3 * rim && flow < rim, "{flow} of {rim}");
        let [tangent, eigen] = super::super::flow::published(&reader, before, after);
        let (tangent, eigen) = (tangent.expect("a tangent score"), eigen.expect("a score"));
        assert!(tangent > 0.9 && eigen > 0.7, "{tangent}, {eigen}");
        let [still, _] = super::super::flow::published(&reader, before, before);
        assert_eq!(still, Ok(0.0), "what stands still has no direction");
    }
}
