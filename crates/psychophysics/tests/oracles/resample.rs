//! Oracles: SciPy's exact permutation test, Wilcoxon distribution and t interval; statsmodels' Wilson interval; NumPy's
//! quantile; the variance of a two-way additive layout; enumeration.

use proptest::prelude::*;
use rand::SeedableRng;
use trompe_psychophysics::resample::MOST_EXACT_FLIPS;
use trompe_psychophysics::{
    CrossedDesign, NotMeasurable, Rng, crossed_bootstrap, quantile, sign_flip, sign_flip_sampled,
    smallest_attainable_p, t_interval, wilson_interval,
};

use crate::table::{Row, assert_close, assert_relative, rows};

const FIXTURE: &str = include_str!("../fixtures/resample.csv");

fn of_method<'a>(method: &str) -> Vec<Row<'a>> {
    let found: Vec<Row<'_>> = rows(FIXTURE).into_iter().filter(|row| row.text("method").starts_with(method)).collect();
    assert!(!found.is_empty());
    found
}

#[test]
fn sign_flips_agree_with_scipy() {
    for row in of_method("sign_flip") {
        let found = sign_flip(&row.vector("values")).unwrap();
        assert_relative(found.p, row.number("first"), 1e-12);
        assert!(found.exact);
    }
}

#[test]
fn t_intervals_agree_with_scipy() {
    for row in of_method("t_interval") {
        let coverage: f64 = row.text("method").trim_start_matches("t_interval_").parse().unwrap();
        let found = t_interval(&row.vector("values"), coverage).unwrap().interval.unwrap();
        assert_close(found.0, row.number("first"), 1e-10);
        assert_close(found.1, row.number("second"), 1e-10);
    }
}

#[test]
fn wilson_intervals_agree_with_statsmodels() {
    for row in of_method("wilson") {
        let counts = row.counts("values");
        let found = wilson_interval(counts[0], counts[1], 0.95).unwrap().interval.unwrap();
        assert_close(found.0, row.number("first"), 1e-13);
        assert_close(found.1, row.number("second"), 1e-13);
    }
}

#[test]
fn quantiles_agree_with_numpy() {
    for row in of_method("quantile") {
        let p = row.text("case").parse().unwrap();
        assert_close(quantile(&row.vector("values"), p).unwrap(), row.number("first"), 1e-14);
    }
}

#[test]
fn one_sign_gives_the_smallest_attainable_p() {
    for n in [1, 2, 5, 10, 20, 33, MOST_EXACT_FLIPS] {
        let found = sign_flip(&vec![0.1; n]).unwrap();
        assert_eq!(found.p, smallest_attainable_p(n));
        assert_eq!(found.flips, 1 << n);
    }
    assert_eq!(smallest_attainable_p(5), 0.0625);
    assert_eq!(smallest_attainable_p(3), 0.25);
    assert_eq!(smallest_attainable_p(10), 1.0 / 512.0);
    assert_eq!(smallest_attainable_p(0), 1.0);
    assert_eq!(sign_flip(&[0.0, 0.0]).unwrap().p, 1.0);
}

#[test]
fn too_many_differences_are_sampled_instead() {
    let many = vec![0.1; MOST_EXACT_FLIPS + 1];
    assert_eq!(sign_flip(&many).unwrap_err(), NotMeasurable::TooMany { allowed: 40, found: 41 });
    let found = sign_flip_sampled(&many, 999, &mut Rng::seed_from_u64(1)).unwrap();
    assert_eq!((found.p, found.exact, found.flips), (1.0 / 1000.0, false, 999));
}

#[test]
fn sampled_flips_approach_the_exact_p() {
    let d = [0.9, -0.4, 0.7, 0.2, -0.1, 0.5, 0.3, -0.2, 0.6, 0.1];
    let exact = sign_flip(&d).unwrap().p;
    let sampled = sign_flip_sampled(&d, 40_000, &mut Rng::seed_from_u64(2)).unwrap().p;
    let deviation = (exact * (1.0 - exact) / 40_000.0).sqrt();
    assert!((sampled - exact).abs() < 5.0 * deviation, "{sampled} v {exact}");
}

