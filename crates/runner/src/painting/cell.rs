//! A cell of an experiment whose networks give pictures: one learns, and at its checkpoints its competence is measured and the
//! church is shown.

use super::brightness::Shown;
use super::painters::{self, Built};
use super::{Display, Filter, NetworkPainter, Painter, Part, Shared, SharedWorld, read};
use crate::battery::When;
use crate::bridge;
use crate::cell::{self, CellError};
use crate::experiment::Training;
use crate::pictures::Drawn;
use crate::plan::{Answerer, Cell};
use crate::rows::{AlignmentRow, BrightnessRow, ColorRow, PaintedRow, PaintingRow, TrainingRow};
use crate::store::CellOutput;
use std::sync::atomic::Ordering;
use trompe_models::learner::{EPOCH, Learner};
use trompe_models::{Batch, Targets};

/// Pictures on which a proposal is compared with the true gradient.
const ALIGNMENT_PICTURES: usize = 32;
/// The step along which a network's derivative is taken, as a share of the way from the gray context to a colored one.
const DERIVATIVE_STEP: f32 = 1.0 / 64.0;

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
        Answerer::Imported(_) | Answerer::Reference(_) => {
            Err(CellError::Failed(format!("`{}` gives no pictures", cell.observer)))
        }
    }
}

/// The pictures of one step of training, of a world and seed.
fn drawn(world: &SharedWorld, cell: &Cell, (purpose, step): (&str, usize), pictures: usize) -> Result<Drawn, String> {
    let parts = [purpose, &world.world.canonical, &cell.seed.to_string(), &step.to_string()];
    let held = world.world.drawn(&parts, pictures)?;
    Ok(Drawn { shape: held.shape(), pixels: held.given, wanted: held.wanted, labels: Vec::new() })
}

/// What a network learns from: its inputs, and the wanted picture or what is to be added.
fn batch(learner: &Learner, cell: &Cell, drawn: &Drawn) -> Batch {
    let residual = cell.network.as_ref().is_some_and(|network| network.residual);
    let targets = bridge::wanted(&drawn.wanted, residual.then_some(&drawn.pixels));
    let targets = Targets::Images(learner.network().place().tensor_f32(&targets, drawn.shape));
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
struct Visit<'a> {
    shared: &'a cell::Shared<'a>,
    painting: &'a Shared,
    world: &'a SharedWorld,
    cell: &'a Cell,
    checkpoint: usize,
    step: usize,
    last: bool,
}

