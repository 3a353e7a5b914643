//! The look of the window: colours, fonts, icons, the controls and the table.
//!
//! The ignored `gallery_…` tests draw every control to `target/gallery` to be looked at:
//! `cargo test --release gallery -- --ignored`.

mod colours;
mod components;
mod controls;
mod glyphs;
mod grid;
mod tables;

use std::collections::BTreeSet;

use benchtop::ui::theme::fonts::{self, IconWeight, icon_font};
use benchtop::ui::theme::{self, Icon, Status, Tokens, Type, size, tokens};
use benchtop::ui::widgets::{
    self, Button, CellChange, Chip, Dialog, DialogButton, DotInterval, GridCell, GridColumn,
    GridSource, GridState, HeaderProfile, IconButton, ListRow, NumberField, RailItem, RowState,
    Select, SelectOption, StepRow, StepState, TextField, Toasts, Tone, Yardstick, data_grid,
};
use eframe::egui::{
    self, Align, Color32, Event, Key, Layout, Modifiers, Rect, Theme, Ui, UiBuilder, Vec2, pos2,
    vec2,
};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

fn harness_without_picture<S>() -> egui_kittest::HarnessBuilder<S> {
    egui_kittest::HarnessBuilder::default()
        .with_size(vec2(800.0, 600.0))
        .with_context_setup(theme::install)
}

// ---------------------------------------------------------------- gallery

fn gallery_folder() -> std::path::PathBuf {
    let folder = std::env::var_os("BENCHTOP_GALLERY").map_or_else(
        || crate::support::root().join("target/gallery"),
        std::path::PathBuf::from,
    );
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Draws a scene in both themes and writes two pictures. `prepare` acts on the window first.
fn picture<S: 'static>(
    name: &str,
    wanted: Vec2,
    make: impl Fn() -> S,
    scene: impl Fn(&mut Ui, &mut S) + Copy + 'static,
    prepare: impl Fn(&mut Harness<'_, S>),
) {
    for (theme, word) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
        let mut harness = egui_kittest::HarnessBuilder::default()
            .with_size(wanted)
            .with_theme(theme)
            .with_render_cursor(false)
            .with_context_setup(theme::install)
            .wgpu()
            .build_ui_state(
                move |ui, state: &mut S| {
                    let fill = benchtop::ui::theme::tokens(ui).surface.panel;
                    ui.painter().rect_filled(ui.ctx().content_rect(), 0.0, fill);
                    scene(ui, state);
                },
                make(),
            );
        harness.run();
        prepare(&mut harness);
        harness.run();
        let image = harness.render().unwrap();
        image
            .save(gallery_folder().join(format!("{name}-{word}.png")))
            .unwrap();
    }
}

fn bell(count: usize) -> Vec<u32> {
    (0..count)
        .map(|i| {
            let z = (i as f64 - count as f64 * 0.4) / (count as f64 * 0.16);
            (1000.0 * (-z * z / 2.0).exp()) as u32 + 4
        })
        .collect()
}
