//! Attacks: the same bytes however they were computed, and pictures made on a network do to it what was found there.

use super::lab::{Lab, entries, text, with};
use super::tables::{documented, not_finite};
use std::collections::BTreeMap;
use std::fs;

const SECTION: &str = "[adversarial]\npictures = 12\nepsilons = [0.02, 0.1, 0.3]\nsteps = 4\nrestarts = 1\ntransfer = 12\n\
                       transfer_epsilon = 0.02\nat = \"every\"\n";

fn attacked() -> String {
    let changes = [
        ("\"quads\"", "\"polygons\""),
        ("\"fat_thin\" # 25", "\"kanizsa\""),
        ("seeds = 2", "seeds = 1"),
        // Long enough for networks that differ.
        ("steps = 6", "steps = 60"),
        ("{ id = \"sgd\", learning_rate = 0.05 }", "{ id = \"adamw\", learning_rate = 0.01 }"),
        ("size_px = 16", "size_px = 32"),
        ("noise_fields = 4", "noise_fields = 0"),
    ];
    with(&changes) + SECTION
}

/// Rows of a table, field by column.
fn rows(table: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let head = reader.headers().expect("a header").clone();
    let row = |record: csv::StringRecord| {
        head.iter().zip(&record).map(|(name, field)| (name.to_owned(), field.to_owned())).collect()
    };
    reader.records().map(|record| row(record.expect("a line"))).collect()
}

#[test]
fn attacks_are_the_same_however_they_are_computed_and_transfer_to_oneself_is_ones_own_success() {
    let lab = Lab::with_file(&attacked());
    lab.trompe("run x.toml --quiet --jobs 2").ended(0);
    let folder = lab.run_folder("results");
    let tables = ["adversarial.csv", "adversarial_checks.csv", "transfer.csv"];
    let whole = tables.map(|name| text(&folder.join(name)));
    lab.trompe("run x.toml --quiet --results parts --shard 1/2").ended(0);
    lab.trompe("run x.toml --quiet --results parts --shard 2/2").ended(0);
    assert_eq!(tables.map(|name| text(&lab.run_folder("parts").join(name))), whole);
    // A cell that is lost is computed again as it was, and what it kept for others with it.
    let keeps = |path: &std::path::PathBuf| text(path).contains("\nparameters,");
    let cell = entries(&folder.join("cells")).into_iter().find(keeps).expect("a network that learned");
    fs::remove_file(cell).expect("a cell");
    fs::remove_file(folder.join("transfer.csv")).expect("a table");
    lab.trompe("run x.toml --quiet").ended(0);
    assert_eq!(tables.map(|name| text(&folder.join(name))), whole);

    let readme = text(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results/README.md"));
    for (name, table) in tables.iter().zip(&whole) {
        let head: Vec<&str> = table.lines().next().expect("a header").split(',').collect();
        assert_eq!(head, documented(&readme, name), "{name}");
        assert_eq!(not_finite(table), None, "{name}");
    }

    let [attacks, checks, transfer] = whole.each_ref().map(|table| rows(table));
    // ε50 at both checkpoints of each network, everything else at the last.
    let backprop = |row: &&BTreeMap<String, String>| row["observer"] == "backprop" && row["seed"] == "0";
    let kinds = |kind: &str| attacks.iter().filter(backprop).filter(|row| row["attack"] == kind).count();
    let counts = ["fgsm", "pgd_linf", "pgd_l2", "targeted", "random_signs", "minimal"].map(kinds);
    assert_eq!(counts, [3, 3, 3, 3, 3, 2]);
    assert_eq!(checks.iter().filter(backprop).count(), 7);
    // Two rules and random features, one seed: each with each.
    assert_eq!(transfer.len(), 9);
    let mut compared = 0;
    for row in transfer.iter().filter(|row| row["source"] == row["tested"]) {
        let own = |attack: &&BTreeMap<String, String>| {
            attack["observer"] == row["source"]
                && attack["seed"] == row["seed"]
                && attack["attack"] == "pgd_linf"
                && attack["epsilon"] == "0.02"
        };
        let own = attacks.iter().find(own).expect("the attack itself");
        assert_eq!((&row["success"], &row["n"]), (&own["success"], &own["correct"]), "{row:?}");
        compared += 1;
    }
    assert_eq!(compared, 3);
    let others = transfer.iter().filter(|row| row["source"] != row["tested"]);
    let differ = others.filter(|row| {
        let own = transfer.iter().find(|own| {
            (&own["source"], &own["tested"], &own["seed"]) == (&row["tested"], &row["tested"], &row["seed"])
        });
        own.is_some_and(|own| own["success"] != row["success"])
    });
    assert!(differ.count() > 0, "what was made on other networks is not what was made on one's own");

    let page = text(&folder.join("report.html"));
    for part in ["attacks-section", "transfer-section", "accuracy-under-attack", "ε50", "Correlation of the illusion"]
    {
        assert!(page.contains(part), "the page lacks {part}");
    }
    let sheets = entries(&folder.join("sheets"));
    assert!(sheets.iter().any(|path| path.to_string_lossy().contains("attacked")), "{sheets:?}");
}

#[test]
fn a_file_without_the_section_has_no_table_of_attacks() {
    let run = super::lab::tiny().run_folder("results");
    for name in ["adversarial.csv", "adversarial_checks.csv", "transfer.csv"] {
        assert!(!run.join(name).exists(), "{name}");
    }
    assert!(!text(&run.join("report.html")).contains("attacks-section"));
}
