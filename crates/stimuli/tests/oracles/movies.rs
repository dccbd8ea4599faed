//! Movies: flow in closed form, frames against frames moved by whole pixels, statistics of natural pictures, what each
//! arm takes away.

use crate::leaves;
use crate::support::code;
use trompe_stimuli::movies::track::{Similarity, Step, Track};
use trompe_stimuli::movies::{self, Channels, Movie, Polarity, Recipe};
use trompe_stimuli::{Point, Settings, StimulusError, Value, stream};

const SIZE: usize = 32;

pub fn recipe() -> Recipe {
    Recipe::read(&Settings::new()).unwrap()
}

/// Surfaces alone: whatever light falls on them.
fn even() -> Recipe {
    Recipe { light: false, ..recipe() }
}

pub fn clips(recipe: &Recipe, n: usize, frames: usize, seed: u64) -> Vec<Movie> {
    let mut rng = stream(seed);
    (0..n).map(|_| movies::draw(recipe, SIZE, frames, &mut rng).unwrap()).collect()
}

/// A steady shift of the camera.
fn shifting(frames: usize, step: Point) -> Track {
    let camera = |frame: usize| Similarity { shift: step * frame as f64, ..Similarity::IDENTITY };
    Track {
        cameras: (0..frames).map(camera).collect(),
        steps: vec![Step::Moving; frames - 1],
        ..Track::still(frames, 3)
    }
}

fn middle(at: usize, size: usize) -> Point {
    let place = |step: usize| step as f64 + 0.5 - size as f64 / 2.0;
    Point::new(place(at % size), place(at / size))
}

/// Largest difference between a frame moved by whole pixels (rightward, downward) and another, where both are seen.
fn moved_apart(one: &[f32], other: &[f32], size: usize, [right, down]: [i64; 2]) -> f64 {
    let mut most = 0.0f64;
    for (at, value) in one.iter().enumerate() {
        let (row, column) = ((at / size % size) as i64, (at % size) as i64);
        let (to_row, to_column) = (row + down, column + right);
        if (0..size as i64).contains(&to_row) && (0..size as i64).contains(&to_column) {
            let to = (at / (size * size) * size + to_row as usize) * size + to_column as usize;
            most = most.max(f64::from((value - other[to]).abs()));
        }
    }
    most
}

#[test]
fn a_clip_without_motion_is_the_same_frame_to_the_bit() {
    let at_rest = Recipe {
        camera_sd_px: 0.0,
        rotation_sd_deg: 0.0,
        zoom_sd_percent: 0.0,
        own_sd_px: 0.0,
        drift: false,
        saccades: false,
        ..recipe()
    };
    for recipe in [at_rest, Recipe { pause_share: 1.0, saccades: false, ..recipe() }] {
        for movie in clips(&recipe, 3, 4, 1) {
            assert!(movie.frames.iter().all(|frame| *frame == movie.frames[0]));
            assert!(movie.flow.iter().flatten().all(|flow| *flow == [0.0, 0.0]));
            assert_eq!((movie.frames.len(), movie.flow.len(), movie.steps.len()), (4, 3, 3));
        }
    }
    assert!(clips(&recipe(), 1, 4, 1)[0].frames[0] != clips(&recipe(), 1, 4, 1)[0].frames[3], "the camera does move");
}

#[test]
fn a_shift_by_whole_pixels_moves_the_frame_by_whole_pixels() {
    for (step, by) in [(Point::new(2.0, -1.0), [2, -1]), (Point::new(-3.0, 0.0), [-3, 0])] {
        let movie = movies::along(&recipe(), SIZE, &shifting(3, step), &mut stream(2)).unwrap();
        for (two, flow) in movie.frames.windows(2).zip(&movie.flow) {
            assert!(moved_apart(&two[0], &two[1], SIZE, by) < 1e-4, "{by:?}");
            assert!(moved_apart(&two[0], &two[1], SIZE, [-by[0], -by[1]]) > 0.05, "the opposite way does not fit");
            assert!(flow.iter().all(|one| (f64::from(one[0]) - step.x).abs() < 1e-5));
            assert!(flow.iter().all(|one| (f64::from(one[1]) - step.y).abs() < 1e-5));
        }
    }
}

