//! Flow by windows and corners: the output of OpenCV; shifts that are known.

use crate::table::{Row, rows};
use trompe_psychophysics::NotMeasurable;
use trompe_psychophysics::motion::Plane;
use trompe_psychophysics::motion::lucas_kanade::{Corners, Dense, Tracker, corners, dense, track};
use trompe_psychophysics::motion::scores::mean_tangential;

/// Largest difference from OpenCV's vectors, pixels; 0.0018 was found.
const TOLERANCE: f64 = 0.005;

fn blobs(x: f64, y: f64) -> f64 {
    let one = |k: i32| {
        let (cx, cy) = (f64::from(10 + (37 * k) % 77), f64::from(9 + (53 * k) % 79));
        let (size, sign) = (f64::from(3 + k % 4), if k % 2 == 0 { 0.4 } else { -0.4 });
        sign * (-((x - cx).powi(2) + (y - cy).powi(2)) / (2.0 * size * size)).exp()
    };
    0.5 + (0..14).map(one).sum::<f64>()
}

fn waves(x: f64, y: f64) -> f64 {
    let gratings: [[f64; 4]; 4] =
        [[0.16, 0.31, 0.11, 0.3], [0.13, -0.17, 0.37, 1.1], [0.11, 0.05, 0.23, 2.0], [0.08, 0.52, -0.43, 0.7]];
    0.5 + gratings.iter().map(|[amplitude, kx, ky, phase]| amplitude * (kx * x + ky * y + phase).sin()).sum::<f64>()
}

fn wheel(x: f64, y: f64) -> f64 {
    let (dx, dy) = (x - 48.0, y - 48.0);
    let r = (dx * dx + dy * dy).sqrt();
    let spokes = (4.0 * (8.0 * dy.atan2(dx) + r / 5.0).sin()).tanh();
    0.5 + 0.42 * spokes * (-((r - 24.0) / 20.0).powi(2)).exp()
}

/// Where the content at a place came from, when a picture is turned clockwise.
fn turned([x, y]: [f64; 2], [cx, cy]: [f64; 2], degrees: f64) -> [f64; 2] {
    let (s, c) = degrees.to_radians().sin_cos();
    [cx + c * (x - cx) + s * (y - cy), cy - s * (x - cx) + c * (y - cy)]
}

type Drawn = fn([f64; 2]) -> f64;

/// The two pictures of a case.
fn case(name: &str) -> [Drawn; 2] {
    let (blobs_at, waves_at, wheel_at): (Drawn, Drawn, Drawn) =
        (|[x, y]| blobs(x, y), |[x, y]| waves(x, y), |[x, y]| wheel(x, y));
    match name {
        "blobs_shifted" => [blobs_at, |[x, y]| blobs(x - 0.3, y + 0.2)],
        "blobs_far" => [blobs_at, |[x, y]| blobs(x - 3.4, y - 2.1)],
        "waves_far" => [waves_at, |[x, y]| waves(x - 2.6, y + 1.7)],
        "waves_faded" => [waves_at, |[x, y]| 0.1 + 0.8 * waves(x, y)],
        "waves_turned" => [waves_at, |at| {
            let [x, y] = turned(at, [48.0; 2], 0.5);
            waves(x, y)
        }],
        "waves_wide" => [waves_at, |at| {
            let [x, y] = turned(at, [80.0, 60.0], -0.7);
            waves(x, y)
        }],
        "wheel_turned" => [wheel_at, |at| {
            let [x, y] = turned(at, [48.0; 2], 0.2);
            wheel(x, y)
        }],
        _ => panic!("no picture {name}"),
    }
}

/// A picture of 8 bit, its codes' sum and their sum by index mod 251.
fn draw(picture: Drawn, [height, width]: [usize; 2]) -> (Plane, [u64; 2]) {
    let code = |at: usize| {
        let value = picture([(at % width) as f64, (at / width) as f64]);
        (255.0 * value.clamp(0.0, 1.0) + 0.5).floor() as u64
    };
    let codes: Vec<u64> = (0..height * width).map(code).collect();
    let weighted = codes.iter().enumerate().map(|(at, code)| (at as u64 % 251) * code).sum();
    let sums = [codes.iter().sum(), weighted];
    (Plane::new(codes.iter().map(|&code| code as f64 / 255.0).collect(), [height, width]).unwrap(), sums)
}

