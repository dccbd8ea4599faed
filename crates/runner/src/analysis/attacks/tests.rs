//! Oracle: planted ε50, whose differences are known by hand.

use super::{EPSILON50, uncensored};
use crate::adversarial::{CHECKS, Kind};
use crate::analysis::fixture::{training, trial};
use crate::analysis::{Analysis, analyze};
use crate::bridge;
use crate::experiment::{Experiment, read};
use crate::report::SentenceKind;
use crate::rows::{AdversarialRow, AttackCheckRow, TrainingRow};
use crate::run::Tables;
use crate::store::CellOutput;
use trompe_psychophysics::{NotMeasurable, Side};

const SEEDS: u64 = 10;

fn experiment(at: &str) -> Experiment {
    let text =
        include_str!("../../../../../experiments/article.toml").to_owned() + &format!("[adversarial]\nat = \"{at}\"\n");
    let mut experiment = read(&text, "article.toml", &bridge::known()).unwrap_or_else(|failure| panic!("{failure}"));
    experiment.seeds = (0..SEEDS).collect();
    experiment.analysis.bootstrap = 100;
    experiment
}

/// What a rule's networks are made to show.
#[derive(Clone, Copy)]
struct Planted {
    /// ε50 at the second checkpoint; at the first it is half of it.
    least: Option<f64>,
    /// Whether every check holds.
    holds: bool,
    /// Accuracy at the second checkpoint.
    accuracy: f64,
}

const BACKPROP: Planted = Planted { least: Some(0.04), holds: true, accuracy: 0.97 };
const APART: Planted = Planted { least: Some(0.1), ..BACKPROP };

/// What a network has of its own: differences that do not vary cannot be held against a margin.
fn own(observer: &str, seed: u64) -> f64 {
    0.001 * ((seed + u64::from(observer != "backprop")) % 3) as f64
}

fn cell(observer: &str, seed: u64, planted: Planted, every: bool) -> CellOutput {
    let mut output = CellOutput::default();
    for (checkpoint, step, hard, accuracy) in [(1, 100, 0.5, 0.5), (2, 1000, 2.0, planted.accuracy)] {
        output.trials.push(trial(("cnn", observer), seed, (checkpoint, step)));
        let varied = (hard + 10.0 * own(observer, seed), accuracy + own(observer, seed));
        let row = training(("cnn", observer), seed, (checkpoint, step), varied);
        output.training.push(TrainingRow { hard_d_prime_a: Some(hard), accuracy_a: Some(accuracy), ..row });
        if checkpoint == 2 || every {
            let least = planted.least.map(|least| least * checkpoint as f64 / 2.0 + own(observer, seed));
            output.adversarial.push(minimal(observer, seed, (checkpoint, step), least));
        }
    }
    let check = |check: crate::adversarial::Check| AttackCheckRow {
        cell: String::new(),
        world: "polygons".into(),
        network: "cnn".into(),
        observer: observer.into(),
        role: "rule".into(),
        seed,
        checkpoint: 2,
        check: check.id().into(),
        // One that fails is enough.
        held: Some(planted.holds || check != crate::adversarial::Check::Gradient),
        value: None,
        bound: None,
        reason: String::new(),
    };
    output.attack_checks.extend(CHECKS.map(check));
    output
}

fn minimal(observer: &str, seed: u64, (checkpoint, step): (usize, usize), epsilon50: Option<f64>) -> AdversarialRow {
    AdversarialRow {
        cell: String::new(),
        world: "polygons".into(),
        network: "cnn".into(),
        observer: observer.into(),
        role: "rule".into(),
        seed,
        checkpoint,
        step,
        inference: "feedforward".into(),
        attack: Kind::Minimal.id().into(),
        target: String::new(),
        epsilon: Some(0.16),
        n: 20,
        correct: 18,
        clean_accuracy: Some(0.9),
        accuracy: None,
        success: None,
        confidence_before: None,
        confidence_after: None,
        epsilon50,
        beyond: Some(0),
        low_frequency: None,
        gradient_norm: None,
    }
}

fn analyzed(at: &str, other: Planted) -> Analysis {
    let mut tables = Tables::default();
    for seed in 0..SEEDS {
        for (observer, planted) in [("backprop", BACKPROP), ("feedback_alignment", other)] {
            tables.cells.insert(format!("{observer} {seed}"), cell(observer, seed, planted, at == "every"));
        }
    }
    analyze(&experiment(at), &tables)
}

