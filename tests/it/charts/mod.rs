//! Charts: every mark on every kind of data, honest counts, linked selections, files.

mod axes;
mod clouds;
mod colours;
mod drawing;
mod output;
mod selection;

use std::sync::Arc;

use benchtop::base::{Fingerprint, Random, RowSet, TaskContext};
use benchtop::chart::density::{self, Grid};
use benchtop::chart::marks::{self, REGISTRY};
use benchtop::chart::scale::{self, TimeUnit};
use benchtop::chart::scene::{Bar, Ink, Layer, Points, Raster, Scene};
use benchtop::chart::{
    Brush, ChartSpec, Prepared, SceneSize, SvgTheme, View, alternatives, build_scene, default_mark,
    draw_svg, palette, prepare, rows_in, rows_in_polygon, to_png, to_svg,
};
use benchtop::data::{ColumnKind, Table};
use polars::prelude::{Column, DataFrame, DataType, IntoColumn, NamedFrom, Series};

use crate::support::project_file;

const SIZE: SceneSize = SceneSize {
    width: 640,
    height: 400,
};
const DAY: i64 = 86_400;

fn frame(columns: Vec<Column>) -> DataFrame {
    DataFrame::new_infer_height(columns).expect("columns of one length")
}

fn table(columns: Vec<Column>) -> Table {
    Table::from_frame(frame(columns), Fingerprint::of(&[b"test"]))
}

fn numbers(name: &str, values: Vec<Option<f64>>) -> Column {
    Series::new(name.into(), values).into_column()
}

fn dates(name: &str, days: Vec<Option<i32>>) -> Column {
    Series::new(name.into(), days)
        .cast(&DataType::Date)
        .expect("days are dates")
        .into_column()
}

/// A table with every kind of column, blanks in each.
fn sample(rows: usize) -> Table {
    let mut random = Random::new(7);
    let species = ["Adelie", "Gentoo", "Chinstrap"];
    let islands = ["Biscoe", "Dream", "Torgersen"];
    let mut columns: [Vec<Option<String>>; 3] = Default::default();
    let (mut bill, mut mass, mut day, mut flag, mut few) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for row in 0..rows {
        let kind = random.below(3);
        let shift = kind as f64 * 5.0;
        let noise = (0..6).map(|_| random.next_f64()).sum::<f64>() - 3.0;
        let blank = row % 29 == 3;
        bill.push((!blank).then_some(38.0 + shift + noise * 2.0));
        mass.push(Some(
            3500.0 + shift * 100.0 + noise * 300.0 + random.next_f64() * 50.0,
        ));
        day.push((row % 31 != 5).then_some(17_000 + random.below(900) as i32));
        flag.push((row % 37 != 1).then_some(random.next_f64() < 0.3));
        few.push(Some(random.below(5) as i64));
        columns[0].push(Some(species[kind].to_owned()));
        columns[1].push((row % 41 != 2).then(|| islands[random.below(3)].to_owned()));
        columns[2].push(Some(format!("note {row} {}", "x".repeat(random.below(40)))));
    }
    let [species, island, note] = columns;
    table(vec![
        numbers("bill", bill),
        numbers("mass", mass),
        Series::new("species".into(), species).into_column(),
        Series::new("island".into(), island).into_column(),
        dates("day", day),
        Series::new("flag".into(), flag).into_column(),
        Series::new("note".into(), note).into_column(),
        Series::new("few".into(), few).into_column(),
    ])
}

fn cloud_table(rows: usize) -> Table {
    let mut random = Random::new(3);
    let x: Vec<f64> = (0..rows).map(|_| random.next_f64() * 10.0).collect();
    let y: Vec<f64> = (0..rows)
        .map(|_| random.next_f64() + random.next_f64())
        .collect();
    table(vec![
        Series::new("x".into(), x).into_column(),
        Series::new("y".into(), y).into_column(),
    ])
}

fn spec(x: Option<&str>, y: Option<&str>, color: Option<&str>) -> ChartSpec {
    ChartSpec {
        x: x.map(str::to_owned),
        y: y.map(str::to_owned),
        color: color.map(str::to_owned),
        mark: None,
    }
}

fn with_mark(mut spec: ChartSpec, mark: &str) -> ChartSpec {
    spec.mark = Some(mark.to_owned());
    spec
}

fn prepared(table: &Table, spec: &ChartSpec) -> Prepared {
    prepare(table, spec, &TaskContext::new()).unwrap_or_else(|error| panic!("{spec:?}: {error}"))
}

