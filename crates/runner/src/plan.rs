//! The plan: every cell of an experiment, named by its content, and what it will cost. Pure; nothing is run.

use crate::adversarial;
use crate::battery::{self, When};
use crate::bridge;
use crate::experiment::{
    AdversarialSpec, Experiment, LayersAt, LayersSpec, NetworkEntry, ObserverSpec, OptimizerSpec, ReferenceSpec, Role,
    SettlingSpec, Status, WorldSpec,
};
use crate::identity::short_id;
use crate::imported::Imported;
use crate::layers;
use crate::observe::{self, How};
use crate::painting;
use crate::reference;
use crate::settling;
use serde::Serialize;
use std::path::PathBuf;
use trompe_models::NetworkSpec;

/// Raised whenever the same experiment would give other numbers; part of every cell's identity.
pub const RESULTS_VERSION: u32 = 5;

/// Multiply-accumulates a second and core that planning assumes, for learning and for answering alike.
///
/// `quick.toml` on two cores: 6.1e12 planned multiply-accumulates in 320 seconds of computing, with everything that is not
/// a multiplication counted in. A plan is an estimate; the manifest has the times.
const MACS_PER_SECOND: f64 = 18e9;

/// Who answers in a cell, with everything that shapes the answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Answerer {
    /// A network trained by a rule.
    Learner(ObserverSpec),
    /// A network in a search for rates and decays: trained, asked about real things once, shown nothing.
    Tuned(Tuned),
    /// The same network at its initial weights.
    Untrained(ObserverSpec),
    /// An observer without weights, by its id in the list of observers.
    Fixed(&'static str),
    /// A foreign program, whose answers are in a file.
    Imported(Imported),
    /// A reference network of the literature.
    Reference(ReferenceSpec),
}

/// One candidate of a search.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuned {
    /// The observer with the rate and decay that are tried.
    pub spec: ObserverSpec,
    /// What it is called in the file.
    pub of: String,
}

/// One unit of work: an observer, a world, an architecture and a seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Hash of all that the cell's numbers depend on.
    pub id: String,
    /// Index into the experiment's worlds.
    pub world: usize,
    /// The architecture; `None` for observers without one.
    pub network: Option<NetworkEntry>,
    /// Network name in the tables; empty for observers that stand beside every network.
    pub network_name: String,
    /// Observer name in the tables.
    pub observer: String,
    /// Role in the tables.
    pub role: Role,
    /// Who answers.
    pub answerer: Answerer,
    /// Replicate seed.
    pub seed: u64,
    /// Planned multiply-accumulates.
    pub macs: f64,
}

/// All cells of an experiment, in the order in which they are assembled.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Identity of the experiment: hash of its canonical text, the order of its seeds included.
    pub hash: String,
    /// The work.
    pub cells: Vec<Cell>,
}

/// Everything a cell's numbers depend on; hashed as canonical text.
#[derive(Serialize)]
struct Content<'a> {
    results_version: u32,
    device: &'a str,
    observer: &'a str,
    seed: u64,
    kind: &'a str,
    rule: Option<&'a ObserverSpec>,
    /// SHA-256 of the answers of an imported observer.
    responses: Option<&'a str>,
    world: &'a WorldSpec,
    network: Option<&'a NetworkEntry>,
    training: &'a crate::experiment::Training,
    battery: &'a crate::experiment::BatterySpec,
    validation_images: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    layers: Option<LayersSpec>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settling: Option<&'a SettlingSpec>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<ReferenceSpec>,
    #[serde(skip_serializing_if = "Option::is_none")]
    adversarial: Option<&'a AdversarialSpec>,
}

/// What can make a plan impossible although the file was well formed.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {why}")]
pub struct PlanError {
    /// Which world, network and observer.
    pub place: String,
    /// What does not fit.
    pub why: String,
}

