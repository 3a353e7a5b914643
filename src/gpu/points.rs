//! Millions of points into an off-screen texture: buffers written once, redrawn only when the
//! camera, the selection or the style changed.

use std::sync::Arc;

use bytemuck::{Pod, Zeroable};

use super::context::GpuContext;
use crate::base::{RowSet, UserError};
use crate::chart::palette;
use crate::chart::scene::{Ink, Points};

/// Points per buffer: one upload, and far below what one draw may index.
pub const CHUNK: usize = 1 << 20;
/// Bytes of one full buffer.
pub const CHUNK_BYTES: u64 = (CHUNK * 8) as u64;
/// Colours a cloud may have.
const COLOURS: usize = 16;
/// Off-screen format: colours blend as they are seen, like everything else in the window.
pub const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;
/// Where points without a position go.
const NOWHERE: f32 = 1e30;

/// The part of the axes that fills the target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    pub x: (f64, f64),
    pub y: (f64, f64),
}

/// How the points look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CloudStyle {
    /// In pixels of the target.
    pub radius: f32,
    /// 0..=1.
    pub alpha: f32,
    pub dark: bool,
}

impl CloudStyle {
    /// Radius and opacity for a cloud too large for shapes.
    pub fn for_count(points: usize, pixels_per_point: f32, dark: bool) -> Self {
        let (radius, alpha) = match points {
            0..=50_000 => (2.5, 0.5),
            50_001..=200_000 => (1.75, 0.35),
            200_001..=1_000_000 => (1.25, 0.2),
            1_000_001..=5_000_000 => (1.0, 0.1),
            _ => (0.8, 0.06),
        };
        Self {
            radius: radius * pixels_per_point,
            alpha,
            dark,
        }
    }
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Globals {
    middle: [f32; 2],
    scale: [f32; 2],
    size: [f32; 2],
    radius: f32,
    has_selection: u32,
    deselected: [f32; 4],
    palette: [[f32; 4]; COLOURS],
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct ChunkStart {
    first: u32,
    unused: [u32; 3],
}

struct Chunk {
    positions: wgpu::Buffer,
    start: wgpu::BindGroup,
    points: u32,
}

/// The pipeline: made once per device.
pub struct PointRenderer {
    pipeline: wgpu::RenderPipeline,
    globals_layout: wgpu::BindGroupLayout,
    chunk_layout: wgpu::BindGroupLayout,
}

/// A cloud on the device. Made empty; [`CloudBuffers::upload_some`] fills it in slices, so that
/// no frame waits for all of it.
pub struct CloudBuffers {
    points: Points,
    chunks: Vec<Chunk>,
    uploaded: usize,
    categories: wgpu::Texture,
    category_width: u32,
    selection: wgpu::Texture,
    has_selection: bool,
    globals: wgpu::Buffer,
    bind_group: wgpu::BindGroup,
    /// Counts every change of what would be drawn.
    version: u64,
}

/// The texture a cloud is drawn into.
pub struct Target {
    pub texture: wgpu::Texture,
    pub view: wgpu::TextureView,
    pub width: u32,
    pub height: u32,
    drawn: Option<(Camera, CloudStyle, u64)>,
}

impl Target {
    /// An empty texture; sides are limited to what the device can hold.
    pub fn new(context: &GpuContext, width: u32, height: u32) -> Self {
        let most = context.device.limits().max_texture_dimension_2d;
        let (width, height) = (width.clamp(1, most), height.clamp(1, most));
        let texture = context.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("points"),
            size: extent(width, height),
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: FORMAT,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT
                | wgpu::TextureUsages::TEXTURE_BINDING
                | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        Self {
            texture,
            view,
            width,
            height,
            drawn: None,
        }
    }
}

fn extent(width: u32, height: u32) -> wgpu::Extent3d {
    wgpu::Extent3d {
        width,
        height,
        depth_or_array_layers: 1,
    }
}

fn data_texture(
    context: &GpuContext,
    label: &str,
    format: wgpu::TextureFormat,
    width: u32,
    rows: u32,
) -> wgpu::Texture {
    context.device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size: extent(width, rows),
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    })
}