fn scene(prepared: &Prepared, selection: Option<&RowSet>) -> Scene {
    build_scene(prepared, SIZE, None, selection, &TaskContext::new()).expect("a scene")
}

fn bars(scene: &Scene) -> Vec<&Bar> {
    let layers = scene.layers.iter();
    layers
        .filter_map(|layer| match layer {
            Layer::Bars(bars) => Some(bars),
            _ => None,
        })
        .flatten()
        .collect()
}

/// Bars that count rows: those with a "rows" tooltip.
fn counting_bars(scene: &Scene) -> Vec<&Bar> {
    bars(scene)
        .into_iter()
        .filter(|bar| !bar.tooltip.starts_with("Half of the rows"))
        .collect()
}

fn points(scene: &Scene) -> Option<&Points> {
    scene.layers.iter().find_map(|layer| match layer {
        Layer::Points(points) => Some(points),
        _ => None,
    })
}

fn raster(scene: &Scene) -> Option<&Raster> {
    scene.layers.iter().find_map(|layer| match layer {
        Layer::Raster(raster) => Some(raster),
        _ => None,
    })
}

/// Every choice of columns of the sample, with every mark that can draw it.
fn all_charts(table: &Table) -> Vec<ChartSpec> {
    let names = table.schema().names();
    let mut specs = Vec::new();
    for x in &names {
        for y in std::iter::once(None).chain(names.iter().map(Some)) {
            for color in [
                None,
                Some("species"),
                Some("flag"),
                Some("mass"),
                Some("day"),
            ] {
                let spec = spec(Some(x), y.map(String::as_str), color);
                let fitting = alternatives(table.schema(), &spec);
                specs.extend(
                    fitting
                        .iter()
                        .map(|mark| with_mark(spec.clone(), mark.id())),
                );
            }
        }
    }
    specs
}

fn assert_inside(spec: &ChartSpec, scene: &Scene) {
    let grow = |(low, high): (f64, f64)| {
        let slack = (high - low).abs() * 1e-6 + 1e-9;
        (low - slack, high + slack)
    };
    let (x, y) = (grow(scene.x.domain), grow(scene.y.domain));
    assert!(
        x.0.is_finite() && x.1.is_finite() && x.0 < x.1,
        "{spec:?}: {x:?}"
    );
    assert!(
        y.0.is_finite() && y.1.is_finite() && y.0 < y.1,
        "{spec:?}: {y:?}"
    );
    let check = |what: &str, px: f64, py: f64| {
        let inside = px >= x.0 && px <= x.1 && py >= y.0 && py <= y.1;
        assert!(
            inside,
            "{spec:?}: {what} at {px}, {py} outside {x:?}, {y:?}"
        );
    };
    for (tick, label) in &scene.x.ticks {
        check(label, *tick, y.0);
    }
    for (tick, label) in &scene.y.ticks {
        check(label, x.0, *tick);
    }
    for layer in &scene.layers {
        match layer {
            Layer::Bars(bars) => {
                for bar in bars {
                    check("bar", bar.x.0, bar.y.0);
                    check("bar", bar.x.1, bar.y.1);
                    assert!(!bar.tooltip.is_empty());
                    if let Some((sx, sy)) = bar.selected {
                        check("selected", sx.0, sy.0);
                        check("selected", sx.1, sy.1);
                        assert!(sx.1 <= bar.x.1 + 1e-9 && sy.1 <= bar.y.1 + 1e-9);
                    }
                }
            }
            Layer::Points(points) => {
                assert_eq!(points.x.len(), points.y.len());
                assert_eq!(points.x.len(), points.rows.len());
                assert!(!points.inks.is_empty());
                for index in 0..points.len() {
                    let (px, py) = points.position(index).expect("a position");
                    check("point", px, py);
                    assert!(points.category_of(index) < points.inks.len());
                }
            }
            Layer::Raster(raster) => {
                check("raster", raster.x.0, raster.y.0);
                check("raster", raster.x.1, raster.y.1);
                assert_eq!(raster.counts.len(), raster.columns * raster.rows);
            }
            Layer::Lines(lines) => {
                for [px, py] in lines.iter().flat_map(|line| &line.points) {
                    if !py.is_nan() {
                        check("line", *px, *py);
                    }
                }
            }
            Layer::Bands(bands) => {
                for band in bands {
                    for ((px, low), high) in band.x.iter().zip(&band.low).zip(&band.high) {
                        check("band", *px, *low);
                        check("band", *px, *high);
                    }
                }
            }
            Layer::Spots(spots) => {
                for spot in spots {
                    check("spot", spot.x, spot.y);
                }
            }
            Layer::Labels(labels) => {
                for label in labels {
                    check(&label.text, label.x, label.y);
                }
            }
        }
    }
}

