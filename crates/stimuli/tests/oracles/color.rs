//! Color: the printed sRGB formula, and `palette` as a second implementation.

use crate::support::{code, linear};
use palette::color_difference::{Ciede2000, EuclideanDistance};
use palette::{IntoColor, Lab, Lch, LinSrgb, Srgb};
use trompe_stimuli::color::{
    delta_e_2000, from_lab, from_srgb8, from_xyz, in_gamut, luminance, to_code, to_lab, to_lch, to_linear, to_xyz,
};
use trompe_stimuli::{Encoding, Image, decode, encode};

fn steps() -> impl Iterator<Item = f64> {
    (0..=4096).map(|step| f64::from(step) / 4096.0)
}

fn lab(linear: [f64; 3]) -> Lab<palette::white_point::D65, f64> {
    LinSrgb::new(linear[0], linear[1], linear[2]).into_color()
}

#[test]
fn the_transfer_function_is_the_printed_one() {
    for x in steps() {
        assert!((to_linear(x) - linear(x)).abs() < 1e-12, "{x}");
        assert!((to_code(x) - code(x)).abs() < 1e-12, "{x}");
        assert!((to_linear(-x) + to_linear(x)).abs() == 0.0, "odd at {x}");
    }
    // Printed pairs: middle gray 188 is half the light, code 0.5 is 21.4 %.
    assert!((to_linear(0.5) - 0.214041140).abs() < 1e-8);
    assert!((to_code(0.5) - 0.735356983).abs() < 1e-8);
}

#[test]
fn the_transfer_function_agrees_with_palette() {
    for byte in 0..=255u8 {
        let other: LinSrgb<f64> = Srgb::new(byte, 0, 255 - byte).into_format::<f64>().into_linear();
        let ours = from_srgb8([byte, 0, 255 - byte]);
        assert!((ours[0] - other.red).abs() < 1e-6 && (ours[2] - other.blue).abs() < 1e-6, "{byte}");
    }
}

#[test]
fn pictures_are_encoded_by_the_same_formula_and_come_back() {
    let data: Vec<f32> = steps().map(|x| x as f32).collect();
    let image = Image { channels: 1, height: 1, width: data.len(), data: data.clone() };
    let codes = encode(&image, Encoding::Srgb);
    for (value, encoded) in data.iter().zip(&codes) {
        assert!((f64::from(*encoded) - code(f64::from(*value))).abs() < 1e-6, "{value}");
    }
    for (value, back) in data.iter().zip(decode(&codes, Encoding::Srgb)) {
        assert!((value - back).abs() < 2e-6, "{value} {back}");
    }
    assert_eq!(encode(&image, Encoding::Linear), data);
    let bytes = image.bytes();
    assert_eq!((bytes[0], bytes[bytes.len() - 1]), (0, 255));
    assert_eq!(image.bytes_16().len(), 2 * data.len());
}

#[test]
fn bytes_are_rounded_codes() {
    for byte in 0..=255u8 {
        let value = linear(f64::from(byte) / 255.0) as f32;
        let image = Image { channels: 1, height: 1, width: 1, data: vec![value] };
        assert_eq!(image.bytes(), [byte]);
    }
}

#[test]
fn cielab_agrees_with_palette() {
    for red in (0..=10).map(|k| f64::from(k) / 10.0) {
        for (green, blue) in [(0.0, 0.0), (0.3, 0.8), (1.0, 0.002), (red, red)] {
            let ours = to_lab([red, green, blue]);
            let theirs = lab([red, green, blue]);
            let apart = Lab::new(ours[0], ours[1], ours[2]).distance(theirs);
            assert!(apart < 0.02, "{red} {green} {blue}: {ours:?} v {theirs:?}");
            let back = from_lab(ours);
            assert!([red, green, blue].iter().zip(back).all(|(a, b)| (a - b).abs() < 1e-6));
        }
    }
}

#[test]
fn luminance_is_the_share_of_the_primaries() {
    assert!((luminance([1.0, 1.0, 1.0]) - 1.0).abs() < 1e-12);
    assert!((luminance([0.0, 1.0, 0.0]) - 0.7152).abs() < 1e-12);
}

