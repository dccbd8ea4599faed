//! Movies to learn from: so many frames are given, and the next one is wanted.

use super::scenes::Held;
use crate::experiment::{Setting, WorldSpec};
use crate::identity::stream;
use trompe_stimuli::color::to_codes;
use trompe_stimuli::movies::{self, Recipe};

/// Frames that are given where a world does not say.
const GIVEN: usize = 3;
/// Setting that says how many.
pub const SETTING: &str = "given";

/// Movies of a recipe.
pub struct MovieWorld {
    /// What is drawn and how it moves.
    pub recipe: Recipe,
    /// Frames that are given.
    pub given: usize,
    /// Text from which its streams are named.
    pub canonical: String,
    side: usize,
}

/// Frames that a world gives.
pub fn given(spec: &WorldSpec) -> usize {
    match spec.settings.get(SETTING) {
        Some(Setting::Number(frames)) => *frames as usize,
        Some(_) | None => GIVEN,
    }
}

impl MovieWorld {
    /// Builds movies from the settings of a world.
    ///
    /// # Errors
    /// Settings that no movies take.
    pub fn build(spec: &WorldSpec, side: usize) -> Result<Self, String> {
        let mut settings = spec.settings.clone();
        settings.remove(SETTING);
        let recipe = Recipe::read(&crate::bridge::stimulus_settings(&settings)).map_err(|error| error.to_string())?;
        Ok(Self { recipe, given: given(spec), canonical: crate::bridge::canonical(spec), side })
    }

    /// Clips of a stream: frames that are given, and the next.
    ///
    /// # Errors
    /// A clip that cannot be drawn.
    pub fn drawn(&self, parts: &[&str], clips: usize) -> Result<Held, String> {
        let mut rng = stream(parts);
        let mut held = Held { given: Vec::new(), wanted: Vec::new(), side: self.side, frames: self.given };
        for _ in 0..clips {
            let movie = movies::draw(&self.recipe, self.side, self.given + 1, &mut rng);
            let movie = movie.map_err(|error| error.to_string())?;
            let (next, given) = movie.frames.split_last().ok_or("a movie without frames")?;
            given.iter().for_each(|frame| held.given.extend(to_codes(frame.iter().copied())));
            held.wanted.extend(to_codes(next.iter().copied()));
        }
        Ok(held)
    }
}