/// Rightward shift between two frames by least squares on brightness: −Σ Iₓ Iₜ / Σ Iₓ², central differences.
fn shift_px(one: &[f32], other: &[f32], size: usize) -> f64 {
    let (mut above, mut below) = (0.0, 0.0);
    for at in (0..3 * size * size).filter(|at| (1..size - 1).contains(&(at % size))) {
        let slope = |frame: &[f32]| f64::from(frame[at + 1] - frame[at - 1]) / 2.0;
        let across = (slope(one) + slope(other)) / 2.0;
        above -= across * f64::from(other[at] - one[at]);
        below += across * across;
    }
    above / below
}

#[test]
fn a_drift_of_a_tenth_of_a_pixel_is_seen_in_every_frame() {
    // Were outlines told in steps of half a pixel, most frames would show nothing and some too much. Coarse leaves and
    // the widest blur, for the ruler: central differences find too small slopes in fine pictures.
    let coarse = Recipe { radius_min_px: 4.0, blur_px: 0.7, texture: false, ..even() };
    let movie = movies::along(&coarse, 64, &shifting(21, Point::new(0.1, 0.0)), &mut stream(3)).unwrap();
    let steps: Vec<f64> = movie.frames.windows(2).map(|two| shift_px(&two[0], &two[1], 64)).collect();
    assert!(steps.iter().all(|step| (step - 0.1).abs() < 0.02), "{steps:?}");
    let whole = |from: usize| moved_apart(&movie.frames[from], &movie.frames[from + 10], 64, [1, 0]);
    assert!(whole(0) < 1e-4 && whole(10) < 1e-4, "ten tenths are a pixel: {} {}", whole(0), whole(10));
}

#[test]
fn the_flow_of_a_rotation_is_its_angle_times_the_radius() {
    for turn_deg in [1.0f64, -2.0, 5.0] {
        let movie = movies::turning(&recipe(), turn_deg, (SIZE, 3), &mut stream(4)).unwrap();
        let angle = turn_deg.to_radians();
        for flow in &movie.flow {
            for (at, found) in flow.iter().enumerate() {
                let from = middle(at, SIZE);
                // Clockwise on the screen: rightward of the middle moves down. Chord 2 sin(ω/2) r; ω × r to second
                // order.
                let cross = Point::new(-angle * from.y, angle * from.x);
                let off = Point::new(f64::from(found[0]) - cross.x, f64::from(found[1]) - cross.y).length();
                let length = f64::from(found[0]).hypot(f64::from(found[1]));
                assert!(off <= from.length() * angle * angle / 2.0 * 1.01 + 1e-5, "{turn_deg}");
                assert!((length - 2.0 * (angle / 2.0).sin().abs() * from.length()).abs() < 1e-5);
            }
        }
    }
    // 90 degrees turn the picture's rows into its columns.
    let movie = movies::turning(&even(), 90.0, (SIZE, 2), &mut stream(5)).unwrap();
    let turned = |at: usize| {
        let (plane, row, column) = (at / (SIZE * SIZE), at / SIZE % SIZE, at % SIZE);
        (plane * SIZE + column) * SIZE + SIZE - 1 - row
    };
    let apart = (0..3 * SIZE * SIZE).map(|at| (movie.frames[0][at] - movie.frames[1][turned(at)]).abs());
    assert!(apart.fold(0.0, f32::max) < 1e-4);
}

/// A value between pixels.
fn bilinear(plane: &[f32], size: usize, place: Point) -> Option<f64> {
    let (x, y) = (place.x + size as f64 / 2.0 - 0.5, place.y + size as f64 / 2.0 - 0.5);
    let (left, top) = (x.floor(), y.floor());
    if left < 0.0 || top < 0.0 || left + 1.0 >= size as f64 || top + 1.0 >= size as f64 {
        return None;
    }
    let at = |dx: usize, dy: usize| f64::from(plane[(top as usize + dy) * size + left as usize + dx]);
    let (along, down) = (x - left, y - top);
    Some(
        (at(0, 0) * (1.0 - along) + at(1, 0) * along) * (1.0 - down)
            + (at(0, 1) * (1.0 - along) + at(1, 1) * along) * down,
    )
}

