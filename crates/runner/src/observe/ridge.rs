//! Ridge regression of class outputs on features, for baselines with a linear readout. A stopgap: to be replaced by that of
//! `trompe-psychophysics` when it is there.
//!
//! ```text
//! W = (XᵀX + λ·n·I)⁻¹ Xᵀ(Y − Ȳ),   X centered and scaled to unit variance, Y one-hot
//! ```

/// A linear readout.
pub(super) struct Ridge {
    mean: Vec<f64>,
    /// 1 / standard deviation; 0 for a feature that does not vary.
    scale: Vec<f64>,
    /// `[features, classes]`.
    weights: Vec<f64>,
    /// Share of each class among the examples.
    bias: Vec<f64>,
}

impl Ridge {
    /// Fits examples `[n, features]` with their labels; `penalty` is λ, a share of a feature's variance, above 0.
    pub(super) fn fit(examples: &[Vec<f32>], labels: &[usize], classes: usize, penalty: f64) -> Self {
        let (n, features) = (examples.len() as f64, examples[0].len());
        let column = |at: usize| examples.iter().map(move |example| f64::from(example[at]));
        let mean: Vec<f64> = (0..features).map(|at| column(at).sum::<f64>() / n).collect();
        let scale: Vec<f64> = (0..features)
            .map(|at| {
                let variance = column(at).map(|value| (value - mean[at]) * (value - mean[at])).sum::<f64>() / n;
                if variance > 1e-12 { 1.0 / variance.sqrt() } else { 0.0 }
            })
            .collect();
        let bias: Vec<f64> =
            (0..classes).map(|class| labels.iter().filter(|&&label| label == class).count() as f64 / n).collect();
        let mut square = vec![0.0; features * features];
        let mut product = vec![0.0; features * classes];
        for (example, &label) in examples.iter().zip(labels) {
            let centered: Vec<f64> = (0..features).map(|at| (f64::from(example[at]) - mean[at]) * scale[at]).collect();
            for (row, &value) in centered.iter().enumerate() {
                for (sum, other) in square[row * features..=row * features + row].iter_mut().zip(&centered) {
                    *sum += value * other;
                }
                for class in 0..classes {
                    product[row * classes + class] += value * (f64::from(u8::from(class == label)) - bias[class]);
                }
            }
        }
        (0..features).for_each(|at| square[at * features + at] += penalty * n);
        solve(&mut square, &mut product, (features, classes));
        Self { mean, scale, weights: product, bias }
    }

    /// One output for each class.
    pub(super) fn outputs(&self, example: &[f32]) -> Vec<f32> {
        let classes = self.bias.len();
        let mut outputs = self.bias.clone();
        for (at, &value) in example.iter().enumerate() {
            let centered = (f64::from(value) - self.mean[at]) * self.scale[at];
            for (output, weight) in outputs.iter_mut().zip(&self.weights[at * classes..]) {
                *output += centered * weight;
            }
        }
        outputs.into_iter().map(|output| output as f32).collect()
    }
}

/// Solves A X = B in place by Cholesky's factors; A is `[n, n]`, positive definite, given by its lower triangle, B is `[n, k]`.
fn solve(a: &mut [f64], b: &mut [f64], (n, k): (usize, usize)) {
    for row in 0..n {
        for column in 0..=row {
            let dot: f64 = (0..column).map(|at| a[row * n + at] * a[column * n + at]).sum();
            let rest = a[row * n + column] - dot;
            a[row * n + column] = if row == column { rest.sqrt() } else { rest / a[column * n + column] };
        }
    }
    for class in 0..k {
        for row in 0..n {
            let dot: f64 = (0..row).map(|at| a[row * n + at] * b[at * k + class]).sum();
            b[row * k + class] = (b[row * k + class] - dot) / a[row * n + row];
        }
        for row in (0..n).rev() {
            let dot: f64 = (row + 1..n).map(|at| a[at * n + row] * b[at * k + class]).sum();
            b[row * k + class] = (b[row * k + class] - dot) / a[row * n + row];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: a system solved by hand. [[4, 2], [2, 5]] · [1, −1] = [2, −3].
    #[test]
    fn a_system_of_two_is_solved() {
        let (mut a, mut b) = (vec![4.0, 0.0, 2.0, 5.0], vec![2.0, -3.0]);
        solve(&mut a, &mut b, (2, 1));
        assert!((b[0] - 1.0).abs() < 1e-12 && (b[1] + 1.0).abs() < 1e-12, "{b:?}");
    }

    /// Oracle: the closed form in one dimension. Scaled to unit variance the slope is covariance / (1 + λ).
    #[test]
    fn one_feature_has_the_slope_of_the_closed_form() {
        let examples: Vec<Vec<f32>> = [-1.0, -1.0, 1.0, 1.0].map(|value| vec![3.0 + 2.0 * value]).to_vec();
        for penalty in [1e-9, 1.0] {
            let ridge = Ridge::fit(&examples, &[0, 0, 1, 1], 2, penalty);
            // Class 1 is ½ + ½ · x, shrunk.
            let output = ridge.outputs(&[5.0])[1];
            assert!((f64::from(output) - (0.5 + 0.5 / (1.0 + penalty))).abs() < 1e-6, "{penalty}: {output}");
        }
    }
}
