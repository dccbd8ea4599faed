//! What an experiment asks: the checked form of an experiment file, free of positions and defaults already filled in.
//!
//! `file` reads the TOML and reports every mistake with its place; this module holds what is left when none was made.
//! Everything here is plain data with a canonical text ([`Experiment::canonical`]), from which identities are hashed.

mod file;
mod settings;

pub use file::{
    Bounds, Gives, IllusionInfo, Known, Place, ReadFailure, RuleInfo, SettingInfo, SettingKind, WorldInfo, read,
};
pub use settings::Setting;

use serde::Serialize;
use std::collections::BTreeMap;

/// Named options of a rule, a world or an illusion, as written in the file.
pub type Settings = BTreeMap<String, Setting>;

/// How far a run's results may be interpreted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Too few seeds for inference: intervals, no p values, no claims.
    Pilot,
    /// Designs chosen while looking; p values are labelled exploratory.
    Exploratory,
    /// The analysis was declared beforehand and is hashed into the manifest.
    Confirmatory,
}

/// One experiment file, checked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Experiment {
    /// Version of the file format; 1.
    pub schema: u32,
    /// snake_case name; names the folder under `results/`.
    pub id: String,
    /// Headline of the report.
    pub title: String,
    /// The question, one sentence.
    pub question: String,
    /// How far the results may be read.
    pub status: Status,
    /// Replicate seeds, distinct, at least one.
    pub seeds: Vec<u64>,
    /// Longest planned run in minutes on two cores; a plan above it is refused.
    pub budget_minutes: f64,
    /// `flex` or `ndarray`.
    pub device: String,
    /// How networks are trained.
    pub training: Training,
    /// What they are trained on; at least one.
    pub worlds: Vec<WorldSpec>,
    /// Their architecture; at least one.
    pub networks: Vec<NetworkEntry>,
    /// Who answers: rules, and the controls written in the file. Baselines are added by the plan at no request.
    pub observers: Vec<ObserverSpec>,
    /// Reference networks of the literature, which learn in their own way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<ReferenceSpec>,
    /// What is shown.
    pub battery: BatterySpec,
    /// Competence on the real task.
    pub competence: CompetenceSpec,
    /// Outcomes and contrasts declared beforehand.
    pub analysis: AnalysisSpec,
    /// What is read layer by layer, where the file asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layers: Option<LayersSpec>,
    /// The course of settled answers, where the file asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settling: Option<SettlingSpec>,
    /// How networks are attacked, where the file asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adversarial: Option<AdversarialSpec>,
    /// The search for rates and decays that the file is, where it is one and shows nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tuning: Option<TuningSpec>,
}

/// What is read layer by layer (Kanizsa).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LayersSpec {
    /// At which checkpoints.
    pub layers: LayersAt,
    /// Pictures of real things for each decoder, half to train and half to test it; a multiple of 4.
    pub pictures: usize,
    /// Pairs of each illusion.
    pub pairs: usize,
}

impl LayersSpec {
    /// The battery whose figures are asked about.
    pub const BATTERY: &'static str = "kanizsa";
}

/// How answers come about while states settle (Kanizsa): read at the last checkpoint, of every rule that can settle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SettlingSpec {
    /// Steps of settling after which the answer is read, increasing; beside them always the forward pass and the end.
    pub steps: Vec<usize>,
}

impl SettlingSpec {
    /// The battery whose comparisons are read.
    pub const BATTERY: &'static str = "kanizsa";
}

/// At which checkpoints layers are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LayersAt {
    /// At the last one.
    Last,
    /// At all of them, so that rules are compared at matched competence.
    Every,
}

/// How networks are attacked: small changes of real pictures, by the gradient of what is tested.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AdversarialSpec {
    /// At which checkpoints ε50 is read; everything else is read at the last.
    pub at: AttackedAt,
    /// Pictures of half B that are attacked.
    pub pictures: usize,
    /// Sizes of a change, in code units, increasing; the last is the largest that ε50 is looked for at.
    pub epsilons: Vec<f64>,
    /// Steps from each start.
    pub steps: usize,
    /// Random starts.
    pub restarts: usize,
    /// Classes from which, and toward which, targeted attacks go.
    pub targets: Vec<TargetSpec>,
    /// Pictures that are shown to the other networks of the same world, architecture and seed; 0 for none.
    pub transfer: usize,
    /// Size at which these were made; one of `epsilons`.
    pub transfer_epsilon: f64,
}

