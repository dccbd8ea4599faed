//! Where tensors live and with how many bits: the one door through which devices and precisions are chosen.
//!
//! burn's default device, default dtype and global random numbers are process-wide, so nothing in this crate uses them;
//! every tensor is made by a [`Place`], which names all of it.

use core::fmt;
use core::str::FromStr;

use burn::tensor::{DType, Device, Tensor, TensorData};

/// A backend of burn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeviceKind {
    /// `flex`: pure Rust on the processor; this crate's own kernels run on it.
    Flex,
    /// `ndarray`: the second opinion, on burn's own operations; slow at convolutions.
    Ndarray,
}

/// The floating-point type of every tensor of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// 32 bits: training.
    F32,
    /// 64 bits: identity tests.
    F64,
}

/// Why a place cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// The name is none of the devices.
    #[error("device must be \"flex\" or \"ndarray\", got \"{0}\"")]
    UnknownDevice(String),
    /// The device was left out of this build.
    #[error("device \"{0}\" is not in this build; build it with `--features ndarray`")]
    NotBuilt(DeviceKind),
}

impl fmt::Display for DeviceKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Flex => "flex",
            Self::Ndarray => "ndarray",
        })
    }
}

impl FromStr for DeviceKind {
    type Err = PlaceError;

    fn from_str(name: &str) -> Result<Self, PlaceError> {
        match name {
            "flex" => Ok(Self::Flex),
            "ndarray" => Ok(Self::Ndarray),
            other => Err(PlaceError::UnknownDevice(other.to_owned())),
        }
    }
}

/// A device and a precision.
#[derive(Clone, Debug)]
pub struct Place {
    device: Device,
    kind: DeviceKind,
    precision: Precision,
}

impl Place {
    /// The place of a device and a precision.
    ///
    /// # Errors
    /// [`PlaceError::NotBuilt`] for `ndarray` without the Cargo feature `ndarray`.
    pub fn new(kind: DeviceKind, precision: Precision) -> Result<Self, PlaceError> {
        let device = match kind {
            DeviceKind::Flex => Device::flex(),
            DeviceKind::Ndarray => ndarray_device()?,
        };
        Ok(Self { device, kind, precision })
    }

    /// `flex` at a precision: always in the build.
    pub fn flex(precision: Precision) -> Self {
        Self { device: Device::flex(), kind: DeviceKind::Flex, precision }
    }

    /// The backend.
    pub fn kind(&self) -> DeviceKind {
        self.kind
    }

    /// The floating-point type.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// burn's device.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// burn's name of the precision.
    pub fn dtype(&self) -> DType {
        match self.precision {
            Precision::F32 => DType::F32,
            Precision::F64 => DType::F64,
        }
    }

    /// A tensor of `values` in row-major order, rounded to this place's precision.
    ///
    /// # Panics
    /// If the number of values is not the product of `shape`.
    pub fn tensor<const D: usize>(&self, values: &[f64], shape: [usize; D]) -> Tensor<D> {
        check_count(values.len(), &shape);
        let data = match self.precision {
            Precision::F32 => TensorData::new(values.iter().map(|value| *value as f32).collect::<Vec<_>>(), shape),
            Precision::F64 => TensorData::new(values.to_vec(), shape),
        };
        Tensor::from_data(data, (&self.device, self.dtype()))
    }

    /// A tensor of 32-bit `values` (pixels) in row-major order.
    ///
    /// # Panics
    /// If the number of values is not the product of `shape`.
    pub fn tensor_f32<const D: usize>(&self, values: &[f32], shape: [usize; D]) -> Tensor<D> {
        self.tensor_of(values.to_vec(), shape)
    }

    /// The same, taking the values over.
    pub(crate) fn tensor_of<const D: usize>(&self, values: Vec<f32>, shape: [usize; D]) -> Tensor<D> {
        check_count(values.len(), &shape);
        let data = match self.precision {
            Precision::F32 => TensorData::new(values, shape),
            Precision::F64 => TensorData::new(values.iter().map(|value| f64::from(*value)).collect::<Vec<_>>(), shape),
        };
        Tensor::from_data(data, (&self.device, self.dtype()))
    }

    /// A tensor of zeros.
    pub fn zeros<const D: usize>(&self, shape: [usize; D]) -> Tensor<D> {
        Tensor::zeros(shape, (&self.device, self.dtype()))
    }

    /// A tensor whose every element is `value`.
    pub fn full<const D: usize>(&self, value: f64, shape: [usize; D]) -> Tensor<D> {
        Tensor::full(shape, value, (&self.device, self.dtype()))
    }
}

fn check_count(count: usize, shape: &[usize]) {
    let needed: usize = shape.iter().product();
    assert!(count == needed, "a tensor of shape {shape:?} must get {needed} values, got {count}");
}

#[cfg(feature = "ndarray")]
#[expect(deprecated, reason = "ndarray is a required second opinion of this project, though burn gives it up")]
fn ndarray_device() -> Result<Device, PlaceError> {
    Ok(Device::ndarray())
}

#[cfg(not(feature = "ndarray"))]
fn ndarray_device() -> Result<Device, PlaceError> {
    Err(PlaceError::NotBuilt(DeviceKind::Ndarray))
}

/// The elements of a tensor in row-major order, as 64-bit numbers (exact for both precisions).
pub fn to_f64<const D: usize>(tensor: &Tensor<D>) -> Vec<f64> {
    tensor.clone().into_data().iter::<f64>().collect()
}

/// The elements of a tensor in row-major order, as 32-bit numbers (rounded if the tensor has 64 bits).
pub fn to_f32<const D: usize>(tensor: &Tensor<D>) -> Vec<f32> {
    tensor.clone().into_data().iter::<f32>().collect()
}

/// A tensor of `values` on the device and at the precision of another tensor.
///
/// # Panics
/// If the number of values is not the product of `shape`.
pub fn like<const D: usize, const E: usize>(model: &Tensor<E>, values: &[f64], shape: [usize; D]) -> Tensor<D> {
    check_count(values.len(), &shape);
    let options = (&model.device(), model.dtype());
    match model.dtype() {
        DType::F32 => {
            let rounded: Vec<f32> = values.iter().map(|value| *value as f32).collect();
            Tensor::from_data(TensorData::new(rounded, shape), options)
        }
        _ => Tensor::from_data(TensorData::new(values.to_vec(), shape), options),
    }
}
