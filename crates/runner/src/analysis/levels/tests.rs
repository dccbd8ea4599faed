//! Oracle: planted values of layers, whose differences are known by hand.

use super::INTERACTION;
use crate::analysis::fixture::{training, trial};
use crate::analysis::{Analysis, analyze};
use crate::bridge;
use crate::experiment::{Experiment, read};
use crate::layers::{ALL, What};
use crate::report::SentenceKind;
use crate::rows::{LayerRow, TrainingRow};
use crate::run::Tables;
use crate::store::CellOutput;

const SEEDS: u64 = 10;
/// Hidden layers and the output.
const LAYERS: usize = 4;

fn experiment(layers: &str) -> Experiment {
    let text = include_str!("../../../../../experiments/article.toml").to_owned()
        + &format!("[layers]\nlayers = \"{layers}\"\n");
    let mut experiment = read(&text, "article.toml", &bridge::known()).unwrap_or_else(|failure| panic!("{failure}"));
    experiment.seeds = (0..SEEDS).collect();
    experiment.analysis.bootstrap = 100;
    experiment
}

/// Values of the last hidden layer; every other layer has 9, which nothing may read.
struct Planted {
    inward: f64,
    contrast: f64,
    white: f64,
    real: f64,
}

impl Planted {
    fn value(&self, layer: usize, what: What, own: f64) -> f64 {
        match what {
            _ if layer != LAYERS - 1 => 9.0,
            What::InRotated => self.inward + own,
            What::Contrast => self.contrast,
            What::White => self.white,
            What::Real => self.real + own,
            What::ContrastReal | What::WhiteReal => 1.0 + own,
            What::InClosed | What::InMisaligned | What::Closure | What::SimilarityIn | What::SimilarityRotated => 0.5,
        }
    }
}

/// What a network has of its own: differences that do not vary cannot be held against a margin.
fn own(observer: &str, seed: u64) -> f64 {
    0.01 * ((seed + u64::from(observer != "backprop")) % 3) as f64
}

/// A network of equal competence, whatever its rule, at two checkpoints.
fn cell(observer: &str, seed: u64, planted: &Planted, every: bool) -> CellOutput {
    let mut output = CellOutput::default();
    for (checkpoint, step, hard, accuracy) in [(1, 100, 0.5, 0.5), (2, 1000, 2.0, 0.97)] {
        output.trials.push(trial(("cnn", observer), seed, (checkpoint, step)));
        let varied = (hard + own(observer, seed), accuracy + 0.1 * own(observer, seed));
        let row = training(("cnn", observer), seed, (checkpoint, step), varied);
        output.training.push(TrainingRow { hard_d_prime_a: Some(hard), accuracy_a: Some(accuracy), ..row });
        if checkpoint == 2 || every {
            for layer in 0..=LAYERS {
                let row = |what: What| LayerRow {
                    cell: String::new(),
                    world: "polygons".into(),
                    network: "cnn".into(),
                    observer: observer.into(),
                    role: "rule".into(),
                    seed,
                    checkpoint,
                    step,
                    layer,
                    layers: LAYERS,
                    what: what.id().into(),
                    unit: what.unit().into(),
                    n: 10,
                    value: Some(planted.value(layer, what, own(observer, seed))),
                    share: None,
                    ridge: None,
                };
                output.layers.extend(ALL.map(row));
            }
        }
    }
    output
}

/// Backpropagation at 2 − (0.5 + 1.5)/2 = 1 beside another rule.
fn analyzed(layers: &str, other: &Planted) -> Analysis {
    let backprop = Planted { inward: 2.0, contrast: 0.5, white: 1.5, real: 1.0 };
    let mut tables = Tables::default();
    for seed in 0..SEEDS {
        for (observer, planted) in [("backprop", &backprop), ("feedback_alignment", other)] {
            tables.cells.insert(format!("{observer} {seed}"), cell(observer, seed, planted, layers == "every"));
        }
    }
    analyze(&experiment(layers), &tables)
}

fn value(analysis: &Analysis, measure: &str, observer: &str, estimand: &str) -> Option<f64> {
    let of = |row: &&crate::rows::MeasureRow| {
        (row.measure.as_str(), row.observer.as_str(), row.estimand.as_str()) == (measure, observer, estimand)
    };
    analysis.measures.iter().find(of).and_then(|row| row.value)
}

fn sentence(analysis: &Analysis) -> (&str, SentenceKind) {
    let mut found = analysis.findings.sentences.iter().filter(|sentence| sentence.topic.ends_with("rule × level"));
    let one = found.next().expect("a sentence");
    assert!(found.next().is_none(), "one sentence a world and architecture");
    (&one.text, one.kind)
}

#[track_caller]
fn assert_near(value: Option<f64>, expected: f64) {
    assert!(value.is_some_and(|value| (value - expected).abs() < 1e-9), "{value:?}, expected {expected}");
}

/// 3 − (0.5 + 0.5)/2 = 2.5, which is 1.5 above backpropagation.
const APART: Planted = Planted { inward: 3.0, contrast: 0.5, white: 0.5, real: 1.0 };

#[test]
fn a_planted_interaction_is_found_at_matched_competence() {
    let found = analyzed("every", &APART);
    for estimand in ["equal_steps", "matched", "matched_accuracy"] {
        // Seeds 0 to 9 add 0, 0.01 and 0.02 in turn: 0.009 on average, and 0.01 where they begin one later.
        assert_near(value(&found, INTERACTION, "backprop", estimand), 1.009);
        assert_near(value(&found, INTERACTION, "feedback_alignment", estimand), 2.51);
        assert_near(value(&found, "contrast_level_difference", "feedback_alignment", estimand), 1.501);
    }
    assert_near(value(&found, "layer_3_in_rotated", "backprop", "equal_steps"), 2.009);
    assert_near(value(&found, "layer_0_in_rotated", "backprop", "equal_steps"), 9.0);
    let (text, kind) = sentence(&found);
    assert_eq!(kind, SentenceKind::Supported, "{text}");
    assert!(text.contains("at matched competence") && text.contains("feedback_alignment minus backprop"), "{text}");
    assert!(!text.contains("  "), "{text}");
}

#[test]
fn at_equal_steps_nothing_is_established() {
    let found = analyzed("last", &APART);
    assert_near(value(&found, "contrast_level_difference", "feedback_alignment", "equal_steps"), 1.501);
    assert_eq!(value(&found, "contrast_level_difference", "feedback_alignment", "matched"), None);
    let (text, kind) = sentence(&found);
    assert_eq!(kind, SentenceKind::NotEstablished, "{text}");
    assert!(text.contains("competence was not matched"), "{text}");
}

#[test]
fn equal_levels_are_no_interaction() {
    // High and low both higher by 1: the levels stand to each other as before.
    let (text, kind) = {
        let found = analyzed("every", &Planted { inward: 3.0, contrast: 1.5, white: 2.5, real: 1.0 });
        let (text, kind) = sentence(&found);
        (text.to_owned(), kind)
    };
    assert_eq!(kind, SentenceKind::Null, "{text}");
}

#[test]
fn a_decoder_that_does_not_tell_real_things_is_not_interpreted() {
    let found = analyzed("every", &Planted { real: -0.5, ..APART });
    let (text, kind) = sentence(&found);
    assert_eq!(kind, SentenceKind::NotEstablished, "{text}");
    assert!(text.contains("a decoder does not tell real things at that layer"), "{text}");
}
