//! Mistakes in an experiment file: collected, put in order, and shown with the line they stand in.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::cell::RefCell;
use std::ops::Range;
use toml::de::DeTable;

/// How many mistakes are shown; a file that is no TOML at all has one in every line.
const SHOWN: usize = 20;

/// What a mistake rests on. Where the syntax is broken, what rests on other lines is not worth saying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    /// The text is not TOML here.
    Syntax,
    /// The value or key alone is wrong.
    Itself,
    /// Something is absent, or does not agree with what stands elsewhere.
    Elsewhere,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Bytes of the text that are wrong.
    pub at: Range<usize>,
    /// What is wrong, and what must hold.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
    pub(super) basis: Basis,
}

/// A place in an experiment file, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// A table, or a key above the first table.
    pub table: &'static str,
    /// Which entry, from 0, where the table is an array of tables.
    pub entry: usize,
    /// A key of the table; the table itself where it is absent.
    pub key: Option<&'static str>,
}

impl Place {
    /// Bytes of the place; of the nearest thing above it that is written, where it is not.
    fn within(self, text: &str) -> Range<usize> {
        let (tree, _) = DeTable::parse_recoverable(text);
        let Some(found) = tree.get_ref().get(self.table) else { return 0..0 };
        let entry = found.get_ref().as_array().and_then(|entries| entries.get(self.entry)).unwrap_or(found);
        let key = self.key.and_then(|key| entry.get_ref().as_table()?.get(key));
        key.unwrap_or(entry).span()
    }
}

/// Every mistake of a file, with the text they stand in.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", self.render(false))]
pub struct ReadFailure {
    /// Name of the file, as it is shown.
    pub name: String,
    /// The whole text.
    pub text: String,
    /// At least one mistake, in the order of the file.
    pub mistakes: Vec<Mistake>,
}

/// Where mistakes gather while a file is read.
#[derive(Debug, Default)]
pub(super) struct Mistakes(RefCell<Vec<Mistake>>);

impl Mistakes {
    pub(super) fn add(&self, basis: Basis, at: Range<usize>, message: impl Into<String>, help: Option<String>) {
        self.0.borrow_mut().push(Mistake { at, message: message.into(), help, basis });
    }

    /// All mistakes worth saying, in the order of the file.
    pub(super) fn into_ordered(self, text: &str) -> Vec<Mistake> {
        let mut mistakes = self.0.into_inner();
        for mistake in &mut mistakes {
            mistake.at = within(text, &mistake.at);
        }
        let broken: Vec<usize> =
            mistakes.iter().filter(|one| one.basis == Basis::Syntax).map(|one| place(text, one.at.start).0).collect();
        mistakes.retain(|one| match one.basis {
            Basis::Syntax => true,
            Basis::Itself => !broken.contains(&place(text, one.at.start).0),
            Basis::Elsewhere => broken.is_empty(),
        });
        mistakes.sort_by_key(|one| one.at.start);
        mistakes.dedup();
        mistakes
    }
}

/// A range that lies in the text and on the borders of characters.
fn within(text: &str, at: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(at.start.min(text.len()));
    let end = text.ceil_char_boundary(at.end.clamp(start, text.len()));
    start..end
}

/// Line and column of a byte, both from 1; columns count characters.
fn place(text: &str, byte: usize) -> (usize, usize) {
    let before = &text[..byte];
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (line, before[start..].chars().count() + 1)
}

impl ReadFailure {
    /// One mistake, of a part that is well written and cannot be built: what is wrong, and how to mend it.
    pub fn at(text: &str, name: &str, place: Place, (message, help): (String, String)) -> Self {
        let mistakes = Mistakes::default();
        mistakes.add(Basis::Itself, place.within(text), message, Some(help));
        Self { name: name.into(), text: text.into(), mistakes: mistakes.into_ordered(text) }
    }

    /// Line and column of a mistake, both from 1; columns count characters.
    #[cfg(test)]
    #[allow(dead_code, reason = "read by tests/bad_input.rs")]
    pub fn place(&self, mistake: &Mistake) -> (usize, usize) {
        place(&self.text, mistake.at.start)
    }

    /// All mistakes with the lines they stand in, in color where `styled`.
    pub fn render(&self, styled: bool) -> String {
        let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
        let mut text = String::new();
        for mistake in self.mistakes.iter().take(SHOWN) {
            text += &self.render_one(mistake, &renderer);
            text += "\n\n";
        }
        if self.mistakes.len() > SHOWN {
            text += &format!("… and {} more\n\n", self.mistakes.len() - SHOWN);
        }
        let plural = if self.mistakes.len() == 1 { "mistake" } else { "mistakes" };
        text + &format!("{}: {} {plural}; nothing was run", self.name, self.mistakes.len())
    }

    fn render_one(&self, mistake: &Mistake, renderer: &Renderer) -> String {
        let snippet = Snippet::source(self.text.as_str())
            .path(self.name.as_str())
            .annotation(AnnotationKind::Primary.span(mistake.at.clone()));
        let mut group = Level::ERROR.primary_title(mistake.message.as_str()).element(snippet);
        if let Some(help) = &mistake.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}

/// The name that was probably meant, if one is near.
pub(super) fn nearest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    names
        .into_iter()
        .map(|name| (strsim::jaro_winkler(written, name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, name)| name)
}

/// "did you mean …", or the whole list where nothing is near.
pub(super) fn suggest(written: &str, names: &[&str]) -> String {
    match nearest(written, names.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None if names.is_empty() => "nothing can be named here".to_owned(),
        None => format!("known: {}", listed(names)),
    }
}

/// Names in a row, each as code.
pub(super) fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
