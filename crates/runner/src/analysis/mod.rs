//! The analysis: rows in, measures and sentences out. Pure, and blind to anything but the tables and the declared plan.

mod answers;
mod attacks;
#[cfg(test)]
mod baselines;
mod church;
mod contrasts;
pub mod courses;
mod crossed;
pub mod estimates;
mod findings;
#[cfg(test)]
pub(crate) mod fixture;
mod joined;
mod learning;
mod levels;
mod matching;
mod networks;
mod pictures;
#[cfg(test)]
mod planted;
mod prototype;
mod reference;
mod settling;
mod snakes;
mod verdict;

pub use joined::ROLE as JOINED;

pub use findings::{PLANTED_CONTRAST, findings};

use crate::experiment::Experiment;
use crate::measures::{self, Measure};
use crate::report::Findings;
use crate::rows::{MeasureRow, NetworkRow};
use crate::run::Tables;
use courses::{At, Course, Group};
use estimates::{Estimate, SeedValue};
use matching::{Axis, Criterion};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use std::collections::BTreeMap;
use trompe_psychophysics::NotMeasurable;

/// Where along training a measure is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Estimand {
    /// At the last checkpoint.
    EqualSteps,
    /// Where d′ on the hard set crosses the criterion.
    Matched,
    /// Where plain accuracy crosses its criterion.
    MatchedAccuracy,
    /// At the last checkpoint, if competence no longer changes there.
    Plateau,
}

/// All of them, in the order of the tables.
pub const ESTIMANDS: [Estimand; 4] =
    [Estimand::EqualSteps, Estimand::Matched, Estimand::MatchedAccuracy, Estimand::Plateau];

impl Estimand {
    /// Name in `measures.csv`.
    pub fn name(self) -> &'static str {
        match self {
            Self::EqualSteps => "equal_steps",
            Self::Matched => "matched",
            Self::MatchedAccuracy => "matched_accuracy",
            Self::Plateau => "plateau",
        }
    }

    /// Whether it has a meaning: networks that give pictures have no hard set.
    pub fn is_of(self, experiment: &Experiment) -> bool {
        !experiment.battery.gives_pictures() || matches!(self, Self::EqualSteps | Self::MatchedAccuracy)
    }

    /// Where the primary outcome is read.
    pub fn primary(experiment: &Experiment) -> Self {
        if experiment.battery.gives_pictures() { Self::MatchedAccuracy } else { Self::Matched }
    }

    /// Whether it is read where competence is equal.
    pub fn is_matched(self) -> bool {
        matches!(self, Self::Matched | Self::MatchedAccuracy)
    }
}

/// Values of one measure of one group, seed by seed, and their estimate.
#[derive(Clone, Debug)]
pub struct Cellwise {
    /// By seed.
    pub values: Vec<SeedValue>,
    /// Over seeds.
    pub estimate: Estimate,
}

/// All measures of a run, before they become rows.
pub struct Results<'a> {
    /// The experiment.
    pub experiment: &'a Experiment,
    /// Courses by group.
    pub groups: BTreeMap<Group, Vec<Course<'a>>>,
    /// Criterion of competence, by world, network and axis.
    pub criteria: BTreeMap<(String, String, Axis), Criterion>,
    /// Every measure.
    pub measures: BTreeMap<(Group, Estimand, &'static str), Cellwise>,
    /// Contrasts with the reference.
    pub contrasts: Vec<contrasts::Contrast>,
    /// Accuracy and gate of each learning group.
    pub competence: BTreeMap<Group, matching::Reached>,
}

/// What the analysis gives.
pub struct Analysis {
    /// Lines of `measures.csv`.
    pub measures: Vec<MeasureRow>,
    /// Lines of `networks.csv`.
    pub networks: Vec<NetworkRow>,
    /// Sentences for the report.
    pub findings: Findings,
}

/// Analyzes a run.
pub fn analyze(experiment: &Experiment, tables: &Tables) -> Analysis {
    let results = results(experiment, tables);
    Analysis { measures: rows(&results), networks: networks::rows(&results), findings: findings(&results) }
}

fn results<'a>(experiment: &'a Experiment, tables: &'a Tables) -> Results<'a> {
    let groups = courses::collect(experiment, tables);
    let criteria = matching::criteria(experiment, &groups);
    let competence = matching::reached(experiment, &groups);
    let mut results =
        Results { experiment, groups, criteria, measures: BTreeMap::new(), contrasts: Vec::new(), competence };
    measure_all(&mut results);
    results.contrasts = contrasts::all(&results);
    results
}

