//! Other movies, decoded by the program `ffmpeg` where there is one.
//!
//! The program writes each frame as a picture of the portable pixmap format (`P6`, a header with width and height, then bytes) into a
//! pipe. It is started without a shell and may open no other file and no network.
//!
//! # Units
//! Bytes are sRGB codes, as the program converts them: at full resolution of color, by the arithmetic that is the same on every
//! processor.
//!
//! # Errors
//! No such program; whatever it reports as an error, even if it goes on after it: a clip with a damaged frame has motion that nobody
//! filmed.
//!
//! # Departures
//! Of several tracks the first of pictures is taken. Frames are taken in their order, each once, whatever their times: without that,
//! the program would repeat frames to keep a rate. Pixels are taken as square, lines as of one time. Most movies hold color at half the
//! resolution of lightness, and blocks; one scaled down to half the pixels holds it at all of them.

use super::reel::Take;
use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, ErrorKind, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

/// The program, as it is searched for along the PATH.
pub const PROGRAM: &str = "ffmpeg";

/// What is said of the program where it is missing.
const MEND: &str = "install ffmpeg, or turn the movie into PNG frames elsewhere (`ffmpeg -i movie folder/%05d.png`) \
                    and name their folder";

/// Before the name of the movie.
const BEFORE: [&str; 7] = ["-nostdin", "-v", "error", "-xerror", "-protocol_whitelist", "file", "-i"];

/// After it. Times are numbered anew so that no version of the program repeats or drops a frame.
const AFTER: [&str; 15] = [
    "-map",
    "0:v:0",
    "-vf",
    "settb=1/25,setpts=N",
    "-r",
    "25",
    "-sws_flags",
    "bicubic+accurate_rnd+full_chroma_int+bitexact",
    "-pix_fmt",
    "rgb24",
    "-c:v",
    "ppm",
    "-f",
    "image2pipe",
    "-",
];

/// Why no more frames are read.
enum Stop {
    /// They are not wanted.
    Refused(String),
    /// They are no pictures.
    Broken(String),
}

/// A program that is ended, at the latest, with this.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself: then there is nothing to end.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Hands out the frames of a movie.
///
/// # Errors
/// See the module; whatever `take` refuses.
pub fn decode(program: &OsStr, file: &Path, take: &mut Take<'_>) -> Result<(), String> {
    let mut started = Command::new(program);
    started.args(BEFORE).arg(url(file)).args(AFTER);
    started.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let name = Path::new(program).display();
    let mut running = Running(started.spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound => format!("such movies need the program `{name}`, which is not on the PATH; {MEND}"),
        _ => format!("the program `{name}` does not start: {error}; {MEND}"),
    })?);
    let pipes = running.0.stdout.take().zip(running.0.stderr.take());
    let (pictures, mut errors) = pipes.ok_or("a program without pipes")?;
    // Read beside the pictures, so that the program never waits for it.
    let errors = thread::spawn(move || {
        let mut said = Vec::new();
        errors.read_to_end(&mut said).map(|_| said)
    });
    let fed = feed(BufReader::new(pictures), take);
    if let Err(Stop::Refused(why)) = fed {
        return Err(why);
    }
    let status = running.0.wait().map_err(|error| error.to_string())?;
    let said = errors.join().map_err(|_| "its errors could not be read")?.map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&said);
    match (said.lines().find(|line| !line.trim().is_empty()), status.success(), fed) {
        (Some(line), ..) => Err(format!("`{name}` says: {}", line.trim())),
        (None, false, _) => Err(format!("`{name}` ended with {status} and said nothing")),
        (None, true, Err(Stop::Broken(why) | Stop::Refused(why))) => Err(format!("`{name}` wrote no pictures: {why}")),
        (None, true, Ok(())) => Ok(()),
    }
}

/// A file and nothing else, whatever its name begins with.
fn url(file: &Path) -> OsString {
    let mut url = OsString::from("file:");
    url.push(file);
    url
}

/// Picture after picture, until there are no more.
fn feed(mut pictures: impl BufRead, take: &mut Take<'_>) -> Result<(), Stop> {
    let broken = |error: std::io::Error| Stop::Broken(error.to_string());
    let mut rgb = Vec::new();
    while !pictures.fill_buf().map_err(broken)?.is_empty() {
        let [width, height] = head(&mut pictures)?;
        rgb.resize(3 * width * height, 0);
        pictures.read_exact(&mut rgb).map_err(broken)?;
        take([width, height], &rgb).map_err(Stop::Refused)?;
    }
    Ok(())
}

/// Width and height of the next picture, from the three lines before its bytes.
fn head(pictures: &mut impl BufRead) -> Result<[usize; 2], Stop> {
    let mut line = || {
        let mut line = String::new();
        // No header has longer lines; what is none may have no lines at all.
        let read = pictures.by_ref().take(64).read_line(&mut line);
        read.map(|_| line.trim_end().to_owned()).map_err(|error| Stop::Broken(error.to_string()))
    };
    let [magic, size, most] = [line()?, line()?, line()?];
    let sizes: Option<Vec<usize>> = size.split(' ').map(|side| side.parse().ok()).collect();
    match sizes.as_deref() {
        Some(&[width @ 1..=16384, height @ 1..=16384]) if magic == "P6" && most == "255" => Ok([width, height]),
        Some(_) | None => Err(Stop::Broken(format!("a picture begins with `{magic}`, `{size}`, `{most}`"))),
    }
}