#[test]
fn prepared_charts_go_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Prepared>();
    shared::<Scene>();
}

#[test]
fn registry_is_sorted_and_well_named() {
    let ids: Vec<&str> = REGISTRY.iter().map(|mark| mark.id()).collect();
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(ids, sorted);
    for mark in REGISTRY {
        assert!(
            mark.id()
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'_'),
            "{}",
            mark.id()
        );
        assert!(mark.name().starts_with(|c: char| c.is_uppercase()));
        assert!(mark.summary().len() > 10 && !mark.summary().ends_with('.'));
        assert!(marks::find(mark.id()).is_some());
    }
}

#[test]
fn every_mark_draws_every_fitting_choice_inside_its_frame() {
    let table = sample(300);
    let specs = all_charts(&table);
    let used: std::collections::BTreeSet<&str> = specs
        .iter()
        .filter_map(|spec| spec.mark.as_deref())
        .collect();
    assert_eq!(used.len(), REGISTRY.len(), "a mark fits nothing: {used:?}");
    let some = RowSet::from_rows(300, (0..300).filter(|row| row % 3 == 0));
    for spec in &specs {
        let prepared = prepared(&table, spec);
        for selection in [None, Some(&some)] {
            let scene = scene(&prepared, selection);
            assert_inside(spec, &scene);
            assert!(scene.description.len() > 20, "{spec:?}");
            assert!(
                scene.subtitle.contains("row"),
                "{spec:?}: {}",
                scene.subtitle
            );
            assert!(!scene.title.is_empty());
        }
        let plain = scene(&prepared, None);
        // A zoomed view is shown as asked, whatever lies in it.
        let part = |(low, high): (f64, f64)| (low + (high - low) * 0.3, low + (high - low) * 0.6);
        let view = View {
            x: part(plain.x.domain),
            y: part(plain.y.domain),
        };
        let near = build_scene(&prepared, SIZE, Some(view), None, &TaskContext::new());
        let near = near.unwrap_or_else(|error| panic!("{spec:?}: {error}"));
        assert_eq!((near.x.domain, near.y.domain), (view.x, view.y), "{spec:?}");
        let inside = |(low, high): (f64, f64), at: f64| at >= low - 1e-9 && at <= high + 1e-9;
        assert!(
            near.x.ticks.iter().all(|(at, _)| inside(view.x, *at)),
            "{spec:?}"
        );
        assert!(
            near.y.ticks.iter().all(|(at, _)| inside(view.y, *at)),
            "{spec:?}"
        );
        let svg = to_svg(&plain, 640.0, 400.0, SvgTheme::Light);
        assert!(
            svg.starts_with("<svg ") && svg.ends_with("</svg>\n"),
            "{spec:?}"
        );
        assert!(
            !svg.contains("NaN") && !svg.contains("inf"),
            "{spec:?}: {svg}"
        );
        assert!(prepared.memory_bytes() > 0, "{spec:?}");
    }
}

