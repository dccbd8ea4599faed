//! The report of a run: evidence in, text out. Pure; the caller writes the files.
//!
//! | function | gives |
//! |---|---|
//! | [`terminal()`] | a compact table and the findings, for the terminal |
//! | [`html`] | one self-contained page: no network, no script, no foreign fonts |
//! | [`figures()`] | the figures of the page as separate SVG files |
//! | [`side_by_side`], [`joint_html`] | experiments on several illusions, rule by rule |
//! | [`plausibility()`] | outcomes against the ledger, illusion by illusion |
//! | [`compare`] | any number of runs side by side, and what about them is not comparable |
//!
//! Whatever has no value is shown with its reason. Tests hold every text against `words::forbidden_words`, which keeps the
//! language to what was measured.

mod attacks;
mod beside;
mod book;
mod canvas;
mod colors;
mod comparison;
mod curves;
mod differences;
mod figures;
mod forest;
mod motion;
mod page;
mod people;
mod plausibility;
mod scale;
mod sections;
mod style;
mod tables;
mod terminal;
mod words;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use beside::{JointPart, joint_html, side_by_side};
pub use comparison::{RunTables, compare};
pub use figures::figures;
pub use page::html;
pub use plausibility::{PlausibilityInput, PlausibilityPage, plausibility};
pub use terminal::terminal;
#[cfg(test)]
pub use words::forbidden_words;
pub(crate) use words::{interval_text, number_text};

use crate::experiment::Experiment;
use crate::ledger::Account;
use crate::rows::{
    AdversarialRow, AlignmentRow, AttackCheckRow, BrightnessRow, ColorRow, CourseRow, FlowRow, LayerRow, MeasureRow,
    MotionRow, PaintingRow, TrainingRow, TransferRow, TrialRow,
};

/// Everything a report is made from.
pub struct Evidence<'a> {
    /// What was asked.
    pub experiment: &'a Experiment,
    /// Facts about the run.
    pub run: RunFacts,
    /// All blocks.
    pub trials: &'a [TrialRow],
    /// Competence along training.
    pub training: &'a [TrainingRow],
    /// Agreement with the true gradient, by layer.
    pub alignment: &'a [AlignmentRow],
    /// What layers tell.
    pub layers: &'a [LayerRow],
    /// Answers over steps of settling.
    pub course: &'a [CourseRow],
    /// What attacks did.
    pub adversarial: &'a [AdversarialRow],
    /// Whether these can be believed.
    pub attack_checks: &'a [AttackCheckRow],
    /// What pictures made on one network did to another.
    pub transfer: &'a [TransferRow],
    /// What networks that give pictures make of the church.
    pub colors: &'a [ColorRow],
    /// What they make of displays of brightness.
    pub brightness: &'a [BrightnessRow],
    /// What turns in the predictions of networks that give the next frame.
    pub motion: &'a [MotionRow],
    /// Where places of the still disk go in them.
    pub flow: &'a [FlowRow],
    /// How good their pictures are, and how nearly linear.
    pub painting: &'a [PaintingRow],
    /// Measures and contrasts.
    pub measures: &'a [MeasureRow],
    /// What follows.
    pub findings: &'a Findings,
    /// Pictures of what was shown.
    pub sheets: Vec<Thumbnail>,
    /// Texts of the rules used.
    pub rules: Vec<EntryText>,
    /// What each observer's rule needs and costs.
    pub ledger: Vec<Account>,
}

/// Facts about a run, as the manifest has them; times are left there, so that the page has the same bytes every time.
#[derive(Clone, Debug, Default)]
pub struct RunFacts {
    /// Identity of the resolved experiment.
    pub hash: String,
    /// SHA-256 of the declared analysis.
    pub analysis_sha256: String,
    /// How many versions of this experiment have been started, this one included.
    pub versions_started: usize,
    /// The command that reproduces the run.
    pub command: String,
    /// Version of this program.
    pub version: String,
    /// Device.
    pub device: String,
    /// Processor features by which the kernels are chosen.
    pub cpu_features: String,
    /// Cells planned.
    pub cells_planned: usize,
    /// Cells finished.
    pub cells_done: usize,
    /// Cells without a result: which, and why.
    pub failed: Vec<(String, String)>,
    /// Cells that ended early: which, and why.
    pub ended: Vec<(String, String)>,
    /// The experiment file as it was read.
    pub source: String,
}

/// What the analysis concludes.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The finding in one or two sentences.
    pub headline: String,
    /// The findings one by one.
    pub sentences: Vec<Sentence>,
    /// What this run cannot show.
    pub cannot_show: Vec<String>,
    /// Whether the instruments behaved.
    pub instrument_checks: Vec<Check>,
}

/// One finding.
#[derive(Clone, Debug)]
pub struct Sentence {
    /// What it is about; sentences of one topic stand together.
    pub topic: String,
    /// The finding.
    pub text: String,
    /// How far it goes.
    pub kind: SentenceKind,
}

/// How far a sentence goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentenceKind {
    /// The evidence supports it.
    Supported,
    /// No effect, by a test or against a baseline.
    Null,
    /// Neither an effect nor its absence is established.
    NotEstablished,
}

impl SentenceKind {
    /// The label in front of the sentence.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Null => "no effect",
            Self::NotEstablished => "not established",
        }
    }

    /// Class of its tag on the page.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Null => "null",
            Self::NotEstablished => "open",
        }
    }
}

/// An instrument check.
#[derive(Clone, Debug)]
pub struct Check {
    /// What must hold.
    pub name: String,
    /// Whether it did.
    pub held: bool,
    /// The numbers behind.
    pub detail: String,
}

/// A picture of what was shown.
#[derive(Clone, Debug)]
pub struct Thumbnail {
    /// Condition or training set.
    pub title: String,
    /// What is in it; also read aloud in its place.
    pub caption: String,
    /// The PNG file, or GIF where it moves.
    pub png: Vec<u8>,
}

impl Thumbnail {
    /// `png` or `gif`, as its first bytes say.
    pub fn format(&self) -> &'static str {
        if self.png.starts_with(b"GIF8") { "gif" } else { "png" }
    }
}

/// The documented text of a rule.
#[derive(Clone, Debug)]
pub struct EntryText {
    /// Name in experiment files.
    pub id: String,
    /// Name in prose.
    pub title: String,
    /// Family of rules.
    pub family: String,
    /// What it does.
    pub summary: String,
    /// Where it was published.
    pub source: String,
    /// What differs from the publication, and why.
    pub departures: String,
}
