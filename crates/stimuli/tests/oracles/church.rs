//! The church: areas and colors worked out by hand, found again in rendered pixels.

use crate::support::{drawn, linear};
use palette::color_difference::EuclideanDistance;
use palette::{IntoColor, Lab, LinSrgb};
use trompe_stimuli::{Condition, Image, MaskName, Point, Scene, Settings, Stimulus, Value, Viewing, illusions, render};

/// Four pixels to a unit of the 128 grid.
pub const SIZE: usize = 512;
const PINK: [u8; 3] = [235, 140, 165];
const BLUE: [u8; 3] = [40, 60, 220];
const YELLOW: [u8; 3] = [250, 215, 40];
const GRAY: [u8; 3] = [140, 140, 140];

pub fn scene(settings: &[(&str, &str)], strength: f64, difference: f64) -> Scene {
    let settings =
        settings.iter().fold(Settings::new(), |all, &(key, word)| all.with(key, Value::Text(word.to_owned())));
    let church = (illusions::find("church").unwrap().build)(&settings).unwrap();
    church.compose(&Condition { difference, strength }).unwrap()
}

pub fn stimulus(settings: &[(&str, &str)], strength: f64) -> Stimulus {
    render(&scene(settings, strength, 0.0), Viewing::square(SIZE, 4.0).unwrap()).unwrap()
}

pub fn light(color: [u8; 3]) -> [f32; 3] {
    color.map(|channel| linear(f64::from(channel) / 255.0) as f32)
}

pub fn pixel(image: &Image, at: usize) -> [f32; 3] {
    let plane = image.height * image.width;
    [0, 1, 2].map(|channel| image.data[channel * plane + at])
}

pub fn is(pixel: [f32; 3], color: [u8; 3]) -> bool {
    pixel.iter().zip(light(color)).all(|(a, b)| (a - b).abs() < 1e-6)
}

/// Nave, roof, tower, spire, cross, less the door, in square units: see the drawing's description.
fn area_by_hand() -> f64 {
    let (nave, roof) = (48.0 * 44.0, 48.0 * 20.0 / 2.0);
    let (tower, spire) = (24.0 * 60.0, 24.0 * 28.0 / 2.0);
    let cross = 3.0 * 12.0 + 10.0 * 3.0 - 3.0 * 3.0;
    let door = 10.0 * 20.0;
    nave + roof + tower + spire + cross - door
}

/// Share of the canvas that a silhouette covers.
pub fn share(silhouette: &str) -> f64 {
    let stimulus = stimulus(&[("context", "uniform"), ("silhouette", silhouette)], 1.0);
    stimulus.mask(MaskName::Target(1)).unwrap().area() / (SIZE * SIZE) as f64
}

#[test]
fn the_church_covers_its_share_of_the_canvas() {
    assert_eq!(area_by_hand(), 4225.0);
    let share = share("church");
    assert!((share - 4225.0 / 16384.0).abs() < 1e-6, "{share}");
    assert!((0.256..=0.258).contains(&share));
}

#[test]
fn every_silhouette_has_the_same_area() {
    for silhouette in ["house", "tree", "square", "disc"] {
        let share = share(silhouette);
        assert!((share / (4225.0 / 16384.0) - 1.0).abs() < 1e-5, "{silhouette}: {share}");
    }
}

/// Whether a grid point in units lies in the church, asked part by part.
pub fn in_church(x: f64, y: f64) -> bool {
    let within = |value: f64, low: f64, high: f64| value > low && value < high;
    let door = within(x, 71.0, 81.0) && within(y, 88.0, 108.0);
    let nave = within(x, 52.0, 100.0) && within(y, 64.0, 108.0) && !door;
    let roof = within(y, 44.0, 64.0) && (x - 76.0).abs() < 24.0 * (y - 44.0) / 20.0;
    let tower = within(x, 28.0, 52.0) && within(y, 48.0, 108.0);
    let spire = within(y, 20.0, 48.0) && (x - 40.0).abs() < 12.0 * (y - 20.0) / 28.0;
    let cross = within(x, 38.5, 41.5) && within(y, 8.0, 20.0) || within(x, 35.0, 45.0) && within(y, 11.5, 14.5);
    nave || roof || tower || spire || cross
}