/// Mean difference between green in a frame and in the next along the flow times `share`, away from where flow changes.
fn warped_apart(movie: &Movie, share: f64) -> f64 {
    let (size, plane) = (movie.size, movie.size * movie.size);
    let (mut sum, mut count) = (0.0, 0.0);
    for (two, flow) in movie.frames.windows(2).zip(&movie.flow) {
        for (at, way) in flow.iter().enumerate() {
            let (row, column) = (at / size, at % size);
            if !(3..size - 3).contains(&row) || !(3..size - 3).contains(&column) {
                continue;
            }
            let near = (0..49).map(|k| flow[(row + k / 7 - 3) * size + column + k % 7 - 3]);
            let smooth = near.into_iter().all(|other| (other[0] - way[0]).abs() + (other[1] - way[1]).abs() < 0.15);
            let to = middle(at, size) + Point::new(f64::from(way[0]), f64::from(way[1])) * share;
            if let (true, Some(value)) = (smooth, bilinear(&two[1][plane..2 * plane], size, to)) {
                sum += (value - f64::from(two[0][plane + at])).abs();
                count += 1.0;
            }
        }
    }
    assert!(count > 1000.0, "{count}");
    sum / count
}

#[test]
fn the_next_frame_is_this_one_moved_by_the_flow() {
    let moving = Recipe { pause_share: 0.0, radius_min_px: 3.0, ..even() };
    let mut rng = stream(6);
    let (mut apart, mut still, mut twice) = (0.0, 0.0, 0.0);
    for _ in 0..4 {
        let movie = movies::draw(&moving, 64, 6, &mut rng).unwrap();
        apart += warped_apart(&movie, 1.0);
        still += warped_apart(&movie, 0.0);
        twice += warped_apart(&movie, 2.0);
    }
    // What is left is what sampling between pixels blurs.
    assert!(apart / 4.0 < 0.006, "{apart}");
    assert!(apart < 0.3 * still && apart < 0.3 * twice, "{apart} {still} {twice}");
}

#[test]
fn outside_saccades_nothing_is_faster_than_3_pixels() {
    let mut seen = [0usize; 3];
    for movie in clips(&recipe(), 60, 16, 7) {
        for (flow, step) in movie.flow.iter().zip(&movie.steps) {
            let fastest = flow.iter().map(|way| way[0].hypot(way[1])).fold(0.0, f32::max);
            match step {
                Step::Moving => assert!(fastest > 0.0 && fastest <= 3.0 + 1e-4, "{fastest}"),
                Step::Pause => assert_eq!(fastest, 0.0),
                Step::Saccade => assert!(fastest > 0.5, "a jump of 4 pixels in two steps, less 3: {fastest}"),
            }
            seen[*step as usize] += 1;
        }
    }
    assert!(seen.iter().all(|count| *count > 5), "{seen:?}");
}

#[test]
fn groups_move_apart_and_cover_each_other() {
    let own = Recipe {
        camera_sd_px: 0.0,
        rotation_sd_deg: 0.0,
        zoom_sd_percent: 0.0,
        drift: false,
        saccades: false,
        ..recipe()
    };
    let movie = movies::draw(&Recipe { pause_share: 0.0, ..own }, 64, 2, &mut stream(8)).unwrap();
    let mut ways: Vec<[u32; 2]> = movie.flow[0].iter().map(|way| way.map(f32::to_bits)).collect();
    ways.sort_unstable();
    ways.dedup();
    // Within a group all pixels move alike, up to the last bits.
    let rounded = |way: &[u32; 2]| way.map(|bits| (f32::from_bits(bits) * 1000.0).round() as i32);
    let mut groups: Vec<[i32; 2]> = ways.iter().map(rounded).collect();
    groups.sort_unstable();
    groups.dedup();
    assert!((2..=14).contains(&groups.len()), "{groups:?}");
}

#[test]
fn frames_have_the_statistics_of_natural_pictures() {
    let drawn: Vec<Vec<f64>> = clips(&recipe(), 200, 1, 9)
        .iter()
        .map(|movie| {
            let plane = SIZE * SIZE;
            let at = |pixel: usize, channel: usize| f64::from(movie.frames[0][channel * plane + pixel]);
            (0..plane).map(|pixel| 0.2126 * at(pixel, 0) + 0.7152 * at(pixel, 1) + 0.0722 * at(pixel, 2)).collect()
        })
        .collect();
    let (slope, kurtosis) = (leaves::slope(&drawn), leaves::kurtosis(&drawn));
    println!("slope {slope:.2}, kurtosis {kurtosis:.1}");
    assert!(leaves::natural(slope), "{slope}");
    assert!(kurtosis > 6.0, "{kurtosis}");
    assert!(!leaves::natural(leaves::slope(&leaves::white_noise(100))));
}

