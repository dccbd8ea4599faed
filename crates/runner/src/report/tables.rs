//! The tables of the page: competence and gates, contrasts, reproduction, all measures. Absence is written as its reason.

use super::book::{Book, Panel, Who};
use super::figures::contrast_note;
use super::words::{measure_text, number, reason, spoken, unit_name};
use crate::ledger::{PICOJOULES_PER_BYTE, PICOJOULES_PER_MAC};
use crate::rows::MeasureRow;
use serde::Serialize;

/// Rows under one heading; without a heading where it is empty.
#[derive(Clone, Debug, Serialize)]
pub(super) struct TableGroup {
    pub(super) title: String,
    /// The first cell of a row is its header.
    pub(super) rows: Vec<Vec<String>>,
}

/// A table.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Table {
    pub(super) caption: String,
    pub(super) head: Vec<String>,
    pub(super) groups: Vec<TableGroup>,
}

impl Table {
    /// A table; groups without rows are left out.
    pub(super) fn new(caption: &str, head: &[&str], groups: Vec<TableGroup>) -> Self {
        let mut groups: Vec<TableGroup> = groups.into_iter().filter(|group| !group.rows.is_empty()).collect();
        for cell in groups.iter_mut().flat_map(|group| &mut group.rows).flatten() {
            if cell.ends_with(']') && cell.chars().count() < 30 {
                // A value and its interval stay on one line.
                *cell = cell.replace(' ', "\u{a0}");
            }
        }
        Self { caption: caption.into(), head: head.iter().map(|&text| text.to_owned()).collect(), groups }
    }

    /// Whether it has no row.
    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }
}

/// Competence at the last checkpoint, and the gate.
pub(super) fn competence(book: &Book<'_>) -> Table {
    let spec = &book.evidence.experiment.competence;
    let groups = book.panels.iter().map(|panel| {
        let mut rows: Vec<Vec<String>> =
            book.present(panel).into_iter().filter_map(|who| competence_row(book, panel, who)).collect();
        rows.extend(book.absent(panel).into_iter().map(|(who, why)| {
            let none = || "not measured".to_owned();
            let mut row = vec![who.observer, who.role, "0".into(), format!("no result: {why}")];
            row.extend((0..6).map(|_| none()));
            row
        }));
        TableGroup { title: panel.title(), rows }
    });
    let caption = format!(
        "Competence on the real task at the last checkpoint (half B). The gate is an accuracy of {}; an observer is \
         interpreted only if at least {} of its networks pass. Those that fail stay in every table.",
        number(spec.gate_accuracy, "share"),
        percent(spec.match_share)
    );
    let head = [
        "observer",
        "role",
        "seeds",
        "validation accuracy",
        "above frozen features",
        "hard-set d′",
        "cosine to the gradient",
        "length over the gradient's",
        "networks at or above the gate",
        "gate",
    ];
    Table::new(&caption, &head, groups.collect())
}

fn competence_row(book: &Book<'_>, panel: &Panel, who: &Who) -> Option<Vec<String>> {
    let measure = |id: &str| book.measure(panel, who, id, "equal_steps");
    let accuracy = measure("accuracy")?;
    // Only networks that a rule trains have these.
    let optional = |id: &str| measure(id).map_or_else(|| "–".into(), |row| measure_text(Some(row)));
    let gate = measure("gate");
    let share = gate.and_then(|row| row.value);
    let seeds = match accuracy.excluded {
        0 => accuracy.n.to_string(),
        missing => format!("{} of {} ({})", accuracy.n, accuracy.n + missing, reason(accuracy)),
    };
    Some(vec![
        who.observer.clone(),
        who.role.clone(),
        seeds,
        measure_text(Some(accuracy)),
        optional("accuracy_over_frozen"),
        measure_text(measure("hard_d_prime")),
        optional("gradient_cosine"),
        optional("gradient_norm_ratio"),
        share.map_or_else(|| measure_text(gate), percent),
        gate_word(book, who, share).into(),
    ])
}