#[test]
fn the_silhouette_is_the_described_one() {
    let stimulus = stimulus(&[("context", "uniform")], 1.0);
    let mask = stimulus.mask(MaskName::Target(1)).unwrap();
    for (at, covered) in mask.coverage.iter().enumerate() {
        // Ask at nine points: all in or all out must be a whole or an empty pixel.
        let asked = (0..9).filter(|k| {
            let unit = |pixel: usize, third: usize| (pixel as f64 + (third as f64 + 0.5) / 3.0) / 4.0;
            in_church(unit(at % SIZE, k % 3), unit(at / SIZE, k / 3))
        });
        let share = asked.count() as f32 / 9.0;
        assert!((covered - share).abs() < 0.4, "pixel {at}: {covered} v {share}");
    }
}

/// Number of pixels that are wholly target and visible, and whether all have the church's pink in that image.
fn visible(image: &Stimulus) -> (Vec<usize>, bool) {
    let pixels = image.mask(MaskName::Target(1)).unwrap().whole_pixels();
    let pink = pixels.iter().all(|&at| is(pixel(&image.image, at), PINK));
    (pixels, pink)
}

/// Whether the visible target has the same pixels, to the bit, in every image.
pub fn same_target(images: &[Stimulus]) -> bool {
    let (first, _) = visible(&images[0]);
    images.iter().all(|image| {
        let (pixels, pink) = visible(image);
        pink && pixels == first && first.iter().all(|&at| pixel(&image.image, at) == pixel(&images[0].image, at))
    })
}

#[test]
fn the_visible_church_is_the_same_in_every_percept() {
    let percepts = [1.0, 0.0, -1.0].map(|strength| stimulus(&[], strength));
    assert!(same_target(&percepts));
    let controls =
        ["munker", "front_only", "back_only", "interrupted", "remote"].map(|word| stimulus(&[("context", word)], 1.0));
    assert!(same_target(&controls));
    // Half of the bars cover it: about half of its area, more or less by where the outline falls.
    let whole = visible(&percepts[0]).0.len() as f64 / (SIZE * SIZE) as f64;
    assert!((0.11..0.145).contains(&whole), "{whole}");
}

/// Colors of front and back bars at the left edge of the canvas, where there is no church.
fn bars(settings: &[(&str, &str)], strength: f64) -> [[f32; 3]; 2] {
    let image = stimulus(settings, strength).image;
    // Bars are four units: 16 pixels. The first from the top is in front.
    [8, 24].map(|row| pixel(&image, row * SIZE + 2))
}

#[test]
fn bars_have_the_colors_of_their_layer() {
    let cases = [
        ("munker", 1.0, BLUE, YELLOW),
        ("munker", -1.0, YELLOW, BLUE),
        ("munker", 0.0, GRAY, GRAY),
        ("front_only", 1.0, BLUE, GRAY),
        ("back_only", 1.0, GRAY, YELLOW),
        ("front_only", -1.0, YELLOW, GRAY),
        ("interrupted", 1.0, BLUE, YELLOW),
        ("uniform", 1.0, BLUE, BLUE),
        ("uniform", -1.0, YELLOW, YELLOW),
        ("uniform_gap", 1.0, BLUE, BLUE),
    ];
    for (context, strength, front, back) in cases {
        let found = bars(&[("context", context)], strength);
        assert!(is(found[0], front) && is(found[1], back), "{context} {strength}: {found:?}");
    }
    // Halfway in linear light.
    let half = bars(&[], 0.5)[0];
    let expected = [0, 1, 2].map(|channel: usize| (light(BLUE)[channel] + light(GRAY)[channel]) / 2.0);
    assert!(half.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6));
}

