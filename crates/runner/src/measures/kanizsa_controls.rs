//! Kanizsa figures against a control of one draw: d′ of the class margin, averaged over classes.

use super::{Measure, Point, kanizsa_d_prime};
use trompe_psychophysics::NotMeasurable;

/// Against a control that is shown at every checkpoint.
const fn primary(id: &'static str, title: &'static str, read: fn(&Point<'_>) -> Result<f64, NotMeasurable>) -> Measure {
    Measure { along_training: true, ..kanizsa_d_prime(id, title, read) }
}

/// Against inducers turned at random: the outcome.
pub const ROTATED: Measure =
    primary("in_over_rotated_d_prime", "d′ of the class margin, inward against rotated inducers", |point| {
        point.over_classes("in_rotated")
    });
/// The same as area under the curve.
pub const ROTATED_AUC: Measure = Measure {
    unit: "auc",
    range: super::SHARE,
    ..primary("in_over_rotated_auc", "AUC of the class margin, inward against rotated inducers", |point| {
        point.mean_over_classes("in_rotated", |row| row.auc)
    })
};
/// Against inducers whose edges face each other but do not line up: the mark of relatability.
pub const MISALIGNED: Measure =
    primary("in_over_misaligned_d_prime", "d′ of the class margin, inward against misaligned inducers", |point| {
        point.over_classes("in_misaligned")
    });
/// Against inducers whose mouths are closed by an arc.
pub const CLOSED: Measure =
    primary("in_over_closed_d_prime", "d′ of the class margin, inward against closed mouths", |point| {
        point.over_classes("in_closed")
    });
/// Against full discs.
pub const DISCS: Measure =
    kanizsa_d_prime("in_over_discs_d_prime", "d′ of the class margin, inward mouths against full discs", |point| {
        point.over_classes("in_discs")
    });
/// Against mouths that face outward.
pub const OUT: Measure =
    kanizsa_d_prime("in_over_out_d_prime", "d′ of the class margin, inward against outward mouths", |point| {
        point.over_classes("in_out")
    });
/// Against the same cut discs at other places.
pub const SCRAMBLED: Measure = kanizsa_d_prime(
    "in_over_scrambled_d_prime",
    "d′ of the class margin, inward inducers against the same at other places",
    |point| point.over_classes("in_scrambled"),
);
