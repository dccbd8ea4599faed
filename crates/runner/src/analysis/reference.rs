//! Reference networks beside what was published of them: the mean probability of *square* for discs that imply one, at the end of
//! their steps and at their forward pass.
//!
//! A network that does not do the real task is not interpreted, whatever it answers to illusions.

use super::courses::{Course, Group};
use super::estimates::{Estimate, SeedValue, of_seeds, paired};
use super::{Results, row};
use crate::battery::PUBLISHED_ALL_IN;
use crate::experiment::ReferenceSpec;
use crate::reference::P_SQUARE;
use crate::report::{Sentence, SentenceKind, interval_text};
use crate::rows::MeasureRow;
use trompe_psychophysics::NotMeasurable;

/// Members with a curve, in the order in which they are told.
const PARTS: [&str; 4] = ["all_in", "all_out", "random", "square"];

/// Reference networks of the run that name classes.
fn groups<'r>(results: &'r Results<'_>) -> impl Iterator<Item = (&'r Group, &'r Vec<Course<'r>>)> {
    results.groups.iter().filter(|(group, _)| group.role == "reference" && group.observer != ReferenceSpec::PREDNET)
}

/// P(square) of each network for a member, at the last step or (`first`) at the forward pass.
fn values(courses: &[Course<'_>], part: &str, first: bool) -> Vec<SeedValue> {
    let read = |course: &Course<'_>| {
        let of = course.settling.iter().filter(|row| row.what == P_SQUARE && row.part == part);
        let row = if first { of.min_by_key(|row| row.settling_step) } else { of.max_by_key(|row| row.settling_step) };
        row.and_then(|row| row.value).ok_or(NotMeasurable::Absent { what: "a course of P(square)" })
    };
    courses.iter().map(|course| (course.seed, read(course))).collect()
}

fn estimate(results: &Results<'_>, group: &Group, values: &[SeedValue], what: &str) -> Estimate {
    let name = format!("{P_SQUARE}|{}|{}|{what}", group.world, group.observer);
    of_seeds(values, results.experiment.analysis.bootstrap, &name)
}

fn words(estimate: &Estimate) -> String {
    match estimate.value {
        Some(value) => interval_text(value, estimate.interval, "share"),
        None => format!("not measurable ({})", estimate.note),
    }
}

/// One sentence a network and world.
pub(super) fn sentences(results: &Results<'_>) -> Vec<Sentence> {
    groups(results).map(|(group, courses)| sentence(results, group, courses)).collect()
}

fn sentence(results: &Results<'_>, group: &Group, courses: &[Course<'_>]) -> Sentence {
    let needed = results.experiment.competence.match_share;
    let reached = results.competence.get(group);
    let competent = reached.is_some_and(|reached| reached.gate >= needed);
    let accuracy = reached.map_or_else(|| "not measured".to_owned(), |reached| words(&reached.accuracy));
    let spec = results.experiment.references.iter().find_map(|spec| match spec {
        ReferenceSpec::Pang2021(entry) if entry.id == group.observer => Some(entry),
        ReferenceSpec::Pang2021(_) | ReferenceSpec::PredNet(_) => None,
    });
    let called = spec.map_or_else(|| group.observer.clone(), |spec| format!("{} with {} maps", spec.id, spec.width));
    let topic = format!("{} · beside what was published", group.world);
    if !competent {
        let text = format!(
            "{called}: accuracy on real squares and turned discs {accuracy}; too few of its networks pass the gate, so that \
             P(square) is not interpreted."
        );
        return Sentence { topic, text, kind: SentenceKind::NotEstablished };
    }
    let at = |part: &str, first: bool| words(&estimate(results, group, &values(courses, part, first), part));
    let over = paired(&values(courses, "all_in", false), &values(courses, "random", false));
    let over = estimate(results, group, &over, "all_in over random");
    let steps = spec.map_or(0, |spec| spec.answer_steps);
    let text = format!(
        "{called}: P(square) after {steps} steps is {} for inward mouths (published for 128 maps and other pictures: \
             {PUBLISHED_ALL_IN:.2}; pang2021), {} for outward ones, {} for discs turned at random and {} for real squares; by the \
             forward pass, {} for inward mouths. Inward minus random: {}. Accuracy on real things {accuracy}, n = {}.",
        at("all_in", false),
        at("all_out", false),
        at("random", false),
        at("square", false),
        at("all_in", true),
        words(&over),
        over.n
    );
    let apart = over.interval.is_some_and(|(low, high)| low > 0.0 || high < 0.0);
    Sentence { topic, text, kind: if apart { SentenceKind::Supported } else { SentenceKind::NotEstablished } }
}

/// Lines of `measures.csv`: P(square) of every member at the end and at the forward pass.
pub fn rows(results: &Results<'_>) -> Vec<MeasureRow> {
    let mut rows = Vec::new();
    for (group, courses) in groups(results) {
        for part in PARTS {
            for (first, when) in [(false, ""), (true, "_forward")] {
                let measure = format!("{P_SQUARE}_{part}{when}");
                let estimate = estimate(results, group, &values(courses, part, first), &measure).within((0.0, 1.0));
                rows.push(row(group, &measure, "equal_steps", "share", &estimate));
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests;
