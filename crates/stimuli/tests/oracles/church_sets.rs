//! The church's contexts, masks, bar widths and color sets: areas by hand, points asked one by one, colors by a second
//! reckoning.

use crate::church::{SIZE, is, lab, light, pixel};
use crate::support::{Picture, supersampled};
use palette::color_difference::EuclideanDistance;
use palette::{IntoColor, LinSrgb, Xyz};
use trompe_stimuli::church::{self, Colors};
use trompe_stimuli::{
    Condition, Image, Mask, MaskName, Point, Settings, Stimulus, StimulusError, Value, Viewing, color, illusions,
    render,
};

const GRAY: [u8; 3] = [140, 140, 140];

fn words(pairs: &[(&str, &str)]) -> Settings {
    let settings = Settings::new().with("bar_masks", Value::Flag(true));
    pairs.iter().fold(settings, |all, &(key, word)| all.with(key, Value::Text(word.to_owned())))
}

fn shown(settings: &Settings, [strength, difference]: [f64; 2], size: usize) -> Stimulus {
    let church = (illusions::find("church").unwrap().build)(settings).unwrap();
    let scene = church.compose(&Condition { difference, strength }).unwrap();
    render(&scene, Viewing::square(size, scene.size_deg[0]).unwrap()).unwrap()
}

/// Color at a place in units of the 128 grid.
fn at(image: &Image, x: f64, y: f64) -> [f32; 3] {
    let scale = image.width as f64 / 128.0;
    pixel(image, (y * scale) as usize * image.width + (x * scale) as usize)
}

