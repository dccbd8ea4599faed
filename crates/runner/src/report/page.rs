//! The page: one HTML file that needs nothing else. Every value passes through the template's escaping.

use super::book::Book;
use super::{Evidence, sections};
use minijinja::{AutoEscape, Environment, context};

const TEMPLATE: &str = include_str!("report.html.j2");

/// The report as one HTML file.
pub fn html(evidence: &Evidence<'_>) -> String {
    let book = Book::new(evidence);
    let (experiment, run, findings) = (evidence.experiment, &evidence.run, evidence.findings);
    let (main, middle) = sections::sections(&book);
    let (status, status_note) = sections::status(experiment.status);
    let held = findings.instrument_checks.iter().filter(|check| check.held).count();
    let checks: Vec<_> = findings
        .instrument_checks
        .iter()
        .map(|check| context! { name => check.name, held => check.held, detail => check.detail })
        .collect();
    let rules: Vec<_> = evidence
        .rules
        .iter()
        .map(|rule| {
            context! { id => rule.id, title => rule.title, family => rule.family, summary => rule.summary,
            source => rule.source, departures => rule.departures }
        })
        .collect();
    let facts = facts(evidence);
    let page = context! {
        title => experiment.title, question => experiment.question, status, status_note,
        seeds => experiment.seeds.len(), headline => findings.headline, topics => sections::topics(&book),
        cannot_show => findings.cannot_show, main, sections => middle, pictures => sections::pictures(&evidence.sheets),
        checks, held, rules, measures => super::tables::measures(&book), glossary => sections::glossary(book.kind, !evidence.adversarial.is_empty()),
        failed => run.failed, ended => run.ended, facts, source => run.source,
    };
    rendered(TEMPLATE, page)
}

/// A template with its values, escaped.
pub(super) fn rendered(template: &str, page: minijinja::Value) -> String {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment
        .render_str(template, page)
        .expect("the template is part of the program and is rendered by its tests; it knows every value it is given")
}

/// Facts of the manifest, those that are known.
fn facts(evidence: &Evidence<'_>) -> Vec<(&'static str, String)> {
    let (run, experiment) = (&evidence.run, evidence.experiment);
    let seeds: Vec<String> = experiment.seeds.iter().map(u64::to_string).collect();
    let known = |text: &str| if text.is_empty() { "not recorded".to_owned() } else { text.to_owned() };
    vec![
        ("experiment", experiment.id.clone()),
        ("hash of the resolved experiment", known(&run.hash)),
        ("hash of the declared analysis (SHA-256)", known(&run.analysis_sha256)),
        ("versions of this experiment started", run.versions_started.to_string()),
        ("command", known(&run.command)),
        ("trompe", known(&run.version)),
        ("device", known(&run.device)),
        ("processor features", known(&run.cpu_features)),
        ("wall times", "in manifest.toml, cell by cell".to_owned()),
        ("cells", format!("{} of {} finished, {} failed", run.cells_done, run.cells_planned, run.failed.len())),
        ("seeds", seeds.join(", ")),
        ("training", format!("{} steps of {} images", experiment.training.steps, experiment.training.batch)),
        ("twins in each condition", experiment.battery.twins.to_string()),
        ("resamples of the bootstrap", experiment.analysis.bootstrap.to_string()),
    ]
}
