//! Worlds: real things that networks are trained on. No world contains an illusion. One file each, and its name in [`ALL`].

pub mod dead_leaves;
pub mod polygons;
pub mod quads;
pub mod quads_clean;
pub mod squares;

use crate::Rng;
use crate::StimulusError;
use crate::figures::{Fragment, Pacman};
use crate::scene::Scene;
use crate::settings::Settings;
use std::collections::BTreeMap;
use std::ops::Range;

/// How hard the pictures are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difficulty {
    /// As in training.
    Training,
    /// Small differences at low contrast in noise: where competence can still be told apart.
    Hard,
}

impl Difficulty {
    /// Its name in tables.
    pub fn id(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Hard => "hard",
        }
    }
}

/// One picture of a world, before pixels.
#[derive(Clone, Debug)]
pub struct Sample {
    /// What is drawn.
    pub scene: Scene,
    /// Standard deviation of the pixel noise, to be added after encoding (see [`crate::add_noise`]).
    pub noise_sd: f64,
    /// The cut discs among the clutter, for tests that they form nothing.
    pub pacmen: Vec<Pacman>,
    /// The pieces of a broken outline, for tests that they form nothing; none in pictures of a shape.
    pub fragments: Vec<Fragment>,
    /// Which of the painted paths are the thing to be named, or stand in its place; later ones lie in front of it.
    pub thing: Range<usize>,
    /// `render` (`outline`, `filled`), `polarity`, `contrast`, `background` and what the world adds.
    pub metadata: BTreeMap<String, String>,
}

/// Draws real things of several classes.
pub trait World: Send + Sync {
    /// Name in the list.
    fn id(&self) -> &'static str;
    /// Names of the classes, by index.
    fn classes(&self) -> &'static [&'static str];
    /// One picture of a class.
    ///
    /// # Errors
    /// [`StimulusError::UnknownClass`].
    fn sample(&self, class: usize, difficulty: Difficulty, rng: &mut Rng) -> Result<Sample, StimulusError>;
}

/// A built world.
pub type BoxedWorld = Box<dyn World + Send + Sync>;

/// What can be learned from a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Teaches {
    /// To name the class of a picture.
    Classes,
    /// To draw the picture again: it is its own target. Its one class says nothing.
    Pictures,
}

/// One world in the list.
#[derive(Clone, Copy, Debug)]
pub struct WorldEntry {
    /// Equal to the file's stem.
    pub id: &'static str,
    /// For people.
    pub title: &'static str,
    /// Where its numbers come from.
    pub source: &'static str,
    /// What can be learned from it.
    pub teaches: Teaches,
    /// Builds it; unknown settings are errors.
    pub build: fn(&Settings) -> Result<BoxedWorld, StimulusError>,
}

/// Every world, alphabetical. A test compares the list with the folder.
pub static ALL: &[WorldEntry] =
    &[dead_leaves::ENTRY, polygons::ENTRY, quads::ENTRY, quads_clean::ENTRY, squares::ENTRY];

/// The entry of that id.
pub fn find(id: &str) -> Option<&'static WorldEntry> {
    ALL.iter().find(|entry| entry.id == id)
}

/// Which renders a world draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Renders {
    Both,
    Outline,
    Filled,
}

const RENDERS: &[(&str, Renders)] =
    &[("both", Renders::Both), ("outline", Renders::Outline), ("filled", Renders::Filled)];

impl Renders {
    /// Whether the next shape is filled; one draw whatever the choice.
    fn filled(self, rng: &mut Rng) -> bool {
        let coin = crate::draws::chance(0.5, rng);
        match self {
            Self::Both => coin,
            Self::Outline => false,
            Self::Filled => true,
        }
    }
}

fn check_class(world: &dyn World, class: usize) -> Result<(), StimulusError> {
    let classes = world.classes().len();
    if class < classes { Ok(()) } else { Err(StimulusError::UnknownClass { world: world.id(), class, classes }) }
}
