//! Bad experiment files: every mistake is reported at its line and column, with what must hold and how to mend it.
//!
//! Oracle: places are counted by hand in the file below, and read a second time off the rendered text, whose lines and
//! columns come from another library. Negative control: the same file without the change has no mistake, so each
//! mistake is caused by its one changed line.

#[allow(dead_code, unreachable_pub, unused_imports)]
#[path = "../src/experiment/mod.rs"]
mod experiment;

use experiment::{
    AttackedAt, Bounds, Gives, IllusionInfo, Known, LayerEntry, ReadFailure, ReferenceSpec, Role, RuleInfo, Setting,
    SettingInfo, SettingKind, Status, WorldInfo, read,
};

/// A sound file. Lines are counted from 1; the number stands at the end of every fifth.
const GOOD: &str = r#"schema = 1
id = "quick"
title = "Fat or thin?"
question = "Do rules differ?"
status = "pilot" # 5
seeds = 5
budget_minutes = 4
device = "flex"
[training]
steps = 500 # 10
batch = 64
checkpoints = 6
first_checkpoint = 30
loss = "cross_entropy"
optimizer = { id = "adamw", learning_rate = 0.002, weight_decay = 0.01 } # 15
[[world]]
name = "distractors"
id = "quads"
encoding = "srgb"
settings = { pacmen = true } # 20
[[network]]
name = "cnn"
layers = [
  { conv = 16, kernel = 5, stride = 2, padding = 2, activation = "relu" },
  { max_pool = 2, stride = 2 }, # 25
  { readout = true },
]
[[observer]]
rule = "backprop"
[[observer]] # 30
rule = "fa"
optimizer = { learning_rate = 0.001 }
[[observer]]
rule = "predictive_coding"
settings = { output = "energy_nudge", nudging = 0.3, state_steps = 8 } # 35
inference = "settled"
networks = ["cnn"]
worlds = ["distractors"]
[battery]
illusion = "fat_thin" # 40
twins = 256
size_px = 32
alphas_deg = [2.5, 5, 10, 15]
primary_alpha_deg = 10
support_ratios = [0.25, 0.5] # 45
contour_contrasts = [0, 0.5, 1]
noise_fields = 64
[competence]
images = 8192
gate_accuracy = 0.95 # 50
match_grid = [1.0, 1.5, 2.0]
[analysis]
reference = "backprop"
contrasts = ["feedback_alignment", "predictive_coding"]
bootstrap = 1000
"#;

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn setting(key: &str, kind: SettingKind) -> SettingInfo {
    SettingInfo { key: key.into(), kind }
}

fn rule(id: &str, alias: &str, settles: bool, settings: Vec<SettingInfo>) -> RuleInfo {
    let answers: &[&str] = if settles { &["feedforward", "settled"] } else { &["feedforward"] };
    RuleInfo { id: id.into(), aliases: words(&[alias]), settings, answers: words(answers) }
}

fn known() -> Known {
    let settling = vec![
        setting("output", SettingKind::Text(words(&["clamped", "clamped_nudge", "energy_nudge"]))),
        setting("nudging", SettingKind::Number { bounds: Bounds::SHARE, whole: false }),
        setting("state_step", SettingKind::Number { bounds: Bounds::POSITIVE, whole: false }),
        setting("state_steps", SettingKind::Number { bounds: Bounds::at_least(1.0), whole: true }),
    ];
    let pacmen = vec![setting("pacmen", SettingKind::Flag)];
    let polygons = words(&["triangle", "square", "hexagon", "circle", "none"]);
    Known {
        rules: vec![
            rule("backprop", "bp", false, Vec::new()),
            rule("feedback_alignment", "fa", false, Vec::new()),
            rule("direct_feedback_alignment", "dfa", false, Vec::new()),
            rule("kolen_pollack", "kp", false, Vec::new()),
            rule("predictive_coding", "pc", true, settling),
            rule("local_loss", "local", false, Vec::new()),
            rule("sham_feedback", "sham", false, Vec::new()),
        ],
        worlds: vec![
            WorldInfo { id: "quads".into(), classes: words(&["thin", "fat"]), gives: Gives::Classes, settings: pacmen },
            WorldInfo { id: "polygons".into(), classes: polygons.clone(), gives: Gives::Classes, settings: Vec::new() },
        ],
        illusions: vec![
            IllusionInfo { id: "fat_thin".into(), classes: words(&["thin", "fat"]), gives: Gives::Classes },
            IllusionInfo { id: "kanizsa".into(), classes: polygons[..4].to_vec(), gives: Gives::Classes },
        ],
        activations: words(&["identity", "relu", "tanh"]),
        optimizers: words(&["sgd", "adam", "adamw"]),
        baselines: words(&["untrained", "template"]),
    }
}

/// The sound file with one line replaced.
fn with_line(number: usize, new: &str) -> String {
    let mut lines: Vec<&str> = GOOD.lines().collect();
    lines[number - 1] = new;
    lines.join("\n") + "\n"
}

fn fails(text: &str) -> ReadFailure {
    match read(text, "x.toml", &known()) {
        Ok(_) => panic!("read without a mistake:\n{text}"),
        Err(failure) => failure,
    }
}

/// One changed line and the one mistake that it makes.
struct Case {
    /// Line that is replaced, and where the mistake must be reported.
    line: usize,
    /// What replaces it.
    text: &'static str,
    /// Column of the mistake.
    column: usize,
    message: &'static str,
    help: &'static str,
}

const fn case(line: usize, text: &'static str, column: usize, message: &'static str, help: &'static str) -> Case {
    Case { line, text, column, message, help }
}

