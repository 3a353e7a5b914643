//! The Explore and Clean workspaces: what they show and what a person can do in them.

use benchtop::base::{ParamValue, Params, RowSet};
use benchtop::chart::ChartSpec;
use benchtop::project::Command;
use benchtop::session::Session;
use benchtop::ui::App;
use benchtop::ui::action::WorkspaceId;
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, Pos2, Rect, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use crate::screens::{Size, harness, picture, settle};

fn open(sample: &str, workspace: WorkspaceId, size: Size, dark: bool) -> Harness<'static, App> {
    let mut harness = harness(size, dark);
    settle(&mut harness);
    harness.state_mut().session_mut().load_sample(sample);
    harness.state_mut().shared_mut().go(workspace);
    settle(&mut harness);
    harness
}

fn session<'a>(harness: &'a mut Harness<'static, App>) -> &'a mut Session {
    harness.state_mut().session_mut()
}

fn put_chart(harness: &mut Harness<'static, App>, x: &str, y: Option<&str>, color: Option<&str>) {
    let session = session(harness);
    let Some(table) = session.active_id() else {
        panic!("no table is open");
    };
    let chart = ChartSpec {
        x: Some(x.to_owned()),
        y: y.map(str::to_owned),
        color: color.map(str::to_owned),
        mark: None,
    };
    if let Err(error) = session.dispatch(Command::SetChart { table, chart }) {
        panic!("{error}");
    }
    settle(harness);
}

fn select_first(harness: &mut Harness<'static, App>, count: usize) {
    let session = session(harness);
    let Some(table) = session.table().ready() else {
        panic!("no table");
    };
    let rows = RowSet::from_rows(table.source_rows(), 0..count);
    session.select(rows, "the first rows");
    settle(harness);
}

fn chart_of(harness: &mut Harness<'static, App>) -> ChartSpec {
    session(harness)
        .active()
        .map(|table| table.chart.clone())
        .unwrap_or_default()
}

fn step_names(harness: &mut Harness<'static, App>) -> Vec<String> {
    session(harness)
        .active()
        .map(|table| {
            table
                .steps
                .iter()
                .map(|step| step.operation.clone())
                .collect()
        })
        .unwrap_or_default()
}

// ---- pictures ----

#[test]
fn gallery_explore_empty() {
    for dark in [false, true] {
        let mut harness = open("penguins.csv", WorkspaceId::Explore, Size::Small, dark);
        picture(&mut harness, "explore-empty", Size::Small, dark);
    }
}

#[test]
fn gallery_explore_scatter() {
    for (size, dark) in [
        (Size::Small, false),
        (Size::Small, true),
        (Size::Large, false),
    ] {
        let mut harness = open("penguins.csv", WorkspaceId::Explore, size, dark);
        put_chart(
            &mut harness,
            "bill_length_mm",
            Some("flipper_length_mm"),
            Some("species"),
        );
        picture(&mut harness, "explore-scatter", size, dark);
    }
}

#[test]
fn gallery_explore_selected() {
    for (size, dark) in [
        (Size::Small, false),
        (Size::Small, true),
        (Size::Large, true),
    ] {
        let mut harness = open("penguins.csv", WorkspaceId::Explore, size, dark);
        put_chart(&mut harness, "bill_length_mm", None, Some("species"));
        select_first(&mut harness, 150);
        picture(&mut harness, "explore-selected", size, dark);
    }
}

#[test]
fn gallery_explore_smallest() {
    let mut harness = open("penguins.csv", WorkspaceId::Explore, Size::Smallest, false);
    put_chart(&mut harness, "species", Some("body_mass_g"), None);
    picture(&mut harness, "explore-boxes", Size::Smallest, false);
}

#[test]
fn gallery_explore_time() {
    let mut harness = open("co2.csv", WorkspaceId::Explore, Size::Small, false);
    let names = session(&mut harness)
        .table()
        .ready()
        .map(|table| table.schema().names());
    let names = names.unwrap_or_default();
    put_chart(&mut harness, &names[0], Some(&names[1]), None);
    picture(&mut harness, "explore-time", Size::Small, false);
}

