//! Tasks: closed forms. A light of gains can be taken off again, an edge blurs to the normal distribution, noise has
//! its spread.

use crate::support::{code, linear};
use trompe_stimuli::scenes::Picture;
use trompe_stimuli::tasks::{self, Posed, constancy, deblur, denoise};
use trompe_stimuli::{StimulusError, stream};

const SIZE: usize = 32;
const PLANE: usize = SIZE * SIZE;

/// A picture by a rule from channel, row and column.
fn picture(rule: impl Fn(usize, usize, usize) -> f64) -> Picture {
    let value = |at: usize| rule(at / PLANE, at % PLANE / SIZE, at % SIZE) as f32;
    let lit: Vec<f32> = (0..3 * PLANE).map(value).collect();
    Picture { size: SIZE, reflectance: Some(lit.iter().map(|value| value * 0.5 + 0.1).collect()), lit }
}

/// Grays and colors that no gain drives beyond white.
fn mixed() -> Picture {
    picture(|channel, row, column| 0.02 + 0.4 * ((row * 7 + column * 3 + channel * 5) % 29) as f64 / 29.0)
}

fn pose(id: &str, picture: &Picture, seed: u64) -> Posed {
    (tasks::find(id).unwrap().pose)(picture, &mut stream(seed)).unwrap()
}

fn is_coded(codes: &[f32], linears: &[f32]) -> bool {
    codes.iter().zip(linears).all(|(found, &value)| (f64::from(*found) - code(f64::from(value))).abs() < 2e-6)
}

