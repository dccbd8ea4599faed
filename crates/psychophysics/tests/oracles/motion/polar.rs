//! Turns along rings: closed forms of sines, contrast alone, noise; agreement of shifts and growth by hand.

use crate::table::assert_close;
use rand::{Rng as _, SeedableRng};
use std::f64::consts::TAU;
use trompe_psychophysics::motion::growth::{LINEAR, growth};
use trompe_psychophysics::motion::polar::{Grid, Polar, Window, rotation, rotation_within, signed_strength};
use trompe_psychophysics::motion::rigidity::{kappa, rigidity};
use trompe_psychophysics::motion::{Plane, gray, planes};
use trompe_psychophysics::{NotMeasurable, Rng};

use super::disk::{Disk, Kind};

/// Rings of a function of ring and degrees.
fn rings(radii: &[f64], angles: usize, value: impl Fn(usize, f64) -> f64) -> Polar {
    let one = |at: usize| value(at / angles, 360.0 * (at % angles) as f64 / angles as f64);
    Polar::new(radii.to_vec(), angles, (0..radii.len() * angles).map(one).collect()).unwrap()
}

fn wave(cycles: f64, degrees: f64) -> f64 {
    0.5 + 0.3 * (cycles * degrees).to_radians().cos()
}

/// What a sine reads, from the formula of central differences.
fn reading(cycles: f64, turn: f64, angles: usize) -> f64 {
    let step = TAU / angles as f64;
    let turn = turn.to_radians();
    (2.0 / cycles * (cycles * turn / 2.0).tan() * cycles * step / (cycles * step).sin()).to_degrees()
}

#[test]
fn sines_read_what_central_differences_give() {
    for (cycles, turn, angles) in [(20.0, 0.2, 1440), (20.0, -1.0, 1440), (7.0, 3.0, 90), (3.0, -0.01, 64)] {
        let radii = [10.0, 11.0, 30.0];
        let a = rings(&radii, angles, |ring, at| wave(cycles, at + 5.0 * ring as f64));
        let b = rings(&radii, angles, |ring, at| wave(cycles, at - turn + 5.0 * ring as f64));
        let found = rotation(&a, &b).unwrap();
        assert_close(found, reading(cycles, turn, angles), 1e-11);
        assert_close(rotation(&b, &a).unwrap(), -found, 1e-12);
        // The reading is the turn where rings are fine and the turn small.
        assert!(cycles * turn.abs() > 5.0 || (found / turn - 1.0).abs() < 0.02, "{found} for {turn}");
    }
}

#[test]
fn a_picture_of_a_sine_that_turns_clockwise_reads_above_0() {
    let picture = |turn: f64| {
        let pixel = |at: usize| {
            let (x, y) = ((at % 128) as f64 + 0.5 - 64.0, (at / 128) as f64 + 0.5 - 64.0);
            wave(6.0, y.atan2(x).to_degrees() - turn) as f32
        };
        gray(&planes(&(0..128 * 128).map(pixel).collect::<Vec<_>>(), [1, 128, 128]).unwrap()).unwrap()
    };
    let grid = Grid::each_pixel([64.0; 2], [20.0, 60.0], 720);
    let polar = |turn| Polar::sample(&picture(turn), &grid).unwrap();
    for turn in [0.1, 1.0, -0.5] {
        let found = rotation(&polar(0.0), &polar(turn)).unwrap();
        // Bilinear interpolation of smooth rings.
        assert!((found / turn - 1.0).abs() < 0.01, "{found} for {turn}");
    }
}

#[test]
fn contrast_and_level_alone_turn_nothing() {
    let disk = gray(&Disk::of(Kind::Color).draw()).unwrap();
    let grid = Grid::each_pixel(disk.center(), [20.0, 76.0], 1440);
    let polar = |plane: &Plane| Polar::sample(plane, &grid).unwrap();
    let a = polar(&disk);
    for (contrast, level) in [(0.5, 0.25), (1.3, -0.1), (0.0, 0.4), (1.0, 0.2)] {
        let b = polar(&disk.mapped(|code| contrast * code + level).unwrap());
        let found = rotation(&a, &b).unwrap();
        assert!(found.abs() < 1e-12, "{found:e} for {contrast}, {level}");
    }
    // Negative control: what bends codes turns the disk.
    let bent = polar(&disk.mapped(|code| code * code).unwrap());
    assert!(rotation(&a, &bent).unwrap().abs() > 1e-3);
}

