//! Movies of one's own: folders of PNG frames, patches of which are cut at random, the same patch in frames that follow each other.
//!
//! # Units
//! Frames are taken in the order of their names. Codes are handed on as they are. Their content, not where they lie, goes into what is
//! computed from them.
//!
//! # Departures
//! A folder is one clip; where it holds folders, each of these is one. Whatever else the file system holds is left alone, but JPEG is
//! refused, as for photographs.

use super::photographs;
use crate::experiment::{Setting, WorldSpec};
use std::fs;
use std::path::{Path, PathBuf};
use trompe_stimuli::color::to_codes;

/// A clip: codes `[3, height, width]` of each frame.
pub struct Clip {
    height: usize,
    width: usize,
    frames: Vec<Vec<f32>>,
}

/// The folder that a world names.
pub fn folder(spec: &WorldSpec) -> Option<&Path> {
    match spec.settings.get(WorldSpec::FRAMES) {
        Some(Setting::Text(folder)) => Some(Path::new(folder)),
        Some(_) | None => None,
    }
}

/// Puts the content of its frames into the world, if it names any.
///
/// # Errors
/// A folder or file that cannot be read.
pub fn identify(spec: &mut WorldSpec) -> Result<(), String> {
    if let Some(folder) = folder(spec) {
        let content: Vec<String> =
            clips(folder)?.iter().map(|clip| photographs::content_of(clip)).collect::<Result<_, _>>()?;
        let content = crate::identity::sha256_hex(content.join("\n").as_bytes());
        spec.settings.insert(WorldSpec::FRAMES_CONTENT.into(), Setting::Text(content));
    }
    Ok(())
}

/// The folders of clips, by name.
fn clips(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let failed =
        |error: std::io::Error| format!("{}: {error}; `frames` names a folder of PNG frames", folder.display());
    let mut clips = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            clips.push(path);
        }
    }
    clips.sort();
    Ok(if clips.is_empty() { vec![folder.to_path_buf()] } else { clips })
}

/// All clips of a folder, with at least so many frames each of at least `side` × `side` pixels.
///
/// # Errors
/// A file that is no PNG, a clip that is too short, frames that are too small or of several sizes.
pub fn read(folder: &Path, side: usize, least: usize) -> Result<Vec<Clip>, String> {
    let one = |clip: &PathBuf| {
        let images = photographs::read(clip, side)?;
        let [height, width] = [images[0].height, images[0].width];
        if images.len() < least {
            return Err(format!(
                "{}: {} frames; {least} that follow each other are needed",
                clip.display(),
                images.len()
            ));
        }
        if images.iter().any(|image| (image.height, image.width) != (height, width)) {
            return Err(format!("{}: frames of one clip must have one size", clip.display()));
        }
        let frames = images.into_iter().map(|image| to_codes(image.data)).collect();
        Ok(Clip { height, width, frames })
    };
    clips(folder)?.iter().map(one).collect()
}

impl Clip {
    /// How many frames can be the first of so many.
    pub fn starts(&self, frames: usize) -> usize {
        (self.frames.len() + 1).saturating_sub(frames)
    }

    /// Rows and columns at which a patch may begin.
    pub fn places(&self, side: usize) -> [usize; 2] {
        [self.height + 1 - side, self.width + 1 - side]
    }

    /// A patch `[3, side, side]` of a frame.
    pub fn patch(&self, frame: usize, [row, column]: [usize; 2], side: usize) -> Vec<f32> {
        let plane = self.height * self.width;
        let line = |at: usize| {
            let from = at / side * plane + (row + at % side) * self.width + column;
            &self.frames[frame][from..from + side]
        };
        (0..3 * side).flat_map(line).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::painting::MovieWorld;
    use image::{Rgb, RgbImage};

    /// Frames whose pixels say where they are: row, column, number of the frame.
    fn write(folder: &Path, frames: u8) {
        fs::create_dir_all(folder).expect("a folder");
        for frame in 0..frames {
            let picture = RgbImage::from_fn(20, 12, |x, y| Rgb([y as u8, x as u8, frame]));
            picture.save(folder.join(format!("{frame:03}.png"))).expect("a frame");
        }
    }

    fn spec(folder: &Path, reversed: bool) -> WorldSpec {
        let mut settings: crate::experiment::Settings =
            [(WorldSpec::FRAMES.to_owned(), Setting::Text(folder.display().to_string()))].into();
        if reversed {
            settings.insert("reversed".into(), Setting::Flag(true));
        }
        WorldSpec { name: "own".into(), id: WorldSpec::MOVIES.into(), settings, encoding: "srgb".into() }
    }

    #[test]
    fn the_same_patch_is_cut_from_frames_that_follow_each_other_and_time_can_be_reversed() {
        let folder = tempfile::tempdir().expect("a folder");
        write(&folder.path().join("one"), 6);
        write(&folder.path().join("two"), 9);
        for (reversed, step) in [(false, 1), (true, -1)] {
            let world = MovieWorld::build(&spec(folder.path(), reversed), 8).expect("movies");
            let held = world.drawn(&["frames"], 40).expect("clips");
            assert_eq!(held.shape(), [40, 9, 8, 8]);
            let code = |value: f32| (value * 255.0).round() as i32;
            for (given, next) in held.given.chunks_exact(held.stride()).zip(held.wanted.chunks_exact(held.plane())) {
                let frames: Vec<&[f32]> = given.chunks_exact(held.plane()).chain([next]).collect();
                let first = [0, 64, 128].map(|at| code(frames[0][at]));
                for (number, frame) in (0..).zip(&frames) {
                    for pixel in 0..64 {
                        let wanted = [first[0] + pixel / 8, first[1] + pixel % 8, first[2] + step * number];
                        assert_eq!([0, 64, 128].map(|at| code(frame[at + pixel as usize])), wanted);
                    }
                }
            }
        }
    }

    #[test]
    fn content_names_the_world_and_what_cannot_be_used_is_refused_by_name() {
        let [here, there] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        write(here.path(), 6);
        write(there.path(), 6);
        let name = |folder: &Path| {
            let mut spec = spec(folder, false);
            identify(&mut spec).expect("frames");
            spec.content()
        };
        assert_eq!(name(here.path()), name(there.path()), "where they lie does not count");
        write(there.path(), 7);
        assert_ne!(name(here.path()), name(there.path()), "what they hold does");
        let said = |folder: &Path, side| MovieWorld::build(&spec(folder, false), side).err().expect("a refusal");
        assert!(said(here.path(), 16).contains("smaller than a patch of 16"));
        assert!(said(&here.path().join("none"), 8).contains("a folder of PNG frames"));
        let short = tempfile::tempdir().expect("a folder");
        write(short.path(), 3);
        assert!(said(short.path(), 8).contains("3 frames; 4"));
        let mut mixed = spec(here.path(), false);
        mixed.settings.insert("planted".into(), Setting::Flag(true));
        assert!(MovieWorld::build(&mixed, 8).err().expect("a refusal").contains("`planted` belongs to drawn movies"));
    }
}
