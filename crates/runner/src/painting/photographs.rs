//! Photographs of one's own: every PNG of a folder. In place of drawn scenes, patches are cut at random; in place of drawn movies, the
//! same camera moves over them.
//!
//! # Units
//! sRGB codes become linear RGB from 0 to 1. The pictures' content, not where they lie, goes into what is computed from them.
//!
//! # Departures
//! JPEG is refused: most such files hold color at half the resolution of lightness, and its blocks; what is asked here is how color changes
//! within a few pixels. So are pictures that are transparent anywhere, and animations.

use crate::experiment::{Setting, WorldSpec};
use crate::identity::sha256_hex;
use image::DynamicImage;
use image::codecs::png::PngDecoder;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use trompe_stimuli::Image;
use trompe_stimuli::color::to_linear;

/// The folder that a world names.
pub fn folder(spec: &WorldSpec) -> Option<&Path> {
    match spec.settings.get(WorldSpec::PHOTOGRAPHS) {
        Some(Setting::Text(folder)) => Some(Path::new(folder)),
        Some(_) | None => None,
    }
}

/// Puts the content of its photographs into the world, if it names any.
///
/// # Errors
/// A folder or file that cannot be read.
pub fn identify(spec: &mut WorldSpec) -> Result<(), String> {
    if let Some(folder) = folder(spec) {
        spec.settings.insert(WorldSpec::PHOTOGRAPHS_CONTENT.into(), Setting::Text(content_of(folder)?));
    }
    Ok(())
}

/// The hash of the PNG files of a folder, in the order of their names.
///
/// # Errors
/// A folder or file that cannot be read.
pub fn content_of(folder: &Path) -> Result<String, String> {
    let bytes: Vec<String> = files(folder)?.iter().map(|file| content(file)).collect::<Result<_, _>>()?;
    Ok(sha256_hex(bytes.join("\n").as_bytes()))
}

fn content(file: &Path) -> Result<String, String> {
    fs::read(file).map(|bytes| sha256_hex(&bytes)).map_err(|error| format!("{}: {error}", file.display()))
}

/// The PNG files of a folder by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let failed =
        |error: std::io::Error| format!("{}: {error}; `photographs` names a folder of PNG files", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            Some("png") => files.push(path),
            Some("jpg" | "jpeg") => {
                return Err(format!(
                    "{}: JPEG is not read, since most such files hold color at half the resolution; save it as PNG from a source without chroma \
                     subsampling, or take it out of the folder",
                    path.display()
                ));
            }
            Some(_) | None => {}
        }
    }
    if files.is_empty() {
        return Err(format!("{}: holds no PNG file", folder.display()));
    }
    files.sort();
    Ok(files)
}

/// All photographs of a folder, linear RGB, of at least so many pixels along each side; `what` needs them.
///
/// # Errors
/// A file that is no PNG, an animation, transparent anywhere or too small.
pub fn read(folder: &Path, least: usize, what: &str) -> Result<Vec<Image>, String> {
    let one = |file: &PathBuf| {
        let named = |why: String| format!("{}: {why}", file.display());
        let picture = opaque(file).map_err(named)?.into_rgb16();
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        if width.min(height) < least {
            return Err(named(format!("{width} × {height} pixels are smaller than {what}")));
        }
        let plane = width * height;
        let mut data = vec![0.0; 3 * plane];
        for (at, pixel) in picture.pixels().enumerate() {
            (0..3).for_each(|c| data[c * plane + at] = to_linear(f64::from(pixel.0[c]) / 65535.0) as f32);
        }
        Ok(Image { channels: 3, height, width, data })
    };
    files(folder)?.iter().map(one).collect()
}

/// A picture in which something is seen everywhere.
fn opaque(file: &Path) -> Result<DynamicImage, String> {
    let said = |error: image::ImageError| error.to_string();
    let bytes = fs::read(file).map_err(|error| error.to_string())?;
    let decoder = PngDecoder::new(Cursor::new(bytes)).map_err(said)?;
    if decoder.is_apng().map_err(said)? {
        return Err("is an animation, which `frames` of a world `movies` can name; here still pictures are read".into());
    }
    let picture = DynamicImage::from_decoder(decoder).map_err(said)?;
    if picture.color().has_alpha() {
        let clear =
            picture.to_rgba16().enumerate_pixels().find(|(_, _, pixel)| pixel.0[3] < u16::MAX).map(|(x, y, _)| (x, y));
        if let Some((column, row)) = clear {
            return Err(format!(
                "is transparent at row {row}, column {column}, and nothing says what is seen there; put it on a ground"
            ));
        }
    }
    Ok(picture)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Settings;
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    fn spec(folder: &Path) -> WorldSpec {
        let folder = Setting::Text(folder.display().to_string());
        let settings = Settings::from([(WorldSpec::PHOTOGRAPHS.to_owned(), folder)]);
        WorldSpec { name: "own".into(), id: "scenes".into(), settings, encoding: "srgb".into() }
    }

    #[test]
    fn codes_become_light_and_content_names_the_world_wherever_it_lies() {
        let [here, there] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        for folder in [&here, &there] {
            let picture = RgbImage::from_pixel(4, 3, Rgb([255, 188, 0]));
            picture.save(folder.path().join("a.png")).expect("a picture");
        }
        let read = read(here.path(), 3, "a patch").expect("photographs");
        assert_eq!((read.len(), read[0].shape()), (1, [3, 3, 4]));
        // sRGB 188 is half the light, within a code.
        assert!(read[0].data[0] == 1.0 && (read[0].data[12] - 0.5).abs() < 0.004 && read[0].data[24] == 0.0);
        let name = |folder: &Path| {
            let mut spec = spec(folder);
            identify(&mut spec).expect("photographs");
            spec.content()
        };
        assert_eq!(name(here.path()), name(there.path()), "where they lie does not count");
        RgbImage::from_pixel(4, 3, Rgb([254, 188, 0])).save(there.path().join("a.png")).expect("a picture");
        assert_ne!(name(here.path()), name(there.path()), "what they hold does");
    }

    #[test]
    fn what_cannot_be_used_is_refused_by_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let said = |least: usize| read(folder.path(), least, "a patch").expect_err("a refusal");
        assert!(said(1).contains("holds no PNG file"));
        RgbImage::new(4, 3).save(folder.path().join("a.png")).expect("a picture");
        assert!(said(4).contains("a.png: 4 × 3 pixels are smaller"));
        // Transparent in one pixel, then opaque everywhere: the channel alone is no reason.
        let mut picture = RgbaImage::from_pixel(4, 3, Rgba([9, 9, 9, 255]));
        picture.put_pixel(2, 1, Rgba([9, 9, 9, 254]));
        picture.save(folder.path().join("b.png")).expect("a picture");
        assert!(said(1).contains("b.png: is transparent at row 1, column 2"), "{}", said(1));
        picture.put_pixel(2, 1, Rgba([9, 9, 9, 255]));
        picture.save(folder.path().join("b.png")).expect("a picture");
        assert_eq!(read(folder.path(), 1, "a patch").expect("photographs").len(), 2);
        fs::write(folder.path().join("b.png"), b"no picture").expect("a file");
        assert!(said(1).contains("b.png"));
        fs::write(folder.path().join("c.JPG"), b"").expect("a file");
        assert!(said(1).contains("c.JPG: JPEG is not read"));
        assert!(
            read(&folder.path().join("none"), 1, "a patch").expect_err("a refusal").contains("a folder of PNG files")
        );
    }
}
