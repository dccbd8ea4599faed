//! Psychometric functions by maximum likelihood, and the level at which a monotone curve reaches a target.
//!
//! psi(x) = guess + (1 - guess - lapse) * F((x - location) / scale), F the cumulative normal or the logistic function
//! and x the level or its natural logarithm. The guess rate is fixed by the task; the lapse rate is fixed, or free up
//! to a bound. For a fixed lapse rate location and scale are found by Newton steps from the best point of a coarse
//! grid; a free lapse rate is profiled around that.
//!
//! A threshold outside the tested range is [`NotMeasurable::Censored`], never extrapolated. Thresholds carry no
//! interval: trials of one network on shared stimuli are not independent binomial draws, so the interval comes from
//! resampling seeds and twins ([`crate::resample`]).
//!
//! # Source
//! Wichmann and Hill (2001) for the model and the deviance.
//!
//! # Departures
//! Plain maximum likelihood: no prior on the lapse rate (a bound instead) and no over-dispersion, unlike `psignifit`.

use crate::likelihood::{ITERATIONS, Point, Problem};
use crate::special::{normal_cdf, normal_pdf, normal_quantile};
use crate::{Measured, NotMeasurable, Side, check, isotonic, isotonic_weighted};

/// Counts at one level of the stimulus.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LevelCount {
    /// The level, in the unit of the stimulus.
    pub level: f64,
    /// How many trials were correct.
    pub correct: u64,
    /// How many trials there were.
    pub total: u64,
}

/// The sigmoid F.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Core {
    /// The cumulative normal distribution; the scale is its standard deviation.
    CumulativeGaussian,
    /// 1 / (1 + exp(-z)).
    Logistic,
}

/// The axis on which F is a function of the level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// x = level.
    Linear,
    /// x = natural logarithm of the level.
    Log,
}

/// The share of trials that are guessed whatever the level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Lapse {
    /// Known beforehand.
    Fixed(f64),
    /// Estimated between 0 and `max`.
    Free {
        /// The largest lapse rate allowed, customarily .06.
        max: f64,
    },
}

/// The family of functions that is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Psychometric {
    /// The sigmoid.
    pub core: Core,
    /// The axis of the level.
    pub axis: Axis,
    /// Proportion correct of a blind observer: .5 in two-alternative choice, 1/k among k classes.
    pub guess_rate: f64,
    /// The lapse rate, fixed or free.
    pub lapse: Lapse,
}

/// A fitted psychometric function.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PsychometricFit {
    /// The family that was fitted.
    pub model: Psychometric,
    /// Where F is one half, on the axis (a logarithm on [`Axis::Log`]).
    pub location: f64,
    /// The width parameter, on the axis; positive.
    pub scale: f64,
    /// The lapse rate, fixed or estimated.
    pub lapse_rate: f64,
    /// Log-likelihood without the binomial coefficients.
    pub log_likelihood: f64,
    /// Twice the log-likelihood ratio of the saturated model to this one.
    pub deviance: f64,
    /// The lowest and highest tested level, in the unit of the stimulus.
    pub range: (f64, f64),
    /// The number of trials.
    pub trials: usize,
}

impl Psychometric {
    /// Fits location, scale and, where it is free, the lapse rate to counts at increasing levels.
    ///
    /// # Errors
    /// [`NotMeasurable::TooFew`] with fewer levels than parameters; [`NotMeasurable::OutOfRange`] for rates, counts or
    /// levels outside their domain; [`NotMeasurable::Degenerate`] where the data leave the slope undetermined (a flat
    /// function, or one step, explains them as well); [`NotMeasurable::NotConverged`].
    pub fn fit(&self, data: &[LevelCount]) -> Result<PsychometricFit, NotMeasurable> {
        let points = self.points(data)?;
        let problem = Problem { core: self.core, guess: self.guess_rate, points: &points };
        let (lapse, best) = match self.lapse {
            Lapse::Fixed(lapse) => (lapse, problem.maximize(lapse)),
            Lapse::Free { max } => problem.profile(max),
        };
        let without_slope = problem.limit_without_slope(lapse);
        if !problem.is_resolved(best.scale) || best.log_likelihood <= without_slope + 1e-9 {
            return Err(NotMeasurable::Degenerate { what: "the slope: a flat function or one step fits as well" });
        }
        if !best.converged {
            return Err(NotMeasurable::NotConverged { after: ITERATIONS });
        }
        Ok(PsychometricFit {
            model: *self,
            location: best.location,
            scale: best.scale,
            lapse_rate: lapse,
            log_likelihood: best.log_likelihood,
            deviance: (2.0 * (problem.saturated() - best.log_likelihood)).max(0.0),
            range: (data[0].level, data[data.len() - 1].level),
            trials: data.iter().map(|d| d.total as usize).sum(),
        })
    }

