//! Negative controls: plausible but broken variants that the fixtures and hand cases must tell from the real thing.
//!
//! Each test first holds the broken variant against the oracle and demands that it fails.

use rand::{Rng as _, SeedableRng};
use trompe_psychophysics::ridge::{Decoder, Offset, fit};
use trompe_psychophysics::special::normal_quantile;
use trompe_psychophysics::{
    CompetenceCurve, Lapse, Margin, Psychometric, Rng, Verdict, choose_criterion, crossing, holm, pearson, sign_flip,
    tost, wilson_interval,
};

use crate::matching::{Curves, networks};
use crate::resample::{additive_mean, variance_of_mean};
use crate::ridge::{classes, fresh, the_long_way};
use crate::table::{Row, rows};

fn find<'a>(text: &'a str, column: &str, value: &str) -> Row<'a> {
    rows(text).into_iter().find(|row| row.text(column) == value).expect(value)
}

#[test]
fn an_auc_that_ignores_ties_fails() {
    let row = find(include_str!("../fixtures/detection.csv"), "case", "many_ties");
    let (pos, neg) = (row.vector("pos"), row.vector("neg"));
    let wins = pos.iter().flat_map(|p| neg.iter().map(move |n| p > n)).filter(|won| *won).count();
    let broken = wins as f64 / (pos.len() * neg.len()) as f64;
    assert!((broken - row.number("auc")).abs() > 0.05);
}

#[test]
fn an_auc_that_ignores_the_weights_fails() {
    let row = find(include_str!("../fixtures/detection.csv"), "case", "smooth");
    assert!((row.number("auc") - row.number("weighted_auc")).abs() > 0.005);
}

#[test]
fn a_d_prime_without_clipping_fails() {
    let row = find(include_str!("../fixtures/detection.csv"), "case", "separate");
    assert_eq!(row.number("auc"), 1.0);
    assert!(normal_quantile(row.number("auc")).is_err() && row.number("d_prime").is_finite());
}

#[test]
fn a_quantile_without_polish_fails() {
    let row = find(include_str!("../fixtures/special.csv"), "argument", "0.975");
    // Abramowitz and Stegun 26.2.22, the shorter of their approximations.
    let s = (-2.0 * 0.025_f64.ln()).sqrt();
    let broken = s - (2.30753 + 0.27061 * s) / (1.0 + 0.99229 * s + 0.04481 * s * s);
    let error = (broken / row.number("value") - 1.0).abs();
    assert!(error > 1e-6 && error < 1e-2, "{error:e}");
}

#[test]
fn a_pooling_that_never_looks_back_fails() {
    let row = find(include_str!("../fixtures/isotonic.csv"), "case", "falling");
    let mut broken = row.vector("values");
    for i in 1..broken.len() {
        if broken[i] < broken[i - 1] {
            let mean = 0.5 * (broken[i] + broken[i - 1]);
            broken[i - 1] = mean;
            broken[i] = mean;
        }
    }
    let apart = broken.iter().zip(row.vector("isotonic")).filter(|(b, e)| (*b - e).abs() > 0.05).count();
    assert!(apart >= 3, "{apart}");
}

#[test]
fn a_fit_that_forgets_the_guess_rate_fails() {
    let row = find(include_str!("../fixtures/psychometric.csv"), "case", "two_afc_log");
    let forgetful = Psychometric { guess_rate: 0.0, ..crate::psychometric::model(&row) };
    let broken = forgetful.fit(&crate::psychometric::counts(&row)).unwrap().threshold(0.75).unwrap();
    assert!((broken - row.number("threshold")).abs() > 0.05);
}

#[test]
fn a_fit_that_forgets_the_lapses_fails() {
    let row = find(include_str!("../fixtures/psychometric.csv"), "case", "free_lapse");
    let forgetful = Psychometric { lapse: Lapse::Fixed(0.0), ..crate::psychometric::model(&row) };
    let broken = forgetful.fit(&crate::psychometric::counts(&row)).unwrap();
    assert!(broken.scale > row.number("scale") + 0.1, "{}", broken.scale);
}

