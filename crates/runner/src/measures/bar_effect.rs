//! A short bar across each gap: it hurts people only where the edges are relatable.

use super::Measure;

/// (d′ lost to the bar on the illusory figure) minus (d′ lost to the bar on the misaligned one).
pub const ENTRY: Measure = Measure {
    id: "bar_effect",
    title: "d′ lost to a bar across the gap, illusory minus misaligned",
    unit: "d_prime",
    range: super::ANY,
    illusion: "fat_thin",
    along_training: false,
    read: |point| {
        let loss = |figure: &str, barred: &str| -> Result<f64, _> {
            Ok(point.d_prime(&point.primary(figure))? - point.d_prime(&point.primary(barred))?)
        };
        Ok(loss("illusory", "bar")? - loss("misaligned", "bar_misaligned")?)
    },
};