#[test]
fn gallery_clean() {
    for (size, dark) in [
        (Size::Small, false),
        (Size::Small, true),
        (Size::Large, false),
    ] {
        let mut harness = open("penguins.csv", WorkspaceId::Clean, size, dark);
        picture(&mut harness, "clean-start", size, dark);
    }
}

#[test]
fn gallery_clean_messy() {
    for (size, dark) in [(Size::Small, false), (Size::Large, true)] {
        let mut harness = open("messy-survey.csv", WorkspaceId::Clean, size, dark);
        picture(&mut harness, "clean-messy", size, dark);
    }
}

#[test]
fn gallery_clean_draft() {
    for (size, dark) in [
        (Size::Small, false),
        (Size::Small, true),
        (Size::Large, false),
    ] {
        let mut harness = open("penguins.csv", WorkspaceId::Clean, size, dark);
        add_step(
            &mut harness,
            "rename",
            &[("column", "island".into()), ("to", "place".into())],
        );
        fill_draft(&mut harness, "bill_length_mm");
        picture(&mut harness, "clean-draft", size, dark);
    }
}

#[test]
fn gallery_clean_recipe() {
    let mut harness = open("penguins.csv", WorkspaceId::Clean, Size::Small, false);
    several_steps(&mut harness);
    picture(&mut harness, "clean-recipe", Size::Small, false);
    click(&mut harness, "Step 3: Fill blanks");
    picture(&mut harness, "clean-time-travel", Size::Small, false);
}

#[test]
fn gallery_clean_formula() {
    let mut harness = open("penguins.csv", WorkspaceId::Clean, Size::Small, false);
    harness.state_mut().shared_mut().start_step = Some("filter_rows");
    settle(&mut harness);
    picture(&mut harness, "clean-unfinished", Size::Small, false);
    harness
        .get_by_role_and_label(Role::MultilineTextInput, "Condition")
        .type_text("body_mass_g > 4000 AND fl");
    settle(&mut harness);
    picture(&mut harness, "clean-formula", Size::Small, false);
}

// ---- journeys: Explore ----

#[test]
fn a_click_on_a_distribution_charts_the_column_and_a_second_adds_another() {
    let mut harness = open("penguins.csv", WorkspaceId::Explore, Size::Small, false);
    click(&mut harness, "Chart bill_length_mm");
    assert_eq!(chart_of(&mut harness).x.as_deref(), Some("bill_length_mm"));
    click_exactly(&mut harness, "flipper_length_mm");
    let chart = chart_of(&mut harness);
    assert_eq!(chart.y.as_deref(), Some("flipper_length_mm"));
    click(&mut harness, "Swap X and Y");
    let chart = chart_of(&mut harness);
    assert_eq!(chart.x.as_deref(), Some("flipper_length_mm"));
    assert_eq!(chart.y.as_deref(), Some("bill_length_mm"));
    click(&mut harness, "Take the column off Y");
    assert_eq!(chart_of(&mut harness).y, None);
    // Every change can be undone by its name.
    let label = session(&mut harness).undo_label().map(str::to_owned);
    assert!(label.is_some_and(|label| label.starts_with("Chart")));
}

#[test]
fn dragging_across_a_histogram_selects_rows_and_leaves_the_data_alone() {
    let mut harness = open("penguins.csv", WorkspaceId::Explore, Size::Small, false);
    put_chart(&mut harness, "body_mass_g", None, None);
    let before = session(&mut harness)
        .table()
        .ready()
        .map(|table| table.fingerprint());
    let frame = harness.get_by_role(Role::Image).rect();
    let from = lerp(frame, Vec2::new(0.05, 0.5));
    let to = lerp(frame, Vec2::new(0.4, 0.6));
    harness.drag_at(from);
    harness.step();
    harness.hover_at(from.lerp(to, 0.5));
    harness.step();
    harness.hover_at(to);
    harness.step();
    harness.drop_at(to);
    settle(&mut harness);
    let selection = session(&mut harness).selection().cloned();
    let Some(selection) = selection else {
        panic!("nothing was selected");
    };
    let count = selection.rows.count();
    assert!(count > 20 && count < 340, "{count} rows");
    assert!(
        selection.sentence.contains("body_mass_g"),
        "{}",
        selection.sentence
    );
    let after = session(&mut harness)
        .table()
        .ready()
        .map(|table| table.fingerprint());
    assert_eq!(before, after);
    picture(&mut harness, "explore-brushed", Size::Small, false);
    // What is different is named, and a click on a name charts it.
    harness.get_by_label_contains("What is different");
    click(&mut harness, "Clear the selection");
    assert!(session(&mut harness).selection().is_none());
}

