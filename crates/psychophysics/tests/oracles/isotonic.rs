//! Oracles: SciPy's `isotonic_regression`; the max-min formula of isotonic regression; preservation of the mean.

use proptest::prelude::*;
use trompe_psychophysics::{isotonic, isotonic_weighted};

use crate::table::{assert_all_close, rows};

#[test]
fn agrees_with_scipy() {
    for row in rows(include_str!("../fixtures/isotonic.csv")) {
        let (values, weights) = (row.vector("values"), row.vector("weights"));
        assert_all_close(&isotonic(&values).unwrap(), &row.vector("isotonic"), 1e-13);
        assert_all_close(&isotonic_weighted(&values, &weights).unwrap(), &row.vector("weighted"), 1e-13);
    }
}

#[test]
fn what_cannot_be_weighted_is_refused() {
    assert_eq!(isotonic(&[]).unwrap_err().code(), "too_few");
    assert_eq!(isotonic(&[1.0, f64::NAN]).unwrap_err().code(), "not_finite");
    assert_eq!(isotonic_weighted(&[1.0], &[0.0]).unwrap_err().code(), "out_of_range");
    assert_eq!(isotonic_weighted(&[1.0], &[f64::NAN]).unwrap_err().code(), "out_of_range");
    assert_eq!(isotonic_weighted(&[1.0], &[]).unwrap_err().code(), "unequal_lengths");
}

/// Entry i is the maximum over starts j <= i of the minimum over ends k >= i of the mean of j..=k.
fn by_max_min(values: &[f64], weights: &[f64]) -> Vec<f64> {
    let mean = |j: usize, k: usize| {
        let sum: f64 = (j..=k).map(|i| values[i] * weights[i]).sum();
        sum / weights[j..=k].iter().sum::<f64>()
    };
    let n = values.len();
    (0..n)
        .map(|i| {
            let over_ends = |j: usize| (i..n).map(|k| mean(j, k)).fold(f64::INFINITY, f64::min);
            (0..=i).map(over_ends).fold(f64::NEG_INFINITY, f64::max)
        })
        .collect()
}

proptest! {
    #[test]
    fn is_the_max_min_of_means(data in prop::collection::vec((-3.0..3.0_f64, 0.1..4.0_f64), 1..15)) {
        let (values, weights): (Vec<f64>, Vec<f64>) = data.into_iter().unzip();
        let found = isotonic_weighted(&values, &weights).unwrap();
        for (f, e) in found.iter().zip(by_max_min(&values, &weights)) {
            prop_assert!((f - e).abs() < 1e-12);
        }
    }

    #[test]
    fn rises_keeps_the_mean_and_settles(values in prop::collection::vec(-3.0..3.0_f64, 1..40)) {
        let found = isotonic(&values).unwrap();
        prop_assert!(found.windows(2).all(|pair| pair[0] <= pair[1]));
        prop_assert!((found.iter().sum::<f64>() - values.iter().sum::<f64>()).abs() < 1e-11);
        prop_assert_eq!(&isotonic(&found).unwrap(), &found);
    }
}
