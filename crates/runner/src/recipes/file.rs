//! Files of recipes: read, and refused in words where something in them cannot be meant.
//!
//! ```toml
//! schema = 1
//! title = "…"
//! source = "key2019"            # of references.bib
//! read = "…"                    # where the numbers and the settings stand
//! departures = "…"
//! seeds = [1, 2, 3]
//! [data]
//! validation = 5000             # of the training pictures, held out
//! [network]
//! layers = [{ dense = 500, activation = "sigmoid" }, { readout = true }]
//! [training]
//! loss = "cross_entropy"        # squared_error, logistic
//! batch = 128
//! epochs = 50
//! optimizer = { id = "sgd" }    # adam
//! [[recipe]]
//! id = "…"
//! title = "…"
//! rule = "feedback_alignment"
//! learning_rate = 0.2
//! cpu_hours = 0.1               # of one seed
//! published = [{ epoch = 50, accuracy = 94.62, bar = 0.5 }]     # or error, weight_angle
//! ```

use super::{Draw, Loss, Measure, Optimizer, Pictures, Published, Recipe, Schedule, Training};
use crate::bridge;
use crate::digits::CLASSES;
use crate::experiment::Settings;
use serde::Deserialize;
use std::fs;
use std::path::Path;
use trompe_models::optimizer::AdamSettings;
use trompe_models::rules::{self, Family};
use trompe_models::{Activation, LayerSpec, NetworkSpec};

/// Version of the files' format.
const SCHEMA: u32 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FamilyEntry {
    schema: u32,
    title: String,
    source: String,
    read: String,
    departures: String,
    seeds: Vec<u64>,
    data: DataEntry,
    network: NetworkEntry,
    training: TrainingEntry,
    #[serde(rename = "recipe")]
    recipes: Vec<RecipeEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DataEntry {
    validation: usize,
    #[serde(default = "mnist_side")]
    side: usize,
    resize: Option<usize>,
    #[serde(default)]
    mean: f64,
    #[serde(default = "one")]
    sd: f64,
    #[serde(default)]
    shift_px: usize,
    #[serde(default)]
    drop: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkEntry {
    layers: Vec<Layer>,
    weights: Option<Draw>,
}

/// A layer as written: one of the kinds, and its numbers.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Layer {
    dense: Option<usize>,
    conv: Option<usize>,
    max_pool: Option<usize>,
    avg_pool: Option<usize>,
    dropout: Option<f64>,
    activate: Option<String>,
    batch_norm: Option<bool>,
    layer_norm: Option<bool>,
    rms_norm: Option<bool>,
    readout: Option<bool>,
    kernel: Option<usize>,
    padding: Option<usize>,
    activation: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TrainingEntry {
    loss: Loss,
    batch: usize,
    epochs: usize,
    optimizer: OptimizerEntry,
    schedule: Option<ScheduleEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OptimizerEntry {
    id: String,
    momentum: Option<f64>,
    #[serde(default)]
    weight_decay: f64,
    beta1: Option<f64>,
    beta2: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScheduleEntry {
    after_epochs: Option<Vec<usize>>,
    factor: Option<f64>,
    cooldown_from: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecipeEntry {
    id: String,
    title: String,
    rule: String,
    #[serde(default)]
    settings: Settings,
    learning_rate: f64,
    /// In the place of the family's.
    layers: Option<Vec<Layer>>,
    feedback: Option<Draw>,
    cpu_hours: f64,
    #[serde(default)]
    departures: String,
    #[serde(default)]
    cause: String,
    #[serde(default)]
    published: Vec<PublishedEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PublishedEntry {
    epoch: usize,
    error: Option<f64>,
    accuracy: Option<f64>,
    weight_angle: Option<f64>,
    bar: f64,
}

fn mnist_side() -> usize {
    28
}

fn one() -> f64 {
    1.0
}

/// All recipes of a folder, file by file in the order of their names.
///
/// # Errors
/// No folder, a file with mistakes, two recipes of one name.
pub fn folder(path: &Path) -> Result<Vec<Recipe>, String> {
    let named = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    let entries = fs::read_dir(path).map_err(|error| {
        format!(
            "{}: run from the repository's folder, or name the folder of recipes with --recipes",
            named(path, error)
        )
    })?;
    let files: Result<Vec<_>, _> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut files = files.map_err(|error| named(path, error))?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    let mut recipes: Vec<Recipe> = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).map_err(|error| named(&file, error))?;
        recipes.extend(read(&text).map_err(|why| format!("{}: {why}", file.display()))?);
    }
    let mut ids: Vec<&str> = recipes.iter().map(|recipe| recipe.id.as_str()).collect();
    ids.sort_unstable();
    match ids.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("{}: two recipes are named `{}`", path.display(), pair[0])),
        None => Ok(recipes),
    }
}

/// The recipes of a file.
///
/// # Errors
/// The first mistake, in words that name the key.
pub fn read(text: &str) -> Result<Vec<Recipe>, String> {
    let family: FamilyEntry = toml::from_str(text).map_err(|error| error.to_string())?;
    must(family.schema == SCHEMA, || format!("schema {} is not known; this program reads {SCHEMA}", family.schema))?;
    let texts = [("title", &family.title), ("source", &family.source), ("read", &family.read)];
    for (key, text) in texts {
        must(!text.trim().is_empty(), || format!("`{key}` is empty"))?;
    }
    must(!family.seeds.is_empty(), || "`seeds` is empty: nothing would be trained".into())?;
    let mut seeds = family.seeds.clone();
    seeds.sort_unstable();
    seeds.dedup();
    must(seeds.len() == family.seeds.len(), || "`seeds` has one twice".into())?;
    must(!family.recipes.is_empty(), || "there is no [[recipe]]".into())?;
    let recipe = |entry: &RecipeEntry| recipe(&family, entry).map_err(|why| format!("recipe `{}`: {why}", entry.id));
    family.recipes.iter().map(recipe).collect()
}

fn must(holds: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why()) }
}

