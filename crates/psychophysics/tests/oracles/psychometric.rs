//! Oracles: 50-digit maximum likelihood (mpmath from SciPy starts, checked against statsmodels' GLM), `psignifit`,
//! planted functions, and cases by hand.

use proptest::prelude::*;
use rand::{Rng as _, SeedableRng};
use trompe_psychophysics::special::normal_cdf;
use trompe_psychophysics::{Axis, Core, Lapse, LevelCount, NotMeasurable, Psychometric, Rng, Side, crossing};

use crate::table::{Row, assert_close, rows};

pub(crate) fn counts(row: &Row<'_>) -> Vec<LevelCount> {
    let (levels, correct, total) = (row.vector("levels"), row.counts("correct"), row.counts("total"));
    levels
        .iter()
        .zip(correct.iter().zip(&total))
        .map(|(level, (correct, total))| LevelCount { level: *level, correct: *correct, total: *total })
        .collect()
}

pub(crate) fn model(row: &Row<'_>) -> Psychometric {
    Psychometric {
        core: if row.text("core") == "gaussian" { Core::CumulativeGaussian } else { Core::Logistic },
        axis: if row.text("axis") == "log" { Axis::Log } else { Axis::Linear },
        guess_rate: row.number("guess"),
        lapse: row.text("lapse").parse().map_or(Lapse::Free { max: 0.06 }, Lapse::Fixed),
    }
}

const TWO_AFC: Psychometric =
    Psychometric { core: Core::CumulativeGaussian, axis: Axis::Log, guess_rate: 0.5, lapse: Lapse::Fixed(0.0) };

#[test]
fn fits_agree_with_maximum_likelihood_elsewhere() {
    for row in rows(include_str!("../fixtures/psychometric.csv")) {
        let fit = model(&row).fit(&counts(&row)).unwrap();
        let tolerance = if row.text("lapse") == "free" { 1e-6 } else { 1e-9 };
        let target = row.number("target");
        assert_close(fit.location, row.number("location"), tolerance);
        assert_close(fit.scale, row.number("scale"), tolerance);
        assert_close(fit.lapse_rate, row.number("lapse_rate"), tolerance);
        assert_close(fit.threshold(target).unwrap(), row.number("threshold"), tolerance);
        assert_close(fit.slope(target).unwrap(), row.number("slope"), tolerance);
        assert_close(fit.deviance, row.number("deviance"), 1e-8);
        assert_close(fit.probability(row.number("threshold")), target, tolerance);
    }
}

#[test]
fn thresholds_are_near_those_of_psignifit() {
    let model = Psychometric { lapse: Lapse::Free { max: 0.06 }, ..TWO_AFC };
    for row in rows(include_str!("../fixtures/psignifit.csv")) {
        let found = model.threshold(&counts(&row), 0.75).unwrap();
        assert!((found.value / row.number("threshold") - 1.0).abs() < 0.02, "{}", found.value);
        assert_eq!(found.n, 7 * 1024);
    }
}

/// Counts that follow a function as closely as whole numbers allow.
fn planted(levels: &[f64], psi: impl Fn(f64) -> f64) -> Vec<LevelCount> {
    let total = 1_u64 << 40;
    let count = |level: &f64| LevelCount { level: *level, correct: (psi(*level) * total as f64).round() as u64, total };
    levels.iter().map(count).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_planted_function_is_recovered(location in -1.5..1.5_f64, scale in 0.4..2.0_f64, guess in 0.0..0.6_f64) {
        let levels = [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0];
        let data = planted(&levels, |x| guess + (1.0 - guess) * normal_cdf((x - location) / scale));
        let model = Psychometric { axis: Axis::Linear, guess_rate: guess, ..TWO_AFC };
        let fit = model.fit(&data).unwrap();
        prop_assert!((fit.location - location).abs() < 1e-7 && (fit.scale - scale).abs() < 1e-7);
    }
}