/// OpenCV's corners and vectors of one case.
struct Reference {
    name: String,
    window: usize,
    steps: usize,
    planes: [Plane; 2],
    corners: Vec<[f64; 2]>,
    shifts: Vec<[f64; 2]>,
}

fn references() -> Vec<Reference> {
    let all = rows(include_str!("../../fixtures/lucas_kanade.csv"));
    let key = |row: &Row<'_>| (row.text("case").to_owned(), row.number("window") as usize);
    let mut found: Vec<Reference> = Vec::new();
    for row in &all {
        let (name, window) = key(row);
        if found.last().is_none_or(|last| (&last.name, last.window) != (&name, window)) {
            let shape = ["height", "width"].map(|side| row.number(side) as usize);
            let [a, b] = case(&name).map(|picture| draw(picture, shape));
            // The same pictures as OpenCV had.
            for (sums, [sum, weighted]) in [(a.1, ["sum_a", "weighted_a"]), (b.1, ["sum_b", "weighted_b"])] {
                assert_eq!(sums, [row.number(sum) as u64, row.number(weighted) as u64], "{name}");
            }
            let planes = [a.0, b.0];
            let steps = row.number("steps") as usize;
            found.push(Reference { name, window, steps, planes, corners: Vec::new(), shifts: Vec::new() });
        }
        let last = found.last_mut().unwrap();
        last.corners.push([row.number("x") + 0.5, row.number("y") + 0.5]);
        last.shifts.push([row.number("right"), row.number("down")]);
    }
    found
}

#[test]
fn corners_are_those_of_opencv() {
    let mut all = 0;
    for Reference { name, planes, corners: expected, .. } in references() {
        let found = corners(&planes[0], Corners::default()).unwrap();
        let same = expected.iter().filter(|place| found.contains(place)).count();
        assert_eq!((same, found.len()), (expected.len(), expected.len()), "{name}");
        // The strongest first, as there; those of the wheel are alike but for rounding.
        assert!(name.starts_with("wheel") || found[..3] == expected[..3], "{name}");
        all += expected.len();
    }
    assert_eq!(all, 335);
}

/// Largest difference of a component from OpenCV's vectors, over a case's corners.
fn apart(reference: &Reference, tracker: &Tracker) -> f64 {
    let [a, b] = &reference.planes;
    let found = track(a, b, &reference.corners, tracker).unwrap();
    let differences = found.iter().zip(&reference.shifts).map(|(found, expected)| match found {
        Some(vector) => (vector.shift[0] - expected[0]).abs().max((vector.shift[1] - expected[1]).abs()),
        None => f64::INFINITY,
    });
    differences.fold(0.0, f64::max)
}

#[test]
fn vectors_are_those_of_opencv() {
    for reference in references() {
        let tracker = Tracker { window: reference.window, iterations: reference.steps, ..Tracker::default() };
        let apart = apart(&reference, &tracker);
        assert!(apart < TOLERANCE, "{} at {}: {apart}", reference.name, reference.window);
    }
}

#[test]
fn another_number_of_levels_window_or_step_is_not_opencvs() {
    let all = references();
    let of = |name: &str, window| all.iter().find(|at| at.name == name && at.window == window).unwrap();
    let far = of("blobs_far", 21);
    let tracker = Tracker { window: 21, ..Tracker::default() };
    assert!(apart(far, &Tracker { levels: 0, iterations: 1, ..tracker }) > TOLERANCE);
    assert!(apart(of("waves_faded", 21), &Tracker { window: 15, ..tracker }) > TOLERANCE);
    assert!(apart(of("waves_wide", 50), &Tracker { window: 21, ..tracker }) > TOLERANCE);
}

