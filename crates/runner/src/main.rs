//! The `trompe` command: experiment files, plans, runs, observers, measures, reports.

mod adversarial;
mod analysis;
mod battery;
mod bridge;
mod cell;
mod cli;
mod commands;
mod digits;
mod experiment;
mod export;
mod human;
mod identity;
mod imported;
mod joint;
mod layers;
mod ledger;
mod manifest;
mod measures;
mod observe;
mod painting;
mod pictures;
mod plan;
mod plausibility;
mod recipe;
mod recipes;
mod reference;
mod replay;
mod report;
mod responses;
mod rows;
mod rulebook;
mod run;
mod score;
mod settling;
mod sheet;
#[cfg(test)]
mod shipped;
mod store;
mod tuning;
mod validation;

use clap::{CommandFactory as _, Parser as _};
use cli::{Cli, RecipeVerb, StimuliVerb, Verb};
use commands::{CommandResult, Ending};
use std::process::ExitCode;

/// Freed blocks are kept for the next step of the same size; glibc would give them back and fault them in again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match dispatch(&cli.verb) {
        Ok(ending) => ExitCode::from(ending.code()),
        Err(error) => {
            commands::run::say(&format!("{error}"));
            ExitCode::from(error.code())
        }
    }
}

fn dispatch(verb: &Verb) -> CommandResult {
    match verb {
        Verb::Run(args) => commands::run::run(args),
        Verb::Tune(args) => commands::tune::tune(args),
        Verb::Check { files } => commands::check::check(files),
        Verb::Plan { file, json } => commands::plan::plan(file, *json),
        Verb::Audit(args) => commands::audit::run(args),
        Verb::Report { file, results } => commands::report::report(file, results),
        Verb::Compare { runs, csv } => commands::compare::run(runs, csv),
        Verb::Stimuli(StimuliVerb::Draw { files, out }) => commands::stimuli::draw(files, out.as_deref()),
        Verb::Stimuli(StimuliVerb::Verify { folders }) => commands::stimuli::verify(folders),
        Verb::Stimuli(StimuliVerb::Regen { file, out }) => commands::regen::regen(file, out.as_deref()),
        Verb::Stimuli(StimuliVerb::Export(args)) => commands::export::export(args),
        Verb::Recipe(RecipeVerb::List(args)) => commands::recipe::list(args),
        Verb::Recipe(RecipeVerb::Verify(args)) => commands::recipe::verify(args),
        Verb::Recipe(RecipeVerb::Table(args)) => commands::recipe::table(args),
        Verb::Score(args) => commands::score::score(args),
        Verb::List { what, json } => commands::list::list(what.as_deref(), *json),
        Verb::Completions { shell } => {
            clap_complete::generate(*shell, &mut Cli::command(), "trompe", &mut std::io::stdout());
            Ok(Ending::Done)
        }
    }
}
