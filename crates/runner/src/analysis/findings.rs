//! The finding in words, made from the evidence by rules that a reader can check.
//!
//! It cannot say "illusion" while a baseline does as well, nor "completion" unless relatability and gap reliance say so,
//! nor "difference between rules" except at matched competence, nor "no difference" except by the equivalence test.

use super::contrasts::{Conclusion, Contrast};
use super::courses::Group;
use super::estimates::{Estimate, of_seeds, paired};
use super::verdict::{Bounds, ObserverEvidence, Verdict, judge};
use super::{Estimand, Results};
use crate::battery;
use crate::experiment::Status;
use crate::report::{Check, Findings, Sentence, SentenceKind};
use std::collections::BTreeMap;

/// Bound on gap reliance inside which it counts as none.
pub(super) const RELIANCE_BOUND: f64 = 0.1;

/// Contrast of the contour that the planted observer `completing` draws, relative to the inducers'. It lies between two
/// levels of the standard that are off the ceiling of d′, so that errors upward and downward weigh the same.
pub const PLANTED_CONTRAST: f64 = 0.1875;

/// Sentences, checks and limits of a run.
pub fn findings(results: &Results<'_>) -> Findings {
    if super::snakes::applies(results) {
        return super::snakes::findings(results);
    }
    if super::church::applies(results) {
        return super::church::findings(results);
    }
    let words = &battery::kind(&results.experiment.battery).words;
    let verdicts = verdicts(results);
    let mut sentences: Vec<Sentence> = super::answers::answers(results, &verdicts);
    sentences.extend(super::reference::sentences(results));
    for (group, (verdict, illusory)) in &verdicts {
        if group.role == "baseline" {
            continue;
        }
        let kind = match verdict {
            Verdict::CompletionPattern | Verdict::CueMatching { .. } | Verdict::Preference => SentenceKind::Supported,
            // An interval that includes 0 is no proof of absence.
            Verdict::NoPreference
            | Verdict::NoMoreThanBaseline { .. }
            | Verdict::LocalCue
            | Verdict::GateFailed { .. }
            | Verdict::NotMeasured(_) => SentenceKind::NotEstablished,
        };
        let figure = illusory
            .as_ref()
            .map_or(String::new(), |estimate| format!(" (d′ {} {})", words.discriminates, estimate.words()));
        sentences.push(Sentence {
            topic: topic(group),
            text: format!("{}: {}{figure}.", group.observer, verdict.words(words)),
            kind,
        });
    }
    sentences.extend(without_results(results));
    sentences.extend(super::learning::sentence(results));
    sentences.extend(contrast_sentences(results));
    sentences.extend(super::levels::sentences(results));
    sentences.extend(super::attacks::sentences(results));
    sentences.extend(super::joined::sentences(results));
    Findings {
        headline: headline(results, &verdicts),
        sentences,
        cannot_show: cannot_show(results),
        instrument_checks: checks(results, &verdicts),
    }
}

/// Rules of the file none of whose networks reached a checkpoint, in a world and on an architecture.
fn lost(results: &Results<'_>) -> Vec<Group> {
    let experiment = results.experiment;
    let mut lost = Vec::new();
    for world in &experiment.worlds {
        for network in &experiment.networks {
            let planned = experiment.observers.iter().filter(|observer| observer.runs_on(network, world));
            lost.extend(planned.map(|observer| Group {
                world: world.name.clone(),
                network: network.name.clone(),
                observer: observer.name.clone(),
                role: observer.role.id().into(),
            }));
        }
    }
    lost.retain(|group| !results.groups.contains_key(group));
    lost
}

fn without_results(results: &Results<'_>) -> Vec<Sentence> {
    let sentence = |group: Group| Sentence {
        topic: topic(&group),
        text: format!("{}: no statement: none of its networks reached a checkpoint.", group.observer),
        kind: SentenceKind::NotEstablished,
    };
    lost(results).into_iter().map(sentence).collect()
}

fn topic(group: &Group) -> String {
    let network = match (group.network.as_str(), group.role.as_str()) {
        ("", "imported" | "reference") => "its own network",
        ("", _) => "no network",
        (network, _) => network,
    };
    format!("{} · {network} · {}", group.world, group.role)
}

pub(super) type Verdicts = BTreeMap<Group, (Verdict, Option<Estimate>)>;

