//! Settings of a world or an illusion: a small typed map, and a reader that leaves nothing unread.

use crate::StimulusError;
use std::collections::BTreeMap;

/// One setting.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Any number.
    Number(f64),
    /// A word.
    Text(String),
    /// Yes or no.
    Flag(bool),
    /// Numbers in order.
    List(Vec<f64>),
}

impl Value {
    fn kind(&self) -> &'static str {
        match self {
            Self::Number(_) => "a number",
            Self::Text(_) => "a word",
            Self::Flag(_) => "true or false",
            Self::List(_) => "a list of numbers",
        }
    }
}

/// Settings by name, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings(pub BTreeMap<String, Value>);

impl Settings {
    /// Nothing set: every default.
    pub fn new() -> Self {
        Self::default()
    }

    /// These and one more.
    #[must_use]
    pub fn with(mut self, key: &str, value: Value) -> Self {
        self.0.insert(key.to_owned(), value);
        self
    }
}

/// The meaning of a word among several.
pub(crate) fn chosen<T: Copy>(
    owner: &str,
    key: &str,
    word: &str,
    choices: &[(&'static str, T)],
) -> Result<T, StimulusError> {
    let unknown = || StimulusError::UnknownChoice {
        owner: owner.to_owned(),
        key: key.to_owned(),
        value: word.to_owned(),
        allowed: choices.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", "),
    };
    choices.iter().find(|(known, _)| *known == word).map(|(_, meaning)| *meaning).ok_or_else(unknown)
}

/// The word for a choice, for metadata: the one that chooses it.
pub(crate) fn word<T: PartialEq>(choices: &[(&'static str, T)], choice: T) -> &'static str {
    choices.iter().find(|(_, meaning)| *meaning == choice).map_or("", |(word, _)| *word)
}

/// Reads settings one by one; [`Reader::finish`] rejects what was not read.
///
/// ```
/// use trompe_stimuli::{Reader, Settings, Value};
///
/// let settings = Settings::new().with("ring", Value::Number(12.0));
/// let mut reader = Reader::new(&settings, "rotating_snakes");
/// assert_eq!(reader.number("rings", 12.0)?, 12.0);
/// let message = reader.finish().unwrap_err().to_string();
/// assert_eq!(message, "rotating_snakes: no setting `ring`; allowed: rings");
/// # Ok::<(), trompe_stimuli::StimulusError>(())
/// ```
pub struct Reader<'a> {
    settings: &'a Settings,
    owner: &'static str,
    read: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    /// A reader for `owner`, who is named in errors.
    pub fn new(settings: &'a Settings, owner: &'static str) -> Self {
        Self { settings, owner, read: Vec::new() }
    }

    fn get(&mut self, key: &'static str) -> Option<&'a Value> {
        self.read.push(key);
        self.settings.0.get(key)
    }

    fn wrong(&self, key: &str, expected: &'static str, value: &Value) -> StimulusError {
        StimulusError::WrongType {
            owner: self.owner.to_owned(),
            key: key.to_owned(),
            expected,
            found: value.kind(),
            allowed: self.read.join(", "),
        }
    }

    /// A number.
    ///
    /// # Errors
    /// [`StimulusError::WrongType`].
    pub fn number(&mut self, key: &'static str, default: f64) -> Result<f64, StimulusError> {
        match self.get(key) {
            None => Ok(default),
            Some(Value::Number(number)) => Ok(*number),
            Some(other) => Err(self.wrong(key, "a number", other)),
        }
    }

    /// A number within bounds, both included.
    ///
    /// # Errors
    /// [`StimulusError::WrongType`], [`StimulusError::OutOfRange`] with the rule `must`.
    pub fn number_in(
        &mut self,
        key: &'static str,
        default: f64,
        bounds: [f64; 2],
        must: &'static str,
    ) -> Result<f64, StimulusError> {
        let value = self.number(key, default)?;
        crate::error::require(key, value, value >= bounds[0] && value <= bounds[1], must)?;
        Ok(value)
    }

    /// Yes or no.
    ///
    /// # Errors
    /// [`StimulusError::WrongType`].
    pub fn flag(&mut self, key: &'static str, default: bool) -> Result<bool, StimulusError> {
        match self.get(key) {
            None => Ok(default),
            Some(Value::Flag(flag)) => Ok(*flag),
            Some(other) => Err(self.wrong(key, "true or false", other)),
        }
    }

    /// One of several words, each with its meaning; the first is the default.
    ///
    /// # Errors
    /// [`StimulusError::WrongType`], [`StimulusError::UnknownChoice`].
    pub fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&'static str, T)]) -> Result<T, StimulusError> {
        let word = match self.get(key) {
            None => choices.first().map_or("", |(word, _)| word),
            Some(Value::Text(word)) => word,
            Some(other) => return Err(self.wrong(key, "a word", other)),
        };
        chosen(self.owner, key, word, choices)
    }

    /// Numbers in order.
    ///
    /// # Errors
    /// [`StimulusError::WrongType`].
    pub fn list(&mut self, key: &'static str, default: &[f64]) -> Result<Vec<f64>, StimulusError> {
        match self.get(key) {
            None => Ok(default.to_vec()),
            Some(Value::List(list)) => Ok(list.clone()),
            Some(other) => Err(self.wrong(key, "a list of numbers", other)),
        }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`StimulusError::UnknownSetting`] for the first key that nobody read.
    pub fn finish(self) -> Result<(), StimulusError> {
        let allowed = if self.read.is_empty() { "none".to_owned() } else { self.read.join(", ") };
        match self.settings.0.keys().find(|key| !self.read.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => Err(StimulusError::UnknownSetting { owner: self.owner.to_owned(), key: key.clone(), allowed }),
        }
    }
}
