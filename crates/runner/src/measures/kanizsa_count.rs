//! Count conflict: six discs of which three imply a triangle. Whoever counts discs answers hexagon.

use super::Measure;

/// Margin of the triangle against a twin whose six discs imply nothing.
pub const TRIANGLE: Measure = Measure {
    id: "count_conflict_d_prime",
    title: "d′ of the triangle's margin, six discs of which three imply it against six that imply nothing",
    unit: "d_prime",
    range: super::ANY,
    illusion: "kanizsa",
    along_training: false,
    read: |point| point.d_prime("count_triangle"),
};

/// Triangle against hexagon, on the same pairs.
pub const OVER_HEXAGON: Measure = Measure {
    id: "count_over_hexagon_d_prime",
    title: "the same for triangle over hexagon",
    read: |point| point.d_prime("count_over_hexagon"),
    ..TRIANGLE
};