pub(super) fn verdicts(results: &Results<'_>) -> Verdicts {
    let marks = battery::kind(&results.experiment.battery).marks;
    let bounds = Bounds {
        d_prime: results.experiment.analysis.margin_d_prime,
        reliance: RELIANCE_BOUND,
        gate_share: results.experiment.competence.match_share,
    };
    let mut verdicts = BTreeMap::new();
    for group in results.groups.keys() {
        let evidence = evidence(results, group);
        if unknown_competence(group, evidence.gate) {
            verdicts.insert(group.clone(), (Verdict::NotMeasured(COMPETENCE), evidence.illusory));
            continue;
        }
        let bounds = Bounds {
            d_prime: bounds.d_prime.max(most_without_completion(results, group, (marks.relatability, &ALIGNERS))),
            reliance: bounds.reliance.max(most_without_completion(results, group, (marks.reliance, &COMPLETERS))),
            ..bounds
        };
        verdicts.insert(group.clone(), (judge(&evidence, bounds), evidence.illusory));
    }
    verdicts
}

/// What a foreign program that answered no validation pictures lacks.
const COMPETENCE: &str = "competence at the real task (no validation pictures were answered)";

/// Whether an observer had to show its competence and did not: rules and controls always do.
fn unknown_competence(group: &Group, gate: Option<f64>) -> bool {
    group.role == "imported" && gate.is_none()
}

/// Planted observers that complete contours, rightly or wrongly; no other planted observer and no baseline does.
const COMPLETERS: [&str; 3] = ["completing", "completing_surely", "bad_aligner"];
/// Those and detectors of alignment. These are sensitive to it by construction, so that they do not bound what else may be:
/// what they lack is the gap, which the other mark asks for.
const ALIGNERS: [&str; 4] = ["completing", "completing_surely", "bad_aligner", "collinear_edge"];

/// The most that any observer shows of a mark of completion which tells the figures apart without completing: the
/// largest upper end among baselines and planted observers of the same world. Corner detectors that search lose d′ to
/// misaligned cuts without seeing a gap, and whatever has learned real contours attends to places where contours are: more
/// than that is asked of completion. An observer that does not tell the figures apart explains nothing and is left out.
fn most_without_completion(results: &Results<'_>, group: &Group, (mark, but): (&'static str, &[&str])) -> f64 {
    let beside = |other: &&Group| {
        matches!(other.role.as_str(), "baseline" | "planted")
            && !but.contains(&other.observer.as_str())
            && *other != group
            && other.world == group.world
    };
    let estimate =
        |other: &Group, measure| results.get(other, Estimand::EqualSteps, measure).map(|cell| &cell.estimate);
    let outcome = battery::kind(&results.experiment.battery).outcome();
    let tells = |other: &&Group| estimate(other, outcome).and_then(Estimate::low).is_some_and(|low| low > 0.0);
    let upper = |other: &Group| estimate(other, mark)?.high();
    results.groups.keys().filter(beside).filter(tells).filter_map(upper).fold(f64::NEG_INFINITY, f64::max)
}

pub(super) fn evidence(results: &Results<'_>, group: &Group) -> ObserverEvidence {
    let estimate = |measure: &'static str| {
        results.get(group, Estimand::EqualSteps, measure).map(|cellwise| cellwise.estimate.clone())
    };
    let learned = matches!(group.role.as_str(), "rule" | "control" | "imported" | "reference");
    let kind = battery::kind(&results.experiment.battery);
    ObserverEvidence {
        gate: results.competence.get(group).filter(|_| learned).map(|reached| reached.gate),
        illusory: estimate(kind.outcome()),
        over_baseline: strongest_baseline(results, group),
        over_control: estimate(kind.marks.control),
        relatability: estimate(kind.marks.relatability),
        reliance: estimate(kind.marks.reliance),
        without_marks: !kind.marks.tell_completion(),
    }
}

