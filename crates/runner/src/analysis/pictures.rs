//! What findings of networks that give pictures share: who is compared, who is competent, and how estimates are told.

use super::contrasts::Conclusion;
use super::courses::Group;
use super::estimates::{Estimate, SeedValue, of_seeds, paired};
use super::{Estimand, Results};
use crate::experiment::Status;
use crate::report::{Sentence, SentenceKind};

pub(super) fn estimate<'r>(results: &'r Results<'_>, group: &Group, measure: &'static str) -> Option<&'r Estimate> {
    results.get(group, Estimand::EqualSteps, measure).map(|cellwise| &cellwise.estimate)
}

/// Rules and controls of the first world and network: what the experiment is about.
pub(super) fn compared<'r>(results: &'r Results<'_>) -> Vec<&'r Group> {
    let experiment = results.experiment;
    let first = (&experiment.worlds[0].name, &experiment.networks[0].name);
    let learns = |group: &&Group| matches!(group.role.as_str(), "rule" | "control");
    results.groups.keys().filter(learns).filter(|group| (&group.world, &group.network) == first).collect()
}

/// Those whose networks do the task better than the best linear filter.
pub(super) fn competent<'r>(results: &'r Results<'_>) -> Vec<&'r Group> {
    let share = results.experiment.competence.match_share;
    let passes = |group: &&Group| results.competence.get(*group).is_some_and(|reached| reached.gate >= share);
    compared(results).into_iter().filter(passes).collect()
}

/// The sign of an estimate, where its whole interval lies on one side.
pub(super) fn side(estimate: &Estimate) -> i8 {
    match estimate.interval {
        Some((low, _)) if low > 0.0 => 1,
        Some((_, high)) if high < 0.0 => -1,
        Some(_) | None => 0,
    }
}

pub(super) fn listed(results: &Results<'_>, groups: &[&Group], measure: &'static str) -> String {
    let one = |group: &&Group| {
        let words = estimate(results, group, measure).map_or("not measurable".into(), Estimate::words);
        format!("{} {words}", group.observer)
    };
    groups.iter().map(one).collect::<Vec<_>>().join("; ")
}

pub(super) fn sentence(topic: &str, text: String, kind: SentenceKind) -> Sentence {
    Sentence { topic: topic.into(), text, kind }
}

/// A pilot supports nothing.
pub(super) fn kind(results: &Results<'_>, holds: bool) -> SentenceKind {
    if holds && results.inference() { SentenceKind::Supported } else { SentenceKind::NotEstablished }
}

pub(super) fn of_baseline(results: &Results<'_>, observer: &str, measure: &'static str) -> Option<f64> {
    baseline(results, observer).and_then(|group| estimate(results, &group, measure)?.value)
}

pub(super) fn text_of(value: Option<f64>) -> String {
    value.map_or("not measurable".into(), crate::report::number_text)
}

pub(super) fn listed_competence(results: &Results<'_>, groups: &[&Group]) -> String {
    let one = |group: &&Group| {
        let words = results.competence.get(*group).map_or(String::new(), |reached| reached.accuracy.words());
        format!("{} {words}", group.observer)
    };
    groups.iter().map(one).collect::<Vec<_>>().join("; ")
}

pub(super) fn baseline(results: &Results<'_>, observer: &str) -> Option<Group> {
    let world = &results.experiment.worlds[0].name;
    results.groups.keys().find(|group| group.observer == observer && group.world == *world).cloned()
}

/// Does it depend on the rule where competence is equal?
pub(super) fn rules(results: &Results<'_>, outcomes: &[&str]) -> Sentence {
    const TOPIC: &str = "learning rules at matched competence";
    if results.experiment.status == Status::Pilot {
        return sentence(TOPIC, "Rules: pilot, no inference.".into(), SentenceKind::NotEstablished);
    }
    let matched: Vec<_> = results
        .contrasts
        .iter()
        .filter(|contrast| contrast.estimand == Estimand::MatchedAccuracy && outcomes.contains(&contrast.measure))
        .collect();
    let different = matched.iter().filter(|contrast| contrast.conclusion == Conclusion::Different).count();
    let equal = matched.iter().filter(|contrast| contrast.conclusion == Conclusion::Equivalent).count();
    let each: Vec<String> = matched
        .iter()
        .map(|contrast| {
            let p = contrast.p_adjusted.map_or(String::new(), |p| format!(", corrected p = {p:.3}"));
            format!(
                "{} minus {} ({}, {}): {}{p}; {}",
                contrast.group.observer,
                contrast.against,
                contrast.group.network,
                contrast.measure,
                contrast.estimate.words(),
                contrast.conclusion.words()
            )
        })
        .collect();
    let text = match matched.is_empty() {
        true => "Rules: no contrast was declared.".to_owned(),
        false => format!(
            "Rules: at matched competence {different} of {} comparisons differ, {equal} are equivalent within ±{}. {}.",
            matched.len(),
            results.experiment.analysis.margin_of_pictures().unwrap_or_default(),
            each.join(". ")
        ),
    };
    let kind = match (different, equal) {
        (0, equal) if equal > 0 && equal == matched.len() => SentenceKind::Null,
        (0, _) => SentenceKind::NotEstablished,
        _ => SentenceKind::Supported,
    };
    sentence(TOPIC, text, kind)
}

/// Values of one group less those of another, seed by seed.
pub(super) fn less(results: &Results<'_>, one: &Group, other: &Group, measure: &'static str) -> Option<Estimate> {
    let passes = |group| {
        let share = results.experiment.competence.match_share;
        results.competence.get(group).is_some_and(|reached| reached.gate >= share)
    };
    if !(passes(one) && passes(other)) {
        return None;
    }
    let values = |group| results.get(group, Estimand::EqualSteps, measure).map(|cellwise| cellwise.values.as_slice());
    let difference: Vec<SeedValue> = paired(values(one)?, values(other)?);
    let name = format!("{measure}|{}|{}|{}|{}|{}", one.world, one.network, one.observer, other.world, other.network);
    Some(of_seeds(&difference, results.experiment.analysis.bootstrap, &name))
}
