//! Movies of one's own, as a user gets them: what is taken, and what is said of each that is not. The oracle is the message; the program
//! that decodes movies is one of the test's own, on a PATH of the test's own.

use super::lab::{Lab, Said, text};
use std::fs;

const FILE: &str = r#"schema = 1
id = "tiny"
title = "Tiny snakes"
question = "Does the program keep its promises?"
status = "pilot" # 5
seeds = 1
budget_minutes = 2
[training]
steps = 6
batch = 4 # 10
checkpoints = 2
first_checkpoint = 3
loss = "squared_error"
optimizer = { id = "adamw", learning_rate = 0.003 }
[[world]] # 15
name = "movies"
id = "movies"
settings = { SETTINGS }
[[network]]
name = "residual" # 20
residual = true
layers = [{ conv = 4, kernel = 3, padding = 1 }, { picture = 3 }]
[[observer]]
rule = "backprop"
[battery] # 25
illusion = "snakes"
size_px = 16
canvas_px = 96
gray_levels = 2
scenes = 2 # 30
jitters = 2
closed = 6
linear_pictures = 16
linear_side = 3
[competence] # 35
images = 16
gate_accuracy = 0.02
[analysis]
reference = "backprop"
bootstrap = 100 # 40
"#;

/// A folder with pictures of 70 × 70 pixels, a GIF of six frames, one of a single frame, and a movie that no decoder here reads.
fn lab() -> Lab {
    let lab = Lab::new();
    let picture = |frame: u32| {
        image::RgbaImage::from_fn(70, 70, |x, y| image::Rgba([(x + frame) as u8, 3 * (y / 8) as u8, 90, 255]))
    };
    for folder in ["pictures", "small", "mixed", "programs"] {
        fs::create_dir_all(lab.path(folder)).expect("a folder");
    }
    picture(0).save(lab.path("pictures/a.png")).expect("a picture");
    picture(0).save(lab.path("mixed/000.png")).expect("a picture");
    image::imageops::crop_imm(&picture(0), 0, 0, 65, 70).to_image().save(lab.path("small/a.png")).expect("a picture");
    for (name, frames) in [("six.gif", 6), ("one.gif", 1)] {
        let mut bytes = Vec::new();
        let frames = (0..frames).map(|frame| image::Frame::new(picture(frame)));
        image::codecs::gif::GifEncoder::new(&mut bytes).encode_frames(frames).expect("a GIF");
        lab.write(name, bytes);
    }
    let six = fs::read(lab.path("six.gif")).expect("a GIF");
    lab.write("cut.gif", &six[..six.len() / 2]);
    lab.write("mixed/six.gif", six);
    let frames = (0..6).flat_map(|frame| {
        let rgb = image::DynamicImage::from(picture(frame)).into_rgb8().into_raw();
        b"P6\n70 70\n255\n".iter().copied().chain(rgb)
    });
    lab.write("a movie.mp4", frames.collect::<Vec<u8>>());
    lab
}

/// What `check` says of a world with these settings, where programs are searched for in one folder only.
fn check(lab: &Lab, settings: &str) -> Said {
    lab.write("x.toml", FILE.replace("SETTINGS", settings));
    Said::of(lab.command("check x.toml").env("PATH", lab.path("programs")).output().expect("the program starts"))
}

#[test]
fn photographs_and_animations_are_taken() {
    let lab = lab();
    for settings in [
        "photographs = \"pictures\"",
        "photographs = \"pictures\", reversed = true, channels = \"matched\", polarity = \"symmetric\", rotation = false",
        "photographs = \"small\", saccades = false, camera_sd_px = 2, pause_share = 0.2, given = 2",
        "frames = \"six.gif\"",
        "frames = \"six.gif\", reversed = true, given = 5",
    ] {
        check(&lab, settings).ended(0);
    }
}

