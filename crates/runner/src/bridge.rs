//! Where the crates meet: experiment settings become networks, rules and worlds; pixels become tensors.

use crate::adversarial;
use crate::battery::{self, Battery, Block};
use crate::cell::{Shared, SharedWorld};
use crate::digits;
use crate::experiment::{
    BatterySpec, Experiment, LayerEntry, NetworkEntry, ObserverSpec, OptimizerSpec, Setting, Settings, WorldSpec,
};
use crate::experiment::{
    Bounds, Gives, IllusionInfo, Known, RuleInfo, SettingInfo, SettingKind, SnakesSpec, WorldInfo,
};
use crate::identity::stream;
use crate::layers;
use crate::observe;
use crate::painting;
use crate::pictures::{Drawn, Series};
use crate::plan::{Answerer, Cell};
use crate::report::{EntryText, Thumbnail};
use crate::sheet;
use crate::validation::{self, Render};
use rand_chacha::ChaCha8Rng;
use std::ops::Bound;
use std::sync::Arc;
use trompe_models::attack;
use trompe_models::kernels::dense;
use trompe_models::learner::{Alignment, Learner, LearnerSpec};
use trompe_models::optimizer::AdamSettings;
use trompe_models::rules::{self, Inference, SettingRange, SettingValue};
use trompe_models::{
    Activation, Batch, DeviceKind, Initialization, LayerSpec, Loss, Mode, Network, NetworkSpec, Place, Precision,
    Scheme, Targets, Tensor,
};
use trompe_stimuli::tasks;
use trompe_stimuli::worlds::{self, BoxedWorld, Difficulty, Teaches, World};
use trompe_stimuli::{Encoding, StimulusError, Value, Viewing, add_noise, encode, kanizsa, render};

/// Pictures on which a rule's proposal is compared with the true gradient.
const ALIGNMENT_IMAGES: usize = 256;

/// Whether this build has the device.
pub fn check_device(name: &str) -> Result<(), String> {
    place(name).map(drop)
}

/// The device of that name, at 32 bits.
pub fn place(name: &str) -> Result<Place, String> {
    let kind: DeviceKind = name.parse().map_err(|error| format!("device: {error}"))?;
    Place::new(kind, Precision::F32).map_err(|error| error.to_string())
}

/// What an experiment file may name, from the registries of the other crates.
pub fn known() -> Known {
    Known {
        rules: rules::ALL.iter().map(rule_info).collect(),
        // A world that teaches pictures has no classes to train on.
        worlds: worlds::ALL
            .iter()
            .filter(|entry| entry.teaches == Teaches::Classes)
            .map(|entry| world_info(entry.id))
            .chain([scenes_info(), movies_info(), digits_info()])
            .collect(),
        illusions: battery::ALL.iter().map(|kind| illusion_info(kind)).collect(),
        activations: ACTIVATIONS.iter().map(|(name, _)| (*name).to_owned()).collect(),
        optimizers: OPTIMIZERS.map(str::to_owned).to_vec(),
        baselines: observe::BASELINES.iter().map(|baseline| baseline.id.to_owned()).collect(),
    }
}

fn illusion_info(kind: &battery::Kind) -> IllusionInfo {
    let classes = kind.classes.iter().map(|class| (*class).to_owned()).collect();
    let gives = match (kind.pictures, kind.id) {
        (false, _) => Gives::Classes,
        (true, SnakesSpec::BATTERY) => Gives::Frames,
        (true, _) => Gives::Pictures,
    };
    IllusionInfo { id: kind.id.into(), classes, gives }
}

fn rule_info(entry: &rules::RuleEntry) -> RuleInfo {
    let setting = |info: &rules::SettingInfo| SettingInfo {
        key: info.key.to_owned(),
        kind: match (info.kind, info.range) {
            (_, SettingRange::OneOf(words)) => SettingKind::Text(words.iter().map(|word| (*word).to_owned()).collect()),
            (_, SettingRange::Either) => SettingKind::Flag,
            (kind, SettingRange::AboveUpTo(above, most)) => SettingKind::Number {
                bounds: Bounds { low: Bound::Excluded(above), high: Bound::Included(most) },
                whole: kind == rules::SettingKind::Count,
            },
            (kind, SettingRange::FromTo(least, most)) => {
                SettingKind::Number { bounds: Bounds::from_to(least, most), whole: kind == rules::SettingKind::Count }
            }
        },
    };
    RuleInfo {
        id: entry.id.into(),
        aliases: entry.aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        settings: entry.settings.iter().map(setting).collect(),
        answers: entry.answers.iter().map(|inference| inference_id(*inference).to_owned()).collect(),
    }
}

