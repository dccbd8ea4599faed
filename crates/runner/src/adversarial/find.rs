//! All attacks on one network at one checkpoint.

use super::check::{self, Checked};
use super::pictures::{Pictures, Target};
use super::{HALVINGS, Kind};
use crate::bridge;
use crate::experiment::AdversarialSpec;
use crate::identity::stream;
use crate::rows::{CraftedRow, Made};
use crate::score::mean;
use trompe_models::attack::{
    self, Attack, AttackError, Encoding, Goal, Minimal, Norm, Outcome, Reading, Slopes, Subject, low_frequency_share,
    median, random_signs, read,
};

/// Spatial frequencies that count as low: up to so many cycles per pixel. Noise without structure has π/64 = 5 % of its energy
/// there.
const LOW: f64 = 0.125;

/// What one attack of one size did.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Which attack.
    pub kind: Kind,
    /// `from>to` of a targeted one; empty otherwise.
    pub target: String,
    /// Size.
    pub epsilon: f64,
    /// Pictures attacked.
    pub n: usize,
    /// Classified correctly without it.
    pub correct: usize,
    /// See `AdversarialRow`.
    pub accuracy: Option<f64>,
    /// See `AdversarialRow`.
    pub success: Option<f64>,
    /// Before, after; see `AdversarialRow`.
    pub confidence: [Option<f64>; 2],
    /// See `AdversarialRow`.
    pub epsilon50: Option<f64>,
    /// See `AdversarialRow`.
    pub beyond: Option<usize>,
    /// See `AdversarialRow`.
    pub low_frequency: Option<f64>,
    /// See `AdversarialRow`.
    pub gradient_norm: Option<f64>,
}

/// What was found on one network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Attacks, in the order of their kinds and sizes.
    pub lines: Vec<Line>,
    /// Checks; none where ε50 alone is read.
    pub checks: Vec<Checked>,
    /// Pictures for other networks and for the report.
    pub crafted: Vec<CraftedRow>,
}

/// A network under attack.
pub(super) struct Attacker<'a> {
    pub(super) subject: &'a dyn Subject,
    pub(super) encoding: Encoding,
    pub(super) pictures: &'a Pictures,
    pub(super) spec: &'a AdversarialSpec,
    /// Seed and checkpoint, which name random starts.
    pub(super) of: (u64, usize),
}

/// Attacks a network. With `whole`, everything; without, ε50 alone.
///
/// # Errors
/// A network that has no answer, in words.
pub fn attack(
    subject: &dyn Subject,
    (pictures, spec): (&Pictures, &AdversarialSpec),
    of: (u64, usize),
    whole: bool,
) -> Result<Found, String> {
    let attacker = Attacker { subject, encoding: bridge::attack_encoding(), pictures, spec, of };
    let found = if whole { attacker.whole() } else { attacker.least_alone() };
    found.map_err(|error| format!("attack: {error}"))
}

