//! How the camera and groups of leaves move: random walks whose laws are known, a frame at a time.
//!
//! Each part (velocity, turning, zoom, own motion, drift, saccades, pauses) is drawn from a stream of its own, so a
//! part that is left out leaves the others as they were.
//!
//! # Units
//! Pixels, radians and natural logarithms of scale, a frame. The origin is the middle of the picture.

use super::Recipe;
use crate::Rng;
use crate::draws::{chance, index, normal_pair, seed, stream, uniform};
use crate::geometry::{Point, radians};
use std::f64::consts::TAU;

/// Frames in which a velocity forgets all but 1/e of itself.
pub const TIME_CONSTANT: f64 = 10.0;
/// Fastest motion outside saccades, pixels a frame.
pub const FASTEST_PX: f64 = 3.0;
/// Steps from saccade to saccade, least and most.
pub const BETWEEN_SACCADES: [usize; 2] = [30, 60];
/// Length of a saccade in pixels, least and most.
pub const SACCADE_PX: [f64; 2] = [4.0, 16.0];
/// Speed of the drift between saccades, least and most, pixels a frame.
pub const DRIFT_PX: [f64; 2] = [0.1, 0.3];
/// Standard deviation by which the drift changes its direction in a frame, radians.
const DRIFT_TURN: f64 = 0.5;
/// Mean length of a pause in steps.
const PAUSE: f64 = 5.0;
/// Least and most speed of a group in the planted world, pixels a frame.
const PLANTED_PX: [f64; 2] = [0.5, 1.5];

/// p ↦ A p + shift, where A turns and scales.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Similarity {
    /// First column of A: scale times cosine and sine of the turn.
    pub along: Point,
    /// Where the origin goes.
    pub shift: Point,
}

impl Similarity {
    /// Nothing moves.
    pub const IDENTITY: Self = Self { along: Point::new(1.0, 0.0), shift: Point::new(0.0, 0.0) };

    /// Turned clockwise and scaled about a point, then shifted.
    pub fn about(center: Point, turn: f64, scale: f64, shift: Point) -> Self {
        let along = Point::polar(scale, turn);
        let linear = Self { along, shift: Point::default() };
        Self { along, shift: center - linear.apply(center) + shift }
    }

    /// Where a point goes.
    pub fn apply(&self, point: Point) -> Point {
        self.turned(point) + self.shift
    }

    /// Where a vector goes.
    pub fn turned(&self, vector: Point) -> Point {
        let Point { x, y } = self.along;
        Point::new(x * vector.x - y * vector.y, y * vector.x + x * vector.y)
    }

    /// This after `first`.
    pub fn after(&self, first: &Self) -> Self {
        Self { along: self.turned(first.along), shift: self.apply(first.shift) }
    }

    /// Back again.
    pub fn inverse(&self) -> Self {
        let square = self.along.dot(self.along);
        let linear = Self { along: Point::new(self.along.x / square, -self.along.y / square), shift: Point::default() };
        Self { along: linear.along, shift: linear.turned(self.shift) * -1.0 }
    }

    /// By how much it enlarges.
    pub fn scale(&self) -> f64 {
        self.along.length()
    }
}

/// What happens from a frame to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The camera and groups move.
    Moving,
    /// Nothing moves.
    Pause,
    /// Besides, the camera jumps.
    Saccade,
}

/// Where camera and groups are in every frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// From the world to the picture, by frame; the first frame is the identity.
    pub cameras: Vec<Similarity>,
    /// How far each group has moved in the world, by frame and group.
    pub offsets: Vec<Vec<Point>>,
    /// One fewer than frames.
    pub steps: Vec<Step>,
    /// Direction of each group in the planted world, unit length; a clip that is reversed keeps it.
    pub ways: Vec<Point>,
}

impl Track {
    /// Nothing moves.
    pub fn still(frames: usize, groups: usize) -> Self {
        Self {
            cameras: vec![Similarity::IDENTITY; frames],
            offsets: vec![vec![Point::default(); groups]; frames],
            steps: vec![Step::Pause; frames.saturating_sub(1)],
            ways: vec![Point::new(1.0, 0.0); groups],
        }
    }

    /// A steady turn about the middle, radians a frame.
    pub fn turning(frames: usize, groups: usize, turn: f64) -> Self {
        let camera = |frame: usize| Similarity::about(Point::default(), turn * frame as f64, 1.0, Point::default());
        Self {
            cameras: (0..frames).map(camera).collect(),
            steps: vec![Step::Moving; frames.saturating_sub(1)],
            ..Self::still(frames, groups)
        }
    }