    /// The level at which the fitted function reaches `proportion`, with the number of trials.
    ///
    /// Where no slope can be fitted because all levels lie on one side of the proportion (everything at ceiling, or at
    /// chance), the threshold is censored on that side.
    ///
    /// # Errors
    /// Those of [`Psychometric::fit`] and [`PsychometricFit::threshold`].
    pub fn threshold(&self, data: &[LevelCount], proportion: f64) -> Result<Measured, NotMeasurable> {
        match self.fit(data) {
            Ok(fit) => fit.threshold(proportion).map(|level| Measured::new(level, fit.trials)),
            Err(reason @ (NotMeasurable::Degenerate { .. } | NotMeasurable::NotConverged { .. })) => {
                Err(censored_by_all_levels(data, proportion)?.unwrap_or(reason))
            }
            Err(reason) => Err(reason),
        }
    }

    fn points(&self, data: &[LevelCount]) -> Result<Vec<Point>, NotMeasurable> {
        let below_one = "at least 0 and below 1";
        if !(self.guess_rate >= 0.0 && self.guess_rate < 1.0) {
            return Err(NotMeasurable::OutOfRange { what: "guess rate", value: self.guess_rate, must: below_one });
        }
        let (lapse, parameters) = match self.lapse {
            Lapse::Fixed(lapse) => (lapse, 2),
            Lapse::Free { max } => (max, 3),
        };
        if !(lapse >= 0.0 && lapse < 1.0 - self.guess_rate) {
            let must = "at least 0 and below 1 - guess rate";
            return Err(NotMeasurable::OutOfRange { what: "lapse rate", value: lapse, must });
        }
        check::at_least(parameters, data.len())?;
        let points = data.iter().map(|d| Point::new(d, self.axis)).collect::<Result<Vec<_>, _>>()?;
        let levels: Vec<f64> = data.iter().map(|d| d.level).collect();
        check::increasing("level", &levels)?;
        Ok(points)
    }
}

impl PsychometricFit {
    /// Proportion correct at a level (positive on [`Axis::Log`]).
    pub fn probability(&self, level: f64) -> f64 {
        let z = (self.model.axis.place(level) - self.location) / self.scale;
        self.model.guess_rate + self.gain() * self.model.core.cdf(z)
    }

    /// The level at which the function reaches `proportion`.
    ///
    /// # Errors
    /// [`NotMeasurable::OutOfRange`] unless guess rate < `proportion` < 1 - lapse rate; [`NotMeasurable::Censored`] where
    /// the level lies outside the tested range.
    pub fn threshold(&self, proportion: f64) -> Result<f64, NotMeasurable> {
        let x = self.location + self.scale * self.quantile(proportion)?;
        let level = match self.model.axis {
            Axis::Linear => x,
            Axis::Log => libm::exp(x),
        };
        if level < self.range.0 {
            Err(NotMeasurable::Censored { side: Side::Below, bound: self.range.0 })
        } else if level > self.range.1 {
            Err(NotMeasurable::Censored { side: Side::Above, bound: self.range.1 })
        } else {
            Ok(level)
        }
    }

    /// Slope at the point of `proportion`: proportion correct per unit of the axis (per e-fold on [`Axis::Log`]).
    ///
    /// # Errors
    /// [`NotMeasurable::OutOfRange`] unless guess rate < `proportion` < 1 - lapse rate.
    pub fn slope(&self, proportion: f64) -> Result<f64, NotMeasurable> {
        Ok(self.gain() * self.model.core.density(self.quantile(proportion)?) / self.scale)
    }