/// Settings of the worlds; the worlds check them again when they are built.
fn world_info(id: &str) -> WorldInfo {
    let number =
        |key: &str, bounds: Bounds| SettingInfo { key: key.into(), kind: SettingKind::Number { bounds, whole: false } };
    let words = ["both", "outline", "filled"].map(str::to_owned).to_vec();
    let mut settings = vec![
        SettingInfo { key: "render".into(), kind: SettingKind::Text(words) },
        number("hard_noise_sd", Bounds::UNIT),
    ];
    if id != "quads_clean" {
        settings.push(SettingInfo { key: "pacmen".into(), kind: SettingKind::Flag });
    }
    if id == "polygons" {
        let amounts = ["full", "light"].map(str::to_owned).to_vec();
        settings.push(SettingInfo { key: "occluders".into(), kind: SettingKind::Flag });
        settings.push(SettingInfo { key: "clutter".into(), kind: SettingKind::Text(amounts) });
    }
    if id == "squares" {
        settings.retain(|setting| setting.key != "pacmen");
    }
    if id.starts_with("quads") {
        let degrees = ["alpha_min_deg", "alpha_max_deg", "hard_alpha_min_deg", "hard_alpha_max_deg"];
        settings.extend(degrees.map(|key| number(key, Bounds::from_to(0.0, 40.0))));
        let contrasts = ["hard_contrast_min", "hard_contrast_max"];
        settings.extend(contrasts.map(|key| number(key, Bounds::from_to(0.0, 0.5))));
    }
    let built = worlds::find(id).and_then(|entry| (entry.build)(&trompe_stimuli::Settings::new()).ok());
    let classes = built.map(|world| world.classes().iter().map(|class| (*class).to_owned()).collect());
    WorldInfo { id: id.into(), classes: classes.unwrap_or_default(), gives: Gives::Classes, settings }
}

/// The world that teaches pictures: its settings are those of its scenes, and the task.
fn scenes_info() -> WorldInfo {
    let flag = |key: &str| SettingInfo { key: key.into(), kind: SettingKind::Flag };
    let tasks = tasks::ALL.iter().map(|task| task.id.to_owned()).collect();
    let mut settings = vec![
        SettingInfo { key: "task".into(), kind: SettingKind::Text(tasks) },
        SettingInfo {
            key: "turned".into(),
            kind: SettingKind::Number { bounds: Bounds::from_to(0.0, 360.0), whole: false },
        },
        SettingInfo {
            key: "exposure".into(),
            kind: SettingKind::Number { bounds: Bounds::from_to(0.25, 8.0), whole: false },
        },
    ];
    let variants = ["full", "flat"].map(str::to_owned).to_vec();
    settings.push(SettingInfo { key: "variant".into(), kind: SettingKind::Text(variants) });
    settings.push(SettingInfo { key: WorldSpec::PHOTOGRAPHS.into(), kind: SettingKind::Text(Vec::new()) });
    settings.extend(["color", "light", "shadows", "occluders", "texture", "shading"].map(flag));
    WorldInfo { id: "scenes".into(), classes: Vec::new(), gives: Gives::Pictures, settings }
}

/// The world that teaches the next frame: its settings are those of its movies, and how many frames are given.
fn movies_info() -> WorldInfo {
    let flag = |key: &str| SettingInfo { key: key.into(), kind: SettingKind::Flag };
    let words = |key: &str, words: &[&str]| {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        SettingInfo { key: key.into(), kind: SettingKind::Text(words) }
    };
    let number = |key: &str, most: f64, whole: bool| {
        let bounds = Bounds::from_to(if whole { 1.0 } else { 0.0 }, most);
        SettingInfo { key: key.into(), kind: SettingKind::Number { bounds, whole } }
    };
    let mut settings = vec![
        number(painting::FRAMES_GIVEN, 8.0, true),
        number("groups", 64.0, true),
        words("channels", &["natural", "matched", "gray"]),
        words("polarity", &["natural", "symmetric", "inverted"]),
    ];
    let most = [("camera_sd_px", 3.0), ("rotation_sd_deg", 5.0), ("zoom_sd_percent", 5.0), ("own_sd_px", 3.0)];
    settings.extend(most.map(|(key, most)| number(key, most, false)));
    let most = [("pause_share", 1.0), ("radius_min_px", 8.0), ("blur_px", 1.0), ("blue_blur_px", 1.0)];
    settings.extend(most.map(|(key, most)| number(key, most, false)));
    let own = [WorldSpec::FRAMES, WorldSpec::PHOTOGRAPHS];
    settings.extend(own.map(|key| SettingInfo { key: key.into(), kind: SettingKind::Text(Vec::new()) }));
    let flags = ["rotation", "saccades", "drift", "planted", "reversed", "texture", "shading", "light"];
    settings.extend(flags.map(flag));
    WorldInfo { id: WorldSpec::MOVIES.into(), classes: Vec::new(), gives: Gives::Frames, settings }
}