fn check(cases: &[Case]) {
    for Case { line, text, column, message, help } in cases {
        let failure = fails(&with_line(*line, text));
        assert_eq!(failure.mistakes.len(), 1, "{text}\n{failure}");
        let mistake = &failure.mistakes[0];
        assert_eq!(failure.place(mistake), (*line, *column), "{text}\n{failure}");
        assert!(failure.to_string().contains(&format!("--> x.toml:{line}:{column}\n")), "{text}\n{failure}");
        assert!(mistake.message.contains(message), "{text}\n{failure}");
        assert!(mistake.help.as_deref().unwrap_or("").contains(help), "{text}\n{failure}");
    }
}

#[test]
fn the_unchanged_file_has_no_mistake() {
    let experiment = read(GOOD, "x.toml", &known()).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(experiment.seeds, [0, 1, 2, 3, 4]);
    assert_eq!(experiment.status, Status::Pilot);
    assert_eq!(experiment.observers[1].name, "feedback_alignment");
    assert_eq!(experiment.observers[1].optimizer.learning_rate, 0.001);
    assert_eq!(experiment.observers[1].optimizer.weight_decay, 0.01);
    assert_eq!(experiment.observers[2].settings["nudging"], Setting::Number(0.3));
    assert_eq!(experiment.networks[0].layers[1], LayerEntry::MaxPool { size: 2, stride: 2 });
    assert_eq!(experiment.networks[0].layers[2], LayerEntry::Readout);
}

#[test]
fn the_head_of_the_file() {
    check(&[
        case(1, "schema = 2", 10, "schema 2 is not known", "schema = 1"),
        case(2, "id = \"../up\"", 6, "names a folder", "id = \"up\""),
        case(2, "id = \"Fat Thin\"", 6, "names a folder", "id = \"fat-thin\""),
        case(2, "id = \"nul\"", 6, "names a folder", "such as"),
        case(2, "id = 7", 6, "must be a string, found the number 7", ""),
        case(3, "title = \" \"", 9, "must not be empty", ""),
        case(3, "titel = \"Fat or thin?\"", 1, "unknown key `titel`", "did you mean `title`?"),
        case(5, "status = \"pilott\"", 10, "unknown status `pilott`", "did you mean `pilot`?"),
        case(6, "seeds = 0", 9, "zero seeds", "seeds = 5"),
        case(6, "seeds = []", 9, "at least one", ""),
        case(6, "seeds = -1", 9, "must be at least 0", ""),
        case(6, "seeds = [1, 2, 1]", 16, "seed 1 is listed twice", "once"),
        case(6, "seeds = 2.5", 9, "must be a whole number, found the number 2.5", ""),
        case(6, "seeds = \"5\"", 9, "must be a whole number, found the string \"5\"", "seeds = 5"),
        case(7, "budget_minutes = 0", 18, "must be above 0, found 0", ""),
        case(7, "budget_minutes = nan", 18, "must be above 0, found NaN", ""),
        case(7, "budget_minutes = inf", 18, "must be above 0, found inf", ""),
        case(7, "budget_minute = 4", 1, "unknown key `budget_minute`", "did you mean `budget_minutes`?"),
        case(8, "device = \"cuda\"", 10, "unknown device `cuda`", "`flex`, `ndarray`"),
    ]);
}

#[test]
fn training_and_optimizers() {
    check(&[
        case(10, "steps = 0", 9, "`steps` in [training] must be at least 1", ""),
        case(11, "batch = 0", 9, "`batch` in [training] must be at least 1", ""),
        case(11, "bacth = 64", 1, "unknown key `bacth` in [training]", "did you mean `batch`?"),
        case(11, "batch = \"64\"", 9, "must be a whole number, found the string \"64\"", "batch = 64"),
        case(11, "batch = true", 9, "must be a whole number, found `true`", ""),
        case(12, "checkpoints = 0", 15, "must be at least 1", ""),
        case(13, "first_checkpoint = 501", 20, "after the last of 500 steps", "at most 500"),
        case(13, "first_checkpoint = 0", 20, "must be at least 1", ""),
        case(14, "loss = \"crossentropy\"", 8, "unknown loss", "did you mean `cross_entropy`?"),
        case(15, "optimizer = { id = \"adamx\", learning_rate = 0.1 }", 20, "unknown optimizer", "did you mean `adam"),
        case(15, "optimizer = { id = \"adam\", learning_rate = 0 }", 44, "must be above 0", ""),
        case(
            15,
            "optimizer = { id = \"adam\", lr = 0.1, learning_rate = 1 }",
            28,
            "unknown key `lr`",
            "`weight_decay`",
        ),
        case(15, "optimizer = { id = \"adam\" }", 13, "lacks the key `learning_rate`", "add"),
        case(15, "optimizer = { id = \"adam\", learning_rate = 1, momentum = 0.9 }", 58, "belongs to `sgd`", "sgd"),
        case(15, "optimizer = { id = \"sgd\", learning_rate = 1, momentum = 1 }", 57, "below 1, found 1", ""),
        case(32, "optimizer = { learning_rate = -0.1 }", 31, "must be above 0, found -0.1", ""),
        case(32, "optimizer = { momentum = 0.9 }", 26, "the optimizer here is `adamw`", "sgd"),
        case(32, "optimizer = 0.1", 13, "must be a table, found the number 0.1", ""),
    ]);
}

