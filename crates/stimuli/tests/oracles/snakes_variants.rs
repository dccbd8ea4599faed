//! Rotating Snakes in other orders, palettes and layouts: parts at angles worked out by hand, luminances and
//! chromaticities from the standard's matrix, bands that wrap.

use crate::snakes::{Part, apart, at, disk, flipped, middle, part};
use crate::support::{drawn, linear};
use trompe_stimuli::edges::EdgeClass;
use trompe_stimuli::rotating_snakes::geometry;
use trompe_stimuli::{Condition, Image, Settings, Value, illusions};

use Part::{Black, Blue, White, Yellow};

/// Weights of IEC 61966-2-1.
fn luminance(color: [f64; 3]) -> f64 {
    0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2]
}

fn codes(color: [f64; 3]) -> [f64; 3] {
    color.map(|code| linear(code / 255.0))
}

const BLUE: [f64; 3] = [19.0, 121.0, 255.0];
const YELLOW: [f64; 3] = [229.0, 229.0, 19.0];

/// Parts at the middles of the two sectors and the two ellipses of a unit, clockwise from the start of the first:
/// 4.5°, 9°, 13.5° and 18°; in the second ring half a unit on. A place that is gray of luminance 0.4 is none.
fn parts(image: &Image, ring: i32, unit: f64, hand: f64) -> [Option<Part>; 4] {
    [4.5, 9.0, 13.5, 18.0].map(|degrees| {
        let shift = if ring % 2 == 0 { 0.0 } else { 9.0 };
        let color = at(image, middle(ring), hand * (degrees + shift + 18.0 * unit));
        let gray = color.iter().all(|channel| (channel - 0.4).abs() < 1e-6);
        (!gray).then(|| part(color))
    })
}

/// Whether the disk has that order in all units of its first rings.
fn has_order(image: &Image, hand: f64, order: [Option<Part>; 4]) -> bool {
    (0..4).all(|ring| (0..20).all(|unit| parts(image, ring, f64::from(unit), hand) == order))
}

#[test]
fn orders_and_pairs_run_as_their_names_say() {
    let [k, b, w, y] = [Black, Blue, White, Yellow].map(Some);
    for (pattern, order) in [
        ("snakes", [k, b, w, y]),
        ("order_kbyw", [k, b, y, w]),
        ("order_kwby", [k, w, b, y]),
        ("pair_kb", [k, b, None, None]),
        ("pair_bw", [None, b, w, None]),
        ("pair_wy", [None, None, w, y]),
        ("pair_yk", [k, None, None, y]),
    ] {
        let plain = disk(&[("pattern", pattern)], &[], 1.0, 0.0);
        assert!(has_order(&plain, 1.0, order), "{pattern}: {:?}", parts(&plain, 0, 0.0, 1.0));
        // Below 0 the same order runs counterclockwise; it is the mirror image, and clockwise there is another order.
        let mirror = disk(&[("pattern", pattern)], &[], -1.0, 0.0);
        assert!(has_order(&mirror, -1.0, order), "{pattern}");
        assert!(!has_order(&mirror, 1.0, order), "{pattern}: the mirror image is told from it");
        assert!(apart(&plain, &mirror, flipped) < 1e-6, "{pattern}");
    }
}

#[test]
fn at_strength_0_no_order_has_a_direction() {
    for pattern in ["order_kbyw", "order_kwby", "pair_kb", "pair_bw", "pair_wy", "pair_yk", "fraser_wilcox"] {
        let asymmetry = |strength: f64| {
            let image = disk(&[("pattern", pattern)], &[], strength, 0.0);
            // The middle of the first sector of a ring is an axis of symmetry, or of a ramp the middle of the unit.
            let axis = if pattern == "fraser_wilcox" { 9.0 } else { 4.5 };
            let far = |away: f64| {
                let [one, other] = [-away, away].map(|by| at(&image, middle(0), axis + by));
                one.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
            };
            [4.5, 3.5, 6.5].map(far).into_iter().fold(0.0, f64::max)
        };
        assert!(asymmetry(0.0) < 0.04, "{pattern}: {}", asymmetry(0.0));
        assert!(asymmetry(1.0) > 0.15, "{pattern} at full strength is asymmetric: {}", asymmetry(1.0));
    }
}

