//! Figures over the levels shown at the last checkpoint: turn of the mouths, support ratio, contrast of a real contour.

use super::{Figure, GATE_NOTE, OVER_SEEDS, dot, learners, name_in, of_curves, style_of};
use crate::report::book::{Book, Column, Panel, Who, summarize};
use crate::report::curves::{Curves, Guide, Plot, Series};
use crate::report::scale::Axis;
use crate::rows::TrialRow;
use std::collections::BTreeMap;

type Level = fn(&TrialRow) -> Option<f64>;

fn series(book: &Book<'_>, (panel, who): (&Panel, &Who), condition: &str, read: (Level, Column)) -> Series {
    let mut dots = Vec::new();
    let mut seeds: BTreeMap<u64, Vec<(f64, f64)>> = BTreeMap::new();
    for (level, values) in book.levels(panel, who, condition, read) {
        for (seed, value) in &values {
            seeds.entry(*seed).or_default().push((level, *value));
        }
        dots.extend(summarize(values.into_values()).map(|summary| dot(level, &summary)));
    }
    Series { name: name_in(book, panel, who), style: style_of(book, who), dots, seeds: seeds.into_values().collect() }
}

fn plot(
    book: &Book<'_>,
    (panel, title): (&Panel, String),
    condition: &str,
    read: (Level, Column),
    axes: (Axis, Axis),
) -> Plot {
    let series = learners(book, panel).into_iter().map(|who| series(book, (panel, who), condition, read)).collect();
    Plot { title, x: axes.0, y: axes.1, series, guides: Vec::new() }
}

fn d_prime(book: &Book<'_>) -> String {
    format!("d′, {}", book.kind.words.discriminates)
}

/// Share correct over the turn of the mouths, with the 75 % line of the threshold.
pub(super) fn turn(book: &Book<'_>) -> Option<Figure> {
    let level: Level = |row| row.alpha_deg;
    let mut plots = Vec::new();
    for panel in &book.panels {
        for (condition, name) in [("illusory", "straight mouths"), ("curved", "curved mouths")] {
            let axes = (
                Axis::log("turn of the mouths α, degrees (log scale)"),
                Axis::linear("share of twins in order", &[0.5, 1.0]),
            );
            let title = format!("{name} · {}", panel.title());
            let mut plot = plot(book, (panel, title), condition, (level, Column::TwoAfc), axes);
            plot.guides.push(Guide { at: 0.75, upright: false, right: false, label: "75 %: threshold α75".into() });
            plots.push(plot);
        }
    }
    let curved = plots.iter().skip(1).step_by(2).any(|plot| plot.series.iter().any(|series| !series.dots.is_empty()));
    if !curved {
        plots = plots.into_iter().step_by(2).collect();
    }
    let caption = format!(
        "Two-alternative choice on twins: the share of fat and thin illusory twins whose evidence is in the right \
         order, at the last checkpoint. People are measured by the turn at which this share is 75 %. {OVER_SEEDS} {GATE_NOTE}"
    );
    of_curves(
        "turn-of-mouths",
        "Turn of the mouths".into(),
        caption,
        &Curves { columns: 2, height: 200.0, seeds: false, plots },
    )
}

/// d′ over support ratio.
pub(super) fn support(book: &Book<'_>) -> Option<Figure> {
    let level: Level = |row| row.support_ratio;
    let axes = || (Axis::linear("support ratio", &[]), Axis::linear(&d_prime(book), &[0.0]));
    let plots = book
        .panels
        .iter()
        .map(|panel| plot(book, (panel, panel.title()), "support", (level, Column::DPrime), axes()))
        .collect();
    let caption = format!(
        "Support ratio is the share of a side that is physically drawn by the inducers. Illusory contours of people \
         grow with it; so does any cue that grows with the inducers. {OVER_SEEDS}"
    );
    of_curves(
        "support-ratio",
        "Support ratio".into(),
        caption,
        &Curves { columns: 2, height: 200.0, seeds: false, plots },
    )
}

/// d′ over the contrast of a real contour drawn in the gaps.
pub(super) fn contour(book: &Book<'_>) -> Option<Figure> {
    let level: Level = |row| row.contrast;
    let axes =
        || (Axis::linear("contour contrast, relative to inducers", &[0.0]), Axis::linear(&d_prime(book), &[0.0]));
    let plots = book
        .panels
        .iter()
        .map(|panel| plot(book, (panel, panel.title()), "contour", (level, Column::DPrime), axes()))
        .collect();
    let caption = format!(
        "The comparison figure: full discs that imply nothing, and a real contour in the gaps only. The contrast at \
         which an observer's curve reaches its own illusory d′ is its point of subjective equality. {OVER_SEEDS}"
    );
    of_curves(
        "contour-contrast",
        "Real contour in the gaps".into(),
        caption,
        &Curves { columns: 2, height: 200.0, seeds: false, plots },
    )
}
