//! A program of one's own: pictures out, answers in, and the observer in the report.

use super::lab::{Lab, Said, entries, text};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Pictures of the tiny battery, counted by hand: 2 turns × 3 conditions (illusory, local, misaligned), mixed, discs, 2
/// curved, local_curved, bar, bar_misaligned, real, 2 support ratios, 2 contrasts: 18 blocks of 8 twins; and 6 reliance
/// blocks of 2 figures in 4 noise fields.
const BATTERY: usize = 18 * 16 + 6 * 8;

/// Twice the validation pictures, plain and hard.
const VALIDATION: usize = 2 * 64;

fn records(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

/// A run, and its pictures in `trials`.
fn exported(flags: &str) -> Lab {
    let lab = Lab::with_run();
    let said = lab.trompe(&format!("stimuli export x.toml --out trials {flags}")).ended(0);
    assert!(said.out.starts_with("trials: "), "{}", said.out);
    lab
}

/// Answers to every key, by a rule.
fn answer(lab: &Lab, file: &str, rule: impl Fn(usize) -> (f64, f64)) {
    let mut answers = String::from("key,thin,fat\n");
    for (at, trial) in records(&lab.path("trials/trials.csv")).iter().enumerate() {
        let (thin, fat) = rule(at);
        answers += &format!("{},{thin},{fat}\n", trial["key"]);
    }
    lab.write(file, answers);
}

/// Something that differs from picture to picture.
fn wave(at: usize) -> (f64, f64) {
    ((at as f64 * 0.7).sin(), (at as f64 * 1.3).cos())
}

/// The script, where there is a Python to run it; `None`, loudly, where there is none.
fn python(lab: &Lab, arguments: &str) -> Option<Said> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/own_network.py");
    let mut command = Command::new("python3");
    command.current_dir(lab.path(".")).arg(script).args(arguments.split_whitespace());
    match command.output() {
        Ok(output) => Some(Said::of(output)),
        Err(error) => {
            eprintln!("SKIPPED, NOT TESTED: scripts/own_network.py, because python3 does not start: {error}");
            None
        }
    }
}

/// Values of a NumPy file whose header ends with a newline before them.
fn npy(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).expect("a file");
    let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    bytes[start..].chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().expect("four bytes"))).collect()
}

#[test]
fn an_export_has_every_picture_and_no_truth() {
    let lab = exported("");
    let trials = records(&lab.path("trials/trials.csv"));
    assert_eq!(trials.len(), BATTERY);
    let keys: BTreeSet<&str> = trials.iter().map(|trial| trial["key"].as_str()).collect();
    assert_eq!(keys.len(), BATTERY);
    let header: BTreeSet<&str> = trials[0].keys().map(String::as_str).collect();
    assert_eq!(header, BTreeSet::from(["file", "index", "key", "png"]));
    assert_eq!(text(&lab.path("trials/classes.csv")), "index,class\n0,thin\n1,fat\n");
    let names: Vec<String> = entries(&lab.path("trials"))
        .iter()
        .map(|path| path.file_name().expect("a name").to_string_lossy().into_owned())
        .collect();
    assert_eq!(names, ["README.txt", "classes.csv", "pictures", "pixels-0001.npy", "trials.csv"]);
    // The two forms of a picture agree to half a level of the coarser one, clipped.
    let exact = npy(&lab.path("trials/pixels-0001.npy"));
    assert_eq!(exact.len(), BATTERY * 16 * 16);
    for (trial, pixels) in trials.iter().zip(exact.chunks_exact(256)) {
        let png = image::open(lab.path("trials").join(&trial["png"])).expect("a picture").to_luma8();
        for (level, value) in png.as_raw().iter().zip(pixels) {
            let off = (f32::from(*level) / 255.0 - value.clamp(0.0, 1.0)).abs();
            assert!(off <= 0.5 / 255.0 + 1e-6, "{}: {level} for {value}", trial["key"]);
        }
    }
    // Why floats: noise leaves what a PNG can hold.
    assert!(exact.iter().any(|value| *value != (value * 65535.0).round() / 65535.0));
    // The same again, and nothing mixed into what is there.
    lab.trompe("stimuli export x.toml --out again").ended(0);
    assert_eq!(text(&lab.path("again/trials.csv")), text(&lab.path("trials/trials.csv")));
    lab.trompe("stimuli export x.toml --out again").ended(2).says(&["again: not empty"]);
    lab.trompe("stimuli export x.toml --world moon --out moon").ended(2).says(&["no world `moon`; there are shapes"]);
    assert!(!lab.path("moon").exists());
}