#[test]
fn the_mark_can_be_changed() {
    let mut harness = open("penguins.csv", WorkspaceId::Explore, Size::Small, false);
    put_chart(&mut harness, "species", Some("island"), None);
    assert_eq!(chart_of(&mut harness).mark, None);
    click_exactly(&mut harness, "Bars of 100 %");
    picture(&mut harness, "explore-marks", Size::Small, false);
    click_last(&mut harness, "Heat map");
    assert_eq!(chart_of(&mut harness).mark.as_deref(), Some("heat_map"));
    picture(&mut harness, "explore-heat-map", Size::Small, false);
}

#[test]
fn the_columns_that_differ_most_come_first() {
    crate::screens::home();
    let mut session = Session::inline();
    session.load_sample("penguins.csv");
    let Some(table) = session.table().ready() else {
        panic!("no table");
    };
    // The first 152 rows of the file are of one kind.
    let species = table.schema().index_of("species").unwrap_or_default();
    let gentoo = table.rows_at(
        (0..table.rows())
            .filter(|&row| benchtop::data::page::cell_text(&table, species, row).text == "Gentoo"),
    );
    session.select(gentoo, "species is Gentoo");
    let Some(found) = session.contrast(&table).ready() else {
        panic!("no contrast");
    };
    assert_eq!(
        found.first().map(|first| first.column.as_str()),
        Some("species")
    );
    assert!(
        found
            .iter()
            .all(|contrast| (0.0..=1.0).contains(&contrast.strength))
    );
    let of = |name: &str| found.iter().find(|contrast| contrast.column == name);
    assert!(of("flipper_length_mm").is_some_and(|flipper| flipper.strength > 0.8));
    // Both sexes were caught equally often in every kind.
    assert!(
        of("sex").is_some_and(|sex| !sex.stands_out()),
        "{:?}",
        of("sex")
    );
    let island = of("island")
        .map(|island| island.bars.clone())
        .unwrap_or_default();
    assert_eq!(
        island.first().map(|bar| (bar.label.as_str(), bar.selected)),
        Some(("Biscoe", 1.0))
    );
}

#[test]
fn a_selection_of_everything_has_nothing_to_differ_from() {
    crate::screens::home();
    let mut session = Session::inline();
    session.load_sample("penguins.csv");
    let Some(table) = session.table().ready() else {
        panic!("no table");
    };
    session.select(table.row_set(), "all");
    let slot = session.contrast(&table);
    assert_eq!(
        slot.error().map(|error| error.code.as_str()),
        Some("nothing_to_compare")
    );
}

#[test]
fn a_chart_is_saved_as_svg_and_png() {
    crate::screens::home();
    let folder = crate::support::temporary_folder("save-chart");
    let mut session = Session::inline();
    session.load_sample("penguins.csv");
    let Some(table) = session.active_id() else {
        panic!("no table");
    };
    let chart = ChartSpec {
        x: Some("species".to_owned()),
        ..ChartSpec::default()
    };
    assert!(session.dispatch(Command::SetChart { table, chart }).is_ok());
    let fonts = [benchtop::ui::theme::fonts::inter_regular()];
    for (name, start) in [("chart.svg", b"<".as_slice()), ("chart.png", b"\x89PNG")] {
        let path = folder.join(name);
        session.save_chart(&path, &fonts);
        let bytes = std::fs::read(&path).unwrap_or_default();
        assert!(
            bytes.starts_with(start),
            "{name}: {:?}",
            session.take_notices()
        );
        assert!(bytes.len() > 1000);
    }
}

// ---- journeys: Clean ----

