//! Detectors of motion along a ring: gratings, flicker, onset; closed forms and Bach's reversal.

use crate::table::{assert_close, assert_relative};
use std::f64::consts::TAU;
use trompe_psychophysics::NotMeasurable;
use trompe_psychophysics::motion::detectors::{Energy, Saturation, correlator, energy, onset_net};
use trompe_psychophysics::motion::gray;
use trompe_psychophysics::motion::polar::{Grid, Polar};

use super::disk::{Disk, Kind};

const PLACES: usize = 120;

/// Frames of a function of place (turns round the ring) and time.
fn frames(count: usize, value: impl Fn(f64, f64) -> f64) -> Vec<Vec<f64>> {
    let frame = |t: usize| (0..PLACES).map(|at| value(TAU * at as f64 / PLACES as f64, t as f64)).collect();
    (0..count).map(frame).collect()
}

/// A grating of 8 cycles that drifts by `speed` radians of its phase a frame.
fn grating(count: usize, speed: f64) -> Vec<Vec<f64>> {
    frames(count, |turn, t| 0.5 + 0.4 * (8.0 * turn - speed * t).cos())
}

#[test]
fn a_correlator_answers_a_grating_as_its_formula_says() {
    for (distance, speed) in [(1, 0.3_f64), (3, -0.7), (2, 1.5)] {
        let expected = 0.4 * 0.4 * (TAU * 8.0 / PLACES as f64 * distance as f64).sin() * speed.sin();
        for found in correlator(&grating(6, speed), distance, Saturation::None).unwrap() {
            assert_relative(found, expected, 1e-10);
        }
        let gain = Saturation::Tanh { gain: 4.0 };
        for found in correlator(&grating(6, speed), distance, gain).unwrap() {
            assert!(found * speed > 0.0 && found.abs() < expected.abs(), "{found}");
        }
    }
}

#[test]
fn what_moves_nowhere_gives_a_correlator_nothing() {
    for f in [Saturation::None, Saturation::Tanh { gain: 5.0 }] {
        let still = frames(5, |turn, _| 0.5 + 0.4 * (8.0 * turn).cos());
        assert!(correlator(&still, 1, f).unwrap().iter().all(|signal| *signal == 0.0));
        // Counterphase flicker about a level of 0, and of 0.5: each pair may signal, the ring does not.
        for level in [0.0, 0.5] {
            let flicker = frames(9, |turn, t| level + 0.4 * (8.0 * turn).cos() * (0.6 * t).cos());
            let found = correlator(&flicker, 1, f).unwrap();
            assert!(found.iter().all(|signal| signal.abs() < 1e-15), "{found:?}");
        }
    }
    // Negative control: the sum of two drifts of unlike size is not flicker.
    let uneven = frames(9, |turn, t| 0.4 * (8.0 * turn - 0.6 * t).cos() + 0.3 * (8.0 * turn + 0.6 * t).cos());
    assert!(correlator(&uneven, 1, Saturation::None).unwrap().iter().all(|signal| *signal > 1e-3));
}

#[test]
fn at_onset_a_correlator_gives_the_closed_form() {
    for (g1, g2) in [(0.2, 0.6), (0.7, 0.95), (0.0, 0.5), (0.35, 0.35)] {
        // Black, g1, white, g2 round the ring; each place once.
        let pattern = [0.0, g1, 1.0, g2].repeat(5);
        let onset = [vec![1.0; 20], pattern];
        let f = Saturation::Tanh { gain: 3.0 };
        // The mean over places, of which four are one sequence.
        let found = 4.0 * correlator(&onset, 1, f).unwrap()[0];
        let squash = |x: f64| (3.0 * x).tanh() / 3.0;
        let expected = squash(g1) + squash(1.0 - g1) - squash(1.0 - g2) - squash(g2);
        assert!((found - expected).abs() < 1e-14, "{found}, {expected}");
        assert!((onset_net(g1, g2, f).unwrap() - expected).abs() < 1e-14);
        assert!(correlator(&onset, 1, Saturation::None).unwrap()[0].abs() < 1e-15);
    }
}