#[test]
fn worlds_and_observers() {
    check(&[
        case(18, "id = \"quad\"", 6, "unknown world `quad`", "did you mean `quads`?"),
        case(19, "encoding = \"gamma\"", 12, "unknown encoding `gamma`", "`srgb`, `linear`"),
        case(20, "settings = { pacman = true }", 14, "unknown key `pacman`", "did you mean `pacmen`?"),
        case(20, "settings = { pacmen = 1 }", 23, "must be `true` or `false`, found the number 1", ""),
        case(20, "settings = { pacmen = [true] }", 23, "must be `true` or `false`, found a list", ""),
        case(29, "rule = \"bakprop\"", 8, "unknown rule `bakprop`", "did you mean `backprop`?"),
        case(31, "rule = \"hebian\"", 8, "unknown rule `hebian`", "known: `backprop`"),
        case(32, "role = \"baseline\"", 8, "unknown role `baseline`", "`rule`, `control`"),
        case(32, "inference = \"settled\"", 13, "`feedback_alignment` does not settle", "feedforward"),
        case(32, "settings = { nudging = 1 }", 14, "unknown key `nudging`", "has no settings"),
        case(32, "max_seeds = 0", 13, "must be at least 1", ""),
        case(35, "settings = { output = \"energy\" }", 23, "unknown value of `output`", "did you mean `energy_nudge`?"),
        case(35, "settings = { nudging = 1.5 }", 24, "must be above 0 and at most 1, found 1.5", ""),
        case(35, "settings = { state_steps = 8.0 }", 28, "must be a whole number", ""),
        case(35, "settings = { state_stepps = 8 }", 14, "unknown key `state_stepps`", "did you mean `state_steps`?"),
        case(36, "inference = \"setled\"", 13, "unknown inference `setled`", "did you mean `settled`?"),
        case(37, "networks = [\"cnm\"]", 13, "no network is named `cnm`", "did you mean `cnn`?"),
        case(37, "networks = []", 12, "at least one", ""),
        case(38, "worlds = [\"distractors\", \"distractors\"]", 26, "listed twice", "once"),
    ]);
}

#[test]
fn networks_must_fit_the_image() {
    check(&[
        case(24, "  { conv = 16, kernel = 5, stride = 0 },", 37, "must be at least 1, found 0", ""),
        // The image is 32 px wide; padded by 2 on both sides, 36.
        case(
            24,
            "  { conv = 16, kernel = 37, padding = 2 },",
            3,
            "layer 1 (conv): a window of 37 × 37 px",
            "at most 36",
        ),
        case(24, "  { conv = 16, kernel = 3, padding = 3 },", 38, "must be below the kernel's side, 3", "at most 2"),
        case(24, "  { conv = 16, kernel = 5, activation = \"relo\" },", 41, "unknown activation", "`relu`?"),
        case(24, "  { conv = 16 },", 3, "layer 1 lacks the key `kernel`", "add"),
        case(24, "  { covn = 16, kernel = 5 },", 3, "layer 1 names no kind", "did you mean `conv`?"),
        case(24, "  { conv = 16, kernel = 5, dense = 3 },", 3, "layer 1 names several: `conv`, `dense`", "exactly one"),
        // (32 + 4 − 5) / 2 + 1 = 16 pixels are left by layer 1.
        case(25, "  { max_pool = 17 },", 3, "does not fit the map it gets, 16 × 16 px", "at most 16"),
        case(25, "  { dense = 8 }, { conv = 4, kernel = 1 },", 18, "layer 3 (conv) needs a map", "before"),
        case(25, "  { readout = true },", 3, "layer 2 is the readout, but layer 3 follows", "end"),
        case(26, "  { dense = 8 },", 3, "layer 3 is the last and must be the readout", "readout = true"),
        case(26, "  { readout = false },", 15, "can only be `true`", "readout = true"),
    ]);
}

#[test]
fn the_battery_and_competence() {
    check(&[
        case(40, "illusion = \"fat-thin\"", 12, "unknown illusion `fat-thin`", "did you mean `fat_thin`?"),
        case(41, "twins = 1", 9, "must be at least 2", ""),
        case(43, "alphas_deg = [2.5, 5, 5, 10]", 23, "must increase, found 5 after 5", "once"),
        case(43, "alphas_deg = [10, 90]", 19, "must be above 0 and below 45, found 90", ""),
        case(44, "primary_alpha_deg = 7", 21, "is 7, which is not one of `alphas_deg`", "add 7"),
        case(45, "support_ratios = [0.5, 1.0]", 24, "support ratio 1 is impossible", "below 1"),
        case(45, "primary_support_ratio = 1.2", 25, "support ratio 1.2 is impossible", "below 1"),
        case(46, "contour_contrasts = [0, 2]", 25, "must be at least 0 and at most 1, found 2", ""),
        case(47, "noise_fields = 1", 16, "one noise field has no variance", "at least 2"),
        case(47, "noise_sd = 0", 12, "must be above 0", ""),
        case(49, "images = 8191", 10, "must be even", "8190 or 8192"),
        case(50, "gate_accuracy = 95", 17, "must be above 0 and at most 1, found 95", ""),
        case(50, "gate_accuracy = 0.5", 17, "lets guessing pass: chance is 1/2", "above 0.5"),
        case(51, "match_grid = [1.0, 1.5]", 14, "exactly three", "three values"),
        case(51, "match_grid = [1.0, 2.0, 1.5]", 25, "must increase, found 1.5 after 2", ""),
    ]);
}