/// Outcome of seed s on twin t is `seed_part[s] + twin_part[t]`.
fn layout() -> (Vec<f64>, Vec<f64>) {
    let wave = |n: usize, turn: f64| (0..n).map(|i| libm::sin(turn * (i as f64 + 1.0))).collect();
    (wave(20, 1.3), wave(60, 2.1))
}

/// Mean over the drawn seeds and twins of the additive layout.
pub(crate) fn additive_mean(seed_part: &[f64], twin_part: &[f64], seeds: &[usize], weights: &[u32]) -> f64 {
    let over_seeds = seeds.iter().map(|s| seed_part[*s]).sum::<f64>() / seeds.len() as f64;
    let total: u32 = weights.iter().sum();
    let over_twins = twin_part.iter().zip(weights).map(|(v, w)| v * f64::from(*w)).sum::<f64>() / f64::from(total);
    over_seeds + over_twins
}

/// Population variance over count: what resampling a mean with replacement gives.
pub(crate) fn variance_of_mean(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n * n)
}

#[test]
fn crossed_draws_have_the_variance_of_both_factors() {
    let (a, b) = layout();
    let design = CrossedDesign { seeds: a.len(), twins: b.len(), draws: 20_000, coverage: 0.95 };
    let statistic = |seeds: &[usize], weights: &[u32]| Ok(additive_mean(&a, &b, seeds, weights));
    let found = crossed_bootstrap(design, &mut Rng::seed_from_u64(3), statistic).unwrap();
    let expected = (variance_of_mean(&a) + variance_of_mean(&b)).sqrt();
    let mean = found.draws.iter().sum::<f64>() / found.draws.len() as f64;
    let spread = (found.draws.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / found.draws.len() as f64).sqrt();
    // The standard error of a standard deviation from 20,000 normal draws is half a percent.
    assert_relative(spread, expected, 0.025);
    assert_close(found.value, a.iter().sum::<f64>() / 20.0 + b.iter().sum::<f64>() / 60.0, 1e-14);
    assert_relative(found.interval.1 - found.interval.0, 2.0 * 1.96 * expected, 0.04);
    assert_eq!((found.failed, found.n, found.draws.len()), (0, 20, 20_000));
    assert_eq!(found.measured().interval, Some(found.interval));
}

#[test]
fn draws_are_bytes_equal_for_equal_streams() {
    let (a, b) = layout();
    let design = CrossedDesign { seeds: a.len(), twins: b.len(), draws: 50, coverage: 0.9 };
    let run = |stream| {
        let statistic = |seeds: &[usize], weights: &[u32]| Ok(additive_mean(&a, &b, seeds, weights));
        crossed_bootstrap(design, &mut Rng::seed_from_u64(stream), statistic).unwrap()
    };
    assert_eq!(run(4), run(4));
    assert_ne!(run(4).draws, run(5).draws);
}

#[test]
fn every_draw_keeps_its_size() {
    let design = CrossedDesign { seeds: 7, twins: 11, draws: 200, coverage: 0.9 };
    let statistic = |seeds: &[usize], weights: &[u32]| {
        assert_eq!((seeds.len(), weights.len()), (7, 11));
        assert!(seeds.iter().all(|s| *s < 7) && weights.iter().sum::<u32>() == 11);
        Ok(0.0)
    };
    crossed_bootstrap(design, &mut Rng::seed_from_u64(6), statistic).unwrap();
}

/// The mean drawn seed, not measurable in every draw in which the predicate holds.
fn bootstrap_failing(fails: impl Fn(&[usize]) -> bool) -> Result<trompe_psychophysics::Bootstrap, NotMeasurable> {
    let design = CrossedDesign { seeds: 10, twins: 1, draws: 2_000, coverage: 0.95 };
    let statistic = |seeds: &[usize], _: &[u32]| {
        if fails(seeds) {
            Err(NotMeasurable::Absent { what: "the match" })
        } else {
            Ok(seeds.iter().sum::<usize>() as f64 / 10.0)
        }
    };
    crossed_bootstrap(design, &mut Rng::seed_from_u64(7), statistic)
}