/// Width and rows of a texture that holds `cells` texels.
fn texture_shape(cells: usize, widest: u32) -> (u32, u32) {
    let width = (cells.max(1)).min(widest.min(4096) as usize);
    (width as u32, cells.max(1).div_ceil(width) as u32)
}

fn write_texture(context: &GpuContext, texture: &wgpu::Texture, bytes: &[u8], per_texel: u32) {
    let size = texture.size();
    context.queue.write_texture(
        wgpu::TexelCopyTextureInfo {
            texture,
            mip_level: 0,
            origin: wgpu::Origin3d::ZERO,
            aspect: wgpu::TextureAspect::All,
        },
        bytes,
        wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(size.width * per_texel),
            rows_per_image: Some(size.height),
        },
        size,
    );
}

impl PointRenderer {
    pub fn new(context: &GpuContext) -> Self {
        let device = &context.device;
        let shader = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("points"),
            source: wgpu::ShaderSource::Wgsl(include_str!("points.wgsl").into()),
        });
        let globals_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("points globals"),
            entries: &[
                uniform_entry(0, wgpu::ShaderStages::VERTEX_FRAGMENT),
                texture_entry(1),
                texture_entry(2),
            ],
        });
        let chunk_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("points chunk"),
            entries: &[uniform_entry(0, wgpu::ShaderStages::VERTEX)],
        });
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("points"),
            bind_group_layouts: &[Some(&globals_layout), Some(&chunk_layout)],
            immediate_size: 0,
        });
        let pipeline = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some("points"),
            layout: Some(&layout),
            vertex: wgpu::VertexState {
                module: &shader,
                entry_point: Some("vertex"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: &[Some(wgpu::VertexBufferLayout {
                    array_stride: 8,
                    step_mode: wgpu::VertexStepMode::Instance,
                    attributes: &wgpu::vertex_attr_array![0 => Float32x2],
                })],
            },
            fragment: Some(wgpu::FragmentState {
                module: &shader,
                entry_point: Some("fragment"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                targets: &[Some(wgpu::ColorTargetState {
                    format: FORMAT,
                    blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                    write_mask: wgpu::ColorWrites::ALL,
                })],
            }),
            primitive: wgpu::PrimitiveState {
                topology: wgpu::PrimitiveTopology::TriangleStrip,
                ..wgpu::PrimitiveState::default()
            },
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            multiview_mask: None,
            cache: None,
        });
        Self {
            pipeline,
            globals_layout,
            chunk_layout,
        }
    }

    /// A place on the device for a cloud. Nothing is uploaded yet.
    ///
    /// Error: more points than the device's textures can describe.
    pub fn cloud(&self, context: &GpuContext, points: &Points) -> Result<CloudBuffers, UserError> {
        let count = points.len();
        let widest = context.device.limits().max_texture_dimension_2d;
        let coded = points.category.as_ref().map_or(0, |_| count);
        let (category_width, category_rows) = texture_shape(coded, widest);
        let (mask_width, mask_rows) = texture_shape(count.div_ceil(32), widest);
        if category_rows > widest || mask_rows > widest || u32::try_from(count).is_err() {
            return Err(UserError::failed(
                "cloud_too_large",
                "The graphics device cannot hold this many points",
                format!(
                    "There are {}",
                    crate::base::format::counted(count as u64, "point")
                ),
            )
            .with_hint("Draw the density instead"));
        }
        let categories = data_texture(
            context,
            "point categories",
            wgpu::TextureFormat::R8Uint,
            category_width,
            category_rows,
        );
        let selection = data_texture(
            context,
            "point selection",
            wgpu::TextureFormat::R32Uint,
            mask_width,
            mask_rows,
        );
        let globals = context.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("points globals"),
            size: size_of::<Globals>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let view =
            |texture: &wgpu::Texture| texture.create_view(&wgpu::TextureViewDescriptor::default());
        let bind_group = context
            .device
            .create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("points globals"),
                layout: &self.globals_layout,
                entries: &[
                    wgpu::BindGroupEntry {
                        binding: 0,
                        resource: globals.as_entire_binding(),
                    },
                    wgpu::BindGroupEntry {
                        binding: 1,
                        resource: wgpu::BindingResource::TextureView(&view(&categories)),
                    },
                    wgpu::BindGroupEntry {
                        binding: 2,
                        resource: wgpu::BindingResource::TextureView(&view(&selection)),
                    },
                ],
            });
        let mut cloud = CloudBuffers {
            points: points.clone(),
            chunks: Vec::new(),
            uploaded: 0,
            categories,
            category_width,
            selection,
            has_selection: false,
            globals,
            bind_group,
            version: 0,
        };
        cloud.write_categories(context);
        Ok(cloud)
    }

    /// Draws the uploaded points, unless the target already shows exactly that. True when
    /// something was drawn.
    pub fn render(
        &self,
        context: &GpuContext,
        cloud: &CloudBuffers,
        camera: &Camera,
        style: &CloudStyle,
        target: &mut Target,
    ) -> bool {
        let wanted = (*camera, *style, cloud.version);
        if target.drawn == Some(wanted) {
            return false;
        }
        let globals = cloud.globals(camera, style, target);
        context
            .queue
            .write_buffer(&cloud.globals, 0, bytemuck::bytes_of(&globals));
        let mut encoder = context
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor {
                label: Some("points"),
            });
        {
            let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                label: Some("points"),
                color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                    view: &target.view,
                    depth_slice: None,
                    resolve_target: None,
                    ops: wgpu::Operations {
                        load: wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT),
                        store: wgpu::StoreOp::Store,
                    },
                })],
                depth_stencil_attachment: None,
                timestamp_writes: None,
                occlusion_query_set: None,
                multiview_mask: None,
            });
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &cloud.bind_group, &[]);
            let rounds = if cloud.has_selection { 2 } else { 1 };
            for round in 0..rounds {
                for chunk in &cloud.chunks {
                    pass.set_bind_group(1, &chunk.start, &[]);
                    pass.set_vertex_buffer(0, chunk.positions.slice(..));
                    pass.draw(round * 4..round * 4 + 4, 0..chunk.points);
                }
            }
        }
        context.queue.submit([encoder.finish()]);
        target.drawn = Some(wanted);
        true
    }

    fn chunk(&self, context: &GpuContext, first: usize, positions: &[[f32; 2]]) -> Chunk {
        let buffer = |label: &str, bytes: &[u8], usage: wgpu::BufferUsages| {
            let buffer = context.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size: bytes.len() as u64,
                usage: usage | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            });
            context.queue.write_buffer(&buffer, 0, bytes);
            buffer
        };
        let start = ChunkStart {
            first: first as u32,
            unused: [0; 3],
        };
        let uniform = buffer(
            "points chunk",
            bytemuck::bytes_of(&start),
            wgpu::BufferUsages::UNIFORM,
        );
        Chunk {
            positions: buffer(
                "point positions",
                bytemuck::cast_slice(positions),
                wgpu::BufferUsages::VERTEX,
            ),
            start: context
                .device
                .create_bind_group(&wgpu::BindGroupDescriptor {
                    label: Some("points chunk"),
                    layout: &self.chunk_layout,
                    entries: &[wgpu::BindGroupEntry {
                        binding: 0,
                        resource: uniform.as_entire_binding(),
                    }],
                }),
            points: positions.len() as u32,
        }
    }
}