impl AdversarialSpec {
    /// A change so large, in code units, that every classification must be lost: it turns any picture gray.
    pub const LARGE: f64 = 0.5;
}

/// At which checkpoints networks are attacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AttackedAt {
    /// At the last one.
    Last,
    /// At all of them, so that ε50 is compared at matched competence.
    Every,
}

/// A targeted attack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TargetSpec {
    /// Class of the pictures.
    pub from: String,
    /// Class that they are to be classified as.
    pub to: String,
}

/// A search of the same size for every observer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TuningSpec {
    /// Learning rates that are tried, increasing.
    pub rates: Vec<f64>,
    /// Weight decays that are tried with each, increasing.
    pub decays: Vec<f64>,
}

impl TuningSpec {
    /// Every rate with every decay.
    pub fn grid(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.rates.iter().flat_map(|&rate| self.decays.iter().map(move |&decay| (rate, decay)))
    }
}

/// Budget of one training run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Training {
    /// Learning steps.
    pub steps: usize,
    /// Images a step.
    pub batch: usize,
    /// Number of checkpoints, spaced evenly in log step from `first_checkpoint` to `steps`.
    pub checkpoints: usize,
    /// Step of the first checkpoint.
    pub first_checkpoint: usize,
    /// Share of the steps, at the end, over which all learning rates fall linearly to 0; 0 for constant rates.
    pub anneal: f64,
    /// `cross_entropy` or `squared_error`.
    pub loss: String,
    /// Default optimizer of all observers.
    pub optimizer: OptimizerSpec,
}

/// An optimizer and its constants.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OptimizerSpec {
    /// `sgd`, `adam` or `adamw`.
    pub id: String,
    /// Step size.
    pub learning_rate: f64,
    /// L2 decay (`sgd`, `adam`) or decoupled decay (`adamw`), the same choice for every rule of an experiment.
    pub weight_decay: f64,
    /// Momentum of `sgd`.
    pub momentum: f64,
}

/// A world: a distribution of real things.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorldSpec {
    /// Name within the experiment.
    pub name: String,
    /// Entry of the list of worlds.
    pub id: String,
    /// Its options.
    pub settings: Settings,
    /// `srgb` or `linear`: how networks receive luminance.
    pub encoding: String,
}

impl WorldSpec {
    /// The world whose next frames are wanted.
    pub const MOVIES: &'static str = "movies";
    /// Setting that names a folder of photographs.
    pub const PHOTOGRAPHS: &'static str = "photographs";
    /// Setting that stands for their content, once it was read; no file has it.
    pub const PHOTOGRAPHS_CONTENT: &'static str = "photographs_sha256";

    /// Setting that names a folder of frames.
    pub const FRAMES: &'static str = "frames";
    /// Setting that stands for their content, once it was read; no file has it.
    pub const FRAMES_CONTENT: &'static str = "frames_sha256";
    /// Setting that names a folder with the files of MNIST.
    pub const DIGITS: &'static str = "digits";
    /// Setting that stands for their content, once it was read; no file has it.
    pub const DIGITS_CONTENT: &'static str = "digits_sha256";

    /// What numbers depend on: of files their content, not the folder that they lie in.
    pub fn content(&self) -> Self {
        let mut content = self.clone();
        for (folder, read) in [
            (Self::PHOTOGRAPHS, Self::PHOTOGRAPHS_CONTENT),
            (Self::FRAMES, Self::FRAMES_CONTENT),
            (Self::DIGITS, Self::DIGITS_CONTENT),
        ] {
            if content.settings.contains_key(read) {
                content.settings.remove(folder);
            }
        }
        content
    }
}

/// A named architecture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NetworkEntry {
    /// Name within the experiment.
    pub name: String,
    /// Layers from the image upward; the last one is the readout and has no `units` of its own choosing:
    /// the world's number of classes is filled in.
    pub layers: Vec<LayerEntry>,
    /// Names of worlds it is run in; all when empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub worlds: Vec<String>,
    /// Runs on the first so many seeds only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_seeds: Option<usize>,
    /// Of networks that give pictures: whether they give what is to be added to theirs, not the picture itself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub residual: bool,
}

impl NetworkEntry {
    /// Whether it is run in a world.
    pub fn runs_in(&self, world: &WorldSpec) -> bool {
        lists(&self.worlds, &world.name)
    }

    /// The architecture alone: what a cell's numbers depend on, without where else it is run.
    pub fn architecture(&self) -> Self {
        Self { worlds: Vec::new(), max_seeds: None, ..self.clone() }
    }
}

