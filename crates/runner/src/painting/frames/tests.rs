//! Oracles: pixels that say where they are (row, column, number of the frame); files that another library wrote, of which only what
//! changed is stored; a program that writes what it is given, in place of `ffmpeg`; what a car's camera sees.

use super::*;
use crate::painting::MovieWorld;
use base64::Engine as _;
use image::codecs::gif::{GifEncoder, Repeat};
use image::{Frame, Rgb, RgbImage, Rgba, RgbaImage};
use std::io::Cursor;
use tempfile::{TempDir, tempdir};

/// A frame whose pixels say where they are: row, column, number of the frame. 240 colors, which a GIF holds as they are.
fn picture(frame: u8) -> RgbImage {
    RgbImage::from_fn(20, 12, |x, y| Rgb([y as u8, x as u8, frame]))
}

fn write(folder: &Path, frames: std::ops::Range<u8>) {
    fs::create_dir_all(folder).expect("a folder");
    for frame in frames {
        picture(frame).save(folder.join(format!("{frame:03}.png"))).expect("a frame");
    }
}

fn gif(frames: impl IntoIterator<Item = RgbaImage>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    encoder.set_repeat(Repeat::Infinite).expect("a GIF");
    encoder.encode_frames(frames.into_iter().map(Frame::new)).expect("a GIF");
    drop(encoder);
    bytes
}

fn apng(frames: &[RgbaImage]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, frames[0].width(), frames[0].height());
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_animated(frames.len() as u32, 0).expect("an APNG");
    let mut writer = encoder.write_header().expect("an APNG");
    frames.iter().for_each(|frame| writer.write_image_data(frame.as_raw()).expect("a frame"));
    writer.finish().expect("an APNG");
    bytes
}

/// Frames as encoders take them.
fn rgba(frames: std::ops::Range<u8>) -> Vec<RgbaImage> {
    frames.map(|frame| image::DynamicImage::from(picture(frame)).into_rgba8()).collect()
}

fn spec(folder: &Path, reversed: bool) -> WorldSpec {
    let mut settings: crate::experiment::Settings =
        [(WorldSpec::FRAMES.to_owned(), Setting::Text(folder.display().to_string()))].into();
    if reversed {
        settings.insert("reversed".into(), Setting::Flag(true));
    }
    WorldSpec { name: "own".into(), id: WorldSpec::MOVIES.into(), settings, encoding: "srgb".into() }
}

/// The name that what is named gives a world.
fn name(folder: &Path) -> WorldSpec {
    let mut spec = spec(folder, false);
    identify(&mut spec).expect("frames");
    spec.content()
}

/// Why what is named is refused.
fn said(folder: &Path, side: usize) -> String {
    MovieWorld::build(&spec(folder, false), side).err().expect("a refusal")
}

fn code(value: f32) -> i32 {
    (value * 255.0).round() as i32
}

#[test]
fn the_same_patch_is_cut_from_frames_that_follow_each_other_and_time_can_be_reversed() {
    let folder = tempdir().expect("a folder");
    write(&folder.path().join("one"), 0..6);
    write(&folder.path().join("two"), 50..59);
    fs::write(folder.path().join("three.GIF"), gif(rgba(100..107))).expect("a GIF");
    fs::write(folder.path().join("four.png"), apng(&rgba(150..156))).expect("an APNG");
    fs::write(folder.path().join("notes.txt"), "left alone").expect("a file");
    for (reversed, step) in [(false, 1), (true, -1)] {
        let world = MovieWorld::build(&spec(folder.path(), reversed), 8).expect("movies");
        let held = world.drawn(&["frames"], 80).expect("clips");
        assert_eq!(held.shape(), [80, 9, 8, 8]);
        let mut clips = std::collections::BTreeSet::new();
        for (given, next) in held.given.chunks_exact(held.stride()).zip(held.wanted.chunks_exact(held.plane())) {
            let frames: Vec<&[f32]> = given.chunks_exact(held.plane()).chain([next]).collect();
            let first = [0, 64, 128].map(|at| code(frames[0][at]));
            clips.insert(first[2] / 50);
            for (number, frame) in (0..).zip(&frames) {
                for pixel in 0..64 {
                    let wanted = [first[0] + pixel / 8, first[1] + pixel % 8, first[2] + step * number];
                    assert_eq!([0, 64, 128].map(|at| code(frame[at + pixel as usize])), wanted);
                }
            }
        }
        assert_eq!(clips.len(), 4, "every clip is drawn from");
    }
}

