//! Planted relations, a rise, none and competence alone, against the closed form of Page's trend and counts by hand.

use super::*;

/// What is found of a rule, by hand.
fn account(observer: &str, (above, activity, waits): (&str, &str, &str), passes: f64) -> Account {
    Account {
        observer: observer.into(),
        network: "cnn".into(),
        weights_above: above.into(),
        waits_for: waits.into(),
        forward_activity: activity.into(),
        needs_targets: true,
        forward_passes: passes,
        critical_share: 1.0,
        bytes_held: 1.0,
        nanojoules: 1000.0 * passes,
    }
}

fn accounts() -> Vec<Account> {
    vec![
        account("chained", ("full", "backward sweep", "all above"), 3.0),
        account("signs", ("sign", "backward sweep", "all above"), 3.0),
        account("random", ("none", "backward sweep", "all above"), 3.01),
        account("hop", ("none", "backward sweep", "output"), 2.5),
        account("own", ("none", "runs on", "nothing"), 4.0),
    ]
}

/// Ten seeds of each rule, with an outcome and a competence by rule and seed.
fn planted(outcome: impl Fn(usize, u64) -> f64, competence: impl Fn(usize, u64) -> f64) -> Networks {
    let rule = |(at, account): (usize, Account)| Rule {
        observer: account.observer.clone(),
        seeds: (0..10).map(|seed| (seed, (outcome(at, seed), competence(at, seed)))).collect(),
        account,
    };
    Networks { rules: accounts().into_iter().enumerate().map(rule).collect(), left_out: Vec::new() }
}

/// A scatter that is no function of the rule's order: digits of multiples of an irrational.
fn scatter(rule: usize, seed: u64) -> f64 {
    let turns = (rule as f64 * 7.0 + seed as f64 + 1.0) * 0.618_033_988_749_895;
    turns - libm::floor(turns) - 0.5
}

fn of(trends: &[Trend], line: Line) -> &Trend {
    trends.iter().find(|trend| trend.line == line).expect("every line has a trend")
}

#[test]
fn scores_are_those_of_the_accounts_by_hand() {
    let accounts = accounts();
    let scores = |line: Line| -> Vec<Option<f64>> { accounts.iter().map(|account| line.score(account)).collect() };
    assert_eq!(scores(Line::WeightsAbove), [0.0, 1.0, 2.0, 2.0, 2.0].map(Some));
    assert_eq!(scores(Line::ForwardActivity), [0.0, 0.0, 0.0, 0.0, 1.0].map(Some));
    assert_eq!(scores(Line::WaitsFor), [0.0, 0.0, 0.0, 1.0, 2.0].map(Some));
    assert_eq!(scores(Line::Differences), [0.0, 0.0, 1.0, 1.0, 3.0].map(Some));
    assert_eq!(Line::ForwardPasses.score(&account("x", ("full", "", ""), 4.0)), Some(-2.0));
    let unknown = account("frozen", ("–", "runs on", "–"), 1.0);
    assert_eq!(Line::WeightsAbove.score(&unknown), None);
    assert_eq!(Line::Differences.score(&unknown), None, "no count where one of three is not known");
}

/// Where every seed has the predicted order, Page's z is √(seeds · (levels − 1)): the mean correlation of ranks is 1.
#[test]
fn a_planted_rise_is_found_with_the_closed_form_of_page() {
    let rises = planted(
        |rule, seed| (rule as f64).min(2.0) + 0.1 * scatter(rule, seed),
        |rule, seed| scatter(seed as usize, rule as u64),
    );
    let trends = &trends(&[rises])[0];
    let above = of(trends, Line::WeightsAbove);
    let Ok(Test::Page { z, .. }) = above.test else { panic!("three levels: {:?}", above.test) };
    assert!((z - libm::sqrt(10.0 * 2.0)).abs() < 1e-12, "{z}");
    assert!(above.is_established(), "{above:?}");
    let words: Vec<&str> = above.levels.iter().map(|level| level.words.as_str()).collect();
    assert_eq!(words, ["full", "sign", "none"], "the furthest from a neuron first");
    // Two levels: all ten differences on one side.
    let pause = of(trends, Line::ForwardActivity);
    let Ok(Test::Flip { difference, p }) = pause.test else { panic!("two levels: {:?}", pause.test) };
    assert!((p - 2.0 / 1024.0).abs() < 1e-15 && (difference - 0.75).abs() < 0.1, "{difference} {p}");
    // 3 and 3.01 passes are one level, dearer ones come first.
    let passes: Vec<usize> = of(trends, Line::ForwardPasses).levels.iter().map(|level| level.rules.len()).collect();
    assert_eq!(passes, [1, 3, 1]);
}

#[test]
fn nothing_is_established_where_nothing_is_planted_or_the_order_is_the_other_way() {
    let none = planted(scatter, |rule, seed| scatter(seed as usize, rule as u64));
    let falls = planted(
        |rule, seed| -(rule as f64) + 0.1 * scatter(rule, seed),
        |rule, seed| scatter(seed as usize, rule as u64),
    );
    for trends in trends(&[none, falls]) {
        assert!(trends.iter().all(|trend| !trend.is_established()), "{trends:?}");
    }
}

/// Negative control: an outcome that is competence alone has a trend, and is not established beside competence.
#[test]
fn an_outcome_that_is_competence_is_no_relation() {
    let competence = |rule: usize, seed: u64| rule as f64 + scatter(rule, seed);
    let explained =
        planted(|rule, seed| competence(rule, seed) + 0.2 * scatter(seed as usize, 3 * rule as u64), competence);
    let trends = &trends(&[explained])[0];
    let above = of(trends, Line::WeightsAbove);
    assert!(above.test.is_ok_and(|test| test.p() < 0.01), "the trend alone would claim it: {:?}", above.test);
    assert!(!above.is_established(), "{above:?}");
}

#[test]
fn only_rules_that_pass_and_seeds_that_are_complete_enter() {
    let row = |observer: &str, seed: u64, value: Option<f64>| NetworkRow {
        world: "w".into(),
        network: "cnn".into(),
        observer: observer.into(),
        role: "rule".into(),
        seed,
        measure: "m".into(),
        estimand: "matched".into(),
        unit: "d_prime".into(),
        value,
        competence: Some(1.0),
        note: String::new(),
    };
    let rows = [
        row("chained", 1, Some(1.0)),
        row("chained", 2, Some(2.0)),
        row("signs", 1, Some(3.0)),
        row("signs", 2, None),
        row("own", 1, Some(5.0)),
        row("own", 2, Some(5.0)),
        row("random", 1, Some(9.0)),
        row("nobody", 1, Some(9.0)),
    ];
    let networks = networks(rows.iter(), &accounts(), |observer| observer != "random");
    assert_eq!(networks.left_out, ["random", "nobody"], "below the gate, and not in the ledger");
    let trends = &trends(&[networks])[0];
    let above = of(trends, Line::WeightsAbove);
    assert_eq!((above.seeds, above.networks), (1, 5));
    assert_eq!(above.levels.iter().map(|level| level.mean).collect::<Vec<_>>(), [1.0, 3.0, 5.0]);
    assert!(above.test.is_err(), "one seed is no trend");
}
