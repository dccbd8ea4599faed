//! The flow of the still disk in predictions, as arrows.

use super::Figure;
use crate::report::book::{Book, Panel, Who};
use crate::report::canvas::{Anchor, Canvas, Lettering, Stroke, draw};
use crate::report::style::INK;
use crate::report::tables::{Table, TableGroup};
use crate::report::words::fixed;
use crate::rows::FlowRow;

/// How many times arrows are enlarged, as in published figures.
const ENLARGED: f64 = 60.0;
/// Side of a panel, and the room above it for its title, pixels.
const SIDE: f64 = 190.0;
const TITLE: f64 = 22.0;
const COLUMNS: usize = 4;
/// Longest arrow in sides of a panel; longer ones are cut, and marked by ink of full strength.
const LONGEST: f64 = 0.12;

/// Radius of the disk in sides of the canvas.
const RADIUS: f64 = 0.48;

/// One observer's arrows.
struct Field<'a> {
    title: String,
    rows: Vec<&'a FlowRow>,
}

/// Arrows from the first prediction to the second, a panel for each observer of the first world.
pub(super) fn flow(book: &Book<'_>) -> Option<Figure> {
    let canvas = book.evidence.experiment.battery.snakes.as_ref()?.canvas_px as f64;
    let world = book.panels.first()?.world.clone();
    let mut fields: Vec<Field<'_>> = Vec::new();
    let mut beside: Vec<&str> = Vec::new();
    for panel in book.panels.iter().filter(|panel| panel.world == world) {
        for who in book.present(panel) {
            let rows = rows(book, panel, who, canvas);
            // What stands beside every network is shown once.
            let alone = rows.first().is_some_and(|row| row.network.is_empty());
            if rows.is_empty() || (alone && beside.contains(&who.observer.as_str())) {
                continue;
            }
            if alone {
                beside.push(&who.observer);
            }
            let network = if alone { String::new() } else { format!(" · {}", panel.network) };
            fields.push(Field { title: format!("{}{network}", who.observer), rows });
        }
    }
    if fields.is_empty() {
        return None;
    }
    let rows = fields.len().div_ceil(COLUMNS);
    let size = (SIDE * COLUMNS.min(fields.len()) as f64, (SIDE + TITLE) * rows as f64);
    let svg = draw(size.0, size.1, |paper| {
        for (at, field) in fields.iter().enumerate() {
            let corner = (SIDE * (at % COLUMNS) as f64, (SIDE + TITLE) * (at / COLUMNS) as f64);
            panel(paper, field, (corner, canvas));
        }
    });
    let table = Table::new(
        "Numbers drawn: flow of the still disk, over all places",
        &["observer", "mean part clockwise (pixels)", "root mean square (pixels)", "places"],
        vec![TableGroup { title: world, rows: fields.iter().map(|field| summary(field, canvas)).collect() }],
    );
    let caption = format!(
        "Where places of the still colored disk go from the first prediction to the second, by least squares in windows of 16 pixels, for \
         networks of the first seed; arrows are {ENLARGED:.0} times as long as what they stand for, those beyond {:.2} pixels cut and dark. People \
         see this disk turn clockwise. The planted observer truly turns it.",
        LONGEST * canvas / ENLARGED
    );
    let alt = "Panels of small arrows over a circle, one for each observer; the mean turn of each is in the table that follows.".into();
    Some(Figure {
        id: "flow-of-the-still-disk",
        title: "Flow of the still disk in predictions".into(),
        caption,
        alt,
        svg,
        table,
    })
}

/// Arrows within the disk; beyond it there is nothing to follow.
fn rows<'b>(book: &'b Book<'_>, panel: &Panel, who: &Who, canvas: f64) -> Vec<&'b FlowRow> {
    let of = |row: &&FlowRow| {
        let here = row.network.is_empty() || row.network == panel.network;
        let within = libm::hypot(row.x - canvas / 2.0, row.y - canvas / 2.0) < RADIUS * canvas;
        here && within && row.world == panel.world && row.observer == who.observer && row.display == "color"
    };
    book.evidence.flow.iter().filter(of).collect()
}

fn panel(paper: &mut Canvas<'_>, field: &Field<'_>, (corner, canvas): ((f64, f64), f64)) {
    let scale = (SIDE - 12.0) / canvas;
    let place = |x: f64, y: f64| (corner.0 + 6.0 + x * scale, corner.1 + TITLE + y * scale);
    paper.text(
        (corner.0 + SIDE / 2.0, corner.1 + TITLE / 2.0),
        &crate::report::words::spoken(&field.title),
        Lettering::plain(11.0, Anchor::Middle),
    );
    let rim: Vec<(f64, f64)> = (0..=72)
        .map(|step| {
            let (sin, cos) = libm::sincos(f64::from(step) * 5f64.to_radians());
            place(canvas * (0.5 + RADIUS * cos), canvas * (0.5 + RADIUS * sin))
        })
        .collect();
    paper.line(&rim, Stroke::ink(0.35));
    for row in &field.rows {
        let length = libm::hypot(row.right, row.down) * ENLARGED;
        let cut = (LONGEST * canvas / length).min(1.0);
        let (right, down) = (row.right * ENLARGED * cut, row.down * ENLARGED * cut);
        if length * scale < 0.5 {
            continue;
        }
        let stroke = if cut < 1.0 { Stroke { color: INK, opacity: 1.0, width: 1.4 } } else { Stroke::ink(0.75) };
        let (from, to) = (place(row.x, row.y), place(row.x + right, row.y + down));
        paper.line(&[from, to], stroke);
        // A head of two strokes, a third of the arrow.
        for turn in [2.6f64, -2.6] {
            let (sin, cos) = libm::sincos(turn);
            let (along, aside) = (0.35 * (to.0 - from.0), 0.35 * (to.1 - from.1));
            paper.line(&[to, (to.0 + along * cos - aside * sin, to.1 + along * sin + aside * cos)], stroke);
        }
    }
}

/// Mean part round the middle, and mean size.
fn summary(field: &Field<'_>, canvas: f64) -> Vec<String> {
    let (mut round, mut squares) = (0.0, 0.0);
    for row in &field.rows {
        let (x, y) = (row.x - canvas / 2.0, row.y - canvas / 2.0);
        let radius = libm::hypot(x, y).max(f64::MIN_POSITIVE);
        round += (x * row.down - y * row.right) / radius;
        squares += row.right * row.right + row.down * row.down;
    }
    let count = field.rows.len() as f64;
    vec![field.title.clone(), fixed(round / count, 3), fixed((squares / count).sqrt(), 3), field.rows.len().to_string()]
}
