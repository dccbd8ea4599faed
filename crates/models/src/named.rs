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

/// Bytes of all arrays with their names, to be hashed or kept; [`from_content_bytes`] reads them.
pub fn content_bytes(named: &Named) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, array) in named {
        bytes.extend((name.len() as u64).to_le_bytes());
        bytes.extend(name.as_bytes());
        bytes.extend(array.bytes());
    }
    bytes
}

/// The arrays whose bytes these are; nothing where they are not what [`content_bytes`] writes.
pub fn from_content_bytes(bytes: &[u8]) -> Option<Named> {
    let mut rest = bytes;
    let mut named = Named::new();
    while !rest.is_empty() {
        let length = count(&mut rest)?;
        let name = String::from_utf8(rest.split_off(..length)?.to_vec()).ok()?;
        named.insert(name, array(&mut rest)?);
    }
    Some(named)
}

fn array(rest: &mut &[u8]) -> Option<Array> {
    let axes = count(rest)?;
    let shape: Vec<usize> = (0..axes).map(|_| count(rest)).collect::<Option<_>>()?;
    let numbers = shape.iter().try_fold(1_usize, |product, side| product.checked_mul(*side))?;
    let width = *rest.split_off_first()?;
    let taken = rest.split_off(..numbers.checked_mul(usize::from(width))?)?;
    let values = match width {
        4 => Values::F32(taken.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()),
        8 => Values::F64(taken.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect()),
        _ => return None,
    };
    Some(Array { shape, values })
}

fn count(rest: &mut &[u8]) -> Option<usize> {
    let bytes: &[u8; 8] = rest.split_off(..8)?.first_chunk()?;
    usize::try_from(u64::from_le_bytes(*bytes)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Named {
        let array = |shape: &[usize], values| Array { shape: shape.to_vec(), values };
        Named::from([
            ("a.bias".to_owned(), array(&[3], Values::F32(vec![1.5, -0.0, f32::MIN_POSITIVE]))),
            ("b".to_owned(), array(&[2, 1], Values::F64(vec![0.1, -7.0]))),
            ("empty".to_owned(), array(&[0], Values::F32(Vec::new()))),
        ])
    }

    #[test]
    fn arrays_come_back_from_their_bytes_bit_by_bit() {
        let bytes = content_bytes(&two());
        let back = from_content_bytes(&bytes).expect("they are whole");
        assert_eq!(back, two());
        assert_eq!(content_bytes(&back), bytes);
    }

    #[test]
    fn bytes_that_are_cut_or_of_another_precision_are_refused() {
        let bytes = content_bytes(&two());
        for end in [1, 8, 20, bytes.len() - 1] {
            assert_eq!(from_content_bytes(&bytes[..end]), None, "{end}");
        }
        let mut other = bytes.clone();
        // Name of 6 letters, one axis: the precision stands after 8 + 6 + 8 + 8 bytes.
        assert_eq!(other[30], 4);
        other[30] = 5;
        assert_eq!(from_content_bytes(&other), None);
    }
}
