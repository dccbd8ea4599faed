//! Dead leaves: the statistics of natural pictures, by a plain discrete Fourier transform; leaves laid over leaves; the settings.

use crate::support::drawn;
use std::collections::BTreeMap;
use std::f64::consts::TAU;
use trompe_stimuli::worlds::{self, BoxedWorld, Difficulty, Teaches};
use trompe_stimuli::{Fill, Image, Path, Point, Scene, Settings, Value, color, stream};

const SIZE: usize = 32;
/// Settings of the third dimension.
const DEPTH: [&str; 3] = ["light", "shadows", "occluders"];

fn world(flags: &[&str]) -> BoxedWorld {
    let settings = flags.iter().fold(Settings::new(), |all, key| all.with(key, Value::Flag(true)));
    (worlds::find("dead_leaves").unwrap().build)(&settings).unwrap()
}

fn scenes(world: &BoxedWorld, n: usize, seed: u64) -> Vec<Scene> {
    let mut rng = stream(seed);
    (0..n).map(|_| world.sample(0, Difficulty::Training, &mut rng).unwrap().scene).collect()
}

fn pictures(flags: &[&str], n: usize) -> Vec<Vec<f64>> {
    let world = world(flags);
    scenes(&world, n, 51)
        .iter()
        .map(|scene| drawn(scene, SIZE).data.iter().map(|&value| f64::from(value)).collect())
        .collect()
}

/// Power of a square picture at (u, v) cycles, by the sums of the definition, rows first; the mean is taken off and a Hann window
/// keeps the borders from counting as edges.
pub fn power(picture: &[f64]) -> Vec<f64> {
    let n = SIZE;
    let mean = picture.iter().sum::<f64>() / picture.len() as f64;
    let hann = |at: usize| 0.5 - 0.5 * (TAU * (at as f64 + 0.5) / n as f64).cos();
    let turn = |product: usize| (TAU * (product % n) as f64 / n as f64).sin_cos();
    let mut rows = vec![[0.0; 2]; n * n];
    for row in 0..n {
        for u in 0..n {
            for column in 0..n {
                let value = (picture[row * n + column] - mean) * hann(row) * hann(column);
                let (sin, cos) = turn(u * column);
                rows[row * n + u][0] += value * cos;
                rows[row * n + u][1] -= value * sin;
            }
        }
    }
    let mut power = vec![0.0; n * n];
    for v in 0..n {
        for u in 0..n {
            let [mut real, mut imaginary] = [0.0; 2];
            for row in 0..n {
                let ([a, b], (sin, cos)) = (rows[row * n + u], turn(v * row));
                real += a * cos + b * sin;
                imaginary += b * cos - a * sin;
            }
            power[v * n + u] = real * real + imaginary * imaginary;
        }
    }
    power
}

/// Slope of log power over log frequency from 2 to `most` cycles a picture, a point for each whole frequency (mean over the ring).
pub fn slope_to(most: usize, pictures: &[Vec<f64>]) -> f64 {
    let mut rings: BTreeMap<usize, [f64; 2]> = BTreeMap::new();
    for picture in pictures {
        let power = power(picture);
        for (at, &value) in power.iter().enumerate() {
            let cycles = |k: usize| k.min(SIZE - k) as f64;
            let ring = rings.entry(cycles(at % SIZE).hypot(cycles(at / SIZE)).round() as usize).or_default();
            *ring = [ring[0] + value, ring[1] + 1.0];
        }
    }
    let points = rings.range(2..=most).map(|(&ring, [sum, count])| ((ring as f64).ln(), (sum / count).ln()));
    let points: Vec<(f64, f64)> = points.collect();
    let n = points.len() as f64;
    let [x, y] =
        [points.iter().map(|point| point.0).sum::<f64>() / n, points.iter().map(|point| point.1).sum::<f64>() / n];
    let product: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    product / points.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>()
}

/// The slope up to 8 cycles a picture: half a period is then the diameter of the smallest leaf, 2 pixels. Beyond, there are no
/// leaves to draw, and pixels average.
pub fn slope(pictures: &[Vec<f64>]) -> f64 {
    slope_to(8, pictures)
}

/// Kurtosis of differences between neighbors in a row: fourth moment over squared variance, 3 for a normal law.
pub fn kurtosis(pictures: &[Vec<f64>]) -> f64 {
    let rows = pictures.iter().flat_map(|picture| picture.chunks(SIZE));
    let steps: Vec<f64> = rows.flat_map(|row| row.windows(2).map(|pair| pair[1] - pair[0])).collect();
    let mean = |power: i32| steps.iter().map(|step| step.powi(power)).sum::<f64>() / steps.len() as f64;
    mean(4) / mean(2).powi(2)
}

/// Normal noise, independent from pixel to pixel.
pub fn white_noise(n: usize) -> Vec<Vec<f64>> {
    let mut rng = stream(52);
    let picture = |_| {
        let mut values = vec![0.5f32; SIZE * SIZE];
        trompe_stimuli::add_noise(&mut values, 0.1, &mut rng);
        values.iter().map(|&value| f64::from(value)).collect()
    };
    (0..n).map(picture).collect()
}

