//! The look of the window: colours, fonts, icons, the controls and the table.
//!
//! The ignored `gallery_…` tests draw every control to `target/gallery` to be looked at:
//! `cargo test --release gallery -- --ignored`.

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

// ---------------------------------------------------------------- colours

#[test]
fn both_themes_are_read_whole() {
    let [light, dark] = tokens::parse_all().unwrap();
    assert!(!light.dark && dark.dark);
    for tokens in [&light, &dark] {
        assert_eq!(tokens.chart.categorical.len(), 6);
        assert_eq!(tokens.chart.sequential.len(), 10);
        assert_eq!(tokens.chart.diverging.len(), 9);
        for (name, colour) in tokens.surface.all() {
            assert!(
                name == "scrim" || colour.a() == 255,
                "{name} is see-through"
            );
        }
    }
    assert_ne!(light.surface.canvas, dark.surface.canvas);
    assert_eq!(light.accent.fill, Color32::from_rgb(0x5B, 0x3D, 0xE0));
    assert_eq!(light.category(0), light.chart.categorical[0]);
    assert_eq!(
        light.category(6),
        light.chart.other,
        "the seventh category is other"
    );
    assert_eq!(light.sequential(0.0), light.chart.sequential[0]);
    assert_eq!(light.sequential(1.0), light.chart.sequential[9]);
    assert_eq!(
        dark.diverging(0.0),
        dark.chart.diverging[4],
        "zero is the grey in the middle"
    );
    assert_eq!(light.sequential(f32::NAN), light.chart.mark);
}

fn luminance(colour: Color32) -> f64 {
    let channel = |value: u8| {
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * channel(colour.r()) + 0.7152 * channel(colour.g()) + 0.0722 * channel(colour.b())
}

/// WCAG 2.2 contrast ratio.
fn contrast(a: Color32, b: Color32) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Every pair below its floor, in words.
fn below_floor(tokens: &Tokens) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut check = |name: String, front: Color32, back: Color32, floor: f64| {
        let ratio = contrast(front, back);
        if ratio < floor {
            wrong.push(format!("{name}: {ratio:.2} < {floor}"));
        }
    };
    let surfaces: Vec<(&str, Color32)> = tokens
        .surface
        .all()
        .into_iter()
        .filter(|(name, _)| *name != "scrim")
        .collect();
    let text = &tokens.text;
    for (surface, back) in &surfaces {
        for (name, front) in [
            ("primary", text.primary),
            ("secondary", text.secondary),
            ("accent", text.accent),
            ("link", text.link),
        ] {
            check(format!("{name} on {surface}"), front, *back, 4.5);
        }
        let resting = !matches!(*surface, "active" | "selected" | "selected_hover" | "hover");
        let floor = if resting { 2.5 } else { 2.0 };
        check(
            format!("disabled on {surface}"),
            text.disabled,
            *back,
            floor,
        );
        for status in [Status::Note, Status::Caution, Status::Stop, Status::Good] {
            let colours = tokens.status(status);
            check(
                format!("{status:?} text on {surface}"),
                colours.text,
                *back,
                4.5,
            );
            check(
                format!("{status:?} icon on {surface}"),
                colours.icon,
                *back,
                3.0,
            );
        }
        if resting {
            check(
                format!("control on {surface}"),
                tokens.border.control,
                *back,
                3.0,
            );
            check(
                format!("focus on {surface}"),
                tokens.border.focus,
                *back,
                3.0,
            );
            check(
                format!("accent line on {surface}"),
                tokens.accent.line,
                *back,
                3.0,
            );
            check(
                format!("accent fill on {surface}"),
                tokens.accent.fill,
                *back,
                3.0,
            );
        }
    }
    for (name, fill) in [
        ("fill", tokens.accent.fill),
        ("hover", tokens.accent.fill_hover),
        ("pressed", tokens.accent.fill_pressed),
    ] {
        check(format!("on accent {name}"), text.on_accent, fill, 4.5);
    }
    for status in [Status::Note, Status::Caution, Status::Stop, Status::Good] {
        let colours = tokens.status(status);
        check(
            format!("{status:?} on its fill"),
            colours.text,
            colours.fill,
            4.5,
        );
        check(
            format!("{status:?} icon on its fill"),
            colours.icon,
            colours.fill,
            3.0,
        );
        check(
            format!("primary on {status:?}"),
            text.primary,
            colours.fill,
            4.5,
        );
        check(
            format!("secondary on {status:?}"),
            text.secondary,
            colours.fill,
            4.5,
        );
    }
    let diff = &tokens.diff;
    for (name, mark, fill) in [
        ("added", diff.added_mark, diff.added_fill),
        ("removed", diff.removed_mark, diff.removed_fill),
        ("changed", diff.changed_mark, diff.changed_fill),
    ] {
        check(format!("{name} mark"), mark, fill, 3.0);
        check(format!("text on {name}"), text.primary, fill, 4.5);
    }
    let column = tokens.selected_column();
    check(
        "primary on a selected column".into(),
        text.primary,
        column,
        4.5,
    );
    let chart = &tokens.chart;
    let canvas = tokens.surface.canvas;
    for (name, colour, floor) in [
        ("label", chart.label, 4.5),
        ("mark", chart.mark, 3.0),
        ("selection", chart.selection, 3.0),
        ("axis", chart.axis, 3.0),
        ("baseline", chart.baseline, 3.0),
        ("rug", chart.rug, 3.0),
        ("other", chart.other, 3.0),
        ("yes", chart.two_class.yes, 3.0),
        ("no", chart.two_class.no, 3.0),
    ] {
        check(format!("chart {name}"), colour, canvas, floor);
    }
    for (index, colour) in chart.categorical.iter().enumerate() {
        // The sixth of the light theme is at 2.99, which its outline makes up for.
        check(format!("category {}", index + 1), *colour, canvas, 2.98);
    }
    wrong
}

