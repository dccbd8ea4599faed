//! What the page's template is given: sections in their order, with figures and tables numbered.

use super::attacks;
use super::book::Book;
use super::canvas::inline;
use super::figures::{self, Figure};
use super::people;
use super::tables::{self, Table};
use super::{Sentence, SentenceKind, Thumbnail};
use super::{colors, motion};
use crate::battery::Kind;
use crate::experiment::Status;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

/// Bytes of pictures that the page may hold; further ones are named, not shown.
const PICTURE_BUDGET: usize = 500_000;

/// A figure with its number.
#[derive(Serialize)]
pub(super) struct FigureText {
    id: &'static str,
    number: usize,
    title: String,
    caption: String,
    svg: String,
    table: Table,
}

/// A section between the findings and the appendix.
#[derive(Serialize)]
pub(super) struct Section {
    id: &'static str,
    title: &'static str,
    lead: String,
    figures: Vec<FigureText>,
    tables: Vec<Table>,
    /// Shown on request.
    folded: Vec<Table>,
}

/// Sentences of one topic.
#[derive(Serialize)]
pub(super) struct Topic {
    topic: String,
    sentences: Vec<TopicSentence>,
}

#[derive(Serialize)]
struct TopicSentence {
    text: String,
    label: &'static str,
    class: &'static str,
}

/// A picture as it stands in the page.
#[derive(Serialize)]
pub(super) struct Picture {
    title: String,
    caption: String,
    /// `data:` address; empty where the page would have become too large.
    data: String,
}

