//! Oracle: photographs whose light is a plane, brighter by the same step with every pixel to the right (red) and down (green). Between pixels
//! light is mixed in proportion, so each value says where its pixel looks, whole or not, whatever the camera does.

use super::*;
use crate::experiment::Settings;
use image::{ImageBuffer, Rgb};
use std::path::Path;
use tempfile::{TempDir, tempdir};
use trompe_stimuli::color::to_linear;

const SIDE: usize = 16;
/// Pixels that the picture is brighter by all its light in.
const RAMP: f64 = 400.0;

/// sRGB by its standard, IEC 61966-2-1.
fn code(light: f64) -> u16 {
    let code = if light <= 0.0031308 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    (code * 65535.0).round() as u16
}

fn ramp(side: u32, blue: f64) -> ImageBuffer<Rgb<u16>, Vec<u16>> {
    ImageBuffer::from_fn(side, side, |x, y| Rgb([code(f64::from(x) / RAMP), code(f64::from(y) / RAMP), code(blue)]))
}

fn ramps(side: u32) -> TempDir {
    let folder = tempdir().expect("a folder");
    ramp(side, 0.5).save(folder.path().join("a.png")).expect("a picture");
    folder
}

fn spec(folder: &Path, settings: &[(&str, Setting)]) -> WorldSpec {
    let photographs = (WorldSpec::PHOTOGRAPHS.to_owned(), Setting::Text(folder.display().to_string()));
    let settings: Settings =
        settings.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).chain([photographs]).collect();
    WorldSpec { name: "own".into(), id: WorldSpec::MOVIES.into(), settings, encoding: "srgb".into() }
}

fn world(folder: &Path, settings: &[(&str, Setting)]) -> MovieWorld {
    MovieWorld::build(&spec(folder, settings), SIDE).expect("movies")
}

fn off(key: &str) -> (&str, Setting) {
    (key, Setting::Flag(false))
}

/// Frames of so many clips, each from a stream of its own.
fn clips(world: &MovieWorld, count: usize) -> Vec<Vec<Vec<f32>>> {
    (0..count)
        .map(|clip| world.frames(world.given + 1, &mut stream(&["clip", &clip.to_string()])).expect("a clip"))
        .collect()
}

/// Where a pixel of a frame looks.
fn looks(frame: &[f32], pixel: usize) -> [f64; 2] {
    [0, 1].map(|channel| RAMP * to_linear(f64::from(frame[channel * SIDE * SIDE + pixel])))
}

/// Where the middle of a frame looks: the mean of its four corners, whatever the camera's turn and zoom.
fn middle(frame: &[f32]) -> [f64; 2] {
    let corners = [0, SIDE - 1, SIDE * (SIDE - 1), SIDE * SIDE - 1].map(|pixel| looks(frame, pixel));
    [0, 1].map(|axis| corners.iter().map(|corner| corner[axis]).sum::<f64>() / 4.0)
}

/// How far a clip goes, with the sign of the axes.
fn way(frames: &[Vec<f32>]) -> [f64; 2] {
    let [from, to] = [middle(&frames[0]), middle(&frames[frames.len() - 1])];
    [0, 1].map(|axis| to[axis] - from[axis])
}

