//! Oracles: statsmodels' `ttost_paired`, SciPy's `ttest_1samp` and t interval; the duality of test and interval.

use proptest::prelude::*;
use trompe_psychophysics::{Direction, Margin, Verdict, tost};

use crate::table::{assert_close, assert_relative, rows};

#[test]
fn agrees_with_statsmodels_and_scipy() {
    for row in rows(include_str!("../fixtures/equivalence.csv")) {
        let margin = Margin::new(row.number("lower"), row.number("upper")).unwrap();
        let found = tost(&row.vector("differences"), margin, 0.05).unwrap();
        assert_relative(found.p_lower, row.number("p_lower"), 1e-9);
        assert_relative(found.p_upper, row.number("p_upper"), 1e-9);
        assert_relative(found.p_difference, row.number("p_difference"), 1e-9);
        assert_close(found.interval.0, row.number("low"), 1e-11);
        assert_close(found.interval.1, row.number("high"), 1e-11);
    }
}

#[test]
fn planted_differences_get_their_verdicts() {
    let verdict = |case: &str| {
        let table = rows(include_str!("../fixtures/equivalence.csv"));
        let row = table.iter().find(|row| row.text("case") == case).expect(case);
        let margin = Margin::new(row.number("lower"), row.number("upper")).unwrap();
        tost(&row.vector("differences"), margin, 0.05).unwrap().verdict
    };
    assert_eq!(verdict("same"), Verdict::Equivalent);
    assert_eq!(verdict("small_but_real"), Verdict::Equivalent);
    assert_eq!(verdict("wide"), Verdict::NotEstablished);
    assert_eq!(verdict("shifted"), Verdict::Different { direction: Direction::Positive, beyond_margin: true });
    assert_eq!(verdict("large_negative"), Verdict::Different { direction: Direction::Negative, beyond_margin: true });
}

#[test]
fn what_cannot_be_tested_is_refused() {
    let margin = Margin::symmetric(0.05).unwrap();
    assert_eq!(tost(&[0.1], margin, 0.05).unwrap_err().code(), "too_few");
    assert_eq!(tost(&[0.1, 0.1, 0.1], margin, 0.05).unwrap_err().code(), "degenerate");
    assert_eq!(tost(&[0.1, f64::NAN], margin, 0.05).unwrap_err().code(), "not_finite");
    assert_eq!(tost(&[0.1, 0.2], margin, 0.5).unwrap_err().code(), "out_of_range");
    for (lower, upper) in [(0.05, -0.05), (0.0, 0.1), (-0.1, 0.0), (f64::NAN, 0.1), (-0.1, f64::INFINITY)] {
        assert_eq!(Margin::new(lower, upper).unwrap_err().code(), "out_of_range");
    }
}

proptest! {
    #[test]
    fn equivalent_means_that_the_interval_lies_within(
        d in prop::collection::vec(-0.2..0.2_f64, 2..20), lower in -0.2..-0.01_f64, upper in 0.01..0.2_f64,
    ) {
        let margin = Margin::new(lower, upper).unwrap();
        let found = tost(&d, margin, 0.05).unwrap();
        let slack = (found.interval.0 - lower).min(upper - found.interval.1);
        prop_assume!(slack.abs() > 1e-9);
        prop_assert_eq!(found.verdict == Verdict::Equivalent, slack > 0.0);
        prop_assert_eq!(found.p_equivalence() < 0.05, slack > 0.0);
    }

    #[test]
    fn the_mirror_swaps_the_sides(d in prop::collection::vec(-0.2..0.2_f64, 2..20)) {
        let mirrored: Vec<f64> = d.iter().map(|v| -v).collect();
        let one = tost(&d, Margin::new(-0.05, 0.1).unwrap(), 0.05).unwrap();
        let other = tost(&mirrored, Margin::new(-0.1, 0.05).unwrap(), 0.05).unwrap();
        prop_assert!((one.p_lower - other.p_upper).abs() < 1e-12 && (one.p_upper - other.p_lower).abs() < 1e-12);
    }
}
