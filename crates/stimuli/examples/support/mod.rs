//! Contact sheets, for the examples that draw them.

use std::error::Error;
use std::path::Path;
use trompe_stimuli::{Encoding, Image, encode};

/// RGB pictures of equal size, set in rows and enlarged by whole pixels.
pub struct Sheet {
    columns: usize,
    enlarge: usize,
    tiles: Vec<(usize, Vec<[u8; 3]>)>,
}

impl Sheet {
    /// Sheets of so many columns.
    pub fn new(columns: usize, enlarge: usize) -> Self {
        Self { columns, enlarge, tiles: Vec::new() }
    }

    /// One picture, codes from 0 to 1.
    pub fn add(&mut self, shape: [usize; 3], codes: &[f32]) {
        let plane = shape[1] * shape[2];
        let byte = |value: f32| (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
        let pixel = |at: usize| [0, 1, 2].map(|channel: usize| byte(codes[channel.min(shape[0] - 1) * plane + at]));
        self.tiles.push((shape[2], (0..plane).map(pixel).collect()));
    }

    /// One picture in linear light.
    pub fn add_image(&mut self, image: &Image) {
        self.add(image.shape(), &encode(image, Encoding::Srgb));
    }

    /// Writes a PNG.
    pub fn save(&self, path: &Path) -> Result<(), Box<dyn Error>> {
        let Some((width, first)) = self.tiles.first() else { return Ok(()) };
        let (width, height) = (*width, first.len() / width);
        let pitch = [width * self.enlarge + 4, height * self.enlarge + 4];
        let rows = self.tiles.len().div_ceil(self.columns);
        let mut out = image::RgbImage::from_pixel(
            (pitch[0] * self.columns) as u32,
            (pitch[1] * rows) as u32,
            image::Rgb([60, 0, 60]),
        );
        for (at, (_, pixels)) in self.tiles.iter().enumerate() {
            let corner = [(at % self.columns) * pitch[0] + 2, (at / self.columns) * pitch[1] + 2];
            for y in 0..height * self.enlarge {
                for x in 0..width * self.enlarge {
                    let pixel = pixels[y / self.enlarge * width + x / self.enlarge];
                    out.put_pixel((corner[0] + x) as u32, (corner[1] + y) as u32, image::Rgb(pixel));
                }
            }
        }
        out.save(path)?;
        Ok(())
    }
}
