//! Paints the window where the adapter is a program on the processor.
//!
//! egui's own fragment shader holds two ways to read a texture and chooses one by a uniform value.
//! A graphics card skips the other one; Mesa's llvmpipe (22.3) computes both for every pixel, which
//! is six times the work of the pixel itself. This painter takes the finished shapes of a frame and
//! draws the same triangles with shaders that do one thing each: a colour, or a colour times a
//! texture.

use std::ops::Range;
use std::sync::Arc;

use eframe::egui::epaint::{ClippedPrimitive, Primitive, Vertex, WHITE_UV};
use eframe::egui::{self, Context, FullOutput, Rect, Shape, TextureId};
use eframe::egui_wgpu::{
    Callback, CallbackResources, CallbackTrait, RenderState, ScreenDescriptor,
};
use eframe::wgpu;

/// A flat area smaller than this many points² is drawn with the letters around it: changing the
/// shader costs more than reading the texture.
const WORTH_A_CHANGE: f32 = 4096.0;
/// Bytes that buffers grow by.
const GROW: u64 = 1 << 16;

/// Whether this painter helps: a program on the processor that takes colours as they are.
pub fn helps(state: &RenderState) -> bool {
    let info = state.adapter.get_info();
    info.device_type == wgpu::DeviceType::Cpu && !state.target_format.is_srgb()
}

/// Lets this painter draw every frame from now on.
pub fn install(ctx: &Context, state: &RenderState) {
    ctx.add_plugin(SoftwarePainter {
        drawer: Arc::new(Drawer::new(state)),
        state: state.clone(),
    });
}

struct SoftwarePainter {
    drawer: Arc<Drawer>,
    state: RenderState,
}

impl egui::Plugin for SoftwarePainter {
    fn debug_name(&self) -> &'static str {
        "software painter"
    }

    /// Puts one callback in place of all shapes.
    fn output_hook(&mut self, ctx: &Context, output: &mut FullOutput) {
        let foreign =
            |shape: &egui::epaint::ClippedShape| matches!(shape.shape, Shape::Callback(_));
        if output.shapes.is_empty() || output.shapes.iter().any(foreign) {
            return;
        }
        let shapes = std::mem::take(&mut output.shapes);
        let pieces = ctx.tessellate(shapes, output.pixels_per_point);
        let whole = ctx.viewport_rect();
        let frame = Frame {
            drawer: self.drawer.clone(),
            state: self.state.clone(),
            pieces,
        };
        let callback = Callback::new_paint_callback(whole, frame);
        output
            .shapes
            .push(egui::epaint::ClippedShape::new(whole, callback));
    }
}

/// What all frames share.
struct Drawer {
    flat: wgpu::RenderPipeline,
    pictured: wgpu::RenderPipeline,
    screen: wgpu::Buffer,
    screen_group: wgpu::BindGroup,
}

impl Drawer {
    fn new(state: &RenderState) -> Self {
        let device = &state.device;
        let screen_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("screen"),
            entries: &[uniform(0, wgpu::ShaderStages::VERTEX, 16)],
        });
        let texture_layout = texture_layout(device);
        let layout = |groups: &[Option<&wgpu::BindGroupLayout>]| {
            device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: Some("software painter"),
                bind_group_layouts: groups,
                immediate_size: 0,
            })
        };
        let plain = layout(&[Some(&screen_layout)]);
        let textured = layout(&[Some(&screen_layout), Some(&texture_layout)]);
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("software painter"),
            source: wgpu::ShaderSource::Wgsl(include_str!("software_painter.wgsl").into()),
        });
        let pipeline =
            |layout, fragment| pipeline(device, layout, &module, fragment, state.target_format);
        let screen = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("screen"),
            size: 16,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let screen_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("screen"),
            layout: &screen_layout,
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: screen.as_entire_binding(),
            }],
        });
        Self {
            flat: pipeline(&plain, "flat_colour"),
            pictured: pipeline(&textured, "from_picture"),
            screen,
            screen_group,
        }
    }
}

fn uniform(binding: u32, visibility: wgpu::ShaderStages, bytes: u64) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility,
        ty: wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Uniform,
            has_dynamic_offset: false,
            min_binding_size: std::num::NonZeroU64::new(bytes),
        },
        count: None,
    }
}