#[test]
fn ramps_rise_clockwise_from_black_to_white() {
    let gray = |image: &Image, degrees: f64| at(image, middle(0), degrees)[0];
    let [up, down] = [1.0, -1.0].map(|strength| disk(&[("pattern", "fraser_wilcox")], &[], strength, 0.0));
    for unit in 0..20 {
        for share in [0.1, 0.3, 0.5, 0.7, 0.9] {
            let degrees = 18.0 * (f64::from(unit) + share);
            // A step is 1/32; a pixel holds up to two.
            assert!((gray(&up, degrees) - share).abs() < 0.05, "{degrees}: {}", gray(&up, degrees));
            assert!((gray(&down, -degrees) - share).abs() < 0.05, "{degrees}");
        }
    }
    // At 1/2 the peak is at 3/4: halfway up at 3/8.
    let half = disk(&[("pattern", "fraser_wilcox")], &[], 0.5, 0.0);
    assert!((gray(&half, 18.0 * 0.375) - 0.5).abs() < 0.05 && (gray(&half, 18.0 * 0.875) - 0.5).abs() < 0.1);
}

fn chromaticity(color: [f64; 3]) -> [f64; 2] {
    let sum: f64 = color.iter().sum();
    [color[0] / sum, color[1] / sum]
}

#[test]
fn exchanged_hues_keep_the_luminances_of_blue_and_yellow() {
    let image = disk(&[("palette", "hue_swapped")], &[], 1.0, 0.0);
    let (dark, light) = (at(&image, middle(0), 9.0), at(&image, middle(0), 18.0));
    let (blue, yellow) = (codes(BLUE), codes(YELLOW));
    assert!((luminance(dark) - luminance(blue)).abs() < 1e-6 && (luminance(light) - luminance(yellow)).abs() < 1e-6);
    let off = |one: [f64; 3], other: [f64; 3]| -> f64 {
        let (one, other) = (chromaticity(one), chromaticity(other));
        (one[0] - other[0]).abs() + (one[1] - other[1]).abs()
    };
    assert!(off(dark, yellow) < 1e-6, "the dark part has yellow's chromaticity");
    // The light part lies on the way from the gray of its luminance to blue, where blue light ends the gamut.
    let share: Vec<f64> = (0..3)
        .map(|channel| {
            let wanted = blue[channel] * luminance(yellow) / luminance(blue);
            (light[channel] - luminance(yellow)) / (wanted - luminance(yellow))
        })
        .collect();
    assert!(share.iter().all(|one| (one - share[0]).abs() < 1e-4 && (one - 0.1).abs() < 0.001), "{share:?}");
    assert!((light[2] - 1.0).abs() < 1e-6, "and no sooner");
    assert!(off(light, yellow) > 0.05 && off(dark, blue) > 0.05, "hues are not where they were");
}

/// Largest difference of luminance between pixels.
fn luminance_range(image: &Image) -> f64 {
    let plane = image.height * image.width;
    let all: Vec<f64> = (0..plane)
        .map(|at| luminance([0, 1, 2].map(|channel: usize| f64::from(image.data[channel * plane + at]))))
        .collect();
    all.iter().copied().fold(0.0, f64::max) - all.iter().copied().fold(1.0, f64::min)
}

#[test]
fn at_equal_luminance_every_pixel_has_blues() {
    for (pattern, strength) in
        [("snakes", 1.0), ("snakes", 0.3), ("symmetric6", 1.0), ("pair_bw", -1.0), ("order_kbyw", 1.0)]
    {
        let image = disk(&[("palette", "equal_luminance"), ("pattern", pattern)], &[], strength, 0.0);
        assert!(luminance_range(&image) < 1e-5, "{pattern}: {}", luminance_range(&image));
        let corner = [0, 1, 2].map(|channel: usize| f64::from(image.data[channel * image.height * image.width]));
        assert!((luminance(corner) - luminance(codes(BLUE))).abs() < 1e-6);
        // Its colors differ: red for black, green for white.
        let color = |degrees: f64| at(&image, middle(0), degrees);
        if pattern == "snakes" {
            assert!(color(4.5)[0] > 0.9 && color(4.5)[1] < 1e-6 && color(13.5)[1] > 0.2 && color(13.5)[0] < 1e-6);
        }
    }
    assert!(luminance_range(&disk(&[], &[], 1.0, 0.0)) > 0.9, "the figure in its colors does differ");
}