/// Reads every measure of every group at every estimand, on all cores: each has its own random stream.
fn measure_all(results: &mut Results<'_>) {
    let experiment = results.experiment;
    let mut wanted = Vec::new();
    for (group, courses) in &results.groups {
        let learns = courses.iter().any(|course| course.last().is_some_and(|last| last > 0));
        for estimand in ESTIMANDS {
            if estimand != Estimand::EqualSteps && (!learns || !estimand.is_of(experiment)) {
                continue;
            }
            let applies = |measure: &&&Measure| {
                measure.illusion == experiment.battery.illusion && (!estimand.is_matched() || measure.along_training)
            };
            wanted.extend(measures::ALL.iter().filter(applies).map(|measure| (group, estimand, *measure)));
        }
    }
    let found = wanted
        .into_par_iter()
        .map(|(group, estimand, measure)| {
            ((group.clone(), estimand, measure.id), measure_one(results, group, estimand, measure))
        })
        .collect();
    results.measures = found;
}

fn measure_one(results: &Results<'_>, group: &Group, estimand: Estimand, measure: &Measure) -> Cellwise {
    let courses = &results.groups[group];
    let battery = &results.experiment.battery;
    let at = |course: &Course<'_>| results.at(group, course, estimand);
    let values = estimates::read_all(courses, measure, battery, &at);
    let name = format!("{}|{}|{}|{}|{}", group.world, group.network, group.observer, estimand.name(), measure.id);
    let resamples = results.experiment.analysis.bootstrap;
    let mut estimate = estimates::of_seeds(&values, resamples, &name);
    if let Some(interval) = crossed::interval(results.experiment, courses, measure.id, &at, &name) {
        estimate.interval = Some(interval);
    }
    Cellwise { values, estimate: estimate.within(measure.range) }
}

impl Results<'_> {
    /// The point of a course at which an estimand is read.
    pub fn at(&self, group: &Group, course: &Course<'_>, estimand: Estimand) -> Result<At, NotMeasurable> {
        let last = course.last().ok_or(NotMeasurable::Absent { what: "any checkpoint" })?;
        let matched = |axis: Axis| {
            let panel = (group.world.clone(), group.network.clone(), axis);
            let criterion = self.criteria.get(&panel).and_then(|criterion| criterion.chosen);
            let criterion = criterion.ok_or(NotMeasurable::Absent { what: "a common criterion of competence" })?;
            matching::crossing(course, axis, criterion)
        };
        match estimand {
            Estimand::EqualSteps => Ok(At::checkpoint(last)),
            Estimand::Matched => matched(Axis::Hard),
            Estimand::MatchedAccuracy => matched(Axis::Accuracy),
            Estimand::Plateau => matching::plateau(course).map(|()| At::checkpoint(last)),
        }
    }

    /// Measure of a group, if it was read.
    pub fn get(&self, group: &Group, estimand: Estimand, measure: &'static str) -> Option<&Cellwise> {
        self.measures.get(&(group.clone(), estimand, measure))
    }

    /// Whether p values may be printed.
    pub fn inference(&self) -> bool {
        self.experiment.status != crate::experiment::Status::Pilot
    }
}

fn rows(results: &Results<'_>) -> Vec<MeasureRow> {
    let mut rows = Vec::new();
    for (group, reached) in &results.competence {
        rows.extend(reached.rows(group));
    }
    let imported = results.groups.iter().filter(|(group, _)| group.role == "imported");
    for (group, courses) in imported.filter(|(group, _)| !results.competence.contains_key(*group)) {
        rows.extend(matching::unknown_rows(group, courses.len()));
    }
    rows.extend(learning::rows(results));
    for ((group, estimand, id), cellwise) in &results.measures {
        let measure = measures::ALL.iter().find(|measure| measure.id == *id);
        rows.push(row(group, id, estimand.name(), measure.map_or("", |measure| measure.unit), &cellwise.estimate));
    }
    rows.extend(levels::rows(results));
    rows.extend(settling::rows(results));
    rows.extend(reference::rows(results));
    rows.extend(attacks::rows(results));
    rows.extend(joined::rows(results));
    for contrast in &results.contrasts {
        rows.push(contrast.row());
    }
    rows.extend(prototype::rows(results));
    rows
}

/// One line of `measures.csv`.
pub fn row(group: &Group, measure: &str, estimand: &str, unit: &str, estimate: &Estimate) -> MeasureRow {
    MeasureRow {
        world: group.world.clone(),
        network: group.network.clone(),
        observer: group.observer.clone(),
        role: group.role.clone(),
        against: String::new(),
        measure: measure.into(),
        estimand: estimand.into(),
        unit: unit.into(),
        value: estimate.value,
        low: estimate.low(),
        high: estimate.high(),
        n: estimate.n,
        excluded: estimate.excluded,
        p: None,
        p_adjusted: None,
        note: estimate.note.clone(),
    }
}