#[test]
fn the_signal_at_onset_reverses_where_people_see_the_reverse() {
    let f = Saturation::Tanh { gain: 3.0 };
    let net = |g1, g2| onset_net(g1, g2, f).unwrap();
    // Typical, and the island of the other sign.
    assert!(net(0.2, 0.6) * net(0.7, 0.95) < 0.0);
    // The whole region where people see it has one sign.
    for g1 in [0.0, 0.1, 0.2] {
        for g2 in [0.3, 0.4, 0.5, 0.6, 0.7] {
            assert!(net(g1, g2) * net(0.2, 0.6) > 0.0, "{g1}, {g2}");
        }
    }
    // Largest at (0, 0.5), of all multiples of 5 %.
    let steps = || (0..=20).map(|step| f64::from(step) / 20.0);
    let largest = steps().flat_map(|g1| steps().map(move |g2| net(g1, g2).abs())).fold(0.0, f64::max);
    assert_eq!(largest, net(0.0, 0.5).abs());
    for g in steps() {
        assert_eq!(net(g, g), 0.0);
        assert_close(net(g, 0.3), -net(0.3, g), 1e-15);
        assert!((net(g, 0.3) - net(1.0 - g, 0.3)).abs() < 1e-15);
    }
    // Negative control: without saturation there is nothing to reverse.
    assert!(onset_net(0.2, 0.6, Saturation::None).unwrap().abs() < 1e-15);
}

/// Motion energy of a drifting grating after the filters have filled, by the Fourier transforms of the filters as
/// they are published.
fn drifting(filters: Energy, speed: f64) -> f64 {
    let Energy { cycles, spread, rate } = filters;
    let about = |at: usize| (if at < PLACES / 2 { at as f64 } else { at as f64 - PLACES as f64 }) / PLACES as f64;
    let window = |x: f64| (-0.5 * (x * cycles / spread).powi(2)).exp();
    let total: f64 = (0..PLACES).map(|at| window(about(at))).sum();
    let sums = |f: &dyn Fn(f64) -> f64| (0..PLACES).map(|at| f(about(at))).sum::<f64>() / total;
    let level = sums(&|x| window(x) * (TAU * cycles * x).cos());
    let even = sums(&|x| window(x) * ((TAU * cycles * x).cos() - level) * (8.0 * TAU * x).cos());
    let odd = sums(&|x| {
        if x == -0.5 { 0.0 } else { window(x) * (TAU * cycles * x).sin() * (8.0 * TAU * x).sin() }
    });
    let transfer = |n: i32| {
        let factorial = |n: i32| (1..=n).map(f64::from).product::<f64>();
        let tap = |lag: f64| {
            (rate * lag).powi(n) * (-rate * lag).exp() * (1.0 / factorial(n) - (rate * lag).powi(2) / factorial(n + 2))
        };
        let part =
            |f: &dyn Fn(f64) -> f64| (0..200).map(|lag| tap(f64::from(lag)) * f(speed * f64::from(lag))).sum::<f64>();
        [part(&f64::cos), part(&f64::sin)]
    };
    let ([fast_re, fast_im], [slow_re, slow_im]) = (transfer(3), transfer(5));
    // Responses E |F| cos(φ + arg F) and −O |S| sin(φ + arg S): the phase φ drops out of the difference of products.
    0.4 * 0.4 * 4.0 * even * odd * (slow_im * fast_re - fast_im * slow_re)
}

#[test]
fn motion_energy_of_gratings_is_what_the_filters_spectra_give() {
    for filters in [Energy::tuned(8.0), Energy { cycles: 6.0, spread: 0.6, rate: 0.5 }] {
        for speed in [0.3, -0.3, 0.8, -1.2] {
            let expected = drifting(filters, speed);
            let found = energy(&grating(120, speed), filters).unwrap();
            for signal in &found[90..] {
                assert_relative(*signal, expected, 1e-6);
            }
        }
    }
}

#[test]
fn motion_energy_has_the_sign_of_the_drift() {
    for speed in [0.2, 0.4, 0.8] {
        let last = |speed| *energy(&grating(80, speed), Energy::tuned(8.0)).unwrap().last().unwrap();
        assert!(last(speed) > 0.0, "{}", last(speed));
        assert_relative(last(-speed), -last(speed), 1e-6);
    }
}

