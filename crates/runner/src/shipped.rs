//! The experiments that the repository ships, read against the registries of the program itself and planned.

use crate::bridge;
use crate::experiment::{Experiment, Status, read};
use crate::joint::Joint;
use crate::plan::Plan;
use std::path::PathBuf;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../experiments");

/// Every experiment file, with its path: those on their own, and the parts of joint ones that have a folder.
fn files() -> Vec<(PathBuf, String)> {
    let folders = [FOLDER.to_owned(), format!("{FOLDER}/three-illusions")];
    let entries = folders.iter().flat_map(|folder| std::fs::read_dir(folder).expect("part of the repository"));
    let paths = entries.map(|entry| entry.expect("the folder is readable").path());
    let experiments = paths.filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
    experiments.map(|path| (path.clone(), std::fs::read_to_string(path).expect("experiment files are text"))).collect()
}

/// Those that join others.
fn joint() -> Vec<Joint> {
    let read = |(path, text): &(PathBuf, String)| crate::joint::read(text, path).unwrap_or_else(|why| panic!("{why}"));
    files().iter().filter_map(read).collect()
}

fn shipped() -> Vec<(String, Experiment)> {
    let mut found = Vec::new();
    for (path, text) in files() {
        if crate::joint::read(&text, &path).is_ok_and(|joint| joint.is_some()) {
            continue;
        }
        let name = path.file_stem().expect("it has an extension").to_string_lossy().into_owned();
        let experiment = read(&text, &name, &bridge::known()).unwrap_or_else(|failure| panic!("{failure}"));
        found.push((name, experiment));
    }
    found
}

#[test]
fn every_shipped_experiment_is_sound_and_named_as_its_file() {
    let shipped = shipped();
    for needed in ["article", "fat-thin", "quick", "smoke"] {
        assert!(shipped.iter().any(|(name, _)| name == needed), "{needed}.toml is not there");
    }
    for (name, experiment) in &shipped {
        assert_eq!(&experiment.id, name);
        assert!(Plan::of(experiment).is_ok_and(|plan| !plan.cells.is_empty()), "{name} cannot be planned");
        // The canonical text, from which identities are hashed, is itself TOML.
        let canonical: toml::Table = toml::from_str(&experiment.canonical()).expect("canonical text is TOML");
        assert_eq!(canonical["id"].as_str(), Some(name.as_str()));
    }
}

#[test]
fn joint_experiments_name_what_is_there() {
    let joint = joint();
    let mut names: Vec<&str> = joint.iter().map(|joint| joint.id.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["plausibility", "three-illusions"]);
    for joint in &joint {
        assert_eq!(joint.parts.len(), 3, "three illusions");
        assert!(joint.parts.iter().all(|part| part.file.is_file() && !part.people.is_empty()));
        assert_eq!(joint.plausibility, joint.id == "plausibility");
    }
}

#[test]
fn the_confirmatory_experiment_keeps_its_declared_design() {
    let shipped = shipped();
    let (_, design) = shipped.iter().find(|(name, _)| name == "fat-thin").expect("it is shipped");
    assert_eq!(design.status, Status::Confirmatory);
    assert_eq!((design.seeds.len(), design.training.steps, design.training.checkpoints), (20, 1200, 12));
    assert_eq!((design.battery.twins, design.worlds.len(), design.networks.len()), (1024, 2, 2));
    assert!(!design.analysis.contrasts.is_empty() && design.analysis.contrasts.len() <= 6);
    assert_eq!((design.analysis.margin_d_prime, design.analysis.margin_auc), (0.25, 0.05));
}