fn uniform_entry(binding: u32, visibility: wgpu::ShaderStages) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility,
        ty: wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Uniform,
            has_dynamic_offset: false,
            min_binding_size: None,
        },
        count: None,
    }
}

fn texture_entry(binding: u32) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::VERTEX,
        ty: wgpu::BindingType::Texture {
            sample_type: wgpu::TextureSampleType::Uint,
            view_dimension: wgpu::TextureViewDimension::D2,
            multisampled: false,
        },
        count: None,
    }
}

impl CloudBuffers {
    /// Uploads up to one more buffer of points. True once all of them are there.
    pub fn upload_some(&mut self, context: &GpuContext, renderer: &PointRenderer) -> bool {
        let end = (self.uploaded + CHUNK).min(self.points.len());
        if self.uploaded < end {
            let (x, y) = (&self.points.x, &self.points.y);
            let range = self.uploaded..end;
            let drawable = |value: f32| if value.is_finite() { value } else { NOWHERE };
            let positions: Vec<[f32; 2]> = x
                .get(range.clone())
                .unwrap_or(&[])
                .iter()
                .zip(y.get(range).unwrap_or(&[]))
                .map(|(&x, &y)| [drawable(x), drawable(y)])
                .collect();
            self.chunks
                .push(renderer.chunk(context, self.uploaded, &positions));
            self.uploaded = end;
            self.version += 1;
        }
        self.uploaded == self.points.len()
    }

