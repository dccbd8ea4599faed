//! What people do: the tables of `data/human`, parsed and checked. Where they have no number, there is no human value.
//!
//! The tables are compiled in, so that a report can be written anywhere. A row is a value, a range, or a direction without a number; its
//! tag says whether it was read in the source, in an abstract, or is from memory.

use serde::Deserialize;

/// What is said where people were not measured, or the number is not at hand.
pub const NO_VALUE: &str = "no human value";

macro_rules! table {
    ($source:literal) => {
        ($source, include_str!(concat!("../../../data/human/", $source, "/responses.csv")))
    };
}

/// Every source and its table, alphabetical. A test compares the list with the folder.
const SOURCES: [(&str, &str); 12] = [
    table!("banton1992"),
    table!("fan2023"),
    table!("harris2011"),
    table!("kanizsa1976"),
    table!("keane2012"),
    table!("matthews1997"),
    table!("misalignment_jov"),
    table!("murray2020"),
    table!("ringach1996"),
    table!("robinson2007"),
    table!("shipley1992"),
    table!("watanabe1988"),
];

/// How a row was come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tag {
    /// Read in the source, or in code that states it.
    Verified,
    /// Read in the abstract.
    Abstract,
    /// From memory.
    Recall,
}

impl Tag {
    /// Its name in tables.
    pub fn id(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Abstract => "abstract",
            Self::Recall => "recall",
        }
    }
}

/// Which way people go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The first of what is compared is higher, or the measure grows.
    Higher,
    /// The first of what is compared is lower, or the measure falls.
    Lower,
    /// No difference.
    Same,
}

impl Direction {
    fn id(self) -> &'static str {
        match self {
            Self::Higher => "higher",
            Self::Lower => "lower",
            Self::Same => "same",
        }
    }
}

/// What a row says.
#[derive(Clone, Debug, PartialEq)]
pub enum Reported {
    /// A number, with its interval where there is one.
    Value { value: f64, interval: Option<[f64; 2]>, unit: String },
    /// A range without a middle.
    Range { low: f64, high: f64, unit: String },
    /// No number.
    Direction(Direction),
}

/// One row of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Human {
    /// Folder of the source.
    pub source: &'static str,
    /// Illusion, by its name in the list where trompe draws it.
    pub illusion: String,
    /// Measure, by its name in the list where trompe has it.
    pub measure: String,
    /// Condition, or what is compared.
    pub condition: String,
    /// What people did.
    pub reported: Reported,
    /// How that is known.
    pub tag: Tag,
}

/// A row that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("data/human/{source_id}/responses.csv, line {line}: {why}")]
pub struct HumanError {
    source_id: String,
    line: u64,
    why: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Value,
    Range,
    Direction,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    illusion: String,
    measure: String,
    condition: String,
    participant: String,
    kind: Kind,
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    unit: String,
    n: Option<usize>,
    direction: Option<Direction>,
    tag: Tag,
    /// For readers of the file.
    #[serde(rename = "note")]
    _note: String,
}

impl Raw {
    fn reported(&self) -> Result<Reported, String> {
        let finite = [self.value, self.low, self.high].into_iter().flatten().all(f64::is_finite);
        let interval = match (self.low, self.high) {
            (None, None) => None,
            (Some(low), Some(high)) if low <= high => Some([low, high]),
            _ => return Err("`low` and `high` must be both there, in order".to_owned()),
        };
        if !finite {
            return Err("numbers must be finite".to_owned());
        }
        let numbers = self.value.is_some() || interval.is_some();
        if numbers == self.unit.is_empty() {
            return Err("a unit stands with numbers, and only with them".to_owned());
        }
        let unit = self.unit.clone();
        match (self.kind, self.value, interval, self.direction) {
            (Kind::Value, Some(value), interval, None)
                if interval.is_none_or(|[low, high]| low <= value && value <= high) =>
            {
                Ok(Reported::Value { value, interval, unit })
            }
            (Kind::Range, None, Some([low, high]), None) => Ok(Reported::Range { low, high, unit }),
            (Kind::Direction, None, None, Some(direction)) => Ok(Reported::Direction(direction)),
            (Kind::Value | Kind::Range | Kind::Direction, ..) => {
                Err("a value has `value` (within its interval), a range `low` and `high`, a direction `direction`, and no more"
                    .to_owned())
            }
        }
    }

