//! Oracles: a network of zeros, which predicts mid gray; the network's own steps one by one; a movie that stands still.

use super::{PredNetPainter, WARMING, learned, macs};
use crate::bridge::{self, known};
use crate::experiment::{Experiment, PredNetEntry, ReferenceSpec, read};
use crate::painting::motion::watch::{EARLIER, HELD, Hand, Predictor, Recurrent as _, Watcher, with_earlier};
use crate::painting::{MovieWorld, Painter as _, motion};
use std::sync::atomic::AtomicBool;
use trompe_models::to_f32;

const SIDE: usize = 16;

fn experiment() -> (Experiment, PredNetEntry) {
    let text = include_str!("../../../../../experiments/prednet.toml");
    let experiment = read(text, "prednet.toml", &bridge::known()).unwrap_or_else(|failure| panic!("{failure}"));
    let ReferenceSpec::PredNet(entry) = &experiment.references[0] else { panic!("a network that gives frames") };
    let entry = PredNetEntry {
        channels: vec![3, 4, 4],
        representations: vec![4, 4, 4],
        frames: 5,
        clips: 8,
        batch: 4,
        ..entry.clone()
    };
    (experiment, entry)
}

fn trained(clips: usize) -> PredNetPainter {
    let (experiment, entry) = experiment();
    let world = MovieWorld::build(&experiment.worlds[0], SIDE).expect("movies");
    let entry = PredNetEntry { clips, ..entry };
    learned(&experiment, (&world, 3), &entry, &AtomicBool::new(false)).unwrap_or_else(|why| panic!("{why:?}"))
}

/// Four frames of a clip, `[3, side, side]` each.
fn clip() -> Vec<Vec<f32>> {
    let (experiment, _) = experiment();
    let world = MovieWorld::build(&experiment.worlds[0], SIDE).expect("movies");
    world.clips(&["a clip"], (1, 4)).expect("frames")
}

#[test]
fn predictions_are_the_networks_own_steps_one_by_one() {
    let mut painter = trained(8);
    assert!(painter.loss.is_some_and(f64::is_finite));
    let frames = clip();
    let seen: Vec<&[f32]> = frames.iter().map(Vec::as_slice).collect();
    let step_by_step = |frames: &[&[f32]], own: usize| {
        let (network, place) = (&painter.network, &painter.place);
        let mut state = network.start(1, [SIDE; 2]).expect("sides can be halved");
        let mut last = Vec::new();
        for frame in frames {
            let frame = place.tensor_f32(frame, [1, 3, SIDE, SIDE]);
            last = to_f32(&network.step(&mut state, Some(&frame)).expect("it fits"));
        }
        (0..own).for_each(|_| last = to_f32(&network.step(&mut state, None).expect("a prediction")));
        last
    };
    let wanted = [step_by_step(&seen, 0), step_by_step(&seen, 1)];
    // Two clips side by side, the first frame three times more.
    let mut warmed = vec![seen[0]; WARMING];
    warmed.extend(&seen[..3]);
    let painted = step_by_step(&warmed, 0);
    let fixated = step_by_step(&[seen[0]; HELD], 2);
    let predicted = painter.after(&seen, SIDE, 2).expect("predictions");
    assert_eq!(predicted, wanted);
    assert_ne!(predicted[0], predicted[1], "negative control: a closed loop goes on");
    let given = seen[..3].concat();
    let pair = painter.paint(&[&given[..], &given].concat(), [2, 9, SIDE, SIDE]).expect("pictures");
    assert_eq!(pair, [&painted[..], &painted].concat());
    // Watched as others are, it sees a still picture for twenty frames, whatever others are given.
    let mut predictor = Predictor::Recurrent(Box::new(painter));
    let mut watcher = Watcher::new(&mut predictor, 3, SIDE);
    assert_eq!(watcher.fixation(Hand::Seen, &frames[0], 3).expect("predictions")[2], fixated);
    assert_ne!(watcher.onset(Hand::Seen, &frames[0]).expect("a prediction"), fixated, "gray comes before");
}

#[test]
fn training_is_of_its_seed_and_its_clips() {
    let said = |clips: usize| trained(clips).after(&[&clip()[0]], SIDE, 1).expect("a prediction");
    assert_eq!(said(8), said(8));
    assert_ne!(said(8), said(4), "negative control: half the training");
    let fresh = trained(0);
    assert_eq!(fresh.loss, None);
}