#[test]
fn the_camera_goes_over_photographs_as_its_settings_say() {
    let folder = ramps(200);
    // Only shifts: all pixels of a frame look equally far from where they did, at most three pixels in a step.
    let shifts = [("zoom_sd_percent", Setting::Number(0.0)), off("rotation"), off("saccades")];
    let mut moved = 0;
    for frames in clips(&world(folder.path(), &shifts), 30) {
        for (now, next) in frames.iter().zip(&frames[1..]) {
            let far = |pixel: usize| {
                let [now, next] = [looks(now, pixel), looks(next, pixel)];
                [next[0] - now[0], next[1] - now[1]]
            };
            let first = far(0);
            moved += usize::from(first != [0.0; 2]);
            assert!(first[0].hypot(first[1]) < 3.01, "{first:?}");
            for pixel in 0..SIDE * SIDE {
                let here = far(pixel);
                assert!((0..2).all(|axis| (here[axis] - first[axis]).abs() < 0.02), "{here:?} {first:?}");
            }
        }
        assert_eq!(looks(&frames[0], 0).map(|at| (at - at.round()).abs() < 0.01), [true; 2], "begins on whole pixels");
    }
    assert!(moved > 60, "of 90 steps {moved} move");
    // A pause of all steps is a photograph that stands still.
    for frames in clips(&world(folder.path(), &[("pause_share", Setting::Number(1.0)), off("saccades")]), 5) {
        assert!(frames.iter().all(|frame| *frame == frames[0]));
    }
    // Turns: neighbors to the right no longer look to the right alone.
    let turned = |settings: &[(&str, Setting)]| {
        let slant = |frames: &Vec<Vec<f32>>| (looks(&frames[3], SIDE - 1)[1] - looks(&frames[3], 0)[1]).abs();
        clips(&world(folder.path(), settings), 30).iter().map(slant).fold(0.0, f64::max)
    };
    assert!(turned(&[off("saccades")]) > 0.2 && turned(&[off("saccades"), off("rotation")]) < 0.02);
}

#[test]
fn saccades_go_where_they_would_in_drawn_movies_even_over_the_smallest_picture() {
    // 16 pixels are seen; three steps go 9 and a jump 16 to either side.
    let [small, large] = [ramps(66), ramps(300)];
    let ways =
        |folder: &TempDir| clips(&world(folder.path(), &[]), 400).iter().map(|clip| way(clip)).collect::<Vec<_>>();
    let [small, large] = [ways(&small), ways(&large)];
    let nearly = |one: &[f64; 2], other: &[f64; 2]| (0..2).all(|axis| (one[axis] - other[axis]).abs() < 0.05);
    assert!(small.iter().zip(&large).all(|(one, other)| nearly(one, other)), "no clip is drawn again for want of room");
    let jumps = large.iter().filter(|way| way[0].hypot(way[1]) > 9.1).count();
    assert!(jumps > 5, "{jumps} of 400 clips are saccades that no drift reaches");
    // Negative control: with less room than is asked for, some clips are drawn again, and are others.
    let recipe = Recipe::read(&trompe_stimuli::Settings::new()).expect("a recipe");
    let over = |side: usize| {
        let pixel = |at: usize| ((at % side) as f64 / RAMP) as f32;
        let data = (0..side * side).map(pixel).chain(vec![0.0; 2 * side * side]).collect();
        let picture = [Image { channels: 3, height: side, width: side, data }];
        let draw = |clip: usize| {
            let mut rng = stream(&["clip", &clip.to_string()]);
            let drawn = movies::photographs::draw(&recipe, &picture, (SIDE, 4), &mut rng).expect("a clip");
            drawn.frames.into_iter().map(to_codes).collect::<Vec<_>>()
        };
        (0..400).map(|clip| way(&draw(clip))[0]).collect::<Vec<_>>()
    };
    let same =
        |side: usize| over(side).iter().zip(&large).filter(|(one, other)| (*one - other[0]).abs() < 0.05).count();
    assert_eq!((same(66), same(24) < 395), (400, true));
}

