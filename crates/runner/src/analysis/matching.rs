//! Competence: what networks reach on the real task, where they are matched, and whether the match held.
//!
//! Matching reads half A of the validation pictures only; everything reported about the match reads half B.

use super::courses::{At, Course, Group};
use super::estimates::{Estimate, SeedValue, of_seeds};
use super::row;
use crate::experiment::Experiment;
use crate::rows::{MeasureRow, TrainingRow};
use std::collections::BTreeMap;
use trompe_psychophysics::{CompetenceCurve, NotMeasurable};

/// Checkpoints over which a plateau must hold, and the largest change of hard d′ (half A) that counts as flat.
const PLATEAU: (usize, f64) = (3, 0.15);

/// What competence is, where rules are matched. A conclusion about rules needs both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Axis {
    /// d′ on the hard set.
    Hard,
    /// Plain accuracy.
    Accuracy,
}

/// Both of them.
pub const AXES: [Axis; 2] = [Axis::Hard, Axis::Accuracy];

impl Axis {
    /// Its column on half A.
    fn read(self, row: &TrainingRow) -> Option<f64> {
        match self {
            Self::Hard => row.hard_d_prime_a,
            Self::Accuracy => row.accuracy_a,
        }
    }

    /// The values at which rules may be compared.
    fn grid(self, experiment: &Experiment) -> &[f64] {
        match self {
            Self::Hard => &experiment.competence.match_grid,
            Self::Accuracy => &experiment.competence.match_accuracy,
        }
    }
}

/// The criterion chosen for one world, architecture and axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Criterion {
    /// Competence at which rules are compared; `None` if no value of the grid qualifies.
    pub chosen: Option<f64>,
    /// Share of each observer's networks that reach it.
    pub reached: BTreeMap<String, f64>,
}

/// What a learning group reaches at its last checkpoint.
#[derive(Clone, Debug)]
pub struct Reached {
    /// Plain accuracy, half B.
    pub accuracy: Estimate,
    /// Hard d′, half B.
    pub hard: Estimate,
    /// Share of seeds at or above the gate.
    pub gate: f64,
    /// The gate itself.
    pub gate_accuracy: f64,
    /// Cosine with the true gradient.
    pub cosine: Estimate,
    /// Norm over the true gradient's norm.
    pub norm_ratio: Estimate,
}

impl Reached {
    /// Its lines of `measures.csv`.
    pub fn rows(&self, group: &Group) -> Vec<MeasureRow> {
        let n = self.accuracy.n + self.accuracy.excluded;
        let gate = Estimate {
            value: Some(self.gate),
            interval: None,
            n,
            excluded: 0,
            note: format!("share of seeds with accuracy >= {}", self.gate_accuracy),
        };
        vec![
            row(group, "accuracy", "equal_steps", "share", &self.accuracy),
            row(group, "hard_d_prime", "equal_steps", "d_prime", &self.hard),
            row(group, "gate", "equal_steps", "share", &gate),
            row(group, "gradient_cosine", "equal_steps", "ratio", &self.cosine),
            row(group, "gradient_norm_ratio", "equal_steps", "ratio", &self.norm_ratio),
        ]
    }
}

/// Competence of observers from outside that answered no validation pictures: not measurable, and said so.
pub fn unknown_rows(group: &Group, seeds: usize) -> Vec<MeasureRow> {
    let note = "no validation pictures were answered".to_owned();
    let unknown = Estimate { value: None, interval: None, n: 0, excluded: seeds, note };
    [("accuracy", "share"), ("hard_d_prime", "d_prime"), ("gate", "share")]
        .map(|(measure, unit)| row(group, measure, "equal_steps", unit, &unknown))
        .to_vec()
}

/// Checkpoints, steps and competence on half A, where it has a value.
fn curve(course: &Course<'_>, axis: Axis) -> (Vec<usize>, Vec<u64>, Vec<f64>) {
    let mut checkpoints = Vec::new();
    let mut steps = Vec::new();
    let mut values = Vec::new();
    for row in &course.training {
        if let (Some(value), true) = (axis.read(row), row.step > 0) {
            checkpoints.push(row.checkpoint);
            steps.push(row.step as u64);
            values.push(value);
        }
    }
    (checkpoints, steps, values)
}

/// The first crossing of a criterion, between checkpoints; never beyond them.
pub fn crossing(course: &Course<'_>, axis: Axis, criterion: f64) -> Result<At, NotMeasurable> {
    let (checkpoints, steps, values) = curve(course, axis);
    // A network that does not cross has no matched outcome; that is no censored threshold, so the reason is `Absent`.
    let found =
        CompetenceCurve::new(&steps, &values).and_then(|curve| curve.first_crossing(criterion)).map_err(|error| {
            NotMeasurable::Absent {
                what: match error {
                    NotMeasurable::NotReached { .. } => "the common competence (never reached)",
                    NotMeasurable::Censored { .. } => "the common competence (exceeded before the first checkpoint)",
                    _ => "a curve of competence",
                },
            }
        })?;
    Ok(At { before: checkpoints[found.lower], after: checkpoints[found.upper], weight: found.fraction })
}

/// Whether competence is flat over the last checkpoints.
pub fn plateau(course: &Course<'_>) -> Result<(), NotMeasurable> {
    let (_, _, values) = curve(course, Axis::Hard);
    let (needed, bound) = PLATEAU;
    if values.len() < needed {
        return Err(NotMeasurable::TooFew { needed, found: values.len() });
    }
    let tail = &values[values.len() - needed..];
    let spread = tail.iter().copied().fold(f64::MIN, f64::max) - tail.iter().copied().fold(f64::MAX, f64::min);
    if spread <= bound { Ok(()) } else { Err(NotMeasurable::Absent { what: "a plateau: competence still changes" }) }
}

