//! Color: the printed sRGB formula, and `palette` as a second implementation.

use crate::support::{code, linear};
use palette::color_difference::EuclideanDistance;
use palette::{IntoColor, Lab, LinSrgb, Srgb};
use trompe_stimuli::color::{from_lab, from_srgb8, luminance, to_code, to_lab, to_linear};
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