    /// The same, backward.
    #[must_use]
    pub fn reversed(mut self) -> Self {
        self.cameras.reverse();
        self.offsets.reverse();
        self.steps.reverse();
        self
    }

    /// From where a group is in the picture of a frame to where it is in the next.
    pub fn motion(&self, frame: usize, group: usize) -> Similarity {
        let (now, then) = (&self.cameras[frame], &self.cameras[frame + 1]);
        let own = self.offsets[frame + 1][group] - self.offsets[frame][group];
        if now == then && own == Point::default() {
            return Similarity::IDENTITY;
        }
        let back = now.inverse();
        then.after(&Similarity { along: back.along, shift: back.shift + own })
    }
}

/// A stationary Ornstein–Uhlenbeck process of variance 1, sampled each frame.
struct Ornstein {
    values: [f64; 2],
}

impl Ornstein {
    fn start(rng: &mut Rng) -> Self {
        Self { values: normals(rng) }
    }

    fn next(&mut self, rng: &mut Rng) -> [f64; 2] {
        let keep = libm::exp(-1.0 / TIME_CONSTANT);
        let fresh = (1.0 - keep * keep).sqrt();
        let now = self.values;
        let noise = normals(rng);
        self.values = [0, 1].map(|at: usize| keep * now[at] + fresh * noise[at]);
        now
    }
}

fn normals(rng: &mut Rng) -> [f64; 2] {
    let (one, other) = normal_pair(rng);
    [f64::from(one), f64::from(other)]
}

/// A velocity whose direction diffuses, of a speed drawn anew after each saccade.
struct Drift {
    speed: f64,
    angle: f64,
}

impl Drift {
    fn start(rng: &mut Rng) -> Self {
        Self { speed: uniform(DRIFT_PX[0], DRIFT_PX[1], rng), angle: uniform(0.0, TAU, rng) }
    }

    fn next(&mut self, rng: &mut Rng) -> Point {
        let now = Point::polar(self.speed, self.angle);
        self.angle += DRIFT_TURN * normals(rng)[0];
        now
    }
}

/// Saccades in a stationary row: steps until the next, then its one or two steps.
struct Saccades {
    wait: usize,
    left: usize,
    jump: Point,
}

impl Saccades {
    /// In the middle of an interval, as one falls into it.
    fn start(rng: &mut Rng) -> Self {
        let longest = BETWEEN_SACCADES[1];
        let length = loop {
            let length = interval(rng);
            if chance(length as f64 / longest as f64, rng) {
                break length;
            }
        };
        Self { wait: index(length, rng), left: 0, jump: Point::default() }
    }

    /// The jump of this step, if there is one.
    fn next(&mut self, rng: &mut Rng) -> Option<Point> {
        if self.wait == 0 {
            self.wait = interval(rng);
            self.left = 1 + index(2, rng);
            let way = Point::polar(uniform(SACCADE_PX[0], SACCADE_PX[1], rng), uniform(0.0, TAU, rng));
            self.jump = way * (1.0 / self.left as f64);
        }
        self.wait -= 1;
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        Some(self.jump)
    }
}

fn interval(rng: &mut Rng) -> usize {
    BETWEEN_SACCADES[0] + index(BETWEEN_SACCADES[1] - BETWEEN_SACCADES[0] + 1, rng)
}

/// Pauses of a share of the steps, 5 steps long on average.
struct Pauses {
    share: f64,
    still: bool,
}

impl Pauses {
    fn start(share: f64, rng: &mut Rng) -> Self {
        Self { share, still: chance(share, rng) }
    }

    fn next(&mut self, rng: &mut Rng) -> bool {
        let now = self.still;
        // Rates whose ratio keeps the share; a share near 1 has longer pauses.
        let leave = (1.0 / PAUSE).min((1.0 - self.share) / self.share.max(1e-9));
        let enter = leave * self.share / (1.0 - self.share).max(1e-9);
        let change = chance(if now { leave } else { enter.min(1.0) }, rng);
        self.still = now != change;
        now
    }
}

/// What moves in one step, before it is bounded.
struct Motion {
    shift: Point,
    turn: f64,
    stretch: f64,
    own: Vec<Point>,
}

impl Motion {
    fn camera(&self, share: f64, center: Point) -> Similarity {
        let scale = libm::exp(share * self.stretch);
        Similarity::about(center, share * self.turn, scale, self.shift * share)
    }

