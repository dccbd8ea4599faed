//! Models of brightness by filters: the outputs of multyscale; the equations in plain loops; symmetries.

use crate::table::{Row, assert_close, rows};
use std::collections::BTreeMap;
use trompe_psychophysics::NotMeasurable;
use trompe_psychophysics::odog::{Bank, GROUND, Model, target_mean};

/// White's effect with thick bars at some pixels per degree, on 32°: bars 2° wide on 12 × 16°, targets 4° high on the
/// third, which is black, and on the sixth.
pub fn white(ppd: usize) -> (Vec<f64>, [Vec<f32>; 2]) {
    let side = 32 * ppd;
    let mut picture = vec![0.5; side * side];
    let mut masks = [vec![0.0; side * side], vec![0.0; side * side]];
    for row in 10 * ppd..22 * ppd {
        for column in 8 * ppd..24 * ppd {
            let bar = column / (2 * ppd) - 4;
            let at = row * side + column;
            let target = [2, 5].iter().position(|&held| held == bar && (14 * ppd..18 * ppd).contains(&row));
            match target {
                Some(target) => masks[target][at] = 1.0,
                None => picture[at] = (bar % 2) as f64,
            }
        }
    }
    (picture, masks)
}

/// A picture without symmetry, from whole numbers.
fn pattern(side: usize) -> (Vec<f64>, [Vec<f32>; 2]) {
    let place = |at: usize| (at / side, at % side);
    let value = |(r, c): (usize, usize)| ((r * r * 7 + c * c * c * 3 + r * c * 11 + 5 * c) % 97) as f64 / 96.0;
    let picture = (0..side * side).map(place).map(value).collect();
    let mask = |inside: &dyn Fn(usize, usize) -> bool| {
        (0..side * side).map(place).map(|(r, c)| if inside(r, c) { 1.0 } else { 0.0 }).collect()
    };
    (picture, [mask(&|r, c| r < side / 2 && c < side / 3), mask(&|r, c| r >= side / 3 && c >= side / 2)])
}

fn drawn(name: &str, side: usize, ppd: usize) -> (Vec<f64>, [Vec<f32>; 2]) {
    if name == "white" { white(ppd) } else { pattern(side) }
}

/// Rows of the fixture by picture, side, pixels per degree and model.
fn cases(text: &str) -> BTreeMap<[String; 4], Vec<Row<'_>>> {
    let mut cases: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in rows(text) {
        let key = ["picture", "side_px", "ppd", "model"].map(|column| row.text(column).to_owned());
        cases.entry(key).or_default().push(row);
    }
    cases
}

/// Largest distance of an output from its oracle, as a share of the oracle's range.
fn apart(rows: &[Row<'_>], output: &[f64], masks: &[Vec<f32>; 2]) -> f64 {
    let side = output.len().isqrt();
    let extreme = |pick: fn(f64, f64) -> f64| output.iter().copied().reduce(pick).unwrap();
    let ours = |row: &Row<'_>| match row.text("row") {
        "target_1" => target_mean(output, &masks[0]).unwrap(),
        "target_2" => target_mean(output, &masks[1]).unwrap(),
        "range" => extreme(f64::max) - extreme(f64::min),
        number => output[number.parse::<usize>().unwrap() * side + row.number("column") as usize],
    };
    let range = rows.iter().find(|row| row.text("row") == "range").map(|row| row.number("value")).unwrap();
    rows.iter().map(|row| (ours(row) - row.number("value")).abs() / range).fold(0.0, f64::max)
}

#[test]
fn outputs_are_those_of_multyscale() {
    let cases = cases(include_str!("../fixtures/odog.csv"));
    assert_eq!(cases.len(), 12);
    for ([name, side, ppd, model], rows) in &cases {
        let (side, ppd): (usize, usize) = (side.parse().unwrap(), ppd.parse().unwrap());
        let (picture, masks) = drawn(name, side, ppd);
        let bank = Bank::new(side, ppd as f64).unwrap();
        let asked = Model::ALL.into_iter().find(|known| known.id() == model).unwrap();
        let output = bank.respond(&picture, GROUND, &[asked]).unwrap().remove(0);
        let off = apart(rows, &output, &masks);
        assert!(off < 1e-10, "{name} {side} {model}: {off:e}");
        // Negative controls: another model, another viewing distance, another ground, a picture moved by a pixel.
        let other = if asked == Model::Odog { Model::Lodog } else { Model::Odog };
        let nearer = Bank::new(side, ppd as f64 * 1.01).unwrap();
        let mut moved = picture.clone();
        moved.rotate_right(1);
        for broken in [
            bank.respond(&picture, GROUND, &[other]),
            nearer.respond(&picture, GROUND, &[asked]),
            bank.respond(&picture, 0.51, &[asked]),
            bank.respond(&moved, GROUND, &[asked]),
        ] {
            let off = apart(rows, &broken.unwrap()[0], &masks);
            assert!(off > 1e-4, "{name} {side} {model}: {off:e}");
        }
    }
}

