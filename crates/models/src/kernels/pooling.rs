//! Pooling and enlargement of maps, with their adjoints.

use std::sync::Arc;

use burn::tensor::module::{avg_pool2d, conv_transpose2d, max_pool2d_with_indices};
use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions};
use burn::tensor::{IndexingUpdateOp, Int, Tensor};

use super::convolution::transposed_options;
use super::door::{self, on_flex};
use super::pairs;
use super::planes::Window;
use super::real::Real;
use super::record;
use super::vector::vectorized;

/// Which pixel of its map each maximum came from.
#[derive(Clone, Debug)]
pub struct Winners(Kind);

#[expect(clippy::large_enum_variant, reason = "one per pooling layer; both variants are handles")]
#[derive(Clone, Debug)]
enum Kind {
    Raw(Arc<Vec<u32>>),
    Burn(Tensor<4, Int>),
}

/// The largest value of each window of `[n, c, h, w]`, the first in row-major order among equals, and where it was. The
/// window has no padding.
pub fn max_pool(inputs: &Tensor<4>, window: Window) -> (Tensor<4>, Winners) {
    let (largest, winners) = max_pool_now(inputs, window);
    record::note(0, &largest, || {
        let inputs = inputs.clone();
        move || drop(max_pool_now(&inputs, window))
    });
    (largest, winners)
}

fn max_pool_now(inputs: &Tensor<4>, window: Window) -> (Tensor<4>, Winners) {
    let dims = inputs.dims();
    on_flex!([inputs], T => {
        let (largest, winners) = match pairs::fits(dims, window) {
            true => pairs::largest(T::slice(&inputs), dims),
            false => vectorized(|| largest(T::slice(&inputs), dims, window)),
        };
        (door::tensor(largest, pooled(dims, window)), Winners(Kind::Raw(Arc::new(winners))))
    }, else {
        let options = MaxPoolOptions::new([window.kernel; 2]).with_stride([window.stride; 2]);
        let (largest, winners) = max_pool2d_with_indices(inputs.clone(), options);
        (largest, Winners(Kind::Burn(winners)))
    })
}

/// The adjoint of [`max_pool`]: each gradient goes to the pixel that won. `inputs` are the pooled ones.
///
/// # Panics
/// If the winners were found on another device than the gradient's.
pub fn max_pool_adjoint(inputs: &Tensor<4>, winners: &Winners, window: Window, gradient: &Tensor<4>) -> Tensor<4> {
    let spread = max_pool_adjoint_now(inputs, winners, window, gradient);
    record::note(0, &spread, || {
        let (inputs, winners, gradient) = (inputs.clone(), winners.clone(), gradient.clone());
        move || drop(max_pool_adjoint_now(&inputs, &winners, window, &gradient))
    });
    spread
}

fn max_pool_adjoint_now(inputs: &Tensor<4>, winners: &Winners, window: Window, gradient: &Tensor<4>) -> Tensor<4> {
    let dims = inputs.dims();
    match &winners.0 {
        Kind::Raw(winners) => on_flex!([gradient], T => {
            let spread = match pairs::fits(dims, window) {
                true => pairs::scatter(T::slice(&gradient), winners, dims),
                false => scatter(T::slice(&gradient), winners, dims),
            };
            door::tensor(spread, dims)
        }, else panic!("winners found on plain flex must be used there")),
        Kind::Burn(winners) => {
            // Not burn's own adjoint, which cannot be differentiated: attacks go through settling, which pools backward.
            let [count, channels, height, width] = dims;
            let maps = count * channels;
            let [_, _, rows, columns] = gradient.dims();
            let zeros = Tensor::zeros([maps, height * width], (&gradient.device(), gradient.dtype()));
            let (winners, values) =
                (winners.clone().reshape([maps, rows * columns]), gradient.clone().reshape([maps, rows * columns]));
            zeros.scatter(1, winners, values, IndexingUpdateOp::Add).reshape(dims)
        }
    }
}

/// The mean of each window of `[n, c, h, w]`. The window has no padding.
pub fn avg_pool(inputs: &Tensor<4>, window: Window) -> Tensor<4> {
    let means = avg_pool_now(inputs, window);
    record::note(0, &means, || {
        let inputs = inputs.clone();
        move || drop(avg_pool_now(&inputs, window))
    });
    means
}

fn avg_pool_now(inputs: &Tensor<4>, window: Window) -> Tensor<4> {
    let dims = inputs.dims();
    on_flex!([inputs], T => {
        let values = match tiles(dims, window) {
            true => vectorized(|| tile_means(T::slice(&inputs), dims, window.kernel)),
            false => vectorized(|| means(T::slice(&inputs), dims, window)),
        };
        door::tensor(values, pooled(dims, window))
    }, else {
        let options = AvgPoolOptions::new([window.kernel; 2]).with_stride([window.stride; 2]);
        avg_pool2d(inputs.clone(), options)
    })
}

