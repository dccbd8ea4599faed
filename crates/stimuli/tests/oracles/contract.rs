//! What every entry of the two lists keeps.

use std::collections::BTreeSet;
use std::path::PathBuf;
use trompe_stimuli::illusions::{self, IllusionEntry};
use trompe_stimuli::worlds;
use trompe_stimuli::{Condition, Settings, Stimulus, StimulusError, Value, Viewing, render};

/// Names of the modules in a folder of `src`, by file or folder.
fn modules(folder: &str) -> BTreeSet<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()
    };
    std::fs::read_dir(path).unwrap().map(name).filter(|name| name != "mod").collect()
}

/// A strength at which the entry draws what people report.
fn strength(entry: &IllusionEntry) -> f64 {
    match entry.id {
        "kanizsa" | "fat_thin" => 0.5,
        _ => 1.0,
    }
}

fn shown(entry: &IllusionEntry, condition: &Condition) -> Result<Stimulus, StimulusError> {
    let scene = (entry.build)(&Settings::default())?.compose(condition)?;
    let viewing = Viewing::from_deg_and_ppd(scene.size_deg, 16.0)?;
    render(&scene, viewing)
}

#[test]
fn lists_hold_what_the_folders_hold_in_order() {
    let listed: Vec<String> = illusions::ALL.iter().map(|entry| entry.id.to_owned()).collect();
    assert_eq!(listed, modules("illusions").into_iter().collect::<Vec<_>>());
    let listed: Vec<String> = worlds::ALL.iter().map(|entry| entry.id.to_owned()).collect();
    assert_eq!(listed, modules("worlds").into_iter().collect::<Vec<_>>());
    assert!(illusions::find("none").is_none() && worlds::find("none").is_none());
    assert!(illusions::ALL.iter().all(|entry| illusions::find(entry.id).unwrap().id == entry.id));
}

#[test]
fn every_illusion_draws_at_its_defaults() {
    for entry in illusions::ALL {
        let condition = Condition { difference: 0.0, strength: strength(entry) };
        let stimulus = shown(entry, &condition).unwrap();
        assert!(stimulus.image.data.iter().all(|value| (0.0..=1.0).contains(value)), "{}", entry.id);
        assert!(!stimulus.masks.is_empty(), "{}", entry.id);
        for (name, mask) in &stimulus.masks {
            assert!(!mask.pixels().is_empty(), "{} {name}", entry.id);
            assert!(mask.coverage.iter().all(|value| (0.0..=1.0).contains(value)), "{} {name}", entry.id);
        }
        assert_eq!(stimulus.metadata["illusion"], entry.id);
        assert_eq!(stimulus.metadata["strength"], strength(entry).to_string());
        assert_eq!(stimulus.metadata["difference"], "0");
        assert_eq!(stimulus, shown(entry, &condition).unwrap(), "{}: drawn twice", entry.id);
        for text in [entry.title, entry.human, entry.source, entry.departures] {
            assert!(text.len() > 10 || !text.is_empty() && text == entry.title, "{}: {text}", entry.id);
        }
    }
}

#[test]
fn the_control_and_a_real_difference_can_be_drawn() {
    for entry in illusions::ALL {
        let plain = shown(entry, &Condition { difference: 0.0, strength: strength(entry) }).unwrap();
        let control = shown(entry, &Condition { difference: 0.0, strength: 0.0 }).unwrap();
        assert_ne!(plain.image, control.image, "{}", entry.id);
        let real = shown(entry, &Condition { difference: 0.5, strength: strength(entry) }).unwrap();
        // The first frame of a motion is the still figure.
        assert_eq!(plain.image == real.image, entry.id == "rotating_snakes", "{}", entry.id);
    }
}

#[test]
fn conditions_out_of_range_are_refused_by_name() {
    for entry in illusions::ALL {
        for strength in [1.5, -1.5, f64::NAN, f64::INFINITY] {
            let error = shown(entry, &Condition { difference: 0.0, strength }).unwrap_err();
            assert!(matches!(error, StimulusError::OutOfRange { .. }), "{} {strength}: {error}", entry.id);
        }
        for difference in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let error = shown(entry, &Condition { difference, strength: strength(entry) }).unwrap_err();
            assert!(error.to_string().contains("`difference`"), "{} {difference}: {error}", entry.id);
        }
    }
}

/// What a builder says to settings.
type Refusal<'a> = Box<dyn Fn(&Settings) -> Option<String> + 'a>;

fn builders() -> Vec<(&'static str, Refusal<'static>)> {
    let illusions = illusions::ALL.iter().map(|entry| {
        let refuse: Refusal = Box::new(|settings| (entry.build)(settings).err().map(|error| error.to_string()));
        (entry.id, refuse)
    });
    let worlds = worlds::ALL.iter().map(|entry| {
        let refuse: Refusal = Box::new(|settings| (entry.build)(settings).err().map(|error| error.to_string()));
        (entry.id, refuse)
    });
    illusions.chain(worlds).collect()
}

#[test]
fn unknown_settings_are_refused_by_name() {
    for (id, refuse) in builders() {
        assert_eq!(refuse(&Settings::default()), None, "{id}");
        let message = refuse(&Settings::new().with("size_degg", Value::Number(4.0))).unwrap();
        assert!(message.contains(id) && message.contains("`size_degg`") && message.contains("size_deg,"), "{message}");
    }
}

