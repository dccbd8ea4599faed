//! `trompe audit`: rules held to their identities, and the ledger.

use super::run::say;
use super::{CommandError, CommandResult, Ending, check, json_text, print};
use crate::cli::AuditArgs;
use crate::ledger::{self, Row, table};
use trompe_models::rules::{self, RuleEntry};

/// Audits the rules of an experiment, or all.
pub fn run(args: &AuditArgs) -> CommandResult {
    let named = |name: &String| rules::find(name).map_err(|error| CommandError::Usage(format!("--rule: {error}")));
    let only: Vec<&'static RuleEntry> = args.rules.iter().map(named).collect::<Result<_, _>>()?;
    let subjects = match &args.file {
        Some(file) => ledger::of_experiment(&check::read(file)?.experiment, &only),
        None if only.is_empty() => ledger::of_rules(&rules::ALL.iter().collect::<Vec<_>>()),
        None => ledger::of_rules(&only),
    };
    let subjects = subjects.map_err(CommandError::Usage)?;
    if subjects.is_empty() {
        return Err(CommandError::Usage("no observer of this experiment has a rule that was asked for".into()));
    }
    let mut rows = Vec::new();
    for subject in &subjects {
        rows.push(ledger::audit(subject).map_err(CommandError::Internal)?);
    }
    print(&text(args, &rows)?)?;
    let wrong: Vec<&Row> = rows.iter().filter(|row| !row.wrong.is_empty()).collect();
    for row in &wrong {
        say(&format!("{}: {}", row.observer, row.wrong));
    }
    Ok(if wrong.is_empty() { Ending::Done } else { Ending::CheckFailed })
}

fn text(args: &AuditArgs, rows: &[Row]) -> Result<String, CommandError> {
    let csv = || table::csv(rows).map_err(CommandError::Internal);
    match (args.csv, args.json) {
        (true, _) => csv(),
        (false, true) => as_json(&csv()?),
        (false, false) => Ok(table::text(rows)),
    }
}

/// The CSV's fields, an object a line; numbers and truth values as such, empty fields as null.
fn as_json(csv: &str) -> Result<String, CommandError> {
    let broken = |error: csv::Error| CommandError::Internal(error.to_string());
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let heads = reader.headers().map_err(broken)?.clone();
    let mut text = String::new();
    for record in reader.records() {
        let record = record.map_err(broken)?;
        let field = |(head, field): (&str, &str)| {
            let plain = field.parse::<f64>().is_ok_and(f64::is_finite) || field == "true" || field == "false";
            let value = match (field.is_empty(), plain) {
                (true, _) => "null".to_owned(),
                (false, true) => field.to_owned(),
                (false, false) => json_text(field),
            };
            format!("{}:{value}", json_text(head))
        };
        let fields: Vec<String> = heads.iter().zip(&record).map(field).collect();
        text += &format!("{{{}}}\n", fields.join(","));
    }
    Ok(text)
}
