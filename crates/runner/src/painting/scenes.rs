//! Pictures to learn from: a scene of a world, and what its task makes of it.

use super::photographs;
use crate::experiment::{Setting, WorldSpec};
use crate::identity::stream;
use rand_chacha::ChaCha8Rng;
use trompe_stimuli::{Image, color, scenes, statistics, tasks};

/// Colors of a pixel.
const COLORS: usize = 3;

/// Scenes and a task.
pub struct SceneWorld {
    source: Source,
    task: &'static tasks::TaskEntry,
    /// Text from which its streams are named.
    pub canonical: String,
    side: usize,
}

/// Where pictures come from.
enum Source {
    Drawn(scenes::Recipe),
    Photographs(Vec<Image>),
}

impl Source {
    fn picture(&self, side: usize, rng: &mut ChaCha8Rng) -> Result<scenes::Picture, String> {
        let picture = match self {
            Self::Drawn(recipe) => scenes::draw(recipe, side, rng),
            Self::Photographs(pictures) => scenes::photographs::patch(pictures, side, rng),
        };
        picture.map_err(|error| error.to_string())
    }
}

/// Pictures that were given and what is wanted for them, codes `[n, 3, side, side]`; of movies so many frames are given, one after the
/// other among the channels.
pub struct Held {
    /// As a network gets them.
    pub given: Vec<f32>,
    /// As it should give them.
    pub wanted: Vec<f32>,
    /// Side in pixels.
    pub side: usize,
    /// Frames that are given for each that is wanted.
    pub frames: usize,
}

impl Held {
    /// Channels of what is given.
    pub fn channels(&self) -> usize {
        COLORS * self.frames
    }

    /// Values of what is given for one picture.
    pub fn stride(&self) -> usize {
        self.channels() * self.side * self.side
    }

    /// Values of a picture that is wanted.
    pub fn plane(&self) -> usize {
        COLORS * self.side * self.side
    }

    /// The pictures as they are; of movies the last frames.
    pub fn as_they_are(&self) -> Vec<f32> {
        super::last_frames(&self.given, self.shape())
    }

    /// Number of pictures, channels of what is given, height, width.
    pub fn shape(&self) -> [usize; 4] {
        [self.given.len() / self.stride(), self.channels(), self.side, self.side]
    }

    /// Calls `each` with the values at the same places of two sets of pictures, picture by picture, without a border of so many pixels.
    fn inside(&self, (one, other): (&[f32], &[f32]), border: usize, mut each: impl FnMut(usize, f64, f64)) {
        let (stride, side) = (self.plane(), self.side);
        let open = border..side - border;
        for (at, (one, other)) in one.chunks_exact(stride).zip(other.chunks_exact(stride)).enumerate() {
            for (row, (one, other)) in one.chunks_exact(side).zip(other.chunks_exact(side)).enumerate() {
                if open.contains(&(row % side)) {
                    let values = one[open.clone()].iter().zip(&other[open.clone()]);
                    values.for_each(|(one, other)| each(at, f64::from(*one), f64::from(*other)));
                }
            }
        }
    }

    /// Variance of the wanted pictures, first and second half.
    pub fn spread(&self, border: usize) -> [f64; 2] {
        let half = self.shape()[0].div_ceil(2);
        let mut sums = [[0.0; 3]; 2];
        self.inside((&self.wanted, &self.wanted), border, |at, value, _| {
            let [sum, squares, count] = &mut sums[usize::from(at >= half)];
            *sum += value;
            *squares += value * value;
            *count += 1.0;
        });
        sums.map(|[sum, squares, count]| (squares - sum * sum / count) / count)
    }

    /// Share of the variance of painted pictures that others explain, over the second half; nothing where they do not vary.
    pub fn explained(&self, painted: &[f32], by: &[f32], border: usize) -> Option<f64> {
        let half = self.shape()[0].div_ceil(2);
        let (mut left, mut sum, mut squares, mut count) = (0.0, 0.0, 0.0, 0.0);
        self.inside((painted, by), border, |at, value, other| {
            if at >= half {
                left += (value - other) * (value - other);
                sum += value;
                squares += value * value;
                count += 1.0;
            }
        });
        let spread = squares - sum * sum / count;
        (spread > 0.0).then(|| 1.0 - left / spread)
    }

