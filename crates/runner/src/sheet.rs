//! Pictures for people: 8-bit PNG of linear images, and contact sheets.

use image::{GrayImage, ImageEncoder as _, Luma, Rgb, RgbImage};
use imageproc::drawing::draw_hollow_rect_mut;
use imageproc::rect::Rect;
use trompe_stimuli::{Encoding, Image, encode};

/// Space between pictures of a sheet, pixels.
const GAP: u32 = 4;

/// An 8-bit sRGB picture of a linear image; gray images become neutral colors.
pub fn picture(image: &Image) -> RgbImage {
    let code = encode(image, Encoding::Srgb);
    from_code(&code, [image.channels, image.height, image.width])
}

/// An 8-bit picture of sRGB code values `[channels, height, width]`, clipped to 0–1.
pub fn from_code(code: &[f32], [channels, height, width]: [usize; 3]) -> RgbImage {
    let plane = height * width;
    RgbImage::from_fn(width as u32, height as u32, |x, y| {
        let at = y as usize * width + x as usize;
        let byte =
            |channel: usize| (code[channel.min(channels - 1) * plane + at].clamp(0.0, 1.0) * 255.0).round() as u8;
        Rgb([byte(0), byte(1), byte(2)])
    })
}

/// An 8-bit gray picture of values from 0 to 1, `[height, width]`, clipped.
pub fn gray(values: &[f32], [height, width]: [usize; 2]) -> GrayImage {
    GrayImage::from_fn(width as u32, height as u32, |x, y| {
        Luma([(values[y as usize * width + x as usize].clamp(0.0, 1.0) * 255.0).round() as u8])
    })
}

/// PNG bytes of a gray picture.
pub fn gray_png(picture: &GrayImage) -> Result<Vec<u8>, image::ImageError> {
    let mut bytes = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    encoder.write_image(picture, picture.width(), picture.height(), image::ExtendedColorType::L8)?;
    Ok(bytes)
}

/// PNG bytes.
pub fn png(picture: &RgbImage) -> Result<Vec<u8>, image::ImageError> {
    let mut bytes = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    encoder.write_image(picture, picture.width(), picture.height(), image::ExtendedColorType::Rgb8)?;
    Ok(bytes)
}

/// Pictures in rows of `columns`, each enlarged `zoom` times without smoothing, framed and spaced.
pub fn sheet(pictures: &[RgbImage], columns: usize, zoom: u32) -> RgbImage {
    let width = pictures.iter().map(RgbImage::width).max().unwrap_or(1) * zoom + GAP;
    let height = pictures.iter().map(RgbImage::height).max().unwrap_or(1) * zoom + GAP;
    let columns = columns.clamp(1, pictures.len().max(1));
    let rows = pictures.len().div_ceil(columns).max(1);
    let mut sheet =
        RgbImage::from_pixel(width * columns as u32 + GAP, height * rows as u32 + GAP, Rgb([255, 255, 255]));
    for (at, picture) in pictures.iter().enumerate() {
        let (left, top) = ((at % columns) as u32 * width + GAP, (at / columns) as u32 * height + GAP);
        let (wide, high) = (picture.width() * zoom, picture.height() * zoom);
        for (x, y) in (0..high).flat_map(|y| (0..wide).map(move |x| (x, y))) {
            sheet.put_pixel(left + x, top + y, *picture.get_pixel(x / zoom, y / zoom));
        }
        let frame = Rect::at(left as i32 - 1, top as i32 - 1).of_size(wide + 2, high + 2);
        draw_hollow_rect_mut(&mut sheet, frame, Rgb([160, 160, 160]));
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_values_become_bytes_and_are_clipped() {
        let picture = from_code(&[0.0, 0.5, 1.0, 1.5], [1, 2, 2]);
        let bytes: Vec<u8> = picture.pixels().map(|pixel| pixel.0[0]).collect();
        assert_eq!(bytes, [0, 128, 255, 255]);
    }

    #[test]
    fn a_sheet_has_room_for_every_picture() {
        let picture = RgbImage::new(8, 6);
        let sheet = sheet(&vec![picture; 5], 3, 2);
        // By hand: 3 columns of 16 + 4, 2 rows of 12 + 4, and one gap before.
        assert_eq!(sheet.dimensions(), (3 * 20 + 4, 2 * 16 + 4));
    }
}
