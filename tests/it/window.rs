//! What the window is made of beneath its workspaces: sets of rows by words, years, and the painter
//! for software adapters.

use std::sync::Arc;

use benchtop::base::format::Figures;
use benchtop::base::{Fingerprint, Random, RowSet, TaskContext};
use benchtop::chart::{ChartSpec, SceneSize, build_scene, prepare};
use benchtop::data::{Table, profile_column};
use benchtop::gpu::GpuContext;
use benchtop::ui::software_painter;
use eframe::egui::mutex::RwLock;
use eframe::egui::{self, Color32, Context, Pos2, RawInput, Rect, TextureOptions, pos2, vec2};
use eframe::egui_wgpu::{RenderState, Renderer, RendererOptions, ScreenDescriptor};
use eframe::wgpu;
use polars::prelude::*;

// ---- sets of rows ----

#[test]
fn sets_made_of_words_are_those_made_of_rows() {
    let mut random = Random::new(3);
    for len in [0, 1, 63, 64, 65, 1_000] {
        let rows: Vec<usize> = (0..len).filter(|_| random.below(3) == 0).collect();
        let by_rows = RowSet::from_rows(len, rows.iter().copied());
        assert_eq!(RowSet::from_words(len, by_rows.words().to_vec()), by_rows);
        // Too many bits and words are dropped, missing ones are empty.
        let all = RowSet::from_words(len, vec![u64::MAX; 40]);
        assert_eq!(all, RowSet::full(len));
        assert_eq!(RowSet::from_words(len, Vec::new()), RowSet::empty(len));
        for step in [1, 2, 7, 64, 100] {
            let every: Vec<usize> = rows.iter().copied().step_by(step).collect();
            assert_eq!(by_rows.every(step), every, "{len} rows, step {step}");
        }
    }
}

#[test]
fn some_rows_of_a_set_are_evenly_spread_whatever_ids_the_table_has() {
    let frame = df!("v" => (0..500).collect::<Vec<i64>>()).unwrap();
    let table = Table::from_frame(frame, Fingerprint::of(&[b"rows"]));
    let part = table
        .take(&(0..500).filter(|row| row % 3 != 1).collect::<Vec<_>>())
        .unwrap();
    let rows = RowSet::from_rows(500, (0..500).filter(|row| row % 5 < 2));
    for table in [&table, &part] {
        let all = table.positions_in(&rows);
        assert_eq!(table.some_positions_in(&rows, 10_000), all);
        let some = table.some_positions_in(&rows, 30);
        let step = all.len().div_ceil(30);
        assert_eq!(some, all.into_iter().step_by(step).collect::<Vec<_>>());
        assert!(some.len() <= 30);
    }
}

// ---- years ----

#[test]
fn years_are_known_by_name_or_by_range() {
    let of = Figures::of;
    assert_eq!(of("year", 1066.0, 2024.0, true), Figures::Years);
    assert_eq!(of("BirthYear", 1066.0, 2024.0, true), Figures::Years);
    assert_eq!(of("built yr", 1066.0, 2024.0, true), Figures::Years);
    assert_eq!(of("founded", 1607.0, 2013.0, true), Figures::Years);
    assert_eq!(of("mass", 1066.0, 2024.0, true), Figures::Grouped);
    assert_eq!(of("yearly pay", 1066.0, 2024.0, true), Figures::Grouped);
    assert_eq!(of("year", 2012.5, 2013.5, false), Figures::Grouped);
    assert_eq!(of("year", 1.0, 12_000.0, true), Figures::Grouped);
    assert_eq!(of("year", f64::NAN, f64::NAN, true), Figures::Grouped);
    assert_eq!(Figures::Years.number(2013.0, 4), "2013");
    assert_eq!(Figures::Grouped.number(2013.0, 4), "2,013");
}

