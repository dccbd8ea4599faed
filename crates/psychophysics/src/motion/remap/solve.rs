//! The linear part: columns of a curve, and least squares on columns.

use super::KNOTS;
use crate::NotMeasurable;

const RIDGE: f64 = 1e-9;

/// Hats about the knots, at each code.
pub(super) fn curve(codes: &[f64]) -> Vec<Vec<f64>> {
    let (low, high) = codes.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &code| (l.min(code), h.max(code)));
    let width = if high > low { high - low } else { 1.0 };
    let mut hats = vec![vec![0.0; codes.len()]; KNOTS];
    for (at, code) in codes.iter().enumerate() {
        let place = (code - low) / width * (KNOTS - 1) as f64;
        let knot = (place as usize).min(KNOTS - 2);
        let share = place - knot as f64;
        hats[knot][at] = 1.0 - share;
        hats[knot + 1][at] = share;
    }
    hats
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    // Eight sums side by side; one after the other would wait for each addition.
    let mut sums = [0.0; 8];
    let (heads, tails) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = heads.remainder().iter().zip(tails.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in heads.zip(tails) {
        (0..8).for_each(|lane| sums[lane] += a[lane] * b[lane]);
    }
    sums.iter().sum::<f64>() + rest
}

/// Weights of columns by the normal equations with a small ridge, solved by Cholesky's factors.
pub(super) fn least_squares(columns: &[Vec<f64>], target: &[f64]) -> Result<Vec<f64>, NotMeasurable> {
    let n = columns.len();
    let mut factor = vec![vec![0.0; n]; n];
    for row in 0..n {
        for column in 0..=row {
            factor[row][column] = dot(&columns[row], &columns[column]);
        }
    }
    let mean = (0..n).map(|at| factor[at][at]).sum::<f64>() / n as f64;
    (0..n).for_each(|at| factor[at][at] += RIDGE * mean);
    for row in 0..n {
        for column in 0..=row {
            let known: f64 = (0..column).map(|at| factor[row][at] * factor[column][at]).sum();
            let left = factor[row][column] - known;
            factor[row][column] = if row > column {
                left / factor[column][column]
            } else if left > 0.0 {
                left.sqrt()
            } else {
                return Err(NotMeasurable::Degenerate { what: "a remap, by a picture without values" });
            };
        }
    }
    let mut weights: Vec<f64> = columns.iter().map(|column| dot(column, target)).collect();
    for row in 0..n {
        let known: f64 = (0..row).map(|at| factor[row][at] * weights[at]).sum();
        weights[row] = (weights[row] - known) / factor[row][row];
    }
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|at| factor[at][row] * weights[at]).sum();
        weights[row] = (weights[row] - known) / factor[row][row];
    }
    Ok(weights)
}

/// Sum of columns by their weights.
pub(super) fn weighted(columns: &[Vec<f64>], weights: &[f64]) -> Vec<f64> {
    let mut values = vec![0.0; columns.first().map_or(0, Vec::len)];
    for (column, weight) in columns.iter().zip(weights) {
        values.iter_mut().zip(column).for_each(|(value, part)| *value += weight * part);
    }
    values
}
