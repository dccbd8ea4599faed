//! Scores of vectors: fields whose score can be told by hand.

use crate::table::assert_close;
use std::f64::consts::TAU;
use trompe_psychophysics::NotMeasurable;
use trompe_psychophysics::motion::lucas_kanade::Vector;
use trompe_psychophysics::motion::scores::{
    FEWEST, Layout, eigen, mean_rotation, mean_tangential, plausible, tangent_score,
};

const CENTER: [f64; 2] = [50.0, 40.0];

/// Vectors evenly round the center at radius 20; each points `outward` and `clockwise` by as much.
fn field(count: usize, part: impl Fn(usize) -> [f64; 2]) -> Vec<Vector> {
    let one = |at: usize| {
        let (sin, cos) = (TAU * at as f64 / count as f64).sin_cos();
        let [outward, clockwise] = part(at);
        let place = [CENTER[0] + 20.0 * cos, CENTER[1] + 20.0 * sin];
        Vector { place, shift: [outward * cos - clockwise * sin, outward * sin + clockwise * cos] }
    };
    (0..count).map(one).collect()
}

#[test]
fn a_field_that_turns_clockwise_moves_down_on_the_right() {
    let vectors = field(36, |_| [0.0, 0.1]);
    assert!(vectors[0].shift[1] > 0.0);
    assert_close(mean_tangential(&vectors, CENTER).unwrap(), 0.1, 1e-12);
    assert_close(mean_rotation(&vectors, CENTER, [1.0, 30.0]).unwrap(), (0.1_f64 / 20.0).to_degrees(), 1e-12);
    assert_close(tangent_score(&vectors, CENTER).unwrap(), 1.0, 1e-7);
}

#[test]
fn tangent_scores_by_hand() {
    let score = |part: [f64; 2]| tangent_score(&field(40, |_| part), CENTER).unwrap();
    assert_close(score([0.0, -0.2]), -1.0, 1e-7);
    assert_close(score([0.2, 0.0]).abs(), 0.0, 1e-7);
    // 45° to the radius, outward or inward.
    assert_close(score([0.1, 0.1]), 0.5, 1e-7);
    assert_close(score([-0.1, 0.1]), 0.5, 1e-7);
    // 60° from the radius: two thirds of the way.
    assert_close(score([0.5, 0.75_f64.sqrt()]), 2.0 / 3.0, 1e-7);
    // Half of them the other way; a vector without length counts.
    assert_close(
        tangent_score(&field(40, |at| [0.0, if at % 2 == 0 { 0.1 } else { -0.1 }]), CENTER).unwrap(),
        0.0,
        1e-7,
    );
    assert_close(
        tangent_score(&field(40, |at| [0.0, if at % 4 == 0 { 0.0 } else { 0.1 }]), CENTER).unwrap(),
        0.75,
        1e-7,
    );
}

#[test]
fn implausible_vectors_are_dropped() {
    let vectors = field(10, |at| [0.0, 0.05 * (at + 1) as f64 - 0.001]);
    for (layout, kept) in [(Layout::Circles, 6), (Layout::Bands, 3), (Layout::Free, 8)] {
        let (rest, share) = plausible(&vectors, layout).unwrap();
        assert_eq!((rest.len(), share), (kept, kept as f64 / 10.0));
    }
    assert!(matches!(plausible(&[], Layout::Free), Err(NotMeasurable::TooFew { .. })));
}

#[test]
fn eigen_scores_by_hand() {
    // All alike: symmetry 1; mean |sin| of a full round of lengths 0.15, of a limit of 0.3.
    let found = eigen(&field(360, |_| [0.0, 0.15]), CENTER, 40.0).unwrap();
    let horizontal = 360.0_f64.recip() * (0..360).map(|at| f64::from(at).to_radians().sin().abs()).sum::<f64>();
    assert_close(found.symmetry, 1.0, 1e-9);
    assert_close(found.strength, 0.5 * horizontal, 1e-9);
    assert_close(found.score, 0.7 + 0.15 * horizontal, 1e-9);
    assert_eq!(found.plausible, 1.0);
    // Half clockwise, half anticlockwise: variance 1 of one part, 0 of the other.
    let split = eigen(&field(60, |at| [0.0, if at % 2 == 0 { 0.1 } else { -0.1 }]), CENTER, 40.0).unwrap();
    assert_close(split.symmetry, 0.5, 1e-9);
    // Lengths 0.1 and 0.2: variance 0.0025.
    let unequal = eigen(&field(60, |at| [0.0, if at % 2 == 0 { 0.1 } else { 0.2 }]), CENTER, 40.0).unwrap();
    let even: f64 =
        (0..60).map(|at| (TAU * f64::from(at) / 60.0).sin().abs() * (if at % 2 == 0 { 0.1 } else { 0.2 })).sum();
    assert_close(unequal.strength, even / 60.0 / 0.3 * (1.0 - 0.0025), 1e-9);
}

#[test]
fn too_few_vectors_have_no_score() {
    let found = eigen(&field(FEWEST, |_| [0.0, 0.1]), CENTER, 40.0);
    assert!(matches!(found, Err(NotMeasurable::TooFew { needed: 25, found: 24 })));
    assert!(eigen(&field(25, |_| [0.0, 0.1]), CENTER, 40.0).is_ok());
    // Beyond the radius there are none.
    assert!(matches!(eigen(&field(30, |_| [0.0, 0.1]), CENTER, 10.0), Err(NotMeasurable::TooFew { .. })));
    assert!(matches!(tangent_score(&[], CENTER), Err(NotMeasurable::TooFew { .. })));
    assert!(mean_rotation(&field(5, |_| [0.0, 0.1]), CENTER, [0.0, 30.0]).is_err());
}
