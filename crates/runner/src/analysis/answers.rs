//! The questions that a run is for, each answered in one sentence with number, interval and n.
//!
//! Answers follow from the verdicts and the contrasts and add nothing to them: who reads only these must not be misled.

use super::contrasts::{Conclusion, Contrast};
use super::courses::Group;
use super::findings::{NOT_DECLARED, Verdicts, evidence, matched_pairs, strongest_baseline};
use super::verdict::Verdict;
use super::{Estimand, Results};
use crate::battery;
use crate::experiment::Status;
use crate::report::{Sentence, SentenceKind};

/// All answers of a battery, in the order of the questions.
pub(super) fn answers(results: &Results<'_>, verdicts: &Verdicts) -> Vec<Sentence> {
    let settling = super::settling::sentence(results);
    [preference(results, verdicts), rules(results), marks(results, verdicts), settling].into_iter().flatten().collect()
}

fn answer(topic: &str, kind: SentenceKind, text: String) -> Option<Sentence> {
    Some(Sentence { topic: topic.into(), text, kind })
}

/// Rules whose networks prefer the illusory figure beyond every baseline and the control.
fn preferring(verdicts: &Verdicts) -> Vec<(&Group, &Verdict)> {
    let prefers = |verdict: &Verdict| matches!(verdict, Verdict::CueMatching { .. } | Verdict::CompletionPattern);
    let rules = verdicts.iter().filter(|(group, _)| group.role == "rule");
    rules.filter(|(_, (verdict, _))| prefers(verdict)).map(|(group, (verdict, _))| (group, verdict)).collect()
}

fn called(results: &Results<'_>, group: &Group) -> String {
    let several = results.experiment.worlds.len() > 1 || results.experiment.networks.len() > 1;
    if several { format!("{} ({}, {})", group.observer, group.world, group.network) } else { group.observer.clone() }
}

/// Does any rule's network prefer the illusory figure beyond every baseline and control?
fn preference(results: &Results<'_>, verdicts: &Verdicts) -> Option<Sentence> {
    let topic = "Beyond every baseline and control?";
    let rules: Vec<&Group> = verdicts.keys().filter(|group| group.role == "rule").collect();
    let all = rules.len();
    // Of all rules, the one whose lower end over the strongest baseline is largest: it answers, whether it is above 0 or not.
    let over = rules.iter().filter_map(|group| {
        let (name, estimate) = strongest_baseline(results, group)?;
        Some((*group, name, estimate.low()?, estimate))
    });
    let (group, baseline, _, over) = over.max_by(|one, other| one.2.total_cmp(&other.2))?;
    let outcome = battery::kind(&results.experiment.battery).outcome();
    let own = &results.get(group, Estimand::EqualSteps, outcome)?.estimate;
    let numbers = format!(
        "d′ of {} is {}, {} above the strongest baseline, {baseline}",
        called(results, group),
        own.words(),
        over.words()
    );
    match preferring(verdicts).len() {
        0 => answer(
            topic,
            SentenceKind::NotEstablished,
            format!("Not established for any of {all}; at most, {numbers}."),
        ),
        some => answer(topic, SentenceKind::Supported, format!("Yes, in {some} of {all}; most of all, {numbers}.")),
    }
}

/// Does it depend on the rule at matched competence, in every world and network?
fn rules(results: &Results<'_>) -> Option<Sentence> {
    let topic = "Does it depend on the rule, at matched competence?";
    let pairs = matched_pairs(results);
    let all: Vec<&Contrast> = pairs.values().flatten().copied().collect();
    if all.is_empty() {
        return answer(topic, SentenceKind::NotEstablished, NOT_DECLARED.into());
    }
    let Some(most) = largest(results, &all) else {
        let words = "Not measurable: no two rules reach a common competence.";
        return answer(topic, SentenceKind::NotEstablished, words.into());
    };
    let different: Vec<&Vec<&Contrast>> = pairs.values().filter(|pair| differ_alike(pair)).collect();
    if let Some(most) = largest(results, &different.iter().copied().flatten().copied().collect::<Vec<_>>()) {
        let text =
            format!("Yes, for {} of {} pairs in every world; the largest, {most}.", different.len(), pairs.len());
        return answer(topic, SentenceKind::Supported, text);
    }
    let equivalent = all.iter().all(|contrast| contrast.conclusion == Conclusion::Equivalent);
    let (kind, words) = match (results.experiment.status, equivalent) {
        (Status::Pilot, _) => (SentenceKind::NotEstablished, "A pilot tests nothing"),
        (_, true) => (SentenceKind::Null, "No: all pairs are equivalent within the margin"),
        (_, false) => (SentenceKind::NotEstablished, "Not established for any pair in every world"),
    };
    answer(topic, kind, format!("{words}; the largest difference, {most}."))
}

/// Whether a difference is established wherever the pair was compared, on the same side.
fn differ_alike(pair: &[&Contrast]) -> bool {
    let above = |contrast: &&Contrast| contrast.estimate.value.is_some_and(|value| value > 0.0);
    let sides = pair.iter().filter(|contrast| above(contrast)).count();
    pair.iter().all(|contrast| contrast.conclusion == Conclusion::Different) && (sides == 0 || sides == pair.len())
}

/// The largest difference, with its number.
fn largest(results: &Results<'_>, contrasts: &[&Contrast]) -> Option<String> {
    let measured = contrasts.iter().filter_map(|contrast| Some((contrast.estimate.value?.abs(), contrast)));
    let (_, most) = measured.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    let several = results.experiment.worlds.len() > 1;
    let place = if several { format!(" in {}", most.group.world) } else { String::new() };
    Some(format!("{} minus {}{place}: {}", most.group.observer, most.against, most.estimate.words()))
}

/// Is it completion, or cue matching?
fn marks(results: &Results<'_>, verdicts: &Verdicts) -> Option<Sentence> {
    let topic = "Completion, or matching of cues?";
    let found = preferring(verdicts);
    if found.is_empty() {
        return answer(
            topic,
            SentenceKind::NotEstablished,
            "The question does not arise: no preference to explain.".into(),
        );
    }
    let complete: Vec<&Group> =
        found.iter().filter(|(_, verdict)| **verdict == Verdict::CompletionPattern).map(|(group, _)| *group).collect();
    let low = |group: &Group| evidence(results, group).reliance.as_ref().and_then(super::Estimate::low);
    let from: Vec<&Group> =
        if complete.is_empty() { found.iter().map(|(group, _)| *group).collect() } else { complete.clone() };
    let most = from.into_iter().max_by(|one, other| {
        low(one).unwrap_or(f64::NEG_INFINITY).total_cmp(&low(other).unwrap_or(f64::NEG_INFINITY))
    })?;
    let shown = evidence(results, most);
    let words = |estimate: &Option<super::Estimate>| {
        estimate.as_ref().map_or_else(|| "not measured".into(), super::Estimate::words)
    };
    let numbers = format!(
        "{}: d′ that relatable edges add {}, gap reliance {}",
        called(results, most),
        words(&shown.relatability),
        words(&shown.reliance)
    );
    match complete.len() {
        0 => answer(
            topic,
            SentenceKind::Supported,
            format!(
                "Cue matching in all {}: none shows both marks of completion beyond observers that cannot complete; nearest, {numbers}.",
                found.len()
            ),
        ),
        some => answer(
            topic,
            SentenceKind::Supported,
            format!("The pattern of completion in {some} of {}; most of all, {numbers}.", found.len()),
        ),
    }
}
