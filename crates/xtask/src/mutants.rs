//! Deliberate faults: each line of the list breaks one line of the sources, and the test that it names must fail.
//!
//! The faults are put into a copy of the workspace, never into the sources themselves. Before the first one, every named
//! test must be there and pass.

mod cargo;
mod judge;
mod list;
mod workshop;

use cargo::Cargo;
use clap::Args;
use judge::Judged;
use list::Mutant;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use workshop::Workshop;

/// Flags of `cargo xtask mutants`.
#[derive(Args, Debug)]
pub struct Options {
    /// The list of faults; `crates/xtask/mutants.toml` when absent.
    #[arg(long)]
    list: Option<PathBuf>,
    /// Only faults whose title, file or test contains this.
    #[arg(long)]
    only: Option<String>,
    /// Where the copy is built; `target/mutants/target` when absent. Whatever is compiled there already is not compiled
    /// again; never name the folder in which the workspace itself is built.
    #[arg(long)]
    target_dir: Option<PathBuf>,
    /// Seconds after which a test under a fault is stopped; building counts.
    #[arg(long, default_value_t = 900)]
    timeout: u64,
    /// Only see that every fault applies and names a test; build nothing.
    #[arg(long)]
    check: bool,
    /// Print a list written as `file:`, `title:`, `find:`, `replace:`, `test: target::function` as TOML, and stop.
    #[arg(long, value_name = "FILE")]
    convert: Option<PathBuf>,
}

/// Does what the flags say; whether every fault was found.
pub fn run(root: &Path, options: &Options) -> Result<bool, String> {
    if let Some(file) = &options.convert {
        print!("{}", list::to_toml(&list::from_lines(&read(file)?, root)?)?);
        return Ok(true);
    }
    let file = options.list.clone().unwrap_or_else(|| root.join("crates/xtask/mutants.toml"));
    let all = list::parse(&read(&file)?).map_err(|why| format!("{}: {why}", file.display()))?;
    let chosen = list::chosen(all, options.only.as_deref())?;
    let defects: Vec<String> = chosen.iter().filter_map(|mutant| list::defect(mutant, root)).collect();
    if !defects.is_empty() {
        return Err(defects.join("\n"));
    }
    if options.check {
        println!("{} faults apply, each to one line, and name tests that are written", chosen.len());
        return Ok(true);
    }
    hunt(root, options, &chosen)
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

fn hunt(root: &Path, options: &Options, chosen: &[Mutant]) -> Result<bool, String> {
    let place = root.join("target/mutants");
    let target = options.target_dir.clone().unwrap_or_else(|| place.join("target"));
    let workshop = Workshop::sync(root, &place.join("tree"))?;
    let cargo = Cargo::new(workshop.folder(), &target, Duration::from_secs(options.timeout))?;
    let begun = Instant::now();
    cargo.all_pass(chosen)?;
    println!("{} faults; their tests pass without them ({} s)\n", chosen.len(), begun.elapsed().as_secs());
    let mut missed = Vec::new();
    for mutant in chosen {
        let begun = Instant::now();
        let judged = workshop.with_fault(mutant, || cargo.test(mutant))?;
        println!("{}", line(mutant, &judged, begun.elapsed()));
        if !matches!(judged, Judged::Killed { .. }) {
            missed.push(format!("{}: {} ({}): {judged}", mutant.file, mutant.title, mutant.test_name()));
        }
    }
    println!("\n{} of {} faults killed", chosen.len() - missed.len(), chosen.len());
    for line in &missed {
        println!("not killed: {line}");
    }
    Ok(missed.is_empty())
}

fn line(mutant: &Mutant, judged: &Judged, took: Duration) -> String {
    let seconds = took.as_secs();
    match judged {
        Judged::Killed { at } => {
            format!("killed    {:58} {:68} {seconds:4} s  {at}", mutant.title, mutant.test_name())
        }
        other => format!("NOT       {:58} {:68} {seconds:4} s  {other}", mutant.title, mutant.test_name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_fault_applies_and_names_a_test() {
        let root = crate::root();
        let all = list::parse(&read(&root.join("crates/xtask/mutants.toml")).expect("the list")).expect("TOML");
        let defects: Vec<String> = all.iter().filter_map(|mutant| list::defect(mutant, &root)).collect();
        assert!(defects.is_empty(), "{}", defects.join("\n"));
        // Negative control: a fault whose line is not there, and one whose test is not.
        let gone = Mutant { find: "no such line".into(), ..all[0].clone() };
        assert!(list::defect(&gone, &root).is_some_and(|why| why.contains("must occur once")));
        let untested = Mutant { test: "no_such_test".into(), ..all[0].clone() };
        assert!(list::defect(&untested, &root).is_some_and(|why| why.contains("no test `no_such_test`")));
        // A test beside the code is called by its module too, or nothing would run.
        let nested = all.iter().find(|mutant| mutant.test.contains("::")).expect("a test in a module");
        let called = nested.test.rsplit("::").next().unwrap_or_default().to_owned();
        let short = Mutant { test: called, ..nested.clone() };
        assert!(list::defect(&short, &root).is_some_and(|why| why.contains("the test is called")));
    }
}
