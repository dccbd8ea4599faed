//! Arithmetic by rows and columns of matrices that are tensors: what Hebbian rules need beside matrix products.

use burn::tensor::Tensor;

use super::door::{self, on_flex};
use super::real::Real;
use super::vector::{largest_of, map, vectorized};

/// Which elements of a square matrix stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Triangle {
    /// All.
    Full,
    /// Those on the diagonal and below it.
    Lower,
}

/// a − row factor · b: `first` and `second` are `[rows, ..]`, `factors` is `[rows]`.
///
/// # Panics
/// If the shapes do not fit each other.
pub fn subtract_scaled_rows(first: &Tensor<4>, factors: &Tensor<1>, second: &Tensor<4>) -> Tensor<4> {
    let shape = first.dims();
    assert_eq!(second.dims(), shape, "both matrices must have the same shape");
    assert_eq!(factors.dims(), [shape[0]], "there must be one factor per row");
    let length = shape[1..].iter().product();
    on_flex!([first, factors, second], T => {
        let mut values = T::slice(&first).to_vec();
        let rows = values.chunks_exact_mut(length).zip(T::slice(&second).chunks_exact(length));
        for ((row, other), factor) in rows.zip(T::slice(&factors)) {
            let factor = -*factor;
            vectorized(|| row.iter_mut().zip(other).for_each(|(a, b)| *a += factor * *b));
        }
        door::tensor(values, shape)
    }, else first.clone() - second.clone() * factors.clone().reshape([shape[0], 1, 1, 1]))
}

/// (a − offset) · factor: the same offsets, of one sample's shape `[1, ..]`, for each sample of `inputs` `[n, ..]`.
///
/// # Panics
/// If the shapes do not fit each other.
pub fn shift_and_scale(inputs: &Tensor<4>, offsets: &Tensor<4>, factor: f64) -> Tensor<4> {
    let shape = inputs.dims();
    assert_eq!(offsets.dims(), [1, shape[1], shape[2], shape[3]], "offsets must have the shape of one sample");
    on_flex!([inputs, offsets], T => {
        let (offsets, factor) = (T::slice(&offsets), T::of(factor));
        let inputs = T::slice(&inputs);
        let mut values = Vec::with_capacity(inputs.len());
        for sample in inputs.chunks_exact(offsets.len()) {
            vectorized(|| values.extend(sample.iter().zip(offsets).map(|(a, offset)| (*a - *offset) * factor)));
        }
        door::tensor(values, shape)
    }, else (inputs.clone() - offsets.clone()) * factor)
}

/// A square matrix `[rows, rows, 1, 1]` with zeros in place of what does not stay.
///
/// # Panics
/// If the matrix is not square.
pub fn triangle(matrix: &Tensor<4>, part: Triangle) -> Tensor<4> {
    let [rows, columns, ..] = matrix.dims();
    assert_eq!(matrix.dims(), [rows, rows, 1, 1], "a matrix must be square");
    match part {
        Triangle::Full => matrix.clone(),
        Triangle::Lower => on_flex!([matrix], T => {
            let mut values = T::slice(&matrix).to_vec();
            for (index, row) in values.chunks_exact_mut(columns).enumerate() {
                row[index + 1..].fill(T::ZERO);
            }
            door::tensor(values, [rows, columns, 1, 1])
        }, else matrix.clone().reshape([rows, columns]).tril(0).reshape([rows, columns, 1, 1])),
    }
}

/// sign(a) · |a|^exponent.
pub fn signed_power(first: &Tensor<4>, exponent: f64) -> Tensor<4> {
    let shape = first.dims();
    on_flex!([first], T => {
        let power = |a: T| T::of(libm::copysign(libm::pow(libm::fabs(a.wide()), exponent), a.wide()));
        door::tensor(map(T::slice(&first), power), shape)
    }, else {
        // burn's own power works at 32 bits on some devices. The logarithm of 0 is −∞, and its exponential 0 again.
        (first.clone().abs().log() * exponent).exp() * first.clone().sign()
    })
}

/// The largest |a|; NaN where an element is NaN.
pub fn largest_magnitude<const D: usize>(first: &Tensor<D>) -> f64 {
    on_flex!([first], T => {
        largest(T::slice(&first)).wide()
    }, else {
        let sizes = crate::place::to_f64(first).into_iter().map(f64::abs);
        sizes.fold(0.0, |most: f64, a| if a <= most || most.is_nan() { most } else { a })
    })
}

fn largest<T: Real>(values: &[T]) -> T {
    let endless = T::of(f64::INFINITY);
    // NaN passes for infinity, so that it is not lost; which of the two was there is asked where it matters.
    let size = |a: T| {
        if a < T::ZERO {
            -a
        } else if a >= T::ZERO {
            a
        } else {
            endless
        }
    };
    let most = vectorized(|| largest_of(values, T::ZERO, size));
    let lost = (most == endless).then(|| values.iter().find(|a| a.wide().is_nan())).flatten();
    lost.copied().unwrap_or(most)
}
