//! ε50 over seeds, and whether rules differ in it where their competence is equal.
//!
//! A weak learner has flat slopes, and a hidden gradient makes any network look robust: nothing is concluded from a network below
//! the gate, nor from a rule on whose networks a check of the attacks failed.

use super::contrasts::{Conclusion, Contrast};
use super::courses::{Course, Group};
use super::estimates::{Estimate, SeedValue, of_seeds};
use super::{Estimand, Results, row};
use crate::experiment::{AttackedAt, Experiment};
use crate::report::{Sentence, SentenceKind, interval_text};
use crate::rows::MeasureRow;
use trompe_psychophysics::NotMeasurable;

/// The median over pictures of the least change that does it.
pub const EPSILON50: &str = "epsilon50";
/// Its unit: codes, of which a picture's pixels have 0 to 1.
pub const UNIT: &str = "code";
/// Share of networks on which every check held.
const CHECKS: &str = "attack_checks";

/// Where ε50 can be read: at matched competence only where it was read along training.
pub fn estimands(experiment: &Experiment) -> &'static [Estimand] {
    match experiment.adversarial.as_ref().map(|spec| spec.at) {
        None => &[],
        Some(AttackedAt::Last) => &[Estimand::EqualSteps],
        Some(AttackedAt::Every) => &[Estimand::EqualSteps, Estimand::Matched, Estimand::MatchedAccuracy],
    }
}

/// ε50 of each network of a group; `None` where none was attacked.
pub fn values(results: &Results<'_>, group: &Group, estimand: Estimand) -> Option<Vec<SeedValue>> {
    let courses = &results.groups[group];
    courses.iter().any(Course::is_attacked).then(|| {
        let point = |course: &Course<'_>| results.at(group, course, estimand).and_then(|at| course.epsilon50(at));
        courses.iter().map(|course| (course.seed, point(course))).collect()
    })
}

/// A difference of which one side lies beyond what was tried is not known, not even by its sign.
pub fn uncensored(differences: Vec<SeedValue>) -> Vec<SeedValue> {
    let told = |value| match value {
        Err(NotMeasurable::Censored { .. }) => {
            Err(NotMeasurable::Absent { what: "a difference (one ε50 lies beyond the changes that were tried)" })
        }
        other => other,
    };
    differences.into_iter().map(|(seed, value)| (seed, told(value))).collect()
}

/// Share of a group's attacked networks on which every check held; `None` where none was checked.
fn checked(results: &Results<'_>, group: &Group) -> Option<(f64, usize)> {
    let attacked: Vec<bool> = results.groups[group]
        .iter()
        .filter(|course| course.is_attacked())
        .map(|course| course.attacks_hold() == Some(true))
        .collect();
    let held = attacked.iter().filter(|held| **held).count();
    (!attacked.is_empty()).then(|| (held as f64 / attacked.len() as f64, attacked.len()))
}

/// Lines of `measures.csv`.
pub fn rows(results: &Results<'_>) -> Vec<MeasureRow> {
    let mut rows = Vec::new();
    for (group, courses) in &results.groups {
        let learns = courses.iter().any(|course| course.last().is_some_and(|last| last > 0));
        for &estimand in estimands(results.experiment) {
            let Some(values) = values(results, group, estimand) else { continue };
            if estimand.is_matched() && !learns {
                continue;
            }
            let estimate = estimate(results, group, estimand, &values);
            rows.push(row(group, EPSILON50, estimand.name(), UNIT, &estimate));
        }
        if let Some((share, n)) = checked(results, group) {
            let note = "share of networks on which every check of the attacks held".to_owned();
            let share = Estimate { value: Some(share), interval: None, n, excluded: 0, note };
            rows.push(row(group, CHECKS, Estimand::EqualSteps.name(), "share", &share));
        }
    }
    rows
}

fn estimate(results: &Results<'_>, group: &Group, estimand: Estimand, values: &[SeedValue]) -> Estimate {
    let place = [&group.world, &group.network, &group.observer].map(String::as_str).join("|");
    let name = format!("{place}|{}|{EPSILON50}", estimand.name());
    of_seeds(values, results.experiment.analysis.bootstrap, &name).within((0.0, f64::INFINITY))
}

