//! Planted observers, run through the whole harness: each has a verdict that is known beforehand.
//!
//! Oracle: what the observers were built to do. `corner_only` sees no gap and follows moved cuts; `completing` draws a
//! contour of known contrast where edges are relatable; `bad_aligner` draws it anywhere; `identity`, `blur` and `random`
//! have nothing to go by.

use super::findings::{RELIANCE_BOUND, Verdicts, evidence, verdicts};
use super::verdict::{Bounds, Verdict, judge};
use super::{Estimand, Group, PLANTED_CONTRAST, Results, findings, results};
use crate::bridge;
use crate::cell::{self, Shared};
use crate::experiment::{Experiment, Role, read};
use crate::plan::{Cell, Plan};
use crate::run::Tables;
use crate::store::CellOutput;
use std::sync::atomic::AtomicBool;
use trompe_psychophysics::{Margin, tost};

const SEEDS: u64 = 12;

/// An experiment with the blocks that the verdicts read, and no network.
pub(super) fn without_networks(text: &str, name: &str) -> Experiment {
    let mut experiment = read(text, name, &bridge::known()).unwrap_or_else(|_| panic!("{name} is sound"));
    experiment.seeds = (0..SEEDS).collect();
    experiment.observers.clear();
    experiment.battery.support_ratios = vec![0.5];
    experiment.competence.images = 64;
    experiment.analysis.contrasts.clear();
    experiment.analysis.bootstrap = 400;
    experiment
}

fn fat_thin() -> Experiment {
    let mut experiment = without_networks(include_str!("../../../../experiments/quick.toml"), "quick.toml");
    experiment.battery.alphas_deg = vec![10.0];
    experiment
}

fn kanizsa() -> Experiment {
    let mut experiment = without_networks(include_str!("../../../../experiments/article.toml"), "article.toml");
    // d′ of so many twins ends at 3.4, above what the planted contrast and its neighbors give.
    experiment.battery.twins = 64;
    experiment.battery.turns_deg = vec![90.0];
    experiment.battery.shifts = vec![0.4];
    experiment.battery.contour_contrasts = vec![0.06, 0.125, 0.2, 0.35];
    (experiment.battery.noise_figures, experiment.battery.noise_fields) = (6, 16);
    experiment
}

/// The planted observers and the template, on all seeds, not on the first five alone.
fn cells(experiment: &Experiment) -> Vec<Cell> {
    let plan = Plan::of(experiment).expect("a plan");
    let fixed = |cell: &&Cell| cell.role == Role::Planted || cell.observer == "template";
    let first: Vec<&Cell> = plan.cells.iter().filter(fixed).filter(|cell| cell.seed == 0).collect();
    let seeds = |cell: &&Cell| if cell.role == Role::Planted { SEEDS } else { 3 };
    let with = |cell: &Cell, seed: u64| Cell { id: format!("{} {seed}", cell.observer), seed, ..cell.clone() };
    first.iter().flat_map(|cell| (0..seeds(cell)).map(|seed| with(cell, seed))).collect()
}

fn tables(experiment: &Experiment) -> Tables {
    tables_of(experiment, &cells(experiment))
}

/// Runs cells on two threads.
pub(super) fn tables_of(experiment: &Experiment, cells: &[Cell]) -> Tables {
    let cancelled = AtomicBool::new(false);
    let shared = Shared::build(experiment, 2, &cancelled).expect("stimuli");
    let run = |part: &[Cell]| -> Vec<(String, CellOutput)> {
        part.iter().map(|cell| (cell.id.clone(), cell::run(&shared, cell).expect("a cell"))).collect()
    };
    let done: Vec<_> = std::thread::scope(|scope| {
        let parts: Vec<_> = cells.chunks(cells.len().div_ceil(2)).map(|part| scope.spawn(move || run(part))).collect();
        parts.into_iter().flat_map(|part| part.join().expect("a thread")).collect()
    });
    Tables { cells: done.into_iter().collect(), ..Tables::default() }
}

pub(super) fn group<'a>(results: &'a Results<'_>, observer: &str) -> &'a Group {
    let found = results.groups.keys().find(|group| group.observer == observer);
    found.unwrap_or_else(|| panic!("no observer {observer}"))
}

/// Whether a measure of an observer is equivalent to 0.
fn is_null(results: &Results<'_>, observer: &str, measure: &'static str, margin: f64) -> bool {
    let cellwise = results.get(group(results, observer), Estimand::EqualSteps, measure).expect("a measure");
    let values: Vec<f64> = cellwise.values.iter().filter_map(|(_, value)| value.as_ref().ok().copied()).collect();
    println!("{observer} {measure}: {}", cellwise.estimate.words());
    assert_eq!(values.len(), SEEDS as usize);
    // To the last bit, where the observer does not look at all.
    if values.iter().all(|value| *value == 0.0) {
        return true;
    }
    let test = tost(&values, Margin::symmetric(margin).expect("a margin"), 0.05).expect("a test");
    test.verdict == trompe_psychophysics::Verdict::Equivalent
}

fn verdict<'a>(verdicts: &'a Verdicts, observer: &str) -> &'a Verdict {
    let found = verdicts.iter().find(|(group, _)| group.observer == observer);
    &found.unwrap_or_else(|| panic!("no verdict on {observer}")).1.0
}

