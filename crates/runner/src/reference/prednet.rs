//! PredNet among networks that give the next frame: it learns from the same movies in clips of its own length, and is shown the same
//! displays. It is trained by backpropagation through time: an architecture that the published work on Rotating Snakes used, and no learning
//! rule.
//!
//! | asked for | what it is shown |
//! |---|---|
//! | competence | held-out frames as others are given them, the first one three times more: nothing is known to it before |
//! | displays | `painting::motion::watch`: twenty frames of a still picture, ten of gray, movies of ten frames |

use super::Stop;
use crate::bridge;
use crate::experiment::{Experiment, PredNetEntry, PredNetLossSpec};
use crate::identity::stream;
use crate::painting::motion::watch::Recurrent;
use crate::painting::{MovieWorld, Painter, motion};
use std::sync::atomic::{AtomicBool, Ordering};
use trompe_models::reference::prednet::{PredNet, PredNetError, PredNetLoss, PredNetSpec};
use trompe_models::{Place, Tensor, to_f32};

/// Times that the first of few frames is shown before them.
const WARMING: usize = 3;
/// Colors of a frame.
const COLORS: usize = 3;
/// Values of frames that are taken in at a time.
const CHUNK_VALUES: usize = 1 << 17;
/// Multiplications that planning assumes, relative to those of a forward pass: of learning, where the adjoints cost twice as much as
/// that, and of predicting. Measured.
const SLOWER: [f64; 2] = [3.0, 0.8];

impl From<PredNetError> for Stop {
    fn from(error: PredNetError) -> Self {
        Self::Ended(error.to_string())
    }
}

/// A trained network with where it lives.
pub struct PredNetPainter {
    network: PredNet,
    place: Place,
    /// Mean loss of the second half of training; `None` without any.
    pub loss: Option<f64>,
}

fn specification(entry: &PredNetEntry) -> PredNetSpec {
    let loss = match entry.loss {
        PredNetLossSpec::Squared => PredNetLoss::Squared,
        PredNetLossSpec::Absolute => {
            let pixels_alone = |layer: usize| if layer == 0 { 1.0 } else { 0.0 };
            PredNetLoss::Absolute { layers: (0..entry.channels.len()).map(pixels_alone).collect() }
        }
    };
    PredNetSpec {
        channels: entry.channels.clone(),
        representations: entry.representations.clone(),
        loss,
        unweighted: entry.unweighted,
        rate: entry.rate,
    }
}

/// Planned multiply-accumulates of one network: training, held-out movies, and the displays.
pub fn macs(experiment: &Experiment, entry: &PredNetEntry, given: usize) -> f64 {
    let network = specification(entry);
    let of = |side: usize| network.macs_per_step([side; 2]) as f64;
    let learning = (entry.clips * (entry.frames - 1)) as f64;
    let battery = &experiment.battery;
    let linear = battery.linear().map_or(0, |(pictures, _)| pictures);
    let held = ((experiment.competence.images + linear) * (WARMING + given)) as f64;
    let shown = battery
        .snakes
        .as_ref()
        .map_or(0.0, |snakes| of(snakes.canvas_px) * motion::Shown::frames_remembered(snakes, given) as f64);
    of(battery.size_px) * (SLOWER[0] * learning + SLOWER[1] * held) + SLOWER[1] * shown
}

/// Trains a network on a world's movies. All of a seed learn from the same clips.
///
/// # Errors
/// [`Stop`].
pub fn learned(
    experiment: &Experiment,
    (world, seed): (&MovieWorld, u64),
    entry: &PredNetEntry,
    cancelled: &AtomicBool,
) -> Result<PredNetPainter, Stop> {
    let seed = seed.to_string();
    let place = bridge::place(&experiment.device).map_err(Stop::Failed)?;
    let spec = specification(entry);
    let architecture = format!("{:?} {:?}", spec.channels, spec.representations);
    let network = PredNet::new(spec, &place, &mut stream(&["reference weights", "prednet", &architecture, &seed]))?;
    let mut painter = PredNetPainter { network, place, loss: None };
    let steps = entry.clips.div_ceil(entry.batch);
    let mut losses = Vec::new();
    for step in 1..=steps {
        if cancelled.load(Ordering::Relaxed) {
            return Err(Stop::Interrupted);
        }
        let late = 2 * step > steps;
        painter.network.set_rate(if late { entry.late_rate } else { entry.rate })?;
        let named = ["reference clips", &world.canonical, &seed, &step.to_string()];
        let frames = world.clips(&named, (entry.batch, entry.frames)).map_err(Stop::Failed)?;
        let shape = [entry.batch, COLORS, world.side(), world.side()];
        let frames: Vec<Tensor<4>> = frames.iter().map(|frame| painter.place.tensor_f32(frame, shape)).collect();
        let loss = painter.network.train_step(&frames)?;
        if late {
            losses.push(loss);
        }
    }
    painter.loss = crate::score::mean(&losses);
    Ok(painter)
}

impl PredNetPainter {
    /// Predictions of `[n, 3, height, width]` frames that follow each other, and of so many more in a closed loop.
    fn over(&self, frames: &[Tensor<4>], predictions: usize) -> Result<Vec<Vec<f32>>, String> {
        let said = |error: PredNetError| error.to_string();
        let Some(first) = frames.first() else { return Err("there must be a frame".into()) };
        let [movies, _, height, width] = first.dims();
        let mut state = self.network.start(movies, [height, width]).map_err(said)?;
        let mut predicted = Vec::with_capacity(predictions);
        for frame in frames {
            self.network.step(&mut state, Some(frame)).map_err(said)?;
        }
        while predicted.len() < predictions {
            predicted.push(to_f32(state.prediction()));
            if predicted.len() < predictions {
                self.network.step(&mut state, None).map_err(said)?;
            }
        }
        match predicted.iter().flatten().all(|code| code.is_finite()) {
            true => Ok(predicted),
            false => Err("a frame is not finite".into()),
        }
    }
}

impl Painter for PredNetPainter {
    fn paint(&mut self, codes: &[f32], [_, channels, height, width]: [usize; 4]) -> Result<Vec<f32>, String> {
        let plane = COLORS * height * width;
        let (given, stride) = (channels / COLORS, channels * height * width);
        let mut painted = Vec::with_capacity(codes.len() / given);
        for chunk in codes.chunks((CHUNK_VALUES / plane).max(1) * stride) {
            let shape = [chunk.len() / stride, COLORS, height, width];
            let frame = |at: usize| -> Tensor<4> {
                let of_all: Vec<f32> =
                    chunk.chunks_exact(stride).flat_map(|clip| &clip[at * plane..][..plane]).copied().collect();
                self.place.tensor_f32(&of_all, shape)
            };
            let mut frames = vec![frame(0); WARMING];
            frames.extend((0..given).map(frame));
            painted.append(&mut self.over(&frames, 1)?.remove(0));
        }
        Ok(painted)
    }
}

impl Recurrent for PredNetPainter {
    fn after(&mut self, frames: &[&[f32]], side: usize, predictions: usize) -> Result<Vec<Vec<f32>>, String> {
        let frames: Vec<Tensor<4>> =
            frames.iter().map(|frame| self.place.tensor_f32(frame, [1, COLORS, side, side])).collect();
        self.over(&frames, predictions)
    }
}

#[cfg(test)]
mod tests;
