//! The tables: headers as documented, every number finite, rows that belong together.

use super::lab::{Lab, entries, text, tiny, with};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const TABLES: [&str; 4] = ["trials.csv", "training.csv", "alignment.csv", "measures.csv"];

/// Columns that hold words; all others hold numbers.
const WORDS: [&str; 27] = [
    "against",
    "attack",
    "check",
    "held",
    "reason",
    "source",
    "tested",
    "target",
    "cell",
    "world",
    "network",
    "observer",
    "role",
    "inference",
    "block",
    "condition",
    "part",
    "polarity",
    "measure",
    "estimand",
    "unit",
    // Of displays of the church.
    "display",
    "context",
    "colors",
    "silhouette",
    "swapped",
    // Of displays that move.
    "protocol",
];

/// The first field of a table that should be a finite number and is not.
pub fn not_finite(csv: &str) -> Option<String> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let head = reader.headers().expect("a header").clone();
    for record in reader.records() {
        let record = record.expect("every line has as many fields as the header");
        for (name, field) in head.iter().zip(&record) {
            let number = name != "note" && !WORDS.contains(&name);
            if number && !field.is_empty() && !field.parse::<f64>().is_ok_and(f64::is_finite) {
                return Some(format!("{name} = {field}"));
            }
        }
    }
    None
}

/// Asserts that every table of a run can be read and has finite numbers only.
#[track_caller]
pub fn assert_finite(run: &Path) {
    for name in TABLES {
        assert_eq!(not_finite(&text(&run.join(name))), None, "{name}");
    }
    // Cells have no header: a number that is not finite would stand between commas.
    for cell in entries(&run.join("cells")) {
        let fields = text(&cell).to_lowercase();
        let found = fields.split([',', '\n']).find(|field| ["nan", "inf", "-inf", "infinity", "-nan"].contains(field));
        assert_eq!(found, None, "{}", cell.display());
    }
}

#[test]
fn every_number_of_a_run_is_finite() {
    assert_finite(&tiny().run_folder("results"));
    for broken in ["value\nNaN\n", "value\ninf\n", "value\n-Infinity\n", "value,note\n1e999,\n", "n\none\n"] {
        assert!(not_finite(broken).is_some(), "{broken}");
    }
    assert_eq!(not_finite("value,note\n,nan\n-1e-300,\n"), None);
}

/// Names in backquotes, what stands in parentheses left out.
fn names(text: &str) -> Vec<String> {
    let mut depth = 0;
    let mut plain = String::new();
    for letter in text.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 => plain.push(letter),
            _ => {}
        }
    }
    plain.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Lines of a table, by the names of its columns.
pub fn rows(table: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let head = reader.headers().expect("a header").clone();
    let row = |record: csv::StringRecord| {
        head.iter().zip(&record).map(|(name, field)| (name.to_owned(), field.to_owned())).collect()
    };
    reader.records().map(|record| row(record.expect("a line"))).collect()
}

/// The columns that `results/README.md` documents for a table.
pub fn documented(readme: &str, table: &str) -> Vec<String> {
    let paragraph = |start: &str| {
        let found = readme.split("\n\n").find(|paragraph| paragraph.starts_with(start));
        names(found.unwrap_or_else(|| panic!("results/README.md has no paragraph `{start}`")).trim_start_matches(start))
    };
    let shared = paragraph("Shared columns");
    let own = paragraph(&format!("**{table}**"));
    // Measures are taken over seeds and cells; alignment, transfer and tuning name all their columns themselves.
    let shared = match table {
        "alignment.csv" | "transfer.csv" | "tuning.csv" => Vec::new(),
        "measures.csv" => shared.into_iter().filter(|name| name != "cell" && name != "seed").collect(),
        _ => shared,
    };
    [shared, own].concat()
}