const STRIP: usize = 400;

fn strip(words: &[(&str, &str)], numbers: &[(&str, f64)], strength: f64, difference: f64) -> Image {
    let settings = words.iter().fold(Settings::new(), |all, &(key, word)| all.with(key, Value::Text(word.to_owned())));
    let settings = settings.with("layout", Value::Text("strip".to_owned()));
    let settings = numbers.iter().fold(settings, |all, &(key, number)| all.with(key, Value::Number(number)));
    let snakes = (illusions::find("rotating_snakes").unwrap().build)(&settings).unwrap();
    drawn(&snakes.compose(&Condition { difference, strength }).unwrap(), STRIP)
}

/// Largest difference between rows of a picture, moved right by so many columns round the end, and rows of another.
fn moved_apart(one: &Image, other: &Image, rows: std::ops::Range<usize>, by: i64) -> f64 {
    let mut most = 0.0f64;
    for row in rows {
        for column in 0..STRIP {
            let from = (column as i64 - by).rem_euclid(STRIP as i64) as usize;
            for channel in 0..one.channels {
                let at = |column: usize| (channel * STRIP + row) * STRIP + column;
                most = most.max(f64::from((one.data[at(from)] - other.data[at(column)]).abs()));
            }
        }
    }
    most
}

#[test]
fn a_strip_wraps_round_and_its_neighbors_run_opposite_ways() {
    for words in [&[][..], &[("pattern", "symmetric6")], &[("pattern", "fraser_wilcox")], &[("palette", "gray")]] {
        let image = strip(words, &[], 1.0, 0.0);
        // A unit is a twentieth of the width: 20 pixels here, and the end meets the start.
        assert!(moved_apart(&image, &image, 0..STRIP, 20) < 1e-5, "{words:?}");
        assert!(moved_apart(&image, &image, 0..STRIP, 10) > 0.3, "{words:?}: half a unit is not a period");
        // A real motion of 4.5° is 5 pixels: rightward in bands 1 and 3, leftward in 2 and 4.
        for (frame, difference) in [(1.0, 4.5), (2.0, 11.25), (1.0, -364.5)] {
            let still = strip(words, &[("frame", frame)], 1.0, 0.0);
            let moved = strip(words, &[("frame", frame)], 1.0, difference);
            let by = (frame * difference / 360.0 * STRIP as f64).round() as i64;
            for band in 0..4usize {
                let by = if band % 2 == 0 { by } else { -by };
                let rows = band * 100..(band + 1) * 100;
                assert!(moved_apart(&still, &moved, rows.clone(), by) < 1e-5, "{words:?} {band} {difference}");
                assert!(moved_apart(&still, &moved, rows, -by) > 0.1, "{words:?} {band} {difference}");
            }
        }
    }
}

#[test]
fn bands_show_the_order_in_the_direction_in_which_they_seem_to_run() {
    for strength in [1.0, -1.0] {
        let image = strip(&[], &[], strength, 0.0);
        for band in 0..4usize {
            let row = band * 100 + 50;
            let shown = |column: usize| {
                part([0, 1, 2].map(|channel: usize| f64::from(image.data[(channel * STRIP + row) * STRIP + column])))
            };
            // Middles of black, blue, white and yellow lie at 5, 10, 15 and 20 pixels of a unit.
            let rightward = (band % 2 == 0) == (strength > 0.0);
            let places = [5, 10, 15, 20].map(|at: usize| if rightward { 40 + at } else { 100 - at });
            assert_eq!(places.map(shown), [Black, Blue, White, Yellow], "band {band} at {strength}");
        }
    }
}

/// What lies before and after an edge.
fn before_after(class: EdgeClass) -> [Part; 2] {
    match class {
        EdgeClass::BlackDark => [Black, Blue],
        EdgeClass::DarkWhite => [Blue, White],
        EdgeClass::WhiteLight => [White, Yellow],
        EdgeClass::LightBlack => [Yellow, Black],
    }
}

