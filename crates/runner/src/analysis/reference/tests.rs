//! Oracle: planted curves, whose ends are known by hand; the published number as it was published.

use super::PARTS;
use crate::analysis::fixture::{training, trial};
use crate::analysis::{Analysis, analyze};
use crate::bridge;
use crate::experiment::read;
use crate::reference::P_SQUARE;
use crate::report::SentenceKind;
use crate::rows::CourseRow;
use crate::run::Tables;
use crate::store::CellOutput;

/// A network by P(square) at the last step, in the order of [`PARTS`]; everything is 0.5 at the first step and 0.9 between.
fn cell(seed: u64, ends: [f64; 4], accuracy: f64) -> CellOutput {
    let mut output = CellOutput::default();
    let mut shown = trial(("", "pang2021"), seed, (0, 0));
    shown.role = "reference".into();
    shown.block = "square_in".into();
    output.trials.push(shown);
    let mut learned = training(("", "pang2021"), seed, (0, 0), (2.0, accuracy));
    learned.role = "reference".into();
    output.training.push(learned);
    for (part, end) in PARTS.into_iter().zip(ends) {
        let steps = [(0, "feedforward", 0.5), (50, "settling", 0.9), (99, "settled", end + 0.01 * seed as f64)];
        for (step, answer, value) in steps {
            output.course.push(CourseRow {
                cell: String::new(),
                world: "polygons".into(),
                network: String::new(),
                observer: "pang2021".into(),
                role: "reference".into(),
                seed,
                checkpoint: 0,
                step: 0,
                answer: answer.into(),
                settling_step: Some(step),
                what: P_SQUARE.into(),
                part: part.into(),
                unit: "share".into(),
                n: 8,
                value: Some(value),
                auc: None,
            });
        }
    }
    output
}

fn analyzed(ends: [f64; 4], accuracy: f64) -> Analysis {
    let text = include_str!("../../../../../experiments/pang2021.toml");
    let mut experiment = read(text, "pang2021.toml", &bridge::known()).unwrap_or_else(|failure| panic!("{failure}"));
    experiment.worlds[0].name = "polygons".into();
    experiment.analysis.bootstrap = 100;
    let mut tables = Tables::default();
    for seed in 0..3 {
        tables.cells.insert(format!("{seed}"), cell(seed, ends, accuracy));
    }
    analyze(&experiment, &tables)
}

fn sentence(analysis: &Analysis) -> (&str, SentenceKind) {
    let of = |topic: &str| topic.ends_with("beside what was published");
    let one = analysis.findings.sentences.iter().find(|sentence| of(&sentence.topic)).expect("a sentence");
    (&one.text, one.kind)
}

#[test]
fn a_competent_network_stands_beside_the_published_number() {
    let found = analyzed([0.4, 0.2, 0.1, 0.95], 0.99);
    let (text, kind) = sentence(&found);
    assert_eq!(kind, SentenceKind::Supported, "{text}");
    // Seeds add 0, 0.01 and 0.02; the number of the paper is 0.6201.
    for part in
        ["is 0.410 [", "(published for 128 maps and other pictures: 0.62; pang2021)", "0.210 [", "0.110 [", "0.960 ["]
    {
        assert!(text.contains(part), "`{part}` in {text}");
    }
    assert!(text.contains("by the forward pass, 0.500"), "{text}");
    assert!(text.contains("Inward minus random: 0.300"), "{text}");
    let row = |measure: &str| found.measures.iter().find(|row| row.measure == measure).and_then(|row| row.value);
    assert!(row("p_square_all_in").is_some_and(|value| (value - 0.41).abs() < 1e-9));
    assert_eq!(row("p_square_all_in_forward"), Some(0.5));
    // Equal for inward and turned discs: nothing is established.
    let found = analyzed([0.1, 0.2, 0.1, 0.95], 0.99);
    assert_eq!(sentence(&found).1, SentenceKind::NotEstablished, "{}", sentence(&found).0);
}

#[test]
fn a_network_that_did_not_learn_is_not_interpreted() {
    let found = analyzed([0.4, 0.2, 0.1, 0.95], 0.5);
    let (text, kind) = sentence(&found);
    assert_eq!(kind, SentenceKind::NotEstablished, "{text}");
    assert!(text.contains("P(square) is not interpreted") && text.contains("0.500"), "{text}");
    assert!(!text.contains("inward"), "{text}");
}
