//! What recipes are and what came of them, as tables: text for a terminal, Markdown for a page, `recipe.csv` for programs.

use super::{Reading, Recipe};
use crate::plan::RESULTS_VERSION;
use crate::rows::ReachedRow;
use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What a row is told beside its reading.
#[derive(Clone, Debug)]
pub struct Told {
    /// Hours of all seeds, where all are known.
    pub cpu_hours: Option<f64>,
    /// Hash of the pictures.
    pub pictures: String,
    /// Checksum of those held out.
    pub held_out: String,
}

/// Rows of one recipe.
pub fn rows(recipe: &Recipe, readings: &[Reading], told: &Told) -> Vec<ReachedRow> {
    let short = |hash: &str| hash.chars().take(16).collect();
    let row = |reading: &Reading| ReachedRow {
        recipe: recipe.id.clone(),
        rule: recipe.rule.id.to_owned(),
        measure: reading.published.to_string(),
        published: reading.published.value,
        bar: reading.published.bar,
        ours: reading.ours,
        low: reading.interval.map(|(low, _)| low),
        high: reading.interval.map(|(_, high)| high),
        n: reading.n,
        verdict: reading.verdict.to_string(),
        validation_error: reading.validation_error,
        cpu_hours: told.cpu_hours,
        pictures: short(&told.pictures),
        held_out: short(&told.held_out),
        results_version: RESULTS_VERSION,
    };
    readings.iter().map(row).collect()
}

/// Reads `recipe.csv`; nothing where it is not there.
///
/// # Errors
/// A file that is no such table.
pub fn read(path: &Path) -> Result<Vec<ReachedRow>, String> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("{}: {error}", path.display())),
    };
    let rows: Result<_, csv::Error> = csv::Reader::from_reader(text.as_slice()).deserialize().collect();
    rows.map_err(|error| format!("{}: {error}; remove it and verify again", path.display()))
}

/// Rows with those of a recipe in the place of its earlier ones, recipe by recipe in alphabetical order.
pub fn with(mut rows: Vec<ReachedRow>, own: Vec<ReachedRow>) -> Vec<ReachedRow> {
    rows.retain(|row| own.iter().all(|new| new.recipe != row.recipe));
    rows.extend(own);
    // Stable: numbers of a recipe stay in its order.
    rows.sort_by(|one, other| one.recipe.cmp(&other.recipe));
    rows
}

const HEADS: [&str; 8] = ["recipe", "rule", "published", "value", "bar", "hours a seed", "ours [95 %], n", "verdict"];

/// One line a published number; what is said of a recipe stands in its first.
fn lines(recipes: &[Recipe], results: &[ReachedRow]) -> Vec<[String; 8]> {
    let found: BTreeMap<(&str, &str), &ReachedRow> =
        results.iter().map(|row| ((row.recipe.as_str(), row.measure.as_str()), row)).collect();
    let mut lines = Vec::new();
    for recipe in recipes {
        for (at, published) in recipe.published.iter().enumerate() {
            let first = |text: String| if at == 0 { text } else { String::new() };
            let measure = published.to_string();
            // A result against another number or bar is none against this one.
            let same = |row: &&&ReachedRow| row.published == published.value && row.bar == published.bar;
            let result = found.get(&(recipe.id.as_str(), measure.as_str())).filter(same);
            lines.push([
                first(recipe.id.clone()),
                first(recipe.rule.id.to_owned()),
                measure.clone(),
                format!("{}", published.value),
                format!("±{}", published.bar),
                first(format!("{}", recipe.cpu_hours)),
                result.map_or_else(|| "–".to_owned(), |row| ours(row)),
                result.map_or_else(|| "–".to_owned(), |row| row.verdict.clone()),
            ]);
        }
    }
    lines
}

/// Mean, interval and seeds.
pub fn ours(row: &ReachedRow) -> String {
    let interval = match (row.low, row.high) {
        (Some(low), Some(high)) => format!(" [{low:.2}, {high:.2}]"),
        _ => String::new(),
    };
    match row.ours {
        Some(ours) => format!("{ours:.2}{interval}, n = {}", row.n),
        None => "none".to_owned(),
    }
}

/// For a terminal.
pub fn text(recipes: &[Recipe], results: &[ReachedRow]) -> String {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_content_arrangement(ContentArrangement::Disabled).set_header(HEADS);
    for line in lines(recipes, results) {
        table.add_row(line);
    }
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// For a page.
pub fn markdown(recipes: &[Recipe], results: &[ReachedRow]) -> String {
    let row = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut page = row(&HEADS.map(str::to_owned)) + &row(&HEADS.map(|_| "---".to_owned()));
    for line in lines(recipes, results) {
        page += &row(&line);
    }
    page += "\n";
    for recipe in recipes {
        let from =
            format!("- `{}`: {}. Source: {}, read from {}.", recipe.id, recipe.title, recipe.source, recipe.read);
        page += &from;
        if !recipe.departures.is_empty() {
            page += &format!(" Departures: {}", recipe.departures);
        }
        page += "\n";
    }
    page
}
