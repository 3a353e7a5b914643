//! The Explore and Clean workspaces: what they show and what a person can do in them.

use benchtop::base::{ParamValue, Params, RowSet};
use benchtop::chart::ChartSpec;
use benchtop::project::Command;
use benchtop::session::Session;
use benchtop::ui::action::WorkspaceId;
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, Pos2, Rect, Vec2};
use egui_kittest::kittest::Queryable;

use crate::screens::{
    Screen, Size, click_at, click_containing, click_first, click_last, dispatch, drag, drag_to,
    drop_at, harness, open, picture, session, settle,
};

fn put_chart(harness: &mut Screen, x: &str, y: Option<&str>, color: Option<&str>) {
    let chart = ChartSpec {
        x: Some(x.to_owned()),
        y: y.map(str::to_owned),
        color: color.map(str::to_owned),
        mark: None,
    };
    dispatch(harness, |table| Command::SetChart { table, chart });
}

fn select_first(harness: &mut Screen, count: usize) {
    let session = session(harness);
    let Some(table) = session.table().ready() else {
        panic!("no table");
    };
    let rows = RowSet::from_rows(table.source_rows(), 0..count);
    session.select(rows, "the first rows");
    settle(harness);
}

fn chart_of(harness: &mut Screen) -> ChartSpec {
    session(harness)
        .active()
        .map(|table| table.chart.clone())
        .unwrap_or_default()
}

fn step_names(harness: &mut Screen) -> Vec<String> {
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
    click_containing(&mut harness, "Step 3: Fill blanks");
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
    click_containing(&mut harness, "Chart bill_length_mm");
    assert_eq!(chart_of(&mut harness).x.as_deref(), Some("bill_length_mm"));
    click_first(&mut harness, "flipper_length_mm");
    let chart = chart_of(&mut harness);
    assert_eq!(chart.y.as_deref(), Some("flipper_length_mm"));
    click_containing(&mut harness, "Swap X and Y");
    let chart = chart_of(&mut harness);
    assert_eq!(chart.x.as_deref(), Some("flipper_length_mm"));
    assert_eq!(chart.y.as_deref(), Some("bill_length_mm"));
    click_containing(&mut harness, "Take the column off Y");
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
    let from = within(frame, Vec2::new(0.05, 0.5));
    let to = within(frame, Vec2::new(0.4, 0.6));
    drag(&mut harness, from, to, Modifiers::NONE);
    let (rows, sentence) = selected(&mut harness);
    let count = rows.count();
    assert!(count > 20 && count < 340, "{count} rows");
    assert!(sentence.contains("body_mass_g"), "{sentence}");
    let after = session(&mut harness)
        .table()
        .ready()
        .map(|table| table.fingerprint());
    assert_eq!(before, after);
    picture(&mut harness, "explore-brushed", Size::Small, false);
    // What is different is named, and a click on a name charts it.
    harness.get_by_label_contains("What is different");
    click_containing(&mut harness, "Clear the selection");
    assert!(session(&mut harness).selection().is_none());
}

#[test]
fn the_mark_can_be_changed() {
    let mut harness = open("penguins.csv", WorkspaceId::Explore, Size::Small, false);
    put_chart(&mut harness, "species", Some("island"), None);
    assert_eq!(chart_of(&mut harness).mark, None);
    click_first(&mut harness, "Bars of 100 %");
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
    click_containing(&mut harness, "Add a step");
    click_first(&mut harness, "Fill blanks");
    assert!(
        step_names(&mut harness).is_empty(),
        "nothing changes before Apply"
    );
    click_first(&mut harness, "Choose columns");
    click_last(&mut harness, "sex");
    click_last(&mut harness, "island");
    picture(&mut harness, "clean-choose", Size::Small, false);
    harness.key_press(Key::Escape);
    settle(&mut harness);
    harness.get_by_label_contains("Preview, nothing changed yet");
    click_first(&mut harness, "Apply");
    assert_eq!(step_names(&mut harness), ["fill_blanks"]);
    let undo = session(&mut harness).undo_label().map(str::to_owned);
    assert!(undo.is_some_and(|undo| undo.contains("sex")));
}

