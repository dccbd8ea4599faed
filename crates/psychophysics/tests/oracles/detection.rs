//! Oracles: scikit-learn's `roc_auc_score` (weighted too), SciPy's normal quantile; symmetries; counts by hand.

use proptest::prelude::*;
use trompe_psychophysics::{
    PresortedEvidence, auc, auc_from_d_prime, d_prime, d_prime_from_auc, d_prime_from_counts, proportion_correct,
    two_afc,
};

use crate::table::{assert_close, rows};

#[test]
fn auc_and_d_prime_agree_with_libraries() {
    for row in rows(include_str!("../fixtures/detection.csv")) {
        let (pos, neg) = (row.vector("pos"), row.vector("neg"));
        assert_close(auc(&pos, &neg).unwrap(), row.number("auc"), 1e-13);
        assert_close(d_prime(&pos, &neg).unwrap().value, row.number("d_prime"), 1e-12);
        let weights: Vec<u32> = row.counts("weights").iter().map(|w| *w as u32).collect();
        let evidence = PresortedEvidence::new(&pos, &neg).unwrap();
        assert_close(evidence.weighted_auc(&weights).unwrap(), row.number("weighted_auc"), 1e-13);
    }
}

#[test]
fn small_cases_by_hand() {
    assert_eq!(auc(&[1.0, 2.0], &[0.0, 2.0]).unwrap(), 2.5 / 4.0);
    assert_eq!(auc(&[0.0], &[-0.0]).unwrap(), 0.5);
    assert_eq!(two_afc(&[(1.0, 0.0), (0.0, 1.0), (2.0, 2.0), (3.0, 1.0)]).unwrap(), 2.5 / 4.0);
    assert_eq!(proportion_correct(&[1.0, 0.0, -1.0], &[-1.0], 0.0).unwrap(), 2.5 / 4.0);
    assert_eq!(proportion_correct(&[1.0], &[-1.0], 1.0).unwrap(), 1.5 / 2.0);
    // Symmetric counts: 15.5 / 21 and 5.5 / 21 lie at opposite quantiles.
    let quantile = trompe_psychophysics::special::normal_quantile(15.5 / 21.0).unwrap();
    assert_close(d_prime_from_counts((15, 20), (5, 20)).unwrap(), 2.0 * quantile, 1e-14);
}

#[test]
fn twins_share_luminance_and_two_afc_sees_what_auc_does_not() {
    let pairs: Vec<(f64, f64)> = (0..50).map(|i| (f64::from(i) + 0.5, f64::from(i))).collect();
    let (pos, neg): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    assert_eq!(two_afc(&pairs).unwrap(), 1.0);
    // Positive i beats the negatives 0..=i: (1 + ... + 50) / 2500.
    assert_eq!(auc(&pos, &neg).unwrap(), 1275.0 / 2500.0);
}

#[test]
fn perfect_evidence_is_clipped_at_half_a_trial() {
    let clipped = d_prime(&[2.0; 8], &[1.0; 8]).unwrap();
    assert_eq!(clipped.value, d_prime_from_auc(1.0 - 1.0 / 16.0, 8).unwrap());
    assert_eq!(clipped.n, 8);
    assert!(d_prime_from_auc(1.0, 1_000_000).unwrap().is_finite());
    assert_close(d_prime_from_auc(1.0, 8).unwrap(), -d_prime_from_auc(0.0, 8).unwrap(), 0.0);
}

#[test]
fn what_is_no_evidence_is_refused() {
    assert_eq!(auc(&[], &[1.0]).unwrap_err().code(), "too_few");
    assert_eq!(auc(&[f64::NAN], &[1.0]).unwrap_err().code(), "not_finite");
    assert_eq!(auc(&[1.0], &[f64::INFINITY]).unwrap_err().code(), "not_finite");
    assert_eq!(two_afc(&[(f64::NAN, 0.0)]).unwrap_err().code(), "not_finite");
    assert_eq!(proportion_correct(&[1.0], &[1.0], f64::NAN).unwrap_err().code(), "not_finite");
    assert_eq!(d_prime_from_auc(f64::NAN, 4).unwrap_err().code(), "out_of_range");
    assert_eq!(d_prime_from_auc(0.5, 0).unwrap_err().code(), "too_few");
    assert_eq!(d_prime_from_counts((3, 2), (1, 2)).unwrap_err().code(), "too_many");
    assert_eq!(PresortedEvidence::new(&[1.0, 2.0], &[1.0]).unwrap_err().code(), "unequal_lengths");
    let evidence = PresortedEvidence::new(&[1.0, 2.0], &[1.0, 0.0]).unwrap();
    assert_eq!(evidence.weighted_auc(&[1]).unwrap_err().code(), "unequal_lengths");
    assert_eq!(evidence.weighted_auc(&[0, 0]).unwrap_err().code(), "too_few");
}

/// Evidence on a coarse grid, so that ties are common.
fn evidence(n: std::ops::Range<usize>) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec((-20_i32..20).prop_map(f64::from), n)
}

proptest! {
    #[test]
    fn auc_is_a_rank_statistic(pos in evidence(1..40), neg in evidence(1..40)) {
        let bend = |v: &f64| v * v * v + 2.0 * v - 5.0;
        let bent: (Vec<f64>, Vec<f64>) = (pos.iter().map(bend).collect(), neg.iter().map(bend).collect());
        prop_assert_eq!(auc(&pos, &neg).unwrap(), auc(&bent.0, &bent.1).unwrap());
    }

    #[test]
    fn swapped_classes_mirror_the_auc(pos in evidence(1..40), neg in evidence(1..40)) {
        prop_assert!((auc(&pos, &neg).unwrap() + auc(&neg, &pos).unwrap() - 1.0).abs() < 1e-14);
    }

    #[test]
    fn weights_are_repetitions(twins in prop::collection::vec((-9_i32..9, -9_i32..9, 0_u32..4), 1..30)) {
        prop_assume!(twins.iter().any(|t| t.2 > 0));
        let pos: Vec<f64> = twins.iter().map(|t| f64::from(t.0)).collect();
        let neg: Vec<f64> = twins.iter().map(|t| f64::from(t.1)).collect();
        let weights: Vec<u32> = twins.iter().map(|t| t.2).collect();
        let repeat = |values: &[f64]| -> Vec<f64> {
            values.iter().zip(&weights).flat_map(|(v, w)| vec![*v; *w as usize]).collect()
        };
        let found = PresortedEvidence::new(&pos, &neg).unwrap();
        let repeated = (repeat(&pos), repeat(&neg));
        prop_assert_eq!(found.weighted_auc(&weights).unwrap(), auc(&repeated.0, &repeated.1).unwrap());
        prop_assert_eq!(found.weighted_d_prime(&weights).unwrap(), d_prime(&repeated.0, &repeated.1).unwrap().value);
    }

    #[test]
    fn d_prime_and_auc_are_inverse(d in -4.0..4.0_f64) {
        prop_assert!((d_prime_from_auc(auc_from_d_prime(d), 1_000_000).unwrap() - d).abs() < 1e-10);
    }
}
