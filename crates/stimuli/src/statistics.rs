//! Statistics by which natural pictures are known: power that falls by the square of frequency, and steps with heavy
//! tails.
//!
//! # Shapes
//! A picture is one plane of `size` × `size` values, row by row.
//!
//! # Source
//! lee2001 (both statistics, of photographs and of leaves).

use std::f64::consts::TAU;

/// Power of a picture by column and row frequency, `[size, size]`; the mean is taken off, and a Hann window keeps the
/// borders from counting as edges.
fn power(picture: &[f32], size: usize) -> Vec<f64> {
    let mean = picture.iter().map(|&value| f64::from(value)).sum::<f64>() / picture.len() as f64;
    let window: Vec<f64> = (0..size).map(|at| 0.5 - 0.5 * libm::cos(TAU * (at as f64 + 0.5) / size as f64)).collect();
    let waves: Vec<[f64; 2]> = (0..size)
        .map(|step| {
            let (sin, cos) = libm::sincos(TAU * step as f64 / size as f64);
            [cos, -sin]
        })
        .collect();
    // Rows first, then columns: [size, size] complex numbers.
    let mut rows = vec![[0.0f64; 2]; size * size];
    for (row, values) in picture.chunks_exact(size).enumerate() {
        for (column, &value) in values.iter().enumerate() {
            let value = (f64::from(value) - mean) * window[row] * window[column];
            for frequency in 0..size {
                let wave = waves[frequency * column % size];
                let sum = &mut rows[row * size + frequency];
                *sum = [sum[0] + value * wave[0], sum[1] + value * wave[1]];
            }
        }
    }
    let mut power = vec![0.0; size * size];
    for down in 0..size {
        let mut sums = vec![[0.0f64; 2]; size];
        for row in 0..size {
            let wave = waves[down * row % size];
            for (sum, value) in sums.iter_mut().zip(&rows[row * size..]) {
                sum[0] += value[0] * wave[0] - value[1] * wave[1];
                sum[1] += value[0] * wave[1] + value[1] * wave[0];
            }
        }
        for (out, sum) in power[down * size..].iter_mut().zip(sums) {
            *out = sum[0] * sum[0] + sum[1] * sum[1];
        }
    }
    power
}

/// Slope of log power over log frequency, fitted by least squares to the mean power of the rings of each whole
/// frequency from `cycles[0]` to `cycles[1]` cycles a picture, over all pictures together. Natural pictures have about
/// −2, white noise has 0.
pub fn power_slope(pictures: &[Vec<f32>], size: usize, cycles: [usize; 2]) -> f64 {
    let mut rings = vec![[0.0f64; 2]; size];
    for picture in pictures {
        for (at, value) in power(picture, size).into_iter().enumerate() {
            let [across, down] = [at % size, at / size].map(|step| step.min(size - step) as f64);
            let ring = &mut rings[((across * across + down * down).sqrt() + 0.5) as usize];
            *ring = [ring[0] + value, ring[1] + 1.0];
        }
    }
    let points: Vec<[f64; 2]> = (cycles[0]..=cycles[1].min(size / 2))
        .map(|ring| [libm::log(ring as f64), libm::log(rings[ring][0] / rings[ring][1])])
        .collect();
    let n = points.len() as f64;
    let [x, y] = [0, 1].map(|axis: usize| points.iter().map(|point| point[axis]).sum::<f64>() / n);
    let product: f64 = points.iter().map(|point| (point[0] - x) * (point[1] - y)).sum();
    product / points.iter().map(|point| (point[0] - x) * (point[0] - x)).sum::<f64>()
}

/// Kurtosis of the steps between neighbors in a row, over all pictures together: fourth central moment over the squared
/// variance. A normal law has 3, natural pictures have far more.
pub fn step_kurtosis(pictures: &[Vec<f32>], size: usize) -> f64 {
    let rows = pictures.iter().flat_map(|picture| picture.chunks_exact(size));
    let steps: Vec<f64> = rows.flat_map(|row| row.windows(2).map(|pair| f64::from(pair[1] - pair[0]))).collect();
    let n = steps.len() as f64;
    let mean = steps.iter().sum::<f64>() / n;
    let [second, fourth] = steps.iter().fold([0.0; 2], |[second, fourth], step| {
        let square = (step - mean) * (step - mean);
        [second + square, fourth + square * square]
    });
    fourth / n / ((second / n) * (second / n))
}
