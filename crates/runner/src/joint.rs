//! Joint experiments: a file that names others, which are run one after another, each as ever, and set side by side in one report.
//!
//! ```toml
//! schema = 1
//! id = "three-illusions"
//! title = "…"
//! question = "…"
//! plausibility = true                      # also: does each outcome go with what rules need that a neuron does not have?
//!
//! [[part]]
//! name = "fat or thin"
//! file = "three-illusions/fat-thin.toml"   # from the folder of this file
//! people = "above 0"                       # what people do, for the table
//! measures = ["illusory_d_prime"]          # its columns; the battery's outcomes where left out
//! ```

use crate::measures;
use serde::Deserialize;
use std::path::{Component, Path, PathBuf};

/// Version of the files' format.
const SCHEMA: u32 = 1;

/// A joint experiment.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Joint {
    schema: u32,
    /// Names the folder of the joint report.
    pub id: String,
    /// Heading.
    pub title: String,
    /// What is asked.
    pub question: String,
    /// Whether each part's first measure is set against the ledger; it must then be above 0 where people's is.
    #[serde(default)]
    pub plausibility: bool,
    /// The experiments, in order.
    #[serde(rename = "part")]
    pub parts: Vec<Part>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Heading of its column.
    pub name: String,
    /// Its experiment file; from the folder of the joint file in the file, from here once read.
    pub file: PathBuf,
    /// What people do, in the words of the columns.
    #[serde(default)]
    pub people: String,
    /// Measures of its columns; the outcomes of its battery where none are named.
    #[serde(default)]
    pub measures: Vec<String>,
}

/// Reads a text that may be a joint experiment: nothing where it names no parts, which makes it an ordinary one.
///
/// # Errors
/// A joint experiment with mistakes, in words.
pub fn read(text: &str, file: &Path) -> Result<Option<Joint>, String> {
    let Ok(table) = text.parse::<toml::Table>() else { return Ok(None) };
    if !table.contains_key("part") {
        return Ok(None);
    }
    let mut joint: Joint = toml::from_str(text).map_err(|error| error.to_string())?;
    if joint.schema != SCHEMA {
        return Err(format!("schema {} is not known; this program reads {SCHEMA}", joint.schema));
    }
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if joint.id.is_empty() || !joint.id.chars().all(plain) {
        return Err(format!("`id` must be of letters, digits, `-` and `_`, found `{}`", joint.id));
    }
    if joint.parts.len() < 2 {
        return Err("a joint experiment has at least two [[part]]".to_owned());
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    for part in &mut joint.parts {
        // Without `./`, so that a report has the same bytes however its file was named.
        part.file = folder.join(&part.file).components().filter(|part| *part != Component::CurDir).collect();
        if let Some(unknown) = part.measures.iter().find(|measure| !measures::ALL.iter().any(|one| one.id == **measure))
        {
            return Err(format!("part `{}`: no measure `{unknown}`; `trompe list measures` has all", part.name));
        }
    }
    Ok(Some(joint))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "schema = 1\nid = \"two\"\ntitle = \"t\"\nquestion = \"q?\"\n\
        [[part]]\nname = \"one\"\nfile = \"parts/one.toml\"\n[[part]]\nname = \"other\"\nfile = \"other.toml\"\npeople = \"above 0\"\n";

    #[test]
    fn parts_are_found_from_the_file_and_ordinary_experiments_are_none() {
        let joint = read(TEXT, Path::new("./somewhere/two.toml")).expect("sound").expect("it names parts");
        let files: Vec<&Path> = joint.parts.iter().map(|part| part.file.as_path()).collect();
        assert_eq!(files, [Path::new("somewhere/parts/one.toml"), Path::new("somewhere/other.toml")]);
        assert_eq!(joint.parts[1].people, "above 0");
        assert_eq!(read("schema = 1\nid = \"x\"\n", Path::new("x.toml")), Ok(None));
        assert_eq!(read("schema = ", Path::new("x.toml")), Ok(None), "left to the reader of experiments");
    }

    #[test]
    fn mistakes_are_told() {
        for (from, to, told) in [
            ("schema = 1", "schema = 2", "schema 2"),
            ("id = \"two\"", "id = \"../two\"", "`id`"),
            ("people", "persons", "persons"),
            ("people = \"above 0\"", "measures = [\"no_such\"]", "no_such"),
            ("name = \"one\"\n", "", "name"),
            ("[[part]]\nname = \"one\"\nfile = \"parts/one.toml\"\n", "", "at least two"),
        ] {
            let why = read(&TEXT.replacen(from, to, 1), Path::new("two.toml")).expect_err(told);
            assert!(why.contains(told), "{told}: {why}");
        }
    }
}