#[test]
fn the_same_pixels_are_the_same_numbers_whatever_held_them() {
    let folder = tempdir().expect("a folder");
    write(&folder.path().join("png"), 0..4);
    for (name, bytes) in [("a.gif", gif(rgba(0..4))), ("a.apng", apng(&rgba(0..4)))] {
        fs::write(folder.path().join(name), bytes).expect("a file");
    }
    let drawn = |name: &str| {
        let world = MovieWorld::build(&spec(&folder.path().join(name), false), 8).expect("movies");
        world.drawn(&["frames"], 3).expect("clips").given
    };
    assert!(drawn("png") == drawn("a.gif") && drawn("png") == drawn("a.apng"));
}

/// Written by Pillow 13.0.0 (`save_all`): a square of 2 × 2 pixels goes down to the right over a still ground, and every frame but the
/// first holds 3 × 3 pixels.
const SQUARE_GIF: &str = "\
     R0lGODlhCgAJAIMAAAAABwA8BwB4BwC0BxQABxQ8BxR4BxS0BygAByg8Byh4Byi0B//69QAAAAAAAAAAACH5BAQEAAAALAAAAAAK\
     AAkAAAg1ABkwEDAAQACCBgUaOECgwMKGCBIoWBBxYkSDCA8WDNDwoUOGBSpSlDgS48aMHUF6FMkyQUAAIfkEBQQADQAsAAAAAAMA\
     AwCDAAAHADwHAHgHALQHFAAHFDwHFHgHFLQHKAAHKDwHKHgHKLQH//r1AAAAAAAAAAAACAwAAQRoQKABA4MMAgIAIfkEBQQADQAs\
     AQABAAMAAwCDAAAHADwHAHgHALQHFAAHFDwHFHgHFLQHKAAHKDwHKHgHKLQH//r1AAAAAAAAAAAACAwACxhokKABA4MMAgIAIfkE\
     BQQADQAsAgACAAMAAwCDAAAHADwHAHgHALQHFAAHFDwHFHgHFLQHKAAHKDwHKHgHKLQH//r1AAAAAAAAAAAACAwAFSxoIKABA4MM\
     AgIAIfkEBQQADQAsAwADAAMAAwCDAAAHADwHAHgHALQHFAAHFDwHFHgHFLQHKAAHKDwHKHgHKLQH//r1AAAAAAAAAAAACAwABwBo\
     cKABA4MMAgIAOw==";
/// The same as APNG.
const SQUARE_APNG: &str = "\
     iVBORw0KGgoAAAANSUhEUgAAAAoAAAAJCAIAAACExCpEAAAACGFjVEwAAAAFAAAAAEGtT2AAAAAaZmNUTAAAAAAAAAAKAAAACQAA\
     AAAAAAAAAAEAGQAAIWF6UgAAAEBJREFUeJxj+P/r6/9fXxkq2Bm2sDMwsDPYsCOzWRgYGBgYGEQYsAMWTTYhBhsGERsc0jdw6INK\
     4zKWOGlaGg4APjQL5l/C7AwAAAAaZmNUTAAAAAEAAAADAAAAAwAAAAAAAAAAAAEAGQAAA15wTQAAACVmZEFUAAAAAnicY2RgYGew\
     YWCwYWAQYWD//+vr/19fmUQYoAAAXeYGjiUWdR8AAAAaZmNUTAAAAAMAAAADAAAAAwAAAAEAAAABAAEAGQAAiTF30AAAACVmZEFU\
     AAAABHicYxSxYWewYWCwYWDQsGH//+vr/19fmW4wQAEAc1IH8p0HlKsAAAAaZmNUTAAAAAUAAAADAAAAAwAAAAIAAAACAAEAGQAA\
     zPF5NgAAACVmZEFUAAAABnicY9SoYGewYWDwYWC5wcDw3+0dwy8GJhEGKAAAXOsFUFZVvXMAAAAaZmNUTAAAAAcAAAADAAAAAwAA\
     AAMAAAADAAEAGQAARp5+qwAAACVmZEFUAAAACHicY2DYws7AwM5gw84iwsDw+tc7BgYGJhEGKAAAR9wEB1+T0FQAAAAASUVORK5C\
     YII=";

