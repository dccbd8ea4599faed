//! Each sample's numbers in equal runs, one after the other: groups of channels with their pixels, or the whole sample.

use burn::tensor::Tensor;

use super::door::{self, on_flex};
use super::real::Real;
use super::vector::{map, sum2};

/// The mean square of each run: from `[n, ..]` to `[n, runs, 1, 1]`, summed in 64 bits.
///
/// # Panics
/// If the numbers of a sample do not make that many equal runs.
pub fn mean_squares(values: &Tensor<4>, runs: usize) -> Tensor<4> {
    let (count, length) = lengths(values, runs);
    on_flex!([values], T => {
        let mean = |run: &[T]| T::of(sum2(run, run, |a, b| a.wide() * b.wide()) / length as f64);
        door::tensor(T::slice(&values).chunks_exact(length).map(mean).collect(), [count, runs, 1, 1])
    }, else {
        let rows = values.clone().reshape([count, runs, length, 1]);
        (rows.clone() * rows).mean_dim(2)
    })
}

/// Each run times a number of its own, `factors` `[n, runs, 1, 1]`.
///
/// # Panics
/// If the numbers of a sample do not make as many equal runs as there are factors.
pub fn scale_runs(values: &Tensor<4>, factors: &Tensor<4>) -> Tensor<4> {
    let shape = values.dims();
    let [batch, runs, ..] = factors.dims();
    let (count, length) = lengths(values, runs);
    assert_eq!(factors.dims(), [count, runs, 1, 1], "there must be one factor per run; the batch has {batch} samples");
    on_flex!([values, factors], T => {
        let (values, factors) = (T::slice(&values), T::slice(&factors));
        let mut scaled = Vec::with_capacity(values.len());
        for (run, factor) in values.chunks_exact(length).zip(factors) {
            scaled.extend(map(run, |value| *factor * value));
        }
        door::tensor(scaled, shape)
    }, else (values.clone().reshape([count, runs, length, 1]) * factors.clone()).reshape(shape))
}

fn lengths(values: &Tensor<4>, runs: usize) -> (usize, usize) {
    let [count, channels, height, width] = values.dims();
    let size = channels * height * width;
    assert!(runs > 0 && size % runs == 0, "{size} numbers must make {runs} equal runs");
    (count, size / runs)
}

#[cfg(test)]
mod tests {
    use super::{mean_squares, scale_runs};
    use crate::{DeviceKind, Place, Precision, to_f64};

    // [1 2 | 3 4], [0 -2 | 6 0]: (1 + 4) / 2, (9 + 16) / 2, 4 / 2, 36 / 2, by hand.
    #[test]
    fn runs_of_two_samples_are_as_by_hand() {
        for kind in [DeviceKind::Flex, DeviceKind::Ndarray] {
            let Ok(place) = Place::new(kind, Precision::F64) else { continue };
            let values = place.tensor(&[1.0, 2.0, 3.0, 4.0, 0.0, -2.0, 6.0, 0.0], [2, 4, 1, 1]);
            let means = mean_squares(&values, 2);
            assert_eq!((means.dims(), to_f64(&means)), ([2, 2, 1, 1], vec![2.5, 12.5, 2.0, 18.0]));
            assert_eq!(to_f64(&mean_squares(&values, 1)), [7.5, 10.0]);
            let factors = place.tensor(&[1.0, -1.0, 2.0, 0.5], [2, 2, 1, 1]);
            assert_eq!(to_f64(&scale_runs(&values, &factors)), [1.0, 2.0, -3.0, -4.0, 0.0, -4.0, 3.0, 0.0]);
        }
    }

    #[test]
    #[should_panic(expected = "equal runs")]
    fn numbers_that_do_not_make_equal_runs_are_refused() {
        mean_squares(&Place::flex(Precision::F64).zeros([1, 5, 1, 1]), 2);
    }
}
