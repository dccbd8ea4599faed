//! The verbs that read: list, plan, check, compare, completions, on real files and real runs.

use super::lab::{Lab, TINY, entries, json_defect, text, tiny, with};
use std::path::{Path, PathBuf};

#[test]
fn every_list_names_its_entries_in_both_forms() {
    let lab = Lab::new();
    let all = lab.trompe("list").ended(0).out;
    let known = [
        ("rules", "backprop (bp)"),
        ("rules", "feedback_alignment"),
        ("worlds", "quads"),
        ("illusions", "kanizsa"),
        ("observers", "untrained"),
        ("measures", "illusory_d_prime"),
        ("human", "abutting_grating.accuracy"),
    ];
    for (kind, name) in known {
        let listed = lab.trompe(&format!("list {kind}")).ended(0).out;
        assert!(listed.starts_with(&format!("{kind}\n")) && listed.contains(name), "{listed}");
        assert!(all.contains(&listed));
        let json = lab.trompe(&format!("list {kind} --json")).ended(0).out;
        // An entry begins two columns in; what belongs to it stands further in.
        let begins = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
        assert_eq!(json.lines().count(), listed.lines().filter(begins).count(), "one line an entry");
        assert!(listed.lines().all(|line| line.chars().count() <= 100), "{listed}");
        assert!(json.lines().all(|line| json_defect(line).is_none()), "{json}");
    }
}

#[test]
fn every_rule_is_listed_with_what_it_trains_and_how_it_answers() {
    let lab = Lab::new();
    let json = lab.trompe("list rules --json").ended(0).out;
    let plain = lab.trompe("list rules").ended(0).out;
    // Rules come and go; what must hold of each is its keys, and that it can be named and trained.
    for line in json.lines() {
        for key in ["id", "aliases", "title", "family", "summary", "source", "place", "departures", "settings"] {
            assert!(line.contains(&format!("\"{key}\":")), "no {key}: {line}");
        }
        let id = line.split_once("\"id\":\"").and_then(|(_, rest)| rest.split_once('"')).expect("an id").0;
        assert!(!id.contains(' ') && plain.contains(&format!("\n  {id}")), "{id}");
        assert!(line.contains("{\"task\":\"classification\",\"trains\":true"), "{line}");
        assert!(line.contains("\"trains\":true,\"refusal\":null}"), "{line}");
        assert!(line.contains("\"answers\":[\"feedforward\"") || line.contains("\"answers\":[\"settled\""), "{line}");
    }
    let of = |id: &str| json.lines().find(|line| line.contains(&format!("\"id\":\"{id}\""))).expect("it is listed");
    assert!(of("backprop").contains("\"answers\":[\"feedforward\"]") && of("backprop").contains("[\"bp\"]"));
    assert!(!of("backprop").contains("\"trains\":false"), "the gradient trains whatever the engine has");
    assert!(of("predictive_coding").contains("\"answers\":[\"feedforward\",\"settled\"]"));
    // Heads of Mono-Forward are classifiers: the refusal is the rule's own. Those of local losses give images as well.
    let refusal = "{\"task\":\"images\",\"trains\":false,\"refusal\":\"its heads need class labels";
    assert!(of("mono_forward").contains(refusal) && !of("backprop").contains(refusal));
    assert!(of("local_loss").contains("{\"task\":\"images\",\"trains\":true"));
    assert!(plain.contains("not images: its heads need class labels"));
}

#[test]
fn a_plan_names_what_the_run_computes() {
    let lab = tiny();
    let json = lab.trompe("plan x.toml --json").ended(0).out;
    assert_eq!(json_defect(&json), None);
    let run = lab.run_folder("results");
    let hash = run.file_name().expect("a name").to_string_lossy().into_owned();
    assert!(json.contains(&format!("\"hash\":\"{hash}\"")));
    let cells = entries(&run.join("cells"));
    assert_eq!(json.matches("\"id\":").count(), cells.len());
    for cell in &cells {
        let id = cell.file_stem().expect("a name").to_string_lossy();
        assert!(json.contains(&format!("\"id\":\"{id}\"")), "{id} was not planned");
    }
    let plain = lab.trompe("plan x.toml").ended(0).out;
    assert!(plain.contains(&hash) && plain.contains(&format!("{} cells", cells.len())), "{plain}");
    assert!(plain.contains("pilot: no inference"), "{plain}");
}

