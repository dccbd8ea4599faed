//! Linear decoders: ridge regression on targets such as ±1, its ridge chosen by generalized cross-validation.
//!
//! Minimizes Σᵢ (yᵢ − xᵢ·w − b)² + λ |w|² over w and b. Where pictures are fewer than features the same w is
//! Xᵀ (K + λI)⁻¹ y with K = X Xᵀ, so that the cost goes with the smaller of the two. The smaller matrix of products is brought to a
//! tridiagonal form T once; then each λ costs as little as a handful of passes along T: GCV(λ) = n |y − ŷ|² / tr(I − H)².
//!
//! # Source
//! Hoerl and Kennard (1970) for the ridge; Golub, Heath and Wahba (1979) for its choice; Householder's tridiagonal form and the
//! two-sided factors that give the diagonal of an inverse are textbook (Golub and Van Loan).
//!
//! # Departures
//! λ is one of [`GRID`] times the mean squared length of a centered row, the same for every matrix. A fitted mean counts as one
//! degree of freedom.

mod products;
mod tridiagonal;

pub use products::{Factored, Map, Products};

use crate::{NotMeasurable, check};
use tridiagonal::{Tridiagonal, dot};

/// Ridges that are tried, as shares of the mean squared length of a row: half decades from 10⁻⁴ to 10².
pub const GRID: [f64; 13] = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0];

/// Whether rows and targets have a mean of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offset {
    /// The means are taken out: for samples of two classes.
    Fitted,
    /// Nothing is taken out: for differences between the members of pairs, whose sign is a matter of order.
    None,
}

/// A decoder.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoder {
    /// One weight a feature.
    pub weights: Vec<f64>,
    /// Evidence where all features are 0.
    pub offset: f64,
    /// λ that was chosen, in squared units of the features.
    pub ridge: f64,
}

impl Decoder {
    /// Evidence for the class with the larger target.
    pub fn evidence(&self, row: &[f32]) -> f64 {
        let products = self.weights.iter().zip(row).map(|(weight, value)| weight * f64::from(*value));
        self.offset + products.sum::<f64>()
    }
}

/// Fits a decoder to rows of `targets.len()` samples that follow each other in `features`.
///
/// # Errors
/// [`NotMeasurable::TooFew`] below three samples; [`NotMeasurable::UnequalLengths`] unless every sample has equally many
/// features, at least one; [`NotMeasurable::NotFinite`]; [`NotMeasurable::Degenerate`] where rows or targets do not vary.
pub fn fit(features: &[f32], targets: &[f64], offset: Offset) -> Result<Decoder, NotMeasurable> {
    let n = targets.len();
    check::at_least(3, n)?;
    check::all_finite("targets", targets)?;
    let width = features.len() / n;
    check::same_length("features", n * width.max(1), features.len())?;
    if !features.iter().all(|value| value.is_finite()) {
        return Err(NotMeasurable::NotFinite { what: "features" });
    }
    let (mut rows, mut y): (Vec<f64>, Vec<f64>) =
        (features.iter().map(|value| f64::from(*value)).collect(), targets.to_vec());
    let (means, mean) = match offset {
        Offset::Fitted => (center(&mut rows, width), center(&mut y, 1)[0]),
        Offset::None => (vec![0.0; width], 0.0),
    };
    let (length, spread) = (dot(&rows, &rows) / n as f64, dot(&y, &y));
    if !(length > 0.0 && spread > 0.0) {
        return Err(NotMeasurable::Degenerate { what: "a decoder, by features or targets that do not vary" });
    }
    let taken = if offset == Offset::Fitted { 1.0 } else { 0.0 };
    let problem = Problem { n, taken, spread };
    let (weights, ridge) = if width < n {
        let columns = transposed(&rows, width);
        let shape = Tridiagonal::of(products(&columns, n), width);
        let target: Vec<f64> = columns.chunks_exact(n).map(|column| dot(column, &y)).collect();
        let turned = shape.turn(target);
        let ridge = chosen(length, |ridge| problem.primal(&shape, &turned, ridge));
        (shape.turn_back(shape.solve(&turned, ridge).0), ridge)
    } else {
        let shape = Tridiagonal::of(products(&rows, width), n);
        let turned = shape.turn(y);
        let ridge = chosen(length, |ridge| problem.dual(&shape, &turned, ridge));
        let shares = shape.turn_back(shape.solve(&turned, ridge).0);
        (combined(&rows, &shares), ridge)
    };
    let offset = mean - dot(&weights, &means);
    Ok(Decoder { weights, offset, ridge })
}

