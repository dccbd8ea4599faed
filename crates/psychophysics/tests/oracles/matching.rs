//! Oracles: SciPy's isotonic regression with NumPy's interpolation; cases by hand; matching competence to itself.

use std::collections::BTreeMap;

use proptest::prelude::*;
use trompe_psychophysics::{CompetenceCurve, NotMeasurable, Reached, Side, choose_criterion, matched_outcome};

use crate::table::{assert_close, rows};

#[test]
fn matches_agree_with_scipy_and_numpy() {
    for row in rows(include_str!("../fixtures/matching.csv")) {
        let curve = CompetenceCurve::new(&row.counts("steps"), &row.vector("competence")).unwrap();
        let criterion = row.number("criterion");
        let found = curve.first_crossing(criterion).unwrap();
        assert_close(found.log_step, row.number("log_step"), 1e-12);
        let matched = matched_outcome(&curve, criterion, &row.vector("outcome")).unwrap();
        assert_close(matched, row.number("matched"), 1e-11);
    }
}

#[test]
fn crossings_by_hand() {
    let curve = CompetenceCurve::new(&[10, 100, 1000, 10000], &[0.0, 2.0, 1.0, 3.0]).unwrap();
    assert_eq!(curve.competence(), [0.0, 1.5, 1.5, 3.0]);
    let first = curve.first_crossing(0.75).unwrap();
    assert_eq!((first.lower, first.upper, first.fraction), (0, 1, 0.5));
    assert_close(first.step(), 1000.0_f64.sqrt(), 1e-14);
    // At the plateau: its first checkpoint, whose outcome is taken as it is.
    let plateau = curve.first_crossing(1.5).unwrap();
    assert_eq!((plateau.lower, plateau.upper), (1, 1));
    assert_eq!(plateau.interpolate(&[9.0, 7.0, 5.0, 3.0]).unwrap(), 7.0);
}

#[test]
fn nothing_is_extrapolated() {
    let curve = CompetenceCurve::new(&[10, 100], &[1.0, 2.0]).unwrap();
    let missed = NotMeasurable::NotReached { what: "competence", target: 2.5, best: 2.0 };
    assert_eq!(curve.first_crossing(2.5).unwrap_err(), missed);
    let early = curve.first_crossing(0.5).unwrap_err();
    assert!(matches!(early, NotMeasurable::Censored { side: Side::Below, bound } if (bound - 10.0).abs() < 1e-12));
    assert_eq!(curve.first_crossing(f64::NAN).unwrap_err().code(), "not_finite");
}

#[test]
fn only_the_bracketing_outcomes_are_read() {
    let curve = CompetenceCurve::new(&[10, 100, 1000], &[0.0, 1.0, 2.0]).unwrap();
    assert_eq!(matched_outcome(&curve, 1.5, &[f64::NAN, 2.0, 4.0]).unwrap(), 3.0);
    assert_eq!(matched_outcome(&curve, 0.5, &[f64::NAN, 2.0, 4.0]).unwrap_err().code(), "not_finite");
    assert_eq!(matched_outcome(&curve, 0.5, &[2.0, 4.0]).unwrap_err().code(), "unequal_lengths");
}

#[test]
fn what_is_no_curve_is_refused() {
    let code = |steps: &[u64], competence: &[f64]| CompetenceCurve::new(steps, competence).unwrap_err().code();
    assert_eq!(code(&[10], &[1.0]), "too_few");
    assert_eq!(code(&[0, 10], &[1.0, 2.0]), "out_of_range");
    assert_eq!(code(&[10, 10], &[1.0, 2.0]), "out_of_range");
    assert_eq!(code(&[10, 100], &[1.0]), "unequal_lengths");
    assert_eq!(code(&[10, 100], &[1.0, f64::NAN]), "not_finite");
}

pub(crate) type Curves = BTreeMap<String, Vec<Result<CompetenceCurve, NotMeasurable>>>;

/// Networks that start at 0 and end at the given competence; NaN stands for one that failed.
pub(crate) fn networks(finals: &[f64]) -> Vec<Result<CompetenceCurve, NotMeasurable>> {
    finals.iter().map(|last| CompetenceCurve::new(&[10, 100], &[0.0, *last])).collect()
}