#[test]
fn a_plan_is_json_whatever_the_names() {
    let odd = "id = \"quads\"\n[[observer]]\nname = 'e\u{301} \"\\n\"'\nrule = \"backprop\"";
    let lab = Lab::with_file(&with(&[("id = \"quads\"", odd)]));
    assert_eq!(json_defect(&lab.trompe("plan x.toml --json").ended(0).out), None);
}

/// Experiments that are part of the repository.
fn shipped() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments");
    let files = [entries(&folder), entries(&folder.join("tuning"))].concat();
    files.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "toml")).collect()
}

#[test]
fn every_shipped_experiment_can_be_read_and_planned() {
    let lab = Lab::new();
    // One of them asks for files that the repository does not have.
    lab.write_digits("mnist", 28);
    let files = shipped();
    assert!(files.len() >= 5, "{files:?}");
    for file in &files {
        let line = |verb: &str| format!("{verb} {}", file.display());
        let said = lab.trompe(&line("check")).ended(0);
        assert!(said.out.ends_with("has no mistakes\n"), "{}", said.out);
        let plan = lab.trompe(&line("plan")).ended(0).out;
        assert!(plan.contains("run id") && !plan.contains("\n0 cells"), "{plan}");
        let json = lab.trompe(&format!("{} --json", line("plan"))).ended(0).out;
        assert_eq!(json_defect(&json), None, "{}", file.display());
    }
}

#[test]
fn check_reads_every_file_before_it_fails() {
    let lab = Lab::with_file(TINY);
    lab.write("one.toml", with(&[("batch = 8", "bacth = 8")]));
    lab.write("two.toml", with(&[("seeds = 2", "seeds = 0")]));
    let said = lab.trompe("check one.toml x.toml two.toml").ended(2);
    assert_eq!(said.out, "x.toml: `tiny` has no mistakes\n");
    said.says(&["one.toml:10:1", "two.toml:6:9"]);
}

#[test]
fn runs_that_differ_are_compared_with_what_is_not_comparable() {
    let lab = Lab::with_run();
    let network = with(&[("conv = 4", "conv = 5"), ("id = \"quads\"", "id = \"quads_clean\"")]);
    lab.write("y.toml", network);
    lab.trompe("run y.toml --quiet --results other").ended(0);
    let (one, other) = (lab.run_folder("results"), lab.run_folder("other"));
    let said = lab.trompe(&format!("compare {} {}", one.display(), other.display())).ended(0);
    said.says(&[
        "not comparable: ",
        "world `shapes` differs in `id` (\"quads\" and \"quads_clean\")",
        "network `small` differs in `layers`",
        "a pilot; its intervals describe its seeds",
    ]);
    assert!(said.out.contains("illusory_d_prime") && said.out.contains("network; pilot; world"), "{}", said.out);
    let csv = text(&lab.path("compare.csv"));
    let head = "world,network,observer,measure,estimand,unit,run,value,low,high,n,excluded,note,not_comparable";
    assert_eq!(csv.lines().next(), Some(head));
    assert!(csv.contains("network; pilot; world"));
    // Negative control: a run beside itself differs in nothing.
    let same = lab.trompe(&format!("compare {} {} --csv same.csv", one.display(), one.display())).ended(0);
    assert!(!same.err.contains("differs") && !text(&lab.path("same.csv")).contains("world\n"), "{}", same.err);
}

#[test]
fn what_is_no_run_folder_is_not_compared() {
    let lab = Lab::with_run();
    lab.trompe("compare results").ended(2).says(&["results", "no manifest.toml here; name a run folder"]);
    let run = lab.run_folder("results");
    lab.trompe(&format!("compare {} --csv no/such.csv", run.display()))
        .ended(2)
        .says(&["no/such", "make the folder first, or choose another"]);
    lab.trompe("compare").ended(2);
}

#[test]
fn completions_are_printed_for_every_shell() {
    for shell in ["bash", "fish", "zsh", "elvish", "powershell"] {
        assert!(Lab::new().trompe(&format!("completions {shell}")).ended(0).out.contains("trompe"), "{shell}");
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_stops_early_is_no_failure() {
    let lab = Lab::new();
    let mut child = lab.command("list").stdout(std::process::Stdio::piped()).spawn().expect("a list");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}