impl Attacker<'_> {
    fn least_alone(&self) -> Result<Found, AttackError> {
        Ok(Found { lines: vec![self.least()?], ..Found::default() })
    }

    fn whole(&self) -> Result<Found, AttackError> {
        let mut found = Found::default();
        let all = &self.pictures.all;
        let mut outcomes = Vec::new();
        for kind in [Kind::Fgsm, Kind::PgdLinf, Kind::PgdL2] {
            for &epsilon in &self.spec.epsilons {
                let outcome = self.run(kind, epsilon, (all, Goal::Untargeted))?;
                found.lines.push(line(kind, "", epsilon, &outcome));
                if kind == Kind::PgdLinf && epsilon == self.spec.transfer_epsilon {
                    found.crafted = self.crafted(&outcome, epsilon)?;
                }
                outcomes.push((kind, outcome));
            }
        }
        for target in &self.pictures.targets {
            self.targeted(target, &mut found)?;
        }
        for &epsilon in &self.spec.epsilons {
            found.lines.push(self.random(epsilon)?);
        }
        found.lines.push(self.least()?);
        found.checks = check::all(self, &found.lines, &outcomes)?;
        Ok(found)
    }

    /// An attack of one size.
    pub(super) fn run(
        &self,
        kind: Kind,
        epsilon: f64,
        (pictures, goal): (&attack::Pictures, Goal),
    ) -> Result<Outcome, AttackError> {
        let rng = &mut self.stream(kind, epsilon);
        self.of_kind(kind, epsilon, goal).run(self.subject, &self.encoding, pictures, rng)
    }

    pub(super) fn stream(&self, kind: Kind, epsilon: f64) -> trompe_models::Rng {
        let (seed, checkpoint) = (self.of.0.to_string(), self.of.1.to_string());
        stream(&["adversarial", kind.id(), &epsilon.to_string(), &self.pictures.canonical, &seed, &checkpoint])
    }

    fn of_kind(&self, kind: Kind, epsilon: f64, goal: Goal) -> Attack {
        let climb = |norm: Norm, epsilon: f64| Attack {
            norm,
            epsilon,
            steps: self.spec.steps,
            step_size: epsilon * (4.0 / self.spec.steps as f64).min(1.0),
            starts: self.spec.restarts,
            goal,
            slopes: Slopes::True,
        };
        match kind {
            Kind::Fgsm => Attack::fgsm(epsilon, goal),
            Kind::PgdL2 => climb(Norm::Euclidean, epsilon * (self.pictures.all.stride() as f64).sqrt()),
            Kind::PgdLinf | Kind::Targeted | Kind::Minimal | Kind::RandomSigns => climb(Norm::Largest, epsilon),
        }
    }

    fn random(&self, epsilon: f64) -> Result<Line, AttackError> {
        let (all, goal) = (&self.pictures.all, Goal::Untargeted);
        let rng = &mut self.stream(Kind::RandomSigns, epsilon);
        let noisy = random_signs(self.subject, &self.encoding, all, (Norm::Largest, epsilon), rng)?;
        let [before, after] = [all, &noisy].map(|pictures| read(self.subject, &self.encoding, pictures, goal));
        Ok(read_line(Kind::RandomSigns, "", epsilon, (all.labels(), &before?, &after?)))
    }

    /// Every size toward one class, on the pictures of another; one example of the least size that does it is kept.
    fn targeted(&self, target: &Target, found: &mut Found) -> Result<(), AttackError> {
        let all = &self.pictures.all;
        let of_class: Vec<usize> = (0..all.count()).filter(|at| all.labels()[*at] == target.from).collect();
        if of_class.is_empty() {
            return Ok(());
        }
        let pictures = all.take(&of_class);
        let mut example = None;
        for &epsilon in &self.spec.epsilons {
            let goal = Goal::Targeted { class: target.to };
            let outcome = self.run(Kind::Targeted, epsilon, (&pictures, goal))?;
            found.lines.push(line(Kind::Targeted, &target.name, epsilon, &outcome));
            if let Some(at) = first_changed(&outcome).filter(|_| example.is_none()) {
                example = Some(self.kept(&outcome, (at, of_class[at]), (&target.name, epsilon), true)?);
            }
        }
        found.crafted.extend(example);
        Ok(())
    }

    /// ε50.
    fn least(&self) -> Result<Line, AttackError> {
        let all = &self.pictures.all;
        let epsilon = *self.spec.epsilons.last().expect("a checked experiment has sizes");
        let before = read(self.subject, &self.encoding, all, Goal::Untargeted)?;
        let correct: Vec<usize> = (0..all.count()).filter(|at| is_right(&before[*at], all.labels()[*at])).collect();
        let minimal = match correct.is_empty() {
            true => Vec::new(),
            false => {
                let attack = self.of_kind(Kind::Minimal, epsilon, Goal::Untargeted);
                let rng = &mut self.stream(Kind::Minimal, epsilon);
                attack.minimal(self.subject, &self.encoding, &all.take(&correct), HALVINGS, rng)?
            }
        };
        let beyond = minimal.iter().filter(|minimal| **minimal == Minimal::Beyond).count();
        let held = (beyond as f64 / correct.len() as f64, correct.len());
        Ok(Line {
            kind: Kind::Minimal,
            target: String::new(),
            epsilon,
            n: all.count(),
            correct: correct.len(),
            accuracy: None,
            success: (held.1 > 0).then_some(1.0 - held.0),
            confidence: [None; 2],
            epsilon50: median(&minimal),
            beyond: (held.1 > 0).then_some(beyond),
            low_frequency: None,
            gradient_norm: None,
        })
    }

    /// The first pictures of an attack, for other networks; the first that changed class with its clean picture beside.
    fn crafted(&self, outcome: &Outcome, epsilon: f64) -> Result<Vec<CraftedRow>, AttackError> {
        let shown = first_changed(outcome);
        let kept = (0..outcome.clean.count()).filter(|at| *at < self.spec.transfer || shown == Some(*at));
        kept.map(|at| self.kept(outcome, (at, at), ("", epsilon), shown == Some(at))).collect()
    }

    fn kept(
        &self,
        outcome: &Outcome,
        (at, picture): (usize, usize),
        (target, epsilon): (&str, f64),
        with_clean: bool,
    ) -> Result<CraftedRow, AttackError> {
        let codes = |pictures: &attack::Pictures| -> Vec<f32> {
            pictures.take(&[at]).codes().iter().map(|code| *code as f32).collect()
        };
        let confidence = |pictures: &attack::Pictures, class: Option<usize>| -> Result<Option<f64>, AttackError> {
            let Some(class) = class else { return Ok(None) };
            let goal = Goal::Targeted { class };
            let readings = read(self.subject, &self.encoding, &pictures.take(&[at]), goal)?;
            Ok(readings[0].of_target)
        };
        let (before, after) = (outcome.before[at].class, outcome.after[at].class);
        Ok(CraftedRow {
            made: Made {
                target: target.into(),
                epsilon,
                picture,
                label: outcome.clean.labels()[at],
                before,
                after,
                confidence_before: confidence(&outcome.clean, before)?,
                confidence_after: confidence(&outcome.attacked, after)?,
            },
            clean: if with_clean { codes(&outcome.clean) } else { Vec::new() },
            attacked: codes(&outcome.attacked),
        })
    }
}