#[test]
fn text_and_controls_keep_their_contrast() {
    for tokens in tokens::parse_all().unwrap() {
        let wrong = below_floor(&tokens);
        assert!(wrong.is_empty(), "dark {}: {wrong:#?}", tokens.dark);
    }
    // The check itself can fail.
    let mut pale = tokens::light().clone();
    pale.text.secondary = pale.surface.active;
    assert!(!below_floor(&pale).is_empty());
    assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 1e-9);
}

#[test]
fn high_contrast_strengthens_edges() {
    let ctx = egui::Context::default();
    theme::install(&ctx);
    ctx.set_theme(Theme::Light);
    let calm = theme::tokens(&ctx);
    theme::set_contrast(&ctx, theme::Contrast::High);
    let high = theme::tokens(&ctx);
    assert_eq!(high.border.default, calm.border.control);
    assert_eq!(high.text.secondary, calm.text.primary);
    assert_eq!(
        ctx.style_of(Theme::Light).visuals.window_stroke.color,
        calm.border.control
    );
    theme::set_contrast(&ctx, theme::Contrast::Calm);
    assert_eq!(theme::tokens(&ctx), calm);
}

// ---------------------------------------------------------------- fonts and icons

fn harness_without_picture<S>() -> egui_kittest::HarnessBuilder<S> {
    egui_kittest::HarnessBuilder::default()
        .with_size(vec2(800.0, 600.0))
        .with_context_setup(theme::install)
}

#[test]
fn every_icon_has_a_glyph_in_all_weights() {
    let harness = harness_without_picture().build_ui(|ui| {
        ui.label("x");
    });
    harness.ctx.fonts_mut(|view| {
        for weight in [IconWeight::Regular, IconWeight::Bold, IconWeight::Fill] {
            let font = icon_font(16.0, weight);
            for (name, icon) in Icon::ALL {
                assert!(view.has_glyph(&font, icon.glyph()), "{name} in {weight:?}");
            }
            assert!(!view.has_glyph(&font, '\u{f8ff}'), "the check can fail");
        }
    });
    let names: BTreeSet<&str> = Icon::ALL.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), Icon::ALL.len());
}

#[test]
fn figures_of_the_number_font_are_equally_wide() {
    let harness = harness_without_picture().build_ui(|ui| {
        ui.label("x");
    });
    harness.ctx.fonts_mut(|view| {
        for style in [
            Type::Number,
            Type::NumberStrong,
            Type::NumberSmall,
            Type::NumberDisplay,
        ] {
            let font = style.font();
            let widths: Vec<f32> = ('0'..='9').map(|c| view.glyph_width(&font, c)).collect();
            assert!(
                widths.iter().all(|w| (w - widths[0]).abs() < 1e-3),
                "{style:?} {widths:?}"
            );
        }
        let plain = Type::Body.font();
        let one = view.glyph_width(&plain, '1');
        assert!(
            (one - view.glyph_width(&plain, '8')).abs() > 0.5,
            "plain Inter is proportional"
        );
        for style in Type::ALL {
            let font = style.font();
            for c in [
                'A', 'é', 'ß', 'Ω', 'Ж', '−', '±', '×', '…', '–', '→', '≤', '\u{a0}',
            ] {
                assert!(view.has_glyph(&font, c), "{c} in {style:?}");
            }
        }
    });
    assert!(fonts::inter_regular().len() > 10_000);
}

// ---------------------------------------------------------------- controls

#[test]
fn controls_have_names_and_say_what_changed() {
    struct State {
        on: bool,
        tick: bool,
        view: u8,
        text: String,
        kind: &'static str,
        value: f64,
        pressed: usize,
    }
    let state = State {
        on: false,
        tick: true,
        view: 0,
        text: String::new(),
        kind: "Number",
        value: 4.0,
        pressed: 0,
    };
    let mut harness = harness_without_picture().build_ui_state(
        |ui, state: &mut State| {
            if Button::primary("Train").icon(Icon::PLAY).show(ui).clicked() {
                state.pressed += 1;
            }
            let cannot = Some("Choose a target first".to_owned());
            if Button::secondary("Predict")
                .disabled(cannot)
                .show(ui)
                .clicked()
            {
                state.pressed += 100;
            }
            if widgets::icon_button(ui, Icon::TRASH, "Delete step").clicked() {
                state.pressed += 10;
            }
            widgets::toggle(ui, &mut state.on, "Sensitive");
            widgets::checkbox(ui, &mut state.tick, "Keep");
            widgets::segmented(ui, &mut state.view, &[(0, "Before"), (1, "After")]);
            TextField::new("Description")
                .hint("What does it mean?")
                .show(ui, &mut state.text);
            let options = [
                SelectOption::new("Number", "Number"),
                SelectOption::new("Text", "Words"),
            ];
            Select::new("Type")
                .width(160.0)
                .show(ui, &mut state.kind, &options);
            widgets::slider(ui, "Flexibility", &mut state.value, 1.0..=10.0, 1.0);
        },
        state,
    );
    harness.run();
    harness.get_by_label("Train").click();
    harness.get_by_label("Delete step").click();
    harness.get_by_label("Predict").click();
    harness.get_by_label("Sensitive").click();
    harness.get_by_label("Keep").click();
    harness.get_by_label("After").click();
    harness.run();
    assert_eq!(
        harness.state().pressed,
        11,
        "a disabled button cannot be pressed"
    );
    assert!(
        harness
            .get_by_label("Predict")
            .accesskit_node()
            .is_disabled()
    );
    assert!(harness.state().on && !harness.state().tick);
    assert_eq!(harness.state().view, 1);

    harness.get_by_label("Description").focus();
    harness.run();
    harness
        .get_by_label("Description")
        .type_text("Months since signing");
    harness.run();
    assert_eq!(harness.state().text, "Months since signing");

    harness.get_by_label("Type").click();
    harness.run();
    harness.get_by_label("Words").click();
    harness.run();
    assert_eq!(harness.state().kind, "Text");
    assert!(
        harness.query_by_label("Words").is_none(),
        "the list closes when one is chosen"
    );

    let slider = harness.get_by_role(egui::accesskit::Role::Slider);
    slider.focus();
    harness.run();
    harness.key_press(Key::ArrowRight);
    harness.run();
    assert_eq!(harness.state().value, 5.0);
}