#[test]
fn a_crossing_that_clamps_to_the_range_fails() {
    let clamped = |levels: &[f64], values: &[f64], target: f64| {
        if target >= values[values.len() - 1] { levels[levels.len() - 1] } else { levels[0] }
    };
    assert_eq!(clamped(&[0.0, 1.0], &[0.0, 1.0], 5.0), 1.0);
    assert_eq!(crossing(&[0.0, 1.0], &[0.0, 1.0], 5.0).unwrap_err().code(), "censored_above");
}

#[test]
fn a_matcher_that_extrapolates_fails() {
    let (steps, competence) = ([10_u64, 100], [1.0, 2.0]);
    let extrapolate = |c: f64| libm::log(10.0) + (c - 1.0) * libm::log(10.0);
    let curve = CompetenceCurve::new(&steps, &competence).unwrap();
    for (criterion, code) in [(3.0, "not_reached"), (0.0, "censored_below")] {
        assert!(extrapolate(criterion).is_finite());
        assert_eq!(curve.first_crossing(criterion).unwrap_err().code(), code);
    }
}

#[test]
fn a_matcher_that_is_linear_in_step_fails() {
    let wrong = rows(include_str!("../fixtures/matching.csv"))
        .iter()
        .filter(|row| {
            // "level" is the crossing of the same curve, linear in step instead of log step.
            (row.number("level").ln() - row.number("log_step")).abs() > 1e-3
        })
        .count();
    assert!(wrong >= 6, "{wrong}");
}

#[test]
fn a_matcher_that_skips_the_isotonic_step_fails() {
    let (steps, raw) = ([10_u64, 100, 1000, 10_000], [0.0, 2.0, 1.0, 3.0]);
    let naive = raw.iter().position(|c| *c >= 2.0).unwrap();
    let found = CompetenceCurve::new(&steps, &raw).unwrap().first_crossing(2.0).unwrap();
    assert_eq!((naive, found.lower, found.upper), (1, 2, 3));
}

#[test]
fn a_choice_that_drops_failed_networks_fails() {
    let curves: Curves = [
        ("backprop".to_owned(), networks(&[2.5; 5])),
        ("failing".to_owned(), networks(&[2.5, 2.5, 2.5, f64::NAN, f64::NAN])),
    ]
    .into();
    let dropped: Curves = curves
        .iter()
        .map(|(name, list)| (name.clone(), list.iter().filter(|curve| curve.is_ok()).cloned().collect()))
        .collect();
    assert!(choose_criterion(&[2.0], &dropped, "backprop", 0.8).unwrap()["failing"].is_ok());
    assert!(choose_criterion(&[2.0], &curves, "backprop", 0.8).unwrap()["failing"].is_err());
}

#[test]
fn equivalence_with_swapped_margins_fails() {
    let row = find(include_str!("../fixtures/equivalence.csv"), "case", "lopsided");
    let swapped = Margin::new(-row.number("upper"), -row.number("lower")).unwrap();
    let broken = tost(&row.vector("differences"), swapped, 0.05).unwrap();
    assert!((broken.p_lower - row.number("p_lower")).abs() > 1e-4);
    assert!((broken.p_upper - row.number("p_upper")).abs() > 1e-2);
}

#[test]
fn equivalence_from_a_failed_t_test_fails() {
    let row = find(include_str!("../fixtures/equivalence.csv"), "case", "wide");
    assert!(row.number("p_difference") > 0.05);
    let margin = Margin::symmetric(0.05).unwrap();
    assert_eq!(tost(&row.vector("differences"), margin, 0.05).unwrap().verdict, Verdict::NotEstablished);
}

#[test]
fn a_sign_flip_that_loses_ties_to_rounding_fails() {
    let row = find(include_str!("../fixtures/resample.csv"), "case", "three_tenths");
    let d = row.vector("values");
    let sum =
        |signs: u32| -> f64 { d.iter().enumerate().map(|(bit, v)| if signs >> bit & 1 == 1 { -v } else { *v }).sum() };
    let broken = (0..64_u32).filter(|signs| sum(*signs).abs() >= sum(0).abs()).count() as f64 / 64.0;
    assert!((broken - row.number("first")).abs() > 0.01, "{broken}");
    assert_eq!(sign_flip(&d).unwrap().p, row.number("first"));
}

