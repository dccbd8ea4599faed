//! Two tables of this project's reference, made by an earlier program in another language: turns that operations
//! without motion make, and shifts at four kinds of edges.
//!
//! The reference tells the operations, not all settings: rings every pixel from 0.3 to 0.95 of the radius with 1440
//! angles give its two calibrations (0.178° for 0.2°, 1.014° for 1.0°) to the last digit, so these are taken. It does
//! not tell the gain of `tanh`, and its two tables cannot have been made with one: a gain of 2.8, scaled to keep
//! black and white, is within a tenth of the first, and a gain of 2.1, not scaled, near the second.

use super::disk::{Disk, Kind, Still};
use trompe_psychophysics::motion::lucas_kanade::{Dense, dense};
use trompe_psychophysics::motion::polar::{Grid, Polar, rotation, rotation_within};
use trompe_psychophysics::motion::rigidity::{RIGID, Rigidity, RingPattern, Seen, rigidity};
use trompe_psychophysics::motion::scores::mean_rotation;
use trompe_psychophysics::motion::{Plane, gray};

/// Angles of a ring.
const ANGLES: usize = 1440;
/// Shares of the radius between which the reference's rings lie.
const RINGS: [f64; 2] = [0.3, 0.95];

/// `tanh` that keeps black and white.
fn tanh(gain: f64) -> Still {
    Still::Tanh { gain, top: (gain / 2.0).tanh() }
}