/// Why nothing is said of a group's ε50, whatever its number.
pub fn objection(results: &Results<'_>, group: &Group) -> Option<&'static str> {
    let needed = results.experiment.competence.match_share;
    if results.competence.get(group).is_none_or(|reached| reached.gate < needed) {
        return Some("too few of its networks pass the gate");
    }
    match checked(results, group) {
        Some((share, _)) if share >= needed => None,
        Some(_) => Some("a check of the attacks fails on too many of its networks"),
        None => Some("it was not attacked"),
    }
}

/// One sentence a world and architecture on ε50, one rule against another.
pub fn sentences(results: &Results<'_>) -> Vec<Sentence> {
    let mut panels: Vec<(&str, &str)> = Vec::new();
    for contrast in compared(results) {
        let panel = (contrast.group.world.as_str(), contrast.group.network.as_str());
        if !panels.contains(&panel) {
            panels.push(panel);
        }
    }
    panels.into_iter().map(|panel| sentence(results, panel)).collect()
}

/// Contrasts of ε50, at matched competence where that was read.
fn compared<'r>(results: &'r Results<'_>) -> impl Iterator<Item = &'r Contrast> {
    let estimand = match estimands(results.experiment).contains(&Estimand::Matched) {
        true => Estimand::Matched,
        false => Estimand::EqualSteps,
    };
    results.contrasts.iter().filter(move |contrast| contrast.measure == EPSILON50 && contrast.estimand == estimand)
}

fn sentence(results: &Results<'_>, (world, network): (&str, &str)) -> Sentence {
    let contrasts: Vec<&Contrast> =
        compared(results).filter(|of| of.group.world == world && of.group.network == network).collect();
    let matched = contrasts.iter().all(|contrast| contrast.estimand.is_matched());
    let place = if matched { "at matched competence" } else { "at equal steps, where competence was not matched" };
    let parts: Vec<String> = contrasts.iter().map(|contrast| part(results, contrast)).collect();
    let sound = contrasts.iter().filter(|contrast| against(results, contrast).is_none());
    let conclusions: Vec<Conclusion> = sound.map(|contrast| contrast.conclusion).collect();
    Sentence {
        topic: format!("{world} · {network} · attacks"),
        text: format!(
            "Least change of real pictures that half of those classified correctly do not survive (ε50, code units from 0 to 1), \
             {place}, one rule minus another: {}.",
            parts.join("; ")
        ),
        kind: kind(matched, &conclusions),
    }
}

/// At equal steps a difference may be one of competence: nothing is established.
fn kind(matched: bool, conclusions: &[Conclusion]) -> SentenceKind {
    let all = |wanted| !conclusions.is_empty() && conclusions.iter().all(|conclusion| *conclusion == wanted);
    match matched {
        true if conclusions.contains(&Conclusion::Different) => SentenceKind::Supported,
        true if all(Conclusion::Equivalent) => SentenceKind::Null,
        true | false => SentenceKind::NotEstablished,
    }
}

/// Why a contrast is not interpreted: an objection to one of its sides.
fn against(results: &Results<'_>, contrast: &Contrast) -> Option<String> {
    [&contrast.group.observer, &contrast.against].into_iter().find_map(|observer| {
        let group = Group { observer: observer.clone(), ..contrast.group.clone() };
        let same = |other: &&Group| {
            (&other.world, &other.network, &other.observer) == (&group.world, &group.network, &group.observer)
        };
        let found = results.groups.keys().find(same)?;
        objection(results, found).map(|why| format!("not interpreted: of {observer} {why}"))
    })
}

fn part(results: &Results<'_>, contrast: &Contrast) -> String {
    let names = format!("{} minus {}", contrast.group.observer, contrast.against);
    let p = contrast.p_adjusted.map_or(String::new(), |p| format!(", corrected p = {p:.3}"));
    let conclusion = against(results, contrast).unwrap_or_else(|| contrast.conclusion.words().into());
    let estimate = &contrast.estimate;
    let number = match estimate.value {
        Some(value) => format!("{}, n = {}", interval_text(value, estimate.interval, UNIT), estimate.n),
        None => format!("not measurable ({})", estimate.note),
    };
    format!("{number} ({names}{p}; {conclusion})")
}

#[cfg(test)]
mod tests;
