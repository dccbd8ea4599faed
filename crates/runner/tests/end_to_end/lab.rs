//! A folder to run the program in, what it said, and one finished run that tests share.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use tempfile::TempDir;

/// The program under test.
pub const TROMPE: &str = env!("CARGO_BIN_EXE_trompe");

/// The smallest experiment in which everything happens: two rules, two seeds, two checkpoints, all conditions.
/// Refusals name its lines; the number stands at the end of every fifth.
pub const TINY: &str = r#"schema = 1
id = "tiny"
title = "A tiny run"
question = "Does the program keep its promises?"
status = "pilot" # 5
seeds = 2
budget_minutes = 1
[training]
steps = 6
batch = 8 # 10
checkpoints = 2
first_checkpoint = 3
optimizer = { id = "sgd", learning_rate = 0.05 }
[[world]]
name = "shapes" # 15
id = "quads"
[[network]]
name = "small"
layers = [{ conv = 4, kernel = 5, stride = 4, padding = 2 }, { readout = true }]
[[observer]] # 20
rule = "backprop"
[[observer]]
rule = "feedback_alignment"
[battery]
illusion = "fat_thin" # 25
twins = 8
size_px = 16
alphas_deg = [10, 15]
primary_alpha_deg = 10
support_ratios = [0.35, 0.5] # 30
contour_contrasts = [0, 1]
noise_fields = 4
noise_figures = 2
[competence]
images = 64 # 35
match_grid = [0.2, 0.3, 0.4]
[analysis]
reference = "backprop"
contrasts = ["feedback_alignment"]
bootstrap = 100 # 40
"#;

/// The tiny experiment with one line replaced.
pub fn with_line(number: usize, new: &str) -> String {
    let mut lines: Vec<&str> = TINY.lines().collect();
    lines[number - 1] = new;
    lines.join("\n") + "\n"
}

/// The tiny experiment with parts replaced, each of which must be there.
pub fn with(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(TINY.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the tiny experiment has no `{from}`");
        text.replace(from, to)
    })
}

/// What the program said and how it ended.
#[derive(Debug)]
pub struct Said {
    /// Exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Said {
    /// Of a program that ended.
    pub fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Itself, if it ended with that code.
    #[track_caller]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    /// Asserts that standard error has every part.
    #[track_caller]
    pub fn says(&self, parts: &[&str]) {
        for part in parts {
            assert!(self.err.contains(part), "`{part}` is not said in\n{}", self.err);
        }
    }
}

/// A folder of its own, in which the program runs.
pub struct Lab {
    folder: PathBuf,
    // Kept so that the folder is removed at the end.
    _guard: Option<TempDir>,
}

impl Lab {
    /// An empty folder.
    pub fn new() -> Self {
        let guard = TempDir::new().expect("a temporary folder");
        Self { folder: guard.path().to_owned(), _guard: Some(guard) }
    }

    /// A folder with one experiment file, `x.toml`.
    pub fn with_file(text: &str) -> Self {
        let lab = Self::new();
        lab.write("x.toml", text);
        lab
    }

    /// A folder with the shared run in `results`, made from `x.toml`; free to be damaged.
    pub fn with_run() -> Self {
        let lab = Self::with_file(TINY);
        copy(&tiny().path("results"), &lab.path("results"));
        lab
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).expect("a file in a temporary folder");
    }

    /// The four files of a world of digits in a folder: of class c a block in a place of its own, 480 pictures to learn from and 60 to
    /// test on.
    pub fn write_digits(&self, folder: &str, side: usize) {
        fs::create_dir_all(self.path(folder)).expect("a folder");
        let picture = |at: usize| {
            let (row, column) = (at % 10 / 5 * (side / 2) + 1, at % 5 * (side / 6) + 1);
            let inside = move |pixel: usize| {
                (row..row + side / 3).contains(&(pixel / side)) && (column..column + side / 5).contains(&(pixel % side))
            };
            (0..side * side).map(move |pixel| if inside(pixel) { 200 + (at % 50) as u8 } else { 0 })
        };
        let head = |kind: u8, sizes: &[usize]| -> Vec<u8> {
            let sizes = sizes.iter().flat_map(|&size| (size as u32).to_be_bytes());
            [0, 0, 8, kind].into_iter().chain(sizes).collect()
        };
        for (part, count) in [("train", 480), ("t10k", 60)] {
            let images: Vec<u8> =
                head(3, &[count, side, side]).into_iter().chain((0..count).flat_map(picture)).collect();
            let labels: Vec<u8> = head(1, &[count]).into_iter().chain((0..count).map(|at| (at % 10) as u8)).collect();
            self.write(&format!("{folder}/{part}-images-idx3-ubyte"), images);
            self.write(&format!("{folder}/{part}-labels-idx1-ubyte"), labels);
        }
    }

    /// The program, ready to be started here.
    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new(TROMPE);
        command.current_dir(&self.folder).args(line.split_whitespace());
        command
    }

    /// Runs the program to its end with arguments separated by blanks.
    pub fn trompe(&self, line: &str) -> Said {
        Said::of(self.command(line).output().expect("the program starts"))
    }

    /// The only run folder of the tiny experiment below a results folder.
    pub fn run_folder(&self, results: &str) -> PathBuf {
        let found = entries(&self.path(results).join("tiny"));
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    }
}