/// Names, operations, and what the reference reads for each pattern: by rings, and by windows. Color, mirrored, gray,
/// symmetric, alternating rings.
pub fn traps() -> [(&'static str, Still, [[f64; 2]; 5]); 6] {
    let handed = |[rings, windows]: [f64; 2], rest: [[f64; 2]; 3]| {
        [[rings, windows], [-rings, -windows], rest[0], rest[1], rest[2]]
    };
    [
        ("blur, sigma 1", Still::Blur(1.0), handed([0.005, -0.001], [[0.004, -0.001], [0.0, -0.001], [0.006, 0.001]])),
        ("gamma 0.7", Still::Gamma(0.7), handed([0.019, 0.023], [[0.020, 0.027], [-0.001, 0.0], [0.003, 0.003]])),
        (
            "blur of blue, sigma 1.5",
            Still::BlurBlue(1.5),
            handed([-0.024, -0.059], [[0.0, 0.0], [0.0, 0.0], [-0.002, -0.001]]),
        ),
        (
            "blur of red and green, sigma 1.5",
            Still::BlurRedGreen(1.5),
            handed([0.055, 0.123], [[0.007, -0.002], [0.0, -0.002], [0.013, 0.003]]),
        ),
        ("clip to 20..200", Still::Clip, handed([-0.017, -0.019], [[-0.035, -0.042], [0.0, 0.0], [-0.004, -0.001]])),
        ("tanh", tanh(2.8), handed([-0.021, -0.027], [[-0.033, -0.043], [0.001, -0.002], [-0.004, -0.001]])),
    ]
}

/// The five patterns.
pub fn patterns() -> [(&'static str, Disk); 5] {
    [
        ("color", Disk::of(Kind::Color)),
        ("mirrored", Disk::of(Kind::Color).mirrored()),
        ("gray", Disk::of(Kind::Gray)),
        ("symmetric", Disk::of(Kind::Symmetric)),
        ("alternating", Disk::of(Kind::AlternatingRings)),
    ]
}

/// Operations of the second table, and the shifts that the reference reads: black to yellow, yellow to white, white
/// to blue, blue to black.
pub fn edges() -> [(&'static str, Still, [f64; 4]); 4] {
    [
        ("gamma 0.7", Still::Gamma(0.7), [-0.12, -0.19, 0.18, 0.26]),
        ("blur of red and green, sigma 1.5", Still::BlurRedGreen(1.5), [-0.005, 0.217, 0.004, 0.156]),
        ("blur of blue, sigma 1.5", Still::BlurBlue(1.5), [-0.018, -0.040, -0.024, -0.011]),
        ("tanh", Still::Tanh { gain: 2.1, top: 1.0 }, [-0.07, 0.71, -0.12, 0.20]),
    ]
}

/// Turn by rings, and by windows, degrees.
pub fn turns(before: &[Plane], after: &[Plane]) -> [f64; 2] {
    let [before, after] = [before, after].map(|picture| gray(picture).unwrap());
    let radius = before.width() as f64 / 2.0;
    let grid = Grid::each_pixel(before.center(), RINGS.map(|share| share * radius), ANGLES);
    let [a, b] = [&before, &after].map(|plane| Polar::sample(plane, &grid).unwrap());
    let vectors = dense(&before, &after, Dense::default()).unwrap();
    [rotation(&a, &b).unwrap(), mean_rotation(&vectors, before.center(), [5.0, radius]).unwrap()]
}

/// Shifts at the four kinds of edges of a disk, in the middle half of its first eight rings.
pub fn shifts(disk: &Disk, after: &[Plane]) -> Rigidity {
    let [before, after] = [&disk.draw()[..], after].map(|picture| gray(picture).unwrap());
    let grid = Grid::each_pixel(before.center(), [8.0, disk.radius - 1.0], ANGLES);
    let [a, b] = [&before, &after].map(|plane| Polar::sample(plane, &grid).unwrap());
    let pattern = RingPattern::snakes(disk.radius, 8, disk.seen, disk.turn_deg);
    rigidity(&a, &b, &pattern.windows(&grid, 1.4, 0.5)).unwrap()
}

/// Same sign where the size is told, and within a share of it or an absolute distance.
fn agrees(found: f64, expected: f64, [share, distance]: [f64; 2]) -> bool {
    let sign = expected.abs() < 0.005 || found * expected > 0.0;
    sign && (found - expected).abs() <= distance.max(share * expected.abs())
}

#[test]
fn operations_without_motion_turn_the_disk_as_in_the_table() {
    for (pattern, disk) in patterns().into_iter().enumerate().map(|(at, (_, disk))| (at, disk)) {
        let before = disk.draw();
        for (name, still, expected) in traps() {
            let found = turns(&before, &still.of(&before));
            for (found, expected) in found.into_iter().zip(expected[pattern]) {
                assert!(
                    agrees(found, expected, [0.15, 0.005]),
                    "{name}, pattern {pattern}: {found}, expected {expected}"
                );
            }
        }
    }
    // Negative control: a table of the other handedness does not agree.
    let (_, gamma, expected) = traps()[1];
    let before = Disk::of(Kind::Color).draw();
    assert!(!agrees(turns(&before, &gamma.of(&before))[0], -expected[0][0], [0.15, 0.005]));
}

#[test]
fn a_disk_that_turns_reads_as_in_the_reference() {
    let disk = Disk::of(Kind::Color);
    let before = disk.draw();
    for (turn, expected) in [(0.2, 0.178), (1.0, 1.014)] {
        let [rings, windows] = turns(&before, &disk.turned(turn).draw());
        assert!((rings - expected).abs() < 0.002, "{rings} for {turn}");
        // Windows of 50 pixels read shifts, not turns; the reference tells no number.
        assert!((windows / turn - 1.0).abs() < 0.2, "{windows} for {turn}");
        let back = turns(&before, &disk.turned(-turn).draw())[0];
        assert!((back + rings).abs() < 0.02 * turn, "{back} for {}", -turn);
    }
}

#[test]
fn edges_disagree_in_operations_without_motion_and_agree_in_turns() {
    let disk = Disk::of(Kind::Color);
    let before = disk.draw();
    for (name, still, expected) in edges() {
        let Rigidity { shifts_deg, kappa } = shifts(&disk, &still.of(&before));
        assert!(kappa <= 0.28, "{name}: kappa {kappa}");
        for (found, expected) in shifts_deg.iter().zip(expected) {
            assert!(agrees(*found, expected, [0.2, 0.02]), "{name}: {shifts_deg:?}");
        }
    }
    for (name, still, _) in traps() {
        let kappa = shifts(&disk, &still.of(&before)).kappa;
        assert!(kappa <= 0.28, "{name}: kappa {kappa}");
    }
    for turn in [-0.3, 0.2, 1.0] {
        let Rigidity { shifts_deg, kappa } = shifts(&disk, &disk.turned(turn).draw());
        assert!((0.93..=0.98).contains(&kappa), "{turn}: kappa {kappa}");
        assert!(shifts_deg.iter().all(|shift| (shift / turn - 0.98).abs() < 0.16), "{turn}: {shifts_deg:?}");
    }
}

#[test]
fn edges_of_the_mirror_image_shift_the_other_way() {
    let (disk, mirror) = (Disk::of(Kind::Color), Disk::of(Kind::Color).mirrored());
    let gamma = Still::Gamma(0.7);
    let one = shifts(&disk, &gamma.of(&disk.draw()));
    let other = shifts(&mirror, &gamma.of(&mirror.draw()));
    for (one, other) in one.shifts_deg.iter().zip(&other.shifts_deg) {
        assert!((one + other).abs() < 1e-9, "{one}, {other}");
    }
    assert!((one.kappa - other.kappa).abs() < 1e-9);
    assert!(shifts(&mirror, &mirror.turned(0.3).draw()).kappa > RIGID);
    // Negative control: windows of the other handedness look beside the edges of the mirror image.
    let wrong = Disk { seen: Seen::Anticlockwise, ..mirror };
    let grid = Grid::each_pixel([80.0; 2], [8.0, 79.0], ANGLES);
    let polar = |picture: &[Plane]| Polar::sample(&gray(picture).unwrap(), &grid).unwrap();
    let (a, b) = (polar(&mirror.draw()), polar(&gamma.of(&mirror.draw())));
    let windows = RingPattern::snakes(wrong.radius, 8, wrong.seen, 0.0).windows(&grid, 1.4, 0.5);
    let found = rotation_within(&a, &b, &windows[0]).unwrap();
    assert!((found - other.shifts_deg[0]).abs() > 0.05, "{found}");
}
