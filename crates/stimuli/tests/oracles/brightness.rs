//! Brightness displays: what stimupy draws at 32 pixels a degree, told in few numbers; grays at places and areas
//! worked out by hand.
//!
//! `brightness.csv` was written on 2026-11-30 from the pictures of stimupy 1.2.0 (`papers.RHS2007`, its defaults: 32
//! pixels a degree, padded to 32°; numpy 2.2.6): the mean, box (top, left, bottom, right) and area in pixels of both
//! targets (the one that people call lighter first), and the means of bands of 32 rows and of 32 columns.

use crate::support::code;
use trompe_stimuli::brightness::{Entry, MARKS, MURRAY, Picture, SET, find};
use trompe_stimuli::{Condition, MaskName, StimulusError, Viewing, illusions, render};

const FACTS: &str = include_str!("brightness.csv");
const MOSAICS: &str = include_str!("brightness_murray.csv");
const ANSWERS: &str = include_str!("../../../../data/human/murray2020/responses.csv");
const HUMAN: &str = include_str!("../../../../data/human/robinson2007/responses.csv");

/// Displays all of whose edges lie between pixels, in both drawings: there is nothing to round.
const EXACT: [&str; 6] = ["we_thick", "we_thin_wide", "sbc_large", "sbc_small", "checkerboard_016", "checkerboard_094"];

struct Facts {
    mean: f64,
    boxes: [[f64; 4]; 2],
    areas: [f64; 2],
    bands: [Vec<f64>; 2],
}

fn facts(id: &str) -> Facts {
    let line = FACTS.lines().find(|line| line.split(',').next() == Some(id)).unwrap();
    let cells: Vec<Vec<f64>> =
        line.split(',').skip(1).map(|cell| cell.split(' ').map(|word| word.parse().unwrap()).collect()).collect();
    let edges = |at: usize| <[f64; 4]>::try_from(cells[at].clone()).unwrap();
    Facts {
        mean: cells[0][0],
        boxes: [edges(1), edges(3)],
        areas: [cells[2][0], cells[4][0]],
        bands: [cells[5].clone(), cells[6].clone()],
    }
}

fn masks(picture: &Picture) -> [&trompe_stimuli::Mask; 2] {
    [&picture.lighter, &picture.darker]
}

/// Means of 32 bands, of rows and of columns.
fn bands(values: &[f64], side: usize) -> [Vec<f64>; 2] {
    let mut bands = [vec![0.0; 32], vec![0.0; 32]];
    for (at, value) in values.iter().enumerate() {
        bands[0][at / side * 32 / side] += value / (side * side / 32) as f64;
        bands[1][at % side * 32 / side] += value / (side * side / 32) as f64;
    }
    bands
}