/// Takes the mean of each column out and gives it back.
fn center(rows: &mut [f64], width: usize) -> Vec<f64> {
    let n = (rows.len() / width) as f64;
    let mut means = vec![0.0; width];
    for row in rows.chunks_exact(width) {
        means.iter_mut().zip(row).for_each(|(mean, value)| *mean += value);
    }
    means.iter_mut().for_each(|mean| *mean /= n);
    for row in rows.chunks_exact_mut(width) {
        row.iter_mut().zip(&means).for_each(|(value, mean)| *value -= mean);
    }
    means
}

fn transposed(rows: &[f64], width: usize) -> Vec<f64> {
    let n = rows.len() / width;
    (0..width * n).map(|at| rows[at % n * width + at / n]).collect()
}

/// `Σ share · row`.
fn combined(rows: &[f64], shares: &[f64]) -> Vec<f64> {
    let width = rows.len() / shares.len();
    let mut sum = vec![0.0; width];
    for (row, share) in rows.chunks_exact(width).zip(shares) {
        sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += share * value);
    }
    sum
}

/// Columns that are worked on at once: the rows' parts stay in the second-level cache.
const PART: usize = 256;

/// Products of all rows with all rows, of which the lower triangle is filled in.
fn products(rows: &[f64], width: usize) -> Vec<f64> {
    let n = rows.len() / width;
    let mut sums = vec![0.0; n * n];
    for first in (0..width).step_by(PART) {
        let part = first..(first + PART).min(width);
        let row = |at: usize| &rows[at * width..][part.clone()];
        for i in (0..n).step_by(2) {
            for j in (0..=i).step_by(2) {
                if i + 1 < n && j + 1 < n {
                    let found = four([row(i), row(i + 1)], [row(j), row(j + 1)]);
                    for (at, found) in found.into_iter().enumerate() {
                        sums[(i + at / 2) * n + j + at % 2] += found;
                    }
                } else {
                    // The last row of an odd number.
                    (j..(j + 2).min(i + 1)).for_each(|j| sums[i * n + j] += dot(row(i), row(j)));
                }
            }
        }
    }
    sums
}

/// Products of two rows with two rows, each read once.
fn four([a, b]: [&[f64]; 2], [c, d]: [&[f64]; 2]) -> [f64; 4] {
    const LANES: usize = 4;
    let mut sums = [[0.0; LANES]; 4];
    let whole = a.len() / LANES * LANES;
    let lanes =
        |row: &[f64], at: usize| -> [f64; LANES] { row[at..at + LANES].try_into().expect("a slice of that length") };
    for at in (0..whole).step_by(LANES) {
        let [a, b, c, d] = [lanes(a, at), lanes(b, at), lanes(c, at), lanes(d, at)];
        for lane in 0..LANES {
            sums[0][lane] += a[lane] * c[lane];
            sums[1][lane] += a[lane] * d[lane];
            sums[2][lane] += b[lane] * c[lane];
            sums[3][lane] += b[lane] * d[lane];
        }
    }
    let rest = |x: &[f64], y: &[f64]| -> f64 { x[whole..].iter().zip(&y[whole..]).map(|(x, y)| x * y).sum() };
    let rests = [rest(a, c), rest(a, d), rest(b, c), rest(b, d)];
    [0, 1, 2, 3].map(|at| sums[at].iter().sum::<f64>() + rests[at])
}

/// The ridge with the smallest score; among equals the largest.
fn chosen(length: f64, score: impl Fn(f64) -> f64) -> f64 {
    let mut best = (f64::INFINITY, length);
    for share in GRID {
        let ridge = share * length;
        let found = score(ridge);
        if found <= best.0 {
            best = (found, ridge);
        }
    }
    best.1
}

/// What generalized cross-validation needs beside the tridiagonal form.
struct Problem {
    n: usize,
    /// Degrees of freedom that the mean took.
    taken: f64,
    /// |y|².
    spread: f64,
}

impl Problem {
    fn score(&self, residual: f64, left: f64) -> f64 {
        let left = left - self.taken;
        // Nothing is left to tell a good fit from a copy of the targets.
        if left > 1e-9 * self.n as f64 { self.n as f64 * residual.max(0.0) / (left * left) } else { f64::INFINITY }
    }

    /// I − H = λ (K + λI)⁻¹.
    fn dual(&self, shape: &Tridiagonal, turned: &[f64], ridge: f64) -> f64 {
        let (shares, trace) = shape.solve(turned, ridge);
        self.score(ridge * ridge * dot(&shares, &shares), ridge * trace)
    }

    /// |y − Xw|² = |y|² − w·Xᵀy − λ|w|², and tr H = p − λ tr (S + λI)⁻¹.
    fn primal(&self, shape: &Tridiagonal, turned: &[f64], ridge: f64) -> f64 {
        let (weights, trace) = shape.solve(turned, ridge);
        let residual = self.spread - dot(&weights, turned) - ridge * dot(&weights, &weights);
        let used = turned.len() as f64 - ridge * trace;
        self.score(residual, self.n as f64 - used)
    }
}
