//! Gaussian blur of planes.

use super::super::{Plane, mirrored};

/// A Gaussian blur of planes of one shape.
pub(super) struct Blur {
    width: usize,
    taps: Vec<f64>,
    /// Mirrored index of each place from `−reach` on, along columns and rows.
    columns: Vec<usize>,
    rows: Vec<usize>,
}

impl Blur {
    pub(super) fn new(shape: &Plane, sigma: f64) -> Self {
        let reach = (3.5 * sigma).ceil() as isize;
        let weights = (-reach..=reach).map(|at| if at == 0 { 1.0 } else { gauss(at as f64 / sigma) });
        let sum: f64 = weights.clone().sum();
        let indices = |count: usize| (-reach..count as isize + reach).map(|at| mirrored(at, count)).collect();
        Self {
            width: shape.width,
            taps: weights.map(|weight| weight / sum).collect(),
            columns: indices(shape.width),
            rows: indices(shape.height),
        }
    }

    pub(super) fn apply(&self, values: &[f64]) -> Vec<f64> {
        if self.taps.len() == 1 {
            return values.to_vec();
        }
        let (width, height) = (self.width, values.len() / self.width);
        let mut across = vec![0.0; values.len()];
        for (row, sums) in across.chunks_exact_mut(width).enumerate() {
            for (tap, &weight) in self.taps.iter().enumerate() {
                let source = &values[self.rows[row + tap] * width..][..width];
                sums.iter_mut().zip(source).for_each(|(sum, value)| *sum += weight * value);
            }
        }
        let mut output = vec![0.0; values.len()];
        let mut padded = vec![0.0; self.columns.len()];
        for row in 0..height {
            let source = &across[row * width..][..width];
            padded.iter_mut().zip(&self.columns).for_each(|(value, &column)| *value = source[column]);
            let sums = &mut output[row * width..][..width];
            for (tap, &weight) in self.taps.iter().enumerate() {
                sums.iter_mut().zip(&padded[tap..]).for_each(|(sum, value)| *sum += weight * value);
            }
        }
        output
    }
}

fn gauss(x: f64) -> f64 {
    libm::exp(-0.5 * x * x)
}