/// Chooses the criterion of each world and architecture, from competence alone.
pub fn criteria(
    experiment: &Experiment,
    groups: &BTreeMap<Group, Vec<Course<'_>>>,
) -> BTreeMap<(String, String, Axis), Criterion> {
    let mut criteria = BTreeMap::new();
    for world in &experiment.worlds {
        for network in &experiment.networks {
            let panel = (world.name.clone(), network.name.clone());
            let compared: Vec<(&str, &Vec<Course<'_>>)> = groups
                .iter()
                .filter(|(group, _)| group.world == panel.0 && group.network == panel.1)
                .filter(|(group, _)| {
                    group.observer == experiment.analysis.reference || group.role == "rule" || group.role == "control"
                })
                .map(|(group, courses)| (group.observer.as_str(), courses))
                .collect();
            for axis in AXES {
                criteria.insert((panel.0.clone(), panel.1.clone(), axis), choose(experiment, axis, &compared));
            }
        }
    }
    criteria
}

fn share(courses: &[Course<'_>], axis: Axis, criterion: f64) -> f64 {
    let reached = courses.iter().filter(|course| crossing(course, axis, criterion).is_ok()).count();
    reached as f64 / courses.len().max(1) as f64
}

/// The highest value of the grid that the reference and at least one other observer reach in enough seeds; among
/// values with the same observers qualifying the highest, otherwise the one with the most observers.
fn choose(experiment: &Experiment, axis: Axis, compared: &[(&str, &Vec<Course<'_>>)]) -> Criterion {
    let reference = &experiment.analysis.reference;
    let needed = experiment.competence.match_share;
    let mut best: Option<(usize, Criterion)> = None;
    for &value in axis.grid(experiment) {
        let reached: BTreeMap<String, f64> =
            compared.iter().map(|(name, courses)| ((*name).to_owned(), share(courses, axis, value))).collect();
        let qualified = reached.values().filter(|share| **share >= needed).count();
        let fair = reached.get(reference).is_some_and(|share| *share >= needed);
        if fair && best.as_ref().is_none_or(|(most, _)| qualified >= *most) {
            best = Some((qualified, Criterion { chosen: Some(value), reached }));
        }
    }
    best.map(|(_, criterion)| criterion).unwrap_or_default()
}

/// What every learning group reaches.
pub fn reached(experiment: &Experiment, groups: &BTreeMap<Group, Vec<Course<'_>>>) -> BTreeMap<Group, Reached> {
    let mut all = BTreeMap::new();
    for (group, courses) in groups {
        if courses.iter().all(|course| course.training.is_empty()) {
            continue;
        }
        let last = |read: fn(&TrainingRow) -> Option<f64>| -> Vec<SeedValue> {
            let value = |course: &Course<'_>| course.training.last().and_then(|row| read(row));
            let missing = || NotMeasurable::Absent { what: "a last checkpoint" };
            courses.iter().map(|course| (course.seed, value(course).ok_or_else(missing))).collect()
        };
        let name = format!("{}|{}|{}", group.world, group.network, group.observer);
        let estimate = |what: &str, values: &[SeedValue]| {
            of_seeds(values, experiment.analysis.bootstrap, &format!("{name}|{what}"))
        };
        let accuracy = last(|row| row.accuracy_b);
        // Competence of networks that give pictures may be as far below that of a linear filter as it likes.
        let range = if experiment.battery.gives_pictures() { (f64::NEG_INFINITY, 1.0) } else { (0.0, 1.0) };
        let passed = accuracy
            .iter()
            .filter(|(_, value)| value.as_ref().is_ok_and(|value| *value >= experiment.competence.gate_accuracy));
        // Who does not follow real motion shows nothing by an illusory one.
        let follows = |seed: u64| match &experiment.battery.snakes {
            Some(_) => courses.iter().filter(|course| course.seed == seed).any(|course| follows(course, experiment)),
            None => true,
        };
        let gate = passed.filter(|(seed, _)| follows(*seed)).count() as f64 / accuracy.len().max(1) as f64;
        all.insert(
            group.clone(),
            Reached {
                gate,
                gate_accuracy: experiment.competence.gate_accuracy,
                hard: estimate("hard", &last(|row| row.hard_d_prime_b)),
                cosine: estimate("cosine", &last(|row| row.cosine)).within((-1.0, 1.0)),
                norm_ratio: estimate("norm ratio", &last(|row| row.norm_ratio)),
                accuracy: estimate("accuracy", &accuracy).within(range),
            },
        );
    }
    all
}

/// Least gain on real motion.
pub const LEAST_GAIN: f64 = 0.5;

fn follows(course: &Course<'_>, experiment: &Experiment) -> bool {
    let Some(last) = course.last() else { return false };
    let gain = course.read(&crate::measures::GAIN, &experiment.battery, At::checkpoint(last));
    gain.is_ok_and(|gain| gain >= LEAST_GAIN)
}

/// A competence column of half B at a point, for checking that a match held.
pub fn competence_at(course: &Course<'_>, at: At, read: fn(&TrainingRow) -> Option<f64>) -> Result<f64, NotMeasurable> {
    at.interpolate(|checkpoint| {
        let row = course.competence(checkpoint).and_then(read);
        row.ok_or(NotMeasurable::Absent { what: "competence at this checkpoint" })
    })
}
