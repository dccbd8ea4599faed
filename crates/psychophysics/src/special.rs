//! The standard normal density, distribution and quantile; the Student distribution through `statrs`.
//!
//! The quantile starts from a rational approximation (error below 4.5e-4) and is polished by Halley steps on `erfc`
//! in the tails and on `erf` around the median, so that its *relative* error stays below 1e-12 on both.
//!
//! # Source
//! Abramowitz and Stegun (1964), formula 26.2.23, for the start only.

use core::f64::consts::{FRAC_1_SQRT_2, PI, SQRT_2};

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::{NotMeasurable, check};

/// Density of the standard normal distribution at `z`.
pub fn normal_pdf(z: f64) -> f64 {
    libm::exp(-0.5 * z * z) / (2.0 * PI).sqrt()
}

/// P(Z <= z) of the standard normal distribution, accurate in the lower tail.
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * FRAC_1_SQRT_2)
}

/// The z for which P(Z <= z) = `p`.
///
/// # Errors
/// [`NotMeasurable::OutOfRange`] unless 0 < `p` < 1.
///
/// ```
/// use trompe_psychophysics::special::normal_quantile;
/// assert!((normal_quantile(0.975)? - 1.959963984540054).abs() < 1e-14);
/// # Ok::<(), trompe_psychophysics::NotMeasurable>(())
/// ```
pub fn normal_quantile(p: f64) -> Result<f64, NotMeasurable> {
    check::open_unit("probability", p)?;
    if p > 0.5 { Ok(-lower_quantile(1.0 - p, p - 0.5)) } else { Ok(lower_quantile(p, 0.5 - p)) }
}

/// Quantile of a lower-tail probability `tail` <= 1/2, given also `gap` = 1/2 - `tail` without cancellation.
fn lower_quantile(tail: f64, gap: f64) -> f64 {
    let mut z = -rough_upper_quantile(tail);
    for _ in 0..4 {
        let surplus = if gap < 0.25 { gap + 0.5 * libm::erf(z * FRAC_1_SQRT_2) } else { normal_cdf(z) - tail };
        let newton = surplus / normal_pdf(z);
        let step = newton / (1.0 + 0.5 * z * newton);
        if !step.is_finite() {
            break;
        }
        z -= step;
    }
    z
}

fn rough_upper_quantile(tail: f64) -> f64 {
    let t = (-2.0 * libm::log(tail)).sqrt();
    let numerator = 2.515517 + t * (0.802853 + t * 0.010328);
    let denominator = 1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308));
    t - numerator / denominator
}

/// Distribution of the d prime that an AUC corresponds to: AUC = cdf(d' / sqrt 2) for equal-variance normal evidence.
pub(crate) const D_PRIME_PER_QUANTILE: f64 = SQRT_2;

/// P(T > t) of Student's distribution.
pub(crate) fn student_upper_tail(t: f64, degrees_of_freedom: f64) -> f64 {
    student(degrees_of_freedom).sf(t)
}

/// The t for which P(T <= t) = `p`, for p from 1/2 up; polished by Newton steps on the distribution itself.
pub(crate) fn student_quantile(p: f64, degrees_of_freedom: f64) -> f64 {
    use statrs::distribution::Continuous;
    let distribution = student(degrees_of_freedom);
    let mut t = distribution.inverse_cdf(p);
    for _ in 0..3 {
        let step = ((1.0 - p) - distribution.sf(t)) / distribution.pdf(t);
        if !step.is_finite() {
            break;
        }
        t -= step;
    }
    t
}

fn student(degrees_of_freedom: f64) -> StudentsT {
    StudentsT::new(0.0, 1.0, degrees_of_freedom).expect("the callers hand in at least one degree of freedom")
}
