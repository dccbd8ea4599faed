//! `trompe tune`: the same search for every observer, by half A of the real validation pictures alone.
//!
//! Oracle: an experiment with one of the rates measures the same competence, by the door that runs always took; what must
//! not be there is looked for in every file.

use super::lab::{Lab, TINY, entries, json_defect, text, with};
use super::tables::documented;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Two observers, three rates, the last of which nothing survives, two decays, two seeds.
fn search() -> String {
    let text = with(&[(", learning_rate = 0.05", "")]);
    text + "[tuning]\nrates = [0.01, 0.05, 1e30]\ndecays = [0, 0.1]\n"
}

/// Rows of a table, each as its fields by name.
fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).expect("a table");
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

fn found<'r>(rows: &'r [BTreeMap<String, String>], wanted: &[(&str, &str)]) -> Vec<&'r BTreeMap<String, String>> {
    rows.iter().filter(|row| wanted.iter().all(|(key, value)| row[*key] == *value)).collect()
}

/// Everything in a table but what a clock wrote.
fn timeless(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut rows = rows(path);
    rows.iter_mut().for_each(|row| drop(row.remove("seconds")));
    rows
}

#[test]
fn a_search_tries_every_rate_on_every_seed_and_shows_nothing() {
    let lab = Lab::with_file(&search());
    let said = lab.trompe("tune x.toml --jobs 2").ended(0);
    let run = lab.run_folder("results");
    let table = rows(&run.join("tuning.csv"));
    assert_eq!(table.len(), 2 * 3 * 2 * 2);
    for observer in ["backprop", "feedback_alignment"] {
        for (rate, decay) in [("0.01", "0.0"), ("0.01", "0.1"), ("0.05", "0.0"), ("0.05", "0.1")] {
            let own = found(&table, &[("observer", observer), ("rate", rate), ("decay", decay)]);
            assert_eq!(own.len(), 2, "{observer} {rate} {decay}");
            assert!(own.iter().all(|row| row["ended"].is_empty() && row["accuracy_a"].parse::<f64>().is_ok()));
        }
    }
    // What diverged has its reason and no number.
    let wild = found(&table, &[("rate", "1e30")]);
    assert!(
        wild.len() == 8 && wild.iter().all(|row| row["ended"].contains("diverged") && row["accuracy_a"].is_empty())
    );
    // No table of what was shown, no report, no baseline; in the cells competence alone, of half A alone.
    let names = |folder: &Path| -> Vec<String> {
        entries(folder).iter().map(|path| path.file_name().expect("a name").to_string_lossy().into_owned()).collect()
    };
    assert_eq!(names(&run), ["cells", "manifest.toml", "tuned.toml", "tuning.csv"]);
    let cells = entries(&run.join("cells"));
    assert_eq!(cells.len(), table.len());
    for cell in &cells {
        let body = text(cell);
        let lines: Vec<&str> = body.lines().skip(1).collect();
        let one = |line: &&str| line.starts_with("training,") || line.starts_with("ended,");
        assert!(lines.len() == 1 && lines.iter().all(one), "{body}");
        // accuracy_b, hard d′ b and all after them are empty.
        assert!(lines[0].starts_with("ended,") || lines[0].ends_with(",,,,,,"), "{body}");
    }
    assert!(said.out.contains("3 rates × 2 decays × 2 seeds"), "{}", said.out);
    super::wording::assert_measured(&said.out);
}

#[test]
fn a_search_measures_what_an_experiment_measures() {
    let lab = Lab::with_file(&search());
    lab.trompe("tune x.toml --quiet").ended(0);
    let table = rows(&lab.run_folder("results").join("tuning.csv"));
    let plain = with(&[("learning_rate = 0.05", "learning_rate = 0.05, weight_decay = 0.1")]);
    lab.write("y.toml", plain);
    lab.trompe("run y.toml --quiet --results other").ended(0);
    let trained = rows(&lab.run_folder("other").join("training.csv"));
    let mut compared = 0;
    for observer in ["backprop", "feedback_alignment"] {
        for seed in ["0", "1"] {
            let of_run = found(&trained, &[("observer", observer), ("seed", seed), ("step", "6")]);
            let with_decay = |decay| {
                let wanted = [("observer", observer), ("seed", seed), ("rate", "0.05"), ("decay", decay)];
                found(&table, &wanted)[0].clone()
            };
            let (tuned, other) = (with_decay("0.1"), with_decay("0.0"));
            for key in ["accuracy_a", "hard_d_prime_a"] {
                assert_eq!(tuned[key], of_run[0][key], "{observer} {seed} {key}");
            }
            // Negative control: another decay is told apart.
            compared += usize::from(other["hard_d_prime_a"] != of_run[0]["hard_d_prime_a"]);
        }
    }
    assert!(compared > 0, "the decay changes nothing, so that the comparison shows nothing");
}

