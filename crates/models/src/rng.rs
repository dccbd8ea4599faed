//! Random draws whose bits are the same on every machine.
//!
//! The caller hands in a stream; nothing here makes one. Normal deviates come from the Box–Muller transform through
//! `libm`, so they depend on no processor feature.
//!
//! # Source
//! Box & Muller 1958, Annals of Mathematical Statistics 29, 610.

use rand_chacha::rand_core::RngCore;

/// A stream of random numbers: a named stream per purpose, made by the caller from a seed.
pub type Rng = rand_chacha::ChaCha8Rng;

/// One draw from the uniform distribution on `[0, 1)`, with 53 random bits.
pub fn uniform(rng: &mut Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

/// One draw from 0, 1, .., `bound - 1`, without bias (rejection).
///
/// # Panics
/// If `bound` is 0.
pub fn below(bound: usize, rng: &mut Rng) -> usize {
    assert!(bound > 0, "the bound of a draw must be at least 1");
    let bound = bound as u64;
    let limit = u64::MAX - u64::MAX % bound;
    loop {
        let draw = rng.next_u64();
        if draw < limit {
            return (draw % bound) as usize;
        }
    }
}

/// Two independent draws from the standard normal distribution.
pub fn normal_pair(rng: &mut Rng) -> [f64; 2] {
    let radius = libm::sqrt(-2.0 * libm::log(1.0 - uniform(rng)));
    let angle = 2.0 * core::f64::consts::PI * uniform(rng);
    [radius * libm::cos(angle), radius * libm::sin(angle)]
}

/// `count` independent draws from the standard normal distribution.
pub fn normals(count: usize, rng: &mut Rng) -> Vec<f64> {
    let mut draws = Vec::with_capacity(count + 1);
    while draws.len() < count {
        draws.extend(normal_pair(rng));
    }
    draws.truncate(count);
    draws
}

/// `count` draws that are `1 / (1 - rate)` with probability `1 - rate`, else 0: an inverted dropout mask.
pub fn dropout_mask(count: usize, rate: f64, rng: &mut Rng) -> Vec<f64> {
    let kept = 1.0 / (1.0 - rate);
    (0..count).map(|_| if uniform(rng) < rate { 0.0 } else { kept }).collect()
}

/// Puts `items` into random order (Fisher–Yates).
pub fn shuffle<T>(items: &mut [T], rng: &mut Rng) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(last + 1, rng));
    }
}
