//! How the window draws a scene: where its words stand, and when pixels are uploaded.

use std::sync::Arc;

use benchtop::base::format::Figures;
use benchtop::chart::scene::{Axis, AxisKind, Layer, Raster, Scene};
use benchtop::evaluate::MetricValue;
use benchtop::ui::theme;
use benchtop::ui::widgets::loss_curve::loss_axis;
use benchtop::ui::widgets::scores::{of_hundred, score_sentence, single_score};
use benchtop::ui::widgets::{PlotKind, PlotState, plot};
use eframe::egui::{Context, ImageData, Pos2, RawInput, Rect, Shape, TextureId, vec2};

const WIDTH: f32 = 620.0;

fn axis(title: &str) -> Axis {
    Axis {
        title: title.to_owned(),
        kind: AxisKind::Linear,
        figures: Figures::default(),
        domain: (0.0, 1.0),
        ticks: vec![(0.0, "0".to_owned()), (1.0, "1".to_owned())],
    }
}

/// A raster of 3 × 2 cells over both axes.
fn density() -> Scene {
    let raster = Raster {
        x: (0.0, 1.0),
        y: (0.0, 1.0),
        columns: 3,
        rows: 2,
        counts: Arc::new(vec![1, 0, 1_000, 5, 0, 2]),
        selected: None,
        picture: None,
    };
    Scene {
        title: "dep_delay by arr_delay".to_owned(),
        subtitle: "336,776 rows".to_owned(),
        x: axis("dep_delay"),
        y: axis("arr_delay"),
        legend_title: String::new(),
        legend: Vec::new(),
        layers: vec![Layer::Raster(raster)],
        description: "A density".to_owned(),
        note: None,
    }
}

struct Window {
    ctx: Context,
    state: PlotState,
}

/// One line of text as it was painted.
struct Painted {
    text: String,
    rect: Rect,
    cut: bool,
}

impl Window {
    fn new() -> Self {
        let ctx = Context::default();
        theme::install(&ctx);
        let mut window = Self {
            ctx,
            state: PlotState::default(),
        };
        // The letters are there from the second frame on.
        let mut empty = density();
        empty.layers.clear();
        window.draw(&Arc::new(empty));
        window
    }

    /// Draws a scene; gives the texts, and the pixels of pictures uploaded in this frame.
    fn draw(&mut self, scene: &Arc<Scene>) -> (Vec<Painted>, Vec<Vec<u8>>) {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(WIDTH, 420.0))),
            ..RawInput::default()
        };
        let state = &mut self.state;
        let mut output = self.ctx.run_ui(input, |ui| {
            let tokens = theme::tokens(ui.ctx());
            plot(ui, "chart", scene, state, PlotKind::Full, tokens);
        });
        let mut texts = Vec::new();
        for clipped in &output.shapes {
            collect(&clipped.shape, &mut texts);
        }
        let mut pictures = Vec::new();
        for (id, deltas) in output.textures_delta.set.drain() {
            for delta in deltas.iter().filter(|_| id != TextureId::default()) {
                let ImageData::Color(image) = &delta.image;
                pictures.push(image.pixels.iter().flat_map(|c| c.to_array()).collect());
            }
        }
        output.drop_without_applying_deltas();
        (texts, pictures)
    }
}

fn collect(shape: &Shape, texts: &mut Vec<Painted>) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, texts)),
        Shape::Text(text) => texts.push(Painted {
            text: text.galley.text().to_owned(),
            rect: text.visual_bounding_rect(),
            cut: text.galley.elided,
        }),
        _ => {}
    }
}

fn find<'a>(texts: &'a [Painted], part: &str) -> &'a Painted {
    let found = texts.iter().find(|painted| painted.text.contains(part));
    found.unwrap_or_else(|| panic!("{part} is not painted"))
}

#[test]
fn a_frame_uploads_the_pixels_of_a_density_once_and_never_makes_them() {
    let mut window = Window::new();
    let plain = density();
    let (_, pictures) = window.draw(&Arc::new(plain.clone()));
    assert!(pictures.is_empty(), "a frame made pixels");
    for dark in [false, true] {
        let mut shaded = plain.clone();
        shaded.shade(dark);
        let [Layer::Raster(raster)] = shaded.layers.as_slice() else {
            panic!("one raster");
        };
        let picture = raster.picture.clone().unwrap();
        assert_eq!(picture.dark, dark);
        let shaded = Arc::new(shaded);
        let (_, pictures) = window.draw(&shaded);
        assert_eq!(pictures, [picture.pixels.to_vec()]);
        let (_, pictures) = window.draw(&shaded);
        assert!(pictures.is_empty(), "uploaded again");
    }
}

