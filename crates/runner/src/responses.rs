//! `responses.csv`: what a foreign program answered, checked line by line.

use crate::export::{Keys, Origin};
use crate::identity::sha256_hex;
use std::collections::BTreeMap;

/// Mistakes that are told one by one.
const TOLD: usize = 8;

/// Answers to every picture that was asked, row by row of class evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Answers {
    /// One a block of the battery, `[n, classes]` row-major.
    pub blocks: Vec<Vec<f32>>,
    /// Plain and hard validation pictures, `[n, classes]` each; `None` where they were not answered.
    pub validation: Option<[Vec<f32>; 2]>,
    /// SHA-256 of the evidence in the order of the keys: the same for the same answers, however they were written.
    pub sha256: String,
}

/// How the columns of a file are read.
enum Columns {
    /// For each class, its column.
    Evidence(Vec<usize>),
    /// The column with the name of the chosen class.
    Choice(usize),
}

/// Reads answers.
///
/// # Errors
/// Every mistake with its line, up to a number; what is missing, with an example.
pub fn read(text: &str, file: &str, classes: &[&str], keys: &Keys) -> Result<Answers, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| format!("{file}:1: {error}"))?.clone();
    let (key_at, columns) = columns(&header, classes).map_err(|why| format!("{file}:1: {why}"))?;
    let mut rows: BTreeMap<&str, (u64, Vec<f32>)> = BTreeMap::new();
    let mut mistakes = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                mistakes.push(format!("{file}: {error}"));
                break;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let read = one(&record, header.len(), (key_at, &columns), classes, keys);
        match read.and_then(|(key, row)| match rows.get(key) {
            Some((first, _)) => Err(format!("key `{key}` stands twice; first on line {first}")),
            None => Ok((key, row)),
        }) {
            Ok((key, row)) => {
                rows.insert(key, (line, row));
            }
            Err(why) => mistakes.push(format!("{file}:{line}: {why}")),
        }
    }
    if !mistakes.is_empty() {
        return Err(told(mistakes));
    }
    assemble(&rows, keys).map_err(|why| format!("{file}: {why}"))
}

fn told(mut mistakes: Vec<String>) -> String {
    let more = mistakes.len().saturating_sub(TOLD);
    mistakes.truncate(TOLD);
    if more > 0 {
        mistakes.push(format!("and {more} more"));
    }
    mistakes.join("\n")
}

fn columns(header: &csv::StringRecord, classes: &[&str]) -> Result<(usize, Columns), String> {
    let wanted = format!("expected `key,{}` or `key,class`, separated by commas", classes.join(","));
    let place = |name: &str| {
        let mut found = header.iter().enumerate().filter(|(_, title)| *title == name).map(|(at, _)| at);
        match (found.next(), found.next()) {
            (Some(at), None) => Ok(at),
            (None, _) => Err(format!("no column `{name}`; {wanted}")),
            (Some(_), Some(_)) => Err(format!("column `{name}` stands twice; {wanted}")),
        }
    };
    let key = place("key")?;
    let known = |title: &&str| *title == "key" || *title == "class" || classes.contains(title);
    if let Some(foreign) = header.iter().find(|title| !known(title)) {
        return Err(format!("unknown column `{foreign}`; {wanted}"));
    }
    let choice = header.iter().any(|title| title == "class") && !classes.contains(&"class");
    if choice {
        return match header.len() {
            2 => Ok((key, Columns::Choice(place("class")?))),
            _ => Err(format!("either a chosen class or evidence for every class, not both; {wanted}")),
        };
    }
    let found: Result<Vec<usize>, String> = classes.iter().map(|class| place(class)).collect();
    Ok((key, Columns::Evidence(found?)))
}

/// Key and evidence of one line.
fn one<'k>(
    record: &csv::StringRecord,
    width: usize,
    (key_at, columns): (usize, &Columns),
    classes: &[&str],
    keys: &'k Keys,
) -> Result<(&'k str, Vec<f32>), String> {
    if record.len() != width {
        return Err(format!("{} fields, the header has {width}", record.len()));
    }
    let written = &record[key_at];
    let (key, _) = keys.get_key_value(written).ok_or_else(|| {
        format!("unknown key `{written}`: not of this experiment and world, or of another version of trompe")
    })?;
    let row = match columns {
        Columns::Evidence(places) => {
            places.iter().zip(classes).map(|(&at, class)| number(&record[at], class)).collect()
        }
        Columns::Choice(at) => chosen(&record[*at], classes),
    };
    Ok((key, row?))
}

fn number(text: &str, class: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(format!("evidence for `{class}` is `{text}`: must be a finite 32-bit number")),
        Err(_) => Err(format!("evidence for `{class}` is `{text}`: must be a number")),
    }
}

fn chosen(text: &str, classes: &[&str]) -> Result<Vec<f32>, String> {
    if !classes.contains(&text) {
        return Err(format!("unknown class `{text}`; there are {}", classes.join(", ")));
    }
    Ok(classes.iter().map(|class| if *class == text { 1.0 } else { 0.0 }).collect())
}