/// The adjoint of [`avg_pool`]: each gradient is spread evenly over its window. `inputs` are the pooled ones.
pub fn avg_pool_adjoint(inputs: &Tensor<4>, window: Window, gradient: &Tensor<4>) -> Tensor<4> {
    let spread = avg_pool_adjoint_now(inputs, window, gradient);
    record::note(0, &spread, || {
        let (inputs, gradient) = (inputs.clone(), gradient.clone());
        move || drop(avg_pool_adjoint_now(&inputs, window, &gradient))
    });
    spread
}

fn avg_pool_adjoint_now(inputs: &Tensor<4>, window: Window, gradient: &Tensor<4>) -> Tensor<4> {
    let dims = inputs.dims();
    on_flex!([gradient], T => {
        let spread = match tiles(dims, window) {
            true => vectorized(|| spread_tiles(T::slice(&gradient), dims, window.kernel)),
            false => vectorized(|| spread(T::slice(&gradient), dims, window)),
        };
        door::tensor(spread, dims)
    }, else {
        // The adjoint of averaging is a transposed convolution with equal weights: burn's own cannot be differentiated.
        let [count, channels, height, width] = dims;
        let [_, _, rows, columns] = gradient.dims();
        let share = 1.0 / (window.kernel * window.kernel) as f64;
        let options = (&gradient.device(), gradient.dtype());
        let weights = Tensor::full([1, 1, window.kernel, window.kernel], share, options);
        let maps = gradient.clone().reshape([count * channels, 1, rows, columns]);
        let options = transposed_options(window, [height, width], [rows, columns]);
        conv_transpose2d(maps, weights, None, options).reshape(dims)
    })
}

/// Each pixel of `[n, c, h, w]` made `factor` × `factor` pixels.
pub fn enlarge(inputs: &Tensor<4>, factor: usize) -> Tensor<4> {
    let [count, channels, height, width] = inputs.dims();
    let columns = inputs.clone().reshape([count * channels, height, width, 1]).repeat_dim(3, factor);
    let rows = columns.reshape([count * channels, height, 1, width * factor]).repeat_dim(2, factor);
    let enlarged = rows.reshape([count, channels, height * factor, width * factor]);
    record::derive([inputs], &enlarged);
    enlarged
}

/// The adjoint of [`enlarge`]: the sum of each block of `factor` × `factor` gradients.
pub fn enlarge_adjoint(gradient: &Tensor<4>, factor: usize) -> Tensor<4> {
    let window = Window { kernel: factor, stride: factor, padding: 0 };
    let sums = avg_pool(gradient, window) * (factor * factor) as f64;
    record::derive([gradient], &sums);
    sums
}

fn pooled([count, channels, height, width]: [usize; 4], window: Window) -> [usize; 4] {
    [count, channels, window.count(height), window.count(width)]
}

/// Calls `visit(map, first pixel of the window within the map)` for each window in row-major order.
#[inline(always)]
fn each_window(dims: [usize; 4], window: Window, mut visit: impl FnMut(usize, usize)) {
    let [count, channels, height, width] = dims;
    let (rows, columns) = (window.count(height), window.count(width));
    for map in 0..count * channels {
        for row in 0..rows {
            for column in 0..columns {
                visit(map, (row * width + column) * window.stride);
            }
        }
    }
}

#[inline(always)]
fn largest<T: Real>(inputs: &[T], dims: [usize; 4], window: Window) -> (Vec<T>, Vec<u32>) {
    let (size, width) = (dims[2] * dims[3], dims[3]);
    let count = pooled(dims, window).iter().product();
    let (mut values, mut winners) = (Vec::with_capacity(count), Vec::with_capacity(count));
    each_window(dims, window, |map, corner| {
        let pixels = &inputs[map * size..][..size];
        let (mut best, mut winner) = (pixels[corner], corner);
        for y in 0..window.kernel {
            let start = corner + y * width;
            for (x, pixel) in pixels[start..start + window.kernel].iter().enumerate() {
                // NaN wins, so that it is not hidden.
                let wins = *pixel > best || pixel.partial_cmp(pixel).is_none();
                (best, winner) = if wins { (*pixel, start + x) } else { (best, winner) };
            }
        }
        values.push(best);
        winners.push(winner as u32);
    });
    (values, winners)
}

