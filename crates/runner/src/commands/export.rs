//! `trompe stimuli export`: an experiment's pictures for a program of one's own, without the truth.

use super::check::{self, ReadFile};
use super::{CommandError, CommandResult, Ending, print};
use crate::bridge;
use crate::cell::SharedWorld;
use crate::cli::ExportArgs;
use crate::export::{self, Keys, Trial};
use crate::sheet;
use crate::store::{csv_text, write_whole};
use serde::Serialize;
use std::fs;
use std::path::Path;

/// One line of `classes.csv`.
#[derive(Serialize)]
struct ClassRow<'a> {
    index: usize,
    class: &'a str,
}

/// Writes the folder.
pub fn export(args: &ExportArgs) -> CommandResult {
    let read = check::read(&args.file)?;
    read.refuse_search()?;
    let at = world(&read, args.world.as_deref())?;
    let experiment = &read.experiment;
    let spec = &experiment.worlds[at];
    let folder = args.out.clone().unwrap_or_else(|| Path::new("results/export").join(&experiment.id).join(&spec.name));
    make_empty(&folder)?;
    let world = bridge::shared_world(experiment, spec)
        .map_err(|why| CommandError::Usage(format!("{}: {why}; change [battery]", args.file.display())))?;
    let keys = export::keys(experiment, &world);
    let trials = export::trials(&keys, args.validation);
    write_pictures(&folder, &world, &keys, &trials)?;
    write_csv(&folder.join("trials.csv"), &trials)?;
    let classes = world.world.classes();
    let rows: Vec<ClassRow<'_>> = classes.iter().enumerate().map(|(index, class)| ClassRow { index, class }).collect();
    write_csv(&folder.join("classes.csv"), &rows)?;
    if args.training > 0 {
        write_training(&folder.join("training"), &world, args.training)?;
    }
    let readme = export::readme(experiment, at, classes, trials.len(), &args.file.display().to_string());
    write_whole(&folder.join("README.txt"), readme.as_bytes())?;
    let line = format!(
        "{}: {} pictures of `{}`, {} of them real things for validation, {} to train on; README.txt says what to answer",
        folder.display(),
        trials.len(),
        experiment.id,
        keys.values().filter(|origin| args.validation && origin.is_validation()).count(),
        args.training
    );
    print(&format!("{line}\n"))?;
    Ok(Ending::Done)
}

/// The world of that name, or the only one.
///
/// # Errors
/// No such world, or no name where there are several.
pub fn world(read: &ReadFile, name: Option<&str>) -> Result<usize, CommandError> {
    let worlds = &read.experiment.worlds;
    let names: Vec<&str> = worlds.iter().map(|world| world.name.as_str()).collect();
    let usage = |why: String| CommandError::Usage(format!("{}: {why}", read.path.display()));
    match name {
        Some(name) => worlds
            .iter()
            .position(|world| world.name == name)
            .ok_or_else(|| usage(format!("no world `{name}`; there are {}", names.join(", ")))),
        None if worlds.len() == 1 => Ok(0),
        None => Err(usage(format!("several worlds; choose one with --world: {}", names.join(", ")))),
    }
}

/// Makes a folder in which nothing stands: what an earlier export left would mix with this one.
fn make_empty(folder: &Path) -> Result<(), CommandError> {
    let usage = |why: String| CommandError::Usage(format!("{}: {why}", folder.display()));
    fs::create_dir_all(folder.join("pictures")).map_err(|error| usage(error.to_string()))?;
    let mut inside = fs::read_dir(folder).map_err(|error| usage(error.to_string()))?;
    let foreign = inside.any(|entry| entry.is_ok_and(|entry| entry.file_name() != "pictures"));
    if foreign { Err(usage("not empty; remove it, or name another folder with --out".into())) } else { Ok(()) }
}

fn write_pictures(folder: &Path, world: &SharedWorld, keys: &Keys, trials: &[Trial]) -> Result<(), CommandError> {
    let [height, width] = world.battery.viewing.size_px();
    for chunk in trials.chunks(export::PICTURES_A_FILE) {
        let mut pixels = Vec::with_capacity(chunk.len() * height * width);
        for trial in chunk {
            let picture = export::pixels(world, keys[&trial.key]);
            let code = bridge::code(picture, world.battery.encoding);
            let png = sheet::gray_png(&sheet::gray(&code, [height, width])).map_err(internal)?;
            let path = folder.join(&trial.png);
            // Thousands of files that can be drawn again: not synced one by one.
            fs::write(&path, png).map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))?;
            pixels.extend_from_slice(picture);
        }
        write_whole(&folder.join(&chunk[0].file), &export::npy(&pixels, [chunk.len(), 1, height, width]))?;
    }
    Ok(())
}

/// One line of `training/training.csv`.
#[derive(Serialize)]
struct LabelRow<'a> {
    index: usize,
    class: &'a str,
}

fn write_training(folder: &Path, world: &SharedWorld, images: usize) -> Result<(), CommandError> {
    fs::create_dir_all(folder).map_err(|error| CommandError::Usage(format!("{}: {error}", folder.display())))?;
    let (pixels, labels) = export::training(world, images).map_err(CommandError::Internal)?;
    let [height, width] = world.battery.viewing.size_px();
    write_whole(&folder.join("training.npy"), &export::npy(&pixels, [images, 1, height, width]))?;
    let classes = world.world.classes();
    let rows = labels.iter().enumerate().map(|(index, &label)| LabelRow { index, class: classes[label] });
    write_csv(&folder.join("training.csv"), &rows.collect::<Vec<_>>())
}

fn write_csv<Row: Serialize>(path: &Path, rows: &[Row]) -> Result<(), CommandError> {
    Ok(write_whole(path, &csv_text(rows).map_err(internal)?)?)
}

fn internal(error: impl std::fmt::Display) -> CommandError {
    CommandError::Internal(error.to_string())
}
