//! Oracles: statsmodels' `multipletests`; order relations between the procedures.

use proptest::prelude::*;
use trompe_psychophysics::{benjamini_hochberg, holm};

use crate::table::{assert_all_close, rows};

#[test]
fn agrees_with_statsmodels() {
    for row in rows(include_str!("../fixtures/multiple.csv")) {
        let p = row.vector("p");
        assert_all_close(&holm(&p).unwrap(), &row.vector("holm"), 1e-14);
        assert_all_close(&benjamini_hochberg(&p).unwrap(), &row.vector("benjamini_hochberg"), 1e-14);
    }
}

#[test]
fn an_empty_family_is_empty_and_no_p_is_refused() {
    assert!(holm(&[]).unwrap().is_empty() && benjamini_hochberg(&[]).unwrap().is_empty());
    for bad in [-0.1, 1.1, f64::NAN] {
        assert_eq!(holm(&[0.5, bad]).unwrap_err().code(), "out_of_range");
        assert_eq!(benjamini_hochberg(&[0.5, bad]).unwrap_err().code(), "out_of_range");
    }
}

proptest! {
    #[test]
    fn raw_is_least_and_bonferroni_is_most(p in prop::collection::vec(0.0..=1.0_f64, 1..20)) {
        let (family, discovery) = (holm(&p).unwrap(), benjamini_hochberg(&p).unwrap());
        for ((raw, h), b) in p.iter().zip(&family).zip(&discovery) {
            prop_assert!(*raw <= b * (1.0 + 1e-15) && *b <= h * (1.0 + 1e-15));
            prop_assert!(*h <= (raw * p.len() as f64).min(1.0));
        }
    }

    #[test]
    fn answers_follow_the_order_of_the_questions(p in prop::collection::vec(0.0..=1.0_f64, 1..20)) {
        let backwards: Vec<f64> = p.iter().rev().copied().collect();
        let mut adjusted = holm(&backwards).unwrap();
        adjusted.reverse();
        prop_assert_eq!(adjusted, holm(&p).unwrap());
    }
}