#[test]
fn the_declared_analysis() {
    check(&[
        case(53, "reference = \"backporp\"", 13, "no observer is named `backporp`", "did you mean `backprop`?"),
        case(54, "contrasts = [\"backprop\"]", 14, "`backprop` is the reference", "leave it out"),
        case(54, "contrasts = [\"fa\"]", 14, "no observer is named `fa`", "known"),
        case(54, "contrasts = [\"predictive_coding\", \"predictive_coding\"]", 35, "listed twice", "once"),
        case(
            54,
            "contrasts = [{ observer = \"fa\", against = \"backprop\" }]",
            27,
            "no observer is named `fa`",
            "known",
        ),
        case(54, "contrasts = [{ observer = \"backprop\" }]", 14, "a contrast lacks the key `against`", ""),
        case(
            54,
            "contrasts = [{ observer = \"predictive_coding\", against = \"predictive_coding\" }]",
            14,
            "a contrast with itself is 0",
            "leave it out",
        ),
        case(55, "bootstrap = 1", 13, "must be at least 40", ""),
        case(55, "alpha = 1.0", 9, "must be above 0 and below 1", ""),
    ]);
}

/// A contrast may be against another observer than the reference.
#[test]
fn contrasts_of_pairs() {
    let text = with_line(
        54,
        "contrasts = [\"predictive_coding\", { observer = \"feedback_alignment\", against = \"predictive_coding\" }]",
    );
    let contrasts = read(&text, "x.toml", &known()).expect("two contrasts").analysis.contrasts;
    let pairs: Vec<_> = contrasts.iter().map(|pair| (pair.observer.as_str(), pair.against.as_str())).collect();
    assert_eq!(pairs, [("predictive_coding", "backprop"), ("feedback_alignment", "predictive_coding")]);
}

/// The sound file as a search: no optimizer names a rate or decay, and the grid stands in lines 56 to 58.
fn search() -> String {
    let text = with_line(15, "optimizer = { id = \"adamw\" }").replace("{ learning_rate = 0.001 }", "{ id = \"sgd\" }");
    text + "[tuning]\nrates = [0.001, 0.002]\ndecays = [0, 0.5]\n"
}

/// The sound file with Kanizsa figures on polygons, and layers to be read; they stand in lines 56 to 59.
fn layered() -> String {
    let kanizsa = GOOD.replace("\"fat_thin\"", "\"kanizsa\"").replace("id = \"quads\"", "id = \"polygons\"");
    let plain: Vec<&str> =
        kanizsa.lines().map(|line| if line.starts_with("settings = { pacmen") { "" } else { line }).collect();
    plain.join("\n") + "\n[layers]\nlayers = \"every\"\npictures = 64\npairs = 20\n"
}

#[test]
fn a_network_of_the_literature() {
    let text = layered().replace(
        "[layers]\nlayers = \"every\"\npictures = 64\npairs = 20",
        "[[reference]]\nid = \"pang2021\"\npretraining_pictures = 64\nfinetuning_pictures = 128\nrate = 0.001",
    );
    let sound = read(&text, "x.toml", &known()).unwrap_or_else(|failure| panic!("{failure}"));
    let [ReferenceSpec::Pang2021(reference)] = &sound.references[..] else { panic!("one network that names classes") };
    assert_eq!((reference.width, reference.answer_steps, reference.finetuning_pictures), (16, 100, 128));
    assert!(read(GOOD, "x.toml", &known()).expect("sound").references.is_empty());
    let said = |change: (&str, &str)| {
        assert!(text.contains(change.0), "{}", change.0);
        read(&text.replace(change.0, change.1), "x.toml", &known()).expect_err("a mistake").to_string()
    };
    assert!(said(("id = \"pang2021\"", "id = \"pang2012\"")).contains("did you mean `pang2021`?"));
    assert!(said(("pretraining_pictures = 64\n", "")).contains("pretraining_pictures"));
    assert!(said(("rate = 0.001", "rate = 0")).contains("above 0"));
    assert!(said(("size_px = 32", "size_px = 36")).contains("size_px = 40"));
    assert!(
        said(("rule = \"backprop\"", "rule = \"backprop\"\nname = \"pang2021\"")).contains("two observers are named")
    );
}

#[test]
fn a_course_of_settling() {
    let text =
        layered().replace("[layers]\nlayers = \"every\"\npictures = 64\npairs = 20", "[settling]\nsteps = [0, 2, 5]");
    let sound = read(&text, "x.toml", &known()).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(sound.settling.expect("it is read").steps, [0, 2, 5]);
    assert!(sound.layers.is_none());
    let said = |change: (&str, &str)| {
        assert!(text.contains(change.0), "{}", change.0);
        read(&text.replace(change.0, change.1), "x.toml", &known()).expect_err("a mistake").to_string()
    };
    assert!(said(("[0, 2, 5]", "[0, 5, 2]")).contains("increas"));
    assert!(said(("[0, 2, 5]", "[0, 2.5]")).contains("whole number"));
    assert!(said(("[0, 2, 5]", "[-1, 2]")).contains("at least 0"));
    assert!(said(("steps = [0", "step = [0")).contains("did you mean `steps`?"));
    let said = read(&(GOOD.to_owned() + "[settling]\n"), "x.toml", &known()).expect_err("a mistake").to_string();
    assert!(said.contains("[settling] asks about Kanizsa figures, and the battery is `fat_thin`"), "{said}");
    let said = read(&(search() + "[settling]\n"), "x.toml", &known()).expect_err("a mistake").to_string();
    assert!(said.contains("a search shows nothing"), "{said}");
}

