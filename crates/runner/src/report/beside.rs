//! Experiments on several illusions side by side: a row for each rule, a column for each outcome. Pure.
//!
//! Of each experiment its first world and architecture are read, which is what it is about; an outcome where competence is equal, or at equal
//! steps where the run compares nobody at equal competence, which the cell says.

use super::comparison::RunTables;
use super::page::rendered;
use super::plausibility::PlausibilityPage;
use super::terminal::ruled;
use super::words::{interval_text, number};
use crate::battery;
use crate::joint::Joint;
use crate::rows::MeasureRow;
use crate::store::csv_text;
use minijinja::context;
use serde::Serialize;
use toml::Table as Toml;

const TEMPLATE: &str = include_str!("joint.html.j2");

/// Where competence is equal.
const MATCHED: &str = "matched_accuracy";

/// The table, in three forms.
#[derive(Clone, Debug)]
pub struct Beside {
    /// For the terminal.
    pub table: String,
    /// A line for each observer and outcome.
    pub csv: String,
    /// Heads of its columns, each a part and an outcome.
    head: Vec<[String; 2]>,
    /// Name and cells.
    rows: Vec<(String, Vec<Cell>)>,
}

/// A part of a joint experiment, as its report has it.
#[derive(Clone, Debug, Serialize)]
pub struct JointPart {
    /// Heading.
    pub name: String,
    /// What people do.
    pub people: String,
    /// The finding.
    pub headline: String,
    /// The command that runs it alone.
    pub command: String,
    /// Its own report, a whole page.
    pub page: String,
}

/// What stands in a cell.
#[derive(Clone, Debug, Serialize)]
struct Cell {
    text: String,
    /// `open` where nothing is to be said of it.
    class: &'static str,
}

/// A line of `side-by-side.csv`.
#[derive(Serialize)]
struct Line<'a> {
    observer: &'a str,
    part: &'a str,
    run: &'a str,
    measure: &'a str,
    estimand: &'a str,
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    n: usize,
    gate: Option<f64>,
}

/// A run with what it is about.
pub(super) struct Run<'a> {
    tables: &'a RunTables,
    name: &'a str,
    pub(super) world: String,
    pub(super) network: String,
    pub(super) outcomes: Vec<String>,
    /// Share of an observer's networks that must do the real task.
    pub(super) share: f64,
}

/// The name in the first table of a list.
fn first(experiment: &Toml, list: &str) -> String {
    let name = experiment.get(list).and_then(|list| list.get(0)).and_then(|entry| entry.get("name"));
    name.and_then(toml::Value::as_str).unwrap_or_default().to_owned()
}

impl<'a> Run<'a> {
    /// Nothing where the run's folder does not say what it was.
    pub(super) fn of(tables: &'a RunTables, (name, measures): (&'a str, &[String])) -> Option<Self> {
        let experiment = tables.experiment.as_ref()?;
        let kind = battery::of_id(experiment.get("battery")?.get("illusion")?.as_str()?)?;
        let share = experiment.get("competence").and_then(|table| table.get("match_share"));
        Some(Self {
            tables,
            name,
            world: first(experiment, "worlds"),
            network: first(experiment, "networks"),
            outcomes: match measures {
                [] => kind.outcomes.iter().map(|outcome| (*outcome).to_owned()).collect(),
                chosen => chosen.to_vec(),
            },
            share: share.and_then(toml::Value::as_float).unwrap_or(0.8),
        })
    }

    fn rows(&self, observer: &str, measure: &str) -> impl Iterator<Item = &'a MeasureRow> {
        let of = move |row: &&MeasureRow| {
            let here = row.world == self.world && row.network == self.network && row.against.is_empty();
            here && row.observer == observer && row.measure == measure
        };
        self.tables.measures.iter().filter(of).collect::<Vec<_>>().into_iter()
    }

    /// The outcome where competence is equal; at equal steps, where the run compares nobody at equal competence.
    fn outcome(&self, observer: &str, measure: &str) -> Option<&'a MeasureRow> {
        let matched = |row: &&MeasureRow| row.estimand == MATCHED && row.measure == measure && row.value.is_some();
        let here = |row: &&MeasureRow| row.world == self.world && row.network == self.network && row.role == "rule";
        let estimand =
            if self.tables.measures.iter().filter(here).any(|row| matched(&row)) { MATCHED } else { "equal_steps" };
        self.rows(observer, measure).find(|row| row.estimand == estimand && row.value.is_some())
    }

    /// The outcome over seeds at an estimand.
    pub(super) fn estimate(&self, observer: &str, measure: &str, estimand: &str) -> Option<&'a MeasureRow> {
        self.rows(observer, measure).find(|row| row.estimand == estimand)
    }

    pub(super) fn gate(&self, observer: &str) -> Option<f64> {
        self.rows(observer, "gate").find_map(|row| row.value)
    }

    fn cell(&self, observer: &str, measure: &str) -> Cell {
        let open = |text: &str| Cell { text: text.into(), class: "open" };
        let Some(gate) = self.gate(observer) else { return open("not in this experiment") };
        if gate < self.share {
            let competence = self.rows(observer, "accuracy").find_map(|row| row.value);
            let gain = self.rows(observer, "gain").find_map(|row| row.value);
            let gain = gain.map_or_else(String::new, |value| format!(", gain {}", number(value, "ratio")));
            let competence =
                competence.map_or_else(String::new, |value| format!(" ({}{gain})", number(value, "share")));
            return open(&format!("fails the gate{competence}"));
        }
        match self.outcome(observer, measure) {
            None => open("common competence not reached, or not measurable"),
            Some(row) => {
                let value = interval_text(row.value.unwrap_or_default(), row.low.zip(row.high), &row.unit);
                let steps = if row.estimand == "equal_steps" { ", equal steps" } else { "" };
                Cell { text: format!("{value}, n = {}{steps}", row.n), class: "value" }
            }
        }
    }
}

