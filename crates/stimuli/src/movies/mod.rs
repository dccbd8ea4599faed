//! Movies to learn from: leaves under a moving camera, with the motion of every pixel known.
//!
//! Leaves as those of [`crate::scenes`] (discs, ellipses, polygons with paint, texture and shade) lie on each other
//! over all that a clip will show, and are drawn anew for each frame where camera and own motion put them: nothing is
//! resampled. The camera drifts, turns and zooms by smooth random walks ([`track`]); leaves near each other form
//! groups with a motion of their own, and cover and uncover each other. Every 30 to 60 frames comes a saccade; some
//! frames do not move at all.
//!
//! | arm | setting | what it takes away, or plants |
//! |---|---|---|
//! | gray | `channels = "gray"` | colors; the three channels are equal to the bit |
//! | matched | `channels = "matched"` | differences between channels: one blur, exchanged at random by clip |
//! | symmetric | `polarity = "symmetric"` | the skew of luminance: half of the clips are inverted |
//! | inverted | `polarity = "inverted"` | all are: the skew turned round |
//! | steady | `saccades`, `rotation`, `drift` = false | that part of the motion, and no other |
//! | planted | `planted` | motion follows edges, as the illusion would need it |
//! | reversed | `reversed` | time runs backward: the same frames from last to first |
//!
//! Clips are inverted in sRGB codes, c to 1 − c, which is what networks get by default. In the planted world leaves
//! (of 8 pixels and more) bear bars of black, dark (blue), white and light (yellow), which follow each other in the
//! direction in which their group moves, steadily, by 0.5 to 1.5 pixels a frame; there are no shades and no light
//! field. The camera moves as ever.
//!
//! [`by_edge`] tells whether a world has motion that goes with the polarity of edges. [`photographs`] moves the same
//! camera over given pictures. [`propeller`] and [`turning`] are for tests: rotations at known speed.
//!
//! # Shapes
//! Frames are linear RGB from 0 to 1, `[3, size, size]`; flow is `[size, size]` pairs (rightward, downward), one fewer
//! than frames.
//!
//! # Units
//! Pixels and frames. Velocity of the camera: Ornstein–Uhlenbeck with a time constant of 10 frames and `camera_sd_px`
//! (1) for each axis; turning `rotation_sd_deg` (0.5) about a point within the picture, one for a clip; zoom
//! `zoom_sd_percent` (0.5); own motion `own_sd_px` (0.5) for each axis and each of `groups` (6) groups; fixation drift
//! of 0.1 to 0.3, its direction diffusing. All of it together is at most 3 pixels a frame anywhere in the picture.
//! Saccades: 4 to 16 pixels in one or two steps, every 30 to 60 steps. `pause_share` (0.1) of the steps are pauses, 5
//! steps long on average. Radii have the density r^−3 from `radius_min_px` (0.7) to half the picture. Blur has a
//! standard deviation of `blur_px` (0.35) pixels in red and green, and of `blue_blur_px` (0.7) in blue, for the eye's
//! chromatic aberration.
//!
//! # Errors
//! Settings out of range; [`StimulusError::Exhausted`] if leaves never cover a frame.
//!
//! # Source
//! lee2001 (occlusion model), uhlenbeck1930 (velocities). That a network that predicts head-mounted video sees the
//! illusion (watanabe2018) is why there are self-motion and saccades.
//!
//! # Departures
//! As in scenes: a grid of twice the pixels; but cells at an outline are mixed by the share that a leaf covers of
//! them, so that motion by a tenth of a pixel is seen. Leaves go down to 0.7 pixels and blur is 0.35, not 1 and 0.5,
//! for a slope of power near −2. No cast shadows and no thin occluders in front. The light field stands in the world:
//! the camera moves over it, leaves move under it. Its shades are as dense anywhere (on average one center in a
//! picture, 60 % of the light left in each), and it is not brought to white at its brightest place. Zoom is a walk
//! without a home: in clips of hundreds of frames the world may grow or shrink.

mod arms;
mod canvas;
mod fall;
mod held_out;
mod log;
pub mod photographs;
mod recipe;
mod surface;
pub mod track;

pub use held_out::{propeller, turning};
pub use log::{By, EdgeMotion, by_edge, quartiles};
pub use recipe::{Channels, Polarity, Recipe};

use crate::Rng;
use crate::StimulusError;
use crate::draws::{seed, stream};
use crate::error::require;
use crate::geometry::Point;
use canvas::{Canvas, MARGIN};
use fall::Fall;
use surface::{Light, Texture};
use track::{Similarity, Step, Track};

/// Frames and their motion.
#[derive(Clone, Debug, PartialEq)]
pub struct Movie {
    /// Pixels along a side.
    pub size: usize,
    /// Linear RGB, `[3, size, size]` each.
    pub frames: Vec<Vec<f32>>,
    /// For each pixel of a frame, where what its middle shows moves until the next: rightward and downward, pixels.
    /// What will be covered moves too.
    pub flow: Vec<Vec<[f32; 2]>>,
    /// What happens between frames.
    pub steps: Vec<Step>,
}

