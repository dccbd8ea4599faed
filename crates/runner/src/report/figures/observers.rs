//! Figures by observer: the profile over conditions, thresholds in human units, marks of completion, contrasts.

use super::{Figure, GATE_NOTE, name_in, of_forest, style_of};
use crate::report::book::{Book, Panel, Who, at_the_end, summarize};
use crate::report::forest::{Column, Entry, Forest, Group, Row};
use crate::report::scale::Axis;
use crate::report::words::{shortened, spoken};
use crate::rows::MeasureRow;

/// Every observer on the illusion and on every control, at the last checkpoint.
pub(super) fn profile(book: &Book<'_>) -> Option<Figure> {
    let shown = &book.kind.shown;
    let conditions: Vec<(&str, &str)> = std::iter::once(shown.illusion).chain(shown.controls.iter().copied()).collect();
    let column = |(_, title): &(&str, &str)| Column {
        title: (*title).into(),
        axis: Axis::linear("d′", &[]),
        line: Some(0.0),
        band: None,
    };
    let entry = |panel: &Panel, who: &Who, condition: &str| {
        let seeds = at_the_end(&book.course(panel, who, condition, crate::report::book::Column::DPrime));
        match summarize(seeds) {
            Some(found) => {
                Entry { value: Some(found.mean), interval: found.interval, seeds: found.seeds, reason: String::new() }
            }
            None => Entry { reason: "not shown".into(), ..Entry::default() },
        }
    };
    let groups =
        by_role(book, |panel, who| conditions.iter().map(|(condition, _)| entry(panel, who, condition)).collect());
    let forest = Forest { columns: conditions.iter().map(column).collect(), groups };
    let caption = format!(
        "Learning rules beside baselines, which never learned features, and planted observers, whose behavior is known. \
         The pattern over the conditions, not the first column alone, tells observers apart. Points are means over \
         seeds at the last checkpoint, bars 95 % t intervals over seeds, ticks below single seeds; observers without \
         training have one seed and no interval. {GATE_NOTE}"
    );
    let units = vec!["d_prime"; conditions.len()];
    of_forest("profile", "Rules beside baselines and planted observers".into(), caption, (&forest, &units))
}

/// Rows of all panels, grouped by role; a group heading names both.
fn by_role(book: &Book<'_>, entries: impl Fn(&Panel, &Who) -> Vec<Entry>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for panel in &book.panels {
        for who in book.present(panel) {
            let title = format!("{} · {}", panel.title(), plural(&who.role));
            let row = Row {
                label: name_in(book, panel, who),
                style: style_of(book, who),
                entries: entries(panel, who),
                remark: String::new(),
            };
            match groups.iter_mut().find(|group| group.title == title) {
                Some(group) => group.rows.push(row),
                None => groups.push(Group { title, rows: vec![row] }),
            }
        }
    }
    groups
}

fn plural(role: &str) -> String {
    match role {
        "rule" => "learning rules".into(),
        "control" => "controls".into(),
        "baseline" => "baselines".into(),
        "planted" => "planted observers".into(),
        "imported" => "imported observers".into(),
        "reference" => "reference networks".into(),
        other => other.into(),
    }
}

/// An entry from a line of the measures; a line that was not written is left blank in a figure and named in the table.
fn entry(row: Option<&MeasureRow>) -> Entry {
    match row {
        None => Entry { reason: "not measured".into(), ..Entry::default() },
        Some(row) => {
            let counted = if row.value.is_some() && row.excluded > 0 {
                format!("{} seeds excluded or censored", row.excluded)
            } else {
                String::new()
            };
            let reason = match row.value {
                None if row.note.is_empty() => "not measurable; no reason recorded".into(),
                None => row.note.clone(),
                Some(_) if row.note.is_empty() => counted,
                Some(_) => row.note.clone(),
            };
            Entry { value: row.value, interval: row.low.zip(row.high), seeds: Vec::new(), reason }
        }
    }
}