/// Binomial draws from a two-alternative observer.
fn simulated(rng: &mut Rng, trials: u32, threshold: f64) -> Vec<LevelCount> {
    let levels = [1.25, 1.98, 3.15, 5.0, 7.94, 12.6, 20.0];
    let draw = |level: f64, rng: &mut Rng| {
        let psi = 0.5 + 0.48 * normal_cdf((level.ln() - threshold.ln()) / 0.6);
        let correct = (0..trials).filter(|_| rng.random_bool(psi)).count() as u64;
        LevelCount { level, correct, total: u64::from(trials) }
    };
    levels.iter().map(|level| draw(*level, rng)).collect()
}

fn log_likelihood(data: &[LevelCount], location: f64, scale: f64, lapse: f64) -> f64 {
    let term = |count: u64, p: f64| if count == 0 { 0.0 } else { count as f64 * p.ln() };
    data.iter()
        .map(|d| {
            let psi = 0.5 + (0.5 - lapse) * normal_cdf((d.level.ln() - location) / scale);
            term(d.correct, psi) + term(d.total - d.correct, 1.0 - psi)
        })
        .sum()
}

#[test]
fn no_point_of_a_fine_grid_beats_the_fit_and_every_refusal_is_degenerate() {
    let mut rng = Rng::seed_from_u64(21);
    let (mut fitted, mut refused) = (0, 0);
    for run in 0..300 {
        let data = simulated(&mut rng, [12, 40, 256][run % 3], [2.5, 6.0, 30.0][run / 3 % 3]);
        match TWO_AFC.fit(&data) {
            Ok(fit) => {
                let own = log_likelihood(&data, fit.location, fit.scale, 0.0);
                assert_close(fit.log_likelihood, own, 1e-11);
                for row in 0..120 {
                    let location = -2.0 + 0.06 * f64::from(row);
                    let grid = (1..120).map(|col| log_likelihood(&data, location, 0.04 * f64::from(col), 0.0));
                    assert!(grid.fold(f64::NEG_INFINITY, f64::max) <= own + 1e-9, "run {run} row {row}");
                }
                fitted += 1;
            }
            Err(reason) => {
                assert_eq!(reason.code(), "degenerate", "run {run}: {data:?}");
                refused += 1;
            }
        }
    }
    assert!(fitted > 200 && refused > 3, "{fitted} fitted, {refused} refused");
}

#[test]
fn a_planted_lapse_is_recovered() {
    let levels = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    for lapse in [0.0, 0.01, 0.05] {
        let data = planted(&levels, |x| 0.5 + (0.5 - lapse) * normal_cdf((x - 4.0) / 1.2));
        let model = Psychometric { axis: Axis::Linear, lapse: Lapse::Free { max: 0.06 }, ..TWO_AFC };
        let fit = model.fit(&data).unwrap();
        assert_close(fit.lapse_rate, lapse, 1e-6);
        assert_close(fit.location, 4.0, 1e-5);
    }
}

#[test]
fn a_threshold_outside_the_tested_range_is_censored() {
    let levels = [1.25, 2.5, 5.0, 10.0, 20.0];
    let at = |threshold: f64| {
        let data = planted(&levels, |x| 0.5 + 0.5 * normal_cdf((x.ln() - threshold.ln()) / 1.0));
        TWO_AFC.threshold(&data, 0.75)
    };
    assert_close(at(7.0).unwrap().value, 7.0, 1e-6);
    assert_eq!(at(30.0).unwrap_err(), NotMeasurable::Censored { side: Side::Above, bound: 20.0 });
    assert_eq!(at(1.0).unwrap_err(), NotMeasurable::Censored { side: Side::Below, bound: 1.25 });
}

fn two_afc_counts(correct: [u64; 5]) -> Vec<LevelCount> {
    let levels = [1.25, 2.5, 5.0, 10.0, 20.0];
    levels.iter().zip(correct).map(|(level, correct)| LevelCount { level: *level, correct, total: 100 }).collect()
}

