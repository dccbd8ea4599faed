//! One cell: a network learns, and at every checkpoint its competence is measured and the battery is shown.

mod attacked;

use crate::adversarial;
use crate::battery::{Battery, Block, When};
use crate::bridge;
use crate::experiment::{AttackedAt, Experiment, LayersAt, Pang2021Entry, ReferenceSpec, Training};
use crate::export;
use crate::identity::stream;
use crate::imported::Imported;
use crate::layers;
use crate::observe::{self, Fixed, NetworkObserver, Observer, Practice, Presentation};
use crate::painting;
use crate::pictures::Pictures;
use crate::plan::{Answerer, Cell};
use crate::reference::{self, Stop};
use crate::responses;
use crate::rows::{AlignmentRow, EvidenceRow, LayerRow, TrainingRow, TrialRow};
use crate::score::{self, Competence};
use crate::settling;
use crate::store::CellOutput;
use crate::validation::Validation;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use trompe_models::learner::{EPOCH, Learner};
use trompe_stimuli::worlds::BoxedWorld;

/// What all cells of a run share, built once.
pub struct Shared<'a> {
    /// The experiment.
    pub experiment: &'a Experiment,
    /// One a world: built worlds, validation sets and batteries in the world's encoding.
    pub worlds: Vec<SharedWorld>,
    /// What cells share where networks give pictures; then `worlds` is empty.
    pub painting: Option<painting::Shared>,
    /// Training pictures, shared by the cells of a world and seed.
    pub pictures: Pictures,
    /// Set when the run is to stop; cells then end without a result.
    pub cancelled: &'a AtomicBool,
}

impl<'a> Shared<'a> {
    /// Builds what `jobs` cells at a time share.
    pub fn build(experiment: &'a Experiment, jobs: usize, cancelled: &'a AtomicBool) -> Result<Self, String> {
        let side = experiment.battery.size_px;
        let painting = painting::Shared::build(experiment)?;
        // Three colors of what is given and of what is wanted.
        let planes = if painting.is_some() { 6 } else { 1 };
        let bytes = planes * experiment.training.batch * side * side * size_of::<f32>();
        let pictures = Pictures::new(experiment.training.steps, bytes, jobs);
        let worlds = if painting.is_some() { Vec::new() } else { bridge::shared_worlds(experiment)? };
        Ok(Self { experiment, worlds, painting, pictures, cancelled })
    }
}

/// One world with what is drawn from it once.
pub struct SharedWorld {
    /// The world.
    pub world: BoxedWorld,
    /// Its canonical text, from which its streams are named.
    pub canonical: String,
    /// Validation pictures.
    pub validation: Validation,
    /// The battery, encoded as this world is; shared by worlds in which it looks the same.
    pub battery: Arc<Battery>,
    /// What layers are read with, where the experiment asks for it.
    pub layers: Option<layers::Pictures>,
    /// What is attacked, where the experiment asks for it.
    pub attacked: Option<adversarial::Pictures>,
}

/// Why a cell has no result.
#[derive(Debug, thiserror::Error)]
pub enum CellError {
    /// The run was interrupted; nothing is wrong.
    #[error("interrupted")]
    Interrupted,
    /// Something that is not a property of the rule: a bug, a machine.
    #[error("{0}")]
    Failed(String),
}

/// Steps at which networks are tested: evenly spaced in log step, distinct, the last one included.
pub fn checkpoints(training: &Training) -> Vec<usize> {
    let first = training.first_checkpoint.clamp(1, training.steps) as f64;
    let last = training.steps as f64;
    let spans = training.checkpoints.saturating_sub(1).max(1) as f64;
    let mut steps: Vec<usize> = (0..training.checkpoints)
        .map(|at| libm::round(first * libm::pow(last / first, at as f64 / spans)) as usize)
        .collect();
    steps.pop();
    steps.push(training.steps);
    steps.dedup();
    steps
}

/// The share of its learning rate that a step (from 1) is taken with: 1, and over the last `anneal` of the steps a straight
/// line that would reach 0 one step after the last.
pub fn rate_share(training: &Training, step: usize) -> f64 {
    let annealed = training.anneal * training.steps as f64;
    let left = (training.steps + 1 - step) as f64;
    if left < annealed { left / annealed } else { 1.0 }
}

