//! Whether what attacks found can be believed (`athalye2018`): a network whose gradient is hidden holds against every attack by
//! gradient, and that says nothing about it.

use super::find::{Attacker, Line, line};
use super::{DRAWS, ESTIMATED, Kind};
use crate::experiment::AdversarialSpec;
use trompe_models::attack::{AttackError, Goal, Outcome, agreement, estimate, gradients};

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// Many steps do at least what one does.
    ManySteps,
    /// A change of the size that makes any picture gray takes every classification.
    LargeChange,
    /// Random signs of the same size do less.
    RandomSigns,
    /// More is done by larger changes.
    LargerChange,
    /// Steps raise the objective.
    Rise,
    /// A gradient that is estimated from answers alone has the signs of the true one.
    Estimate,
    /// A gradient comes back to pictures.
    Gradient,
}

/// All of them, in the order of the tables.
pub const ALL: [Check; 7] = [
    Check::ManySteps,
    Check::LargeChange,
    Check::RandomSigns,
    Check::LargerChange,
    Check::Rise,
    Check::Estimate,
    Check::Gradient,
];

/// Most pictures, as a share, that may get no gradient at all.
const WITHOUT_GRADIENT: f64 = 0.05;

impl Check {
    /// Name in tables.
    pub fn id(self) -> &'static str {
        match self {
            Self::ManySteps => "many_steps",
            Self::LargeChange => "large_change",
            Self::RandomSigns => "random_signs",
            Self::LargerChange => "larger_change",
            Self::Rise => "rise",
            Self::Estimate => "estimate",
            Self::Gradient => "gradient",
        }
    }

    /// What must hold, for readers.
    pub fn title(self) -> &'static str {
        match self {
            Self::ManySteps => "many steps leave no more correct than one step",
            Self::LargeChange => "a change of half the range leaves none correct",
            Self::RandomSigns => "random signs of the same size do less",
            Self::LargerChange => "larger changes leave fewer correct",
            Self::Rise => "steps raise the objective",
            Self::Estimate => "a gradient estimated from answers alone has the same signs",
            Self::Gradient => "a gradient comes back to the pictures",
        }
    }
}

/// What came of a check.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// Which.
    pub check: Check,
    /// Whether it held; `None` where it could not be told.
    pub held: Option<bool>,
    /// The number.
    pub value: Option<f64>,
    /// What it is held against.
    pub bound: Option<f64>,
    /// In words.
    pub reason: String,
}

impl Checked {
    fn unknown(check: Check, reason: &str) -> Self {
        Self { check, held: None, value: None, bound: None, reason: reason.into() }
    }

    fn at_most(check: Check, (value, bound): (f64, f64), reason: String) -> Self {
        Self { check, held: Some(value <= bound), value: Some(value), bound: Some(bound), reason }
    }
}

/// All checks of a network, from what attacks did and a few of their own.
pub(super) fn all(
    attacker: &Attacker<'_>,
    lines: &[Line],
    outcomes: &[(Kind, Outcome)],
) -> Result<Vec<Checked>, AttackError> {
    if lines.iter().all(|line| line.correct == 0) {
        let none = |check| Checked::unknown(check, "no picture is classified correctly without an attack");
        return Ok(ALL.map(none).to_vec());
    }
    ALL.into_iter()
        .map(|check| match check {
            Check::ManySteps => Ok(many_steps(lines)),
            Check::LargeChange => large_change(attacker),
            Check::RandomSigns => Ok(random(lines)),
            Check::LargerChange => Ok(larger(lines)),
            Check::Rise => Ok(rise(outcomes)),
            Check::Estimate => estimated(attacker),
            Check::Gradient => Ok(gradient(outcomes)),
        })
        .collect()
}

/// Size and accuracy of each attack of a kind.
fn accuracies(lines: &[Line], kind: Kind) -> Vec<(f64, f64)> {
    lines.iter().filter(|line| line.kind == kind).filter_map(|line| Some((line.epsilon, line.accuracy?))).collect()
}

/// One picture, as a share: what may go either way by chance.
fn one_picture(lines: &[Line]) -> f64 {
    1.0 / lines.iter().map(|line| line.n).max().unwrap_or(1).max(1) as f64
}

/// The largest of first − second over sizes, with its size.
fn largest_gap(first: &[(f64, f64)], second: &[(f64, f64)]) -> Option<(f64, f64)> {
    let gaps = first.iter().zip(second).map(|(first, second)| (first.1 - second.1, first.0));
    gaps.max_by(|one, other| one.0.total_cmp(&other.0))
}

/// Sums of shares of the same pictures differ by rounding.
const ROUNDING: f64 = 1e-9;

