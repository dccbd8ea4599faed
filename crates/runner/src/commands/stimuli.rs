//! `trompe stimuli draw|verify`: draws the sets of `stimuli/*.toml` as PNG with `metadata.csv` and masks, and verifies
//! earlier drawings.

use super::run::say;
use super::{CommandError, CommandResult, Ending, print};
use crate::experiment::Setting;
use crate::recipe::{self, Recipe};
use crate::sheet;
use crate::store::{csv_text, write_whole};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use trompe_stimuli::Stimulus;

/// A stimulus set as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SetFile {
    schema: u32,
    id: String,
    title: String,
    /// Pixels per degree of visual angle.
    ppd: f64,
    stimulus: Vec<StimulusEntry>,
}

/// One stimulus of a set.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StimulusEntry {
    /// Name of the PNG file.
    name: String,
    /// Entry of the list of illusions.
    illusion: String,
    /// Settings of the illusion.
    #[serde(default)]
    settings: toml::Table,
    /// Physical presence of what people report.
    #[serde(default)]
    difference: f64,
    /// Context that tricks.
    strength: f64,
}

/// One line of `metadata.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Metadata {
    file_name: String,
    set: String,
    illusion: String,
    difference: f64,
    strength: f64,
    width_px: usize,
    height_px: usize,
    ppd: f64,
    /// Parameters as `key=value` pairs, separated by semicolons, in the order of their keys.
    parameters: String,
    /// Seed of what was drawn at random; empty where nothing was.
    seed: String,
    /// Files of the masks, separated by semicolons; a mask's pixel is 255 where it lies wholly in the region.
    masks: String,
    /// SHA-256 of the sRGB codes of 16 bits, channels first, low byte first.
    pixels_sha256: String,
}

/// One drawn stimulus.
struct Drawn {
    metadata: Metadata,
    recipe: Recipe,
    stimulus: Stimulus,
}

impl Drawn {
    /// File and picture of each mask.
    fn masks(&self) -> impl Iterator<Item = (String, image::GrayImage)> + '_ {
        let stem = self.metadata.file_name.trim_end_matches(".png");
        self.stimulus
            .masks
            .iter()
            .map(move |(name, mask)| (mask_file(stem, *name), sheet::gray(&mask.coverage, [mask.height, mask.width])))
    }
}

fn mask_file(stem: &str, mask: trompe_stimuli::MaskName) -> String {
    format!("masks/{stem}_{mask}.png")
}

fn usage(path: &Path, why: impl std::fmt::Display) -> CommandError {
    CommandError::Usage(format!("{}: {why}", path.display()))
}

fn read(path: &Path) -> Result<SetFile, CommandError> {
    let text = fs::read_to_string(path).map_err(|error| usage(path, error))?;
    let set: SetFile = toml::from_str(&text).map_err(|error| usage(path, error))?;
    if set.schema != 1 {
        return Err(usage(path, format!("schema must be 1, got {}", set.schema)));
    }
    let safe = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if let Some(wrong) =
        set.stimulus.iter().map(|entry| entry.name.as_str()).chain([set.id.as_str()]).find(|name| !safe(name))
    {
        return Err(usage(path, format!("`{wrong}` must be made of letters, digits, `-` and `_`: it names a file")));
    }
    Ok(set)
}

fn setting(key: &str, value: &toml::Value) -> Result<Setting, String> {
    let number = |value: &toml::Value| value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
    match value {
        toml::Value::Boolean(flag) => Ok(Setting::Flag(*flag)),
        toml::Value::String(text) => Ok(Setting::Text(text.clone())),
        toml::Value::Integer(_) | toml::Value::Float(_) => {
            number(value).map(Setting::Number).ok_or_else(|| key.to_owned())
        }
        toml::Value::Array(list) => {
            let numbers: Option<Vec<f64>> = list.iter().map(number).collect();
            numbers.map(Setting::List).ok_or_else(|| format!("setting `{key}` must be a list of numbers"))
        }
        toml::Value::Datetime(_) | toml::Value::Table(_) => {
            Err(format!("setting `{key}` must be a number, a word, true or false, or a list of numbers"))
        }
    }
}

fn draw_set(path: &Path) -> Result<(SetFile, Vec<Drawn>), CommandError> {
    let set = read(path)?;
    let drawn: Result<Vec<Drawn>, CommandError> =
        set.stimulus.iter().map(|entry| draw_one(path, &set, entry)).collect();
    Ok((set, drawn?))
}

fn draw_one(path: &Path, set: &SetFile, entry: &StimulusEntry) -> Result<Drawn, CommandError> {
    let here = |why: String| usage(path, format!("stimulus `{}`: {why}", entry.name));
    let mut settings = BTreeMap::new();
    for (key, value) in &entry.settings {
        settings.insert(key.clone(), setting(key, value).map_err(here)?);
    }
    let mut recipe = Recipe {
        schema: recipe::SCHEMA,
        illusion: entry.illusion.clone(),
        settings,
        difference: entry.difference,
        strength: entry.strength,
        ppd: set.ppd,
        pixels_sha256: String::new(),
    };
    let stimulus = recipe.draw().map_err(here)?;
    recipe.pixels_sha256 = recipe::hash(&stimulus);
    // A recipe that cannot be written is refused before anything is.
    recipe.json().map_err(here)?;
    let parameters: Vec<String> = stimulus.metadata.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let metadata = Metadata {
        file_name: format!("{}.png", entry.name),
        set: set.id.clone(),
        illusion: entry.illusion.clone(),
        difference: entry.difference,
        strength: entry.strength,
        width_px: stimulus.image.width,
        height_px: stimulus.image.height,
        ppd: set.ppd,
        parameters: parameters.join(";"),
        seed: stimulus.metadata.get("seed").cloned().unwrap_or_default(),
        masks: stimulus.masks.keys().map(|mask| mask_file(&entry.name, *mask)).collect::<Vec<_>>().join(";"),
        pixels_sha256: recipe.pixels_sha256.clone(),
    };
    Ok(Drawn { metadata, recipe, stimulus })
}

