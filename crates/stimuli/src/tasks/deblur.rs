//! Deblurring: a picture blurred in linear light, to be drawn sharp.
//!
//! A pixel of the input takes of each pixel what a Gaussian about its middle has over that pixel's width, so an upright
//! edge becomes the normal distribution function to the last pixel.
//!
//! # Units
//! Standard deviation 2 pixels, cut 10 pixels away.
//!
//! # Source
//! gomezvilla2019.
//!
//! # Departures
//! Beyond the border the outermost pixels are repeated.

use super::{Posed, TaskEntry, codes};

/// The list entry.
pub const ENTRY: TaskEntry = TaskEntry {
    id: "deblur",
    title: "Make it sharp",
    source: "gomezvilla2019",
    pose: |picture, _| {
        let blurred = blurred(&picture.lit, picture.size);
        Ok(Posed { input: codes(blurred), target: codes(picture.lit.iter().copied()) })
    },
};

/// Standard deviation in pixels.
pub const SIGMA_PX: f64 = 2.0;
/// Pixels beyond which nothing is taken.
const REACH: usize = 10;

/// Planes of `size` × `size` values, blurred.
fn blurred(planes: &[f32], size: usize) -> Vec<f32> {
    let below = |edge: f64| libm::erf(edge / SIGMA_PX * std::f64::consts::FRAC_1_SQRT_2);
    let shares: Vec<f64> = (0..=2 * REACH)
        .map(|k| {
            let away = k as f64 - REACH as f64;
            below(away + 0.5) - below(away - 0.5)
        })
        .collect();
    let sum: f64 = shares.iter().sum();
    let shares: Vec<f32> = shares.iter().map(|share| (share / sum) as f32).collect();
    let near = |at: usize, k: usize| (at + k).saturating_sub(REACH).min(size - 1);
    let mut out = vec![0.0f32; planes.len()];
    let mut wide = vec![0.0f32; size * size];
    let mut padded = vec![0.0f32; size + 2 * REACH];
    for (plane, out) in planes.chunks_exact(size * size).zip(out.chunks_exact_mut(size * size)) {
        for (from, to) in plane.chunks_exact(size).zip(wide.chunks_exact_mut(size)) {
            padded[..REACH].fill(from[0]);
            padded[REACH..REACH + size].copy_from_slice(from);
            padded[REACH + size..].fill(from[size - 1]);
            to.fill(0.0);
            for (k, share) in shares.iter().enumerate() {
                for (value, near) in to.iter_mut().zip(&padded[k..k + size]) {
                    *value += near * share;
                }
            }
        }
        for (row, to) in out.chunks_exact_mut(size).enumerate() {
            for (k, share) in shares.iter().enumerate() {
                let from = near(row, k) * size;
                for (value, below) in to.iter_mut().zip(&wide[from..from + size]) {
                    *value += below * share;
                }
            }
        }
    }
    out
}
