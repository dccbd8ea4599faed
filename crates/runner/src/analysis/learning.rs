//! Whether a rule's features are worth learning: validation accuracy against a network of the same architecture and seed
//! whose hidden layers stay as they were drawn.

use super::courses::{Course, Group};
use super::estimates::{Estimate, SeedValue, of_seeds, paired};
use super::{Results, row};
use crate::report::{Sentence, SentenceKind};
use crate::rows::MeasureRow;
use trompe_psychophysics::NotMeasurable;

/// The baseline whose hidden layers are not trained.
const FROZEN: &str = "random_features";

/// Accuracy above frozen features, by group of rules and controls; half B of the validation pictures.
pub fn over_frozen<'a>(results: &'a Results<'_>) -> Vec<(&'a Group, Estimate)> {
    let trained = results.groups.iter().filter(|(group, _)| group.role == "rule" || group.role == "control");
    trained.filter_map(|(group, courses)| Some((group, difference(results, group, courses)?))).collect()
}

fn difference(results: &Results<'_>, group: &Group, courses: &[Course<'_>]) -> Option<Estimate> {
    let frozen =
        |other: &&Group| other.observer == FROZEN && other.world == group.world && other.network == group.network;
    let baseline = &results.groups[results.groups.keys().find(frozen)?];
    let name = format!("over frozen|{}|{}|{}", group.world, group.network, group.observer);
    let difference = paired(&accuracies(courses), &accuracies(baseline));
    Some(of_seeds(&difference, results.experiment.analysis.bootstrap, &name))
}

fn accuracies(courses: &[Course<'_>]) -> Vec<SeedValue> {
    let last = |course: &Course<'_>| course.training.last().and_then(|row| row.accuracy_b);
    let missing = || NotMeasurable::Absent { what: "a last checkpoint" };
    courses.iter().map(|course| (course.seed, last(course).ok_or_else(missing))).collect()
}

/// Lines of `measures.csv`.
pub fn rows(results: &Results<'_>) -> Vec<MeasureRow> {
    let line = |(group, estimate): (&Group, Estimate)| {
        let mut line = row(group, "accuracy_over_frozen", "equal_steps", "share", &estimate);
        if !learns(&estimate) {
            line.note = format!("not learning this task: not established to exceed frozen features; {}", line.note);
        }
        line
    };
    over_frozen(results).into_iter().map(line).collect()
}

/// One sentence that lists rules which are not established to exceed frozen features, or that all do.
pub fn sentence(results: &Results<'_>) -> Option<Sentence> {
    let all = over_frozen(results);
    let names: Vec<String> = all
        .iter()
        .filter(|(_, estimate)| !learns(estimate))
        .map(|(group, estimate)| {
            let by = estimate.value.map_or("no value".into(), |value| format!("{:+.1} points", 100.0 * value));
            format!("{} ({}, {by})", group.observer, group.network)
        })
        .collect();
    let (text, kind) = match (all.is_empty(), names.is_empty()) {
        (true, _) => return None,
        (false, true) => ("Every rule exceeds frozen features on validation pictures.".into(), SentenceKind::Supported),
        (false, false) => {
            let list = names.join(", ");
            let text = format!("Not learning this task, since not established to exceed frozen features: {list}.");
            (text, SentenceKind::NotEstablished)
        }
    };
    Some(Sentence { topic: "real task".into(), text, kind })
}

/// The whole interval lies above 0.
fn learns(estimate: &Estimate) -> bool {
    estimate.low().is_some_and(|low| low > 0.0)
}

#[cfg(test)]
mod tests {
    use super::{Estimate, learns};

    #[test]
    fn learning_needs_the_whole_interval_above_zero() {
        assert!(learns(&Estimate::for_test(0.05, 0.01, 0.09)));
        assert!(!learns(&Estimate::for_test(0.05, 0.0, 0.1)));
        assert!(!learns(&Estimate::for_test(-0.1, -0.2, -0.05)));
        assert!(!learns(&Estimate::default()), "a value without an interval proves nothing");
    }
}
