//! One value of an option, as TOML writes it, and its translation to what the core crates read.

use serde::{Deserialize, Serialize};

/// A scalar or a list of numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Setting {
    /// `true` or `false`.
    Flag(bool),
    /// Any number; integers are widened.
    Number(f64),
    /// A word.
    Text(String),
    /// Numbers in order.
    List(Vec<f64>),
}
