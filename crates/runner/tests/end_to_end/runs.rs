//! The same bytes whatever the way of computing; nothing computed twice; what ends badly ends alone.

use super::lab::{Lab, TINY, entries, text, tiny, with};
use super::tables::assert_finite;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant, SystemTime};

/// Every file of a run but the manifest, which has times: its name and its bytes.
fn all_files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(entries(&path));
        } else if !path.ends_with("manifest.toml") {
            let name = path.strip_prefix(folder).expect("it was found below").to_owned();
            files.insert(name, fs::read(&path).expect("a file"));
        }
    }
    files
}

#[track_caller]
fn assert_same_bytes(one: &Path, other: &Path) {
    let (one, other) = (all_files(one), all_files(other));
    assert!(one.contains_key(Path::new("trials.csv")) && one.contains_key(Path::new("report.html")));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (name, bytes) in &one {
        assert!(*bytes == other[name], "{} differs", name.display());
    }
}

#[test]
fn one_job_two_jobs_and_two_shards_give_the_same_bytes() {
    let expected = tiny().run_folder("results");
    let lab = Lab::with_file(TINY);
    lab.trompe("run x.toml --quiet --results one --jobs 1").ended(0);
    assert_same_bytes(&expected, &lab.run_folder("one"));
    let first = lab.trompe("run x.toml --quiet --results parts --shard 1/2").ended(0);
    first.says(&["this shard is done"]);
    assert!(!lab.run_folder("parts").join("report.html").exists());
    lab.trompe("run x.toml --quiet --results parts --shard 2/2").ended(0);
    assert_same_bytes(&expected, &lab.run_folder("parts"));
}

#[test]
fn another_seed_gives_other_bytes() {
    // Negative control of the comparison above: it can fail.
    let lab = Lab::with_file(&with(&[("seeds = 2", "seeds = [0, 2]")]));
    lab.trompe("run x.toml --quiet").ended(0);
    let trials = |lab: &Lab| text(&lab.run_folder("results").join("trials.csv"));
    assert_ne!(trials(&lab), trials(tiny()));
}

/// Files of a folder with the times at which they were written.
fn times(folder: &Path) -> Vec<(PathBuf, SystemTime)> {
    let time = |path: PathBuf| {
        let modified = fs::metadata(&path).and_then(|found| found.modified()).expect("a time");
        (path, modified)
    };
    entries(folder).into_iter().filter(|path| path.is_file()).map(time).collect()
}

#[test]
fn what_is_finished_is_not_computed_again() {
    let lab = Lab::with_run();
    let folder = lab.run_folder("results");
    let (cells, files) = (times(&folder.join("cells")), times(&folder));
    lab.trompe("run x.toml").ended(0).says(&["nothing to do", "report.html"]);
    assert_eq!((times(&folder.join("cells")), times(&folder)), (cells.clone(), files), "a file was written again");
    // One cell lost: that one is computed, and the tables come out as before.
    let before = all_files(&folder);
    fs::remove_file(&cells[0].0).expect("a cell");
    let found = cells.len() - 1;
    lab.trompe("run x.toml").ended(0).says(&[&format!("1 cells to compute, {found} found finished")]);
    assert_eq!(times(&folder.join("cells"))[1..], cells[1..], "a finished cell was written again");
    assert!(before == all_files(&folder), "resuming changed a file");
}

#[test]
fn the_report_alone_is_written_as_the_run_wrote_it() {
    let lab = Lab::with_run();
    let folder = lab.run_folder("results");
    let before = all_files(&folder);
    for name in ["report.html", "trials.csv", "measures.csv"] {
        fs::remove_file(folder.join(name)).expect("a file of the run");
    }
    let said = lab.trompe("report x.toml").ended(0);
    said.says(&["report.html"]);
    assert_eq!(said.out, text(&tiny().path("stdout.txt")));
    assert!(before == all_files(&folder));
}

#[test]
fn a_rule_that_diverges_ends_its_cells_with_a_reason_and_spares_the_others() {
    let wild = "rule = \"feedback_alignment\"\noptimizer = { learning_rate = 1e30 }";
    let lab = Lab::with_file(&with(&[("rule = \"feedback_alignment\"", wild)]));
    let said = lab.trompe("run x.toml").ended(3);
    said.says(&[
        "small feedback_alignment seed 0: ended early: step 2: training diverged at step 1: loss must be finite",
    ]);
    assert!(said.out.contains("2 cells ended early"), "{}", said.out);
    assert!(said.out.contains("no result: step 2: training diverged"), "the rule is not in the table:\n{}", said.out);
    let folder = lab.run_folder("results");
    assert_finite(&folder);
    // All other cells are there, with the bytes that they have where nothing diverges.
    let others = |lab: &Lab| -> Vec<String> {
        let trials = text(&lab.run_folder("results").join("trials.csv"));
        let rows = trials.lines().filter(|row| !row.contains("feedback_alignment"));
        rows.map(|row| row.split_once(',').expect("a row has fields").1.to_owned()).collect()
    };
    assert!(others(&lab).len() > 100 && others(&lab) == others(tiny()));
    let manifest: toml::Table = text(&folder.join("manifest.toml")).parse().expect("TOML");
    assert_eq!(manifest["ended"].as_table().map(toml::Table::len), Some(2));
    let page = text(&folder.join("report.html"));
    assert!(page.contains("2 cells ended early") && page.contains("training diverged at step 1"));
    // The end of a cell is a result: it is not computed again, and not forgotten.
    lab.trompe("run x.toml").ended(3).says(&["nothing to do"]);
}