fn apart(one: &[Vec<f64>; 2], other: &[Vec<f64>; 2]) -> f64 {
    let all = |bands: &[Vec<f64>; 2]| bands.concat();
    all(one).iter().zip(all(other)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn the_set_is_what_people_were_measured_on() {
    let known: Vec<Vec<&str>> = HUMAN.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let measured: Vec<[&str; 2]> = known.iter().map(|row| [row[0], row[2]]).collect();
    let listed: Vec<[&str; 2]> = SET.iter().map(|entry| [entry.illusion, entry.id]).collect();
    assert_eq!(listed, measured);
    assert!(SET.iter().all(|entry| find(entry.id) == Some(entry) && entry.title.len() > 10));
    assert!(find("we_zigzag").is_none());
}

#[test]
fn displays_are_those_of_stimupy() {
    for entry in SET {
        let Facts { mean, boxes, areas, bands: expected } = facts(entry.id);
        let picture = entry.draw(32.0).unwrap();
        assert_eq!(picture.side_px, 1024);
        let exact = EXACT.contains(&entry.id);
        let found = bands(&picture.gray_levels, 1024);
        // Five digits are told. What is not exact differs by at most a row or column of pixels, rounded, in a band of
        // 32: a row of the widest display has 992 of 1024 pixels that are half a gray off.
        let (share, off) = (if exact { 1e-5 } else { 0.016 }, apart(&found, &expected));
        assert!(off < share, "{}: {off}", entry.id);
        let overall = picture.gray_levels.iter().sum::<f64>() / 1_048_576.0;
        assert!((overall - mean).abs() < if exact { 1e-6 } else { 2e-4 }, "{} {overall} {mean}", entry.id);
        for ((mask, edges), area) in masks(&picture).into_iter().zip(boxes).zip(areas) {
            let pixels: Vec<[f64; 2]> =
                mask.pixels().into_iter().map(|at| [(at / 1024) as f64, (at % 1024) as f64]).collect();
            for (side, edge) in edges.into_iter().enumerate() {
                let places = pixels.iter().map(|place| place[side % 2]);
                let found = if side < 2 { places.fold(1024.0, f64::min) } else { places.fold(0.0, f64::max) + 1.0 };
                assert!((found - edge).abs() <= if exact { 0.0 } else { 2.0 }, "{} {found} {edge}", entry.id);
            }
            // A pixel's rounding round the target.
            let rim = 2.0 * (edges[2] - edges[0] + edges[3] - edges[1]);
            assert!((mask.area() - area).abs() <= if exact { 0.0 } else { rim / 2.0 }, "{} {area}", entry.id);
        }
        // Negative controls: no other display passes, and none drawn the other way round.
        let mut mirrored = found.clone();
        mirrored.iter_mut().for_each(|bands| bands.reverse());
        let skew = apart(&found, &mirrored) > 0.1;
        assert!(!skew || apart(&mirrored, &expected) > 0.05, "{}", entry.id);
        for other in SET.iter().filter(|other| other.id != entry.id) {
            let wrong = facts(other.id);
            let near = apart(&found, &wrong.bands) < 1e-5 || apart(&found, &wrong.bands) < 0.016 && !exact;
            assert!(!near || wrong.boxes != boxes, "{} passes for {}", entry.id, other.id);
        }
    }
}

/// A place in degrees from the middle, and its gray level.
type Expected = ([f64; 2], f64);

/// The gray level in the pixel that holds a place in degrees from the middle.
fn under(picture: &Picture, [x, y]: [f64; 2]) -> f64 {
    let ppd = picture.side_px as f64 / 32.0;
    let pixel = |deg: f64| ((deg + 16.0) * ppd).floor() as usize;
    picture.gray_levels[pixel(y) * picture.side_px + pixel(x)]
}

#[test]
fn grays_are_where_they_are_said_to_be() {
    // Places by hand, a little off the edges: gray level expected.
    let cases: [(&str, &[Expected]); 9] = [
        (
            "we_anderson",
            &[
                // Bars beside the sixth, in the dark stripe, above and below it; the light bar above the target; the
                // targets' ends.
                ([-3.4, -4.0], 0.0),
                ([-1.6, -4.0], 0.0),
                ([-3.4, -5.0], 0.0),
                ([-2.5, -5.0], 1.0),
                ([-2.5, -3.4], 1.0),
                ([-2.5, -3.0], 0.5),
                ([-2.5, -0.2], 0.5),
                ([-2.5, 0.2], 1.0),
                ([2.5, -0.2], 0.0),
                ([2.5, 0.2], 0.5),
                ([2.5, 3.4], 0.0),
                ([2.5, 5.0], 0.0),
            ],
        ),
        (
            "we_howe",
            &[([-2.5, -4.5], 0.5), ([-2.5, -1.4], 1.0), ([-3.2, -3.0], 0.0), ([2.5, 4.5], 0.5), ([3.2, 4.0], 1.0)],
        ),
        (
            "grating_induction",
            &[([0.0, 0.0], 0.5), ([-7.0, 0.7], 1.0), ([-5.0, -0.7], 0.0), ([7.0, 5.9], 0.0), ([-8.1, 2.0], 0.5)],
        ),
        (
            "todorovic_in_small",
            &[
                ([7.75, 0.0], 0.5),
                ([7.75, 1.4], 0.5),
                ([7.75, 1.6], 0.0),
                ([7.75, 4.2], 0.0),
                ([8.65, 0.9], 1.0),
                ([11.6, 3.9], 1.0),
                ([-7.75, 1.6], 1.0),
                ([-8.65, 0.9], 0.0),
                ([-15.6, 0.0], 0.5),
            ],
        ),
        (
            "todorovic_out",
            &[([7.75, 4.5], 0.5), ([7.75, 4.7], 0.0), ([8.6, 4.2], 0.0), ([-12.3, 0.7], 0.5), ([-12.4, 0.7], 1.0)],
        ),
        // The middle row: dark, light, light's place, light … ; 2.09° each from −10.47.
        (
            "checkerboard_21",
            &[
                ([-9.4, 0.0], 1.0),
                ([-7.3, 0.0], 0.0),
                ([-5.2, 0.0], 0.5),
                ([-3.1, 0.0], 0.0),
                ([5.2, 0.0], 0.5),
                ([3.1, 0.0], 1.0),
            ],
        ),
        (
            "corrugated_mondrian",
            &[
                ([-3.5, -4.0], 0.75),
                ([0.5, 2.0], 0.4),
                ([-1.2, 2.0], 0.0),
                ([0.0, -2.0], 0.4),
                ([-2.0, -2.0], 0.75),
                ([4.0, -2.0], 1.0),
                ([-1.7, 0.0], 0.4),
            ],
        ),
        (
            "benary_cross",
            &[
                ([0.0, 6.4], 0.0),
                ([2.1, 6.4], 1.0),
                ([11.4, 1.9], 0.0),
                ([11.6, 1.9], 1.0),
                ([-3.8, -0.4], 0.5),
                ([-3.8, -0.1], 0.0),
                ([2.1, -4.2], 0.5),
                ([3.4, -3.4], 1.0),
            ],
        ),
        (
            "todorovic_benary1_2",
            &[
                ([-13.1, -6.4], 0.0),
                ([-12.9, -6.4], 1.0),
                ([12.9, 6.4], 0.0),
                ([13.1, 6.4], 1.0),
                ([-12.9, -2.2], 0.5),
                ([-11.6, -1.6], 1.0),
                ([-4.2, 1.6], 0.5),
                ([-5.8, 0.5], 0.0),
                ([-4.2, -0.1], 1.0),
            ],
        ),
    ];
    for (id, places) in cases {
        let picture = find(id).unwrap().draw(32.0).unwrap();
        for (place, expected) in places {
            let found = under(&picture, *place);
            // The extremes of a sine grating lie between two of its steps.
            assert!((found - expected).abs() < 4e-4, "{id} {place:?}: {found}, not {expected}");
        }
        let lefts = masks(&picture).map(|mask| mask.pixels()[0] % 1024);
        assert_ne!(lefts[0], lefts[1], "{id}: two places");
    }
}

#[test]
fn targets_have_one_gray_and_their_area_at_any_size() {
    // Areas in square degrees by hand: crosses 2 · 1.6 · length − 1.6²; right-angled triangles 2.5² / 2; four pieces
    // of a strip.
    let areas = [
        8.0,
        2.0,
        3.2,
        3.2,
        8.0,
        9.0,
        1.0,
        23.04,
        14.44,
        7.04,
        26.88,
        0.0244140625,
        0.87890625,
        4.3837890625,
        4.0,
        3.125,
        3.125,
        3.125,
    ];
    for (entry, area) in SET.iter().zip(areas) {
        for ppd in [8.0, 13.0, 32.0] {
            let picture = match entry.draw(ppd) {
                Err(StimulusError::EmptyMask(_)) if entry.id == "checkerboard_016" && ppd == 13.0 => continue,
                drawn => drawn.unwrap(),
            };
            let level = if entry.id == "corrugated_mondrian" { 0.4 } else { 0.5 };
            for mask in masks(&picture) {
                let found = mask.area() / (ppd * ppd);
                assert!((found - area).abs() < 1e-5 * area, "{} at {ppd}: {found} {area}", entry.id);
                let whole = mask.whole_pixels();
                assert!(
                    whole.iter().all(|&at| (picture.gray_levels[at] - level).abs() < 1e-6),
                    "{} at {ppd}",
                    entry.id
                );
            }
            assert!(picture.gray_levels.iter().all(|value| (0.0..=1.0).contains(value)));
        }
    }
}

#[test]
fn few_pixels_are_the_mean_of_many() {
    for entry in SET {
        let (few, many) = (entry.draw(8.0).unwrap(), entry.draw(32.0).unwrap());
        let mut means = vec![0.0; 256 * 256];
        for (at, value) in many.gray_levels.iter().enumerate() {
            means[at / 4096 * 256 + at % 1024 / 4] += value / 16.0;
        }
        let off = few.gray_levels.iter().zip(&means).map(|(a, b)| (a - b).abs());
        let (largest, sum) = (off.clone().fold(0.0, f64::max), off.sum::<f64>());
        // Where edges of two paths meet in a pixel the ground shows a little; checks of 1.25 pixels are nothing but
        // such edges.
        let worst = if entry.id == "checkerboard_016" { 0.26 } else { 0.25 };
        assert!(largest <= worst && sum / 65536.0 < 6e-3, "{} {largest} {sum}", entry.id);
        if ["we_thick", "we_thin_wide", "sbc_large", "sbc_small"].contains(&entry.id) {
            assert!(largest < 1e-6, "{} {largest}", entry.id);
        }
    }
}

#[test]
fn gray_levels_are_codes_of_the_scene_in_linear_light() {
    for entry in ["sbc_large", "corrugated_mondrian", "grating_induction"].map(|id| find(id).unwrap()) {
        let picture = entry.draw(32.0).unwrap();
        let scene = render(&entry.scene().unwrap(), Viewing::square(1024, 32.0).unwrap()).unwrap();
        let off = |at: usize| (code(f64::from(scene.image.data[at])) - picture.gray_levels[at]).abs();
        // Pixels that an edge crosses mix in linear light there, and in codes here.
        let apart = (0..1 << 20).filter(|&at| off(at) > 1e-5).count();
        assert!(apart <= if entry.id == "corrugated_mondrian" { 1000 } else { 0 }, "{} {apart}", entry.id);
    }
}

#[test]
fn exchanged_displays_are_negatives() {
    for entry in SET {
        let illusion = (illusions::find(entry.illusion).unwrap().build)(&entry.settings()).unwrap();
        let drawn = |strength: f64, difference: f64| {
            let scene = illusion.compose(&Condition { difference, strength }).unwrap();
            render(&scene, Viewing::square(1024, 32.0).unwrap()).unwrap()
        };
        let (plain, turned, real) = (drawn(1.0, 0.0), drawn(-1.0, 0.0), drawn(1.0, 0.1));
        let inside = |number: u8, at: usize| plain.masks[&MaskName::Target(number)].coverage[at] > 0.0;
        let value = |stimulus: &trompe_stimuli::Stimulus, at: usize| code(f64::from(stimulus.image.data[at]));
        let level = |at: usize| value(&plain, at);
        let (mut negatives, mut changed, mut else_changed) = (0, 0, 0);
        for at in 0..1 << 20 {
            negatives += usize::from((level(at) + value(&turned, at) - 1.0).abs() < 1e-5);
            let moved = (value(&real, at) - level(at) - 0.1).abs() < 1e-5;
            changed += usize::from(inside(1, at) && moved);
            else_changed += usize::from(!inside(1, at) && plain.image.data[at] != real.image.data[at]);
        }
        let targets = if entry.id == "corrugated_mondrian" { 8192 } else { 0 };
        assert!(negatives > (1 << 20) - targets - 5200, "{} {negatives}", entry.id);
        let whole = plain.masks[&MaskName::Target(1)].whole_pixels().len();
        assert!(changed >= whole && else_changed == 0, "{} {changed} {whole} {else_changed}", entry.id);
    }
}

#[test]
fn an_entry_that_cannot_be_drawn_says_why() {
    assert!(SET[0].draw(0.33).is_err() && SET[0].draw(f64::NAN).is_err() && SET[0].draw(-4.0).is_err());
    assert!(matches!(find("checkerboard_016").unwrap().draw(2.0), Err(StimulusError::EmptyMask(_))));
    let unknown = Entry { illusion: "none", ..SET[0] };
    assert!(unknown.scene().is_err());
}

#[test]
fn mosaics_are_those_of_murray_2020() {
    let conditions: Vec<&str> = ANSWERS.lines().skip(1).map(|line| line.split(',').nth(2).unwrap()).collect();
    assert_eq!(MURRAY.iter().map(|pattern| pattern.id).collect::<Vec<_>>(), conditions);
    for pattern in MURRAY {
        let line = MOSAICS.lines().find(|line| line.split(',').next() == Some(pattern.id)).unwrap();
        let cells: Vec<Vec<f64>> =
            line.split(',').skip(1).map(|cell| cell.split(' ').map(|word| word.parse().unwrap()).collect()).collect();
        let (height, width) = (cells[3].len(), cells[4].len());
        let picture = pattern.draw(2.0).unwrap();
        assert_eq!(picture.side_px, 64);
        let (top, left) = ((64 - height) / 2, (64 - width) / 2);
        let level = |row: usize, column: usize| picture.gray_levels[(top + row) * 64 + left + column];
        let row = |at: usize| (0..width).map(|column| level(at, column)).sum::<f64>() / width as f64;
        let column = |at: usize| (0..height).map(|row| level(row, at)).sum::<f64>() / height as f64;
        // Six digits are told, and luminances to four decimals.
        let near =
            |found: f64, expected: f64| assert!((found - expected).abs() < 3e-6, "{} {found} {expected}", pattern.id);
        (0..height).for_each(|at| near(row(at), cells[3][at]));
        (0..width).for_each(|at| near(column(at), cells[4][at]));
        near((0..height).map(row).sum::<f64>() / height as f64, cells[0][0]);
        for (mask, edges) in masks(&picture).into_iter().zip([&cells[1], &cells[2]]) {
            let [y, x] = [[0, 2], [1, 3]].map(|ends| ends.map(|at| edges[at] as usize));
            let inside = |at: usize| {
                (y[0] + top..y[1] + top).contains(&(at / 64)) && (x[0] + left..x[1] + left).contains(&(at % 64))
            };
            let found: Vec<usize> = mask.whole_pixels();
            assert!(found.iter().all(|&at| inside(at)) && !found.is_empty(), "{}", pattern.id);
            // Every target fills its box.
            assert_eq!(found.len(), (y[1] - y[0]) * (x[1] - x[0]), "{}", pattern.id);
        }
        // Elsewhere the middle gray; the same at another size; every mark is a level; both targets are one gray.
        assert_eq!([picture.gray_levels[0], picture.gray_levels[64 * 64 - 1]], [0.5; 2]);
        let larger = pattern.draw(6.0).unwrap();
        let whole = |at: usize| larger.gray_levels[at / 64 * 3 * 192 + at % 64 * 3 + 192];
        assert!((0..64 * 64).all(|at| whole(at) == picture.gray_levels[at]), "{}", pattern.id);
        assert!(
            pattern.levels.len() <= MARKS.len() && picture.gray_levels.iter().all(|value| (0.0..=1.0).contains(value))
        );
        let grays: Vec<f64> = masks(&picture)
            .into_iter()
            .flat_map(|mask| mask.whole_pixels())
            .map(|at| picture.gray_levels[at])
            .collect();
        assert!(grays.iter().all(|gray| *gray == grays[0]), "{}", pattern.id);
        // Negative control: turned by half, no display has these rows.
        let turned = (0..height).all(|at| (row(height - 1 - at) - cells[3][at]).abs() < 3e-6);
        assert!(!turned || pattern.id == "simcon", "{}", pattern.id);
        assert!(pattern.draw(3.0).is_err() && pattern.draw(f64::NAN).is_err() && pattern.draw(0.0).is_err());
    }
}
