//! Abutting gratings: pictures written by hand, the published definition in plain loops, and what pairs must share.

use crate::support::{linear, supersampled};
use std::collections::BTreeSet;
use trompe_stimuli::abutting_grating::{
    Control, Direction, Ensemble, Figure, Grays, Lines, Pair, Variant, grating, pairs,
};
use trompe_stimuli::kanizsa::Shape;
use trompe_stimuli::{Encoding, MaskName, Point, Stimulus, Viewing, encode, render, stream};

const SHAPES: [Shape; 5] = [Shape::Triangle, Shape::Square, Shape::Pentagon, Shape::Hexagon, Shape::Circle];
const PERIODS: [usize; 4] = [2, 4, 6, 8];
/// The published direction pairs, which count (row, column).
const PUBLISHED: [(Direction, i64, i64); 4] = [
    (Direction::Horizontal, 1, 0),
    (Direction::Vertical, 0, 1),
    (Direction::Rising, 1, 1),
    (Direction::Falling, -1, 1),
];

/// Rows of `#` and `.`.
fn written(rows: &[&str]) -> Vec<bool> {
    rows.iter().flat_map(|row| row.chars().map(|pixel| pixel == '#')).collect()
}

fn lines(direction: Direction, period: usize, shift: usize, start: usize) -> Lines {
    Lines { direction, period, shift, start }
}

fn drawn(mask: &[bool], size: [usize; 2], lines: Lines) -> Vec<bool> {
    grating(mask, size, lines).unwrap().iter().map(|&value| value == 1.0).collect()
}