impl Visit<'_> {
    fn network(&self, learner: &Learner, loss: Option<f64>, output: &mut CellOutput) -> Result<(), String> {
        let mut painter = NetworkPainter::new(learner.network(), self.is_residual());
        let (mut training, painting, filter) = self.competence(&mut painter, loss)?;
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
        self.look(&mut painter, &filter, output)?;
        self.look_at_brightness(&mut painter, &filter, output)
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
        let entry = painters::find(id).ok_or_else(|| format!("no painter `{id}`"))?;
        let mut output = CellOutput::default();
        match (entry.build)(self.world) {
            Built::Blind(mut painter) => {
                let (training, painting, filter) = self.competence(painter.as_mut(), None)?;
                output.training.push(training);
                output.painting.push(painting);
                self.look(painter.as_mut(), &filter, &mut output)?;
                self.look_at_brightness(painter.as_mut(), &filter, &mut output)?;
            }
            Built::Brightness(model) => {
                let effects = super::brightness::filtered(model)?;
                output.brightness = effects.iter().map(|(shown, effect)| self.lit(shown, *effect, None)).collect();
            }
            Built::Planted(shifted) => {
                for display in self.displays() {
                    let [near, far] = shifted(display);
                    output.colors.push(self.row(display, [&near, &far]));
                }
            }
        }
        Ok(output)
    }

    fn displays(&self) -> impl Iterator<Item = &Display> {
        self.painting.displays.iter().filter(|display| self.last || display.planned.when == When::Every)
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
        let linear_apart = if is_asked { self.halves_apart(&answers)? } else { None };
        let mut linear = filter.paint(&held.given, held.shape());
        // Of a residual network the picture itself, which it hands on, is no part of what is to be explained.
        let mut own = painted;
        if self.is_residual() {
            for pictures in [&mut own, &mut linear] {
                pictures.iter_mut().zip(&held.given).for_each(|(value, given)| *value -= given);
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

    fn world_name(&self) -> String {
        self.shared.experiment.worlds[self.cell.world].name.clone()
    }

    /// How far apart linear equivalents lie that are fitted to either half of the pictures, in assimilation to fine bars.
    fn halves_apart(&self, answers: &[f32]) -> Result<Option<f64>, String> {
        let linear = &self.world.linear;
        let filters = [linear.nearest(answers, Part::First)?, linear.nearest(answers, Part::Second)?];
        let fine = self.shared.experiment.battery.church.as_ref().map(|church| church.fine_bar);
        let of = |display: &&Display| {
            let planned = &display.planned;
            planned.context == "munker" && planned.bar == fine && planned.colors.starts_with("drawn_")
        };
        let apart = |display: &Display| {
            let [one, other] = filters.each_ref().map(|filter| self::linear(filter, display));
            (one - other).abs()
        };
        let apart: Vec<f64> = self.painting.displays.iter().filter(of).map(apart).collect();
        Ok(crate::score::mean(&apart))
    }

    /// Shows the displays of this checkpoint. `filter` is the painter's linear equivalent.
    fn look(&self, painter: &mut dyn Painter, filter: &Filter, output: &mut CellOutput) -> Result<(), String> {
        for display in self.displays() {
            if self.shared.cancelled.load(Ordering::Relaxed) {
                return Err("interrupted".into());
            }
            let shape = [1, 3, display.side, display.side];
            let near = painter.paint(&display.near, shape)?;
            let far = painter.paint(&display.far, shape)?;
            let mut row = self.row(display, [&near, &far]);
            row.linear = Some(linear(filter, display));
            if self.last {
                let gray = painter.paint(&display.gray, shape)?;
                let seen = display.seen(&gray);
                [row.gray_l, row.gray_a, row.gray_b] = seen.map(Some);
                row.jacobian = Some(derivative(painter, display, &gray)?);
                let third = |pixels: &Vec<usize>| {
                    let lab = [&near, &far].map(|codes| read::lab(codes, display.plane(), pixels));
                    (!pixels.is_empty()).then(|| read::assimilation(lab, display.inducers))
                };
                if let Some(thirds) = &display.thirds {
                    [row.edge, row.between, row.center] = [0, 1, 2].map(|at| third(&thirds[at]));
                }
                (row.nulling, row.nulling_beyond) = nulling(painter, display, seen)?;
                if self.is_kept(display) {
                    let contexts = [("near", &near), ("gray", &gray), ("far", &far)];
                    output.painted.extend(contexts.map(|(context, codes)| painted(display, context, codes)));
                }
            }
            output.colors.push(row);
        }
        Ok(())
    }

    /// Shows the displays of brightness, at the last checkpoint.
    fn look_at_brightness(
        &self,
        painter: &mut dyn Painter,
        filter: &Filter,
        output: &mut CellOutput,
    ) -> Result<(), String> {
        for shown in self.painting.brightness.iter().filter(|_| self.last) {
            let effect = shown.effect(painter)?;
            output.brightness.push(self.lit(shown, effect, shown.linear(filter)));
        }
        Ok(())
    }

    fn lit(&self, shown: &Shown, effect: f64, linear: Option<f64>) -> BrightnessRow {
        BrightnessRow {
            cell: self.cell.id.clone(),
            world: self.world_name(),
            network: self.cell.network_name.clone(),
            observer: self.cell.observer.clone(),
            role: self.cell.role.id().into(),
            seed: self.cell.seed,
            checkpoint: self.checkpoint,
            source: shown.source.into(),
            display: shown.id.clone(),
            effect: Some(effect),
            linear,
        }
    }

    /// Pictures of the first seed are kept for the report: the poster in fine bars and on a uniform ground.
    fn is_kept(&self, display: &Display) -> bool {
        let fine = self.shared.experiment.battery.church.as_ref().map(|church| church.fine_bar);
        let planned = &display.planned;
        let poster = planned.colors == "poster" && planned.silhouette == "church" && !planned.swapped;
        let shown = planned.context == "uniform" || (planned.context == "munker" && planned.bar == fine);
        self.shared.experiment.seeds.first() == Some(&self.cell.seed) && poster && shown
    }

    fn row(&self, display: &Display, pictures: [&Vec<f32>; 2]) -> ColorRow {
        let planned = &display.planned;
        let [near, far] = pictures.map(|codes| display.seen(codes));
        let whole = pictures.map(|codes| read::lab(codes, display.plane(), &display.whole));
        ColorRow {
            cell: self.cell.id.clone(),
            world: self.world_name(),
            network: self.cell.network_name.clone(),
            observer: self.cell.observer.clone(),
            role: self.cell.role.id().into(),
            seed: self.cell.seed,
            checkpoint: self.checkpoint,
            step: self.step,
            display: planned.id.clone(),
            context: planned.context.into(),
            colors: planned.colors.clone(),
            silhouette: planned.silhouette.into(),
            bar: planned.bar,
            swapped: planned.swapped,
            pixels: display.pixels.len(),
            axis_deg: Some(display.axis_deg()),
            physical_l: display.physical[0],
            physical_a: display.physical[1],
            physical_b: display.physical[2],
            near_l: near[0],
            near_a: near[1],
            near_b: near[2],
            far_l: far[0],
            far_a: far[1],
            far_b: far[2],
            gray_l: None,
            gray_a: None,
            gray_b: None,
            assimilation: Some(read::assimilation([near, far], display.inducers)),
            assimilation_whole: Some(read::assimilation(whole, display.inducers)),
            linear: None,
            jacobian: None,
            edge: None,
            between: None,
            center: None,
            nulling: None,
            nulling_beyond: None,
        }
    }
}

/// Assimilation of a linear filter.
fn linear(filter: &Filter, display: &Display) -> f64 {
    let size = [display.side; 2];
    let labs = [&display.near, &display.far].map(|codes| {
        let colors = filter.at(codes, size, &display.pixels);
        read::mean_lab(colors.into_iter(), display.pixels.len())
    });
    read::assimilation(labs, display.inducers)
}

/// Assimilation of a painter's derivative at the gray context, along the ways to the colored ones. `gray` is what it gives there.
fn derivative(painter: &mut dyn Painter, display: &Display, gray: &[f32]) -> Result<f64, String> {
    let shape = [1, 3, display.side, display.side];
    let mut labs = [[0.0; 3]; 2];
    for (lab, context) in labs.iter_mut().zip([&display.near, &display.far]) {
        let step: Vec<f32> =
            display.gray.iter().zip(context).map(|(from, to)| from + DERIVATIVE_STEP * (to - from)).collect();
        let moved = painter.paint(&step, shape)?;
        let line: Vec<f32> = gray.iter().zip(&moved).map(|(from, to)| from + (to - from) / DERIVATIVE_STEP).collect();
        *lab = display.seen(&line);
    }
    Ok(read::assimilation(labs, display.inducers))
}

/// The recoloring in the near context, ΔE2000, with which the church is given as it is in the gray one; or the end of the range that is
/// shown beyond which it lies. Neither where recolorings do not come out in their order, so that none has a place of its own.
fn nulling(painter: &mut dyn Painter, display: &Display, gray: [f64; 3]) -> Result<(Option<f64>, Option<f64>), String> {
    let wanted = read::along(gray, display.inducers);
    let mut places = Vec::with_capacity(display.nulling.len());
    for (_, target, codes) in &display.nulling {
        let painted = painter.paint(codes, [1, 3, display.side, display.side])?;
        // ΔE2000 from the church as it is, with the sign of the recoloring.
        let way = read::along(*target, display.inducers) - read::along(display.physical, display.inducers);
        let size = trompe_stimuli::color::delta_e_2000(display.physical, *target);
        places.push((size.copysign(way), read::along(display.seen(&painted), display.inducers)));
    }
    Ok(read::cancelling(&places, wanted))
}

fn painted(display: &Display, context: &str, codes: &[f32]) -> PaintedRow {
    PaintedRow {
        display: display.planned.id.clone(),
        context: context.into(),
        side: display.side,
        codes: codes.iter().map(|code| (code.clamp(0.0, 1.0) * 255.0 + 0.5) as u8).collect(),
    }
}