impl Plan {
    /// Expands an experiment into its cells.
    pub fn of(experiment: &Experiment) -> Result<Self, PlanError> {
        let mut cells = Vec::new();
        for world in 0..experiment.worlds.len() {
            let spec = &experiment.worlds[world];
            for network in experiment.networks.iter().filter(|network| network.runs_in(spec)) {
                for observer in &experiment.observers {
                    learner_cells(experiment, world, network, observer, &mut cells)?;
                }
                if experiment.tuning.is_none() {
                    baseline_cells(experiment, world, Some(network), &mut cells)?;
                }
            }
            if experiment.tuning.is_none() {
                baseline_cells(experiment, world, None, &mut cells)?;
                reference_cells(experiment, world, &mut cells)?;
            }
        }
        Ok(Self { hash: short_id(&experiment.canonical()), cells })
    }

    /// Planned multiply-accumulates of all cells.
    pub fn macs(&self) -> f64 {
        self.cells.iter().map(|cell| cell.macs).sum()
    }

    /// Planned minutes of wall time on so many cores.
    pub fn minutes(&self, cores: usize) -> f64 {
        self.macs() / MACS_PER_SECOND / 60.0 / cores.max(1) as f64
    }

    /// Cells of one shard: every `of`-th, from `index` (1-based).
    pub fn shard(&self, index: usize, of: usize) -> Vec<&Cell> {
        self.cells.iter().enumerate().filter(|(at, _)| at % of == index - 1).map(|(_, cell)| cell).collect()
    }
}

/// Smallest p that an exact two-sided sign-flip test can reach with so many seeds; `None` where no test is run.
pub fn smallest_p(experiment: &Experiment) -> Option<f64> {
    (experiment.status != Status::Pilot).then(|| 2.0 / 2f64.powi(experiment.seeds.len() as i32))
}

fn learner_cells(
    experiment: &Experiment,
    world: usize,
    network: &NetworkEntry,
    observer: &ObserverSpec,
    cells: &mut Vec<Cell>,
) -> Result<(), PlanError> {
    if !observer.runs_on(network, &experiment.worlds[world]) {
        return Ok(());
    }
    let most = observer.max_seeds.unwrap_or(usize::MAX).min(network.max_seeds.unwrap_or(usize::MAX));
    for (name, answerer) in answerers(experiment, observer) {
        for &seed in experiment.seeds.iter().take(most) {
            let (network_name, answerer) = (network.name.as_str(), answerer.clone());
            let part = Part { world, network: Some(network), network_name, role: observer.role, answerer };
            cells.push(cell(experiment, part, &name, seed)?);
        }
    }
    Ok(())
}

/// The observer as it is, or with every rate and decay of the search, each with its name in the tables.
fn answerers(experiment: &Experiment, observer: &ObserverSpec) -> Vec<(String, Answerer)> {
    let Some(tuning) = &experiment.tuning else {
        return vec![(observer.name.clone(), Answerer::Learner(observer.clone()))];
    };
    let candidate = |(learning_rate, weight_decay): (f64, f64)| {
        let optimizer = OptimizerSpec { learning_rate, weight_decay, ..observer.optimizer.clone() };
        let name = format!("{} {learning_rate} {weight_decay}", observer.name);
        let spec = ObserverSpec { name: name.clone(), optimizer, ..observer.clone() };
        (name, Answerer::Tuned(Tuned { spec, of: observer.name.clone() }))
    };
    tuning.grid().map(candidate).collect()
}

