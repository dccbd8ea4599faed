//! Oracles: the normal equations and the definition of generalized cross-validation, worked out the long way by elimination; a
//! design whose solution is a division; the d′ of two normal classes, which is the distance of their means.

use rand::{Rng as _, SeedableRng as _};
use trompe_psychophysics::ridge::{Decoder, GRID, Offset, fit};
use trompe_psychophysics::special::normal_quantile;
use trompe_psychophysics::{Rng, d_prime};

use crate::table::assert_close;

/// Standard normal numbers by inversion.
pub fn normal(many: usize, rng: &mut Rng) -> Vec<f64> {
    (0..many).map(|_| normal_quantile(rng.random_range(1e-9..1.0)).unwrap()).collect()
}

/// The inverse of a matrix by elimination with the largest pivot.
fn inverse(mut matrix: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let n = matrix.len();
    for (at, row) in matrix.iter_mut().enumerate() {
        row.extend((0..n).map(|column| f64::from(column == at)));
    }
    for at in 0..n {
        let pivot = (at..n).max_by(|a, b| matrix[*a][at].abs().total_cmp(&matrix[*b][at].abs())).unwrap();
        matrix.swap(at, pivot);
        let scale = matrix[at][at];
        matrix[at].iter_mut().for_each(|value| *value /= scale);
        let own = matrix[at].clone();
        for row in (0..n).filter(|row| *row != at) {
            let share = matrix[row][at];
            matrix[row].iter_mut().zip(&own).for_each(|(value, own)| *value -= share * own);
        }
    }
    matrix.into_iter().map(|row| row[n..].to_vec()).collect()
}

/// Ridge regression as it is written down: (XᵀX + λI)⁻¹Xᵀy for each ridge, and the score of each by its hat matrix.
pub fn the_long_way(features: &[f32], targets: &[f64], offset: Offset) -> Decoder {
    let n = targets.len();
    let width = features.len() / n;
    let mut rows: Vec<Vec<f64>> =
        features.chunks_exact(width).map(|row| row.iter().map(|v| f64::from(*v)).collect()).collect();
    let mut y = targets.to_vec();
    let mut means = vec![0.0; width];
    let mut mean = 0.0;
    if offset == Offset::Fitted {
        means = (0..width).map(|at| rows.iter().map(|row| row[at]).sum::<f64>() / n as f64).collect();
        mean = y.iter().sum::<f64>() / n as f64;
        rows.iter_mut().for_each(|row| row.iter_mut().zip(&means).for_each(|(value, mean)| *value -= mean));
        y.iter_mut().for_each(|value| *value -= mean);
    }
    let length: f64 = rows.iter().flatten().map(|value| value * value).sum::<f64>() / n as f64;
    let mut best: Option<(f64, Vec<f64>, f64)> = None;
    for share in GRID {
        let ridge = share * length;
        let square =
            |a: usize, b: usize| rows.iter().map(|row| row[a] * row[b]).sum::<f64>() + if a == b { ridge } else { 0.0 };
        let solved = inverse((0..width).map(|a| (0..width).map(|b| square(a, b)).collect()).collect());
        let times = |row: &Vec<f64>| -> Vec<f64> {
            solved.iter().map(|column| column.iter().zip(row).map(|(a, b)| a * b).sum()).collect()
        };
        let hats: Vec<Vec<f64>> = rows.iter().map(times).collect();
        let used: f64 =
            rows.iter().zip(&hats).map(|(row, hat)| row.iter().zip(hat).map(|(a, b)| a * b).sum::<f64>()).sum();
        let weights: Vec<f64> = (0..width).map(|at| hats.iter().zip(&y).map(|(hat, y)| hat[at] * y).sum()).collect();
        let residual: f64 = rows
            .iter()
            .zip(&y)
            .map(|(row, y)| (y - row.iter().zip(&weights).map(|(a, b)| a * b).sum::<f64>()).powi(2))
            .sum();
        let left = n as f64 - used - if offset == Offset::Fitted { 1.0 } else { 0.0 };
        let score = n as f64 * residual / (left * left);
        if best.as_ref().is_none_or(|(found, ..)| score < *found) {
            best = Some((score, weights, ridge));
        }
    }
    let (_, weights, ridge) = best.unwrap();
    let offset = mean - weights.iter().zip(&means).map(|(a, b)| a * b).sum::<f64>();
    Decoder { weights, offset, ridge }
}

/// Samples of two classes in turn whose means differ by `apart` along all features together, with noise of sd 1, on a pedestal.
pub fn classes((n, width): (usize, usize), apart: f64, seed: u64) -> (Vec<f32>, Vec<f64>) {
    let mut rng = Rng::seed_from_u64(seed);
    let targets: Vec<f64> = (0..n).map(|at| if at % 2 == 0 { 1.0 } else { -1.0 }).collect();
    let each = apart / (width as f64).sqrt() / 2.0;
    let mut features = Vec::new();
    for target in &targets {
        features.extend(normal(width, &mut rng).into_iter().map(|noise| (3.0 + noise + target * each) as f32));
    }
    (features, targets)
}