/// Runs one cell.
pub fn run(shared: &Shared<'_>, cell: &Cell) -> Result<CellOutput, CellError> {
    if let Some(painting) = &shared.painting {
        return painting::cell::run(shared, painting, cell);
    }
    match &cell.answerer {
        Answerer::Learner(_) | Answerer::Tuned(_) => learn(shared, cell),
        Answerer::Untrained(_) => untrained(shared, cell),
        Answerer::Fixed(id) => fixed(shared, cell, id),
        Answerer::Imported(imported) => answered(shared, cell, imported),
        Answerer::Reference(ReferenceSpec::Pang2021(spec)) => watched(shared, cell, spec),
        Answerer::Reference(ReferenceSpec::PredNet(spec)) => {
            Err(CellError::Failed(format!("`{}` gives frames, and names nothing", spec.id)))
        }
    }
}

/// A network with its rule, at its first weights.
pub fn learner(shared: &Shared<'_>, cell: &Cell) -> Result<Learner, CellError> {
    let spec = match &cell.answerer {
        Answerer::Learner(spec) | Answerer::Untrained(spec) => spec,
        Answerer::Tuned(tuned) => &tuned.spec,
        Answerer::Fixed(id) => return Err(CellError::Failed(format!("`{id}` does not learn"))),
        Answerer::Imported(_) => return Err(CellError::Failed("an imported observer does not learn here".into())),
        Answerer::Reference(spec) => return Err(CellError::Failed(format!("`{}` learns in its own way", spec.id()))),
    };
    bridge::learner(shared.experiment, cell, spec).map_err(CellError::Failed)
}

fn learn(shared: &Shared<'_>, cell: &Cell) -> Result<CellOutput, CellError> {
    let mut learner = learner(shared, cell)?;
    let training = &shared.experiment.training;
    // A training that is shorter than an epoch is one: what was silent throughout has not been trained.
    learner.set_epoch(EPOCH.min(training.steps * training.batch));
    let world = &shared.worlds[cell.world];
    let mut rule_rng = stream(&["rule noise", &cell.seed.to_string()]);
    let mut output = CellOutput::default();
    let mut loss = Mean::default();
    let searched = matches!(cell.answerer, Answerer::Tuned(_));
    let marks = if searched { vec![training.steps] } else { checkpoints(training) };
    let series = shared.pictures.series(cell.world, cell.seed);
    let rate = learner.learning_rate();
    for step in 1..=training.steps {
        learner
            .set_learning_rate(rate * rate_share(training, step))
            .map_err(|error| CellError::Failed(error.to_string()))?;
        if shared.cancelled.load(Ordering::Relaxed) {
            return Err(CellError::Interrupted);
        }
        let batch = bridge::training_batch(shared, cell, &learner, (&series, step)).map_err(CellError::Failed)?;
        match learner.step(&batch, &mut rule_rng) {
            Ok(report) => loss.add(report.loss),
            Err(error) => {
                output.ended = Some(format!("step {step}: {error}"));
                return Ok(output);
            }
        }
        let Some(at) = marks.iter().position(|&mark| mark == step) else { continue };
        let last = at + 1 == marks.len();
        let visit = Visit { shared, cell, world, checkpoint: at + 1, step, last };
        let visited = match searched {
            true => visit.half_a(&learner, loss.take(), &mut output),
            false => visit.network(&learner, loss.take(), &mut output),
        };
        if let Err(reason) = visited {
            output.ended = Some(format!("step {step}: {reason}"));
            return Ok(output);
        }
    }
    Ok(output)
}

fn untrained(shared: &Shared<'_>, cell: &Cell) -> Result<CellOutput, CellError> {
    let learner = learner(shared, cell)?;
    let mut output = CellOutput::default();
    let visit = Visit { shared, cell, world: &shared.worlds[cell.world], checkpoint: 0, step: 0, last: true };
    visit.network(&learner, None, &mut output).map_err(CellError::Failed)?;
    Ok(output)
}

/// An observer without weights, after its practice on real things of the world.
pub fn practiced(world: &SharedWorld, id: &str, seed: u64) -> Result<Fixed, CellError> {
    let entry = observe::baseline(id).and_then(|entry| entry.build);
    let build = entry.ok_or_else(|| CellError::Failed(format!("no observer `{id}`")))?;
    let practice = Practice {
        world: world.world.as_ref(),
        encoding: world.battery.encoding,
        viewing: world.battery.viewing,
        rng: stream(&["practice", id, &world.canonical, &seed.to_string()]),
    };
    build(practice).map_err(|error| CellError::Failed(error.to_string()))
}

