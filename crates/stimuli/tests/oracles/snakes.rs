//! Rotating Snakes: order, shares, radii and symmetries worked out by hand, found again in rendered pixels.

use crate::support::{drawn, linear};
use trompe_stimuli::{Condition, Image, Point, Settings, Value, illusions};

const SIZE: usize = 1024;
/// Radius of the single disk: 0.48 of the canvas.
const RADIUS: f64 = 0.48 * SIZE as f64;

/// What a place of the disk shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Black,
    Blue,
    White,
    Yellow,
}

use Part::{Black, Blue, White, Yellow};

pub fn disk(words: &[(&str, &str)], numbers: &[(&str, f64)], strength: f64, difference: f64) -> Image {
    let settings = words.iter().fold(Settings::new(), |all, &(key, word)| all.with(key, Value::Text(word.to_owned())));
    let settings = numbers.iter().fold(settings, |all, &(key, number)| all.with(key, Value::Number(number)));
    let snakes = (illusions::find("rotating_snakes").unwrap().build)(&settings).unwrap();
    drawn(&snakes.compose(&Condition { difference, strength }).unwrap(), SIZE)
}

pub fn at(image: &Image, radius: f64, degrees: f64) -> [f64; 3] {
    beside(image, Point::new(SIZE as f64 / 2.0, SIZE as f64 / 2.0), radius, degrees)
}

/// Linear color at a radius and angle (clockwise from rightward) from a point.
fn beside(image: &Image, center: Point, radius: f64, degrees: f64) -> [f64; 3] {
    let angle = degrees.to_radians();
    let point = Point::new(angle.cos(), angle.sin()) * radius + center;
    let pixel = point.y as usize * SIZE + point.x as usize;
    [0, 1, 2].map(|channel: usize| f64::from(image.data[channel.min(image.channels - 1) * SIZE * SIZE + pixel]))
}

/// The palette's nearest part, in linear light.
pub fn part(color: [f64; 3]) -> Part {
    let palette = [
        (Black, [0.0; 3]),
        (White, [1.0; 3]),
        (Blue, [19.0, 121.0, 255.0].map(|code: f64| linear(code / 255.0))),
        (Yellow, [229.0, 229.0, 19.0].map(|code: f64| linear(code / 255.0))),
    ];
    let far = |to: [f64; 3]| -> f64 { color.iter().zip(to).map(|(a, b)| (a - b) * (a - b)).sum() };
    palette.into_iter().min_by(|a, b| far(a.1).total_cmp(&far(b.1))).unwrap().0
}

/// Middle radius of ring `j`.
pub fn middle(j: i32) -> f64 {
    RADIUS * 0.8f64.powi(j) * 0.9
}

/// Parts along a ring, clockwise, in runs.
pub fn sequence(image: &Image, radius: f64) -> Vec<(Part, usize)> {
    let mut runs: Vec<(Part, usize)> = Vec::new();
    for step in 0..7200 {
        let here = part(at(image, radius, f64::from(step) / 20.0));
        match runs.last_mut() {
            Some((last, length)) if *last == here => *length += 1,
            _ => runs.push((here, 1)),
        }
    }
    runs.retain(|(_, length)| *length > 4); // mixed pixels at borders
    runs
}

/// Clockwise successor of black on the disk's second ring, where it is one and the same for all units.
pub fn after_black(image: &Image) -> Option<Part> {
    let runs = sequence(image, middle(1));
    let followers: Vec<Part> = runs.windows(2).filter(|two| two[0].0 == Black).map(|two| two[1].0).collect();
    let first = *followers.first()?;
    followers.iter().all(|part| *part == first).then_some(first)
}

#[test]
fn clockwise_from_black_come_blue_white_and_yellow() {
    // People see motion from black to blue to white to yellow: this disk turns clockwise for them.
    let image = disk(&[], &[], 1.0, 0.0);
    for ring in 0..4 {
        let runs = sequence(&image, middle(ring));
        for two in runs.windows(2) {
            let expected = match two[0].0 {
                Black => Blue,
                Blue => White,
                White => Yellow,
                Yellow => Black,
            };
            assert_eq!(two[1].0, expected, "ring {ring}");
        }
        assert!((79..=81).contains(&runs.len()), "ring {ring}: 20 units of four parts, {}", runs.len());
    }
    // The upper left disk of the published picture is the mirror image: black, yellow, white, blue.
    assert_eq!(after_black(&disk(&[], &[], -1.0, 0.0)), Some(Yellow));
    assert_eq!(after_black(&image), Some(Blue));
}

