//! A cell of an experiment whose networks give pictures: one learns, and at its checkpoints its competence is measured and the
//! church is shown.

use super::church::Church;
use super::motion::watch::Predictor;
use super::painters::{self, Built};
use super::{Filter, NetworkPainter, Painter, Part, PictureWorld, Shared, SharedWorld, Shown, predictors};
use crate::bridge;
use crate::cell::{self, CellError};
use crate::experiment::{PredNetEntry, ReferenceSpec, Training};
use crate::pictures::Drawn;
use crate::plan::{Answerer, Cell};
use crate::reference::{Stop, prednet};
use crate::rows::{AlignmentRow, FlowRow, MotionRow, PaintingRow, TrainingRow};
use crate::store::CellOutput;
use std::sync::atomic::Ordering;
use trompe_models::learner::{EPOCH, Learner};
use trompe_models::{Batch, Targets};

/// Pictures on which a proposal is compared with the true gradient.
const ALIGNMENT_PICTURES: usize = 32;

/// Runs one cell.
///
/// # Errors
/// Interruption, or what is no property of the rule.
pub fn run(shared: &cell::Shared<'_>, painting: &Shared, cell: &Cell) -> Result<CellOutput, CellError> {
    let world = &painting.worlds[cell.world];
    match &cell.answerer {
        Answerer::Learner(_) | Answerer::Tuned(_) => learn(shared, painting, cell),
        Answerer::Untrained(_) => {
            let learner = cell::learner(shared, cell)?;
            let visit = Visit { shared, painting, world, cell, checkpoint: 0, step: 0, last: true };
            let mut output = CellOutput::default();
            visit.network(&learner, None, &mut output).map_err(CellError::Failed)?;
            Ok(output)
        }
        Answerer::Fixed(id) => {
            let visit = Visit { shared, painting, world, cell, checkpoint: 0, step: 0, last: true };
            visit.fixed(id).map_err(CellError::Failed)
        }
        Answerer::Reference(ReferenceSpec::PredNet(entry)) => watched(shared, painting, cell, entry),
        Answerer::Imported(_) | Answerer::Reference(ReferenceSpec::Pang2021(_)) => {
            Err(CellError::Failed(format!("`{}` gives no pictures", cell.observer)))
        }
    }
}

/// A reference network with a memory of frames, trained in its own way, then asked as everyone is.
fn watched(
    shared: &cell::Shared<'_>,
    painting: &Shared,
    cell: &Cell,
    entry: &PredNetEntry,
) -> Result<CellOutput, CellError> {
    let world = &painting.worlds[cell.world];
    let PictureWorld::Movies(movies) = &world.world else {
        return Err(CellError::Failed(format!("`{}` learns from movies", entry.id)));
    };
    let mut output = CellOutput::default();
    let network = match prednet::learned(shared.experiment, (movies, cell.seed), entry, shared.cancelled) {
        Ok(network) => network,
        Err(Stop::Interrupted) => return Err(CellError::Interrupted),
        Err(Stop::Failed(why)) => return Err(CellError::Failed(why)),
        Err(Stop::Ended(why)) => return Ok(CellOutput { ended: Some(why), ..output }),
    };
    let visit = Visit { shared, painting, world, cell, checkpoint: 0, step: 0, last: true };
    let loss = network.loss;
    let mut look = |mut predictor: Predictor<'_>| -> Result<(), String> {
        let painter = predictor.painter().ok_or("it predicts nothing")?;
        let (training, painting, _) = visit.competence(painter, loss)?;
        output.training.push(training);
        output.painting.push(painting);
        visit.watch(&mut predictor, &mut output)
    };
    if let Err(why) = look(Predictor::Recurrent(Box::new(network))) {
        output.ended = Some(why);
    }
    Ok(output)
}