/// One layer as written: which kind, and its numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LayerEntry {
    /// Fully connected.
    Dense {
        /// Output units.
        units: usize,
        /// Nonlinearity by name.
        activation: String,
    },
    /// Convolution with zero padding.
    Conv {
        /// Output channels.
        channels: usize,
        /// Side of the square kernel in pixels.
        kernel: usize,
        /// Step in pixels.
        stride: usize,
        /// Zero border in pixels.
        padding: usize,
        /// Nonlinearity by name.
        activation: String,
    },
    /// Largest value of each window.
    MaxPool {
        /// Side of the window in pixels.
        size: usize,
        /// Step in pixels.
        stride: usize,
    },
    /// Mean of each window.
    AvgPool {
        /// Side of the window in pixels.
        size: usize,
        /// Step in pixels.
        stride: usize,
    },
    /// Each picture's activity to mean 0 and variance 1.
    LayerNorm,
    /// Each picture's activity to root mean square 1.
    RmsNorm,
    /// Each pixel becomes a square of pixels.
    Upsample {
        /// Side of the square in pixels.
        factor: usize,
    },
    /// Linear map to the world's classes; always the last layer.
    Readout,
    /// Linear convolution to the colors of a picture, with as much border as it needs; the last layer of networks that give
    /// pictures.
    Picture {
        /// Side of the square kernel in pixels, odd.
        kernel: usize,
    },
}

/// A learning observer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ObserverSpec {
    /// Name in tables; the rule's id unless the file says otherwise.
    pub name: String,
    /// Entry of the list of rules.
    pub rule: String,
    /// The rule's options.
    pub settings: Settings,
    /// Optimizer of this observer.
    pub optimizer: OptimizerSpec,
    /// `feedforward` or `settled`.
    pub inference: String,
    /// Names of networks it is run on; all when empty.
    pub networks: Vec<String>,
    /// Names of worlds it is run in; all when empty.
    pub worlds: Vec<String>,
    /// Runs on the first so many seeds only.
    pub max_seeds: Option<usize>,
    /// Role in the tables.
    pub role: Role,
}

impl ObserverSpec {
    /// Whether it is run on a network in a world.
    pub fn runs_on(&self, network: &NetworkEntry, world: &WorldSpec) -> bool {
        network.runs_in(world) && lists(&self.networks, &network.name) && lists(&self.worlds, &world.name)
    }
}

/// A reference network of the literature: an observer whose dynamics and training are its own. It is run in every world.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ReferenceSpec {
    /// Names classes.
    Pang2021(Pang2021Entry),
    /// Gives the next frame.
    PredNet(PredNetEntry),
}

/// The network of Pang et al. (2021).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pang2021Entry {
    /// Entry of the list of reference networks; its name in tables.
    pub id: String,
    /// Maps of each convolution.
    pub width: usize,
    /// Pictures of the world `dead_leaves` that it learns to draw again, before anything else.
    pub pretraining_pictures: usize,
    /// Pictures of the experiment's world that it then learns to name.
    pub finetuning_pictures: usize,
    /// Pictures a learning step.
    pub batch: usize,
    /// Steps after which it answers; the first is its forward pass.
    pub answer_steps: usize,
    /// Adam's rate.
    pub rate: f64,
    /// Runs on the first so many seeds only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_seeds: Option<usize>,
}

/// PredNet (Lotter et al. 2017), trained by backpropagation through time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PredNetEntry {
    /// Entry of the list of reference networks; its name in tables.
    pub id: String,
    /// Channels of targets, predictions and errors of each layer, from below; the first are the three colors.
    pub channels: Vec<usize>,
    /// Channels of the representation of each layer.
    pub representations: Vec<usize>,
    /// What it makes small.
    pub loss: PredNetLossSpec,
    /// Frames of a clip, through all of which errors are sent back.
    pub frames: usize,
    /// Predictions at the beginning of a clip that do not count.
    pub unweighted: usize,
    /// Clips that it learns from.
    pub clips: usize,
    /// Clips a learning step.
    pub batch: usize,
    /// Adam's rate in the first half.
    pub rate: f64,
    /// Adam's rate in the second half.
    pub late_rate: f64,
    /// Runs on the first so many seeds only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_seeds: Option<usize>,
}

/// What PredNet makes small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PredNetLossSpec {
    /// Mean squared error of pixels.
    Squared,
    /// Mean activity of the error units of pixels.
    Absolute,
}

