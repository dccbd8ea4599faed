//! Max-pooling of 2 × 2 windows that do not overlap and leave no pixel out: the usual case, written for vectors.

use super::planes::Window;
use super::real::Real;
use super::vector::vectorized;

/// Whether maps of `[n, c, h, w]` are pooled like this.
pub(crate) fn fits(dims: [usize; 4], window: Window) -> bool {
    window == Window { kernel: 2, stride: 2, padding: 0 } && dims[2].is_multiple_of(2) && dims[3].is_multiple_of(2)
}

/// The largest value of each window, the first among equals, and its pixel within the map. NaN wins.
pub(crate) fn largest<T: Real>(inputs: &[T], dims: [usize; 4]) -> (Vec<T>, Vec<u32>) {
    let [.., height, width] = dims;
    let count = inputs.len() / 4;
    let (mut values, mut winners) = (vec![T::ZERO; count], vec![0; count]);
    let rows = values.chunks_exact_mut(width / 2).zip(winners.chunks_exact_mut(width / 2));
    for (index, ((values, winners), pixels)) in rows.zip(inputs.chunks_exact(2 * width)).enumerate() {
        let (upper, lower) = pixels.split_at(width);
        let first = index % (height / 2) * 2 * width;
        vectorized(|| row((upper, lower), values, winners, first as u32));
    }
    (values, winners)
}

#[inline(always)]
fn row<T: Real>((upper, lower): (&[T], &[T]), values: &mut [T], winners: &mut [u32], first: u32) {
    let (upper, lower, width) = (upper.as_chunks::<2>().0, lower.as_chunks::<2>().0, upper.len() as u32);
    let outputs = values.iter_mut().zip(winners);
    for (index, ((value, winner), (upper, lower))) in outputs.zip(upper.iter().zip(lower)).enumerate() {
        let corner = first + 2 * index as u32;
        let (mut best, mut pixel) = (upper[0], corner);
        for (other, place) in [(upper[1], corner + 1), (lower[0], corner + width), (lower[1], corner + width + 1)] {
            let wins = other > best || other.partial_cmp(&other).is_none();
            (best, pixel) = if wins { (other, place) } else { (best, pixel) };
        }
        (*value, *winner) = (best, pixel);
    }
}

/// Each gradient at the pixel that won, zeros elsewhere; every pixel is written once.
pub(crate) fn scatter<T: Real>(gradient: &[T], winners: &[u32], dims: [usize; 4]) -> Vec<T> {
    let [.., height, width] = dims;
    let mut inputs = Vec::with_capacity(2 * gradient.len());
    let rows = gradient.chunks_exact(width / 2).zip(winners.chunks_exact(width / 2));
    for (index, (gradient, winners)) in rows.enumerate() {
        let first = (index % (height / 2) * 2 * width) as u32;
        for row in [first, first + width as u32] {
            vectorized(|| {
                inputs.extend(gradient.iter().zip(winners).enumerate().map(|(column, (gradient, winner))| {
                    let pixel = row + 2 * column as u32;
                    [pixel, pixel + 1].map(|pixel| if *winner == pixel { *gradient } else { T::ZERO })
                }));
            });
        }
    }
    inputs.into_flattened()
}