/// The first picture that was classified correctly and reached the goal.
fn first_changed(outcome: &Outcome) -> Option<usize> {
    let right = |at: &usize| is_right(&outcome.before[*at], outcome.clean.labels()[*at]);
    (0..outcome.clean.count()).filter(right).find(|at| outcome.after[*at].reached)
}

fn is_right(reading: &Reading, label: usize) -> bool {
    reading.class == Some(label)
}

pub(super) fn line(kind: Kind, target: &str, epsilon: f64, outcome: &Outcome) -> Line {
    let shares = low_frequency_share(&outcome.change(), outcome.clean.shape(), LOW);
    let shares: Vec<f64> = shares.into_iter().flatten().collect();
    Line {
        low_frequency: mean(&shares),
        gradient_norm: mean(&outcome.gradient_norms),
        ..read_line(kind, target, epsilon, (outcome.clean.labels(), &outcome.before, &outcome.after))
    }
}

fn read_line(
    kind: Kind,
    target: &str,
    epsilon: f64,
    (labels, before, after): (&[usize], &[Reading], &[Reading]),
) -> Line {
    let correct: Vec<usize> = (0..labels.len()).filter(|at| is_right(&before[*at], labels[*at])).collect();
    let over = |of: &dyn Fn(usize) -> f64| mean(&correct.iter().map(|at| of(*at)).collect::<Vec<_>>());
    let held: Vec<f64> = after.iter().zip(labels).map(|(after, label)| f64::from(is_right(after, *label))).collect();
    let confidence = |reading: &Reading| reading.of_target.unwrap_or(reading.of_label);
    Line {
        kind,
        target: target.into(),
        epsilon,
        n: labels.len(),
        correct: correct.len(),
        accuracy: mean(&held),
        success: over(&|at| f64::from(after[at].reached)),
        confidence: [over(&|at| confidence(&before[at])), over(&|at| confidence(&after[at]))],
        epsilon50: None,
        beyond: None,
        low_frequency: None,
        gradient_norm: None,
    }
}
