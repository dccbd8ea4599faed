//! Files refused, cells that are the same however often they are begun, and labels without meaning.

use super::*;
use crate::cell::CellError;
use crate::digits::{self, FILES};
use crate::store::{CellOutput, Store};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A recipe for the tiny pictures of `digits::tests`.
pub(super) const FILE: &str = r#"schema = 1
title = "blocks in ten places"
source = "lecun1998mnist"
read = "nowhere: made for a test"
departures = "None."
seeds = [1, 2]
[data]
validation = 40
side = 8
[network]
layers = [{ dense = 20, activation = "relu" }, { readout = true }]
[training]
loss = "cross_entropy"
batch = 20
epochs = 15
optimizer = { id = "sgd", momentum = 0.9 }
schedule = { after_epochs = [12], factor = 0.1 }
[[recipe]]
id = "blocks-fa"
title = "Feedback alignment"
rule = "feedback_alignment"
learning_rate = 0.1
feedback = { law = "normal", over = "fan_sum", gain = 1.0 }
cpu_hours = 0.001
published = [
    { epoch = 2, weight_angle = 60, bar = 31 },
    { epoch = 15, error = 5.0, bar = 6.0 },
]
"#;

fn refusal(from: &str, to: &str) -> String {
    assert!(FILE.contains(from), "{from}");
    read(&FILE.replacen(from, to, 1)).expect_err(to)
}

#[test]
fn files_that_cannot_be_meant_are_refused_by_name() {
    assert_eq!(read(FILE).expect("sound").len(), 1);
    for (from, to, told) in [
        ("rule = \"feedback_alignment\"", "rule = \"feedback_alignmen\"", "feedback_alignmen"),
        ("bar = 6.0", "bar = 0", "`bar` must be above 0"),
        ("bar = 6.0", "bar = -1", "`bar` must be above 0"),
        ("bar = 6.0", "bar = nan", "`bar` must be above 0"),
        ("error = 5.0, ", "", "exactly one"),
        ("error = 5.0,", "error = 5.0, accuracy = 95.0,", "exactly one"),
        ("error = 5.0", "error = 105", "not between"),
        ("epoch = 15", "epoch = 16", "not among the 15"),
        ("schema = 1", "schema = 2", "schema 2"),
        ("batch = 20", "bacth = 20", "bacth"),
        ("validation = 40", "validation = 0", "held out"),
        ("seeds = [1, 2]", "seeds = [1, 1]", "twice"),
        ("seeds = [1, 2]", "seeds = []", "empty"),
        ("{ readout = true }", "{ dense = 10 }", "readout"),
        ("dense = 20,", "dense = 20, conv = 3,", "kernel"),
        ("optimizer = { id = \"sgd\", momentum", "optimizer = { id = \"adam\", momentum", "momentum"),
        ("cross_entropy", "crossentropy", "crossentropy"),
        ("factor = 0.1", "factor = 1.5", "factor"),
        ("learning_rate = 0.1", "learning_rate = 0", "learning_rate"),
        ("cpu_hours = 0.001", "cpu_hours = 0", "cpu_hours"),
        ("rule = \"feedback_alignment\"", "rule = \"feedback_alignment\"\nsettings = { speed = 1 }", "speed"),
    ] {
        let why = refusal(from, to);
        assert!(why.contains(told), "{told}: {why}");
    }
    let (start, _) = FILE.split_once("published").expect("it has some");
    assert!(read(start).expect_err("no number").contains("no `published` value"));
    // A loss whose targets follow the output is for rules that read its error once.
    let local =
        FILE.replace("cross_entropy", "logistic").replace("rule = \"feedback_alignment\"", "rule = \"local_loss\"");
    assert!(read(&local).expect_err("several readings").contains("logistic"));
}

