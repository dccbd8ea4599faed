//! Curves: means over seeds with intervals, single seeds behind them, every curve named at its end.

use super::canvas::{Anchor, Canvas, Lettering, Stroke, draw, text_width};
use super::scale::{Axis, Scale};
use super::style::{INK, Style};

const WIDTH: f64 = 960.0;
const LETTERS: f64 = 11.5;
const LEFT: f64 = 64.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 46.0;
/// Least distance between two names, pixels.
const LINE: f64 = 13.0;

/// A mean over seeds.
#[derive(Clone, Debug)]
pub(super) struct Dot {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) interval: Option<(f64, f64)>,
    /// Seeds behind it.
    pub(super) n: usize,
}

/// One observer's curve.
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub(super) name: String,
    pub(super) style: Style,
    pub(super) dots: Vec<Dot>,
    /// One line a seed, drawn faintly.
    pub(super) seeds: Vec<Vec<(f64, f64)>>,
}

/// A labelled line across a plot.
#[derive(Clone, Debug)]
pub(super) struct Guide {
    pub(super) at: f64,
    pub(super) upright: bool,
    /// Whether the label of a level line stands at its right end, below, instead of at its left, above.
    pub(super) right: bool,
    pub(super) label: String,
}

/// One plot.
#[derive(Clone, Debug)]
pub(super) struct Plot {
    pub(super) title: String,
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) series: Vec<Series>,
    pub(super) guides: Vec<Guide>,
}

/// Plots side by side; axes of the same quantity have the same limits.
#[derive(Clone, Debug)]
pub(super) struct Curves {
    pub(super) columns: usize,
    pub(super) height: f64,
    /// Whether single seeds are drawn.
    pub(super) seeds: bool,
    pub(super) plots: Vec<Plot>,
}

struct Frame {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Curves {
    /// Whether there is anything to draw.
    pub(super) fn is_empty(&self) -> bool {
        self.plots.iter().all(|plot| plot.series.iter().all(|series| series.dots.is_empty()))
    }

    /// The figure as SVG.
    pub(super) fn draw(&self) -> String {
        let columns = self.columns.clamp(1, self.plots.len().max(1));
        let rows = self.plots.len().div_ceil(columns);
        let (wide, high) = (WIDTH / columns as f64, self.height + TOP + BOTTOM);
        let names = self.plots.iter().flat_map(|plot| &plot.series).map(|series| text_width(&series.name, LETTERS));
        let margin = names.fold(0.0, f64::max) + 26.0;
        draw(WIDTH, rows as f64 * high, |canvas| {
            for (at, plot) in self.plots.iter().enumerate() {
                let (column, row) = ((at % columns) as f64, (at / columns) as f64);
                let frame = Frame {
                    left: column * wide + LEFT,
                    right: (column + 1.0) * wide - margin,
                    top: row * high + TOP,
                    bottom: row * high + TOP + self.height,
                };
                self.plot(canvas, plot, &frame);
            }
        })
    }

    fn plot(&self, canvas: &mut Canvas<'_>, plot: &Plot, frame: &Frame) {
        let alike_x = self.plots.iter().filter(|other| other.x.label == plot.x.label);
        let alike_y = self.plots.iter().filter(|other| other.y.label == plot.y.label);
        let most = ((frame.right - frame.left) / 70.0) as usize;
        let x = Scale::new(&plot.x, alike_x.flat_map(Plot::across), (frame.left, frame.right), most);
        let y = Scale::new(
            &plot.y,
            alike_y.flat_map(Plot::upward),
            (frame.bottom, frame.top),
            (self.height / 36.0) as usize,
        );
        axes(canvas, plot, frame, (&x, &y));
        for guide in &plot.guides {
            draw_guide(canvas, guide, frame, (&x, &y));
        }
        for series in plot.series.iter().rev() {
            if self.seeds {
                draw_seeds(canvas, series, (&x, &y));
            }
        }
        for series in plot.series.iter().rev() {
            draw_series(canvas, series, (&x, &y));
        }
        names(canvas, plot, frame, (&x, &y));
    }
}

impl Plot {
    fn across(&self) -> Vec<f64> {
        let dots = self.series.iter().flat_map(|series| series.dots.iter().map(|dot| dot.x));
        let seeds = self.series.iter().flat_map(|series| series.seeds.iter().flatten().map(|point| point.0));
        dots.chain(seeds).chain(self.guides.iter().filter(|guide| guide.upright).map(|guide| guide.at)).collect()
    }