fn apart(one: [f64; 3], other: [f64; 3]) -> f64 {
    one.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn the_tree_is_a_fir_of_three_tiers() {
    assert_eq!(52.0 * 40.0 / 2.0 + (30.0 + 70.0) / 2.0 * 26.0 + (40.0 + 90.0) / 2.0 * 24.0 + 13.0 * 25.0, 4225.0);
    let within = |y: f64, [top, bottom]: [f64; 2], [narrow, wide]: [f64; 2], x: f64| {
        y > top && y < bottom && (x - 64.0).abs() < (narrow + (wide - narrow) * (y - top) / (bottom - top)) / 2.0
    };
    let tree = |point: Point| {
        let (x, y) = (point.x * 32.0 + 64.0, point.y * 32.0 + 64.0);
        within(y, [7.0, 47.0], [0.0, 52.0], x)
            || within(y, [47.0, 73.0], [30.0, 70.0], x)
            || within(y, [73.0, 97.0], [40.0, 90.0], x)
            || within(y, [97.0, 122.0], [13.0, 13.0], x)
    };
    let brute = supersampled(tree, 128, 4.0, 8);
    let found = shown(&words(&[("silhouette", "tree"), ("context", "uniform")]), [1.0, 0.0], 128);
    let mask = &found.masks[&MaskName::Target(1)];
    let found = Picture { size: 128, values: mask.coverage.iter().map(|&value| f64::from(value)).collect() };
    assert!(found.apart(&brute) < 0.15 && found.mean_apart(&brute) < 2e-3, "{}", found.apart(&brute));
}

#[test]
fn bars_of_whole_pixels_have_whole_pixels_at_every_width_and_size() {
    for size_deg in [4.0, 3.0, 5.3] {
        for width in [1usize, 2, 3, 4, 6, 8, 12, 16, 24] {
            let settings = words(&[])
                .with("size_deg", Value::Number(size_deg))
                .with("bar_deg", Value::Number(width as f64 * size_deg / 128.0));
            let stimulus = shown(&settings, [1.0, 0.0], 128);
            let front = &stimulus.masks[&MaskName::FrontBars];
            for row in 0..128 {
                // By hand: rows 0 to w − 1 are in front, w to 2w − 1 behind.
                let in_front = (row / width) % 2 == 0;
                let share = if in_front { 1.0 } else { 0.0 };
                assert_eq!(front.coverage[row * 128], share, "{size_deg} deg, width {width}, row {row}");
                let color = pixel(&stimulus.image, row * 128);
                let expected = light(if in_front { church::BLUE } else { church::YELLOW });
                assert_eq!(color, expected, "{size_deg} deg, width {width}, row {row}");
            }
        }
    }
    // Negative control: bars of half pixels mix rows.
    let settings = words(&[]).with("bar_deg", Value::Number(2.5 / 32.0));
    let coverage = &shown(&settings, [1.0, 0.0], 128).masks[&MaskName::FrontBars].coverage;
    assert!(coverage.iter().any(|&share| share > 0.0 && share < 1.0));
}

#[test]
fn masks_have_the_areas_of_their_bars() {
    let settings = words(&[("silhouette", "square")]);
    let stimulus = shown(&settings, [1.0, 0.0], SIZE);
    let area = |name: MaskName| stimulus.masks[&name].area() / 16.0;
    // Sixteen bars of 4 × 128 in front. The square, 65 × 65 from 31.5 to 96.5, shows in the bars behind that begin at
    // 28 (half a row of it), 36, 44, …, 92: 8 × 4 + 0.5 rows of 65.
    assert!((area(MaskName::FrontBars) - 8192.0).abs() < 1e-3);
    assert!((area(MaskName::Target(1)) - 32.5 * 65.0).abs() < 1e-3, "{}", area(MaskName::Target(1)));
    assert!((area(MaskName::BackBars) - (8192.0 - 32.5 * 65.0)).abs() < 1e-2);
    assert!((area(MaskName::Outside) - (16384.0 - 73.0 * 73.0)).abs() < 1e-2, "4 units of clearance on each side");
    // Swapped, the bars in front begin at 4: the square then shows from 32 to 36, …, and in the half row from 96: 8 × 4
    // + 0.5.
    let swapped = shown(&settings.clone().with("swapped", Value::Flag(true)), [1.0, 0.0], SIZE);
    let rows = |stimulus: &Stimulus, name: MaskName| -> Vec<usize> {
        let mask = &stimulus.masks[&name];
        (0..SIZE).filter(|row| mask.coverage[row * SIZE] == 1.0).collect()
    };
    assert_eq!(rows(&swapped, MaskName::FrontBars), rows(&stimulus, MaskName::BackBars));
    assert!((swapped.masks[&MaskName::Target(1)].area() / 16.0 - 32.5 * 65.0).abs() < 1e-3);
    // Not asked for, bars are no masks; uniform grounds have none.
    assert!(!shown(&Settings::new(), [1.0, 0.0], 64).masks.contains_key(&MaskName::FrontBars));
    assert!(!shown(&words(&[("context", "uniform")]), [1.0, 0.0], 64).masks.contains_key(&MaskName::FrontBars));
}

#[test]
fn the_visible_target_is_split_by_distance_from_the_bars_in_front() {
    let viewing = Viewing::square(128, 4.0).unwrap();
    let profile = |width: f64| {
        let settings = words(&[("silhouette", "square")]).with("bar_deg", Value::Number(width / 32.0));
        church::profile(&settings, viewing).unwrap()
    };
    // Bars of 8 behind: 40–48, 56–64, 72–80, 88–96 lie within 31.5 to 96.5; of 24–32 half a row shows, at the edge.
    // Rows lie 0.5, 1.5, 2.5 and 3.5 from the nearest edge, two of each in every bar.
    let eight = profile(8.0);
    let (distances, areas): (Vec<f64>, Vec<f64>) = eight.iter().map(|(d, mask)| (d * 32.0, mask.area())).unzip();
    assert!(distances.iter().zip([0.5, 1.5, 2.5, 3.5]).all(|(a, b)| (a - b).abs() < 1e-5), "{distances:?}");
    let expected = [8.5 * 65.0, 8.0 * 65.0, 8.0 * 65.0, 8.0 * 65.0];
    assert!(areas.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-2), "{areas:?}");
    assert_eq!((profile(1.0).len(), profile(2.0).len(), profile(3.0).len(), profile(24.0).len()), (1, 1, 2, 12));
    let without = church::profile(&words(&[("context", "uniform")]), viewing);
    assert!(matches!(without, Err(StimulusError::NoMask(_))));
}

#[test]
fn a_trap_is_truly_recolored_behind_gray_bars() {
    let trap = shown(&words(&[("bars", "gray")]), [1.0, 10.0], SIZE);
    assert!(is(at(&trap.image, 10.0, 58.0), GRAY) && is(at(&trap.image, 10.0, 62.0), GRAY));
    let step = lab(at(&trap.image, 40.0, 62.0)).distance(lab(light(church::TARGET)));
    assert!((step - 10.0).abs() < 0.02, "{step}");
    assert_eq!(trap.image, shown(&Settings::new(), [0.0, 10.0], SIZE).image, "as with gray bars by strength");
}

