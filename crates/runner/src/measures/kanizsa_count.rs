//! Count conflict: six discs of which three imply a triangle. Whoever counts discs answers hexagon.

use super::{Measure, kanizsa_d_prime};

/// Margin of the triangle against a twin whose six discs imply nothing.
pub const TRIANGLE: Measure = kanizsa_d_prime(
    "count_conflict_d_prime",
    "d′ of the triangle's margin, six discs of which three imply it against six that imply nothing",
    |point| point.d_prime("count_triangle"),
);

/// Triangle against hexagon, on the same pairs.
pub const OVER_HEXAGON: Measure =
    kanizsa_d_prime("count_over_hexagon_d_prime", "the same for triangle over hexagon", |point| {
        point.d_prime("count_over_hexagon")
    });
