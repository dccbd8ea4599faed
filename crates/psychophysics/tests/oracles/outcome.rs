//! Oracle: the contract of reasons, which are lower-case fragments that carry their values.

use trompe_psychophysics::{Measured, NotMeasurable, Side};

#[test]
fn reasons_are_fragments_with_values() {
    let reasons = [
        (NotMeasurable::TooFew { needed: 5, found: 3 }, "too few values: needs at least 5, found 3"),
        (NotMeasurable::NotFinite { what: "evidence" }, "evidence is not finite"),
        (NotMeasurable::Censored { side: Side::Above, bound: 20.0 }, "censored: lies above the tested range, over 20"),
        (
            NotMeasurable::Censored { side: Side::Below, bound: 1.25 },
            "censored: lies below the tested range, under 1.25",
        ),
        (
            NotMeasurable::NotReached { what: "competence", target: 1.5, best: 0.25 },
            "competence never reaches 1.5, its best is 0.25",
        ),
        (
            NotMeasurable::OutOfRange { what: "alpha", value: 2.0, must: "strictly between 0 and 0.5" },
            "alpha is 2, must be strictly between 0 and 0.5",
        ),
    ];
    for (reason, text) in reasons {
        assert_eq!(reason.to_string(), text);
    }
}

#[test]
fn codes_tell_the_sides_apart() {
    assert_eq!(NotMeasurable::Censored { side: Side::Above, bound: 1.0 }.code(), "censored_above");
    assert_eq!(NotMeasurable::Censored { side: Side::Below, bound: 1.0 }.code(), "censored_below");
}

#[test]
fn an_interval_is_added_to_a_value() {
    let measured = Measured::new(0.5, 7);
    assert_eq!(measured.interval, None);
    assert_eq!(measured.with_interval(0.4, 0.6), Measured { value: 0.5, interval: Some((0.4, 0.6)), n: 7 });
}
