//! The repository's invariants: who depends on whom, what is listed, what is documented.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text(path: &str) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a source folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Names of our own crates in the `[dependencies]` of a manifest.
fn own_dependencies(manifest: &str) -> BTreeSet<String> {
    let table: toml::Table = manifest.parse().expect("a manifest");
    let dependencies = table.get("dependencies").and_then(|value| value.as_table());
    let names = dependencies.into_iter().flat_map(|table| table.keys().cloned());
    names.filter(|name| name.starts_with("trompe")).collect()
}

#[test]
fn dependencies_point_one_way() {
    for core in ["stimuli", "models", "psychophysics"] {
        let found = own_dependencies(&text(&format!("crates/{core}/Cargo.toml")));
        assert!(found.is_empty(), "{core} depends on {found:?}");
    }
    let runner = own_dependencies(&text("crates/runner/Cargo.toml"));
    let all = ["trompe-models", "trompe-psychophysics", "trompe-stimuli"];
    assert_eq!(runner.iter().map(String::as_str).collect::<Vec<_>>(), all);
    // What works on the repository is no part of the program, and is compiled without it.
    assert!(own_dependencies(&text("crates/xtask/Cargo.toml")).is_empty());
    // Negative control: the reader of manifests sees a dependency where there is one.
    assert_eq!(own_dependencies("[dependencies]\ntrompe-models.workspace = true").len(), 1);
}

/// What only the runner may touch.
const IMPURE: [&str; 9] = [
    "std::fs",
    "std::env",
    "std::thread",
    "SystemTime",
    "Instant::now",
    "println!",
    "Device::default",
    "Tensor::random",
    ".seed(",
];

fn impurities(source: &str) -> Vec<&'static str> {
    let code: Vec<&str> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    IMPURE.into_iter().filter(|word| code.contains(word)).collect()
}

#[test]
fn the_core_is_pure() {
    for core in ["stimuli", "models", "psychophysics"] {
        let mut files = Vec::new();
        rust_files(&root().join("crates").join(core).join("src"), &mut files);
        for file in files {
            let found = impurities(&fs::read_to_string(&file).expect("a source file"));
            assert!(found.is_empty(), "{}: {found:?}", file.display());
        }
    }
    assert_eq!(impurities("let x = std::env::var(\"HOME\");"), ["std::env"]);
    assert!(impurities("// std::env is not used here").is_empty());
}

#[test]
fn every_module_says_what_it_is_for() {
    let mut files = Vec::new();
    rust_files(&root().join("crates"), &mut files);
    for file in files.iter().filter(|file| !file.components().any(|part| part.as_os_str() == "target")) {
        let source = fs::read_to_string(file).expect("a source file");
        assert!(source.starts_with("//!"), "{} does not begin with //!", file.display());
    }
}

#[test]
fn unsafe_code_stays_in_the_kernels() {
    let mut files = Vec::new();
    rust_files(&root().join("crates"), &mut files);
    for file in files {
        let source = fs::read_to_string(&file).expect("a source file");
        let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
        let found = code.filter(|line| line.contains("unsafe {") || line.contains("unsafe fn")).count();
        let kernels = file.components().any(|part| part.as_os_str() == "kernels");
        let this = file.file_name().is_some_and(|name| name == "tidy.rs");
        assert!(found == 0 || kernels || this, "{}: unsafe outside the kernels", file.display());
    }
}

/// Stems of the files of a folder that hold one variant each.
fn stems(folder: &str) -> BTreeSet<String> {
    let path = root().join(folder);
    let entries = fs::read_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let files = entries.map(|entry| entry.expect("an entry").path());
    let names = files.filter_map(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
    names.filter(|name| name != "mod").collect()
}

#[test]
fn every_measure_and_observer_file_is_listed() {
    for folder in ["measures", "observe"] {
        let list = text(&format!("crates/runner/src/{folder}/mod.rs"));
        for stem in stems(&format!("crates/runner/src/{folder}")) {
            let used = list.contains(&format!("&{stem}::")) || list.contains(&format!("// helper: {stem}"));
            assert!(used, "{folder}/{stem}.rs is in no list");
        }
    }
}

/// Keys of the entries of a BibTeX file.
fn bibliography() -> BTreeSet<String> {
    let keys = text("references.bib");
    let entries = keys.lines().filter(|line| line.starts_with('@'));
    entries.filter_map(|line| line.split_once('{')?.1.strip_suffix(',').map(str::to_owned)).collect()
}

#[test]
fn every_source_is_in_the_bibliography() {
    let known = bibliography();
    assert!(known.len() > 10, "only {} entries were read", known.len());
    let listed = std::process::Command::new(env!("CARGO_BIN_EXE_trompe")).args(["list", "rules", "--json"]).output();
    let listed = listed.expect("the program runs");
    assert!(listed.status.success());
    let mut seen = 0;
    for line in String::from_utf8(listed.stdout).expect("UTF-8").lines() {
        let source = line.split_once("\"source\":\"").and_then(|(_, rest)| rest.split_once('"')).map(|(key, _)| key);
        for key in
            source.into_iter().flat_map(|keys| keys.split([',', ';'])).map(str::trim).filter(|key| !key.is_empty())
        {
            seen += 1;
            assert!(known.contains(key), "`{key}` is not in references.bib: {line}");
        }
    }
    assert!(seen > 5, "only {seen} sources were listed");
}

/// What `trompe recipe` prints in the repository's folder.
fn recipes(verb: &str, results: &str) -> String {
    let printed = std::process::Command::new(env!("CARGO_BIN_EXE_trompe"))
        .current_dir(root())
        .args(["recipe", verb, "--results", results])
        .output()
        .expect("the program runs");
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    String::from_utf8(printed.stdout).expect("UTF-8")
}

#[test]
fn every_recipe_has_its_source_and_stands_on_its_page() {
    let known = bibliography();
    for stem in stems("experiments/recipes") {
        let file: toml::Table = text(&format!("experiments/recipes/{stem}.toml")).parse().expect("TOML");
        let sources = file["source"].as_str().expect("a source").split(',').map(str::trim);
        for key in sources {
            assert!(known.contains(key), "`{key}` of {stem}.toml is not in references.bib");
        }
        for recipe in file["recipe"].as_array().expect("recipes") {
            let id = recipe["id"].as_str().expect("an id");
            assert!(recipes("list", "results/reference").contains(id), "`trompe recipe list` does not have {id}");
        }
    }
    // No number of the page is typed by hand.
    let page = text("docs/recipes.md");
    let (_, printed) = page.split_once("<!-- trompe recipe table --results results/reference -->\n\n").expect("a mark");
    assert_eq!(printed, recipes("table", "results/reference"), "print docs/recipes.md again");
}

#[test]
fn the_readme_names_every_rule_and_its_own_commands() {
    let readme = text("README.md");
    for command in ["cargo run --release -- run experiments/quick.toml", "cargo test --workspace --features ndarray"] {
        assert!(readme.contains(command), "README does not say `{command}`");
    }
    for stem in stems("crates/models/src/rules") {
        assert!(readme.contains(&stem) || stem == "common", "README does not name the rule `{stem}`");
    }
}