fn of_measures(book: &Book<'_>, measures: &[(&str, &str)]) -> Vec<Group> {
    let has_any = |panel: &Panel, who: &Who| {
        measures.iter().any(|(id, estimand)| book.measure(panel, who, id, estimand).is_some())
    };
    let mut groups = by_role(book, |panel, who| {
        if !has_any(panel, who) {
            return Vec::new();
        }
        measures.iter().map(|(id, estimand)| entry(book.measure(panel, who, id, estimand))).collect()
    });
    for group in &mut groups {
        group.rows.retain(|row| !row.entries.is_empty());
    }
    groups.retain(|group| !group.rows.is_empty());
    groups
}

/// Thresholds in the units in which people are measured.
pub(super) fn human_units(book: &Book<'_>) -> Option<Figure> {
    let measures =
        [("alpha75_deg", "equal_steps"), ("alpha75_deg", "matched"), ("contour_equivalent_contrast", "equal_steps")];
    let turn =
        |title: &str| Column { title: title.into(), axis: Axis::log("degrees (log scale)"), line: None, band: None };
    let contrast = Column {
        title: "equivalent contour".into(),
        axis: Axis::linear("contour contrast, relative to inducers", &[0.0]),
        line: None,
        band: None,
    };
    let columns = vec![turn("α75, last checkpoint"), turn("α75, matched competence"), contrast];
    let forest = Forest { columns, groups: of_measures(book, &measures) };
    let caption = format!(
        "Left and middle: the turn of the mouths at which three of four twins are ordered correctly; smaller is more \
         sensitive. Right: the contrast of a real contour, drawn in the gaps only, with the same d′ as the illusion \
         (point of subjective equality). A threshold outside the range shown is censored: it is ranked at its end, the \
         value is then a median, and where more than half of the seeds are censored the count stands in place of a \
         value. Bars are 95 % intervals. {GATE_NOTE}"
    );
    of_forest(
        "human-units",
        "Thresholds and point of subjective equality".into(),
        caption,
        (&forest, &["deg", "deg", "contrast"]),
    )
}

/// The marks by which completion would differ from matching of cues.
pub(super) fn marks(book: &Book<'_>) -> Option<Figure> {
    let margin = book.evidence.experiment.analysis.margin_d_prime;
    let marks = book.kind.shown.marks;
    let measures: Vec<(&str, &str)> = marks.iter().map(|(id, ..)| (*id, "equal_steps")).collect();
    let column = |(id, title, axis): &(&str, &str, &str)| Column {
        title: (*title).into(),
        axis: Axis::linear(axis, &[0.0]),
        line: Some(0.0),
        band: (*id == book.kind.marks.relatability).then_some((-margin, margin)),
    };
    let columns = marks.iter().map(column).collect();
    let forest = Forest { columns, groups: of_measures(book, &measures) };
    let caption = format!(
        "Quantities that tell completion from matching of cues, last checkpoint. {} The shaded band is the declared margin \
         on d′ inside which an effect counts as none. Bars are 95 % intervals. {GATE_NOTE}",
        book.kind.shown.about_marks
    );
    let units: Vec<&str> = marks.iter().map(|(id, ..)| unit_of(id)).collect();
    of_forest("marks-of-completion", "Marks of completion".into(), caption, (&forest, &units))
}

fn unit_of(measure: &str) -> &'static str {
    crate::measures::ALL.iter().find(|listed| listed.id == measure).map_or("", |listed| listed.unit)
}

/// A contrast's note, taken apart: family, margin, conclusion and the rest.
pub(in crate::report) struct ContrastNote<'n> {
    pub(in crate::report) family: &'n str,
    pub(in crate::report) margin: Option<f64>,
    pub(in crate::report) conclusion: &'n str,
    /// Reasons for missing seeds; empty where none is missing.
    pub(in crate::report) rest: String,
}

impl ContrastNote<'_> {
    /// Why a contrast has no value.
    pub(in crate::report) fn reason(&self) -> &str {
        if self.rest.is_empty() { self.conclusion } else { &self.rest }
    }
}

/// Reads the note that the analysis writes: `family; margin ±x; conclusion; …`.
pub(in crate::report) fn contrast_note(note: &str) -> ContrastNote<'_> {
    let mut parts = note.split("; ");
    let family = parts.next().unwrap_or("");
    let margin = parts.next().and_then(|part| part.strip_prefix("margin ±")).and_then(|number| number.parse().ok());
    let conclusion = parts.next().unwrap_or("");
    ContrastNote { family, margin, conclusion, rest: parts.collect::<Vec<_>>().join("; ") }
}