/// The baseline of the same world with the largest mean outcome, and the difference from it: paired by seed where
/// both sides have the seed, otherwise against the baseline's mean.
pub(super) fn strongest_baseline(results: &Results<'_>, group: &Group) -> Option<(String, Estimate)> {
    let measure = battery::kind(&results.experiment.battery).outcome();
    let own = results.get(group, Estimand::EqualSteps, measure)?;
    let beside = |other: &&Group| {
        other.role == "baseline"
            && *other != group
            && other.world == group.world
            && (other.network.is_empty() || group.network.is_empty() || other.network == group.network)
    };
    let mut strongest: Option<(&Group, f64)> = None;
    for other in results.groups.keys().filter(beside) {
        let value = results.get(other, Estimand::EqualSteps, measure).and_then(|cellwise| cellwise.estimate.value);
        if let Some(value) = value.filter(|value| strongest.is_none_or(|(_, most)| *value > most)) {
            strongest = Some((other, value));
        }
    }
    let (baseline, level) = strongest?;
    let against = results.get(baseline, Estimand::EqualSteps, measure)?;
    let mut difference = paired(&own.values, &against.values);
    if difference.len() < own.values.len() {
        difference = own
            .values
            .iter()
            .map(|(seed, value)| (*seed, value.as_ref().map(|value| value - level).map_err(Clone::clone)))
            .collect();
    }
    let name = format!("over baseline|{}|{}|{}", group.world, group.network, group.observer);
    Some((baseline.observer.clone(), of_seeds(&difference, results.experiment.analysis.bootstrap, &name)))
}

/// Contrasts of the primary outcome at matched competence.
fn matched_outcomes<'r>(results: &'r Results<'_>) -> impl Iterator<Item = &'r Contrast> {
    let outcome = battery::kind(&results.experiment.battery).outcome();
    let of = move |contrast: &&Contrast| contrast.estimand == Estimand::Matched && contrast.measure == outcome;
    results.contrasts.iter().filter(of)
}

/// What is said of rules where none are compared.
pub(super) const NOT_DECLARED: &str = "No contrast between rules was declared.";

/// The same by pair, whom against and who: what is said of a pair must hold in every world and network where it was compared.
pub(super) fn matched_pairs<'r>(results: &'r Results<'_>) -> BTreeMap<(&'r str, &'r str), Vec<&'r Contrast>> {
    let mut pairs: BTreeMap<(&str, &str), Vec<&Contrast>> = BTreeMap::new();
    for contrast in matched_outcomes(results) {
        pairs.entry((&contrast.against, &contrast.group.observer)).or_default().push(contrast);
    }
    pairs
}

fn contrast_sentences(results: &Results<'_>) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    for contrast in matched_outcomes(results) {
        let kind = match contrast.conclusion {
            Conclusion::Different => SentenceKind::Supported,
            Conclusion::Equivalent => SentenceKind::Null,
            Conclusion::NotEstablished
            | Conclusion::OneAxis
            | Conclusion::NotMatched
            | Conclusion::NotComparable
            | Conclusion::NoInference => SentenceKind::NotEstablished,
        };
        let p = contrast.p_adjusted.map_or(String::new(), |p| format!(", corrected p = {p:.3}"));
        let label = if contrast.primary { "primary" } else { "exploratory" };
        sentences.push(Sentence {
            topic: format!("{} · {} · at matched competence ({label})", contrast.group.world, contrast.group.network),
            text: format!(
                "{} minus {}: {}{p}; {}.",
                contrast.group.observer,
                contrast.against,
                contrast.estimate.words(),
                contrast.conclusion.words()
            ),
            kind,
        });
    }
    sentences
}

fn headline(results: &Results<'_>, verdicts: &Verdicts) -> String {
    let rules: Vec<&Verdict> =
        verdicts.iter().filter(|(group, _)| group.role == "rule").map(|(_, (verdict, _))| verdict).collect();
    let count = |wanted: fn(&Verdict) -> bool| rules.iter().filter(|verdict| wanted(verdict)).count();
    let completion = count(|verdict| matches!(verdict, Verdict::CompletionPattern));
    let cue = count(|verdict| matches!(verdict, Verdict::CueMatching { .. }));
    let untold = count(|verdict| matches!(verdict, Verdict::Preference));
    let all = rules.len() + lost(results).iter().filter(|group| group.role == "rule").count();
    let what = if all == 0 {
        "No learning rule was run.".to_owned()
    } else if untold > 0 {
        format!(
            "In {untold} of {all} rule × network × world combinations the networks classify illusory figures as the real \
             ones beyond every baseline and control; this battery cannot tell completion from cue matching."
        )
    } else if completion + cue == 0 {
        format!(
            "In none of {all} rule × network × world combinations is an illusory preference established beyond baselines and local cues."
        )
    } else if completion == 0 {
        format!(
            "In {cue} of {all} rule × network × world combinations the networks classify illusory figures as the real \
             ones beyond every baseline; in all of these the pattern is cue matching, in none completion."
        )
    } else {
        format!(
            "In {} of {all} rule × network × world combinations the networks classify illusory figures as the real ones \
             beyond every baseline; the pattern is completion in {completion} and cue matching in {cue}.",
            completion + cue
        )
    };
    format!("{what} {}", rules_sentence(results))
}

