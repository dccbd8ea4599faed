//! The same camera over given photographs: no own motion, no occlusion, but the world's own surfaces.
//!
//! # Units
//! Pictures and frames are linear RGB from 0 to 1.
//!
//! # Errors
//! No pictures, pictures without three channels; [`StimulusError::Exhausted`] if no clip in 100 stays within the
//! picture.
//!
//! # Departures
//! Pixels are bilinear samples of the picture at their middles. The first frame lies on whole pixels. Clips that leave
//! the picture are drawn again, so long ways are rarer in small pictures. Blur is the photograph's own; `channels =
//! "matched"` only exchanges channels.

use super::track::{Track, walk};
use super::{Channels, Movie, Recipe, arms, check, flow, middle};
use crate::Rng;
use crate::StimulusError;
use crate::color;
use crate::draws::{index, seed, stream};
use crate::error::require;
use crate::geometry::Point;
use crate::image::Image;

/// Tracks before a clip is given up.
const TRIES: usize = 100;

/// A clip over one of the pictures.
///
/// # Errors
/// See the module.
pub fn draw(
    recipe: &Recipe,
    pictures: &[Image],
    (size_px, frames): (usize, usize),
    rng: &mut Rng,
) -> Result<Movie, StimulusError> {
    check(size_px, frames)?;
    require("photographs", pictures.len() as f64, !pictures.is_empty(), "at least one picture")?;
    let [mut walking, mut choosing, mut arming] = [0; 3].map(|_: u8| stream(seed(rng)));
    let picture = &pictures[index(pictures.len(), &mut choosing)];
    require("photographs", picture.channels as f64, picture.channels == 3, "pictures with 3 channels")?;
    let still = Recipe { own_sd_px: 0.0, planted: false, groups: 1, ..*recipe };
    for _ in 0..TRIES {
        let track = walk(&still, size_px, frames, &mut walking);
        let Some(corner) = place(picture, &track, size_px, &mut choosing) else { continue };
        let track = if recipe.reversed { track.reversed() } else { track };
        let mut movie = over(picture, &track, size_px, corner);
        if recipe.channels == Channels::Gray {
            movie.frames.iter_mut().for_each(|frame| to_gray(frame));
        }
        arms::apply(recipe, &mut movie, &mut arming);
        return Ok(movie);
    }
    Err(StimulusError::Exhausted { what: "track within a photograph", tries: TRIES })
}

/// Where in the picture, in whole pixels, the first frame of the track has its upper left corner; none if some frame
/// would leave the picture wherever that is.
fn place(picture: &Image, track: &Track, size: usize, rng: &mut Rng) -> Option<Point> {
    let half = (size as f64 - 1.0) / 2.0;
    let (mut low, mut high) = (Point::default(), Point::default());
    for camera in &track.cameras {
        let back = camera.inverse();
        for [x, y] in [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]] {
            let corner = back.apply(Point::new(x * half, y * half));
            low = Point::new(low.x.min(corner.x), low.y.min(corner.y));
            high = Point::new(high.x.max(corner.x), high.y.max(corner.y));
        }
    }
    let free = |low: f64, high: f64, side: usize, rng: &mut Rng| {
        let before = (-half - low).ceil();
        let after = (high - half).ceil();
        let room = side as f64 - size as f64 - before - after;
        (room >= 0.0).then(|| before + index(room as usize + 1, rng) as f64)
    };
    let left = free(low.x, high.x, picture.width, rng)?;
    Some(Point::new(left, free(low.y, high.y, picture.height, rng)?))
}

fn over(picture: &Image, track: &Track, size: usize, corner: Point) -> Movie {
    let half = (size as f64 - 1.0) / 2.0;
    let mut movie = Movie { size, frames: Vec::new(), flow: Vec::new(), steps: track.steps.clone() };
    for (frame, camera) in track.cameras.iter().enumerate() {
        let back = camera.inverse();
        let places: Vec<Point> =
            (0..size * size).map(|pixel| back.apply(middle(size, pixel)) + Point::new(half, half) + corner).collect();
        let planes = picture.data.chunks_exact(picture.height * picture.width);
        let sampled = planes.flat_map(|plane| places.iter().map(|&place| bilinear(plane, picture, place)));
        movie.frames.push(sampled.collect());
        if frame + 1 < track.cameras.len() {
            movie.flow.push(flow(track, frame, size, |_| 0));
        }
    }
    movie
}

/// A value between the four pixels round a place; pixels have their middles at whole numbers.
fn bilinear(plane: &[f32], picture: &Image, place: Point) -> f32 {
    let part = |at: f64, side: usize| {
        let at = at.clamp(0.0, side as f64 - 1.0);
        let low = (at as usize).min(side.saturating_sub(2));
        (low, (low + 1).min(side - 1), (at - low as f64) as f32)
    };
    let (left, right, along) = part(place.x, picture.width);
    let (top, bottom, down) = part(place.y, picture.height);
    let row = |row: usize| {
        let (one, other) = (plane[row * picture.width + left], plane[row * picture.width + right]);
        one * (1.0 - along) + other * along
    };
    row(top) * (1.0 - down) + row(bottom) * down
}

fn to_gray(frame: &mut [f32]) {
    let plane = frame.len() / 3;
    for pixel in 0..plane {
        let luminance =
            color::luminance([0, 1, 2].map(|channel: usize| f64::from(frame[channel * plane + pixel]))) as f32;
        (0..3).for_each(|channel| frame[channel * plane + pixel] = luminance);
    }
}
