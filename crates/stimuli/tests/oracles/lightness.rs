//! Gray displays: published geometry pixel by pixel from lengths worked out by hand; what pairs share and what they do not.

use crate::support::{code, linear};
use crate::worlds::fair;
use trompe_stimuli::lightness::{Display, Ensemble, Figure, Pair, exchanged, real};
use trompe_stimuli::{
    Condition, Encoding, MaskName, Settings, Stimulus, Value, Viewing, encode, illusions, render, stream,
};

/// A published display at 32°.
fn published(id: &str, layout: &str, size_px: usize, condition: Condition) -> Stimulus {
    let settings = Settings::new().with("layout", Value::Text(layout.to_owned())).with("size_deg", Value::Number(32.0));
    let scene = (illusions::find(id).unwrap().build)(&settings).unwrap().compose(&condition).unwrap();
    render(&scene, Viewing::square(size_px, 32.0).unwrap()).unwrap()
}

/// Codes of a picture written by a rule from (row, column).
fn holds(stimulus: &Stimulus, rule: impl Fn(usize, usize) -> f64) -> bool {
    let n = stimulus.image.width;
    let codes = encode(&stimulus.image, Encoding::Srgb);
    (0..n * n).all(|at| (f64::from(codes[at]) - rule(at / n, at % n)).abs() < 1e-5)
}

const FULL: Condition = Condition { difference: 0.0, strength: 1.0 };

#[test]
fn published_fields_are_where_and_what_they_are_said_to_be() {
    // 4 pixels a degree. Fields: 13° high, rows 38 to 89; 15.5° wide each, columns 2 to 63 and 64 to 125. Middles at ±7.75°.
    let square = |rows: [usize; 2], left: [usize; 2], right: [usize; 2]| {
        move |row: usize, column: usize| {
            let within = |at: usize, [low, high]: [usize; 2]| (low..high).contains(&at);
            if within(row, rows) && (within(column, left) || within(column, right)) {
                0.5
            } else if within(row, [38, 90]) && within(column, [2, 64]) {
                0.0
            } else if within(row, [38, 90]) && within(column, [64, 126]) {
                1.0
            } else {
                0.5
            }
        }
    };
    let large = published("simultaneous_contrast", "sbc_large", 128, FULL);
    assert!(holds(&large, square([58, 70], [27, 39], [89, 101])));
    let small = published("simultaneous_contrast", "sbc_small", 128, FULL);
    assert!(holds(&small, square([62, 66], [31, 35], [93, 97])));
    assert_eq!(large.mask(MaskName::Target(1)).unwrap().area(), 144.0);
    assert_eq!(small.mask(MaskName::Target(2)).unwrap().area(), 16.0);
    // Negative control: a target one pixel off is seen.
    assert!(!holds(&large, square([58, 70], [28, 40], [89, 101])));
}

#[test]
fn published_gratings_are_where_and_what_they_are_said_to_be() {
    // A pixel a degree: the grating has rows 10 to 21 and columns 8 to 23.
    let bars = |width: usize, dark: usize, rows: [usize; 2], targets: [usize; 2]| {
        move |row: usize, column: usize| {
            if !(10..22).contains(&row) || !(8..24).contains(&column) {
                return 0.5;
            }
            let bar = (column - 8) / width;
            if (rows[0]..rows[1]).contains(&row) && targets.contains(&bar) {
                0.5
            } else if bar % 2 == dark {
                0.0
            } else {
                1.0
            }
        }
    };
    let thick = published("white", "we_thick", 32, FULL);
    assert!(holds(&thick, bars(2, 0, [14, 18], [2, 5])));
    let thin = published("white", "we_thin_wide", 32, FULL);
    assert!(holds(&thin, bars(1, 1, [15, 17], [3, 12])));
    assert_eq!(thick.mask(MaskName::Target(1)).unwrap().area(), 8.0);
    // Columns 12 and 18 begin the third and the sixth bar.
    assert!(thick.mask(MaskName::Target(1)).unwrap().coverage[16 * 32 + 12] == 1.0);
    assert!(thick.mask(MaskName::Target(2)).unwrap().coverage[16 * 32 + 18] == 1.0);
    assert!(!holds(&thick, bars(2, 1, [14, 18], [2, 5])), "negative control: the other polarity");
}

