//! Settings of a rule: a small typed map, checked against the rule's own list before anything is built.

use core::fmt;
use std::collections::BTreeMap;

/// The value of one setting, as an experiment file writes it.
#[derive(Clone, Debug, PartialEq)]
pub enum SettingValue {
    /// A number; counts are whole numbers.
    Number(f64),
    /// A word.
    Text(String),
    /// Yes or no.
    Flag(bool),
}

/// The settings that an experiment gives to a rule, by key; what is absent takes the rule's default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings(BTreeMap<String, SettingValue>);

/// The default of a setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SettingDefault {
    /// A number.
    Number(f64),
    /// A word.
    Text(&'static str),
    /// Yes or no.
    Flag(bool),
}

/// What kind of value a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingKind {
    /// A finite number.
    Number,
    /// A whole number.
    Count,
    /// One of a few words.
    Text,
    /// Yes or no.
    Flag,
}

/// Which values a setting may take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SettingRange {
    /// Greater than the first and at most the second.
    AboveUpTo(f64, f64),
    /// At least the first and at most the second.
    FromTo(f64, f64),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Yes or no.
    Either,
}

/// One setting of a rule, as `trompe list` prints it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SettingInfo {
    /// Key in the experiment file.
    pub key: &'static str,
    /// Kind of the value.
    pub kind: SettingKind,
    /// Value where the experiment gives none.
    pub default: SettingDefault,
    /// Values allowed.
    pub range: SettingRange,
    /// One line for people.
    pub help: &'static str,
}

/// What is wrong with a setting.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SettingError {
    /// The rule has no such setting.
    #[error("setting \"{key}\" must be one of: {known}")]
    Unknown {
        /// The key.
        key: String,
        /// The keys of the rule, separated by commas; "none" where it has none.
        known: String,
    },
    /// The value is of another kind.
    #[error("setting \"{key}\" must be {must}, got {got}")]
    Value {
        /// The key.
        key: String,
        /// What must hold.
        must: String,
        /// The value.
        got: SettingValue,
    },
    /// The setting has no meaning beside another one.
    #[error("setting \"{key}\" must be left out when {beside}")]
    Meaningless {
        /// The key.
        key: &'static str,
        /// The setting that takes its meaning away.
        beside: &'static str,
    },
}

/// Settings in which every value of the rule's list stands and has been checked.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedSettings(BTreeMap<&'static str, SettingValue>);

impl fmt::Display for SettingValue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(out, "{number}"),
            Self::Text(text) => write!(out, "\"{text}\""),
            Self::Flag(flag) => write!(out, "{flag}"),
        }
    }
}

impl fmt::Display for SettingDefault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value().fmt(out)
    }
}

impl fmt::Display for SettingRange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AboveUpTo(above, most) => write!(out, "greater than {above} and at most {most}"),
            Self::FromTo(least, most) => write!(out, "at least {least} and at most {most}"),
            Self::OneOf(words) => {
                let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
                write!(out, "one of {}", quoted.join(", "))
            }
            Self::Either => out.write_str("true or false"),
        }
    }
}

impl SettingDefault {
    /// The same as a value.
    pub fn value(self) -> SettingValue {
        match self {
            Self::Number(number) => SettingValue::Number(number),
            Self::Text(text) => SettingValue::Text(text.to_owned()),
            Self::Flag(flag) => SettingValue::Flag(flag),
        }
    }
}

impl SettingInfo {
    fn admits(&self, value: &SettingValue) -> bool {
        match (self.kind, value) {
            (SettingKind::Number, SettingValue::Number(number)) => self.range.holds(*number),
            (SettingKind::Count, SettingValue::Number(number)) => {
                libm::floor(*number) == *number && self.range.holds(*number)
            }
            (SettingKind::Text, SettingValue::Text(text)) => self.range.lists(text),
            (SettingKind::Flag, SettingValue::Flag(_)) => true,
            (
                SettingKind::Number | SettingKind::Count | SettingKind::Text | SettingKind::Flag,
                SettingValue::Number(_) | SettingValue::Text(_) | SettingValue::Flag(_),
            ) => false,
        }
    }

    fn must(&self) -> String {
        match self.kind {
            SettingKind::Number => format!("a number {}", self.range),
            SettingKind::Count => format!("a whole number {}", self.range),
            SettingKind::Text | SettingKind::Flag => self.range.to_string(),
        }
    }
}

impl SettingRange {
    fn holds(self, number: f64) -> bool {
        match self {
            Self::AboveUpTo(above, most) => number > above && number <= most,
            Self::FromTo(least, most) => number >= least && number <= most,
            Self::OneOf(_) | Self::Either => false,
        }
    }

    fn lists(self, text: &str) -> bool {
        match self {
            Self::OneOf(words) => words.contains(&text),
            Self::AboveUpTo(..) | Self::FromTo(..) | Self::Either => false,
        }
    }
}

