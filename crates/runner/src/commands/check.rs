//! `trompe check`: reads experiment files and reports every mistake; the other verbs read through here too.

use super::rehearsal::{Unfit, rehearse};
use super::{CommandError, CommandResult, Ending, joint, print};
use crate::bridge;
use crate::digits;
use crate::experiment::{self, Experiment, Place, ReadFailure};
use crate::painting::{frames, photographs};
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

impl ReadFile {
    /// Refuses a search for rates, in which nothing is shown, where an experiment is wanted.
    ///
    /// # Errors
    /// The file has `[tuning]`.
    pub fn refuse_search(&self) -> Result<(), CommandError> {
        let why = "[tuning] makes this file a search for rates and decays: nothing is shown, and there is no report";
        let mend = format!("search with `trompe tune {}`, or drop [tuning]", self.path.display());
        if self.experiment.tuning.is_none() { Ok(()) } else { Err(self.at_tuning(why, mend)) }
    }

    /// Refuses an experiment where a search for rates is wanted.
    ///
    /// # Errors
    /// The file has no `[tuning]`.
    pub fn require_search(&self) -> Result<(), CommandError> {
        let why = "the file lacks the table [tuning], which says what is searched for";
        let mend = "add `[tuning]` with `rates = [0.001, 0.002, 0.004]` and `decays = [0.01, 0.5]`".to_owned();
        if self.experiment.tuning.is_some() { Ok(()) } else { Err(self.at_tuning(why, mend)) }
    }

    fn at_tuning(&self, why: &str, mend: String) -> CommandError {
        let place = Place { table: "tuning", entry: 0, key: None };
        let failure = ReadFailure::at(&self.text, &self.path.display().to_string(), place, (why.into(), mend));
        CommandError::Usage(failure.render(stderr_takes_color()))
    }
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
    let mut experiment = experiment::read(&text, &name, &bridge::known()).map_err(|failure| shown(&failure))?;
    for (entry, world) in experiment.worlds.iter_mut().enumerate() {
        let place = Place { table: "world", entry, key: Some("settings") };
        let mend = "name a folder or file with what the setting asks for, from where the command is run".to_owned();
        photographs::identify(world)
            .and_then(|()| frames::identify(world))
            .and_then(|()| digits::identify(world))
            .map_err(|why| shown(&ReadFailure::at(&text, &name, place, (why, mend))))?;
    }
    rehearse(&experiment)
        .map_err(|Unfit { place, why, mend }| shown(&ReadFailure::at(&text, &name, place, (why, mend.into()))))?;
    Ok(ReadFile { experiment, text, path: file.to_path_buf() })
}

/// Reads all files, says which are sound, and fails after the last one if any is not.
pub fn check(files: &[PathBuf]) -> CommandResult {
    let mut failures = Vec::new();
    for file in files {
        let sound = match joint::of_file(file) {
            Ok(Some(joint)) => joint::check(&joint).map(|_| joint.id),
            Ok(None) => read(file).map(|read| read.experiment.id),
            Err(error) => Err(error),
        };
        match sound {
            Ok(id) => {
                let line = format!("{}: `{id}` has no mistakes", file.display());
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