impl ReferenceSpec {
    /// Every reference network, by id.
    pub const ALL: [&'static str; 2] = ["pang2021", Self::PREDNET];
    /// The one that gives frames.
    pub const PREDNET: &'static str = "prednet";

    /// Its name in tables.
    pub fn id(&self) -> &str {
        match self {
            Self::Pang2021(entry) => &entry.id,
            Self::PredNet(entry) => &entry.id,
        }
    }

    /// Runs on the first so many seeds only.
    pub fn max_seeds(&self) -> Option<usize> {
        match self {
            Self::Pang2021(entry) => entry.max_seeds,
            Self::PredNet(entry) => entry.max_seeds,
        }
    }

    /// What a cell's numbers depend on: not on how many seeds it is run.
    pub fn content(&self) -> Self {
        match self {
            Self::Pang2021(entry) => Self::Pang2021(Pang2021Entry { max_seeds: None, ..entry.clone() }),
            Self::PredNet(entry) => Self::PredNet(PredNetEntry { max_seeds: None, ..entry.clone() }),
        }
    }
}

/// Whether a name is among those listed; an empty list means all.
fn lists(names: &[String], name: &str) -> bool {
    names.is_empty() || names.iter().any(|listed| listed == name)
}

/// What an observer is in the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A learning rule under comparison.
    Rule,
    /// Same engine, no claim to plausibility: sham feedback, other decay.
    Control,
    /// Runs beside the networks at no request; an illusion must exceed it.
    Baseline,
    /// An instrument of known behavior, used to check the harness.
    Planted,
    /// A foreign program, known by its answers only.
    Imported,
    /// A network of the literature with dynamics and a training of its own: no learning rule under comparison.
    Reference,
}

impl Role {
    /// Its name in the tables.
    pub fn id(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Control => "control",
            Self::Baseline => "baseline",
            Self::Planted => "planted",
            Self::Imported => "imported",
            Self::Reference => "reference",
        }
    }
}

/// What is shown to every observer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BatterySpec {
    /// Which battery, by its name in the list.
    pub illusion: String,
    /// Twins (matched pairs) in each condition, shared by all observers.
    pub twins: usize,
    /// Side of the square image in pixels.
    pub size_px: usize,
    /// Side of the square image in degrees of visual angle.
    pub size_deg: f64,
    /// Mouth turns of the illusory condition, degrees (fat/thin).
    pub alphas_deg: Vec<f64>,
    /// The primary turn, degrees.
    pub primary_alpha_deg: f64,
    /// Support ratios shown at the last checkpoint.
    pub support_ratios: Vec<f64>,
    /// The primary support ratio.
    pub primary_support_ratio: f64,
    /// Turns of all inducers together, degrees (Kanizsa).
    pub turns_deg: Vec<f64>,
    /// Offsets of misaligned inducers, in their radii (Kanizsa).
    pub shifts: Vec<f64>,
    /// Contrasts of the real contour drawn in the gaps, relative to the inducers'.
    pub contour_contrasts: Vec<f64>,
    /// Noise fields per figure in the gap-reliance blocks; 0 leaves them out.
    pub noise_fields: usize,
    /// Figures in the gap-reliance blocks.
    pub noise_figures: usize,
    /// Standard deviation of these noise fields, code values.
    pub noise_sd: f64,
    /// What is shown to networks that give pictures (church).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub church: Option<ChurchSpec>,
    /// What is shown to networks that give the next frame (snakes).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snakes: Option<SnakesSpec>,
}

impl BatterySpec {
    /// Whether networks give pictures.
    pub fn gives_pictures(&self) -> bool {
        self.linear().is_some()
    }

    /// Pictures and side of the linear filters that networks are compared with, where they give pictures.
    pub fn linear(&self) -> Option<(usize, usize)> {
        let of_church = self.church.as_ref().map(|church| (church.linear_pictures, church.linear_side));
        of_church.or(self.snakes.as_ref().map(|snakes| (snakes.linear_pictures, snakes.linear_side)))
    }

    /// Sides of the canvases that such networks are shown, beside that of `size_px`.
    pub fn canvases(&self) -> Vec<usize> {
        let of_church = self.church.iter().flat_map(|church| [church.canvas_px, 32 * church.brightness_ppd]);
        of_church.chain(self.snakes.iter().map(|snakes| snakes.canvas_px)).filter(|&side| side > 0).collect()
    }
}

