//! Comparing learning rules where their competence on the real task is equal.
//!
//! Rules learn at different speed, and that alone manufactures differences in illusions. So an illusion is read as a
//! curve over training and taken where competence first crosses a criterion c*:
//!
//! 1. competence over log step is made isotonic;
//! 2. s* is the first crossing of c*, linear in log step between the two bracketing checkpoints;
//! 3. any other outcome is interpolated linearly in log step between the same two checkpoints.
//!
//! Nothing is extrapolated: a network whose checkpoints do not bracket c* has no matched outcome, and is counted. The
//! criterion is chosen from a fixed grid by [`choose_criterion`], which is handed competence and nothing else.

use std::collections::BTreeMap;

use crate::{NotMeasurable, Side, check, isotonic};

/// Competence of one network over its checkpoints, made isotonic.
#[derive(Debug, Clone, PartialEq)]
pub struct CompetenceCurve {
    log_steps: Vec<f64>,
    competence: Vec<f64>,
}

/// Where a curve first crosses a criterion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MatchPoint {
    /// Natural logarithm of the step of the crossing.
    pub log_step: f64,
    /// Index of the checkpoint at or before the crossing.
    pub lower: usize,
    /// Index of the checkpoint at or after the crossing; equal to `lower` where the crossing is a checkpoint.
    pub upper: usize,
    /// How far the crossing lies from `lower` to `upper` in log step, 0 to 1.
    pub fraction: f64,
    checkpoints: usize,
}

impl CompetenceCurve {
    /// The curve of `competence` (any unit that rises with skill) at training `steps`.
    ///
    /// # Errors
    /// [`NotMeasurable::TooFew`] below two checkpoints; [`NotMeasurable::UnequalLengths`];
    /// [`NotMeasurable::NotFinite`]; [`NotMeasurable::OutOfRange`] unless steps start at 1 or later and increase.
    pub fn new(steps: &[u64], competence: &[f64]) -> Result<Self, NotMeasurable> {
        check::at_least(2, steps.len())?;
        check::same_length("competence", steps.len(), competence.len())?;
        if steps[0] == 0 {
            return Err(NotMeasurable::OutOfRange { what: "step", value: 0.0, must: "at least 1, for its logarithm" });
        }
        let log_steps: Vec<f64> = steps.iter().map(|step| libm::log(*step as f64)).collect();
        check::increasing("log step", &log_steps)?;
        Ok(Self { log_steps, competence: isotonic(competence)? })
    }

    /// The isotonic competence at each checkpoint.
    pub fn competence(&self) -> &[f64] {
        &self.competence
    }

    /// The first crossing of `criterion`.
    ///
    /// # Errors
    /// [`NotMeasurable::NotReached`] where competence stays below the criterion; [`NotMeasurable::Censored`] below the
    /// first step where it is above the criterion from the start; [`NotMeasurable::NotFinite`].
    pub fn first_crossing(&self, criterion: f64) -> Result<MatchPoint, NotMeasurable> {
        check::all_finite("criterion", &[criterion])?;
        let curve = &self.competence;
        let best = curve[curve.len() - 1];
        let Some(upper) = curve.iter().position(|c| *c >= criterion) else {
            return Err(NotMeasurable::NotReached { what: "competence", target: criterion, best });
        };
        if curve[upper] == criterion {
            return Ok(self.match_point(upper, upper, 0.0));
        }
        if upper == 0 {
            return Err(NotMeasurable::Censored { side: Side::Below, bound: libm::exp(self.log_steps[0]) });
        }
        let lower = upper - 1;
        Ok(self.match_point(lower, upper, (criterion - curve[lower]) / (curve[upper] - curve[lower])))
    }

    fn match_point(&self, lower: usize, upper: usize, fraction: f64) -> MatchPoint {
        let log_step = between(self.log_steps[lower], self.log_steps[upper], fraction);
        MatchPoint { log_step, lower, upper, fraction, checkpoints: self.log_steps.len() }
    }
}

impl MatchPoint {
    /// The training step of the crossing.
    pub fn step(&self) -> f64 {
        libm::exp(self.log_step)
    }

    /// Another outcome at the crossing, from its values at the same checkpoints.
    ///
    /// Only the two bracketing values are read, so gaps elsewhere do no harm.
    ///
    /// # Errors
    /// [`NotMeasurable::UnequalLengths`] unless there is one value per checkpoint; [`NotMeasurable::NotFinite`] where a
    /// bracketing value is not finite.
    pub fn interpolate(&self, outcome: &[f64]) -> Result<f64, NotMeasurable> {
        check::same_length("outcome", self.checkpoints, outcome.len())?;
        check::all_finite("outcome at the match", &[outcome[self.lower], outcome[self.upper]])?;
        Ok(between(outcome[self.lower], outcome[self.upper], self.fraction))
    }
}