#[test]
fn strength_and_difference_are_two_knobs() {
    for (id, layout) in [("simultaneous_contrast", "sbc_large"), ("white", "we_thick")] {
        let flat = published(id, layout, 128, Condition { difference: 0.0, strength: 0.0 });
        assert!(holds(&flat, |_, _| 0.5), "{id}: no context, no difference");
        let full = published(id, layout, 128, FULL);
        let turned = published(id, layout, 128, Condition { difference: 0.0, strength: -1.0 });
        let codes = encode(&full.image, Encoding::Srgb);
        // Exchanged contexts are each other's negative about the middle gray.
        assert!(holds(&turned, |row, column| 1.0 - f64::from(codes[row * 128 + column])), "{id}");
        let lighter = published(id, layout, 128, Condition { difference: 0.1, strength: 1.0 });
        let target = full.mask(MaskName::Target(1)).unwrap();
        assert!(holds(&lighter, |row, column| {
            let at = row * 128 + column;
            f64::from(codes[at]) + if target.coverage[at] == 1.0 { 0.1 } else { 0.0 }
        }));
    }
}

fn shown(pair: &Pair, condition: &Condition, size_px: usize) -> Stimulus {
    render(&pair.figure.compose(condition).unwrap(), Viewing::square(size_px, 4.0).unwrap()).unwrap()
}

/// Codes of the pixels that lie wholly in the target, or wholly outside.
fn codes(stimulus: &Stimulus, inside: bool) -> Vec<f64> {
    let target = stimulus.mask(MaskName::Target(1)).unwrap();
    let codes = encode(&stimulus.image, Encoding::Srgb);
    let whole = |at: usize| target.coverage[at] == if inside { 1.0 } else { 0.0 };
    (0..codes.len()).filter(|&at| whole(at)).map(|at| f64::from(codes[at])).collect()
}

const DISPLAYS: [Display; 2] = [Display::Contrast, Display::White];

fn middle(figure: &Figure) -> f64 {
    match figure {
        Figure::Contrast(figure) => figure.grays.background,
        Figure::White(figure) => figure.grays.background,
    }
}

#[test]
fn exchanged_pairs_keep_the_target_and_turn_the_context_round() {
    for display in DISPLAYS {
        for pair in exchanged(60, &Ensemble::new(display), &mut stream(31)).unwrap() {
            let [lighter, darker] = [&pair.lighter, &pair.darker].map(|condition| shown(&pair, condition, 64));
            assert_eq!(codes(&lighter, true), codes(&darker, true), "{display:?}: one gray");
            let twice = 2.0 * middle(&pair.figure);
            let (one, other) = (codes(&lighter, false), codes(&darker, false));
            let apart = one.iter().zip(&other).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(apart > 0.3, "{display:?}: contexts differ");
            // Pixels on the edge of two bars mix in linear light; the others are negatives of each other.
            let negative = one.iter().zip(&other).filter(|(a, b)| (*a + *b - twice).abs() < 1e-5).count();
            assert!(negative as f64 > 0.6 * one.len() as f64, "{display:?} {negative} of {}", one.len());
        }
    }
}

#[test]
fn real_pairs_keep_the_context_and_change_the_target() {
    for display in DISPLAYS {
        let ensemble = Ensemble::new(display);
        let all = real(300, &ensemble, &mut stream(32)).unwrap();
        for pair in &all {
            let [lighter, darker] = [&pair.lighter, &pair.darker].map(|condition| shown(pair, condition, 32));
            assert_eq!(codes(&lighter, false), codes(&darker, false), "{display:?}: one context");
            let step = codes(&lighter, true)[0] - codes(&darker, true)[0];
            assert!((0.02 - 1e-5..=0.2 + 1e-5).contains(&step), "{display:?} {step}");
            assert!((step - (pair.lighter.difference - pair.darker.difference)).abs() < 1e-5);
        }
        // Either context, by a fair coin, so that the context says nothing about the answer.
        assert!(fair(all.iter().filter(|pair| pair.lighter.strength > 0.0).count(), all.len()), "{display:?}");
        // Negative control: a real pair fails what exchanged pairs must keep.
        let [one, other] =
            [&all[0].lighter, &all[0].darker].map(|condition| codes(&shown(&all[0], condition, 32), true));
        assert_ne!(one, other);
    }
}

