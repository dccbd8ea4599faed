//! Figures of networks that give pictures: assimilation over the width of bars, and the brightness set beside people.

use super::{Figure, GATE_NOTE, OVER_SEEDS, dot, name_in, of_curves, style_of};
use crate::report::book::{Book, Panel, Who, summarize};
use crate::report::curves::{Curves, Dot, Guide, Plot, Series};
use crate::report::scale::Axis;
use crate::rows::ColorRow;
use std::collections::BTreeMap;

/// Pixels a degree at which people's spatial frequencies are put beside pixels.
const PPD: f64 = 32.0;
/// Cycles per degree at which assimilation turns into contrast in people (smith2001).
const HUMAN_CROSSING: f64 = 4.0;
/// Baselines that are drawn beside the networks.
const BESIDE: [&str; 5] = ["identity", "best_linear", "blur", "gray_world", "local_mean"];

/// What is read of a display.
type Read = fn(&ColorRow) -> Option<f64>;

/// Displays of the poster's church between bars, of one observer at the last checkpoint.
fn rows<'b>(book: &'b Book<'_>, (panel, who): (&'b Panel, &'b Who)) -> Vec<&'b ColorRow> {
    let of = |row: &&ColorRow| {
        row.world == panel.world
            && row.observer == who.observer
            && (row.network == panel.network || row.network.is_empty())
            && row.context == "munker"
            && row.colors == "poster"
            && row.silhouette == "church"
            && !row.swapped
    };
    let rows: Vec<&ColorRow> = book.evidence.colors.iter().filter(of).collect();
    let last = rows.iter().map(|row| row.checkpoint).max();
    rows.into_iter().filter(|row| Some(row.checkpoint) == last).collect()
}

/// Shifts beyond this many distances of the inducers are no shifts between them.
const MOST: f64 = 2.0;

fn series(book: &Book<'_>, (panel, who): (&Panel, &Who), read: Read) -> Option<Series> {
    let scale = book.evidence.experiment.battery.church.as_ref().map_or(1.0, |church| church.canvas_px as f64 / 128.0);
    let mut widths: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for row in rows(book, (panel, who)) {
        if let (Some(bar), Some(value)) = (row.bar, read(row)) {
            widths.entry(bar).or_default().push(value);
        }
    }
    let beyond = |values: &Vec<f64>| values.iter().any(|value| value.abs() > MOST);
    let nothing_read = widths.is_empty() || widths.values().any(beyond);
    let dots: Vec<Dot> =
        widths.into_iter().filter_map(|(bar, values)| Some(dot(bar as f64 * scale, &summarize(values)?))).collect();
    let named = || Series { name: name_in(book, panel, who), style: style_of(book, who), dots, seeds: Vec::new() };
    (!nothing_read).then(named)
}

/// Assimilation over the width of the bars, and what of it is beyond the network's linear equivalent.
pub(super) fn by_width(book: &Book<'_>) -> Option<Figure> {
    let excess: Read = |row| Some(row.assimilation? - row.linear?);
    let kinds: [(&str, Read); 2] = [("assimilation A", |row| row.assimilation_whole), ("A beyond linear", excess)];
    let mut plots = Vec::new();
    for panel in &book.panels {
        for (label, read) in kinds {
            let drawn = |who: &&Who| who.learns() || BESIDE.contains(&who.observer.as_str());
            let series: Vec<Series> = book
                .present(panel)
                .into_iter()
                .filter(drawn)
                .filter_map(|who| series(book, (panel, who), read))
                .collect();
            if series.is_empty() {
                continue;
            }
            plots.push(Plot {
                title: panel.title(),
                x: Axis::log("width of bars, pixels"),
                y: Axis::linear(label, &[0.0]),
                series,
                guides: vec![
                    Guide { at: 0.0, upright: false, right: true, label: "as it is".into() },
                    Guide {
                        at: PPD / (2.0 * HUMAN_CROSSING),
                        upright: true,
                        right: false,
                        label: "people: + left, − right".into(),
                    },
                ],
            });
        }
    }
    let caption = format!(
        "How far the poster's church is given toward the bars in front (above 0, assimilation) or away from them (below 0, contrast), as a \
         share of the bars' distance in color; right, less the same of each network's linear equivalent. People assimilate to fine bars and \
         contrast with coarse ones; the upright line is where they turn, 4 cycles per degree, at 32 pixels a degree (smith2001); degrees mean \
         nothing to a network, so compare the shape. Who multiplies the distance of colors (beyond ±{MOST}, as filters that sharpen do) is left out. \
         {OVER_SEEDS} {GATE_NOTE}"
    );
    let curves = Curves { columns: 2, height: 250.0, seeds: false, plots };
    of_curves("assimilation-by-width", "Assimilation by the width of bars".into(), caption, &curves)
}

/// Assimilation from the edges of a bar to its middle, coarse bars.
pub(super) fn profile(book: &Book<'_>) -> Option<Figure> {
    let church = book.evidence.experiment.battery.church.as_ref()?;
    let coarse = church.coarse_bar;
    let thirds: [Read; 3] = [|row| row.edge, |row| row.between, |row| row.center];
    let mut plots = Vec::new();
    for panel in &book.panels {
        let mut all = Vec::new();
        for who in book.present(panel) {
            if !(who.learns() || BESIDE.contains(&who.observer.as_str())) {
                continue;
            }
            let own: Vec<&ColorRow> =
                rows(book, (panel, who)).into_iter().filter(|row| row.bar == Some(coarse)).collect();
            let dots: Vec<Dot> = thirds
                .iter()
                .enumerate()
                .filter_map(|(at, read)| {
                    let found = summarize(own.iter().filter_map(|row| read(row)))?;
                    Some(dot(at as f64, &found))
                })
                .collect();
            if !dots.is_empty() {
                let (name, style) = (name_in(book, panel, who), style_of(book, who));
                all.push(Series { name, style, dots, seeds: Vec::new() });
            }
        }
        if !all.is_empty() {
            plots.push(Plot {
                title: panel.title(),
                x: Axis::counted("third of the bar: 0 edge, 2 middle"),
                y: Axis::linear("assimilation A", &[0.0]),
                series: all,
                guides: Vec::new(),
            });
        }
    }
    let caption = format!(
        "Assimilation over three thirds of what is seen of the church within each bar of {coarse} 128ths of the canvas, by distance from the bar's \
         edges. Blur reaches in from the edges only. {OVER_SEEDS} {GATE_NOTE}"
    );
    let curves = Curves { columns: 2, height: 190.0, seeds: false, plots };
    of_curves("within-bars", "From the edge of a bar to its middle".into(), caption, &curves)
}