/// Draws a clip of `frames` frames of `size_px` × `size_px`.
///
/// # Errors
/// A size that is not from 8 to 256, frames that are not from 1 to 1024; [`StimulusError::Exhausted`].
pub fn draw(recipe: &Recipe, size_px: usize, frames: usize, rng: &mut Rng) -> Result<Movie, StimulusError> {
    check(size_px, frames)?;
    let [mut walking, mut falling, mut arming] = [0; 3].map(|_: u8| stream(seed(rng)));
    let track = track::walk(recipe, size_px, frames, &mut walking);
    let track = if recipe.reversed { track.reversed() } else { track };
    let mut movie = paint(recipe, size_px, &track, &mut falling)?;
    arms::apply(recipe, &mut movie, &mut arming);
    Ok(movie)
}

/// Draws a clip along a given track: of the recipe, what leaves look like and the arms of channels and polarity.
///
/// # Errors
/// As [`draw`]; a track without frames, or whose parts are of unequal length.
pub fn along(recipe: &Recipe, size_px: usize, track: &Track, rng: &mut Rng) -> Result<Movie, StimulusError> {
    let frames = track.cameras.len();
    check(size_px, frames)?;
    let groups = track.ways.len();
    let whole = track.offsets.len() == frames && track.offsets.iter().all(|offsets| offsets.len() == groups);
    require("track", frames as f64, groups > 0 && whole && track.steps.len() + 1 == frames, "of equal parts")?;
    let [mut falling, mut arming] = [0; 2].map(|_: u8| stream(seed(rng)));
    let mut movie = paint(recipe, size_px, track, &mut falling)?;
    arms::apply(recipe, &mut movie, &mut arming);
    Ok(movie)
}

fn check(size_px: usize, frames: usize) -> Result<(), StimulusError> {
    require("size_px", size_px as f64, (8..=256).contains(&size_px), "from 8 to 256")?;
    require("frames", frames as f64, (1..=1024).contains(&frames), "from 1 to 1024")
}

/// Draws leaves along a track.
fn paint(recipe: &Recipe, size_px: usize, track: &Track, rng: &mut Rng) -> Result<Movie, StimulusError> {
    let [placing, mut texturing, mut shining] = [0; 3].map(|_: u8| stream(seed(rng)));
    let half = size_px as f64 / 2.0 + MARGIN as f64;
    let mut fall = Fall::new(recipe, track, (size_px, half), placing);
    let texture = Texture::new(&mut texturing);
    let light = Light::draw(recipe, size_px, fall.reach(), &mut shining);
    let mut canvas = Canvas::new(size_px, recipe.blurs());
    let mut movie = Movie { size: size_px, frames: Vec::new(), flow: Vec::new(), steps: track.steps.clone() };
    for (frame, (camera, offsets)) in track.cameras.iter().zip(&track.offsets).enumerate() {
        let still = frame > 0 && *camera == track.cameras[frame - 1] && *offsets == track.offsets[frame - 1];
        let pixels = if still {
            movie.frames[frame - 1].clone()
        } else {
            fill(&mut canvas, &mut fall, (camera, offsets), &texture)?;
            lit(canvas.shrunk(), size_px, camera, &light)
        };
        movie.frames.push(pixels);
        if frame + 1 < track.cameras.len() {
            let groups = |pixel: usize| fall.group(canvas.owners[pixel] as usize);
            movie.flow.push(flow(track, frame, size_px, groups));
        }
    }
    Ok(movie)
}

/// Puts leaves behind each other until nothing of the frame is open.
fn fill(
    canvas: &mut Canvas,
    fall: &mut Fall<'_>,
    (camera, offsets): (&Similarity, &[Point]),
    texture: &Texture,
) -> Result<(), StimulusError> {
    let back = camera.inverse();
    canvas.reset();
    let mut number = 0;
    while !canvas.is_covered() {
        let piece = fall.piece(number)?;
        canvas.put(number, piece, (camera, &back, offsets[piece.group]), texture);
        number += 1;
    }
    Ok(())
}

/// Under the light that stands in the world.
fn lit(mut planes: Vec<f32>, size: usize, camera: &Similarity, light: &Light) -> Vec<f32> {
    if light.is_even() {
        return planes;
    }
    let back = camera.inverse();
    for pixel in 0..size * size {
        let share = light.at(back.apply(middle(size, pixel)));
        for channel in 0..3 {
            planes[channel * size * size + pixel] *= share;
        }
    }
    planes
}

/// Middle of a pixel.
fn middle(size: usize, pixel: usize) -> Point {
    let at = |step: usize| step as f64 + 0.5 - size as f64 / 2.0;
    Point::new(at(pixel % size), at(pixel / size))
}

/// How each pixel's middle moves to the next frame, by the group that it shows.
fn flow(track: &Track, frame: usize, size: usize, group: impl Fn(usize) -> usize) -> Vec<[f32; 2]> {
    let moves: Vec<Similarity> = (0..track.ways.len()).map(|group| track.motion(frame, group)).collect();
    let flow = |pixel: usize| {
        let from = middle(size, pixel);
        let way = moves[group(pixel)].apply(from) - from;
        [way.x as f32, way.y as f32]
    };
    (0..size * size).map(flow).collect()
}