/// The kernel of a filter in plain loops: differences of Gaussians of sum 1, turned by `turn` degrees.
fn kernel(side: usize, ppd: f64, sigma: f64, turn: f64) -> Vec<f64> {
    let place = |at: usize| (at as f64 / (side - 1) as f64 - 0.5) * side as f64 / ppd;
    let gaussian = |across: f64| {
        let (sin, cos) = turn.to_radians().sin_cos();
        let value = |at: usize| {
            let (x, y) = (place(at % side), place(at / side));
            let (u, v) = ((x * cos - y * sin) / sigma, (x * sin + y * cos) / across);
            (-(u * u + v * v) / 2.0).exp()
        };
        let values: Vec<f64> = (0..side * side).map(value).collect();
        let sum: f64 = values.iter().sum();
        values.into_iter().map(|value| value / sum).collect::<Vec<_>>()
    };
    gaussian(sigma).iter().zip(gaussian(2.0 * sigma)).map(|(center, surround)| center - surround).collect()
}

/// ODOG as its equations say, on a small picture.
fn the_long_way(picture: &[f64], side: usize, ppd: f64, turns: [f64; 6]) -> Vec<f64> {
    let mut output = vec![0.0; side * side];
    for turn in turns {
        let mut sums = vec![0.0; side * side];
        for scale in 0..7 {
            let sigma = 3.0 * 2f64.powi(scale - 6) / 2f64.sqrt();
            let weight = (2f64.powf(0.1 * f64::from(3 - scale)) * 1e5).round() / 1e5;
            let kernel = kernel(side, ppd, sigma, turn);
            for (at, sum) in sums.iter_mut().enumerate() {
                for (from, value) in picture.iter().enumerate() {
                    // A kernel's middle lies between two samples, half a pixel before the place it answers for.
                    let row = (at / side + side / 2).wrapping_sub(from / side);
                    let column = (at % side + side / 2).wrapping_sub(from % side);
                    if row < side && column < side {
                        *sum += weight * kernel[row * side + column] * (value - 0.5);
                    }
                }
            }
        }
        let rms = (sums.iter().map(|sum| sum * sum).sum::<f64>() / sums.len() as f64).sqrt();
        output.iter_mut().zip(&sums).for_each(|(output, sum)| *output += sum / rms);
    }
    output
}

#[test]
fn odog_is_what_its_equations_say() {
    // 22 pixels stand in a grid of 36, not of a power of 2; 18 in a grid whose half is odd.
    for (side, ppd) in [(22, 2.0), (18, 8.0)] {
        let (picture, _) = pattern(side);
        let found = Bank::new(side, ppd).unwrap().respond(&picture, GROUND, &[Model::Odog]).unwrap().remove(0);
        let written = the_long_way(&picture, side, ppd, [0.0, 30.0, 60.0, 90.0, 120.0, 150.0]);
        found.iter().zip(&written).for_each(|(found, written)| assert_close(*found, *written, 1e-11));
        // Negative control: one orientation two degrees off.
        let off = the_long_way(&picture, side, ppd, [0.0, 32.0, 60.0, 90.0, 120.0, 150.0]);
        assert!(found.iter().zip(&off).any(|(found, off)| (found - off).abs() > 1e-3));
    }
}

fn outputs(picture: &[f64]) -> Vec<Vec<f64>> {
    let bank = Bank::new(picture.len().isqrt(), 4.0).unwrap();
    bank.respond(picture, GROUND, &Model::ALL).unwrap()
}

#[test]
fn outputs_turn_with_the_picture() {
    let side = 32;
    let (picture, _) = pattern(side);
    let transposed =
        |values: &[f64]| (0..side * side).map(|at| values[at % side * side + at / side]).collect::<Vec<_>>();
    let negative: Vec<f64> = picture.iter().map(|value| 1.0 - value).collect();
    let (plain, exchanged, inverted) = (outputs(&picture), outputs(&transposed(&picture)), outputs(&negative));
    for at in 0..Model::ALL.len() {
        // Exchanging rows and columns exchanges 0° and 90°, 30° and 60°, 120° and 150°.
        for (one, other) in plain[at].iter().zip(transposed(&exchanged[at])) {
            assert_close(*one, other, 1e-10);
        }
        // Every model is odd about the ground.
        plain[at].iter().zip(&inverted[at]).for_each(|(one, other)| assert_close(*one, -other, 1e-10));
        // Negative control: an output is not its own transposition.
        assert!(plain[at].iter().zip(transposed(&plain[at])).any(|(one, other)| (one - other).abs() > 0.1));
    }
}

