//! Elementwise arithmetic and sums over whole tensors, for settling, losses and diagnostics.
//!
//! All operands of one call must have equal shapes, else the call panics.

use burn::tensor::Tensor;

use super::door::{self, on_flex};
use super::real::Real;
use super::record;
use super::vector::{map, map2, sum2, vectorized};
use crate::place::{like, to_f64};

fn check<const D: usize>(first: &Tensor<D>, second: &Tensor<D>) -> [usize; D] {
    let shape = first.dims();
    assert_eq!(second.dims(), shape, "elementwise operands must have equal shapes");
    shape
}

/// a ⊙ b.
pub fn multiply<const D: usize>(first: &Tensor<D>, second: &Tensor<D>) -> Tensor<D> {
    let result = multiply_now(first, second);
    record::note(0, &result, || {
        let (first, second) = (first.clone(), second.clone());
        move || drop(multiply_now(&first, &second))
    });
    result
}

fn multiply_now<const D: usize>(first: &Tensor<D>, second: &Tensor<D>) -> Tensor<D> {
    let shape = check(first, second);
    on_flex!([first, second], T =>
        door::tensor(map2(T::slice(&first), T::slice(&second), |a, b| a * b), shape),
        else first.clone() * second.clone())
}

/// a − b.
pub fn subtract<const D: usize>(first: &Tensor<D>, second: &Tensor<D>) -> Tensor<D> {
    let result = subtract_now(first, second);
    record::note(0, &result, || {
        let (first, second) = (first.clone(), second.clone());
        move || drop(subtract_now(&first, &second))
    });
    result
}

fn subtract_now<const D: usize>(first: &Tensor<D>, second: &Tensor<D>) -> Tensor<D> {
    let shape = check(first, second);
    on_flex!([first, second], T =>
        door::tensor(map2(T::slice(&first), T::slice(&second), |a, b| a - b), shape),
        else first.clone() - second.clone())
}

/// a + factor · b.
pub fn add_scaled<const D: usize>(first: &Tensor<D>, factor: f64, second: &Tensor<D>) -> Tensor<D> {
    let result = add_scaled_now(first, factor, second);
    record::note(0, &result, || {
        let (first, second) = (first.clone(), second.clone());
        move || drop(add_scaled_now(&first, factor, &second))
    });
    result
}

fn add_scaled_now<const D: usize>(first: &Tensor<D>, factor: f64, second: &Tensor<D>) -> Tensor<D> {
    let shape = check(first, second);
    on_flex!([first, second], T => {
        let factor = T::of(factor);
        door::tensor(map2(T::slice(&first), T::slice(&second), |a, b| a + factor * b), shape)
    }, else first.clone() + second.clone() * factor)
}

/// factor · a.
pub fn scale<const D: usize>(first: &Tensor<D>, factor: f64) -> Tensor<D> {
    let result = scale_now(first, factor);
    record::note(0, &result, || {
        let first = first.clone();
        move || drop(scale_now(&first, factor))
    });
    result
}

fn scale_now<const D: usize>(first: &Tensor<D>, factor: f64) -> Tensor<D> {
    let shape = first.dims();
    on_flex!([first], T => {
        let factor = T::of(factor);
        door::tensor(map(T::slice(&first), |a| factor * a), shape)
    }, else first.clone() * factor)
}

/// size · sign(a), with sign(0) = 0.
pub fn signs<const D: usize>(first: &Tensor<D>, size: f64) -> Tensor<D> {
    let shape = first.dims();
    on_flex!([first], T => {
        let size = T::of(size);
        door::tensor(map(T::slice(&first), |a| signed(size, a)), shape)
    }, else burn_signed(first.clone().zeros_like().add_scalar(size), first))
}

/// |a| ⊙ sign(b), with sign(0) = 0.
pub fn with_signs<const D: usize>(first: &Tensor<D>, second: &Tensor<D>) -> Tensor<D> {
    let shape = check(first, second);
    on_flex!([first, second], T =>
        door::tensor(map2(T::slice(&first), T::slice(&second), |a, b| signed(if a < T::ZERO { T::ZERO - a } else { a }, b)), shape),
        else burn_signed(first.clone().abs(), second))
}

#[inline(always)]
fn signed<T: Real>(size: T, of: T) -> T {
    if of > T::ZERO {
        size
    } else if of < T::ZERO {
        T::ZERO - size
    } else {
        // A zero, or NaN, which stays what it is.
        of
    }
}

fn burn_signed<const D: usize>(size: Tensor<D>, of: &Tensor<D>) -> Tensor<D> {
    let mirrored = size.clone().mask_where(of.clone().lower_elem(0.0), size.neg());
    let zero = of.clone().equal_elem(0.0);
    mirrored.mask_where(zero, of.clone()).mask_where(of.clone().is_nan(), of.clone())
}