pub fn natural(slope: f64) -> bool {
    (slope + 2.0).abs() <= 0.3
}

#[test]
fn power_falls_with_the_square_of_frequency_and_steps_are_heavy_tailed() {
    for flags in [&[][..], &DEPTH[..]] {
        let pictures = pictures(flags, 300);
        let (slope, kurtosis) = (slope(&pictures), kurtosis(&pictures));
        println!("{flags:?}: slope {slope:.2} ({:.2} to 12), kurtosis {kurtosis:.1}", slope_to(12, &pictures));
        assert!(natural(slope), "{flags:?}: slope {slope}");
        assert!(kurtosis > 6.0, "{flags:?}: kurtosis {kurtosis}");
    }
    // Negative controls: independent pixels are flat and normal; one lone edge a picture falls by two powers more than noise does.
    let noise = white_noise(100);
    assert!(slope(&noise).abs() < 0.1 && (kurtosis(&noise) - 3.0).abs() < 0.1);
    assert!(!natural(slope(&noise)));
    let integrated: Vec<Vec<f64>> = noise.iter().map(|picture| summed(picture)).collect();
    assert!(slope(&integrated) < -2.5, "{}", slope(&integrated));
}

/// Sums over rows, then over columns: power falls by the square in either direction.
pub fn summed(picture: &[f64]) -> Vec<f64> {
    let mut out = picture.iter().map(|value| value - 0.5).collect::<Vec<f64>>();
    for at in 0..out.len() {
        if at % SIZE > 0 {
            out[at] += out[at - 1];
        }
    }
    for at in SIZE..out.len() {
        out[at] += out[at - SIZE];
    }
    out
}

#[test]
fn the_transform_finds_a_wave_where_it_is() {
    let wave = |u: f64, v: f64| -> Vec<f64> {
        let phase = |at: usize| (u * (at % SIZE) as f64 + v * (at / SIZE) as f64) / SIZE as f64;
        (0..SIZE * SIZE).map(|at| (TAU * phase(at)).cos()).collect()
    };
    for (u, v) in [(5usize, 0usize), (3, 7), (0, 9)] {
        let power = power(&wave(u as f64, v as f64));
        let largest = (0..power.len()).max_by(|&a, &b| power[a].total_cmp(&power[b])).unwrap();
        assert!([v * SIZE + u, (SIZE - v) % SIZE * SIZE + (SIZE - u) % SIZE].contains(&largest), "{u} {v}: {largest}");
    }
}

/// Luminances under a pixel's middle, front to back, of a scene without filters and windows.
fn on_top(scene: &Scene, at: usize) -> Option<f32> {
    // One leaf at a time, in white on black: exact coverage of its pixels.
    scene.painted.iter().rev().find_map(|painted| {
        let mut alone = Scene::new(scene.size_deg, Fill::Gray(0.0));
        alone.paint(painted.path.clone(), Fill::Gray(1.0));
        let share = drawn(&alone, SIZE).data[at];
        (share > 0.0).then_some(match painted.fill {
            Fill::Gray(luminance) if share == 1.0 => luminance as f32,
            Fill::Gray(_) | Fill::Color(_) | Fill::Filter(_) => f32::NAN,
        })
    })
}

#[test]
fn the_nearest_leaf_hides_what_lies_behind_and_nothing_stays_bare() {
    let mut whole = 0;
    for scene in scenes(&world(&[]), 4, 53) {
        let image = drawn(&scene, SIZE);
        for at in (0..SIZE * SIZE).step_by(37) {
            let top = on_top(&scene, at).expect("a leaf lies everywhere");
            if !top.is_nan() {
                whole += 1;
                assert_eq!(image.data[at], top, "{at}");
            }
        }
    }
    assert!(whole > 20, "{whole} pixels lie wholly in one leaf");
}

#[test]
fn leaves_have_skewed_luminances_within_bounds_and_differ_between_pictures() {
    let mut luminances: Vec<f64> = Vec::new();
    for scene in scenes(&world(&[]), 60, 54) {
        assert_eq!(scene.channels(), 1);
        for painted in &scene.painted {
            let Fill::Gray(luminance) = painted.fill else { panic!("gray leaves") };
            assert!(luminance > 0.0 && luminance <= 1.0);
            luminances.push(luminance);
        }
    }
    luminances.sort_by(f64::total_cmp);
    // The log-normal law of the documentation, cut at 1: z = ln(1/0.18)/0.7 = 2.45, of which 0.9929 lies below; so the median is
    // 0.18 · exp(0.7 · Φ⁻¹(0.49643)) = 0.1789, its standard error 0.7 · 1.2533/√n of itself.
    let (median, n) = (luminances[luminances.len() / 2], luminances.len() as f64);
    assert!((median / 0.1789).ln().abs() < 4.5 * 0.7 * 1.2533 / n.sqrt(), "{median} of {n}");
    let mean = luminances.iter().sum::<f64>() / n;
    assert!(mean > 1.2 * median, "skewed to the bright side: {mean} {median}");
}

