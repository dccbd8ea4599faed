//! What the tests of the engine share: places, random tensors, and ways to compare.
#![allow(dead_code, reason = "each test file is its own crate and uses a part of this")]

use rand_chacha::rand_core::SeedableRng;
use trompe_models::{DeviceKind, Place, PlaceError, Precision, Rng, Tensor, rng::normals, to_f64};

/// Every device of this build, at 64 bits.
pub(crate) fn places() -> Vec<Place> {
    let mut places = vec![Place::flex(Precision::F64)];
    match Place::new(DeviceKind::Ndarray, Precision::F64) {
        Ok(place) => places.push(place),
        Err(error) => assert_eq!(error, PlaceError::NotBuilt(DeviceKind::Ndarray)),
    }
    places
}

/// The device whose kernels train, at 64 bits. What every rule keeps is tested there; that the other device gives the same
/// proposals is a test of its own.
pub(crate) fn training_place() -> Place {
    Place::flex(Precision::F64)
}

/// A stream from a seed.
pub(crate) fn stream(seed: u64) -> Rng {
    Rng::seed_from_u64(seed)
}

/// Independent normal deviates.
pub(crate) fn random<const D: usize>(place: &Place, shape: [usize; D], rng: &mut Rng) -> Tensor<D> {
    place.tensor(&normals(shape.iter().product(), rng), shape)
}

/// Largest difference of two lists over the largest element of the second.
pub(crate) fn relative(ours: &[f64], oracle: &[f64]) -> f64 {
    assert_eq!(ours.len(), oracle.len(), "as many numbers as the oracle has");
    let size = oracle.iter().fold(0.0, |size: f64, value| size.max(value.abs()));
    assert!(size > 0.0, "an oracle of zeros tests nothing");
    let worst = ours.iter().zip(oracle).fold(0.0, |worst: f64, (a, b)| {
        let difference = (a - b).abs();
        if difference.is_nan() { f64::INFINITY } else { worst.max(difference) }
    });
    worst / size
}

/// The same for tensors.
pub(crate) fn relative_tensors<const D: usize>(ours: &Tensor<D>, oracle: &Tensor<D>) -> f64 {
    assert_eq!(ours.dims(), oracle.dims(), "as the oracle's shape");
    relative(&to_f64(ours), &to_f64(oracle))
}

/// Σ a b in 64 bits.
pub(crate) fn inner<const D: usize>(first: &Tensor<D>, second: &Tensor<D>) -> f64 {
    to_f64(first).iter().zip(to_f64(second)).map(|(a, b)| a * b).sum()
}