#[test]
fn remote_colors_stay_beyond_a_gray_zone() {
    let stimulus = shown(&words(&[("context", "remote")]), [1.0, 0.0], SIZE);
    // The church reaches from 28 to 100 and from 8 to 108; the zone 12 units farther.
    for (x, y, expected) in [
        (10.0, 58.0, church::BLUE),
        (10.0, 62.0, church::YELLOW),
        (15.5, 58.0, church::BLUE),
        (16.5, 58.0, GRAY),
        (16.5, 62.0, GRAY),
        (111.5, 62.0, GRAY),
        (112.5, 62.0, church::YELLOW),
        (60.0, 1.0, GRAY),
        (60.0, 119.5, GRAY),
        (60.0, 121.0, church::BLUE),
        (40.0, 58.0, GRAY),
        (40.0, 62.0, church::TARGET),
    ] {
        assert!(is(at(&stimulus.image, x, y), expected), "{x} {y}");
    }
    // Of the canvas 32 columns lie beyond on the sides, and 8 rows of 96 below: half of them in front.
    let front = stimulus.masks[&MaskName::FrontBars].area() / 16.0;
    assert!((front - (32.0 * 64.0 + 96.0 * 4.0)).abs() < 0.1, "{front}");
    assert!((stimulus.masks[&MaskName::BackBars].area() / 16.0 - front).abs() < 0.1);
}

/// Row of the 3 × 3 confetti discs: which bars lie in front of each, by hand.
const FRONT: [[usize; 3]; 3] = [[0, 1, 2], [1, 2, 0], [2, 0, 1]];

#[test]
fn each_disc_of_the_confetti_lies_behind_the_bars_of_one_color() {
    let stimulus = shown(&words(&[("context", "confetti")]), [1.0, 0.0], SIZE);
    let peach = church::NOVICK[0];
    for y in (0..128).map(|y| f64::from(y) + 0.5) {
        let bar = (y / 4.0) as usize % 3;
        for x in (0..128).map(|x| f64::from(x) + 0.5) {
            let [column, row] = [x, y].map(|along| ((along - 1.0) / 42.0).min(2.0) as usize);
            let away = (x - 22.0 - 42.0 * column as f64).hypot(y - 22.0 - 42.0 * row as f64);
            if (away - 12.0).abs() > 0.5 {
                let expected =
                    if away < 12.0 && FRONT[row][column] != bar { peach } else { church::CONFETTI_BARS[bar] };
                assert!(is(at(&stimulus.image, x, y), expected), "{x} {y}: {:?}", at(&stimulus.image, x, y));
            }
        }
    }
    // No fringe: a bar in front has its own color also where the disc ends.
    let rims = [10.0 + 0.1, 34.0 - 0.1].map(|x| at(&stimulus.image, x, 22.0 + 3.0));
    assert!(rims.iter().all(|&rim| is(rim, church::CONFETTI_BARS[0])), "{rims:?}");
    // Three discs a target, by asking at points.
    for behind in 0..3 {
        let inside = |point: Point| {
            let (x, y) = (point.x * 32.0 + 64.0, point.y * 32.0 + 64.0);
            let [column, row] = [x, y].map(|along| ((along - 1.0) / 42.0).clamp(0.0, 2.0) as usize);
            let away = (x - 22.0 - 42.0 * column as f64).hypot(y - 22.0 - 42.0 * row as f64);
            away < 12.0 && FRONT[row][column] == behind && (y / 4.0) as usize % 3 != behind
        };
        let area = supersampled(inside, 128, 4.0, 8).area();
        let found = stimulus.masks[&MaskName::Target(behind as u8 + 1)].area() / 16.0;
        assert!((found - area).abs() < 3.0 && found > 700.0, "{behind}: {found} v {area}");
    }
    // Below 0 red and blue change places, at 0 every bar is gray.
    let other = shown(&words(&[("context", "confetti")]), [-1.0, 0.0], 128);
    assert!(
        is(at(&other.image, 1.0, 2.0), church::CONFETTI_BARS[2])
            && is(at(&other.image, 1.0, 10.0), church::CONFETTI_BARS[0])
    );
    let gray = shown(&words(&[("context", "confetti")]), [0.0, 0.0], 128);
    assert!([2.0, 6.0, 10.0].iter().all(|&y| is(at(&gray.image, 1.0, y), GRAY)));
    let last = Settings::new().with("novick", Value::Number(4.0)).with("context", Value::Text("confetti".to_owned()));
    assert_eq!(church::colors(&last).unwrap().target, color::from_srgb8([0xf5, 0xc8, 0x82]));
}

fn colors(set: &str, draw: usize) -> Colors {
    church::colors(&words(&[("colors", set)]).with("draw", Value::Number(draw as f64))).unwrap()
}

