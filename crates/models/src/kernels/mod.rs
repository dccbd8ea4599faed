//! The heavy operations, generic over f32 and f64: our own on `flex`, burn's on every other device.
//!
//! On plain `flex` each function reads raw data, works on one thread, and gives the same bits whatever the number of
//! threads around it; products of weights and activities may differ in the last bits between kinds of
//! processors. On any other device the same function is made of burn's own operations, as fallback and as cross-check.
//!
//! This is the only module of the project with `unsafe`: vectors of the processor, and room that is written before it is
//! read. What vectors give is checked against arrays in `correlations.rs`.
#![allow(unsafe_code, reason = "vectors of the processor, and room written before it is read; see each SAFETY")]

mod activation;
mod competition;
mod convolution;
mod correlations;
mod dense;
mod direct;
mod door;
mod elementwise;
mod lanes;
mod lstm;
mod matrix;
mod noise;
mod pairs;
mod phases;
mod planes;
mod pooling;
mod products;
mod real;
pub mod record;
mod rows;
mod runs;
mod segments;
mod tracked;
mod update;
mod vector;

pub use activation::{activate, derivative, holding_energy, relax, settle, through};
pub use competition::{ranked_competition, soft_competition};
pub use convolution::{channel_mean, channel_mean_of_products, convolve, convolve_adjoint, correlate};
pub use dense::{dense, dense_adjoint, dense_weights};
pub(crate) use door::flex;
pub use elementwise::{
    add_scaled, dot, is_finite, multiply, scale, scale_samples, signs, squares_of_samples, subtract, sum_of_squares,
    with_signs,
};
pub use noise::{normal_noise, uniform_noise};
pub use planes::Window;
pub use pooling::{Winners, avg_pool, avg_pool_adjoint, enlarge, enlarge_adjoint, max_pool, max_pool_adjoint};
pub(crate) use real::Real;
pub use rows::{Triangle, largest_magnitude, shift_and_scale, signed_power, subtract_scaled_rows, triangle};
pub use runs::{mean_squares, scale_runs};
pub use tracked::{convolve_tracked, lstm_tracked, max_pool_tracked};
pub(crate) use update::{Moments, Momentum, moments_pass, momentum_pass, with_raw};
