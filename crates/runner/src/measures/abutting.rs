//! Abutting gratings: d′ of the class margin against each control, and the share named rightly; all directions and periods
//! together, and each by itself.

use super::{ANY, Measure, Point, SHARE};
use trompe_psychophysics::NotMeasurable;

const fn measure(id: &'static str, title: &'static str, read: fn(&Point<'_>) -> Result<f64, NotMeasurable>) -> Measure {
    Measure { id, title, unit: "d_prime", range: ANY, illusion: "abutting", along_training: true, read }
}

/// The same as share of pictures named rightly.
const fn share(id: &'static str, title: &'static str, read: fn(&Point<'_>) -> Result<f64, NotMeasurable>) -> Measure {
    Measure { unit: "share", range: SHARE, ..measure(id, title, read) }
}

/// Against the same lines without a shift, all directions and periods: the outcome.
pub const D_PRIME: Measure =
    measure("abutting_d_prime", "d′ of the class margin, shapes of shifted lines against unshifted lines", |point| {
        point.over_classes("abutting_unshifted")
    });
/// Against lines shifted inside a random outline.
pub const BLOB: Measure = measure(
    "abutting_over_blob_d_prime",
    "d′ of the class margin, shapes of shifted lines against lines shifted in a random outline",
    |point| point.over_classes("abutting_blob"),
);
/// All directions and periods.
pub const ACCURACY: Measure = share("abutting_accuracy", "share of shapes of shifted lines named rightly", |point| {
    point.mean_over_classes("abutting_unshifted", |row| row.chosen_positive)
});
/// What is named so although nothing is shifted.
pub const UNSHIFTED: Measure =
    share("abutting_unshifted_accuracy", "share of unshifted lines named as the shape that is not there", |point| {
        point.mean_over_classes("abutting_unshifted", |row| row.chosen_negative)
    });

macro_rules! of_lines {
    ($($d_prime:ident $accuracy:ident $lines:literal $words:literal),+ $(,)?) => {
        $(
            #[doc = concat!("Lines ", $words, ": d′.")]
            pub const $d_prime: Measure = measure(
                concat!("abutting_d_prime_", $lines),
                concat!("d′ against unshifted lines, ", $words),
                |point| point.mean_over_blocks("abutting_unshifted", $lines, |row| row.d_prime),
            );
            #[doc = concat!("Lines ", $words, ": share named rightly.")]
            pub const $accuracy: Measure = share(
                concat!("abutting_accuracy_", $lines),
                concat!("share named rightly, ", $words),
                |point| point.mean_over_blocks("abutting_unshifted", $lines, |row| row.chosen_positive),
            );
        )+
    };
}

of_lines! {
    HORIZONTAL_2 HORIZONTAL_2_ACCURACY "horizontal_2" "horizontal, period 2",
    HORIZONTAL_4 HORIZONTAL_4_ACCURACY "horizontal_4" "horizontal, period 4",
    HORIZONTAL_6 HORIZONTAL_6_ACCURACY "horizontal_6" "horizontal, period 6",
    HORIZONTAL_8 HORIZONTAL_8_ACCURACY "horizontal_8" "horizontal, period 8",
    VERTICAL_2 VERTICAL_2_ACCURACY "vertical_2" "vertical, period 2",
    VERTICAL_4 VERTICAL_4_ACCURACY "vertical_4" "vertical, period 4",
    VERTICAL_6 VERTICAL_6_ACCURACY "vertical_6" "vertical, period 6",
    VERTICAL_8 VERTICAL_8_ACCURACY "vertical_8" "vertical, period 8",
    RISING_2 RISING_2_ACCURACY "rising_2" "rising, period 2",
    RISING_4 RISING_4_ACCURACY "rising_4" "rising, period 4",
    RISING_6 RISING_6_ACCURACY "rising_6" "rising, period 6",
    RISING_8 RISING_8_ACCURACY "rising_8" "rising, period 8",
    FALLING_2 FALLING_2_ACCURACY "falling_2" "falling, period 2",
    FALLING_4 FALLING_4_ACCURACY "falling_4" "falling, period 4",
    FALLING_6 FALLING_6_ACCURACY "falling_6" "falling, period 6",
    FALLING_8 FALLING_8_ACCURACY "falling_8" "falling, period 8",
}
