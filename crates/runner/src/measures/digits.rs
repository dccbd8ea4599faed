//! Digits in abutting gratings: the share named rightly, as published, and d′ of the class margin against each control.

use super::{ANY, Measure, Point, SHARE};
use trompe_psychophysics::NotMeasurable;

const fn measure(id: &'static str, title: &'static str, read: fn(&Point<'_>) -> Result<f64, NotMeasurable>) -> Measure {
    Measure { id, title, unit: "d_prime", range: ANY, illusion: "digits", along_training: true, read }
}

/// The same as share of pictures named rightly.
const fn share(id: &'static str, title: &'static str, read: fn(&Point<'_>) -> Result<f64, NotMeasurable>) -> Measure {
    Measure { unit: "share", range: SHARE, ..measure(id, title, read) }
}

/// Against digits of other classes in the same lines: the outcome.
pub const OTHER: Measure = measure(
    "digits_over_other_d_prime",
    "d′ of the class margin, digits of shifted lines against other digits in the same lines",
    |point| point.over_classes("digits_other"),
);
/// Against the same lines without a shift.
pub const UNSHIFTED_D_PRIME: Measure =
    measure("digits_d_prime", "d′ of the class margin, digits of shifted lines against unshifted lines", |point| {
        point.over_classes("digits_unshifted")
    });
/// All directions and periods.
pub const ACCURACY: Measure = share("digits_accuracy", "share of digits of shifted lines named rightly", |point| {
    point.mean_over_classes("digits_unshifted", |row| row.chosen_positive)
});
/// What is named so although there is no digit.
pub const UNSHIFTED: Measure =
    share("digits_unshifted_accuracy", "share of unshifted lines named as a digit that is not there", |point| {
        point.mean_over_classes("digits_unshifted", |row| row.chosen_negative)
    });
/// The digits as they are.
pub const PLAIN: Measure = share("digits_plain_accuracy", "share of plain test digits named rightly", |point| {
    point.mean_over_classes("digits_plain", |row| row.chosen_positive)
});

macro_rules! of_lines {
    ($($name:ident $lines:literal $words:literal),+ $(,)?) => {
        $(
            #[doc = concat!("Lines ", $words, ": share named rightly.")]
            pub const $name: Measure = share(
                concat!("digits_accuracy_", $lines),
                concat!("share of digits named rightly, ", $words),
                |point| point.mean_over_blocks("digits_unshifted", $lines, |row| row.chosen_positive),
            );
        )+
    };
}

of_lines! {
    HORIZONTAL_2 "horizontal_2" "horizontal, period 2",
    HORIZONTAL_4 "horizontal_4" "horizontal, period 4",
    HORIZONTAL_6 "horizontal_6" "horizontal, period 6",
    HORIZONTAL_8 "horizontal_8" "horizontal, period 8",
    VERTICAL_2 "vertical_2" "vertical, period 2",
    VERTICAL_4 "vertical_4" "vertical, period 4",
    VERTICAL_6 "vertical_6" "vertical, period 6",
    VERTICAL_8 "vertical_8" "vertical, period 8",
    RISING_2 "rising_2" "rising, period 2",
    RISING_4 "rising_4" "rising, period 4",
    RISING_6 "rising_6" "rising, period 6",
    RISING_8 "rising_8" "rising, period 8",
    FALLING_2 "falling_2" "falling, period 2",
    FALLING_4 "falling_4" "falling, period 4",
    FALLING_6 "falling_6" "falling, period 6",
    FALLING_8 "falling_8" "falling, period 8",
}