#[test]
fn other_spellings_are_suggested_with_a_step_that_tidies_them() {
    let path = crate::support::temporary_folder("spellings").join("cities.csv");
    let mut text = "city,size\n".to_owned();
    for row in 0..120 {
        let city = ["Zürich", "Zürich", "Zurich", "Bern"][row % 4];
        text.push_str(&format!("{city},{}\n", row % 7));
    }
    std::fs::write(&path, text).unwrap();
    let mut harness = crate::screens::harness(Size::Small, false);
    settle(&mut harness);
    session(&mut harness).load_file(&path, "csv", Params::new());
    harness.state_mut().shared_mut().go(WorkspaceId::Clean);
    settle(&mut harness);
    assert!(crate::screens::sees(
        &harness,
        "city has values that differ in spelling only"
    ));
    assert!(crate::screens::sees(
        &harness,
        "30 cells would be written as others are: Zürich."
    ));
    click_first(&mut harness, "Tidy spellings…");
    harness.get_by_label_contains("Preview, nothing changed yet");
    picture(&mut harness, "clean-spellings", Size::Small, false);
    click_first(&mut harness, "Apply");
    let table = session(&mut harness).table().ready().unwrap();
    let profile = benchtop::data::profile_column(&table, 0, &benchtop::base::TaskContext::new());
    assert_eq!(profile.unwrap().distinct, 2);
    assert!(!crate::screens::sees(&harness, "differ in spelling only"));
}

#[test]
fn enter_in_the_search_for_columns_ticks_what_is_found() {
    let mut harness = open("bike-hire.csv", WorkspaceId::Clean, Size::Small, false);
    harness.state_mut().shared_mut().start_step = Some("drop_columns");
    settle(&mut harness);
    click_first(&mut harness, "Choose columns");
    let find = |harness: &mut Screen, text: &str| {
        harness.event(eframe::egui::Event::Text(text.to_owned()));
        settle(harness);
        harness.key_press(Key::Enter);
        settle(harness);
    };
    let chips = |harness: &Screen, name: &str| harness.query_all_by_label(name).count();
    let before = [chips(&harness, "humidity"), chips(&harness, "casual")];
    find(&mut harness, "humid");
    find(&mut harness, "casual");
    // Each has a chip besides its line, and the search is ready for the next.
    assert_eq!(chips(&harness, "humidity"), before[0] + 1);
    assert_eq!(chips(&harness, "casual"), before[1] + 1);
    // The same again takes the tick away; what is not there changes nothing.
    find(&mut harness, "casual");
    find(&mut harness, "no such column");
    assert_eq!(chips(&harness, "casual"), 0, "hidden by the search");
    for _ in 0.."no such column".len() {
        harness.key_press(Key::Backspace);
    }
    settle(&mut harness);
    assert_eq!(chips(&harness, "casual"), before[1]);
    // With nothing to find, Enter closes the list.
    harness.key_press(Key::Enter);
    settle(&mut harness);
    assert!(
        harness.query_by_label("None").is_none(),
        "the list is closed"
    );
    click_first(&mut harness, "Apply");
    let steps = session(&mut harness).active().unwrap().steps.clone();
    assert_eq!(steps[0].params.list("columns"), ["humidity"]);
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
    click_containing(&mut harness, "Fill blanks…");
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
    click_first(&mut harness, "Switch off");
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
    click_containing(&mut harness, "Step 3: Fill blanks");
    assert_eq!(session(&mut harness).viewed_steps(), Some(2));
    harness.get_by_label_contains("Viewing after step 3");
    click_containing(&mut harness, "Back to now");
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
    click_first(&mut harness, "Edit step…");
    harness.get_by_label_contains("Preview, nothing changed yet");
}

