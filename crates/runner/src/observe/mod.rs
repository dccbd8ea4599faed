//! Observers: whoever answers. A blind observer gets pixels and nothing else; a planted one may know the figure,
//! because it is an instrument of known behavior with which the harness checks itself.

mod bad_aligner;
mod blur;
mod collinear_edge;
mod completing;
mod completing_surely;
mod corner_only;
mod corner_search;
mod disc_counter;
mod gap_template; // helper: gap_template
mod ideal;
mod identity;
mod inward_corners;
mod kanizsa_gaps; // helper: kanizsa_gaps
mod network;
mod oriented_energy;
mod random;
mod template;

pub use network::NetworkObserver;

use crate::battery::Block;
use crate::bridge;
use crate::experiment::{NetworkEntry, Role};
use rand_chacha::ChaCha8Rng;
use trompe_stimuli::worlds::{Difficulty, World};

/// A batch of pictures as an observer gets them: encoded pixels `[n, channels, height, width]`, and no key to the truth.
#[derive(Clone, Copy, Debug)]
pub struct Presentation<'a> {
    /// Pixels, row-major.
    pub pixels: &'a [f32],
    /// Number of pictures, channels, height, width.
    pub shape: [usize; 4],
}

impl Presentation<'_> {
    /// Values in one picture.
    pub fn stride(&self) -> usize {
        self.shape[1] * self.shape[2] * self.shape[3]
    }
}