/// The pictures of one step of training, of a world and seed.
fn drawn(world: &SharedWorld, cell: &Cell, (purpose, step): (&str, usize), pictures: usize) -> Result<Drawn, String> {
    let parts = [purpose, world.world.canonical(), &cell.seed.to_string(), &step.to_string()];
    let held = world.world.drawn(&parts, pictures)?;
    Ok(Drawn { shape: held.shape(), pixels: held.given, wanted: held.wanted, labels: Vec::new() })
}

/// What a network learns from: its inputs, and the wanted picture or what is to be added.
fn batch(learner: &Learner, cell: &Cell, drawn: &Drawn) -> Batch {
    let residual = cell.network.as_ref().is_some_and(|network| network.residual);
    let last = residual.then(|| super::last_frames(&drawn.pixels, drawn.shape));
    let targets = bridge::wanted(&drawn.wanted, last.as_ref());
    let [pictures, _, height, width] = drawn.shape;
    let targets = Targets::Images(learner.network().place().tensor_f32(&targets, [pictures, 3, height, width]));
    Batch { inputs: bridge::tensor(learner, &drawn.pixels, drawn.shape), targets }
}

fn learn(shared: &cell::Shared<'_>, painting: &Shared, cell: &Cell) -> Result<CellOutput, CellError> {
    let training: &Training = &shared.experiment.training;
    let world = &painting.worlds[cell.world];
    let mut learner = cell::learner(shared, cell)?;
    learner.set_epoch(EPOCH.min(training.steps * training.batch));
    let mut rng = crate::identity::stream(&["rule noise", &cell.seed.to_string()]);
    let mut output = CellOutput::default();
    let mut losses: Vec<f64> = Vec::new();
    let searched = matches!(cell.answerer, Answerer::Tuned(_));
    let marks = if searched { vec![training.steps] } else { cell::checkpoints(training) };
    let series = shared.pictures.series(cell.world, cell.seed);
    let rate = learner.learning_rate();
    for step in 1..=training.steps {
        learner
            .set_learning_rate(rate * cell::rate_share(training, step))
            .map_err(|error| CellError::Failed(error.to_string()))?;
        if shared.cancelled.load(Ordering::Relaxed) {
            return Err(CellError::Interrupted);
        }
        let pictures = series.step(step, || drawn(world, cell, ("training", step), training.batch));
        let pictures = pictures.map_err(CellError::Failed)?;
        match learner.step(&batch(&learner, cell, &pictures), &mut rng) {
            Ok(report) => losses.push(report.loss),
            Err(error) => {
                output.ended = Some(format!("step {step}: {error}"));
                return Ok(output);
            }
        }
        let Some(at) = marks.iter().position(|&mark| mark == step) else { continue };
        let last = at + 1 == marks.len();
        let visit = Visit { shared, painting, world, cell, checkpoint: at + 1, step, last };
        let loss = crate::score::mean(&std::mem::take(&mut losses));
        let visited = match searched {
            true => visit.half_a(&learner, loss, &mut output),
            false => visit.network(&learner, loss, &mut output),
        };
        if let Err(reason) = visited {
            output.ended = Some(format!("step {step}: {reason}"));
            return Ok(output);
        }
    }
    Ok(output)
}

/// One observer at one checkpoint.
pub(super) struct Visit<'a> {
    pub(super) shared: &'a cell::Shared<'a>,
    painting: &'a Shared,
    pub(super) world: &'a SharedWorld,
    pub(super) cell: &'a Cell,
    pub(super) checkpoint: usize,
    pub(super) step: usize,
    pub(super) last: bool,
}