#[test]
fn headers_are_those_that_are_documented() {
    let readme = text(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results/README.md"));
    for table in TABLES {
        let csv = text(&tiny().run_folder("results").join(table));
        let head: Vec<&str> = csv.lines().next().expect("a header").split(',').collect();
        assert_eq!(head, documented(&readme, table), "{table}");
    }
    // Negative control: a column that is not documented, or documented and not there, is noticed.
    let other = readme.replace("`auc`, ", "");
    assert!(
        other.len() < readme.len()
            && documented(&other, "trials.csv").len() + 1 == documented(&readme, "trials.csv").len()
    );
    assert_eq!(names("`a` (`x`, (`y`) `z`), `b`: c"), ["a", "b"]);
}

#[test]
fn the_rows_of_a_run_read_back_as_what_they_are() {
    let run = tiny().run_folder("results");
    let mut reader = csv::Reader::from_path(run.join("trials.csv")).expect("a table");
    let trials: Vec<super::rows::TrialRow> = reader.deserialize().map(|row| row.expect("a trial")).collect();
    let cells: BTreeSet<String> = trials.iter().map(|row| row.cell.clone()).collect();
    let files: BTreeSet<String> = entries(&run.join("cells"))
        .iter()
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    assert_eq!(cells, files, "every cell has trials, and every trial its cell");
    // A block is shown to an observer once at a checkpoint, in each polarity.
    let keys: BTreeSet<_> = trials.iter().map(|row| (&row.cell, row.checkpoint, &row.block, &row.polarity)).collect();
    assert_eq!(keys.len(), trials.len());
    for row in &trials {
        let shares = [row.auc, row.two_afc, row.correct];
        assert!(shares.iter().flatten().all(|share| (0.0..=1.0).contains(share)), "{row:?}");
        // 8 twins: the AUC is clipped to 1/16, and √2·Φ⁻¹(15/16) is 2.1696.
        assert!(row.d_prime.is_none_or(|d_prime| d_prime.abs() < 2.17), "{row:?}");
    }
    let steps: BTreeSet<(usize, usize)> = trials.iter().map(|row| (row.checkpoint, row.step)).collect();
    assert_eq!(steps, BTreeSet::from([(0, 0), (1, 3), (2, 6)]));
}

#[test]
fn the_manifest_has_what_a_run_came_from() {
    let lab = tiny();
    let run = lab.run_folder("results");
    let manifest: toml::Table = text(&run.join("manifest.toml")).parse().expect("TOML");
    assert_eq!(manifest["source"].as_str(), Some(super::lab::TINY));
    assert_eq!(manifest["hash"].as_str(), run.file_name().and_then(|name| name.to_str()));
    assert_eq!(manifest["cells"].as_integer(), i64::try_from(entries(&run.join("cells")).len()).ok());
    let resolved: toml::Table = manifest["resolved"].as_str().expect("a text").parse().expect("TOML");
    assert_eq!(resolved["training"]["steps"].as_integer(), Some(6));
    let number = |key: &str| manifest[key].as_integer();
    assert_eq!(number("schema"), Some(i64::from(super::rows::SCHEMA)));
    assert!(number("results_version").is_some_and(|version| version > 0));
}

#[test]
fn the_kanizsa_battery_runs_to_its_report() {
    let lab = Lab::with_file(&with(&[
        ("illusion = \"fat_thin\"", "illusion = \"kanizsa\""),
        ("id = \"quads\"", "id = \"polygons\""),
        ("size_px = 16", "size_px = 32"),
        ("seeds = 2", "seeds = 1"),
    ]));
    let said = lab.trompe("run x.toml --quiet").ended(0);
    let run = lab.run_folder("results");
    assert_finite(&run);
    super::wording::assert_measured(&said.out);
    super::wording::assert_measured(&text(&run.join("report.html")));
    let conditions: BTreeSet<String> = text(&run.join("trials.csv"))
        .lines()
        .skip(1)
        .filter_map(|row| row.split(',').nth(10).map(str::to_owned))
        .collect();
    // As the reference on illusions lists them, beside their sweeps.
    let shown = [
        "in_rotated",
        "in_closed",
        "in_misaligned",
        "real_rotated",
        "in_discs",
        "in_out",
        "in_scrambled",
        "mixed",
        "fragments",
        "occluded",
        "real",
        "small",
        "radius",
        "support",
        "turned",
        "shifted",
        "contour",
        "count",
        "count_over_hexagon",
        "reliance_illusory",
        "reliance_real",
    ];
    assert_eq!(conditions, shown.map(str::to_owned).into());
}
