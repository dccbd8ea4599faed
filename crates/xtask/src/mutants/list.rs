//! The list of faults, and what must hold of each before anything is built.

use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// One deliberate fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutant {
    /// The source file, from the root of the workspace.
    pub file: String,
    /// What is broken, in words.
    pub title: String,
    /// Text of one line that occurs once in the file.
    pub find: String,
    /// The faulty text.
    pub replace: String,
    /// The package of the test that must fail.
    pub package: String,
    /// Its test target: the stem of a file in `tests/`, or `lib` or `bin` for tests beside the code.
    pub target: String,
    /// The test's path within the target.
    pub test: String,
}

#[derive(Serialize, Deserialize)]
struct List {
    mutant: Vec<Mutant>,
}

impl Mutant {
    /// The test as people read it.
    pub fn test_name(&self) -> String {
        format!("{}::{}", self.target, self.test)
    }

    /// The folder of the test's package, from the root of the workspace.
    pub fn folder(&self) -> PathBuf {
        Path::new("crates").join(match self.package.as_str() {
            "trompe" => "runner",
            package => package.strip_prefix("trompe-").unwrap_or(package),
        })
    }

    /// The file with the fault.
    ///
    /// # Errors
    /// The line must occur exactly once.
    pub fn applied(&self, text: &str) -> Result<String, String> {
        match text.matches(&self.find).count() {
            1 => Ok(text.replacen(&self.find, &self.replace, 1)),
            count => Err(format!(
                "{}: `{}` must occur once to be broken, found {count} times ({}); write the line as it is now",
                self.file, self.find, self.title
            )),
        }
    }
}

/// Reads the list.
///
/// # Errors
/// What is not TOML, lacks a key, or cannot be a fault.
pub fn parse(text: &str) -> Result<Vec<Mutant>, String> {
    let List { mutant: mutants } = toml::from_str(text).map_err(|error| error.to_string())?;
    for (at, mutant) in mutants.iter().enumerate() {
        sound(mutant)?;
        if mutants[..at].iter().any(|other| other.title == mutant.title) {
            return Err(format!("two faults are titled `{}`; give each a title of its own", mutant.title));
        }
    }
    Ok(mutants)
}

fn sound(mutant: &Mutant) -> Result<(), String> {
    let must = |holds: bool, what: &str| if holds { Ok(()) } else { Err(format!("`{}`: {what}", mutant.title)) };
    let inside = mutant.file.starts_with("crates/") && !mutant.file.contains("..");
    must(inside, "`file` must be a source file, `crates/…`")?;
    must(!mutant.title.trim().is_empty(), "`title` must say what is broken")?;
    must(!mutant.find.trim().is_empty() && !mutant.find.contains('\n'), "`find` must be text of one line")?;
    must(mutant.find != mutant.replace, "`replace` must differ from `find`")?;
    must(!mutant.test.trim().is_empty(), "`test` must name a test")
}

/// Those that the filter names, or all.
///
/// # Errors
/// A filter that leaves none.
pub fn chosen(all: Vec<Mutant>, only: Option<&str>) -> Result<Vec<Mutant>, String> {
    let Some(only) = only else { return Ok(all) };
    let wanted =
        |mutant: &Mutant| [&mutant.title, &mutant.file, &mutant.test_name()].iter().any(|text| text.contains(only));
    let chosen: Vec<Mutant> = all.into_iter().filter(wanted).collect();
    if chosen.is_empty() { Err(format!("--only {only}: no fault has this in title, file or test")) } else { Ok(chosen) }
}

/// What is wrong with a fault as the sources are now, if anything is.
pub fn defect(mutant: &Mutant, root: &Path) -> Option<String> {
    let source = match fs::read_to_string(root.join(&mutant.file)) {
        Ok(source) => source,
        Err(error) => return Some(format!("{}: {error} ({})", mutant.file, mutant.title)),
    };
    if let Err(why) = mutant.applied(&source) {
        return Some(why);
    }
    let name = mutant.test.rsplit("::").next().unwrap_or_default();
    let folder = root.join(mutant.folder());
    let (top, texts) = match mutant.target.as_str() {
        "lib" | "bin" => (folder.join("src"), sources(&folder.join("src"))),
        target => {
            let (single, many) = (folder.join("tests").join(format!("{target}.rs")), folder.join("tests").join(target));
            if single.is_file() { (single.clone(), vec![single]) } else { (many.clone(), sources(&many)) }
        }
    };
    let found = |path: &PathBuf| tested_path(path.strip_prefix(&top).ok()?, &fs::read_to_string(path).ok()?, name);
    let written: Vec<String> = texts.iter().filter_map(found).collect();
    match written.as_slice() {
        [] => Some(format!("{}: no test `{name}` is written there ({})", mutant.test_name(), mutant.title)),
        // Tests are called by their whole path.
        paths if paths.contains(&mutant.test) => None,
        paths => Some(format!("{}: the test is called `{}` ({})", mutant.test_name(), paths[0], mutant.title)),
    }
}

/// What a test of a file is called by, if it is written there: modules from the file's place below the target's top, then its
/// name.
fn tested_path(file: &Path, text: &str, name: &str) -> Option<String> {
    let at = text.find(&format!("fn {name}("))?;
    let parts = file.with_extension("");
    let modules = parts.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let mut modules: Vec<String> = modules.filter(|part| !matches!(part.as_str(), "main" | "lib" | "mod")).collect();
    if ["\nmod tests {", "\npub mod tests {"].iter().any(|module| text[..at].contains(module)) {
        modules.push("tests".to_owned());
    }
    modules.push(name.to_owned());
    Some(modules.join("::"))
}