#[test]
fn odd_data_is_drawn_or_refused_but_never_panics() {
    let column = |name: &str, values: &[Option<f64>]| numbers(name, values.to_vec());
    let odd: Vec<(&str, Vec<Option<f64>>)> = vec![
        ("empty", vec![]),
        ("all blank", vec![None; 40]),
        ("one row", vec![Some(3.5)]),
        ("constant", vec![Some(7.0); 40]),
        ("not numbers", vec![Some(f64::NAN); 40]),
        (
            "infinite",
            vec![
                Some(f64::INFINITY),
                Some(f64::NEG_INFINITY),
                Some(1.0),
                Some(2.0),
            ],
        ),
        ("only infinite", vec![Some(f64::INFINITY); 4]),
        ("huge", vec![Some(-1e308), Some(1e308), Some(0.0)]),
        ("tiny", vec![Some(1e-300), Some(2e-300), Some(0.0)]),
        (
            "close",
            vec![Some(1e15), Some(1e15 + 1.0), Some(1e15 + 2.0)],
        ),
        ("negative zero", vec![Some(-0.0), Some(0.0)]),
    ];
    for (name, values) in odd {
        let rows = values.len();
        let words: Vec<Option<&str>> = (0..rows)
            .map(|row| match name {
                "all blank" => None,
                "constant" => Some("same"),
                _ => Some(if row % 2 == 0 { "" } else { "b<&>\"" }),
            })
            .collect();
        let flags: Vec<Option<bool>> = (0..rows)
            .map(|row| (name != "all blank").then_some(row % 2 == 0))
            .collect();
        let days: Vec<Option<i32>> = (0..rows)
            .map(|row| match name {
                "all blank" => None,
                "huge" => Some(if row == 0 { i32::MIN / 2 } else { i32::MAX / 2 }),
                _ => Some(18_000),
            })
            .collect();
        let table = table(vec![
            column("mass", &values),
            column("other", &values),
            Series::new("species".into(), words.clone()).into_column(),
            Series::new("island".into(), words).into_column(),
            dates("day", days),
            Series::new("flag".into(), flags).into_column(),
        ]);
        let all = RowSet::full(rows);
        for spec in all_charts(&table) {
            let Ok(prepared) = prepare(&table, &spec, &TaskContext::new()) else {
                continue;
            };
            for selection in [None, Some(&all)] {
                if let Ok(scene) =
                    build_scene(&prepared, SIZE, None, selection, &TaskContext::new())
                {
                    assert_inside(&spec, &scene);
                    let svg = to_svg(&scene, 400.0, 300.0, SvgTheme::Dark);
                    assert!(!svg.contains("NaN"), "{name} {spec:?}");
                }
            }
            let everything = Brush {
                x: (-1e308, 1e308),
                y: (-1e308, 1e308),
            };
            assert!(rows_in(&prepared, everything, &TaskContext::new()).count() <= rows);
        }
    }
}

#[test]
fn defaults_follow_the_kinds_of_the_columns() {
    use ColumnKind::{Category, Number, Text, Time, YesNo};
    let table = sample(400);
    let schema = table.schema();
    let kinds: Vec<ColumnKind> = schema.columns.iter().map(|column| column.kind).collect();
    assert_eq!(
        kinds,
        [
            Number, Number, Category, Category, Time, YesNo, Text, Number
        ]
    );
    let cases = [
        (Some("bill"), None, Some("histogram")),
        (None, Some("bill"), Some("histogram")),
        (Some("species"), None, Some("bar")),
        (Some("flag"), None, Some("bar")),
        (Some("day"), None, Some("time_count")),
        (Some("note"), None, Some("text_length")),
        (Some("bill"), Some("mass"), Some("scatter")),
        (Some("bill"), Some("species"), Some("box_plot")),
        (Some("species"), Some("bill"), Some("box_plot")),
        (Some("species"), Some("island"), Some("share_bar")),
        (Some("day"), Some("bill"), Some("line")),
        (None, None, None),
        (Some("no such column"), None, None),
    ];
    for (x, y, wanted) in cases {
        assert_eq!(
            default_mark(schema, &spec(x, y, None)),
            wanted,
            "{x:?} {y:?}"
        );
    }
    for (x, y, wanted) in [
        (Some("few"), None, "bar"),
        (Some("bill"), None, "histogram"),
        (Some("note"), Some("species"), "heat_map"),
    ] {
        assert_eq!(prepared(&table, &spec(x, y, None)).mark, wanted);
    }
    let first = alternatives(schema, &spec(Some("species"), Some("island"), None));
    let ids: Vec<&str> = first.iter().map(|mark| mark.id()).collect();
    assert_eq!(ids, ["share_bar", "grouped_bar", "heat_map"]);
}

#[test]
fn wrong_requests_say_what_would_be_right() {
    let table = sample(50);
    let refused =
        |spec: &ChartSpec| prepare(&table, spec, &TaskContext::new()).expect_err("an error");
    assert_eq!(
        refused(&spec(None, None, None)).code,
        "chart_without_columns"
    );
    let unknown = refused(&spec(Some("bil"), None, None));
    assert_eq!(unknown.code, "unknown_column");
    assert!(unknown.why.contains("bill"));
    assert_eq!(
        refused(&with_mark(spec(Some("bill"), None, None), "pie")).code,
        "unknown_mark"
    );
    let fits = refused(&with_mark(spec(Some("bill"), None, None), "line"));
    assert_eq!(fits.code, "mark_does_not_fit");
    assert!(fits.hint.is_some_and(|hint| hint.contains("Histogram")));
    let task = TaskContext::new();
    task.cancel();
    assert!(
        prepare(&table, &spec(Some("bill"), None, None), &task)
            .err()
            .is_some_and(|e| e.is_cancelled())
    );
}
