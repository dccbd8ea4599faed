//! Oracle: planted courses, whose differences are known by hand.

use super::MEASURE;
use crate::analysis::fixture::{training, trial};
use crate::analysis::{Analysis, analyze};
use crate::bridge;
use crate::experiment::{Experiment, read};
use crate::report::SentenceKind;
use crate::rows::CourseRow;
use crate::run::Tables;
use crate::settling::{ACCURACY, CONDITIONS};
use crate::store::CellOutput;

/// Observers of the file that settle, with their networks.
const SETTLING: [(&str, &str); 3] =
    [("bounded", "equilibrium_propagation"), ("narrow", "generative_predictive_coding"), ("cnn", "predictive_coding")];

fn experiment() -> Experiment {
    let text = include_str!("../../../../../experiments/kanizsa-slow.toml");
    let mut experiment =
        read(text, "kanizsa-slow.toml", &bridge::known()).unwrap_or_else(|failure| panic!("{failure}"));
    experiment.worlds[0].name = "polygons".into();
    experiment.analysis.bootstrap = 100;
    experiment
}

/// A network by what it reaches: d′ of the forward pass and of the settled answer, and their accuracies.
#[derive(Clone, Copy)]
struct Planted {
    forward: f64,
    settled: f64,
    accuracy: [f64; 2],
}

const FLAT: Planted = Planted { forward: 1.0, settled: 1.0, accuracy: [0.97, 0.97] };

fn cell((network, observer): (&str, &str), seed: u64, planted: Planted) -> CellOutput {
    let mut output = CellOutput::default();
    output.trials.push(trial((network, observer), seed, (3, 800)));
    let mut row = |answer: &str, settling_step: Option<usize>, (what, part): (&str, &str), value: f64| {
        output.course.push(CourseRow {
            cell: String::new(),
            world: "polygons".into(),
            network: network.into(),
            observer: observer.into(),
            role: "rule".into(),
            seed,
            checkpoint: 3,
            step: 800,
            answer: answer.into(),
            settling_step,
            what: what.into(),
            part: part.into(),
            unit: "d_prime".into(),
            n: 8,
            value: Some(value),
            auc: None,
        });
    };
    // The seeds vary by 0.01, 0.02, 0.03; where nothing settles, they do not.
    let apart = (planted.settled - planted.forward).abs() > 0.1;
    let own = if apart { 0.01 * (seed + 1) as f64 } else { 0.0 };
    for what in CONDITIONS {
        for (part, more) in [("square", 0.5), ("circle", -0.5)] {
            row("feedforward", None, (what, part), planted.forward + more);
            // What lies between is no end: nothing may read it.
            row("settling", Some(0), (what, part), 9.0);
            row("settled", Some(20), (what, part), planted.settled + more + own);
        }
    }
    row("feedforward", None, (ACCURACY, ""), planted.accuracy[0]);
    row("settled", Some(20), (ACCURACY, ""), planted.accuracy[1]);
    output.training.push(training((network, observer), seed, (3, 800), (2.0, planted.accuracy[1])));
    output
}

fn analyzed(planted: [Planted; 3]) -> Analysis {
    let mut tables = Tables::default();
    for (who, planted) in SETTLING.into_iter().zip(planted) {
        for seed in 0..3 {
            tables.cells.insert(format!("{} {seed}", who.1), cell(who, seed, planted));
        }
    }
    analyze(&experiment(), &tables)
}

fn sentence(analysis: &Analysis) -> (&str, SentenceKind) {
    let asked = |topic: &str| topic == "Does settling add anything?";
    let mut found = analysis.findings.sentences.iter().filter(|sentence| asked(&sentence.topic));
    let one = found.next().expect("a sentence");
    assert!(found.next().is_none(), "one sentence a run");
    (&one.text, one.kind)
}

fn value(analysis: &Analysis, measure: &str, observer: &str) -> Option<f64> {
    let of = |row: &&crate::rows::MeasureRow| row.measure == measure && row.observer == observer;
    analysis.measures.iter().find(of).and_then(|row| row.value)
}

#[test]
fn what_settling_adds_is_the_end_less_the_forward_pass() {
    let adds = Planted { forward: 1.0, settled: 1.5, ..FLAT };
    let found = analyzed([adds, FLAT, FLAT]);
    // 0.5 and, over seeds, 0.02; the t interval of three values 0.01 apart is 0.02 ± 4.303 · 0.01/√3.
    let over = value(&found, &format!("{MEASURE}_in_rotated"), "equilibrium_propagation").expect("a value");
    assert!((over - 0.52).abs() < 1e-9, "{over}");
    let (text, kind) = sentence(&found);
    assert_eq!(kind, SentenceKind::Supported, "{text}");
    assert!(text.contains("equilibrium_propagation on bounded: yes, 0.52 [0.50, 0.54], n = 3"), "{text}");
    assert!(text.contains("predictive_coding on cnn: no: exactly 0, n = 3"), "{text}");
    assert!(text.contains("minus that of the forward pass") && text.contains("without evidence"), "{text}");
    let less = Planted { forward: 1.5, settled: 1.0, ..FLAT };
    let (text, kind) = (sentence(&analyzed([less, FLAT, FLAT])).0.to_owned(), sentence(&found).1);
    assert!(text.contains("it takes away: −0.48") && kind == SentenceKind::Supported, "{text}");
}

#[test]
fn nothing_is_said_of_answers_that_cannot_do_the_real_task() {
    let adds = Planted { forward: 1.0, settled: 1.5, ..FLAT };
    let none = Planted { accuracy: [0.97, 0.5], ..adds };
    let no_forward = Planted { accuracy: [0.5, 0.97], ..adds };
    let found = analyzed([none, no_forward, FLAT]);
    let (text, kind) = sentence(&found);
    assert_eq!(kind, SentenceKind::NotEstablished, "{text}");
    assert!(text.contains("equilibrium_propagation on bounded: not measurable: 0 % of its networks pass"), "{text}");
    assert!(text.contains("only 0 % of its forward passes do the real task"), "{text}");
    assert!(!text.contains("yes"), "{text}");
}

#[test]
fn a_course_that_is_flat_everywhere_is_no_effect_and_one_bit_is_not_flat() {
    let (text, kind) = (sentence(&analyzed([FLAT; 3])).0.to_owned(), sentence(&analyzed([FLAT; 3])).1);
    assert_eq!(kind, SentenceKind::Null, "{text}");
    // Negative control: by the least that numbers can differ.
    let bit = Planted { settled: 1.0 + f64::EPSILON, ..FLAT };
    let found = analyzed([bit, FLAT, FLAT]);
    let (text, kind) = sentence(&found);
    assert_ne!(kind, SentenceKind::Null, "{text}");
    assert!(!text.contains("equilibrium_propagation on bounded: no: exactly 0"), "{text}");
}

#[test]
fn a_course_that_was_not_read_is_not_measurable() {
    let mut tables = Tables::default();
    let mut lost = cell(SETTLING[0], 0, FLAT);
    lost.course.clear();
    tables.cells.insert("one".into(), lost);
    let found = analyze(&experiment(), &tables);
    let (text, kind) = sentence(&found);
    assert_eq!(kind, SentenceKind::NotEstablished, "{text}");
    assert!(text.contains("equilibrium_propagation on bounded: not measurable: "), "{text}");
    assert_eq!(value(&found, &format!("{MEASURE}_in_rotated"), "equilibrium_propagation"), None);
}