/// Whether the disk's edges lie where the geometry says, within a tenth of a degree.
fn edges_are_there(image: &Image, disk: &geometry::Disk) -> bool {
    disk.rings.iter().take(3).all(|ring| {
        EdgeClass::ALL.into_iter().all(|class| {
            ring.edges_deg(class).into_iter().all(|angle| {
                // A pixel at these radii is up to 0.2° wide.
                let seen = [-0.3, 0.3].map(|by: f64| part(at(image, ring.middle_px(), angle + ring.hand * by)));
                seen == before_after(class)
            })
        })
    })
}

#[test]
fn the_geometry_says_where_rings_and_edges_lie() {
    for (strength, turned) in [(1.0, 0.0), (-1.0, 0.0), (1.0, 2.5), (-1.0, 2.5)] {
        let image = disk(&[], &[("frame", 1.0)], strength, turned);
        let told = geometry::disk(1024, 12, strength, turned);
        assert!(edges_are_there(&image, &told), "{strength} {turned}");
        assert!(
            !edges_are_there(&image, &geometry::disk(1024, 12, -strength, turned)),
            "the mirror image is elsewhere"
        );
        assert!(!edges_are_there(&image, &geometry::disk(1024, 12, strength, turned + 1.0)));
        assert_eq!((told.center.x, told.center.y, told.rings.len()), (512.0, 512.0, 12));
        for (j, ring) in told.rings.iter().enumerate() {
            assert!((ring.outer_px - 0.48 * 1024.0 * 0.8f64.powi(j as i32)).abs() < 1e-9);
            assert!((ring.inner_px / ring.outer_px - 0.8).abs() < 1e-12);
        }
    }
    // Within a unit, as measured on the figure.
    let within = EdgeClass::ALL.map(geometry::within_unit_deg);
    for (found, expected) in within.into_iter().zip([5.8, 12.2, 14.8, 3.2]) {
        assert!((found - expected).abs() < 1e-12, "{within:?}");
    }
}

#[test]
fn the_geometry_says_where_bands_and_their_edges_lie() {
    for (strength, turned) in [(1.0, 0.0), (-1.0, 0.0), (1.0, 5.0), (-1.0, -5.0)] {
        let image = strip(&[], &[("frame", 1.0)], strength, turned);
        // Whether parts lie a pixel and a half before and after each edge as its class says; parts are 2.8 pixels and
        // more.
        let fits = |bands: &[geometry::Band]| {
            bands.iter().all(|band| {
                let row = ((band.top_px + band.bottom_px) / 2.0) as usize;
                let shown = |x: f64| {
                    let column = x.rem_euclid(STRIP as f64) as usize % STRIP;
                    let at = |channel: usize| f64::from(image.data[(channel * STRIP + row) * STRIP + column]);
                    part([0, 1, 2].map(at))
                };
                EdgeClass::ALL.into_iter().all(|class| {
                    let edges = band.edges_px(class);
                    edges.into_iter().all(|x| [-1.2, 1.2].map(|by| shown(x + band.hand * by)) == before_after(class))
                })
            })
        };
        let told = geometry::strip(STRIP, 4, strength, turned);
        assert!(fits(&told), "{strength} {turned}");
        assert!(!fits(&geometry::strip(STRIP, 4, -strength, turned)));
        assert!(!fits(&geometry::strip(STRIP, 4, strength, turned + 4.0)));
        let borders: Vec<f64> = told.iter().flat_map(|band| [band.top_px, band.bottom_px]).collect();
        assert_eq!(borders, [0.0, 100.0, 100.0, 200.0, 200.0, 300.0, 300.0, 400.0]);
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let build = illusions::find("rotating_snakes").unwrap().build;
    let word = |key: &str, word: &str| Settings::new().with(key, Value::Text(word.to_owned()));
    let ramps = word("pattern", "fraser_wilcox").with("palette", Value::Text("equal_luminance".to_owned()));
    assert!(build(&ramps).err().unwrap().to_string().contains("palette"));
    assert!(build(&word("pattern", "order_kbwy")).is_err());
    assert!(build(&Settings::new().with("bands", Value::Number(2.5))).err().unwrap().to_string().contains("`bands`"));
    assert!(build(&Settings::new().with("bands", Value::Number(31.0))).is_err());
}