#[test]
fn validation_pictures_and_training_pictures_are_added_on_request() {
    let lab = exported("--validation --training 6");
    assert_eq!(records(&lab.path("trials/trials.csv")).len(), BATTERY + VALIDATION);
    let labels: Vec<String> =
        records(&lab.path("trials/training/training.csv")).iter().map(|row| row["class"].clone()).collect();
    assert_eq!(labels, ["thin", "fat", "thin", "fat", "thin", "fat"]);
    assert_eq!(npy(&lab.path("trials/training/training.npy")).len(), 6 * 256);
    // The battery's keys do not depend on what stands beside them.
    let alone = exported("");
    let keys = |lab: &Lab| -> BTreeSet<String> {
        records(&lab.path("trials/trials.csv")).into_iter().map(|mut row| row.remove("key").expect("a key")).collect()
    };
    assert!(keys(&alone).is_subset(&keys(&lab)));
}

#[test]
fn a_python_program_is_exported_to_scored_and_reported() {
    let lab = exported("--validation --training 32");
    let Some(said) = python(&lab, "trials responses.csv") else { return };
    said.ended(0);
    let Some(said) = python(&lab, "trials more.csv --rule random --seed 3") else { return };
    said.ended(0);
    let scored = lab.trompe("score x.toml responses.csv --name templates").ended(0);
    scored.says(&["`templates` seed 0: validation accuracy "]);
    lab.trompe("score x.toml more.csv --name dice --seed 5").ended(0);
    let folder = lab.run_folder("results");
    let of = |file: &str, name: &str| -> Vec<BTreeMap<String, String>> {
        records(&folder.join(file)).into_iter().filter(|row| row["observer"] == name).collect()
    };
    for (name, seed) in [("templates", "0"), ("dice", "5")] {
        let trials = of("trials.csv", name);
        assert!(trials.iter().all(|row| row["role"] == "imported" && row["seed"] == seed && row["checkpoint"] == "0"));
        assert!(trials.len() > 24);
        assert_eq!(of("training.csv", name).len(), 1);
        assert!(of("measures.csv", name).iter().any(|row| row["measure"] == "illusory_d_prime"));
        assert!(text(&folder.join("report.html")).contains(name));
    }
    // Whatever reads the run's plan takes the observers in, and finds nothing to do or to change.
    let before = text(&folder.join("measures.csv"));
    lab.trompe("run x.toml").ended(0).says(&["nothing to do"]);
    lab.trompe("report x.toml").ended(0);
    assert_eq!(text(&folder.join("measures.csv")), before);
    let compared = lab.trompe(&format!("compare {}", folder.display())).ended(0);
    assert!(compared.out.contains("templates"), "{}", compared.out);
}