/// The frames that Pillow was given.
fn square(frame: usize, row: usize, column: usize) -> [u8; 3] {
    let inside = |at: usize| (frame..frame + 2).contains(&at);
    if inside(row) && inside(column) { [255, 250, 245] } else { [20 * (row % 3) as u8, 60 * (column % 4) as u8, 7] }
}

#[test]
fn frames_that_hold_only_what_changed_are_put_together() {
    let folder = tempdir().expect("a folder");
    for (name, text) in [("a.gif", SQUARE_GIF), ("a.png", SQUARE_APNG)] {
        let file = folder.path().join(name);
        let bytes = base64::engine::general_purpose::STANDARD.decode(text).expect("Base64");
        fs::write(&file, bytes).expect("a file");
        let mut frames = Vec::new();
        animations::decode(&file, &mut |size, rgb| {
            assert_eq!(size, [10, 9]);
            frames.push(rgb.to_vec());
            Ok(())
        })
        .expect("an animation");
        let wanted = (0..5).map(|frame| (0..90).flat_map(|pixel| square(frame, pixel / 10, pixel % 10)).collect());
        assert_eq!(frames, wanted.collect::<Vec<Vec<u8>>>(), "{name}");
    }
}

#[test]
fn content_names_the_world_and_what_cannot_be_used_is_refused_by_name() {
    let [here, there] = [(); 2].map(|()| tempdir().expect("a folder"));
    write(here.path(), 0..6);
    write(there.path(), 0..6);
    assert_eq!(name(here.path()), name(there.path()), "where they lie does not count");
    write(there.path(), 6..7);
    assert_ne!(name(here.path()), name(there.path()), "what they hold does");
    assert!(said(here.path(), 16).contains("smaller than a patch of 16"));
    assert!(said(&here.path().join("none"), 8).contains("a folder of PNG frames, an animation or a movie"));
    let short = tempdir().expect("a folder");
    write(short.path(), 0..3);
    assert!(said(short.path(), 8).contains("3 frames; 4"));
    let mut mixed = spec(here.path(), false);
    mixed.settings.insert("planted".into(), Setting::Flag(true));
    assert!(MovieWorld::build(&mixed, 8).err().expect("a refusal").contains("`planted` belongs to drawn movies"));
}

#[test]
fn an_animation_is_named_by_its_bytes() {
    let [here, there] = [(); 2].map(|()| tempdir().expect("a folder"));
    let [file, other] = [here.path().join("a.gif"), there.path().join("b.gif")];
    fs::write(&file, gif(rgba(0..6))).expect("a GIF");
    fs::write(&other, gif(rgba(0..6))).expect("a GIF");
    assert_eq!(name(&file), name(&other));
    assert_eq!(name(&file), name(there.path()), "a folder that holds it alone is the same movie");
    fs::write(&other, gif(rgba(1..7))).expect("a GIF");
    assert_ne!(name(&file), name(&other));
}