/// Every word that a chart of these columns says.
fn words(table: &Table, x: &str, y: Option<&str>, color: Option<&str>) -> String {
    let spec = ChartSpec {
        x: Some(x.to_owned()),
        y: y.map(str::to_owned),
        color: color.map(str::to_owned),
        ..ChartSpec::default()
    };
    let task = TaskContext::new();
    let prepared = prepare(table, &spec, &task).unwrap();
    let size = SceneSize {
        width: 600,
        height: 400,
    };
    let scene = build_scene(&prepared, size, None, None, &task).unwrap();
    format!(
        "{:?} {:?} {:?} {:?} {}",
        scene.x, scene.y.ticks, scene.layers, scene.legend, scene.description
    )
}

#[test]
fn years_read_as_years_on_every_chart() {
    let years: Vec<i64> = (0..600).map(|row| 1950 + row % 75).collect();
    let few: Vec<i64> = (0..600).map(|row| 2007 + row % 3).collect();
    let mass: Vec<f64> = (0..600).map(|row| 2700.0 + f64::from(row)).collect();
    let kind: Vec<&str> = (0..600)
        .map(|row| if row % 2 == 0 { "a" } else { "b" })
        .collect();
    let now = vec![2013_i64; 600];
    let columns = df!(
        "built" => years, "year" => few, "mass" => mass, "kind" => kind, "now" => now
    );
    let frame = columns.unwrap();
    let table = Table::from_frame(frame, Fingerprint::of(&[b"years"]));
    for (x, y, color) in [
        ("built", None, None),
        ("year", None, None),
        ("now", None, None),
        ("built", Some("mass"), None),
        ("year", Some("mass"), None),
        ("now", Some("mass"), None),
        ("kind", Some("built"), None),
        ("kind", Some("year"), None),
        ("year", Some("kind"), None),
        ("year", Some("built"), None),
        ("now", Some("kind"), None),
        ("kind", None, Some("built")),
        ("kind", None, Some("year")),
        ("kind", None, Some("now")),
        ("mass", Some("built"), Some("year")),
    ] {
        let words = words(&table, x, y, color);
        for wrong in ["1,9", "2,0"] {
            assert!(!words.contains(wrong), "{x}, {y:?}, {color:?}: {words}");
        }
        assert!(words.contains("20") || words.contains("19"), "{words}");
    }
    assert!(words(&table, "mass", None, None).contains("3,000"));
    let of = |column| {
        profile_column(&table, column, &TaskContext::new())
            .unwrap()
            .figures()
    };
    assert_eq!(
        [of(0), of(1), of(2)],
        [Figures::Years, Figures::Years, Figures::Grouped]
    );
}

// ---- the painter for software adapters ----

const SIDE: [u32; 2] = [320, 256];

fn render_state() -> RenderState {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let adapter = pollster::block_on(instance.request_adapter(&Default::default()))
        .expect("a graphics adapter, such as Mesa's lavapipe");
    let (device, queue) =
        pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor::default()))
            .expect("a device");
    let target_format = wgpu::TextureFormat::Bgra8Unorm;
    let options = RendererOptions {
        dithering: false,
        ..RendererOptions::default()
    };
    let renderer = Renderer::new(&device, target_format, options);
    RenderState {
        available_adapters: vec![adapter.clone()],
        adapter,
        instance,
        device,
        queue,
        target_format,
        renderer: Arc::new(RwLock::new(renderer)),
    }
}

/// The pixels of a frame that `show` lays out, painted as the window paints it.
fn painted(state: &RenderState, ctx: &Context, show: &mut dyn FnMut(&mut egui::Ui)) -> Vec<u8> {
    let [width, height] = SIDE;
    let size = vec2(width as f32, height as f32);
    // The first frame is laid out before the letters are there.
    let mut pixels = Vec::new();
    for _ in 0..2 {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, size)),
            ..RawInput::default()
        };
        let mut output = ctx.run_ui(input, |ui| show(ui));
        let shapes = std::mem::take(&mut output.shapes);
        let pieces = ctx.tessellate(shapes, 1.0);
        pixels = paint(state, &mut output.textures_delta, &pieces);
        output.drop_without_applying_deltas();
    }
    pixels
}