fn baseline_cells(
    experiment: &Experiment,
    world: usize,
    network: Option<&NetworkEntry>,
    cells: &mut Vec<Cell>,
) -> Result<(), PlanError> {
    if experiment.battery.snakes.is_some() && network.is_none() {
        for predictor in painting::predictors::ALL {
            let seed = experiment.seeds[0];
            let answerer = Answerer::Fixed(predictor.id);
            let part = Part { world, network: None, network_name: "", role: predictor.role, answerer };
            cells.push(cell(experiment, part, predictor.id, seed)?);
        }
    }
    if experiment.battery.church.is_some() && network.is_none() {
        // Filters of brightness ask nothing of a world.
        let shown = experiment.battery.church.as_ref().is_some_and(|church| church.brightness_ppd > 0) && world == 0;
        for painter in painting::painters::ALL.iter().filter(|painter| shown || !painter.is_of_brightness()) {
            for &seed in experiment.seeds.iter().take(1) {
                let answerer = Answerer::Fixed(painter.id);
                let part = Part { world, network: None, network_name: "", role: painter.role, answerer };
                cells.push(cell(experiment, part, painter.id, seed)?);
            }
        }
    }
    for baseline in observe::BASELINES {
        if !baseline.illusions.contains(&experiment.battery.illusion.as_str()) {
            continue;
        }
        if baseline.how == How::FixedInBothRenders && !bridge::draws_both(&experiment.worlds[world]) {
            continue;
        }
        let pixels = observe::pixel_network();
        let (architecture, name) = match (baseline.how, network) {
            (How::TrainedPixels(_), None) => (Some(&pixels), ""),
            (How::Fixed | How::FixedInBothRenders, None) => (None, ""),
            (How::Trained(_) | How::Untrained, Some(network)) => (Some(network), network.name.as_str()),
            (How::TrainedPixels(_) | How::Fixed | How::FixedInBothRenders, Some(_))
            | (How::Trained(_) | How::Untrained, None) => continue,
        };
        let learner = |rule: &str| ObserverSpec {
            name: baseline.id.into(),
            rule: rule.into(),
            settings: Default::default(),
            optimizer: experiment.training.optimizer.clone(),
            inference: "feedforward".into(),
            networks: Vec::new(),
            worlds: Vec::new(),
            max_seeds: None,
            role: baseline.role,
        };
        let answerer = match baseline.how {
            How::Trained(rule) | How::TrainedPixels(rule) => Answerer::Learner(learner(rule)),
            How::Untrained => Answerer::Untrained(learner("backprop")),
            How::Fixed | How::FixedInBothRenders => Answerer::Fixed(baseline.id),
        };
        let most = baseline.max_seeds.min(network.and_then(|network| network.max_seeds).unwrap_or(usize::MAX));
        for &seed in experiment.seeds.iter().take(most) {
            let part = Part {
                world,
                network: architecture,
                network_name: name,
                role: baseline.role,
                answerer: answerer.clone(),
            };
            cells.push(cell(experiment, part, baseline.id, seed)?);
        }
    }
    Ok(())
}

fn reference_cells(experiment: &Experiment, world: usize, cells: &mut Vec<Cell>) -> Result<(), PlanError> {
    for spec in &experiment.references {
        for &seed in experiment.seeds.iter().take(spec.max_seeds().unwrap_or(usize::MAX)) {
            let answerer = Answerer::Reference(spec.clone());
            let part = Part { world, network: None, network_name: "", role: Role::Reference, answerer };
            cells.push(cell(experiment, part, spec.id(), seed)?);
        }
    }
    Ok(())
}

impl Cell {
    /// The cell of a foreign program's answers in a world.
    ///
    /// # Errors
    /// None in practice; the door is that of every cell.
    pub fn imported(experiment: &Experiment, world: usize, imported: Imported) -> Result<Self, PlanError> {
        let (name, seed) = (imported.record.name.clone(), imported.record.seed);
        let answerer = Answerer::Imported(imported);
        let part = Part { world, network: None, network_name: "", role: Role::Imported, answerer };
        cell(experiment, part, &name, seed)
    }

    /// Says where the answers of an imported observer are kept, given the cell's id.
    pub fn place_responses(&mut self, place: impl FnOnce(&str) -> PathBuf) {
        let id = self.id.clone();
        if let Answerer::Imported(imported) = &mut self.answerer {
            imported.responses = place(&id);
        }
    }
}

struct Part<'a> {
    world: usize,
    network: Option<&'a NetworkEntry>,
    network_name: &'a str,
    role: Role,
    answerer: Answerer,
}

