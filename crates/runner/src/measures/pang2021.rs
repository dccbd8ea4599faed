//! The test of Pang et al. (2021): d′ of the evidence for a square, and the share of inward mouths that are called one.

use super::{ABSENT, ANY, Measure, Point, SHARE};
use trompe_psychophysics::NotMeasurable;

const fn measure(id: &'static str, title: &'static str, read: fn(&Point<'_>) -> Result<f64, NotMeasurable>) -> Measure {
    Measure { id, title, unit: "d_prime", range: ANY, illusion: "pang2021", along_training: true, read }
}

/// Inward mouths against discs turned at random: the outcome.
pub const IN: Measure = measure(
    "square_d_prime",
    "d′ of the evidence for a square, inward mouths against discs turned at random",
    |point| point.d_prime("square_in"),
);
/// Against outward mouths: the control.
pub const IN_OVER_OUT: Measure =
    measure("in_over_out_square_d_prime", "d′ of the evidence for a square, inward against outward mouths", |point| {
        point.d_prime("square_in_out")
    });
/// Outward mouths against discs turned at random.
pub const OUT: Measure = measure(
    "out_square_d_prime",
    "d′ of the evidence for a square, outward mouths against discs turned at random",
    |point| point.d_prime("square_out"),
);
/// The real square, which was trained on, against discs turned at random.
pub const REAL: Measure = measure(
    "real_square_d_prime",
    "d′ of the evidence for a square, real squares against discs turned at random",
    |point| point.d_prime("square_real"),
);
/// Share of inward mouths that are called a square.
pub const ANSWERED: Measure = Measure {
    unit: "share",
    range: SHARE,
    ..measure("square_answered", "share of inward mouths that are called a square", |point| {
        point.block("square_in")?.chosen_positive.ok_or(ABSENT)
    })
};