    /// Uploads everything that is left.
    pub fn upload_all(&mut self, context: &GpuContext, renderer: &PointRenderer) {
        while !self.upload_some(context, renderer) {}
    }

    /// Number of points that can be drawn now.
    pub fn uploaded(&self) -> usize {
        self.uploaded
    }

    /// Which rows are selected, by row id; None when nothing is selected anywhere.
    pub fn set_selection(&mut self, context: &GpuContext, selection: Option<&RowSet>) {
        let Some(selection) = selection else {
            if self.has_selection {
                self.has_selection = false;
                self.version += 1;
            }
            return;
        };
        let size = self.selection.size();
        let mut words: Vec<u32> = self
            .points
            .rows
            .chunks(32)
            .map(|rows| {
                let bits = rows.iter().enumerate();
                bits.fold(0, |word, (bit, &row)| {
                    word | u32::from(selection.contains(row as usize)) << bit
                })
            })
            .collect();
        words.resize((size.width * size.height) as usize, 0);
        write_texture(context, &self.selection, bytemuck::cast_slice(&words), 4);
        self.has_selection = true;
        self.version += 1;
    }

    /// Whether these buffers hold this very cloud.
    pub fn holds(&self, points: &Points) -> bool {
        let same_codes = match (&self.points.category, &points.category) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        Arc::ptr_eq(&self.points.x, &points.x)
            && Arc::ptr_eq(&self.points.y, &points.y)
            && same_codes
    }

    /// Memory on the device.
    pub fn memory_bytes(&self) -> u64 {
        let texels = |texture: &wgpu::Texture, bytes: u64| {
            u64::from(texture.width()) * u64::from(texture.height()) * bytes
        };
        self.uploaded as u64 * 8 + texels(&self.categories, 1) + texels(&self.selection, 4)
    }

    fn write_categories(&mut self, context: &GpuContext) {
        let size = self.categories.size();
        let mut codes: Vec<u8> = match &self.points.category {
            Some(codes) => codes.as_ref().clone(),
            None => vec![0],
        };
        codes.resize((self.category_width * size.height) as usize, 0);
        write_texture(context, &self.categories, &codes, 1);
    }

    fn globals(&self, camera: &Camera, style: &CloudStyle, target: &Target) -> Globals {
        let (middle_x, scale_x) = along(camera.x, self.points.origin.0);
        let (middle_y, scale_y) = along(camera.y, self.points.origin.1);
        let colour = |ink: Ink, alpha: f32| {
            // Without colours of their own, selected points take that of the selection.
            let ink = if self.has_selection && ink == Ink::Mark {
                Ink::Selection
            } else {
                ink
            };
            let [r, g, b, _] =
                palette::resolve(ink, style.dark).map(|part| f32::from(part) / 255.0);
            [r, g, b, alpha]
        };
        let mut palette = [colour(Ink::Other, style.alpha); COLOURS];
        for (slot, &ink) in palette.iter_mut().zip(&self.points.inks) {
            *slot = colour(ink, style.alpha);
        }
        // A cloud of one colour has no codes: all of its texels must name that colour.
        if self.points.category.is_none()
            && let Some(&ink) = self.points.inks.first()
        {
            palette = [colour(ink, style.alpha); COLOURS];
        }
        Globals {
            middle: [middle_x, middle_y],
            scale: [scale_x, scale_y],
            size: [target.width as f32, target.height as f32],
            radius: style.radius.clamp(0.3, 64.0),
            has_selection: u32::from(self.has_selection),
            deselected: colour(Ink::Deselected, style.alpha),
            palette,
        }
    }
}

/// Middle of a domain relative to the cloud's origin, and its scale to −1..1.
fn along((low, high): (f64, f64), origin: f64) -> (f32, f32) {
    let middle = (low / 2.0 + high / 2.0 - origin) as f32;
    let span = high - low;
    let scale = if span.abs() > 0.0 && span.is_finite() {
        2.0 / span
    } else {
        1.0
    };
    (middle, scale as f32)
}
