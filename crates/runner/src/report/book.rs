//! The evidence, sorted once: by panel (world × network) and observer, in the order in which everything is shown.

use super::Evidence;
use crate::analysis::JOINED;
use crate::battery::{self, Kind};
use crate::experiment::Role;
use crate::rows::{MeasureRow, TrainingRow, TrialRow};
use std::collections::{BTreeMap, BTreeSet};
use trompe_psychophysics::resample::t_interval;

/// A world and an architecture: what stands side by side.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Panel {
    pub(super) world: String,
    pub(super) network: String,
}

impl Panel {
    /// Heading of the panel.
    pub(super) fn title(&self) -> String {
        if self.network.is_empty() { self.world.clone() } else { format!("{} · {}", self.world, self.network) }
    }
}

/// An observer and its part in the comparison.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Who {
    pub(super) observer: String,
    pub(super) role: String,
}

impl Who {
    /// Whether it learns the real task and is compared.
    pub(super) fn learns(&self) -> bool {
        self.role == "rule" || self.role == "control"
    }

    /// Whether it comes from another program.
    pub(super) fn is_imported(&self) -> bool {
        self.role == "imported"
    }

    /// Whether it must pass the gate before it is interpreted.
    pub(super) fn is_gated(&self) -> bool {
        self.learns() || self.is_imported() || self.role == "reference"
    }
}

/// Which column of a trial row is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    DPrime,
    TwoAfc,
}

/// One value for each class that was shown, by seed.
type Classes = BTreeMap<u64, Vec<Option<f64>>>;

/// Values by checkpoint and seed.
pub(super) type Course = BTreeMap<usize, BTreeMap<u64, f64>>;

/// Mean over seeds with its 95 % t interval, and the seeds themselves.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Summary {
    pub(super) mean: f64,
    /// Absent below three seeds, and where all seeds agree to the last bit.
    pub(super) interval: Option<(f64, f64)>,
    pub(super) seeds: Vec<f64>,
}

type Key = (String, String, String);

/// The sorted evidence.
pub(super) struct Book<'a> {
    pub(super) evidence: &'a Evidence<'a>,
    pub(super) kind: &'static Kind,
    pub(super) panels: Vec<Panel>,
    pub(super) observers: Vec<Who>,
    trials: BTreeMap<Key, Vec<&'a TrialRow>>,
    training: BTreeMap<Key, Vec<&'a TrainingRow>>,
    measures: BTreeMap<(Key, &'a str, &'a str), &'a MeasureRow>,
}

impl<'a> Book<'a> {
    /// Sorts the evidence.
    pub(super) fn new(evidence: &'a Evidence<'a>) -> Self {
        let mut trials: BTreeMap<Key, Vec<&TrialRow>> = BTreeMap::new();
        for row in evidence.trials.iter().filter(|row| row.polarity == "all") {
            trials.entry(key(&row.world, &row.network, &row.observer)).or_default().push(row);
        }
        let mut training: BTreeMap<Key, Vec<&TrainingRow>> = BTreeMap::new();
        for row in evidence.training {
            training.entry(key(&row.world, &row.network, &row.observer)).or_default().push(row);
        }
        let mut measures = BTreeMap::new();
        for row in evidence.measures {
            let who = key(&row.world, &row.network, &row.observer);
            measures.insert((who, row.measure.as_str(), row.estimand.as_str()), row);
        }
        let kind = battery::kind(&evidence.experiment.battery);
        let (panels, observers) = (panels(evidence), observers(evidence));
        Self { evidence, kind, panels, observers, trials, training, measures }
    }

    /// Observers of a panel: with rows of that network, or standing beside every network of the world.
    pub(super) fn present(&self, panel: &Panel) -> Vec<&Who> {
        self.observers.iter().filter(|who| self.key_of(panel, who).is_some()).collect()
    }