fn add_step(harness: &mut Screen, operation: &str, params: &[(&str, ParamValue)]) {
    let mut given = Params::new();
    for (key, value) in params {
        given.set(key, value.clone());
    }
    dispatch(harness, |table| Command::AddStep {
        table,
        at: usize::MAX,
        operation: operation.to_owned(),
        params: given,
    });
}

/// A place inside a rectangle, as shares of its sides.
fn within(rect: Rect, share: Vec2) -> Pos2 {
    rect.lerp_inside(share)
}

fn several_steps(harness: &mut Screen) {
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

fn fill_draft(harness: &mut Screen, column: &str) {
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
    drag_to(&mut harness, from, to, Modifiers::NONE);
    picture(&mut harness, "explore-dragging", Size::Small, false);
    drop_at(&mut harness, to, Modifiers::NONE);
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

/// The rows that are selected, and the sentence about them.
fn selected(harness: &mut Screen) -> (RowSet, String) {
    let selection = session(harness).selection().expect("nothing is selected");
    ((*selection.rows).clone(), selection.sentence.clone())
}

/// Keys that join what is brushed with what is selected already.
const ADD: Modifiers = Modifiers::SHIFT;
const REMOVE: Modifiers = Modifiers::ALT;
/// The same where the window manager keeps Alt and a drag for itself.
const ALSO_REMOVE: Modifiers = Modifiers::COMMAND;
const INTERSECT: Modifiers = Modifiers {
    shift: true,
    ..Modifiers::COMMAND
};

#[test]
fn a_click_on_a_bar_selects_its_rows_and_shift_adds_another() {
    let mut harness = open("penguins.csv", WorkspaceId::Explore, Size::Small, false);
    put_chart(&mut harness, "species", None, None);
    let frame = harness.get_by_role(Role::Image).rect();
    // Bars of categories lie one above the other, the most frequent at the top.
    let bar = |place: f32| within(frame, Vec2::new(0.1, (place + 0.5) / 3.0));
    click_at(&mut harness, bar(0.0), Modifiers::NONE);
    let (adelie, sentence) = selected(&mut harness);
    assert_eq!(
        (adelie.count(), sentence.as_str()),
        (152, "species is Adelie")
    );
    click_at(&mut harness, bar(1.0), ADD);
    let (both, sentence) = selected(&mut harness);
    assert_eq!(both.count(), 152 + 124);
    assert_eq!(sentence, "species is Adelie or species is Gentoo");
    click_at(&mut harness, bar(0.0), REMOVE);
    let (gentoo, _) = selected(&mut harness);
    assert_eq!(gentoo.count(), 124);
    let mut overlap = gentoo;
    overlap.intersect(&adelie);
    assert_eq!(overlap.count(), 0);
    click_at(&mut harness, bar(2.0), Modifiers::NONE);
    assert_eq!(selected(&mut harness).0.count(), 68);
}

#[test]
fn shift_adds_to_a_brush_alt_removes_and_both_control_and_shift_keep_what_is_in_both() {
    let mut harness = open("penguins.csv", WorkspaceId::Explore, Size::Small, false);
    put_chart(&mut harness, "body_mass_g", None, None);
    let frame = harness.get_by_role(Role::Image).rect();
    let brush = |harness: &mut Screen, from: f32, to: f32, held: Modifiers| {
        let from = within(frame, Vec2::new(from, 0.4));
        let to = within(frame, Vec2::new(to, 0.6));
        drag(harness, from, to, held);
        selected(harness)
    };
    let light = |harness: &mut Screen| brush(harness, 0.02, 0.5, Modifiers::NONE);
    let (middle, middle_words) = brush(&mut harness, 0.3, 0.7, Modifiers::NONE);
    let (before, before_words) = light(&mut harness);
    let mut in_both = before.clone();
    in_both.intersect(&middle);
    let counts = [before.count(), middle.count(), in_both.count()];
    assert!(
        counts[2] > 0 && counts[2] < counts[0].min(counts[1]),
        "{counts:?} should overlap in part"
    );

    let (added, words) = brush(&mut harness, 0.3, 0.7, ADD);
    let mut wanted = before.clone();
    wanted.union(&middle);
    assert!(added == wanted, "{} rows", added.count());
    assert_eq!(words, format!("{before_words} or {middle_words}"));

    assert!(light(&mut harness).0 == before, "a plain brush starts anew");
    for keys in [REMOVE, ALSO_REMOVE] {
        light(&mut harness);
        let (removed, words) = brush(&mut harness, 0.3, 0.7, keys);
        let mut wanted = before.clone();
        wanted.subtract(&middle);
        assert!(removed == wanted, "{} rows", removed.count());
        assert_eq!(words, format!("{before_words} but not {middle_words}"));
    }

    light(&mut harness);
    let (both, words) = brush(&mut harness, 0.3, 0.7, INTERSECT);
    assert!(both == in_both, "{} rows", both.count());
    assert_eq!(words, format!("{before_words}, and {middle_words}"));
}

#[test]
fn a_step_is_added_with_the_keyboard_alone() {
    let mut harness = open("penguins.csv", WorkspaceId::Clean, Size::Small, false);
    let press = |harness: &mut Screen, key: Key| {
        harness.key_press(key);
        settle(harness);
    };
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    settle(&mut harness);
    harness.event(eframe::egui::Event::Text("drop columns".to_owned()));
    settle(&mut harness);
    press(&mut harness, Key::Enter);
    // The first control has the keyboard.
    assert!(harness.get_by_label("Choose columns").is_focused());
    press(&mut harness, Key::Space);
    harness.get_by_label("None");
    // Past All and None to the first column.
    for _ in 0..3 {
        press(&mut harness, Key::Tab);
    }
    press(&mut harness, Key::Space);
    press(&mut harness, Key::Escape);
    assert!(
        harness.query_by_label("None").is_none(),
        "the list is closed"
    );
    assert!(harness.get_by_label("Choose columns").is_focused());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    settle(&mut harness);
    assert_eq!(step_names(&mut harness), ["drop_columns"]);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut harness);
    assert!(step_names(&mut harness).is_empty());
}

#[test]
fn a_step_is_dragged_to_another_place() {
    let mut harness = open("penguins.csv", WorkspaceId::Clean, Size::Small, false);
    several_steps(&mut harness);
    let before = step_names(&mut harness);
    let place = |harness: &Screen, step: &str| {
        let rect = harness.get_by_label_contains(step).rect();
        (rect, rect.center())
    };
    let (_, from) = place(&harness, "Step 5: Sort");
    let (above, second) = place(&harness, "Step 2: Rename");
    let to = Pos2::new(second.x, above.top() + 4.0);
    drag_to(&mut harness, from, to, Modifiers::NONE);
    picture(&mut harness, "clean-dragging", Size::Small, false);
    assert_eq!(
        step_names(&mut harness),
        before,
        "nothing moves before it is let go"
    );
    drop_at(&mut harness, to, Modifiers::NONE);
    assert_eq!(
        step_names(&mut harness),
        ["sort_rows", "rename", "fill_blanks", "filter_rows"]
    );
    // Downwards, behind the last.
    let (_, from) = place(&harness, "Step 2: Sort");
    let (last, _) = place(&harness, "Step 5: Keep");
    drag(
        &mut harness,
        from,
        last.center_bottom() - Vec2::new(0.0, 2.0),
        Modifiers::NONE,
    );
    assert_eq!(step_names(&mut harness), before);
    let undo = session(&mut harness).undo_label().map(str::to_owned);
    // Let go where it was: nothing changes, and there is nothing more to undo.
    let (_, from) = place(&harness, "Step 3: Fill");
    drag(
        &mut harness,
        from,
        from + Vec2::new(3.0, 9.0),
        Modifiers::NONE,
    );
    assert_eq!(step_names(&mut harness), before);
    assert_eq!(session(&mut harness).undo_label().map(str::to_owned), undo);
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