/// The world of one's own digits.
fn digits_info() -> WorldInfo {
    let noise = SettingKind::Number { bounds: Bounds::UNIT, whole: false };
    WorldInfo {
        id: digits::ID.into(),
        classes: digits::CLASSES.iter().map(|class| (*class).to_owned()).collect(),
        gives: Gives::Classes,
        settings: vec![
            SettingInfo { key: WorldSpec::DIGITS.into(), kind: SettingKind::Text(Vec::new()) },
            SettingInfo { key: "hard_noise_sd".into(), kind: noise },
        ],
    }
}

// Worlds.

/// Settings as the stimuli read them.
pub fn stimulus_settings(settings: &Settings) -> trompe_stimuli::Settings {
    settings.iter().fold(trompe_stimuli::Settings::new(), |all, (key, value)| {
        let value = match value {
            Setting::Flag(flag) => Value::Flag(*flag),
            Setting::Number(number) => Value::Number(*number),
            Setting::Text(text) => Value::Text(text.clone()),
            Setting::List(list) => Value::List(list.clone()),
        };
        all.with(key, value)
    })
}

/// Builds a world to learn from.
pub fn world(spec: &WorldSpec) -> Result<BoxedWorld, String> {
    part(spec, digits::Part::Learning)
}

/// The worlds that halves A and B of validation are drawn from: worlds that draw without end draw others than were learned.
pub fn held_worlds(spec: &WorldSpec) -> Result<[BoxedWorld; 2], String> {
    Ok([part(spec, digits::Part::HalfA)?, part(spec, digits::Part::HalfB)?])
}

/// Names of a world's classes, without reading files.
pub fn classes(spec: &WorldSpec) -> Result<&'static [&'static str], String> {
    if spec.id == digits::ID { Ok(digits::CLASSES) } else { Ok(world(spec)?.classes()) }
}

fn part(spec: &WorldSpec, part: digits::Part) -> Result<BoxedWorld, String> {
    if let Some(world) = digits::world(spec, part)? {
        return Ok(world);
    }
    let entry = worlds::find(&spec.id).ok_or_else(|| format!("no world `{}`", spec.id))?;
    (entry.build)(&stimulus_settings(&spec.settings)).map_err(|error| format!("world `{}`: {error}", spec.name))
}

/// The encoding of a world.
pub fn encoding(spec: &WorldSpec) -> Encoding {
    if spec.encoding == "linear" { Encoding::Linear } else { Encoding::Srgb }
}

/// How a battery draws real shapes in a world: filled where the world has no others.
fn rendered(spec: &WorldSpec) -> kanizsa::Render {
    match spec.settings.get("render") {
        Some(Setting::Text(render)) if render == "filled" => kanizsa::Render::Filled,
        Some(_) | None => kanizsa::Render::Outline,
    }
}

/// Whether a world draws both outlined and filled shapes.
pub fn draws_both(spec: &WorldSpec) -> bool {
    match spec.settings.get("render") {
        Some(Setting::Text(render)) => render == "both",
        Some(_) | None => true,
    }
}

/// The canvas of a battery; worlds are shown on the same.
pub fn viewing(battery: &BatterySpec) -> Result<Viewing, StimulusError> {
    Viewing::square(battery.size_px, battery.size_deg)
}

/// A real thing as an observer gets it.
pub struct RealThing {
    /// Encoded pixels with noise.
    pub pixels: Vec<f32>,
    /// Channels, height, width.
    pub shape: [usize; 3],
    /// How it was drawn.
    pub render: Render,
}

