//! The verbs. Each reads what it needs, calls the pure parts, writes what came of it, and says how it ended.

pub mod audit;
pub mod check;
pub mod compare;
pub mod export;
pub mod joint;
pub mod list;
pub mod plan;
pub mod progress;
pub mod recipe;
pub mod regen;
mod rehearsal;
pub mod report;
pub mod run;
pub mod score;
pub mod stimuli;
pub mod tune;

/// How a command ended, as an exit code says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All done.
    Done,
    /// Some cells have no result, or ended early; the rest is saved.
    SomeFailed,
    /// A check failed.
    CheckFailed,
    /// Interrupted; what is finished is saved.
    Interrupted,
}

impl Ending {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::SomeFailed => 3,
            Self::CheckFailed => 4,
            Self::Interrupted => 130,
        }
    }
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Usage, experiment file or results folder: exit code 2. The text names file, key and mend.
    #[error("{0}")]
    Usage(String),
    /// Anything else: exit code 1.
    #[error("{0}")]
    Internal(String),
}

impl CommandError {
    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Internal(_) => 1,
        }
    }
}

impl From<crate::store::StoreError> for CommandError {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<crate::plan::PlanError> for CommandError {
    fn from(error: crate::plan::PlanError) -> Self {
        Self::Usage(error.to_string())
    }
}

/// What every command returns.
pub type CommandResult = Result<Ending, CommandError>;

/// Writes to standard output. A reader that has seen enough, such as `head`, is no reason to fail.
pub fn print(text: &str) -> Result<(), CommandError> {
    use std::io::Write as _;
    let mut out = anstream::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(CommandError::Internal(format!("standard output: {error}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// A text as JSON writes it, quotation marks included.
pub fn json_text(text: &str) -> String {
    let mut json = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => json.extend(['\\', letter]),
            control if control < ' ' => json += &format!("\\u{:04x}", control as u32),
            other => json.push(other),
        }
    }
    json + "\""
}

#[cfg(test)]
mod tests {
    #[test]
    fn json_escapes_what_it_must_and_nothing_else() {
        // RFC 8259, section 7: quotation mark, reverse solidus and control characters.
        assert_eq!(super::json_text("a\"b\\c\n\u{1}"), r#""a\"b\\c\u000a\u0001""#);
        assert_eq!(super::json_text("d′ e\u{301} '/'"), "\"d′ e\u{301} '/'\"");
    }
}
