//! The report for the terminal: one compact table a world and network, then the findings. No colors, no escapes.

use super::Evidence;
use super::book::{Book, Panel, Who};
use super::tables::gate_word;
use super::words::{measure_text, shortened};
use comfy_table::{ContentArrangement, Table, TableComponent, presets};

/// Longest reason in a cell; the whole one is in the page and in `measures.csv`.
const REASON: usize = 40;

/// Cells that are named; the page names all.
const CELLS: usize = 5;

/// Table and findings as plain text, wrapped to the terminal's width where standard output is one.
pub fn terminal(evidence: &Evidence<'_>) -> String {
    with_width(evidence, None)
}

/// The same for a width in columns.
pub(super) fn with_width(evidence: &Evidence<'_>, width: Option<u16>) -> String {
    let book = Book::new(evidence);
    let findings = evidence.findings;
    let (status, note) = super::sections::status(evidence.experiment.status);
    let mut text = format!("{}\n{status}: {note}\n", evidence.experiment.title);
    text += &cells_without(&evidence.run.failed, "without a result");
    text += &cells_without(&evidence.run.ended, "ended early");
    for panel in &book.panels {
        text += &format!("\n{}\n{}\n", panel.title(), panel_table(&book, panel, width));
    }
    text += &format!("\n{}\n", findings.headline);
    let mut topic = "";
    for sentence in super::sections::ordered(&findings.sentences) {
        if sentence.topic != topic {
            topic = &sentence.topic;
            text += &format!("\n{topic}\n");
        }
        text += &format!("  [{}] {}\n", sentence.kind.label(), sentence.text);
    }
    let broken: Vec<_> = findings.instrument_checks.iter().filter(|check| !check.held).collect();
    let checks = findings.instrument_checks.len();
    if checks > 0 {
        text += &format!("\ninstrument checks: {} of {checks} held\n", checks - broken.len());
    }
    for check in broken {
        text += &format!("  [BROKEN] {}: {}\n", check.name, check.detail);
    }
    text
}

/// Cells that something is to be said about, the first few with their reasons.
fn cells_without(cells: &[(String, String)], what: &str) -> String {
    if cells.is_empty() {
        return String::new();
    }
    let plural = if cells.len() == 1 { "cell" } else { "cells" };
    let mut text = format!("\n{} {plural} {what}\n", cells.len());
    for (cell, why) in cells.iter().take(CELLS) {
        text += &format!("  {}: {why}\n", cell.trim_start());
    }
    if cells.len() > CELLS {
        text += &format!("  … and {} more; the report has all\n", cells.len() - CELLS);
    }
    text
}

/// An empty table with a line below its head and no other.
pub(super) fn ruled() -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_style(TableComponent::HeaderLines, '─').set_style(TableComponent::MiddleHeaderIntersections, '─');
    table
}

fn panel_table(book: &Book<'_>, panel: &Panel, width: Option<u16>) -> Table {
    let mut table = ruled();
    if let Some(width) = width {
        table.set_width(width);
    }
    let competence = if book.kind.pictures { "competence" } else { "validation accuracy" };
    let mut head = vec!["observer", "role", "n", competence, "gate"];
    head.extend(book.kind.shown.columns.iter().map(|(_, title)| *title));
    table.set_header(head);
    for who in book.present(panel) {
        table.add_row(cells(book, panel, who));
    }
    for (who, why) in book.absent(panel) {
        table.add_row([who.observer, who.role, "0".into(), shortened(&format!("no result: {why}"), REASON)]);
    }
    table
}

fn cells(book: &Book<'_>, panel: &Panel, who: &Who) -> Vec<String> {
    let measure = |id: &str| book.measure(panel, who, id, "equal_steps");
    let short = |id: &str| match measure(id) {
        None if !who.is_gated() => "not asked".into(),
        row => shortened(&measure_text(row), REASON),
    };
    let primary = book.kind.shown.columns[0].0;
    let gate = measure("gate").and_then(|row| row.value);
    let mut cells = vec![
        who.observer.clone(),
        who.role.clone(),
        measure(primary).map_or("–".into(), |row| row.n.to_string()),
        short("accuracy"),
        gate_word(book, who, gate).into(),
    ];
    cells.extend(book.kind.shown.columns.iter().map(|(id, _)| short(id)));
    cells
}
