//! Networks that give the next frame, as a user gets them: the same bytes however they are computed, a planted turn recovered and told
//! apart from a blur of two channels that turns the disk for nothing.

use super::lab::{Lab, text};
use super::tables::{documented, not_finite, rows};
use std::collections::BTreeMap;

const FILE: &str = r#"schema = 1
id = "tiny"
title = "Tiny snakes"
question = "Does the program keep its promises?"
status = "pilot"
seeds = 1
budget_minutes = 2
[training]
steps = 6
batch = 4
checkpoints = 2
first_checkpoint = 3
loss = "squared_error"
optimizer = { id = "adamw", learning_rate = 0.003 }
[[world]]
name = "movies"
id = "movies"
settings = { given = 2 }
[[network]]
name = "residual"
residual = true
layers = [{ conv = 4, kernel = 3, padding = 1 }, { picture = 3 }]
[[observer]]
rule = "backprop"
[[observer]]
rule = "feedback_alignment"
[battery]
illusion = "snakes"
size_px = 16
canvas_px = 96
gray_levels = 2
scenes = 2
jitters = 2
closed = 6
linear_pictures = 16
linear_side = 3
[competence]
images = 16
gate_accuracy = 0.02
[analysis]
reference = "backprop"
contrasts = ["feedback_alignment"]
bootstrap = 100
"#;

#[test]
fn a_planted_turn_is_recovered_and_a_blur_of_channels_is_not_taken_for_one() {
    let lab = Lab::with_file(FILE);
    lab.trompe("check x.toml").ended(0);
    lab.trompe("run x.toml --quiet --jobs 2").ended(0);
    let folder = lab.run_folder("results");
    let tables = ["motion.csv", "painting.csv", "training.csv", "measures.csv"];
    let whole = tables.map(|name| text(&folder.join(name)));
    lab.trompe("run x.toml --quiet --results parts --shard 1/2").ended(0);
    lab.trompe("run x.toml --quiet --results parts --shard 2/2").ended(0);
    assert_eq!(tables.map(|name| text(&lab.run_folder("parts").join(name))), whole);
    assert!(!folder.join("trials.csv").exists() && !folder.join("colors.csv").exists(), "nothing else was shown");

    let readme = text(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results/README.md"));
    for (name, table) in tables.iter().zip(&whole) {
        let head: Vec<&str> = table.lines().next().expect("a header").split(',').collect();
        assert_eq!(head, documented(&readme, name), "{name}");
        assert_eq!(not_finite(table), None, "{name}");
    }

    let motion = rows(&whole[0]);
    let of = |observer: &str, display: &str, protocol: &str, column: &str| -> f64 {
        let is = |row: &&BTreeMap<String, String>| {
            (row["observer"].as_str(), row["display"].as_str(), row["protocol"].as_str())
                == (observer, display, protocol)
        };
        motion.iter().find(is).expect("a row")[column].parse().expect("a number")
    };
    // Half a degree, truly turned, is read as nearly that (rings near the border blur), in every display, and all edges agree.
    for display in ["color", "gray_20_60", "symmetric"] {
        let turn = of("planted_turn", display, "fixation", "on");
        assert!((turn - 0.5).abs() < 0.07, "{display}: {turn}");
        assert!(of("planted_turn", display, "fixation", "rigidity_on") > 0.5, "{display}");
    }
    assert!((of("planted_turn", "color", "fixation", "growth") - 0.5).abs() < 0.1);
    // A blur of red and green turns the colored disk, neither the gray nor the symmetric one: no motion, and not called so.
    let blurred = of("channel_blur", "color", "fixation", "on");
    assert!(blurred.abs() > 0.05, "{blurred}");
    for display in ["gray_20_60", "symmetric"] {
        assert!(of("channel_blur", display, "fixation", "on").abs() < 0.02, "{display}");
    }
    assert!(of("channel_blur", "color", "fixation", "rigidity_on") < 0.5);
    let explained = of("channel_blur", "color", "fixation", "remapped_on");
    assert!((blurred - explained).abs() < 0.1 * blurred.abs(), "{explained} of {blurred}");
    assert!(of("channel_blur", "color", "fixation", "beyond_on").abs() < 0.02);
    // The last frame again: no turn at all, of nothing.
    let still = motion.iter().filter(|row| row["observer"] == "last_frame");
    assert!(still.clone().count() > 20);
    assert!(
        still.filter(|row| !row["on"].is_empty()).all(|row| row["on"].parse::<f64>().expect("a number").abs() < 1e-9)
    );
    // Going on as each pixel changed follows slow real turns, and shows no illusion.
    let slow = |observer: &str| {
        let is = |row: &&BTreeMap<String, String>| {
            row["observer"] == observer && row["display"] == "propeller" && row["real"] == "0.25"
        };
        motion.iter().find(is).expect("a row")["first"].parse::<f64>().expect("a number")
    };
    assert!((slow("extrapolation") - 0.25).abs() < 0.1, "{}", slow("extrapolation"));
    assert!(of("extrapolation", "color", "fixation", "first").abs() < 1e-6);

    let painting = rows(&whole[1]);
    let linear = painting.iter().find(|row| row["observer"] == "best_linear").expect("the best linear predictor");
    let number = |column: &str| linear[column].parse::<f64>().expect("a number");
    assert!(number("error_linear") < number("error_identity"), "{linear:?}");
    let page = text(&folder.join("report.html"));
    assert!(page.contains("motion-section") && page.contains("trained by backpropagation through time"));
}

#[test]
fn what_does_not_fit_movies_is_refused_with_its_place() {
    for (change, parts) in [
        (("id = \"movies\"", "id = \"scenes\""), ["teaches pictures", "worlds that fit: `movies`"]),
        (("given = 2", "given = 0"), ["given", "1"]),
        (("given = 2", "channels = \"blue\""), ["blue", "matched"]),
        (("linear_side = 3", "linear_side = 4"), ["must be odd, found 4", "write 5"]),
        (("bootstrap = 100", "margin_assimilation = 0.1"), ["margin_assimilation", "leave it out"]),
    ] {
        assert!(FILE.contains(change.0), "the file has no `{}`", change.0);
        let other = Lab::with_file(&FILE.replace(change.0, change.1));
        other.trompe("check x.toml").ended(2).says(&parts);
    }
}