/// Draws one real thing of a class.
pub fn real_thing(
    world: &dyn World,
    class: usize,
    difficulty: Difficulty,
    (encoding, viewing): (Encoding, Viewing),
    rng: &mut ChaCha8Rng,
) -> Result<RealThing, StimulusError> {
    let sample = world.sample(class, difficulty, rng)?;
    let stimulus = render(&sample.scene, viewing)?;
    let mut pixels = encode(&stimulus.image, encoding);
    add_noise(&mut pixels, sample.noise_sd, rng);
    let render = match sample.metadata.get("render").map(String::as_str) {
        Some("outline") => Render::Outline,
        Some("filled") => Render::Filled,
        Some(_) | None => Render::Other,
    };
    Ok(RealThing { pixels, shape: stimulus.image.shape(), render })
}

/// Worlds, validation sets and batteries of an experiment.
pub fn shared_worlds(experiment: &Experiment) -> Result<Vec<SharedWorld>, String> {
    let mut worlds: Vec<SharedWorld> = Vec::new();
    for spec in &experiment.worlds {
        // What is shown depends on how a world is drawn, not on what is in it.
        let files = |spec: &WorldSpec| spec.settings.get(WorldSpec::DIGITS_CONTENT).cloned();
        let how = |spec: &WorldSpec| (encoding(spec), rendered(spec), files(spec));
        let drawn_so = |other: &WorldSpec| how(other) == how(spec);
        let same = experiment.worlds.iter().zip(&worlds).find(|(other, _)| drawn_so(other));
        let battery = match same {
            Some((_, world)) => Arc::clone(&world.battery),
            None => Arc::new(battery(experiment, spec)?),
        };
        worlds.push(with_battery(experiment, spec, battery)?);
    }
    Ok(worlds)
}

/// One world with what is drawn from it once.
pub fn shared_world(experiment: &Experiment, spec: &WorldSpec) -> Result<SharedWorld, String> {
    with_battery(experiment, spec, Arc::new(battery(experiment, spec)?))
}

/// What is shown in a world; nothing in a search, which draws nothing of it.
fn battery(experiment: &Experiment, spec: &WorldSpec) -> Result<Battery, String> {
    match experiment.tuning {
        Some(_) => Battery::canvas(&experiment.battery, encoding(spec)).map_err(|error| format!("battery: {error}")),
        None => drawn_in(&experiment.battery, spec),
    }
}

fn drawn_in(battery: &BatterySpec, spec: &WorldSpec) -> Result<Battery, String> {
    let digits = digits::of(spec)?;
    if let Some(digits) = digits.as_ref().filter(|digits| digits.side != battery.size_px) {
        return Err(format!("battery: `size_px` is {}, and the digits have {} pixels", battery.size_px, digits.side));
    }
    Battery::draw(battery, (encoding(spec), rendered(spec)), digits.as_deref())
        .map_err(|error| format!("battery: {error}"))
}

fn with_battery(experiment: &Experiment, spec: &WorldSpec, battery: Arc<Battery>) -> Result<SharedWorld, String> {
    let named = |error: StimulusError| format!("world `{}`: {error}", spec.name);
    let world = world(spec)?;
    let canonical = canonical(spec);
    let viewing = viewing(&experiment.battery).map_err(named)?;
    let encoding = encoding(spec);
    let half = experiment.competence.images / 2;
    let images = match experiment.tuning {
        // Half A is the first half; a search draws neither half B nor anything of the battery.
        Some(_) => half,
        None => experiment.competence.images,
    };
    let held = held_worlds(spec)?;
    let held = held.each_ref().map(|world| -> &dyn World { world.as_ref() });
    let validation = validation::draw(held, &canonical, (images, half), encoding, viewing).map_err(named)?;
    let drawn = |layers| {
        let real: &dyn World = world.as_ref();
        layers::Pictures::draw(layers, &experiment.battery, (real, &canonical), (encoding, rendered(spec)))
    };
    let layers = experiment.layers.map(drawn).transpose().map_err(|error| format!("world `{}`: {error}", spec.name))?;
    let attacked = experiment
        .adversarial
        .as_ref()
        .filter(|_| experiment.tuning.is_none())
        .map(|asked| adversarial::Pictures::choose(asked, &validation.plain, (world.classes(), &canonical)))
        .transpose()
        .map_err(|error| format!("world `{}`: {error}", spec.name))?;
    Ok(SharedWorld { world, canonical, validation, battery, layers, attacked })
}