/// Mean square of the steps between neighbors in a row, by channel.
fn steps(movies: &[Movie]) -> [f64; 3] {
    let plane = SIZE * SIZE;
    [0, 1, 2].map(|channel: usize| {
        let rows = movies.iter().flat_map(|movie| movie.frames[0][channel * plane..][..plane].chunks_exact(SIZE));
        let (sum, count) = rows.flat_map(|row| row.windows(2)).fold((0.0, 0.0), |(sum, count), two| {
            let step = f64::from(two[1] - two[0]);
            (sum + step * step, count + 1.0)
        });
        sum / count
    })
}

#[test]
fn channels_are_natural_matched_or_equal() {
    let natural = steps(&clips(&recipe(), 400, 1, 10));
    assert!(natural[2] < 0.7 * natural[1], "blue is blurrier: {natural:?}");
    let matched = steps(&clips(&Recipe { channels: Channels::Matched, ..recipe() }, 400, 1, 10));
    for channel in [0, 2] {
        assert!((matched[channel] / matched[1] - 1.0).abs() < 0.1, "{matched:?}");
    }
    for movie in clips(&Recipe { channels: Channels::Gray, ..recipe() }, 5, 3, 10) {
        for frame in &movie.frames {
            let planes: Vec<&[f32]> = frame.chunks_exact(SIZE * SIZE).collect();
            assert!(planes[0] == planes[1] && planes[1] == planes[2]);
        }
    }
}

/// Third moment of the codes about the middle of the scale, of each clip.
fn skewnesses(movies: &[Movie]) -> Vec<f64> {
    let third = |movie: &Movie| {
        let codes: Vec<f64> = movie.frames.iter().flatten().map(|&value| code(f64::from(value)) - 0.5).collect();
        codes.iter().map(|code| code * code * code).sum::<f64>() / codes.len() as f64
    };
    movies.iter().map(third).collect()
}

/// Mean in standard errors.
pub fn z(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let square = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (n - 1.0);
    mean / (square / n).sqrt()
}

#[test]
fn polarity_is_natural_inverted_or_symmetric_on_average() {
    let [natural, symmetric, inverted] = [Polarity::Natural, Polarity::Symmetric, Polarity::Inverted]
        .map(|polarity| clips(&Recipe { polarity, ..recipe() }, 300, 1, 11));
    assert!(z(&skewnesses(&symmetric)).abs() < 3.5, "{}", z(&skewnesses(&symmetric)));
    assert!(z(&skewnesses(&natural)) < -20.0 && z(&skewnesses(&inverted)) > 20.0, "dark codes are more");
    let mut kept = 0;
    for (one, (other, either)) in natural.iter().zip(inverted.iter().zip(&symmetric)) {
        for (a, b) in one.frames[0].iter().zip(&other.frames[0]) {
            assert!((code(f64::from(*a)) + code(f64::from(*b)) - 1.0).abs() < 1e-5);
        }
        assert!(either == one || either == other);
        kept += usize::from(either == one);
    }
    assert!((115..=185).contains(&kept), "a fair coin: {kept}");
}

#[test]
fn a_reversed_clip_is_the_clip_from_last_to_first() {
    for planted in [false, true] {
        let plain = clips(&Recipe { planted, ..recipe() }, 6, 8, 12);
        let reversed = clips(&Recipe { planted, reversed: true, ..recipe() }, 6, 8, 12);
        for (one, other) in plain.iter().zip(&reversed) {
            assert!(one.frames.iter().eq(other.frames.iter().rev()));
            assert!(one.steps.iter().eq(other.steps.iter().rev()));
            assert!(one.frames[0] != other.frames[0] || one.frames[0] == one.frames[7]);
        }
    }
}

#[test]
fn movies_are_the_same_when_drawn_again_and_refuse_what_makes_no_sense() {
    assert_eq!(clips(&recipe(), 2, 3, 13), clips(&recipe(), 2, 3, 13));
    assert_ne!(clips(&recipe(), 1, 3, 13), clips(&recipe(), 1, 3, 14));
    for (size, frames) in [(7, 4), (257, 4), (32, 0), (32, 1025)] {
        let error = movies::draw(&recipe(), size, frames, &mut stream(1)).unwrap_err();
        assert!(matches!(error, StimulusError::OutOfRange { .. }), "{error}");
    }
    for (key, value) in [
        ("channels", Value::Text("red".to_owned())),
        ("polarity", Value::Text("both".to_owned())),
        ("groups", Value::Number(2.5)),
        ("pause_share", Value::Number(f64::NAN)),
        ("camera_sd", Value::Number(1.0)),
        ("planted", Value::Number(1.0)),
    ] {
        let message = Recipe::read(&Settings::new().with(key, value)).unwrap_err().to_string();
        assert!(message.contains(&format!("`{key}`")), "{message}");
    }
    let mut broken = shifting(3, Point::default());
    broken.offsets.pop();
    assert!(movies::along(&recipe(), SIZE, &broken, &mut stream(1)).is_err());
    assert!(movies::turning(&recipe(), f64::NAN, (SIZE, 2), &mut stream(1)).is_err());
}

