//! Illusions for networks: real pictures are changed a little, along the gradient of what is tested, until they are classified
//! otherwise. How small a change does it (ε50), whether that number can be believed, and whether pictures made on one
//! network do the same to another.
//!
//! ```text
//! least ε of a picture    found by bisection with PGD, the largest change of a pixel bounded
//! ε50                     its median over the pictures that a network classifies correctly; larger is harder to attack
//! transfer                share of the pictures that a network classifies correctly and, after a change that was made on
//!                         another network, does not
//! ```
//!
//! Pictures are plain validation pictures of half B, clipped to the range of codes, the same for every network of a world.
//! A weak network has flat slopes: ε50 is compared where competence is equal, and only of networks on which every check
//! held (`check`).
//!
//! Steps are of 4 ε / steps and at most ε, so that 40 steps are those of `madry2018`. The size of a Euclidean change is told
//! as the root mean square over pixels: its ball then holds the ball of the largest change with the same ε.

mod check;
mod examples;
mod find;
mod pictures;
mod transfer;

pub use check::ALL as CHECKS;
#[cfg(test)]
pub use check::Check;
pub use examples::examples;
pub use find::{Line, attack};
pub use pictures::Pictures;
pub use transfer::{is_shown_others, transfer};

use crate::experiment::{AdversarialSpec, AttackedAt};

/// Halvings of the bisection for the least ε: to a thousandth of the largest that is tried. Networks give way to a twentieth of it.
const HALVINGS: usize = 10;
/// Pictures on which a gradient is estimated from answers alone.
const ESTIMATED: usize = 16;
/// Random directions of an estimate, and its width in code units.
const DRAWS: (usize, f64) = (64, 0.001);

/// What is done to pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// One step along the signs of the gradient.
    Fgsm,
    /// Many steps, the largest change of a pixel bounded.
    PgdLinf,
    /// Many steps, the Euclidean length bounded.
    PgdL2,
    /// As `PgdLinf`, toward one class.
    Targeted,
    /// Random signs of the same size: the control.
    RandomSigns,
    /// The least ε by bisection with `PgdLinf`.
    Minimal,
}

/// All of them.
#[cfg(test)]
pub const KINDS: [Kind; 6] = [Kind::Fgsm, Kind::PgdLinf, Kind::PgdL2, Kind::Targeted, Kind::RandomSigns, Kind::Minimal];

impl Kind {
    /// Name in tables.
    pub fn id(self) -> &'static str {
        match self {
            Self::Fgsm => "fgsm",
            Self::PgdLinf => "pgd_linf",
            Self::PgdL2 => "pgd_l2",
            Self::Targeted => "targeted",
            Self::RandomSigns => "random_signs",
            Self::Minimal => "minimal",
        }
    }
}

/// Forward passes that the attacks on one network take, at two for a gradient in the inputs: weights have none.
pub fn forward_equivalents(spec: &AdversarialSpec, checkpoints: usize, classes: usize) -> f64 {
    let (pictures, sizes) = (spec.pictures as f64, spec.epsilons.len() as f64);
    let climb = (spec.steps * spec.restarts) as f64;
    // Each attack also takes one gradient at the clean pictures.
    let least = (1 + HALVINGS) as f64 * climb;
    let times = if spec.at == AttackedAt::Every { checkpoints as f64 } else { 1.0 };
    let targeted = spec.targets.len() as f64 / classes.max(1) as f64;
    let gradients = sizes * (2.0 + (2.0 + targeted) * (climb + 1.0)) + climb + 1.0;
    let answers = sizes + (2 * DRAWS.0 * ESTIMATED) as f64 / pictures;
    pictures * (2.0 * (times * least + gradients) + answers)
}

#[cfg(test)]
mod tests;