fn fixed(shared: &Shared<'_>, cell: &Cell, id: &str) -> Result<CellOutput, CellError> {
    let failed = |error: observe::ObserverError| CellError::Failed(error.to_string());
    let world = &shared.worlds[cell.world];
    let mut observer = practiced(world, id, cell.seed)?;
    let mut output = CellOutput::default();
    let visit = Visit { shared, cell, world, checkpoint: 0, step: 0, last: true };
    for block in &world.battery.blocks {
        if shared.cancelled.load(Ordering::Relaxed) {
            return Err(CellError::Interrupted);
        }
        let evidence = match &mut observer {
            Fixed::Primary(_) if block.spec.when == When::Last => continue,
            Fixed::Planted(instrument) => instrument.look(block).map_err(failed)?,
            Fixed::Blind(blind) | Fixed::Primary(blind) => {
                let classes = world.world.classes().len();
                score::evidence(&blind.answer(&presentation(block)).map_err(failed)?, classes, block.spec.reading)
            }
        };
        visit.record(block, &evidence, &mut output);
    }
    if let Fixed::Blind(blind) | Fixed::Primary(blind) = &mut observer {
        let competence = visit.competence(blind.as_mut()).map_err(failed)?;
        output.training.push(visit.training_row(&competence, None));
    }
    Ok(output)
}

/// What a foreign program answered, through the same door as everyone's evidence. No validation pictures answered: no
/// row of competence.
fn answered(shared: &Shared<'_>, cell: &Cell, imported: &Imported) -> Result<CellOutput, CellError> {
    let world = &shared.worlds[cell.world];
    let classes = world.world.classes();
    let keys = export::keys(shared.experiment, world);
    let text = imported.text().map_err(CellError::Failed)?;
    let file = imported.responses.display().to_string();
    let answers = responses::read(&text, &file, classes, &keys).map_err(CellError::Failed)?;
    let mut output = CellOutput::default();
    let visit = Visit { shared, cell, world, checkpoint: 0, step: 0, last: true };
    for (block, outputs) in world.battery.blocks.iter().zip(&answers.blocks) {
        visit.record(block, &score::evidence(outputs, classes.len(), block.spec.reading), &mut output);
    }
    if let Some([plain, hard]) = &answers.validation {
        let competence = score::competence_of([plain, hard], &world.validation, classes.len());
        output.training.push(visit.training_row(&competence, None));
    }
    Ok(output)
}

/// A reference network, trained in its own way, then asked as everyone is.
fn watched(shared: &Shared<'_>, cell: &Cell, spec: &Pang2021Entry) -> Result<CellOutput, CellError> {
    let world = &shared.worlds[cell.world];
    let mut output = CellOutput::default();
    let mut network = match reference::learned(shared.experiment, (world, cell.seed), spec, shared.cancelled) {
        Ok(network) => network,
        Err(Stop::Interrupted) => return Err(CellError::Interrupted),
        Err(Stop::Failed(why)) => return Err(CellError::Failed(why)),
        Err(Stop::Ended(why)) => return Ok(CellOutput { ended: Some(why), ..output }),
    };
    let visit = Visit { shared, cell, world, checkpoint: 0, step: 0, last: true };
    let mut look = || -> Result<(), observe::ObserverError> {
        let row = visit.training_row(&visit.competence(&mut network)?, network.loss);
        for block in &world.battery.blocks {
            let (outputs, course) = network.watch(block, &row)?;
            let evidence = score::evidence(&outputs, world.world.classes().len(), block.spec.reading);
            visit.record(block, &evidence, &mut output);
            output.course.extend(course);
        }
        output.training.push(row);
        Ok(())
    };
    if let Err(why) = look() {
        output.ended = Some(why.to_string());
    }
    Ok(output)
}

fn presentation(block: &Block) -> Presentation<'_> {
    Presentation { pixels: &block.pixels, shape: block.shape() }
}