/// Figures that belong to a section, which table follows them, and what is said first.
struct Plan {
    id: &'static str,
    title: &'static str,
    lead: &'static str,
    figures: &'static [&'static str],
    table: Option<fn(&Book<'_>) -> Table>,
    folded: Option<fn(&Book<'_>) -> Table>,
}

const PLANS: [Plan; 19] = [
    Plan {
        id: "competence-section",
        title: "Competence and gates",
        lead: "A network that cannot do the real task tells nothing about illusions. Competence stands before \
               everything else and is measured on shapes that are really there.",
        figures: &["competence"],
        table: Some(tables::competence),
        folded: None,
    },
    Plan {
        id: "church-section",
        title: "One church, three colors",
        lead: "The church's physical color is the same in every context. Above 0 it is given toward the context's color, below 0 away from it.                What counts is what a network does beyond its own linear equivalent: any blur assimilates, any center–surround filter contrasts.",
        figures: &["assimilation-by-width", "within-bars"],
        table: Some(colors::churches),
        folded: Some(colors::contexts),
    },
    Plan {
        id: "outcomes-section",
        title: "Outcomes observer by observer",
        lead: "",
        figures: &[],
        table: Some(colors::outcomes),
        folded: Some(colors::linear),
    },
    Plan {
        id: "brightness-section",
        title: "Displays of brightness beside people",
        lead: "Gray displays of equal gray targets that people match differently, with filters that were made for them.",
        figures: &[],
        table: Some(colors::brightness),
        folded: Some(colors::lightness),
    },
    Plan {
        id: "motion-section",
        title: "Still disks in what networks predict",
        lead: "Every disk stands still. What turns in a prediction is compared with its mirror image, with disks that turn for nobody, and with \
               changes of tones and blur that hold no motion.",
        figures: &["flow-of-the-still-disk"],
        table: Some(motion::outcomes),
        folded: Some(motion::displays),
    },
    Plan {
        id: "gaps-section",
        title: "Kanizsa figures as these networks draw them",
        lead: "Between inducers the ground is uniform; what is drawn there comes from around it.",
        figures: &[],
        table: Some(colors::gaps),
        folded: None,
    },
    Plan {
        id: "profile-section",
        title: "Baselines and planted observers",
        lead: "An illusory preference must exceed every baseline, and the instruments must tell planted observers apart.",
        figures: &["profile"],
        table: None,
        folded: None,
    },
    Plan {
        id: "strength-section",
        title: "Strength of the illusion",
        lead: "The illusion over its two knobs, support ratio and turn, and in the units in which people are measured.",
        figures: &["support-ratio", "turn-of-mouths", "contour-contrast", "human-units"],
        table: None,
        folded: None,
    },
    Plan {
        id: "people-section",
        title: "Beside people",
        lead: "What people did where they were asked the same. Most of what is measured here was never asked of people.",
        figures: &[],
        table: Some(people::people),
        folded: None,
    },
    Plan {
        id: "marks-section",
        title: "Completion or cue matching",
        lead: "All physical information is in the inducers. Whether an observer uses the gap is asked here.",
        figures: &["marks-of-completion"],
        table: None,
        folded: None,
    },
    Plan {
        id: "contrast-section",
        title: "Learning rules compared",
        lead: "Rules are compared where their competence on the real task is equal, paired by seed, against a margin \
               that was declared beforehand.",
        figures: &["contrasts"],
        table: Some(|book| tables::contrasts(book, true)),
        folded: Some(|book| tables::contrasts(book, false)),
    },
    Plan {
        id: "ledger-section",
        title: "What each rule needs and costs, beside the illusion",
        lead: "Needs were found by intervening on small networks, costs were counted in a learning step on the network \
               itself. Beside them stands the illusion where competence is equal.",
        figures: &[],
        table: Some(tables::ledger),
        folded: None,
    },
    Plan {
        id: "alignment-section",
        title: "Gradient alignment",
        lead: "How far each rule's proposals are from the gradient that backpropagation would have applied.",
        figures: &["gradient-alignment", "alignment-by-layer"],
        table: None,
        folded: None,
    },
    Plan {
        id: "layers-section",
        title: "Layer by layer, low and high level",
        lead: "Whether a layer's activity tells real things says nothing yet about illusions; both are read from the same layers \
               of the same networks, untrained ones beside.",
        figures: &["layer-by-layer"],
        table: None,
        folded: None,
    },
    Plan {
        id: "settling-section",
        title: "The course of settling",
        lead: "Whether an answer changes while states settle with the image held, beside the forward pass of the same weights.",
        figures: &["course-of-settling"],
        table: None,
        folded: None,
    },
    Plan {
        id: "reference-section",
        title: "Reference network",
        lead: "A network of the literature with dynamics and a training of its own: no learning rule under comparison.",
        figures: &["p-square"],
        table: None,
        folded: None,
    },
    Plan {
        id: "attacks-section",
        title: "Illusions for networks: attacks on real pictures",
        lead: "Real pictures are changed a little, along the gradient of what is tested, until they are classified otherwise. That a \
               network holds says something only where every check of the attacks held, and of rules only where their competence \
               is equal.",
        figures: &["accuracy-under-attack"],
        table: Some(attacks::least),
        folded: Some(attacks::checks),
    },
    Plan {
        id: "transfer-section",
        title: "The same pictures on other networks",
        lead: "Pictures that were made on one network are shown to the others of the same world, architecture and seed.",
        figures: &[],
        table: Some(attacks::transfer),
        folded: None,
    },
    Plan {
        id: "prototype-section",
        title: "Beside the prototype",
        lead: "",
        figures: &[],
        table: Some(tables::prototype),
        folded: None,
    },
];

/// The main figures and the sections, figures numbered in the order of the page.
pub(super) fn sections(book: &Book<'_>) -> (Vec<FigureText>, Vec<Section>) {
    let mut figures = figures::all(book);
    let mut number = 0;
    let mut take = |ids: &[&str]| -> Vec<FigureText> {
        let mut taken = Vec::new();
        for id in ids {
            if let Some(at) = figures.iter().position(|figure| figure.id == *id) {
                number += 1;
                taken.push(numbered(figures.remove(at), number));
            }
        }
        taken
    };
    let main = take(&["illusion-by-competence", "controls-by-competence"]);
    let mut sections = Vec::new();
    for plan in PLANS {
        let figures = take(plan.figures);
        let made = |table: Option<fn(&Book<'_>) -> Table>| -> Vec<Table> {
            table.map(|table| table(book)).into_iter().filter(|table| !table.is_empty()).collect()
        };
        let (tables, folded) = (made(plan.table), made(plan.folded));
        if !figures.is_empty() || !tables.is_empty() || !folded.is_empty() {
            sections.push(Section { id: plan.id, title: plan.title, lead: plan.lead.into(), figures, tables, folded });
        }
    }
    (main, sections)
}

fn numbered(figure: Figure, number: usize) -> FigureText {
    let svg = inline(&figure.svg, &figure.alt);
    let Figure { id, title, caption, table, .. } = figure;
    FigureText { id, number, title, caption, svg, table }
}

/// Sentences in the order in which they are read: what was asked first, planted observers last.
pub(super) fn ordered(sentences: &[Sentence]) -> Vec<&Sentence> {
    let mut ordered: Vec<&Sentence> = sentences.iter().collect();
    ordered.sort_by_key(|sentence| sentence.topic.ends_with("planted"));
    ordered
}

/// Sentences by topic, topics in the order of their first sentence.
pub(super) fn topics(book: &Book<'_>) -> Vec<Topic> {
    let mut topics: Vec<Topic> = Vec::new();
    for sentence in ordered(&book.evidence.findings.sentences) {
        let kind: SentenceKind = sentence.kind;
        let said = TopicSentence { text: sentence.text.clone(), label: kind.label(), class: kind.class() };
        match topics.iter_mut().find(|topic| topic.topic == sentence.topic) {
            Some(topic) => topic.sentences.push(said),
            None => topics.push(Topic { topic: sentence.topic.clone(), sentences: vec![said] }),
        }
    }
    topics
}

/// Pictures, as many as the page may hold.
pub(super) fn pictures(sheets: &[Thumbnail]) -> Vec<Picture> {
    let mut left = PICTURE_BUDGET;
    let mut pictures = Vec::new();
    for sheet in sheets {
        let fits = sheet.png.len() <= left;
        left -= if fits { sheet.png.len() } else { 0 };
        let data = if fits {
            format!("data:image/{};base64,{}", sheet.format(), STANDARD.encode(&sheet.png))
        } else {
            String::new()
        };
        pictures.push(Picture { title: sheet.title.clone(), caption: sheet.caption.clone(), data });
    }
    pictures
}

/// What the status allows, in a sentence.
pub(super) fn status(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Pilot => ("pilot", "Too few seeds for inference: intervals describe these seeds, nothing is tested."),
        Status::Exploratory => (
            "exploratory",
            "Designs or measures were chosen while looking; p values are exploratory and intervals uncorrected.",
        ),
        Status::Confirmatory => (
            "confirmatory",
            "Outcome, contrasts and margins were declared before the run; their hash stands in the manifest.",
        ),
    }
}

