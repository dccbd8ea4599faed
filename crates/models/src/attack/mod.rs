//! Adversarial pictures: small changes of pictures that change what a network classifies them as, found with the gradient
//! of the function that is tested, whatever rule trained it.
//!
//! ```text
//! FGSM      x' = clip(x + ε sign ∇J(x))
//! PGD L∞    x ← clip(project(x + α sign ∇J(x))),         |x − x₀| ≤ ε in every pixel
//! PGD L2    x ← clip(project(x + α ∇J(x) / ‖∇J(x)‖₂)),   ‖x − x₀‖₂ ≤ ε over a picture
//! untargeted    J = −log softmax(output)_label            the published panda
//! targeted      J = +log softmax(output)_class            as it is told: the triangle becomes a hexagon
//! ```
//!
//! J rises in both. It is of the evidence whatever loss trained the network, so that networks are attacked alike.
//!
//! | file | what |
//! |---|---|
//! | `subject` | what is attacked: answers, and the derivative of the answers in the inputs |
//! | `pictures` | pictures in code units, their encoding for the network, what was read of them |
//! | `climb` | the attack itself: steps, projections, random starts |
//! | `minimal` | the least ε that changes an answer, by bisection, and its median ε50 |
//! | `checks` | whether a low success says anything: random signs, gradients estimated without a gradient, signs compared |
//! | `spectrum` | how much of a change lies at low spatial frequencies |
//!
//! # Units
//! Pictures, ε, step sizes and gradients are in code units, in which a picture lies between [`Encoding::low`] and
//! [`Encoding::high`]: ε = 8/255 is eight gray levels. ε of an L2 attack is the Euclidean length over all channels and
//! pixels of a picture. Numbers are those of the network's precision at all times: the pictures that come back are, bit for
//! bit, those that were answered, and each pixel keeps its bound up to rounding.
//!
//! # Randomness
//! From the stream that is handed in, in the order of starts and steps, for all pictures at once: the same pictures in
//! another order, or in parts, get other random starts.
//!
//! # Source
//! `goodfellow2015` (FGSM), `madry2018` (PGD with random starts), `uesato2018` and `spall1992` (gradients estimated by
//! simultaneous perturbation), `athalye2018` (what to check before a network is called robust).
//!
//! # Departures
//! The logarithm of the softmax is worked out in 64 bits, and its slope as a direction of size 1 and a factor, so that a
//! sure network in single precision does not hide its gradient by rounding: steps need the direction alone. Of several starts, the picture that is kept is one that reached the goal, and
//! among these the one with the largest J. Estimated gradients leave the range of codes by their width.

mod checks;
mod climb;
mod minimal;
mod pictures;
mod spectrum;
mod subject;

pub use checks::{agreement, estimate, random_signs};
pub use climb::{Attack, Goal, Norm, Outcome, Slopes, gradients};
pub use minimal::{Minimal, median};
pub use pictures::{Encoding, Pictures, Reading, read};
pub use spectrum::low_frequency_share;
pub use subject::{Pulled, Slope, Subject, Tested, Way};

use crate::rules::RuleError;

/// Why an attack cannot be done.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AttackError {
    /// The network has no answer.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// A number of the attack is out of its range.
    #[error("{what} of an attack must be {must}, got {got}")]
    Setting {
        /// The number.
        what: &'static str,
        /// Its range.
        must: &'static str,
        /// The value.
        got: f64,
    },
    /// There are more or fewer of something than pictures ask for.
    #[error("there must be {must} {what}, got {got}")]
    Count {
        /// What is counted.
        what: &'static str,
        /// How many there must be.
        must: usize,
        /// How many there are.
        got: usize,
    },
    /// A pixel does not lie where encoded pictures lie.
    #[error("pixel {pixel} must be from {low} to {high}, got {got}")]
    Range {
        /// Index among all pixels of all pictures.
        pixel: usize,
        /// Least code.
        low: f64,
        /// Largest code.
        high: f64,
        /// The code.
        got: f64,
    },
    /// A class is beyond those of the network.
    #[error("a class must be less than {classes}, got {got}")]
    Class {
        /// Classes of the network.
        classes: usize,
        /// The class.
        got: usize,
    },
}

/// Whether a number is finite and not negative.
fn check_size(what: &'static str, got: f64) -> Result<(), AttackError> {
    match got.is_finite() && got >= 0.0 {
        true => Ok(()),
        false => Err(AttackError::Setting { what, must: "finite and at least 0", got }),
    }
}