/// By hand, for a network of one layer of three channels and representations, 9 · 3 · 3 for predictions and 9 · (3 + 6) · 12 for memories:
/// clips, then held-out movies, then displays add what they cost, in these proportions.
#[test]
fn plans_count_what_is_learned_and_shown() {
    let (experiment, entry) = experiment();
    let lean = |clips: usize| PredNetEntry { channels: vec![3], representations: vec![3], clips, ..entry.clone() };
    let pixel = (9 * 3 * 3 + 9 * 9 * 12) as f64;
    let (size, canvas) = (experiment.battery.size_px as f64, experiment.battery.snakes.as_ref().expect("snakes"));
    let learning = macs(&experiment, &lean(10), 3) - macs(&experiment, &lean(0), 3);
    assert!((learning / (3.0 * pixel * size * size * 10.0 * 4.0) - 1.0).abs() < 1e-9);
    let linear = canvas.linear_pictures;
    let frames = motion::Shown::frames_remembered(canvas, 3) as f64 * (canvas.canvas_px * canvas.canvas_px) as f64;
    let held = ((experiment.competence.images + linear) * 6) as f64 * size * size;
    assert!((macs(&experiment, &lean(0), 3) / (0.8 * pixel * (frames + held)) - 1.0).abs() < 1e-9);
}

/// What was before goes on where the given places begin, and stands still where it is told so.
#[test]
fn eyes_were_somewhere_before() {
    let mut rng = crate::identity::stream(&["eyes"]);
    let places = vec![[1.0, 2.0], [0.0; 2]];
    let still = with_earlier(places.clone(), (EARLIER, 0.0), &mut rng);
    assert_eq!((still.len(), &still[EARLIER..]), (EARLIER + 2, &places[..]));
    assert!(still[..EARLIER].iter().all(|place| *place == [1.0, 2.0]));
    let moved = with_earlier(places.clone(), (400, 0.2), &mut rng);
    assert_eq!(&moved[400..], &places[..]);
    let steps = moved[..401].windows(2).flat_map(|pair| [pair[1][0] - pair[0][0], pair[1][1] - pair[0][1]]);
    let variance = steps.map(|step| step * step).sum::<f64>() / 800.0;
    assert!((variance / 0.04 - 1.0).abs() < 0.2, "{variance}");
}

#[test]
fn mistakes_in_its_entry_are_told() {
    let text = include_str!("../../../../../experiments/prednet.toml");
    let sound = read(text, "x.toml", &known()).unwrap_or_else(|failure| panic!("{failure}"));
    let [ReferenceSpec::PredNet(reference)] = &sound.references[..] else { panic!("one network that gives frames") };
    assert_eq!(reference.representations, reference.channels, "as many where nothing else is said");
    assert!(sound.has_memory());
    let said = |change: (&str, &str)| {
        assert!(text.contains(change.0), "{}", change.0);
        read(&text.replacen(change.0, change.1, 1), "x.toml", &known()).expect_err("a mistake").to_string()
    };
    let channels = "channels = [3, 12, 24, 48]";
    assert!(said((channels, "channels = [1, 12, 24, 48]")).contains("3 colors, got 1"));
    assert!(said((channels, "channels = [3, 4, 4, 4, 4, 4, 4]")).contains("one to 6 layers, got 7"));
    let fewer = said((channels, "channels = [3, 12, 24, 48]\nrepresentations = [3, 12]"));
    assert!(fewer.contains("`channels` has 4 layers, and `representations` 2"));
    assert!(said(("canvas_px = 128", "canvas_px = 124")).contains("canvas_px = 128"));
    assert!(said(("size_px = 32", "size_px = 36")).contains("halves pictures three times"));
    assert!(said(("clips = 36000\n", "")).contains("lacks the key `clips`"));
    assert!(said(("frames = 10", "frames = 10\nunweighted = 9")).contains("unweighted"));
    assert!(said(("loss = \"squared\"\nframes", "loss = \"absolut\"\nframes")).contains("did you mean `absolute`?"));
    assert!(
        said(("id = \"prednet\"\nchannels", "id = \"prednet\"\nwidth = 3\nchannels")).contains("unknown key `width`")
    );
    let pang = text.replacen("id = \"prednet\"\nchannels", "id = \"pang2021\"\nchannels", 1);
    assert!(read(&pang, "x.toml", &known()).expect_err("a mistake").to_string().contains("pretraining_pictures"));
    // Each network where it is asked what it can answer.
    let classes = include_str!("../../../../../experiments/pang2021.toml");
    let other = classes.replacen("[[reference]]", "[[reference]]\nid = \"prednet\"\nclips = 64\n[[reference]]", 1);
    let failure = read(&other, "x.toml", &known()).expect_err("a mistake").to_string();
    assert!(failure.contains("`prednet` gives frames of movies, and the battery is `pang2021`"), "{failure}");
}