#[test]
fn the_best_of_each_observer_is_written_with_its_cost() {
    let lab = Lab::with_file(&search());
    lab.trompe("tune x.toml --quiet").ended(0);
    let run = lab.run_folder("results");
    let table = rows(&run.join("tuning.csv"));
    let tuned: toml::Table = text(&run.join("tuned.toml")).parse().expect("TOML");
    assert_eq!(tuned["seeds"].as_array().map(Vec::len), Some(2));
    assert_eq!(tuned["cost"]["networks"].as_integer(), Some(24));
    let best = tuned["observer"].as_array().expect("observers");
    assert_eq!(best.len(), 2);
    for best in best {
        let name = best["name"].as_str().expect("a name");
        let mean = |rate: &str, decay: &str| -> f64 {
            let own = found(&table, &[("observer", name), ("rate", rate), ("decay", decay)]);
            let value = |row: &&BTreeMap<String, String>| row["accuracy_a"].parse::<f64>().expect("a number");
            own.iter().map(value).sum::<f64>() / own.len() as f64
        };
        // Nothing survives the third rate, so that it is none, although guessing would win over 6 steps of learning.
        let rates = ["0.01", "0.05"];
        let highest = rates.iter().flat_map(|rate| ["0.0", "0.1"].map(|decay| mean(rate, decay))).fold(0.0, f64::max);
        assert_eq!(best["accuracy_a"].as_float(), Some(highest), "{best}");
        let rate = best["learning_rate"].as_float().expect("a rate");
        assert!(rate < 1.0, "what diverged is no rate: {best}");
        let border = best["border"].as_array().expect("a list").iter().any(|key| key.as_str() == Some("learning_rate"));
        assert_eq!(border, rate == 0.01, "{best}");
        assert_eq!(best["cost"]["networks"].as_integer(), Some(12));
        let own = found(&table, &[("observer", name)]);
        let macs: f64 = own.iter().map(|row| row["macs"].parse::<f64>().expect("a number")).sum();
        assert!(macs > 0.0 && best["cost"]["macs"].as_float() == Some(macs));
        assert!(best["cost"]["seconds"].as_float().is_some_and(|seconds| seconds > 0.0));
    }
}

#[test]
fn searches_are_resumed_and_sharded_as_runs_are() {
    let lab = Lab::with_file(&search());
    lab.trompe("tune x.toml --quiet --jobs 2 --results one").ended(0);
    let first = lab.trompe("tune x.toml --quiet --results parts --shard 1/2").ended(0);
    first.says(&["this shard is done"]);
    assert!(!lab.run_folder("parts").join("tuning.csv").exists());
    lab.trompe("tune x.toml --quiet --results parts --shard 2/2").ended(0);
    let table = |results: &str| timeless(&lab.run_folder(results).join("tuning.csv"));
    assert_eq!(table("one"), table("parts"));
    let cells = |results: &str| -> Vec<Vec<u8>> {
        let paths: Vec<PathBuf> = entries(&lab.run_folder(results).join("cells"));
        paths.iter().map(|path| std::fs::read(path).expect("a cell")).collect()
    };
    assert!(cells("one") == cells("parts"));
    // One cell lost: that one is computed, and the table comes out as before.
    let before = table("one");
    std::fs::remove_file(&entries(&lab.run_folder("one").join("cells"))[3]).expect("a cell");
    lab.trompe("tune x.toml --results one").ended(0).says(&["1 cells to compute, 23 found finished"]);
    assert_eq!(table("one"), before);
}

#[test]
fn searches_and_experiments_are_not_mistaken_for_each_other() {
    let lab = Lab::with_file(&search());
    // The table begins in the line after the 40 of the experiment.
    for verb in ["run", "report"] {
        lab.trompe(&format!("{verb} x.toml")).ended(2).says(&[
            "x.toml:41:1",
            "[tuning] makes this file a search for rates and decays",
            "search with `trompe tune x.toml`, or drop [tuning]",
        ]);
    }
    lab.write("y.toml", TINY);
    lab.trompe("tune y.toml").ended(2).says(&["y.toml", "lacks the table [tuning]", "add `[tuning]` with `rates"]);
    assert!(!lab.path("results").exists(), "something was written");
    lab.trompe("check x.toml").ended(0);
    let plan = lab.trompe("plan x.toml").ended(0).out;
    assert!(plan.contains("24 cells (24 networks to train)") && plan.contains("trompe tune"), "{plan}");
    assert!(plan.contains("3 rates × 2 decays × 2 seeds") && !plan.contains("template"), "{plan}");
    assert_eq!(json_defect(&lab.trompe("plan x.toml --json").ended(0).out), None);
}

#[test]
fn the_table_of_a_search_has_the_documented_columns() {
    let lab = Lab::with_file(&search());
    lab.trompe("tune x.toml --quiet").ended(0);
    let readme = text(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results/README.md"));
    let table = text(&lab.run_folder("results").join("tuning.csv"));
    let head: Vec<&str> = table.lines().next().expect("a header").split(',').collect();
    assert_eq!(head, documented(&readme, "tuning.csv"));
}