#[test]
fn a_block_that_nothing_reaches_ends_its_cells_with_a_reason() {
    // Three blocks. States move one block a step, so one step of predictive coding leaves the first block without any error.
    let coding = |steps: usize| {
        let rule = format!("rule = \"predictive_coding\"\nsettings = {{ state_steps = {steps} }}");
        let layers = "layers = [{ conv = 4, kernel = 5, stride = 4, padding = 2 }, { dense = 6 }, { readout = true }]";
        let old = "layers = [{ conv = 4, kernel = 5, stride = 4, padding = 2 }, { readout = true }]";
        let contrast = ("contrasts = [\"feedback_alignment\"]", "contrasts = [\"predictive_coding\"]");
        Lab::with_file(&with(&[("rule = \"feedback_alignment\"", rule.as_str()), (old, layers), contrast]))
    };
    let lab = coding(1);
    let said = lab.trompe("run x.toml").ended(3);
    // Six steps of 8 pictures are a training shorter than an epoch: it is one.
    said.says(&[
        "small predictive_coding seed 0: ended early: step 6: training stopped at step 6: layer 0 must get a change \
                 that is not zero once in 48 pictures",
    ]);
    assert!(said.out.contains("2 cells ended early"), "{}", said.out);
    assert_finite(&lab.run_folder("results"));
    // Negative control: two steps reach it.
    coding(2).trompe("run x.toml --quiet").ended(0);
}

#[test]
fn activity_that_overflows_reaches_no_table() {
    // Finite for a few steps, then not: rows of the first checkpoint are kept, none has a number that is not finite.
    for rate in ["1e3", "1e6", "1e9", "1e15"] {
        let lab = Lab::with_file(&with(&[("learning_rate = 0.05", &format!("learning_rate = {rate}"))]));
        let said = lab.trompe("run x.toml --quiet");
        assert!(matches!(said.code, Some(0 | 3)), "{rate}: {said:?}");
        assert_finite(&lab.run_folder("results"));
    }
}

/// A run of many cells, started and with at least one of them finished.
fn under_way(lab: &Lab) -> Child {
    let running = lab.command("run x.toml --quiet").stderr(Stdio::piped()).spawn().expect("a run");
    let begun = Instant::now();
    let finished = || -> bool {
        let results = lab.path("results/tiny");
        let run = results.is_dir().then(|| entries(&results)).and_then(|runs| runs.first().cloned());
        let cells = run.map(|run| run.join("cells")).filter(|cells| cells.is_dir());
        cells.is_some_and(|cells| entries(&cells).iter().any(|cell| is_cell(cell)))
    };
    while !finished() {
        assert!(begun.elapsed() < Duration::from_secs(60), "no cell was finished");
        std::thread::sleep(Duration::from_millis(20));
    }
    running
}

fn is_cell(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "csv")
}

fn many_cells() -> Lab {
    Lab::with_file(&with(&[("seeds = 2", "seeds = 200"), ("budget_minutes = 1", "budget_minutes = 60")]))
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_keeps_its_cells_and_goes_on() {
    let lab = many_cells();
    let mut running = under_way(&lab);
    let pid = running.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().expect("kill").success());
    assert_eq!(running.wait().expect("it ends").code(), Some(130));
    let kept = times(&lab.run_folder("results").join("cells"));
    assert!(!kept.is_empty() && kept.iter().all(|(path, _)| is_cell(path)));
    lab.trompe("run x.toml --quiet --shard 1/1000").ended(0);
    let after = times(&lab.run_folder("results").join("cells"));
    assert!(kept.iter().all(|cell| after.contains(cell)), "a finished cell was written again");
}

#[test]
fn a_killed_run_is_known_by_what_it_was_started_with() {
    let lab = many_cells();
    let mut running = under_way(&lab);
    running.kill().expect("it runs");
    running.wait().expect("it ends");
    let cells = lab.run_folder("results").join("cells");
    let kept: Vec<_> = times(&cells).into_iter().filter(|(path, _)| is_cell(path)).collect();
    // Another experiment of that name is refused although no report was made yet.
    lab.write("y.toml", with(&[("steps = 6", "steps = 7")]));
    lab.trompe("run y.toml").ended(2).says(&["changed under existing results", "restore the file"]);
    lab.trompe("run x.toml --quiet --shard 1/1000").ended(0);
    let after = times(&cells);
    assert!(!kept.is_empty() && kept.iter().all(|cell| after.contains(cell)), "a finished cell was written again");
}