#[test]
fn arms_apply_to_photographs() {
    let folder = ramps(200);
    let word = |key: &'static str, word: &str| [(key, Setting::Text(word.into()))];
    let plain = clips(&world(folder.path(), &[]), 40);
    let channel = |frame: &[f32], at: usize| frame[at * SIDE * SIDE..(at + 1) * SIDE * SIDE].to_vec();
    // Reversed: the same frames from last to first.
    let reversed = clips(&world(folder.path(), &[("reversed", Setting::Flag(true))]), 40);
    assert!(plain.iter().zip(&reversed).all(|(one, other)| one.iter().eq(other.iter().rev())));
    assert!(plain.iter().any(|frames| frames[0] != frames[3]), "not because nothing moves");
    // Gray: equal channels, of the luminance that the standard gives red, green and blue.
    for (gray, plain) in clips(&world(folder.path(), &word("channels", "gray")), 5).iter().zip(&plain) {
        assert!(channel(&gray[1], 0) == channel(&gray[1], 1) && channel(&gray[1], 0) == channel(&gray[1], 2));
        let light = |frame: &[f32], at: usize| to_linear(f64::from(frame[at * SIDE * SIDE + 7]));
        let luminance = 0.2126 * light(&plain[1], 0) + 0.7152 * light(&plain[1], 1) + 0.0722 * light(&plain[1], 2);
        assert!((light(&gray[1], 0) - luminance).abs() < 1e-3);
    }
    // Matched: the plane of one blue is found in every channel. Symmetric: half of the clips have codes less from 1.
    let flat = |frames: &Vec<Vec<f32>>| {
        (0..3).find(|&at| channel(&frames[0], at).iter().all(|code| (code - frames[0][at * SIDE * SIDE]).abs() < 1e-4))
    };
    let matched = clips(&world(folder.path(), &word("channels", "matched")), 40);
    for at in 0..3 {
        assert!(matched.iter().any(|frames| flat(frames) == Some(at)), "channel {at}");
    }
    assert!(plain.iter().all(|frames| flat(frames) == Some(2)));
    let symmetric = clips(&world(folder.path(), &word("polarity", "symmetric")), 40);
    let inverted = symmetric.iter().zip(&plain).filter(|(one, other)| {
        let opposite = |(one, other): (&f32, &f32)| (one + other - 1.0).abs() < 1e-4;
        one.iter().zip(*other).all(|(one, other)| one.iter().zip(other).all(opposite))
    });
    let [inverted, same] = [inverted.count(), symmetric.iter().zip(&plain).filter(|(one, other)| one == other).count()];
    assert!(inverted + same == 40 && (8..=32).contains(&inverted), "{inverted} inverted, {same} the same");
}

#[test]
fn photographs_name_the_world_by_content_and_what_does_not_fit_is_refused_by_name() {
    let [here, there] = [ramps(66), ramps(66)];
    let name = |folder: &TempDir| {
        let mut spec = spec(folder.path(), &[]);
        photographs::identify(&mut spec).expect("photographs");
        frames::identify(&mut spec).expect("no frames");
        MovieWorld::build(&spec, SIDE).expect("what was read is no setting of movies");
        spec.content()
    };
    assert_eq!(name(&here), name(&there), "where they lie does not count");
    ramp(66, 0.25).save(there.path().join("a.png")).expect("a picture");
    assert_ne!(name(&here), name(&there), "what they hold does");

    let said = |folder: &TempDir, settings: &[(&str, Setting)]| {
        MovieWorld::build(&spec(folder.path(), settings), SIDE).err().expect("a refusal")
    };
    for key in ["texture", "shading", "light", "planted"] {
        let why = said(&here, &[off(key)]);
        assert!(why.contains(&format!("`{key}` belongs to drawn leaves")), "{why}");
    }
    for key in ["blue_blur_px", "blur_px", "groups", "own_sd_px", "radius_min_px"] {
        let why =
            said(&here, &[(key, Setting::Number(if key == "blur_px" || key == "blue_blur_px" { 0.5 } else { 1.0 }))]);
        assert!(why.contains(&format!("`{key}` belongs to drawn leaves")), "{why}");
    }
    assert!(said(&here, &[("saccade", Setting::Flag(true))]).contains("`saccade`"));
    let both = said(&here, &[(WorldSpec::FRAMES, Setting::Text("x".into()))]);
    assert!(both.contains("`frames` and `photographs`"), "{both}");
    // 16 + 2 × (3 × 3 + 16) = 66 pixels; without saccades 34, with one step less 60.
    let small = ramps(65);
    let why = said(&small, &[]);
    assert!(why.contains("a.png: 65 × 65 pixels are smaller than 66: a clip shows 16"), "{why}");
    world(small.path(), &[off("saccades")]);
    world(small.path(), &[(SETTING, Setting::Number(2.0))]);
    assert!(said(&ramps(33), &[off("saccades")]).contains("smaller than 34"));
    world(ramps(34).path(), &[off("saccades")]);
    assert!(said(&ramps(59), &[(SETTING, Setting::Number(2.0))]).contains("smaller than 60"));
}