#[test]
fn replicates_are_counted_and_what_was_answered_once_counts_once() {
    let lab = exported("");
    answer(&lab, "a.csv", wave);
    answer(&lab, "b.csv", |at| wave(at + 1));
    answer(&lab, "c.csv", |at| wave(at + 2));
    lab.trompe("score x.toml a.csv b.csv --name net --seed 3").ended(0).says(&[
        "`net` seed 3: no validation pictures answered: competence is not measurable, nothing is interpreted",
        "`net` seed 4: ",
    ]);
    let folder = lab.run_folder("results");
    let line = |measure: &str| {
        let found = records(&folder.join("measures.csv")).into_iter();
        found.into_iter().find(|row| row["observer"] == "net" && row["measure"] == measure).expect("a line")
    };
    assert_eq!(line("illusory_d_prime")["n"], "2");
    assert_eq!((line("gate")["value"].as_str(), line("gate")["excluded"].as_str()), ("", "2"));
    assert_eq!(line("accuracy")["note"], "no validation pictures were answered");
    let page = text(&folder.join("report.html"));
    assert!(page.contains("no statement: competence at the real task (no validation pictures were answered)"));

    let cells = entries(&folder.join("cells")).len();
    lab.trompe("score x.toml a.csv --name net --seed 9").ended(2).says(&["a.csv: the same answers as `net` seed 3"]);
    lab.trompe("score x.toml c.csv c.csv --name other").ended(2).says(&["the same answers as `other` seed 0"]);
    lab.trompe("score x.toml c.csv --name net --seed 4").ended(2).says(&["`net` seed 4 is there already", "--replace"]);
    assert_eq!(entries(&folder.join("cells")).len(), cells);
    lab.trompe("score x.toml c.csv --name net --seed 4 --replace").ended(0);
    lab.trompe("score x.toml c.csv --name net --seed 4").ended(0);
    assert_eq!(entries(&folder.join("cells")).len(), cells);
    assert_eq!(entries(&folder.join("imported")).len(), 4);
}

#[test]
fn answers_with_mistakes_are_refused_and_leave_nothing() {
    let lab = exported("");
    answer(&lab, "a.csv", wave);
    let sound = text(&lab.path("a.csv"));
    let second = sound.lines().nth(2).expect("a line").to_owned();
    let key = second.split(',').next().expect("a key").to_owned();
    for (broken, said) in [
        (sound.replacen(&second, &format!("{key},nan,0"), 1), "a.csv:3: evidence for `thin` is `nan`"),
        (format!("{sound}{second}\n"), "stands twice; first on line 3"),
        (sound.replacen(&key, "0123", 1), "a.csv:3: unknown key `0123`"),
        (sound.replacen(&format!("{second}\n"), "", 1), "1 of 336 pictures of the battery have no answer"),
        (sound.replacen("thin", "slim", 1), "a.csv:1: unknown column `slim`"),
    ] {
        lab.write("a.csv", broken);
        lab.trompe("score x.toml a.csv --name net").ended(2).says(&[said]);
    }
    lab.write("a.csv", sound);
    for (arguments, said) in [
        ("a.csv --name backprop", "`backprop` is an observer of the experiment"),
        ("a.csv --name template", "`template` is an observer of the experiment"),
        ("absent.csv --name net", "absent.csv: "),
        ("a.csv --name net --results elsewhere", "no results of this experiment; run it first"),
        ("a.csv --name net --world moon", "no world `moon`"),
    ] {
        lab.trompe(&format!("score x.toml {arguments}")).ended(2).says(&[said]);
    }
    assert!(!lab.run_folder("results").join("imported").exists());
}

#[test]
fn a_damaged_import_is_told_and_mended_as_the_message_says() {
    let lab = exported("");
    answer(&lab, "a.csv", wave);
    lab.trompe("score x.toml a.csv --name net").ended(0);
    let folder = lab.run_folder("results");
    let record = entries(&folder.join("imported")).pop().expect("a record");
    assert!(record.extension().is_some_and(|extension| extension == "toml"));
    let sound = text(&record);
    std::fs::write(&record, sound.replace("name = \"net\"", "name = \"ten\"")).expect("a file");
    lab.trompe("report x.toml")
        .ended(2)
        .says(&["not an imported observer of this experiment", "score the answers again"]);
    std::fs::write(&record, sound).expect("a file");
    lab.trompe("report x.toml").ended(0);
    // A lost cell is computed again from the kept answers, to the same bytes.
    let id = record.file_stem().expect("a name").to_string_lossy().into_owned();
    let cell = folder.join(format!("cells/{id}.csv"));
    let before = text(&cell);
    std::fs::remove_file(&cell).expect("a cell");
    lab.trompe("run x.toml").ended(0);
    assert_eq!(text(&cell), before);
}
