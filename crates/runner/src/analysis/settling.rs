//! Whether settling adds anything: the settled answer less the forward pass of the same weights, on the same pictures.
//!
//! The forward pass is what is subtracted, and not the start of settling: some rules start their states without any
//! evidence, and an answer is more than none whatever settling does. The comparison has two sides, and neither is
//! interpreted unless both can do the real task.

use super::courses::{Course, Group};
use super::estimates::{Estimate, SeedValue, of_seeds, paired};
use super::{Results, row};
use crate::bridge;
use crate::experiment::ObserverSpec;
use crate::report::{Sentence, SentenceKind};
use crate::rows::{CourseRow, MeasureRow};
use crate::settling::{ACCURACY, CONDITIONS};
use trompe_psychophysics::NotMeasurable;

/// Prefix of the measures: settled minus forward.
pub const MEASURE: &str = "settled_over_forward";

/// What may be said of one group.
#[derive(Clone, Debug, PartialEq)]
enum Addition {
    /// Something needed has no value, or its networks do not do the real task.
    NotMeasurable(String),
    /// Settled and forward answers have the same d′ in every network and comparison, to the last bit.
    Zero,
    /// Its forward pass does not do the real task: settling is how it answers.
    NoForward(f64),
    /// The whole interval lies above 0.
    Adds,
    /// The whole interval lies below 0.
    Lowers,
    /// The interval includes 0.
    NotEstablished,
}

/// What is known of one group.
struct Found {
    group: Group,
    /// Settled minus forward, in the order of [`CONDITIONS`].
    over_forward: Vec<(Vec<SeedValue>, Estimate)>,
    /// Accuracy of the forward pass on plain validation pictures, half B.
    forward: Vec<SeedValue>,
    settled: Vec<SeedValue>,
}

/// The mean over classes of what an answer reached; `answer` is `feedforward` or `settled`.
fn read(course: &Course<'_>, answer: &str, what: &str) -> Result<f64, NotMeasurable> {
    let of = |row: &&CourseRow| row.answer == answer && row.what == what;
    let values: Option<Vec<f64>> = course.settling.iter().filter(of).map(|row| row.value).collect();
    match values.as_deref() {
        Some([]) => Err(NotMeasurable::Absent { what: "a course of settling" }),
        Some(values) => Ok(values.iter().sum::<f64>() / values.len() as f64),
        None => Err(NotMeasurable::Degenerate { what: "evidence that does not vary" }),
    }
}

