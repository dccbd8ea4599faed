//! Figures along training: illusion and controls against competence, competence and gradient alignment over steps.

use super::{Figure, GATE_NOTE, OVER_SEEDS, dot, learners, name_in, of_curves, style_of};
use crate::report::book::{Book, Column, Course, Panel, Who, summarize};
use crate::report::curves::{Curves, Dot, Guide, Plot, Series};
use crate::report::scale::Axis;
use crate::report::words::number;
use crate::rows::TrainingRow;
use std::collections::BTreeMap;

const COMPETENCE: &str = "competence: hard-set d′ on the real task (half B)";

/// The main figure: the illusory outcome against competence.
pub(super) fn illusion(book: &Book<'_>) -> Option<Figure> {
    let title = "Illusion against competence".to_owned();
    let up = format!("d′, {}{}", book.kind.words.discriminates, at_turn(book));
    let plots: Vec<Plot> = book
        .panels
        .iter()
        .map(|panel| against_competence(book, panel, &panel.title(), (book.kind.shown.illusion.0, &up)))
        .collect();
    let caption = format!(
        "Each curve is one learning rule along its training, from left to right; each point is a checkpoint. Compare \
         rules at the same height of competence, not at the same step: dashed upright lines are the values of the \
         declared matching grid. {OVER_SEEDS} Faint lines are single seeds; where a network ended early, later points rest on \
         fewer seeds (the table has the number). {GATE_NOTE}"
    );
    let columns = if plots.len() > 2 { 2 } else { 1 };
    let height = if plots.len() == 1 { 390.0 } else { 300.0 };
    of_curves("illusion-by-competence", title, caption, &Curves { columns, height, seeds: true, plots })
}

/// The primary turn, where the battery is one of turned mouths.
fn at_turn(book: &Book<'_>) -> String {
    let of_mouths =
        book.evidence.trials.iter().any(|row| row.condition == book.kind.shown.illusion.0 && row.alpha_deg.is_some());
    let primary = book.evidence.experiment.battery.primary_alpha_deg;
    if of_mouths { format!(" at α = {primary}°") } else { String::new() }
}

/// The controls against competence, as small multiples with one height axis.
pub(super) fn controls(book: &Book<'_>) -> Option<Figure> {
    let mut plots = Vec::new();
    for panel in &book.panels {
        for (condition, name) in book.kind.shown.controls.iter().take(2) {
            plots.push(against_competence(
                book,
                panel,
                &format!("{name} · {}", panel.title()),
                (condition, "d′ on the control"),
            ));
        }
    }
    let caption = book.kind.shown.about_controls;
    let curves = Curves { columns: 2, height: 190.0, seeds: false, plots };
    of_curves(
        "controls-by-competence",
        "Controls against competence".into(),
        format!("{caption} {OVER_SEEDS}"),
        &curves,
    )
}

fn against_competence(book: &Book<'_>, panel: &Panel, title: &str, (condition, up): (&str, &str)) -> Plot {
    let mut series = Vec::new();
    for who in learners(book, panel) {
        let heights = book.course(panel, who, condition, Column::DPrime);
        let competence = training_course(book, panel, who, |row| row.hard_d_prime_b);
        series.push(joined(book, (panel, who), &competence, &heights));
    }
    let grid = &book.evidence.experiment.competence.match_grid;
    let guide = |value: &f64| Guide { at: *value, upright: true, right: false, label: number(*value, "d_prime") };
    Plot {
        title: title.into(),
        x: Axis::linear(COMPETENCE, &[]),
        y: Axis::linear(up, &[0.0]),
        series,
        guides: grid.iter().map(guide).collect(),
    }
}

/// A competence column by checkpoint and seed.
fn training_course(book: &Book<'_>, panel: &Panel, who: &Who, read: fn(&TrainingRow) -> Option<f64>) -> Course {
    let mut course = Course::new();
    for row in book.training(panel, who) {
        if let Some(value) = read(row).filter(|value| value.is_finite()) {
            course.entry(row.checkpoint).or_default().insert(row.seed, value);
        }
    }
    course
}

/// Two courses joined by checkpoint and seed: means over the seeds that have both.
fn joined(book: &Book<'_>, (panel, who): (&Panel, &Who), across: &Course, up: &Course) -> Series {
    let mut dots: Vec<Dot> = Vec::new();
    let mut seeds: BTreeMap<u64, Vec<(f64, f64)>> = BTreeMap::new();
    for (checkpoint, heights) in up {
        let Some(places) = across.get(checkpoint) else { continue };
        let both: Vec<(u64, f64, f64)> = heights
            .iter()
            .filter_map(|(seed, height)| places.get(seed).map(|place| (*seed, *place, *height)))
            .collect();
        for (seed, place, height) in &both {
            seeds.entry(*seed).or_default().push((*place, *height));
        }
        let place = summarize(both.iter().map(|point| point.1));
        let height = summarize(both.iter().map(|point| point.2));
        if let (Some(place), Some(height)) = (place, height) {
            dots.push(dot(place.mean, &height));
        }
    }
    Series { name: name_in(book, panel, who), style: style_of(book, who), dots, seeds: seeds.into_values().collect() }
}

