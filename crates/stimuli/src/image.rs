//! Pictures in linear light, and their encoding for networks and files.

use crate::color;

/// A picture in linear light, `[channels, height, width]`, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// 1 (luminance) or 3 (linear red, green, blue).
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Values from 0 to 1.
    pub data: Vec<f32>,
}

/// How a linear picture becomes numbers for a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// The sRGB transfer function: code values from 0 to 1.
    Srgb,
    /// As it is.
    Linear,
}

impl Image {
    /// Channels, height, width.
    pub fn shape(&self) -> [usize; 3] {
        [self.channels, self.height, self.width]
    }

    /// sRGB codes of 8 bits, channels first: what a PNG stores, and a stable input for hashes.
    pub fn bytes(&self) -> Vec<u8> {
        encode(self, Encoding::Srgb).iter().map(|code| (code.clamp(0.0, 1.0) * 255.0 + 0.5) as u8).collect()
    }

    /// sRGB codes of 16 bits, channels first, low byte first: a finer input for hashes.
    pub fn bytes_16(&self) -> Vec<u8> {
        encode(self, Encoding::Srgb)
            .iter()
            .flat_map(|code| ((code.clamp(0.0, 1.0) * 65535.0 + 0.5) as u16).to_le_bytes())
            .collect()
    }

    /// Mean of all values.
    pub fn mean(&self) -> f64 {
        self.data.iter().map(|&value| f64::from(value)).sum::<f64>() / self.data.len() as f64
    }
}

/// Remembers recent conversions: pictures have few distinct values.
struct Recent {
    known: [(u32, f32); 64],
}

impl Recent {
    fn new(convert: impl Fn(f32) -> f32) -> Self {
        Self { known: [(0, convert(0.0)); 64] }
    }

    fn convert(&mut self, value: f32, convert: impl Fn(f32) -> f32) -> f32 {
        let bits = value.to_bits();
        let slot = &mut self.known[(bits.wrapping_mul(0x9E37_79B1) >> 26) as usize];
        if slot.0 != bits {
            *slot = (bits, convert(value));
        }
        slot.1
    }
}

/// The picture as a network gets it; same layout.
pub fn encode(image: &Image, encoding: Encoding) -> Vec<f32> {
    match encoding {
        Encoding::Linear => image.data.clone(),
        Encoding::Srgb => converted(&image.data, color::to_code_f32),
    }
}

/// Back to linear light. Values outside 0 to 1 (noise) continue the curve, mirrored below 0.
pub fn decode(values: &[f32], encoding: Encoding) -> Vec<f32> {
    match encoding {
        Encoding::Linear => values.to_vec(),
        Encoding::Srgb => converted(values, |code| color::to_linear(f64::from(code)) as f32),
    }
}

fn converted(values: &[f32], convert: impl Fn(f32) -> f32) -> Vec<f32> {
    let mut recent = Recent::new(&convert);
    values.iter().map(|&value| recent.convert(value, &convert)).collect()
}