/// `outcome` (one value per checkpoint) where `curve` first crosses `criterion`.
///
/// # Errors
/// Those of [`CompetenceCurve::first_crossing`] and [`MatchPoint::interpolate`].
///
/// ```
/// use trompe_psychophysics::{CompetenceCurve, matched_outcome};
/// let curve = CompetenceCurve::new(&[10, 100, 1000], &[0.0, 1.0, 2.0])?;
/// assert_eq!(matched_outcome(&curve, 1.5, &[7.0, 0.0, 1.0])?, 0.5);
/// assert!(matched_outcome(&curve, 2.5, &[7.0, 0.0, 1.0]).is_err());
/// # Ok::<(), trompe_psychophysics::NotMeasurable>(())
/// ```
pub fn matched_outcome(curve: &CompetenceCurve, criterion: f64, outcome: &[f64]) -> Result<f64, NotMeasurable> {
    curve.first_crossing(criterion)?.interpolate(outcome)
}

/// How many networks of a rule have a first crossing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// Networks whose checkpoints bracket the criterion.
    pub reached: usize,
    /// All networks, the failed ones included.
    pub total: usize,
}

impl Reached {
    /// The share of networks that reached the criterion; 0 of 0 is 0, so that an empty rule never qualifies.
    pub fn share(&self) -> f64 {
        self.reached as f64 / self.total.max(1) as f64
    }
}

/// The criterion at which a rule is compared with the reference rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CriterionChoice {
    /// The competence c*.
    pub criterion: f64,
    /// How many networks of the rule reach it.
    pub rule: Reached,
    /// How many networks of the reference rule reach it.
    pub reference: Reached,
}

/// For each rule, the highest criterion of `grid` that at least `share` of its networks and of the reference's reach.
///
/// A network that failed stands in the list as its reason: it counts among the networks and never reaches anything. A
/// network that is above a criterion at its first checkpoint cannot be matched there without extrapolation, so it does
/// not count as reaching it. A rule without a qualifying criterion gets [`NotMeasurable::NotReached`] with the lowest
/// criterion as target and the best competence among its networks, or [`NotMeasurable::TooFew`] where it has no curve.
///
/// # Errors
/// [`NotMeasurable::TooFew`] for an empty grid; [`NotMeasurable::NotFinite`]; [`NotMeasurable::OutOfRange`] unless
/// 0 < `share` <= 1; [`NotMeasurable::Absent`] where `reference` is not among the rules.
pub fn choose_criterion(
    grid: &[f64],
    curves: &BTreeMap<String, Vec<Result<CompetenceCurve, NotMeasurable>>>,
    reference: &str,
    share: f64,
) -> Result<BTreeMap<String, Result<CriterionChoice, NotMeasurable>>, NotMeasurable> {
    check::sample("criterion grid", grid, 1)?;
    if !(share > 0.0 && share <= 1.0) {
        return Err(NotMeasurable::OutOfRange { what: "share", value: share, must: "above 0 and at most 1" });
    }
    let reference = curves.get(reference).ok_or(NotMeasurable::Absent { what: "the reference rule" })?;
    let mut descending = grid.to_vec();
    descending.sort_by(|a, b| b.total_cmp(a));
    let choose = |rule: &[Result<CompetenceCurve, NotMeasurable>]| {
        descending
            .iter()
            .map(|c| CriterionChoice { criterion: *c, rule: count(rule, *c), reference: count(reference, *c) })
            .find(|choice| choice.rule.share() >= share && choice.reference.share() >= share)
            .ok_or_else(|| missed(rule, descending[descending.len() - 1]))
    };
    Ok(curves.iter().map(|(name, rule)| (name.clone(), choose(rule))).collect())
}

fn count(networks: &[Result<CompetenceCurve, NotMeasurable>], criterion: f64) -> Reached {
    let reached = networks.iter().flatten().filter(|curve| curve.first_crossing(criterion).is_ok()).count();
    Reached { reached, total: networks.len() }
}

fn missed(networks: &[Result<CompetenceCurve, NotMeasurable>], lowest: f64) -> NotMeasurable {
    let finals = networks.iter().flatten().map(|curve| curve.competence[curve.competence.len() - 1]);
    match finals.reduce(f64::max) {
        Some(best) => {
            NotMeasurable::NotReached { what: "competence in enough networks of both rules", target: lowest, best }
        }
        None => NotMeasurable::TooFew { needed: 1, found: 0 },
    }
}

fn between(a: f64, b: f64, fraction: f64) -> f64 {
    a + fraction * (b - a)
}
