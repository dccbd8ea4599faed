//! Scenes: statistics of natural pictures by the tests' own transform; what light, shadows, shades, texture and
//! occluders may and may not change; patches of photographs found again in them.

use crate::leaves;
use std::collections::BTreeSet;
use trompe_stimuli::scenes::{self, Picture, Recipe, photographs};
use trompe_stimuli::{Image, Settings, Value, color, statistics, stream};

const SIZE: usize = 32;

fn recipe(settings: &[(&str, Value)]) -> Recipe {
    let all = settings.iter().fold(Settings::new(), |all, (key, value)| all.with(key, value.clone()));
    Recipe::read(&all).unwrap()
}

fn flat() -> (&'static str, Value) {
    ("variant", Value::Text("flat".to_owned()))
}

fn pictures(recipe: &Recipe, n: usize, seed: u64) -> Vec<Picture> {
    let mut rng = stream(seed);
    (0..n).map(|_| scenes::draw(recipe, SIZE, &mut rng).unwrap()).collect()
}

fn reflectance(picture: &Picture) -> &[f32] {
    picture.reflectance.as_ref().unwrap()
}

/// Luminance of each pixel.
fn luminances(planes: &[f32]) -> Vec<f64> {
    let plane = planes.len() / 3;
    let at = |pixel: usize| [0, 1, 2].map(|channel: usize| f64::from(planes[channel * plane + pixel]));
    (0..plane).map(|pixel| color::luminance(at(pixel))).collect()
}

fn single(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&value| value as f32).collect()
}

#[test]
fn scenes_have_the_statistics_of_natural_pictures() {
    for settings in [vec![], vec![flat()]] {
        let drawn: Vec<Vec<f64>> =
            pictures(&recipe(&settings), 200, 61).iter().map(|one| luminances(&one.lit)).collect();
        let (slope, kurtosis) = (leaves::slope(&drawn), leaves::kurtosis(&drawn));
        println!("{settings:?}: slope {slope:.2}, kurtosis {kurtosis:.1}");
        assert!(leaves::natural(slope), "{settings:?}: slope {slope}");
        assert!(kurtosis > 6.0, "{settings:?}: kurtosis {kurtosis}");
        // The crate's own functions say the same.
        let singles: Vec<Vec<f32>> = drawn.iter().map(|picture| single(picture)).collect();
        assert!((statistics::power_slope(&singles, SIZE, [2, 8]) - slope).abs() < 1e-4);
        assert!((statistics::step_kurtosis(&singles, SIZE) / kurtosis - 1.0).abs() < 1e-4);
    }
    // Negative controls: independent pixels are flat and normal, their sums fall by two powers more than edges do.
    let noise = leaves::white_noise(100);
    let singles: Vec<Vec<f32>> = noise.iter().map(|picture| single(picture)).collect();
    let (slope, kurtosis) =
        (statistics::power_slope(&singles, SIZE, [2, 8]), statistics::step_kurtosis(&singles, SIZE));
    assert!(slope.abs() < 0.1 && (kurtosis - 3.0).abs() < 0.1, "{slope} {kurtosis}");
    let summed: Vec<Vec<f32>> = noise.iter().map(|picture| single(&leaves::summed(picture))).collect();
    assert!(statistics::power_slope(&summed, SIZE, [2, 8]) < -2.5);
}

#[test]
fn a_flat_scene_is_its_own_reflectance_and_a_full_one_is_darker() {
    for picture in pictures(&recipe(&[flat()]), 20, 62) {
        assert_eq!(picture.lit.len(), 3 * SIZE * SIZE);
        assert_eq!(picture.lit, reflectance(&picture));
    }
    let mut shares = Vec::new();
    for picture in pictures(&recipe(&[]), 60, 62) {
        let pairs = picture.lit.iter().zip(reflectance(&picture));
        assert!(pairs.clone().all(|(lit, paint)| lit.is_finite() && *lit >= 0.0 && *lit <= paint + 1e-6));
        let [lit, paint] = pairs.fold([0.0; 2], |[a, b], (x, y)| [a + f64::from(*x), b + f64::from(*y)]);
        shares.push(lit / paint);
    }
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    assert!((0.3..0.7).contains(&mean), "a part of the light is left: {mean}");
}

