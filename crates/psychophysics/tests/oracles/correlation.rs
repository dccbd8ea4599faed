//! Oracles: SciPy's `pearsonr`, `spearmanr`, `page_trend_test`; invariances.

use proptest::prelude::*;
use trompe_psychophysics::{
    average_ranks, fisher_interval, jackknife_interval, page_trend, partial, pearson, spearman, within_groups,
};

use crate::table::{assert_close, rows};

#[test]
fn correlations_agree_with_scipy() {
    for row in rows(include_str!("../fixtures/correlation.csv")) {
        let (x, y) = (row.vector("x"), row.vector("y"));
        // The offset case stands a million standard deviations from 0, which costs six digits.
        let tolerance = if row.text("case") == "offset" { 1e-9 } else { 1e-13 };
        assert_close(pearson(&x, &y).unwrap(), row.number("pearson"), tolerance);
        assert_close(spearman(&x, &y).unwrap(), row.number("spearman"), 1e-13);
    }
}

#[test]
fn trend_agrees_with_scipy() {
    for row in rows(include_str!("../fixtures/page.csv")) {
        let treatments = row.number("treatments") as usize;
        let blocks: Vec<Vec<f64>> = row.vector("table").chunks(treatments).map(<[f64]>::to_vec).collect();
        let found = page_trend(&blocks).unwrap();
        assert_eq!(found.statistic, row.number("statistic"));
        assert_close(found.p, row.number("p"), 1e-12);
        assert_eq!(found.n, blocks.len());
    }
}

#[test]
fn ranks_by_hand() {
    assert_eq!(average_ranks(&[10.0, 20.0, 10.0, 5.0]).unwrap(), [2.5, 4.0, 2.5, 1.0]);
    assert!(average_ranks(&[]).unwrap().is_empty());
}

#[test]
fn what_has_no_correlation_is_refused() {
    assert_eq!(pearson(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]).unwrap_err().code(), "degenerate");
    assert_eq!(pearson(&[1.0], &[1.0]).unwrap_err().code(), "too_few");
    assert_eq!(spearman(&[1.0, 2.0], &[1.0]).unwrap_err().code(), "unequal_lengths");
    assert_eq!(spearman(&[1.0, f64::NAN], &[1.0, 2.0]).unwrap_err().code(), "not_finite");
    assert_eq!(page_trend(&[vec![1.0, 2.0, 3.0]]).unwrap_err().code(), "too_few");
    assert_eq!(page_trend(&[vec![1.0, 2.0, 3.0], vec![1.0, 2.0]]).unwrap_err().code(), "unequal_lengths");
}

proptest! {
    #[test]
    fn spearman_reads_ranks_only(data in prop::collection::vec((-30_i32..30, -30_i32..30), 3..30)) {
        let (x, y): (Vec<f64>, Vec<f64>) = data.iter().map(|(a, b)| (f64::from(*a), f64::from(*b))).unzip();
        prop_assume!(x.iter().any(|v| *v != x[0]) && y.iter().any(|v| *v != y[0]));
        let bent: Vec<f64> = x.iter().map(|v| v * v * v).collect();
        let mirrored: Vec<f64> = y.iter().map(|v| -v).collect();
        let rho = spearman(&x, &y).unwrap();
        prop_assert_eq!(spearman(&bent, &y).unwrap(), rho);
        prop_assert!((spearman(&x, &mirrored).unwrap() + rho).abs() < 1e-14);
        prop_assert!((spearman(&x, &x).unwrap() - 1.0).abs() < 1e-14);
    }
}

