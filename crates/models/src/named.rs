//! Parameters as plain named arrays: what is saved, restored and hashed.

use std::collections::BTreeMap;

use burn::tensor::{DType, Tensor, TensorData};

use crate::place::Place;

/// Arrays by name, in the order of their names.
pub type Named = BTreeMap<String, Array>;

/// Numbers at their own precision.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// 32-bit numbers.
    F32(Vec<f32>),
    /// 64-bit numbers.
    F64(Vec<f64>),
}

/// A row-major array.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Lengths of the axes.
    pub shape: Vec<usize>,
    /// Elements.
    pub values: Values,
}

impl Array {
    /// The array of a tensor, bit by bit.
    pub fn of<const D: usize>(tensor: &Tensor<D>) -> Self {
        let data = tensor.clone().into_data();
        let values = match tensor.dtype() {
            DType::F32 => Values::F32(data.iter::<f32>().collect()),
            _ => Values::F64(data.iter::<f64>().collect()),
        };
        Self { shape: tensor.dims().to_vec(), values }
    }

    /// The tensor of this array at a place, or nothing if its shape is not `shape`; rounded if the place has less bits.
    pub fn tensor<const D: usize>(&self, place: &Place, shape: [usize; D]) -> Option<Tensor<D>> {
        let count = match &self.values {
            Values::F32(values) => values.len(),
            Values::F64(values) => values.len(),
        };
        if self.shape != shape || count != shape.iter().product::<usize>() {
            return None;
        }
        let data = match &self.values {
            Values::F32(values) => TensorData::new(values.clone(), shape),
            Values::F64(values) => TensorData::new(values.clone(), shape),
        };
        Some(Tensor::from_data(data, (place.device(), place.dtype())))
    }

    /// Bytes that differ where shape, precision or any bit of an element differs; little-endian.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend((self.shape.len() as u64).to_le_bytes());
        self.shape.iter().for_each(|side| bytes.extend((*side as u64).to_le_bytes()));
        match &self.values {
            Values::F32(values) => {
                bytes.push(4);
                values.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
            }
            Values::F64(values) => {
                bytes.push(8);
                values.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
            }
        }
        bytes
    }
}

/// Bytes of all arrays with their names, to be hashed.
pub fn content_bytes(named: &Named) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, array) in named {
        bytes.extend((name.len() as u64).to_le_bytes());
        bytes.extend(name.as_bytes());
        bytes.extend(array.bytes());
    }
    bytes
}