    /// Heights that the axis must hold: means, seeds, and intervals where they are not out of all proportion.
    fn upward(&self) -> Vec<f64> {
        let dots = self.series.iter().flat_map(|series| series.dots.iter().map(|dot| dot.y));
        let seeds = self.series.iter().flat_map(|series| series.seeds.iter().flatten().map(|point| point.1));
        let mut values: Vec<f64> = dots.chain(seeds).collect();
        values.extend(self.guides.iter().filter(|guide| !guide.upright).map(|guide| guide.at));
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let reach = 0.3 * (high - low);
        let ends = self.series.iter().flat_map(|series| series.dots.iter().filter_map(|dot| dot.interval));
        let near: Vec<f64> = ends.flat_map(|(one, other)| [one.max(low - reach), other.min(high + reach)]).collect();
        values.extend(near);
        values
    }
}

fn axes(canvas: &mut Canvas<'_>, plot: &Plot, frame: &Frame, (x, y): (&Scale, &Scale)) {
    let title = Lettering { bold: true, ..Lettering::plain(12.5, Anchor::Left) };
    canvas.text((frame.left, frame.top - 14.0), &plot.title, title);
    for (tick, label) in y.ticks() {
        let at = y.at(tick);
        let strong = if tick == 0.0 { 0.45 } else { 0.12 };
        canvas.line(&[(frame.left, at), (frame.right, at)], Stroke::ink(strong));
        canvas.text((frame.left - 7.0, at), &label, Lettering::plain(LETTERS, Anchor::Right));
    }
    for (tick, label) in x.ticks() {
        let at = x.at(tick);
        canvas.line(&[(at, frame.bottom), (at, frame.bottom + 4.0)], Stroke::ink(0.6));
        canvas.text((at, frame.bottom + 14.0), &label, Lettering::plain(LETTERS, Anchor::Middle));
    }
    canvas.line(&[(frame.left, frame.bottom), (frame.right, frame.bottom)], Stroke::ink(0.6));
    let middle = ((frame.left + frame.right) / 2.0, (frame.top + frame.bottom) / 2.0);
    canvas.text((middle.0, frame.bottom + 32.0), &plot.x.label, Lettering::plain(LETTERS, Anchor::Middle));
    canvas.text((frame.left - 54.0, middle.1), &plot.y.label, Lettering::plain(LETTERS, Anchor::Upward));
}

fn draw_guide(canvas: &mut Canvas<'_>, guide: &Guide, frame: &Frame, (x, y): (&Scale, &Scale)) {
    let small = Lettering { opacity: 0.75, ..Lettering::plain(10.0, Anchor::Left) };
    let stroke = Stroke::ink(0.45);
    if guide.upright && x.holds(guide.at) {
        let at = x.at(guide.at);
        canvas.dashed(&[(at, frame.top), (at, frame.bottom)], stroke);
        canvas.text((at + 3.0, frame.top + 5.0), &guide.label, small);
    } else if !guide.upright && y.holds(guide.at) {
        let at = y.at(guide.at);
        canvas.dashed(&[(frame.left, at), (frame.right, at)], stroke);
        if guide.right {
            canvas.text((frame.right - 4.0, at + 8.0), &guide.label, Lettering { anchor: Anchor::Right, ..small });
        } else {
            canvas.text((frame.left + 4.0, at - 7.0), &guide.label, small);
        }
    }
}

fn draw_seeds(canvas: &mut Canvas<'_>, series: &Series, (x, y): (&Scale, &Scale)) {
    let color = series.style.color;
    for seed in &series.seeds {
        let points: Vec<(f64, f64)> = seed.iter().map(|&(across, up)| (x.at(across), y.at(up))).collect();
        canvas.line(&points, Stroke { color, opacity: 0.22, width: 0.8 });
    }
}

fn draw_series(canvas: &mut Canvas<'_>, series: &Series, (x, y): (&Scale, &Scale)) {
    let color = series.style.color;
    for dot in &series.dots {
        if let Some((low, high)) = dot.interval {
            let at = x.at(dot.x);
            canvas.line(&[(at, y.at(low)), (at, y.at(high))], Stroke { color, opacity: 0.55, width: 1.4 });
        }
    }
    let points: Vec<(f64, f64)> = series.dots.iter().map(|dot| (x.at(dot.x), y.at(dot.y))).collect();
    let width = if color == INK { 2.4 } else { 1.8 };
    let stroke = Stroke { color, opacity: 1.0, width };
    if series.style.dashed {
        canvas.dashed(&points, stroke)
    } else {
        canvas.line(&points, stroke)
    }
    for (at, point) in points.iter().enumerate() {
        let last = at + 1 == points.len();
        canvas.marker(*point, series.style, if last { 4.2 } else { 2.8 });
    }
}

/// Names at the right margin, each tied to the end of its curve.
fn names(canvas: &mut Canvas<'_>, plot: &Plot, frame: &Frame, (x, y): (&Scale, &Scale)) {
    let mut ends: Vec<(f64, f64, &Series)> = Vec::new();
    for series in &plot.series {
        if let Some(last) = series.dots.last() {
            ends.push((x.at(last.x), y.at(last.y), series));
        }
    }
    ends.sort_by(|one, other| one.1.total_cmp(&other.1));
    let wanted: Vec<f64> = ends.iter().map(|end| end.1).collect();
    for ((across, up, series), place) in ends.iter().zip(spread(&wanted, (frame.top, frame.bottom))) {
        let tie = Stroke { color: series.style.color, opacity: 0.4, width: 0.9 };
        canvas.line(&[(across + 5.0, *up), (frame.right + 2.0, place), (frame.right + 6.0, place)], tie);
        canvas.marker((frame.right + 11.0, place), series.style, 3.4);
        canvas.text((frame.right + 19.0, place), &series.name, Lettering::plain(LETTERS, Anchor::Left));
    }
}

/// Moves sorted heights apart by at least a line, keeping their order and, where there is room, the frame.
fn spread(wanted: &[f64], (top, bottom): (f64, f64)) -> Vec<f64> {
    let mut places = wanted.to_vec();
    for at in 0..places.len() {
        let least = if at == 0 { top } else { places[at - 1] + LINE };
        places[at] = places[at].max(least);
    }
    for at in (0..places.len()).rev() {
        let most = if at + 1 == places.len() { bottom } else { places[at + 1] - LINE };
        places[at] = places[at].min(most);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::{LINE, spread};

    #[test]
    fn names_never_overlap_and_keep_their_order() {
        let places = spread(&[10.0, 11.0, 11.5, 90.0, 99.0], (0.0, 100.0));
        assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= LINE - 1e-9), "{places:?}");
        assert!(places[4] <= 100.0 && places[0] >= 0.0);
    }
}