#[test]
fn a_partial_correlation_is_that_of_what_a_line_leaves() {
    let z = [1.0, 2.0, 3.0, 4.0];
    let x = [1.0, 3.0, 2.0, 4.0];
    let y = [2.0, 1.0, 4.0, 3.0];
    // Slopes 0.8 and 0.6 around means of 2.5: residuals (−0.3, 0.9, −0.9, 0.3) and (0.4, −1.2, 1.2, −0.4).
    let (left_x, left_y) = ([-0.3, 0.9, -0.9, 0.3], [0.4, -1.2, 1.2, -0.4]);
    assert_close(pearson(&left_x, &left_y).unwrap(), -1.0, 1e-12);
    assert_close(partial(&x, &y, &z).unwrap(), -1.0, 1e-12);
    // Correlations of 0.0 (x, y), 0.8 and 0.6: (0 − 0.48) / √(0.36 · 0.64) = −1. Not what is found without z.
    assert_close(pearson(&x, &y).unwrap(), 0.0, 1e-12);
    assert_eq!(partial(&x, &z, &z).unwrap_err().code(), "degenerate");
}

#[test]
fn within_groups_only_differences_from_their_own_means_count() {
    // Between the groups x and y rise together; within both they fall: residuals (−1, 1) and (1, −1), twice.
    let (x, y, groups) = ([0.0, 2.0, 10.0, 12.0], [1.0, -1.0, 11.0, 9.0], [0, 0, 1, 1]);
    assert_close(within_groups(&x, &y, &groups).unwrap(), -1.0, 1e-12);
    assert!(pearson(&x, &y).unwrap() > 0.9);
    // By hand: residuals of x (−1, 0, 1, −1, 1), of y (−1, 2, −1, −2, 2); 4 / √(4 · 14).
    let (x, y) = ([1.0, 2.0, 3.0, 5.0, 7.0], [0.0, 3.0, 0.0, 4.0, 8.0]);
    assert_close(within_groups(&x, &y, &[4, 4, 4, 2, 2]).unwrap(), 4.0 / 56.0_f64.sqrt(), 1e-12);
    let constant = within_groups(&[0.1, 0.1, 0.1, 5.0], &[1.0, 2.0, 3.0, 4.0], &[0, 0, 0, 1]);
    assert_eq!(constant.unwrap_err().code(), "degenerate");
    assert_eq!(within_groups(&[1.0, 2.0], &[1.0, 2.0], &[0]).unwrap_err().code(), "unequal_lengths");
}

#[test]
fn intervals_of_a_correlation_by_hand() {
    // atanh 0.5 = 0.549306; 1.959964 / √(28 − 3) = 0.391993: tanh of 0.157313 and 0.941299.
    let (low, high) = fisher_interval(0.5, 28, 0, 0.95).unwrap();
    assert_close(low, 0.156_028, 1e-5);
    assert_close(high, 0.735_818, 1e-5);
    // What is held constant costs a pair each.
    assert_eq!(fisher_interval(0.5, 30, 2, 0.95).unwrap(), (low, high));
    assert_ne!(fisher_interval(0.5, 30, 0, 0.95).unwrap(), (low, high));
    assert_eq!(fisher_interval(0.5, 5, 2, 0.95).unwrap_err().code(), "too_few");
    assert_eq!(fisher_interval(1.0, 9, 0, 0.95).unwrap_err().code(), "degenerate");
    // Three clusters whose transformed correlations are 0.4, 0.5 and 0.6 when left out: √(2/3 · 0.02) = 0.115470, and Student's
    // t with two degrees of freedom has 4.302653 at 97.5 %: 0.5 ± 0.496828.
    let left_out = [0.4, 0.5, 0.6].map(f64::tanh);
    let (low, high) = jackknife_interval(0.5_f64.tanh(), &left_out, 0.95).unwrap();
    assert_close(low.atanh(), 0.003_172, 1e-5);
    assert_close(high.atanh(), 0.996_828, 1e-5);
    assert_eq!(jackknife_interval(0.5, &left_out[..2], 0.95).unwrap_err().code(), "too_few");
    assert_eq!(jackknife_interval(0.5, &[0.1, 0.2, -1.0], 0.95).unwrap_err().code(), "degenerate");
}
