//! Clouds drawn by wgpu, on whatever adapter there is; a software one will do.

use std::sync::Arc;

use benchtop::base::{Random, RowSet};
use benchtop::chart::palette;
use benchtop::chart::scene::{Ink, Points};
use benchtop::gpu::context::Abilities;
use benchtop::gpu::{
    Camera, CloudStyle, GpuContext, PointRenderer, Target, Tier, choose_tier, read_rgba,
};

fn context() -> GpuContext {
    GpuContext::headless().unwrap_or_else(|error| {
        panic!("these tests need a graphics adapter, such as Mesa's lavapipe: {error}")
    })
}

fn cloud(x: Vec<f32>, y: Vec<f32>, category: Option<Vec<u8>>) -> Points {
    let rows = (0..x.len() as u32).collect();
    Points {
        origin: (0.0, 0.0),
        x: Arc::new(x),
        y: Arc::new(y),
        category: category.map(Arc::new),
        inks: vec![Ink::Category(0), Ink::Category(1), Ink::Other],
        shapes: false,
        rows: Arc::new(rows),
        selected: None,
        alpha: 1.0,
        radius: 3.0,
    }
}

const UNIT: Camera = Camera {
    x: (0.0, 1.0),
    y: (0.0, 1.0),
};

fn style(radius: f32) -> CloudStyle {
    CloudStyle {
        radius,
        alpha: 1.0,
        dark: false,
    }
}

struct Picture {
    width: usize,
    pixels: Vec<u8>,
}

impl Picture {
    fn at(&self, x: usize, y: usize) -> [u8; 4] {
        let start = (y * self.width + x) * 4;
        [0, 1, 2, 3].map(|part| self.pixels[start + part])
    }

    fn covered(&self) -> usize {
        self.pixels.chunks(4).filter(|pixel| pixel[3] > 0).count()
    }
}

fn draw(
    context: &GpuContext,
    points: &Points,
    camera: &Camera,
    style: &CloudStyle,
    selection: Option<&RowSet>,
) -> Picture {
    let renderer = PointRenderer::new(context);
    let mut buffers = renderer.cloud(context, points).expect("a cloud");
    buffers.upload_all(context, &renderer);
    buffers.set_selection(context, selection);
    let mut target = Target::new(context, 200, 100);
    assert!(renderer.render(context, &buffers, camera, style, &mut target));
    Picture {
        width: 200,
        pixels: read_rgba(context, &target).expect("pixels"),
    }
}

fn close(a: [u8; 4], b: [u8; 4]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 2)
}

#[test]
fn points_are_drawn_where_they_are_in_their_colours() {
    let context = context();
    let points = cloud(
        vec![0.25, 0.75, 0.5],
        vec![0.25, 0.75, f32::NAN],
        Some(vec![0, 1, 0]),
    );
    let picture = draw(&context, &points, &UNIT, &style(4.0), None);
    // Low values are at the bottom: y = 0.25 is row 75 of 100.
    assert!(
        close(picture.at(50, 75), palette::LIGHT.categorical[0]),
        "{:?}",
        picture.at(50, 75)
    );
    assert!(close(picture.at(150, 25), palette::LIGHT.categorical[1]));
    assert_eq!(
        picture.at(100, 50)[3],
        0,
        "what has no position is not drawn"
    );
    assert_eq!(picture.at(50, 25)[3], 0);
    // Two discs of radius 4 cover about 2 · π · 16 pixels, a little more with soft edges.
    assert!(
        (95..=150).contains(&picture.covered()),
        "{}",
        picture.covered()
    );
}

#[test]
fn the_camera_moves_and_origin_keeps_precision() {
    let context = context();
    let mut points = cloud(vec![0.0, 2.0], vec![0.0, 0.0], None);
    points.origin = (1e9, 1e9);
    let camera = Camera {
        x: (1e9 - 1.0, 1e9 + 3.0),
        y: (1e9 - 1.0, 1e9 + 1.0),
    };
    let picture = draw(&context, &points, &camera, &style(2.0), None);
    assert!(picture.at(50, 50)[3] > 200 && picture.at(150, 50)[3] > 200);
    assert_eq!(picture.at(100, 50)[3], 0);
    assert!(
        close(picture.at(50, 50), palette::LIGHT.categorical[0]),
        "one colour, no codes"
    );
}