#[test]
fn layers_to_be_read() {
    let sound = read(&layered(), "x.toml", &known()).unwrap_or_else(|failure| panic!("{failure}"));
    let layers = sound.layers.expect("they are read");
    assert_eq!((layers.pictures, layers.pairs), (64, 20));
    let said = |change: (&str, &str)| {
        let text = layered().replace(change.0, change.1);
        read(&text, "x.toml", &known()).expect_err("a mistake").to_string()
    };
    assert!(said(("pictures = 64", "pictures = 66")).contains("write `pictures = 68`"));
    assert!(said(("\"every\"", "\"all\"")).contains("last"));
    assert!(said(("pairs = 20", "pair = 20")).contains("did you mean `pairs`?"));
    let text = GOOD.to_owned() + "[layers]\n";
    let said = read(&text, "x.toml", &known()).expect_err("a mistake").to_string();
    assert!(said.contains("[layers] asks about Kanizsa figures, and the battery is `fat_thin`"), "{said}");
    let said = read(&(search() + "[layers]\n"), "x.toml", &known()).expect_err("a mistake").to_string();
    assert!(said.contains("a search shows nothing"), "{said}");
}

/// The sound Kanizsa file with networks to be attacked instead of layers to be read.
fn attacked() -> String {
    let section = "[adversarial]\nat = \"every\"\npictures = 32\nepsilons = [0.01, 0.1]\nsteps = 4\nrestarts = 2\n\
                   targets = [[\"square\", \"circle\"]]\ntransfer = 8\ntransfer_epsilon = 0.1\n";
    layered().replace("[layers]\nlayers = \"every\"\npictures = 64\npairs = 20\n", section)
}

#[test]
fn networks_to_be_attacked() {
    let sound = read(&attacked(), "x.toml", &known()).unwrap_or_else(|failure| panic!("{failure}"));
    let asked = sound.adversarial.expect("they are attacked");
    assert_eq!((asked.at, asked.pictures, asked.steps, asked.restarts), (AttackedAt::Every, 32, 4, 2));
    assert_eq!((asked.epsilons, asked.transfer, asked.transfer_epsilon), (vec![0.01, 0.1], 8, 0.1));
    assert_eq!((asked.targets[0].from.as_str(), asked.targets[0].to.as_str()), ("square", "circle"));
    assert_eq!(sound.analysis.margin_epsilon, Some(0.002));
    let said = |change: (&str, &str)| {
        let text = attacked();
        assert!(text.contains(change.0), "the file has no `{}`", change.0);
        read(&text.replace(change.0, change.1), "x.toml", &known()).expect_err("a mistake").to_string()
    };
    for (change, parts) in [
        (("steps = 4", "step = 4"), ["unknown key `step` in [adversarial]", "did you mean `steps`?"]),
        (("\"every\"\npictures", "\"all\"\npictures"), ["unknown at `all`", "last"]),
        (("[0.01, 0.1]", "[0.1, 0.01]"), ["must increase, found 0.01 after 0.1", "from the smallest"]),
        (("[0.01, 0.1]", "[0.1, 0.5]"), ["must be above 0 and below 0.5, found 0.5", "epsilons"]),
        (
            ("pictures = 32", "pictures = 100000"),
            ["100000 pictures are to be attacked, and half B has", "raise `images`"],
        ),
        (("\"circle\"", "\"octagon\""), ["unknown class `octagon`", "hexagon"]),
        (("\"circle\"", "\"square\""), ["a square is a square already", "name another class"]),
        (("\"circle\"]]", "\"circle\", \"none\"]]"), ["a pair of classes, from and to; found 3", "[\"triangle\""]),
        (("transfer = 8", "transfer = 33"), ["33 pictures are to be shown", "write at most 32"]),
        (("transfer_epsilon = 0.1", "transfer_epsilon = 0.2"), ["not one of `epsilons`", "[0.01, 0.1]"]),
    ] {
        let said = said(change);
        assert!(parts.iter().all(|part| said.contains(part)), "{parts:?} are not in: {said}");
    }
    let said = read(&(search() + "[adversarial]\n"), "x.toml", &known()).expect_err("a mistake").to_string();
    assert!(said.contains("[adversarial] would be ignored"), "{said}");
}

#[test]
fn attacks_of_any_world_need_no_target() {
    let text = GOOD.to_owned() + "[adversarial]\n";
    let sound = read(&text, "x.toml", &known()).unwrap_or_else(|failure| panic!("{failure}"));
    let asked = sound.adversarial.expect("they are attacked");
    assert!(asked.targets.is_empty(), "the world has no triangles");
    assert_eq!((asked.at, asked.steps, asked.restarts, asked.transfer_epsilon), (AttackedAt::Last, 40, 5, 0.016));
    let polygons = attacked().replace("targets = [[\"square\", \"circle\"]]\n", "");
    let sound = read(&polygons, "x.toml", &known()).unwrap_or_else(|failure| panic!("{failure}"));
    let told = &sound.adversarial.expect("they are attacked").targets[0];
    assert_eq!((told.from.as_str(), told.to.as_str()), ("triangle", "hexagon"));
    let said = read(&GOOD.replace("[analysis]", "[analysis]\nmargin_epsilon = 0.1"), "x.toml", &known());
    let said = said.expect_err("a mistake").to_string();
    assert!(said.contains("`margin_epsilon` would be ignored") && said.contains("add [adversarial]"), "{said}");
}