#[test]
fn the_highest_criterion_that_enough_networks_reach_is_chosen() {
    let curves: Curves = [
        ("backprop", networks(&[2.5, 2.5, 2.5, 2.5, 1.6])),
        ("exact_share", networks(&[2.1, 2.1, 2.1, 2.1, 0.2])),
        ("one_short", networks(&[2.1, 2.1, 2.1, 1.7, 1.2])),
        ("slow", networks(&[1.1, 1.1, 1.1, 1.1, 0.9])),
        ("failing", networks(&[2.5, 2.5, 2.5, f64::NAN, f64::NAN])),
        ("never", networks(&[0.1, 0.1, 0.3, 0.1, 0.1])),
        ("absent", Vec::new()),
    ]
    .map(|(name, list)| (name.to_owned(), list))
    .into();
    let chosen = choose_criterion(&[1.0, 2.0, 1.5], &curves, "backprop", 0.8).unwrap();
    let criterion = |rule: &str| chosen[rule].map(|choice| choice.criterion);
    assert_eq!(criterion("backprop"), Ok(2.0));
    assert_eq!(criterion("exact_share"), Ok(2.0));
    assert_eq!(chosen["exact_share"].unwrap().rule, Reached { reached: 4, total: 5 });
    assert_eq!(criterion("one_short"), Ok(1.5));
    assert_eq!(criterion("slow"), Ok(1.0));
    assert_eq!(criterion("failing").unwrap_err().code(), "not_reached");
    let best =
        NotMeasurable::NotReached { what: "competence in enough networks of both rules", target: 1.0, best: 0.3 };
    assert_eq!(criterion("never").unwrap_err(), best);
    assert_eq!(criterion("absent").unwrap_err().code(), "too_few");
}

#[test]
fn the_reference_has_to_reach_it_too() {
    let curves: Curves =
        [("backprop".to_owned(), networks(&[1.2; 5])), ("quick".to_owned(), networks(&[2.5; 5]))].into();
    let chosen = choose_criterion(&[1.0, 2.0], &curves, "backprop", 0.8).unwrap();
    assert_eq!(chosen["quick"].unwrap().criterion, 1.0);
}

#[test]
fn a_network_above_the_criterion_from_the_start_is_not_matched_there() {
    let early = || CompetenceCurve::new(&[10, 100], &[1.5, 3.0]);
    let curves: Curves =
        [("backprop".to_owned(), networks(&[3.0; 5])), ("early".to_owned(), (0..5).map(|_| early()).collect())].into();
    let chosen = choose_criterion(&[1.0], &curves, "backprop", 0.8).unwrap();
    assert_eq!(chosen["early"].unwrap_err().code(), "not_reached");
}

#[test]
fn a_choice_without_its_premises_is_refused() {
    let curves: Curves = [("backprop".to_owned(), networks(&[1.2; 5]))].into();
    assert_eq!(choose_criterion(&[], &curves, "backprop", 0.8).unwrap_err().code(), "too_few");
    assert_eq!(choose_criterion(&[1.0], &curves, "other", 0.8).unwrap_err().code(), "absent");
    assert_eq!(choose_criterion(&[1.0], &curves, "backprop", 0.0).unwrap_err().code(), "out_of_range");
    assert_eq!(choose_criterion(&[f64::NAN], &curves, "backprop", 0.8).unwrap_err().code(), "not_finite");
}

proptest! {
    #[test]
    fn competence_at_its_own_match_is_the_criterion(
        raw in prop::collection::vec(-1.0..3.0_f64, 2..12), criterion in -1.0..3.0_f64,
    ) {
        let steps: Vec<u64> = (0..raw.len()).map(|i| 30 + 17 * (i as u64) * (i as u64)).collect();
        let curve = CompetenceCurve::new(&steps, &raw).unwrap();
        let (low, high) = (curve.competence()[0], curve.competence()[raw.len() - 1]);
        match curve.first_crossing(criterion) {
            Ok(at) => {
                prop_assert!(low <= criterion && criterion <= high);
                prop_assert!((at.interpolate(curve.competence()).unwrap() - criterion).abs() < 1e-12);
                prop_assert!(at.lower == 0 || curve.competence()[at.lower] <= criterion);
            }
            Err(_) => prop_assert!(criterion < low || criterion > high),
        }
    }
}