/// Rust files of a folder and below.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => sources(&path),
            false => vec![path],
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// Reads faults written as lines `key: value`, separated by blank lines. The test's package is that of the file.
///
/// # Errors
/// A line without a known key, or a fault that lacks one.
pub fn from_lines(text: &str, root: &Path) -> Result<Vec<Mutant>, String> {
    let blocks = text.split("\n\n").filter(|block| !block.trim().is_empty());
    blocks.map(|block| from_block(block, root)).collect()
}

fn from_block(block: &str, root: &Path) -> Result<Mutant, String> {
    let value = |key: &str| {
        let lines: Vec<&str> =
            block.lines().filter_map(|line| line.trim_start().strip_prefix(key)?.strip_prefix(':')).collect();
        match lines.as_slice() {
            [one] => Ok(one.trim().to_owned()),
            _ => Err(format!("a fault needs one line `{key}: …`:\n{block}")),
        }
    };
    let file = value("file")?;
    let folder = file.split('/').nth(1).unwrap_or_default().to_owned();
    let package = if folder == "runner" { "trompe".to_owned() } else { format!("trompe-{folder}") };
    let written = value("test")?;
    let (first, rest) = written.split_once("::").ok_or_else(|| format!("`{written}` must be target::function"))?;
    let tests = root.join("crates").join(&folder).join("tests");
    let is_target = tests.join(format!("{first}.rs")).is_file() || tests.join(first).join("main.rs").is_file();
    // Tests beside the code stand in a module of their own, so their paths are longer.
    let (target, test) = if is_target || !rest.contains("::") {
        (first.to_owned(), rest.to_owned())
    } else {
        ("lib".to_owned(), written)
    };
    let mutant = Mutant {
        file,
        title: value("title")?,
        find: value("find")?,
        replace: value("replace")?,
        package,
        target,
        test,
    };
    sound(&mutant)?;
    Ok(mutant)
}

/// The list as TOML.
///
/// # Errors
/// None that plain text can cause.
pub fn to_toml(mutants: &[Mutant]) -> Result<String, String> {
    toml::to_string(&List { mutant: mutants.to_vec() }).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn mutant() -> Mutant {
        Mutant {
            file: "crates/models/src/x.rs".into(),
            title: "a sign".into(),
            find: "a - b".into(),
            replace: "a + b".into(),
            package: "trompe-models".into(),
            target: "identities".into(),
            test: "holds".into(),
        }
    }

    #[test]
    fn a_fault_applies_to_text_that_occurs_once() {
        assert_eq!(mutant().applied("let c = a - b;").expect("once"), "let c = a + b;");
        for (text, count) in [("let c = a + b;", "0 times"), ("a - b; a - b;", "2 times")] {
            let why = mutant().applied(text).expect_err("not once");
            assert!(why.contains(count) && why.contains("crates/models/src/x.rs") && why.contains("a sign"), "{why}");
        }
    }

    #[test]
    fn a_list_is_read_back_as_it_was_written() {
        let other = Mutant { title: "a quote".into(), find: "'\"\\".into(), ..mutant() };
        let list = vec![mutant(), other];
        assert_eq!(parse(&to_toml(&list).expect("TOML")).expect("a list"), list);
    }

    #[test]
    fn what_cannot_be_a_fault_is_refused_by_its_title() {
        let broken = [
            Mutant { replace: "a - b".into(), ..mutant() },
            Mutant { find: "two\nlines".into(), ..mutant() },
            Mutant { find: " ".into(), ..mutant() },
            Mutant { file: "../x.rs".into(), ..mutant() },
            Mutant { file: "crates/../../x.rs".into(), ..mutant() },
            Mutant { test: String::new(), ..mutant() },
        ];
        for one in broken {
            let text = to_toml(std::slice::from_ref(&one)).expect("TOML");
            assert!(parse(&text).is_err_and(|why| why.contains("a sign")), "{one:?}");
        }
        assert!(parse(&to_toml(&[mutant(), mutant()]).expect("TOML")).is_err_and(|why| why.contains("two faults")));
        assert!(parse("[[mutant]]\nfile = \"x\"").is_err_and(|why| why.contains("missing field")));
        assert!(parse(&(to_toml(&[mutant()]).expect("TOML") + "tset = \"x\"\n")).is_err());
    }

    #[test]
    fn the_filter_reads_title_file_and_test() {
        for only in ["sign", "src/x", "identities::holds"] {
            assert_eq!(chosen(vec![mutant()], Some(only)).expect("one").len(), 1);
        }
        assert!(chosen(vec![mutant()], Some("nowhere")).is_err());
    }

    #[test]
    fn lines_become_a_fault_of_the_file_s_own_package() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let tests = folder.path().join("crates/models/tests");
        fs::create_dir_all(&tests).expect("a folder");
        fs::write(tests.join("identities.rs"), "").expect("a file");
        let text =
            "file: crates/models/src/x.rs\ntitle: a sign\nfind: a - b\nreplace: a + b\ntest: identities::holds\n\n\n";
        assert_eq!(from_lines(text, folder.path()).expect("a list"), [mutant()]);
        let beside = from_lines(&text.replace("identities::holds", "kernels::tests::holds"), folder.path());
        let beside = beside.expect("a list").remove(0);
        assert_eq!((beside.target.as_str(), beside.test.as_str()), ("lib", "kernels::tests::holds"));
        let unwritten = from_lines(&text.replace("identities::holds", "other::holds"), folder.path());
        assert_eq!(unwritten.expect("a list")[0].target, "other", "a file that is still to come");
        assert!(from_lines(&text.replace("find:", "fnid:"), folder.path()).is_err_and(|why| why.contains("find")));
    }
}
