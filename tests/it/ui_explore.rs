//! The Explore and Clean workspaces: what they show and what a person can do in them.

use benchtop::base::RowSet;
use benchtop::chart::ChartSpec;
use benchtop::project::Command;
use benchtop::session::Session;
use benchtop::ui::App;
use benchtop::ui::action::WorkspaceId;
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

fn session(harness: &mut Harness<'static, App>) -> &mut Session {
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
    session(harness).active().map(|table| table.chart.clone()).unwrap_or_default()
}

fn step_names(harness: &mut Harness<'static, App>) -> Vec<String> {
    session(harness)
        .active()
        .map(|table| table.steps.iter().map(|step| step.operation.clone()).collect())
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
    for (size, dark) in [(Size::Small, false), (Size::Small, true), (Size::Large, false)] {
        let mut harness = open("penguins.csv", WorkspaceId::Explore, size, dark);
        put_chart(&mut harness, "bill_length_mm", Some("flipper_length_mm"), Some("species"));
        picture(&mut harness, "explore-scatter", size, dark);
    }
}

#[test]
fn gallery_explore_selected() {
    for (size, dark) in [(Size::Small, false), (Size::Small, true), (Size::Large, true)] {
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
    let names = session(&mut harness).table().ready().map(|table| table.schema().names());
    let names = names.unwrap_or_default();
    put_chart(&mut harness, &names[0], Some(&names[1]), None);
    picture(&mut harness, "explore-time", Size::Small, false);
}

#[test]
fn gallery_clean() {
    for (size, dark) in [(Size::Small, false), (Size::Small, true), (Size::Large, false)] {
        let mut harness = open("penguins.csv", WorkspaceId::Clean, size, dark);
        picture(&mut harness, "clean-start", size, dark);
    }
}
