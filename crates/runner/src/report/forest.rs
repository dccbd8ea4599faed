//! Forest plots: one row an observer, one column a quantity, points with intervals, seeds as small dots; where there is
//! no value, the reason stands in its place.

use super::canvas::{Anchor, Canvas, Lettering, Stroke, draw, text_width};
use super::scale::{Axis, Scale};
use super::style::{INK, Style};
use super::words::shortened;

const WIDTH: f64 = 960.0;
const LETTERS: f64 = 11.5;
const ROW: f64 = 19.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 48.0;
const GAP: f64 = 22.0;
/// Above each heading.
const SPACE: f64 = 6.0;

/// One value, or the reason why there is none.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    pub(super) value: Option<f64>,
    pub(super) interval: Option<(f64, f64)>,
    pub(super) seeds: Vec<f64>,
    /// Why there is no value; beside a value, what must be known about it.
    pub(super) reason: String,
}

/// One observer.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) label: String,
    pub(super) style: Style,
    pub(super) entries: Vec<Entry>,
    /// What follows, at the right end.
    pub(super) remark: String,
}

/// Rows under one heading.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) title: String,
    pub(super) rows: Vec<Row>,
}

/// One quantity.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) title: String,
    pub(super) axis: Axis,
    /// A line at a value that means something, such as no effect.
    pub(super) line: Option<f64>,
    /// A shaded range, such as the margin of equivalence.
    pub(super) band: Option<(f64, f64)>,
}

/// The figure.
#[derive(Clone, Debug)]
pub(super) struct Forest {
    pub(super) columns: Vec<Column>,
    pub(super) groups: Vec<Group>,
}

impl Forest {
    /// Whether there is no row, or no row has a value or a reason.
    pub(super) fn is_empty(&self) -> bool {
        let told = |entry: &Entry| entry.value.is_some() || !entry.reason.is_empty();
        !self.groups.iter().flat_map(|group| &group.rows).any(|row| row.entries.iter().any(told))
    }

    /// The figure as SVG.
    pub(super) fn draw(&self) -> String {
        let rows: usize = self.groups.iter().map(|group| group.rows.len() + 1).sum();
        let body = rows as f64 * ROW + self.groups.len() as f64 * SPACE;
        let widest =
            |texts: &mut dyn Iterator<Item = &str>| texts.map(|text| text_width(text, LETTERS)).fold(0.0, f64::max);
        let all = || self.groups.iter().flat_map(|group| &group.rows);
        let left = widest(&mut all().map(|row| row.label.as_str())) + 30.0;
        let remarks = widest(&mut all().map(|row| row.remark.as_str()));
        let right = if remarks > 0.0 { WIDTH - remarks - 12.0 } else { WIDTH - 12.0 };
        let count = self.columns.len() as f64;
        let wide = (right - left - GAP * (count - 1.0)) / count;
        draw(WIDTH, TOP + body + BOTTOM, |canvas| {
            let scales: Vec<Scale> = (0..self.columns.len())
                .map(|at| {
                    let from = left + at as f64 * (wide + GAP);
                    let most = ((wide / 32.0) as usize).clamp(3, 8);
                    Scale::new(&self.columns[at].axis, self.values(at).into_iter(), (from, from + wide), most)
                })
                .collect();
            for (column, scale) in self.columns.iter().zip(&scales) {
                column.draw(canvas, scale, TOP + body);
            }
            self.rows(canvas, &scales, right);
        })
    }

    /// Values of a column and of all columns of the same quantity.
    fn values(&self, column: usize) -> Vec<f64> {
        let label = &self.columns[column].axis.label;
        let alike: Vec<usize> = (0..self.columns.len()).filter(|&at| self.columns[at].axis.label == *label).collect();
        let mut values = Vec::new();
        for row in self.groups.iter().flat_map(|group| &group.rows) {
            for entry in alike.iter().filter_map(|&at| row.entries.get(at)) {
                values.extend(entry.value);
                values.extend(entry.interval.iter().flat_map(|(low, high)| [*low, *high]));
                values.extend(&entry.seeds);
            }
        }
        for &at in &alike {
            values.extend(self.columns[at].line);
            values.extend(self.columns[at].band.iter().flat_map(|(low, high)| [*low, *high]));
        }
        values
    }