#[test]
fn the_list_holds_what_the_folder_holds_in_order() {
    let path = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/tasks");
    let files = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let mut stems: Vec<String> = files.map(|file| file.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    stems.retain(|stem| stem != "mod");
    stems.sort();
    assert_eq!(tasks::ALL.iter().map(|entry| entry.id).collect::<Vec<_>>(), stems);
    assert!(
        tasks::ALL.iter().all(|entry| tasks::find(entry.id).unwrap().id == entry.id) && tasks::find("none").is_none()
    );
}

#[test]
fn every_task_is_the_same_from_the_same_stream_and_has_the_picture_as_its_target() {
    let picture = mixed();
    for entry in tasks::ALL {
        let posed = pose(entry.id, &picture, 81);
        assert_eq!(posed, pose(entry.id, &picture, 81), "{}", entry.id);
        assert_eq!((posed.input.len(), posed.target.len()), (3 * PLANE, 3 * PLANE), "{}", entry.id);
        let target = if entry.id == "reflectance" { picture.reflectance.as_ref().unwrap() } else { &picture.lit };
        assert!(is_coded(&posed.target, target), "{}", entry.id);
    }
}

#[test]
fn codes_are_those_of_the_printed_curve_from_black_to_white_and_clipped_beyond() {
    // Evenly in light, and evenly in the root of light, where the toe is.
    for power in [1, 2, 4] {
        let sweep = picture(|channel, row, column| {
            ((channel * PLANE + row * SIZE + column) as f64 / (3 * PLANE - 1) as f64).powi(power)
        });
        let posed = pose("reconstruct", &sweep, 80);
        for (found, &value) in posed.target.iter().zip(&sweep.lit) {
            assert!((f64::from(*found) - code(f64::from(value))).abs() < 1e-6, "{value}: {found}");
        }
        assert!(posed.target.is_sorted(), "no step back");
    }
    let beyond = pose("reconstruct", &picture(|channel, _, _| [-0.1, 1.5, 0.0][channel]), 80);
    assert_eq!([0, PLANE, 2 * PLANE].map(|at| beyond.target[at]), [0.0, 1.0, 0.0]);
}

#[test]
fn reconstruction_and_reflectance_show_the_lit_picture() {
    let picture = mixed();
    let posed = pose("reconstruct", &picture, 82);
    assert_eq!(posed.input, posed.target);
    let posed = pose("reflectance", &picture, 82);
    assert!(is_coded(&posed.input, &picture.lit) && posed.input != posed.target);
    let photograph = Picture { reflectance: None, ..mixed() };
    let refused = (tasks::find("reflectance").unwrap().pose)(&photograph, &mut stream(1)).unwrap_err();
    assert_eq!(refused, StimulusError::NoReflectance("reflectance"));
    assert!(tasks::ALL.iter().filter(|entry| (entry.pose)(&photograph, &mut stream(1)).is_ok()).count() == 4);
}

#[test]
fn neutral_light_changes_nothing_and_a_gain_multiplies_linear_light_until_white() {
    let picture = mixed();
    let posed = constancy::under(&picture, [1.0; 3]);
    assert_eq!(posed.input, posed.target);
    let posed = constancy::under(&picture, [2.0, 1.0, 0.5]);
    for (at, (input, target)) in posed.input.iter().zip(&posed.target).enumerate() {
        let gain = [2.0, 1.0, 0.5][at / PLANE];
        assert!((linear(f64::from(*input)) - gain * linear(f64::from(*target))).abs() < 1e-5, "{at}");
    }
    // Negative control: a gain of codes is another one.
    let wrong = posed.input.iter().zip(&posed.target).take(PLANE).filter(|(a, b)| (**a - 2.0 * **b).abs() < 1e-3);
    assert!(wrong.count() < PLANE / 10);
    let bright = constancy::under(&self::picture(|_, _, _| 0.8), [2.0, 1.0, 0.5]);
    assert!(bright.input[..PLANE].iter().all(|&value| (value - 1.0).abs() < 1e-6), "clipped");
    assert!((f64::from(bright.input[2 * PLANE]) - code(0.4)).abs() < 1e-6);
}

#[test]
fn gains_are_log_uniform_from_a_half_to_two_and_independent() {
    let gray = picture(|_, _, _| 0.2);
    let mut rng = stream(83);
    let mut gains: Vec<[f64; 2]> = Vec::new();
    for _ in 0..4000 {
        let posed = (constancy::ENTRY.pose)(&gray, &mut rng).unwrap();
        let gain = |channel: usize| linear(f64::from(posed.input[channel * PLANE + 5])) / 0.2;
        assert!((gain(1) - 1.0).abs() < 1e-5, "green stays");
        gains.push([gain(0).log2(), gain(2).log2()]);
    }
    for axis in 0..2 {
        let mut octaves: Vec<f64> = gains.iter().map(|gain| gain[axis]).collect();
        octaves.sort_by(f64::total_cmp);
        // Uniform from −1 to 1: the largest gap to its distribution function has 1.95/√n at 0.1 % (Kolmogorov).
        let gap = |k: usize| ((octaves[k] + 1.0) / 2.0 - (k as f64 + 0.5) / octaves.len() as f64).abs();
        let largest = (0..octaves.len()).map(gap).fold(0.0, f64::max);
        assert!(largest < 1.95 / (octaves.len() as f64).sqrt(), "{largest}");
        assert!(octaves[0] >= -1.0 - 1e-4 && octaves[octaves.len() - 1] <= 1.0 + 1e-4);
        // Negative control: a gain that is uniform itself is off by far.
        let plain: Vec<f64> = octaves.iter().map(|octave| (0.5 + 1.5 * (octave + 1.0) / 2.0).log2()).collect();
        let gap = |k: usize| ((plain[k] + 1.0) / 2.0 - (k as f64 + 0.5) / plain.len() as f64).abs();
        assert!((0..plain.len()).map(gap).fold(0.0, f64::max) > 0.1);
    }
    let product = gains.iter().map(|[red, blue]| red * blue).sum::<f64>() / gains.len() as f64;
    // Variance of each is 1/3, so of the product 1/9; its mean over 4000 has sd 0.0053.
    assert!(product.abs() < 4.0 * 0.0053, "{product}");
}

#[test]
fn noise_has_its_spread_in_codes_and_no_mean() {
    let posed = pose("denoise", &mixed(), 84);
    let off: Vec<f64> = posed.input.iter().zip(&posed.target).map(|(a, b)| f64::from(a - b)).collect();
    let n = off.len() as f64;
    let mean = off.iter().sum::<f64>() / n;
    let sd = (off.iter().map(|value| value * value).sum::<f64>() / n).sqrt();
    let expected = 25.0 / 255.0;
    // Standard errors: sd/√n of the mean, sd/√(2n) of the sd.
    assert!(mean.abs() < 4.0 * expected / n.sqrt(), "{mean}");
    assert!((sd - expected).abs() < 4.0 * expected / (2.0 * n).sqrt(), "{sd}");
    assert_eq!(denoise::NOISE_SD, expected);
    let neighbors = off.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / n / (sd * sd);
    assert!(neighbors.abs() < 4.0 / n.sqrt(), "independent: {neighbors}");
    // Not clipped: on black, half of the codes lie below 0.
    let black = pose("denoise", &picture(|_, _, _| 0.0), 85);
    let below = black.input.iter().filter(|value| **value < 0.0).count();
    assert!((below as f64 - 1.5 * PLANE as f64).abs() < 4.0 * (0.75 * PLANE as f64).sqrt(), "{below}");
}

/// Printed values of the normal distribution function at 0.25, 0.75, 1.25, 1.75, 2.25 and 2.75 (tables of Φ).
const PHI: [f64; 6] = [0.598_706, 0.773_373, 0.894_350, 0.959_941, 0.987_776, 0.997_020];

#[test]
fn an_edge_blurs_to_the_normal_distribution() {
    // From black to white between columns 15 and 16: pixel 16 + k lies k + 0.5 pixels away, that is (k + 0.5)/2 sd.
    let upright = pose("deblur", &picture(|_, _, column| if column < 16 { 0.0 } else { 1.0 }), 86);
    let lying = pose("deblur", &picture(|_, row, _| if row < 16 { 0.0 } else { 1.0 }), 86);
    for (k, phi) in PHI.into_iter().enumerate() {
        for row in [0, 9, 31] {
            let [right, left] = [16 + k, 15 - k].map(|at| linear(f64::from(upright.input[row * SIZE + at])));
            assert!((right - phi).abs() < 2e-5 && (left - (1.0 - phi)).abs() < 2e-5, "{k}: {right} {left} {phi}");
            let below = linear(f64::from(lying.input[(16 + k) * SIZE + row]));
            assert!((below - phi).abs() < 2e-5, "{k}: {below} {phi}");
        }
    }
    assert_eq!(deblur::SIGMA_PX, 2.0);
    // Negative control: blurred in codes, the middle of the edge would be lighter in code than it is in light.
    assert!((f64::from(upright.input[16]) - PHI[0]).abs() > 0.1);
    // Uniform pictures stay, borders included, and light is kept where nothing reaches the border.
    let uniform = pose("deblur", &picture(|_, _, _| 0.3), 86);
    assert!(uniform.input.iter().zip(&uniform.target).all(|(a, b)| (a - b).abs() < 1e-5));
    let point = pose("deblur", &picture(|_, row, column| f64::from(u8::from(row == 16 && column == 15))), 86);
    let light: f64 = point.input[..PLANE].iter().map(|&value| linear(f64::from(value))).sum();
    assert!((light - 1.0).abs() < 1e-4, "{light}");
}