fn many_steps(lines: &[Line]) -> Checked {
    let [many, one] = [Kind::PgdLinf, Kind::Fgsm].map(|kind| accuracies(lines, kind));
    let Some((gap, size)) = largest_gap(&many, &one) else {
        return Checked::unknown(Check::ManySteps, "an accuracy is missing");
    };
    let reason = format!("accuracy after many steps minus after one, largest at size {size}: {gap:.3}");
    Checked::at_most(Check::ManySteps, (gap, one_picture(lines) + ROUNDING), reason)
}

fn large_change(attacker: &Attacker<'_>) -> Result<Checked, AttackError> {
    let size = AdversarialSpec::LARGE;
    let outcome = attacker.run(Kind::PgdLinf, size, (&attacker.pictures.all, Goal::Untargeted))?;
    let line = line(Kind::PgdLinf, "", size, &outcome);
    let Some(left) = line.accuracy else {
        return Ok(Checked::unknown(Check::LargeChange, "an accuracy is missing"));
    };
    let reason = format!("accuracy after a change of {size}: {left:.3}");
    Ok(Checked::at_most(Check::LargeChange, (left, one_picture(&[line]) + ROUNDING), reason))
}

/// Random signs must do less somewhere, and nowhere more.
fn random(lines: &[Line]) -> Checked {
    let [by_gradient, by_chance] = [Kind::PgdLinf, Kind::RandomSigns].map(|kind| accuracies(lines, kind));
    let Some((gap, size)) = largest_gap(&by_gradient, &by_chance) else {
        return Checked::unknown(Check::RandomSigns, "an accuracy is missing");
    };
    let somewhere = largest_gap(&by_chance, &by_gradient).is_some_and(|(gap, _)| gap > one_picture(lines));
    let reason = format!(
        "accuracy after steps minus after random signs, largest at size {size}: {gap:.3}; random signs do {} somewhere",
        if somewhere { "less" } else { "no less" }
    );
    let checked = Checked::at_most(Check::RandomSigns, (gap, one_picture(lines) + ROUNDING), reason);
    Checked { held: checked.held.map(|held| held && somewhere), ..checked }
}

fn larger(lines: &[Line]) -> Checked {
    let along = accuracies(lines, Kind::PgdLinf);
    if along.len() < 2 {
        return Checked::unknown(Check::LargerChange, "there is one size only");
    }
    let Some((gap, size)) = largest_gap(&along[1..], &along[..along.len() - 1]) else {
        return Checked::unknown(Check::LargerChange, "an accuracy is missing");
    };
    let reason = format!("largest rise of accuracy from one size to the next, at {size}: {gap:.3}");
    Checked::at_most(Check::LargerChange, (gap, one_picture(lines) + ROUNDING), reason)
}

fn rise(outcomes: &[(Kind, Outcome)]) -> Checked {
    let largest = outcomes.iter().rfind(|(kind, _)| *kind == Kind::PgdLinf).map(|(_, outcome)| &outcome.course);
    let Some((first, last)) = largest.and_then(|course| course.first().zip(course.last())) else {
        return Checked::unknown(Check::Rise, "no steps were taken");
    };
    let reason = format!("mean objective before the first step {first:.3}, after the last {last:.3}");
    // What does not rise is held; so is what is no number.
    let held = last > first;
    Checked { check: Check::Rise, held: Some(held), value: Some(*last), bound: Some(*first), reason }
}

/// For components of a gradient that are spread evenly, signs of an estimate from N directions over P pixels agree with
/// probability ½ + atan(√(N / (P − 1))) / π; half of that excess over ½ must be there.
fn estimated(attacker: &Attacker<'_>) -> Result<Checked, AttackError> {
    let all = &attacker.pictures.all;
    let some = all.take(&(0..all.count().min(ESTIMATED)).collect::<Vec<_>>());
    let (goal, rng) = (Goal::Untargeted, &mut attacker.stream(Kind::RandomSigns, 0.0));
    let found = estimate((attacker.subject, &attacker.encoding), &some, goal, DRAWS, rng)?;
    let truth = gradients(attacker.subject, &attacker.encoding, &some, goal)?;
    let Some(agree) = agreement(&found, &truth) else {
        return Ok(Checked::unknown(Check::Estimate, "no gradient comes back to any picture"));
    };
    let excess = libm::atan((DRAWS.0 as f64 / (all.stride() as f64 - 1.0)).sqrt()) / std::f64::consts::PI;
    let bound = 0.5 + 0.5 * excess;
    let reason = format!("share of signs that agree: {agree:.3}, {:.3} where slopes are even", 0.5 + excess);
    Ok(Checked { check: Check::Estimate, held: Some(agree >= bound), value: Some(agree), bound: Some(bound), reason })
}

fn gradient(outcomes: &[(Kind, Outcome)]) -> Checked {
    let Some((_, outcome)) = outcomes.first() else {
        return Checked::unknown(Check::Gradient, "nothing was attacked");
    };
    let masked = outcome.masked();
    let reason = format!("share of pictures without any gradient: {masked:.3}");
    Checked::at_most(Check::Gradient, (masked, WITHOUT_GRADIENT), reason)
}
