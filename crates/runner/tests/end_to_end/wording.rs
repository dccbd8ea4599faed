//! Words: no generated text claims more than was measured. The list of phrases is the report's own; here it is held
//! against what real runs print, against every list, and against every text that the program could print.

use super::lab::{Lab, text, tiny};
use super::words::forbidden_words;
use std::fs;
use std::path::{Path, PathBuf};

/// Asserts that a text has none of the phrases.
#[track_caller]
pub fn assert_measured(text: &str) {
    assert_eq!(forbidden_words(text), Vec::<&str>::new());
}

#[test]
fn the_phrases_that_must_be_rejected_are() {
    for phrase in ["sees", "experiences", "is fooled like us"] {
        for text in [
            format!("backprop: the network {phrase} a square (d′ 1.2)"),
            format!("<li><span>backprop</span> <b>{phrase}</b> it</li>"),
            format!("  [supported] {}\n  it", phrase.replace(' ', "\n  ")),
        ] {
            assert!(!forbidden_words(&text).is_empty(), "{text}");
        }
    }
}

#[test]
fn a_real_run_prints_none_of_them() {
    let lab = tiny();
    assert_measured(&text(&lab.run_folder("results").join("report.html")));
    assert_measured(&text(&lab.path("stdout.txt")));
    assert_measured(&text(&lab.path("stderr.txt")));
    assert_measured(&text(&lab.run_folder("results").join("measures.csv")));
    for line in ["list", "plan x.toml", "--help", "run --help"] {
        assert_measured(&lab.trompe(line).ended(0).out);
    }
}

#[test]
fn the_page_of_a_real_run_needs_nothing_else() {
    let page = text(&tiny().run_folder("results").join("report.html"));
    for outside in ["<script", "@import", "url(", "<link", "<iframe", "src=\"http", "href=\"http", "srcset", " onload"]
    {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("prefers-color-scheme: dark") && page.contains("src=\"data:image/png;base64,"));
    // The main figure and, under it, its controls, before anything else is said.
    let at = |part: &str| page.find(part).unwrap_or_else(|| panic!("no {part}"));
    let order = ["Illusion against competence</h3>", "Controls against competence</h3>", ">Findings</h2>"].map(at);
    assert!(order.is_sorted(), "{order:?}");
    let main = &page[order[0]..order[1]];
    assert!(
        main.contains("backprop") && main.contains("feedback_alignment") && main.contains("competence: hard-set d′")
    );
}

/// What a source file may print: its string literals, without tests and comments.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]\nmod tests").next().unwrap_or("");
    let mut found = Vec::new();
    let mut open: Option<String> = None;
    for line in source.lines().filter(|line| !line.trim_start().starts_with("//")) {
        let mut letters = line.chars().peekable();
        while let Some(letter) = letters.next() {
            match (&mut open, letter) {
                (None, '"') => open = Some(String::new()),
                // The character '"' opens nothing.
                (None, '\'') if letters.peek() == Some(&'"') => drop(letters.next()),
                (None, _) => {}
                (Some(_), '"') => found.extend(open.take()),
                (Some(text), '\\') => text.extend(letters.next().filter(|escaped| *escaped != 'n')),
                (Some(text), other) => text.push(other),
            }
        }
        open.iter_mut().for_each(|text| text.push(' '));
    }
    found
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).expect("a source folder").map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "j2") {
            found.push(path);
        }
    }
}

#[test]
fn no_text_that_the_program_could_print_claims_more() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for part in ["runner/src", "models/src/rules", "stimuli/src/illusions", "stimuli/src/worlds"] {
        sources(&root.join(part), &mut files);
    }
    let mut read = 0;
    for file in files.iter().filter(|file| !file.ends_with("report/words.rs") && !file.ends_with("report/tests.rs")) {
        let source = text(file);
        let texts = if file.extension().is_some_and(|name| name == "j2") { vec![source] } else { literals(&source) };
        for text in texts {
            read += 1;
            assert_eq!(forbidden_words(&text), Vec::<&str>::new(), "{}: {text}", file.display());
        }
    }
    assert!(read > 1000, "only {read} texts were read");
    // Negative control: a phrase broken over lines of a literal is found, one in a comment or a test is not.
    let planted = "fn a() { say(\"the network \\\n    sees it\"); }\n// sees\n#[cfg(test)]\nmod tests { \"sees\" }";
    assert_eq!(literals(planted).iter().flat_map(|text| forbidden_words(text)).collect::<Vec<_>>(), ["sees"]);
}

#[test]
fn help_keeps_to_the_documented_exit_codes() {
    let help = Lab::new().trompe("--help").ended(0).out;
    for code in ["0 done", "1 internal", "2 usage", "3 some cells failed", "130 interrupted"] {
        assert!(help.contains(code), "{code}\n{help}");
    }
}
