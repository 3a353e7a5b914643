//! The graphics device, and how much of a cloud it should be asked to draw.

use crate::base::UserError;

/// Up to this many points are drawn as shapes, with outlines and different forms.
pub const MOST_SHAPES: usize = 20_000;
/// Beyond this many points even a graphics card counts instead of drawing.
pub const MOST_POINTS: usize = 30_000_000;

/// How a cloud of points is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// One shape per point.
    Shapes,
    /// Discs drawn by the graphics card.
    Points,
    /// Counts per pixel.
    Density,
}

/// What matters about a device when the tier is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// The device is a program on the processor.
    pub software: bool,
    pub largest_texture: u32,
    pub largest_buffer: u64,
}

/// The tier for a cloud of this many points; None stands for no graphics device.
pub fn choose_tier(points: usize, abilities: Option<Abilities>) -> Tier {
    if points <= MOST_SHAPES {
        return Tier::Shapes;
    }
    let Some(abilities) = abilities.filter(|abilities| !abilities.software) else {
        return Tier::Density;
    };
    let texels = u64::from(abilities.largest_texture).pow(2);
    if points > MOST_POINTS
        || points as u64 > texels
        || abilities.largest_buffer < super::points::CHUNK_BYTES
    {
        return Tier::Density;
    }
    Tier::Points
}

/// A device and its queue.
#[derive(Clone, Debug)]
pub struct GpuContext {
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    /// Name of the adapter, for reports.
    pub name: String,
    software: bool,
}

impl GpuContext {
    pub fn new(device: wgpu::Device, queue: wgpu::Queue, info: &wgpu::AdapterInfo) -> Self {
        Self {
            device,
            queue,
            name: info.name.clone(),
            software: info.device_type == wgpu::DeviceType::Cpu,
        }
    }

    /// A device without a window, software adapters included.
    pub fn headless() -> Result<Self, UserError> {
        pollster::block_on(Self::headless_async())
    }

    async fn headless_async() -> Result<Self, UserError> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let adapter = instance
            .request_adapter(&wgpu::RequestAdapterOptions::default())
            .await
            .map_err(|error| no_device(&error))?;
        let (device, queue) = adapter
            .request_device(&wgpu::DeviceDescriptor {
                label: Some("benchtop"),
                required_limits: adapter.limits(),
                ..wgpu::DeviceDescriptor::default()
            })
            .await
            .map_err(|error| no_device(&error))?;
        Ok(Self::new(device, queue, &adapter.get_info()))
    }

    pub fn abilities(&self) -> Abilities {
        let limits = self.device.limits();
        Abilities {
            software: self.software,
            largest_texture: limits.max_texture_dimension_2d,
            largest_buffer: limits.max_buffer_size,
        }
    }

    pub fn tier(&self, points: usize) -> Tier {
        choose_tier(points, Some(self.abilities()))
    }
}

fn no_device(why: &dyn std::fmt::Display) -> UserError {
    UserError::failed(
        "no_graphics_device",
        "No graphics device could be used",
        why.to_string(),
    )
    .with_hint("Install a Vulkan driver (on Debian and Ubuntu: mesa-vulkan-drivers)")
}