    /// Observers of the file that belong in a panel and left nothing there: who, and why.
    pub(super) fn absent(&self, panel: &Panel) -> Vec<(Who, String)> {
        let (experiment, run) = (self.evidence.experiment, &self.evidence.run);
        let wanted = |names: &[String], name: &str| names.is_empty() || names.iter().any(|listed| listed == name);
        let mut absent = Vec::new();
        for spec in &experiment.observers {
            let who = Who { observer: spec.name.clone(), role: role_name(spec.role).into() };
            let asked = wanted(&spec.networks, &panel.network) && wanted(&spec.worlds, &panel.world);
            if !asked || self.key_of(panel, &who).is_some() {
                continue;
            }
            let cell = format!("{} {} seed ", panel.network, spec.name);
            let known = run.failed.iter().chain(&run.ended).find(|(name, _)| name.starts_with(&cell));
            absent.push((who, known.map_or_else(|| "not run yet".to_owned(), |(_, why)| why.clone())));
        }
        absent
    }

    fn key_of(&self, panel: &Panel, who: &Who) -> Option<Key> {
        let own = key(&panel.world, &panel.network, &who.observer);
        let beside = key(&panel.world, "", &who.observer);
        let known = |key: &Key| {
            self.trials.contains_key(key)
                || self.training.contains_key(key)
                || self.measures.keys().any(|(listed, _, _)| listed == key)
        };
        [own, beside].into_iter().find(known)
    }

    /// A measure of an observer.
    pub(super) fn measure(&self, panel: &Panel, who: &Who, measure: &str, estimand: &str) -> Option<&'a MeasureRow> {
        let key = self.key_of(panel, who)?;
        self.measures.get(&(key, measure, estimand)).copied()
    }

    /// Trial rows of an observer.
    pub(super) fn trials(&self, panel: &Panel, who: &Who) -> &[&'a TrialRow] {
        self.key_of(panel, who).and_then(|key| self.trials.get(&key)).map_or(&[], Vec::as_slice)
    }

    /// Competence rows of an observer.
    pub(super) fn training(&self, panel: &Panel, who: &Who) -> &[&'a TrainingRow] {
        self.key_of(panel, who).and_then(|key| self.training.get(&key)).map_or(&[], Vec::as_slice)
    }

    /// A condition along training at the primary level; where several classes were shown, the mean over them, absent
    /// where one of them has no value.
    pub(super) fn course(&self, panel: &Panel, who: &Who, condition: &str, column: Column) -> Course {
        let primary = self.evidence.experiment.battery.primary_alpha_deg;
        let mut parts: BTreeMap<(usize, u64), Vec<Option<f64>>> = BTreeMap::new();
        for row in self.trials(panel, who) {
            if row.condition == condition && row.alpha_deg.is_none_or(|alpha| alpha == primary) {
                parts.entry((row.checkpoint, row.seed)).or_default().push(read(row, column));
            }
        }
        let mut course = Course::new();
        for ((checkpoint, seed), values) in parts {
            if let Some(mean) = mean_of_all(values) {
                course.entry(checkpoint).or_default().insert(seed, mean);
            }
        }
        course
    }

    /// A level-wise condition (turn, support ratio, contrast) at the last checkpoint: level → seed → value, the mean over
    /// classes where several were shown.
    pub(super) fn levels(
        &self,
        panel: &Panel,
        who: &Who,
        condition: &str,
        (level, column): (fn(&TrialRow) -> Option<f64>, Column),
    ) -> Vec<(f64, BTreeMap<u64, f64>)> {
        let rows = self.trials(panel, who);
        let mut last: BTreeMap<u64, usize> = BTreeMap::new();
        for row in rows {
            let latest = last.entry(row.seed).or_default();
            *latest = row.checkpoint.max(*latest);
        }
        let mut parts: Vec<(f64, Classes)> = Vec::new();
        for row in rows.iter().filter(|row| row.condition == condition && last[&row.seed] == row.checkpoint) {
            let Some(at) = level(row) else { continue };
            let value = read(row, column);
            match parts.iter_mut().find(|(listed, _)| *listed == at) {
                Some((_, seeds)) => seeds.entry(row.seed).or_default().push(value),
                None => parts.push((at, BTreeMap::from([(row.seed, vec![value])]))),
            }
        }
        let whole = |(seed, values): (u64, Vec<Option<f64>>)| Some((seed, mean_of_all(values)?));
        let mut levels: Vec<(f64, BTreeMap<u64, f64>)> =
            parts.into_iter().map(|(at, seeds)| (at, seeds.into_iter().filter_map(whole).collect())).collect();
        levels.sort_by(|one, other| one.0.total_cmp(&other.0));
        levels
    }
}