#[test]
fn odog_alone_does_not_see_contrast() {
    let (picture, _) = pattern(32);
    let fainter: Vec<f64> = picture.iter().map(|value| 0.5 + (value - 0.5) / 8.0).collect();
    let (plain, faint) = (outputs(&picture), outputs(&fainter));
    let largest = |at: usize| plain[at].iter().zip(&faint[at]).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(largest(0) < 1e-10, "{:e}", largest(0));
    assert!(largest(1) > 1e-4 && largest(2) > 1e-3, "the floor of the others does: {:e} {:e}", largest(1), largest(2));
}

#[test]
fn asked_for_all_models_or_one_the_outputs_are_equal_to_the_bit() {
    let (picture, _) = pattern(32);
    let bank = Bank::new(32, 4.0).unwrap();
    let all = bank.respond(&picture, GROUND, &Model::ALL).unwrap();
    for (model, output) in Model::ALL.into_iter().zip(&all) {
        assert_eq!(&bank.respond(&picture, GROUND, &[model]).unwrap()[0], output);
    }
    assert_eq!(all, Bank::new(32, 4.0).unwrap().respond(&picture, GROUND, &Model::ALL).unwrap());
}

#[test]
fn whites_effect_goes_the_human_way() {
    let (picture, masks) = white(2);
    for output in Bank::new(64, 2.0).unwrap().respond(&picture, GROUND, &Model::ALL).unwrap() {
        let [on_black, on_white] = [0, 1].map(|at| target_mean(&output, &masks[at]).unwrap());
        assert!(on_black > on_white + 1.0, "{on_black} {on_white}");
    }
}

#[test]
fn what_cannot_be_filtered_is_refused_with_its_reason() {
    for (side, ppd) in [(31, 4.0), (6, 4.0), (0, 4.0), (8192, 4.0), (32, 0.0), (32, f64::NAN), (32, f64::INFINITY)] {
        assert!(Bank::new(side, ppd).is_err(), "{side} {ppd}");
    }
    let bank = Bank::new(32, 4.0).unwrap();
    let error = |picture: &[f64], ground, models: &[Model]| bank.respond(picture, ground, models).unwrap_err();
    assert!(matches!(error(&[0.5; 1000], 0.5, &Model::ALL), NotMeasurable::UnequalLengths { .. }));
    assert!(matches!(error(&[f64::NAN; 1024], 0.5, &Model::ALL), NotMeasurable::NotFinite { .. }));
    assert!(matches!(error(&[0.5; 1024], f64::NAN, &Model::ALL), NotMeasurable::NotFinite { .. }));
    assert!(matches!(error(&[0.5; 1024], 0.5, &[Model::Odog]), NotMeasurable::Degenerate { .. }));
    // Nothing to see, and nothing seen.
    let blank = bank.respond(&[0.5; 1024], 0.5, &[Model::Lodog, Model::Flodog]).unwrap();
    assert!(blank.iter().flatten().all(|value| *value == 0.0));
    assert!(target_mean(&blank[0], &[0.0; 1024]).is_err() && target_mean(&blank[0], &[2.0; 1024]).is_err());
    assert!(target_mean(&blank[0], &[1.0; 4]).is_err());
    assert_eq!(target_mean(&[1.0, 2.0, 9.0], &[1.0, 0.5, 0.0]).unwrap(), 4.0 / 3.0);
}

/// As large as the literature's pictures; about ten seconds: `cargo test -p trompe-psychophysics -- --ignored`.
#[test]
#[ignore = "large"]
fn whites_effect_at_32_pixels_a_degree_is_that_of_multyscale() {
    let (picture, masks) = white(32);
    let outputs = Bank::new(1024, 32.0).unwrap().respond(&picture, GROUND, &Model::ALL).unwrap();
    let text = include_str!("../fixtures/odog_brightness.csv");
    for (model, output) in Model::ALL.into_iter().zip(outputs) {
        let row =
            rows(text).into_iter().find(|row| row.text("stimulus") == "we_thick" && row.text("model") == model.id());
        let row = row.unwrap();
        for (mask, column) in masks.iter().zip(["target_1", "target_2"]) {
            let off = (target_mean(&output, mask).unwrap() - row.number(column)).abs();
            assert!(off < 1e-10 * (row.number("most") - row.number("least")), "{} {off:e}", model.id());
        }
    }
}