#[test]
fn failed_draws_widen_the_interval_and_are_never_dropped() {
    let whole = bootstrap_failing(|_| false).unwrap();
    // Without seeds 0, 1, 2 and 3: probability .6^10 = .6 %.
    let rarely = bootstrap_failing(|seeds| seeds.iter().all(|s| *s > 3)).unwrap();
    assert!(rarely.failed > 0 && rarely.draws.len() + rarely.failed == 2_000);
    assert!(rarely.interval.0 <= whole.interval.0 && rarely.interval.1 >= whole.interval.1);
    let padded = |end: f64| -> Vec<f64> {
        let failures = std::iter::repeat_n(end, rarely.failed);
        rarely.draws.iter().copied().chain(failures).collect()
    };
    assert_close(rarely.interval.0, quantile(&padded(-1e9), 0.025).unwrap(), 1e-9);
    assert_close(rarely.interval.1, quantile(&padded(1e9), 0.975).unwrap(), 1e-9);
    // Without seeds 0 and 1: probability .8^10 = 10.7 %, more than a tail.
    let often = bootstrap_failing(|seeds| seeds.iter().all(|s| *s > 1));
    assert_eq!(often.unwrap_err(), NotMeasurable::Absent { what: "the match" });
}

#[test]
fn what_cannot_be_resampled_is_refused() {
    let base = CrossedDesign { seeds: 5, twins: 5, draws: 100, coverage: 0.95 };
    let code = |design| crossed_bootstrap(design, &mut Rng::seed_from_u64(8), |_, _| Ok(1.0)).unwrap_err().code();
    assert_eq!(code(CrossedDesign { seeds: 1, ..base }), "too_few");
    assert_eq!(code(CrossedDesign { twins: 0, ..base }), "too_few");
    assert_eq!(code(CrossedDesign { draws: 9, ..base }), "too_few");
    assert_eq!(code(CrossedDesign { coverage: 1.0, ..base }), "out_of_range");
    let nan = crossed_bootstrap(base, &mut Rng::seed_from_u64(8), |_, _| Ok(f64::NAN));
    assert_eq!(nan.unwrap_err().code(), "not_finite");
    assert_eq!(t_interval(&[1.0], 0.95).unwrap_err().code(), "too_few");
    assert_eq!(t_interval(&[1.0, 1.0], 0.95).unwrap_err().code(), "degenerate");
    assert_eq!(wilson_interval(3, 2, 0.95).unwrap_err().code(), "too_many");
    assert_eq!(wilson_interval(0, 0, 0.95).unwrap_err().code(), "too_few");
    assert_eq!(sign_flip(&[]).unwrap_err().code(), "too_few");
    assert_eq!(sign_flip(&[f64::NAN]).unwrap_err().code(), "not_finite");
    assert_eq!(quantile(&[1.0], 1.5).unwrap_err().code(), "out_of_range");
}

proptest! {
    #[test]
    fn sign_flips_agree_with_enumeration(d in prop::collection::vec(-6_i32..7, 1..12)) {
        let observed = d.iter().sum::<i32>().abs();
        let flipped = |signs: u32| -> i32 {
            d.iter().enumerate().map(|(bit, v)| if signs >> bit & 1 == 1 { -v } else { *v }).sum()
        };
        let flips = 1_u32 << d.len();
        let as_far = (0..flips).filter(|signs| flipped(*signs).abs() >= observed).count();
        let tenths: Vec<f64> = d.iter().map(|v| f64::from(*v) / 10.0).collect();
        prop_assert_eq!(sign_flip(&tenths).unwrap().p, as_far as f64 / f64::from(flips));
    }

    #[test]
    fn wilson_holds_the_rate_within_zero_and_one(n in 1_u64..500, share in 0.0..=1.0_f64) {
        let successes = (share * n as f64) as u64;
        let found = wilson_interval(successes, n, 0.95).unwrap();
        let (low, high) = found.interval.unwrap();
        prop_assert!(0.0 <= low && low <= found.value + 1e-12 && found.value <= high + 1e-12 && high <= 1.0);
        prop_assert!(high > low);
    }
}