fn cell(experiment: &Experiment, part: Part<'_>, observer: &str, seed: u64) -> Result<Cell, PlanError> {
    let world = &experiment.worlds[part.world];
    let (kind, rule) = match &part.answerer {
        Answerer::Learner(spec) => ("learner", Some(spec)),
        Answerer::Tuned(tuned) => ("tuned", Some(&tuned.spec)),
        Answerer::Untrained(spec) => ("untrained", Some(spec)),
        Answerer::Fixed(_) => ("fixed", None),
        Answerer::Imported(_) => ("imported", None),
        Answerer::Reference(_) => ("reference", None),
    };
    let responses = match &part.answerer {
        Answerer::Imported(imported) => Some(imported.record.responses_sha256.as_str()),
        Answerer::Learner(_)
        | Answerer::Tuned(_)
        | Answerer::Untrained(_)
        | Answerer::Fixed(_)
        | Answerer::Reference(_) => None,
    };
    let reference = match &part.answerer {
        Answerer::Reference(spec) => Some(spec.content()),
        Answerer::Learner(_)
        | Answerer::Tuned(_)
        | Answerer::Untrained(_)
        | Answerer::Fixed(_)
        | Answerer::Imported(_) => None,
    };
    let architecture = part.network.map(NetworkEntry::architecture);
    let content_of_world = world.content();
    let content = Content {
        results_version: RESULTS_VERSION,
        device: &experiment.device,
        observer,
        seed,
        kind,
        rule,
        responses,
        world: &content_of_world,
        network: architecture.as_ref(),
        training: &experiment.training,
        battery: &experiment.battery,
        validation_images: experiment.competence.images,
        layers: experiment.layers,
        settling: experiment.settling.as_ref(),
        reference,
        adversarial: experiment.adversarial.as_ref(),
    };
    let canonical = toml::to_string(&content).expect("plain data serializes to TOML");
    let macs = cost(experiment, &part).map_err(|why| PlanError {
        place: format!("world `{}`, network `{}`, observer `{observer}`", world.name, part.network_name),
        why,
    })?;
    Ok(Cell {
        id: short_id(&canonical),
        world: part.world,
        network: architecture,
        network_name: part.network_name.to_owned(),
        observer: observer.to_owned(),
        role: part.role,
        answerer: part.answerer,
        seed,
        macs,
    })
}

/// Multiply-accumulates of one cell: learning, validation and the battery.
fn cost(experiment: &Experiment, part: &Part<'_>) -> Result<f64, String> {
    let (every, last) = shown(experiment);
    let reading = experiment.battery.snakes.as_ref().filter(|_| experiment.tuning.is_none());
    let reading = reading.map_or(0.0, painting::motion::Shown::reading_macs);
    match &part.answerer {
        Answerer::Reference(ReferenceSpec::Pang2021(spec)) => {
            return Ok(reference::macs(experiment, spec, every + last));
        }
        Answerer::Reference(ReferenceSpec::PredNet(spec)) => {
            let given = painting::frames_given(&experiment.worlds[part.world]);
            return Ok(reading + reference::prednet::macs(experiment, spec, given));
        }
        Answerer::Learner(_)
        | Answerer::Tuned(_)
        | Answerer::Untrained(_)
        | Answerer::Fixed(_)
        | Answerer::Imported(_) => {}
    }
    let Some(network) = part.network else { return Ok(reading) };
    let world = &experiment.worlds[part.world];
    let spec = bridge::network_spec(network, world, &experiment.battery)?;
    let forward = bridge::forward_macs(&spec)?;
    if let Some(linear) = experiment.battery.linear() {
        return Ok(reading + painted_cost(experiment, linear, part, (&spec, forward))?);
    }
    let images = (experiment.training.steps * experiment.training.batch) as f64;
    let (training, checkpoints, observer) = match &part.answerer {
        Answerer::Learner(observer) => {
            (images * bridge::forward_equivalents(observer, &spec)?, experiment.training.checkpoints, observer)
        }
        Answerer::Tuned(tuned) => {
            let learning = images * bridge::forward_equivalents(&tuned.spec, &spec)?;
            // Half of the plain pictures and half of the hard ones, once.
            let answering = bridge::answer_equivalents(&tuned.spec)? * experiment.competence.images as f64;
            return Ok(forward * (learning + answering));
        }
        Answerer::Untrained(observer) => (0.0, 1, observer),
        Answerer::Fixed(_) | Answerer::Imported(_) | Answerer::Reference(_) => return Ok(0.0),
    };
    let answer = bridge::answer_equivalents(observer)?;
    let validation = 2.0 * experiment.competence.images as f64;
    let layers = match &experiment.layers {
        Some(asked) => {
            let times = if asked.layers == LayersAt::Every { checkpoints as f64 } else { 1.0 };
            times * (forward * answer * layers::images(asked) + layers::decoder_macs(asked, &spec)?)
        }
        None => 0.0,
    };
    let course = match (&experiment.settling, bridge::settled_equivalents(observer)?) {
        (Some(_), Some(settled)) => (1.0 + settled) * settling::images(experiment),
        (Some(_), None) | (None, _) => 0.0,
    };
    let attacks = match &experiment.adversarial {
        // Every gradient and answer of an attack goes through the inference that is tested.
        Some(asked) => {
            let classes = bridge::classes(world)?.len();
            answer * adversarial::forward_equivalents(asked, checkpoints, classes)
        }
        None => 0.0,
    };
    let answers = answer * (checkpoints as f64 * (validation + every) + last);
    Ok(layers + forward * (training + answers + course + attacks))
}