#[test]
fn front_bars_cover_the_church_and_back_bars_do_not() {
    let image = stimulus(&[], 1.0).image;
    // Unit (40, 60) lies in the tower: rows 56–60 are in front (even bar), 60–64 behind.
    let at = |x: usize, y: usize| pixel(&image, y * 4 * SIZE + x * 4);
    assert!(is(at(40, 58), BLUE) && is(at(40, 62), PINK) && is(at(10, 62), YELLOW));
    // The two layers change places when swapped: pixel for pixel the inverse choice of bars.
    let settings = Settings::new().with("swapped", Value::Flag(true));
    let swapped = (illusions::find("church").unwrap().build)(&settings).unwrap();
    let swapped = drawn(&swapped.compose(&Condition { difference: 0.0, strength: 1.0 }).unwrap(), SIZE);
    let at = |x: usize, y: usize| pixel(&swapped, y * 4 * SIZE + x * 4);
    assert!(is(at(40, 58), PINK) && is(at(40, 62), BLUE) && is(at(10, 58), YELLOW));
}

/// Smallest distance of a unit point from the church, by asking at points round it, up to `most` units.
fn clear_of_church(x: f64, y: f64, most: f64) -> bool {
    (0..48).all(|k| {
        let arm = Point::polar(1.0, f64::from(k) * std::f64::consts::TAU / 48.0);
        (0..=12).all(|step| {
            let reach = most * f64::from(step) / 12.0;
            !in_church(x + arm.x * reach, y + arm.y * reach)
        })
    })
}

/// Pixels that are blue although within 3.8 units of the church, and pixels more than 9 units away that a control has grayed.
pub fn trespasses(context: &str) -> (usize, usize) {
    let (full, kept) = (stimulus(&[("context", "munker")], 1.0).image, stimulus(&[("context", context)], 1.0).image);
    let (mut inside, mut outside) = (0, 0);
    for y in (0..SIZE).step_by(5) {
        for x in (0..SIZE).step_by(3) {
            let (unit_x, unit_y) = ((x as f64 + 0.5) / 4.0, (y as f64 + 0.5) / 4.0);
            let (now, before) = (pixel(&kept, y * SIZE + x), pixel(&full, y * SIZE + x));
            inside += usize::from(is(now, BLUE) && !clear_of_church(unit_x, unit_y, 3.8));
            outside += usize::from(is(now, GRAY) && is(before, BLUE) && clear_of_church(unit_x, unit_y, 9.0));
        }
    }
    (inside, outside)
}

#[test]
fn blue_keeps_four_units_away_where_it_should() {
    for context in ["interrupted", "uniform_gap"] {
        assert_eq!(trespasses(context), (0, 0), "{context}");
    }
    assert!(trespasses("uniform").0 > 100, "blue touches the church on a uniform ground");
}

pub fn lab(linear: [f32; 3]) -> Lab<palette::white_point::D65, f64> {
    let [red, green, blue] = linear.map(f64::from);
    LinSrgb::new(red, green, blue).into_color()
}

#[test]
fn a_recoloring_is_as_large_as_asked_and_leads_from_yellow_to_blue() {
    let way = {
        let (blue, yellow) = (lab(light(BLUE)), lab(light(YELLOW)));
        Point::new(blue.a - yellow.a, blue.b - yellow.b)
    };
    for difference in [-12.0, -3.0, 5.0, 12.0] {
        let image = drawn(&scene(&[("context", "uniform")], 0.0, difference), SIZE);
        let now = lab(pixel(&image, (62 * 4) * SIZE + 40 * 4));
        let step = Point::new(now.a - lab(light(PINK)).a, now.b - lab(light(PINK)).b);
        assert!((now.distance(lab(light(PINK))) - f64::abs(difference)).abs() < 0.02, "{difference}");
        assert!((now.l - lab(light(PINK)).l).abs() < 0.01, "lightness stays");
        assert!((step.dot(way) / way.length() - difference).abs() < 0.02, "{difference}");
    }
}
