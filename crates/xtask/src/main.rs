//! `cargo xtask`: what is done to the repository itself and is no part of the program.

mod mutants;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "What is done to the repository itself")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Put deliberate faults into a copy of the workspace, one at a time; each must make its test fail.
    Mutants(mutants::Options),
}

/// The workspace that this program belongs to.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn main() -> ExitCode {
    let Cli { task: Task::Mutants(options) } = Cli::parse();
    match mutants::run(&root(), &options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}