/// Multiply-accumulates of a cell whose network gives pictures: learning, held-out scenes and the church.
fn painted_cost(
    experiment: &Experiment,
    (linear_pictures, linear_side): (usize, usize),
    part: &Part<'_>,
    (spec, forward): (&NetworkSpec, f64),
) -> Result<f64, String> {
    let training = &experiment.training;
    let (learning, checkpoints) = match &part.answerer {
        Answerer::Learner(observer) => {
            let images = (training.steps * training.batch) as f64;
            (images * bridge::forward_equivalents(observer, spec)?, training.checkpoints as f64)
        }
        Answerer::Tuned(tuned) => {
            let images = (training.steps * training.batch) as f64;
            let answers = experiment.competence.images as f64 / 2.0;
            return Ok(forward * (images * bridge::forward_equivalents(&tuned.spec, spec)? + answers));
        }
        Answerer::Untrained(_) => (0.0, 1.0),
        Answerer::Fixed(_) | Answerer::Imported(_) | Answerer::Reference(_) => return Ok(0.0),
    };
    let scenes = (experiment.competence.images + linear_pictures) as f64;
    let battery = &experiment.battery;
    let shown = match (&battery.church, &battery.snakes) {
        (Some(church), _) => (church.canvas_px, painting::pictures_shown(church)),
        (None, Some(snakes)) => (snakes.canvas_px, painting::motion::Shown::pictures(snakes)),
        (None, None) => (0, [0, 0]),
    };
    let canvas = (shown.0 * shown.0) as f64 / (battery.size_px * battery.size_px) as f64;
    let shown = shown.1.map(|pictures| pictures as f64 * canvas);
    let answers = checkpoints * (scenes + shown[0]) + shown[1];
    // The linear equivalent: its products with the answers, and its own pictures of held-out scenes.
    let filter = (3 * spec.input[0] * linear_side * linear_side * battery.size_px * battery.size_px) as f64;
    Ok(forward * (learning + answers) + checkpoints * scenes * filter)
}

fn shown(experiment: &Experiment) -> (f64, f64) {
    let count = |when: When| -> f64 {
        battery::blocks(&experiment.battery)
            .iter()
            .filter(|block| block.when == when)
            .map(|block| battery::images(&experiment.battery, block) as f64)
            .sum()
    };
    (count(When::Every), count(When::Last))
}