#[test]
fn what_is_not_selected_is_dimmed_and_lies_below() {
    let context = context();
    // The second point is drawn later, yet the selected first one must be on top of it.
    let points = cloud(
        vec![0.25, 0.25, 0.75],
        vec![0.5, 0.5, 0.5],
        Some(vec![0, 1, 1]),
    );
    let selection = RowSet::from_rows(3, [0]);
    let picture = draw(&context, &points, &UNIT, &style(4.0), Some(&selection));
    assert!(
        close(picture.at(50, 50), palette::LIGHT.categorical[0]),
        "{:?}",
        picture.at(50, 50)
    );
    assert!(
        close(picture.at(150, 50), palette::LIGHT.deselected),
        "{:?}",
        picture.at(150, 50)
    );
}

#[test]
fn nothing_is_drawn_twice() {
    let context = context();
    let renderer = PointRenderer::new(&context);
    let points = cloud(vec![0.5], vec![0.5], None);
    let mut buffers = renderer.cloud(&context, &points).expect("a cloud");
    assert!(buffers.holds(&points));
    let mut target = Target::new(&context, 64, 64);
    assert!(
        renderer.render(&context, &buffers, &UNIT, &style(2.0), &mut target),
        "empty, but cleared"
    );
    buffers.upload_all(&context, &renderer);
    assert!(renderer.render(&context, &buffers, &UNIT, &style(2.0), &mut target));
    assert!(!renderer.render(&context, &buffers, &UNIT, &style(2.0), &mut target));
    buffers.set_selection(&context, Some(&RowSet::full(1)));
    assert!(renderer.render(&context, &buffers, &UNIT, &style(2.0), &mut target));
    assert!(renderer.render(&context, &buffers, &UNIT, &style(3.0), &mut target));
    buffers.set_selection(&context, None);
    assert!(renderer.render(&context, &buffers, &UNIT, &style(3.0), &mut target));
}

#[test]
fn more_than_a_million_points_span_buffers_without_a_fault() {
    let context = context();
    let count = 1_200_000;
    let mut random = Random::new(5);
    let mut x: Vec<f32> = (0..count).map(|_| random.next_f64() as f32 * 0.5).collect();
    let y: Vec<f32> = (0..count).map(|_| random.next_f64() as f32).collect();
    // The very last point, in the second buffer, stands alone and has a colour of its own.
    x[count - 1] = 0.9;
    let mut codes = vec![0_u8; count];
    codes[count - 1] = 1;
    let points = cloud(x, y.clone(), Some(codes));
    let scope = context
        .device
        .push_error_scope(wgpu::ErrorFilter::Validation);
    let picture = draw(&context, &points, &UNIT, &style(2.0), None);
    let row = (100.0 - y[count - 1] * 100.0) as usize;
    let lone = picture.at(180, row.min(99));
    assert!(close(lone, palette::LIGHT.categorical[1]), "{lone:?}");
    let selection = RowSet::from_rows(count, [count - 1]);
    let dimmed = draw(&context, &points, &UNIT, &style(2.0), Some(&selection));
    assert!(close(
        dimmed.at(180, row.min(99)),
        palette::LIGHT.categorical[1]
    ));
    assert!(
        close(dimmed.at(50, 50), palette::LIGHT.deselected),
        "{:?}",
        dimmed.at(50, 50)
    );
    let fault = pollster::block_on(scope.pop());
    assert!(fault.is_none(), "{fault:?}");
}

#[test]
fn tiers_follow_the_number_of_points_and_the_device() {
    let card = Abilities {
        software: false,
        largest_texture: 8192,
        largest_buffer: 256 << 20,
    };
    let software = Abilities {
        software: true,
        ..card
    };
    assert_eq!(choose_tier(20_000, Some(card)), Tier::Shapes);
    assert_eq!(choose_tier(20_001, Some(card)), Tier::Points);
    assert_eq!(choose_tier(30_000_000, Some(card)), Tier::Points);
    assert_eq!(choose_tier(30_000_001, Some(card)), Tier::Density);
    assert_eq!(choose_tier(100_000, Some(software)), Tier::Density);
    assert_eq!(choose_tier(100_000, None), Tier::Density);
    assert_eq!(choose_tier(5_000, None), Tier::Shapes);
    let old = Abilities {
        largest_texture: 2048,
        ..card
    };
    assert_eq!(choose_tier(10_000_000, Some(old)), Tier::Density);
}