#[test]
fn decoders_solve_the_normal_equations_at_the_ridge_of_least_cross_validation() {
    // Fewer features than samples, as many, more; odd numbers.
    for (n, width) in [(20, 7), (21, 21), (15, 33), (9, 4)] {
        for offset in [Offset::Fitted, Offset::None] {
            let (features, targets) = classes((n, width), 2.0, 40 + width as u64);
            let (found, long) = (fit(&features, &targets, offset).unwrap(), the_long_way(&features, &targets, offset));
            assert_close(found.ridge, long.ridge, 1e-12);
            assert_close(found.offset, long.offset, 1e-8);
            for (found, long) in found.weights.iter().zip(&long.weights) {
                assert!((found - long).abs() < 1e-8, "{n} × {width}, {offset:?}: {found} against {long}");
            }
        }
    }
}

#[test]
fn orthogonal_features_are_shrunk_by_a_division() {
    // Two columns of ±1 over four samples, orthogonal to each other and to the mean: w = xᵀy / (4 + λ).
    let features = [1.0, 1.0, 1.0, -1.0, -1.0, 1.0, -1.0, -1.0_f32];
    let targets = [1.0, 1.0, -1.0, -0.5];
    let found = fit(&features, &targets, Offset::Fitted).unwrap();
    // By hand: mean 0.125; xᵀy = 3.5 and −0.5.
    assert_close(found.weights[0], 3.5 / (4.0 + found.ridge), 1e-12);
    assert_close(found.weights[1], -0.5 / (4.0 + found.ridge), 1e-12);
    assert_close(found.offset, 0.125, 1e-12);
    assert_close(found.evidence(&[1.0, -1.0]), 0.125 + 4.0 / (4.0 + found.ridge), 1e-12);
}

/// d′ of fresh samples by the decoder.
pub fn fresh(decoder: &Decoder, (many, width): (usize, usize), apart: f64) -> f64 {
    let (features, targets) = classes((many, width), apart, 999);
    let evidence = |wanted: f64| -> Vec<f64> {
        let own = features.chunks_exact(width).zip(&targets).filter(|(_, target)| **target == wanted);
        own.map(|(row, _)| decoder.evidence(row)).collect()
    };
    d_prime(&evidence(1.0), &evidence(-1.0)).unwrap().value
}

#[test]
fn normal_classes_are_told_apart_by_the_distance_of_their_means() {
    // The best decoder's d′ is the distance of the means; of 4000 samples in 6 dimensions next to nothing is lost.
    let (features, targets) = classes((4000, 6), 1.5, 3);
    let found = fit(&features, &targets, Offset::Fitted).unwrap();
    assert!((fresh(&found, (8000, 6), 1.5) - 1.5).abs() < 0.08);
    // More features than samples: less than the best, well above chance.
    let (features, targets) = classes((200, 400), 3.0, 5);
    let found = fit(&features, &targets, Offset::Fitted).unwrap();
    let reached = fresh(&found, (2000, 400), 3.0);
    assert!(reached > 1.0 && reached < 3.0, "{reached}");
}

#[test]
fn shuffled_labels_teach_nothing() {
    let (features, mut targets) = classes((400, 50), 3.0, 5);
    let mut rng = Rng::seed_from_u64(1);
    for at in (1..targets.len()).rev() {
        targets.swap(at, rng.random_range(0..=at));
    }
    let found = fit(&features, &targets, Offset::Fitted).unwrap();
    // A random direction of 50 has a share of about 1/√50 of the distance of 3: below 1 but for one in a hundred.
    assert!(fresh(&found, (4000, 50), 3.0).abs() < 1.0);
    let held = fit(&classes((400, 50), 3.0, 5).0, &classes((400, 50), 3.0, 5).1, Offset::Fitted).unwrap();
    assert!(fresh(&held, (4000, 50), 3.0) > 2.5, "the same samples with their own labels");
}

#[test]
fn what_does_not_vary_is_refused() {
    let code = |features: &[f32], targets: &[f64]| fit(features, targets, Offset::Fitted).unwrap_err().code();
    assert_eq!(code(&[1.0; 8], &[1.0, -1.0, 1.0, -1.0]), "degenerate");
    assert_eq!(code(&[1.0, 2.0, 3.0, 5.0], &[1.0; 4]), "degenerate");
    assert_eq!(code(&[1.0, 2.0, f32::NAN, 5.0], &[1.0, -1.0, 1.0, -1.0]), "not_finite");
    assert_eq!(code(&[1.0, 2.0, 3.0, 5.0, 6.0], &[1.0, -1.0, 1.0, -1.0]), "unequal_lengths");
    assert_eq!(code(&[], &[1.0, -1.0, 1.0]), "unequal_lengths");
    assert_eq!(code(&[1.0, 2.0], &[1.0, -1.0]), "too_few");
}