/// Sorts answers back to where their pictures come from.
fn assemble(rows: &BTreeMap<&str, (u64, Vec<f32>)>, keys: &Keys) -> Result<Answers, String> {
    let missing = |validation: bool| -> Vec<&str> {
        let asked = keys.iter().filter(|(_, origin)| origin.is_validation() == validation);
        asked.map(|(key, _)| key.as_str()).filter(|key| !rows.contains_key(key)).collect()
    };
    let count = |validation: bool| keys.values().filter(|origin| origin.is_validation() == validation).count();
    if let [first, ..] = missing(false)[..] {
        return Err(format!(
            "{} of {} pictures of the battery have no answer, such as `{first}`",
            missing(false).len(),
            count(false)
        ));
    }
    let unanswered = missing(true);
    if let (Some(first), true) = (unanswered.first(), unanswered.len() < count(true)) {
        return Err(format!(
            "{} of {} validation pictures have no answer, such as `{first}`; answer all of them, or none",
            unanswered.len(),
            count(true)
        ));
    }
    let mut places: Vec<(Origin, &str)> = keys.iter().map(|(key, origin)| (*origin, key.as_str())).collect();
    places.sort_by_key(|(origin, _)| place(*origin));
    let mut blocks: Vec<Vec<f32>> = Vec::new();
    let (mut plain, mut hard) = (Vec::new(), Vec::new());
    for (origin, key) in places {
        let Some((_, row)) = rows.get(key) else { continue };
        match origin {
            Origin::Battery(block, _) => {
                blocks.resize(blocks.len().max(block + 1), Vec::new());
                blocks[block].extend(row);
            }
            Origin::Plain(_) => plain.extend(row),
            Origin::Hard(_) => hard.extend(row),
        }
    }
    let bytes: Vec<u8> = rows.values().flat_map(|(_, row)| row.iter().flat_map(|value| value.to_le_bytes())).collect();
    let validation = (!plain.is_empty() && !hard.is_empty()).then_some([plain, hard]);
    Ok(Answers { blocks, validation, sha256: sha256_hex(&bytes) })
}

/// Order of pictures within the program.
fn place(origin: Origin) -> (u8, usize, usize) {
    match origin {
        Origin::Battery(block, at) => (0, block, at),
        Origin::Plain(at) => (1, 0, at),
        Origin::Hard(at) => (2, 0, at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASSES: [&str; 2] = ["thin", "fat"];

    fn keys() -> Keys {
        let origins =
            [Origin::Battery(1, 0), Origin::Battery(0, 1), Origin::Battery(0, 0), Origin::Plain(0), Origin::Hard(0)];
        ["a", "b", "c", "p", "q"].map(str::to_owned).into_iter().zip(origins).collect()
    }

    fn read(text: &str) -> Result<Answers, String> {
        super::read(text, "r.csv", &CLASSES, &keys())
    }

    const SOUND: &str = "key,fat,thin\nc,1,2\na,3,4\nb,5,6\np,7,8\nq,9,0.5\n";

    #[test]
    fn answers_go_back_to_their_pictures_whatever_the_order_of_lines_and_columns() {
        let answers = read(SOUND).expect("a sound file");
        // By hand: classes thin, fat; block 0 is c then b, block 1 is a.
        assert_eq!(answers.blocks, [vec![2.0, 1.0, 6.0, 5.0], vec![4.0, 3.0]]);
        assert_eq!(answers.validation, Some([vec![8.0, 7.0], vec![0.5, 9.0]]));
        let other = "\u{feff}thin,key,fat\n 0.50 , q,9.0\n8,p,7\r\n6,b,5\n4,a,3\n2,c,1\n";
        assert_eq!(read(other), Ok(answers));
        let without = read("key,fat,thin\nc,1,2\na,3,4\nb,5,6\n").expect("no validation is allowed");
        assert_eq!(without.validation, None);
        assert_ne!(without.sha256, read(SOUND).expect("sound").sha256);
    }

    #[test]
    fn a_chosen_class_is_evidence_one_against_zero() {
        let answers = read("key,class\na,fat\nb,thin\nc,fat\n").expect("choices");
        assert_eq!(answers.blocks, [vec![0.0, 1.0, 1.0, 0.0], vec![0.0, 1.0]]);
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let line = |from: &str, to: &str| {
            assert!(SOUND.contains(from));
            read(&SOUND.replacen(from, to, 1)).expect_err("a mistake")
        };
        for (from, to, said) in [
            ("a,3,4", "a,3,NaN", "r.csv:3: evidence for `thin` is `NaN`: must be a finite"),
            ("a,3,4", "a,inf,4", "r.csv:3: evidence for `fat` is `inf`"),
            ("a,3,4", "a,1e39,4", "r.csv:3: evidence for `fat` is `1e39`: must be a finite 32-bit"),
            ("a,3,4", "a,,4", "r.csv:3: evidence for `fat` is ``: must be a number"),
            ("a,3,4", "a,3", "r.csv:3: 2 fields, the header has 3"),
            ("a,3,4", "x,3,4", "r.csv:3: unknown key `x`"),
            ("a,3,4", "c,3,4", "r.csv:3: key `c` stands twice; first on line 2"),
            ("a,3,4\n", "", "r.csv: 1 of 3 pictures of the battery have no answer, such as `a`"),
            (
                "p,7,8\n",
                "",
                "r.csv: 1 of 2 validation pictures have no answer, such as `p`; answer all of them, or none",
            ),
            ("key,fat,thin", "kye,fat,thin", "r.csv:1: no column `key`; expected `key,thin,fat` or `key,class`"),
            ("key,fat,thin", "key,fat,slim", "r.csv:1: unknown column `slim`"),
            ("key,fat,thin", "key,fat,fat", "r.csv:1: "),
            ("key,fat,thin", "key,class,thin", "r.csv:1: either a chosen class or evidence"),
        ] {
            let told = line(from, to);
            assert!(told.contains(said), "{told}");
        }
        assert!(read("key,class\na,round\n").expect_err("a class").contains("r.csv:2: unknown class `round`"));
        let many: String = (0..20).map(|at| format!("x{at},1,2\n")).collect();
        let told = read(&format!("{SOUND}{many}")).expect_err("20 mistakes");
        assert_eq!(told.lines().count(), TOLD + 1);
        assert!(told.ends_with("and 12 more"));
    }
}
