//! The door between burn's tensors and raw data: shared by all kernels.

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::{Shape, Tensor, TensorData};

use super::real::Real;

/// The contiguous raw tensor, or nothing where the tensor lives on another device than plain `flex`.
pub(crate) fn flex<const D: usize>(tensor: &Tensor<D>) -> Option<FlexTensor> {
    let raw = tensor.clone().try_into_primitive::<Flex>().ok()?;
    Some(raw.to_contiguous())
}

/// Address and bytes of a tensor's data, or nothing where it lives on another device than plain `flex`.
pub(crate) fn extent<const D: usize>(tensor: &Tensor<D>) -> Option<(usize, usize)> {
    let raw = flex(tensor)?;
    Some(match raw.dtype() {
        burn::tensor::DType::F32 => (raw.storage::<f32>().as_ptr().addr(), size_of_val(raw.storage::<f32>())),
        _ => (raw.storage::<f64>().as_ptr().addr(), size_of_val(raw.storage::<f64>())),
    })
}

/// A tensor on `flex` that takes over `values`, row-major.
pub(crate) fn tensor<T: Real, const D: usize>(values: Vec<T>, shape: [usize; D]) -> Tensor<D> {
    Tensor::from_primitive::<Flex>(FlexTensor::from_data(TensorData::new(values, Shape::from(shape.to_vec()))))
}

/// Runs the first body with `$real` standing for the element type and every named tensor for its raw data, where all of
/// them live on plain `flex`; otherwise the second body, on the tensors themselves.
macro_rules! on_flex {
    ([$first:ident $(, $more:ident)*], $real:ident => $raw:expr, else $fallback:expr) => {{
        let read = $crate::kernels::record::read(&[$first $(, $more)*]);
        let outcome = $crate::kernels::door::on_flex_unseen!([$first $(, $more)*], $real => $raw, else $fallback);
        $crate::kernels::record::came(read, &outcome);
        outcome
    }};
}
pub(crate) use on_flex;

/// The same, without a note in the recording.
macro_rules! on_flex_unseen {
    ([$first:ident $(, $more:ident)*], $real:ident => $raw:expr, else $fallback:expr) => {{
        let raw = ($crate::kernels::door::flex($first) $(, $crate::kernels::door::flex($more))*,);
        match raw {
            (Some($first) $(, Some($more))*,) => match $first.dtype() {
                burn::tensor::DType::F32 => {
                    type $real = f32;
                    $raw
                }
                burn::tensor::DType::F64 => {
                    type $real = f64;
                    $raw
                }
                other => panic!("kernels are for f32 and f64, got a tensor of {other:?}"),
            },
            _ => $fallback,
        }
    }};
}
pub(crate) use on_flex_unseen;