#[test]
fn a_number_field_reads_what_is_typed_and_keeps_to_its_range() {
    let mut harness = harness_without_picture().build_ui_state(
        |ui, value: &mut f64| {
            NumberField::new("Rows")
                .range(1.0..=100.0)
                .integer()
                .show(ui, value);
            let _ = ui.button("elsewhere");
        },
        8.0,
    );
    harness.run();
    let type_over = |harness: &mut Harness<'_, f64>, text: &str| {
        harness.get_by_label("Rows").focus();
        harness.run();
        harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        harness.run();
        harness.get_by_label("Rows").type_text(text);
        harness.run();
        harness.get_by_label("elsewhere").click();
        harness.get_by_label("elsewhere").focus();
        harness.run();
    };
    type_over(&mut harness, "42");
    assert_eq!(*harness.state(), 42.0);
    type_over(&mut harness, "1,000");
    assert_eq!(*harness.state(), 100.0, "held to the range");
    type_over(&mut harness, "many");
    assert_eq!(*harness.state(), 100.0, "words change nothing");
}

#[test]
fn a_message_offers_its_actions_and_its_details() {
    let mut harness = harness_without_picture().build_ui_state(
        |ui, clicked: &mut Option<usize>| {
            let chosen = widgets::message_card(
                ui,
                Tone::Stop,
                "Row 1,204 of sales.csv has 6 values; the header has 4",
                "The first 1,203 rows are fine.",
                "",
                &["Show the row", "Skip bad rows (4)"],
                "csv_row_length at line 1205",
            );
            *clicked = chosen.or(*clicked);
        },
        None,
    );
    harness.run();
    assert!(harness.query_by_label("Copy report").is_none());
    harness.get_by_label("Details").click();
    harness.run();
    harness.get_by_label("Copy report").click();
    harness.step();
    let copied = harness
        .output()
        .platform_output
        .commands
        .iter()
        .any(|command| {
            matches!(command, egui::OutputCommand::CopyText(text)
            if text.contains("csv_row_length") && text.contains("sales.csv"))
        });
    assert!(copied, "the report is copied whole");
    harness.get_by_label("Skip bad rows (4)").click();
    harness.run();
    assert_eq!(*harness.state(), Some(1));
}

#[test]
fn a_dialog_is_left_by_a_button_or_by_escape() {
    let mut harness = harness_without_picture().build_ui_state(
        |ui, left: &mut Option<widgets::DialogAction>| {
            let buttons = [
                DialogButton::safe("Not yet"),
                DialogButton::primary("Open once"),
            ];
            let dialog = Dialog::new("seal", "Open the sealed rows?").buttons(&buttons);
            let action = dialog.show(ui, |_| {});
            *left = action.or(*left);
        },
        None,
    );
    harness.run();
    harness.get_by_label("Open once").click();
    harness.run();
    assert_eq!(*harness.state(), Some(widgets::DialogAction::Button(1)));
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(*harness.state(), Some(widgets::DialogAction::Dismissed));
}

// ---------------------------------------------------------------- the table

/// A table whose cells say where they are.
struct Coordinates {
    rows: u64,
    texts: Vec<Vec<String>>,
    asked: std::cell::RefCell<BTreeSet<u64>>,
}

impl Coordinates {
    fn new(rows: u64) -> Self {
        Self {
            rows,
            texts: vec![vec!["cell".to_owned()]],
            asked: Default::default(),
        }
    }
}

impl GridSource for Coordinates {
    fn rows(&self) -> u64 {
        self.rows
    }

    fn cell(&self, row: u64, column: usize) -> Option<GridCell<'_>> {
        self.asked.borrow_mut().insert(row);
        let text = self.texts[0].get(column).map_or("other", String::as_str);
        Some(GridCell {
            text,
            ..GridCell::default()
        })
    }

    fn row_label(&self, _row: u64) -> Option<u64> {
        None
    }

    fn row_state(&self, _row: u64) -> RowState {
        RowState::Normal
    }
}

struct GridTest {
    state: GridState,
    source: Coordinates,
    visible: std::ops::Range<u64>,
    clicked: Option<(u64, usize)>,
    header: Option<usize>,
    dragged: Option<(u64, u64)>,
    columns: usize,
}

fn grid_test(rows: u64, columns: usize) -> Harness<'static, GridTest> {
    let state = GridTest {
        state: GridState::default(),
        source: Coordinates::new(rows),
        visible: 0..0,
        clicked: None,
        header: None,
        dragged: None,
        columns,
    };
    let mut harness = harness_without_picture().build_ui_state(
        |ui, test: &mut GridTest| {
            let names: Vec<String> = (0..test.columns).map(|i| format!("column {i}")).collect();
            let columns: Vec<GridColumn<'_>> = names
                .iter()
                .enumerate()
                .map(|(i, name)| GridColumn::new(i, name, Icon::NUMBER))
                .collect();
            test.source.asked.borrow_mut().clear();
            let whole = UiBuilder::new().max_rect(ui.content_rect());
            let ui = &mut ui.new_child(whole);
            let out = data_grid(ui, "grid", &columns, &mut test.state, &test.source, false);
            test.visible = out.visible;
            test.clicked = out.clicked_cell.or(test.clicked);
            test.header = out.clicked_header.or(test.header);
            test.dragged = out.dragged_rows.or(test.dragged);
        },
        state,
    );
    harness.run();
    harness
}

