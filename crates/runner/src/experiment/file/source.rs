//! The TOML tree with its places: tables that know which keys were asked for, values that say what they should be.

use super::diagnostics::{Basis, Mistakes, nearest, suggest};
use super::known::Bounds;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The largest count of anything.
const MOST: usize = 1_000_000;

/// A table while it is read. Keys that nobody asked for are mistakes; [`Section::finish`] reports them.
pub(super) struct Section<'t> {
    /// As it is called in messages: `[training]`, `layer 2`.
    pub(super) title: String,
    /// Where absent keys are reported.
    pub(super) at: Range<usize>,
    /// What stands in it.
    pub(super) entries: Vec<Value<'t>>,
    asked: Vec<String>,
    /// Absent keys, each with its mend.
    missing: Vec<(String, String)>,
    pub(super) mistakes: &'t Mistakes,
}

/// Names that other tables may refer to.
#[derive(Default)]
pub(super) struct Names {
    /// The names, in the order of the file.
    pub(super) defined: Vec<String>,
    /// Whether these are all: a misspelled rule leaves it open what its observer would be called.
    pub(super) certain: bool,
}

/// A value with its key and place.
#[derive(Clone)]
pub(super) struct Value<'t> {
    /// Its key; the array's key for an element.
    pub(super) key: String,
    /// The table's title.
    pub(super) section: String,
    /// Bytes of the key.
    pub(super) key_at: Range<usize>,
    /// Bytes of the value.
    pub(super) at: Range<usize>,
    value: &'t DeValue<'t>,
    pub(super) mistakes: &'t Mistakes,
}

impl<'t> Section<'t> {
    pub(super) fn new(title: String, at: Range<usize>, table: &'t DeTable<'t>, mistakes: &'t Mistakes) -> Self {
        let entries = table
            .iter()
            .map(|(key, value)| Value {
                key: key.get_ref().to_string(),
                section: title.clone(),
                key_at: key.span(),
                at: value.span(),
                value: value.get_ref(),
                mistakes,
            })
            .collect();
        Self { title, at, entries, asked: Vec::new(), missing: Vec::new(), mistakes }
    }

    /// A table in which nothing is written.
    pub(super) fn empty(title: String, at: Range<usize>, mistakes: &'t Mistakes) -> Self {
        Self { title, at, entries: Vec::new(), asked: Vec::new(), missing: Vec::new(), mistakes }
    }

    /// The value of a key, if it is there.
    pub(super) fn get(&mut self, key: &str) -> Option<Value<'t>> {
        self.asked.push(key.to_owned());
        self.entries.iter().find(|entry| entry.key == key).cloned()
    }

    /// Whether a key is written.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key)
    }

    /// The value of a key that must be there.
    pub(super) fn need(&mut self, key: &str) -> Option<Value<'t>> {
        let found = self.get(key);
        if found.is_none() {
            self.missing.push((key.to_owned(), format!("add a line `{key} = …`")));
        }
        found
    }

    /// The value of an array of tables that must be there.
    pub(super) fn need_tables(&mut self, key: &str) -> Option<Value<'t>> {
        let found = self.get(key);
        if found.is_none() {
            self.missing.push((key.to_owned(), format!("add at least one table `[[{key}]]`")));
        }
        found
    }

    /// What `read` makes of a key; the default where the key is absent, nothing where it is wrong.
    pub(super) fn or<T>(&mut self, key: &str, default: T, read: impl FnOnce(&Value<'t>) -> Option<T>) -> Option<T> {
        match self.get(key) {
            Some(value) => read(&value),
            None => Some(default),
        }
    }

    /// Reports keys that nobody asked for, then keys that are absent and not merely misspelled.
    pub(super) fn finish(mut self) {
        let asked: Vec<&str> = self.asked.iter().map(String::as_str).collect();
        for entry in self.entries.iter().filter(|entry| !asked.contains(&entry.key.as_str())) {
            let absent: Vec<&str> =
                asked.iter().copied().filter(|key| !self.entries.iter().any(|other| other.key == *key)).collect();
            let meant = nearest(&entry.key, absent.iter().copied());
            let help = match meant {
                Some(name) => format!("did you mean `{name}`?"),
                None => suggest(&entry.key, &asked),
            };
            let message = format!("unknown key `{}` in {}", entry.key, self.title);
            self.mistakes.add(Basis::Itself, entry.key_at.clone(), message, Some(help));
            if let Some(meant) = meant {
                self.missing.retain(|(key, _)| key != meant);
            }
        }
        for (key, help) in self.missing {
            let message = format!("{} lacks the key `{key}`", self.title);
            self.mistakes.add(Basis::Elsewhere, self.at.clone(), message, Some(help));
        }
    }
}

