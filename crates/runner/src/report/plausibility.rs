//! Outcome against ledger, on the page of a joint experiment: a table of all lines, a sentence and a figure for each illusion.

use super::RunTables;
use super::beside::Run;
use super::book::Who;
use super::canvas::inline;
use super::forest::{Column, Entry, Forest, Group, Row};
use super::scale::Axis;
use super::style::styles;
use super::terminal::ruled;
use super::words::{fixed, interval_text, number, spoken, unit_name};
use crate::ledger::Account;
use crate::plausibility::{ALPHA, LINES, Level, Line, Networks, Rule, Test, Trend, networks, trends};
use crate::rows::{MeasureRow, NetworkRow};
use crate::store::csv_text;
use serde::Serialize;

/// The estimand of `networks.csv` where competence is not equal.
const EQUAL_STEPS: &str = "equal_steps";

/// What is read of an experiment.
#[derive(Clone, Debug)]
pub struct PlausibilityInput<'a> {
    /// Heading of its column.
    pub name: &'a str,
    /// Its tables.
    pub tables: &'a RunTables,
    /// The measures that are named for it; the first counts.
    pub measures: &'a [String],
    /// `networks.csv`.
    pub networks: &'a [NetworkRow],
    /// What its rules need and cost.
    pub accounts: &'a [Account],
}

/// One illusion: its networks and what follows.
#[derive(Clone, Debug)]
struct Part {
    name: String,
    /// World and network.
    place: String,
    measure: String,
    unit: String,
    /// Of a pilot nothing follows.
    pilot: bool,
    networks: Networks,
    /// The estimate over seeds of each of its rules.
    estimates: Vec<MeasureRow>,
    /// A trend for each line.
    trends: Vec<Trend>,
}

/// What the joint report shows.
#[derive(Clone, Debug)]
pub struct PlausibilityPage {
    /// For the terminal: the table and the sentences.
    pub text: String,
    /// `plausibility.csv`.
    pub csv: String,
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<(String, Vec<String>)>,
    pub(super) parts: Vec<PartText>,
}

/// One illusion in words and as a figure.
#[derive(Clone, Debug, Serialize)]
pub(super) struct PartText {
    pub(super) name: String,
    pub(super) sentence: String,
    pub(super) established: bool,
    pub(super) svg: String,
}

/// A line of `plausibility.csv`.
#[derive(Serialize)]
struct CsvLine<'a> {
    part: &'a str,
    place: &'a str,
    measure: &'a str,
    line: &'a str,
    levels: String,
    rules: usize,
    seeds: usize,
    networks: usize,
    test: &'a str,
    statistic: Option<f64>,
    p: Option<f64>,
    p_adjusted: Option<f64>,
    partial: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    without_answer: String,
    left_out: String,
    note: String,
}

/// The first world and architecture of an experiment, rules that pass its gate, where competence is equal.
fn part(input: &PlausibilityInput<'_>) -> Option<Part> {
    let run = Run::of(input.tables, (input.name, input.measures))?;
    let measure = run.outcomes.first()?.clone();
    let here = |row: &&NetworkRow| {
        let panel = row.world == run.world && row.network == run.network && row.role == "rule";
        panel && row.measure == measure && row.estimand != EQUAL_STEPS
    };
    let rows: Vec<&NetworkRow> = input.networks.iter().filter(here).collect();
    let accounts: Vec<Account> =
        input.accounts.iter().filter(|account| account.network == run.network).cloned().collect();
    let passes = |observer: &str| run.gate(observer).is_some_and(|gate| gate >= run.share);
    let estimand = rows.first().map_or("", |row| &row.estimand);
    let networks = networks(rows.iter().copied(), &accounts, passes);
    let estimate = |rule: &Rule| run.estimate(&rule.observer, &measure, estimand).cloned();
    let status = input.tables.experiment.as_ref().and_then(|experiment| experiment.get("status"));
    Some(Part {
        name: input.name.to_owned(),
        place: format!("{} · {}", run.world, run.network),
        unit: rows.first().map_or_else(String::new, |row| row.unit.clone()),
        pilot: status.and_then(toml::Value::as_str) == Some("pilot"),
        estimates: networks.rules.iter().filter_map(estimate).collect(),
        networks,
        trends: Vec::new(),
        measure,
    })
}