/// Text that names a world's streams: what it is, not what it is called.
pub fn canonical(spec: &WorldSpec) -> String {
    let settings = toml::to_string(&spec.content().settings).expect("settings are plain data");
    format!("{}\n{}\n{settings}", spec.id, spec.encoding)
}

// Networks and rules.

/// The nonlinearity of that name.
pub fn activation(name: &str) -> Result<Activation, String> {
    ACTIVATIONS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, activation)| *activation)
        .ok_or_else(|| format!("no activation `{name}`"))
}

/// Nonlinearities by name.
pub const ACTIVATIONS: [(&str, Activation); 6] = [
    ("identity", Activation::Identity),
    ("relu", Activation::Relu),
    ("leaky_relu", Activation::LeakyRelu { slope: 0.01 }),
    ("tanh", Activation::Tanh),
    ("sigmoid", Activation::Sigmoid),
    ("hard_sigmoid", Activation::HardSigmoid),
];

/// Optimizers by name.
pub const OPTIMIZERS: [&str; 3] = ["sgd", "adam", "adamw"];

/// Colors of a pixel, where networks give pictures.
const COLORS: usize = 3;

/// The network of an entry for a world: one gray channel in, one output for each class; or a picture for a picture.
pub fn network_spec(entry: &NetworkEntry, spec: &WorldSpec, battery: &BatterySpec) -> Result<NetworkSpec, String> {
    let pictures = battery.gives_pictures();
    let classes = if pictures { 0 } else { classes(spec)?.len() };
    let layer = |layer: &LayerEntry| -> Result<LayerSpec, String> {
        Ok(match layer {
            LayerEntry::Dense { units, activation: name } => {
                LayerSpec::Dense { units: *units, activation: activation(name)? }
            }
            LayerEntry::Conv { channels, kernel, stride, padding, activation: name } => LayerSpec::Conv {
                channels: *channels,
                kernel: *kernel,
                stride: *stride,
                padding: *padding,
                activation: activation(name)?,
            },
            LayerEntry::MaxPool { size, stride } => LayerSpec::MaxPool { size: *size, stride: *stride },
            LayerEntry::AvgPool { size, stride } => LayerSpec::AvgPool { size: *size, stride: *stride },
            LayerEntry::LayerNorm => LayerSpec::LayerNorm,
            LayerEntry::RmsNorm => LayerSpec::RmsNorm,
            LayerEntry::Upsample { factor } => LayerSpec::Upsample { factor: *factor },
            LayerEntry::Readout => LayerSpec::Dense { units: classes, activation: Activation::Identity },
            LayerEntry::Picture { kernel } => LayerSpec::Conv {
                channels: COLORS,
                kernel: *kernel,
                stride: 1,
                padding: *kernel / 2,
                activation: Activation::Identity,
            },
        })
    };
    let layers: Result<Vec<LayerSpec>, String> = entry.layers.iter().map(layer).collect();
    let channels = match pictures {
        true if battery.snakes.is_some() => COLORS * painting::frames_given(spec),
        true => COLORS,
        false => 1,
    };
    let spec = NetworkSpec { input: [channels, battery.size_px, battery.size_px], layers: layers? };
    spec.check().map_err(|error| format!("network `{}`: {error}", entry.name))?;
    Ok(spec)
}

/// Multiply-accumulates of one forward pass of one picture.
pub fn forward_macs(spec: &NetworkSpec) -> Result<f64, String> {
    let macs = spec.forward_macs().map_err(|error| error.to_string())?;
    Ok(macs.iter().sum::<u64>() as f64)
}

/// Multiply-accumulates of one training sample under a rule, in forward passes.
pub fn forward_equivalents(observer: &ObserverSpec, spec: &NetworkSpec) -> Result<f64, String> {
    let entry = rules::find(&observer.rule).map_err(|error| error.to_string())?;
    let settings = rule_settings(&observer.settings)?.check(entry.settings).map_err(|error| error.to_string())?;
    let blocks = spec.layers.iter().filter(|layer| layer.is_parametric()).count();
    Ok((entry.forward_equivalents)(&settings, blocks))
}

/// Multiply-accumulates of one settled answer under a rule, in forward passes; `None` where the rule does not settle.
pub fn settled_equivalents(observer: &ObserverSpec) -> Result<Option<f64>, String> {
    let entry = rules::find(&observer.rule).map_err(|error| error.to_string())?;
    if !entry.answers.contains(&Inference::Settled) {
        return Ok(None);
    }
    let settings = rule_settings(&observer.settings)?.check(entry.settings).map_err(|error| error.to_string())?;
    Ok(Some((entry.settled_equivalents)(&settings)))
}

