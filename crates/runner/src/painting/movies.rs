//! Movies to learn from: so many frames are given, and the next one is wanted.

use super::frames::{self, Clip};
use super::scenes::Held;
use crate::experiment::{Setting, WorldSpec};
use crate::identity::stream;
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use trompe_stimuli::color::to_codes;
use trompe_stimuli::movies::{self, Recipe};

/// Frames that are given where a world does not say.
const GIVEN: usize = 3;
/// Setting that says how many.
pub const SETTING: &str = "given";

/// Movies of a recipe, or of one's own.
pub struct MovieWorld {
    source: Source,
    /// What is drawn of things that turn and of still scenes.
    pub recipe: Recipe,
    /// Frames that are given.
    pub given: usize,
    /// Text from which its streams are named.
    pub canonical: String,
    side: usize,
}

/// Where movies come from.
enum Source {
    Drawn,
    /// Folders of frames; whether time runs backward.
    Frames(Vec<Clip>, bool),
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
    /// Settings that no movies take; frames that cannot be read.
    pub fn build(spec: &WorldSpec, side: usize) -> Result<Self, String> {
        let mut settings = spec.settings.clone();
        for key in [SETTING, WorldSpec::FRAMES, WorldSpec::FRAMES_CONTENT] {
            settings.remove(key);
        }
        let given = given(spec);
        let source = match frames::folder(spec) {
            None => Source::Drawn,
            Some(folder) => {
                if let Some(key) = settings.keys().find(|key| *key != "reversed") {
                    return Err(format!("`{key}` belongs to drawn movies; frames are as they are, or `reversed`"));
                }
                let reversed = settings.get("reversed") == Some(&Setting::Flag(true));
                Source::Frames(frames::read(folder, side, given + 1)?, reversed)
            }
        };
        let recipe = Recipe::read(&crate::bridge::stimulus_settings(&settings)).map_err(|error| error.to_string())?;
        Ok(Self { source, recipe, given, canonical: crate::bridge::canonical(spec), side })
    }

    /// Clips of a stream: frames that are given, and the next.
    ///
    /// # Errors
    /// A clip that cannot be drawn.
    pub fn drawn(&self, parts: &[&str], clips: usize) -> Result<Held, String> {
        let mut rng = stream(parts);
        let mut held = Held { given: Vec::new(), wanted: Vec::new(), side: self.side, frames: self.given };
        for _ in 0..clips {
            let mut frames = self.frames(self.given + 1, &mut rng)?;
            let next = frames.pop().ok_or("a movie without frames")?;
            frames.into_iter().for_each(|frame| held.given.extend(frame));
            held.wanted.extend(next);
        }
        Ok(held)
    }

    /// Longer clips of a stream for a network with a memory, frame by frame: `[clips, 3, side, side]` each.
    ///
    /// # Errors
    /// A clip that cannot be drawn, or is too short.
    pub fn clips(&self, parts: &[&str], (clips, frames): (usize, usize)) -> Result<Vec<Vec<f32>>, String> {
        let mut rng = stream(parts);
        let mut all = vec![Vec::new(); frames];
        for _ in 0..clips {
            for (all, frame) in all.iter_mut().zip(self.frames(frames, &mut rng)?) {
                all.extend(frame);
            }
        }
        Ok(all)
    }

    /// Side of its pictures in pixels.
    pub fn side(&self) -> usize {
        self.side
    }

    /// So many frames of one clip, codes `[3, side, side]` each.
    fn frames(&self, count: usize, rng: &mut ChaCha8Rng) -> Result<Vec<Vec<f32>>, String> {
        match &self.source {
            Source::Drawn => {
                let movie = movies::draw(&self.recipe, self.side, count, rng).map_err(|error| error.to_string())?;
                Ok(movie.frames.into_iter().map(to_codes).collect())
            }
            Source::Frames(clips, reversed) => {
                let clip = &clips[rng.random_range(0..clips.len())];
                if clip.starts(count) == 0 {
                    return Err(format!(
                        "a clip has fewer than the {count} frames that a network with a memory learns from"
                    ));
                }
                let start = rng.random_range(0..clip.starts(count));
                let place = clip.places(self.side).map(|places| rng.random_range(0..places));
                let mut frames: Vec<Vec<f32>> =
                    (start..start + count).map(|frame| clip.patch(frame, place, self.side)).collect();
                if *reversed {
                    frames.reverse();
                }
                Ok(frames)
            }
        }
    }
}
