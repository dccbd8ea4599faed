//! Ridge regression of many targets on the same features, from sums of products that are gathered piece by piece.
//!
//! Minimizes Σᵢ (yᵢ − xᵢ·w − b)² + λ |w|² for each target y. The features are centered by their own sums, their products are
//! factored once (Cholesky), and each target costs two passes along the factor. For samples that are too many to hold.

use crate::{NotMeasurable, check};

/// Sums over samples of features and of their products.
#[derive(Debug, Clone, PartialEq)]
pub struct Products {
    n: usize,
    sums: Vec<f64>,
    /// Lower triangle, row by row in a full matrix.
    products: Vec<f64>,
}

impl Products {
    /// Nothing yet, of so many features.
    pub fn new(width: usize) -> Self {
        Self { n: 0, sums: vec![0.0; width], products: vec![0.0; width * width] }
    }

    /// Features.
    pub fn width(&self) -> usize {
        self.sums.len()
    }

    /// Samples.
    pub fn samples(&self) -> usize {
        self.n
    }

    /// Adds the sums of `n` further samples: of each feature, and of its products with every feature, `[width, width]`.
    ///
    /// # Errors
    /// [`NotMeasurable::UnequalLengths`] where the sums are not of as many features.
    pub fn add(&mut self, n: usize, sums: &[f64], products: &[f32]) -> Result<(), NotMeasurable> {
        check::same_length("sums", self.sums.len(), sums.len())?;
        check::same_length("products", self.products.len(), products.len())?;
        self.n += n;
        self.sums.iter_mut().zip(sums).for_each(|(sum, more)| *sum += more);
        self.products.iter_mut().zip(products).for_each(|(sum, more)| *sum += f64::from(*more));
        Ok(())
    }

    /// Factors the centered products with a ridge of that share of their mean diagonal.
    ///
    /// # Errors
    /// [`NotMeasurable::TooFew`] below two samples; [`NotMeasurable::Degenerate`] where no feature varies.
    pub fn factor(&self, share: f64) -> Result<Factored, NotMeasurable> {
        check::at_least(2, self.n)?;
        let (width, n) = (self.width(), self.n as f64);
        let mut lower = self.products.clone();
        for row in 0..width {
            for column in 0..=row {
                lower[row * width + column] -= self.sums[row] * self.sums[column] / n;
            }
        }
        let mean = (0..width).map(|at| lower[at * width + at]).sum::<f64>() / width.max(1) as f64;
        if !(mean > 0.0 && share > 0.0) {
            return Err(NotMeasurable::Degenerate { what: "a linear map, by features that do not vary" });
        }
        let ridge = share * mean;
        (0..width).for_each(|at| lower[at * width + at] += ridge);
        cholesky(&mut lower, width)?;
        Ok(Factored { n, means: self.sums.iter().map(|sum| sum / n).collect(), lower, ridge })
    }
}

/// A lower triangle L with L Lᵀ the matrix whose lower triangle stood there.
fn cholesky(lower: &mut [f64], width: usize) -> Result<(), NotMeasurable> {
    for row in 0..width {
        let (before, rest) = lower.split_at_mut(row * width);
        let this = &mut rest[..width];
        for column in 0..row {
            let other = &before[column * width..column * width + width];
            let sum: f64 = this[..column].iter().zip(&other[..column]).map(|(one, other)| one * other).sum();
            this[column] = (this[column] - sum) / other[column];
        }
        let left = this[row] - this[..row].iter().map(|value| value * value).sum::<f64>();
        if left.is_nan() || left <= 0.0 {
            return Err(NotMeasurable::Degenerate { what: "a linear map, by features that depend on each other" });
        }
        this[row] = libm::sqrt(left);
    }
    Ok(())
}

/// Centered products, factored.
#[derive(Debug, Clone, PartialEq)]
pub struct Factored {
    n: f64,
    means: Vec<f64>,
    lower: Vec<f64>,
    /// λ, in squared units of the features.
    pub ridge: f64,
}

