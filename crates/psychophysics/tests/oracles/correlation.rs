//! Oracles: SciPy's `pearsonr`, `spearmanr`, `page_trend_test`; invariances.

use proptest::prelude::*;
use trompe_psychophysics::{average_ranks, page_trend, pearson, spearman};

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
