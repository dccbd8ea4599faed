//! The figure "layer by layer": one line an observer, from what the network is given to its output.

use super::{Figure, GATE_NOTE, OVER_SEEDS, dot, name_in, of_curves, style_of};
use crate::layers::What;
use crate::report::book::{Book, Panel, Who, summarize};
use crate::report::curves::{Curves, Plot, Series};
use crate::report::scale::Axis;
use crate::rows::LayerRow;
use std::collections::BTreeMap;

/// What is drawn, with its title.
const PLOTS: [(What, &str); 5] = [
    (What::Real, "real shapes v none"),
    (What::InRotated, "inward v rotated"),
    (What::InMisaligned, "inward v misaligned"),
    (What::Contrast, "simultaneous contrast"),
    (What::White, "White"),
];

/// What decoders read off each layer at the last checkpoint.
pub(super) fn layers(book: &Book<'_>) -> Option<Figure> {
    let last = last_checkpoints(book.evidence.layers);
    let mut plots = Vec::new();
    for panel in &book.panels {
        for (what, title) in PLOTS {
            let present = book.present(panel).into_iter();
            let series = present.map(|who| series(book, (panel, who), what, &last));
            plots.push(Plot {
                title: format!("{title} · {}", panel.title()),
                x: Axis::counted("layer, 0 = what the network is given"),
                y: Axis::linear("d′ of the decoder", &[0.0]),
                series: series.filter(|series| !series.dots.is_empty()).collect(),
                guides: Vec::new(),
            });
        }
    }
    let caption = format!(
        "What a weighted sum of each layer's activity tells, at the last checkpoint: layer 0 is what the network is given, the \
         last one its output. The first three panels share a decoder, trained on real shapes v none and tested on held-out \
         ones and on Kanizsa pairs; the last two have decoders of a target's physical gray, tested on equal targets in exchanged \
         contexts, above 0 in the direction that people report. No decoder is trained on an illusion. Rules are at equal \
         steps here. {OVER_SEEDS} {GATE_NOTE}"
    );
    let curves = Curves { columns: 2, height: 190.0, seeds: false, plots };
    let mut figure = of_curves("layer-by-layer", "Layer by layer".into(), caption, &curves)?;
    for row in figure.table.groups.iter_mut().flat_map(|group| &mut group.rows) {
        // Layers are counted.
        row[1] = row[1].trim_end_matches(".000").to_owned();
    }
    Some(figure)
}

fn last_checkpoints(rows: &[LayerRow]) -> BTreeMap<&str, usize> {
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        let latest = last.entry(row.cell.as_str()).or_default();
        *latest = row.checkpoint.max(*latest);
    }
    last
}

fn series(book: &Book<'_>, (panel, who): (&Panel, &Who), what: What, last: &BTreeMap<&str, usize>) -> Series {
    let mut layers: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    let of = |row: &&LayerRow| {
        row.what == what.id()
            && (&row.world, &row.network, &row.observer) == (&panel.world, &panel.network, &who.observer)
    };
    for row in book.evidence.layers.iter().filter(of) {
        if let Some(value) = row.value.filter(|_| last.get(row.cell.as_str()) == Some(&row.checkpoint)) {
            layers.entry(row.layer).or_default().push(value);
        }
    }
    let summaries = layers.into_iter().map(|(layer, values)| (layer, summarize(values)));
    let dots = summaries.filter_map(|(layer, summary)| Some(dot(layer as f64, &summary?))).collect();
    Series { name: name_in(book, panel, who), style: style_of(book, who), dots, seeds: Vec::new() }
}