/// One observer at one checkpoint.
struct Visit<'a> {
    shared: &'a Shared<'a>,
    cell: &'a Cell,
    world: &'a SharedWorld,
    checkpoint: usize,
    step: usize,
    last: bool,
}

impl Visit<'_> {
    fn network(&self, learner: &Learner, loss: Option<f64>, output: &mut CellOutput) -> Result<(), String> {
        let inference = bridge::inference(&self.cell.answerer);
        let mut observer = NetworkObserver { learner, inference, name: &self.cell.observer };
        let competence = self.competence(&mut observer).map_err(|error| error.to_string())?;
        let mut row = self.training_row(&competence, loss);
        if self.checkpoint > 0 {
            let alignment = bridge::alignment(self.shared, self.cell, learner)?;
            row.cosine = alignment.hidden.cosine;
            row.norm_ratio = alignment.hidden.norm_ratio;
            for (index, layer) in alignment.layers.iter().enumerate() {
                output.alignment.push(AlignmentRow {
                    cell: self.cell.id.clone(),
                    observer: self.cell.observer.clone(),
                    seed: self.cell.seed,
                    checkpoint: self.checkpoint,
                    layer: index + 1,
                    cosine: layer.cosine,
                    norm_ratio: layer.norm_ratio,
                });
            }
        }
        output.training.push(row);
        let classes = self.world.world.classes().len();
        for block in &self.world.battery.blocks {
            if block.spec.when == When::Last && !self.last {
                continue;
            }
            let outputs = observer.answer(&presentation(block)).map_err(|error| error.to_string())?;
            self.record(block, &score::evidence(&outputs, classes, block.spec.reading), output);
        }
        if let (Some(pictures), Some(spec)) = (&self.world.layers, self.shared.experiment.layers)
            && (self.last || spec.layers == LayersAt::Every)
        {
            let layers = layers::values(pictures, learner, inference)?;
            output.layers.extend(self.layer_rows(&layers));
        }
        if let Some(spec) = &self.shared.experiment.settling
            && self.last
            && self.checkpoint > 0
        {
            let row = self.training_row(&competence, None);
            output.course = settling::rows(self.world, learner, &spec.steps, &row)?;
        }
        if let (Some(pictures), Some(spec)) = (&self.world.attacked, &self.shared.experiment.adversarial)
            && (self.last || spec.at == AttackedAt::Every)
        {
            self.attacked((learner, inference), (pictures, spec), output)?;
        }
        Ok(())
    }

    fn world_name(&self) -> String {
        self.shared.experiment.worlds[self.cell.world].name.clone()
    }

    fn layer_rows(&self, layers: &[Vec<layers::Value>]) -> Vec<LayerRow> {
        let row = |layer: usize, value: &layers::Value| LayerRow {
            cell: self.cell.id.clone(),
            world: self.world_name(),
            network: self.cell.network_name.clone(),
            observer: self.cell.observer.clone(),
            role: self.cell.role.id().into(),
            seed: self.cell.seed,
            checkpoint: self.checkpoint,
            step: self.step,
            layer,
            layers: layers.len() - 1,
            what: value.what.id().into(),
            unit: value.what.unit().into(),
            n: value.n,
            value: value.value,
            share: value.share,
            ridge: value.ridge,
        };
        let numbered = layers.iter().enumerate();
        numbered.flat_map(|(layer, values)| values.iter().map(move |value| row(layer, value))).collect()
    }

    /// What a search reads: half A, which is all that was drawn for it.
    fn half_a(&self, learner: &Learner, loss: Option<f64>, output: &mut CellOutput) -> Result<(), String> {
        let inference = bridge::inference(&self.cell.answerer);
        let mut observer = NetworkObserver { learner, inference, name: &self.cell.observer };
        let classes = self.world.world.classes().len();
        let competence = score::chosen_by(&mut observer, &self.world.validation, classes);
        output.training.push(self.training_row(&competence.map_err(|error| error.to_string())?, loss));
        Ok(())
    }

    fn competence(&self, observer: &mut dyn Observer) -> Result<Competence, observe::ObserverError> {
        score::competence(observer, &self.world.validation, self.world.world.classes().len())
    }

    fn training_row(&self, competence: &Competence, loss: Option<f64>) -> TrainingRow {
        TrainingRow {
            cell: self.cell.id.clone(),
            world: self.world_name(),
            network: self.cell.network_name.clone(),
            observer: self.cell.observer.clone(),
            role: self.cell.role.id().into(),
            seed: self.cell.seed,
            checkpoint: self.checkpoint,
            step: self.step,
            loss,
            accuracy_a: competence.accuracy_a,
            accuracy_b: competence.accuracy_b,
            hard_d_prime_a: competence.hard_a,
            hard_d_prime_b: competence.hard_b,
            hard_accuracy_b: competence.hard_accuracy_b,
            hard_d_prime_outline: competence.outline,
            hard_d_prime_filled: competence.filled,
            cosine: None,
            norm_ratio: None,
        }
    }

    /// Turns the evidence of a block into its rows; keeps single twins where the battery says so.
    fn record(&self, block: &Block, evidence: &[f32], output: &mut CellOutput) {
        let polarities: &[&str] = if block.spec.keep { &["all", "light", "dark"] } else { &["all"] };
        for &polarity in polarities {
            if let Some(summary) = score::summarize(block, evidence, polarity) {
                output.trials.push(self.trial_row(block, polarity, &summary));
            }
        }
        if block.spec.keep {
            let (positive, negative) = block.split(evidence);
            let row = EvidenceRow { block: block.spec.id.clone(), checkpoint: self.checkpoint, positive, negative };
            output.evidence.push(row);
        }
    }

    fn trial_row(&self, block: &Block, polarity: &str, summary: &score::Summary) -> TrialRow {
        TrialRow {
            cell: self.cell.id.clone(),
            world: self.world_name(),
            network: self.cell.network_name.clone(),
            observer: self.cell.observer.clone(),
            role: self.cell.role.id().into(),
            seed: self.cell.seed,
            checkpoint: self.checkpoint,
            step: self.step,
            inference: bridge::inference_name(&self.cell.answerer).into(),
            block: block.spec.id.clone(),
            condition: block.spec.condition.into(),
            part: block.spec.part.into(),
            polarity: polarity.into(),
            alpha_deg: block.spec.alpha_deg,
            support_ratio: block.spec.support_ratio,
            contrast: block.spec.contrast,
            shift: block.spec.shift,
            n: summary.n,
            auc: summary.auc,
            d_prime: summary.d_prime,
            two_afc: summary.two_afc,
            correct: summary.correct,
            chosen_positive: summary.chosen_positive,
            chosen_negative: summary.chosen_negative,
            evidence_positive: summary.positive,
            evidence_negative: summary.negative,
            evidence_sd: summary.sd,
        }
    }
}