    /// The largest share of it, up to all, of which no pixel is faster than the bound.
    fn bounded(&self, center: Point, half: f64) -> f64 {
        let own = self.own.iter().map(|way| way.length()).fold(0.0, f64::max);
        let mut share = 1.0;
        for _ in 0..4 {
            let camera = self.camera(share, center);
            // Displacement is a linear function of place: largest in a corner.
            let corners = [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]].map(|[x, y]| {
                let corner = Point::new(x * half, y * half);
                (camera.apply(corner) - corner).length()
            });
            let fastest = corners.into_iter().fold(0.0, f64::max) + camera.scale() * share * own;
            if fastest <= FASTEST_PX {
                break;
            }
            share *= 0.999 * FASTEST_PX / fastest;
        }
        share
    }
}

/// Draws how `frames` frames of `size_px` pixels move.
pub fn walk(recipe: &Recipe, size_px: usize, frames: usize, rng: &mut Rng) -> Track {
    let half = size_px as f64 / 2.0;
    let streams = [0; 8].map(|_: u8| stream(seed(rng)));
    let [mut shifting, mut turning, mut zooming, mut own, mut drifting, mut jumping, mut pausing, mut placing] =
        streams;
    let center = Point::new(uniform(-half, half, &mut placing), uniform(-half, half, &mut placing));
    let mut velocity = Ornstein::start(&mut shifting);
    let mut turns = Ornstein::start(&mut turning);
    let mut zooms = Ornstein::start(&mut zooming);
    let mut groups: Vec<Ornstein> = (0..recipe.groups).map(|_| Ornstein::start(&mut own)).collect();
    let planted: Vec<Point> = directions(recipe, &mut placing);
    let mut drift = Drift::start(&mut drifting);
    let mut saccades = Saccades::start(&mut jumping);
    let mut pauses = Pauses::start(recipe.pause_share, &mut pausing);
    let mut track = Track::still(1, recipe.groups);
    track.ways = planted.iter().map(|way| *way * (1.0 / way.length())).collect();
    for _ in 1..frames {
        let [x, y] = velocity.next(&mut shifting).map(|value| value * recipe.camera_sd_px);
        let drifted = drift.next(&mut drifting);
        let motion = Motion {
            shift: Point::new(x, y) + if recipe.drift { drifted } else { Point::default() },
            turn: turns.next(&mut turning)[0] * radians(recipe.rotation_sd_deg),
            stretch: zooms.next(&mut zooming)[0] * recipe.zoom_sd_percent / 100.0,
            own: own_motion(recipe, &mut groups, &planted, &mut own),
        };
        let jump = saccades.next(&mut jumping);
        if jump.is_some() {
            drift = Drift::start(&mut drifting);
        }
        let jump = jump.filter(|_| recipe.saccades);
        let still = pauses.next(&mut pausing) && jump.is_none();
        track.push(&motion, (still, jump), (center, half));
    }
    track
}

/// In the planted world: the one velocity of each group.
fn directions(recipe: &Recipe, rng: &mut Rng) -> Vec<Point> {
    let draw = |_| Point::polar(uniform(PLANTED_PX[0], PLANTED_PX[1], rng), uniform(0.0, TAU, rng));
    (0..recipe.groups).map(draw).collect()
}

fn own_motion(recipe: &Recipe, groups: &mut [Ornstein], planted: &[Point], rng: &mut Rng) -> Vec<Point> {
    let drawn: Vec<Point> = groups
        .iter_mut()
        .map(|group| {
            let [x, y] = group.next(rng);
            Point::new(x, y) * recipe.own_sd_px
        })
        .collect();
    if recipe.planted { planted.to_vec() } else { drawn }
}

impl Track {
    fn push(&mut self, motion: &Motion, (still, jump): (bool, Option<Point>), (center, half): (Point, f64)) {
        let last = self.cameras[self.cameras.len() - 1];
        let mut offsets = self.offsets[self.offsets.len() - 1].clone();
        if still {
            self.cameras.push(last);
            self.offsets.push(offsets);
            self.steps.push(Step::Pause);
            return;
        }
        let share = motion.bounded(center, half);
        let mut camera = motion.camera(share, center);
        camera.shift = camera.shift + jump.unwrap_or_default();
        for (offset, &way) in offsets.iter_mut().zip(&motion.own) {
            // Own motion keeps its direction in the world and its speed in the picture.
            *offset = *offset + way * (share / last.scale());
        }
        self.cameras.push(camera.after(&last));
        self.offsets.push(offsets);
        self.steps.push(if jump.is_some() { Step::Saccade } else { Step::Moving });
    }
}