impl Settings {
    /// No settings: all defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// These settings and a number.
    #[must_use]
    pub fn with_number(self, key: &str, number: f64) -> Self {
        self.with(key, SettingValue::Number(number))
    }

    /// These settings and a word.
    #[must_use]
    pub fn with_text(self, key: &str, text: &str) -> Self {
        self.with(key, SettingValue::Text(text.to_owned()))
    }

    /// These settings and one more; the last one given to a key stands.
    #[must_use]
    pub fn with(mut self, key: &str, value: SettingValue) -> Self {
        self.0.insert(key.to_owned(), value);
        self
    }

    /// The settings given, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SettingValue)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Whether a key was given.
    pub fn contains(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Checks every value against the rule's list and fills in the defaults.
    ///
    /// # Errors
    /// [`SettingError::Unknown`] for a key outside the list, [`SettingError::Value`] for a value of another kind or out
    /// of range.
    pub fn check(&self, infos: &'static [SettingInfo]) -> Result<CheckedSettings, SettingError> {
        let mut checked: BTreeMap<_, _> = infos.iter().map(|info| (info.key, info.default.value())).collect();
        for (key, value) in &self.0 {
            let info = infos.iter().find(|info| info.key == key).ok_or_else(|| unknown(key, infos))?;
            if !info.admits(value) {
                return Err(SettingError::Value { key: key.clone(), must: info.must(), got: value.clone() });
            }
            checked.insert(info.key, value.clone());
        }
        Ok(CheckedSettings(checked))
    }
}

fn unknown(key: &str, infos: &[SettingInfo]) -> SettingError {
    let known: Vec<_> = infos.iter().map(|info| info.key).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    SettingError::Unknown { key: key.to_owned(), known }
}

impl CheckedSettings {
    /// The number of a key.
    ///
    /// # Panics
    /// If the rule's list has no number of this key: a bug of the rule.
    pub fn number(&self, key: &str) -> f64 {
        match self.0.get(key) {
            Some(SettingValue::Number(number)) => *number,
            Some(SettingValue::Text(_) | SettingValue::Flag(_)) | None => {
                panic!("\"{key}\" must be a number in the rule's list")
            }
        }
    }

    /// The whole number of a key.
    ///
    /// # Panics
    /// As [`CheckedSettings::number`].
    pub fn count(&self, key: &str) -> usize {
        self.number(key) as usize
    }

    /// The word of a key.
    ///
    /// # Panics
    /// If the rule's list has no word of this key: a bug of the rule.
    pub fn text(&self, key: &str) -> &str {
        match self.0.get(key) {
            Some(SettingValue::Text(text)) => text,
            Some(SettingValue::Number(_) | SettingValue::Flag(_)) | None => {
                panic!("\"{key}\" must be a word in the rule's list")
            }
        }
    }

    /// The yes or no of a key.
    ///
    /// # Panics
    /// If the rule's list has no yes or no of this key: a bug of the rule.
    pub fn flag(&self, key: &str) -> bool {
        match self.0.get(key) {
            Some(SettingValue::Flag(flag)) => *flag,
            Some(SettingValue::Number(_) | SettingValue::Text(_)) | None => {
                panic!("\"{key}\" must be a yes or no in the rule's list")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INFOS: &[SettingInfo] = &[
        SettingInfo {
            key: "steps",
            kind: SettingKind::Count,
            default: SettingDefault::Number(8.0),
            range: SettingRange::FromTo(1.0, 100.0),
            help: "",
        },
        SettingInfo {
            key: "heads",
            kind: SettingKind::Text,
            default: SettingDefault::Text("pred"),
            range: SettingRange::OneOf(&["pred"]),
            help: "",
        },
        SettingInfo {
            key: "rate",
            kind: SettingKind::Number,
            default: SettingDefault::Number(0.5),
            range: SettingRange::AboveUpTo(0.0, 1.0),
            help: "",
        },
    ];

    #[test]
    fn defaults_stand_where_nothing_is_given() {
        let checked = Settings::new().with_number("rate", 1.0).check(INFOS).expect("rate 1 is in range");
        assert_eq!((checked.count("steps"), checked.text("heads"), checked.number("rate")), (8, "pred", 1.0));
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        let refused = |settings: Settings| settings.check(INFOS).expect_err("must be refused").to_string();
        assert!(
            refused(Settings::new().with_number("stepz", 3.0)).contains("\"stepz\" must be one of: steps, heads, rate")
        );
        for (key, number) in
            [("steps", 0.0), ("steps", 2.5), ("steps", f64::NAN), ("rate", 0.0), ("rate", f64::INFINITY)]
        {
            assert!(refused(Settings::new().with_number(key, number)).contains(key), "{key} = {number}");
        }
        assert!(refused(Settings::new().with_text("rate", "fast")).contains("a number"));
        assert!(refused(Settings::new().with_text("heads", "sim")).contains("\"pred\""));
        assert!(refused(Settings::new().with("heads", SettingValue::Flag(true))).contains("got true"));
    }
}