/// The page's part on plausibility. Runs whose folders do not say what they were are left out.
pub fn plausibility(inputs: &[PlausibilityInput<'_>]) -> PlausibilityPage {
    let mut parts: Vec<Part> = inputs.iter().filter_map(part).collect();
    let networks: Vec<Networks> = parts.iter().map(|part| part.networks.clone()).collect();
    for (part, trends) in parts.iter_mut().zip(trends(&networks)) {
        part.trends = trends;
    }
    page(&parts)
}

fn page(parts: &[Part]) -> PlausibilityPage {
    let head: Vec<String> = parts.iter().map(|part| format!("{}: {}", part.name, spoken(&part.measure))).collect();
    let row = |at: usize, line: &Line| {
        (line.title().to_owned(), parts.iter().map(|part| cell(&part.trends[at], &part.unit)).collect())
    };
    let rows: Vec<(String, Vec<String>)> = LINES.iter().enumerate().map(|(at, line)| row(at, line)).collect();
    let texts: Vec<PartText> = parts.iter().map(text_of).collect();
    let mut text = table(&head, &rows);
    for part in &texts {
        let mark = if part.established { "exploratory" } else { "not established" };
        text += &format!("\n\n{}\n  [{mark}] {}", part.name, part.sentence);
    }
    PlausibilityPage { text, csv: csv(parts), head, rows, parts: texts }
}

fn cell(trend: &Trend, unit: &str) -> String {
    let test = match trend.test {
        Ok(Test::Page { z, p }) => format!("trend z = {}, p = {}", fixed(z, 2), fixed(p, 3)),
        Ok(Test::Flip { difference, p }) => format!("difference {}, p = {}", number(difference, unit), fixed(p, 3)),
        Err(why) => format!("no trend: {why}"),
    };
    let adjusted = trend.p_adjusted.map_or_else(String::new, |p| format!(" ({} corrected)", fixed(p, 3)));
    let partial = match trend.partial {
        Ok((r, interval)) => format!("r = {}", interval_text(r, interval, "ratio")),
        Err(why) => format!("no correlation: {why}"),
    };
    format!("{test}{adjusted}; {} levels, {} seeds; {partial}", trend.levels.len(), trend.seeds)
}

fn level(level: &Level, unit: &str) -> String {
    format!("{} ({}) {}", level.words, level.rules.join(", "), number(level.mean, unit))
}

fn text_of(part: &Part) -> PartText {
    let first = &part.trends[0];
    let found: Vec<&Trend> = part.trends.iter().filter(|trend| trend.is_established()).collect();
    let established = !part.pilot && !found.is_empty();
    let levels: Vec<String> = first.levels.iter().map(|one| level(one, &part.unit)).collect();
    let left_out = match part.networks.left_out.as_slice() {
        [] => String::new(),
        names => {
            format!(" Left out, since below the gate or without a value at equal competence: {}.", names.join(", "))
        }
    };
    let verdict = match (part.pilot, found.as_slice()) {
        (true, _) => "A pilot, of which nothing follows".to_owned(),
        (false, []) => {
            "In no line of the ledger do rules that are nearer to a neuron, or cheaper, give more of the illusion at \
                        equal competence"
                .to_owned()
        }
        (false, found) => {
            let lines: Vec<&str> = found.iter().map(|trend| trend.line.title()).collect();
            format!(
                "Rules nearer to a neuron, or cheaper, give more of the illusion at equal competence by: {}",
                lines.join(", ")
            )
        }
    };
    let shown = if levels.is_empty() { "no rule".to_owned() } else { levels.join("; ") };
    PartText {
        name: part.name.clone(),
        sentence: format!(
            "{verdict} (p corrected below {ALPHA} and a correlation above 0 with competence held constant; {} rules, {}). By the \
             number of the three differences: {shown}; {}.{left_out}",
            part.networks.rules.len(),
            part.place,
            cell(first, &part.unit)
        ),
        established,
        svg: figure(part),
    }
}

/// Rules by the number of the three differences that they have.
fn figure(part: &Part) -> String {
    let observers: Vec<&str> = part.networks.rules.iter().map(|rule| rule.observer.as_str()).collect();
    let who: Vec<Who> =
        observers.iter().map(|name| Who { observer: (*name).to_owned(), role: "rule".into() }).collect();
    let styles = styles(&who, observers.first().copied().unwrap_or_default());
    let row = |observer: &String| {
        let at = observers.iter().position(|name| name == observer)?;
        let rule = &part.networks.rules[at];
        let estimate = part.estimates.iter().find(|estimate| estimate.observer == *observer);
        let entry = Entry {
            value: estimate.and_then(|estimate| estimate.value),
            interval: estimate.and_then(|estimate| estimate.low.zip(estimate.high)),
            seeds: rule.seeds.values().map(|(value, _)| *value).collect(),
            reason: String::new(),
        };
        Some(Row { label: observer.clone(), style: styles[at], entries: vec![entry], remark: String::new() })
    };
    let group = |level: &Level| Group {
        title: format!("{} differences from a neuron", level.words),
        rows: level.rules.iter().filter_map(row).collect(),
    };
    let forest = Forest {
        columns: vec![Column {
            title: format!("{}, {}", spoken(&part.measure), part.place),
            axis: Axis::linear(unit_name(&part.unit), &[0.0]),
            line: Some(0.0),
            band: None,
        }],
        groups: part.trends[0].levels.iter().map(group).collect(),
    };
    if forest.is_empty() {
        return String::new();
    }
    inline(&forest.draw(), &format!("{}: {} by rule, from three differences to none", part.name, spoken(&part.measure)))
}

fn table(head: &[String], rows: &[(String, Vec<String>)]) -> String {
    let mut table = ruled();
    table.set_header(["outcome against".to_owned()].into_iter().chain(head.iter().cloned()));
    for (line, cells) in rows {
        table.add_row([line.clone()].into_iter().chain(cells.iter().cloned()));
    }
    table.to_string()
}

fn csv(parts: &[Part]) -> String {
    let mut lines = Vec::new();
    for (part, trend) in parts.iter().flat_map(|part| part.trends.iter().map(move |trend| (part, trend))) {
        let (test, statistic, note) = match &trend.test {
            Ok(Test::Page { z, .. }) => ("page", Some(*z), String::new()),
            Ok(Test::Flip { difference, .. }) => ("sign_flip", Some(*difference), String::new()),
            Err(why) => ("", None, why.to_string()),
        };
        let partial = trend.partial.ok();
        let interval = partial.and_then(|(_, interval)| interval);
        lines.push(CsvLine {
            part: &part.name,
            place: &part.place,
            measure: &part.measure,
            line: trend.line.id(),
            levels: trend.levels.iter().map(|one| level(one, &part.unit)).collect::<Vec<_>>().join("; "),
            rules: trend.levels.iter().map(|level| level.rules.len()).sum(),
            seeds: trend.seeds,
            networks: trend.networks,
            test,
            statistic,
            p: trend.test.ok().map(Test::p),
            p_adjusted: trend.p_adjusted,
            partial: partial.map(|(r, _)| r),
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
            without_answer: trend.silent.join(", "),
            left_out: part.networks.left_out.join(", "),
            note,
        });
    }
    let bytes = csv_text(&lines).expect("lines of texts and numbers are written into memory");
    String::from_utf8(bytes).expect("CSV of strings is UTF-8")
}