#[test]
fn ceiling_and_chance_are_censored_and_a_step_is_undetermined() {
    let threshold = |correct| TWO_AFC.threshold(&two_afc_counts(correct), 0.75);
    assert_eq!(threshold([100; 5]).unwrap_err(), NotMeasurable::Censored { side: Side::Below, bound: 1.25 });
    assert_eq!(threshold([50; 5]).unwrap_err(), NotMeasurable::Censored { side: Side::Above, bound: 20.0 });
    assert_eq!(
        threshold([58, 55, 50, 47, 41]).unwrap_err(),
        NotMeasurable::Censored { side: Side::Above, bound: 20.0 }
    );
    assert_eq!(threshold([50, 50, 50, 100, 100]).unwrap_err().code(), "degenerate");
    assert_eq!(threshold([50, 50, 70, 100, 100]).unwrap_err().code(), "degenerate");
}

#[test]
fn impossible_inputs_are_refused() {
    let good = two_afc_counts([50, 60, 75, 90, 99]);
    assert!(TWO_AFC.fit(&good).is_ok());
    let code = |model: Psychometric, data: &[LevelCount]| model.fit(data).unwrap_err().code();
    assert_eq!(code(TWO_AFC, &good[..1]), "too_few");
    assert_eq!(code(Psychometric { lapse: Lapse::Free { max: 0.06 }, ..TWO_AFC }, &good[..2]), "too_few");
    assert_eq!(code(Psychometric { guess_rate: f64::NAN, ..TWO_AFC }, &good), "out_of_range");
    assert_eq!(code(Psychometric { lapse: Lapse::Fixed(0.5), ..TWO_AFC }, &good), "out_of_range");
    let with = |level, correct, total| [LevelCount { level, correct, total }, good[3], good[4]];
    assert_eq!(code(TWO_AFC, &with(0.0, 1, 2)), "out_of_range");
    assert_eq!(code(TWO_AFC, &with(10.0, 1, 2)), "out_of_range");
    assert_eq!(code(TWO_AFC, &with(1.0, 3, 2)), "too_many");
    assert_eq!(code(TWO_AFC, &with(1.0, 0, 0)), "too_few");
    let fit = TWO_AFC.fit(&good).unwrap();
    assert_eq!(fit.threshold(0.5).unwrap_err().code(), "out_of_range");
    assert_eq!(fit.threshold(1.0).unwrap_err().code(), "out_of_range");
}

#[test]
fn crossings_agree_with_scipy_and_numpy() {
    for row in rows(include_str!("../fixtures/matching.csv")) {
        let found = crossing(&row.vector("steps"), &row.vector("competence"), row.number("criterion")).unwrap();
        assert_close(found, row.number("level"), 1e-12);
    }
}

#[test]
fn crossings_by_hand() {
    let contrasts = [-0.5, -0.25, 0.0, 0.25, 0.5];
    assert_eq!(crossing(&contrasts, &[-2.0, -1.0, 0.0, 1.0, 2.0], 0.5).unwrap(), 0.125);
    // The dip is pooled to 1.5 at both levels; the target 1 lies two thirds of the way from 0.
    assert_close(crossing(&[0.0, 1.0, 2.0, 3.0], &[0.0, 2.0, 1.0, 4.0], 1.0).unwrap(), 2.0 / 3.0, 1e-15);
    // A plateau at the target: its first level.
    assert_eq!(crossing(&[0.0, 1.0, 2.0], &[0.0, 1.0, 1.0], 1.0).unwrap(), 1.0);
    assert_eq!(crossing(&[0.0, 1.0], &[1.0, 2.0], 1.0).unwrap(), 0.0);
    let beyond = crossing(&[0.0, 1.0], &[1.0, 2.0], 2.5).unwrap_err();
    assert_eq!(beyond, NotMeasurable::Censored { side: Side::Above, bound: 1.0 });
    let before = crossing(&[0.0, 1.0], &[1.0, 2.0], 0.5).unwrap_err();
    assert_eq!(before, NotMeasurable::Censored { side: Side::Below, bound: 0.0 });
    assert_eq!(crossing(&[1.0, 1.0], &[1.0, 2.0], 0.5).unwrap_err().code(), "out_of_range");
    assert_eq!(crossing(&[1.0, 2.0], &[1.0, 2.0], f64::NAN).unwrap_err().code(), "not_finite");
}
