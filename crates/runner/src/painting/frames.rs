//! Movies of one's own: folders of PNG frames, animated GIF and APNG, and movies that `ffmpeg` decodes. Patches are cut at random, the same
//! patch in frames that follow each other.
//!
//! | what is named | clips |
//! |---|---|
//! | a folder of PNG frames | one, in the order of the files' names |
//! | an animated GIF or APNG (`animations`) | one |
//! | any other file (`ffmpeg`) | one |
//! | a folder with some of these | one for each, in the order of their names |
//!
//! # Units
//! Codes are handed on as they are. Content, not where it lies, goes into what is computed: of PNG, GIF and APNG the files' bytes; of other
//! movies the decoded frames, so that another version of the decoder cannot pass for the same movie.
//!
//! # Errors
//! What cannot be read, is cut off, too small, too short or of several sizes, by file and reason.
//!
//! # Departures
//! In a folder, movies are known by the endings in [`MOVIES`]; whatever else the file system holds is left alone. But single PNG frames
//! beside whole clips are refused, and so is JPEG where frames are looked for, as for photographs.

mod animations;
mod ffmpeg;
mod reel;

use super::photographs;
use crate::experiment::{Setting, WorldSpec};
use crate::identity::sha256_hex;
use reel::{Reel, Take};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use trompe_stimuli::color::to_codes;

use animations::is_animated;

/// Endings by which movies are known in a folder.
const MOVIES: [&str; 16] =
    ["3gp", "avi", "flv", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "mxf", "ogv", "ts", "webm", "wmv", "y4m"];
/// Most that the decoded frames of animations and movies of a world may take.
const LARGEST_BYTES: usize = 4 << 30;

/// A clip: codes `[3, height, width]` of each frame.
pub struct Clip {
    height: usize,
    width: usize,
    frames: Vec<Vec<f32>>,
}

/// What the world names.
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
        let content: Vec<String> = clips(folder)?.iter().map(Found::content).collect::<Result<_, _>>()?;
        let content = sha256_hex(content.join("\n").as_bytes());
        spec.settings.insert(WorldSpec::FRAMES_CONTENT.into(), Setting::Text(content));
    }
    Ok(())
}

/// A clip among files.
enum Found {
    Folder(PathBuf),
    Animation(PathBuf),
    Movie(PathBuf),
}

/// The ending of a file's name, in small letters.
fn ending(file: &Path) -> String {
    file.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// All clips, by name.
fn clips(named: &Path) -> Result<Vec<Found>, String> {
    let failed = |error: std::io::Error| {
        format!("{}: {error}; `frames` names a folder of PNG frames, an animation or a movie", named.display())
    };
    if fs::metadata(named).map_err(failed)?.is_file() {
        return Found::file(named).map(|found| vec![found]);
    }
    let mut paths: Vec<PathBuf> = fs::read_dir(named)
        .map_err(failed)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    paths.sort();
    let mut still = None;
    let mut clips = Vec::new();
    for path in paths {
        match ending(&path).as_str() {
            _ if path.is_dir() => clips.push(Found::Folder(path)),
            "png" if !is_animated(&path) => still = still.or(Some(path)),
            "png" | "apng" | "gif" => clips.push(Found::Animation(path)),
            ending if MOVIES.contains(&ending) => clips.push(Found::Movie(path)),
            _ => {}
        }
    }
    match still {
        _ if clips.is_empty() => Ok(vec![Found::Folder(named.to_path_buf())]),
        Some(still) => Err(format!(
            "{}: a frame beside whole clips; put the frames of a clip into a folder of their own",
            still.display()
        )),
        None => Ok(clips),
    }
}

impl Found {
    fn file(path: &Path) -> Result<Self, String> {
        match ending(path).as_str() {
            "jpg" | "jpeg" => Err(format!("{}: JPEG is no movie, and is not read as a frame", path.display())),
            "png" | "apng" | "gif" => Ok(Self::Animation(path.to_path_buf())),
            _ => Ok(Self::Movie(path.to_path_buf())),
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Folder(path) | Self::Animation(path) | Self::Movie(path) => path,
        }
    }

    fn named(&self, why: impl std::fmt::Display) -> String {
        format!("{}: {why}", self.path().display())
    }

    /// The hash of what it holds.
    fn content(&self) -> Result<String, String> {
        match self {
            Self::Folder(folder) => photographs::content_of(folder),
            Self::Animation(file) => fs::read(file).map(|bytes| sha256_hex(&bytes)).map_err(|error| self.named(error)),
            Self::Movie(_) => {
                let mut frames = Vec::new();
                self.decode(&mut |[width, height], rgb| {
                    frames.push(format!("{width} {height} {}", sha256_hex(rgb)));
                    Ok(())
                })?;
                Ok(sha256_hex(frames.join("\n").as_bytes()))
            }
        }
    }

    /// Hands out the frames of a file.
    fn decode(&self, take: &mut Take<'_>) -> Result<(), String> {
        match self {
            Self::Folder(_) => Err("a folder is not decoded".into()),
            Self::Animation(file) => animations::decode(file, take),
            Self::Movie(file) => ffmpeg::decode(OsStr::new(ffmpeg::PROGRAM), file, take),
        }
        .map_err(|why| self.named(why))
    }

    /// The clip, and how many bytes of room are left of those given.
    fn read(&self, (side, least): (usize, usize), room: usize) -> Result<(Clip, usize), String> {
        if let Self::Folder(folder) = self {
            return stills(folder, side, least).map(|clip| (clip, room));
        }
        let mut reel = Reel::new(side, room);
        self.decode(&mut |size, rgb| reel.take(size, rgb))?;
        reel.finish(least).map_err(|why| self.named(why))
    }
}

/// A clip of single frames.
fn stills(folder: &Path, side: usize, least: usize) -> Result<Clip, String> {
    let named = |why: String| format!("{}: {why}", folder.display());
    let images = photographs::read(folder, side, &format!("a patch of {side}"))?;
    enough(images.len(), least).map_err(named)?;
    let [height, width] = [images[0].height, images[0].width];
    if images.iter().any(|image| (image.height, image.width) != (height, width)) {
        return Err(named("frames of one clip must have one size".into()));
    }
    let frames = images.into_iter().map(|image| to_codes(image.data)).collect();
    Ok(Clip { height, width, frames })
}

/// Whether so many frames are enough.
fn enough(frames: usize, least: usize) -> Result<(), String> {
    let counted = match frames {
        1 => "a single frame, nothing that moves".to_owned(),
        _ => format!("{frames} frames"),
    };
    if frames >= least { Ok(()) } else { Err(format!("{counted}; {least} that follow each other are needed")) }
}

/// All clips that are named, with at least so many frames each of at least `side` × `side` pixels.
///
/// # Errors
/// See the module.
pub fn read(named: &Path, side: usize, least: usize) -> Result<Vec<Clip>, String> {
    let mut room = LARGEST_BYTES;
    let mut one = |found: &Found| {
        let (clip, left) = found.read((side, least), room)?;
        room = left;
        Ok(clip)
    };
    clips(named)?.iter().map(&mut one).collect()
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
mod tests;