/// Mean and largest difference of two pictures drawn from the same stream.
fn darker(flag: &str) -> (f64, f64) {
    let plain = scenes(&world(&[]), 30, 55);
    let shaded = scenes(&world(&[flag]), 30, 55);
    let pairs = plain.iter().zip(&shaded).take(1);
    let (mut mean, mut brightest) = (0.0, 0.0f64);
    for (one, other) in pairs {
        let (one, other) = (drawn(one, SIZE), drawn(other, SIZE));
        for (a, b) in one.data.iter().zip(&other.data) {
            mean += f64::from(a - b) / one.data.len() as f64;
            brightest = brightest.max(f64::from(b - a));
        }
    }
    (mean, brightest)
}

#[test]
fn shades_only_darken() {
    for flag in ["light", "shadows"] {
        // The first picture of a stream has the same leaves with and without shades.
        let (mean, brighter) = darker(flag);
        assert!(mean > 0.005 && brighter < 1e-6, "{flag}: {mean} {brighter:e}");
    }
}

#[test]
fn a_filter_passes_its_share_of_what_lies_below() {
    let mut scene = Scene::new([4.0; 2], Fill::Gray(0.8));
    scene.paint(Path::rectangle(Point::new(-2.0, -2.0), Point::new(0.0, 2.0)), Fill::Gray(0.4));
    scene.paint(Path::rectangle(Point::new(-2.0, 0.0), Point::new(2.0, 2.0)), Fill::Filter(0.25));
    scene.paint(Path::rectangle(Point::new(-2.0, -2.0), Point::new(2.0, -1.5)), Fill::Filter(0.0));
    let image = drawn(&scene, 8);
    let at = |row: usize, column: usize| image.data[row * 8 + column];
    assert_eq!(image.shape(), [1, 8, 8], "a filter has no color");
    // Quadrants by hand, and a black bar along the top; half a filter over a pixel takes half of what the whole takes.
    let near = |found: f32, expected: f32| (found - expected).abs() < 1e-6;
    assert!(
        near(at(2, 1), 0.4) && near(at(2, 6), 0.8) && near(at(6, 1), 0.1) && near(at(6, 6), 0.2) && near(at(0, 3), 0.0)
    );
    let mut half = Scene::new([4.0; 2], Fill::Gray(0.8));
    half.paint(Path::rectangle(Point::new(-2.0, -2.0), Point::new(0.25, 2.0)), Fill::Filter(0.5));
    assert!(near(drawn(&half, 8).data[4], 0.6));
}

fn colored(image: &Image) -> [f64; 3] {
    let plane = image.data.len() / 3;
    let lab = |at: usize| color::to_lab([0, 1, 2].map(|channel: usize| f64::from(image.data[channel * plane + at])));
    let all: Vec<[f64; 3]> = (0..plane).map(lab).collect();
    let spread = |axis: usize| (all.iter().map(|lab| lab[axis].powi(2)).sum::<f64>() / plane as f64).sqrt();
    [spread(0), spread(1), spread(2)]
}

#[test]
fn colors_spread_more_from_blue_to_yellow_than_from_red_to_green_and_keep_the_light() {
    let world = world(&["color"]);
    let mut sums = [0.0; 3];
    for scene in scenes(&world, 30, 56) {
        let image = drawn(&scene, SIZE);
        assert_eq!(image.shape(), [3, SIZE, SIZE]);
        assert!(image.data.iter().all(|value| (0.0..=1.0).contains(value)));
        let spread = colored(&image);
        sums = [0, 1, 2].map(|axis| sums[axis] + spread[axis] / 30.0);
    }
    assert!(sums[1] > 2.0 && sums[2] > 1.3 * sums[1], "{sums:?}");
    // Luminance of colored leaves follows the gray law: CIELAB keeps it.
    let median = |flags: &[&str]| {
        let scenes = scenes(&self::world(flags), 60, 57);
        let paints = scenes.iter().flat_map(|scene| &scene.painted);
        let mut all: Vec<f64> = paints
            .map(|painted| match painted.fill {
                Fill::Gray(luminance) => luminance,
                Fill::Color(rgb) => color::luminance(rgb),
                Fill::Filter(_) => panic!("no filters here"),
            })
            .collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    assert!((median(&["color"]) / median(&[])).ln().abs() < 0.05);
}

#[test]
fn it_teaches_pictures_and_the_others_teach_classes() {
    for entry in worlds::ALL {
        let classes = (entry.build)(&Settings::new()).unwrap().classes().len();
        match entry.teaches {
            Teaches::Pictures => assert_eq!((entry.id, classes), ("dead_leaves", 1)),
            Teaches::Classes => assert!(classes > 1, "{}", entry.id),
        }
    }
    let world = world(&[]);
    assert!(world.sample(1, Difficulty::Training, &mut stream(1)).is_err());
    let sample = |difficulty| world.sample(0, difficulty, &mut stream(1)).unwrap();
    assert_eq!(sample(Difficulty::Training).scene, sample(Difficulty::Hard).scene);
    assert_eq!(sample(Difficulty::Hard).noise_sd, 0.01);
}