#[test]
fn animations_that_cannot_be_used_are_refused_by_file_and_reason() {
    let lab = tempdir().expect("a folder");
    let sound = [gif(rgba(0..6)), apng(&rgba(0..6))];
    let file = |name: &str, bytes: &[u8]| {
        let file = lab.path().join(name);
        fs::write(&file, bytes).expect("a file");
        file
    };
    let refused = |name: &str, bytes: &[u8], why: &str| {
        let said = said(&file(name, bytes), 8);
        assert!(said.contains(&format!("{name}: {why}")), "{said}");
    };
    for (name, sound) in ["a.gif", "a.png"].into_iter().zip(&sound) {
        MovieWorld::build(&spec(&file(name, sound), false), 8).expect("sound");
        // Cut anywhere, within the first frame, within the last or before the very end.
        for kept in [20, sound.len() / 2, sound.len() - 30, sound.len() - 13] {
            refused(name, &sound[..kept], "");
        }
        refused(name, b"no picture", "");
        let small = said(&file(name, sound), 13);
        assert!(small.contains(&format!("{name}: frame 1: 20 × 12 pixels are smaller than a patch of 13")), "{small}");
    }
    refused("a.gif", &sound[0][..sound[0].len() - 1], "frame 7");
    refused("one.gif", &gif(rgba(0..1)), "a single frame, nothing that moves; 4 that follow each other");
    refused("one.png", &apng(&rgba(0..1)), "a single frame, nothing that moves; 4 that follow each other");
    refused("three.gif", &gif(rgba(0..3)), "3 frames; 4 that follow each other");
    refused("a.jpg", b"", "JPEG is no movie");
    let mut still = Cursor::new(Vec::new());
    picture(0).write_to(&mut still, image::ImageFormat::Png).expect("a picture");
    refused("still.png", still.get_ref(), "is a still picture");
    let mut clear = rgba(0..6);
    clear[2].put_pixel(5, 3, Rgba([0, 0, 0, 0]));
    refused("clear.png", &apng(&clear), "frame 3 is transparent at row 3, column 5");
    clear[0].put_pixel(5, 3, Rgba([0, 0, 0, 0]));
    refused("clear.gif", &gif(clear), "frame 1 is transparent at row 3, column 5");
}

#[test]
fn folders_that_mix_frames_and_clips_are_refused() {
    let folder = tempdir().expect("a folder");
    write(folder.path(), 0..6);
    fs::write(folder.path().join("a.gif"), gif(rgba(0..6))).expect("a GIF");
    assert!(said(folder.path(), 8).contains("000.png: a frame beside whole clips"));
    // An animation among the frames of a clip is not taken for one of them.
    let folder = tempdir().expect("a folder");
    write(&folder.path().join("clip"), 0..6);
    fs::write(folder.path().join("clip/006.png"), apng(&rgba(0..6))).expect("an APNG");
    assert!(said(folder.path(), 8).contains("006.png: is an animation"));
}

#[test]
fn decoded_frames_must_have_one_size_and_room() {
    let mut reel = Reel::new(8, 2 * 3 * 4 * 8 * 9);
    reel.take([8, 9], &[0; 216]).expect("a frame");
    let other = reel.take([9, 8], &[0; 216]).expect_err("another size");
    assert!(other.contains("frame 2 has 9 × 8 pixels, the first 8 × 9"), "{other}");
    reel.take([8, 9], &[0; 216]).expect("room for two");
    let full = reel.take([8, 9], &[0; 216]).expect_err("no room for three");
    assert!(full.contains("frame 3 does not fit") && full.contains("scale="), "{full}");
}

/// A folder with a program that writes the file it is told to read, in place of `ffmpeg`: then what it is told to say, and its end.
#[cfg(unix)]
fn stand_in(end: &str) -> TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempdir().expect("a folder");
    let program = folder.path().join("ffmpeg");
    let text = format!("#!/bin/sh\nwhile [ \"$1\" != -i ]; do shift; done\n/bin/cat \"${{2#file:}}\"\n{end}\n");
    fs::write(&program, text).expect("a program");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("a program");
    folder
}

