//! Random draws, written out so that the same stream gives the same picture under every version of `rand`.

use crate::Rng;
use rand::{RngCore, SeedableRng};

/// The stream of a given seed, for noise that two pictures share.
pub fn stream(seed: u64) -> Rng {
    Rng::seed_from_u64(seed)
}

/// Uniform in `[low, high)`, 53 bits.
pub(crate) fn uniform(low: f64, high: f64, rng: &mut Rng) -> f64 {
    const UNIT: f64 = 1.0 / (1u64 << 53) as f64;
    low + (high - low) * ((rng.next_u64() >> 11) as f64 * UNIT)
}

/// Uniform in `0..n`, with a bias below `n` / 2³².
pub(crate) fn index(n: usize, rng: &mut Rng) -> usize {
    ((u64::from(rng.next_u32()) * n as u64) >> 32) as usize
}

/// True with probability `p`.
pub(crate) fn chance(p: f64, rng: &mut Rng) -> bool {
    uniform(0.0, 1.0, rng) < p
}

/// A seed for a stream of its own.
pub(crate) fn seed(rng: &mut Rng) -> u64 {
    rng.next_u64()
}

/// Two independent standard normal values (Marsaglia's polar method).
pub(crate) fn normal_pair(rng: &mut Rng) -> (f32, f32) {
    const UNIT: f32 = 1.0 / (1u32 << 23) as f32;
    loop {
        let bits = rng.next_u64();
        let u = ((bits >> 40) as f32 + 0.5) * UNIT - 1.0;
        let v = ((bits & 0xFF_FFFF) as f32 + 0.5) * UNIT - 1.0;
        let square = u * u + v * v;
        if square > 0.0 && square < 1.0 {
            let scale = (-2.0 * libm::logf(square) / square).sqrt();
            return (u * scale, v * scale);
        }
    }
}

/// Adds independent normal noise of standard deviation `sd` to every value; nothing is clipped. `sd` = 0 draws nothing.
pub fn add_noise(values: &mut [f32], sd: f64, rng: &mut Rng) {
    if sd == 0.0 {
        return;
    }
    for pair in values.chunks_mut(2) {
        let (first, second) = normal_pair(rng);
        pair[0] += first * sd as f32;
        if let [_, last] = pair {
            *last += second * sd as f32;
        }
    }
}