/// Multiply-accumulates of one answer of an observer, in forward passes.
pub fn answer_equivalents(observer: &ObserverSpec) -> Result<f64, String> {
    let settled = if observer.inference == "settled" { settled_equivalents(observer)? } else { None };
    Ok(settled.unwrap_or(1.0))
}

/// Settings as rules take them.
pub fn rule_settings(settings: &Settings) -> Result<rules::Settings, String> {
    settings.iter().try_fold(rules::Settings::new(), |all, (key, value)| {
        let value = match value {
            Setting::Flag(flag) => SettingValue::Flag(*flag),
            Setting::Number(number) => SettingValue::Number(*number),
            Setting::Text(text) => SettingValue::Text(text.clone()),
            Setting::List(_) => return Err(format!("setting `{key}` is a list; rules take none")),
        };
        Ok(all.with(key, value))
    })
}

fn optimizer(spec: &OptimizerSpec) -> trompe_models::OptimizerSpec {
    use trompe_models::OptimizerSpec as Spec;
    let adam = || AdamSettings { weight_decay: spec.weight_decay, ..AdamSettings::with_rate(spec.learning_rate) };
    match spec.id.as_str() {
        "sgd" => Spec::Sgd { rate: spec.learning_rate, momentum: spec.momentum, weight_decay: spec.weight_decay },
        "adam" => Spec::Adam(adam()),
        _ => Spec::AdamW(adam()),
    }
}

/// A network with its rule. First weights are named by architecture and seed alone: every rule starts from the same.
pub fn learner(experiment: &Experiment, cell: &Cell, observer: &ObserverSpec) -> Result<Learner, String> {
    let entry = cell.network.as_ref().ok_or("an observer without a network does not learn")?;
    let spec = network_spec(entry, &experiment.worlds[cell.world], &experiment.battery)?;
    let seed = cell.seed.to_string();
    let architecture = format!("{spec:?}");
    let initialization = Initialization { scheme: Scheme::ByActivation, output_scale: 0.3 };
    let place = place(&experiment.device)?;
    let network = Network::build(&spec, &place, initialization, &mut stream(&["weights", &architecture, &seed]))
        .map_err(|error| error.to_string())?;
    let spec = learner_spec(experiment, observer)?;
    Learner::new(network, &spec, &mut stream(&["rule", &architecture, &seed])).map_err(|error| error.to_string())
}

/// A rule with its settings, optimizer and loss.
pub fn learner_spec(experiment: &Experiment, observer: &ObserverSpec) -> Result<LearnerSpec, String> {
    let loss = match experiment.training.loss.as_str() {
        "squared_error" => Loss::SquaredError,
        _ => Loss::CrossEntropy,
    };
    Ok(LearnerSpec {
        rule: observer.rule.clone(),
        settings: rule_settings(&observer.settings)?,
        optimizer: optimizer(&observer.optimizer),
        loss,
    })
}

/// Pictures of one training step: named by world, seed and step, so that every rule learns from the same.
pub fn training_batch(
    shared: &Shared<'_>,
    cell: &Cell,
    learner: &Learner,
    (series, step): (&Series, usize),
) -> Result<Batch, String> {
    let images = shared.experiment.training.batch;
    let drawn = series.step(step, || real_things(shared, cell, ("training", step), images))?;
    Ok(batch(learner, &drawn))
}

fn batch(learner: &Learner, drawn: &Drawn) -> Batch {
    Batch { inputs: tensor(learner, &drawn.pixels, drawn.shape), targets: Targets::Labels(drawn.labels.clone()) }
}

/// Real things of all classes in turn.
fn real_things(
    shared: &Shared<'_>,
    cell: &Cell,
    (purpose, step): (&str, usize),
    images: usize,
) -> Result<Drawn, String> {
    let world = &shared.worlds[cell.world];
    let seen = (world.battery.encoding, world.battery.viewing);
    let mut rng = stream(&[purpose, &world.canonical, &cell.seed.to_string(), &step.to_string()]);
    let classes = world.world.classes().len();
    let labels: Vec<usize> = (0..images).map(|at| at % classes).collect();
    let mut drawn = Drawn { pixels: Vec::new(), wanted: Vec::new(), shape: [images, 1, 1, 1], labels };
    for at in 0..images {
        let real = real_thing(world.world.as_ref(), drawn.labels[at], Difficulty::Training, seen, &mut rng)
            .map_err(|error| error.to_string())?;
        drawn.shape = [images, real.shape[0], real.shape[1], real.shape[2]];
        drawn.pixels.extend(real.pixels);
    }
    Ok(drawn)
}