#[test]
fn a_propeller_keeps_its_area_and_turns() {
    let [blade, ground] = [[0.8, 0.6, 0.4], [0.1, 0.2, 0.3]];
    for turn_deg in [5.0, -30.0] {
        let movie = movies::propeller([blade, ground], [10.0, turn_deg], 64, 5).unwrap();
        // Half of a disk of radius 0.45 · 64.
        let area = std::f64::consts::PI * (0.45f64 * 64.0).powi(2) / 2.0;
        for frame in &movie.frames {
            for channel in 0..3 {
                let light: f64 = frame[channel * 4096..][..4096].iter().map(|&value| f64::from(value)).sum();
                let found = (light - 4096.0 * ground[channel]) / (blade[channel] - ground[channel]);
                assert!((found / area - 1.0).abs() < 1e-4, "{found} {area}");
            }
        }
        let angle = f64::to_radians(turn_deg);
        for (flow, frame) in movie.flow.iter().zip(&movie.frames) {
            for (at, way) in flow.iter().enumerate() {
                let from = middle(at, 64);
                let expected = Point::new(
                    from.x * angle.cos() - from.y * angle.sin() - from.x,
                    from.x * angle.sin() + from.y * angle.cos() - from.y,
                );
                let on = (f64::from(frame[at]) - 0.8).abs() < 1e-6;
                let off = (f64::from(frame[at]) - 0.1).abs() < 1e-6;
                let expected = if on { expected } else { Point::default() };
                let away = (f64::from(way[0]) - expected.x).abs() + (f64::from(way[1]) - expected.y).abs();
                assert!(!(on || off) || away < 1e-5, "pixel {at}");
            }
        }
    }
    let movie = movies::propeller([blade, ground], [10.0, 120.0], 64, 2).unwrap();
    let apart = movie.frames[0].iter().zip(&movie.frames[1]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(apart < 1e-5, "a third of a turn is none to see");
}

#[test]
fn light_and_shades_darken_within_their_bounds_and_texture_is_a_tenth() {
    let plain = Recipe { light: false, shading: false, texture: false, ..recipe() };
    // Ratios of pixels with paint enough; the same stream draws the same leaves.
    let ratios = |with: &Recipe| -> Vec<f64> {
        let (with, without) = (clips(with, 40, 1, 17), clips(&plain, 40, 1, 17));
        let pixels = with.iter().zip(&without).flat_map(|(one, other)| one.frames[0].iter().zip(&other.frames[0]));
        pixels.filter(|(_, paint)| (0.02..0.6).contains(*paint)).map(|(a, b)| f64::from(a / b)).collect()
    };
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    // A shade takes up to 40 % at its far end, half of it in the middle of a leaf: 10 % on average.
    let shaded = ratios(&Recipe { shading: true, ..plain });
    assert!(shaded.iter().all(|ratio| (0.59..=1.0 + 1e-5).contains(ratio)));
    assert!((mean(&shaded) - 0.9).abs() < 0.02, "{}", mean(&shaded));
    // Amplitudes from 0.05 to 0.15 about 1: root mean square 0.104, a little less after the blur.
    let textured = ratios(&Recipe { texture: true, ..plain });
    let sd = (textured.iter().map(|ratio| (ratio - 1.0) * (ratio - 1.0)).sum::<f64>() / textured.len() as f64).sqrt();
    assert!((mean(&textured) - 1.0).abs() < 0.01 && (0.06..0.105).contains(&sd), "{} {sd}", mean(&textured));
    let lit = ratios(&Recipe { light: true, ..plain });
    assert!(lit.iter().all(|ratio| *ratio > 0.0 && *ratio <= 1.0 + 1e-5));
    // On average one center in a picture of 32 pixels, a radius of 18 and 60 % let pass within it: the number of
    // shades at a place is near a Poisson's of mean π 18² / 32² = 0.994, and the mean of 0.6 to that power is exp(−0.4
    // · 0.994) = 0.67.
    assert!((mean(&lit) - 0.67).abs() < 0.06, "{}", mean(&lit));
}
