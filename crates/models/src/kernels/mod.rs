//! The heavy operations, generic over f32 and f64: our own on `flex`, burn's on every other device.
//!
//! On plain `flex` each function reads raw data, works on one thread, and gives the same bits whatever the number of
//! threads around it; matrix products (the GEMM crate's) may differ in the last bits between kinds of processors. On any
//! other device the same function is made of burn's own operations, as fallback and as cross-check.
//!
//! This is the only module of the project with `unsafe`: calls into the GEMM crate and calls of functions that are
//! compiled for processor features.
#![allow(unsafe_code, reason = "raw matrix products and functions compiled for processor features; see each SAFETY")]

mod activation;
mod convolution;
mod dense;
mod door;
mod elementwise;
mod matrix;
mod pooling;
mod real;
mod unfold;
mod update;
mod vector;

pub use activation::{activate, derivative, relax, settle, through};
pub use convolution::{channel_mean, convolve, convolve_adjoint, correlate};
pub use dense::{dense, dense_adjoint, dense_weights};
pub(crate) use door::flex;
pub use elementwise::{
    add_scaled, dot, is_finite, multiply, scale, scale_samples, squares_of_samples, subtract, sum_of_squares,
};
pub use pooling::{Winners, avg_pool, avg_pool_adjoint, enlarge, enlarge_adjoint, max_pool, max_pool_adjoint};
pub(crate) use real::Real;
pub use unfold::Window;
pub(crate) use update::{Moments, Momentum, moments_pass, momentum_pass, with_raw};