fn value(analysis: &Analysis, measure: &str, estimand: &str) -> Option<f64> {
    let of = |row: &&crate::rows::MeasureRow| {
        (row.measure.as_str(), row.observer.as_str(), row.estimand.as_str())
            == (measure, "feedback_alignment", estimand)
    };
    analysis.measures.iter().find(of).and_then(|row| row.value)
}

fn sentence(analysis: &Analysis) -> (String, SentenceKind) {
    let mut found = analysis.findings.sentences.iter().filter(|sentence| sentence.topic.ends_with("· attacks"));
    let one = found.next().expect("a sentence");
    assert!(found.next().is_none(), "one sentence a world and architecture");
    (one.text.clone(), one.kind)
}

#[track_caller]
fn assert_near(value: Option<f64>, expected: f64) {
    assert!(value.is_some_and(|value| (value - expected).abs() < 1e-9), "{value:?}, expected {expected}");
}

#[test]
fn a_planted_difference_is_found_at_matched_competence() {
    let found = analyzed("every", APART);
    // Seeds 0 to 9 add 0, 0.001 and 0.002 in turn: 0.0009 on average, and 0.001 where they begin one later.
    assert_near(value(&found, EPSILON50, "equal_steps"), 0.101);
    assert_near(value(&found, "contrast_epsilon50", "equal_steps"), 0.0601);
    // Where hard d′ crosses its criterion c, (c − 0.5) / 1.5 of the way from half of ε50 to the whole.
    let criterion = experiment("every").competence.match_grid.into_iter().rfind(|c| *c <= 2.0).expect("one is reached");
    let way = (criterion - 0.5) / 1.5;
    assert_near(value(&found, "contrast_epsilon50", "matched"), 0.06 * (0.5 + 0.5 * way) + 0.0001);
    let (text, kind) = sentence(&found);
    assert_eq!(kind, SentenceKind::Supported, "{text}");
    assert!(text.contains("at matched competence") && text.contains("feedback_alignment minus backprop"), "{text}");
}

#[test]
fn at_equal_steps_no_rule_is_called_harder_to_attack() {
    let found = analyzed("last", APART);
    assert_near(value(&found, "contrast_epsilon50", "equal_steps"), 0.0601);
    assert_eq!(value(&found, "contrast_epsilon50", "matched"), None);
    let (text, kind) = sentence(&found);
    assert_eq!(kind, SentenceKind::NotEstablished, "{text}");
    assert!(text.contains("competence was not matched"), "{text}");
}

#[test]
fn a_rule_is_not_interpreted_where_a_check_fails_or_below_the_gate() {
    for (planted, why) in [
        (Planted { holds: false, ..APART }, "a check of the attacks fails"),
        (Planted { accuracy: 0.6, ..APART }, "too few of its networks pass the gate"),
    ] {
        let found = analyzed("every", planted);
        let (text, kind) = sentence(&found);
        assert_eq!(kind, SentenceKind::NotEstablished, "{text}");
        assert!(text.contains("not interpreted: of feedback_alignment") && text.contains(why), "{text}");
        let joined =
            found.findings.sentences.iter().filter(|sentence| sentence.topic.ends_with("illusion and attacks"));
        for sentence in joined {
            assert!(sentence.text.contains("10 networks are left out"), "{}", sentence.text);
        }
    }
}

#[test]
fn an_epsilon_beyond_what_was_tried_has_no_difference() {
    let found = analyzed("every", Planted { least: None, ..APART });
    assert_eq!(value(&found, EPSILON50, "equal_steps"), None);
    assert_eq!(value(&found, "contrast_epsilon50", "equal_steps"), None);
    let note = found.measures.iter().find(|row| row.measure == EPSILON50 && row.value.is_none()).expect("a line");
    assert!(note.note.contains("10 above the tested range"), "{}", note.note);
    let beyond = NotMeasurable::Censored { side: Side::Above, bound: 0.16 };
    let told = uncensored(vec![(1, Err(beyond)), (2, Ok(0.5))]);
    assert!(matches!(told[0].1, Err(NotMeasurable::Absent { .. })) && told[1].1 == Ok(0.5));
}