/// Sets runs side by side, each under a name, by the measures that are named or else its outcomes. Runs whose folders do not say what they
/// were are left out.
pub fn side_by_side(runs: &[RunTables], names: &[(&str, &[String])]) -> Beside {
    let runs: Vec<Run<'_>> = runs.iter().zip(names).filter_map(|(tables, name)| Run::of(tables, *name)).collect();
    let mut observers: Vec<&str> = Vec::new();
    for row in runs.iter().flat_map(|run| &run.tables.measures).filter(|row| row.role == "rule") {
        if !observers.contains(&row.observer.as_str()) {
            observers.push(&row.observer);
        }
    }
    let columns: Vec<(&Run<'_>, &str)> =
        runs.iter().flat_map(|run| run.outcomes.iter().map(move |measure| (run, measure.as_str()))).collect();
    let cells = |observer: &str| columns.iter().map(|(run, measure)| run.cell(observer, measure)).collect();
    let rows: Vec<(String, Vec<Cell>)> =
        observers.iter().map(|&observer| (observer.to_owned(), cells(observer))).collect();
    let head: Vec<[String; 2]> =
        columns.iter().map(|(run, measure)| [run.name.to_owned(), super::words::spoken(measure)]).collect();
    let csv = csv(&columns, &observers);
    Beside { table: table(&head, &rows), csv, head, rows }
}

fn table(head: &[[String; 2]], rows: &[(String, Vec<Cell>)]) -> String {
    let mut table = ruled();
    table.set_header(
        ["observer".to_owned()].into_iter().chain(head.iter().map(|[part, outcome]| format!("{part}: {outcome}"))),
    );
    for (observer, cells) in rows {
        table.add_row([observer.clone()].into_iter().chain(cells.iter().map(|cell| cell.text.clone())));
    }
    table.to_string()
}

fn csv(columns: &[(&Run<'_>, &str)], observers: &[&str]) -> String {
    let mut lines = Vec::new();
    for observer in observers {
        for (run, measure) in columns {
            let row = run.outcome(observer, measure);
            lines.push(Line {
                observer,
                part: run.name,
                run: &run.tables.label,
                measure,
                estimand: row.map_or("", |row| &row.estimand),
                value: row.and_then(|row| row.value),
                low: row.and_then(|row| row.low),
                high: row.and_then(|row| row.high),
                n: row.map_or(0, |row| row.n),
                gate: run.gate(observer),
            });
        }
    }
    let bytes = csv_text(&lines).expect("lines of texts and numbers are written into memory");
    String::from_utf8(bytes).expect("CSV of strings is UTF-8")
}

/// The joint report: the table, outcomes against the ledger where they are asked for, and every part's own report in it.
pub fn joint_html(
    joint: &Joint,
    beside: &Beside,
    plausibility: Option<&PlausibilityPage>,
    parts: &[JointPart],
) -> String {
    let rows: Vec<_> = beside.rows.iter().map(|(observer, cells)| context! { observer, cells }).collect();
    let ledger = plausibility.map(|page| {
        let lines: Vec<_> = page.rows.iter().map(|(line, cells)| context! { line, cells }).collect();
        context! { head => page.head, lines, parts => page.parts }
    });
    let page = context! { title => joint.title, question => joint.question, head => beside.head, rows, ledger, parts };
    rendered(TEMPLATE, page)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPERIMENT: &str = "[battery]\nillusion = \"fat_thin\"\n[competence]\nmatch_share = 0.8\n\
        [[worlds]]\nname = \"shapes\"\n[[worlds]]\nname = \"other\"\n[[networks]]\nname = \"cnn\"\n";

    fn row(world: &str, observer: &str, measure: &str, estimand: &str, value: Option<f64>) -> MeasureRow {
        MeasureRow {
            world: world.into(),
            network: "cnn".into(),
            observer: observer.into(),
            role: "rule".into(),
            against: String::new(),
            measure: measure.into(),
            estimand: estimand.into(),
            unit: "d_prime".into(),
            value,
            low: None,
            high: None,
            n: 3,
            excluded: 0,
            p: None,
            p_adjusted: None,
            note: String::new(),
        }
    }

    /// By hand: the first world alone, equal competence before equal steps, and nothing of who fails the gate or is not there.
    #[test]
    fn a_cell_says_what_can_be_said() {
        let tables = RunTables {
            label: "one".into(),
            experiment: Some(EXPERIMENT.parse().expect("TOML")),
            measures: vec![
                row("shapes", "matched", "gate", "equal_steps", Some(1.0)),
                row("shapes", "matched", "illusory_d_prime", "equal_steps", Some(4.0)),
                row("shapes", "matched", "illusory_d_prime", "matched_accuracy", Some(1.5)),
                row("other", "matched", "illusory_d_prime", "matched_accuracy", Some(9.0)),
                row("shapes", "plain", "gate", "equal_steps", Some(0.8)),
                row("shapes", "plain", "illusory_d_prime", "equal_steps", Some(2.0)),
                row("shapes", "plain", "illusory_d_prime", "matched_accuracy", None),
                row("shapes", "weak", "gate", "equal_steps", Some(0.5)),
                row("shapes", "weak", "accuracy", "equal_steps", Some(0.25)),
                row("shapes", "weak", "illusory_d_prime", "equal_steps", Some(3.0)),
                row("other", "elsewhere", "illusory_d_prime", "equal_steps", Some(5.0)),
            ],
            ..RunTables::default()
        };
        let unknown = RunTables { label: "two".into(), ..RunTables::default() };
        let beside = side_by_side(&[tables, unknown], &[("figures", &[]), ("nothing known", &[])]);
        let cell = |observer: &str| {
            let row = beside.rows.iter().find(|(name, _)| name == observer).expect("it has a row");
            row.1[0].text.clone()
        };
        assert_eq!(cell("matched"), "1.50, n = 3");
        assert_eq!(cell("plain"), "common competence not reached, or not measurable", "no number of another kind");
        assert_eq!(cell("weak"), "fails the gate (0.250)");
        assert_eq!(cell("elsewhere"), "not in this experiment");
        assert_eq!(beside.head.len(), 2, "a run that is not known has no column");
        assert_eq!(beside.csv.lines().count(), 1 + 4 * 2);
        // Where nobody is compared at equal competence, equal steps stand, and are said to.
        let steps = RunTables {
            label: "steps".into(),
            experiment: Some(EXPERIMENT.parse().expect("TOML")),
            measures: vec![
                row("shapes", "plain", "gate", "equal_steps", Some(0.8)),
                row("shapes", "plain", "gap_reliance", "equal_steps", Some(2.0)),
            ],
            ..RunTables::default()
        };
        let beside = side_by_side(&[steps], &[("figures", &["gap_reliance".to_owned()])]);
        assert_eq!(beside.rows[0].1[0].text, "2.00, n = 3, equal steps", "by the measure that was named");
    }
}
