//! Bad input: one message with file, line, key and mend; exit code 2; nothing run, nothing written.

use super::lab::{Lab, TINY, with_line};

/// One changed line of the tiny experiment, and what must be said.
struct Case {
    line: usize,
    text: &'static str,
    /// `line:column` of the mistake, counted by hand.
    place: &'static str,
    /// Key and reason.
    message: &'static str,
    mend: &'static str,
}

const CASES: [Case; 10] = [
    Case {
        line: 10,
        text: "bacth = 8",
        place: "10:1",
        message: "unknown key `bacth` in [training]",
        mend: "did you mean `batch`?",
    },
    Case {
        line: 10,
        text: "batch = \"8\"",
        place: "10:9",
        message: "`batch` in [training] must be a whole number",
        mend: "drop the quotation marks",
    },
    Case {
        line: 21,
        text: "rule = \"backprp\"",
        place: "21:8",
        message: "unknown rule `backprp`",
        mend: "did you mean `backprop`?",
    },
    Case {
        line: 30,
        text: "support_ratios = [0.35, 1.0]",
        place: "30:25",
        message: "support ratio 1 is impossible",
        mend: "write ratios above 0 and below 1",
    },
    Case { line: 6, text: "seeds = 0", place: "6:9", message: "zero seeds", mend: "write a count such as `seeds = 5`" },
    Case {
        line: 19,
        text: "layers = [{ conv = 4, kernel = 17 }, { readout = true }]",
        place: "19:11",
        message: "a window of 17 × 17 px does not fit the map it gets, 16 × 16 px",
        mend: "write a window of at most 16",
    },
    // What follows can only be found by putting the experiment together.
    Case {
        line: 27,
        text: "size_deg = 1.0",
        place: "27:12",
        message: "the scene is [4.0, 4.0] deg (height, width), the viewing shows [1.0, 1.0] deg",
        mend: "leave `size_deg` out",
    },
    Case {
        line: 30,
        text: "primary_support_ratio = 0.98",
        place: "24:1",
        message: "these figures cannot be drawn: mask `gap` covers no pixel",
        mend: "change `size_px`, the support ratios or the turns in [battery]",
    },
    Case {
        line: 16,
        text: "id = \"quads\"\nsettings = { alpha_min_deg = 30, alpha_max_deg = 10 }",
        place: "17:12",
        message: "`alpha_max_deg` = 10",
        mend: "change the option that is named",
    },
    Case {
        line: 7,
        text: "budget_minutes = 1e-9",
        place: "x.toml",
        message: "`budget_minutes = 0.000000001`",
        mend: "--over-budget",
    },
];

#[test]
fn every_mistake_is_refused_with_file_line_key_and_mend() {
    for Case { line, text, place, message, mend } in CASES {
        let lab = Lab::with_file(&with_line(line, text));
        let said = lab.trompe("run x.toml").ended(2);
        said.says(&["x.toml", place, message, mend]);
        assert_eq!(said.out, "", "talk belongs on stderr");
        assert!(!lab.path("results").exists(), "{text}: something was written");
    }
    // Negative control: unchanged, the file is sound, so each refusal is caused by its one line.
    Lab::with_file(TINY).trompe("check x.toml").ended(0);
}

#[test]
fn check_and_plan_refuse_what_run_refuses() {
    for line in ["check x.toml", "plan x.toml", "plan x.toml --json", "report x.toml"] {
        for case in CASES.iter().filter(|case| case.line != 7) {
            let said = Lab::with_file(&with_line(case.line, case.text)).trompe(line).ended(2);
            said.says(&["x.toml", case.place, case.message, case.mend]);
        }
    }
}

#[test]
fn files_that_are_not_experiments() {
    let lab = Lab::new();
    lab.trompe("run none.toml").ended(2).says(&["none.toml", "cannot read the experiment file", "check the path"]);
    lab.write("bytes.toml", b"schema = 1\nid = \"\xff\"\n");
    lab.trompe("run bytes.toml").ended(2).says(&["bytes.toml:2", "not UTF-8", "save the file as UTF-8"]);
    lab.write("empty.toml", "");
    lab.trompe("run empty.toml").ended(2).says(&["empty.toml", "lacks the key `schema`"]);
    lab.trompe("report none.toml").ended(2);
    lab.write("x.toml", TINY);
    lab.trompe("report x.toml").ended(2).says(&["no results of this experiment", "trompe run x.toml"]);
}

#[test]
fn usage_is_refused_with_what_is_allowed() {
    let lab = Lab::with_file(TINY);
    let cases = [
        ("run x.toml --shard 3/2", "expected i/n with 1 <= i <= n"),
        ("run x.toml --shard 0/2", "expected i/n with 1 <= i <= n"),
        ("run x.toml --jobs 0", "0 is not in 1..="),
        ("run x.toml --device cuda", "[possible values: flex, ndarray]"),
        ("run x.toml --colour", "unexpected argument '--colour'"),
        ("run", "<FILE>"),
        ("", "Usage: trompe"),
        ("rnu x.toml", "unrecognized subcommand 'rnu'"),
        ("list cells", "there are rules, worlds, illusions, observers, measures, human"),
    ];
    for (line, must) in cases {
        lab.trompe(line).ended(2).says(&[must]);
    }
    assert!(!lab.path("results").exists());
}
