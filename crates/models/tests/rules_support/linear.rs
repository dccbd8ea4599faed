//! Small dense linear algebra in plain 64-bit arithmetic: the oracle's own, sharing nothing with the engine.

/// A matrix in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    pub rows: usize,
    pub columns: usize,
    pub values: Vec<f64>,
}

impl Dense {
    pub fn new(rows: usize, columns: usize, values: Vec<f64>) -> Self {
        assert_eq!(values.len(), rows * columns);
        Self { rows, columns, values }
    }

    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self::new(rows, columns, vec![0.0; rows * columns])
    }

    pub fn identity(rows: usize) -> Self {
        let mut matrix = Self::zeros(rows, rows);
        (0..rows).for_each(|row| *matrix.at(row, row) = 1.0);
        matrix
    }

    pub fn at(&mut self, row: usize, column: usize) -> &mut f64 {
        &mut self.values[row * self.columns + column]
    }

    pub fn get(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.columns + column]
    }

    pub fn transposed(&self) -> Self {
        let mut other = Self::zeros(self.columns, self.rows);
        for row in 0..self.rows {
            for column in 0..self.columns {
                *other.at(column, row) = self.get(row, column);
            }
        }
        other
    }

    pub fn times(&self, other: &Self) -> Self {
        assert_eq!(self.columns, other.rows);
        let mut product = Self::zeros(self.rows, other.columns);
        for row in 0..self.rows {
            for column in 0..other.columns {
                *product.at(row, column) = (0..self.columns).map(|k| self.get(row, k) * other.get(k, column)).sum();
            }
        }
        product
    }

    pub fn plus(&self, other: &Self) -> Self {
        let values = self.values.iter().zip(&other.values).map(|(a, b)| a + b).collect();
        Self::new(self.rows, self.columns, values)
    }

    /// Each row multiplied by a number of its own.
    pub fn scaled_rows(&self, scales: &[f64]) -> Self {
        let values =
            self.values.iter().enumerate().map(|(index, value)| value * scales[index / self.columns]).collect();
        Self::new(self.rows, self.columns, values)
    }

    pub fn apply(&self, vector: &[f64]) -> Vec<f64> {
        assert_eq!(self.columns, vector.len());
        self.values.chunks(self.columns).map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum()).collect()
    }

    /// The solution of `self · x = right` by Gaussian elimination with row exchange.
    pub fn solve(&self, right: &[f64]) -> Vec<f64> {
        let count = self.rows;
        let (mut matrix, mut vector) = (self.clone(), right.to_vec());
        for pivot in 0..count {
            let best =
                (pivot..count).max_by(|a, b| matrix.get(*a, pivot).abs().total_cmp(&matrix.get(*b, pivot).abs()));
            let best = best.expect("a pivot row exists");
            for column in 0..count {
                let (upper, lower) = (matrix.get(pivot, column), matrix.get(best, column));
                *matrix.at(pivot, column) = lower;
                *matrix.at(best, column) = upper;
            }
            vector.swap(pivot, best);
            for row in pivot + 1..count {
                let factor = matrix.get(row, pivot) / matrix.get(pivot, pivot);
                for column in pivot..count {
                    *matrix.at(row, column) -= factor * matrix.get(pivot, column);
                }
                vector[row] -= factor * vector[pivot];
            }
        }
        let mut solution = vec![0.0; count];
        for row in (0..count).rev() {
            let known: f64 = (row + 1..count).map(|column| matrix.get(row, column) * solution[column]).sum();
            solution[row] = (vector[row] - known) / matrix.get(row, row);
        }
        solution
    }

    /// Eigenvalues of a symmetric matrix in falling order, each with its eigenvector of length 1, by Jacobi's rotations.
    pub fn eigen(&self) -> Vec<(f64, Vec<f64>)> {
        let count = self.rows;
        let (mut matrix, mut vectors) = (self.clone(), Self::identity(count));
        for _ in 0..15 {
            for p in 0..count {
                for q in p + 1..count {
                    let off = matrix.get(p, q);
                    if off == 0.0 {
                        continue;
                    }
                    let theta = (matrix.get(q, q) - matrix.get(p, p)) / (2.0 * off);
                    let tangent = theta.signum() / (theta.abs() + theta.hypot(1.0));
                    let cosine = 1.0 / tangent.hypot(1.0);
                    let mut rotation = Self::identity(count);
                    *rotation.at(p, p) = cosine;
                    *rotation.at(q, q) = cosine;
                    *rotation.at(p, q) = tangent * cosine;
                    *rotation.at(q, p) = -tangent * cosine;
                    matrix = rotation.transposed().times(&matrix).times(&rotation);
                    vectors = vectors.times(&rotation);
                }
            }
        }
        let columns = vectors.transposed();
        let column = |index: usize| columns.values[index * count..][..count].to_vec();
        let mut pairs: Vec<_> = (0..count).map(|index| (matrix.get(index, index), column(index))).collect();
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
        pairs
    }

    /// The largest eigenvalue of a symmetric positive matrix, by the power method.
    pub fn largest_eigenvalue(&self) -> f64 {
        let mut vector: Vec<f64> = (0..self.rows).map(|index| 1.0 + 0.1 * index as f64).collect();
        let mut value = 0.0;
        for _ in 0..20_000 {
            let image = self.apply(&vector);
            value = length(&image);
            vector = image.iter().map(|entry| entry / value).collect();
        }
        value
    }
}

pub fn dot(first: &[f64], second: &[f64]) -> f64 {
    first.iter().zip(second).map(|(a, b)| a * b).sum()
}

pub fn length(vector: &[f64]) -> f64 {
    dot(vector, vector).sqrt()
}

/// `‖got − wanted‖ / ‖wanted‖`.
pub fn relative_error(got: &[f64], wanted: &[f64]) -> f64 {
    assert_eq!(got.len(), wanted.len());
    let difference: Vec<f64> = got.iter().zip(wanted).map(|(a, b)| a - b).collect();
    length(&difference) / length(wanted)
}

/// The angle between two vectors in degrees.
pub fn angle_deg(first: &[f64], second: &[f64]) -> f64 {
    (dot(first, second) / (length(first) * length(second))).clamp(-1.0, 1.0).acos().to_degrees()
}
