//! The experiments that the repository ships, read against the registries of the program itself and planned.

use crate::bridge;
use crate::experiment::{Experiment, Status, read};
use crate::plan::Plan;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../experiments");

fn shipped() -> Vec<(String, Experiment)> {
    let mut found = Vec::new();
    // Those on their own, and the parts of the joint one.
    let files = [FOLDER.to_owned(), format!("{FOLDER}/three-illusions")];
    let files = files.iter().flat_map(|folder| std::fs::read_dir(folder).expect("part of the repository"));
    for entry in files {
        let path = entry.expect("the folder is readable").path();
        if path.file_name().is_some_and(|name| name == "three-illusions.toml") {
            continue;
        }
        if path.extension().is_some_and(|extension| extension == "toml") {
            let text = std::fs::read_to_string(&path).expect("experiment files are text");
            let name = path.file_stem().expect("it has an extension").to_string_lossy().into_owned();
            let experiment = read(&text, &name, &bridge::known()).unwrap_or_else(|failure| panic!("{failure}"));
            found.push((name, experiment));
        }
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
fn the_joint_experiment_names_what_is_there() {
    let file = std::path::PathBuf::from(format!("{FOLDER}/three-illusions.toml"));
    let text = std::fs::read_to_string(&file).expect("it is shipped");
    let joint = crate::joint::read(&text, &file).expect("it is sound").expect("it names parts");
    assert_eq!((joint.id.as_str(), joint.parts.len()), ("three-illusions", 3));
    assert!(joint.parts.iter().all(|part| part.file.is_file() && !part.people.is_empty()));
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