#[test]
fn the_poster_has_its_printed_colors_and_inducers_of_equal_luminance_have_the_targets() {
    let poster = colors("poster", 0);
    for (found, printed) in
        [(poster.target, [235, 140, 165]), (poster.near, [40, 60, 220]), (poster.far, [250, 215, 40])]
    {
        assert!(apart(found, light(printed).map(f64::from)) < 1e-6);
    }
    let equal = colors("equal_luminance", 0);
    assert_eq!(equal.target, poster.target);
    let level = color::luminance(poster.target);
    for inducer in [equal.near, equal.far, equal.gray] {
        assert!((color::luminance(inducer) - level).abs() < 1e-9 && color::in_gamut(inducer), "{inducer:?}");
    }
    // Yellow is only scaled; blue, scaled, would have 3.16 of blue light, so it is mixed with gray until it has 1.
    let share = equal.far[0] / poster.far[0];
    assert!((0..3).all(|channel| (equal.far[channel] / poster.far[channel] - share).abs() < 1e-9) && share < 1.0);
    assert!((equal.near[2] - 1.0).abs() < 1e-9);
    let bright = poster.near.map(|channel| channel * level / color::luminance(poster.near));
    assert!((bright[2] - 3.16).abs() < 0.01, "{bright:?}");
    let kept = [0, 1, 2].map(|channel: usize| (equal.near[channel] - level) / (bright[channel] - level));
    assert!(kept.iter().all(|one| (one - kept[2]).abs() < 1e-9), "one straight line to gray: {kept:?}");
    // Negative control: the poster's inducers are far from equal.
    assert!(color::luminance(poster.far) > 5.0 * color::luminance(poster.near));
}

/// Signals of the cones by Smith and Pokorny, as Wyszecki and Stiles print them, from tristimulus values by `palette`.
fn cones([red, green, blue]: [f64; 3]) -> [f64; 3] {
    let xyz: Xyz<palette::white_point::D65, f64> = LinSrgb::new(red, green, blue).into_color();
    let [x, y, z] = [xyz.x, xyz.y, xyz.z];
    [0.15514 * x + 0.54312 * y - 0.03286 * z, -0.15514 * x + 0.45684 * y + 0.03286 * z, 0.00801 * z]
}

#[test]
fn on_the_s_axis_only_the_short_wave_cones_tell_the_colors_apart() {
    let set = colors("s_axis", 0);
    let [target, near, far] = [set.target, set.near, set.far].map(cones);
    let white = cones([1.0; 3]);
    let s = |cones: [f64; 3]| cones[2] / (cones[0] + cones[1]) * (white[0] + white[1]) / white[2];
    for inducer in [near, far] {
        assert!((inducer[0] / target[0] - 1.0).abs() < 2e-3 && (inducer[1] / target[1] - 1.0).abs() < 2e-3);
    }
    assert!((s(near) - 2.0).abs() < 0.01 && (s(far) - 0.2).abs() < 0.01, "{} {}", s(near), s(far));
    assert!((0.7..0.9).contains(&s(target)), "{}", s(target));
    assert!([set.near, set.far].into_iter().all(color::in_gamut));
    // Purple has most blue, lime least; peach is the reddest by its share.
    let [target, near, far] = [set.target, set.near, set.far];
    assert!(near[2] > near[0] && near[0] > near[1], "purple {near:?}");
    assert!(far[2] < 0.2 * far[0] && (far[0] / far[1] - 1.0).abs() < 0.2, "lime {far:?}");
    assert!(target[0] > target[1] && target[1] > target[2], "peach {target:?}");
}

#[test]
fn drawn_sets_keep_inducers_apart_with_the_target_between() {
    let mut seen: Vec<Colors> = Vec::new();
    for number in 0..church::DRAWN {
        let set = colors("drawn", number);
        assert_eq!(set, colors("drawn", number), "a set depends on its number alone");
        assert!(!seen.contains(&set));
        let [target, near, far] = [set.target, set.near, set.far].map(|color| {
            assert!(color::in_gamut(color));
            lab(color.map(|channel| channel as f32))
        });
        let way = Point::new(near.a - far.a, near.b - far.b);
        assert!(way.length() >= 59.9, "{number}: {}", way.length());
        let along = Point::new(target.a - far.a, target.b - far.b).dot(way) / way.dot(way);
        assert!((0.39..0.61).contains(&along), "{number}: {along}");
        for difference in [-12.0, 12.0] {
            let recolored = set.recolored(difference).unwrap().map(|channel| channel as f32);
            assert!((lab(recolored).distance(target) - 12.0).abs() < 0.02, "{number}");
        }
        seen.push(set);
    }
    assert_eq!(seen.len(), 24);
    let refused = church::colors(&Settings::new().with("draw", Value::Number(24.0))).unwrap_err();
    assert!(refused.to_string().contains("`draw`"));
}