/// Σ a · b over all elements, summed in 64 bits.
pub fn dot<const D: usize>(first: &Tensor<D>, second: &Tensor<D>) -> f64 {
    check(first, second);
    on_flex!([first, second], T => sum2(T::slice(&first), T::slice(&second), |a, b| a.wide() * b.wide()), else {
        let products = to_f64(first).into_iter().zip(to_f64(second));
        products.map(|(a, b)| a * b).sum()
    })
}

/// Σ a² over all elements, summed in 64 bits.
pub fn sum_of_squares<const D: usize>(first: &Tensor<D>) -> f64 {
    dot(first, first)
}

/// Elements of one sample, the first axis counting samples.
fn sample_size(batch: &Tensor<4>) -> usize {
    batch.dims()[1..].iter().product()
}

/// Each sample of a batch times a factor of its own.
///
/// # Panics
/// If there is not one factor per sample.
pub fn scale_samples(batch: &Tensor<4>, factors: &[f64]) -> Tensor<4> {
    let (shape, size) = (batch.dims(), sample_size(batch));
    assert_eq!(factors.len(), shape[0], "there must be one factor per sample");
    let scaled = on_flex!([batch], T => {
        let mut values = Vec::with_capacity(factors.len() * size);
        for (sample, factor) in T::slice(&batch).chunks_exact(size).zip(factors) {
            let factor = T::of(*factor);
            vectorized(|| values.extend(sample.iter().map(|value| factor * *value)));
        }
        door::tensor(values, shape)
    }, else batch.clone() * like(batch, factors, [shape[0], 1, 1, 1]));
    // Where the numbers came from cannot be seen.
    record::after_all(&scaled);
    scaled
}

/// Σ a² of each sample of a batch, summed in 64 bits.
pub fn squares_of_samples(batch: &Tensor<4>) -> Vec<f64> {
    let size = sample_size(batch);
    on_flex!([batch], T => {
        T::slice(&batch).chunks_exact(size).map(|row| sum2(row, row, |a, b| a.wide() * b.wide())).collect()
    }, else {
        to_f64(batch).chunks_exact(size).map(|row| row.iter().map(|value| value * value).sum()).collect()
    })
}

/// Whether no element is infinite or NaN.
pub fn is_finite<const D: usize>(first: &Tensor<D>) -> bool {
    on_flex!([first], T => vectorized(|| T::slice(&first).iter().fold(0, |wild, a| wild | a.wild())) == 0, else {
        to_f64(first).into_iter().all(f64::is_finite)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::{DeviceKind, Place, Precision, to_f64};

    #[test]
    fn signs_are_those_of_the_weights_and_nothing_has_none() {
        for kind in [DeviceKind::Flex, DeviceKind::Ndarray] {
            let Ok(place) = Place::new(kind, Precision::F64) else { continue };
            let weights = place.tensor(&[2.0, -0.5, 0.0, -0.0, f64::NAN], [5]);
            let read = |tensor: &Tensor<1>| to_f64(tensor);
            let (even, taken) = (read(&signs(&weights, 0.3)), place.tensor(&[-4.0, 3.0, 1.0, -1.0, 1.0], [5]));
            assert_eq!(even[..4], [0.3, -0.3, 0.0, 0.0]);
            let random = read(&with_signs(&taken, &weights));
            assert_eq!(random[..4], [4.0, -3.0, 0.0, 0.0]);
            assert!(even[4].is_nan() && random[4].is_nan(), "what is no number has no sign");
        }
    }

    fn places() -> Vec<Place> {
        let all = [DeviceKind::Flex, DeviceKind::Ndarray].into_iter();
        let both = all.flat_map(|kind| [Precision::F32, Precision::F64].map(|precision| Place::new(kind, precision)));
        both.filter_map(Result::ok).collect()
    }

    #[test]
    fn every_sample_has_its_own_factor() {
        for place in places() {
            let batch = place.tensor(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [3, 1, 2, 1]);
            assert_eq!(to_f64(&scale_samples(&batch, &[2.0, 0.0, -0.5])), [2.0, 4.0, 0.0, 0.0, -2.5, -3.0]);
        }
    }

    #[test]
    fn every_sample_has_its_own_sum_of_squares() {
        for place in places() {
            // Forty numbers a sample: more than one round of partial sums, and a rest.
            let values: Vec<f64> = (0..80).map(f64::from).collect();
            let sums = squares_of_samples(&place.tensor(&values, [2, 4, 5, 2]));
            // Σ k² from 0 to n is n (n + 1) (2n + 1) / 6.
            let up_to = |n: f64| n * (n + 1.0) * (2.0 * n + 1.0) / 6.0;
            assert_eq!(sums, [up_to(39.0), up_to(79.0) - up_to(39.0)]);
        }
    }
}
