//! The sRGB transfer function and CIELAB (D65), written with `libm` so that the bits are the same everywhere.
//!
//! # Source
//! IEC 61966-2-1 (transfer function, primaries), CIE 15 (CIELAB), sharma2005 (CIEDE2000).

use std::sync::LazyLock;

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

/// Cells of the table of codes, equal in the root of light, where the curve is nearly straight.
const CELLS: usize = 4096;
/// Least light on the curve; below it the code is a multiple of it.
const TOE: f32 = 0.003_130_8;

/// The curve of [`to_code_f32`] at the corners of its cells, the toe left out.
static CODES: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let root = |cell: usize| cell as f64 / CELLS as f64;
    (0..=CELLS + 1).map(|cell| (1.055 * libm::pow(root(cell), 2.0 / 2.4) - 0.055) as f32).collect()
});

/// sRGB codes of light, clipped to 0 to 1, straight between 4096 places of a table: for pictures whose
/// values all differ. Off by less than 1e-6.
pub fn to_codes(linear: impl IntoIterator<Item = f32>) -> Vec<f32> {
    let table = CODES.as_slice();
    let code = |value: f32| {
        let value = value.clamp(0.0, 1.0);
        if value <= TOE {
            return value * 12.92;
        }
        let place = value.sqrt() * CELLS as f32;
        let cell = place as usize;
        table[cell] + (table[cell + 1] - table[cell]) * (place - cell as f32)
    };
    linear.into_iter().map(code).collect()
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

/// CIE 1931 tristimulus values of a linear RGB color; white has Y = 1.
pub fn to_xyz(linear: [f64; 3]) -> [f64; 3] {
    times(TO_XYZ, linear)
}

/// Linear RGB of tristimulus values; outside the gamut the channels leave 0 to 1.
pub fn from_xyz(xyz: [f64; 3]) -> [f64; 3] {
    times(FROM_XYZ, xyz)
}

/// Whether a display can show a linear RGB color.
pub fn in_gamut(linear: [f64; 3]) -> bool {
    linear.iter().all(|channel| (0.0..=1.0).contains(channel))
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

/// Lightness, chroma and hue of a CIELAB color; the hue in degrees, from 0 to 360, counted from +a* to +b*. A gray has hue 0.
pub fn to_lch([lightness, a, b]: [f64; 3]) -> [f64; 3] {
    [lightness, (a * a + b * b).sqrt(), hue_deg(a, b)]
}

fn hue_deg(a: f64, b: f64) -> f64 {
    if a == 0.0 && b == 0.0 {
        return 0.0;
    }
    let hue = libm::atan2(b, a).to_degrees();
    if hue < 0.0 { hue + 360.0 } else { hue }
}

/// Color difference CIEDE2000 of two CIELAB colors, all parametric factors 1.
pub fn delta_e_2000(one: [f64; 3], other: [f64; 3]) -> f64 {
    let chromas = [one, other].map(|lab| to_lch(lab)[1]);
    // Near gray a* is stretched.
    let stretch = 1.5 - 0.5 * saturation((chromas[0] + chromas[1]) / 2.0);
    let [first, second] = [one, other].map(|[lightness, a, b]| to_lch([lightness, stretch * a, b]));
    let gray = first[1] * second[1] == 0.0;
    let turn = if gray { 0.0 } else { second[2] - first[2] };
    // The shorter way round the circle of hues, and the middle of it.
    let short = turn - 360.0 * f64::from(u8::from(turn > 180.0)) + 360.0 * f64::from(u8::from(turn < -180.0));
    let hue = if gray { first[2] + second[2] } else { middle_hue_deg(first[2], second[2]) };
    let (lightness, chroma) = ((first[0] + second[0]) / 2.0, (first[1] + second[1]) / 2.0);
    let waves = 1.0 - 0.17 * cos_deg(hue - 30.0) + 0.24 * cos_deg(2.0 * hue) + 0.32 * cos_deg(3.0 * hue + 6.0)
        - 0.2 * cos_deg(4.0 * hue - 63.0);
    let bright = (lightness - 50.0) * (lightness - 50.0);
    let by_lightness = (second[0] - first[0]) / (1.0 + 0.015 * bright / (20.0 + bright).sqrt());
    let by_chroma = (second[1] - first[1]) / (1.0 + 0.045 * chroma);
    let arc = 2.0 * (first[1] * second[1]).sqrt() * libm::sin((short / 2.0).to_radians());
    let by_hue = arc / (1.0 + 0.015 * chroma * waves);
    let off_blue = (hue - 275.0) / 25.0;
    let rotation = -2.0 * saturation(chroma) * libm::sin((60.0 * libm::exp(-off_blue * off_blue)).to_radians());
    let square = by_lightness * by_lightness + by_chroma * by_chroma + by_hue * by_hue + rotation * by_chroma * by_hue;
    square.max(0.0).sqrt()
}

/// √(C⁷ / (C⁷ + 25⁷)): 0 for grays, 1 for strong colors.
fn saturation(chroma: f64) -> f64 {
    let seventh = libm::pow(chroma, 7.0);
    (seventh / (seventh + 6_103_515_625.0)).sqrt()
}

fn cos_deg(angle: f64) -> f64 {
    libm::cos(angle.to_radians())
}

fn middle_hue_deg(one: f64, other: f64) -> f64 {
    let sum = one + other;
    if (one - other).abs() <= 180.0 {
        sum / 2.0
    } else if sum < 360.0 {
        sum / 2.0 + 180.0
    } else {
        sum / 2.0 - 180.0
    }
}
