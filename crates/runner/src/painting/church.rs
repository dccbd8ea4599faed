//! The church, displays of brightness and Kanizsa figures, as a painter gives them at one checkpoint.

use super::brightness::Shown;
use super::cell::Visit;
use super::{Display, Filter, Painter, Part, read};
use crate::battery::When;
use crate::rows::{BrightnessRow, ColorRow, PaintedRow};
use crate::store::CellOutput;
use std::sync::atomic::Ordering;

/// The step along which a network's derivative is taken, as a share of the way from the gray context to a colored one.
const DERIVATIVE_STEP: f32 = 1.0 / 64.0;

/// What is shown.
pub(super) struct Church<'a> {
    /// The church in every context.
    pub(super) displays: &'a [Display],
    /// Displays of brightness.
    pub(super) brightness: &'a [Shown],
}

impl Visit<'_> {
    /// How far apart linear equivalents lie that are fitted to either half of the pictures, in assimilation to fine bars.
    pub(super) fn halves_apart(&self, church: &Church<'_>, answers: &[f32]) -> Result<Option<f64>, String> {
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
        let apart: Vec<f64> = church.displays.iter().filter(of).map(apart).collect();
        Ok(crate::score::mean(&apart))
    }

    /// Shows the displays of this checkpoint. `filter` is the painter's linear equivalent.
    pub(super) fn look(
        &self,
        church: &Church<'_>,
        (painter, filter): (&mut dyn Painter, &Filter),
        output: &mut CellOutput,
    ) -> Result<(), String> {
        let shown = |display: &&Display| self.last || display.planned.when == When::Every;
        for display in church.displays.iter().filter(shown) {
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
    pub(super) fn look_at_brightness(
        &self,
        church: &Church<'_>,
        (painter, filter): (&mut dyn Painter, &Filter),
        output: &mut CellOutput,
    ) -> Result<(), String> {
        for shown in church.brightness.iter().filter(|_| self.last) {
            let effect = shown.effect(painter)?;
            output.brightness.push(self.lit(shown, effect, shown.linear(filter)));
        }
        Ok(())
    }

    pub(super) fn lit(&self, shown: &Shown, effect: f64, linear: Option<f64>) -> BrightnessRow {
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

    pub(super) fn row(&self, display: &Display, pictures: [&Vec<f32>; 2]) -> ColorRow {
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