/// Frames as the program writes them.
fn pixmaps(frames: impl IntoIterator<Item = RgbImage>) -> Vec<u8> {
    let one = |frame: RgbImage| {
        let head = format!("P6\n{} {}\n255\n", frame.width(), frame.height());
        head.into_bytes().into_iter().chain(frame.into_raw())
    };
    frames.into_iter().flat_map(one).collect()
}

#[cfg(unix)]
#[test]
fn other_movies_come_through_a_pipe_whatever_their_names_are() {
    let program = stand_in("");
    let folder = tempdir().expect("a folder");
    // A shell would make something else of it.
    let file = folder.path().join("-i $(touch made) 'a\" ;.mp4");
    fs::write(&file, pixmaps((0..5).map(picture))).expect("a file");
    let mut reel = Reel::new(8, LARGEST_BYTES);
    let program = program.path().join("ffmpeg");
    ffmpeg::decode(program.as_os_str(), &file, &mut |size, rgb| reel.take(size, rgb)).expect("frames");
    let (clip, _) = reel.finish(5).expect("five frames");
    for frame in 0..5 {
        let patch = clip.patch(frame, [3, 7], 8).into_iter().map(code).collect::<Vec<_>>();
        assert_eq!([patch[0], patch[64], patch[128]], [3, 7, frame as i32]);
        assert_eq!([patch[63], patch[127]], [10, 14]);
    }
    assert!(!Path::new("made").exists());
}

#[cfg(unix)]
#[test]
fn what_ffmpeg_says_is_passed_on_and_without_it_there_is_a_way_out() {
    let folder = tempdir().expect("a folder");
    let file = folder.path().join("a.mp4");
    let decode = |program: &Path, bytes: &[u8]| {
        fs::write(&file, bytes).expect("a file");
        ffmpeg::decode(program.as_os_str(), &file, &mut |_, _| Ok(()))
    };
    let refused = |end: &str, bytes: &[u8]| {
        let program = stand_in(end);
        decode(&program.path().join("ffmpeg"), bytes).expect_err("a refusal")
    };
    let sound = pixmaps((0..2).map(picture));
    // Negative control: nothing said, an end without a fault.
    decode(&stand_in("").path().join("ffmpeg"), &sound).expect("sound");
    assert!(refused("echo 'moov atom not found' >&2; exit 1", b"").contains("says: moov atom not found"));
    assert!(refused("echo 'a damaged frame' >&2", &sound).contains("says: a damaged frame"), "even if it goes on");
    assert!(refused("exit 3", &sound).contains("ended with exit status: 3"));
    assert!(refused("", &sound[..sound.len() - 1]).contains("wrote no pictures"), "cut off");
    assert!(refused("", b"P5\n20 12\n255\n").contains("begins with `P5`, `20 12`, `255`"));
    assert!(refused("", b"P6\n20 12\n65535\n").contains("`65535`"));
    let absent = decode(&folder.path().join("ffmpeg"), &sound).expect_err("a refusal");
    assert!(absent.contains("not on the PATH; install ffmpeg, or turn the movie into PNG frames"), "{absent}");
    // What is said at length, before or after, stops nobody; nor does a program that never ends once its frames are refused.
    let long = refused(
        "for a in 1 2 3 4 5 6 7 8 9 10; do for b in 1 2 3 4 5 6 7 8 9 10; do for c in 1 2 3 4 5 6 7 8 9 10; do \
         echo 'a line of about sixty letters, so that a pipe is full of it' >&2; echo 'and another of about sixty letters, so \
         that a pipe is full' >&2; done; done; done",
        &sound,
    );
    assert!(long.contains("says: a line of about"));
    let program = stand_in("while :; do /bin/cat \"${2#file:}\" || exit; done");
    let mut left = 5;
    let end = ffmpeg::decode(program.path().join("ffmpeg").as_os_str(), &file, &mut |_, _| {
        left -= 1;
        if left > 0 { Ok(()) } else { Err("enough".into()) }
    });
    assert_eq!(end, Err("enough".into()));
}