fn scatter<T: Real>(gradient: &[T], winners: &[u32], dims: [usize; 4]) -> Vec<T> {
    let size = dims[2] * dims[3];
    let mut spread = vec![T::ZERO; dims.iter().product()];
    let windows = gradient.len() / (dims[0] * dims[1]);
    let maps = gradient.chunks_exact(windows).zip(winners.chunks_exact(windows));
    for (target, (gradients, winners)) in spread.chunks_exact_mut(size).zip(maps) {
        for (gradient, winner) in gradients.iter().zip(winners) {
            target[*winner as usize] += *gradient;
        }
    }
    spread
}

#[inline(always)]
fn means<T: Real>(inputs: &[T], dims: [usize; 4], window: Window) -> Vec<T> {
    let (size, width) = (dims[2] * dims[3], dims[3]);
    let share = T::ONE / T::of((window.kernel * window.kernel) as f64);
    let mut values = Vec::with_capacity(pooled(dims, window).iter().product());
    each_window(dims, window, |map, corner| {
        let mut sum = T::ZERO;
        for y in 0..window.kernel {
            let start = map * size + corner + y * width;
            inputs[start..start + window.kernel].iter().for_each(|pixel| sum += *pixel);
        }
        values.push(sum * share);
    });
    values
}

#[inline(always)]
fn spread<T: Real>(gradient: &[T], dims: [usize; 4], window: Window) -> Vec<T> {
    let (size, width) = (dims[2] * dims[3], dims[3]);
    let share = T::ONE / T::of((window.kernel * window.kernel) as f64);
    let mut inputs = vec![T::ZERO; dims.iter().product()];
    let mut gradients = gradient.iter();
    each_window(dims, window, |map, corner| {
        let share = share * *gradients.next().expect("there is one gradient per window, by the shapes");
        for y in 0..window.kernel {
            let start = map * size + corner + y * width;
            inputs[start..start + window.kernel].iter_mut().for_each(|pixel| *pixel += share);
        }
    });
    inputs
}

/// Whether windows lie side by side and leave nothing out.
fn tiles([_, _, height, width]: [usize; 4], window: Window) -> bool {
    let side = window.kernel;
    window.stride == side && height.is_multiple_of(side) && width.is_multiple_of(side)
}

/// The same as [`means`] for tiles, whole rows at a time.
#[inline(always)]
fn tile_means<T: Real>(inputs: &[T], dims: [usize; 4], side: usize) -> Vec<T> {
    let width = dims[3];
    let share = T::ONE / T::of((side * side) as f64);
    let mut values = Vec::with_capacity(inputs.len() / (side * side));
    let mut sums = vec![T::ZERO; width];
    for rows in inputs.chunks_exact(side * width) {
        sums.copy_from_slice(&rows[..width]);
        for row in rows[width..].chunks_exact(width) {
            sums.iter_mut().zip(row).for_each(|(sum, pixel)| *sum += *pixel);
        }
        values.extend(sums.chunks_exact(side).map(|tile| share * tile.iter().fold(T::ZERO, |sum, part| sum + *part)));
    }
    values
}

/// The same as [`spread`] for tiles, whole rows at a time.
#[inline(always)]
fn spread_tiles<T: Real>(gradient: &[T], dims: [usize; 4], side: usize) -> Vec<T> {
    let width = dims[3];
    let share = T::ONE / T::of((side * side) as f64);
    let mut inputs = Vec::with_capacity(dims.iter().product());
    let mut line = vec![T::ZERO; width];
    for gradients in gradient.chunks_exact(width / side) {
        let tiles = line.chunks_exact_mut(side).zip(gradients);
        tiles.for_each(|(tile, gradient)| tile.fill(share * *gradient));
        (0..side).for_each(|_| inputs.extend_from_slice(&line));
    }
    inputs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_by_rows_are_the_windows_one_by_one() {
        for (dims, side) in [([2, 3, 8, 8], 4), ([1, 2, 6, 9], 3), ([3, 1, 4, 4], 2), ([1, 1, 5, 5], 1)] {
            let window = Window { kernel: side, stride: side, padding: 0 };
            assert!(tiles(dims, window));
            let inputs: Vec<f64> = (0..dims.iter().product()).map(|at: usize| libm::sin(at as f64)).collect();
            let gradient: Vec<f64> = inputs[..pooled(dims, window).iter().product()].to_vec();
            let pairs = tile_means(&inputs, dims, side).into_iter().zip(means(&inputs, dims, window));
            pairs.for_each(|(row, one)| assert!((row - one).abs() < 1e-15, "{dims:?}: {row}, {one}"));
            assert_eq!(spread_tiles(&gradient, dims, side), spread(&gradient, dims, window));
        }
        let odd = Window { kernel: 2, stride: 2, padding: 0 };
        assert!(!tiles([1, 1, 5, 4], odd) && !tiles([1, 1, 4, 4], Window { stride: 1, ..odd }));
    }
}
