//! Networks that give pictures, as a user gets them: the same bytes however they are computed, planted shifts recovered, the picture
//! as it is without an illusion.

use super::lab::{Lab, text};
use super::tables::{documented, not_finite, rows};
use std::collections::BTreeMap;

const FILE: &str = r#"schema = 1
id = "tiny"
title = "A tiny church"
question = "Does the program keep its promises?"
status = "pilot"
seeds = 2
budget_minutes = 2
[training]
steps = 6
batch = 4
checkpoints = 2
first_checkpoint = 3
loss = "squared_error"
optimizer = { id = "adamw", learning_rate = 0.003 }
[[world]]
name = "constancy"
id = "scenes"
settings = { task = "constancy" }
[[network]]
name = "residual"
residual = true
layers = [{ conv = 4, kernel = 3, padding = 1 }, { picture = 3 }]
[[observer]]
rule = "backprop"
[[observer]]
rule = "feedback_alignment"
[battery]
illusion = "church"
size_px = 16
bars = [2, 8]
color_sets = 2
linear_pictures = 16
linear_side = 5
[competence]
images = 16
gate_accuracy = 0.02
[analysis]
reference = "backprop"
contrasts = ["feedback_alignment"]
bootstrap = 100
"#;

#[test]
fn churches_are_given_the_same_however_they_are_computed_and_known_shifts_come_back() {
    let lab = Lab::with_file(FILE);
    lab.trompe("check x.toml").ended(0);
    lab.trompe("run x.toml --quiet --jobs 2").ended(0);
    let folder = lab.run_folder("results");
    let tables = ["colors.csv", "painting.csv", "training.csv", "measures.csv"];
    let whole = tables.map(|name| text(&folder.join(name)));
    lab.trompe("run x.toml --quiet --results parts --shard 1/2").ended(0);
    lab.trompe("run x.toml --quiet --results parts --shard 2/2").ended(0);
    assert_eq!(tables.map(|name| text(&lab.run_folder("parts").join(name))), whole);
    assert!(!folder.join("trials.csv").exists(), "nothing was classified");

    let readme = text(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results/README.md"));
    for (name, table) in tables.iter().zip(&whole) {
        let head: Vec<&str> = table.lines().next().expect("a header").split(',').collect();
        assert_eq!(head, documented(&readme, name), "{name}");
        assert_eq!(not_finite(table), None, "{name}");
    }

    let colors = rows(&whole[0]);
    let number = |row: &BTreeMap<String, String>, column: &str| row[column].parse::<f64>().expect("a number");
    let of = |observer: &'static str| {
        colors.iter().filter(move |row| row["observer"] == observer && row["context"] != "trap")
    };
    assert!(of("identity").count() > 20);
    assert!(of("identity").all(|row| number(row, "assimilation").abs() < 1e-6), "the picture as it is");
    for (observer, known) in [("planted_toward", 0.1), ("planted_away", -0.1)] {
        assert!(of(observer).all(|row| (number(row, "assimilation") - known).abs() < 1e-3), "{observer}");
    }
    // A blur assimilates among bars; a painter that is linear is its own linear equivalent.
    assert!(of("blur").filter(|row| row["context"] == "munker").all(|row| number(row, "assimilation") > 0.0));
    let painting = rows(&whole[1]);
    let linear = painting.iter().find(|row| row["observer"] == "best_linear").expect("the best linear filter");
    assert!((number(linear, "linear_share") - 1.0).abs() < 1e-3, "{linear:?}");
    assert_eq!(linear["error"], linear["error_linear"]);
    assert!(number(linear, "error_linear") < number(linear, "error_identity"));
    // The last of two checkpoints of two rules and two seeds shows more than the first.
    let shown = |checkpoint: &str| of("backprop").filter(|row| row["checkpoint"] == checkpoint).count();
    assert!(shown("2") > shown("1") && shown("1") > 0);
    let page = text(&folder.join("report.html"));
    assert!(page.contains("church-section") && page.contains("as backprop gives it"));
    assert!(folder.join("sheets").read_dir().expect("sheets").count() >= 3);
}

#[test]
fn what_does_not_fit_pictures_is_refused_with_its_place() {
    for (change, parts) in [
        (("{ picture = 3 }", "{ readout = true }"), ["must be the picture", "{ picture = 5 }"]),
        (("{ picture = 3 }", "{ picture = 4 }"), ["must be odd, found 4", "write 5"]),
        (("kernel = 3, padding = 1", "kernel = 3"), ["gives pictures of 14 px", "must be 16 px"]),
        (("id = \"scenes\"", "id = \"quads\""), ["teaches classes", "worlds that fit: `scenes`"]),
        (("linear_side = 5", "linear_side = 4"), ["must be odd, found 4", "write 5"]),
        (("bars = [2, 8]", "bars = [2, 4]"), ["a bar of 8 is not one of `bars`", "[2, 4]"]),
        (("bars = [2, 8]", "canvas_px = 100"), ["multiple of 128", "canvas_px = 128"]),
        (("task = \"constancy\"", "task = \"constant\""), ["constant", "constancy"]),
    ] {
        assert!(FILE.contains(change.0), "the file has no `{}`", change.0);
        let other = Lab::with_file(&FILE.replace(change.0, change.1));
        other.trompe("check x.toml").ended(2).says(&parts);
    }
}
