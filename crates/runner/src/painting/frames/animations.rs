//! Animated GIF and APNG.
//!
//! # Units
//! Frames are composed as the file says (partial frames, disposal, blending) and taken in their order, each once: delays are not looked
//! at. Bytes are sRGB codes.
//!
//! # Errors
//! Files that end too early or are damaged anywhere; a still picture; frames that are transparent anywhere, since a file does not say what
//! is seen there.
//!
//! # Departures
//! GIF holds 256 colors a frame, often as a pattern of dots that changes from frame to frame, which is motion that no thing made. APNG of
//! 16 bits a color is not read. A first picture of an APNG that does not belong to its animation is left out.

use super::reel::Take;
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::{AnimationDecoder as _, Frames, ImageDecoder as _, Limits};
use std::fs::{self, File};
use std::io::{BufReader, Cursor};
use std::path::Path;

/// Whether a PNG file is an animation; what cannot be read is none.
pub fn is_animated(png: &Path) -> bool {
    let decoder = File::open(png).ok().and_then(|file| PngDecoder::new(BufReader::new(file)).ok());
    decoder.is_some_and(|decoder| decoder.is_apng().unwrap_or_default())
}

/// Hands out the frames of a GIF or PNG file.
///
/// # Errors
/// See the module; whatever `take` refuses.
pub fn decode(file: &Path, take: &mut Take<'_>) -> Result<(), String> {
    let bytes = Cursor::new(fs::read(file).map_err(|error| error.to_string())?);
    let said = |error: image::ImageError| error.to_string();
    if super::ending(file) == "gif" {
        let mut decoder = GifDecoder::new(bytes).map_err(said)?;
        decoder.set_limits(Limits::default()).map_err(said)?;
        return hand(decoder.into_frames(), take);
    }
    let decoder = PngDecoder::with_limits(bytes, Limits::default()).map_err(said)?;
    if !decoder.is_apng().map_err(said)? {
        return Err("is a still picture: name its folder, or an animation".into());
    }
    hand(decoder.apng().map_err(said)?.into_frames(), take)
}

fn hand(frames: Frames<'_>, take: &mut Take<'_>) -> Result<(), String> {
    for (number, frame) in (1..).zip(frames) {
        let frame = frame.map_err(|error| format!("frame {number}: {error}"))?.into_buffer();
        if let Some((column, row, _)) = frame.enumerate_pixels().find(|(_, _, pixel)| pixel.0[3] < 255) {
            return Err(format!(
                "frame {number} is transparent at row {row}, column {column}, and nothing says what is seen there; put \
                 the animation on a ground, for instance `magick FILE -coalesce -background white -alpha remove OTHER`"
            ));
        }
        let rgb: Vec<u8> = frame.pixels().flat_map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2]]).collect();
        take([frame.width() as usize, frame.height() as usize], &rgb)?;
    }
    Ok(())
}