/// Whether rules differ: from contrasts at matched competence and nothing else; a claim needs every world.
fn rules_sentence(results: &Results<'_>) -> String {
    if results.experiment.status == Status::Pilot {
        return "Pilot: no inference about differences between rules.".into();
    }
    let pairs = matched_pairs(results);
    if pairs.is_empty() {
        return NOT_DECLARED.into();
    }
    let mut parts = Vec::new();
    for (conclusion, words) in [
        (Conclusion::Different, ["differs from", "differ from"]),
        (Conclusion::Equivalent, ["is equivalent, within the margin, to", "are equivalent, within the margin, to"]),
    ] {
        let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for ((against, observer), found) in &pairs {
            if found.iter().all(|found| found.conclusion == conclusion) {
                names.entry(against).or_default().push(observer);
            }
        }
        parts.extend(names.into_iter().map(|(against, observers)| {
            let words = if observers.len() == 1 { words[0] } else { words[1] };
            format!("{} {words} {against}", observers.join(", "))
        }));
    }
    if parts.is_empty() {
        "At matched competence neither a difference between rules nor their equivalence is established in every world and network.".into()
    } else {
        format!(
            "At matched competence, in every world and network: {}; nothing is established for the others.",
            parts.join("; ")
        )
    }
}

fn cannot_show(results: &Results<'_>) -> Vec<String> {
    let mut limits: Vec<String> = [
        "All physical information about the figure is in the inducers; telling the figures apart needs no contour in the gap.",
        "PredNet, the network of the published work on Rotating Snakes, is itself trained by backpropagation; it is no \
         evidence about biological learning rules.",
        "Discriminative predictive coding with a free output answers exactly as its forward pass does; its test-time \
         dynamics cannot add an illusion.",
    ]
    .map(str::to_owned)
    .to_vec();
    limits.extend(general_limits(results));
    if !can_check(results) {
        limits.push("Whether the harness judges planted observers rightly: that takes three seeds or more.".into());
    }
    limits
}

/// What no run can show, whatever was asked.
pub(super) fn general_limits(results: &Results<'_>) -> Vec<String> {
    let mut limits: Vec<String> = [
        "Nothing about experience: an observer's answer is a classification or a picture, and people may reach the same one otherwise.",
        "Learning rules are compared at matched competence on the real task, which is itself an outcome of learning.",
        "Spike timing, strength-and-timing plasticity and recurrent dynamics are absent: all networks here are rate-based \
         and, but for settling, feedforward.",
    ]
    .map(str::to_owned)
    .to_vec();
    if results.experiment.status == Status::Pilot {
        limits.push("A pilot: intervals describe these seeds; no hypothesis is tested.".into());
    }
    if results.groups.keys().any(|group| group.role == "imported") {
        limits.push(
            "How imported observers were trained: only their answers are known. They are read once, never at matched \
             competence, and whether they looked at other pictures of the export cannot be told."
                .into(),
        );
    }
    if results.experiment.worlds.len() < 2 {
        limits.push("One world only: a claim about rules must hold in two.".into());
    }
    limits
}

/// Seeds below which an interval is too wide for any observer to be recognized.
const CHECKED_FROM: usize = 3;

/// Whether planted observers were run on enough seeds to be held to their verdicts.
fn can_check(results: &Results<'_>) -> bool {
    results.experiment.seeds.len() >= CHECKED_FROM
}

fn checks(results: &Results<'_>, verdicts: &Verdicts) -> Vec<Check> {
    let mut checks = Vec::new();
    if can_check(results) {
        checks.extend(planted_checks(results, verdicts));
        checks.extend(recovered_contrast(results));
    }
    checks.extend(uninformative_discs(results));
    checks
}