#[test]
fn a_one_sided_sign_flip_fails() {
    let row = find(include_str!("../fixtures/resample.csv"), "case", "smooth");
    let d = row.vector("values");
    let observed: f64 = d.iter().sum();
    assert!(observed > 0.0);
    let sum =
        |signs: u32| -> f64 { d.iter().enumerate().map(|(bit, v)| if signs >> bit & 1 == 1 { -v } else { *v }).sum() };
    let flips = 1_u32 << d.len();
    let broken = (0..flips).filter(|signs| sum(*signs) >= observed).count() as f64 / f64::from(flips);
    assert!((broken - row.number("first")).abs() > 0.4 * row.number("first"));
}

#[test]
fn a_bootstrap_that_draws_twins_apart_for_each_seed_fails() {
    let seed_part = [0.1, -0.1, 0.05, -0.05, 0.0];
    let twin_part: Vec<f64> = (0..40).map(|i| libm::sin(2.1 * (f64::from(i) + 1.0))).collect();
    let mut rng = Rng::seed_from_u64(9);
    let ones = vec![1_u32; twin_part.len()];
    let nested: Vec<f64> = (0..4000)
        .map(|_| {
            let each = (0..seed_part.len()).map(|_| {
                let seed = rng.random_range(0..seed_part.len() as u64) as usize;
                let drawn: Vec<f64> =
                    ones.iter().map(|_| twin_part[rng.random_range(0..twin_part.len() as u64) as usize]).collect();
                additive_mean(&seed_part, &drawn, &[seed], &ones)
            });
            each.sum::<f64>() / seed_part.len() as f64
        })
        .collect();
    let spread = (variance_of_mean(&nested) * nested.len() as f64).sqrt();
    let expected = (variance_of_mean(&seed_part) + variance_of_mean(&twin_part)).sqrt();
    assert!(spread < 0.7 * expected, "{spread} v {expected}");
}

#[test]
fn bonferroni_in_place_of_holm_fails() {
    let row = find(include_str!("../fixtures/multiple.csv"), "case", "four");
    let bonferroni: Vec<f64> = row.vector("p").iter().map(|p| (4.0 * p).min(1.0)).collect();
    let apart = bonferroni.iter().zip(row.vector("holm")).filter(|(b, h)| (*b - h).abs() > 0.01).count();
    assert!(apart >= 2);
    let mut sorted = holm(&row.vector("p")).unwrap();
    sorted.sort_by(f64::total_cmp);
    assert_ne!(sorted, row.vector("holm"), "an answer in sorted order must not pass");
}

#[test]
fn spearman_with_ranks_in_order_of_appearance_fails() {
    let row = find(include_str!("../fixtures/correlation.csv"), "case", "ties");
    let ordinal = |values: &[f64]| -> Vec<f64> {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
        let mut ranks = vec![0.0; values.len()];
        order.iter().enumerate().for_each(|(rank, index)| ranks[*index] = rank as f64);
        ranks
    };
    let broken = pearson(&ordinal(&row.vector("x")), &ordinal(&row.vector("y"))).unwrap();
    assert!((broken - row.number("spearman")).abs() > 0.01, "{broken}");
}

#[test]
fn a_wald_interval_in_place_of_wilson_fails() {
    let row = find(include_str!("../fixtures/resample.csv"), "case", "0_10");
    let wald_high = 0.0 + 1.96 * (0.0_f64 * 1.0 / 10.0).sqrt();
    assert!((wald_high - row.number("second")).abs() > 0.2);
    assert!(wilson_interval(0, 10, 0.95).unwrap().interval.unwrap().1 > 0.2);
}

#[test]
fn a_decoder_that_keeps_the_mean_fails() {
    let (features, targets) = classes((20, 7), 2.0, 47);
    let broken = fit(&features, &targets, Offset::None).unwrap();
    let right = the_long_way(&features, &targets, Offset::Fitted);
    assert!(broken.weights.iter().zip(&right.weights).any(|(a, b)| (a - b).abs() > 1e-3));
}

#[test]
fn a_decoder_by_the_difference_of_two_samples_fails() {
    // The direction from one sample of a class to one of the other, instead of what all samples say.
    let (features, _) = classes((4000, 6), 1.5, 3);
    let weights = (0..6).map(|at| f64::from(features[at]) - f64::from(features[6 + at])).collect();
    let broken = Decoder { weights, offset: 0.0, ridge: 0.0 };
    assert!((fresh(&broken, (8000, 6), 1.5) - 1.5).abs() > 0.08);
}