#[test]
fn noise_reads_within_what_least_squares_predicts() {
    let disk = gray(&Disk::of(Kind::Color).draw()).unwrap();
    let grid = Grid::each_pixel(disk.center(), [24.0, 76.0], 1440);
    let a = Polar::sample(&disk, &grid).unwrap();
    let mut rng = Rng::seed_from_u64(7);
    let noisy = |rng: &mut Rng| {
        let mut normal = || (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
        let codes = disk.values().iter().map(|code| code + 10.0 / 255.0 * normal()).collect();
        Polar::sample(&Plane::new(codes, [160; 2]).unwrap(), &grid).unwrap()
    };
    let found: Vec<f64> = (0..12).map(|_| rotation(&a, &noisy(&mut rng)).unwrap()).collect();
    let mean = found.iter().sum::<f64>() / 12.0;
    let spread = (found.iter().map(|w| (w - mean) * (w - mean)).sum::<f64>() / 11.0).sqrt();
    assert!(spread < 0.004, "{spread}");
    assert!(mean.abs() < 4.0 * spread / 12.0_f64.sqrt(), "{mean}, {spread}");
}

#[test]
fn windows_see_their_own_part_of_a_ring() {
    // The first half of each ring turns by 0.2°, the second by −0.4°.
    let radii = [10.0, 20.0];
    let a = rings(&radii, 720, |_, at| wave(12.0, at));
    let b = rings(&radii, 720, |_, at| wave(12.0, at - if at < 180.0 { 0.2 } else { -0.4 }));
    let window = |ring, from_deg, to_deg| Window { ring, from_deg, to_deg };
    // Whole periods of the square of a slope, so that the formula for whole rings holds.
    let within = |from, to| rotation_within(&a, &b, &[window(0, from, to), window(1, from, to)]).unwrap();
    assert_close(within(30.0, 119.5), reading(12.0, 0.2, 720), 1e-10);
    assert_close(within(210.0, 299.5), reading(12.0, -0.4, 720), 1e-10);
    // Windows may begin before 0° and end beyond a turn.
    assert_eq!(within(-150.0, -60.5), within(210.0, 299.5));
    let kinds = [vec![window(0, 30.0, 119.5)], vec![window(1, 210.0, 299.5)]];
    let found = rigidity(&a, &b, &kinds).unwrap();
    assert_close(found.kappa, -reading(12.0, 0.2, 720) / reading(12.0, 0.4, 720), 1e-9);
}

#[test]
fn kappa_by_hand() {
    assert_eq!(kappa(&[0.3, 0.3, 0.3, 0.3]).unwrap(), 1.0);
    assert_eq!(kappa(&[-2.0, -1.0]).unwrap(), 0.5);
    assert_eq!(kappa(&[2.0, 1.0, -0.5]).unwrap(), -0.25);
    assert_eq!(kappa(&[1.0, -1.0]).unwrap(), 0.0);
    // The reference's shifts, and what follows from them.
    assert_close(kappa(&[-0.265, -0.255, -0.272, -0.260]).unwrap(), 0.255 / 0.272, 1e-12);
    assert_close(kappa(&[-0.018, -0.040, -0.024, -0.011]).unwrap(), 0.011 / 0.040, 1e-12);
    assert!(kappa(&[-0.12, -0.19, 0.18, 0.26]).unwrap() < -0.7);
    assert!(matches!(kappa(&[0.0, 0.0]), Err(NotMeasurable::Degenerate { .. })));
    assert!(matches!(kappa(&[1.0]), Err(NotMeasurable::TooFew { .. })));
}

#[test]
fn turns_that_go_on_grow_and_turns_that_saturate_do_not() {
    let frames: Vec<f64> = (2..=10).map(f64::from).collect();
    let of = |turn: &dyn Fn(f64) -> f64| growth(&frames, &frames.iter().map(|k| turn(*k)).collect::<Vec<_>>()).unwrap();
    let steady = of(&|k| 0.03 * (k - 1.0));
    assert_close(steady.slope, 0.03, 1e-12);
    assert_close(steady.intercept, -0.03, 1e-12);
    assert_close(steady.r_squared.unwrap(), 1.0, 1e-12);
    assert!(steady.is_motion());
    // NumPy, corrcoef((2..10), 1 − 2^(1 − k)) ** 2 and polyfit: a remap that comes to rest.
    let resting = of(&|k| 1.0 - 2.0_f64.powf(1.0 - k));
    assert_close(resting.r_squared.unwrap(), RESTING_R_SQUARED, 1e-9);
    assert!(!resting.is_motion() && RESTING_R_SQUARED < LINEAR);
    // A remap that stays: no variance, no share of it.
    let still = of(&|_| 0.055);
    assert!(still.slope == 0.0 && matches!(still.r_squared, Err(NotMeasurable::Degenerate { .. })));
    assert!(!still.is_motion());
    // The other direction is not the human one.
    assert!(!of(&|k| -0.03 * k).is_motion());
}

/// numpy.corrcoef(numpy.arange(2, 11), 1 - 2.0 ** (1 - numpy.arange(2, 11)))[0, 1] ** 2, NumPy 2.4.6.
const RESTING_R_SQUARED: f64 = 0.678_962_818_003_913_9;

#[test]
fn strength_is_half_the_difference_of_handedness() {
    // A bias of 0.1 of the estimator, and 0.3 in the human direction.
    assert_close(signed_strength(0.1 + 0.3, 0.1 - 0.3), 0.3, 1e-12);
}

#[test]
fn what_cannot_be_measured_says_why() {
    let uniform = rings(&[10.0], 360, |_, _| 0.3);
    let lively = rings(&[10.0], 360, |_, at| wave(5.0, at));
    assert!(matches!(rotation(&uniform, &uniform), Err(NotMeasurable::Degenerate { .. })));
    let other = rings(&[10.0], 180, |_, at| wave(5.0, at));
    assert!(matches!(rotation(&lively, &other), Err(NotMeasurable::UnequalLengths { what: "angles", .. })));
    let other = rings(&[11.0], 360, |_, at| wave(5.0, at));
    assert!(matches!(rotation(&lively, &other), Err(NotMeasurable::OutOfRange { what: "radius", .. })));
    let beyond = [Window { ring: 1, from_deg: 0.0, to_deg: 5.0 }];
    assert!(matches!(rotation_within(&lively, &lively, &beyond), Err(NotMeasurable::OutOfRange { what: "ring", .. })));
    let backward = [Window { ring: 0, from_deg: 5.0, to_deg: 0.0 }];
    assert!(matches!(rotation_within(&lively, &lively, &backward), Err(NotMeasurable::OutOfRange { .. })));
    let plane = Plane::new(vec![0.5; 64], [8, 8]).unwrap();
    let outside = Grid { center: [4.0; 2], radii: vec![5.0], angles: 8 };
    assert!(matches!(Polar::sample(&plane, &outside), Err(NotMeasurable::OutOfRange { what: "radius", .. })));
    assert!(matches!(Plane::new(vec![f64::NAN; 4], [2, 2]), Err(NotMeasurable::NotFinite { .. })));
    assert!(matches!(planes(&[0.0; 11], [1, 3, 4]), Err(NotMeasurable::UnequalLengths { .. })));
    // A uniform picture, read between pixels, has no structure but rounding.
    let grid = Grid { center: [4.0; 2], radii: vec![2.7, 3.1], angles: 360 };
    let flat = Polar::sample(&Plane::new(vec![0.3; 64], [8, 8]).unwrap(), &grid).unwrap();
    assert!(matches!(rotation(&flat, &flat), Err(NotMeasurable::Degenerate { .. })));
}