#[test]
fn a_long_note_stands_whole_beneath_the_title_of_the_axis() {
    let mut window = Window::new();
    for note in [
        "Density of 336,776 points",
        "Density of 336,776 points; colours appear when 20,000 or fewer are in view",
        "Density of 336,776 points; colours appear when 20,000 or fewer are in view, and a note as \
         long as this one needs several lines to be read to its end",
    ] {
        let mut scene = density();
        scene.note = Some(note.to_owned());
        let (texts, _) = window.draw(&Arc::new(scene));
        let painted = find(&texts, "Density of");
        assert!(!painted.cut && painted.text == note, "{}", painted.text);
        let inside = Rect::from_min_size(Pos2::ZERO, vec2(WIDTH, 420.0));
        assert!(inside.contains_rect(painted.rect), "{:?}", painted.rect);
        let title = texts
            .iter()
            .filter(|painted| painted.text == "dep_delay")
            .max_by(|a, b| a.rect.top().total_cmp(&b.rect.top()))
            .unwrap();
        assert!(!title.rect.intersects(painted.rect), "{note}");
    }
}

#[test]
fn a_subtitle_without_a_title_begins_where_a_title_would() {
    let mut window = Window::new();
    let mut scene = density();
    let left = |texts: &[Painted], part: &str| find(texts, part).rect.left();
    let (with, _) = window.draw(&Arc::new(scene.clone()));
    assert!(left(&with, "336,776 rows") > left(&with, "by arr_delay"));
    scene.title.clear();
    let (without, _) = window.draw(&Arc::new(scene));
    let difference = left(&without, "336,776 rows") - left(&with, "by arr_delay");
    assert!(difference.abs() < 2.0, "{difference} points apart");
}

#[test]
fn what_is_nearly_perfect_never_reads_as_perfect() {
    let words = |share: f64, half: f64| {
        let (right, margin) = of_hundred(share, half);
        format!("{right} ± {margin}")
    };
    assert_eq!(words(0.834, 0.021), "83 ± 2");
    assert_eq!(words(0.834, 0.004), "83 ± 0.4");
    assert_eq!(words(0.9999, 0.0001), "99.99 ± 0.01");
    assert_eq!(words(0.996, 0.001), "99.6 ± 0.1");
    assert_eq!(words(1.0, 0.0), "100 ± 0.0");
    assert_eq!(words(0.0004, 0.0001), "0.04 ± 0.01");
    assert_eq!(words(0.0, 0.0), "0 ± 0.0");
    assert_eq!(
        [0.36, 0.9999, 1.0, 12.34, 0.0].map(single_score),
        ["0.36", "0.9999", "1.00", "12.3", "0.00"]
    );
    let of = |mean: f64, half: f64| {
        score_sentence(&MetricValue {
            mean,
            lower: mean - half,
            upper: mean + half,
            folds: Vec::new(),
            blocks: Vec::new(),
        })
    };
    assert_eq!(of(0.834, 0.021), "0.834 ± 0.021");
    assert_eq!(of(0.00021, 0.00004), "0.0002 ± 0.00004");
    assert_eq!(of(0.99994, 0.00004), "0.9999 ± 0.00004");
    assert_eq!(of(0.5, 0.0002), "0.500 ± 0.0002");
    assert_eq!(of(0.5, 1e-9), "0.500 ± <\u{a0}0.000001");
    assert_eq!(of(0.5, 0.0), "0.500 ± 0");
}

#[test]
fn the_axis_of_a_loss_reaches_below_zero_only_where_the_loss_does() {
    let of = |losses: &[f64]| loss_axis(losses.iter().copied());
    let (low, high) = of(&[0.01, 0.7, 0.2]).unwrap();
    assert!(low == 0.0 && high > 0.7);
    let (low, high) = of(&[0.5, 0.7]).unwrap();
    assert!(low > 0.4 && low < 0.5 && high > 0.7 && high < 0.8);
    let (low, high) = of(&[0.1]).unwrap();
    assert!(low == 0.0 && high > 0.1);
    let (low, high) = of(&[0.0]).unwrap();
    assert!(low == 0.0 && high > 0.0);
    let (low, _) = of(&[-1.0, 2.0]).unwrap();
    assert!(low < -1.0);
    assert_eq!(of(&[f64::NAN]), None);
    assert_eq!(of(&[]), None);
}