/// Mean code of the ring of pixels round a target, on the sides across the bars and on those along them, less the middle gray.
fn borders(display: Display, strength: f64) -> [f64; 2] {
    let settings = Settings::new().with("contrast", Value::Number(0.3));
    let id = if display == Display::Contrast { "simultaneous_contrast" } else { "white" };
    let scene = (illusions::find(id).unwrap().build)(&settings).unwrap();
    let scene = scene.compose(&Condition { difference: 0.0, strength }).unwrap();
    let stimulus = render(&scene, Viewing::square(32, 4.0).unwrap()).unwrap();
    let whole = stimulus.mask(MaskName::Target(1)).unwrap().whole_pixels();
    let rows = [whole[0] / 32, whole[whole.len() - 1] / 32];
    let columns = [whole[0] % 32, whole[whole.len() - 1] % 32];
    let at = |row: usize, column: usize| code(f64::from(stimulus.image.data[row * 32 + column])) - 0.5;
    let sides = at(rows[0], columns[0] - 1) + at(rows[1], columns[1] + 1);
    let ends = at(rows[0] - 1, columns[0]) + at(rows[1] + 1, columns[1]);
    [sides / 2.0, ends / 2.0]
}

#[test]
fn in_a_dark_context_the_bars_beside_a_piece_of_a_dark_bar_are_light() {
    let near = |found: [f64; 2], expected: [f64; 2]| (0..2).all(|at| (found[at] - expected[at]).abs() < 1e-5);
    assert!(near(borders(Display::White, 1.0), [0.3, -0.3]));
    assert!(near(borders(Display::White, -0.5), [-0.15, 0.15]));
    assert!(near(borders(Display::Contrast, 1.0), [-0.3, -0.3]));
    assert!(!near(borders(Display::Contrast, 1.0), borders(Display::White, 1.0)), "negative control");
    // Longer beside than along: 8 rows against 4 columns.
    let scene = (illusions::find("white").unwrap().build)(&Settings::new()).unwrap().compose(&FULL).unwrap();
    let target = render(&scene, Viewing::square(32, 4.0).unwrap()).unwrap();
    assert_eq!(target.mask(MaskName::Target(1)).unwrap().area(), 32.0);
}

#[test]
fn geometry_and_grays_vary_and_stay_in_their_ranges() {
    for display in DISPLAYS {
        let all = exchanged(200, &Ensemble::new(display), &mut stream(33)).unwrap();
        let mut areas: Vec<f64> = Vec::new();
        for pair in &all {
            let (Figure::Contrast(trompe_stimuli::simultaneous_contrast::Figure { grays, .. })
            | Figure::White(trompe_stimuli::white::Figure { grays, .. })) = pair.figure;
            assert!((0.4..=0.6).contains(&grays.background) && (0.2..=0.45).contains(&grays.contrast));
            assert!((grays.target - grays.background).abs() <= 0.5 * grays.contrast + 1e-12);
            areas.push(shown(pair, &pair.lighter, 32).mask(MaskName::Target(1)).unwrap().area());
        }
        areas.sort_by(f64::total_cmp);
        assert!(areas[0] < 0.6 * areas[199], "{display:?}: sizes vary");
        // Squares of 6 to 10 pixels; pieces 6 to 10 long of bars 3 to 5 wide.
        let [least, most] = if display == Display::Contrast { [36.0, 100.0] } else { [18.0, 50.0] };
        assert!(areas[0] >= least - 1e-3 && areas[199] <= most + 1e-3, "{display:?} {} {}", areas[0], areas[199]);
        assert_eq!(all, exchanged(200, &Ensemble::new(display), &mut stream(33)).unwrap());
    }
    assert!((linear(0.5) - 0.214).abs() < 1e-3, "the codes of these tests are sRGB");
}

#[test]
fn displays_that_cannot_be_drawn_are_refused() {
    let good = Ensemble::new(Display::White);
    for bad in [
        Ensemble { bar: [0.6, 0.7], ..good },
        Ensemble { target: [1.1, 1.2], ..good },
        Ensemble { size_deg: f64::NAN, ..good },
        Ensemble { strength: f64::NAN, ..good },
        Ensemble { noise_sd: -1.0, ..good },
        Ensemble { offset: f64::NAN, ..good },
    ] {
        assert!(exchanged(3, &bad, &mut stream(1)).is_err(), "{bad:?}");
    }
    assert!(real(3, &Ensemble { difference: [0.0, 0.1], ..good }, &mut stream(1)).is_err());
    assert!(real(3, &Ensemble { difference: [1.9, 2.0], ..good }, &mut stream(1)).is_err());
}