/// A competence column over learning steps.
fn over_steps(book: &Book<'_>, (panel, title): (&Panel, &str), y: Axis, read: fn(&TrainingRow) -> Option<f64>) -> Plot {
    let steps = |row: &TrainingRow| (row.step > 0).then_some(row.step as f64);
    let series = learners(book, panel).into_iter().map(|who| {
        let across = training_course(book, panel, who, steps);
        joined(book, (panel, who), &across, &training_course(book, panel, who, read))
    });
    let series = series.collect();
    Plot { title: title.into(), x: Axis::log("learning steps (log scale)"), y, series, guides: Vec::new() }
}

/// Competence over steps: hard d′ and plain accuracy with the gate.
pub(super) fn competence(book: &Book<'_>) -> Option<Figure> {
    let gate = book.evidence.experiment.competence.gate_accuracy;
    let mut plots = Vec::new();
    for panel in &book.panels {
        let hard = Axis::linear("hard-set d′ (half B)", &[0.0]);
        plots
            .push(over_steps(book, (panel, &format!("hard set · {}", panel.title())), hard, |row| row.hard_d_prime_b));
        let plain = Axis::linear("validation accuracy (half B)", &[1.0]);
        let title = format!("plain accuracy · {}", panel.title());
        let mut plot = over_steps(book, (panel, &title), plain, |row| row.accuracy_b);
        plot.guides.push(Guide {
            at: gate,
            upright: false,
            right: true,
            label: format!("gate {}", number(gate, "share")),
        });
        plots.push(plot);
    }
    let caption = format!(
        "Competence on the real task while learning. Matching reads half A of the validation pictures; everything \
         drawn here is half B. {OVER_SEEDS}"
    );
    of_curves(
        "competence",
        "Competence over training".into(),
        caption,
        &Curves { columns: 2, height: 190.0, seeds: false, plots },
    )
}

/// Agreement of the proposals with the true gradient over steps.
pub(super) fn alignment(book: &Book<'_>) -> Option<Figure> {
    let mut plots = Vec::new();
    for panel in &book.panels {
        let title = format!("angle · {}", panel.title());
        plots.push(over_steps(book, (panel, &title), Axis::linear("cosine", &[0.0, 1.0]), |row| row.cosine));
        let title = format!("size · {}", panel.title());
        let positive = |row: &TrainingRow| row.norm_ratio.filter(|ratio| *ratio > 0.0);
        plots.push(over_steps(book, (panel, &title), Axis::log("norm ratio (log scale)"), positive));
    }
    let caption = format!(
        "Each rule's proposed weight change beside the true gradient of the same loss on the same weights and pictures, \
         all hidden weights together. Cosine 1 is the gradient's direction, 0 is orthogonal to it; norm ratio 1 is the \
         gradient's length. {OVER_SEEDS}"
    );
    let curves = Curves { columns: 2, height: 180.0, seeds: false, plots };
    of_curves("gradient-alignment", "Gradient alignment over training".into(), caption, &curves)
}

/// The cosine by layer at the last checkpoint.
pub(super) fn by_layer(book: &Book<'_>) -> Option<Figure> {
    let mut plots = Vec::new();
    for panel in &book.panels {
        let series: Vec<Series> = learners(book, panel).into_iter().map(|who| layers(book, panel, who)).collect();
        plots.push(Plot {
            title: panel.title(),
            x: Axis::counted("parametric layer, from the image"),
            y: Axis::linear("cosine, last checkpoint", &[0.0, 1.0]),
            series,
            guides: Vec::new(),
        });
    }
    let caption = format!(
        "Where in the network a rule departs from the gradient: cosine by layer at the last checkpoint. {OVER_SEEDS}"
    );
    let curves = Curves { columns: 2, height: 180.0, seeds: false, plots };
    of_curves("alignment-by-layer", "Gradient alignment by layer".into(), caption, &curves)
}

fn layers(book: &Book<'_>, panel: &Panel, who: &Who) -> Series {
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    for row in book.training(panel, who) {
        let latest = last.entry(row.cell.as_str()).or_default();
        *latest = row.checkpoint.max(*latest);
    }
    let mut layers: BTreeMap<usize, BTreeMap<u64, f64>> = BTreeMap::new();
    for row in book.evidence.alignment {
        if let (Some(&at), Some(cosine)) = (last.get(row.cell.as_str()), row.cosine)
            && at == row.checkpoint
        {
            layers.entry(row.layer).or_default().insert(row.seed, cosine);
        }
    }
    let across =
        layers.iter().map(|(layer, seeds)| (*layer, seeds.keys().map(|seed| (*seed, *layer as f64)).collect()));
    let across: Course = across.collect();
    joined(book, (panel, who), &across, &layers)
}