/// Whether both marks of completion were measured.
fn has_marks(shown: &ObserverEvidence) -> bool {
    [&shown.relatability, &shown.reliance].iter().all(|mark| mark.as_ref().is_some_and(|mark| mark.value.is_some()))
}

/// Whether each planted observer got the verdict that it was built for.
fn planted_checks(results: &Results<'_>, verdicts: &Verdicts) -> Vec<Check> {
    let words = battery::kind(&results.experiment.battery).words;
    let surely = verdicts.keys().any(|group| group.observer == "completing_surely");
    let mut checks = Vec::new();
    for (group, (verdict, illusory)) in verdicts {
        let figure = illusory.as_ref().map_or_else(|| "no value".to_owned(), Estimate::words);
        let expected: Option<(&str, bool)> = match (group.role.as_str(), group.observer.as_str()) {
            ("planted", "identity" | "random" | "blur") => {
                let null =
                    !matches!(verdict, Verdict::CueMatching { .. } | Verdict::CompletionPattern | Verdict::Preference);
                Some(("no illusion may be reported", null))
            }
            ("planted", "corner_only" | "corner_search" | "inward_corners" | "collinear_edge" | "bad_aligner") => {
                Some(("must never be called completion", *verdict != Verdict::CompletionPattern))
            }
            // Where a surer completer is shown, a baseline that does not complete may tell the figures apart better than this one.
            ("planted", "completing") if surely => None,
            // Completion has two marks; where a battery shows only one, nobody can be called it.
            ("planted", "completing" | "completing_surely") if !has_marks(&evidence(results, group)) => None,
            ("planted", "completing" | "completing_surely") => {
                Some(("must be called completion", *verdict == Verdict::CompletionPattern))
            }
            _ => None,
        };
        if let Some((must, held)) = expected {
            let name = format!("planted `{}` in {}: {must}", group.observer, group.world);
            checks.push(Check { name, held, detail: format!("{}; d′ {figure}", verdict.words(&words)) });
        }
    }
    checks
}

/// The planted completer draws its contour at a known contrast, which the measure must give back.
fn recovered_contrast(results: &Results<'_>) -> Vec<Check> {
    let planted = |group: &&Group| group.observer == "completing" && group.role == "planted";
    let mut checks = Vec::new();
    for group in results.groups.keys().filter(planted) {
        let Some(cellwise) =
            results.get(group, Estimand::EqualSteps, battery::kind(&results.experiment.battery).marks.contour)
        else {
            continue;
        };
        let held =
            cellwise.estimate.interval.is_some_and(|(low, high)| low <= PLANTED_CONTRAST && PLANTED_CONTRAST <= high);
        checks.push(Check {
            name: format!("planted `completing` in {}: contrast {PLANTED_CONTRAST} is recovered", group.world),
            held,
            detail: cellwise.estimate.words(),
        });
    }
    checks
}

/// Full discs are the same picture in both classes, but for their noise: no observer may tell them apart.
fn uninformative_discs(results: &Results<'_>) -> Vec<Check> {
    let mut worst: Option<(f64, String)> = None;
    let mut seen = 0;
    for (group, courses) in &results.groups {
        for course in courses {
            let block = format!("discs_{}", crate::battery::level(results.experiment.battery.primary_alpha_deg));
            let Some(last) = course.last() else { continue };
            let Some(auc) = course.auc(last, &block) else { continue };
            seen += 1;
            let off = (auc - 0.5).abs();
            if worst.as_ref().is_none_or(|(most, _)| off > *most) {
                worst = Some((off, group.observer.clone()));
            }
        }
    }
    // Standard error of AUC at chance with n twins a class is √((2n + 1) / 12n²); 5 of them, for many observers.
    let n = results.experiment.battery.twins as f64;
    let bound = 5.0 * ((2.0 * n + 1.0) / (12.0 * n * n)).sqrt();
    worst
        .map(|(off, observer)| Check {
            name: "full discs carry no information about the class".into(),
            held: off <= bound,
            detail: format!("largest |AUC − ½| {off:.3} (`{observer}`, {seen} cells); bound {bound:.3}"),
        })
        .into_iter()
        .collect()
}
