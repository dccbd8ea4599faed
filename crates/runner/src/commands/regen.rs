//! `trompe stimuli regen`: draws a stimulus again from the recipe in its PNG, and says whether the pixels are the same.

use super::run::say;
use super::{CommandError, CommandResult, Ending, print};
use crate::recipe::{self, Recipe};
use crate::sheet;
use crate::store::write_whole;
use image::RgbImage;
use std::fs;
use std::path::Path;

/// Draws again from the chunk alone. What is drawn is written to `out` even where it differs, to be looked at.
pub fn regen(file: &Path, out: Option<&Path>) -> CommandResult {
    let usage = |why: String| CommandError::Usage(format!("{}: {why}", file.display()));
    let bytes = fs::read(file).map_err(|error| usage(error.to_string()))?;
    let before = recipe::of_png(&bytes).map_err(usage)?;
    let there = image::load_from_memory(&bytes).map_err(|error| usage(error.to_string()))?.to_rgb8();
    let stimulus = before.draw().map_err(|why| usage(format!("text chunk `{}`: {why}", recipe::KEYWORD)))?;
    let picture = sheet::picture(&stimulus.image);
    let now = Recipe { pixels_sha256: recipe::hash(&stimulus), ..before.clone() };
    if let Some(out) = out {
        write_whole(out, &recipe::png(&picture, &now).map_err(CommandError::Internal)?)?;
    }
    let mut differences = Vec::new();
    if now.pixels_sha256 != before.pixels_sha256 {
        differences.push(format!("drawn with pixels {}, now {}", before.pixels_sha256, now.pixels_sha256));
    }
    differences.extend(difference(&there, &picture));
    if differences.is_empty() {
        print(&format!("{}: the same pixels ({})\n", file.display(), now.pixels_sha256))?;
        return Ok(Ending::Done);
    }
    differences.iter().for_each(|why| say(&format!("{}: {why}", file.display())));
    Ok(Ending::CheckFailed)
}

/// How two pictures differ, if they do.
fn difference(there: &RgbImage, drawn: &RgbImage) -> Option<String> {
    if there.dimensions() != drawn.dimensions() {
        let [(wide, high), (width, height)] = [there.dimensions(), drawn.dimensions()];
        return Some(format!("the file has {wide} × {high} pixels, the recipe draws {width} × {height}"));
    }
    let other: Vec<(u32, u32)> = there
        .enumerate_pixels()
        .filter(|(x, y, pixel)| *pixel != drawn.get_pixel(*x, *y))
        .map(|(x, y, _)| (x, y))
        .collect();
    let &(x, y) = other.first()?;
    let (was, is) = (there.get_pixel(x, y).0, drawn.get_pixel(x, y).0);
    Some(format!("{} pixels of the file differ; the first at x {x}, y {y}: {was:?}, drawn {is:?}", other.len()))
}

#[cfg(test)]
mod tests {
    use super::difference;
    use image::{Rgb, RgbImage};

    #[test]
    fn differences_are_counted_and_placed() {
        let one = RgbImage::new(4, 3);
        assert_eq!(difference(&one, &one), None);
        let mut other = one.clone();
        other.put_pixel(2, 1, Rgb([0, 9, 0]));
        other.put_pixel(3, 2, Rgb([1, 0, 0]));
        let said = difference(&other, &one).expect("two pixels differ");
        assert_eq!(said, "2 pixels of the file differ; the first at x 2, y 1: [0, 9, 0], drawn [0, 0, 0]");
        assert!(difference(&one, &RgbImage::new(3, 4)).expect("sizes differ").contains("4 × 3 pixels"));
    }
}
