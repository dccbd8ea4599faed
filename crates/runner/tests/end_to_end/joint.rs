//! Joint experiments, as a user gets them: parts are run as ever and set side by side; what one lacks is said, mistakes are named.

use super::lab::{Lab, TINY, text};
use super::tables::rows;

const JOINT: &str = "schema = 1\nid = \"both\"\ntitle = \"Both\"\nquestion = \"Side by side?\"\n\
    [[part]]\nname = \"figures\"\nfile = \"parts/figures.toml\"\npeople = \"above 0\"\n\
    [[part]]\nname = \"edges\"\nfile = \"parts/edges.toml\"\n";

fn lab() -> Lab {
    let lab = Lab::with_file(JOINT);
    std::fs::create_dir(lab.path("parts")).expect("a folder");
    let other = TINY
        .replace("rule = \"feedback_alignment\"", "rule = \"kolen_pollack\"")
        .replace("contrasts = [\"feedback_alignment\"]", "contrasts = []");
    lab.write("parts/figures.toml", TINY.replace("id = \"tiny\"", "id = \"figures\""));
    lab.write("parts/edges.toml", other.replace("id = \"tiny\"", "id = \"edges\""));
    lab
}

#[test]
fn parts_are_run_and_set_side_by_side() {
    let lab = lab();
    lab.trompe("check x.toml").ended(0);
    let plan = lab.trompe("plan x.toml").ended(0).out;
    assert_eq!(plan.matches("minutes on 2 cores").count(), 2, "{plan}");
    let said = lab.trompe("run x.toml --quiet").ended(0);
    assert!(said.out.contains("figures: illusory d′") && said.out.contains("edges: illusory d′"), "{}", said.out);

    let csv = text(&lab.path("results/both/side-by-side.csv"));
    let table = rows(&csv);
    // Three rules, two parts, two outcomes; who is in one part only has an empty cell in the other.
    assert_eq!(table.len(), 3 * 2 * 2);
    for row in &table {
        let present = match (row["observer"].as_str(), row["part"].as_str()) {
            ("backprop", _) | ("feedback_alignment", "figures") | ("kolen_pollack", "edges") => true,
            ("feedback_alignment", "edges") | ("kolen_pollack", "figures") => false,
            other => panic!("{other:?}"),
        };
        assert_eq!(row["gate"].is_empty(), !present, "{row:?}");
        assert_eq!(row["n"], if present { "2" } else { "0" }, "{row:?}");
    }
    // The numbers are those of the parts' own tables.
    let folder = std::fs::read_dir(lab.path("results/edges")).expect("a run").next().expect("one").expect("one").path();
    let own = rows(&text(&folder.join("measures.csv")));
    let beside = table.iter().find(|row| {
        (row["observer"].as_str(), row["part"].as_str(), row["measure"].as_str())
            == ("backprop", "edges", "illusory_auc")
    });
    let beside = beside.expect("a cell");
    let value = own.iter().find(|row| {
        row["observer"] == "backprop" && row["measure"] == "illusory_auc" && row["estimand"] == beside["estimand"]
    });
    assert_eq!(value.expect("a measure")["value"], beside["value"]);

    let page = text(&lab.path("results/both/report.html"));
    assert!(page.contains("not in this experiment") && page.contains("People: above 0."), "what is missing is said");
    assert_eq!(page.matches("<iframe").count(), 2, "both reports are in it");
    let plain = page.replace("&quot;", "\"").replace("&#x2f;", "/");
    assert!(plain.contains("<iframe") && plain.contains("src=\"data:image/png"), "pictures are in it");
    assert!(!plain.contains("src=\"http") && !plain.contains("href=\"http"), "it needs nothing else");

    // Nothing is computed again, the bytes are the same, and what an earlier report left is gone.
    std::fs::write(folder.join("figures/99-of-another-report.svg"), "old").expect("a file");
    lab.trompe("run x.toml --quiet").ended(0);
    lab.trompe("report x.toml").ended(0);
    assert_eq!(text(&lab.path("results/both/report.html")), page);
    assert_eq!(text(&lab.path("results/both/side-by-side.csv")), csv);
    let left = std::fs::read_dir(folder.join("figures")).expect("figures").count();
    assert!(!folder.join("figures/99-of-another-report.svg").exists() && left > 0);
}

/// Single networks are written, with the means of the table of measures; outcomes are set against the ledger where that is asked for.
#[test]
fn outcomes_are_set_against_the_ledger_where_that_is_asked_for() {
    let lab = lab();
    lab.trompe("run x.toml --quiet").ended(0);
    let folder =
        std::fs::read_dir(lab.path("results/figures")).expect("a run").next().expect("one").expect("one").path();
    let networks = rows(&text(&folder.join("networks.csv")));
    let of = |row: &std::collections::BTreeMap<String, String>| {
        row["observer"] == "backprop" && row["measure"] == "illusory_d_prime" && row["estimand"] == "equal_steps"
    };
    let values: Vec<f64> =
        networks.iter().filter(|row| of(row)).map(|row| row["value"].parse().expect("a number")).collect();
    assert_eq!(values.len(), 2, "one line a seed");
    let measures = rows(&text(&folder.join("measures.csv")));
    let mean: f64 = measures.iter().find(|row| of(row)).expect("a measure")["value"].parse().expect("a number");
    assert!((mean - (values[0] + values[1]) / 2.0).abs() < 1e-9, "{mean} {values:?}");
    assert!(!lab.path("results/both/plausibility.csv").exists(), "it was not asked for");

    lab.write("p.toml", JOINT.replace("id = \"both\"", "id = \"ledger\"\nplausibility = true"));
    let said = lab.trompe("run p.toml --quiet").ended(0).out;
    assert!(said.contains("weights above") && said.contains("[not established]"), "{said}");
    let lines = rows(&text(&lab.path("results/ledger/plausibility.csv")));
    assert_eq!(lines.len(), 2 * 6, "two parts, six lines of the ledger");
    assert!(lines.iter().any(|row| row["line"] == "forward_passes" && row["measure"] == "illusory_d_prime"));
    assert!(text(&lab.path("results/ledger/report.html")).contains("Outcome against ledger"));
}

#[test]
fn shards_report_at_the_end_and_mistakes_are_named() {
    let lab = lab();
    lab.trompe("run x.toml --quiet --shard 1/2").ended(0).says(&["the last shard writes the joint report"]);
    assert!(!lab.path("results/both").exists(), "nothing is reported of half a run");
    lab.trompe("run x.toml --quiet --shard 2/2").ended(0);
    assert!(lab.path("results/both/report.html").is_file());

    lab.write("y.toml", JOINT.replace("parts/edges.toml", "parts/none.toml"));
    lab.trompe("run y.toml").ended(2).says(&["none.toml", "cannot read"]);
    lab.write("z.toml", JOINT.replace("parts/edges.toml", "parts/figures.toml"));
    lab.trompe("check z.toml").ended(2).says(&["two parts", "`figures`"]);
    lab.write("v.toml", JOINT.replace("id = \"both\"", "id = \"edges\""));
    lab.trompe("check v.toml").ended(2).says(&["id `edges` of the joint experiment"]);
    lab.write("w.toml", JOINT.replace("people", "persons"));
    lab.trompe("check w.toml").ended(2).says(&["w.toml", "persons"]);
}