#[test]
fn rates_fall_as_they_are_said_to() {
    let steps = Schedule::Steps(vec![50, 75], 0.1);
    for (epoch, share) in [(1, 1.0), (50, 1.0), (51, 0.1), (75, 0.1), (76, 0.01)] {
        assert!((steps.share(epoch, 100) - share).abs() < 1e-12);
    }
    // 100 epochs, from the 50th: 2 (101 − epoch) / 100 of the published code.
    for (epoch, share) in [(50, 1.0), (51, 1.0), (76, 0.5), (100, 0.02)] {
        assert!((Schedule::Cooldown(50).share(epoch, 100) - share).abs() < 1e-12);
    }
}

/// A folder of tiny pictures, read.
fn blocks(folder: &Path) -> Data {
    digits::tests::write(folder, [240, 60]);
    Data::read(folder).expect("sound files")
}

fn silent(_: &crate::rows::RecipeRow) {}

fn trained(recipe: &Recipe, data: &Data, seed: u64) -> CellOutput {
    let cancelled = AtomicBool::new(false);
    run(recipe, data, seed, &Stop { cancelled: &cancelled, told: &silent }).expect("it learns")
}

#[test]
fn a_seed_gives_the_same_bytes_whether_it_was_killed_before_or_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = blocks(folder.path());
    let recipe = &read(FILE).expect("sound")[0];
    let id = cell_id(recipe, &data, 1);
    let [first, second] = ["first", "second"].map(|name| Store::open(&folder.path().join(name)).expect("a folder"));
    first.save(&id, &trained(recipe, &data, 1)).expect("saved");

    // Stopped in the second epoch: nothing is kept; begun again, the same bytes.
    let (cancelled, epochs) = (AtomicBool::new(false), AtomicUsize::new(0));
    let told = |_: &crate::rows::RecipeRow| {
        epochs.fetch_add(1, Ordering::Relaxed);
        cancelled.store(true, Ordering::Relaxed);
    };
    let stopped = run(recipe, &data, 1, &Stop { cancelled: &cancelled, told: &told });
    assert!(matches!(stopped, Err(CellError::Interrupted)) && epochs.load(Ordering::Relaxed) == 1);
    second.save(&id, &trained(recipe, &data, 1)).expect("saved");
    let bytes = |store: &Store| fs::read(store.cell_path(&id)).expect("a cell");
    assert_eq!(bytes(&first), bytes(&second));
    assert_eq!(second.load(&id).expect("whole"), Some(trained(recipe, &data, 1)));
    // Negative control: another seed is another network.
    assert_ne!(trained(recipe, &data, 2).recipe, trained(recipe, &data, 1).recipe);
    assert_ne!(cell_id(recipe, &data, 2), id);
}

#[test]
fn cells_are_named_by_what_their_numbers_depend_on_and_by_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = blocks(folder.path());
    let id = |file: &str| cell_id(&read(file).expect("sound")[0], &data, 1);
    for (from, to) in [("error = 5.0", "error = 6.0"), ("cpu_hours = 0.001", "cpu_hours = 2"), ("Feedback", "Random")] {
        assert_eq!(id(&FILE.replacen(from, to, 1)), id(FILE), "{to}");
    }
    for (from, to) in [
        ("learning_rate = 0.1", "learning_rate = 0.2"),
        ("validation = 40", "validation = 41"),
        ("dense = 20", "dense = 21"),
        ("momentum = 0.9", "momentum = 0.8"),
        ("gain = 1.0", "gain = 2.0"),
        ("epoch = 2", "epoch = 1"),
        ("factor = 0.1", "factor = 0.2"),
    ] {
        assert_ne!(id(&FILE.replacen(from, to, 1)), id(FILE), "{to}");
    }
}