#[derive(Default)]
struct Mean {
    sum: f64,
    n: usize,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.n += 1;
    }

    fn take(&mut self) -> Option<f64> {
        let mean = (self.n > 0).then(|| self.sum / self.n as f64);
        *self = Self::default();
        mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::OptimizerSpec;

    fn training(steps: usize, checkpoints: usize, first: usize) -> Training {
        let optimizer = OptimizerSpec { id: "adam".into(), learning_rate: 0.001, weight_decay: 0.0, momentum: 0.0 };
        let loss = "cross_entropy".into();
        Training { steps, batch: 1, checkpoints, first_checkpoint: first, anneal: 0.0, loss, optimizer }
    }

    #[test]
    fn rates_fall_in_a_straight_line_over_the_last_steps() {
        // By hand: 8 steps, the last quarter is 2 steps; rates 1, …, 1, 1/2.
        let annealed = Training { anneal: 0.25, ..training(8, 1, 1) };
        let shares: Vec<f64> = (1..=8).map(|step| rate_share(&annealed, step)).collect();
        assert_eq!(shares, [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5]);
        assert!((1..=8).all(|step| rate_share(&training(8, 1, 1), step) == 1.0));
    }

    #[test]
    fn checkpoints_are_even_in_log_step_and_end_at_the_last_step() {
        // 10, 100, 1000: a geometric series with ratio 10.
        assert_eq!(checkpoints(&training(1000, 3, 10)), [10, 100, 1000]);
        assert_eq!(checkpoints(&training(500, 1, 30)), [500]);
        assert_eq!(checkpoints(&training(3, 6, 1)).last(), Some(&3));
        let steps = checkpoints(&training(1500, 12, 30));
        assert_eq!(steps.len(), 12);
        assert!(steps.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
