//! Tests of the whole report. Oracles: HTML's own rules of nesting, means and t intervals computed by hand, and the
//! wording rules; each check ships with a broken page that it must reject.

use super::fixture::{measure, tables, trial};
use super::{figures, forbidden_words, html, terminal};

/// The first element that is not closed in order, or an attribute that loads something from outside.
fn defect(page: &str) -> Option<String> {
    const VOID: [&str; 5] = ["meta", "img", "br", "link", "input"];
    let mut open: Vec<String> = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let end = rest.find('>')?;
        let tag = &rest[..end];
        rest = &rest[end + 1..];
        if let Some(address) = ["src=\"", "href=\"", "url("].iter().find_map(|start| tag.split(start).nth(1))
            && !address.starts_with('#')
            && !address.starts_with("data:")
        {
            return Some(format!("loads from outside: <{tag}>"));
        }
        if tag.starts_with('!') || tag.ends_with('/') {
            continue;
        }
        let name = |tag: &str| tag.split([' ', '\n']).next().unwrap_or("").to_owned();
        match tag.strip_prefix('/') {
            Some(closing) => match open.pop() {
                Some(opened) if opened == name(closing) => {}
                other => return Some(format!("</{closing}> closes {other:?}")),
            },
            None if VOID.contains(&name(tag).as_str()) => {}
            None => open.push(name(tag)),
        }
    }
    open.pop().map(|opened| format!("<{opened}> is never closed"))
}

#[test]
fn the_checker_rejects_broken_pages() {
    assert_eq!(defect("<p>a<b>b</b></p>"), None);
    for broken in [
        "<p><b></p></b>",
        "<p>",
        "<img src=\"http://x/y.png\">",
        "<link href=\"https://x\">",
        "<script src=\"a.js\"></script>",
    ] {
        assert!(defect(broken).is_some(), "{broken}");
    }
}

#[test]
fn the_page_is_well_formed_and_loads_nothing() {
    let tables = tables();
    let page = html(&tables.evidence());
    assert_eq!(defect(&page), None);
    assert!(page.starts_with("<!doctype html>"));
    assert!(
        !page.contains("<script")
            && !page.contains("@import")
            && !page.contains("http://")
            && !page.contains("https://")
    );
    assert!(
        page.contains("<html lang=\"en\">")
            && page.contains("prefers-color-scheme: dark")
            && page.contains("@media print")
    );
}

#[test]
fn names_and_reasons_are_escaped_everywhere() {
    let tables = tables();
    let page = html(&tables.evidence());
    assert!(!page.contains("<b>"), "an observer's name became markup");
    assert!(page.contains("&lt;b&gt;") && page.contains("cell &lt;9&gt;") && page.contains("a &amp; b"));
    for (name, svg) in figures(&tables.evidence()) {
        assert_eq!(defect(&svg.replace("xmlns=\"http://www.w3.org/2000/svg\"", "")), None, "{name}");
        assert!(!svg.contains("<b>"), "{name}");
    }
}

#[test]
fn what_has_no_value_is_told_with_its_reason() {
    let mut tables = tables();
    tables.measures.push(measure("backprop", "gap_reliance", "equal_steps", None, ""));
    let page = html(&tables.evidence());
    assert!(page.contains("median; 3 below the tested range"));
    assert!(page.contains("not measurable; no reason recorded"));
    assert!(["NaN", "None", ">inf<", ">∞<", ">0.000<"].iter().all(|text| !page.contains(text)));
    let text = terminal(&tables.evidence());
    assert!(text.contains("not measured"), "the configural index was not measured:\n{text}");
}

#[test]
fn attacks_are_told_with_their_checks_and_transfer() {
    let tables = tables();
    let page = html(&tables.evidence());
    let shown = |part: &str| page.contains(part);
    for part in ["attacks-section", "transfer-section", "accuracy-under-attack", "ε50", "2 of 3", "0.0625"] {
        assert!(shown(part), "the page lacks {part}");
    }
    // By hand: three networks with 16 pictures each.
    assert!(shown("fat&gt;thin: 0.25 at 0.25 (0.25 → 0.75), n = 48 pictures"));
    // A reason stands where there is no share, and a failed check before those that held.
    assert!(shown("no picture classified correctly") && shown("seed 3: 0.5 of &lt;them&gt;"));
    // Lines about all rules are no observer's.
    assert!(!terminal(&tables.evidence()).contains("all rules"));
    let mut without = self::tables();
    without.adversarial.clear();
    without.attack_checks.clear();
    without.transfer.clear();
    without.measures.retain(|row| !row.measure.contains("epsilon50"));
    let page = html(&without.evidence());
    assert!(["attacks-section", "transfer-section", "ε50"].iter().all(|part| !page.contains(part)));
}

#[test]
fn an_empty_run_still_makes_a_page() {
    let mut tables = tables();
    tables.trials.clear();
    tables.training.clear();
    tables.layers.clear();
    tables.course.clear();
    tables.measures.clear();
    tables.findings = super::Findings::default();
    let page = html(&tables.evidence());
    assert_eq!(defect(&page), None);
    assert!(page.contains("No observer was measured along training") && page.contains("No measure was computed"));
    assert!(figures(&tables.evidence()).is_empty());
}

