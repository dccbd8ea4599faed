//! What stands behind the bars: drawings of one area on a grid of 128 units.

use crate::geometry::Point;
use crate::path::Path;

/// Units of the grid across the canvas.
pub(super) const GRID: f64 = 128.0;
/// Area of every silhouette, square units. The church: nave 2112 + roof 480 + tower 1440 + spire 336 + cross 57 − door
/// 200.
pub const AREA: f64 = 4225.0;
/// Radius of a disc of the confetti, units.
pub(super) const CONFETTI_RADIUS: f64 = 12.0;
/// Between the middles of neighboring discs of the confetti, units.
const CONFETTI_PITCH: f64 = 42.0;

/// Drawings by name; the first is the default.
pub(super) const SILHOUETTES: &[(&str, Silhouette)] = &[
    ("church", Silhouette::Church),
    ("house", Silhouette::House),
    ("tree", Silhouette::Tree),
    ("square", Silhouette::Square),
    ("disc", Silhouette::Disc),
];

/// The drawing that is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Silhouette {
    /// Nave, tower, spire and cross.
    Church,
    /// Walls under a gable.
    House,
    /// A fir: three tiers on a trunk.
    Tree,
    /// An upright square.
    Square,
    /// A disc.
    Disc,
}

/// A point of the grid, in degrees from the center.
pub(super) fn place([x, y]: [f64; 2], size_deg: f64) -> Point {
    Point::new(x - GRID / 2.0, y - GRID / 2.0) * (size_deg / GRID)
}

fn polygon(corners: &[[f64; 2]], size_deg: f64) -> Path {
    let corners: Vec<Point> = corners.iter().map(|&corner| place(corner, size_deg)).collect();
    Path::polygon(&corners)
}

impl Silhouette {
    /// Its outline, every ring clockwise.
    pub(super) fn path(self, size_deg: f64) -> Path {
        let middle = GRID / 2.0;
        match self {
            Self::Church => polygon(&BODY, size_deg).with(&polygon(&CROSS, size_deg)),
            Self::House => {
                // Walls w × w under a roof of height w / 2: area 1.25 w².
                let w = (AREA / 1.25).sqrt();
                let (left, right, eaves) = (middle - w / 2.0, middle + w / 2.0, middle - w / 4.0);
                let (ridge, floor) = (eaves - w / 2.0, eaves + w);
                polygon(&[[middle, ridge], [right, eaves], [right, floor], [left, floor], [left, eaves]], size_deg)
            }
            Self::Tree => polygon(&TREE, size_deg),
            Self::Square => {
                let half = AREA.sqrt() / 2.0;
                let (low, high) = (middle - half, middle + half);
                polygon(&[[low, low], [high, low], [high, high], [low, high]], size_deg)
            }
            Self::Disc => Path::disc(Point::default(), disc_radius() * size_deg / GRID),
        }
    }

    /// Least and most x, then y, in units.
    pub(super) fn bounds(self) -> [[f64; 2]; 2] {
        let middle = GRID / 2.0;
        match self {
            Self::Church => [[28.0, 100.0], [8.0, 108.0]],
            Self::House => {
                let w = (AREA / 1.25).sqrt();
                [[middle - w / 2.0, middle + w / 2.0], [middle - 0.75 * w, middle + 0.75 * w]]
            }
            Self::Tree => [[19.0, 109.0], [7.0, 122.0]],
            Self::Square => [[middle - AREA.sqrt() / 2.0, middle + AREA.sqrt() / 2.0]; 2],
            Self::Disc => [[middle - disc_radius(), middle + disc_radius()]; 2],
        }
    }
}

fn disc_radius() -> f64 {
    (AREA / std::f64::consts::PI).sqrt()
}

/// Middles of the nine discs of the confetti in units, and which of the three kinds of bars lies in front of each: once
/// in every row and column.
pub(super) fn confetti() -> impl Iterator<Item = ([f64; 2], usize)> {
    (0..9).map(|at| {
        let (row, column) = (at / 3, at % 3);
        let along = |step: usize| GRID / 2.0 + (step as f64 - 1.0) * CONFETTI_PITCH;
        ([along(column), along(row)], (row + column) % 3)
    })
}

/// The square of the grid, in units, in which a disc of the confetti is the only one: two corners.
pub(super) fn cell([x, y]: [f64; 2]) -> [[f64; 2]; 2] {
    let half = CONFETTI_PITCH / 2.0;
    [[x - half, y - half], [x + half, y + half]]
}

/// Spire, roof, nave, door and tower, clockwise from the top of the spire.
const BODY: [[f64; 2]; 13] = [
    [40.0, 20.0],
    [52.0, 48.0],
    [52.0, 64.0],
    [76.0, 44.0],
    [100.0, 64.0],
    [100.0, 108.0],
    [81.0, 108.0],
    [81.0, 88.0],
    [71.0, 88.0],
    [71.0, 108.0],
    [28.0, 108.0],
    [28.0, 48.0],
    [40.0, 20.0],
];

/// The cross on the spire.
const CROSS: [[f64; 2]; 12] = [
    [38.5, 8.0],
    [41.5, 8.0],
    [41.5, 11.5],
    [45.0, 11.5],
    [45.0, 14.5],
    [41.5, 14.5],
    [41.5, 20.0],
    [38.5, 20.0],
    [38.5, 14.5],
    [35.0, 14.5],
    [35.0, 11.5],
    [38.5, 11.5],
];

/// A fir, clockwise from its top: tiers 0 to 52 wide and 40 high, 30 to 70 and 26, 40 to 90 and 24; trunk 13 × 25.
/// Areas 1040 + 1300 + 1560 + 325.
const TREE: [[f64; 2]; 15] = [
    [64.0, 7.0],
    [90.0, 47.0],
    [79.0, 47.0],
    [99.0, 73.0],
    [84.0, 73.0],
    [109.0, 97.0],
    [70.5, 97.0],
    [70.5, 122.0],
    [57.5, 122.0],
    [57.5, 97.0],
    [19.0, 97.0],
    [44.0, 73.0],
    [29.0, 73.0],
    [49.0, 47.0],
    [38.0, 47.0],
];
