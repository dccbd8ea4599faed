//! The time course of settling: what a network answers by its forward pass, after so many steps of settling, and when it has
//! settled, on the same pictures at equal weights.
//!
//! | answer | settling step |
//! |---|---|
//! | `feedforward` | none: one forward pass of the same weights |
//! | `settling` | 0 where states start, then after so many steps with the image held and the output free |
//! | `settled` | the last: the answer |
//!
//! Where a rule starts its states without evidence (equilibrium propagation at rest, generative predictive coding with all
//! classes alike), step 0 is no answer: all pictures have the same. So what settling adds is counted from the forward pass.
//! A discriminative network starts at it and is pulled nowhere: there the course is flat, to the last bit.

use crate::battery::{self, BlockSpec};
use crate::bridge;
use crate::cell::SharedWorld;
use crate::experiment::Experiment;
use crate::observe::Presentation;
use crate::rows::{CourseRow, TrainingRow};
use crate::score;
use trompe_models::learner::Learner;
use trompe_models::rules::Inference;

/// Conditions that are read: the illusory figure against each primary control.
pub const CONDITIONS: [&str; 3] = ["in_rotated", "in_misaligned", "in_closed"];
/// What stands in the place of a condition for real things.
pub const ACCURACY: &str = "accuracy";

/// Pictures answered at a time.
const CHUNK: usize = 128;

/// When an answer is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// The forward pass.
    Feedforward,
    /// After so many steps of settling.
    Settling(usize),
    /// At the end, after so many steps.
    Settled(usize),
}

impl Moment {
    /// Name in tables.
    pub fn id(self) -> &'static str {
        match self {
            Self::Feedforward => "feedforward",
            Self::Settling(_) => "settling",
            Self::Settled(_) => "settled",
        }
    }

    /// Steps of settling.
    pub fn step(self) -> Option<usize> {
        match self {
            Self::Feedforward => None,
            Self::Settling(step) | Self::Settled(step) => Some(step),
        }
    }
}

/// Pictures that a course is read on.
pub fn images(experiment: &Experiment) -> f64 {
    let blocks = battery::blocks(&experiment.battery);
    let shown = blocks.iter().filter(|block| is_read(block));
    let figures: usize = shown.map(|block| battery::images(&experiment.battery, block)).sum();
    (figures + experiment.competence.images) as f64
}

fn is_read(block: &BlockSpec) -> bool {
    CONDITIONS.contains(&block.condition)
}

/// Rows of `course.csv`, moments in their order; none where the rule does not settle. `like` has the columns that tables share.
///
/// # Errors
/// If the network cannot answer, or not with finite numbers.
pub fn rows(
    world: &SharedWorld,
    learner: &Learner,
    steps: &[usize],
    like: &TrainingRow,
) -> Result<Vec<CourseRow>, String> {
    if !learner.entry().answers.contains(&Inference::Settled) {
        return Ok(Vec::new());
    }
    let classes = world.world.classes().len();
    let mut rows = Vec::new();
    let mut add = |moment: Moment, (what, part, unit): (&str, &str, &str), (n, value, auc)| {
        rows.push(row(like, moment, (what, part, unit), (n, value, auc)));
    };
    for (moment, outputs) in outputs(learner, steps, &world.validation.plain.presentation())? {
        let (accuracy, n) = score::accuracy_b(&outputs, &world.validation, classes);
        add(moment, (ACCURACY, "", "share"), (n, accuracy, None));
    }
    for block in world.battery.blocks.iter().filter(|block| is_read(&block.spec)) {
        let shown = Presentation { pixels: &block.pixels, shape: block.shape() };
        for (moment, outputs) in outputs(learner, steps, &shown)? {
            let evidence = score::evidence(&outputs, classes, block.spec.reading);
            if let Some(summary) = score::summarize(block, &evidence, "all") {
                let names = (block.spec.condition, block.spec.part, "d_prime");
                add(moment, names, (summary.n, summary.d_prime, summary.auc));
            }
        }
    }
    rows.sort_by_key(|row| (order(&row.answer), row.settling_step));
    Ok(rows)
}

/// The forward pass first, the end last; rows of a moment stay as they are.
fn order(answer: &str) -> usize {
    ["feedforward", "settling", "settled"].iter().position(|known| *known == answer).unwrap_or_default()
}

fn row(
    like: &TrainingRow,
    moment: Moment,
    (what, part, unit): (&str, &str, &str),
    (n, value, auc): (usize, Option<f64>, Option<f64>),
) -> CourseRow {
    CourseRow {
        cell: like.cell.clone(),
        world: like.world.clone(),
        network: like.network.clone(),
        observer: like.observer.clone(),
        role: like.role.clone(),
        seed: like.seed,
        checkpoint: like.checkpoint,
        step: like.step,
        answer: moment.id().into(),
        settling_step: moment.step(),
        what: what.into(),
        part: part.into(),
        unit: unit.into(),
        n,
        value,
        auc,
    }
}

/// Class outputs `[n, classes]` of some pictures at every moment. Steps beyond the end of a rule's settling are left out.
fn outputs(learner: &Learner, steps: &[usize], shown: &Presentation<'_>) -> Result<Vec<(Moment, Vec<f32>)>, String> {
    let stride = shown.stride();
    let mut moments: Vec<(Moment, Vec<f32>)> = Vec::new();
    for pixels in shown.pixels.chunks(CHUNK * stride) {
        let shape = [pixels.len() / stride, shown.shape[1], shown.shape[2], shown.shape[3]];
        let answers = answers(learner, steps, (pixels, shape))?;
        if moments.is_empty() {
            moments = answers;
            continue;
        }
        for ((_, all), (_, more)) in moments.iter_mut().zip(answers) {
            all.extend(more);
        }
    }
    let finite = moments.iter().flat_map(|(_, outputs)| outputs).all(|value| value.is_finite());
    if finite { Ok(moments) } else { Err("an output on the way to a settled answer is not finite".into()) }
}

fn answers(
    learner: &Learner,
    steps: &[usize],
    (pixels, shape): (&[f32], [usize; 4]),
) -> Result<Vec<(Moment, Vec<f32>)>, String> {
    let inputs = bridge::tensor(learner, pixels, shape);
    let respond = |inference| learner.respond(&inputs, inference).map_err(|error| error.to_string());
    let (forward, settled) = (respond(Inference::Feedforward)?, respond(Inference::Settled)?);
    let course = settled.course.ok_or("a settled answer has no course")?;
    let last = course.outputs.len().saturating_sub(1);
    let mut moments = vec![(Moment::Feedforward, bridge::values(&forward.output))];
    for &step in steps.iter().filter(|&&step| step < last) {
        moments.push((Moment::Settling(step), bridge::values(&course.outputs[step])));
    }
    moments.push((Moment::Settled(last), bridge::values(&settled.output)));
    Ok(moments)
}

#[cfg(test)]
mod tests;
