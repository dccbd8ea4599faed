//! Reference networks of the literature in the harness: `pang2021` learns to draw dead leaves again, then to name the two things of
//! the experiment's world, and answers after its steps of feedback. It is trained by backpropagation through its steps and stands
//! for no learning rule. [`prednet`] is another one, which gives frames.
//!
//! Its class outputs are logarithms of its class probabilities. Its course has the mean probability of the first class at every
//! step, for members of the battery `pang2021`.

pub mod prednet;

use crate::battery::{Battery, Block, CURVES};
use crate::bridge;
use crate::cell::SharedWorld;
use crate::experiment::{Experiment, Pang2021Entry};
use crate::identity::stream;
use crate::observe::{Observer, ObserverError, Presentation};
use crate::rows::{CourseRow, TrainingRow};
use std::sync::atomic::{AtomicBool, Ordering};
use trompe_models::reference::pang2021::{Pang2021, Pang2021Error, Pang2021Spec};
use trompe_models::{Place, Tensor, to_f32};
use trompe_stimuli::worlds::{self, Difficulty, World};

/// Pictures answered at a time.
const CHUNK: usize = 64;
/// The world that is drawn again before fine-tuning.
const LEAVES: &str = "dead_leaves";
/// What stands in the place of a condition in the course.
pub const P_SQUARE: &str = "p_square";

/// Multiplications that planning assumes, relative to those of a step of the circuit: its feedback and its gradient go through
/// burn's own operations, which are slower than this project's kernels. Measured with 16 maps: 177 CPU seconds a network of
/// `pang2021.toml`; with 8 maps they are about three times as slow for their work.
const SLOWER: [f64; 3] = [12.6, 10.9, 1.26];

/// Why there is no trained network.
#[derive(Debug)]
pub enum Stop {
    /// The run was interrupted.
    Interrupted,
    /// Its training went wrong; a result like any other.
    Ended(String),
    /// Something that is no property of the network.
    Failed(String),
}

impl From<Pang2021Error> for Stop {
    fn from(error: Pang2021Error) -> Self {
        Self::Ended(error.to_string())
    }
}

/// A reference network as an observer.
pub struct Reference {
    network: Pang2021,
    place: Place,
    steps: usize,
    /// Mean loss of fine-tuning, second half; `None` without any.
    pub loss: Option<f64>,
}

fn specification(spec: &Pang2021Entry, (side, classes): (usize, usize)) -> Pang2021Spec {
    Pang2021Spec { channels: 1, size: side, width: spec.width, classes, rate: spec.rate, ..Pang2021Spec::default() }
}

/// Planned multiply-accumulates of one network: both trainings, validation and the battery.
pub fn macs(experiment: &Experiment, spec: &Pang2021Entry, shown: f64) -> f64 {
    let network = specification(spec, (experiment.battery.size_px, 2));
    let step = network.macs_per_step() as f64;
    let learning = network.training_steps as f64
        * (SLOWER[0] * spec.pretraining_pictures as f64 + SLOWER[1] * spec.finetuning_pictures as f64);
    let pictures = 2.0 * experiment.competence.images as f64 + shown;
    step * (learning + SLOWER[2] * spec.answer_steps as f64 * pictures)
}

/// Trains a network for a world. Streams are named by what they are for: all reference networks of a seed learn from the same
/// pictures.
///
/// # Errors
/// [`Stop`].
pub fn learned(
    experiment: &Experiment,
    (world, seed): (&SharedWorld, u64),
    spec: &Pang2021Entry,
    cancelled: &AtomicBool,
) -> Result<Reference, Stop> {
    let names = [&world.canonical, &seed.to_string()];
    let place = bridge::place(&experiment.device).map_err(Stop::Failed)?;
    let classes = world.world.classes().len();
    let made = specification(spec, (experiment.battery.size_px, classes));
    let architecture = format!("{made:?}");
    let mut weights = stream(&["reference weights", &architecture, &seed.to_string()]);
    let network = Pang2021::new(made, &place, &mut weights)?;
    let mut reference = Reference { network, place, steps: spec.answer_steps, loss: None };
    let leaves = worlds::find(LEAVES).ok_or_else(|| Stop::Failed(format!("no world `{LEAVES}`")))?;
    let leaves = (leaves.build)(&trompe_stimuli::Settings::new()).map_err(|error| Stop::Failed(error.to_string()))?;
    let going = || if cancelled.load(Ordering::Relaxed) { Err(Stop::Interrupted) } else { Ok(()) };
    for step in 1..=spec.pretraining_pictures.div_ceil(spec.batch) {
        going()?;
        let named = ["reference leaves", LEAVES, names[1], &step.to_string()];
        let (images, _) = reference.pictures((leaves.as_ref(), &world.battery), spec.batch, &named)?;
        reference.network.pretrain_step(&images)?;
    }
    reference.network.reset_optimizer();
    let steps = spec.finetuning_pictures.div_ceil(spec.batch);
    let mut losses = Vec::new();
    for step in 1..=steps {
        going()?;
        let named = ["reference pictures", names[0], names[1], &step.to_string()];
        let (images, labels) = reference.pictures((world.world.as_ref(), &world.battery), spec.batch, &named)?;
        let loss = reference.network.finetune_step(&images, &labels)?;
        if 2 * step > steps {
            losses.push(loss);
        }
    }
    reference.loss = crate::score::mean(&losses);
    Ok(reference)
}