/// Table 1 of Sharma, Wu and Dalal (2005): two CIELAB colors and their CIEDE2000, to four decimals.
const SHARMA: [([f64; 3], [f64; 3], f64); 34] = [
    ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
    ([50.0, 3.1571, -77.2803], [50.0, 0.0, -82.7485], 2.8615),
    ([50.0, 2.8361, -74.02], [50.0, 0.0, -82.7485], 3.4412),
    ([50.0, -1.3802, -84.2814], [50.0, 0.0, -82.7485], 1.0),
    ([50.0, -1.1848, -84.8006], [50.0, 0.0, -82.7485], 1.0),
    ([50.0, -0.9009, -85.5211], [50.0, 0.0, -82.7485], 1.0),
    ([50.0, 0.0, 0.0], [50.0, -1.0, 2.0], 2.3669),
    ([50.0, -1.0, 2.0], [50.0, 0.0, 0.0], 2.3669),
    ([50.0, 2.49, -0.001], [50.0, -2.49, 0.0009], 7.1792),
    ([50.0, 2.49, -0.001], [50.0, -2.49, 0.001], 7.1792),
    ([50.0, 2.49, -0.001], [50.0, -2.49, 0.0011], 7.2195),
    ([50.0, 2.49, -0.001], [50.0, -2.49, 0.0012], 7.2195),
    ([50.0, -0.001, 2.49], [50.0, 0.0009, -2.49], 4.8045),
    ([50.0, -0.001, 2.49], [50.0, 0.001, -2.49], 4.8045),
    ([50.0, -0.001, 2.49], [50.0, 0.0011, -2.49], 4.7461),
    ([50.0, 2.5, 0.0], [50.0, 0.0, -2.5], 4.3065),
    ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
    ([50.0, 2.5, 0.0], [61.0, -5.0, 29.0], 22.8977),
    ([50.0, 2.5, 0.0], [56.0, -27.0, -3.0], 31.903),
    ([50.0, 2.5, 0.0], [58.0, 24.0, 15.0], 19.4535),
    ([50.0, 2.5, 0.0], [50.0, 3.1736, 0.5854], 1.0),
    ([50.0, 2.5, 0.0], [50.0, 3.2972, 0.0], 1.0),
    ([50.0, 2.5, 0.0], [50.0, 1.8634, 0.5757], 1.0),
    ([50.0, 2.5, 0.0], [50.0, 3.2592, 0.335], 1.0),
    ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
    ([63.0109, -31.0961, -5.8663], [62.8187, -29.7946, -4.0864], 1.263),
    ([61.2901, 3.7196, -5.3901], [61.4292, 2.248, -4.962], 1.8731),
    ([35.0831, -44.1164, 3.7933], [35.0232, -40.0716, 1.5901], 1.8645),
    ([22.7233, 20.0904, -46.694], [23.0331, 14.973, -42.5619], 2.0373),
    ([36.4612, 47.858, 18.3852], [36.2715, 50.5065, 21.2231], 1.4146),
    ([90.8027, -2.0831, 1.441], [91.1528, -1.6435, 0.0447], 1.4441),
    ([90.9257, -0.5406, -0.9208], [88.6381, -0.8985, -0.7239], 1.5381),
    ([6.7747, -0.2908, -2.4247], [5.8714, -0.0985, -2.2286], 0.6377),
    ([2.0776, 0.0795, -1.135], [0.9033, -0.0636, -0.5514], 0.9082),
];

#[test]
fn color_differences_are_the_published_ones() {
    for (one, other, expected) in SHARMA {
        // Pairs 10 and 14 lie on a jump of the formula, where hues are 180 degrees apart to the last bit: either side is right there.
        let forth = delta_e_2000(one, other);
        assert!((forth - expected).abs() < 1e-4, "{one:?} {other:?}: {forth}, published {expected}");
        assert_eq!(delta_e_2000(one, one), 0.0);
    }
    // Negative control: the older difference, the distance in CIELAB, misses almost all of them.
    let plain = |one: [f64; 3], other: [f64; 3]| (0..3).map(|at| (one[at] - other[at]).powi(2)).sum::<f64>().sqrt();
    let missed = SHARMA.iter().filter(|(one, other, expected)| (plain(*one, *other) - expected).abs() > 0.05).count();
    assert!(missed > 30, "{missed}");
}

#[test]
fn color_differences_and_hues_agree_with_palette() {
    let colors: Vec<[f64; 3]> = (0..5)
        .flat_map(|l| (0..7).map(move |k| (l, k)))
        .map(|(l, k)| {
            let (sin, cos) = (f64::from(k) * 0.9).sin_cos();
            [12.0 + 19.0 * f64::from(l), 7.0 * f64::from(k + 1) * cos, 7.0 * f64::from(k + 1) * sin]
        })
        .collect();
    let theirs = |lab: [f64; 3]| Lab::<palette::white_point::D65, f64>::new(lab[0], lab[1], lab[2]);
    for &one in &colors {
        let lch: Lch<palette::white_point::D65, f64> = theirs(one).into_color();
        let ours = to_lch(one);
        assert!((ours[1] - lch.chroma).abs() < 1e-9 && (ours[2] - lch.hue.into_positive_degrees()).abs() < 1e-9);
        for &other in &colors {
            // Where two hues lie about red, palette takes a middle above 360 degrees and the publication one above 0: up to 1e-4.
            let (ours, palette) = (delta_e_2000(one, other), theirs(one).difference(theirs(other)));
            assert!((ours - palette).abs() < 1e-3, "{one:?} {other:?}: {ours} {palette}");
        }
    }
    assert_eq!(to_lch([50.0, 0.0, 0.0]), [50.0, 0.0, 0.0], "a gray has hue 0");
}

#[test]
fn tristimulus_values_of_white_are_those_of_d65_and_come_back() {
    // Luminance of the white is 1, its x and y are those of D65.
    let white = to_xyz([1.0; 3]);
    let sum: f64 = white.iter().sum();
    assert!((white[0] / sum - 0.3127).abs() < 1e-4 && (white[1] / sum - 0.3290).abs() < 1e-4, "{white:?}");
    let back = from_xyz(to_xyz([0.2, 0.5, 0.9]));
    assert!(back.iter().zip([0.2, 0.5, 0.9]).all(|(a, b)| (a - b).abs() < 1e-6));
    assert!(in_gamut([0.0, 1.0, 0.5]) && !in_gamut([0.0, 1.01, 0.5]) && !in_gamut([f64::NAN; 3]));
}
