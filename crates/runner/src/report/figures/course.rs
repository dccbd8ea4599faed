//! Figures of answers over steps of settling: d′ of rules that settle, P(square) of reference networks.

use super::{Figure, GATE_NOTE, OVER_SEEDS, dot, name_in, of_curves, style_of};
use crate::battery::PUBLISHED_ALL_IN;
use crate::reference::P_SQUARE;
use crate::report::book::{Book, Panel, Who, summarize};
use crate::report::curves::{Curves, Dot, Guide, Plot, Series};
use crate::report::scale::Axis;
use crate::report::style::{INK, Rgb, Shape, Style};
use crate::rows::CourseRow;
use std::collections::BTreeMap;

/// What is drawn of rules that settle, with its title.
const CONDITIONS: [(&str, &str); 3] =
    [("in_rotated", "inward v rotated"), ("in_misaligned", "inward v misaligned"), ("in_closed", "inward v closed")];

/// Members of the battery of reference networks, with their names, colors and shapes.
const MEMBERS: [(&str, &str, Rgb, Shape); 4] = [
    ("all_in", "inward mouths", INK, Shape::Circle),
    ("all_out", "outward mouths", (0, 114, 178), Shape::Square),
    ("random", "turned at random", (213, 94, 0), Shape::Triangle),
    ("square", "real square", (0, 158, 115), Shape::Diamond),
];

/// d′ over steps of settling, the forward pass as a level line.
pub(super) fn settling(book: &Book<'_>) -> Option<Figure> {
    let mut plots = Vec::new();
    for panel in &book.panels {
        for (condition, title) in CONDITIONS {
            let mut series = Vec::new();
            for who in book.present(panel) {
                series.extend(of_observer(book, (panel, who), condition));
            }
            if !series.is_empty() {
                plots.push(Plot {
                    title: format!("{title} · {}", panel.title()),
                    x: Axis::counted("steps of settling"),
                    y: Axis::linear("d′", &[0.0]),
                    series,
                    guides: Vec::new(),
                });
            }
        }
    }
    let caption = format!(
        "What networks answer after so many steps of settling with the image held, at the last checkpoint; the last point is the \
         settled answer. The level dashed line is the forward pass of the same weights on the same pictures. Some rules start to \
         settle without any evidence: there step 0 is no answer. {OVER_SEEDS} {GATE_NOTE}"
    );
    let curves = Curves { columns: 3, height: 190.0, seeds: false, plots };
    counted(of_curves("course-of-settling", "Answers over steps of settling".into(), caption, &curves)?)
}

/// The figure, with steps in its table as what they are: counted.
fn counted(mut figure: Figure) -> Option<Figure> {
    for row in figure.table.groups.iter_mut().flat_map(|group| &mut group.rows) {
        row[1] = row[1].trim_end_matches(".000").to_owned();
    }
    Some(figure)
}

/// The course of an observer and its forward pass; none of one that does not settle.
fn of_observer(book: &Book<'_>, (panel, who): (&Panel, &Who), condition: &str) -> Vec<Series> {
    let rows = rows(book, (panel, who)).filter(|row| row.what == condition);
    let (forward, course): (Vec<&CourseRow>, Vec<&CourseRow>) = rows.partition(|row| row.settling_step.is_none());
    let dots = by_step(&course);
    let (Some(first), Some(last)) = (dots.first(), dots.last()) else { return Vec::new() };
    let level = summarize(means(&forward).into_values());
    let ends = [first.x, last.x];
    let level = level.map(|level| ends.map(|x| Dot { interval: None, ..dot(x, &level) }).to_vec()).unwrap_or_default();
    let style = style_of(book, who);
    let name = name_in(book, panel, who);
    let forward = Series {
        name: format!("{name}, forward"),
        style: Style { dashed: true, filled: false, ..style },
        dots: level,
        seeds: Vec::new(),
    };
    vec![Series { name, style, dots, seeds: Vec::new() }, forward]
}

fn rows<'b>(book: &'b Book<'_>, (panel, who): (&'b Panel, &'b Who)) -> impl Iterator<Item = &'b CourseRow> {
    let of = move |row: &&CourseRow| {
        row.world == panel.world
            && row.observer == who.observer
            && (row.network == panel.network || row.network.is_empty())
    };
    book.evidence.course.iter().filter(of)
}

/// The mean over classes, by seed; a seed with a class without a value has none.
fn means(rows: &[&CourseRow]) -> BTreeMap<u64, f64> {
    let mut seeds: BTreeMap<u64, Vec<Option<f64>>> = BTreeMap::new();
    for row in rows {
        seeds.entry(row.seed).or_default().push(row.value);
    }
    let mean = |values: Vec<Option<f64>>| {
        let values: Vec<f64> = values.into_iter().collect::<Option<_>>()?;
        Some(values.iter().sum::<f64>() / values.len() as f64)
    };
    seeds.into_iter().filter_map(|(seed, values)| Some((seed, mean(values)?))).collect()
}

fn by_step(rows: &[&CourseRow]) -> Vec<Dot> {
    let mut steps: BTreeMap<usize, Vec<&CourseRow>> = BTreeMap::new();
    for row in rows {
        steps.entry(row.settling_step.unwrap_or_default()).or_default().push(row);
    }
    let dots = steps.into_iter().map(|(step, rows)| Some(dot(step as f64, &summarize(means(&rows).into_values())?)));
    dots.flatten().collect()
}

/// P(square) over the steps of a reference network, beside the published number.
pub(super) fn p_square(book: &Book<'_>) -> Option<Figure> {
    let mut plots = Vec::new();
    let panels: BTreeMap<&str, &Panel> = book.panels.iter().rev().map(|panel| (panel.world.as_str(), panel)).collect();
    for panel in panels.into_values() {
        for who in book.present(panel).into_iter().filter(|who| who.role == "reference") {
            let all: Vec<&CourseRow> = rows(book, (panel, who)).filter(|row| row.what == P_SQUARE).collect();
            let series = MEMBERS.map(|(part, name, color, shape)| {
                let own: Vec<&CourseRow> = all.iter().copied().filter(|row| row.part == part).collect();
                let style = Style { color, shape, filled: true, dashed: part != "all_in" };
                Series { name: name.into(), style, dots: by_step(&own), seeds: Vec::new() }
            });
            let label = format!("published, inward: {PUBLISHED_ALL_IN:.2}");
            plots.push(Plot {
                title: format!("{} · {}", name_in(book, panel, who), panel.world),
                x: Axis::counted("steps, 0 = forward pass"),
                y: Axis::linear("mean P(square)", &[0.0, 1.0]),
                series: series.into(),
                guides: vec![Guide { at: PUBLISHED_ALL_IN, upright: false, right: false, label }],
            });
        }
    }
    let caption = format!(
        "Mean probability of the answer *square* over the steps of a reference network's feedback. Real squares and discs turned \
         at random were trained on; inward and outward mouths were not. The level line is the number that was published for \
         inward mouths after 100 steps, of another network and other pictures (pang2021). {OVER_SEEDS} {GATE_NOTE}"
    );
    let curves = Curves { columns: 1, height: 300.0, seeds: false, plots };
    counted(of_curves("p-square", "P(square) over steps of feedback".into(), caption, &curves)?)
}