#[test]
fn corners_follow_shifts_and_turns_that_are_known() {
    let shape = [96, 96];
    let exact = |picture: &dyn Fn([f64; 2]) -> f64| {
        let value = |at: usize| picture([(at % 96) as f64, (at / 96) as f64]);
        Plane::new((0..96 * 96).map(value).collect(), shape).unwrap()
    };
    let a = exact(&|[x, y]| waves(x, y));
    let places = corners(&a, Corners::default()).unwrap();
    let inner: Vec<[f64; 2]> = places.into_iter().filter(|at| at.iter().all(|v| (20.0..76.0).contains(v))).collect();
    assert!(inner.len() > 20);
    let tracker = Tracker { window: 21, ..Tracker::default() };
    let b = exact(&|[x, y]| waves(x - 0.37, y + 0.21));
    for vector in track(&a, &b, &inner, &tracker).unwrap() {
        let shift = vector.unwrap().shift;
        assert!((shift[0] - 0.37).abs() < 0.02 && (shift[1] + 0.21).abs() < 0.02, "{shift:?}");
    }
    // A turn about the middle: tangential parts are radius times angle.
    let b = exact(&|at| {
        let [x, y] = turned(at, [47.5; 2], 0.8);
        waves(x, y)
    });
    let vectors: Vec<_> = track(&a, &b, &inner, &tracker).unwrap().into_iter().flatten().collect();
    let radii: f64 = inner.iter().map(|[x, y]| (x - 48.0).hypot(y - 48.0)).sum::<f64>() / inner.len() as f64;
    let found = mean_tangential(&vectors, [48.0; 2]).unwrap();
    assert!((found / (radii * 0.8_f64.to_radians()) - 1.0).abs() < 0.05, "{found}");
}

#[test]
fn windows_on_a_grid_read_shifts_that_are_known() {
    let picture = |shift: [f64; 2]| {
        let value = |at: usize| waves((at % 96) as f64 - shift[0], (at / 96) as f64 - shift[1]);
        Plane::new((0..96 * 96).map(value).collect(), [96; 2]).unwrap()
    };
    let (a, b) = (picture([0.0; 2]), picture([0.2, -0.1]));
    let vectors = dense(&a, &b, Dense::default()).unwrap();
    assert_eq!(vectors.len(), 64);
    assert_eq!(vectors[9].place, [18.0, 18.0]);
    for vector in &vectors {
        // Central differences dim steep gradients, by up to a twentieth here.
        assert!((vector.shift[0] - 0.2).abs() < 0.015 && (vector.shift[1] + 0.1).abs() < 0.01, "{vector:?}");
    }
    // Contrast alone goes nowhere in particular; no change goes nowhere.
    assert!(dense(&a, &a, Dense::default()).unwrap().iter().all(|vector| vector.shift.iter().all(|v| *v == 0.0)));
    // Only one direction has structure: nothing can be said.
    let bars = Plane::new((0..96 * 96).map(|at| (0.3 * (at % 96) as f64).sin()).collect(), [96; 2]).unwrap();
    assert!(dense(&bars, &bars, Dense::default()).unwrap().is_empty());
}

#[test]
fn what_cannot_be_followed_is_absent() {
    let flat = Plane::new(vec![0.4; 64 * 64], [64; 2]).unwrap();
    assert!(corners(&flat, Corners::default()).unwrap().is_empty());
    assert_eq!(track(&flat, &flat, &[[32.0; 2]], &Tracker::default()).unwrap(), [None]);
    let wide = Plane::new(vec![0.4; 64 * 32], [64, 32]).unwrap();
    assert!(matches!(track(&flat, &wide, &[], &Tracker::default()), Err(NotMeasurable::UnequalLengths { .. })));
    assert!(corners(&flat, Corners { block: 4, ..Corners::default() }).is_err());
    assert!(corners(&flat, Corners { quality: f64::NAN, ..Corners::default() }).is_err());
    assert!(dense(&flat, &flat, Dense { window: 5, step: 12 }).is_err());
    assert!(track(&flat, &flat, &[[f64::NAN, 1.0]], &Tracker::default()).is_err());
}