#[test]
fn ten_million_rows_scroll_exactly() {
    const ROWS: u64 = 10_000_000;
    let mut harness = grid_test(ROWS, 3);
    assert_eq!(harness.state().visible.start, 0);
    for wanted in [9_999_999, 0, 8_388_609, 5_000_001, 16_777] {
        harness.state_mut().state.scroll_to_row(wanted);
        harness.run();
        let state = harness.state();
        assert!(
            state.visible.contains(&wanted),
            "{wanted} in {:?}",
            state.visible
        );
        assert!(
            state.visible.end - state.visible.start <= 26,
            "only what is seen"
        );
        let asked = state.source.asked.borrow();
        assert!(asked.contains(&wanted));
        assert!(
            asked.iter().all(|row| state.visible.contains(row)),
            "nothing else is asked for"
        );
    }
    harness.state_mut().state.scroll_to_row(9_999_999);
    harness.run();
    let state = harness.state();
    assert_eq!(state.visible.end, ROWS);
    // The last row ends exactly where the body ends.
    let page = (600.0 - 32.0) / 24.0;
    let hidden = ROWS as f64 - state.state.first_row - page;
    assert!(hidden.abs() < 1e-6, "{hidden}");
    // A row near the end can be put at the top, and a click there hits that row and no other.
    harness.state_mut().state.first_row = 9_999_950.0;
    harness.run();
    assert_eq!(harness.state().visible.start, 9_999_950);
    let y = 32.0 + 24.0 * 7.5;
    click_at(&mut harness, pos2(200.0, y));
    assert_eq!(harness.state().clicked.map(|(row, _)| row), Some(9_999_957));
}

fn click_at(harness: &mut Harness<'_, GridTest>, at: egui::Pos2) {
    harness.hover_at(at);
    for pressed in [true, false] {
        harness.event(Event::PointerButton {
            pos: at,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        });
        harness.step();
    }
    harness.run();
}

#[test]
fn the_keyboard_moves_through_the_table() {
    let mut harness = grid_test(1_000, 30);
    click_at(&mut harness, pos2(100.0, 40.0));
    assert_eq!(harness.state().state.focus, Some((0, 0)));
    let press = |harness: &mut Harness<'_, GridTest>, modifiers, key| {
        harness.key_press_modifiers(modifiers, key);
        harness.run();
        harness.state().state.focus
    };
    assert_eq!(
        press(&mut harness, Modifiers::NONE, Key::ArrowDown),
        Some((1, 0))
    );
    assert_eq!(
        press(&mut harness, Modifiers::NONE, Key::ArrowRight),
        Some((1, 1))
    );
    let paged = press(&mut harness, Modifiers::NONE, Key::PageDown).unwrap();
    assert!((20..30).contains(&paged.0), "{paged:?}");
    assert_eq!(
        press(&mut harness, Modifiers::COMMAND, Key::End),
        Some((999, 1))
    );
    assert!(harness.state().visible.contains(&999));
    assert_eq!(
        press(&mut harness, Modifiers::NONE, Key::ArrowDown),
        Some((999, 1))
    );
    assert_eq!(
        press(&mut harness, Modifiers::NONE, Key::End),
        Some((999, 29))
    );
    assert!(
        harness.state().state.x_offset > 0.0,
        "the last column came into view"
    );
    assert_eq!(
        press(&mut harness, Modifiers::NONE, Key::Home),
        Some((999, 0))
    );
    assert_eq!(harness.state().state.x_offset, 0.0);
    assert_eq!(
        press(&mut harness, Modifiers::COMMAND, Key::Home),
        Some((0, 0))
    );
    assert_eq!(harness.state().visible.start, 0);
    let grid = harness.get_by_role(egui::accesskit::Role::Table);
    let name = grid.accesskit_node().label().unwrap();
    assert_eq!(
        name,
        "Table, 1,000 rows, 30 columns, row 1 of 1,000, column 0 cell"
    );
}

