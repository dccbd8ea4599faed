//! Numbers and words of the report: how values are written, and which words never are.

use crate::rows::MeasureRow;

/// Phrases that claim more than was measured.
#[cfg(test)]
const FORBIDDEN: [&str; 18] = [
    "sees",
    "saw",
    "experiences",
    "experienced",
    "perceives",
    "is fooled",
    "are fooled",
    "was fooled",
    "were fooled",
    "fooled by",
    "fooled like us",
    "is tricked",
    "are tricked",
    "believes",
    "thinks",
    "hallucinates",
    "nobody has",
    "no one has",
];

/// The forbidden phrases that a text contains: whole words, any case, across line breaks. Tests hold
/// every generated text against it.
#[cfg(test)]
pub fn forbidden_words(text: &str) -> Vec<&'static str> {
    let words: Vec<String> = text
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let joined = format!(" {} ", words.join(" "));
    FORBIDDEN.iter().copied().filter(|phrase| joined.contains(&format!(" {phrase} "))).collect()
}

/// A number with so many decimals, a true minus sign, and no negative zero.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.chars().any(|digit| digit.is_ascii_digit() && digit != '0') => format!("−{digits}"),
        Some(digits) => digits.to_owned(),
        None => text,
    }
}

/// A number with the decimals that suit its unit.
pub(crate) fn number(value: f64, unit: &str) -> String {
    let decimals = match unit {
        "d_prime" | "deg" | "ratio" => 2,
        "code" => 4,
        _ => 3,
    };
    fixed(value, decimals)
}

/// A share or ratio with three decimals.
pub(crate) fn number_text(value: f64) -> String {
    fixed(value, 3)
}

/// `value [low, high]`, or the value alone where there is no interval.
pub(crate) fn interval_text(value: f64, interval: Option<(f64, f64)>, unit: &str) -> String {
    match interval {
        Some((low, high)) => format!("{} [{}, {}]", number(value, unit), number(low, unit), number(high, unit)),
        None => number(value, unit),
    }
}

/// The reason for a missing value.
pub(crate) fn reason(row: &MeasureRow) -> String {
    if row.note.is_empty() { "not measurable; no reason recorded".into() } else { row.note.clone() }
}

/// A measure as text: value and interval, or the reason why there is none.
pub(crate) fn measure_text(row: Option<&MeasureRow>) -> String {
    match row {
        None => "not measured".into(),
        Some(row) => match row.value {
            None => reason(row),
            Some(value) => interval_text(value, row.low.zip(row.high), &row.unit),
        },
    }
}

/// A unit as it stands on an axis or in a table.
pub(crate) fn unit_name(unit: &str) -> &str {
    match unit {
        "d_prime" => "d′",
        "auc" => "AUC",
        "deg" => "°",
        "code" => "of the range of codes",
        other => other,
    }
}

/// An identifier as words: `hard_d_prime` → `hard d′`.
pub(crate) fn spoken(id: &str) -> String {
    id.replace("d_prime", "d′").replace("auc", "AUC").replace("_deg", " (°)").replace('_', " ")
}

/// The first `most` letters of a text, cut at a word where possible, with an ellipsis.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let head: String = text.chars().take(most.saturating_sub(1)).collect();
    let cut = head.rfind(' ').filter(|&at| at > head.len() / 2).unwrap_or(head.len());
    format!("{}…", head[..cut].trim_end_matches([' ', ',', ';']))
}