/// Why an observer has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ObserverError {
    /// The network or its rule failed.
    #[error("{0}")]
    Rule(#[from] trompe_models::rules::RuleError),
    /// A reference network failed.
    #[error("{0}")]
    Reference(String),
    /// A stimulus could not be drawn.
    #[error("{0}")]
    Stimulus(#[from] trompe_stimuli::StimulusError),
    /// A readout could not be fitted to real pictures.
    #[error("readout: {0}")]
    Readout(#[from] trompe_psychophysics::NotMeasurable),
    /// An answer that is not a finite number.
    #[error("an output of `{observer}` is not finite")]
    NotFinite {
        /// Who.
        observer: String,
    },
}

/// Who gets pixels only.
pub trait Observer {
    /// One row of class evidence for each picture, `[n, classes]` row-major.
    fn answer(&mut self, shown: &Presentation<'_>) -> Result<Vec<f32>, ObserverError>;
}

/// Who may know the figures of the block: planted observers, never networks.
pub trait Instrument {
    /// Evidence for the positive class, one number for each picture of the block, in the block's order.
    fn look(&mut self, block: &Block) -> Result<Vec<f32>, ObserverError>;
}

/// Internal noise of a planted observer: a standard normal deviate for every picture. Under the noise fields of one figure it
/// is held, since these ask what the pixels do.
pub(crate) struct InternalNoise {
    rng: ChaCha8Rng,
    held: f64,
}

impl InternalNoise {
    pub(crate) fn new(rng: ChaCha8Rng) -> Self {
        Self { rng, held: 0.0 }
    }

    /// Evidence of every picture: what is read of it by its figure, plus noise of that deviation.
    pub(crate) fn beside<F>(
        &mut self,
        (block, figures): (&Block, &[F]),
        deviation: f64,
        read: impl Fn(&F, &[f32]) -> f64,
    ) -> Vec<f32> {
        let pictures = block.pixels.chunks_exact(block.stride());
        let shown = figures.iter().zip(pictures).enumerate();
        shown.map(|(at, (figure, picture))| (read(figure, picture) + self.of(block, at) * deviation) as f32).collect()
    }

    /// The deviate for picture `at` of a block; pictures must be asked for in order.
    pub(crate) fn of(&mut self, block: &Block, at: usize) -> f64 {
        if !block.is_reliance() || at.is_multiple_of(block.fields) {
            self.held = trompe_models::rng::normal_pair(&mut self.rng)[0];
        }
        self.held
    }
}

/// An observer without weights.
pub enum Fixed {
    /// Blind.
    Blind(Box<dyn Observer>),
    /// Blind, and too dear for all but the blocks that are shown along training; it has no rows of the others.
    Primary(Box<dyn Observer>),
    /// Knows the figure.
    Planted(Box<dyn Instrument>),
}

/// What a fixed observer may be built from: real things of the world, and its own random stream.
pub struct Practice<'a> {
    /// The world whose real things are practiced on.
    pub world: &'a dyn World,
    /// The encoding of the world.
    pub encoding: trompe_stimuli::Encoding,
    /// Side of the square image: degrees and pixels.
    pub viewing: trompe_stimuli::Viewing,
    /// Private randomness.
    pub rng: ChaCha8Rng,
}

/// A real picture to practice on.
pub(crate) struct Practiced {
    /// Class.
    pub(crate) class: usize,
    /// Encoded pixels, `[1, height, width]`.
    pub(crate) pixels: Vec<f32>,
    /// Height and width.
    pub(crate) size: [usize; 2],
}

/// So many real pictures of each class of the world, classes in turn.
pub(crate) fn practice_pictures(practice: &mut Practice<'_>, each: usize) -> Result<Vec<Practiced>, ObserverError> {
    let classes = practice.world.classes().len();
    let seen = (practice.encoding, practice.viewing);
    let mut draw = |at: usize| {
        let class = at % classes;
        let real = bridge::real_thing(practice.world, class, Difficulty::Training, seen, &mut practice.rng)?;
        Ok(Practiced { class, pixels: real.pixels, size: [real.shape[1], real.shape[2]] })
    };
    (0..each * classes).map(&mut draw).collect()
}

/// How a baseline comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The experiment's network, trained by the named rule or control.
    Trained(&'static str),
    /// A linear readout of the pixels, trained by the named rule.
    TrainedPixels(&'static str),
    /// The experiment's network, untrained.
    Untrained,
    /// An observer without weights.
    Fixed,
    /// The same, in worlds that draw both outlined and filled shapes.
    FixedInBothRenders,
}

/// An observer that runs beside the networks at no request.
pub struct Baseline {
    /// Name in the tables.
    pub id: &'static str,
    /// What it is, for reports.
    pub title: &'static str,
    /// `Baseline` or `Planted`.
    pub role: Role,
    /// How it comes about.
    pub how: How,
    /// Batteries it can be shown.
    pub illusions: &'static [&'static str],
    /// Runs on the first so many seeds only.
    pub max_seeds: usize,
    /// Builder of a fixed observer.
    pub build: Option<fn(Practice<'_>) -> Result<Fixed, ObserverError>>,
}

/// Every baseline and planted observer, alphabetical. A test compares the list with the folder.
pub static BASELINES: &[&Baseline] = &[
    &bad_aligner::ENTRY,
    &blur::ENTRY,
    &collinear_edge::ENTRY,
    &completing::ENTRY,
    &completing_surely::ENTRY,
    &corner_only::ENTRY,
    &corner_search::ENTRY,
    &disc_counter::ENTRY,
    &ideal::ENTRY,
    &identity::ENTRY,
    &inward_corners::ENTRY,
    &oriented_energy::ENTRY,
    &network::PIXEL_REGRESSION,
    &random::ENTRY,
    &network::RANDOM_FEATURES,
    &template::ENTRY,
    &template::FILLED,
    &template::OUTLINE,
    &template::POLARITY,
    &network::UNTRAINED,
];

/// The entry of that id.
pub fn baseline(id: &str) -> Option<&'static Baseline> {
    BASELINES.iter().copied().find(|baseline| baseline.id == id)
}

/// The architecture of pixel logistic regression: a readout and nothing else.
pub fn pixel_network() -> NetworkEntry {
    let layers = vec![crate::experiment::LayerEntry::Readout];
    NetworkEntry { name: "pixels".into(), layers, worlds: Vec::new(), max_seeds: None, residual: false }
}