/// The layout of the bind groups that egui keeps for its textures: texture, sampler, and a value
/// that is not needed here. Layouts that are equal are one and the same to wgpu.
fn texture_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    let fragment = wgpu::ShaderStages::FRAGMENT;
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("texture of egui"),
        entries: &[
            wgpu::BindGroupLayoutEntry {
                binding: 0,
                visibility: fragment,
                ty: wgpu::BindingType::Texture {
                    sample_type: wgpu::TextureSampleType::Float { filterable: true },
                    view_dimension: wgpu::TextureViewDimension::D2,
                    multisampled: false,
                },
                count: None,
            },
            wgpu::BindGroupLayoutEntry {
                binding: 1,
                visibility: fragment,
                ty: wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering),
                count: None,
            },
            uniform(2, fragment, 16),
        ],
    })
}

fn pipeline(
    device: &wgpu::Device,
    layout: &wgpu::PipelineLayout,
    module: &wgpu::ShaderModule,
    fragment: &str,
    format: wgpu::TextureFormat,
) -> wgpu::RenderPipeline {
    let over = |source| wgpu::BlendComponent {
        src_factor: source,
        dst_factor: wgpu::BlendFactor::OneMinusSrcAlpha,
        operation: wgpu::BlendOperation::Add,
    };
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(fragment),
        layout: Some(layout),
        vertex: wgpu::VertexState {
            module,
            entry_point: Some("corner"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers: &[Some(wgpu::VertexBufferLayout {
                array_stride: size_of::<Vertex>() as u64,
                step_mode: wgpu::VertexStepMode::Vertex,
                attributes: &wgpu::vertex_attr_array![
                    0 => Float32x2, 1 => Float32x2, 2 => Unorm8x4
                ],
            })],
        },
        fragment: Some(wgpu::FragmentState {
            module,
            entry_point: Some(fragment),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            targets: &[Some(wgpu::ColorTargetState {
                format,
                blend: Some(wgpu::BlendState {
                    color: over(wgpu::BlendFactor::One),
                    alpha: over(wgpu::BlendFactor::One),
                }),
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        primitive: wgpu::PrimitiveState::default(),
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        multiview_mask: None,
        cache: None,
    })
}

/// The shapes of one frame as triangles.
struct Frame {
    drawer: Arc<Drawer>,
    state: RenderState,
    pieces: Vec<ClippedPrimitive>,
}

/// Triangles on the device, kept from frame to frame.
#[derive(Default)]
struct Triangles {
    corners: Option<wgpu::Buffer>,
    indices: Option<wgpu::Buffer>,
    draws: Vec<Draw>,
}

/// Neighbouring triangles drawn in one go.
#[derive(Debug, PartialEq)]
struct Draw {
    clip: Rect,
    /// None: colours only.
    texture: Option<TextureId>,
    indices: Range<u32>,
    /// Place of the first corner of their mesh.
    base: i32,
}

impl CallbackTrait for Frame {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        let [width, height] = screen
            .size_in_pixels
            .map(|pixels| pixels as f32 / screen.pixels_per_point);
        let size = [width, height, 0.0, 0.0];
        queue.write_buffer(&self.drawer.screen, 0, bytemuck::bytes_of(&size));
        let mut corners: Vec<Vertex> = Vec::new();
        let mut indices: Vec<u32> = Vec::new();
        let mut draws = Vec::new();
        for piece in &self.pieces {
            if let Primitive::Mesh(mesh) = &piece.primitive {
                let (first, base) = (indices.len() as u32, corners.len() as i32);
                for (texture, range) in runs(mesh) {
                    draws.push(Draw {
                        clip: piece.clip_rect,
                        texture,
                        indices: range.start + first..range.end + first,
                        base,
                    });
                }
                corners.extend_from_slice(&mesh.vertices);
                indices.extend_from_slice(&mesh.indices);
            }
        }
        let held = resources
            .entry::<Triangles>()
            .or_insert_with(Triangles::default);
        held.draws = draws;
        let (vertex, index) = (wgpu::BufferUsages::VERTEX, wgpu::BufferUsages::INDEX);
        fill(
            device,
            queue,
            &mut held.corners,
            vertex,
            bytemuck::cast_slice(&corners),
        );
        fill(
            device,
            queue,
            &mut held.indices,
            index,
            bytemuck::cast_slice(&indices),
        );
        Vec::new()
    }

    fn paint(
        &self,
        info: egui::PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        let Some(Triangles {
            corners: Some(corners),
            indices: Some(indices),
            draws,
        }) = resources.get::<Triangles>()
        else {
            return;
        };
        let [width, height] = info.screen_size_px;
        pass.set_viewport(0.0, 0.0, width as f32, height as f32, 0.0, 1.0);
        pass.set_bind_group(0, &self.drawer.screen_group, &[]);
        pass.set_vertex_buffer(0, corners.slice(..));
        pass.set_index_buffer(indices.slice(..), wgpu::IndexFormat::Uint32);
        // The window's painter holds this lock for reading while it calls; nobody writes meanwhile.
        let renderer = self.state.renderer.read();
        for draw in draws {
            let Some([x, y, wide, high]) =
                pixels(draw.clip, info.pixels_per_point, [width, height])
            else {
                continue;
            };
            match draw.texture {
                None => pass.set_pipeline(&self.drawer.flat),
                Some(id) => {
                    // A texture that is gone has nothing to show.
                    let Some(texture) = renderer.texture(&id) else {
                        continue;
                    };
                    pass.set_pipeline(&self.drawer.pictured);
                    pass.set_bind_group(1, &texture.bind_group, &[]);
                }
            }
            pass.set_scissor_rect(x, y, wide, high);
            pass.draw_indexed(draw.indices.clone(), draw.base, 0..1);
        }
    }
}

/// Puts bytes into a buffer, a larger one where they do not fit.
fn fill(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    buffer: &mut Option<wgpu::Buffer>,
    usage: wgpu::BufferUsages,
    bytes: &[u8],
) {
    let wanted = bytes.len() as u64;
    if buffer.as_ref().is_none_or(|held| held.size() < wanted) {
        *buffer = Some(device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("triangles"),
            size: (wanted * 2).next_multiple_of(GROW).max(GROW),
            usage: usage | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        }));
    }
    if let Some(buffer) = buffer
        && !bytes.is_empty()
    {
        queue.write_buffer(buffer, 0, bytes);
    }
}

/// A place in points as pixels of the window: left, top, width, height. None where it is empty.
fn pixels(clip: Rect, scale: f32, [width, height]: [u32; 2]) -> Option<[u32; 4]> {
    let along = |value: f32, most: u32| (value * scale).round().clamp(0.0, most as f32) as u32;
    let (left, right) = (along(clip.min.x, width), along(clip.max.x, width));
    let (top, bottom) = (along(clip.min.y, height), along(clip.max.y, height));
    (left < right && top < bottom).then(|| [left, top, right - left, bottom - top])
}

/// Cuts a mesh into stretches of triangles, in their order: large flat ones, and the others with
/// the texture they need.
fn runs(mesh: &egui::Mesh) -> Vec<(Option<TextureId>, Range<u32>)> {
    // Flat colours lie on a white spot of egui's own texture.
    let has_white = mesh.texture_id == TextureId::default();
    let mut found: Vec<(bool, f32, Range<u32>)> = Vec::new();
    for (triangle, start) in mesh.indices.chunks_exact(3).zip((0..).step_by(3)) {
        let [a, b, c] = [triangle[0], triangle[1], triangle[2]].map(|index| {
            mesh.vertices
                .get(index as usize)
                .copied()
                .unwrap_or_default()
        });
        let flat = has_white && [a, b, c].iter().all(|corner| corner.uv == WHITE_UV);
        let (p, q) = (b.pos - a.pos, c.pos - a.pos);
        let area = (p.x * q.y - p.y * q.x).abs() / 2.0;
        match found.last_mut() {
            Some((kind, total, range)) if *kind == flat => {
                *total += area;
                range.end = start + 3;
            }
            _ => found.push((flat, area, start..start + 3)),
        }
    }
    let mut runs: Vec<(Option<TextureId>, Range<u32>)> = Vec::new();
    for (flat, area, range) in found {
        let texture = (!flat || area < WORTH_A_CHANGE).then_some(mesh.texture_id);
        match runs.last_mut() {
            Some((last, whole)) if *last == texture => whole.end = range.end,
            _ => runs.push((texture, range)),
        }
    }
    runs
}