#[test]
fn light_shadows_and_shades_leave_the_reflectance_alone() {
    let full = pictures(&recipe(&[]), 10, 63);
    for key in ["light", "shadows", "shading"] {
        let without = pictures(&recipe(&[(key, Value::Flag(false))]), 10, 63);
        for (one, other) in full.iter().zip(&without) {
            assert_eq!(one.reflectance, other.reflectance, "{key}");
            assert_ne!(one.lit, other.lit, "{key}");
        }
    }
    for key in ["texture", "occluders"] {
        let without = pictures(&recipe(&[(key, Value::Flag(false))]), 10, 63);
        assert!(full.iter().zip(&without).all(|(one, other)| one.reflectance != other.reflectance), "{key}");
    }
}

#[test]
fn exposure_is_a_gain_until_white() {
    let plain = pictures(&recipe(&[]), 5, 74);
    let exposed = pictures(&recipe(&[("exposure", Value::Number(2.0))]), 5, 74);
    for (one, other) in plain.iter().zip(&exposed) {
        assert_eq!(one.reflectance, other.reflectance);
        assert!(one.lit.iter().zip(&other.lit).all(|(a, b)| ((2.0 * a).min(1.0) - b).abs() < 1e-5));
    }
}

/// Share of the light that is left in each pixel of one channel, where there is paint enough to tell.
fn left(picture: &Picture) -> Vec<f64> {
    let pairs = picture.lit[..SIZE * SIZE].iter().zip(&reflectance(picture)[..SIZE * SIZE]);
    pairs.filter(|(_, paint)| **paint > 0.02).map(|(lit, paint)| f64::from(lit / paint)).collect()
}

#[test]
fn the_light_is_smooth_has_a_brightest_place_and_falls_to_a_quarter() {
    let drawn = pictures(&recipe(&[flat(), ("light", Value::Flag(true))]), 100, 64);
    let mut darkest = 1.0f64;
    for picture in &drawn {
        let left = left(picture);
        let (low, high) = left.iter().fold((2.0f64, 0.0f64), |(low, high), &share| (low.min(share), high.max(share)));
        assert!(low > 0.24 && high <= 1.0 + 1e-5 && high > 0.9, "{low} {high}");
        darkest = darkest.min(low);
        // Of neighbors with paint enough in a row, the light differs little.
        let row = |at: usize| f64::from(picture.lit[at]) / f64::from(reflectance(picture)[at]).max(1e-9);
        let steps = (0..SIZE * SIZE - 1).filter(|at| at % SIZE < SIZE - 1 && reflectance(picture)[*at] > 0.02);
        let rough = steps.filter(|&at| reflectance(picture)[at + 1] > 0.02 && (row(at) - row(at + 1)).abs() > 0.15);
        assert_eq!(rough.count(), 0, "no edges in the light");
    }
    assert!(darkest < 0.4, "{darkest}");
}

#[test]
fn shadows_are_soft_patches_and_shades_run_across_leaves() {
    let (mut shaded, mut count) = (0, 0);
    for picture in pictures(&recipe(&[flat(), ("shadows", Value::Flag(true))]), 60, 65) {
        let left = left(&picture);
        assert!(left.iter().all(|&share| share <= 1.0 + 1e-5));
        shaded += left.iter().filter(|&&share| share < 0.8).count();
        count += left.len();
    }
    let share = shaded as f64 / count as f64;
    assert!((0.03..0.4).contains(&share), "shadows lie on a part of the picture: {share}");
    // A shade takes 40 % at most, 10 % on average: taken is uniform from 0 to 0.4, and half of it in the middle of a
    // leaf.
    let drawn = pictures(&recipe(&[flat(), ("shading", Value::Flag(true))]), 60, 66);
    let shares: Vec<f64> = drawn.iter().flat_map(left).collect();
    assert!(shares.iter().all(|share| (0.59..1.0 + 1e-5).contains(share)));
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    assert!((mean - 0.9).abs() < 0.02, "{mean}");
}

