//! From a texture back to pixels: for exports and tests.

use std::sync::mpsc;

use super::context::GpuContext;
use super::points::Target;
use crate::base::UserError;

/// Bytes of a row in a buffer copied from a texture come in multiples of this.
const ROW: u32 = wgpu::COPY_BYTES_PER_ROW_ALIGNMENT;

/// Pixels of a target: RGBA with colours already multiplied by their opacity, row-major from the
/// top. Waits for the device.
pub fn read_rgba(context: &GpuContext, target: &Target) -> Result<Vec<u8>, UserError> {
    let row = target.width * 4;
    let padded = row.next_multiple_of(ROW);
    let buffer = context.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("readback"),
        size: u64::from(padded) * u64::from(target.height),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = context
        .device
        .create_command_encoder(&wgpu::CommandEncoderDescriptor {
            label: Some("readback"),
        });
    encoder.copy_texture_to_buffer(
        target.texture.as_image_copy(),
        wgpu::TexelCopyBufferInfo {
            buffer: &buffer,
            layout: wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(padded),
                rows_per_image: None,
            },
        },
        target.texture.size(),
    );
    context.queue.submit([encoder.finish()]);
    let (sender, receiver) = mpsc::channel();
    buffer
        .slice(..)
        .map_async(wgpu::MapMode::Read, move |result| {
            // Nobody waits any more when the receiver is gone.
            let _ = sender.send(result);
        });
    context
        .device
        .poll(wgpu::PollType::wait_indefinitely())
        .map_err(|error| unreadable(&error))?;
    receiver
        .recv()
        .map_err(|error| unreadable(&error))?
        .map_err(|error| unreadable(&error))?;
    let slice = buffer.slice(..);
    let mapped = slice
        .get_mapped_range()
        .map_err(|error| unreadable(&error))?;
    let mut pixels = Vec::with_capacity((row * target.height) as usize);
    for line in mapped.chunks(padded as usize) {
        pixels.extend_from_slice(line.get(..row as usize).unwrap_or(line));
    }
    Ok(pixels)
}

fn unreadable(why: &dyn std::fmt::Display) -> UserError {
    UserError::failed(
        "picture_unreadable",
        "The picture could not be read back from the graphics device",
        why.to_string(),
    )
}