/// What networks get of an encoded pixel: (value − center) × gain, so that mid-gray is 0 and contrasts are about ±1.
/// Inputs far from zero mean slow all rules down, and those with random feedback most.
const INPUT_CENTER: f32 = 0.5;
/// See [`INPUT_CENTER`].
const INPUT_GAIN: f32 = 4.0;

/// How codes become inputs, for attacks: pictures lie where codes do.
pub fn attack_encoding() -> attack::Encoding {
    attack::Encoding { center: f64::from(INPUT_CENTER), gain: f64::from(INPUT_GAIN), low: 0.0, high: 1.0 }
}

/// Pixels on the network's device, centered and scaled.
pub fn tensor(learner: &Learner, pixels: &[f32], shape: [usize; 4]) -> Tensor<4> {
    learner.network().place().tensor_f32(&inputs(pixels), shape)
}

/// Pixels as networks are given them: centered and scaled.
pub fn inputs(pixels: &[f32]) -> Vec<f32> {
    pixels.iter().map(|value| (value - INPUT_CENTER) * INPUT_GAIN).collect()
}

/// What a network is to give for wanted codes: them as it is given pictures, or what is to be added to those that it was given.
pub fn wanted(codes: &[f32], given: Option<&Vec<f32>>) -> Vec<f32> {
    match given {
        Some(given) => codes.iter().zip(given).map(|(wanted, given)| (wanted - given) * INPUT_GAIN).collect(),
        None => inputs(codes),
    }
}

/// Codes of what a network gave; the inverse of [`wanted`].
pub fn codes_of(answers: &[f32], given: Option<&[f32]>) -> Vec<f32> {
    match given {
        Some(given) => answers.iter().zip(given).map(|(added, given)| given + added / INPUT_GAIN).collect(),
        None => answers.iter().map(|answer| answer / INPUT_GAIN + INPUT_CENTER).collect(),
    }
}

/// What a network's forward pass gives for pictures.
pub fn pictures_of(network: &Network, codes: &[f32], shape: [usize; 4]) -> Result<Vec<f32>, String> {
    let given = network.place().tensor_f32(&inputs(codes), shape);
    let trace = network.forward(&given, Mode::Evaluate).map_err(|error| error.to_string())?;
    Ok(values(trace.output()))
}

/// Values of a tensor.
pub fn values(tensor: &Tensor<4>) -> Vec<f32> {
    trompe_models::to_f32(tensor)
}

/// Dot products of every row with every other, `[rows, others]`, by the engine's product of matrices; rows have `length` numbers.
pub fn products(rows: &[f32], others: &[f32], length: usize) -> Vec<f32> {
    let place = Place::flex(Precision::F32);
    let matrix = |values: &[f32]| place.tensor_f32(values, [values.len() / length, length, 1, 1]);
    values(&dense(&matrix(rows), &matrix(others), None))
}

/// The rule's proposal against the true gradient, on pictures of their own; nothing changes.
pub fn alignment(shared: &Shared<'_>, cell: &Cell, learner: &Learner) -> Result<Alignment, String> {
    let batch = batch(learner, &real_things(shared, cell, ("alignment", 0), ALIGNMENT_IMAGES)?);
    let mut rng = stream(&["alignment noise", &cell.seed.to_string()]);
    learner.alignment(&batch, &mut rng).map_err(|error| error.to_string())
}

/// An inference as files and tables write it.
pub fn inference_id(inference: Inference) -> &'static str {
    match inference {
        Inference::Feedforward => "feedforward",
        Inference::Settled => "settled",
    }
}

/// How an observer answers.
pub fn inference(answerer: &Answerer) -> Inference {
    if inference_name(answerer) == "settled" { Inference::Settled } else { Inference::Feedforward }
}

