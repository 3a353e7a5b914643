//! Clouds of millions of points, drawn by wgpu into a texture of its own: no window types, so
//! that the window, an export and a test can all use it.

pub mod context;
pub mod points;
pub mod readback;

pub use context::{GpuContext, Tier, choose_tier};
pub use points::{Camera, CloudBuffers, CloudStyle, PointRenderer, Target};
pub use readback::read_rgba;