/// Shares of the four parts at the middle of a ring, percent.
pub fn shares(image: &Image, ring: i32) -> [f64; 4] {
    let mut counts = [0.0; 4];
    for step in 0..72_000 {
        counts[part(at(image, middle(ring), f64::from(step) / 200.0)) as usize] += 100.0 / 72_000.0;
    }
    counts
}

#[test]
fn shares_at_the_middle_of_a_ring_are_the_measured_ones() {
    let image = disk(&[], &[], 1.0, 0.0);
    for ring in 0..3 {
        let found = shares(&image, ring);
        // Measured on the published picture.
        for (share, expected) in found.iter().zip([14.3, 35.7, 14.3, 35.7]) {
            assert!((share - expected).abs() < 0.5, "ring {ring}: {found:?}");
        }
        // By hand: ellipses are 2 · 3.2° of every 18°, and what is left halves into black and white.
        assert!(
            (found[1] - 640.0 / 18.0).abs() < 0.25 && (found[0] - 260.0 / 18.0).abs() < 0.25,
            "ring {ring}: {found:?}"
        );
    }
}

/// Radii at which a ray through the middle of a black sector changes between black and white, outermost first.
pub fn radii(image: &Image) -> Vec<f64> {
    let value = |radius: f64| at(image, radius, 4.5)[0];
    let steps: Vec<f64> = (0..10_000).map(|k| (RADIUS + 3.0) * (1.0 - f64::from(k) / 10_000.0)).collect();
    steps
        .windows(2)
        .filter(|two| (value(two[0]) > 0.5) != (value(two[1]) > 0.5))
        .map(|two| (two[0] + two[1]) / 2.0)
        .collect()
}

#[test]
fn radii_shrink_by_four_fifths_and_rings_turn_by_half_a_unit() {
    // Half a unit from ring to ring: the ray meets black, white, black, … and every change is a border.
    let found = radii(&disk(&[], &[], 1.0, 0.0));
    for (j, radius) in found.iter().enumerate() {
        let expected = RADIUS * 0.8f64.powi(j as i32);
        assert!((radius - expected).abs() < 1.0, "border {j}: {radius} v {expected}");
    }
    assert_eq!(found.len(), 12, "twelve rings, the last of them white on this ray: {found:?}");
    let ratios: Vec<f64> = found.windows(2).take(5).map(|two| two[1] / two[0]).collect();
    assert!(ratios.iter().all(|ratio| (ratio - 0.8).abs() < 0.005), "{ratios:?}");
}

/// Largest difference between a picture and another with a rule from (column, row) to (column, row).
pub fn apart(one: &Image, other: &Image, rule: impl Fn(usize, usize) -> (usize, usize)) -> f64 {
    let plane = SIZE * SIZE;
    let difference = |at: usize| {
        let (column, row) = rule(at % SIZE, at % plane / SIZE);
        f64::from((one.data[at] - other.data[at / plane * plane + row * SIZE + column]).abs())
    };
    assert_eq!(one.channels, other.channels);
    (0..one.data.len()).map(difference).fold(0.0, f64::max)
}

pub fn flipped(column: usize, row: usize) -> (usize, usize) {
    (column, SIZE - 1 - row)
}

#[test]
fn negative_strength_is_the_exact_mirror_image() {
    for words in [&[][..], &[("palette", "gray")], &[("pattern", "symmetric6")], &[("pattern", "alternating_rings")]] {
        let [plain, mirror] = [0.8, -0.8].map(|strength| disk(words, &[], strength, 0.0));
        assert!(apart(&plain, &mirror, flipped) < 1e-6, "{words:?}");
        assert!(apart(&plain, &mirror, |column, row| (column, row)) > 0.5, "{words:?}: the two differ");
    }
}

/// Whether some turn, in steps of half a degree, brings the mirror image onto the disk.
pub fn mirror_is_a_turn(words: &[(&str, &str)]) -> bool {
    let plain = disk(words, &[], 1.0, 0.0);
    (0..36).any(|step| {
        let mirror = disk(words, &[("frame", 1.0)], -1.0, 0.5 * f64::from(step));
        apart(&plain, &mirror, |column, row| (column, row)) < 1e-3
    })
}