#[test]
fn a_search_for_rates() {
    let sound = read(&search(), "x.toml", &known()).unwrap_or_else(|failure| panic!("{failure}"));
    let tuning = sound.tuning.expect("it is a search");
    assert_eq!(tuning.grid().collect::<Vec<_>>(), [(0.001, 0.0), (0.001, 0.5), (0.002, 0.0), (0.002, 0.5)]);
    assert_eq!(sound.observers[1].optimizer.id, "sgd");
    let cases = [
        case(57, "rates = []", 9, "must hold at least one", ""),
        case(57, "rates = 0.001", 9, "must be a list of numbers, found the number 0.001", ""),
        case(57, "rates = [0.002, 0.001]", 17, "must increase, found 0.001 after 0.002", "from the smallest"),
        case(57, "rates = [0, 0.001]", 10, "`rates` in [tuning] must be above 0, found 0", ""),
        case(57, "rates = [\"0.001\"]", 10, "must be a number, found the string", "rates = 0.001"),
        case(57, "rate = [0.001]", 1, "unknown key `rate` in [tuning]", "did you mean `rates`?"),
        case(58, "decays = [-0.5]", 11, "`decays` in [tuning] must be at least 0, found -0.5", ""),
        case(58, "decays = [0.5, 0.5]", 16, "must increase, found 0.5 after 0.5", "once"),
        case(58, "", 56, "[tuning] lacks the key `decays`", "add a line `decays = …`"),
        case(
            15,
            "optimizer = { id = \"adamw\", learning_rate = 0.002 }",
            45,
            "`rates` in [tuning] decides `learning_rate`",
            "leave `learning_rate` out, or drop [tuning]",
        ),
        case(
            32,
            "optimizer = { weight_decay = 0.5 }",
            30,
            "`decays` in [tuning] decides `weight_decay`, the same for every observer",
            "leave `weight_decay` out",
        ),
        case(32, "max_seeds = 3", 13, "searched for on the same seeds", "leave `max_seeds` out"),
    ];
    for Case { line, text, column, message, help } in cases {
        let changed: Vec<String> =
            search().lines().enumerate().map(|(at, old)| if at + 1 == line { text } else { old }.to_owned()).collect();
        let failure = fails(&changed.join("\n"));
        assert_eq!(failure.mistakes.len(), 1, "{text}\n{failure}");
        let mistake = &failure.mistakes[0];
        // What is absent is reported at its table.
        let place = if text.is_empty() { (column, 1) } else { (line, column) };
        assert_eq!(failure.place(mistake), place, "{text}\n{failure}");
        assert!(mistake.message.contains(message), "{text}\n{failure}");
        assert!(mistake.help.as_deref().unwrap_or("").contains(help), "{text}\n{failure}");
    }
}

#[test]
fn a_search_declares_no_analysis_and_an_experiment_must() {
    let without = |text: String| -> String {
        let lines: Vec<&str> = text.lines().collect();
        [&lines[..51], &lines[55..]].concat().join("\n") + "\n"
    };
    let sound = read(&without(search()), "x.toml", &known()).unwrap_or_else(|failure| panic!("{failure}"));
    assert!(sound.analysis.contrasts.is_empty());
    let failure = fails(&without(GOOD.to_owned()));
    assert!(failure.mistakes[0].message.contains("[analysis] lacks the key `reference`"), "{failure}");
}

#[test]
fn more_than_six_contrasts_are_too_many() {
    let text = with_line(54, "contrasts = [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\"]");
    let failure = fails(&text);
    let first = &failure.mistakes[0];
    assert_eq!(failure.place(first), (54, 13));
    assert!(first.message.contains("7 contrasts are declared, 6 are the most"), "{failure}");
}

#[test]
fn a_confirmatory_design_must_be_able_to_reject() {
    let confirmatory = |seeds: &str, contrasts: &str| {
        let text = with_line(5, "status = \"confirmatory\"").replace("seeds = 5\n", &format!("seeds = {seeds}\n"));
        text.replace("[\"feedback_alignment\", \"predictive_coding\"]", contrasts)
    };
    let one = "[\"feedback_alignment\"]";
    // 2/2^5 = 0.0625 is above 0.05.
    let failure = fails(&confirmatory("5", one));
    assert_eq!(failure.place(&failure.mistakes[0]), (6, 9));
    let message = &failure.mistakes[0].message;
    assert!(message.contains("2/2^5 = 0.0625") && message.contains("at least 6 seeds"), "{failure}");
    assert!(failure.mistakes[0].help.as_deref().is_some_and(|help| help.contains("pilot")), "{failure}");
    // 2/2^6 = 0.03125: enough for one contrast, above 0.05 / 2 for two.
    assert!(read(&confirmatory("6", one), "x.toml", &known()).is_ok());
    let two = "[\"feedback_alignment\", \"predictive_coding\"]";
    assert!(fails(&confirmatory("6", two)).mistakes[0].message.contains("2/2^6 = 0.03125"));
    assert!(read(&confirmatory("7", two), "x.toml", &known()).is_ok());
    // An observer that runs on fewer seeds than the experiment has.
    let capped = confirmatory("20", one).replace("optimizer = { learning_rate = 0.001 }", "max_seeds = 5");
    let failure = fails(&capped);
    assert_eq!(failure.place(&failure.mistakes[0]), (54, 14), "{failure}");
    assert!(failure.mistakes[0].help.as_deref().is_some_and(|help| help.contains("max_seeds")), "{failure}");
    // Nothing declared.
    assert!(fails(&confirmatory("20", "[]")).mistakes[0].message.contains("must declare its contrasts"));
}

#[test]
fn names_must_be_unique() {
    let failure = fails(&with_line(31, "rule = \"bp\""));
    let found: Vec<_> = failure.mistakes.iter().map(|mistake| failure.place(mistake)).collect();
    // The alias means the rule of line 29, so that its name is taken, and the contrast of line 54 is gone.
    assert_eq!(found, [(31, 8), (54, 14)], "{failure}");
    assert!(failure.mistakes[0].message.contains("two of [[observer]] are named `backprop`"), "{failure}");
    let twice = GOOD.replace("[[network]]\n", "[[world]]\nid = \"quads\"\nname = \"distractors\"\n[[network]]\n");
    let failure = fails(&twice);
    assert_eq!(failure.place(&failure.mistakes[0]), (23, 8), "{failure}");
}

