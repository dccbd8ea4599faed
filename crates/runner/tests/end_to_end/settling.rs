//! The course of settling: the same bytes however it was computed, of rules that settle only, as the documentation has it.

use super::lab::{Lab, text, with};
use super::tables::documented;
use std::collections::BTreeSet;

fn slow() -> String {
    let changes = [
        ("\"quads\"", "\"polygons\""),
        ("\"fat_thin\" # 25", "\"kanizsa\""),
        ("seeds = 2", "seeds = 1"),
        ("size_px = 16", "size_px = 32"),
        ("noise_fields = 4", "noise_fields = 0"),
        ("rule = \"feedback_alignment\"", "rule = \"predictive_coding\""),
        ("contrasts = [\"feedback_alignment\"]", "contrasts = []"),
    ];
    with(&changes) + "[settling]\nsteps = [0, 3]\n"
}

#[test]
fn courses_are_read_of_rules_that_settle_and_the_same_however_they_are_computed() {
    let lab = Lab::with_file(&slow());
    lab.trompe("run x.toml --quiet --jobs 2").ended(0);
    let whole = text(&lab.run_folder("results").join("course.csv"));
    lab.trompe("run x.toml --quiet --results parts --shard 1/2").ended(0);
    lab.trompe("run x.toml --quiet --results parts --shard 2/2").ended(0);
    assert_eq!(text(&lab.run_folder("parts").join("course.csv")), whole);

    let lines: Vec<Vec<&str>> = whole.lines().map(|line| line.split(',').collect()).collect();
    let readme = include_str!("../../../../results/README.md");
    assert_eq!(lines[0], documented(readme, "course.csv"));
    // Real things and three comparisons of five classes, by the forward pass, after 0 and 3 of 8 steps, and settled.
    assert_eq!(lines.len() - 1, 4 * (1 + 3 * 5));
    let column = |name: &str| lines[0].iter().position(|head| *head == name).expect("a column");
    let observers: BTreeSet<&str> = lines[1..].iter().map(|line| line[column("observer")]).collect();
    assert_eq!(observers.into_iter().collect::<Vec<_>>(), ["predictive_coding"], "backpropagation settles nothing");
    // A file without the section has no such table, and other cells.
    let without = Lab::with_file(slow().split("[settling]").next().expect("the rest of the file"));
    without.trompe("run x.toml --quiet").ended(0);
    assert!(!without.run_folder("results").join("course.csv").exists());
    assert_ne!(without.run_folder("results").file_name(), lab.run_folder("results").file_name());
}