#[test]
fn the_table_scrolls_with_the_wheel_and_selects_by_dragging() {
    let mut harness = grid_test(500, 2);
    harness.hover_at(pos2(300.0, 300.0));
    harness.event(Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, -240.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
    for _ in 0..60 {
        harness.step();
    }
    let first = harness.state().state.first_row;
    assert!(
        (first - 10.0).abs() < 0.2,
        "240 points are ten rows: {first}"
    );
    harness.state_mut().state.first_row = 10.0;
    harness.get_by_label("Column column 1").click();
    harness.run();
    assert_eq!(harness.state().header, Some(1));
    // From the middle of the third row shown to the sixth.
    harness.drag_at(pos2(120.0, 32.0 + 24.0 * 2.5));
    harness.step();
    harness.hover_at(pos2(124.0, 32.0 + 24.0 * 4.5));
    harness.step();
    harness.hover_at(pos2(124.0, 32.0 + 24.0 * 5.5));
    harness.step();
    assert_eq!(harness.state().dragged, Some((12, 15)));
    harness.drop_at(pos2(124.0, 32.0 + 24.0 * 5.5));
    harness.run();
}

#[test]
fn dragging_the_edge_of_a_head_makes_its_column_wider() {
    let mut harness = grid_test(50, 3);
    let edge = harness
        .get_by_label("Width of column column 0")
        .rect()
        .center();
    harness.drag_at(edge);
    harness.step();
    harness.hover_at(edge + vec2(20.0, 0.0));
    harness.step();
    harness.hover_at(edge + vec2(40.0, 0.0));
    harness.step();
    harness.drop_at(edge + vec2(40.0, 0.0));
    harness.run();
    let width = harness.state().state.widths["column 0"];
    assert!((150.0..=154.0).contains(&width), "112 and 40: {width}");
}

#[test]
fn a_table_without_rows_or_columns_is_still_a_table() {
    for (rows, columns) in [(0, 4), (4, 0), (0, 0)] {
        let mut harness = grid_test(rows, columns);
        harness.state_mut().state.scroll_to_row(7);
        harness.state_mut().state.scroll_to_column(7);
        click_at(&mut harness, pos2(200.0, 200.0));
        harness.key_press(Key::ArrowDown);
        harness.run();
        assert_eq!(harness.state().visible, 0..rows);
    }
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

/// A card at a place, with a heading, as the parts are shown.
fn part(
    ui: &mut Ui,
    x: f32,
    y: f32,
    width: f32,
    height: f32,
    title: &str,
    add: impl FnOnce(&mut Ui),
) {
    let rect = Rect::from_min_size(pos2(x, y), vec2(width, height));
    let t = theme::tokens(ui);
    let stroke = egui::Stroke::new(1.0, t.border.subtle);
    ui.painter().rect(
        rect,
        size::RADIUS_CARD,
        t.surface.canvas,
        stroke,
        egui::StrokeKind::Inside,
    );
    let inside = rect.shrink(16.0);
    let mut child = ui.new_child(
        UiBuilder::new()
            .max_rect(inside)
            .layout(Layout::top_down(Align::Min)),
    );
    child.label(theme::body_strong(title).color(t.text.secondary));
    child.add_space(2.0);
    add(&mut child);
}

struct Parts {
    empty: String,
    typed: String,
    wrong: String,
    search: String,
    kind: u8,
    view: u8,
    on: bool,
    off: bool,
    value: f64,
    number: f64,
    toasts: Toasts,
}

fn parts() -> Parts {
    let mut toasts = Toasts::default();
    toasts.push("Saved list_1500.xlsx", Some("Show"));
    Parts {
        empty: String::new(),
        typed: "Focused".to_owned(),
        wrong: "12,x".to_owned(),
        search: "tenure".to_owned(),
        kind: 1,
        view: 1,
        on: true,
        off: false,
        value: 8.0,
        number: 1500.0,
        toasts,
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

fn buttons_part(ui: &mut Ui) {
    for kind in 0..3 {
        ui.horizontal(|ui| {
            let label = ["Train", "Look", "Skip"][kind];
            let make = || match kind {
                0 => Button::primary(label),
                1 => Button::secondary(label),
                _ => Button::ghost(label),
            };
            make().show(ui);
            make().icon(Icon::PLAY).show(ui);
            make().caret().show(ui);
            make()
                .disabled(Some("Choose a target first".into()))
                .show(ui);
            make().busy(true).show(ui);
        });
    }
    ui.horizontal(|ui| {
        Button::primary("Small").small().show(ui);
        Button::secondary("Large").large().show(ui);
        widgets::icon_button(ui, Icon::PLUS, "Add");
        IconButton::new(Icon::FILTER, "Filter")
            .selected(true)
            .show(ui);
        IconButton::new(Icon::TRASH, "Delete")
            .disabled(Some("Nothing chosen".into()))
            .show(ui);
        widgets::link(ui, "Go to row…");
    });
}

fn fields_part(ui: &mut Ui, s: &mut Parts) {
    ui.horizontal_top(|ui| {
        TextField::new("Placeholder")
            .hint("Placeholder")
            .width(126.0)
            .show(ui, &mut s.empty);
        TextField::new("Typed").width(126.0).show(ui, &mut s.typed);
        let field = TextField::new("Wrong")
            .width(126.0)
            .error(Some("Not a number"));
        field.show(ui, &mut s.wrong);
    });
    ui.horizontal(|ui| {
        let options = [
            SelectOption::new(0, "Number").icon(Icon::NUMBER),
            SelectOption::new(1, "Category").icon(Icon::CATEGORY),
        ];
        Select::new("Type")
            .width(150.0)
            .show(ui, &mut s.kind, &options);
        NumberField::new("Calls")
            .width(90.0)
            .unit("calls")
            .show(ui, &mut s.number);
    });
    widgets::search_field(ui, "Find a column", &mut s.search, Some("Ctrl F"));
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        widgets::segmented(
            ui,
            &mut s.view,
            &[(0, "Before"), (1, "Difference"), (2, "After")],
        );
        widgets::checkbox(ui, &mut s.off, "Off");
        widgets::checkbox(ui, &mut s.on, "On");
        let mut mixed = None;
        widgets::checkbox_mixed(ui, &mut mixed, "Part");
    });
    ui.horizontal(|ui| {
        widgets::radio(ui, false, "Day first");
        widgets::radio(ui, true, "Month first");
        widgets::toggle(ui, &mut s.off, "Off");
        widgets::toggle(ui, &mut s.on, "On");
    });
    ui.horizontal(|ui| {
        ui.label(theme::body_medium("Flexibility"));
        widgets::slider(ui, "Flexibility", &mut s.value, 1.0..=16.0, 1.0);
    });
}

fn labels_part(ui: &mut Ui) {
    ui.horizontal(|ui| {
        Chip::new("tenure").show(ui);
        Chip::new("tenure less than 3")
            .active(true)
            .closable()
            .show(ui);
        Chip::new("9,634 sealed").icon(Icon::SEAL).show(ui);
    });
    ui.horizontal(|ui| {
        Chip::new("signup")
            .tone(Tone::Caution)
            .detail("31,813 cells")
            .show(ui);
        Chip::new("plan").icon(Icon::CATEGORY).caret().show(ui);
    });
    ui.horizontal(|ui| {
        widgets::badge(ui, Tone::Neutral, "Draft");
        widgets::badge(ui, Tone::Good, "Approved");
        widgets::badge(ui, Tone::Caution, "Caution");
        widgets::badge(ui, Tone::Stop, "leak");
        widgets::badge(ui, Tone::Note, "Note");
        widgets::badge_icon(ui, Tone::Accent, Icon::LEARNS, "learns");
        widgets::keycap(ui, "Ctrl K");
    });
    ui.horizontal(|ui| {
        widgets::job_chip(ui, "Training 3 of 5, 40 s", Some(0.62));
        widgets::job_chip(ui, "Reading", None);
    });
    widgets::progress_bar(ui, Some(0.35), "Reading flights.csv");
    let parts = [
        ("Fill blanks in ", false),
        ("age", true),
        (" with the median, now 44", false),
    ];
    widgets::sentence(ui, &parts);
}

fn type_part(ui: &mut Ui) {
    ui.label(theme::display("Display 28/36"));
    ui.horizontal(|ui| {
        ui.label(theme::title("Title 20/28"));
        ui.label(theme::heading("Heading 15/24"));
    });
    ui.horizontal(|ui| {
        ui.label(theme::body_strong("Strong 13/20"));
        ui.label(theme::body_medium("Medium 13/20"));
        ui.label(theme::body("Body 13/20"));
        let grey = theme::tokens(ui).text.secondary;
        ui.label(theme::caption("Caption 12/16").color(grey));
    });
    ui.horizontal(|ui| {
        ui.label(theme::number("0123456789 −1,204.50"));
        ui.label(theme::code("C-157899"));
        ui.label(theme::micro("Micro 11/16"));
    });
}

fn rail_part(ui: &mut Ui) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        RailItem::new(Icon::TABLE, "Data").show(ui);
        RailItem::new(Icon::CLEAN, "Clean").ready(true).show(ui);
        RailItem::new(Icon::CHART, "Explore").show(ui);
        RailItem::new(Icon::MODEL, "Model").selected(true).show(ui);
        RailItem::new(Icon::COMPARE, "Compare").show(ui);
        RailItem::new(Icon::PREDICT, "Predict")
            .disabled(Some("Train a model first"))
            .show(ui);
    });
}