#[test]
fn what_cannot_be_taken_is_refused_with_file_and_reason() {
    let lab = lab();
    for (settings, parts) in [
        ("photographs = \"small\"", ["small/a.png", "65 × 70 pixels are smaller than 66"]),
        ("photographs = \"pictures\", planted = true", ["`planted`", "belongs to drawn leaves"]),
        ("photographs = \"pictures\", own_sd_px = 0.1", ["`own_sd_px`", "belongs to drawn leaves"]),
        ("photographs = \"pictures\", frames = \"six.gif\"", ["`frames` and `photographs`", "leave one out"]),
        ("photographs = \"none\"", ["none", "names a folder of PNG files"]),
        ("frames = \"six.gif\", channels = \"gray\"", ["`channels`", "belongs to drawn movies"]),
        ("frames = \"six.gif\", given = 6", ["six.gif", "6 frames; 7 that follow each other"]),
        ("frames = \"one.gif\"", ["one.gif", "a single frame, nothing that moves"]),
        ("frames = \"cut.gif\"", ["cut.gif", "frame"]),
        ("frames = \"pictures/a.png\"", ["pictures/a.png", "is a still picture"]),
        ("frames = \"mixed\"", ["mixed/000.png", "a frame beside whole clips"]),
        ("frames = \"none.mp4\"", ["none.mp4", "a folder of PNG frames, an animation or a movie"]),
        ("frames = \"a movie.mp4\"", ["a movie.mp4", "`ffmpeg`, which is not on the PATH; install ffmpeg"]),
    ] {
        check(&lab, settings).ended(2).says(&["x.toml:18:12", parts[0], parts[1]]);
    }
}

#[cfg(unix)]
#[test]
fn other_movies_are_decoded_by_ffmpeg_on_the_path() {
    use std::os::unix::fs::PermissionsExt as _;
    let lab = lab();
    let program = |text: &str| {
        lab.write("programs/ffmpeg", text);
        fs::set_permissions(lab.path("programs/ffmpeg"), fs::Permissions::from_mode(0o755)).expect("a program");
    };
    // Tells what it was given, and writes the file that it is to read.
    program(
        "#!/bin/sh\nprintf '%s\\n' \"$@\" > given.txt\nwhile [ \"$1\" != -i ]; do shift; done\n/bin/cat \"${2#file:}\"\n",
    );
    check(&lab, "frames = \"a movie.mp4\"").ended(0);
    let given = text(&lab.path("given.txt"));
    let given: Vec<&str> = given.lines().collect();
    assert!(given.windows(2).any(|pair| pair == ["-i", "file:a movie.mp4"]), "{given:?}");
    assert!(given.windows(2).any(|pair| pair == ["-protocol_whitelist", "file"]), "no network: {given:?}");
    check(&lab, "frames = \"a movie.mp4\", given = 6").ended(2).says(&["a movie.mp4: 6 frames; 7"]);
    program("#!/bin/sh\necho 'Invalid data found' >&2\nexit 1\n");
    check(&lab, "frames = \"a movie.mp4\"").ended(2).says(&["a movie.mp4: `ffmpeg` says: Invalid data found"]);
}

#[cfg(unix)]
#[test]
fn a_movie_is_named_by_its_decoded_frames() {
    use std::os::unix::fs::PermissionsExt as _;
    let lab = lab();
    // A file of this kind has a line of its own before the frames.
    lab.write(
        "programs/ffmpeg",
        "#!/bin/sh\nwhile [ \"$1\" != -i ]; do shift; done\n{ read -r line; /bin/cat; } < \"${2#file:}\"\n",
    );
    fs::set_permissions(lab.path("programs/ffmpeg"), fs::Permissions::from_mode(0o755)).expect("a program");
    let frames = fs::read(lab.path("a movie.mp4")).expect("a movie");
    let mut changed = frames.clone();
    changed[40] ^= 1;
    let plan = |name: &str, line: &str, frames: &[u8]| {
        lab.write(name, [line.as_bytes(), b"\n", frames].concat());
        lab.write("x.toml", FILE.replace("SETTINGS", &format!("frames = \"{name}\"")));
        let mut command = lab.command("plan x.toml --json");
        Said::of(command.env("PATH", lab.path("programs")).output().expect("the program starts")).ended(0).out
    };
    let first = plan("one.mov", "made today", &frames);
    assert_eq!(first, plan("other.webm", "made tomorrow", &frames), "neither name nor packing counts");
    assert_ne!(first, plan("one.mov", "made today", &changed), "one bit of one frame does");
}
