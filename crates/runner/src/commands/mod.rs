//! The verbs. Each reads what it needs, calls the pure parts, writes what came of it, and says how it ended.

pub mod check;
pub mod compare;
pub mod list;
pub mod plan;
pub mod progress;
pub mod report;
pub mod run;
pub mod stimuli;

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