fn contrast_entry(row: Option<&MeasureRow>) -> Entry {
    let note = row.map(|row| contrast_note(&row.note));
    let reason = note.map_or_else(|| "not measured".to_owned(), |note| note.reason().to_owned());
    Entry { reason, ..entry(row) }
}

const ESTIMANDS: [&str; 4] = ["matched", "matched_accuracy", "equal_steps", "plateau"];

/// The declared contrasts with their equivalence margin.
pub(super) fn contrasts(book: &Book<'_>) -> Option<Figure> {
    let measure = format!("contrast_{}", book.kind.outcome());
    let measure = measure.as_str();
    let mut margin = None;
    let mut groups: Vec<Group> = Vec::new();
    for panel in &book.panels {
        let mut rows = Vec::new();
        for who in book.present(panel) {
            for against in opponents(book, panel, who, measure) {
                let lines = ESTIMANDS.map(|estimand| line(book, panel, who, (measure, estimand, &against)));
                let Some(any) = lines.iter().flatten().next() else { continue };
                margin = margin.or(contrast_note(&any.note).margin);
                let remark = lines[0].map_or("not measured".into(), |row| remark(&contrast_note(&row.note)));
                let (label, style) = (format!("{} − {against}", name_in(book, panel, who)), style_of(book, who));
                rows.push(Row { label, style, entries: lines.map(contrast_entry).to_vec(), remark });
            }
        }
        if !rows.is_empty() {
            groups.push(Group { title: panel.title(), rows });
        }
    }
    let column = |estimand: &str| Column {
        title: match estimand {
            "matched" => "at equal hard d′".into(),
            "matched_accuracy" => "at equal accuracy".into(),
            other => spoken(other),
        },
        axis: Axis::linear("difference of d′", &[0.0]),
        line: Some(0.0),
        band: margin.map(|margin| (-margin, margin)),
    };
    let forest = Forest { columns: ESTIMANDS.iter().map(|estimand| column(estimand)).collect(), groups };
    let caption = "One observer minus another, paired by seed; right of 0 the first has the larger illusory preference. The \
         primary question is the first column. The shaded band is the declared margin: an interval inside it speaks for \
         equivalence, an interval that excludes 0 for a difference, any other establishes neither. The conclusion at \
         the right is that of the first column; it needs the second to agree, and competence to be equal on fresh pictures. Bars are 95 % intervals."
        .to_owned();
    of_forest("contrasts", "Declared contrasts".into(), caption, (&forest, &["d_prime"; 4]))
}

/// Whom an observer is contrasted with, in the order of the file.
fn opponents(book: &Book<'_>, panel: &Panel, who: &Who, measure: &str) -> Vec<String> {
    let mut opponents: Vec<String> = Vec::new();
    for row in book.evidence.measures.iter().filter(|row| is_of(row, panel, who) && row.measure == measure) {
        if !opponents.contains(&row.against) {
            opponents.push(row.against.clone());
        }
    }
    opponents
}

fn line<'a>(
    book: &Book<'a>,
    panel: &Panel,
    who: &Who,
    (measure, estimand, against): (&str, &str, &str),
) -> Option<&'a MeasureRow> {
    let mut rows = book.evidence.measures.iter().filter(|row| is_of(row, panel, who) && row.against == against);
    rows.find(|row| row.measure == measure && row.estimand == estimand)
}

fn is_of(row: &MeasureRow, panel: &Panel, who: &Who) -> bool {
    row.world == panel.world && row.network == panel.network && row.observer == who.observer
}

/// The conclusion in a word or two.
fn remark(note: &ContrastNote<'_>) -> String {
    let start = |words: &str| note.conclusion.starts_with(words);
    let short = if start("different") {
        "different"
    } else if start("equivalent") {
        "equivalent"
    } else if start("neither") {
        "not established"
    } else if start("not comparable") {
        "not comparable"
    } else if start("pilot") {
        "pilot: not tested"
    } else {
        return shortened(note.conclusion, 24);
    };
    if note.family == "primary" { format!("{short} (primary)") } else { short.into() }
}
