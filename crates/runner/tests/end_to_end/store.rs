//! The results folder: what is damaged, foreign or of another experiment is refused with the mend, and left alone.

use super::lab::{Lab, TINY, entries, text, with};
use std::fs;
use std::path::PathBuf;

#[test]
fn a_results_folder_that_cannot_be_made_is_refused() {
    let lab = Lab::with_file(TINY);
    lab.write("file", "mine");
    for results in ["file", "file/below"] {
        let said = lab.trompe(&format!("run x.toml --results {results}")).ended(2);
        said.says(&[&format!("{results}/tiny"), "a file stands where a folder must be: choose another folder"]);
    }
    assert_eq!(text(&lab.path("file")), "mine");
}

#[cfg(unix)]
#[test]
fn a_results_folder_that_cannot_be_written_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let lab = Lab::with_file(TINY);
    let closed = lab.path("closed");
    fs::create_dir(&closed).expect("a folder");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).expect("permissions");
    // Whoever may write everywhere cannot be refused; then the run must be done.
    let privileged = fs::write(closed.join("probe"), "").is_ok();
    let said = lab.trompe("run x.toml --quiet --results closed");
    if privileged {
        said.ended(0);
    } else {
        said.ended(2).says(&["closed", "make it writable, or choose another folder"]);
    }
}

fn first_cell(lab: &Lab) -> PathBuf {
    entries(&lab.run_folder("results").join("cells"))[0].clone()
}

/// Damages the first cell, and asserts that every verb that reads cells says so and leaves all files alone.
fn assert_refused(damage: impl Fn(Vec<u8>) -> Vec<u8>, parts: &[&str]) {
    let lab = Lab::with_run();
    let cell = first_cell(&lab);
    let damaged = damage(fs::read(&cell).expect("a cell"));
    fs::write(&cell, &damaged).expect("a cell");
    let trials = text(&lab.run_folder("results").join("trials.csv"));
    for line in ["run x.toml", "report x.toml"] {
        let said = lab.trompe(line).ended(2);
        said.says(&[&cell.file_name().expect("a name").to_string_lossy()]);
        said.says(parts);
    }
    assert_eq!(fs::read(&cell).expect("a cell"), damaged, "the damaged file was touched");
    assert_eq!(text(&lab.run_folder("results").join("trials.csv")), trials);
}

#[test]
fn a_damaged_cell_is_refused_and_left_alone() {
    let parts = ["damaged cell file", "its checksum does not match", "delete it and run again"];
    for at in [100, 1000] {
        let flip = |mut bytes: Vec<u8>| {
            bytes[at] ^= 1;
            bytes
        };
        assert_refused(flip, &parts);
    }
    assert_refused(|bytes| bytes[..bytes.len() / 2].to_vec(), &parts);
    assert_refused(|bytes| [bytes.as_slice(), b"\n"].concat(), &parts);
    assert_refused(|_| Vec::new(), &["damaged cell file", "it has no first line", "delete it and run again"]);
}

#[test]
fn a_damaged_cell_that_is_deleted_is_computed_as_before() {
    let lab = Lab::with_run();
    let cell = first_cell(&lab);
    let sound = fs::read(&cell).expect("a cell");
    fs::write(&cell, &sound[..100]).expect("a cell");
    lab.trompe("run x.toml").ended(2);
    fs::remove_file(&cell).expect("the mend that was named");
    lab.trompe("run x.toml").ended(0).says(&["1 cells to compute"]);
    assert_eq!(fs::read(&cell).expect("a cell"), sound);
}

#[test]
fn a_foreign_cell_is_refused_and_left_alone() {
    let foreign = ["foreign file", "move it out of this folder and run again"];
    // A whole cell under the name of another.
    let lab = Lab::with_run();
    let cells = entries(&lab.run_folder("results").join("cells"));
    fs::copy(&cells[1], &cells[0]).expect("a copy");
    lab.trompe("run x.toml").ended(2).says(&foreign);
    assert_eq!(fs::read(&cells[0]).expect("a cell"), fs::read(&cells[1]).expect("a cell"));
    // A file of another program, and one of another format.
    assert_refused(|_| b"date,price\n2020-01-01,3\n".to_vec(), &foreign);
    let other_format = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).expect("cells are text");
        text.replacen("trompe-cell,2,", "trompe-cell,9,", 1).into_bytes()
    };
    assert_refused(other_format, &["foreign file", "format 9, this program writes format 2"]);
}

#[test]
fn a_file_that_is_no_cell_is_refused_and_left_alone() {
    let lab = Lab::with_run();
    let notes = lab.run_folder("results").join("cells/notes.txt");
    fs::write(&notes, "mine").expect("a file");
    let said = lab.trompe("run x.toml").ended(2);
    said.says(&["notes.txt", "not a cell of this experiment", "move it out of the folder and run again"]);
    assert_eq!(text(&notes), "mine");
    // What a killed process leaves behind is no reason to refuse.
    fs::remove_file(&notes).expect("the mend that was named");
    fs::write(lab.run_folder("results").join("cells/0123.999.tmp"), "half").expect("a file");
    lab.trompe("run x.toml").ended(0);
}

#[test]
fn an_experiment_that_changed_under_its_results_is_refused_and_both_can_be_kept() {
    let lab = Lab::with_run();
    let before = lab.run_folder("results");
    lab.write("x.toml", with(&[("bootstrap = 100", "bootstrap = 99")]));
    let said = lab.trompe("run x.toml").ended(2);
    said.says(&["x.toml:40", "was `bootstrap = 100", "is `bootstrap = 99", "restore the file", "change `id`", "--new"]);
    assert_eq!(lab.run_folder("results"), before, "a folder was made");
    // Nothing that cells depend on has changed, so that none is computed again.
    let said = lab.trompe("run x.toml --new").ended(0);
    assert!(!said.err.contains("to compute"), "{}", said.err);
    let runs = entries(&lab.path("results/tiny"));
    assert_eq!(runs.len(), 2);
    let names = |run: &PathBuf| -> Vec<_> {
        entries(&run.join("cells")).iter().map(|cell| cell.file_name().map(ToOwned::to_owned)).collect()
    };
    assert_eq!(names(&runs[0]), names(&runs[1]));
}

#[test]
fn another_device_is_refused_as_what_it_is() {
    let lab = Lab::with_run();
    let said = lab.trompe("run x.toml --device ndarray").ended(2);
    if cfg!(feature = "ndarray") {
        said.says(&["--device ndarray is not what it was computed with", "--new"]);
    } else {
        said.says(&["--device ndarray"]);
    }
}

#[test]
fn results_of_another_version_of_the_computation_are_not_mixed() {
    let lab = Lab::with_run();
    let manifest = lab.run_folder("results").join("manifest.toml");
    let version =
        text(&manifest).lines().find(|line| line.starts_with("results_version")).expect("a version").to_owned();
    fs::write(&manifest, text(&manifest).replacen(&version, "results_version = 0", 1)).expect("a manifest");
    let said = lab.trompe("run x.toml").ended(2);
    said.says(&["computed by version 0 of the computation", "--results"]);
}

#[test]
fn a_damaged_manifest_is_refused_with_its_mend() {
    let lab = Lab::with_run();
    let manifest = lab.run_folder("results").join("manifest.toml");
    fs::write(&manifest, "schema = ").expect("a manifest");
    lab.trompe("run x.toml").ended(2).says(&["manifest.toml: damaged manifest", "delete it and run again"]);
    fs::remove_file(&manifest).expect("the mend that was named");
    lab.trompe("run x.toml").ended(0);
}
