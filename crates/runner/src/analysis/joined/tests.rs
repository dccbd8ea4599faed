//! Oracle: correlations worked out by hand on networks that were made up.

use super::{Entering, Joined, Part, correlation, estimate, sentence};
use crate::analysis::Estimand;
use crate::report::{SentenceKind, forbidden_words};

/// Rule, seed, illusion, ε50, competence.
fn networks(rows: &[(usize, u64, f64, f64, f64)]) -> Vec<Joined> {
    let one = |&(rule, seed, illusion, epsilon50, competence): &(usize, u64, f64, f64, f64)| Joined {
        rule,
        seed,
        illusion,
        epsilon50,
        competence,
    };
    rows.iter().map(one).collect()
}

/// Rules whose means rise together, and whose seeds fall against each other.
fn crossed() -> Vec<Joined> {
    let mut rows = Vec::new();
    for rule in 0..4_usize {
        for (seed, own) in [(0, -1.0), (1, 0.0), (2, 1.0)] {
            let at = rule as f64;
            // A little of each seed's and rule's own, so that nothing is perfect.
            let stray = 0.3 * ((rule * 5 + seed as usize * 7) % 4) as f64;
            rows.push((rule, seed, 10.0 * at + own, 10.0 * at - own + stray, 10.0 * at + own * own));
        }
    }
    networks(&rows)
}

#[track_caller]
fn assert_near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found}, expected {expected}");
}

#[test]
fn each_part_is_the_correlation_by_hand() {
    // Two rules, two seeds. Means (1, 3) and (1, 5); residuals ±1 and ∓1, ±1 and ±2.
    let two = networks(&[(0, 0, 0.0, 2.0, 1.0), (0, 1, 2.0, 0.0, 2.0), (1, 0, 2.0, 3.0, 3.0), (1, 1, 4.0, 7.0, 4.0)]);
    // Within: illusion (−1, 1, −1, 1), ε50 (1, −1, −2, 2): 2 / √(4 · 10).
    assert_near(correlation(&two, Part::Within).expect("it varies"), 2.0 / 40.0_f64.sqrt());
    assert_near(correlation(&two, Part::Between).expect("it varies"), 1.0);
    // Partial: competence (−1.5, −0.5, 0.5, 1.5); sums of products with it 6 and 9, squares 5, of illusion 8 and ε50 26, both 10.
    let (xy, xz, yz) = (10.0 / 208.0_f64.sqrt(), 6.0 / 40.0_f64.sqrt(), 9.0 / 130.0_f64.sqrt());
    let expected = (xy - xz * yz) / ((1.0 - xz * xz) * (1.0 - yz * yz)).sqrt();
    assert_near(correlation(&two, Part::Partial).expect("it varies"), expected);
}

#[test]
fn within_and_between_are_told_apart() {
    let crossed = crossed();
    let [within, between] = [Part::Within, Part::Between].map(|part| estimate(&crossed, part));
    assert!(within.high().expect("three seeds") < 0.0, "{within:?}");
    assert!(between.low().expect("four rules") > 0.0, "{between:?}");
    assert_eq!((within.n, between.n), (12, 4), "networks, rules");
    // Rules that are confused with each other lose the correlation within.
    let mixed: Vec<Joined> = crossed.iter().map(|network| Joined { rule: 0, ..*network }).collect();
    assert!(estimate(&mixed, Part::Within).value.expect("a number") > 0.9);
}

#[test]
fn what_cannot_be_told_has_its_reason() {
    let one_rule: Vec<Joined> = crossed().into_iter().filter(|network| network.rule == 0).collect();
    for part in [Part::Between, Part::Partial] {
        let found = estimate(&one_rule, part);
        assert_eq!((found.value, found.interval), (None, None));
        assert!(found.note.contains("needs at least 3, found 1"), "{}", found.note);
    }
    let three: Vec<Joined> = crossed().into_iter().filter(|network| network.rule < 3).collect();
    let found = estimate(&three, Part::Between);
    assert!(found.value.is_some() && found.interval.is_none());
    assert!(found.note.contains("no interval"), "{}", found.note);
    let none = estimate(&[], Part::Within);
    assert_eq!((none.value, none.n), (None, 0));
}

fn said(networks: Vec<Joined>, inference: bool) -> (String, SentenceKind) {
    let entering = Entering { networks, left_out: 2 };
    let sentence = sentence(&entering, "a topic".into(), (Estimand::EqualSteps, inference));
    assert_eq!(forbidden_words(&sentence.text), Vec::<&str>::new());
    (sentence.text, sentence.kind)
}

#[test]
fn a_sentence_says_each_part_with_its_interval_and_number() {
    let (text, kind) = said(crossed(), true);
    for part in
        ["within rules r = −", "n = 12 networks", "between rules r = 1.00 [", "n = 4 rules", "2 networks are left out"]
    {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
    assert_eq!(kind, SentenceKind::NotEstablished, "parts disagree: {text}");
    // Where all agree it is a finding, but not in a pilot.
    let agreeing: Vec<Joined> = crossed()
        .into_iter()
        .map(|network| {
            let stray =
                [0.0, 0.6, 0.1, 0.9][network.rule] + 0.1 * ((network.rule + network.seed as usize * 5) % 4) as f64;
            let competence = [1.0, 0.0, 2.0, 0.5][network.rule] + 0.1 * network.seed as f64;
            Joined { epsilon50: network.illusion + stray, competence, ..network }
        })
        .collect();
    assert_eq!(said(agreeing.clone(), true).1, SentenceKind::Supported, "{}", said(agreeing.clone(), true).0);
    assert_eq!(said(agreeing, false).1, SentenceKind::NotEstablished);
}