#[test]
fn a_step_is_chosen_previewed_and_applied() {
    let mut harness = open("penguins.csv", WorkspaceId::Clean, Size::Small, false);
    click(&mut harness, "Add a step");
    click_exactly(&mut harness, "Fill blanks");
    assert!(
        step_names(&mut harness).is_empty(),
        "nothing changes before Apply"
    );
    click_exactly(&mut harness, "Choose columns");
    click_last(&mut harness, "sex");
    click_last(&mut harness, "island");
    picture(&mut harness, "clean-choose", Size::Small, false);
    harness.key_press(Key::Escape);
    settle(&mut harness);
    harness.get_by_label_contains("Preview, nothing changed yet");
    click_exactly(&mut harness, "Apply");
    assert_eq!(step_names(&mut harness), ["fill_blanks"]);
    let undo = session(&mut harness).undo_label().map(str::to_owned);
    assert!(undo.is_some_and(|undo| undo.contains("sex")));
}

#[test]
fn escape_leaves_a_draft_without_a_trace() {
    let mut harness = open("penguins.csv", WorkspaceId::Clean, Size::Small, false);
    harness.state_mut().shared_mut().start_step = Some("sort_rows");
    settle(&mut harness);
    harness.get_by_label_contains("Preview, nothing changed yet");
    harness.key_press(Key::Escape);
    settle(&mut harness);
    harness.key_press(Key::Escape);
    settle(&mut harness);
    assert!(
        harness
            .query_by_label_contains("Preview, nothing changed yet")
            .is_none()
    );
    assert!(step_names(&mut harness).is_empty());
    assert!(
        session(&mut harness)
            .undo_label()
            .is_none_or(|label| label.starts_with("Open"))
    );
}

#[test]
fn a_suggestion_opens_its_preview() {
    let mut harness = open("penguins.csv", WorkspaceId::Clean, Size::Small, false);
    harness.get_by_label_contains("5 columns have a few blanks");
    click(&mut harness, "Fill blanks…");
    harness.get_by_label_contains("Preview, nothing changed yet");
    assert!(step_names(&mut harness).is_empty());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    settle(&mut harness);
    assert_eq!(step_names(&mut harness), ["fill_blanks"]);
}

#[test]
fn steps_are_moved_switched_off_and_deleted_from_the_keyboard_and_menus() {
    let mut harness = open("penguins.csv", WorkspaceId::Clean, Size::Small, false);
    several_steps(&mut harness);
    let before = step_names(&mut harness);
    assert_eq!(
        before,
        ["rename", "fill_blanks", "filter_rows", "sort_rows"]
    );
    harness.get_by_label_contains("Step 2: Rename").focus();
    settle(&mut harness);
    harness.key_press_modifiers(Modifiers::ALT, Key::ArrowDown);
    settle(&mut harness);
    assert_eq!(
        step_names(&mut harness),
        ["fill_blanks", "rename", "filter_rows", "sort_rows"]
    );
    harness
        .get_by_label_contains("Step 5: Sort")
        .click_secondary();
    settle(&mut harness);
    click_exactly(&mut harness, "Switch off");
    let enabled: Vec<bool> = session(&mut harness)
        .active()
        .map(|table| table.steps.iter().map(|step| step.enabled).collect())
        .unwrap_or_default();
    assert_eq!(enabled, [true, true, true, false]);
    harness.get_by_label_contains("Step 2: Fill").focus();
    settle(&mut harness);
    harness.key_press(Key::Delete);
    settle(&mut harness);
    assert_eq!(
        step_names(&mut harness),
        ["rename", "filter_rows", "sort_rows"]
    );
}

#[test]
fn looking_at_an_earlier_step_changes_nothing_and_leads_back() {
    let mut harness = open("penguins.csv", WorkspaceId::Clean, Size::Small, false);
    several_steps(&mut harness);
    let before = session(&mut harness).document().clone();
    click(&mut harness, "Step 3: Fill blanks");
    assert_eq!(session(&mut harness).viewed_steps(), Some(2));
    harness.get_by_label_contains("Viewing after step 3");
    click(&mut harness, "Back to now");
    assert_eq!(session(&mut harness).viewed_steps(), None);
    assert_eq!(**session(&mut harness).document(), *before);
}

