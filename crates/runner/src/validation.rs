//! Validation pictures of a world: plain as in training, and hard; drawn once, the same for every network and seed.

use crate::bridge;
use crate::identity::stream;
use crate::observe::Presentation;
use trompe_stimuli::worlds::{Difficulty, World};
use trompe_stimuli::{Encoding, StimulusError, Viewing};

/// How a shape was drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Render {
    /// By its outline.
    Outline,
    /// Filled.
    Filled,
    /// No shape, or neither.
    Other,
}

/// Pictures with their labels.
pub struct ValidationSet {
    /// Encoded pixels.
    pub pixels: Vec<f32>,
    /// Number of pictures, channels, height, width.
    pub shape: [usize; 4],
    /// Class of each picture.
    pub labels: Vec<usize>,
    /// How each shape was drawn.
    pub renders: Vec<Render>,
}

impl ValidationSet {
    /// As an observer gets it.
    pub fn presentation(&self) -> Presentation<'_> {
        Presentation { pixels: &self.pixels, shape: self.shape }
    }
}

/// Both sets; the first half of each is A (choose), the second is B (report).
pub struct Validation {
    /// As in training.
    pub plain: ValidationSet,
    /// Small differences at low contrast in noise.
    pub hard: ValidationSet,
}

/// Draws both sets: half A, the first `half` pictures, from the first world, what follows from the second.
pub fn draw(
    halves: [&dyn World; 2],
    canonical: &str,
    (images, half): (usize, usize),
    encoding: Encoding,
    viewing: Viewing,
) -> Result<Validation, StimulusError> {
    let set = |name: &str, difficulty: Difficulty| -> Result<ValidationSet, StimulusError> {
        let mut rng = stream(&["validation", name, canonical]);
        let labels: Vec<usize> = (0..images).map(|at| at % halves[0].classes().len()).collect();
        let mut set = ValidationSet { pixels: Vec::new(), shape: [images, 1, 0, 0], labels, renders: Vec::new() };
        for at in 0..images {
            let world = halves[usize::from(at >= half)];
            let real = bridge::real_thing(world, set.labels[at], difficulty, (encoding, viewing), &mut rng)?;
            set.pixels.extend_from_slice(&real.pixels);
            set.shape = [images, real.shape[0], real.shape[1], real.shape[2]];
            set.renders.push(real.render);
        }
        Ok(set)
    };
    Ok(Validation { plain: set("plain", Difficulty::Training)?, hard: set("hard", Difficulty::Hard)? })
}