/// What stands in a folder, sorted.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut found: Vec<PathBuf> = read.map(|entry| entry.expect("an entry").path()).collect();
    found.sort();
    found
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in entries(from) {
        let name = to.join(entry.file_name().expect("entries have names"));
        if entry.is_dir() {
            copy(&entry, &name);
        } else {
            fs::copy(&entry, &name).expect("a copy");
        }
    }
}

/// The whole of a text file.
pub fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The shared run: the tiny experiment with two jobs. Never written to; see [`Lab::with_run`].
pub fn tiny() -> &'static Lab {
    static TINY_RUN: OnceLock<Lab> = OnceLock::new();
    TINY_RUN.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("end-to-end");
        if folder.exists() {
            fs::remove_dir_all(&folder).expect("what an earlier run left");
        }
        fs::create_dir_all(&folder).expect("a folder for the shared run");
        let lab = Lab { folder, _guard: None };
        lab.write("x.toml", TINY);
        let said = lab.trompe("run x.toml --jobs 2").ended(0);
        lab.write("stdout.txt", &said.out);
        lab.write("stderr.txt", &said.err);
        lab
    })
}

/// Where a JSON text stops being JSON, if it does.
pub fn json_defect(text: &str) -> Option<String> {
    let mut rest = text.trim_start();
    if let Err(why) = json_value(&mut rest) {
        return Some(format!("{why} before `{rest}`"));
    }
    (!rest.trim().is_empty()).then(|| format!("more than one value: `{rest}`"))
}

fn json_value(rest: &mut &str) -> Result<(), &'static str> {
    *rest = rest.trim_start();
    match rest.chars().next().ok_or("nothing")? {
        '{' => json_list(rest, '}', true),
        '[' => json_list(rest, ']', false),
        '"' => json_string(rest),
        _ => {
            let end = rest.find([',', '}', ']']).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            let number = word.trim().parse::<f64>().is_ok_and(f64::is_finite);
            let known = number || ["true", "false", "null"].contains(&word.trim());
            *rest = after;
            if known { Ok(()) } else { Err("no number") }
        }
    }
}

fn json_list(rest: &mut &str, close: char, keys: bool) -> Result<(), &'static str> {
    *rest = rest[1..].trim_start();
    while !rest.starts_with(close) {
        if keys {
            json_string(rest)?;
            *rest = rest.trim_start().strip_prefix(':').ok_or("no colon")?;
        }
        json_value(rest)?;
        *rest = rest.trim_start();
        match rest.strip_prefix(',') {
            Some(after) => *rest = after.trim_start(),
            None if rest.starts_with(close) => {}
            None => return Err("no comma"),
        }
    }
    *rest = &rest[1..];
    Ok(())
}

fn json_string(rest: &mut &str) -> Result<(), &'static str> {
    let inside = rest.strip_prefix('"').ok_or("no string")?;
    let mut letters = inside.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => {
                *rest = &inside[at + 1..];
                return Ok(());
            }
            '\\' => match letters.next().ok_or("an open string")?.1 {
                '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u' => {}
                _ => return Err("an unknown escape"),
            },
            control if control < ' ' => return Err("a control character"),
            _ => {}
        }
    }
    Err("an open string")
}

#[test]
fn the_json_checker_rejects_what_is_not_json() {
    assert_eq!(json_defect(r#"{"a":[1,-2.5e3,null],"b\"":"d′","c":{}}"#), None);
    for broken in
        [r#"{"a":}"#, r#"{"a":1"#, "[1 2]", r#""\x""#, r#""\u{301}"#, "NaN", "inf", "{a:1}", "1,2", "\"a\nb\""]
    {
        assert!(json_defect(broken).is_some(), "{broken}");
    }
}