fn values(courses: &[Course<'_>], answer: &str, what: &str) -> Vec<SeedValue> {
    courses.iter().map(|course| (course.seed, read(course, answer, what))).collect()
}

/// Groups of the file whose rule can settle, those without any result included.
fn groups(results: &Results<'_>) -> Vec<Group> {
    let experiment = results.experiment;
    let settles = |observer: &&ObserverSpec| matches!(bridge::settled_equivalents(observer), Ok(Some(_)));
    let mut groups = Vec::new();
    for world in experiment.worlds.iter().filter(|_| experiment.settling.is_some()) {
        for network in &experiment.networks {
            let planned = experiment.observers.iter().filter(|observer| observer.runs_on(network, world));
            groups.extend(planned.filter(settles).map(|observer| Group {
                world: world.name.clone(),
                network: network.name.clone(),
                observer: observer.name.clone(),
                role: observer.role.id().into(),
            }));
        }
    }
    groups
}

fn found(results: &Results<'_>, group: Group) -> Found {
    let courses = results.groups.get(&group).map_or(&[] as &[Course<'_>], Vec::as_slice);
    let over = |what: &str| {
        let values = paired(&values(courses, "settled", what), &values(courses, "feedforward", what));
        let name = format!("{MEASURE}|{}|{}|{}|{what}", group.world, group.network, group.observer);
        let estimate = of_seeds(&values, results.experiment.analysis.bootstrap, &name);
        (values, estimate)
    };
    Found {
        over_forward: CONDITIONS.map(over).to_vec(),
        forward: values(courses, "feedforward", ACCURACY),
        settled: values(courses, "settled", ACCURACY),
        group,
    }
}

impl Found {
    /// Share of networks of which one answer passes the gate; `None` without any network.
    fn gate(accuracies: &[SeedValue], gate: f64) -> Option<f64> {
        let passed = accuracies.iter().filter(|(_, value)| value.as_ref().is_ok_and(|value| *value >= gate)).count();
        (!accuracies.is_empty()).then(|| passed as f64 / accuracies.len() as f64)
    }

    fn judge(&self, (gate, share): (f64, f64)) -> Addition {
        let (values, primary) = &self.over_forward[0];
        let mut all = self.over_forward.iter().flat_map(|(values, _)| values);
        if !values.is_empty() && all.all(|(_, value)| value.as_ref().is_ok_and(|value| *value == 0.0)) {
            return Addition::Zero;
        }
        let Some((low, high)) = primary.interval else {
            let why = if primary.note.is_empty() { "too few networks" } else { &primary.note };
            return Addition::NotMeasurable(why.to_owned());
        };
        let percent = |share: f64| format!("{:.0} %", 100.0 * share);
        match (Self::gate(&self.settled, gate), Self::gate(&self.forward, gate)) {
            (None, _) | (_, None) => Addition::NotMeasurable("no network reached a last checkpoint".into()),
            (Some(passing), _) if passing < share => {
                Addition::NotMeasurable(format!("{} of its networks pass the gate on the real task", percent(passing)))
            }
            (_, Some(passing)) if passing < share => Addition::NoForward(passing),
            _ if low > 0.0 => Addition::Adds,
            _ if high < 0.0 => Addition::Lowers,
            _ => Addition::NotEstablished,
        }
    }

    /// One part of the sentence.
    fn words(&self, addition: &Addition) -> String {
        let primary = self.over_forward[0].1.words();
        match addition {
            Addition::NotMeasurable(why) => format!("not measurable: {why}"),
            Addition::Zero => format!("no: exactly 0, n = {}", self.over_forward[0].1.n),
            Addition::NoForward(share) => format!(
                "not established: {primary}, but only {:.0} % of its forward passes do the real task, so that settling is \
                 how it answers at all",
                100.0 * share
            ),
            Addition::Adds => format!("yes, {primary}{}", self.controls()),
            Addition::Lowers => format!("it takes away: {primary}{}", self.controls()),
            Addition::NotEstablished => format!("not established: {primary}"),
        }
    }

    fn controls(&self) -> String {
        let [_, (_, misaligned), (_, closed)] = self.over_forward.as_slice() else { return String::new() };
        format!(" (v misaligned {}, v closed {})", misaligned.words(), closed.words())
    }
}

/// Does settling add anything? One sentence over all rules that settle; nothing where the file does not ask.
pub(super) fn sentence(results: &Results<'_>) -> Option<Sentence> {
    let competence = &results.experiment.competence;
    let all: Vec<Found> = groups(results).into_iter().map(|group| found(results, group)).collect();
    let additions: Vec<Addition> =
        all.iter().map(|found| found.judge((competence.gate_accuracy, competence.match_share))).collect();
    if all.is_empty() {
        return None;
    }
    let called = |group: &Group| match results.experiment.worlds.len() {
        1 => format!("{} on {}", group.observer, group.network),
        _ => format!("{} on {} in {}", group.observer, group.network, group.world),
    };
    let parts = all.iter().zip(&additions);
    let parts: Vec<String> =
        parts.map(|(found, addition)| format!("{}: {}", called(&found.group), found.words(addition))).collect();
    Some(Sentence {
        topic: "Does settling add anything?".into(),
        text: format!(
            "d′ inward v rotated of the settled answer minus that of the forward pass at equal weights, since some rules \
             start to settle without evidence. {}.",
            parts.join("; ")
        ),
        kind: kind(&additions),
    })
}

fn kind(additions: &[Addition]) -> SentenceKind {
    let any = |wanted: &[Addition]| additions.iter().any(|addition| wanted.contains(addition));
    if any(&[Addition::Adds, Addition::Lowers]) {
        SentenceKind::Supported
    } else if additions.iter().all(|addition| *addition == Addition::Zero) {
        SentenceKind::Null
    } else {
        SentenceKind::NotEstablished
    }
}

/// Lines of `measures.csv`: settled minus forward in every comparison, and the accuracy of both answers.
pub fn rows(results: &Results<'_>) -> Vec<MeasureRow> {
    let resamples = results.experiment.analysis.bootstrap;
    let mut rows = Vec::new();
    for group in groups(results).into_iter().filter(|group| results.groups.contains_key(group)) {
        let found = found(results, group);
        let group = &found.group;
        for (condition, (_, estimate)) in CONDITIONS.iter().zip(&found.over_forward) {
            rows.push(row(group, &format!("{MEASURE}_{condition}"), "equal_steps", "d_prime", estimate));
        }
        for (answer, values) in [("feedforward", &found.forward), ("settled", &found.settled)] {
            let name = format!("{answer} accuracy|{}|{}|{}", group.world, group.network, group.observer);
            let estimate = of_seeds(values, resamples, &name).within((0.0, 1.0));
            rows.push(row(group, &format!("{answer}_accuracy"), "equal_steps", "share", &estimate));
        }
    }
    rows
}

#[cfg(test)]
mod tests;