    fn checked(self, source: &'static str) -> Result<Human, String> {
        let reported = self.reported()?;
        let name = |text: &str| !text.is_empty() && text.bytes().all(|at| at.is_ascii_alphanumeric() || at == b'_');
        if !name(&self.illusion) || !name(&self.measure) {
            return Err("`illusion` and `measure` must be names of letters, digits and underscores".to_owned());
        }
        if self.condition.is_empty() || self.n == Some(0) || (!self.participant.is_empty() && self.n != Some(1)) {
            return Err("`condition` must be there, `n` above 0, and 1 for a single participant".to_owned());
        }
        Ok(Human {
            source,
            illusion: self.illusion,
            measure: self.measure,
            condition: self.condition,
            reported,
            tag: self.tag,
        })
    }
}

fn parse(source: &'static str, table: &str) -> Result<Vec<Human>, HumanError> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let failed = |line: u64, why: String| HumanError { source_id: source.to_owned(), line, why };
    let mut rows = Vec::new();
    for (line, raw) in (2..).zip(reader.deserialize::<Raw>()) {
        let raw = raw.map_err(|error| failed(line, error.to_string()))?;
        rows.push(raw.checked(source).map_err(|why| failed(line, why))?);
    }
    if rows.is_empty() { Err(failed(1, "the table has no rows".to_owned())) } else { Ok(rows) }
}

/// Every row of every table, in the order of the sources.
///
/// # Errors
/// The first row that cannot be read.
pub fn all() -> Result<Vec<Human>, HumanError> {
    let tables: Result<Vec<Vec<Human>>, HumanError> =
        SOURCES.iter().map(|(source, table)| parse(source, table)).collect();
    Ok(tables?.concat())
}

/// What is known of an illusion and a measure; empty where there is no human value.
pub fn about<'a>(rows: &'a [Human], illusion: &str, measure: &str) -> Vec<&'a Human> {
    rows.iter().filter(|row| row.illusion == illusion && row.measure == measure).collect()
}

/// A line about rows of one illusion and measure: the numbers with their tags, or [`NO_VALUE`]; then the directions.
pub fn text(rows: &[&Human]) -> String {
    let mut parts = Vec::new();
    for tag in [Tag::Verified, Tag::Abstract, Tag::Recall] {
        for unit in units(rows, tag) {
            let ends: Vec<[f64; 2]> =
                rows.iter().filter(|row| row.tag == tag).filter_map(|row| row.ends(unit)).collect();
            let (low, high) = ends
                .iter()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), [from, to]| (low.min(*from), high.max(*to)));
            let count = if ends.len() == 1 { String::new() } else { format!("{} values, ", ends.len()) };
            let span = if low == high { low.to_string() } else { format!("{low} to {high}") };
            parts.push(format!("{count}{span} {unit} [{}]", tag.id()));
        }
    }
    if parts.is_empty() {
        parts.push(NO_VALUE.to_owned());
    }
    for row in rows {
        if let Reported::Direction(direction) = row.reported {
            parts.push(format!("{}: {} [{}]", row.condition, direction.id(), row.tag.id()));
        }
    }
    parts.join("; ")
}

impl Human {
    /// Unit of the number, if there is one.
    fn unit(&self) -> Option<&str> {
        match &self.reported {
            Reported::Value { unit, .. } | Reported::Range { unit, .. } => Some(unit),
            Reported::Direction(_) => None,
        }
    }