#[test]
fn settings_of_the_wrong_kind_or_not_a_number_are_refused_by_name() {
    for (id, refuse) in builders() {
        let message = refuse(&Settings::new().with("size_deg", Value::Text("wide".to_owned()))).unwrap();
        assert!(message.contains(id) && message.contains("`size_deg`"), "{message}");
        for value in [f64::NAN, f64::INFINITY, -4.0, 0.0] {
            let message = refuse(&Settings::new().with("size_deg", Value::Number(value))).unwrap();
            assert!(message.contains("`size_deg`"), "{id} {value}: {message}");
        }
    }
}

#[test]
fn words_and_numbers_out_of_range_are_refused() {
    let cases = [
        ("abutting_grating", "direction", Value::Text("oblique".to_owned())),
        ("abutting_grating", "period", Value::Number(3.0)),
        ("abutting_grating", "size_px", Value::Number(31.5)),
        ("abutting_grating", "circumradius_deg", Value::Number(2.5)),
        ("abutting_grating", "line", Value::Number(0.0)),
        ("simultaneous_contrast", "layout", Value::Text("triple".to_owned())),
        ("simultaneous_contrast", "target_deg", Value::Number(4.5)),
        ("simultaneous_contrast", "contrast", Value::Number(0.7)),
        ("benary", "layout", Value::Text("todorovic_benary".to_owned())),
        ("checkerboard", "layout", Value::Text("checkerboard_1".to_owned())),
        ("corrugated_mondrian", "target", Value::Number(1.1)),
        ("grating_induction", "steps", Value::Number(129.0)),
        ("grating_induction", "steps", Value::Number(f64::NAN)),
        ("todorovic", "contrast", Value::Number(0.6)),
        ("white", "bar_deg", Value::Number(f64::NAN)),
        ("white", "center_x_deg", Value::Number(1.9)),
        ("white", "target", Value::Number(f64::NAN)),
        ("church", "context", Value::Text("gothic".to_owned())),
        ("church", "bar_deg", Value::Number(f64::NAN)),
        ("church", "bar_deg", Value::Number(0.001)),
        ("church", "silhouette", Value::Text("tent".to_owned())),
        ("church", "colors", Value::Text("pastel".to_owned())),
        ("church", "bars", Value::Text("striped".to_owned())),
        ("church", "draw", Value::Number(1.5)),
        ("church", "draw", Value::Number(f64::NAN)),
        ("church", "novick", Value::Number(5.0)),
        ("fat_thin", "variant", Value::Text("round".to_owned())),
        ("fat_thin", "alpha_deg", Value::Number(f64::NAN)),
        ("fat_thin", "turn_deg", Value::Number(90.0)),
        ("fat_thin", "center_x_deg", Value::Number(f64::NAN)),
        ("kanizsa", "shape", Value::Text("star".to_owned())),
        ("kanizsa", "center_x_deg", Value::Number(f64::NAN)),
        ("kanizsa", "turn_deg", Value::Number(f64::NAN)),
        ("kanizsa", "turn_seed", Value::Number(f64::NAN)),
        ("kanizsa", "variant", Value::Text("inward".to_owned())),
        ("kanizsa", "contour_contrast", Value::Number(1.5)),
        ("rotating_snakes", "rings", Value::Number(f64::NAN)),
        ("rotating_snakes", "rings", Value::Number(2.5)),
        ("rotating_snakes", "palette", Value::Text("pastel".to_owned())),
        ("rotating_snakes", "dark_luminance", Value::Number(1.2)),
        ("dead_leaves", "shapes", Value::Text("stars".to_owned())),
        ("dead_leaves", "radius_min", Value::Number(f64::NAN)),
        ("polygons", "render", Value::Text("dotted".to_owned())),
        ("quads", "alpha_max_deg", Value::Number(1.0)),
        ("quads", "hard_noise_sd", Value::Number(f64::NAN)),
    ];
    let builders = builders();
    for (id, key, value) in cases {
        let refuse = &builders.iter().find(|(known, _)| *known == id).unwrap().1;
        let message = refuse(&Settings::new().with(key, value)).unwrap_or_else(|| panic!("{id} {key} was taken"));
        assert!(message.contains(&format!("`{key}`")), "{id}: {message}");
    }
}

#[test]
fn the_words_that_the_runner_uses_are_known() {
    use trompe_stimuli::kanizsa::{Member, Shape};
    for name in ["triangle", "square", "pentagon", "hexagon", "circle"] {
        assert_eq!(Shape::named(name).unwrap().id(), name);
    }
    for name in [
        "in",
        "out",
        "rotated",
        "turned",
        "discs",
        "closed",
        "misaligned",
        "scrambled",
        "mixed",
        "mixed_rotated",
        "real_discs",
        "real_shape",
        "contour",
        "fragments",
        "fragments_rotated",
        "occluded",
        "count",
        "count_rotated",
    ] {
        assert_eq!(Member::named(name).unwrap().id(), name);
        // Settings take the same words.
        let settings = Settings::new()
            .with("variant", Value::Text(name.to_owned()))
            .with("shape", Value::Text("triangle".to_owned()))
            .with("circumradius_deg", Value::Number(1.2));
        let illusion = (illusions::find("kanizsa").unwrap().build)(&settings).unwrap();
        let scene = illusion.compose(&Condition { difference: 0.0, strength: 0.5 }).unwrap();
        assert_eq!(scene.metadata["variant"], name);
    }
    assert!(Shape::named("star").is_err() && Member::named("inward").is_err());
}