fn steps_part(ui: &mut Ui) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let fill = [
        ("Fill blanks in ", false),
        ("age", true),
        (" with the median, now 44", false),
    ];
    let keep = [("Keep the 4 largest values of ", false), ("channel", true)];
    let tidy = [
        ("Tidy spellings in ", false),
        ("plan", true),
        (": 12 become 4", false),
    ];
    let off = [
        ("Rename ", false),
        ("rgn", true),
        (" to ", false),
        ("region", true),
    ];
    let row = StepRow::new(4, &fill)
        .detail("1,204 cells")
        .learns(true)
        .ends(true, false);
    row.show(ui);
    let state = StepState::NeedsAttention;
    StepRow::new(7, &keep)
        .detail("Needs channel, which step 5 renamed")
        .state(state)
        .show(ui);
    StepRow::new(8, &off)
        .detail("Off")
        .state(StepState::Off)
        .show(ui);
    let row = StepRow::new(9, &tidy)
        .detail("4,171 cells")
        .state(StepState::Preview);
    row.ends(false, true).show(ui);
}

fn leaderboard_part(ui: &mut Ui) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let yardsticks = [
        Yardstick {
            value: 210.0,
            dotted: true,
        },
        Yardstick {
            value: 453.0,
            dotted: false,
        },
    ];
    let trees = [570.0, 580.0, 588.0, 592.0, 601.0];
    let rule = [423.0, 453.0, 462.0, 466.0];
    let row = |mean: f64, interval, parts, hollow| DotInterval {
        axis: (180.0, 640.0),
        mean,
        interval,
        parts,
        yardsticks: &yardsticks,
        hollow,
        faded: false,
    };
    let rows = [
        (
            "Boosted trees",
            row(587.0, Some((572.0, 602.0)), &trees[..], false),
        ),
        (
            "One simple rule",
            row(453.0, Some((441.0, 473.0)), &rule, false),
        ),
        ("Guessing", row(210.0, None, &[], true)),
    ];
    for (name, row) in &rows {
        ui.horizontal(|ui| {
            ui.allocate_ui(vec2(110.0, 40.0), |ui| {
                ui.set_min_size(vec2(110.0, 40.0));
                ui.label(theme::body_medium(*name));
            });
            widgets::dot_interval(ui, 260.0, row, name);
        });
    }
}

fn list_part(ui: &mut Ui, s: &mut Parts) {
    ui.spacing_mut().item_spacing.y = 0.0;
    ListRow::new("tenure")
        .icon(Icon::NUMBER)
        .trailing("rest")
        .show(ui);
    ListRow::new("plan")
        .icon(Icon::CATEGORY)
        .warning(Tone::Caution, "12 spellings")
        .show(ui);
    ListRow::new("customers")
        .icon(Icon::TABLE)
        .trailing("48,212 × 23")
        .selected(true)
        .show(ui);
    ListRow::new("Logistic regression")
        .check(&mut s.on)
        .mark(Icon::STAR)
        .selected(true)
        .show(ui);
    ListRow::new("Run 2, 18 columns")
        .icon(Icon::HISTORY)
        .badge(Tone::Stop, "leak")
        .show(ui);
    ListRow::new("email_opt_in")
        .icon(Icon::YES_NO)
        .disabled(Some("Not in use"))
        .show(ui);
}