fn recipe(family: &FamilyEntry, entry: &RecipeEntry) -> Result<Recipe, String> {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    must(!entry.id.is_empty() && entry.id.chars().all(plain), || "`id` must be of a–z, 0–9 and `-`".into())?;
    let rule = rules::find(&entry.rule).map_err(|error| error.to_string())?;
    let settings = bridge::rule_settings(&entry.settings)?;
    rule.settings(&settings).map_err(|error| error.to_string())?;
    must(entry.cpu_hours.is_finite() && entry.cpu_hours > 0.0, || "`cpu_hours` must be above 0".into())?;
    must(entry.learning_rate.is_finite() && entry.learning_rate > 0.0, || "`learning_rate` must be above 0".into())?;
    let told = |family: &FamilyEntry| [family.departures.trim(), entry.departures.trim()].join(" ").trim().to_owned();
    let training = training(family, entry, settings)?;
    // Its targets follow the output, so a rule must read the output's error once, where the forward pass left it.
    let read_once = matches!(rule.family, Family::Exact | Family::FeedbackPath);
    must(training.loss != Loss::Logistic || read_once, || {
        format!("loss \"logistic\" is for exact gradients and other ways back, and `{}` is neither", rule.id)
    })?;
    Ok(Recipe {
        id: entry.id.clone(),
        title: format!("{}: {}", entry.title, family.title),
        source: family.source.clone(),
        read: family.read.clone(),
        departures: told(family),
        cause: entry.cause.clone(),
        cpu_hours: entry.cpu_hours,
        seeds: family.seeds.clone(),
        published: published(&entry.published, training.epochs)?,
        rule,
        training,
    })
}

fn published(entries: &[PublishedEntry], epochs: usize) -> Result<Vec<Published>, String> {
    must(!entries.is_empty(), || {
        "no `published` value: a recipe is there to reach one, such as [{ epoch = 50, error = 1.7, bar = 0.15 }]".into()
    })?;
    let published = |entry: &PublishedEntry| {
        let given = [
            (Measure::Error, entry.error),
            (Measure::Accuracy, entry.accuracy),
            (Measure::WeightAngle, entry.weight_angle),
        ];
        let mut given = given.into_iter().filter_map(|(measure, value)| Some((measure, value?)));
        let (Some((measure, value)), None) = (given.next(), given.next()) else {
            return Err("each of `published` must have exactly one of `error`, `accuracy`, `weight_angle`".to_owned());
        };
        let most = if measure == Measure::WeightAngle { 180.0 } else { 100.0 };
        must((0.0..=most).contains(&value), || {
            format!("a published {measure} of {value} is not between 0 and {most}")
        })?;
        must(entry.bar.is_finite() && entry.bar > 0.0, || format!("`bar` must be above 0, got {}", entry.bar))?;
        must((1..=epochs).contains(&entry.epoch), || {
            format!("epoch {} is not among the {epochs} trained", entry.epoch)
        })?;
        Ok(Published { epoch: entry.epoch, measure, value, bar: entry.bar })
    };
    entries.iter().map(published).collect()
}

fn training(family: &FamilyEntry, entry: &RecipeEntry, settings: rules::Settings) -> Result<Training, String> {
    let pictures = pictures(&family.data)?;
    let given = &family.training;
    must(given.batch > 0 && given.epochs > 0, || "`batch` and `epochs` must be at least 1".into())?;
    let layers = entry.layers.as_ref().unwrap_or(&family.network.layers);
    must(layers.last().is_some_and(|last| last.readout == Some(true)), || {
        "the last layer must be `{ readout = true }`".into()
    })?;
    let layers: Result<Vec<LayerSpec>, String> = layers.iter().map(layer).collect();
    let network = NetworkSpec { input: [1, pictures.resize, pictures.resize], layers: layers? };
    network.check().map_err(|error| format!("network: {error}"))?;
    for draw in [family.network.weights, entry.feedback].into_iter().flatten() {
        must(draw.gain.is_finite() && draw.gain >= 0.0, || format!("`gain` must be at least 0, got {}", draw.gain))?;
    }
    Ok(Training {
        settings,
        pictures,
        network,
        weights: family.network.weights,
        feedback: entry.feedback,
        loss: given.loss,
        batch: given.batch,
        epochs: given.epochs,
        rate: entry.learning_rate,
        optimizer: optimizer(&given.optimizer)?,
        schedule: schedule(given.schedule.as_ref(), given.epochs)?,
    })
}

