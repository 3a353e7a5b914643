//! Pictures of tables and of the states of a screen.

use super::*;

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
