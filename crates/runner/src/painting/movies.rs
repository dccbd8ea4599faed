//! Movies to learn from: so many frames are given, and the next one is wanted.
//!
//! | setting | what moves |
//! |---|---|
//! | neither of these | drawn leaves under a moving camera |
//! | `photographs = "folder"` | the same camera over one's own PNG pictures; settings of leaves are refused by name |
//! | `frames = "folder or file"` | one's own movies as they are, or `reversed` |
//!
//! # Errors
//! Settings that do not go together; what cannot be read; photographs so small that the camera could leave them: where clips that leave are
//! drawn again, fast motion is rarer than the settings say.

use super::frames::{self, Clip};
use super::photographs;
use super::scenes::Held;
use crate::experiment::{Setting, WorldSpec};
use crate::identity::stream;
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use trompe_stimuli::color::to_codes;
use trompe_stimuli::movies::track::{FASTEST_PX, SACCADE_PX};
use trompe_stimuli::movies::{self, Movie, Recipe};
use trompe_stimuli::{Image, StimulusError};

/// Frames that are given where a world does not say.
const GIVEN: usize = 3;
/// Setting that says how many.
pub const SETTING: &str = "given";

/// Settings of leaves, which neither frames nor photographs have.
const LEAVES: [&str; 9] =
    ["blue_blur_px", "blur_px", "groups", "light", "own_sd_px", "planted", "radius_min_px", "shading", "texture"];

/// Movies of a recipe, of one's own, or of a camera over one's own pictures.
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
    /// Pictures over which the camera of drawn movies moves.
    Photographs(Vec<Image>),
    /// Folders of frames; whether time runs backward.
    Frames(Vec<Clip>, bool),
}

/// How far the camera goes in so many steps, pixels: as fast as it can, and in clips of less than 30 steps at most one saccade.
fn room(recipe: &Recipe, steps: usize) -> usize {
    let jump = if recipe.saccades { SACCADE_PX[1] } else { 0.0 };
    (FASTEST_PX * steps as f64 + jump) as usize
}

fn codes(movie: Result<Movie, StimulusError>) -> Result<Vec<Vec<f32>>, String> {
    movie.map(|movie| movie.frames.into_iter().map(to_codes).collect()).map_err(|error| error.to_string())
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
        let read =
            [WorldSpec::FRAMES, WorldSpec::FRAMES_CONTENT, WorldSpec::PHOTOGRAPHS, WorldSpec::PHOTOGRAPHS_CONTENT];
        for key in read.into_iter().chain([SETTING]) {
            settings.remove(key);
        }
        let given = given(spec);
        let recipe = Recipe::read(&crate::bridge::stimulus_settings(&settings)).map_err(|error| error.to_string())?;
        let source = match (frames::folder(spec), photographs::folder(spec)) {
            (None, None) => Source::Drawn,
            (Some(_), Some(_)) => return Err("`frames` and `photographs` both name what is seen; leave one out".into()),
            (Some(folder), None) => {
                if let Some(key) = settings.keys().find(|key| *key != "reversed") {
                    return Err(format!("`{key}` belongs to drawn movies; frames are as they are, or `reversed`"));
                }
                Source::Frames(frames::read(folder, side, given + 1)?, recipe.reversed)
            }
            (None, Some(folder)) => {
                if let Some(key) = settings.keys().find(|key| LEAVES.contains(&key.as_str())) {
                    return Err(format!("`{key}` belongs to drawn leaves; over photographs only the camera moves"));
                }
                let room = room(&recipe, given);
                let least = side + 2 * room;
                let what =
                    format!("{least}: a clip shows {side}, and its camera goes up to {room} pixels to either side");
                Source::Photographs(photographs::read(folder, least, &what)?)
            }
        };
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
        if let Source::Photographs(pictures) = &self.source {
            let least = self.side + 2 * room(&self.recipe, frames.saturating_sub(1));
            if pictures.iter().any(|picture| picture.height.min(picture.width) < least) {
                return Err(format!(
                    "clips of {frames} frames, which a network with a memory learns from, need photographs of {least} pixels a side"
                ));
            }
        }
        let mut rng = stream(parts);
        let mut all = vec![Vec::new(); frames];
        for _ in 0..clips {
            for (all, frame) in all.iter_mut().zip(self.frames(frames, &mut rng)?) {
                all.extend(frame);
            }
        }
        Ok(all)
    }

    /// Whether motion goes with the polarity of edges, in words: mean speed along black to dark, dark to white and so on, where people see
    /// the illusion move above 0, over so many clips. Of movies whose motion is not known, that.
    ///
    /// # Errors
    /// A clip that cannot be drawn.
    pub fn by_edge(&self, clips: usize) -> Result<String, String> {
        let Source::Drawn = &self.source else {
            return Ok("Their motion by edge is not known".to_owned());
        };
        let mut rng = stream(&["motion by edge", &self.canonical]);
        let mut sums: Option<[movies::EdgeMotion; 4]> = None;
        for _ in 0..clips {
            let movie =
                movies::draw(&self.recipe, self.side, self.given + 1, &mut rng).map_err(|error| error.to_string())?;
            let own = movies::by_edge(&movie, movies::quartiles(&movie), movies::By::Luminance);
            sums = Some(match sums {
                None => own,
                Some(sums) => std::array::from_fn(|at| sums[at].and(&own[at])),
            });
        }
        let names = ["black to dark", "dark to white", "white to light", "light to black"];
        let told = |(edge, name): (&movies::EdgeMotion, &str)| {
            let mean = edge.mean()?;
            let spread = (edge.squares / edge.pairs as f64 - mean * mean).max(0.0).sqrt();
            Some(format!("{name} {mean:+.2} (deviation {spread:.2}, {} pairs)", edge.pairs))
        };
        let told: Vec<String> = sums.iter().flatten().zip(names).filter_map(told).collect();
        Ok(format!("Motion by edge in pixels a frame, above 0 as people see the illusion move: {}", told.join("; ")))
    }

    /// Side of its pictures in pixels.
    pub fn side(&self) -> usize {
        self.side
    }

    /// So many frames of one clip, codes `[3, side, side]` each.
    fn frames(&self, count: usize, rng: &mut ChaCha8Rng) -> Result<Vec<Vec<f32>>, String> {
        match &self.source {
            Source::Drawn => codes(movies::draw(&self.recipe, self.side, count, rng)),
            Source::Photographs(pictures) => {
                codes(movies::photographs::draw(&self.recipe, pictures, (self.side, count), rng))
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

#[cfg(test)]
mod tests;
