//! The figures of a report, each with its caption, its text in place of the picture, and the numbers drawn.

mod along;
mod attacks;
mod by_level;
mod colors;
mod course;
mod levels;
mod motion;
mod observers;

pub(super) use observers::contrast_note;

use super::Evidence;
use super::book::{Book, Panel, Summary, Who};
use super::canvas::standalone;
use super::curves::{Curves, Dot};
use super::forest::Forest;
use super::style::{Style, styles};
use super::tables::{Table, TableGroup};
use super::words::{interval_text, number, unit_name};

/// One figure.
pub(super) struct Figure {
    /// Anchor on the page and name of the file.
    pub(super) id: &'static str,
    /// Heading.
    pub(super) title: String,
    /// What is drawn, how, and what to look for.
    pub(super) caption: String,
    /// Text in place of the picture.
    pub(super) alt: String,
    /// The picture.
    pub(super) svg: String,
    /// The numbers drawn.
    pub(super) table: Table,
}

/// The figures of the page as separate files: name, SVG. Equal evidence gives equal bytes.
pub fn figures(evidence: &Evidence<'_>) -> Vec<(String, String)> {
    let book = Book::new(evidence);
    let numbered = all(&book).into_iter().enumerate();
    numbered
        .map(|(at, figure)| (format!("{:02}-{}.svg", at + 1, figure.id), standalone(&figure.svg, &figure.title)))
        .collect()
}

/// All figures that the evidence has data for, in the order of the page, so that a file has its figure's number.
pub(super) fn all(book: &Book<'_>) -> Vec<Figure> {
    let drawn = [
        along::illusion(book),
        along::controls(book),
        along::competence(book),
        observers::profile(book),
        levels::support(book),
        levels::turn(book),
        levels::contour(book),
        observers::human_units(book),
        observers::marks(book),
        observers::contrasts(book),
        along::alignment(book),
        along::by_layer(book),
        by_level::layers(book),
        course::settling(book),
        course::p_square(book),
        attacks::accuracy(book),
        colors::by_width(book),
        colors::profile(book),
        motion::flow(book),
    ];
    drawn.into_iter().flatten().collect()
}

/// Mark of observers whose networks do not pass the gate.
const GATE_MARK: &str = " †";

/// Caption for [`GATE_MARK`].
const GATE_NOTE: &str = "† too few of its networks pass the gate on the real task: shown, not interpreted.";

/// An observer's name in a panel, marked where it fails the gate.
fn name_in(book: &Book<'_>, panel: &Panel, who: &Who) -> String {
    let share = book.measure(panel, who, "gate", "equal_steps").and_then(|row| row.value);
    let needed = book.evidence.experiment.competence.match_share;
    let failed = who.is_gated() && share.map_or(who.is_imported(), |share| share < needed);
    format!("{}{}", who.observer, if failed { GATE_MARK } else { "" })
}

fn style_of(book: &Book<'_>, who: &Who) -> Style {
    let all = styles(&book.observers, &book.evidence.experiment.analysis.reference);
    let at = book.observers.iter().position(|listed| listed == who).expect("observers of a panel are listed");
    all[at]
}

/// Learning observers of a panel.
fn learners<'b>(book: &'b Book<'_>, panel: &Panel) -> Vec<&'b Who> {
    book.present(panel).into_iter().filter(|who| who.learns()).collect()
}

/// A dot from a summary over seeds.
fn dot(x: f64, summary: &Summary) -> Dot {
    Dot { x, y: summary.mean, interval: summary.interval, n: summary.seeds.len() }
}

/// The sentence on intervals that every curve's caption ends with.
const OVER_SEEDS: &str = "Points are means over seeds, bars 95 % t intervals over seeds (none below three seeds).";

/// Rows above which a figure's table holds the last point of each curve only; the tables of the run hold all.
const MOST_ROWS: usize = 160;

fn of_curves(id: &'static str, title: String, caption: String, curves: &Curves) -> Option<Figure> {
    if curves.is_empty() {
        return None;
    }
    let mut groups = Vec::new();
    let mut ends = Vec::new();
    let dots: usize = curves.plots.iter().flat_map(|plot| &plot.series).map(|series| series.dots.len()).sum();
    let whole = dots <= MOST_ROWS;
    for plot in &curves.plots {
        let mut rows = Vec::new();
        for series in &plot.series {
            let from = if whole { 0 } else { series.dots.len().saturating_sub(1) };
            for dot in &series.dots[from..] {
                let value = interval_text(dot.y, dot.interval, "");
                rows.push(vec![series.name.clone(), number(dot.x, plot.x.unit), value, dot.n.to_string()]);
            }
            if let Some(last) = series.dots.last() {
                ends.push(format!("{} {}: {}", plot.title, series.name, number(last.y, "d_prime")));
            }
        }
        groups.push(TableGroup { title: format!("{}: {} against {}", plot.title, plot.y.label, plot.x.label), rows });
    }
    let alt = format!("{title}. Line chart; last points: {}.", ends.join("; "));
    let head = ["observer", "across", "up [95 % interval]", "seeds"];
    let part = if whole { "" } else { " (last point of each curve; all are in trials.csv and training.csv)" };
    let table = Table::new(&format!("Numbers drawn: {title}{part}"), &head, groups);
    Some(Figure { id, title, caption, alt, svg: curves.draw(), table })
}

fn of_forest(id: &'static str, title: String, caption: String, (forest, units): (&Forest, &[&str])) -> Option<Figure> {
    if forest.is_empty() {
        return None;
    }
    let mut head = vec!["observer".to_owned()];
    let heading = |(at, unit): (usize, &&str)| {
        let unit = unit_name(unit);
        format!("{}{}", forest.columns[at].title, if unit.is_empty() { String::new() } else { format!(" ({unit})") })
    };
    head.extend(units.iter().enumerate().map(heading));
    let mut groups = Vec::new();
    for group in &forest.groups {
        let rows = group.rows.iter().map(|row| {
            let mut cells = vec![row.label.clone()];
            cells.extend(row.entries.iter().zip(units).map(|(entry, unit)| match entry.value {
                Some(value) if entry.reason.is_empty() => interval_text(value, entry.interval, unit),
                Some(value) => format!("{}; {}", interval_text(value, entry.interval, unit), entry.reason),
                None if entry.reason.is_empty() => "not measured".into(),
                None => entry.reason.clone(),
            }));
            cells
        });
        groups.push(TableGroup { title: group.title.clone(), rows: rows.collect() });
    }
    let alt = format!("{title}. Dot plot with intervals; all numbers are in the table that follows.");
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let table = Table::new(&format!("Numbers drawn: {title}"), &head, groups);
    Some(Figure { id, title, caption, alt, svg: forest.draw(), table })
}