impl Reference {
    /// Pictures of a world, classes in turn, with their labels.
    fn pictures(
        &self,
        (world, canvas): (&dyn World, &Battery),
        count: usize,
        named: &[&str],
    ) -> Result<(Tensor<4>, Vec<usize>), Stop> {
        let mut rng = stream(named);
        let labels: Vec<usize> = (0..count).map(|at| at % world.classes().len()).collect();
        let mut pixels = Vec::new();
        let mut shape = [1; 3];
        for &label in &labels {
            let seen = (canvas.encoding, canvas.viewing);
            let drawn = bridge::real_thing(world, label, Difficulty::Training, seen, &mut rng)
                .map_err(|error| Stop::Failed(error.to_string()))?;
            pixels.extend(drawn.pixels);
            shape = drawn.shape;
        }
        Ok((self.place.tensor_f32(&pixels, [count, shape[0], shape[1], shape[2]]), labels))
    }

    /// Class probabilities `[n, classes]` of all pictures at every step.
    fn over_steps(&self, shown: &Presentation<'_>) -> Result<Vec<Vec<f32>>, ObserverError> {
        let stride = shown.stride();
        let mut steps: Vec<Vec<f32>> = vec![Vec::new(); self.steps];
        for pixels in shown.pixels.chunks(CHUNK * stride) {
            let shape = [pixels.len() / stride, shown.shape[1], shown.shape[2], shown.shape[3]];
            let answers = self.network.answer(&self.place.tensor_f32(pixels, shape), self.steps);
            let answers = answers.map_err(|error| ObserverError::Reference(error.to_string()))?;
            for (all, answer) in steps.iter_mut().zip(answers) {
                all.extend(to_f32(&answer));
            }
        }
        if steps.iter().flatten().all(|value| value.is_finite()) {
            Ok(steps)
        } else {
            Err(ObserverError::NotFinite { observer: "pang2021".into() })
        }
    }

    /// Class outputs to a block after all steps, and its rows of the course: P(square) of the members that have a curve.
    ///
    /// # Errors
    /// [`ObserverError`].
    pub fn watch(&self, block: &Block, like: &TrainingRow) -> Result<(Vec<f32>, Vec<CourseRow>), ObserverError> {
        let shown = Presentation { pixels: &block.pixels, shape: block.shape() };
        let steps = self.over_steps(&shown)?;
        let classes = steps.first().map_or(1, |step| step.len() / block.images().max(1)).max(1);
        let mut rows = Vec::new();
        for (_, positive, name) in CURVES.iter().filter(|(id, ..)| *id == block.spec.id) {
            for (at, step) in steps.iter().enumerate() {
                // Members of twin i stand at 2i and 2i + 1; the first class is the square.
                let first = usize::from(!positive) * classes;
                let all: Vec<f64> = step.iter().skip(first).step_by(2 * classes).map(|p| f64::from(*p)).collect();
                rows.push(row(like, (at, steps.len()), name, (all.len(), crate::score::mean(&all))));
            }
        }
        Ok((logarithms(steps.last().map_or(&[], Vec::as_slice)), rows))
    }
}

/// What class outputs are read from: finite also where a probability is 0 in 32 bits.
fn logarithms(probabilities: &[f32]) -> Vec<f32> {
    probabilities.iter().map(|p| libm::logf(p.max(f32::MIN_POSITIVE))).collect()
}

fn row(like: &TrainingRow, (at, steps): (usize, usize), part: &str, (n, value): (usize, Option<f64>)) -> CourseRow {
    let answer = match at {
        0 => "feedforward",
        _ if at + 1 == steps => "settled",
        _ => "settling",
    };
    CourseRow {
        cell: like.cell.clone(),
        world: like.world.clone(),
        network: like.network.clone(),
        observer: like.observer.clone(),
        role: like.role.clone(),
        seed: like.seed,
        checkpoint: like.checkpoint,
        step: like.step,
        answer: answer.into(),
        settling_step: Some(at),
        what: P_SQUARE.into(),
        part: part.into(),
        unit: "share".into(),
        n,
        value,
        auc: None,
    }
}

impl Observer for Reference {
    fn answer(&mut self, shown: &Presentation<'_>) -> Result<Vec<f32>, ObserverError> {
        let steps = self.over_steps(shown)?;
        Ok(logarithms(steps.last().map_or(&[], Vec::as_slice)))
    }
}

#[cfg(test)]
mod tests;