#[test]
fn texture_is_a_tenth_of_the_paint_and_leaves_without_it_are_uniform() {
    let plain = [flat(), ("blur_px", Value::Number(0.0)), ("texture", Value::Flag(false))];
    let textured = [flat(), ("blur_px", Value::Number(0.0))];
    let (mut sum, mut square, mut count) = (0.0, 0.0, 0.0);
    for (one, other) in pictures(&recipe(&textured), 60, 67).iter().zip(pictures(&recipe(&plain), 60, 67)) {
        for (a, b) in one.lit.iter().zip(&other.lit).filter(|(_, paint)| **paint > 0.01 && **paint < 0.5) {
            let off = f64::from(a / b) - 1.0;
            (sum, square, count) = (sum + off, square + off * off, count + 1.0);
        }
        let equal = |lit: &[f32]| lit.windows(2).filter(|pair| (pair[0] - pair[1]).abs() < 1e-7).count();
        assert!(equal(&other.lit) > 10 * equal(&one.lit), "{} v {}", equal(&other.lit), equal(&one.lit));
    }
    // Amplitudes are uniform from 0.05 to 0.15: root mean square sqrt((0.15³ − 0.05³) / (3 · 0.1)) = 0.104, and a
    // pixel's mean of four points takes a little away.
    let sd = (square / count).sqrt();
    assert!((sum / count).abs() < 0.01 && (0.07..0.105).contains(&sd), "{} {sd}", sum / count);
}

#[test]
fn occluders_are_thin_stand_in_front_and_have_no_shade() {
    // Sharp, so that pixels within an outline can be told.
    let sharp = ("blur_px", Value::Number(0.0));
    let without = [flat(), sharp, ("shading", Value::Flag(true)), ("shadows", Value::Flag(true))];
    let with: Vec<_> = without.iter().cloned().chain([("occluders", Value::Flag(true))]).collect();
    let (mut covered, mut unshaded) = (0, 0);
    let (with, without) = (pictures(&recipe(&with), 60, 68), pictures(&recipe(&without), 60, 68));
    for (one, other) in with.iter().zip(&without) {
        let changed = |at: &usize| (reflectance(one)[*at] - reflectance(other)[*at]).abs() > 1e-6;
        let changed: Vec<usize> = (0..SIZE * SIZE).filter(changed).collect();
        covered += changed.len();
        unshaded += changed.iter().filter(|&&at| (one.lit[at] - reflectance(one)[at]).abs() < 1e-6).count();
        // Where nothing stands, the picture is as it was.
        let same = (0..SIZE * SIZE).filter(|at| !changed.contains(at));
        assert!(same.clone().filter(|&at| (one.lit[at] - other.lit[at]).abs() < 0.02).count() * 10 >= same.count() * 9);
    }
    let share = covered as f64 / (60 * SIZE * SIZE) as f64;
    assert!((0.2..0.45).contains(&share), "outlines included: {share}");
    assert!(unshaded * 20 > covered, "{unshaded} of {covered} pixels of occluders have all their light");
    let none = without.iter().map(|one| left(one).iter().filter(|&&share| share > 1.0 - 1e-6).count()).sum::<usize>();
    assert!(none * 10 < unshaded, "without them hardly any pixel has all its light: {none}");
}

/// Spread of a* and b*, and the median luminance.
fn spread(settings: &[(&str, Value)]) -> ([f64; 2], f64) {
    let (mut squares, mut count, mut all) = ([0.0; 2], 0.0, Vec::new());
    for picture in pictures(&recipe(settings), 60, 69) {
        for pixel in 0..SIZE * SIZE {
            let rgb = [0, 1, 2].map(|channel: usize| f64::from(picture.lit[channel * SIZE * SIZE + pixel]));
            let [_, a, b] = color::to_lab(rgb);
            squares = [squares[0] + a * a, squares[1] + b * b];
            count += 1.0;
            all.push(color::luminance(rgb));
        }
    }
    all.sort_by(f64::total_cmp);
    (squares.map(|square: f64| (square / count).sqrt()), all[all.len() / 2])
}

#[test]
fn a_turned_palette_is_as_spread_from_red_to_green_as_the_other_from_blue_to_yellow() {
    let (plain, light) = spread(&[flat()]);
    let (turned, turned_light) = spread(&[flat(), ("turned", Value::Number(90.0))]);
    println!("a* and b*: {plain:?}, turned {turned:?}");
    assert!(plain[1] > 1.3 * plain[0] && turned[0] > 1.3 * turned[1], "{plain:?} {turned:?}");
    assert!((turned[0] / plain[1] - 1.0).abs() < 0.15 && (turned[1] / plain[0] - 1.0).abs() < 0.15);
    assert!((turned_light / light - 1.0).abs() < 0.02, "luminance stays: {light} {turned_light}");
    let (back, _) = spread(&[flat(), ("turned", Value::Number(360.0))]);
    assert!(back.iter().zip(plain).all(|(a, b)| (a - b).abs() < 0.2), "a whole turn changes nothing: {back:?}");
    let (gray, _) = spread(&[flat(), ("color", Value::Flag(false))]);
    assert!(gray.iter().all(|axis| *axis < 0.1), "{gray:?}");
}