/// Draws sets into folders of their own, with the set file beside the pictures so that they can be verified.
pub fn draw(files: &[PathBuf], out: Option<&Path>) -> CommandResult {
    for file in files {
        let (set, drawn) = draw_set(file)?;
        let folder = match out {
            Some(out) if files.len() == 1 => out.to_path_buf(),
            Some(out) => out.join(&set.id),
            None => Path::new("results/stimuli").join(&set.id),
        };
        fs::create_dir_all(folder.join("masks")).map_err(|error| usage(&folder, error))?;
        let mut pictures = Vec::new();
        for one in &drawn {
            pictures.push(write_one(&folder, one)?);
        }
        let sheet = sheet::png(&sheet::sheet(&pictures, 4, 1)).map_err(internal)?;
        write_whole(&folder.join("sheet.png"), &sheet)?;
        let rows: Vec<Metadata> = drawn.into_iter().map(|one| one.metadata).collect();
        let csv = csv_text(&rows).map_err(internal)?;
        write_whole(&folder.join("metadata.csv"), &csv)?;
        let text = fs::read(file).map_err(|error| usage(file, error))?;
        write_whole(&folder.join("set.toml"), &text)?;
        let line = format!("{}: {} pictures of `{}` ({})", folder.display(), rows.len(), set.id, set.title);
        print(&format!("{line}\n"))?;
    }
    Ok(Ending::Done)
}

fn internal(error: impl std::fmt::Display) -> CommandError {
    CommandError::Internal(error.to_string())
}

/// Writes a picture with its recipe inside, and its masks.
fn write_one(folder: &Path, one: &Drawn) -> Result<image::RgbImage, CommandError> {
    let picture = sheet::picture(&one.stimulus.image);
    let png = recipe::png(&picture, &one.recipe).map_err(internal)?;
    write_whole(&folder.join(&one.metadata.file_name), &png)?;
    for (file, mask) in one.masks() {
        write_whole(&folder.join(file), &sheet::gray_png(&mask).map_err(internal)?)?;
    }
    Ok(picture)
}

/// Folders with a `metadata.csv`: the folder itself, or those in it.
fn drawn_folders(folder: &Path) -> Result<Vec<PathBuf>, CommandError> {
    if folder.join("metadata.csv").is_file() {
        return Ok(vec![folder.to_path_buf()]);
    }
    let entries = fs::read_dir(folder).map_err(|error| usage(folder, error))?;
    let mut found: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    found.retain(|path| path.join("metadata.csv").is_file());
    found.sort();
    if found.is_empty() { Err(usage(folder, "no metadata.csv here or one level below")) } else { Ok(found) }
}

/// Draws every set again and compares parameters, pixels and PNG files.
pub fn verify(folders: &[PathBuf]) -> CommandResult {
    let mut wrong = 0;
    let mut right = 0;
    for folder in folders {
        for drawn in drawn_folders(folder)? {
            let differences = verify_one(&drawn)?;
            wrong += differences.len();
            right += usize::from(differences.is_empty());
            differences.iter().for_each(|difference| say(difference));
        }
    }
    let line = format!("{right} sets are drawn as before, {wrong} differences");
    print(&format!("{line}\n"))?;
    Ok(if wrong == 0 { Ending::Done } else { Ending::CheckFailed })
}

fn verify_one(folder: &Path) -> Result<Vec<String>, CommandError> {
    let path = folder.join("metadata.csv");
    let mut reader = csv::Reader::from_path(&path).map_err(|error| usage(&path, error))?;
    let before: Result<Vec<Metadata>, csv::Error> = reader.deserialize().collect();
    let before = before.map_err(|error| usage(&path, error))?;
    let (_, drawn) = draw_set(&folder.join("set.toml"))?;
    let mut differences = Vec::new();
    if before.len() != drawn.len() {
        differences.push(format!("{}: {} lines, {} stimuli in the set", path.display(), before.len(), drawn.len()));
    }
    for (line, one) in before.iter().zip(&drawn) {
        let file = folder.join(&line.file_name);
        if line.pixels_sha256 != one.metadata.pixels_sha256 {
            differences.push(format!("{}: other pixels than before", file.display()));
        } else if *line != one.metadata {
            differences.push(format!("{}: other parameters than before", file.display()));
        }
        let png = fs::read(&file).map_err(|error| usage(&file, error))?;
        let there = image::load_from_memory(&png).map_err(|error| usage(&file, error))?.to_rgb8();
        if there != sheet::picture(&one.stimulus.image) {
            differences.push(format!("{}: the PNG is not this stimulus", file.display()));
        }
        if recipe::of_png(&png).as_ref() != Ok(&one.recipe) {
            differences.push(format!("{}: its text chunk is not this stimulus' recipe", file.display()));
        }
        for (mask, drawn) in one.masks() {
            let file = folder.join(mask);
            let png = fs::read(&file).map_err(|error| usage(&file, error))?;
            let there = image::load_from_memory(&png).map_err(|error| usage(&file, error))?.to_luma8();
            if there != drawn {
                differences.push(format!("{}: the PNG is not this mask", file.display()));
            }
        }
    }
    Ok(differences)
}