#[test]
fn symmetric_disks_are_their_own_mirror_image_up_to_a_turn() {
    assert!(mirror_is_a_turn(&[("pattern", "symmetric"), ("palette", "gray")]));
    assert!(mirror_is_a_turn(&[("pattern", "symmetric6"), ("palette", "gray")]));
    assert!(!mirror_is_a_turn(&[("palette", "gray")]), "the snakes are not");
    let none = disk(&[], &[], 0.0, 0.0);
    assert!(apart(&none, &disk(&[("pattern", "symmetric")], &[], 1.0, 0.0), |column, row| (column, row)) < 1e-6);
}

#[test]
fn rings_alternate_in_the_control_that_says_so() {
    let image = disk(&[("pattern", "alternating_rings")], &[], 1.0, 0.0);
    for ring in 0..4 {
        let runs = sequence(&image, middle(ring));
        let follower = runs.windows(2).find(|two| two[0].0 == Black).unwrap()[1].0;
        assert_eq!(follower, if ring % 2 == 0 { Blue } else { Yellow }, "ring {ring}");
    }
    // As in the snakes, black meets white across rings.
    assert_eq!(radii(&image).len(), 12);
}

#[test]
fn a_group_is_four_disks_whose_neighbors_are_mirror_images() {
    let image = disk(&[("layout", "group")], &[], 1.0, 0.0);
    for (x, y, follower) in [(0.25, 0.25, Blue), (0.75, 0.25, Yellow), (0.25, 0.75, Yellow), (0.75, 0.75, Blue)] {
        let center = Point::new(x, y) * SIZE as f64;
        // The middle of black is at 4.5° or its mirror image; 4.5° clockwise of it lies an ellipse.
        let black = if follower == Blue { 4.5 } else { -4.5 };
        let shown = |degrees: f64| part(beside(&image, center, middle(0) / 2.0, degrees));
        assert_eq!([shown(black), shown(black + 4.5)], [Black, follower], "{x} {y}");
    }
}

#[test]
fn gray_levels_are_a_fifth_and_three_fifths_of_the_light() {
    let image = disk(&[("palette", "gray")], &[], 1.0, 0.0);
    assert_eq!(image.channels, 1);
    let bytes = image.bytes();
    for expected in [0, 124, 203, 255] {
        let share = bytes.iter().filter(|byte| **byte == expected).count() as f64 / bytes.len() as f64;
        assert!(share > 0.05, "code {expected}: {share}");
    }
    // Dark gray stands where blue does.
    let color = disk(&[], &[], 1.0, 0.0);
    for degrees in [9.0, 27.0, 189.0] {
        assert_eq!(part(at(&color, middle(0), degrees)), Blue);
        assert!((at(&image, middle(0), degrees)[0] - 0.2).abs() < 1e-6);
        assert!((at(&image, middle(0), degrees + 9.0)[0] - 0.6).abs() < 1e-6);
    }
    let other = disk(&[("palette", "gray")], &[("dark_luminance", 0.7), ("light_luminance", 0.95)], 1.0, 0.0);
    assert!((at(&other, middle(0), 9.0)[0] - 0.7).abs() < 1e-6 && (at(&other, middle(0), 0.0)[0] - 0.95).abs() < 1e-6);
}

/// Direction of black within a unit of 18°, degrees, by its circular mean.
fn phase(image: &Image) -> f64 {
    let (mut x, mut y) = (0.0, 0.0);
    for step in 0..72_000 {
        let degrees = f64::from(step) / 200.0;
        if part(at(image, middle(0), degrees)) == Black {
            let (sin, cos) = (degrees * 20.0).to_radians().sin_cos();
            (x, y) = (x + cos, y + sin);
        }
    }
    y.atan2(x).to_degrees() / 20.0
}

#[test]
fn a_difference_is_a_clockwise_turn_per_frame() {
    for strength in [1.0, -1.0] {
        let still = phase(&disk(&[], &[("frame", 2.0)], strength, 0.0));
        for difference in [0.5, -1.0, 2.0] {
            let turned = phase(&disk(&[], &[("frame", 2.0)], strength, difference)) - still;
            let expected = 2.0 * difference;
            let off = (turned - expected) / 18.0;
            assert!((off - off.round()).abs() * 18.0 < 0.05, "{strength} {difference}: {turned}");
        }
    }
    // A quarter turn clockwise brings the right of the picture to the bottom; it is five units.
    let half = disk(&[], &[("frame", 1.0)], 1.0, 92.0);
    let start = disk(&[], &[("frame", 1.0)], 1.0, 2.0);
    assert!(apart(&half, &start, |column, row| (row, SIZE - 1 - column)) < 1e-3);
}