fn pictures(entry: &DataEntry) -> Result<Pictures, String> {
    let &DataEntry { validation, side, resize, mean, sd, shift_px, drop } = entry;
    let resize = resize.unwrap_or(side);
    must(validation > 0, || "`validation` must be at least 1: something must be held out".into())?;
    must(side > 0 && resize >= side, || format!("`resize` must be at least the files' {side} pixels"))?;
    must(sd.is_finite() && sd > 0.0 && mean.is_finite(), || "`sd` must be above 0, and `mean` a number".into())?;
    must((0.0..1.0).contains(&drop), || format!("`drop` must be at least 0 and less than 1, got {drop}"))?;
    must(shift_px < side, || format!("`shift_px` must be below {side}"))?;
    Ok(Pictures { side, validation, resize, mean, sd, shift_px, drop })
}

fn layer(entry: &Layer) -> Result<LayerSpec, String> {
    let activation = || bridge::activation(entry.activation.as_deref().unwrap_or("relu"));
    let mut kinds: Vec<LayerSpec> = Vec::new();
    if let Some(units) = entry.dense {
        kinds.push(LayerSpec::Dense { units, activation: activation()? });
    }
    if let Some(channels) = entry.conv {
        let kernel = entry.kernel.ok_or("`conv` needs `kernel`")?;
        let padding = entry.padding.unwrap_or(0);
        kinds.push(LayerSpec::Conv { channels, kernel, stride: 1, padding, activation: activation()? });
    }
    kinds.extend(entry.max_pool.map(|size| LayerSpec::MaxPool { size, stride: size }));
    kinds.extend(entry.avg_pool.map(|size| LayerSpec::AvgPool { size, stride: size }));
    kinds.extend(entry.dropout.map(|rate| LayerSpec::Dropout { rate }));
    if let Some(name) = &entry.activate {
        kinds.push(LayerSpec::Activate { activation: bridge::activation(name)? });
    }
    let readout = LayerSpec::Dense { units: CLASSES.len(), activation: Activation::Identity };
    let lone = [
        (entry.batch_norm, LayerSpec::BatchNorm),
        (entry.layer_norm, LayerSpec::LayerNorm),
        (entry.rms_norm, LayerSpec::RmsNorm),
        (entry.readout, readout),
    ];
    for (given, spec) in lone {
        must(given != Some(false), || "leave a layer out instead of writing `false`".into())?;
        kinds.extend(given.map(|_| spec));
    }
    match (kinds.pop(), kinds.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(_), false) | (None, _) => Err("each layer must name exactly one kind".into()),
    }
}

fn optimizer(entry: &OptimizerEntry) -> Result<Optimizer, String> {
    let &OptimizerEntry { ref id, momentum, weight_decay, beta1, beta2 } = entry;
    let foreign = |key: &str| format!("optimizer \"{id}\" has no `{key}`");
    match id.as_str() {
        "sgd" => {
            must(beta1.is_none() && beta2.is_none(), || foreign("beta1` and no `beta2"))?;
            Ok(Optimizer::Sgd(momentum.unwrap_or(0.0), weight_decay))
        }
        "adam" => {
            must(momentum.is_none(), || foreign("momentum"))?;
            let usual = AdamSettings::with_rate(0.0);
            let (beta1, beta2) = (beta1.unwrap_or(usual.beta1), beta2.unwrap_or(usual.beta2));
            Ok(Optimizer::Adam(AdamSettings { beta1, beta2, weight_decay, ..usual }))
        }
        other => Err(format!("unknown optimizer \"{other}\"; there are \"sgd\" and \"adam\"")),
    }
}

fn schedule(entry: Option<&ScheduleEntry>, epochs: usize) -> Result<Schedule, String> {
    let Some(entry) = entry else { return Ok(Schedule::Constant) };
    match (&entry.after_epochs, entry.factor, entry.cooldown_from) {
        (Some(after), Some(factor), None) => {
            must(factor > 0.0 && factor < 1.0, || format!("`factor` must be between 0 and 1, got {factor}"))?;
            Ok(Schedule::Steps(after.clone(), factor))
        }
        (None, None, Some(from)) => {
            must(from < epochs, || format!("`cooldown_from` must be below the {epochs} epochs"))?;
            Ok(Schedule::Cooldown(from))
        }
        _ => Err("`schedule` is `after_epochs` with `factor`, or `cooldown_from`".into()),
    }
}