fn components(ui: &mut Ui, s: &mut Parts) {
    part(
        ui,
        20.0,
        20.0,
        452.0,
        200.0,
        "Buttons, 28 high, radius 4",
        buttons_part,
    );
    part(ui, 20.0, 232.0, 452.0, 284.0, "Fields and choices", |ui| {
        fields_part(ui, s)
    });
    part(
        ui,
        20.0,
        528.0,
        452.0,
        208.0,
        "Chips, badges, keys, job chip",
        labels_part,
    );
    part(ui, 20.0, 748.0, 452.0, 168.0, "Type", type_part);
    part(
        ui,
        488.0,
        20.0,
        452.0,
        116.0,
        "Rail item, 56 by 52",
        rail_part,
    );
    part(ui, 488.0, 148.0, 452.0, 270.0, "Recipe step", steps_part);
    part(ui, 488.0, 430.0, 452.0, 184.0, "Inspector rows", |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        widgets::section_header(ui, "Properties", "5", Some((Icon::PLUS, "Add property")));
        let uses = [
            SelectOption::new(1, "To learn from"),
            SelectOption::new(0, "Name tag"),
        ];
        widgets::property_row(ui, "Use", |ui| {
            Select::new("Use").show(ui, &mut s.kind, &uses)
        });
        widgets::property_row(ui, "Sensitive", |ui| {
            widgets::toggle(ui, &mut s.on, "Sensitive");
            ui.label(theme::body("Yes").color(theme::tokens(ui).text.secondary));
        });
        widgets::property_value(ui, "Blank", "1,204", "2.5 %");
    });
    part(
        ui,
        488.0,
        626.0,
        452.0,
        176.0,
        "Leaderboard row, 40 high",
        leaderboard_part,
    );
    part(ui, 956.0, 20.0, 452.0, 224.0, "List row, 28 high", |ui| {
        list_part(ui, s)
    });
    part(ui, 956.0, 256.0, 452.0, 156.0, "Confusion cells", |ui| {
        ui.horizontal(|ui| {
            let wanted = vec2(148.0, 96.0);
            let share = "69 % of row";
            widgets::confusion_cell(ui, wanted, "Found", "3,691", share, 0.69, true, false);
            let share = "31 % of row";
            widgets::confusion_cell(ui, wanted, "Miss", "1,692", share, 0.31, false, true);
        });
    });
    part(
        ui,
        956.0,
        424.0,
        452.0,
        376.0,
        "Levels: icon, word and colour",
        |ui| {
            let why = "basic, BASIC and Bsic look like Basic. Counts by plan will be split.";
            let actions = ["Tidy spellings…", "They differ"];
            let title = "12 spellings, probably 4 values";
            widgets::message_card(ui, Tone::Caution, title, why, "", &actions, "");
            ui.add_space(4.0);
            widgets::message_card(
                ui,
                Tone::Stop,
                "The file is not a table",
                "",
                "",
                &[],
                "line 3",
            );
            ui.add_space(4.0);
            widgets::message_card(ui, Tone::Note, "Opened read-only", "", "", &[], "");
            ui.add_space(4.0);
            widgets::message_card(ui, Tone::Good, "All 31 checks passed", "", "", &[], "");
        },
    );
    let t = theme::tokens(ui);
    widgets::brand_mark(
        ui.painter(),
        Rect::from_min_size(pos2(960.0, 820.0), vec2(32.0, 32.0)),
        t,
    );
    widgets::brand_mark(
        ui.painter(),
        Rect::from_min_size(pos2(1004.0, 828.0), vec2(16.0, 16.0)),
        t,
    );
    s.toasts.show(ui.ctx(), vec2(32.0, 24.0));
}

#[test]
#[ignore = "draws pictures to look at"]
fn gallery_components() {
    picture(
        "components",
        vec2(1440.0, 928.0),
        parts,
        components,
        |harness| {
            harness.get_by_label("Typed").focus();
            let at = harness.get_by_label("tenure, rest").rect().center();
            harness.hover_at(at);
        },
    );
}

/// Customers as the table of the design shows them.
struct Customers {
    rows: Vec<[String; 7]>,
}

fn customers() -> Customers {
    let plans = [
        "Plus", "Plus", "Plus", "Business", "basic", "Basic", "Basic", "PLUS", "Family",
    ];
    let regions = ["East", "North", "South", "Central", "West", "Coast"];
    let rows = (0..200u64)
        .map(|i| {
            let n = i.wrapping_mul(2_654_435_761) % 99_991;
            [
                format!("C-{:06}", 100_000 + n),
                format!("20{:02}-{:02}-{:02}", 18 + n % 8, 1 + n % 12, 1 + n % 28),
                plans[(n % 9) as usize].to_owned(),
                regions[(n % 6) as usize].to_owned(),
                format!("{}", 31 + n % 40),
                format!("{}", n % 84),
                format!("{:.2}", 11.0 + (n % 12_000) as f64 / 100.0),
            ]
        })
        .collect();
    Customers { rows }
}

impl GridSource for Customers {
    fn rows(&self) -> u64 {
        48_212
    }

    fn cell(&self, row: u64, column: usize) -> Option<GridCell<'_>> {
        let text = self.rows.get(row as usize)?.get(column)?;
        let mut cell = GridCell {
            text,
            ..GridCell::default()
        };
        match (row, column) {
            (14, 4) => cell.blank = true,
            (4, 2) => cell.diff = CellChange::Changed { before: "BASIC" },
            (7, 5) => cell.diff = CellChange::Changed { before: "12" },
            (10, 3) => cell.diff = CellChange::Added,
            (11, 3) => cell.diff = CellChange::Removed,
            (12, 6) => cell.error = true,
            (16, 2) => cell.match_highlight = true,
            (24, _) => return None,
            _ => {}
        }
        Some(cell)
    }

    fn row_label(&self, _row: u64) -> Option<u64> {
        None
    }

    fn row_state(&self, row: u64) -> RowState {
        match row {
            18 | 19 => RowState::Selected,
            20 => RowState::Primary,
            22 => RowState::Removed,
            23 => RowState::Added,
            _ => RowState::Normal,
        }
    }
}

