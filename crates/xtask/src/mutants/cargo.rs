//! Runs tests of the copy through cargo.

use super::judge::{self, Judged};
use super::list::Mutant;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Cargo in the copy.
pub struct Cargo {
    folder: PathBuf,
    target: PathBuf,
    limit: Duration,
}

/// What a call said.
struct Said {
    out: String,
    err: String,
    /// None where it was stopped.
    status: Option<ExitStatus>,
}

impl Cargo {
    /// Cargo that builds the workspace of one folder into another.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn new(folder: &Path, target: &Path, limit: Duration) -> Result<Self, String> {
        let full = |path: &Path| std::path::absolute(path).map_err(|error| format!("{}: {error}", path.display()));
        let target = full(target)?;
        fs::create_dir_all(&target).map_err(|error| format!("{}: {error}", target.display()))?;
        Ok(Self { folder: full(folder)?, target, limit })
    }

    /// Without a fault, every named test must be there and pass.
    ///
    /// # Errors
    /// Each one that is not or does not.
    pub fn all_pass(&self, mutants: &[Mutant]) -> Result<(), String> {
        let mut targets: BTreeMap<(&str, &str), Vec<&Mutant>> = BTreeMap::new();
        for mutant in mutants {
            targets.entry((&mutant.package, &mutant.target)).or_default().push(mutant);
        }
        let mut wrong = Vec::new();
        for ((package, target), mutants) in targets {
            let mut names: Vec<&str> = mutants.iter().map(|mutant| mutant.test.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            // Building counts, and it may be the first build of all.
            let said = self.call(mutants[0], &names, self.limit.saturating_mul(8))?;
            if !said.out.contains("running ") {
                wrong.push(format!("{package} {target} must build without a fault:\n{}", said.err));
                continue;
            }
            let failed = judge::not_passed(&said.out, &names);
            wrong.extend(failed.into_iter().map(|why| format!("{package} {target}: {why}")));
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
    }

    /// Runs the test of a fault that is in the copy.
    ///
    /// # Errors
    /// Cargo cannot be run.
    pub fn test(&self, mutant: &Mutant) -> Result<Judged, String> {
        let said = self.call(mutant, &[&mutant.test], self.limit)?;
        let place = mutant.folder().join(if is_beside(&mutant.target) { "src" } else { "tests" });
        Ok(match said.status {
            None => Judged::TimedOut,
            Some(_) => judge::judge(&said.out, &place),
        })
    }

    fn call(&self, mutant: &Mutant, names: &[&str], limit: Duration) -> Result<Said, String> {
        let log = |name: &str| self.target.join(format!("mutants-{name}.log"));
        let file = |path: &Path| File::create(path).map_err(|error| format!("{}: {error}", path.display()));
        let (out, err) = (log("out"), log("err"));
        let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(program);
        command.current_dir(&self.folder).args(arguments(mutant, names, self.has_feature(mutant)));
        command.env("CARGO_TARGET_DIR", &self.target).env("CARGO_INCREMENTAL", "1").env("CARGO_TERM_COLOR", "never");
        command.stdin(Stdio::null()).stdout(file(&out)?).stderr(file(&err)?);
        own_group(&mut command);
        let mut child = command.spawn().map_err(|error| format!("cargo: {error}"))?;
        let status = within(&mut child, limit)?;
        let read = |path: &Path| fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
        Ok(Said { out: read(&out)?, err: read(&err)?, status })
    }

    /// Whether the package has the second device as a feature.
    fn has_feature(&self, mutant: &Mutant) -> bool {
        let manifest = fs::read_to_string(self.folder.join(mutant.folder()).join("Cargo.toml")).unwrap_or_default();
        let table: toml::Table = manifest.parse().unwrap_or_default();
        table.get("features").and_then(|features| features.get("ndarray")).is_some()
    }
}

fn is_beside(target: &str) -> bool {
    matches!(target, "lib" | "bin")
}

fn arguments(mutant: &Mutant, names: &[&str], ndarray: bool) -> Vec<OsString> {
    let mut line = vec!["test", "--package", &mutant.package];
    if ndarray {
        line.extend(["--features", "ndarray"]);
    }
    match mutant.target.as_str() {
        "lib" => line.push("--lib"),
        "bin" => line.push("--bins"),
        target => line.extend(["--test", target]),
    }
    line.extend(["--", "--exact"]);
    line.extend(names);
    line.into_iter().map(OsString::from).collect()
}

/// Cargo and the test that it starts can then be stopped together.
fn own_group(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(not(unix))]
    let _ = command;
}

/// Waits for the end, or stops it.
fn within(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>, String> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(|error| format!("cargo: {error}"))? {
            return Ok(Some(status));
        }
        if begun.elapsed() > limit {
            stop(child);
            child.wait().map_err(|error| format!("cargo: {error}"))?;
            return Ok(None);
        }
        sleep(Duration::from_millis(50));
    }
}

fn stop(child: &mut Child) {
    #[cfg(unix)]
    drop(Command::new("kill").args(["-KILL", "--", &format!("-{}", child.id())]).status());
    drop(child.kill());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_for_cargo_runs_one_test_of_one_target() {
        let mutant = Mutant {
            file: "crates/models/src/x.rs".into(),
            title: "t".into(),
            find: "a".into(),
            replace: "b".into(),
            package: "trompe-models".into(),
            target: "identities".into(),
            test: "holds".into(),
        };
        let joined = |mutant: &Mutant, ndarray| {
            let words = arguments(mutant, &[&mutant.test], ndarray);
            words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
        };
        let expected = "test --package trompe-models --features ndarray --test identities -- --exact holds";
        assert_eq!(joined(&mutant, true), expected);
        let beside = Mutant { target: "lib".into(), ..mutant };
        assert_eq!(joined(&beside, false), "test --package trompe-models --lib -- --exact holds");
    }

    #[cfg(unix)]
    #[test]
    fn what_does_not_end_is_stopped() {
        let mut command = Command::new("sleep");
        command.arg("60");
        own_group(&mut command);
        let begun = Instant::now();
        let mut child = command.spawn().expect("sleep");
        assert_eq!(within(&mut child, Duration::from_millis(100)), Ok(None));
        assert!(begun.elapsed() < Duration::from_secs(30));
        // Negative control: what ends in time is not.
        let mut child = Command::new("true").spawn().expect("true");
        assert!(within(&mut child, Duration::from_secs(30)).is_ok_and(|status| status.is_some()));
    }
}
