//! `trompe check`: reads experiment files and reports every mistake; the other verbs read through here too.

use super::rehearsal::{Unfit, rehearse};
use super::{CommandError, CommandResult, Ending, print};
use crate::bridge;
use crate::experiment::{self, Experiment, ReadFailure};
use std::fs;
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
/// The file cannot be read, is not text, or has mistakes, which the message has with their lines: all that can be read
/// off the file, or the first that shows when the experiment is put together.
pub fn read(file: &Path) -> Result<ReadFile, CommandError> {
    let name = file.display();
    let bytes = fs::read(file).map_err(|error| {
        CommandError::Usage(format!("{name}: cannot read the experiment file: {error}; check the path"))
    })?;
    let text = String::from_utf8(bytes).map_err(|error| CommandError::Usage(not_text(&name.to_string(), &error)))?;
    let name = name.to_string();
    let shown = |failure: &ReadFailure| CommandError::Usage(failure.render(stderr_takes_color()));
    let experiment = experiment::read(&text, &name, &bridge::known()).map_err(|failure| shown(&failure))?;
    rehearse(&experiment)
        .map_err(|Unfit { place, why, mend }| shown(&ReadFailure::at(&text, &name, place, (why, mend.into()))))?;
    Ok(ReadFile { experiment, text, path: file.to_path_buf() })
}

/// Reads all files, says which are sound, and fails after the last one if any is not.
pub fn check(files: &[PathBuf]) -> CommandResult {
    let mut failures = Vec::new();
    for file in files {
        match read(file) {
            Ok(read) => {
                let line = format!("{}: `{}` has no mistakes", file.display(), read.experiment.id);
                print(&format!("{line}\n"))?;
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