#[test]
fn what_is_place_times_time_gives_no_motion_energy() {
    let filters = Energy::tuned(8.0);
    let pattern = |turn: f64| 0.3 * (8.0 * turn).cos() + 0.2 * (16.0 * turn + 0.5).sin() + 0.1 * (5.0 * turn).cos();
    let strongest = energy(&grating(60, 0.5), filters).unwrap().into_iter().fold(0.0, f64::max);
    for (name, time) in [
        ("static", &(|_: f64| 1.0) as &dyn Fn(f64) -> f64),
        ("counterphase", &|t: f64| (0.7 * t).cos()),
        ("onset", &|t: f64| if t < 10.0 { 0.0 } else { 1.0 }),
    ] {
        let found = energy(&frames(60, |turn, t| 0.5 + pattern(turn) * time(t)), filters).unwrap();
        assert!(found.iter().all(|signal| signal.abs() < 1e-12 * strongest), "{name}: {found:?}");
    }
    // Negative control: a few steps of the pattern are motion.
    let stepped = frames(60, |turn, t| pattern(turn - 0.05 * (t - 30.0).clamp(0.0, 4.0)));
    assert!(energy(&stepped, filters).unwrap().iter().any(|signal| *signal > 0.05 * strongest));
}

#[test]
fn the_filters_of_time_look_back_only() {
    let filters = Energy::tuned(8.0);
    let moves_late = |from: f64| frames(40, move |turn, t| (8.0 * turn - 0.5 * (t - from).max(0.0)).cos());
    let (one, other) = (energy(&moves_late(20.0), filters).unwrap(), energy(&moves_late(30.0), filters).unwrap());
    assert_eq!(one[..=20], other[..=20]);
    assert!(one[..=20].iter().all(|signal| signal.abs() < 1e-15));
    assert!(one[39] > 100.0 * one[21].abs());
}

#[test]
fn a_disk_that_turns_is_signaled_along_its_rings() {
    let disk = Disk { kind: Kind::Gray, ..Disk::small(64) };
    // The middle of the second ring.
    let grid = Grid { center: [32.0; 2], radii: vec![disk.radius * 0.8 * 0.9], angles: 360 };
    let ring = |turn: f64| {
        let picture = gray(&disk.turned(turn).draw()).unwrap();
        Polar::sample(&picture, &grid).unwrap().ring(0).to_vec()
    };
    let sequence = |speed: f64| (0..40).map(|t| ring(speed * f64::from(t))).collect::<Vec<_>>();
    let last = |signals: Vec<f64>| *signals.last().unwrap();
    let [clockwise, back] = [0.9, -0.9].map(sequence);
    for (frames, sign) in [(&clockwise, 1.0), (&back, -1.0)] {
        let filters = Energy::tuned(20.0);
        assert!(sign * last(energy(frames, filters).unwrap()) > 0.0);
        let reichardt = correlator(frames, 4, Saturation::None).unwrap();
        assert!(reichardt.iter().all(|signal| sign * signal > 0.0), "{reichardt:?}");
    }
    // The disk that appears, and stays.
    let onset: Vec<Vec<f64>> = (0..40).map(|t| if t < 10 { vec![1.0; 360] } else { ring(0.0) }).collect();
    let strongest = last(energy(&clockwise, Energy::tuned(20.0)).unwrap());
    assert!(energy(&onset, Energy::tuned(20.0)).unwrap().iter().all(|signal| signal.abs() < 1e-12 * strongest));
}

#[test]
fn what_is_no_sequence_says_why() {
    let one = grating(1, 0.1);
    assert!(matches!(correlator(&one, 1, Saturation::None), Err(NotMeasurable::TooFew { .. })));
    let uneven = [vec![0.0; 8], vec![0.0; 9]];
    assert!(matches!(correlator(&uneven, 1, Saturation::None), Err(NotMeasurable::UnequalLengths { .. })));
    let two = grating(2, 0.1);
    assert!(correlator(&two, PLACES, Saturation::None).is_err());
    assert!(correlator(&two, 1, Saturation::Tanh { gain: f64::NAN }).is_err());
    assert!(energy(&two, Energy { cycles: 31.0, ..Energy::tuned(8.0) }).is_err());
    assert!(energy(&two, Energy { rate: f64::NAN, ..Energy::tuned(8.0) }).is_err());
    assert!(onset_net(-0.1, 0.5, Saturation::None).is_err());
}