#[test]
fn names_of_baselines_are_taken() {
    let failure =
        fails(&with_line(32, "name = \"untrained\"").replace("[\"feedback_alignment\", ", "[\"untrained\", "));
    let found: Vec<_> = failure.mistakes.iter().map(|mistake| failure.place(mistake)).collect();
    assert_eq!(found, [(32, 8)], "{failure}");
    assert!(
        failure.mistakes[0].message.contains("`untrained` is the name of an observer that runs beside"),
        "{failure}"
    );
}

#[test]
fn a_world_must_have_the_classes_that_evidence_is_read_from() {
    let failure =
        fails(&GOOD.replace("id = \"quads\"", "id = \"polygons\"").replace("settings = { pacmen = true } # 20", ""));
    assert_eq!(failure.mistakes.len(), 1, "{failure}");
    assert_eq!(failure.place(&failure.mistakes[0]), (18, 6));
    assert!(failure.mistakes[0].message.contains("`fat_thin` is read from `thin`, `fat`"), "{failure}");
    assert!(failure.mistakes[0].help.as_deref().is_some_and(|help| help.contains("`quads`")), "{failure}");
}

#[test]
fn absent_tables_and_keys_are_named() {
    let failure = fails(&GOOD.replace("[battery]\nillusion = \"fat_thin\" # 40\n", "[battery]\n"));
    assert_eq!(failure.place(&failure.mistakes[0]), (39, 1));
    assert!(failure.mistakes[0].message.contains("[battery] lacks the key `illusion`"), "{failure}");
    let single = GOOD.replace("[[network]]", "[network]");
    let failure = fails(&single);
    assert_eq!(failure.place(&failure.mistakes[0]), (21, 1), "{failure}");
    assert!(failure.mistakes[0].help.as_deref().is_some_and(|help| help.contains("[[network]]")), "{failure}");
}

#[test]
fn all_mistakes_are_reported_at_once_in_the_order_of_the_file() {
    let mut lines: Vec<&str> = GOOD.lines().collect();
    lines[5] = "seeds = 0";
    lines[10] = "bacth = 64";
    lines[23] = "  { conv = 16, kernel = 99 },";
    lines[30] = "rule = \"feedback_alignmnt\"";
    lines[44] = "support_ratios = [1.5]";
    lines[52] = "reference = 3";
    let failure = fails(&lines.join("\n"));
    let found: Vec<_> = failure.mistakes.iter().map(|mistake| failure.place(mistake)).collect();
    // Line 54 names the observer whose rule is misspelled in line 31: one mistake, said once.
    assert_eq!(found, [(6, 9), (11, 1), (24, 3), (31, 8), (45, 19), (53, 13)], "{failure}");
    assert!(failure.to_string().contains("x.toml: 6 mistakes; nothing was run"), "{failure}");
}

#[test]
fn syntax_errors_stand_beside_other_mistakes_and_hide_what_rests_on_them() {
    let mut lines: Vec<&str> = GOOD.lines().collect();
    lines[9] = "steps = "; // no value: the default is not put in its place silently
    lines[10] = "batch = 0";
    lines[28] = "rule = \"backprop"; // unclosed: the reference of line 53 is then unknown, which is not worth saying
    let failure = fails(&lines.join("\n"));
    let found: Vec<_> = failure.mistakes.iter().map(|mistake| failure.place(mistake).0).collect();
    assert_eq!(found, [10, 11, 29], "{failure}");
    assert!(failure.mistakes[0].message.starts_with("not TOML"), "{failure}");
    // Without its sign of equality the line sets nothing; that [battery] now lacks the key is not a second mistake.
    let failure = fails(&with_line(40, "illusion \"fat_thin\""));
    assert!(failure.mistakes.iter().all(|mistake| failure.place(mistake).0 == 40), "{failure}");
}

#[test]
fn a_key_written_twice_is_a_mistake() {
    let failure = fails(&with_line(12, "batch = 32"));
    assert_eq!(failure.place(&failure.mistakes[0]).0, 12, "{failure}");
    assert!(failure.mistakes[0].message.contains("duplicate key"), "{failure}");
}

#[test]
fn columns_count_characters_not_bytes() {
    let failure = fails(&with_line(20, "settings = { \"é\" = 1, pacmen = 3 }"));
    let found: Vec<_> = failure.mistakes.iter().map(|mistake| failure.place(mistake)).collect();
    assert_eq!(found, [(20, 14), (20, 32)], "{failure}");
    assert!(failure.to_string().contains("--> x.toml:20:32\n"), "{failure}");
    let sound = with_line(4, "question = \"Übertrifft d′ die Schwelle von 75 %? 錯視\"");
    assert!(read(&sound, "x.toml", &known()).is_ok());
}

#[test]
fn windows_line_ends_and_byte_order_marks_change_nothing() {
    let good = read(GOOD, "x.toml", &known()).ok();
    assert_eq!(read(&GOOD.replace('\n', "\r\n"), "x.toml", &known()).ok(), good);
    assert_eq!(read(&format!("\u{feff}{GOOD}"), "x.toml", &known()).ok(), good);
    assert!(good.is_some());
    let failure = fails(&with_line(11, "bacth = 64").replace('\n', "\r\n"));
    assert_eq!(failure.place(&failure.mistakes[0]), (11, 1));
    assert!(failure.to_string().contains("--> x.toml:11:1\n"), "{failure}");
}

