//! What a test said under a fault. Only a failed assertion of the test itself counts: a fault that does not compile, or
//! that breaks the program before the test has looked, shows nothing about the test.

use std::fmt;
use std::path::Path;

/// What became of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// The test failed by its assertion.
    Killed {
        /// Where it stands, `file:line:column`.
        at: String,
    },
    /// The test passed.
    Survived,
    /// It does not compile.
    DoesNotCompile,
    /// No test of that name, or more than one, was run.
    Tests(usize),
    /// It failed, but not by an assertion of its own.
    Broken(String),
    /// It was stopped.
    TimedOut,
}

impl fmt::Display for Judged {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Killed { at } => write!(out, "killed at {at}"),
            Self::Survived => write!(out, "SURVIVED: the test passes with the fault"),
            Self::DoesNotCompile => write!(out, "does not compile, which is no kill"),
            Self::Tests(count) => write!(out, "{count} tests were run, must be 1"),
            Self::Broken(why) => write!(out, "failed elsewhere than by an assertion of the test: {why}"),
            Self::TimedOut => write!(out, "did not end in time"),
        }
    }
}

/// Reads the standard output of one test run. Assertions of the test stand below `tests`, from the root of the workspace.
pub fn judge(output: &str, tests: &Path) -> Judged {
    let Some(count) = counted(output) else { return Judged::DoesNotCompile };
    if count != 1 {
        return Judged::Tests(count);
    }
    let Some(result) = output.lines().find_map(|line| line.strip_prefix("test result: ")) else {
        return Judged::Broken("the test ended without a result".into());
    };
    if result.starts_with("ok. 1 passed") {
        return Judged::Survived;
    }
    if !result.starts_with("FAILED. 0 passed; 1 failed") {
        return Judged::Broken(result.to_owned());
    }
    let places: Vec<&str> = output.lines().filter_map(panic_place).collect();
    match places.iter().find(|place| Path::new(place).starts_with(tests)) {
        Some(place) => Judged::Killed { at: (*place).to_owned() },
        None => {
            Judged::Broken(places.first().map_or("it returned an error".into(), |place| format!("panic at {place}")))
        }
    }
}

/// N of "running N tests".
fn counted(output: &str) -> Option<usize> {
    let line = output.lines().find_map(|line| line.strip_prefix("running "))?;
    let (count, rest) = line.split_once(' ')?;
    rest.starts_with("test").then(|| count.parse().ok())?
}

/// The place in "thread 'x' panicked at crates/x.rs:1:2:".
fn panic_place(line: &str) -> Option<&str> {
    line.starts_with("thread '").then(|| line.split_once(" panicked at "))??.1.strip_suffix(':')
}

/// Which of the named tests did not pass, each with the reason.
pub fn not_passed(output: &str, names: &[&str]) -> Vec<String> {
    let state = |name: &str| {
        let line =
            output.lines().find_map(|line| line.strip_prefix("test ")?.strip_prefix(name)?.strip_prefix(" ... "));
        match line {
            Some("ok") => None,
            Some(other) => Some(format!("`{name}` must pass without a fault: {other}")),
            None => Some(format!("there is no test `{name}`")),
        }
    };
    names.iter().filter_map(|name| state(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILED: &str = "
running 1 test
test holds ... FAILED

failures:

---- holds stdout ----

thread 'holds' (7) panicked at crates/models/tests/identities.rs:12:5:
3 is above 2

test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 9 filtered out; finished in 0.01s
";

    fn judged(output: &str) -> Judged {
        judge(output, Path::new("crates/models/tests"))
    }

    #[test]
    fn a_failed_assertion_of_the_test_kills() {
        assert_eq!(judged(FAILED), Judged::Killed { at: "crates/models/tests/identities.rs:12:5".into() });
    }

    #[test]
    fn a_test_that_passes_lets_the_fault_survive() {
        let passed = "running 1 test\ntest holds ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored\n";
        assert_eq!(judged(passed), Judged::Survived);
    }

    #[test]
    fn a_name_that_no_test_has_is_no_kill_and_no_survival() {
        let none = "running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 9 filtered out\n";
        assert_eq!(judged(none), Judged::Tests(0));
        assert_eq!(judged(&FAILED.replace("running 1 test", "running 2 tests")), Judged::Tests(2));
    }

    #[test]
    fn what_does_not_compile_is_no_kill() {
        assert_eq!(judged(""), Judged::DoesNotCompile);
    }

    #[test]
    fn panics_outside_the_tests_are_no_kill() {
        for elsewhere in ["crates/models/src/network.rs:1:1", "/registry/burn/src/x.rs:1:1"] {
            let output = FAILED.replace("crates/models/tests/identities.rs:12:5", elsewhere);
            assert_eq!(judged(&output), Judged::Broken(format!("panic at {elsewhere}")));
        }
        let error = FAILED.replace("thread 'holds' (7) panicked at", "Error:");
        assert_eq!(judged(&error), Judged::Broken("it returned an error".into()));
        let aborted = FAILED.lines().take(3).collect::<Vec<_>>().join("\n");
        assert!(matches!(judged(&aborted), Judged::Broken(_)));
        let ignored = FAILED.replace("FAILED. 0 passed; 1 failed", "ok. 0 passed; 0 failed; 1 ignored");
        assert!(matches!(judged(&ignored), Judged::Broken(_)));
    }

    #[test]
    fn named_tests_must_be_there_and_pass() {
        let output = "running 2 tests\ntest a ... ok\ntest b::c ... FAILED\ntest d ... ignored\n";
        let said = not_passed(output, &["a", "b::c", "c", "d"]);
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(said[0].contains("FAILED") && said[1].contains("no test `c`") && said[2].contains("ignored"));
    }
}