/// See [`inference`].
pub fn inference_name(answerer: &Answerer) -> &str {
    match answerer {
        Answerer::Learner(spec) => &spec.inference,
        Answerer::Tuned(tuned) => &tuned.spec.inference,
        Answerer::Reference(_) => "settled",
        Answerer::Untrained(_) | Answerer::Fixed(_) => "feedforward",
        // Nobody here knows.
        Answerer::Imported(_) => "",
    }
}

/// The documented text of a rule.
pub fn rule_text(id: &str) -> Option<EntryText> {
    let entry = rules::find(id).ok()?;
    Some(EntryText {
        id: entry.id.into(),
        title: entry.title.into(),
        family: entry.family.name().into(),
        summary: entry.summary.into(),
        source: format!("{}, {}", entry.source.key, entry.source.place),
        departures: entry.departures.into(),
    })
}

// Pictures for the report.

/// Sheets of what was trained on and of every condition, in the first world's encoding.
pub fn contact_sheets(experiment: &Experiment) -> Result<Vec<Thumbnail>, String> {
    let mut sheets = Vec::new();
    for spec in &experiment.worlds {
        sheets.push(world_sheet(experiment, spec)?);
    }
    // Two twins are enough to look at, and cheap to draw.
    let few = BatterySpec {
        twins: 4,
        noise_figures: 2,
        noise_fields: experiment.battery.noise_fields.min(2),
        ..experiment.battery.clone()
    };
    let battery = drawn_in(&few, &experiment.worlds[0])?;
    let pair = battery::kind(&few).words.pair;
    // The classes of a condition and level stand on one sheet.
    let mut sheeted: Vec<(String, Vec<&Block>)> = Vec::new();
    for block in &battery.blocks {
        let title = block.spec.id.trim_end_matches(block.spec.part).trim_end_matches('_').to_owned();
        match sheeted.iter_mut().find(|(listed, _)| *listed == title) {
            Some((_, blocks)) => blocks.push(block),
            None => sheeted.push((title, vec![block])),
        }
    }
    for (title, blocks) in sheeted {
        sheets.push(block_sheet(title, &blocks, pair)?);
    }
    Ok(sheets)
}

fn world_sheet(experiment: &Experiment, spec: &WorldSpec) -> Result<Thumbnail, String> {
    let named = |error: StimulusError| format!("world `{}`: {error}", spec.name);
    let world = world(spec)?;
    let seen = (encoding(spec), viewing(&experiment.battery).map_err(named)?);
    let classes = world.classes();
    let mut pictures = Vec::new();
    for difficulty in [Difficulty::Training, Difficulty::Hard] {
        let mut rng = stream(&["sheet", &canonical(spec)]);
        for at in 0..8 {
            let real = real_thing(world.as_ref(), at % classes.len(), difficulty, seen, &mut rng).map_err(named)?;
            pictures.push(sheet::from_code(&code(&real.pixels, seen.0), real.shape));
        }
    }
    thumbnail(
        format!("trained on: {}", spec.name),
        format!(
            "real things of the world {}: {} in turn; above as in training, below the hard set",
            spec.id,
            classes.join(", ")
        ),
        &pictures,
        8,
    )
}

fn block_sheet(title: String, blocks: &[&Block], pair: &str) -> Result<Thumbnail, String> {
    let each = if blocks.len() == 1 { 4 } else { 2 };
    let mut pictures = Vec::new();
    for block in blocks {
        let [images, channels, height, width] = block.shape();
        for pixels in block.pixels.chunks_exact(block.stride()).take(images.min(each)) {
            pictures.push(sheet::from_code(&code(pixels, block.encoding), [channels, height, width]));
        }
    }
    let noisy = blocks.iter().any(|block| block.is_reliance());
    let caption = if noisy { "the same figure under two noise fields" } else { pair };
    let columns = pictures.len().min(10);
    thumbnail(title, caption.into(), &pictures, columns)
}

/// sRGB code values of encoded pixels.
pub fn code(pixels: &[f32], encoding: Encoding) -> Vec<f32> {
    match encoding {
        Encoding::Srgb => pixels.to_vec(),
        Encoding::Linear => {
            pixels.iter().map(|&value| trompe_stimuli::color::to_code(f64::from(value)) as f32).collect()
        }
    }
}

fn thumbnail(
    title: String,
    caption: String,
    pictures: &[image::RgbImage],
    columns: usize,
) -> Result<Thumbnail, String> {
    let png = sheet::png(&sheet::sheet(pictures, columns, 2)).map_err(|error| error.to_string())?;
    Ok(Thumbnail { title, caption, png })
}