#[test]
fn a_step_whose_column_is_gone_says_so_and_can_be_edited() {
    let mut harness = open("penguins.csv", WorkspaceId::Clean, Size::Small, false);
    add_step(
        &mut harness,
        "drop_columns",
        &[("columns", vec!["sex".to_owned()].into())],
    );
    let fill = [
        ("columns", vec!["sex".to_owned()].into()),
        ("how", "most_frequent".into()),
    ];
    add_step(&mut harness, "fill_blanks", &fill);
    harness.get_by_label_contains("Needs attention");
    picture(&mut harness, "clean-attention", Size::Small, false);
    click_exactly(&mut harness, "Edit step…");
    harness.get_by_label_contains("Preview, nothing changed yet");
}

fn lerp(rect: Rect, share: Vec2) -> Pos2 {
    rect.lerp_inside(share)
}

fn click(harness: &mut Harness<'static, App>, label: &str) {
    if let Some(node) = harness.get_all_by_label_contains(label).next() {
        node.click();
    }
    settle(harness);
}

fn click_exactly(harness: &mut Harness<'static, App>, label: &str) {
    let found = harness
        .get_all_by_label(label)
        .next()
        .map(|node| node.click());
    assert!(found.is_some(), "nothing is called {label}");
    settle(harness);
}

/// The last one: what lies on top.
fn click_last(harness: &mut Harness<'static, App>, label: &str) {
    let found = harness
        .get_all_by_label(label)
        .last()
        .map(|node| node.click());
    assert!(found.is_some(), "nothing is called {label}");
    settle(harness);
}

fn add_step(harness: &mut Harness<'static, App>, operation: &str, params: &[(&str, ParamValue)]) {
    let session = session(harness);
    let Some(table) = session.active_id() else {
        panic!("no table is open");
    };
    let mut given = Params::new();
    for (key, value) in params {
        given.set(key, value.clone());
    }
    let command = Command::AddStep {
        table,
        at: usize::MAX,
        operation: operation.to_owned(),
        params: given,
    };
    if let Err(error) = session.dispatch(command) {
        panic!("{error}");
    }
    settle(harness);
}

fn several_steps(harness: &mut Harness<'static, App>) {
    add_step(
        harness,
        "rename",
        &[("column", "island".into()), ("to", "place".into())],
    );
    let columns = vec!["bill_length_mm".to_owned(), "body_mass_g".to_owned()];
    add_step(harness, "fill_blanks", &[("columns", columns.into())]);
    add_step(
        harness,
        "filter_rows",
        &[("condition", "body_mass_g > 3000".into())],
    );
    let by = vec!["body_mass_g".to_owned()];
    add_step(
        harness,
        "sort_rows",
        &[("columns", by.into()), ("descending", true.into())],
    );
}

fn fill_draft(harness: &mut Harness<'static, App>, column: &str) {
    harness.state_mut().shared_mut().column = Some(column.to_owned());
    harness.state_mut().shared_mut().start_step = Some("fill_blanks");
    settle(harness);
}

#[test]
fn a_column_is_dragged_onto_a_shelf() {
    let mut harness = open("penguins.csv", WorkspaceId::Explore, Size::Small, false);
    put_chart(&mut harness, "bill_length_mm", None, None);
    let from = harness.get_by_label("body_mass_g").rect().center();
    let to = harness.get_by_label("Y shelf: empty").rect().center();
    harness.drag_at(from);
    harness.step();
    harness.hover_at(from + (to - from) * 0.5);
    harness.step();
    harness.hover_at(to);
    harness.step();
    picture(&mut harness, "explore-dragging", Size::Small, false);
    harness.drop_at(to);
    settle(&mut harness);
    assert_eq!(chart_of(&mut harness).y.as_deref(), Some("body_mass_g"));
}

