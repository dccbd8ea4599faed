//! The two floating-point types that the kernels are written for.

use core::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use burn::backend::flex::FlexTensor;
use burn::tensor::Element;

use super::lanes::{Lanes, Plain};
#[cfg(target_arch = "x86_64")]
use super::lanes::{Middle32, Middle64, Wide32, Wide64};

/// `f32` or `f64`, and nothing else (the matrix products rely on it). Only + − × ÷ √, comparisons, and our own or `libm`'s functions: the same bits on every machine.
pub(crate) trait Real:
    Element
    + PartialOrd
    + AddAssign
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// Vectors for any processor.
    type Plain: Lanes<Element = Self>;
    /// Vectors of 256 bits.
    #[cfg(target_arch = "x86_64")]
    type Middle: Lanes<Element = Self>;
    /// Vectors of 512 bits.
    #[cfg(target_arch = "x86_64")]
    type Wide: Lanes<Element = Self>;
    const ZERO: Self;
    const ONE: Self;
    /// Bytes of one element.
    const BYTES: usize;
    fn of(value: f64) -> Self;
    fn wide(self) -> f64;
    fn root(self) -> Self;
    /// 1 if it is infinite or NaN, else 0: to be joined by "or", in any order.
    fn wild(self) -> u32;
    fn exponential(self) -> Self;
    fn hyperbolic_tangent(self) -> Self;
    /// The raw data of a contiguous tensor of this type.
    fn slice(tensor: &FlexTensor) -> &[Self];
    /// The same for writing; copies first where the data are shared.
    fn slice_mut(tensor: &mut FlexTensor) -> &mut [Self];
}

impl Real for f32 {
    type Plain = Plain<Self>;
    #[cfg(target_arch = "x86_64")]
    type Middle = Middle32;
    #[cfg(target_arch = "x86_64")]
    type Wide = Wide32;
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const BYTES: usize = 4;

    #[inline(always)]
    fn of(value: f64) -> Self {
        value as f32
    }

    #[inline(always)]
    fn wide(self) -> f64 {
        f64::from(self)
    }

    #[inline(always)]
    fn root(self) -> Self {
        self.sqrt()
    }

    #[inline(always)]
    fn wild(self) -> u32 {
        u32::from(!self.is_finite())
    }

    #[inline(always)]
    fn exponential(self) -> Self {
        exp_f32(self)
    }

    #[inline(always)]
    fn hyperbolic_tangent(self) -> Self {
        tanh_f32(self)
    }

    fn slice(tensor: &FlexTensor) -> &[Self] {
        tensor.storage()
    }

    fn slice_mut(tensor: &mut FlexTensor) -> &mut [Self] {
        tensor.storage_mut()
    }
}

impl Real for f64 {
    type Plain = Plain<Self>;
    #[cfg(target_arch = "x86_64")]
    type Middle = Middle64;
    #[cfg(target_arch = "x86_64")]
    type Wide = Wide64;
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const BYTES: usize = 8;

    #[inline(always)]
    fn of(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn wide(self) -> f64 {
        self
    }

    #[inline(always)]
    fn root(self) -> Self {
        self.sqrt()
    }

    #[inline(always)]
    fn wild(self) -> u32 {
        u32::from(!self.is_finite())
    }

    #[inline(always)]
    fn exponential(self) -> Self {
        libm::exp(self)
    }

    #[inline(always)]
    fn hyperbolic_tangent(self) -> Self {
        libm::tanh(self)
    }

    fn slice(tensor: &FlexTensor) -> &[Self] {
        tensor.storage()
    }

    fn slice_mut(tensor: &mut FlexTensor) -> &mut [Self] {
        tensor.storage_mut()
    }
}

/// exp(x) without branches, so that it vectorizes; relative error below 3e-7, arguments clipped to ±87, NaN stays NaN.
///
/// # Source
/// Argument reduction and coefficients: Moshier, Cephes library 2.2, `expf`.
#[inline(always)]
fn exp_f32(x: f32) -> f32 {
    // Adding and subtracting 1.5 · 2^23 rounds to the nearest whole number.
    const ROUNDER: f32 = 12_582_912.0;
    // Exact, with zeros in its low bits.
    const LN2_HIGH: f32 = 355.0 / 512.0;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let clipped = if x > 87.0 { 87.0 } else { x };
    let clipped = if clipped < -87.0 { -87.0 } else { clipped };
    let shifted = clipped * core::f32::consts::LOG2_E + ROUNDER;
    let power = shifted - ROUNDER;
    let rest = (clipped - power * LN2_HIGH) - power * LN2_LOW;
    let mut sum = 1.987_569_1e-4;
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        sum = sum * rest + coefficient;
    }
    let fraction = sum * (rest * rest) + rest + 1.0;
    // The low bits of `shifted` hold the whole number as an integer.
    let exponent = (shifted.to_bits().wrapping_sub(ROUNDER.to_bits()).wrapping_add(127)) << 23;
    fraction * f32::from_bits(exponent)
}

/// tanh(x) without branches: a polynomial below 0.625, else 1 − 2 / (exp(2|x|) + 1); relative error below 5e-7.
///
/// # Source
/// Split and coefficients: Moshier, Cephes library 2.2, `tanhf`.
#[inline(always)]
fn tanh_f32(x: f32) -> f32 {
    let size = x.abs();
    let square = x * x;
    let mut sum = -5.704_988_7e-3;
    for coefficient in [2.063_908_8e-2, -5.373_971_5e-2, 1.333_144_2e-1, -3.333_328e-1] {
        sum = sum * square + coefficient;
    }
    let small = sum * square * x + x;
    let large = (1.0 - 2.0 / (exp_f32(size + size) + 1.0)).copysign(x);
    if size < 0.625 { small } else { large }
}

#[cfg(test)]
mod tests {
    use super::{exp_f32, tanh_f32};

    fn worst(ours: impl Fn(f32) -> f32, reference: impl Fn(f64) -> f64, range: f64) -> f64 {
        let points = (0..=200_000).map(|step| (f64::from(step) / 100_000.0 - 1.0) * range);
        points
            .map(|x| {
                let x = x as f32;
                let exact = reference(f64::from(x));
                if exact == 0.0 { f64::from(ours(x)).abs() } else { (f64::from(ours(x)) / exact - 1.0).abs() }
            })
            .fold(0.0, f64::max)
    }

    #[test]
    fn exponential_agrees_with_libm() {
        let error = worst(exp_f32, libm::exp, 86.0);
        assert!(error < 3e-7, "relative error {error}");
    }

    #[test]
    fn hyperbolic_tangent_agrees_with_libm() {
        for range in [1e-3, 1.0, 12.0, 60.0] {
            let error = worst(tanh_f32, libm::tanh, range);
            assert!(error < 5e-7, "relative error {error} within ±{range}");
        }
    }

    #[test]
    fn not_a_number_stays_so() {
        assert!(exp_f32(f32::NAN).is_nan());
        assert!(tanh_f32(f32::NAN).is_nan());
    }
}