    /// Least and most of the number in that unit; a value's own interval is left aside.
    fn ends(&self, in_unit: &str) -> Option<[f64; 2]> {
        match &self.reported {
            Reported::Value { value, unit, .. } if unit == in_unit => Some([*value; 2]),
            Reported::Range { low, high, unit } if unit == in_unit => Some([*low, *high]),
            Reported::Value { .. } | Reported::Range { .. } | Reported::Direction(_) => None,
        }
    }
}

/// Units of the numbers with a tag, each once, in order of appearance.
fn units<'a>(rows: &[&'a Human], tag: Tag) -> Vec<&'a str> {
    let mut units: Vec<&str> = Vec::new();
    for unit in rows.iter().filter(|row| row.tag == tag).filter_map(|row| row.unit()) {
        if !units.contains(&unit) {
            units.push(unit);
        }
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    fn folder() -> PathBuf {
        PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/human"))
    }

    #[test]
    fn every_shipped_source_is_listed_described_and_sound() {
        let entries = std::fs::read_dir(folder()).expect("the tables are part of the repository");
        let paths = entries.map(|entry| entry.expect("the folder is readable").path()).filter(|path| path.is_dir());
        let there: BTreeSet<String> =
            paths.map(|path| path.file_name().expect("a name").to_string_lossy().into_owned()).collect();
        let listed: Vec<String> = SOURCES.iter().map(|(source, _)| (*source).to_owned()).collect();
        assert_eq!(listed, there.into_iter().collect::<Vec<_>>());
        for source in &listed {
            let about =
                std::fs::read_to_string(folder().join(source).join("SOURCE.md")).expect("every source is described");
            for part in ["**Citation**", "**Measured**", "**Provenance**", "**License**"] {
                assert!(about.contains(part), "{source}: {part}");
            }
            for row in all().expect("all tables are sound").iter().filter(|row| row.source == source) {
                assert!(about.contains(&format!("`{}`", row.tag.id())), "{source} does not explain `{}`", row.tag.id());
            }
        }
    }

    /// Values of one condition, in order.
    fn values(rows: &[Human], illusion: &str, measure: &str, condition: &str) -> Vec<f64> {
        about(rows, illusion, measure)
            .into_iter()
            .filter(|row| row.condition == condition)
            .filter_map(|row| row.ends(row.unit()?).map(|[low, _]| low))
            .collect()
    }

    #[test]
    fn published_numbers_are_the_ones_of_the_tables() {
        let rows = all().expect("all tables are sound");
        // The first line of the published plot, three people a direction.
        let first =
            [("horizontal", [77.0, 92.0, 65.0]), ("vertical", [62.0, 55.0, 59.0]), ("falling", [57.0, 58.0, 53.0])];
        for (direction, expected) in first {
            let condition = format!("digits_28 period=4 {direction}");
            assert_eq!(values(&rows, "abutting_grating", "accuracy", &condition), expected, "{direction}");
        }
        // 3 sets × 2 periods × 4 directions × 3 people, and one mean; means of cells by hand.
        let cells = about(&rows, "abutting_grating", "accuracy");
        assert_eq!(cells.len(), 73);
        let of_silhouettes = values(&rows, "abutting_grating", "accuracy", "silhouettes period=8 rising");
        assert_eq!(of_silhouettes, [49.375, 82.5, 63.75]);
        // Relative to thick bars, as the collection is usually quoted: 2.72, 4.73 and 1.10.
        let effect = |illusion: &str, display: &str| values(&rows, illusion, "effect", display)[0];
        let relative = |value: f64| (value / effect("white", "we_thick") * 100.0).round() / 100.0;
        assert_eq!(relative(effect("simultaneous_contrast", "sbc_large")), 2.72);
        assert_eq!(relative(effect("simultaneous_contrast", "sbc_small")), 4.73);
        assert_eq!(relative(effect("white", "we_thin_wide")), 1.1);
    }

    #[test]
    fn only_what_was_read_is_called_verified() {
        for row in all().expect("all tables are sound") {
            let read = ["fan2023", "murray2020", "robinson2007"].contains(&row.source);
            assert_eq!(row.tag == Tag::Verified, read, "{row:?}");
            assert!(row.unit().is_none() || read || row.tag != Tag::Verified);
        }
    }

    #[test]
    fn lines_say_the_numbers_or_that_there_is_none() {
        let rows = all().expect("all tables are sound");
        let line = |illusion: &str, measure: &str| text(&about(&rows, illusion, measure));
        assert_eq!(line("kanizsa", "misalignment_tolerance"), "10 to 15 arcmin [abstract]");
        assert_eq!(line("abutting_grating", "accuracy"), "73 values, 12 to 100 percent_correct [verified]");
        assert_eq!(line("kanizsa", "no_such_measure"), NO_VALUE);
        let directions = line("kanizsa", "contour_clarity");
        assert!(directions.starts_with(&format!("{NO_VALUE}; ")), "{directions}");
        assert!(directions.contains("over support ratio: higher [recall]"), "{directions}");
        assert!(directions.contains("white inducers v black inducers: lower [abstract]"), "{directions}");
    }

    const HEADER: &str = "illusion,measure,condition,participant,kind,value,low,high,unit,n,direction,tag,note\n";

    #[test]
    fn unsound_rows_are_refused_with_file_and_line() {
        let read = |row: &str| parse("planted", &format!("{HEADER}white,effect,a,,value,1,,,deg,3,,recall,\n{row}\n"));
        for good in [
            "white,effect,a,p1,value,4.1,4,5,deg,1,,verified,x",
            "white,effect,a,,range,,4,5,deg,,,recall,",
            "white,effect,a,,direction,,,,,10,same,abstract,",
        ] {
            assert_eq!(read(good).map(|rows| rows.len()), Ok(2), "{good}");
        }
        for bad in [
            "white,effect,a,,value,4.1,,,deg,1,,checked,",    // no such tag
            "white,effect,a,,value,,,,deg,1,,recall,",        // a value without a value
            "white,effect,a,,value,NaN,,,deg,1,,recall,",     // not a number
            "white,effect,a,,value,4.1,,,,1,,recall,",        // no unit
            "white,effect,a,,value,4.1,5,6,deg,1,,recall,",   // outside its interval
            "white,effect,a,,value,4.1,4,,deg,1,,recall,",    // half an interval
            "white,effect,a,,value,4.1,,,deg,1,same,recall,", // a value and a direction
            "white,effect,a,,range,,5,4,deg,1,,recall,",      // turned round
            "white,effect,a,,direction,4.1,,,deg,1,higher,recall,",
            "white,effect,a,,direction,,,,,1,,recall,",     // no direction
            "white,effect,a,,direction,,,,,1,up,recall,",   // no such direction
            "white,effect,a,,direction,,,,,0,same,recall,", // nobody
            "white,effect,a,p1,value,4.1,,,deg,3,,recall,", // one participant, three people
            "White's,effect,a,,value,4.1,,,deg,1,,recall,", // no name
            "white,effect,,,value,4.1,,,deg,1,,recall,",    // no condition
            "white,effect,a,,value,4.1,,,deg,1,,recall",    // a column short
        ] {
            let error = read(bad).expect_err(bad);
            assert_eq!(error.line, 3, "{bad}: {error}");
            assert!(error.to_string().starts_with("data/human/planted/responses.csv, line 3: "), "{error}");
        }
        assert!(parse("planted", HEADER).is_err(), "no rows");
        let renamed = format!("{}white,effect,a,,value,1,,,deg,3,,recall,\n", HEADER.replace("note", "remark"));
        assert!(parse("planted", &renamed).is_err(), "a column of another name");
    }
}
