//! A symmetric matrix as Q T Qᵀ with T tridiagonal: (T + λI)⁻¹ and its trace cost a pass along T, whatever λ.

/// Q T Qᵀ of a symmetric matrix.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tridiagonal {
    diagonal: Vec<f64>,
    /// Below the diagonal; one fewer.
    beside: Vec<f64>,
    /// Householder vectors, each acting on the places from its index + 1 on, with 2/|v|².
    mirrors: Vec<(Vec<f64>, f64)>,
}

impl Tridiagonal {
    /// Of a matrix of that size, given row by row; only the lower triangle is read.
    pub(super) fn of(mut matrix: Vec<f64>, size: usize) -> Self {
        let (mut beside, mut mirrors) = (Vec::new(), Vec::new());
        for at in 0..size.saturating_sub(1) {
            let below: Vec<f64> = (at + 1..size).map(|row| matrix[row * size + at]).collect();
            let (mirror, factor, first) = mirror(below);
            beside.push(first);
            if factor > 0.0 {
                reflect(&mut matrix[(at + 1) * size..], (size, at + 1), &mirror, factor);
            }
            mirrors.push((mirror, factor));
        }
        let diagonal = (0..size).map(|at| matrix[at * size + at]).collect();
        Self { diagonal, beside, mirrors }
    }

    /// Qᵀ · vector.
    pub(super) fn turn(&self, mut vector: Vec<f64>) -> Vec<f64> {
        for (at, (mirror, factor)) in self.mirrors.iter().enumerate() {
            apply(&mut vector[at + 1..], mirror, *factor);
        }
        vector
    }

    /// Q · vector.
    pub(super) fn turn_back(&self, mut vector: Vec<f64>) -> Vec<f64> {
        for (at, (mirror, factor)) in self.mirrors.iter().enumerate().rev() {
            apply(&mut vector[at + 1..], mirror, *factor);
        }
        vector
    }

    /// (T + λI)⁻¹ · target and the trace of (T + λI)⁻¹, for T without negative eigenvalues (but for rounding) and λ above 0.
    pub(super) fn solve(&self, target: &[f64], ridge: f64) -> (Vec<f64>, f64) {
        let size = self.diagonal.len();
        let raised: Vec<f64> = self.diagonal.iter().map(|value| value + ridge).collect();
        // Pivots of the factorizations from above and from below.
        let (mut above, mut below) = (raised.clone(), raised.clone());
        for at in 1..size {
            above[at] -= self.beside[at - 1] * self.beside[at - 1] / above[at - 1];
        }
        for at in (0..size - 1).rev() {
            below[at] -= self.beside[at] * self.beside[at] / below[at + 1];
        }
        let trace = (0..size).map(|at| 1.0 / (above[at] + below[at] - raised[at])).sum();
        let mut solution = target.to_vec();
        for at in 1..size {
            solution[at] -= self.beside[at - 1] / above[at - 1] * solution[at - 1];
        }
        solution[size - 1] /= above[size - 1];
        for at in (0..size - 1).rev() {
            solution[at] = (solution[at] - self.beside[at] * solution[at + 1]) / above[at];
        }
        (solution, trace)
    }
}

/// The mirror that brings a vector to its first axis, 2/|v|², and what the vector then is. No mirror (factor 0) where it is
/// there already.
fn mirror(mut vector: Vec<f64>) -> (Vec<f64>, f64, f64) {
    let rest = dot(&vector[1..], &vector[1..]);
    let first = vector[0];
    if rest <= 0.0 {
        return (vector, 0.0, first);
    }
    let length = (first * first + rest).sqrt();
    let image = if first > 0.0 { -length } else { length };
    vector[0] = first - image;
    let factor = 2.0 / (vector[0] * vector[0] + rest);
    (vector, factor, image)
}

fn apply(vector: &mut [f64], mirror: &[f64], factor: f64) {
    let amount = factor * dot(vector, mirror);
    vector.iter_mut().zip(mirror).for_each(|(value, mirror)| *value -= amount * mirror);
}

/// Mirrors the lower right part of a matrix (its rows from `from` on, each of `size`) from both sides, lower triangle only:
/// A − v wᵀ − w vᵀ with p = βAv, w = p − (β/2)(p·v) v.
fn reflect(rows: &mut [f64], (size, from): (usize, usize), mirror: &[f64], factor: f64) {
    let many = mirror.len();
    let mut image = vec![0.0; many];
    for at in 0..many {
        let row = &rows[at * size + from..][..at + 1];
        let (before, own) = row.split_at(at);
        image[at] += dot(before, &mirror[..at]) + own[0] * mirror[at];
        image[..at].iter_mut().zip(before).for_each(|(image, value)| *image += value * mirror[at]);
    }
    image.iter_mut().for_each(|image| *image *= factor);
    let half = 0.5 * factor * dot(&image, mirror);
    image.iter_mut().zip(mirror).for_each(|(image, mirror)| *image -= half * mirror);
    for at in 0..many {
        let row = &mut rows[at * size + from..][..at + 1];
        let (v, w) = (mirror[at], image[at]);
        row.iter_mut().zip(&image).zip(mirror).for_each(|((value, image), mirror)| *value -= v * image + w * mirror);
    }
}

/// Sum of products, in eight sums that are added at the end.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (left, left_rest) = a.as_chunks::<8>();
    let (right, right_rest) = b.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (left, right) in left.iter().zip(right) {
        sums.iter_mut().zip(left).zip(right).for_each(|((sum, left), right)| *sum += left * right);
    }
    sums.iter().sum::<f64>() + left_rest.iter().zip(right_rest).map(|(a, b)| a * b).sum::<f64>()
}