/// Mask, its height and width, lines, and the picture.
type Written<'a> = (&'a [bool], [usize; 2], Lines, [&'a str; 4]);

#[test]
fn small_pictures_are_as_written_by_hand() {
    let wide = written(&["......", "..##..", "..##..", "......"]);
    let square = written(&["....", ".##.", ".##.", "...."]);
    let cases: [Written; 5] = [
        (&wide, [4, 6], Lines::published(Direction::Horizontal, 2), ["......", "##..##", "..##..", "######"]),
        (&wide, [4, 6], Lines::published(Direction::Vertical, 2), [".#.#.#", ".##..#", ".##..#", ".#.#.#"]),
        (&square, [4, 4], Lines::published(Direction::Rising, 4), ["..#.", "....", "#.#.", "...#"]),
        (&square, [4, 4], Lines::published(Direction::Falling, 4), ["..#.", ".#.#", "#.#.", ".#.."]),
        // Lines inside start at row 1, those outside one row lower.
        (&square, [4, 4], lines(Direction::Horizontal, 4, 1, 1), ["....", ".##.", "#..#", "...."]),
    ];
    for (mask, size, lines, rows) in cases {
        assert_eq!(drawn(mask, size, lines), written(&rows), "{lines:?}");
    }
    // Negative control: another direction is another picture.
    assert_ne!(drawn(&wide, [4, 6], Lines::published(Direction::Vertical, 2)), written(&cases[0].3));
}

/// The definition, in plain loops: where (u · row + v · column) mod period is `inner` inside the mask, `outer` outside.
fn defined(mask: &[bool], size: [usize; 2], (u, v): (i64, i64), period: i64, [inner, outer]: [i64; 2]) -> Vec<bool> {
    let mut picture = Vec::new();
    for row in 0..size[0] as i64 {
        for column in 0..size[1] as i64 {
            let place = ((u * row + v * column) % period + period) % period;
            let inside = mask[picture.len()];
            picture.push(if inside { place == inner } else { place == outer });
        }
    }
    picture
}

#[test]
fn any_mask_is_drawn_by_the_published_definition() {
    let mut noise = stream(4);
    for size in [[28, 28], [32, 32], [30, 20]] {
        let mut values = vec![0.0f32; size[0] * size[1]];
        trompe_stimuli::add_noise(&mut values, 1.0, &mut noise);
        let mask: Vec<bool> = values.iter().map(|&value| value > 0.5).collect();
        for period in PERIODS {
            for (direction, u, v) in PUBLISHED {
                let half = period as i64 / 2;
                let expected = defined(&mask, size, (u, v), period as i64, [0, half]);
                assert_eq!(drawn(&mask, size, Lines::published(direction, period)), expected, "{direction:?} {period}");
                let later = defined(&mask, size, (u, v), period as i64, [1, (1 + half) % period as i64]);
                assert_eq!(
                    drawn(&mask, size, lines(direction, period, period / 2, 1)),
                    later,
                    "{direction:?} {period}"
                );
                // Without a shift there is no figure: the mask has no say.
                let plain = drawn(&mask, size, lines(direction, period, 0, 1));
                assert_eq!(plain, drawn(&vec![false; mask.len()], size, lines(direction, period, 0, 1)));
            }
        }
    }
}

#[test]
fn bad_lines_and_masks_are_refused_by_name() {
    let mask = [false; 16];
    let refused = |size: [usize; 2], lines: Lines| grating(&mask, size, lines).unwrap_err().to_string();
    let good = Lines::published(Direction::Rising, 4);
    assert!(grating(&mask, [4, 4], good).is_ok());
    assert!(refused([4, 5], good).contains("`mask`"));
    assert!(refused([4, 4], Lines { period: 3, ..good }).contains("`period`"));
    assert!(refused([4, 4], Lines { period: 0, ..good }).contains("`period`"));
    assert!(refused([4, 4], Lines { shift: 4, ..good }).contains("`shift`"));
    assert!(refused([4, 4], Lines { start: 4, ..good }).contains("`start`"));
}

/// A figure on 32 pixels and 4°.
fn figure(shape: Shape, direction: Direction, period: usize) -> Figure {
    Figure {
        size_px: 32,
        size_deg: 4.0,
        shape,
        variant: Variant::In,
        circumradius_deg: 1.4,
        center: Point::new(0.11, -0.07),
        turn_deg: 17.0,
        lines: Lines::published(direction, period),
        ground: 0.0,
        line: 1.0,
    }
}

fn stimulus(figure: &Figure, size_px: usize, contour: f64) -> Stimulus {
    render(&figure.compose(contour).unwrap(), Viewing::square(size_px, figure.size_deg).unwrap()).unwrap()
}

/// Gray levels in a picture, by their bits.
fn levels(pixels: &[f32]) -> BTreeSet<u32> {
    pixels.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn scenes_have_hard_pixels_at_their_size_and_its_multiples() {
    for (direction, u, v) in PUBLISHED {
        for shape in SHAPES {
            let figure = Figure { size_px: 28, ..figure(shape, direction, 4) };
            let expected = defined(&figure.mask().unwrap(), [28, 28], (u, v), 4, [0, 2]);
            for times in [1, 2, 3] {
                let pixels = stimulus(&figure, 28 * times, 0.0).image.data;
                assert_eq!(levels(&pixels), levels(&[0.0, 1.0]), "{shape:?} {direction:?} × {times}");
                for (at, &value) in pixels.iter().enumerate() {
                    let (row, column) = (at / (28 * times) / times, at % (28 * times) / times);
                    assert_eq!(value == 1.0, expected[row * 28 + column], "{shape:?} {direction:?} {row} {column}");
                }
            }
        }
    }
    // Negative control: at another size edges are mixed, and the check sees it.
    let mixed = stimulus(&figure(Shape::Square, Direction::Horizontal, 4), 40, 0.0);
    assert!(levels(&mixed.image.data).len() > 2);
}

/// Whether a point in degrees lies in a shape, asked side by side.
fn within(figure: &Figure, point: Point) -> bool {
    let arm = point - figure.center;
    let n = match figure.shape {
        Shape::Triangle => 3,
        Shape::Square => 4,
        Shape::Pentagon => 5,
        Shape::Hexagon => 6,
        Shape::Circle => return arm.x.hypot(arm.y) < figure.circumradius_deg,
    };
    let step = std::f64::consts::TAU / f64::from(n);
    let apothem = figure.circumradius_deg * (step / 2.0).cos();
    (0..n).all(|k| {
        let normal = figure.turn_deg.to_radians() + (f64::from(k) + 0.5) * step;
        arm.x * normal.cos() + arm.y * normal.sin() < apothem
    })
}

#[test]
fn masks_are_the_pixels_that_the_shape_covers_by_more_than_half() {
    for shape in SHAPES {
        let figure = figure(shape, Direction::Vertical, 4);
        let mask = figure.mask().unwrap();
        let covered = supersampled(|point| within(&figure, point), 32, 4.0, 16);
        let mut certain = 0;
        for (at, &share) in covered.values.iter().enumerate() {
            // Sampling 256 points errs by less than a twentieth.
            if (share - 0.5).abs() > 0.05 {
                certain += 1;
                assert_eq!(mask[at], share > 0.5, "{shape:?} {at}");
            }
        }
        assert!(certain > 1000);
    }
}

/// A square whose sides lie on borders of pixels: 16 × 16 of 32 × 32.
fn whole_square(direction: Direction, period: usize) -> Figure {
    Figure {
        circumradius_deg: 2f64.sqrt(),
        turn_deg: 45.0,
        center: Point::new(0.0, 0.0),
        ..figure(Shape::Square, direction, period)
    }
}

#[test]
fn regions_and_the_real_contour_have_the_areas_counted_by_hand() {
    let figure = whole_square(Direction::Horizontal, 8);
    assert_eq!(figure.mask().unwrap().iter().filter(|&&inside| inside).count(), 256);
    let plain = stimulus(&figure, 32, 0.0);
    // Inside the contour 4 · 16 − 4 pixels, outside 4 · 16.
    assert_eq!(plain.mask(MaskName::Gap).unwrap().area(), 124.0);
    assert_eq!(plain.mask(MaskName::Target(1)).unwrap().area(), 196.0);
    assert_eq!(plain.mask(MaskName::Outside).unwrap().area(), 704.0);
    // Rows 8 and 16 carry lines within the square (rows 8 to 23): 16 and 2 of the 60 pixels are lines already.
    let half = stimulus(&figure, 32, 0.5).image;
    let gray = linear(0.5) as f32;
    assert_eq!(half.data.iter().filter(|&&value| (value - gray).abs() < 1e-6).count(), 60 - 18);
    let differ = half.data.iter().zip(&plain.image.data).filter(|(one, other)| one != other).count();
    assert_eq!(differ, 60 - 18);
}

fn ensemble(shape: Shape, control: Control, direction: Direction, period: usize) -> Ensemble {
    Ensemble::new(shape, control, direction, period)
}

fn all_pairs(control: Control, n: usize) -> Vec<Pair> {
    let mut all = Vec::new();
    for shape in SHAPES {
        for direction in Direction::ALL {
            for period in PERIODS {
                all.extend(pairs(n, &ensemble(shape, control, direction, period), &mut stream(8)).unwrap());
            }
        }
    }
    all
}

fn picture(figure: &Figure) -> Vec<f32> {
    stimulus(figure, figure.size_px, 0.0).image.data
}

fn light(figure: &Figure) -> f64 {
    picture(figure).iter().map(|&value| f64::from(value)).sum()
}

#[test]
fn partners_have_equal_light_to_the_pixel() {
    for control in [Control::Unshifted, Control::Blob] {
        for pair in all_pairs(control, 2) {
            assert_eq!(light(&pair.figure), light(&pair.control), "{pair:?}");
            assert_ne!(picture(&pair.figure), picture(&pair.control), "{pair:?}");
        }
    }
    // Negative control: figures that were not chosen for it differ in light from their grating.
    let differ = |radius: f64| {
        let figure = Figure { circumradius_deg: radius, ..figure(Shape::Hexagon, Direction::Vertical, 8) };
        light(&figure) != light(&Figure { lines: lines(Direction::Vertical, 8, 0, 4), ..figure })
    };
    assert!((0..10).filter(|&k| differ(1.2 + f64::from(k) * 0.05)).count() > 4);
}

/// Whether each pixel is what one grating, continued everywhere, has there: that of the inside within the mask, that of the
/// outside elsewhere.
fn differs_by_phase_alone(figure: &Figure, seen: &[f32]) -> bool {
    let mask = figure.mask().unwrap();
    let n = figure.size_px;
    let Lines { period, shift, start, .. } = figure.lines;
    let (_, u, v) = *PUBLISHED.iter().find(|(direction, ..)| *direction == figure.lines.direction).unwrap();
    let everywhere =
        |place: usize| defined(&vec![true; n * n], [n; 2], (u, v), period as i64, [(place % period) as i64, -1]);
    let (inside, outside) = (everywhere(start), everywhere(start + shift));
    (0..n * n).all(|at| (seen[at] > 0.5) == if mask[at] { inside[at] } else { outside[at] })
}

#[test]
fn inside_and_outside_differ_by_the_phase_of_one_grating_alone() {
    for control in [Control::Unshifted, Control::Blob] {
        for pair in all_pairs(control, 1) {
            for figure in [pair.figure, pair.control] {
                assert!(differs_by_phase_alone(&figure, &picture(&figure)), "{figure:?}");
            }
        }
    }
    // Negative control: one pixel more is seen.
    let figure = figure(Shape::Circle, Direction::Falling, 6);
    let mut broken = picture(&figure);
    let dark = broken.iter().position(|&value| value == 0.0).unwrap();
    broken[dark] = 1.0;
    assert!(!differs_by_phase_alone(&figure, &broken));
}

#[test]
fn the_unshifted_control_is_one_grating_that_goes_on_from_outside() {
    for pair in all_pairs(Control::Unshifted, 1) {
        let mask = pair.figure.mask().unwrap();
        let (figure, control) = (picture(&pair.figure), picture(&pair.control));
        assert!((0..mask.len()).all(|at| mask[at] || figure[at] == control[at]));
        let none = vec![false; mask.len()];
        let plain = grating(&none, [32, 32], pair.control.lines).unwrap();
        assert_eq!(control, plain);
        // Where lines are, the figure has none within, and the other way round.
        assert!((0..mask.len()).all(|at| !mask[at] || figure[at] + control[at] < 1.5));
    }
}

/// Share of two masks' union that both hold.
fn shared(one: &[bool], other: &[bool]) -> f64 {
    let count = |test: &dyn Fn(usize) -> bool| (0..one.len()).filter(|&at| test(at)).count() as f64;
    count(&|at| one[at] && other[at]) / count(&|at| one[at] || other[at])
}

#[test]
fn a_blob_has_the_shapes_area_and_another_outline() {
    let mut all = Vec::new();
    for pair in all_pairs(Control::Blob, 2) {
        let (shape, blob) = (pair.figure.mask().unwrap(), pair.control.mask().unwrap());
        let area = |mask: &[bool]| mask.iter().filter(|&&inside| inside).count();
        assert_eq!(area(&shape), area(&blob));
        assert!((0..1024).all(|at| !blob[at] || (at % 32 > 0 && at % 32 < 31 && at / 32 > 0 && at / 32 < 31)));
        all.push(shared(&shape, &blob));
    }
    // Two hexagons of one area, turned by 30°, share 0.87 by closed form: blobs are farther from shapes than turns are.
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    assert!(mean < 0.85, "{mean}");
    assert!(all.iter().all(|&share| share < 0.97), "{all:?}");
}

#[test]
fn the_same_stream_gives_the_same_figures_beside_every_control() {
    let drawn = |control| pairs(6, &ensemble(Shape::Pentagon, control, Direction::Rising, 4), &mut stream(3)).unwrap();
    let (plain, blob) = (drawn(Control::Unshifted), drawn(Control::Blob));
    for (one, other) in plain.iter().zip(&blob) {
        assert_eq!((one.figure, one.noise_seed), (other.figure, other.noise_seed));
        assert_eq!(Figure { variant: Variant::In, ..other.control }, other.figure);
    }
    assert_eq!(plain, drawn(Control::Unshifted));
    let turns: BTreeSet<u64> = plain.iter().map(|pair| pair.figure.turn_deg.to_bits()).collect();
    assert_eq!(turns.len(), 6, "poses are drawn anew");
}

#[test]
fn balanced_grays_alternate_in_polarity_within_their_ranges() {
    let ensemble =
        Ensemble { grays: Grays::Balanced, ..ensemble(Shape::Circle, Control::Blob, Direction::Vertical, 4) };
    for (at, pair) in pairs(20, &ensemble, &mut stream(5)).unwrap().iter().enumerate() {
        let Figure { ground, line, .. } = pair.figure;
        assert!((0.4..=0.6).contains(&ground) && (0.2..=0.45).contains(&(line - ground).abs()));
        assert_eq!(line > ground, at % 2 == 1, "lighter for odd indices");
        let codes = encode(&stimulus(&pair.figure, 32, 0.0).image, Encoding::Srgb);
        assert!(
            codes
                .iter()
                .all(|&code| { (f64::from(code) - ground).abs() < 1e-5 || (f64::from(code) - line).abs() < 1e-5 })
        );
    }
}

#[test]
fn ensembles_that_cannot_be_drawn_are_refused() {
    let good = ensemble(Shape::Circle, Control::Blob, Direction::Vertical, 4);
    for bad in [
        Ensemble { size_deg: f64::NAN, ..good },
        Ensemble { circumradius: [0.6, 0.7], ..good },
        Ensemble { offset: f64::NAN, ..good },
        Ensemble { noise_sd: f64::NAN, ..good },
        Ensemble { period: 5, ..good },
        Ensemble { size_px: 4, ..good },
    ] {
        assert!(pairs(1, &bad, &mut stream(1)).is_err(), "{bad:?}");
    }
    for direction in Direction::ALL {
        assert_eq!(Direction::named(direction.id()).unwrap(), direction);
    }
    for control in [Control::Unshifted, Control::Blob] {
        assert_eq!(Control::named(control.id()).unwrap(), control);
    }
    assert!(Direction::named("oblique").is_err() && Control::named("none").is_err());
}