/// Movies that a camera took, in a folder beside the project's; where it is absent, that is said.
fn real(name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let data = std::env::var_os("TROMPE_DATA").map_or(beside, PathBuf::from);
    let folder = data.join("video").join(name);
    if !folder.is_dir() {
        eprintln!("SKIPPED, NOT TESTED: movies that a camera took, because {} is absent", folder.display());
        return None;
    }
    Some(folder)
}

fn real_world(folder: &Path, given: f64, reversed: bool, side: usize) -> MovieWorld {
    let mut spec = spec(folder, reversed);
    spec.settings.insert(super::super::movies::SETTING.into(), Setting::Number(given));
    MovieWorld::build(&spec, side).expect("movies")
}

#[test]
fn real_movies_change_slowly_and_run_backward_frame_by_frame() {
    for folder in ["driving", "street", "walkers"].into_iter().filter_map(real) {
        let [forward, backward] =
            [false, true].map(|reversed| real_world(&folder, 8.0, reversed, 32).drawn(&["real"], 60).expect("clips"));
        let plane = forward.plane();
        let mut near_and_far = [0.0; 2];
        for clip in 0..60 {
            let frames = |held: &crate::painting::Held| -> Vec<Vec<f32>> {
                let given = held.given[clip * held.stride()..(clip + 1) * held.stride()].chunks_exact(plane);
                given.chain([&held.wanted[clip * plane..(clip + 1) * plane]]).map(<[f32]>::to_vec).collect()
            };
            let frames = [frames(&forward), frames(&backward)];
            assert!(frames[0].iter().eq(frames[1].iter().rev()), "the same frames, the other way round");
            let differ =
                |one: &[f32], other: &[f32]| one.iter().zip(other).map(|(a, b)| f64::from((a - b).abs())).sum::<f64>();
            near_and_far[0] += differ(&frames[0][0], &frames[0][1]);
            near_and_far[1] += differ(&frames[0][0], &frames[0][8]);
        }
        // Frames in any other order would be as far from the next as from the eighth.
        assert!(
            near_and_far[0] > 0.0 && near_and_far[0] < 0.8 * near_and_far[1],
            "{}: {near_and_far:?}",
            folder.display()
        );
    }
}

#[test]
fn the_view_of_a_car_that_drives_ahead_expands_and_shrinks_backward() {
    use trompe_psychophysics::motion::Plane;
    use trompe_psychophysics::motion::lucas_kanade::{Dense, dense};
    let Some(folder) = real("driving") else { return };
    let [ahead, back] = [false, true].map(|reversed| {
        let held = real_world(&folder, 1.0, reversed, 80).drawn(&["real"], 60).expect("clips");
        let green = |codes: &[f32]| {
            let plane = codes[6400..12800].iter().map(|&code| f64::from(code)).collect();
            Plane::new(plane, [80, 80]).expect("a plane")
        };
        let clips = held.given.chunks_exact(held.stride()).zip(held.wanted.chunks_exact(held.plane()));
        // Slope of the shift along each axis over the place, by least squares through all windows.
        let slopes = clips.map(|(now, next)| {
            let found = dense(&green(now), &green(next), Dense { window: 16, step: 8 }).expect("flow");
            let count = found.len() as f64;
            let slope = |axis: usize| {
                let place = found.iter().map(|vector| vector.place[axis]).sum::<f64>() / count;
                let sums = found.iter().map(|vector| vector.place[axis] - place).zip(&found);
                let [up, down] = sums
                    .fold([0.0; 2], |[up, down], (from, vector)| [up + from * vector.shift[axis], down + from * from]);
                up / down
            };
            slope(0) + slope(1)
        });
        slopes.sum::<f64>() / 60.0
    });
    eprintln!("expansion {ahead}, {back}");
    assert!(ahead > 0.0 && back < 0.0, "expansion {ahead} ahead, {back} backward");
}
