//! Motion of the camera: laws in closed form (variance and autocorrelation of an Ornstein–Uhlenbeck process, rate of a
//! renewal process), bounds, reversal.

use trompe_stimuli::movies::Recipe;
use trompe_stimuli::movies::track::{self, Similarity, Step, Track, walk};
use trompe_stimuli::{Point, Settings, stream};

/// Nothing moves but what a test turns on.
fn still() -> Recipe {
    Recipe {
        camera_sd_px: 0.0,
        rotation_sd_deg: 0.0,
        zoom_sd_percent: 0.0,
        own_sd_px: 0.0,
        groups: 1,
        drift: false,
        saccades: false,
        pause_share: 0.0,
        ..Recipe::read(&Settings::new()).unwrap()
    }
}

/// Rightward, downward, turn (degrees) and zoom (percent) of the camera in each step.
fn motions(track: &Track) -> [Vec<f64>; 4] {
    let steps: Vec<Similarity> = (0..track.steps.len()).map(|frame| track.motion(frame, 0)).collect();
    [
        steps.iter().map(|one| one.shift.x).collect(),
        steps.iter().map(|one| one.shift.y).collect(),
        steps.iter().map(|one| one.along.y.atan2(one.along.x).to_degrees()).collect(),
        steps.iter().map(|one| 100.0 * one.scale().ln()).collect(),
    ]
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Mean product of values so many steps apart (the mean is known to be 0).
fn covariance(values: &[f64], lag: usize) -> f64 {
    let products = values.iter().zip(&values[lag..]).map(|(a, b)| a * b);
    products.sum::<f64>() / (values.len() - lag) as f64
}

/// Whether a series has that standard deviation and forgets by 1/e in ten steps. Of 40 000 steps some 4000 are
/// independent: four standard errors of the variance are 9 %, of a correlation 0.06.
fn is_ornstein(values: &[f64], sd: f64) -> bool {
    let variance = covariance(values, 0);
    let right = |lag: usize| (covariance(values, lag) / variance - (-(lag as f64) / 10.0).exp()).abs() < 0.06;
    (variance / (sd * sd) - 1.0).abs() < 0.09 && [1, 5, 10, 30].into_iter().all(right)
}

#[test]
fn velocities_are_ornstein_uhlenbeck() {
    const N: usize = 40_000;
    let camera = motions(&walk(&Recipe { camera_sd_px: 0.6, ..still() }, 32, N, &mut stream(1)));
    assert!(is_ornstein(&camera[0], 0.6) && is_ornstein(&camera[1], 0.6));
    assert!(camera[2].iter().chain(&camera[3]).all(|value| value.abs() < 1e-9), "nothing else moves");
    let cross: Vec<f64> = camera[0].iter().zip(&camera[1]).map(|(x, y)| x * y).collect();
    assert!(mean(&cross).abs() < 0.06 * 0.36, "axes are independent");
    let turning = motions(&walk(&Recipe { rotation_sd_deg: 0.5, ..still() }, 32, N, &mut stream(2)));
    assert!(is_ornstein(&turning[2], 0.5) && turning[3].iter().all(|value| value.abs() < 1e-9));
    let zooming = motions(&walk(&Recipe { zoom_sd_percent: 0.5, ..still() }, 32, N, &mut stream(3)));
    assert!(is_ornstein(&zooming[3], 0.5) && zooming[2].iter().all(|value| value.abs() < 1e-9));
    let own = walk(&Recipe { own_sd_px: 0.5, groups: 2, ..still() }, 32, N, &mut stream(4));
    for group in 0..2 {
        let ways = own.offsets.windows(2).map(|two| two[1][group] - two[0][group]);
        let (x, y): (Vec<f64>, Vec<f64>) = ways.map(|way| (way.x, way.y)).unzip();
        assert!(is_ornstein(&x, 0.5) && is_ornstein(&y, 0.5));
    }
    // The bound of 3 pixels cuts little of a standard deviation of 1.
    let wide = motions(&walk(&Recipe { camera_sd_px: 1.0, ..still() }, 32, N, &mut stream(5)));
    assert!(is_ornstein(&wide[0], 0.99));
    // Negative controls: another spread; the same values in another order.
    assert!(!is_ornstein(&camera[0], 0.7));
    let mut apart = camera[0].clone();
    (0..N / 2).for_each(|at| apart.swap(at, (at * 7919) % (N - 1)));
    assert!(!is_ornstein(&apart, 0.6));
}

#[test]
fn a_turn_is_about_a_point_within_the_picture() {
    let mut seen = Vec::new();
    for seed in 0..200 {
        let track = walk(&Recipe { rotation_sd_deg: 0.5, ..still() }, 64, 2, &mut stream(seed));
        let Similarity { along, shift } = track.motion(0, 0);
        // The fixed point of p = A p + s, by hand: (1 − a) x + b y = sx, −b x + (1 − a) y = sy.
        let (a, b) = (1.0 - along.x, along.y);
        let square = a * a + b * b;
        let fixed = Point::new((a * shift.x - b * shift.y) / square, (b * shift.x + a * shift.y) / square);
        assert!(fixed.x.abs() <= 32.0 + 1e-6 && fixed.y.abs() <= 32.0 + 1e-6, "{fixed:?}");
        seen.push(fixed.x);
    }
    // Uniform over 64 pixels: sd 18.5.
    assert!((covariance(&seen, 0).sqrt() - 18.5).abs() < 2.0);
}

#[test]
fn drift_has_its_speed_and_turns_its_direction() {
    let track = walk(&Recipe { drift: true, saccades: true, ..still() }, 32, 20_000, &mut stream(6));
    let slow = (0..track.steps.len()).filter(|&at| track.steps[at] == Step::Moving);
    let shifts: Vec<Point> = slow.map(|at| track.motion(at, 0).shift).collect();
    assert!(shifts.iter().all(|shift| (0.1 - 1e-9..=0.3 + 1e-9).contains(&shift.length())));
    let lengths: Vec<f64> = shifts.iter().map(|shift| shift.length()).collect();
    assert!((mean(&lengths) - 0.2).abs() < 0.01, "{}", mean(&lengths));
    assert!(mean(&shifts.iter().map(|shift| shift.x).collect::<Vec<_>>()).abs() < 0.02);
}

#[test]
fn saccades_come_every_30_to_60_steps_and_jump_4_to_16_pixels() {
    let track = walk(&Recipe { saccades: true, ..still() }, 32, 90_000, &mut stream(7));
    let jumping = |at: &usize| track.steps[*at] == Step::Saccade;
    let starts: Vec<usize> =
        (0..track.steps.len()).filter(|at| jumping(at) && (*at == 0 || !jumping(&(at - 1)))).collect();
    // Intervals are uniform from 30 to 60: 45 on average, sd 8.9, so 2000 of them have a mean within 0.8.
    let between: Vec<f64> = starts.windows(2).map(|two| (two[1] - two[0]) as f64).collect();
    assert!(between.iter().all(|steps| (30.0..=60.0).contains(steps)) && (mean(&between) - 45.0).abs() < 0.8);
    let mut lengths = [0.0f64; 3];
    for &start in &starts[..starts.len() - 1] {
        let steps = if jumping(&(start + 1)) { 2 } else { 1 };
        assert!(!jumping(&(start + 2)));
        lengths[steps] += 1.0;
        let jump = track.cameras[start + steps].shift - track.cameras[start].shift;
        assert!((4.0 - 1e-6..=16.0 + 1e-6).contains(&jump.length()), "{jump:?}");
        assert!((track.motion(start, 0).shift * steps as f64 - jump).length() < 1e-6, "in equal parts");
    }
    assert!((lengths[1] / (lengths[1] + lengths[2]) - 0.5).abs() < 0.05);
    // The first step of a clip begins a saccade as often as any: once in 45. Of 20 000 clips, four standard errors.
    let recipe = Recipe { saccades: true, ..still() };
    let first = (0..20_000).filter(|&seed| walk(&recipe, 32, 2, &mut stream(seed)).steps[0] == Step::Saccade).count();
    assert!((first as f64 / 20_000.0 - 1.0 / 45.0).abs() < 0.0042, "{first}");
    let none = walk(&Recipe { saccades: false, ..recipe }, 32, 1000, &mut stream(7));
    assert!(none.steps.iter().all(|step| *step == Step::Moving));
}

#[test]
fn nothing_is_faster_than_3_pixels_but_in_a_saccade() {
    let recipe =
        Recipe { camera_sd_px: 3.0, rotation_sd_deg: 5.0, zoom_sd_percent: 5.0, own_sd_px: 2.0, groups: 4, ..still() };
    let track = walk(&Recipe { drift: true, ..recipe }, 64, 60, &mut stream(8));
    let mut fastest = 0.0f64;
    for frame in 0..track.steps.len() {
        for group in 0..4 {
            let motion = track.motion(frame, group);
            for at in 0..64 * 64 {
                let point = Point::new((at % 64) as f64 - 31.5, (at / 64) as f64 - 31.5);
                fastest = fastest.max((motion.apply(point) - point).length());
            }
        }
    }
    assert!(fastest <= track::FASTEST_PX + 1e-9 && fastest > 2.9, "{fastest}");
}

#[test]
fn pauses_take_their_share_of_the_steps() {
    for share in [0.1, 0.3] {
        let track = walk(&Recipe { camera_sd_px: 1.0, pause_share: share, ..still() }, 32, 50_000, &mut stream(9));
        let paused = track.steps.iter().filter(|step| **step == Step::Pause).count();
        // Pauses of 5 steps on average: some 1000 pauses or more, a standard error of 4 % of the share.
        assert!((paused as f64 / 50_000.0 / share - 1.0).abs() < 0.15, "{share}: {paused}");
        let begun = track.steps.windows(2).filter(|two| two[0] != Step::Pause && two[1] == Step::Pause).count();
        assert!((paused as f64 / begun as f64 - 5.0).abs() < 0.6, "{share}");
        for (at, step) in track.steps.iter().enumerate() {
            assert_eq!(*step == Step::Pause, track.cameras[at] == track.cameras[at + 1]);
        }
    }
    let never = walk(&Recipe { camera_sd_px: 1.0, pause_share: 1.0, ..still() }, 32, 300, &mut stream(9));
    assert!(never.cameras.iter().all(|camera| *camera == Similarity::IDENTITY));
}

#[test]
fn parts_left_out_leave_the_others_as_they_were() {
    let all = Recipe { groups: 3, ..Recipe::read(&Settings::new()).unwrap() };
    let quiet = Recipe { camera_sd_px: 0.2, own_sd_px: 0.1, rotation_sd_deg: 0.1, pause_share: 0.0, ..all };
    let with = motions(&walk(&quiet, 32, 500, &mut stream(10)));
    let without = motions(&walk(&Recipe { saccades: false, ..quiet }, 32, 500, &mut stream(10)));
    let steps = walk(&quiet, 32, 500, &mut stream(10)).steps;
    assert!(steps.contains(&Step::Saccade));
    for (at, step) in steps.iter().enumerate() {
        let same = (0..2).all(|part| (with[part][at] - without[part][at]).abs() < 1e-9);
        assert_eq!(same, *step != Step::Saccade, "step {at}");
    }
    let straight = motions(&walk(&Recipe { rotation_sd_deg: 0.0, ..quiet }, 32, 500, &mut stream(10)));
    assert!(straight[2].iter().all(|turn| turn.abs() < 1e-9) && with[2].iter().any(|turn| turn.abs() > 0.1));
    assert!(with[3].iter().zip(&straight[3]).all(|(one, other)| (one - other).abs() < 1e-9), "zoom stays");
}

#[test]
fn a_track_reversed_takes_everything_back() {
    let recipe = Recipe { groups: 3, ..Recipe::read(&Settings::new()).unwrap() };
    let track = walk(&recipe, 64, 80, &mut stream(11));
    let back = track.clone().reversed();
    assert_eq!(back.clone().reversed(), track);
    let point = Point::new(7.25, -11.5);
    for frame in 0..track.steps.len() {
        for group in 0..3 {
            let there = track.motion(frame, group).apply(point);
            let home = back.motion(track.steps.len() - 1 - frame, group).apply(there);
            assert!((home - point).length() < 1e-9);
        }
    }
}

#[test]
fn similarities_compose_and_have_inverses() {
    let one = Similarity::about(Point::new(3.0, -2.0), 0.3, 1.2, Point::new(0.5, 0.25));
    let other = Similarity::about(Point::new(-1.0, 4.0), -0.7, 0.9, Point::new(-2.0, 1.0));
    let point = Point::new(5.0, 6.0);
    assert!((one.after(&other).apply(point) - one.apply(other.apply(point))).length() < 1e-12);
    assert!((one.inverse().apply(one.apply(point)) - point).length() < 1e-12);
    // The center only shifts; a quarter turn clockwise brings right to down (y points down).
    assert!((one.apply(Point::new(3.0, -2.0)) - Point::new(3.5, -1.75)).length() < 1e-12);
    let quarter = Similarity::about(Point::default(), std::f64::consts::FRAC_PI_2, 1.0, Point::default());
    assert!((quarter.apply(Point::new(1.0, 0.0)) - Point::new(0.0, 1.0)).length() < 1e-12);
}