fn paint(
    state: &RenderState,
    textures: &mut egui::TexturesDelta,
    pieces: &[egui::ClippedPrimitive],
) -> Vec<u8> {
    let [width, height] = SIDE;
    let (device, queue) = (&state.device, &state.queue);
    let extent = wgpu::Extent3d {
        width,
        height,
        depth_or_array_layers: 1,
    };
    let target = device.create_texture(&wgpu::TextureDescriptor {
        label: None,
        size: extent,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: state.target_format,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    });
    let screen = ScreenDescriptor {
        size_in_pixels: SIDE,
        pixels_per_point: 1.0,
    };
    let mut encoder = device.create_command_encoder(&Default::default());
    {
        let mut renderer = state.renderer.write();
        for (id, deltas) in textures.set.drain() {
            for delta in deltas {
                renderer.update_texture(device, queue, id, &delta);
            }
        }
        renderer.update_buffers(device, queue, &mut encoder, pieces, &screen);
    }
    {
        let view = target.create_view(&Default::default());
        let pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        let renderer = state.renderer.read();
        renderer.render(&mut pass.forget_lifetime(), pieces, &screen);
    }
    let buffer = device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: u64::from(width * height * 4),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    encoder.copy_texture_to_buffer(
        target.as_image_copy(),
        wgpu::TexelCopyBufferInfo {
            buffer: &buffer,
            layout: wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(width * 4),
                rows_per_image: Some(height),
            },
        },
        extent,
    );
    queue.submit([encoder.finish()]);
    buffer
        .slice(..)
        .map_async(wgpu::MapMode::Read, |mapped| mapped.expect("mapped"));
    device
        .poll(wgpu::PollType::wait_indefinitely())
        .expect("done");
    buffer.slice(..).get_mapped_range().expect("bytes").to_vec()
}

#[test]
fn the_painter_for_software_adapters_paints_what_egui_paints() {
    // Fails with a message, not inside wgpu, where there is no adapter.
    GpuContext::headless().expect("a graphics adapter");
    let state = render_state();
    let mut pictures = Vec::new();
    for own in [false, true] {
        let ctx = Context::default();
        benchtop::ui::theme::install(&ctx);
        if own {
            software_painter::install(&ctx, &state);
        }
        let image = egui::ColorImage::from_rgba_unmultiplied(
            [2, 2],
            &[
                255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 128, 255, 255, 255, 255,
            ],
        );
        let texture = ctx.load_texture("squares", image, TextureOptions::NEAREST);
        let pixels = painted(&state, &ctx, &mut |ui| {
            let painter = ui.painter();
            painter.rect_filled(ui.max_rect(), 0.0, Color32::from_rgb(240, 240, 230));
            painter.rect_filled(
                Rect::from_min_size(pos2(20.5, 30.0), vec2(150.0, 90.0)),
                12.0,
                Color32::from_rgba_unmultiplied(30, 90, 200, 160),
            );
            painter.circle_filled(pos2(250.0, 60.0), 40.0, Color32::from_rgb(200, 60, 40));
            let place = Rect::from_min_size(pos2(200.0, 120.0), vec2(80.0, 80.0));
            let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
            painter.image(texture.id(), place, whole, Color32::WHITE);
            painter
                .with_clip_rect(Rect::from_min_max(Pos2::ZERO, pos2(60.0, 256.0)))
                .text(
                    pos2(10.0, 140.0),
                    egui::Align2::LEFT_TOP,
                    "Letters that are cut off",
                    egui::FontId::proportional(18.0),
                    Color32::BLACK,
                );
            ui.label("A label in front");
        });
        pictures.push(pixels);
    }
    let [theirs, ours] = pictures.as_slice() else {
        panic!("two pictures");
    };
    assert_eq!(theirs.len(), ours.len());
    let colours: std::collections::BTreeSet<&[u8]> = theirs.chunks(4).collect();
    assert!(colours.len() > 50, "only {} colours", colours.len());
    let off = theirs
        .iter()
        .zip(ours)
        .filter(|(a, b)| a.abs_diff(**b) > 1)
        .count();
    assert_eq!(off, 0, "{off} of {} bytes differ", theirs.len());
}
