//! Spectra of the Gaussians that filters and windows are made of.
//!
//! A kernel is sampled at `side` points a side that lie evenly from one border of the picture to the other, so that
//! its middle falls between two points. About that middle it is its own half turn, and its spectrum is real.

use super::fourier::{Fourier, Pair};
use std::f64::consts::PI;

/// Cosine and sine of `steps` / `grid` half turns.
fn half_turns(steps: isize, grid: usize) -> Pair {
    let (sin, cos) = libm::sincos(PI * steps.rem_euclid(2 * grid as isize) as f64 / grid as f64);
    Pair::new(cos, sin)
}

/// Where the samples of a kernel lie, degrees from its middle.
fn places(side: usize, ppd: f64) -> Vec<f64> {
    let (extent, gaps) = (side as f64 / ppd, (side - 1) as f64);
    (0..side).map(|at| (at as f64 / gaps - 0.5) * extent).collect()
}

/// Real spectrum of a Gaussian of sum 1 in one dimension, at frequencies 0 to grid/2.
pub(super) fn gaussian(fourier: &Fourier, ppd: f64, sigma_deg: f64) -> Vec<f64> {
    let Fourier { side, grid, .. } = *fourier;
    let values: Vec<f64> =
        places(side, ppd).iter().map(|x| libm::exp(-x * x / (2.0 * sigma_deg * sigma_deg))).collect();
    let sum: f64 = values.iter().sum();
    // cos of 2π · frequency · (half of an odd number) / grid: all of them are among 2 · grid cosines.
    let cosines: Vec<f64> = (0..2 * grid).map(|steps| half_turns(steps as isize, grid).re).collect();
    let middle = side as isize - 1;
    let at = |frequency: usize, place: usize| {
        let steps = frequency as isize * (2 * place as isize - middle);
        cosines[steps.rem_euclid(2 * grid as isize) as usize]
    };
    (0..=grid / 2)
        .map(|frequency| (0..side).map(|place| values[place] * at(frequency, place)).sum::<f64>() / sum)
        .collect()
}

/// Real spectra of two oblique Gaussians of sum 1: `sigma_deg` along an axis turned by 30° from the horizontal, twice
/// that along the other. `[vertical frequency from 0 to grid/2][horizontal frequency]`, the latter by index.
pub(super) fn oblique(fourier: &Fourier, ppd: f64, sigmas_deg: [f64; 2]) -> [Vec<f64>; 2] {
    let Fourier { side, grid, .. } = *fourier;
    let places = places(side, ppd);
    let (sin, cos) = libm::sincos(PI / 6.0);
    let mut pair = vec![Pair::new(0.0, 0.0); side * side];
    for (which, sigma) in sigmas_deg.into_iter().enumerate() {
        let at = |row: usize, column: usize| {
            let (x, y) = (places[column], places[row]);
            // The axes of a kernel: along and across.
            let (along, across) = (x * cos - y * sin, (x * sin + y * cos) / 2.0);
            libm::exp(-(along * along + across * across) / (2.0 * sigma * sigma))
        };
        let values: Vec<f64> = (0..side * side).map(|index| at(index / side, index % side)).collect();
        let sum: f64 = values.iter().sum();
        for (pair, value) in pair.iter_mut().zip(values) {
            if which == 0 { pair.re = value / sum } else { pair.im = value / sum }
        }
    }
    let mut spectrum = Vec::new();
    fourier.spectrum(&pair, &mut spectrum, &mut fourier.desk());
    let mut found = [0, 1].map(|_| Vec::with_capacity((grid / 2 + 1) * grid));
    for vertical in 0..=grid / 2 {
        for horizontal in 0..grid {
            let frequencies = vertical as isize + fourier.signed(horizontal);
            // Back from the corner to the middle.
            let value = spectrum[horizontal * grid + vertical] * half_turns(frequencies * (side as isize - 1), grid);
            found[0].push(value.re);
            found[1].push(value.im);
        }
    }
    found
}

/// What moves a kernel's middle from between two pixels onto one: half a pixel up and left (`steps` = 1), or down and
/// right (−1).
pub(super) fn half_pixel(fourier: &Fourier, steps: isize) -> Vec<Pair> {
    (0..fourier.grid).map(|index| half_turns(steps * fourier.signed(index), fourier.grid)).collect()
}
