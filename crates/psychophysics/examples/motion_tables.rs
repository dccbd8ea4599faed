//! Prints what operations without motion read as on Rotating Snakes, how edges agree, what a still remap explains,
//! and how long each takes: `cargo run --release -p trompe-psychophysics --example motion_tables`.

use std::time::Instant;
use trompe_psychophysics::NotMeasurable;
use trompe_psychophysics::motion::lucas_kanade::{Corners, Dense, Tracker, corners, dense, track};
use trompe_psychophysics::motion::polar::{Grid, Polar, rotation};
use trompe_psychophysics::motion::remap::{remap, turn_beyond};
use trompe_psychophysics::motion::rigidity::{RingPattern, rigidity};
use trompe_psychophysics::motion::scores::mean_rotation;
use trompe_psychophysics::motion::{Plane, gray};

#[path = "../tests/oracles/motion/disk.rs"]
mod disk;

use disk::{Disk, Kind, Still};

const ANGLES: usize = 1440;

/// Names, operations.
fn stills() -> [(&'static str, Still); 6] {
    [
        ("blur, sigma 1", Still::Blur(1.0)),
        ("gamma 0.7", Still::Gamma(0.7)),
        ("blur of blue, sigma 1.5", Still::BlurBlue(1.5)),
        ("blur of red and green, 1.5", Still::BlurRedGreen(1.5)),
        ("clip to 20..200", Still::Clip),
        ("tanh, gain 2.8", Still::Tanh { gain: 2.8, top: 1.4_f64.tanh() }),
    ]
}

/// Turn by rings.
fn by_rings(a: &Plane, b: &Plane) -> Result<f64, NotMeasurable> {
    let radius = 0.5 * a.width() as f64;
    let grid = Grid::each_pixel(a.center(), [0.3 * radius, 0.95 * radius], ANGLES);
    rotation(&Polar::sample(a, &grid)?, &Polar::sample(b, &grid)?)
}

/// Turn by windows.
fn by_windows(a: &Plane, b: &Plane) -> Result<f64, NotMeasurable> {
    mean_rotation(&dense(a, b, Dense::default())?, a.center(), [5.0, 0.5 * a.width() as f64])
}

fn traps() -> Result<(), NotMeasurable> {
    let disk = Disk::of(Kind::Color);
    let patterns = [
        ("color", disk),
        ("mirrored", disk.mirrored()),
        ("gray", Disk::of(Kind::Gray)),
        ("symmetric", Disk::of(Kind::Symmetric)),
        ("alternating", Disk::of(Kind::AlternatingRings)),
    ];
    println!("Turns that operations without motion read as, degrees: by rings / by windows of Lucas and Kanade\n");
    print!("{:28}", "");
    patterns.iter().for_each(|(name, _)| print!("{name:>18}"));
    println!();
    for (name, still) in stills() {
        print!("{name:28}");
        for (_, disk) in &patterns {
            let before = disk.draw();
            let (a, b) = (gray(&before)?, gray(&still.of(&before))?);
            print!("{:>18}", format!("{:+.3} / {:+.3}", by_rings(&a, &b)?, by_windows(&a, &b)?));
        }
        println!();
    }
    let a = gray(&disk.draw())?;
    for turn in [0.2, 1.0] {
        let b = gray(&disk.turned(turn).draw())?;
        println!(
            "{:28}{:>18}",
            format!("turned by {turn}"),
            format!("{:+.3} / {:+.3}", by_rings(&a, &b)?, by_windows(&a, &b)?)
        );
    }
    Ok(())
}

fn edges() -> Result<(), NotMeasurable> {
    println!("\nShifts at edges, degrees, and their agreement\n");
    println!("{:28}{:>10}{:>10}{:>10}{:>10}{:>9}", "", "K-Y", "Y-W", "W-B", "B-K", "kappa");
    let disk = Disk::of(Kind::Color);
    let before = disk.draw();
    let changed = stills().map(|(name, still)| (name.to_owned(), still.of(&before)));
    let turned = [-0.3, 0.2, 1.0].map(|turn| (format!("turned by {turn}"), disk.turned(turn).draw()));
    for (name, after) in changed.into_iter().chain(turned) {
        let grid = Grid::each_pixel([80.0; 2], [8.0, 79.0], ANGLES);
        let (a, b) = (Polar::sample(&gray(&before)?, &grid)?, Polar::sample(&gray(&after)?, &grid)?);
        let windows = RingPattern::snakes(disk.radius, 8, disk.seen, 0.0).windows(&grid, 1.4, 0.5);
        let found = rigidity(&a, &b, &windows)?;
        print!("{name:28}");
        found.shifts_deg.iter().for_each(|shift| print!("{shift:>+10.3}"));
        println!("{:>+9.2}", found.kappa);
    }
    Ok(())
}

fn remaps() -> Result<(), NotMeasurable> {
    println!("\nThe best still remap of a disk of 64 pixels, degrees\n");
    println!("{:36}{:>9}{:>9}{:>9}{:>11}", "", "W", "W_null", "beyond", "explained");
    for kind in [Kind::Color, Kind::Gray] {
        let disk = Disk { kind, ..Disk::small(64) };
        let a = disk.draw();
        let changed = stills().map(|(name, still)| (name.to_owned(), still.of(&a)));
        let turned = [0.1, 0.5, 1.0].map(|turn| (format!("turned by {turn}"), disk.turned(turn).draw()));
        let both = (String::from("turned by 0.5, gamma 0.7"), Still::Gamma(0.7).of(&disk.turned(0.5).draw()));
        for (name, b) in changed.into_iter().chain(turned).chain([both]) {
            let best = remap(&a, &b)?;
            let gray_a = gray(&a)?;
            let (w, null) = (by_rings(&gray_a, &gray(&b)?)?, by_rings(&gray_a, &gray(&best.fitted)?)?);
            let beyond = turn_beyond(&a, &b, &best, gray_a.center())?;
            println!("{:36}{w:>+9.3}{null:>+9.3}{beyond:>+9.3}{:>11.3}", format!("{kind:?}: {name}"), best.explained);
        }
    }
    Ok(())
}

/// Shortest of some runs, milliseconds.
fn time<T>(run: impl Fn() -> Result<T, NotMeasurable>) -> Result<f64, NotMeasurable> {
    let mut shortest = f64::INFINITY;
    for _ in 0..7 {
        let start = Instant::now();
        std::hint::black_box(run()?);
        shortest = shortest.min(start.elapsed().as_secs_f64() * 1e3);
    }
    Ok(shortest)
}

fn speed() -> Result<(), NotMeasurable> {
    println!("\nMilliseconds on a pair of 64 x 64\n");
    let disk = Disk::small(64);
    let (before, after) = (disk.draw(), disk.turned(0.5).draw());
    let (a, b) = (gray(&before)?, gray(&after)?);
    println!("{:28}{:>9.2}", "turn by rings", time(|| by_rings(&a, &b))?);
    println!("{:28}{:>9.2}", "turn by windows", time(|| by_windows(&a, &b))?);
    println!("{:28}{:>9.2}", "still remap, three channels", time(|| remap(&before, &after))?);
    let best = remap(&before, &after)?;
    println!("{:28}{:>9.2}", "turn beyond it", time(|| turn_beyond(&before, &after, &best, a.center()))?);
    let sparse = || track(&a, &b, &corners(&a, Corners::default())?, &Tracker::default());
    println!("{:28}{:>9.2}", "corners and their tracks", time(sparse)?);
    Ok(())
}

fn main() -> Result<(), NotMeasurable> {
    traps()?;
    edges()?;
    remaps()?;
    speed()
}
