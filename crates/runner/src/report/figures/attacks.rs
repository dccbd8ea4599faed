//! The figure "accuracy under attack": one line an observer, over the size of the change.

use super::{Figure, GATE_NOTE, OVER_SEEDS, dot, name_in, of_curves, style_of};
use crate::adversarial::Kind;
use crate::report::book::{Book, Panel, Who, summarize};
use crate::report::curves::{Curves, Plot, Series};
use crate::report::scale::Axis;
use crate::rows::AdversarialRow;

/// What is drawn, with its title.
const PLOTS: [(Kind, &str); 4] = [
    (Kind::PgdLinf, "many steps, each pixel bounded"),
    (Kind::Fgsm, "one step, each pixel bounded"),
    (Kind::PgdL2, "many steps, root mean square bounded"),
    (Kind::RandomSigns, "random signs, the control"),
];

/// Accuracy over sizes at the last checkpoint.
pub(super) fn accuracy(book: &Book<'_>) -> Option<Figure> {
    let mut plots = Vec::new();
    for panel in &book.panels {
        for (kind, title) in PLOTS {
            let series = book.present(panel).into_iter().map(|who| series(book, (panel, who), kind));
            plots.push(Plot {
                title: format!("{title} · {}", panel.title()),
                x: Axis::linear("size of the change ε, codes from 0 to 1", &[0.0]).in_unit("code"),
                y: Axis::linear("share classified correctly", &[0.0, 1.0]),
                series: series.filter(|series| !series.dots.is_empty()).collect(),
                guides: Vec::new(),
            });
        }
    }
    let caption = format!(
        "Share of real pictures (half B) classified correctly over the size of a change that goes along the gradient, at the last \
         checkpoint; at size 0 no change. The lower right panel has random signs of the same size: what is lost there is lost to \
         noise. Rules are at equal steps here, and a weak network's slopes are flat. {OVER_SEEDS} {GATE_NOTE}"
    );
    let curves = Curves { columns: 2, height: 190.0, seeds: false, plots };
    of_curves("accuracy-under-attack", "Accuracy under attack".into(), caption, &curves)
}

fn series(book: &Book<'_>, (panel, who): (&Panel, &Who), kind: Kind) -> Series {
    let of = |row: &&AdversarialRow| {
        let beside = row.network.is_empty() || row.network == panel.network;
        row.attack == kind.id() && beside && (&row.world, &row.observer) == (&panel.world, &who.observer)
    };
    let rows: Vec<&AdversarialRow> = book.evidence.adversarial.iter().filter(of).collect();
    let mut sizes: Vec<f64> = rows.iter().filter_map(|row| row.epsilon).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    let at = |size: f64| {
        let values = rows.iter().filter(|row| row.epsilon == Some(size)).filter_map(|row| row.accuracy);
        summarize(values).map(|summary| dot(size, &summary))
    };
    // One row a network: every size has the same clean accuracy.
    let clean = sizes.first().and_then(|first| {
        let values = rows.iter().filter(|row| row.epsilon == Some(*first)).filter_map(|row| row.clean_accuracy);
        summarize(values).map(|summary| dot(0.0, &summary))
    });
    let dots = clean.into_iter().chain(sizes.iter().filter_map(|size| at(*size))).collect();
    Series { name: name_in(book, panel, who), style: style_of(book, who), dots, seeds: Vec::new() }
}
