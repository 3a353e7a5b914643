//! A few small pictures of parts where a mistake would be seen rather than said. Software Vulkan
//! differs a little from machine to machine, so a few pixels may differ.

use benchtop::ui::theme;
use benchtop::ui::widgets::data_grid::HeaderProfile;
use benchtop::ui::widgets::{
    self, Button, DotInterval, GridCell, GridColumn, GridSource, GridState, RowState, Tone,
    Yardstick,
};
use eframe::egui::{CentralPanel, Frame, Theme, Ui, Vec2};
use egui_kittest::{Harness, SnapshotOptions};

use crate::support::project_file;

fn picture(name: &str, size: Vec2, dark: bool, draw: impl Fn(&mut Ui) + 'static) {
    let theme = if dark { Theme::Dark } else { Theme::Light };
    let mut harness = Harness::builder()
        .with_size(size)
        .with_theme(theme)
        .with_render_cursor(false)
        .with_context_setup(theme::install)
        .wgpu()
        .build_ui(move |ui| {
            let fill = theme::tokens(ui).surface.canvas;
            CentralPanel::default()
                .frame(Frame::new().fill(fill).inner_margin(8.0))
                .show(ui, |ui| draw(ui));
        });
    harness.run_steps(3);
    let options = SnapshotOptions::new()
        .threshold(1.0)
        .max_failed_pixels(24usize)
        .output_path(project_file("tests/snapshots"));
    harness.snapshot_options(name, &options);
}

fn scores(ui: &mut Ui) {
    for (mean, low, high, hollow) in [
        (0.83, 0.80, 0.86, false),
        (0.79, 0.72, 0.86, false),
        (0.55, 0.53, 0.57, true),
    ] {
        let parts = [low, mean, high];
        let row = DotInterval {
            axis: (0.4, 0.9),
            mean,
            interval: Some((low, high)),
            parts: &parts,
            yardsticks: &[
                Yardstick {
                    value: 0.5,
                    dotted: true,
                },
                Yardstick {
                    value: 0.62,
                    dotted: false,
                },
            ],
            hollow,
            faded: false,
        };
        widgets::dot_interval(ui, 260.0, &row, "a score");
    }
}

#[test]
fn scores_with_intervals_and_yardsticks_light() {
    picture("scores-light", Vec2::new(280.0, 150.0), false, scores);
}

#[test]
fn scores_with_intervals_and_yardsticks_dark() {
    picture("scores-dark", Vec2::new(280.0, 150.0), true, scores);
}

#[test]
fn buttons_badges_and_a_distribution() {
    picture("controls-light", Vec2::new(300.0, 120.0), false, |ui| {
        ui.horizontal(|ui| {
            Button::primary("Train").show(ui);
            Button::secondary("Look").show(ui);
            widgets::badge(ui, Tone::Caution, "Caution");
        });
        let (rect, _) =
            ui.allocate_exact_size(Vec2::new(200.0, 40.0), eframe::egui::Sense::hover());
        let colour = theme::tokens(ui).chart.mark;
        widgets::mini_histogram(ui.painter(), rect, &[1, 4, 9, 14, 11, 6, 2, 0, 1], colour);
    });
}

struct Cells;

impl GridSource for Cells {
    fn rows(&self) -> u64 {
        10_000_000
    }
    fn cell(&self, row: u64, column: usize) -> Option<GridCell<'_>> {
        Some(GridCell {
            text: if column == 0 { "Plus" } else { "12.5" },
            blank: row % 3 == 1 && column == 1,
            ..GridCell::default()
        })
    }
    fn row_label(&self, _row: u64) -> Option<u64> {
        None
    }
    fn row_state(&self, row: u64) -> RowState {
        if row % 4 == 2 {
            RowState::Selected
        } else {
            RowState::Normal
        }
    }
}

#[test]
fn the_end_of_a_table_of_ten_million_rows() {
    picture("grid-light", Vec2::new(360.0, 240.0), false, |ui| {
        let head = HeaderProfile {
            counts: vec![3, 8, 12, 5, 1],
            blank_share: 0.2,
            fact: "20 % blank".to_owned(),
            name_tag: false,
        };
        let columns = [
            GridColumn::new(0, "plan", theme::Icon::CATEGORY),
            GridColumn {
                align_right: true,
                profile: Some(&head),
                ..GridColumn::new(1, "charge", theme::Icon::NUMBER)
            },
        ];
        let mut state = GridState::default();
        state.scroll_to_row(9_999_999);
        widgets::data_grid(ui, "cells", &columns, &mut state, &Cells, true);
    });
}