    fn rows(&self, canvas: &mut Canvas<'_>, scales: &[Scale], right: f64) {
        let mut up = TOP;
        for group in &self.groups {
            up += SPACE;
            let heading = Lettering { bold: true, ..Lettering::plain(LETTERS, Anchor::Left) };
            canvas.text((2.0, up + ROW / 2.0), &group.title, heading);
            up += ROW;
            for row in &group.rows {
                let at = up + ROW / 2.0;
                let from = scales.first().map_or(right, |scale| scale.ends().0);
                canvas.line(&[(from, at), (right, at)], Stroke::ink(0.06));
                canvas.marker((9.0, at), row.style, 3.6);
                canvas.text((19.0, at), &row.label, Lettering::plain(LETTERS, Anchor::Left));
                for (entry, scale) in row.entries.iter().zip(scales) {
                    entry.draw(canvas, scale, (at, row.style));
                }
                if !row.remark.is_empty() {
                    let small = Lettering { opacity: 0.85, ..Lettering::plain(LETTERS, Anchor::Left) };
                    canvas.text((right + 10.0, at), &row.remark, small);
                }
                up += ROW;
            }
        }
    }
}

impl Column {
    fn draw(&self, canvas: &mut Canvas<'_>, scale: &Scale, bottom: f64) {
        let (from, to) = scale.ends();
        if let Some((low, high)) = self.band {
            canvas.fill((scale.at(low), TOP), (scale.at(high), bottom), INK, 0.08);
        }
        for (tick, label) in scale.ticks() {
            let at = scale.at(tick);
            canvas.line(&[(at, TOP), (at, bottom)], Stroke::ink(0.10));
            canvas.text((at, bottom + 12.0), &label, Lettering::plain(LETTERS, Anchor::Middle));
        }
        if let Some(line) = self.line {
            let at = scale.at(line);
            canvas.line(&[(at, TOP), (at, bottom)], Stroke::ink(0.55));
        }
        canvas.line(&[(from, bottom), (to, bottom)], Stroke::ink(0.6));
        let bold = Lettering { bold: true, ..Lettering::plain(12.5, Anchor::Left) };
        let fits = ((to - from + GAP) / (0.6 * 12.5)) as usize;
        canvas.text((from, TOP - 18.0), &shortened(&self.title, fits), bold);
        canvas.text(((from + to) / 2.0, bottom + 31.0), &self.axis.label, Lettering::plain(LETTERS, Anchor::Middle));
    }
}

impl Entry {
    fn draw(&self, canvas: &mut Canvas<'_>, scale: &Scale, (up, style): (f64, Style)) {
        let Some(value) = self.value else {
            let (from, to) = scale.ends();
            // The widest of the usual sans-serifs, so that no reason runs into the next column.
            let fits = ((to - from) / (0.62 * 10.0)) as usize;
            let small = Lettering { opacity: 0.8, ..Lettering::plain(10.0, Anchor::Left) };
            let reason = if self.reason.is_empty() { "not measured" } else { &self.reason };
            canvas.text((from + 2.0, up), &shortened(reason, fits), small);
            return;
        };
        for seed in &self.seeds {
            let at = scale.at(*seed);
            canvas.line(&[(at, up + 3.5), (at, up + 7.5)], Stroke { color: style.color, opacity: 0.5, width: 1.0 });
        }
        if let Some((low, high)) = self.interval {
            let stroke = Stroke { color: style.color, opacity: 1.0, width: 1.8 };
            canvas.line(&[(scale.at(low), up), (scale.at(high), up)], stroke);
        }
        canvas.marker((scale.at(value), up), style, 3.8);
    }
}