impl<'t> Value<'t> {
    /// Reports this value as wrong in itself.
    pub(super) fn wrong(&self, message: impl Into<String>, help: Option<String>) {
        self.mistakes.add(Basis::Itself, self.at.clone(), message, help);
    }

    /// Reports this value as not agreeing with what stands elsewhere.
    pub(super) fn disagrees(&self, message: impl Into<String>, help: impl Into<String>) {
        self.mistakes.add(Basis::Elsewhere, self.at.clone(), message, Some(help.into()));
    }

    /// "`batch` in `[training]`", as messages call it.
    pub(super) fn name(&self) -> String {
        format!("`{}` in {}", self.key, self.section)
    }

    fn wrong_type<T>(&self, wanted: &str) -> Option<T> {
        let help = match self.value {
            DeValue::String(text) if wanted.contains("number") && text.trim().parse::<f64>().is_ok() => {
                Some(format!("drop the quotation marks: `{} = {}`", self.key, text.trim()))
            }
            DeValue::Table(_) if wanted.contains("[[") => Some(format!("write `[[{}]]`, once for each", self.key)),
            _ => None,
        };
        self.wrong(format!("{} must be {wanted}, found {}", self.name(), self.found()), help);
        None
    }

    fn found(&self) -> String {
        match self.value {
            DeValue::String(text) => format!("the string \"{text}\""),
            DeValue::Integer(number) => format!("the number {number}"),
            DeValue::Float(number) => format!("the number {number}"),
            DeValue::Boolean(flag) => format!("`{flag}`"),
            DeValue::Datetime(_) => "a date".to_owned(),
            DeValue::Array(_) => "a list".to_owned(),
            DeValue::Table(_) => "a table".to_owned(),
        }
    }

