//! Oracles: planted activity, whose d′ is the distance of its means in standard deviations; scores by hand; a decoder whose labels
//! were shuffled.

use super::{Activity, Members, Value, What, closure, cosine, high, low, similarity};
use crate::identity::stream;
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use trompe_psychophysics::special::normal_quantile;

const WIDTH: usize = 12;

fn normal(rng: &mut ChaCha8Rng) -> f64 {
    normal_quantile(rng.random_range(1e-9..1.0)).expect("a probability")
}

/// Pictures whose mean along all features together is `place(at)`, in noise of standard deviation 1.
fn planted(name: &str, pictures: usize, place: impl Fn(usize) -> f64) -> Activity {
    let mut rng = stream(&["planted", name]);
    let each = 1.0 / (WIDTH as f64).sqrt();
    let row = |at: usize| -> Vec<f32> { (0..WIDTH).map(|_| (normal(&mut rng) + place(at) * each) as f32).collect() };
    Activity { rows: (0..pictures).flat_map(row).collect(), width: WIDTH }
}

/// Shapes at 2, none at 0; pairs as asked.
fn levels(inward: f64, closed: f64, misaligned: f64) -> (Activity, Members) {
    let real = planted("real", 4000, |at| if at.is_multiple_of(2) { 2.0 } else { 0.0 });
    let member = |name: &str, place: f64| planted(name, 2000, |_| place);
    let members = Members {
        inward: member("inward", inward),
        rotated: member("rotated", 0.0),
        closed: member("closed", closed),
        misaligned: member("misaligned", misaligned),
        real: member("whole", 2.0),
    };
    (real, members)
}

#[track_caller]
fn assert_near(values: &[Value], what: What, expected: f64) {
    let value = values.iter().find(|value| value.what == what).and_then(|value| value.value).expect("a value");
    assert!((value - expected).abs() < 0.12, "{what:?}: {value}, expected {expected}");
}

#[test]
fn planted_d_primes_are_recovered() {
    // The noise of two members is independent: a share of Φ(δ/√2) of the pairs is in order, which is a d′ of δ.
    let (real, members) = levels(1.2, 1.2, 0.5);
    let values = high(&real, &members);
    assert_near(&values, What::Real, 2.0);
    assert_near(&values, What::InRotated, 1.2);
    assert_near(&values, What::InClosed, 0.0);
    assert_near(&values, What::InMisaligned, 0.7);
    // A control that resembles the shape more than the illusion does is below 0, not at it.
    let (real, members) = levels(0.3, 1.0, 0.3);
    assert_near(&high(&real, &members), What::InClosed, -0.7);
}

#[test]
fn a_decoder_with_shuffled_labels_tells_nothing() {
    let (real, members) = levels(1.2, 0.0, 0.0);
    // Broken: shapes and none no longer stand in turn, so that half of each class is called the other.
    let order = |at: usize| if at % 4 < 2 { at } else { at ^ 1 };
    let rows = (0..4000).flat_map(|at| real.row(order(at)).to_vec()).collect();
    let broken = high(&Activity { rows, width: WIDTH }, &members);
    assert_near(&broken, What::Real, 0.0);
    let told =
        |values: &[Value]| values.iter().find(|value| value.what == What::InRotated).and_then(|value| value.value);
    assert!(told(&broken).expect("a value").abs() < 0.6 && told(&high(&real, &members)).expect("a value") > 1.0);
}

#[test]
fn lightness_is_read_in_the_direction_that_people_report() {
    let mut rng = stream(&["planted grays"]);
    let grays: Vec<f64> = (0..2000)
        .flat_map(|_| {
            let gray = rng.random_range(0.3..0.7);
            [gray + 0.05, gray - 0.05]
        })
        .collect();
    // Activity follows the gray with a gain of 20: members of a real pair are 2 standard deviations apart.
    let real = planted("grays", 4000, |at| 20.0 * grays[at]);
    for (shift, expected) in [(0.8, 0.8), (-0.8, -0.8), (0.0, 0.0)] {
        let exchanged = planted("exchanged", 4000, |at| 10.0 + if at.is_multiple_of(2) { shift } else { 0.0 });
        let values = low([&real, &exchanged], &grays, [What::ContrastReal, What::Contrast]);
        assert_eq!((values[0].n, values[1].n), (1000, 2000));
        assert_near(&values, What::ContrastReal, 2.0);
        assert_near(&values, What::Contrast, expected);
    }
}

fn rows<const N: usize>(rows: [[f32; 2]; N]) -> Activity {
    Activity { rows: rows.concat(), width: 2 }
}

#[test]
fn closure_is_the_mean_difference_of_cosines() {
    let members = |rotated| Members {
        real: rows([[1.0, 0.0], [0.0, 2.0]]),
        inward: rows([[3.0, 4.0], [0.0, 1.0]]),
        rotated: rows(rotated),
        closed: Activity::default(),
        misaligned: Activity::default(),
    };
    // By hand: 0.6 − 0 and 1 − (−1).
    let value = closure(&members([[0.0, 5.0], [0.0, -1.0]])).value.expect("a value");
    assert!((value - 1.3).abs() < 1e-12);
    // Activity of length 0 has no direction.
    assert_eq!(closure(&members([[0.0, 0.0], [0.0, -1.0]])).value, None);
    assert_eq!(cosine(&[0.0, 0.0], &[1.0, 0.0]), None);
}

#[test]
fn similarity_compares_distances_between_classes_not_places() {
    let real = [[0.0, 0.0], [1.0, 0.0], [3.0, 0.0], [3.0, 4.0], [0.0, 7.0]];
    let moved = real.map(|[x, y]| [5.0 - 2.0 * y, 1.0 + 2.0 * x]);
    let stretched = real.map(|[x, y]| [9.0 * x, 0.1 * y]);
    let members = |other: [[f32; 2]; 5]| Members {
        real: rows(real),
        inward: rows(other),
        rotated: rows(other),
        closed: Activity::default(),
        misaligned: Activity::default(),
    };
    let of = |other| {
        let members = members(other);
        similarity(What::SimilarityIn, &members, &members.inward).value.expect("a value")
    };
    // A turned, doubled and moved copy has the same order of distances.
    assert!((of(moved) - 1.0).abs() < 1e-12);
    assert!(of(stretched) < 0.8);
}

#[test]
fn a_silent_layer_is_not_measurable_and_never_0() {
    let silent = |pictures: usize| Activity { rows: vec![0.0; pictures * 3], width: 3 };
    let members = Members {
        inward: silent(10),
        rotated: silent(10),
        closed: silent(10),
        misaligned: silent(10),
        real: silent(10),
    };
    let values = high(&silent(8), &members);
    assert_eq!(values.len(), 7);
    assert!(values.iter().all(|value| value.value.is_none() && value.share.is_none()));
}
