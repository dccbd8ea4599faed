//! The best still remap: planted ones are found again, turns are not explained, blur by its closed form.

use crate::table::assert_close;
use trompe_psychophysics::NotMeasurable;
use trompe_psychophysics::motion::polar::{Grid, Polar, rotation};
use trompe_psychophysics::motion::remap::{GRID, Order, Remap, blurred, remap, turn_beyond};
use trompe_psychophysics::motion::{Plane, gray};

use super::disk::{Disk, Kind, Still};

const SIDE: usize = 64;

fn turn(a: &[Plane], b: &[Plane]) -> f64 {
    let grid = Grid::each_pixel([SIDE as f64 / 2.0; 2], [9.0, 29.0], 1440);
    let [a, b] = [a, b].map(|picture| Polar::sample(&gray(picture).unwrap(), &grid).unwrap());
    rotation(&a, &b).unwrap()
}

/// Root mean square of the change between two pictures.
fn change(a: &[Plane], b: &[Plane]) -> f64 {
    let squares = a.iter().zip(b).flat_map(|(a, b)| a.values().iter().zip(b.values()).map(|(a, b)| (a - b) * (a - b)));
    (squares.sum::<f64>() / (a.len() * a[0].values().len()) as f64).sqrt()
}

/// W, W_null and the remap.
fn measured(a: &[Plane], b: &[Plane]) -> (f64, f64, Remap) {
    let best = remap(a, b).unwrap();
    (turn(a, b), turn(a, &best.fitted), best)
}

#[test]
fn a_blur_dims_a_grating_as_its_spectrum_says() {
    let (frequency, sigma) = (0.4, 1.5);
    let wave = |at: usize| 0.5 + 0.3 * (frequency * at as f64).cos();
    let plane = Plane::new((0..40 * 40).map(|at| wave(at % 40)).collect(), [40; 2]).unwrap();
    let found = blurred(&plane, sigma).unwrap();
    let dimmed = (-0.5 * (frequency * sigma) * (frequency * sigma)).exp();
    for column in 8..32 {
        let expected = 0.5 + dimmed * (wave(column) - 0.5);
        // What is cut off beyond 3.5 σ.
        assert!((found.values()[20 * 40 + column] - expected).abs() < 2e-4);
    }
    // Level is kept up to the border, and columns as rows.
    assert!(blurred(&plane.mapped(|_| 0.7).unwrap(), 3.0).unwrap().values().iter().all(|v| (v - 0.7).abs() < 1e-12));
    let upright = Plane::new((0..40 * 40).map(|at| wave(at / 40)).collect(), [40; 2]).unwrap();
    let turned = blurred(&upright, sigma).unwrap();
    (0..1600).for_each(|at| assert_close(turned.values()[at], found.values()[at % 40 * 40 + at / 40], 1e-12));
}

#[test]
fn gamma_with_a_blur_of_blue_is_explained() {
    let a = Disk::small(SIDE).draw();
    let b = Still::BlurBlue(1.5).of(&Still::Gamma(0.7).of(&a));
    let (w, null, best) = measured(&a, &b);
    assert!(w.abs() > 0.03, "the planted operations make a turn: {w}");
    assert!((w - null).abs() < 0.05 * w.abs(), "{w}, {null}");
    assert!(best.explained > 0.995, "{}", best.explained);
    assert!(best.residual < 0.1 * change(&a, &b), "{}", best.residual);
    assert!((best.sigmas[2] - 1.5).abs() < 0.13, "{:?}", best.sigmas);
    // What was not blurred.
    assert!(best.sigmas[..2].iter().all(|sigma| *sigma < 0.3), "{:?}", best.sigmas);
}

#[test]
fn operations_of_the_table_are_explained() {
    let a = Disk::small(SIDE).draw();
    let tanh = Still::Tanh { gain: 2.8, top: 1.4_f64.tanh() };
    for still in [Still::Blur(1.0), Still::Gamma(0.7), Still::BlurRedGreen(1.5), Still::Clip, tanh] {
        let b = still.of(&a);
        let (w, null, best) = measured(&a, &b);
        assert!((w - null).abs() < 0.003 + 0.05 * w.abs(), "{still:?}: {w}, {null}");
        assert!(best.explained > 0.98, "{still:?}: {}", best.explained);
    }
}

#[test]
fn both_orders_are_found() {
    let a = Disk::small(SIDE).draw();
    let curve = Still::Tanh { gain: 6.0, top: 1.0 };
    let (first, last) =
        (remap(&a, &Still::Blur(1.5).of(&curve.of(&a))), remap(&a, &curve.of(&Still::Blur(1.5).of(&a))));
    let (first, last) = (first.unwrap(), last.unwrap());
    assert_eq!(first.orders, [Order::ColorFirst; 3]);
    assert_eq!(last.orders, [Order::BlurFirst; 3]);
    for sigma in first.sigmas.iter().chain(&last.sigmas) {
        assert!((sigma - 1.5).abs() < 0.13, "{sigma}");
    }
}

