//! Flow as published: corners of the gray picture, followed from coarse to fine; its mean about the middle and its scores. For comparison
//! with the literature alone: of pictures that turn by hundredths of a pixel it is noisy where the disk's own measure is not.
//!
//! # Units
//! Pixels; people's direction above 0 in a pair of hands.
//!
//! # Departures
//! Published programs take a picture of 160 × 120 pixels; here it is the canvas.

use super::read::Reader;
use trompe_psychophysics::NotMeasurable;
use trompe_psychophysics::motion::lucas_kanade::{Corners, Dense, Tracker, Vector, corners, dense, track};
use trompe_psychophysics::motion::polar::signed_strength;
use trompe_psychophysics::motion::scores;

/// Windows of the arrows that are kept for the report.
const ARROWS: Dense = Dense { window: 16, step: 8 };

/// Where corners of a picture went.
fn followed(reader: &Reader, from: &[f32], to: &[f32]) -> Result<Vec<Vector>, NotMeasurable> {
    let (from, to) = (reader.gray(from)?, reader.gray(to)?);
    let places = corners(&from, Corners::default())?;
    Ok(track(&from, &to, &places, &Tracker::default())?.into_iter().flatten().collect())
}

/// Mean part of the flow round the middle, of a pair of hands.
///
/// # Errors
/// No corner could be followed.
pub fn mean(reader: &Reader, from: [&[f32]; 2], to: [&[f32]; 2]) -> Result<f64, NotMeasurable> {
    let of = |hand: usize| scores::mean_tangential(&followed(reader, from[hand], to[hand])?, reader.center());
    Ok(signed_strength(of(0)?, of(1)?))
}

/// Tangent score of a pair of hands, people's direction above 0, and the published score, the mean of both.
///
/// # Errors
/// Too few corners could be followed.
pub fn published(reader: &Reader, from: [&[f32]; 2], to: [&[f32]; 2]) -> [Result<f64, NotMeasurable>; 2] {
    let vectors = [0, 1].map(|hand| followed(reader, from[hand], to[hand]));
    let center = reader.center();
    let both = |score: &dyn Fn(&[Vector]) -> Result<f64, NotMeasurable>| -> Result<[f64; 2], NotMeasurable> {
        let of = |hand: usize| vectors[hand].as_deref().map_err(Clone::clone).and_then(score);
        Ok([of(0)?, of(1)?])
    };
    let tangent =
        both(&|vectors| scores::tangent_score(&scores::plausible(vectors, scores::Layout::Circles)?.0, center));
    let eigen = both(&|vectors| Ok(scores::eigen(vectors, center, center[0])?.score));
    [tangent.map(|[seen, mirror]| signed_strength(seen, mirror)), eigen.map(|[seen, mirror]| (seen + mirror) / 2.0)]
}

/// Flow on a grid, for the report.
///
/// # Errors
/// Codes of another size.
pub fn arrows(reader: &Reader, from: &[f32], to: &[f32]) -> Result<Vec<Vector>, NotMeasurable> {
    dense(&reader.gray(from)?, &reader.gray(to)?, ARROWS)
}