#[test]
fn figures_are_the_same_bytes_every_time_and_move_with_the_data() {
    let mut tables = tables();
    let once = figures(&tables.evidence());
    assert_eq!(once, figures(&tables.evidence()));
    assert!(once.iter().any(|(name, _)| name == "01-illusion-by-competence.svg"));
    tables.trials.iter_mut().for_each(|row| row.d_prime = row.d_prime.map(|value| value + f64::from(row.seed as u8)));
    assert_ne!(once[0].1, figures(&tables.evidence())[0].1);
}

#[test]
fn a_figure_has_the_number_of_its_file() {
    let tables = tables();
    let page = html(&tables.evidence());
    let files = figures(&tables.evidence());
    assert!(files.len() > 3 && files.iter().any(|(name, _)| name.ends_with("layer-by-layer.svg")));
    assert!(files.iter().any(|(name, _)| name.ends_with("course-of-settling.svg")));
    for (at, (name, _)) in files.iter().enumerate() {
        let id = name.trim_end_matches(".svg").split_once('-').expect("a number and a name").1;
        let (_, figure) = page.split_once(&format!("<figure id=\"{id}\">")).expect("every file is on the page");
        let (_, number) = figure.split_once("<strong>Figure ").expect("figures are numbered");
        assert!(name.starts_with(&format!("{:02}-", at + 1)) && number.starts_with(&format!("{}.", at + 1)), "{name}");
    }
}

#[test]
fn planted_observers_are_spoken_of_last() {
    let mut tables = tables();
    let planted =
        super::Sentence { topic: "quads · no network · planted".into(), ..tables.findings.sentences[0].clone() };
    tables.findings.sentences.insert(0, planted);
    for text in [html(&tables.evidence()), terminal(&tables.evidence())] {
        let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("no {part}"));
        assert!(at("quads · cnn") < at("quads · no network · planted"));
    }
}

#[test]
fn an_observer_that_left_nothing_stays_in_the_tables_with_its_reason() {
    let mut tables = tables();
    let gone = |observer: &str| observer == "<b>";
    tables.trials.retain(|row| !gone(&row.observer));
    tables.training.retain(|row| !gone(&row.observer));
    tables.measures.retain(|row| !gone(&row.observer));
    let mut evidence = tables.evidence();
    evidence.run.ended = vec![("cnn <b> seed 1".into(), "step 2: diverged".into())];
    let text = terminal(&evidence);
    assert!(text.contains("1 cell ended early\n  cnn <b> seed 1: step 2: diverged\n"), "{text}");
    assert!(text.lines().any(|line| line.contains("<b>") && line.contains("no result: step 2: diverged")), "{text}");
    let page = html(&evidence);
    assert!(page.contains("1 cell ended early") && page.contains("no result: step 2: diverged"));
    // Negative control: where it has rows, nothing of this is said.
    assert!(!html(&super::fixture::tables().evidence()).contains("no result: "));
}

#[test]
fn drawn_numbers_are_means_with_t_intervals() {
    // Seeds 2.1, 2.2, 2.3: mean 2.2, sd 0.1, t(0.975, 2) = 4.303 (tables of Student's t): half-width 0.2484.
    let tables = tables();
    let page = html(&tables.evidence());
    assert!(page.contains("2.200\u{a0}[1.952,\u{a0}2.448]"));
}

#[test]
fn a_failed_gate_is_marked_in_words() {
    let tables = tables();
    let page = html(&tables.evidence());
    assert!(page.contains("&lt;b&gt; †") && page.contains("FAILED") && page.contains("passed"));
    assert!(!page.contains("backprop †"));
    assert!(terminal(&tables.evidence()).contains("FAILED"));
    assert!(page.contains("BROKEN"), "a broken instrument check is named");
}

#[test]
fn the_terminal_table_keeps_to_its_width() {
    let mut tables = tables();
    tables.trials.push(trial("a_rule_with_a_remarkably_long_name", 1, 1, "illusory", 1.0));
    let evidence = tables.evidence();
    let text = super::terminal::with_width(&evidence, Some(100));
    let table = text.lines().filter(|line| line.starts_with(['─', '═', ' ']) && !line.starts_with("  ["));
    assert!(table.clone().count() > 5);
    assert!(table.into_iter().all(|line| line.chars().count() <= 100), "{text}");
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn forbidden_words_are_found_as_whole_words_across_lines() {
    assert_eq!(forbidden_words("The network SEES it"), ["sees"]);
    assert_eq!(forbidden_words("it is\nfooled like us"), ["is fooled", "fooled like us"]);
    assert!(forbidden_words("seeds, experience, Nothing about experience, overseen").is_empty());
}

#[test]
fn no_text_of_the_report_claims_more_than_was_measured() {
    let mut tables = tables();
    for illusion in ["fat_thin", "kanizsa"] {
        tables.experiment.battery.illusion = illusion.into();
        let evidence = tables.evidence();
        assert_eq!(forbidden_words(&html(&evidence)), Vec::<&str>::new());
        assert_eq!(forbidden_words(&terminal(&evidence)), Vec::<&str>::new());
    }
    assert_eq!(forbidden_words(include_str!("report.html.j2")), Vec::<&str>::new());
}