/// `passed`, `FAILED`, or why there is no gate.
pub(super) fn gate_word(book: &Book<'_>, who: &Who, share: Option<f64>) -> &'static str {
    match share {
        _ if !who.is_gated() => "no gate",
        None => "not measured",
        Some(share) if share >= book.evidence.experiment.competence.match_share => "passed",
        Some(_) => "FAILED",
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// The contrasts of one family.
pub(super) fn contrasts(book: &Book<'_>, primary: bool) -> Table {
    let mut rows = Vec::new();
    for row in book.evidence.measures.iter().filter(|row| row.measure.starts_with("contrast_")) {
        let note = contrast_note(&row.note);
        if (note.family == "primary") != primary {
            continue;
        }
        rows.push(vec![
            pair(row),
            place(row),
            spoken(row.measure.trim_start_matches("contrast_")),
            spoken(&row.estimand),
            if row.value.is_some() { measure_text(Some(row)) } else { note.reason().to_owned() },
            note.margin.map_or("not declared".into(), |margin| format!("±{margin}")),
            if row.excluded == 0 { row.n.to_string() } else { format!("{} ({} excluded)", row.n, row.excluded) },
            p_text(row.p),
            p_text(row.p_adjusted),
            if note.conclusion.is_empty() { row.note.clone() } else { note.conclusion.to_owned() },
        ]);
    }
    let caption = match primary {
        true => {
            "Primary contrasts, paired by seed. p: exact two-sided sign-flip test, corrected within this family by Holm."
        }
        false => "All other contrasts, exploratory, corrected by Benjamini and Hochberg.",
    };
    let head = [
        "contrast",
        "world · network",
        "outcome",
        "read at",
        "difference [95 %]",
        "margin",
        "seeds",
        "p",
        "corrected p",
        "conclusion",
    ];
    Table::new(caption, &head, vec![TableGroup { title: String::new(), rows }])
}

/// Whose value is taken, and whose subtracted.
fn pair(row: &MeasureRow) -> String {
    format!("{} − {}", row.observer, row.against)
}

/// What rules need and cost, joined to the illusion at matched competence.
pub(super) fn ledger(book: &Book<'_>) -> Table {
    let outcome = book.kind.outcome();
    let mut rows = Vec::new();
    for panel in &book.panels {
        let accounts = book.evidence.ledger.iter().filter(|account| account.network == panel.network);
        for account in accounts {
            let Some(who) = book.present(panel).into_iter().find(|who| who.observer == account.observer) else {
                continue;
            };
            let read = |estimand: &str| measure_text(book.measure(panel, who, outcome, estimand));
            rows.push(vec![
                account.observer.clone(),
                panel.title(),
                account.weights_above.clone(),
                account.waits_for.clone(),
                account.forward_activity.clone(),
                if account.needs_targets { "used" } else { "not used" }.into(),
                format!("{:.1}", account.forward_passes),
                percent(account.critical_share),
                format!("{:.0}", account.bytes_held / 1e3),
                format!("{:.1}", account.nanojoules / 1e3),
                read("matched"),
                read("matched_accuracy"),
            ]);
        }
    }
    let caption = format!(
        "Weights above: what updates of hidden layers know of the forward weights above them. A dash: no, or not to be \
         isolated. Costs per sample of a learning step: multiply-accumulates in forward passes, the share of them on the \
         longest chain of waiting, activities and errors to be held, energy at {PICOJOULES_PER_MAC} pJ per \
         multiply-accumulate and {PICOJOULES_PER_BYTE} pJ per byte."
    );
    let head = [
        "observer",
        "world · network",
        "weights above",
        "waits for",
        "forward activity",
        "labels",
        "forward passes",
        "chain",
        "held, kB",
        "energy, µJ",
        "illusion at equal hard d′",
        "at equal accuracy",
    ];
    let groups = if rows.is_empty() { Vec::new() } else { vec![TableGroup { title: String::new(), rows }] };
    Table::new(&caption, &head, groups)
}

/// A p value, or that there is none.
fn p_text(p: Option<f64>) -> String {
    match p {
        None => "not tested".into(),
        Some(p) if p < 0.0001 => "< .0001".into(),
        Some(p) => format!("{p:.4}").trim_start_matches('0').into(),
    }
}

fn place(row: &MeasureRow) -> String {
    Panel { world: row.world.clone(), network: row.network.clone() }.title()
}

/// The exploratory study this design began with, beside the same quantities measured here.
pub(super) fn prototype(book: &Book<'_>) -> Table {
    let mut rows = Vec::new();
    for row in book.evidence.measures {
        let Some(measure) = row.measure.strip_prefix("prototype_") else { continue };
        let (panel, who) = (
            Panel { world: row.world.clone(), network: row.network.clone() },
            Who { observer: row.observer.clone(), role: row.role.clone() },
        );
        let here = book.measure(&panel, &who, measure, &row.estimand);
        rows.push(vec![
            row.observer.clone(),
            place(row),
            spoken(measure),
            measure_text(Some(row)),
            here.map_or("not measured here".into(), |here| measure_text(Some(here))),
            overlap(row, here).into(),
            row.note.clone(),
        ]);
    }
    let head = ["observer", "world · network", "quantity", "prototype", "this run", "intervals", "note"];
    let caption = "The prototype's exploratory numbers beside this run's. They were obtained with other code and other \
                   pictures; agreement is a reproduction, disagreement is reported as it is.";
    Table::new(caption, &head, vec![TableGroup { title: String::new(), rows }])
}

fn overlap(one: &MeasureRow, other: Option<&MeasureRow>) -> &'static str {
    let ends = |row: &MeasureRow| row.low.zip(row.high);
    match (ends(one), other.and_then(ends)) {
        (Some((low, high)), Some((from, to))) if low <= to && from <= high => "overlap",
        (Some(_), Some(_)) => "do not overlap",
        _ => "not comparable: an interval is missing",
    }
}

/// Every line of `measures.csv` except contrasts, panel by panel and observer by observer.
pub(super) fn measures(book: &Book<'_>) -> Table {
    let mut groups: Vec<TableGroup> = Vec::new();
    let plain = |row: &&MeasureRow| !row.measure.starts_with("contrast_") && !row.measure.starts_with("prototype_");
    for row in book.evidence.measures.iter().filter(plain) {
        let title = format!("{} · {}", place(row), row.observer);
        let line = vec![
            row.measure.clone(),
            row.estimand.clone(),
            row.value.map_or_else(|| "not measurable".into(), |value| number(value, &row.unit)),
            match row.low.zip(row.high) {
                Some((low, high)) => format!("[{}, {}]", number(low, &row.unit), number(high, &row.unit)),
                None => "no interval".into(),
            },
            unit_name(&row.unit).to_owned(),
            row.n.to_string(),
            row.excluded.to_string(),
            if row.value.is_none() { reason(row) } else { row.note.clone() },
        ];
        match groups.iter_mut().find(|group| group.title == title) {
            Some(group) => group.rows.push(line),
            None => groups.push(TableGroup { title, rows: vec![line] }),
        }
    }
    let head = ["measure", "read at", "value", "95 % interval", "unit", "seeds", "excluded", "note or reason"];
    Table::new("All measures, as in measures.csv", &head, groups)
}