    /// The string, if it is one; says nothing where it is not.
    pub(super) fn peek(&self) -> Option<&'t str> {
        self.value.as_str()
    }

    /// Whether it is a list.
    /// Whether a table is written here.
    pub(super) fn is_table(&self) -> bool {
        self.value.is_table()
    }

    /// Whether a list is written here.
    pub(super) fn is_list(&self) -> bool {
        self.value.is_array()
    }

    /// A string that is not blank.
    pub(super) fn text(&self) -> Option<String> {
        match self.value.as_str() {
            Some(text) if !text.trim().is_empty() => Some(text.to_owned()),
            Some(_) => {
                self.wrong(format!("{} must not be empty", self.name()), None);
                None
            }
            None => self.wrong_type("a string"),
        }
    }

    /// `true` or `false`.
    pub(super) fn flag(&self) -> Option<bool> {
        self.value.as_bool().or_else(|| self.wrong_type("`true` or `false`"))
    }

    /// One of several words.
    pub(super) fn choice(&self, what: &str, names: &[&str]) -> Option<String> {
        let text = self.text()?;
        if names.contains(&text.as_str()) {
            return Some(text);
        }
        self.wrong(format!("unknown {what} `{text}`"), Some(suggest(&text, names)));
        None
    }

    fn raw_number(&self) -> Option<f64> {
        match self.value {
            DeValue::Integer(number) => {
                i64::from_str_radix(number.as_str(), number.radix()).ok().map(|whole| whole as f64)
            }
            DeValue::Float(number) => number.as_str().parse().ok(),
            DeValue::String(_) | DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
                None
            }
        }
    }

    /// A number within bounds.
    pub(super) fn number(&self, bounds: Bounds) -> Option<f64> {
        let Some(number) = self.raw_number() else { return self.wrong_type("a number") };
        if bounds.hold(number) {
            return Some(number);
        }
        self.wrong(format!("{} must be {bounds}, found {number}", self.name()), None);
        None
    }

    /// A whole number within bounds.
    pub(super) fn whole(&self, bounds: Bounds) -> Option<usize> {
        let DeValue::Integer(written) = self.value else { return self.wrong_type("a whole number") };
        let number = i64::from_str_radix(written.as_str(), written.radix()).ok();
        match number.and_then(|whole| usize::try_from(whole).ok()).filter(|whole| bounds.hold(*whole as f64)) {
            Some(whole) => Some(whole),
            None => {
                self.wrong(format!("{} must be {bounds}, found {written}", self.name()), None);
                None
            }
        }
    }

    /// How many of something: a whole number from 1, small enough that products of a few do not overflow.
    pub(super) fn count(&self) -> Option<usize> {
        let count = self.whole(Bounds::at_least(1.0))?;
        if count <= MOST {
            return Some(count);
        }
        self.wrong(format!("{} must be at most {MOST}, found {count}", self.name()), None);
        None
    }

    /// The elements of a list; an empty list is a mistake.
    pub(super) fn list(&self, wanted: &str) -> Option<Vec<Value<'t>>> {
        let Some(array) = self.value.as_array() else { return self.wrong_type(wanted) };
        if array.is_empty() {
            self.wrong(format!("{} must hold at least one element", self.name()), None);
            return None;
        }
        Some(array.iter().map(|element| self.element(element)).collect())
    }

    /// The elements of a list that may be empty.
    pub(super) fn list_or_empty(&self, wanted: &str) -> Option<Vec<Value<'t>>> {
        match self.value.as_array() {
            Some(array) if array.is_empty() => Some(Vec::new()),
            _ => self.list(wanted),
        }
    }

    fn element(&self, element: &'t Spanned<DeValue<'t>>) -> Value<'t> {
        Value { at: element.span(), value: element.get_ref(), ..self.clone() }
    }

    /// A name that stands elsewhere in the file as the name of such a thing.
    pub(super) fn reference(&self, what: &str, names: &Names) -> Option<String> {
        let name = self.text()?;
        if names.defined.contains(&name) || !names.certain {
            return Some(name);
        }
        let known: Vec<&str> = names.defined.iter().map(String::as_str).collect();
        self.disagrees(format!("no {what} is named `{name}`"), suggest(&name, &known));
        None
    }

    /// Numbers within bounds.
    pub(super) fn numbers(&self, bounds: Bounds) -> Option<Vec<f64>> {
        // Every element is looked at, so that every wrong one is reported.
        let read: Vec<Option<f64>> =
            self.list("a list of numbers")?.iter().map(|element| element.number(bounds)).collect();
        read.into_iter().collect()
    }

    /// Numbers within bounds, each larger than the one before.
    pub(super) fn increasing(&self, bounds: Bounds) -> Option<Vec<f64>> {
        let numbers = self.numbers(bounds)?;
        match numbers.windows(2).position(|pair| pair[0] >= pair[1]) {
            None => Some(numbers),
            Some(at) => {
                let (before, after) = (numbers[at], numbers[at + 1]);
                let element = &self.list("a list of numbers")?[at + 1];
                let help = Some("write each value once, from the smallest to the largest".to_owned());
                element.wrong(format!("{} must increase, found {after} after {before}", self.name()), help);
                None
            }
        }
    }

    /// The table that the value is.
    pub(super) fn table(&self, title: String) -> Option<Section<'t>> {
        match self.value.as_table() {
            Some(table) => Some(Section::new(title, self.at.clone(), table, self.mistakes)),
            None => self.wrong_type("a table"),
        }
    }
}
