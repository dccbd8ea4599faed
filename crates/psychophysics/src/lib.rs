//! The mathematics of measurement: from evidence to d prime, thresholds, matched comparisons, intervals and tests.
//!
//! Everything here is pure: no files, clock, environment, threads, printing or global state. Randomness is handed in.
//! A number that cannot be had is a [`NotMeasurable`] with its reason, never 0 and never NaN.
//!
//! | module | answers |
//! |---|---|
//! | [`detection`] | how well does evidence tell two classes apart? |
//! | [`psychometric`] | at which level is a proportion (or a d prime) reached? |
//! | [`mod@isotonic`] | which monotone curve is nearest to these values? |
//! | [`matching`] | what is an outcome where competence on the real task is equal? |
//! | [`resample`] | how far would the number move with other seeds and other stimuli? |
//! | [`equivalence`] | are two observers the same within a margin fixed beforehand? |
//! | [`multiple`] | which p values survive having been many? |
//! | [`correlation`] | do two orders agree? |
//! | [`ridge`] | what can be read off many features by one weighted sum? |
//! | [`motion`] | how far did a picture turn between frames, and is that motion or only recoloring and blur? |
//! | [`odog`] | how bright would filters and their normalization, without learning, call each place of a picture? |
//!
//! ```
//! use trompe_psychophysics::{auc, d_prime};
//!
//! let fat = [0.9, 0.7, 0.4];
//! let thin = [0.1, 0.4, 0.3];
//! assert_eq!(auc(&fat, &thin)?, 8.5 / 9.0);
//! assert!(d_prime(&fat, &thin)?.value > 0.0);
//! # Ok::<(), trompe_psychophysics::NotMeasurable>(())
//! ```

pub mod correlation;
pub mod detection;
pub mod equivalence;
pub mod isotonic;
pub mod matching;
pub mod motion;
pub mod multiple;
pub mod odog;
pub mod outcome;
pub mod psychometric;
pub mod resample;
pub mod ridge;
pub mod special;

mod check;
mod likelihood;

/// The generator that every random procedure is handed; made from a named stream by the caller.
pub type Rng = rand_chacha::ChaCha8Rng;

pub use correlation::{
    PageTrend, average_ranks, fisher_interval, jackknife_interval, page_trend, partial, pearson, spearman,
    within_groups,
};
pub use detection::{
    PresortedEvidence, auc, auc_from_d_prime, d_prime, d_prime_from_auc, d_prime_from_counts, proportion_correct,
    two_afc,
};
pub use equivalence::{Direction, Margin, Tost, Verdict, tost};
pub use isotonic::{isotonic, isotonic_weighted};
pub use matching::{CompetenceCurve, CriterionChoice, MatchPoint, Reached, choose_criterion, matched_outcome};
pub use multiple::{benjamini_hochberg, holm};
pub use outcome::{Measured, NotMeasurable, Side};
pub use psychometric::{Axis, Core, Lapse, LevelCount, Psychometric, PsychometricFit, crossing};
pub use resample::{
    Bootstrap, CrossedDesign, SignFlip, crossed_bootstrap, quantile, sign_flip, sign_flip_sampled,
    smallest_attainable_p, t_interval, wilson_interval,
};