    fn quantile(&self, proportion: f64) -> Result<f64, NotMeasurable> {
        let (low, high) = (self.model.guess_rate, 1.0 - self.lapse_rate);
        if !(proportion > low && proportion < high) {
            let must = "above the guess rate and below 1 - lapse rate";
            return Err(NotMeasurable::OutOfRange { what: "proportion", value: proportion, must });
        }
        self.model.core.quantile((proportion - low) / self.gain())
    }

    fn gain(&self) -> f64 {
        1.0 - self.model.guess_rate - self.lapse_rate
    }
}

/// The level at which `values`, made isotonic over increasing `levels`, first reach `target`; linear in level between
/// neighbors.
///
/// It reads the point of subjective equality in contrast (d' of real contours over contrast reaches the illusory d')
/// and, over the turn in degrees, the threshold for 75 %.
///
/// # Errors
/// [`NotMeasurable::Censored`] where the target is passed before the first level or not reached at the last;
/// [`NotMeasurable::TooFew`] below two levels; [`NotMeasurable::UnequalLengths`]; [`NotMeasurable::NotFinite`];
/// [`NotMeasurable::OutOfRange`] unless levels increase.
///
/// ```
/// use trompe_psychophysics::crossing;
/// assert_eq!(crossing(&[0.0, 0.5, 1.0], &[0.0, 1.0, 3.0], 2.0)?, 0.75);
/// assert!(crossing(&[0.0, 0.5, 1.0], &[0.0, 1.0, 3.0], 4.0).is_err());
/// # Ok::<(), trompe_psychophysics::NotMeasurable>(())
/// ```
pub fn crossing(levels: &[f64], values: &[f64], target: f64) -> Result<f64, NotMeasurable> {
    check::at_least(2, levels.len())?;
    check::same_length("values", levels.len(), values.len())?;
    check::increasing("level", levels)?;
    check::all_finite("target", &[target])?;
    let curve = isotonic(values)?;
    let Some(upper) = curve.iter().position(|v| *v >= target) else {
        return Err(NotMeasurable::Censored { side: Side::Above, bound: levels[levels.len() - 1] });
    };
    if curve[upper] == target {
        return Ok(levels[upper]);
    }
    if upper == 0 {
        return Err(NotMeasurable::Censored { side: Side::Below, bound: levels[0] });
    }
    let fraction = (target - curve[upper - 1]) / (curve[upper] - curve[upper - 1]);
    Ok(levels[upper - 1] + fraction * (levels[upper] - levels[upper - 1]))
}

/// The side on which a threshold lies when even the isotonic proportions stay on one side of it.
fn censored_by_all_levels(data: &[LevelCount], proportion: f64) -> Result<Option<NotMeasurable>, NotMeasurable> {
    let rates: Vec<f64> = data.iter().map(|d| d.correct as f64 / d.total as f64).collect();
    let weights: Vec<f64> = data.iter().map(|d| d.total as f64).collect();
    let curve = isotonic_weighted(&rates, &weights)?;
    let last = data.len() - 1;
    if curve[0] > proportion {
        Ok(Some(NotMeasurable::Censored { side: Side::Below, bound: data[0].level }))
    } else if curve[last] < proportion {
        Ok(Some(NotMeasurable::Censored { side: Side::Above, bound: data[last].level }))
    } else {
        Ok(None)
    }
}

impl Axis {
    pub(crate) fn place(self, level: f64) -> f64 {
        match self {
            Self::Linear => level,
            Self::Log => libm::log(level),
        }
    }
}

impl Core {
    pub(crate) fn cdf(self, z: f64) -> f64 {
        match self {
            Self::CumulativeGaussian => normal_cdf(z),
            Self::Logistic => 1.0 / (1.0 + libm::exp(-z)),
        }
    }

    pub(crate) fn density(self, z: f64) -> f64 {
        match self {
            Self::CumulativeGaussian => normal_pdf(z),
            Self::Logistic => self.cdf(z) * self.cdf(-z),
        }
    }

    fn quantile(self, p: f64) -> Result<f64, NotMeasurable> {
        match self {
            Self::CumulativeGaussian => normal_quantile(p),
            Self::Logistic => {
                check::open_unit("probability", p)?;
                Ok(libm::log(p) - libm::log1p(-p))
            }
        }
    }
}