/// What is shown of the church, and of displays of brightness.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChurchSpec {
    /// Side of the canvas in pixels, a multiple of 128.
    pub canvas_px: usize,
    /// Widths of the bars in 128ths of the canvas, increasing.
    pub bars: Vec<usize>,
    /// The width of fine bars that outcomes are read at; one of `bars`.
    pub fine_bar: usize,
    /// The width of coarse bars; one of `bars`.
    pub coarse_bar: usize,
    /// Sets of colors that are drawn at random, beside the named ones.
    pub color_sets: usize,
    /// Pixels a degree of the brightness set; 0 leaves it out.
    pub brightness_ppd: usize,
    /// Kanizsa figures of each shape and member; 0 leaves them out.
    #[serde(skip_serializing_if = "is_none")]
    pub figures: usize,
    /// Pictures of the world from which linear equivalents are fitted.
    pub linear_pictures: usize,
    /// Side of their kernels in pixels, odd.
    pub linear_side: usize,
}

/// What is shown of Rotating Snakes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SnakesSpec {
    /// Side of the canvas in pixels.
    pub canvas_px: usize,
    /// Levels of dark and of light ellipses in the map of gray disks; 0 leaves it out.
    pub gray_levels: usize,
    /// Still scenes.
    pub scenes: usize,
    /// Draws of small eye movements and of saccades.
    pub jitters: usize,
    /// Predictions in the closed loop.
    pub closed: usize,
    /// Clips of the world from which linear predictors are fitted.
    pub linear_pictures: usize,
    /// Side of their kernels in pixels, odd.
    pub linear_side: usize,
    /// Always [`Self::READINGS`]: cells that were read otherwise are other cells.
    pub readings: u32,
}

impl Experiment {
    /// Whether a network is shown movies that has a memory of more frames than a world gives.
    pub fn has_memory(&self) -> bool {
        self.references.iter().any(|spec| matches!(spec, ReferenceSpec::PredNet(_)))
    }
}

impl SnakesSpec {
    /// The battery.
    pub const BATTERY: &'static str = "snakes";
    /// Version of what is read of each display: goes up with the displays and with the columns of `motion.csv`.
    pub const READINGS: u32 = 2;
}

fn is_none(count: &usize) -> bool {
    *count == 0
}

impl ChurchSpec {
    /// The battery.
    pub const BATTERY: &'static str = "church";
}

/// Competence on the real task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CompetenceSpec {
    /// Validation images in all, halved into A (choose) and B (report); per difficulty.
    pub images: usize,
    /// Gate on plain validation accuracy at the last checkpoint (half B).
    pub gate_accuracy: f64,
    /// Values of hard-set d′ at which rules are compared; the highest that qualifies is primary.
    pub match_grid: Vec<f64>,
    /// Values of plain accuracy at which rules are compared as well: a conclusion needs both.
    pub match_accuracy: Vec<f64>,
    /// Share of a rule's seeds (and of the reference's) that must reach the criterion.
    pub match_share: f64,
}

/// Outcomes and contrasts declared beforehand; its hash stands in the manifest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AnalysisSpec {
    /// The observer at whose competence others are matched, and that contrasts are against unless they say otherwise.
    pub reference: String,
    /// Declared contrasts, at most six.
    pub contrasts: Vec<ContrastSpec>,
    /// Equivalence margin on d′.
    pub margin_d_prime: f64,
    /// Equivalence margin on the area under the curve.
    pub margin_auc: f64,
    /// Significance level.
    pub alpha: f64,
    /// Resamples of the crossed bootstrap.
    pub bootstrap: usize,
    /// Equivalence margin on ε50, code units; only where networks are attacked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin_epsilon: Option<f64>,
    /// Equivalence margin on assimilation, as a share of the inducers' distance; only of networks that give pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin_assimilation: Option<f64>,
    /// Equivalence margin on turns, degrees per frame; only of networks that give the next frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin_turn: Option<f64>,
}

impl AnalysisSpec {
    /// The margin on outcomes of networks that give pictures.
    pub fn margin_of_pictures(&self) -> Option<f64> {
        self.margin_assimilation.or(self.margin_turn)
    }
}

/// A declared contrast: one observer minus another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ContrastSpec {
    /// Whose value is taken.
    pub observer: String,
    /// Whose value is subtracted.
    pub against: String,
}

impl Experiment {
    /// The canonical text of the resolved experiment: what its identity is hashed from.
    pub fn canonical(&self) -> String {
        let worlds = self.worlds.iter().map(WorldSpec::content).collect();
        toml::to_string(&Self { worlds, ..self.clone() })
            .expect("plain data without maps inside arrays of scalars serializes to TOML")
    }
}