    /// Mean squared error of painted pictures in the first and in the second half, without a border of so many pixels.
    pub fn errors(&self, painted: &[f32], border: usize) -> [f64; 2] {
        let half = self.shape()[0].div_ceil(2);
        let mut sums = [[0.0, 0.0]; 2];
        self.inside((&self.wanted, painted), border, |at, wanted, painted| {
            let [sum, count] = &mut sums[usize::from(at >= half)];
            *sum += (wanted - painted) * (wanted - painted);
            *count += 1.0;
        });
        sums.map(|[sum, count]| sum / count)
    }
}

impl SceneWorld {
    /// Builds scenes and task from the settings of a world; `task` is one of them, and chooses the task.
    ///
    /// # Errors
    /// Settings that no world of scenes takes.
    pub fn build(spec: &WorldSpec, side: usize) -> Result<Self, String> {
        let mut settings = spec.settings.clone();
        let named = match settings.remove("task") {
            Some(Setting::Text(task)) => task,
            Some(_) | None => "constancy".into(),
        };
        let task = tasks::find(&named).ok_or_else(|| format!("no task `{named}`"))?;
        settings.remove(WorldSpec::PHOTOGRAPHS_CONTENT);
        settings.remove(WorldSpec::PHOTOGRAPHS);
        let source = match photographs::folder(spec) {
            Some(folder) => {
                if let Some(key) = settings.keys().next() {
                    return Err(format!("`{key}` belongs to drawn scenes; photographs are as they are"));
                }
                Source::Photographs(photographs::read(folder, side, &format!("a patch of {side}"))?)
            }
            None => {
                let read = crate::bridge::stimulus_settings(&settings);
                Source::Drawn(scenes::Recipe::read(&read).map_err(|error| error.to_string())?)
            }
        };
        Ok(Self { source, task, canonical: crate::bridge::canonical(spec), side })
    }

    /// The next picture: as given, and as wanted.
    fn picture(&self, rng: &mut ChaCha8Rng) -> Result<[Vec<f32>; 2], String> {
        let scene = self.source.picture(self.side, rng)?;
        let posed = (self.task.pose)(&scene, rng).map_err(|error| error.to_string())?;
        Ok([posed.input, posed.target])
    }

    /// Slope of the power spectrum and kurtosis of steps, of the luminance of so many scenes as they are lit, whatever the task.
    ///
    /// # Errors
    /// A scene that cannot be drawn.
    pub fn statistics(&self, pictures: usize) -> Result<[f64; 2], String> {
        let mut rng = stream(&["statistics", &self.canonical]);
        let plane = self.side * self.side;
        let mut planes = Vec::with_capacity(pictures);
        for _ in 0..pictures {
            let lit = self.source.picture(self.side, &mut rng)?.lit;
            let luminance = |at: usize| color::luminance([0, 1, 2].map(|c| f64::from(lit[c * plane + at]))) as f32;
            planes.push((0..plane).map(luminance).collect());
        }
        let slope = statistics::power_slope(&planes, self.side, [2, self.side / 4]);
        Ok([slope, statistics::step_kurtosis(&planes, self.side)])
    }

    /// Pictures of one step of training, or of any other stream.
    ///
    /// # Errors
    /// A scene that cannot be drawn.
    pub fn drawn(&self, parts: &[&str], pictures: usize) -> Result<Held, String> {
        let mut rng = stream(parts);
        let mut held = Held { given: Vec::new(), wanted: Vec::new(), side: self.side, frames: 1 };
        for _ in 0..pictures {
            let [given, wanted] = self.picture(&mut rng)?;
            held.given.extend(given);
            held.wanted.extend(wanted);
        }
        Ok(held)
    }
}

#[cfg(test)]
mod tests {
    use super::Held;

    #[test]
    fn errors_are_means_over_halves_without_the_border() {
        // Two pictures of 3 × 3 × 3; only the middle pixel counts with a border of one. By hand: first 0.5² = .25, then 0.
        let wanted = vec![0.0; 54];
        let mut painted = vec![9.0; 54];
        for color in 0..3 {
            painted[color * 9 + 4] = 0.5;
            painted[27 + color * 9 + 4] = 0.0;
        }
        let held = Held { given: wanted.clone(), wanted, side: 3, frames: 1 };
        assert_eq!(held.errors(&painted, 1), [0.25, 0.0]);
        let whole = held.errors(&painted, 0);
        assert!((whole[0] - (24.0 * 81.0 + 3.0 * 0.25) / 27.0).abs() < 1e-9);
    }
}