#[test]
fn figures_of_every_set_show_its_colors() {
    for (set, draw) in [("equal_luminance", 0), ("s_axis", 0), ("drawn", 7)] {
        let expected = colors(set, draw);
        let settings = words(&[("colors", set)]).with("draw", Value::Number(draw as f64));
        let image = shown(&settings, [1.0, 0.0], 128).image;
        for (x, y, color) in [(10.0, 58.0, expected.near), (10.0, 62.0, expected.far), (40.0, 62.0, expected.target)] {
            assert!(apart(at(&image, x, y).map(f64::from), color) < 1e-6, "{set}");
        }
        let reference = shown(&settings, [0.0, 0.0], 128).image;
        assert!(apart(at(&reference, 10.0, 58.0).map(f64::from), expected.gray) < 1e-6, "{set}");
    }
}

/// A plane blurred by a Gaussian, sampled and cut at four standard deviations; beyond the border the outermost pixels.
fn blurred(plane: &[f32], size: usize, sigma: f64) -> Vec<f64> {
    let reach = (4.0 * sigma).ceil() as i64;
    let shares: Vec<f64> = (-reach..=reach).map(|k| (-0.5 * (k as f64 / sigma).powi(2)).exp()).collect();
    let sum: f64 = shares.iter().sum();
    let near = |at: usize, k: usize| (at as i64 + k as i64 - reach).clamp(0, size as i64 - 1) as usize;
    let along = |values: &[f64], step: fn(usize, usize, usize) -> usize| -> Vec<f64> {
        let pixel = |at: usize| {
            let taken = |(k, share): (usize, &f64)| {
                let (row, column) = (at / size, at % size);
                share * values[step(near(row, k) * size + column, row * size + near(column, k), 0)]
            };
            shares.iter().enumerate().map(taken).sum::<f64>() / sum
        };
        (0..size * size).map(pixel).collect()
    };
    let plane: Vec<f64> = plane.iter().map(|&value| f64::from(value)).collect();
    along(&along(&plane, |down, _, _| down), |_, across, _| across)
}

/// CIELAB of the mean light over some pixels of the visible church after a blur.
fn seen(strength: f64, [width, sigma]: [f64; 2], pixels: fn(&Mask) -> Vec<usize>) -> [f64; 3] {
    let settings = Settings::new().with("bar_deg", Value::Number(width / 32.0));
    let stimulus = shown(&settings, [strength, 0.0], 128);
    let pixels = pixels(&stimulus.masks[&MaskName::Target(1)]);
    let mean = [0, 1, 2].map(|channel: usize| {
        let plane = blurred(&stimulus.image.data[channel * 16384..(channel + 1) * 16384], 128, sigma);
        pixels.iter().map(|&at| plane[at]).sum::<f64>() / pixels.len() as f64
    });
    color::to_lab(mean)
}

#[test]
fn a_plain_blur_moves_the_colors_as_another_program_found() {
    // Measured by a prototype of this project in another language, with its own drawing of the church (pixels whose
    // middle lies inside), before this crate was written. Width and sd in pixels; ΔE (1976) of the two churches and
    // their hues in degrees.
    for (width, sigma, apart, hues) in [
        (1.0, 0.5, 32.9, [-18.0, 32.0]),
        (2.0, 0.5, 15.8, [-7.0, 16.0]),
        (2.0, 1.0, 53.8, [-30.0, 52.0]),
        (4.0, 1.0, 25.4, [-13.0, 25.0]),
        (4.0, 2.0, 54.5, [-31.0, 53.0]),
        (8.0, 1.0, 8.3, [-2.0, 10.0]),
        (8.0, 2.0, 19.7, [-10.0, 21.0]),
    ] {
        let [blue, yellow] = [1.0, -1.0].map(|strength| seen(strength, [width, sigma], Mask::pixels));
        let found = (0..3).map(|at| (blue[at] - yellow[at]).powi(2)).sum::<f64>().sqrt();
        let degrees = [blue, yellow].map(|lab| lab[2].atan2(lab[1]).to_degrees());
        assert!((found - apart).abs() < 1.0, "{width} {sigma}: {found}, the other program {apart}");
        let close = degrees.iter().zip(hues).all(|(one, other)| (one - other).abs() < 1.5);
        assert!(close, "{width} {sigma}: {degrees:?}, the other program {hues:?}");
    }
    // Negative control: without a blur the churches do not differ, and have the color of the poster.
    let [blue, yellow] = [1.0, -1.0].map(|strength| seen(strength, [4.0, 0.01], Mask::whole_pixels));
    assert!((0..3).all(|at| (blue[at] - yellow[at]).abs() < 1e-9), "{blue:?} {yellow:?}");
}