/// Reorders the training files by `order`, pictures and labels alike, or labels only.
fn reordered(folder: &Path, order: impl Fn(usize) -> usize, pictures: bool) {
    let [images, labels] = FILES[0].map(|name| folder.join(name));
    let [old_images, old_labels] = [&images, &labels].map(|path| fs::read(path).expect("a file"));
    let (mut new_images, mut new_labels) = (old_images.clone(), old_labels.clone());
    for at in 0..240 {
        let from = order(at);
        new_labels[8 + at] = old_labels[8 + from];
        if pictures {
            new_images[16 + at * 64..16 + (at + 1) * 64]
                .copy_from_slice(&old_images[16 + from * 64..16 + (from + 1) * 64]);
        }
    }
    fs::write(images, new_images).expect("a file");
    fs::write(labels, new_labels).expect("a file");
}

#[test]
fn the_order_of_the_files_does_not_count_and_no_picture_is_in_two_parts() {
    let [here, there] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let data = blocks(here.path());
    digits::tests::write(there.path(), [240, 60]);
    // Sorted by class, as some files are.
    reordered(there.path(), |at| at % 24 * 10 + at / 24, true);
    let sorted = Data::read(there.path()).expect("sound files");
    let recipe = &read(FILE).expect("sound")[0];
    let pictures = &recipe.training.pictures;
    assert_eq!((&sorted.content, sorted.held_out(pictures)), (&data.content, data.held_out(pictures)));
    assert_eq!(cell_id(recipe, &sorted, 1), cell_id(recipe, &data, 1));
    // The lower right corner has the picture's number: each is there once.
    let mut rng = crate::identity::stream(&["order"]);
    let order = data.order(pictures, &mut rng);
    let number =
        |shown: &[f32]| shown.chunks_exact(64).map(|pixels| (pixels[63] * 255.0).round() as u8).collect::<Vec<u8>>();
    let mut seen = number(&data.lesson(&order, pictures, &mut rng).pixels);
    seen.extend(number(&data.shown(data::Part::Validation, 0..40, pictures).pixels));
    seen.sort_unstable();
    assert_eq!(seen, (0..240).map(|at| at as u8).collect::<Vec<u8>>());
    // Negative control: one label exchanged with another class is other pictures.
    reordered(there.path(), |at| if at == 0 { 239 } else { at }, false);
    assert_ne!(Data::read(there.path()).expect("sound files").content, data.content);
}

#[test]
fn labels_without_meaning_do_not_reach_what_true_labels_reach() {
    let [here, there] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let recipe = &read(FILE).expect("sound")[0];
    let of = |data: &Data| {
        let cells: Vec<CellOutput> = recipe.seeds.iter().map(|seed| trained(recipe, data, *seed)).collect();
        overall(&recipe.readings(&cells))
    };
    assert_ne!(of(&blocks(here.path())), Verdict::NotReached);
    digits::tests::write(there.path(), [240, 60]);
    // Labels are 7c² + c + 3t modulo 10 at the t-th picture of class c: within each class every label comes in turn.
    reordered(there.path(), |at| (at * at * 7 + at * 11 + at / 10 * 3) % 240, false);
    assert_eq!(of(&Data::read(there.path()).expect("sound files")), Verdict::NotReached);
}

#[test]
fn an_angle_is_told_only_where_there_is_feedback() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = blocks(folder.path());
    let angle = |output: &CellOutput| output.recipe.iter().map(|row| row.weight_angle_deg).collect::<Vec<_>>();
    let recipe = &read(FILE).expect("sound")[0];
    let found = angle(&trained(recipe, &data, 1));
    assert!(found[0].is_none() && found[1].is_some_and(|angle| (0.0..90.0).contains(&angle)), "{found:?}");
    let backprop = FILE
        .replace("rule = \"feedback_alignment\"", "rule = \"backprop\"")
        .replace("feedback = { law = \"normal\", over = \"fan_sum\", gain = 1.0 }\n", "");
    let cancelled = AtomicBool::new(false);
    let stop = Stop { cancelled: &cancelled, told: &silent };
    let refused = run(&read(&backprop).expect("sound")[0], &data, 1, &stop);
    assert!(matches!(refused, Err(CellError::Failed(why)) if why.contains("no feedback weights")));
}