#[test]
fn planted_observers_are_judged_as_they_were_built() {
    let experiment = fat_thin();
    let tables = tables(&experiment);
    let results = results(&experiment, &tables);
    let verdicts = verdicts(&results);
    let findings = findings(&results);
    let sentence = |observer: &str| {
        let found = findings.sentences.iter().find(|sentence| sentence.text.starts_with(&format!("{observer}:")));
        found.unwrap_or_else(|| panic!("no sentence on {observer}")).text.clone()
    };
    let words = crate::battery::kind(&experiment.battery).words;
    for (group, (verdict, illusory)) in &verdicts {
        println!("{}: {} {:?}", group.observer, verdict.words(&words), illusory.as_ref().map(super::Estimate::words));
    }

    // Corner detectors: a large index, no mark of completion, and the sentence says so.
    let shown = evidence(&results, group(&results, "corner_only"));
    assert!(shown.over_control.as_ref().and_then(super::Estimate::low).is_some_and(|low| low > 0.25));
    assert!(is_null(&results, "corner_only", "relatability_effect", experiment.analysis.margin_d_prime));
    assert!(is_null(&results, "corner_only", "gap_reliance", RELIANCE_BOUND));
    assert_eq!(*verdict(&verdicts, "corner_only"), Verdict::CueMatching { relatable: false, gap: false });
    assert!(sentence("corner_only").contains("the pattern of cue matching, not of completion"));

    // Completion is recognized, and its contrast is recovered within its interval.
    assert_eq!(*verdict(&verdicts, "completing"), Verdict::CompletionPattern);
    assert!(sentence("completing").contains("the pattern of completion"));
    let completing = group(&results, "completing");
    let contrast = results.get(completing, Estimand::EqualSteps, "contour_equivalent_contrast").expect("a contrast");
    println!("completing, contrast: {}", contrast.estimate.words());
    let (low, high) = contrast.estimate.interval.expect("an interval");
    assert!(low <= PLANTED_CONTRAST && PLANTED_CONTRAST <= high, "{low} to {high}");

    // What completes where nothing lines up is not completion.
    assert_eq!(*verdict(&verdicts, "bad_aligner"), Verdict::CueMatching { relatable: false, gap: true });
    assert!(!matches!(verdict(&verdicts, "corner_search"), Verdict::CompletionPattern));

    // Nothing to go by: equivalent to 0, and no illusion in the sentence.
    for observer in ["blur", "identity", "random"] {
        assert!(is_null(&results, observer, "illusory_d_prime", experiment.analysis.margin_d_prime), "{observer}");
        assert!(matches!(verdict(&verdicts, observer), Verdict::NoPreference | Verdict::NoMoreThanBaseline { .. }));
        assert!(!sentence(observer).contains("beyond every baseline"), "{}", sentence(observer));
    }
    assert!(findings.instrument_checks.iter().all(|check| check.held), "{:?}", findings.instrument_checks);

    // Negative control: a harness without the misaligned control would call the bad aligner completion.
    let mut blind = evidence(&results, group(&results, "bad_aligner"));
    blind.relatability = blind.illusory.clone();
    let bounds = Bounds { d_prime: experiment.analysis.margin_d_prime, reliance: RELIANCE_BOUND, gate_share: 0.8 };
    assert_eq!(judge(&blind, bounds), Verdict::CompletionPattern);
}

#[test]
fn planted_observers_of_kanizsa_figures_get_the_verdicts_they_were_built_for() {
    let experiment = kanizsa();
    let tables = tables(&experiment);
    let results = results(&experiment, &tables);
    let verdicts = verdicts(&results);
    let words = crate::battery::kind(&experiment.battery).words;
    for (group, (verdict, illusory)) in &verdicts {
        let shown = evidence(&results, group);
        let of =
            |estimate: &Option<super::Estimate>| estimate.as_ref().map_or_else(String::new, super::Estimate::words);
        println!(
            "{}: {}\n  d\u{2032} {}, closed {}, misaligned {}, gap {}",
            group.observer,
            verdict.words(&words),
            of(illusory),
            of(&shown.over_control),
            of(&shown.relatability),
            of(&shown.reliance)
        );
    }
    let is = |observer: &str, expected: &Verdict| assert_eq!(verdict(&verdicts, observer), expected, "{observer}");

    // Detectors that see no gap are never called completion, whether they see alignment or not. (Closed mouths do not
    // silence them: at 32 pixels the closing arc blurs into the places that they look at.)
    is("collinear_edge", &Verdict::CueMatching { relatable: true, gap: false });
    is("inward_corners", &Verdict::CueMatching { relatable: false, gap: false });
    assert!(is_null(&results, "inward_corners", "in_over_misaligned_d_prime", experiment.analysis.margin_d_prime));
    assert!(is_null(&results, "inward_corners", "gap_reliance", RELIANCE_BOUND));
    assert!(is_null(&results, "collinear_edge", "gap_reliance", RELIANCE_BOUND));
    let aligned = results.get(group(&results, "collinear_edge"), Estimand::EqualSteps, "in_over_misaligned_d_prime");
    assert!(aligned.and_then(|cell| cell.estimate.low()).is_some_and(|low| low > 1.0), "it detects alignment");

    is("completing", &Verdict::CompletionPattern);
    is("completing_surely", &Verdict::CompletionPattern);
    let contrast = results.get(group(&results, "completing"), Estimand::EqualSteps, "contour_equivalent_contrast");
    let contrast = &contrast.expect("a contrast").estimate;
    println!("completing, contrast: {}", contrast.words());
    let (low, high) = contrast.interval.expect("an interval");
    assert!(low <= PLANTED_CONTRAST && PLANTED_CONTRAST <= high, "{low} to {high}");
    is("bad_aligner", &Verdict::CueMatching { relatable: false, gap: true });

    for observer in ["blur", "identity", "random"] {
        assert!(
            is_null(&results, observer, "in_over_rotated_d_prime", experiment.analysis.margin_d_prime),
            "{observer}"
        );
    }
    let findings = findings(&results);
    assert!(findings.instrument_checks.iter().all(|check| check.held), "{:?}", findings.instrument_checks);
}