#[test]
fn the_chart_zooms_with_the_wheel_and_a_double_click_shows_everything() {
    let mut harness = open("penguins.csv", WorkspaceId::Explore, Size::Small, false);
    put_chart(&mut harness, "bill_length_mm", Some("body_mass_g"), None);
    let middle = harness.get_by_role(Role::Image).rect().center();
    harness.hover_at(middle);
    harness.step();
    harness.event(eframe::egui::Event::MouseWheel {
        unit: eframe::egui::MouseWheelUnit::Point,
        delta: Vec2::new(0.0, 240.0),
        phase: eframe::egui::TouchPhase::Move,
        source: eframe::egui::MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
    settle(&mut harness);
    picture(&mut harness, "explore-zoomed", Size::Small, false);
    harness.get_by_label("Show everything");
    let before = session(&mut harness).undo_label().map(str::to_owned);
    // A zoom is a view: nothing to undo, and Esc leads back.
    assert!(before.is_some_and(|label| label.starts_with("Chart")));
    harness.key_press(Key::Escape);
    settle(&mut harness);
    assert!(harness.query_by_label("Show everything").is_none());
}

#[test]
fn a_click_on_a_bar_selects_its_rows_and_shift_adds_another() {
    let mut harness = open("penguins.csv", WorkspaceId::Explore, Size::Small, false);
    put_chart(&mut harness, "species", None, None);
    let frame = harness.get_by_role(Role::Image).rect();
    // Bars of categories lie one above the other, the most frequent at the top.
    let click = |harness: &mut Harness<'static, App>, share: f32, modifiers: Modifiers| {
        let place = lerp(frame, Vec2::new(0.1, share));
        harness.hover_at(place);
        for pressed in [true, false] {
            let button = eframe::egui::PointerButton::Primary;
            let event = eframe::egui::Event::PointerButton {
                pos: place,
                button,
                pressed,
                modifiers,
            };
            harness.event_modifiers(event, modifiers);
            harness.step();
        }
        settle(harness);
    };
    click(&mut harness, 1.0 / 6.0, Modifiers::NONE);
    let first = session(&mut harness).selection().cloned();
    let Some(first) = first else {
        panic!("nothing was selected");
    };
    assert_eq!(first.rows.count(), 152, "{}", first.sentence);
    assert!(first.sentence.contains("Adelie"), "{}", first.sentence);
}

/// Points around a bent line, more than are drawn one by one.
fn many_points() -> std::path::PathBuf {
    let path = crate::support::temporary_folder("many-points").join("many.csv");
    let mut text = String::from("here,there,kind\n");
    let mut state = 7_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1_u64 << 31) as f64
    };
    for _ in 0..150_000 {
        let here = (0..4).map(|_| next()).sum::<f64>() * 10.0;
        let there = (here / 6.0).sin() * 8.0 + (0..4).map(|_| next()).sum::<f64>() * 3.0;
        let kind = if next() < 0.3 { "a" } else { "b" };
        text.push_str(&format!("{here:.4},{there:.4},{kind}\n"));
    }
    if let Err(error) = std::fs::write(&path, text) {
        panic!("{error}");
    }
    path
}

#[test]
fn a_large_cloud_is_a_density_that_shows_the_selection() {
    let path = many_points();
    for dark in [false, true] {
        let mut harness = harness(Size::Small, dark);
        settle(&mut harness);
        let params = Params::new();
        harness
            .state_mut()
            .session_mut()
            .load_file(&path, "csv", params);
        harness.state_mut().shared_mut().go(WorkspaceId::Explore);
        settle(&mut harness);
        put_chart(&mut harness, "here", Some("there"), None);
        let drawn = harness.query_all_by_label_contains("Scatter of there against here, 150,000");
        assert!(drawn.count() > 0);
        picture(&mut harness, "explore-density", Size::Small, dark);
        let table = session(&mut harness).table().ready();
        let Some(table) = table else {
            panic!("no table");
        };
        let rows = RowSet::from_rows(table.source_rows(), (0..150_000).step_by(40));
        session(&mut harness).select(rows, "every fortieth row");
        settle(&mut harness);
        picture(&mut harness, "explore-density-selected", Size::Small, dark);
        let found = session(&mut harness).contrast(&table).ready();
        // A selection by row number differs from the rest in nothing.
        assert!(found.is_some_and(|found| found.iter().all(|contrast| contrast.level() <= 1)));
    }
}

#[test]
fn gallery_explore_flights() {
    let mut harness = open("flights.csv", WorkspaceId::Explore, Size::Large, true);
    let names = session(&mut harness)
        .table()
        .ready()
        .map(|table| table.schema().names());
    let names = names.unwrap_or_default();
    picture(&mut harness, "explore-flights", Size::Large, true);
    put_chart(&mut harness, &names[0], None, None);
    select_first(&mut harness, 900);
    picture(&mut harness, "explore-flights-selected", Size::Large, true);
}