fn profiles() -> Vec<HeaderProfile> {
    let profile = |counts: Vec<u32>, blank_share: f32, fact: &str| HeaderProfile {
        counts,
        blank_share,
        fact: fact.to_owned(),
        name_tag: false,
    };
    vec![
        HeaderProfile {
            name_tag: true,
            fact: "41 repeated".into(),
            ..HeaderProfile::default()
        },
        profile((1..24).map(|i| i * i + 20).collect(), 0.0, "2018–2025"),
        profile(
            vec![195, 137, 66, 43, 15, 7, 6, 3, 2, 2, 1, 1],
            0.0,
            "12 values",
        ),
        profile(vec![100, 95, 92, 85, 80, 60], 0.0, "6 values"),
        profile(bell(20), 0.025, "2.5 % blank"),
        profile((1..30).map(|i| 900 / i + 10).collect(), 0.38, "38 % blank"),
        profile(bell(24), 0.0, "11–131"),
    ]
}

fn table(ui: &mut Ui, state: &mut (GridState, Customers, Vec<HeaderProfile>)) {
    let (grid, source, profiles) = state;
    let kinds = [
        ("customer_id", Icon::NAME_TAG, 128.0, false, true),
        ("signup", Icon::CALENDAR, 104.0, false, false),
        ("plan", Icon::CATEGORY, 124.0, false, false),
        ("region", Icon::CATEGORY, 96.0, false, false),
        ("age", Icon::NUMBER, 96.0, true, false),
        ("tenure", Icon::NUMBER, 96.0, true, false),
        ("monthly_charge", Icon::NUMBER, 144.0, true, false),
    ];
    let mut columns: Vec<GridColumn<'_>> = kinds
        .iter()
        .enumerate()
        .map(|(i, (name, icon, width, right, mono))| GridColumn {
            width: *width,
            align_right: *right,
            monospace: *mono,
            profile: profiles.get(i),
            ..GridColumn::new(i, name, *icon)
        })
        .collect();
    columns[2].selected = true;
    columns[5].sort = Some(false);
    widgets::panel_header(ui, "customers", "48,212 × 23", |ui| {
        widgets::icon_button(ui, Icon::MORE, "More");
        Button::ghost("Columns")
            .icon(Icon::COLUMNS)
            .small()
            .show(ui);
        Button::ghost("Keep only…")
            .icon(Icon::FILTER)
            .small()
            .show(ui);
    });
    data_grid(ui, "customers", &columns, grid, source, true);
}

#[test]
#[ignore = "draws pictures to look at"]
fn gallery_table() {
    let make = || (GridState::default(), customers(), profiles());
    picture("table", vec2(820.0, 760.0), make, table, |harness| {
        harness.hover_at(pos2(300.0, 132.0 + 24.0 * 8.5));
        harness.run();
        let grid = harness.get_by_role(egui::accesskit::Role::Table);
        grid.focus();
    });
}

fn states(ui: &mut Ui, open: &mut bool) {
    let at = |x: f32, y: f32| Rect::from_min_size(pos2(x, y), vec2(324.0, 260.0));
    let mut card = |x: f32, y: f32, add: &mut dyn FnMut(&mut Ui)| {
        let mut child = ui.new_child(UiBuilder::new().max_rect(at(x, y)));
        widgets::card(&mut child, |ui| {
            ui.set_min_size(vec2(292.0, 226.0));
            add(ui);
        });
    };
    card(24.0, 24.0, &mut |ui| {
        let error = benchtop::base::UserError::input(
            "row_length",
            "Row 1,204 of sales.csv has 6 values; the header has 4",
            "The first 1,203 rows are fine.",
        )
        .with_hint("Skip the row, or open the file and mend it");
        widgets::error_card(ui, &error, &["Show the row", "Skip bad rows (4)"]);
    });
    card(372.0, 24.0, &mut |ui| {
        let text = "Train a model on this table, or open one.";
        let actions = ["Train a model", "Open a model file…"];
        widgets::empty_state(
            ui,
            Icon::PREDICT,
            "Nothing to predict with yet",
            text,
            &actions,
        );
    });
    card(720.0, 24.0, &mut |ui| {
        ui.label(theme::body_strong("Reading flights_30x.csv"));
        widgets::progress_bar(ui, Some(0.35), "Reading");
        ui.add_space(8.0);
        widgets::skeleton(ui, 6);
    });
    card(24.0, 308.0, &mut |ui| {
        widgets::radio_card(
            ui,
            true,
            "Day first",
            "All 48,212 can be read. 06/10/2018 to 01/11/2025.",
        );
        widgets::radio_card(ui, false, "Month first", "31,813 would become blank.");
        widgets::radio_card(ui, false, "Keep as text", "Decide later in Clean.");
    });
    card(372.0, 308.0, &mut |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        widgets::menu_item(ui, Some(Icon::SORT_UP), "Smallest first", "", None);
        widgets::menu_item(ui, Some(Icon::FILTER), "Keep only…", "F", None);
        widgets::menu_separator(ui);
        let reason = Some("Nothing is selected");
        widgets::menu_item(ui, Some(Icon::TRASH), "Remove column", "Del", reason);
    });
    if *open {
        let buttons = [
            DialogButton::safe("Not yet"),
            DialogButton::primary("Open once"),
        ];
        let text = "After this you cannot un-see it. Models you make later are marked as chosen after seeing the exam.";
        let dialog = Dialog::new("seal", "Open the sealed rows?")
            .text(text)
            .buttons(&buttons);
        dialog.show(ui.ctx(), |_| {});
    }
}

#[test]
#[ignore = "draws pictures to look at"]
fn gallery_states() {
    picture(
        "states",
        vec2(1068.0, 592.0),
        || false,
        states,
        |harness| {
            harness.get_by_label("Train a model").focus();
            let at = harness.get_by_label("Show the row").rect().center();
            harness.hover_at(at);
        },
    );
    picture("dialog", vec2(1068.0, 592.0), || true, states, |_| {});
}