/// Terms of attacks.
const ATTACK_TERMS: [(&str, &str); 3] = [
    (
        "ε50",
        "Half of the real pictures that a network classifies correctly are lost to a change of at most this size in every pixel; codes go from 0 to 1, so that 0.01 is two and a half gray levels. Found picture by picture by bisection. Larger is harder to attack; a weak network has flat slopes and may look so.",
    ),
    (
        "checks of an attack",
        "A network whose gradient is hidden holds against attacks by gradient. Many steps must do at least what one does, a change of half the range must leave nothing correct, random signs must do less, larger changes more, and a gradient estimated from answers alone must have the same signs.",
    ),
    (
        "transfer",
        "Share of the pictures that a network classifies correctly and, with a change that was made on another network, does not.",
    ),
];

/// How to read the quantities of a battery: term, explanation.
pub(super) fn glossary(kind: &Kind, attacked: bool) -> Vec<(&'static str, &'static str)> {
    let mut terms = vec![
        (
            "d′",
            "Separation of an observer's evidence for the two classes in standard deviations: √2·Φ⁻¹(AUC). 0 is chance, 1 is moderate; no threshold or bias enters.",
        ),
        (
            "AUC",
            "Area under the ROC curve: the probability that evidence is larger for a figure of the one class than for a figure of the other. ½ is chance; below ½ the order is reversed.",
        ),
        (
            "competence",
            "d′ on a hard set of real shapes, small differences at low contrast in noise, because plain accuracy is at ceiling. Half A of the validation pictures chooses, half B reports.",
        ),
        (
            "matched competence",
            "Rules learn at different speeds, which alone makes their illusions differ. Each network is read where its own competence first crosses a common criterion, between checkpoints, never beyond them. Matching conditions on an outcome of learning, so equal steps and plateau are printed beside it.",
        ),
        (
            "intervals",
            "The seed is the unit. Below ten seeds 95 % t intervals over seeds; from ten on a bootstrap over seeds, and over stimuli where single twins are kept. Points in figures over training have t intervals.",
        ),
        (
            "gate",
            "Share of an observer's networks that do the real task. Failing observers stay in every table and figure, marked, and are not interpreted.",
        ),
        (
            "supported · no effect · not established",
            "A finding's kind: the evidence supports it; an effect is absent or equal to a baseline's; or neither can be said. Not established is not the same as absent.",
        ),
        (
            "missing values",
            "A value that does not exist is replaced by its reason, never by 0. Censored: the threshold lies outside the range shown; it is counted and ranked, never dropped.",
        ),
    ];
    if attacked {
        terms.extend(ATTACK_TERMS);
    }
    terms.extend(kind.shown.terms);
    terms
}