/// A linear map of the features to one target.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// One weight a feature.
    pub weights: Vec<f64>,
    /// The target where all features are 0.
    pub offset: f64,
}

impl Factored {
    /// The map to a target, from its sum over the samples and its sums of products with each feature.
    ///
    /// # Errors
    /// [`NotMeasurable::UnequalLengths`]; [`NotMeasurable::NotFinite`].
    pub fn map(&self, sum: f64, with: &[f64]) -> Result<Map, NotMeasurable> {
        let width = self.means.len();
        check::same_length("products with the target", width, with.len())?;
        check::all_finite("products with the target", with)?;
        let mut weights: Vec<f64> = with.iter().zip(&self.means).map(|(product, mean)| product - mean * sum).collect();
        for row in 0..width {
            let known = &self.lower[row * width..row * width + row];
            let done: f64 = known.iter().zip(&weights).map(|(factor, value)| factor * value).sum();
            weights[row] = (weights[row] - done) / self.lower[row * width + row];
        }
        for row in (0..width).rev() {
            weights[row] /= self.lower[row * width + row];
            let value = weights[row];
            let known = &self.lower[row * width..row * width + row];
            weights[..row].iter_mut().zip(known).for_each(|(weight, factor)| *weight -= factor * value);
        }
        let offset = sum / self.n - weights.iter().zip(&self.means).map(|(weight, mean)| weight * mean).sum::<f64>();
        Ok(Map { weights, offset })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gathered(rows: &[[f32; 2]], targets: &[f64]) -> (Products, f64, Vec<f64>) {
        let mut products = Products::new(2);
        let mut with = vec![0.0; 2];
        for (row, target) in rows.iter().zip(targets) {
            let all: Vec<f32> = row.iter().flat_map(|one| row.map(|other| one * other)).collect();
            products.add(1, &row.map(f64::from), &all).expect("two features");
            (0..2).for_each(|at| with[at] += f64::from(row[at]) * target);
        }
        (products, targets.iter().sum(), with)
    }

    #[test]
    fn a_linear_law_is_found_and_a_ridge_shrinks_it() {
        // y = 2 x₁ − x₂ + 3 without noise: a vanishing ridge finds it.
        let rows = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, 1.0]];
        let targets: Vec<f64> = rows.iter().map(|[a, b]| f64::from(2.0 * a - b + 3.0)).collect();
        let (products, sum, with) = gathered(&rows, &targets);
        let map = products.factor(1e-12).and_then(|factored| factored.map(sum, &with)).expect("a map");
        for (found, true_value) in map.weights.iter().chain([&map.offset]).zip([2.0, -1.0, 3.0]) {
            assert!((found - true_value).abs() < 1e-9, "{map:?}");
        }
        // One feature by hand: x = −1, 1; y = x. Σx² = 2, Σxy = 2, λ = 2 · 0.5 = 1: w = 2 / 3. Negative control: not 1.
        let mut one = Products::new(1);
        one.add(2, &[0.0], &[2.0]).expect("one feature");
        let shrunk = one.factor(0.5).and_then(|factored| factored.map(0.0, &[2.0])).expect("a map");
        assert!((shrunk.weights[0] - 2.0 / 3.0).abs() < 1e-12 && shrunk.offset == 0.0);
    }

    #[test]
    fn what_cannot_be_fitted_is_refused() {
        assert!(matches!(Products::new(2).factor(0.1), Err(NotMeasurable::TooFew { .. })));
        let mut still = Products::new(1);
        still.add(3, &[6.0], &[12.0]).expect("one feature");
        assert!(matches!(still.factor(0.1), Err(NotMeasurable::Degenerate { .. })), "a feature that is always 2");
        assert!(still.add(1, &[0.0; 2], &[0.0]).is_err());
    }
}