#[test]
fn a_map_of_colors_is_explained_to_rounding() {
    let a = Disk::small(SIDE).draw();
    let mixed = |weights: [f64; 3], level: f64| {
        let value = |at: usize| level + (0..3).map(|channel| weights[channel] * a[channel].values()[at]).sum::<f64>();
        Plane::new((0..SIDE * SIDE).map(value).collect(), [SIDE; 2]).unwrap()
    };
    let b = [mixed([0.8, 0.1, -0.1], 0.1), mixed([0.2, 0.7, 0.0], 0.0), mixed([-0.3, 0.3, 0.9], 0.05)];
    let best = remap(&a, &b).unwrap();
    assert!(best.residual < 1e-6, "{:e}", best.residual);
    // A blur of a tenth of a pixel is none.
    assert!(best.sigmas.iter().all(|sigma| *sigma < 0.2), "{:?}", best.sigmas);
}

/// Gray disk of that size.
fn gray_disk() -> Disk {
    Disk { kind: Kind::Gray, ..Disk::small(SIDE) }
}

#[test]
fn a_turn_of_the_gray_disk_is_not_explained() {
    for (disk, degrees) in [(gray_disk(), 0.5), (gray_disk(), -0.5), (gray_disk().mirrored(), 0.2)] {
        let (a, b) = (disk.draw(), disk.turned(degrees).draw());
        let (w, null, best) = measured(&a, &b);
        assert!(w * degrees > 0.0 && (w - null) / w > 0.85, "{degrees}: {w}, {null}");
        assert!(best.explained < 0.15, "{degrees}: {}", best.explained);
    }
    // Negative control: gamma is explained, and all of its turn.
    let a = gray_disk().draw();
    let (w, null, best) = measured(&a, &Still::Gamma(0.7).of(&a));
    assert!(w.abs() > 0.02 && (w - null).abs() < 0.05 * w.abs() && best.explained > 0.99, "{w}, {null}");
}

#[test]
fn of_a_turn_of_the_colored_disk_recoloring_takes_a_large_part() {
    // A limit of the null, not of the turn: colors tell edges apart, and what pixels at edges mix is recolored.
    let disk = Disk::small(SIDE);
    let (w, null, best) = measured(&disk.draw(), &disk.turned(0.5).draw());
    assert!((0.5..0.9).contains(&(null / w)), "{w}, {null}");
    // Half of the change stays unexplained all the same; of what holds no motion, nothing does.
    assert!((0.3..0.7).contains(&best.explained), "{}", best.explained);
}

#[test]
fn the_turn_beyond_a_remap_is_found_with_and_without_one() {
    let beyond = |disk: Disk, b: &[Plane]| {
        let a = disk.draw();
        let best = remap(&a, b).unwrap();
        turn_beyond(&a, b, &best, a[0].center()).unwrap()
    };
    let gamma = Still::BlurBlue(1.5);
    for (disk, most) in [(Disk::small(SIDE), 1.25), (Disk::small(SIDE).mirrored(), 1.25), (gray_disk(), 1.7)] {
        for degrees in [0.1, 0.5, -0.5, 1.0] {
            let turned = disk.turned(degrees).draw();
            // Differences between pixels read sharp edges too large, grays most.
            let gain = beyond(disk, &turned) / degrees;
            assert!((0.9..most).contains(&gain), "{degrees}: {gain}");
            let both = beyond(disk, &Still::Gamma(0.7).of(&turned)) / degrees;
            assert!((both / gain - 1.0).abs() < 0.25, "{degrees}: {both}, {gain}");
        }
        let a = disk.draw();
        for still in [Still::Blur(1.0), Still::Gamma(0.7), gamma, Still::BlurRedGreen(1.5), Still::Clip] {
            let found = beyond(disk, &still.of(&a));
            assert!(found.abs() < 0.006, "{still:?}: {found}");
        }
    }
    // Negative control: without the remap the same operation reads as a turn ten times that.
    let a = Disk::small(SIDE).draw();
    assert!(turn(&a, &gamma.of(&a)).abs() > 0.06);
}

#[test]
fn the_same_picture_needs_nothing() {
    let a = Disk::small(SIDE).draw();
    let best = remap(&a, &a).unwrap();
    assert!(best.residual < 1e-6, "{:e}", best.residual);
    assert_eq!(best.explained, 1.0);
    assert!(best.sigmas.iter().all(|sigma| *sigma < 0.2), "{:?}", best.sigmas);
    let one = remap(&a[..1], &a[..1]).unwrap();
    assert!(one.fitted.len() == 1 && one.residual < 1e-6);
}

#[test]
fn what_cannot_be_fitted_says_why() {
    let a = Disk::small(SIDE).draw();
    assert!(matches!(remap(&a, &a[..2]), Err(NotMeasurable::UnequalLengths { what: "channels", .. })));
    let other = Disk::small(32).draw();
    assert!(matches!(remap(&a, &other), Err(NotMeasurable::UnequalLengths { .. })));
    assert!(matches!(remap(&[], &[]), Err(NotMeasurable::TooFew { .. })));
    assert!(blurred(&a[0], f64::NAN).is_err());
    assert!(GRID.windows(2).all(|pair| pair[0] < pair[1]));
}