impl Visit<'_> {
    fn network(&self, learner: &Learner, loss: Option<f64>, output: &mut CellOutput) -> Result<(), String> {
        let painter = || NetworkPainter::new(learner.network(), self.is_residual());
        let (mut training, painting, filter) = self.competence(&mut painter(), loss)?;
        if self.checkpoint > 0 {
            let pictures = drawn(self.world, self.cell, ("alignment", 0), ALIGNMENT_PICTURES)?;
            let mut rng = crate::identity::stream(&["alignment noise", &self.cell.seed.to_string()]);
            let alignment = learner.alignment(&batch(learner, self.cell, &pictures), &mut rng);
            let alignment = alignment.map_err(|error| error.to_string())?;
            training.cosine = alignment.hidden.cosine;
            training.norm_ratio = alignment.hidden.norm_ratio;
            output.alignment.extend(alignment.layers.iter().enumerate().map(|(index, layer)| AlignmentRow {
                cell: self.cell.id.clone(),
                observer: self.cell.observer.clone(),
                seed: self.cell.seed,
                checkpoint: self.checkpoint,
                layer: index + 1,
                cosine: layer.cosine,
                norm_ratio: layer.norm_ratio,
            }));
        }
        output.training.push(training);
        output.painting.push(painting);
        match &self.painting.shown {
            Shown::Church { .. } => self.look_at_church((&mut painter(), &filter), output),
            Shown::Snakes(_) => self.watch(&mut Predictor::Blind(Box::new(painter())), output),
            Shown::Nothing => Ok(()),
        }
    }

    /// The church, where it is shown.
    fn church(&self) -> Option<Church<'_>> {
        match &self.painting.shown {
            Shown::Church { displays, brightness } => Some(Church { displays, brightness }),
            Shown::Snakes(_) | Shown::Nothing => None,
        }
    }

    fn look_at_church(
        &self,
        (painter, filter): (&mut dyn Painter, &Filter),
        output: &mut CellOutput,
    ) -> Result<(), String> {
        let Some(church) = self.church() else { return Ok(()) };
        self.look(&church, (painter, filter), output)?;
        self.look_at_brightness(&church, (painter, filter), output)
    }

    /// Rotating Snakes, and what really turns.
    fn watch(&self, predictor: &mut Predictor<'_>, output: &mut CellOutput) -> Result<(), String> {
        let Shown::Snakes(worlds) = &self.painting.shown else { return Ok(()) };
        let place = |display: &str, protocol: &str| MotionRow {
            cell: self.cell.id.clone(),
            world: self.world_name(),
            network: self.cell.network_name.clone(),
            observer: self.cell.observer.clone(),
            role: self.cell.role.id().into(),
            seed: self.cell.seed,
            checkpoint: self.checkpoint,
            display: display.into(),
            protocol: protocol.into(),
            ..MotionRow::default()
        };
        let shown = &worlds[self.cell.world];
        output.motion.extend(shown.look(predictor, self.last, &place)?);
        if self.last && self.is_first_seed() && predictor.painter().is_some() {
            let (painted, arrows) = shown.kept(predictor, self.is_reference())?;
            output.painted.extend(painted);
            output.flow.extend(arrows.iter().map(|arrow| FlowRow {
                cell: self.cell.id.clone(),
                world: self.world_name(),
                network: self.cell.network_name.clone(),
                observer: self.cell.observer.clone(),
                display: "color".into(),
                x: arrow.place[0],
                y: arrow.place[1],
                right: arrow.shift[0],
                down: arrow.shift[1],
            }));
        }
        Ok(())
    }

    /// What a search reads: its held-out scenes are half A, and nothing is shown.
    fn half_a(&self, learner: &Learner, loss: Option<f64>, output: &mut CellOutput) -> Result<(), String> {
        let mut painter = NetworkPainter::new(learner.network(), self.is_residual());
        let painted = painter.paint(&self.world.held.given, self.world.held.shape())?;
        let (competence, _) = self.world.competence(&painted);
        let row = self.training_row([Some((competence[0] + competence[1]) / 2.0), None], loss);
        output.training.push(row);
        Ok(())
    }

    fn is_first_seed(&self) -> bool {
        Some(&self.cell.seed) == self.shared.experiment.seeds.first()
    }

    /// Whether it is the network that the report animates: of the reference, in the first world and architecture.
    fn is_reference(&self) -> bool {
        let experiment = self.shared.experiment;
        let first = experiment.networks.first().map(|network| network.name.as_str());
        self.cell.world == 0
            && self.cell.observer == experiment.analysis.reference
            && Some(self.cell.network_name.as_str()) == first
    }

    fn is_residual(&self) -> bool {
        self.cell.network.as_ref().is_some_and(|network| network.residual)
    }

    fn training_row(&self, [accuracy_a, accuracy_b]: [Option<f64>; 2], loss: Option<f64>) -> TrainingRow {
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
            accuracy_a,
            accuracy_b,
            hard_d_prime_a: None,
            hard_d_prime_b: None,
            hard_accuracy_b: None,
            hard_d_prime_outline: None,
            hard_d_prime_filled: None,
            cosine: None,
            norm_ratio: None,
        }
    }

    fn fixed(&self, id: &str) -> Result<CellOutput, String> {
        let mut output = CellOutput::default();
        let Some(church) = self.church() else {
            let entry = predictors::find(id).ok_or_else(|| format!("no predictor `{id}`"))?;
            let mut predictor = (entry.build)(self.world);
            if let Some(painter) = predictor.painter() {
                let (training, painting, _) = self.competence(painter, None)?;
                output.training.push(training);
                output.painting.push(painting);
            }
            self.watch(&mut predictor, &mut output)?;
            return Ok(output);
        };
        let entry = painters::find(id).ok_or_else(|| format!("no painter `{id}`"))?;
        match (entry.build)(self.world) {
            Built::Blind(mut painter) => {
                let (training, painting, filter) = self.competence(painter.as_mut(), None)?;
                output.training.push(training);
                output.painting.push(painting);
                self.look_at_church((painter.as_mut(), &filter), &mut output)?;
            }
            Built::Brightness(model) => {
                let effects = super::brightness::filtered(model)?;
                output.brightness = effects.iter().map(|(shown, effect)| self.lit(shown, *effect, None)).collect();
            }
            Built::Planted(shifted) => {
                for display in church.displays {
                    let [near, far] = shifted(display);
                    output.colors.push(self.row(display, [&near, &far]));
                }
            }
        }
        Ok(output)
    }

    /// Competence on held-out scenes, and the linear filter that is nearest to the painter.
    fn competence(
        &self,
        painter: &mut dyn Painter,
        loss: Option<f64>,
    ) -> Result<(TrainingRow, PaintingRow, Filter), String> {
        let (world, held) = (self.world, &self.world.held);
        let painted = painter.paint(&held.given, held.shape())?;
        let ([competence_a, competence_b], [_, error]) = world.competence(&painted);
        let fitted = world.linear.pictures();
        let answers = painter.paint(&fitted.given, fitted.shape())?;
        let filter = world.linear.nearest(&answers, Part::All)?;
        let is_asked = self.last && self.cell.network.is_some();
        let linear_apart = match self.church().filter(|_| is_asked) {
            Some(church) => self.halves_apart(&church, &answers)?,
            None => None,
        };
        let mut linear = filter.paint(&held.given, held.shape());
        // Of a residual network the picture itself, which it hands on, is no part of what is to be explained.
        let mut own = painted;
        if self.is_residual() {
            let given = held.as_they_are();
            for pictures in [&mut own, &mut linear] {
                pictures.iter_mut().zip(&given).for_each(|(value, given)| *value -= given);
            }
        }
        let linear_share = held.explained(&own, &linear, world.linear.side / 2);
        let cell = self.cell;
        let training = self.training_row([Some(competence_a), Some(competence_b)], loss);
        let painting = PaintingRow {
            cell: cell.id.clone(),
            world: self.world_name(),
            network: cell.network_name.clone(),
            observer: cell.observer.clone(),
            role: cell.role.id().into(),
            seed: cell.seed,
            checkpoint: self.checkpoint,
            step: self.step,
            error: Some(error),
            error_identity: world.error_identity[1],
            error_linear: world.error_linear[1],
            linear_share,
            linear_apart,
        };
        Ok((training, painting, filter))
    }

    pub(super) fn world_name(&self) -> String {
        self.shared.experiment.worlds[self.cell.world].name.clone()
    }
}
