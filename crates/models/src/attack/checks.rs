//! What must be looked at before a network is called robust (`athalye2018`).

use super::climb::{clipped, sign};
use super::pictures::read;
use super::{AttackError, Encoding, Goal, Norm, Pictures, Subject, check_size};
use crate::Rng;
use rand_chacha::rand_core::RngCore;

/// Pictures with a random sign of ε in every pixel, within the range: the control of an attack of the same size. By the
/// Euclidean norm the change of a picture has length ε before it is clipped.
///
/// # Errors
/// [`AttackError::Range`] if a pixel is out of range, [`AttackError::Setting`] if ε is.
pub fn random_signs(
    subject: &dyn Subject,
    encoding: &Encoding,
    pictures: &Pictures,
    (norm, epsilon): (Norm, f64),
    rng: &mut Rng,
) -> Result<Pictures, AttackError> {
    check_size("epsilon", epsilon)?;
    let clean = pictures.checked(subject.place(), encoding)?;
    let size = match norm {
        Norm::Largest => epsilon,
        Norm::Euclidean => epsilon / libm::sqrt(clean.stride() as f64),
    };
    let signs = signs(clean.codes().len(), rng);
    let moved = clean.codes().iter().zip(signs).map(|(code, sign)| code + size * sign);
    let codes = moved.map(|code| clipped(subject.place(), encoding, code)).collect();
    Ok(clean.with_codes(codes))
}

/// ∂J/∂code estimated from answers alone, by simultaneous perturbation (`spall1992`):
///
/// ```text
/// g = mean over draws of (J(x + w Δ) − J(x − w Δ)) / 2w · Δ          Δ random signs
/// ```
///
/// `(draws, width)` are the number of directions and w in code units. Its mean over Δ is the gradient of a function that is
/// linear within w.
///
/// # Errors
/// As [`read`]; [`AttackError::Setting`] if the width is not above 0 or there are no draws.
pub fn estimate(
    (subject, encoding): (&dyn Subject, &Encoding),
    pictures: &Pictures,
    goal: Goal,
    (draws, width): (usize, f64),
    rng: &mut Rng,
) -> Result<Vec<f64>, AttackError> {
    if !(width.is_finite() && width > 0.0) {
        return Err(AttackError::Setting { what: "width", must: "finite and above 0", got: width });
    }
    if draws == 0 {
        return Err(AttackError::Setting { what: "draws", must: "at least 1", got: 0.0 });
    }
    let stride = pictures.stride();
    let mut sums = vec![0.0; pictures.codes().len()];
    for _ in 0..draws {
        let signs = signs(sums.len(), rng);
        let side = |factor: f64| {
            let codes = pictures.codes().iter().zip(&signs).map(|(code, sign)| code + factor * width * sign).collect();
            read(subject, encoding, &pictures.with_codes(codes), goal)
        };
        let (above, below) = (side(1.0)?, side(-1.0)?);
        let pairs = above.iter().zip(&below).map(|(above, below)| above.objective - below.objective);
        for ((sums, signs), rise) in sums.chunks_exact_mut(stride).zip(signs.chunks_exact(stride)).zip(pairs) {
            let slope = rise / (2.0 * width * draws as f64);
            sums.iter_mut().zip(signs).for_each(|(sum, sign)| *sum += slope * sign);
        }
    }
    Ok(sums)
}

/// Share of the numbers whose signs agree, among those that are not zero in the second list; nothing where all are.
pub fn agreement(first: &[f64], second: &[f64]) -> Option<f64> {
    let pairs = || first.iter().zip(second).filter(|(_, second)| **second != 0.0);
    let agree = pairs().filter(|(first, second)| sign(**first) == sign(**second)).count();
    let count = pairs().count();
    (count > 0).then(|| agree as f64 / count as f64)
}

/// Independent random signs.
fn signs(count: usize, rng: &mut Rng) -> Vec<f64> {
    let mut signs = Vec::with_capacity(count + 64);
    while signs.len() < count {
        let bits = rng.next_u64();
        signs.extend((0..64).map(|bit| if bits >> bit & 1 == 1 { 1.0 } else { -1.0 }));
    }
    signs.truncate(count);
    signs
}
