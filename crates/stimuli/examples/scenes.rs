//! Draws scenes with their reflectance and the church in all its contexts, and prints what scenes measure:
//! `cargo run --release --example scenes -- FOLDER`.

mod support;

use std::error::Error;
use std::path::Path;
use std::time::Instant;
use support::Sheet;
use trompe_stimuli::scenes::{self, Picture, Recipe};
use trompe_stimuli::{Condition, Image, Settings, Value, Viewing, color, illusions, render, statistics, stream, tasks};

fn recipe(settings: &[(&str, Value)]) -> Result<Recipe, Box<dyn Error>> {
    let all = settings.iter().fold(Settings::new(), |all, (key, value)| all.with(key, value.clone()));
    Ok(Recipe::read(&all)?)
}

fn image(size: usize, data: &[f32]) -> Image {
    Image { channels: 3, height: size, width: size, data: data.to_vec() }
}

fn luminances(picture: &Picture) -> Vec<f32> {
    let plane = picture.size * picture.size;
    let at = |pixel: usize| [0, 1, 2].map(|channel: usize| f64::from(picture.lit[channel * plane + pixel]));
    (0..plane).map(|pixel| color::luminance(at(pixel)) as f32).collect()
}

/// Slope and kurtosis of 200 pictures of each kind, and the time of one.
fn measure() -> Result<(), Box<dyn Error>> {
    println!("variant size  ms/picture  slope  to the finest wave  kurtosis  mean luminance");
    for size in [32, 48, 64] {
        for variant in ["full", "flat"] {
            let recipe = recipe(&[("variant", Value::Text(variant.to_owned()))])?;
            let (mut rng, start) = (stream(1), Instant::now());
            let drawn: Result<Vec<Picture>, _> = (0..200).map(|_| scenes::draw(&recipe, size, &mut rng)).collect();
            let drawn = drawn?;
            let ms = start.elapsed().as_secs_f64() * 1e3 / drawn.len() as f64;
            let pictures: Vec<Vec<f32>> = drawn.iter().map(luminances).collect();
            let mean = pictures.iter().flatten().sum::<f32>() / (pictures.len() * size * size) as f32;
            println!(
                "{variant:7} {size:4}  {ms:10.2}  {:5.2}  {:18.2}  {:8.1}  {mean:14.3}",
                statistics::power_slope(&pictures, size, [2, size / 4]),
                statistics::power_slope(&pictures, size, [2, size / 2]),
                statistics::step_kurtosis(&pictures, size),
            );
        }
    }
    Ok(())
}

/// Time of each task's part, without the drawing.
fn time_tasks() -> Result<(), Box<dyn Error>> {
    let picture = scenes::draw(&recipe(&[])?, 32, &mut stream(1))?;
    for entry in tasks::ALL {
        let (mut rng, start) = (stream(2), Instant::now());
        for _ in 0..200 {
            std::hint::black_box((entry.pose)(&picture, &mut rng)?);
        }
        println!("task {:12} {:.2} ms at 32 pixels", entry.id, start.elapsed().as_secs_f64() * 1e3 / 200.0);
    }
    Ok(())
}

/// Twelve pictures lit and, below, their reflectance.
fn draw_scenes(folder: &Path, name: &str, settings: &[(&str, Value)], size: usize) -> Result<(), Box<dyn Error>> {
    let (recipe, mut rng) = (recipe(settings)?, stream(7));
    let mut sheet = Sheet::new(6, (192 / size).max(1));
    for _ in 0..2 {
        let drawn: Result<Vec<Picture>, _> = (0..6).map(|_| scenes::draw(&recipe, size, &mut rng)).collect();
        let drawn = drawn?;
        drawn.iter().for_each(|picture| sheet.add_image(&image(size, &picture.lit)));
        drawn
            .iter()
            .filter_map(|picture| picture.reflectance.as_ref())
            .for_each(|data| sheet.add_image(&image(size, data)));
    }
    sheet.save(&folder.join(format!("{name}.png")))
}

/// A row for each color set, then confetti, silhouettes, bar widths and the trap.
fn draw_churches(folder: &Path) -> Result<(), Box<dyn Error>> {
    let entry = illusions::find("church").ok_or("no such illusion")?;
    let text = |word: &str| Value::Text(word.to_owned());
    let mut sheet = Sheet::new(9, 1);
    let mut add = |settings: Settings, strength: f64, difference: f64| -> Result<(), Box<dyn Error>> {
        let scene = (entry.build)(&settings)?.compose(&Condition { difference, strength })?;
        sheet.add_image(&render(&scene, Viewing::square(128, 4.0)?)?.image);
        Ok(())
    };
    let contexts = ["munker", "front_only", "back_only", "interrupted", "remote", "uniform", "uniform_gap"];
    for (set, draw) in
        [("poster", 0.0), ("equal_luminance", 0.0), ("s_axis", 0.0), ("drawn", 0.0), ("drawn", 1.0), ("drawn", 2.0)]
    {
        let settings = Settings::new().with("colors", text(set)).with("draw", Value::Number(draw));
        for context in contexts {
            add(settings.clone().with("context", text(context)), 1.0, 0.0)?;
        }
        add(settings.clone(), -1.0, 0.0)?;
        add(settings, 0.0, 0.0)?;
    }
    for width in [1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0] {
        add(Settings::new().with("bar_deg", Value::Number(width / 32.0)), 1.0, 0.0)?;
    }
    for (novick, strength) in [(0.0, 1.0), (2.0, 1.0), (4.0, 1.0), (4.0, -1.0), (4.0, 0.0)] {
        add(Settings::new().with("context", text("confetti")).with("novick", Value::Number(novick)), strength, 0.0)?;
    }
    for silhouette in ["house", "tree", "square", "disc"] {
        add(Settings::new().with("silhouette", text(silhouette)), 1.0, 0.0)?;
    }
    for (silhouette, context) in
        [("tree", "interrupted"), ("tree", "remote"), ("disc", "remote"), ("house", "uniform_gap")]
    {
        add(Settings::new().with("silhouette", text(silhouette)).with("context", text(context)), 1.0, 0.0)?;
    }
    for difference in [-12.0, 12.0] {
        add(Settings::new().with("bars", text("gray")), 1.0, difference)?;
    }
    sheet.save(&folder.join("churches.png"))
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let folder = Path::new(&folder);
    measure()?;
    time_tasks()?;
    draw_scenes(folder, "scenes_32", &[], 32)?;
    draw_scenes(folder, "scenes_48", &[], 48)?;
    draw_scenes(folder, "scenes_192", &[], 192)?;
    draw_scenes(folder, "scenes_192_turned", &[("turned", Value::Number(90.0))], 192)?;
    draw_scenes(folder, "scenes_192_flat", &[("variant", Value::Text("flat".to_owned()))], 192)?;
    draw_churches(folder)
}
