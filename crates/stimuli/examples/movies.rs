//! Draws movies and every Rotating Snakes disk to look at, and tells how motion goes with edges in each arm:
//! `cargo run --release --example movies -- FOLDER`.

mod support;

use std::error::Error;
use std::path::Path;
use support::Sheet;
use trompe_stimuli::movies::{self, By, Movie, Recipe};
use trompe_stimuli::{Condition, Image, Settings, Value, Viewing, illusions, render, stream};

/// Arms by name.
const ARMS: &[(&str, &[(&str, &str)])] = &[
    ("natural", &[]),
    ("gray", &[("channels", "gray")]),
    ("matched", &[("channels", "matched")]),
    ("symmetric", &[("polarity", "symmetric")]),
    ("no_saccades", &[("saccades", "no")]),
    ("no_rotation", &[("rotation", "no")]),
    ("planted", &[("planted", "yes")]),
    ("planted_reversed", &[("planted", "yes"), ("reversed", "yes")]),
];

fn recipe(settings: &[(&str, &str)]) -> Result<Recipe, Box<dyn Error>> {
    let value = |word: &str| match word {
        "yes" => Value::Flag(true),
        "no" => Value::Flag(false),
        word => Value::Text(word.to_owned()),
    };
    let all = settings.iter().fold(Settings::new(), |all, &(key, word)| all.with(key, value(word)));
    Ok(Recipe::read(&all)?)
}

fn image(movie: &Movie, frame: usize) -> Image {
    Image { channels: 3, height: movie.size, width: movie.size, data: movie.frames[frame].clone() }
}

/// Every second frame of a few clips, a row each.
fn draw_arm(name: &str, settings: &[(&str, &str)], folder: &Path) -> Result<(), Box<dyn Error>> {
    let (recipe, mut rng) = (recipe(settings)?, stream(5));
    let mut sheet = Sheet::new(10, 2);
    for _ in 0..6 {
        let movie = movies::draw(&recipe, 64, 20, &mut rng)?;
        (0..20).step_by(2).for_each(|frame| sheet.add_image(&image(&movie, frame)));
    }
    sheet.save(&folder.join(format!("movie_{name}.png")))
}

fn draw_held_out(folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut sheet = Sheet::new(10, 2);
    let mut add = |movie: Movie| (0..10).for_each(|frame| sheet.add_image(&image(&movie, frame)));
    add(movies::propeller([[0.8; 3], [0.05; 3]], [0.0, 5.0], 64, 10)?);
    add(movies::propeller([[0.6, 0.1, 0.1], [0.2, 0.3, 0.5]], [0.0, -5.0], 64, 10)?);
    add(movies::turning(&recipe(&[])?, 5.0, (64, 10), &mut stream(6))?);
    add(movies::turning(&recipe(&[])?, -5.0, (64, 10), &mut stream(6))?);
    sheet.save(&folder.join("movie_held_out.png"))
}

fn draw_snakes(folder: &Path) -> Result<(), Box<dyn Error>> {
    let entry = illusions::find("rotating_snakes").ok_or("no such illusion")?;
    let mut sheet = Sheet::new(11, 1);
    let patterns = [
        "snakes",
        "symmetric",
        "symmetric6",
        "alternating_rings",
        "order_kbyw",
        "order_kwby",
        "pair_kb",
        "pair_bw",
        "pair_wy",
        "pair_yk",
        "fraser_wilcox",
    ];
    for (palette, layout) in [
        ("color", "single"),
        ("gray", "single"),
        ("hue_swapped", "single"),
        ("equal_luminance", "single"),
        ("color", "strip"),
        ("color", "group"),
    ] {
        for pattern in patterns {
            // Ramps of luminance have no equal luminance.
            let palette = if pattern == "fraser_wilcox" { "gray" } else { palette };
            let words = [("pattern", pattern), ("palette", palette), ("layout", layout)];
            let all = words.iter().fold(Settings::new(), |all, &(key, word)| all.with(key, Value::Text(word.into())));
            let scene = (entry.build)(&all)?.compose(&Condition { difference: 0.0, strength: 1.0 })?;
            let mut image = render(&scene, Viewing::square(200, 4.0)?)?.image;
            if image.channels == 1 {
                image = Image { channels: 3, data: image.data.repeat(3), ..image };
            }
            sheet.add_image(&image);
        }
    }
    sheet.save(&folder.join("snakes_variants.png"))
}

/// Motion by edge over many clips: mean and standard error of the clips' means.
fn tell() -> Result<(), Box<dyn Error>> {
    for (name, settings) in ARMS {
        let (recipe, mut rng) = (recipe(settings)?, stream(2));
        let clips = 2000;
        let mut sums = [[0.0; 3]; 4];
        for _ in 0..clips {
            let movie = movies::draw(&recipe, 32, 8, &mut rng)?;
            for (sum, edge) in sums.iter_mut().zip(movies::by_edge(&movie, movies::quartiles(&movie), By::Luminance)) {
                if let Some(mean) = edge.mean() {
                    *sum = [sum[0] + mean, sum[1] + mean * mean, sum[2] + 1.0];
                }
            }
        }
        print!("{name:17}");
        for [sum, squares, n] in sums {
            let mean = sum / n;
            print!(" {mean:+.3} ± {:.3}", ((squares / n - mean * mean) / n).sqrt());
        }
        println!(" px/frame at black-dark, dark-white, white-light, light-black");
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let folder = Path::new(&folder);
    for (name, settings) in ARMS {
        draw_arm(name, settings, folder)?;
    }
    draw_held_out(folder)?;
    draw_snakes(folder)?;
    tell()
}
