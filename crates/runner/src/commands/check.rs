//! `trompe check`: reads experiment files and reports every mistake; the other verbs read through here too.

use super::{CommandError, CommandResult, Ending};
use crate::bridge;
use crate::experiment::{self, Experiment};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// An experiment with the text it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadFile {
    /// What the file asks.
    pub experiment: Experiment,
    /// The file, byte for byte.
    pub text: String,
    /// Where it was read.
    pub path: PathBuf,
}

/// Reads one experiment file.
///
/// # Errors
///
/// The file cannot be read, is not text, or has mistakes; the message then has all of them with their lines.
pub fn read(file: &Path) -> Result<ReadFile, CommandError> {
    let name = file.display();
    let bytes = fs::read(file).map_err(|error| {
        CommandError::Usage(format!("{name}: cannot read the experiment file: {error}; check the path"))
    })?;
    let text = String::from_utf8(bytes).map_err(|error| CommandError::Usage(not_text(&name.to_string(), &error)))?;
    match experiment::read(&text, &name.to_string(), &bridge::known()) {
        Ok(experiment) => Ok(ReadFile { experiment, text, path: file.to_path_buf() }),
        Err(failure) => Err(CommandError::Usage(failure.render(stderr_takes_color()))),
    }
}

/// Reads all files, says which are sound, and fails after the last one if any is not.
pub fn check(files: &[PathBuf]) -> CommandResult {
    let mut failures = Vec::new();
    for file in files {
        match read(file) {
            Ok(read) => {
                let line = format!("{}: `{}` has no mistakes", file.display(), read.experiment.id);
                writeln!(anstream::stdout(), "{line}").map_err(|error| CommandError::Internal(error.to_string()))?;
            }
            Err(CommandError::Usage(text)) => failures.push(text),
            Err(error @ CommandError::Internal(_)) => return Err(error),
        }
    }
    if failures.is_empty() { Ok(Ending::Done) } else { Err(CommandError::Usage(failures.join("\n\n"))) }
}

fn not_text(name: &str, error: &std::string::FromUtf8Error) -> String {
    let sound = error.utf8_error().valid_up_to();
    let line = error.as_bytes()[..sound].iter().filter(|&&byte| byte == b'\n').count() + 1;
    format!("{name}:{line}: byte {sound} is not UTF-8 text; save the file as UTF-8")
}

fn stderr_takes_color() -> bool {
    anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never
}