#[test]
fn the_same_stream_gives_the_same_picture_and_another_does_not() {
    assert_eq!(pictures(&recipe(&[]), 3, 70), pictures(&recipe(&[]), 3, 70));
    let drawn = pictures(&recipe(&[]), 3, 71);
    assert!(drawn[0] != drawn[1] && drawn[0] != pictures(&recipe(&[]), 1, 72)[0]);
    for size in [8, 31, 48, 65] {
        let picture = scenes::draw(&recipe(&[]), size, &mut stream(1)).unwrap();
        assert_eq!(
            (picture.size, picture.lit.len(), reflectance(&picture).len()),
            (size, 3 * size * size, 3 * size * size)
        );
    }
}

#[test]
fn what_cannot_be_drawn_is_refused_by_name() {
    let refused = |key: &str, value: Value| Recipe::read(&Settings::new().with(key, value)).unwrap_err().to_string();
    assert!(refused("lihgt", Value::Flag(true)).contains("scenes: no setting `lihgt`"));
    for (key, value) in [
        ("variant", Value::Text("deep".to_owned())),
        ("turned", Value::Number(f64::NAN)),
        ("blur_px", Value::Number(-1.0)),
        ("radius_min_px", Value::Number(0.0)),
        ("exposure", Value::Number(f64::INFINITY)),
        ("light", Value::Number(1.0)),
    ] {
        assert!(refused(key, value).contains(&format!("`{key}`")), "{key}");
    }
    assert!(scenes::draw(&recipe(&[]), 4, &mut stream(1)).unwrap_err().to_string().contains("`size_px`"));
}

/// A picture whose pixels name their place, and their channel by a half or a quarter more.
fn numbered(height: usize, width: usize) -> Image {
    let value = |channel: usize, at: usize| at as f32 + channel as f32 * 0.25;
    let data = (0..3).flat_map(|channel| (0..height * width).map(move |at| value(channel, at))).collect();
    Image { channels: 3, height, width, data }
}

#[test]
fn patches_are_mirrored_pieces_of_the_photographs() {
    let photograph = numbered(20, 30);
    let mut rng = stream(73);
    let (mut ways, mut corners) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..2000 {
        let patch = photographs::patch(std::slice::from_ref(&photograph), 8, &mut rng).unwrap();
        assert!(patch.reflectance.is_none() && patch.lit.len() == 3 * 64);
        let place = |row: usize, column: usize| {
            let at = patch.lit[row * 8 + column] as i64;
            (at / 30, at % 30)
        };
        let (first, right, below) = (place(0, 0), place(0, 1), place(1, 0));
        let (down, along) = (below.0 - first.0, right.1 - first.1);
        assert!(down.abs() == 1 && along.abs() == 1);
        for row in 0..8i64 {
            for column in 0..8i64 {
                assert_eq!(place(row as usize, column as usize), (first.0 + down * row, first.1 + along * column));
                let at = (row * 8 + column) as usize;
                assert_eq!(patch.lit[64 + at], patch.lit[at] + 0.25);
                assert_eq!(patch.lit[128 + at], patch.lit[at] + 0.5);
            }
        }
        ways.insert((down, along));
        let last = place(7, 7);
        corners.insert((first.0.min(last.0), first.1.min(last.1)));
    }
    // 13 × 23 places, each seen in 2000 draws but with probability below 1e-3; four ways.
    assert_eq!((ways.len(), corners.iter().next_back()), (4, Some(&(12, 22))));
    assert!(corners.contains(&(0, 0)) || corners.len() > 285, "{}", corners.len());
    let refused = |pictures: &[Image], size: usize| photographs::patch(pictures, size, &mut stream(1)).is_err();
    assert!(refused(&[], 8) && refused(&[numbered(7, 30)], 8) && refused(&[numbered(20, 30)], 0));
    let gray = Image { channels: 1, height: 20, width: 30, data: vec![0.5; 600] };
    assert!(refused(&[gray], 8));
}