#[test]
fn an_empty_file_lacks_what_has_no_default() {
    for text in ["", "\n\n", "# only a comment\n"] {
        let failure = fails(text);
        let rendered = failure.to_string();
        let required =
            ["schema", "id", "title", "question", "status", "seeds", "budget_minutes", "illusion", "reference"];
        for key in required {
            assert!(rendered.contains(&format!("lacks the key `{key}`")), "{key}\n{rendered}");
        }
        for table in ["world", "network", "observer"] {
            assert!(rendered.contains(&format!("add at least one table `[[{table}]]`")), "{rendered}");
        }
        assert_eq!(failure.mistakes.len(), 12, "{rendered}");
    }
}

#[test]
fn what_is_not_toml_is_said_to_be_not_toml() {
    for text in [
        "{\n  \"schema\": 1\n}\n",
        "Dear reader,\nthis is prose.\n",
        "\u{0}\u{1}\u{2}",
        "<html></html>",
        "[",
        "a.b.c",
        "=",
        "]]\n",
    ] {
        let failure = fails(text);
        assert!(failure.mistakes.iter().any(|mistake| mistake.message.starts_with("not TOML")), "{failure}");
        assert_eq!(failure.place(&failure.mistakes[0]).0, 1, "{failure}");
    }
}

#[test]
fn truncated_files_fail_without_panic() {
    for (end, _) in GOOD.char_indices() {
        let failure = read(&GOOD[..end], "x.toml", &known());
        // Only the last keys have defaults; anything shorter than the last required line is refused.
        let complete = GOOD[..end].contains("reference = \"backprop\"");
        assert!(complete || failure.is_err(), "{end}");
        if let Err(failure) = failure {
            assert!(!failure.mistakes.is_empty(), "{end}");
            assert!(failure.render(true).contains("x.toml"), "{end}");
        }
    }
}

#[test]
fn color_is_only_in_the_styled_text() {
    let failure = fails("schema = 2\n");
    assert!(failure.render(true).contains('\u{1b}'));
    assert!(!failure.render(false).contains('\u{1b}'));
}

#[test]
fn what_is_not_written_has_the_documented_default() {
    let text = r#"schema = 1
id = "least"
title = "Least"
question = "What is the least that must be written?"
status = "exploratory"
seeds = [7, 3]
budget_minutes = 0.5
[[world]]
id = "quads"
[[network]]
name = "linear"
layers = [{ readout = true }]
[[observer]]
rule = "bp"
[battery]
illusion = "fat_thin"
[analysis]
reference = "backprop"
"#;
    let least = read(text, "least.toml", &known()).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!((least.device.as_str(), &least.seeds), ("flex", &vec![7, 3]));
    let training = &least.training;
    assert_eq!((training.steps, training.batch, training.checkpoints, training.first_checkpoint), (500, 64, 6, 30));
    assert_eq!(training.loss, "cross_entropy");
    let optimizer = &least.observers[0].optimizer;
    assert_eq!((optimizer.id.as_str(), optimizer.learning_rate, optimizer.weight_decay), ("adamw", 0.002, 0.01));
    assert_eq!((least.worlds[0].name.as_str(), least.worlds[0].encoding.as_str()), ("quads", "srgb"));
    let observer = &least.observers[0];
    assert_eq!((observer.name.as_str(), observer.rule.as_str(), observer.role), ("backprop", "backprop", Role::Rule));
    assert_eq!((observer.inference.as_str(), observer.max_seeds), ("feedforward", None));
    assert!(observer.networks.is_empty() && observer.worlds.is_empty());
    let battery = &least.battery;
    assert_eq!((battery.twins, battery.size_px, battery.size_deg), (256, 32, 4.0));
    assert_eq!((&battery.alphas_deg, battery.primary_alpha_deg), (&vec![2.5, 5.0, 10.0, 15.0], 10.0));
    assert_eq!((&battery.support_ratios, battery.primary_support_ratio), (&vec![0.25, 0.35, 0.5, 0.7], 0.5));
    assert_eq!(battery.contour_contrasts, [0.0, 0.03, 0.06, 0.125, 0.25, 0.5, 1.0]);
    assert_eq!((battery.noise_fields, battery.noise_figures, battery.noise_sd), (64, 16, 0.1));
    let competence = &least.competence;
    assert_eq!((competence.images, competence.gate_accuracy, competence.match_share), (8192, 0.95, 0.8));
    assert_eq!(competence.match_grid, [1.0, 1.5, 2.0]);
    let analysis = &least.analysis;
    assert_eq!((analysis.margin_d_prime, analysis.margin_auc, analysis.alpha), (0.25, 0.05, 0.05));
    assert_eq!((analysis.bootstrap, analysis.contrasts.len()), (1000, 0));
}

#[test]
fn momentum_is_not_carried_to_an_optimizer_without_it() {
    let text = with_line(15, "optimizer = { id = \"sgd\", learning_rate = 0.1, momentum = 0.9 }");
    let sgd = read(&text, "x.toml", &known()).unwrap_or_else(|failure| panic!("{failure}"));
    // Overridden key by key: line 32 changes the learning rate alone.
    assert_eq!((sgd.observers[1].optimizer.momentum, sgd.observers[1].optimizer.learning_rate), (0.9, 0.001));
    let text = text.replace("optimizer = { learning_rate = 0.001 }", "optimizer = { id = \"adam\" }");
    let adam = read(&text, "x.toml", &known()).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!((adam.observers[0].optimizer.momentum, adam.observers[1].optimizer.momentum), (0.9, 0.0));
}

#[test]
fn suggestions_are_near_and_never_invented() {
    let failure = fails(&with_line(18, "id = \"zzzzzz\""));
    let help = failure.mistakes[0].help.as_deref().unwrap_or("");
    assert!(!help.contains("did you mean") && help.contains("`quads`, `polygons`"), "{failure}");
}