/// The mean over classes, absent where one of them has no value.
fn mean_of_all(values: Vec<Option<f64>>) -> Option<f64> {
    let values: Vec<f64> = values.into_iter().collect::<Option<_>>()?;
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Rule => "rule",
        Role::Control => "control",
        Role::Baseline => "baseline",
        Role::Planted => "planted",
        Role::Imported => "imported",
        Role::Reference => "reference",
    }
}

fn key(world: &str, network: &str, observer: &str) -> Key {
    (world.to_owned(), network.to_owned(), observer.to_owned())
}

fn read(row: &TrialRow, column: Column) -> Option<f64> {
    let value = match column {
        Column::DPrime => row.d_prime,
        Column::TwoAfc => row.two_afc,
    };
    value.filter(|value| value.is_finite())
}

/// Panels in the order of the experiment file; foreign ones after them.
fn panels(evidence: &Evidence<'_>) -> Vec<Panel> {
    let mut there: BTreeSet<Panel> = BTreeSet::new();
    for row in evidence.trials {
        there.insert(Panel { world: row.world.clone(), network: row.network.clone() });
    }
    for row in evidence.colors {
        there.insert(Panel { world: row.world.clone(), network: row.network.clone() });
    }
    for row in evidence.measures {
        there.insert(Panel { world: row.world.clone(), network: row.network.clone() });
    }
    let mut ordered = Vec::new();
    for world in &evidence.experiment.worlds {
        for network in &evidence.experiment.networks {
            let panel = Panel { world: world.name.clone(), network: network.name.clone() };
            if there.remove(&panel) {
                ordered.push(panel);
            }
        }
    }
    // Observers without a network stand beside every network of their world; they are a panel only where none is.
    let lonely = |panel: &Panel| !panel.network.is_empty() || !ordered.iter().any(|listed| listed.world == panel.world);
    let rest: Vec<Panel> = there.into_iter().filter(lonely).collect();
    ordered.extend(rest);
    ordered
}

/// The reference, then the other observers of the file, then everyone else by role and name.
fn observers(evidence: &Evidence<'_>) -> Vec<Who> {
    let mut there: BTreeSet<Who> = BTreeSet::new();
    for row in evidence.trials {
        there.insert(Who { observer: row.observer.clone(), role: row.role.clone() });
    }
    // Lines about all rules together are about no observer.
    for row in evidence.measures.iter().filter(|row| row.role != JOINED) {
        there.insert(Who { observer: row.observer.clone(), role: row.role.clone() });
    }
    let mut ordered: Vec<Who> = there.into_iter().collect();
    let reference = &evidence.experiment.analysis.reference;
    let place = |who: &Who| {
        let role = match who.role.as_str() {
            "rule" => 0,
            "control" => 1,
            "imported" => 2,
            "reference" => 3,
            "baseline" => 4,
            "planted" => 5,
            _ => 6,
        };
        let listed = evidence.experiment.observers.iter().position(|spec| spec.name == who.observer);
        (who.observer != *reference, role, listed.unwrap_or(usize::MAX), who.observer.clone())
    };
    ordered.sort_by_key(place);
    ordered
}

/// Mean over seeds with its interval; `None` of nothing.
pub(super) fn summarize(seeds: impl IntoIterator<Item = f64>) -> Option<Summary> {
    let seeds: Vec<f64> = seeds.into_iter().collect();
    let mean = seeds.iter().sum::<f64>() / seeds.len() as f64;
    let interval = if seeds.len() < 3 { None } else { t_interval(&seeds, 0.95).ok().and_then(|found| found.interval) };
    mean.is_finite().then_some(Summary { mean, interval, seeds })
}

/// Each seed at its own last checkpoint.
pub(super) fn at_the_end(course: &Course) -> Vec<f64> {
    let mut last: BTreeMap<u64, f64> = BTreeMap::new();
    for seeds in course.values() {
        last.extend(seeds);
    }
    last.into_values().collect()
}
