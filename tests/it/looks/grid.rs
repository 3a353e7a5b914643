//! The table.

use super::*;

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
