//! Charts: every mark on every kind of data, honest counts, linked selections, files.

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

#[test]
fn histogram_counts_what_a_loop_counts() {
    let table = sample(5_000);
    let chart = prepared(&table, &spec(Some("bill"), None, None));
    let scene = scene(&chart, None);
    let series = table
        .frame()
        .column("bill")
        .expect("bill")
        .as_materialized_series()
        .clone();
    let values: Vec<Option<f64>> = series.f64().expect("numbers").iter().collect();
    let bars: Vec<&Bar> = counting_bars(&scene)
        .into_iter()
        .filter(|bar| !bar.hatched)
        .collect();
    assert!((10..=60).contains(&bars.len()), "{}", bars.len());
    let last = bars.last().map_or(0.0, |bar| bar.x.1);
    let mut total = 0.0;
    for bar in &bars {
        let inside = |v: f64| v >= bar.x.0 && (v < bar.x.1 || (bar.x.1 == last && v <= last));
        let counted = values.iter().flatten().filter(|&&v| inside(v)).count();
        assert_eq!(bar.y, (0.0, counted as f64), "{}", bar.tooltip);
        total += bar.y.1;
    }
    let blanks = values.iter().filter(|v| v.is_none()).count();
    assert_eq!(total as usize + blanks, 5_000);
    let hatched: Vec<&Bar> = counting_bars(&scene)
        .into_iter()
        .filter(|bar| bar.hatched)
        .collect();
    assert_eq!(hatched.len(), 1);
    assert_eq!(hatched[0].y.1 as usize, blanks);
    assert!(hatched[0].x.0 > last, "blanks stand apart");
    assert!(
        scene.subtitle.contains(&format!("{blanks} of them blank")),
        "{}",
        scene.subtitle
    );
}

#[test]
fn whole_numbers_get_a_bar_each_on_the_number() {
    let values: Vec<Option<f64>> = (0..600).map(|row| Some(f64::from(row % 30))).collect();
    let table = table(vec![numbers("n", values)]);
    let scene = scene(&prepared(&table, &spec(Some("n"), None, None)), None);
    let bars = counting_bars(&scene);
    assert_eq!(bars.len(), 30);
    for (index, bar) in bars.iter().enumerate() {
        assert_eq!(bar.x, (index as f64 - 0.5, index as f64 + 0.5));
        assert_eq!(bar.y.1, 20.0);
    }
}

#[test]
fn categories_come_by_count_with_the_rest_gathered() {
    let words: Vec<String> = (0..4_000_u32)
        .map(|row| format!("v{:03}", (f64::from(row).sqrt() as u32) * 37 % 61))
        .collect();
    let table = table(vec![Series::new("c".into(), words.clone()).into_column()]);
    let chart = prepared(&table, &spec(Some("c"), None, None));
    assert_eq!(chart.mark, "bar");
    let scene = scene(&chart, None);
    let bars = counting_bars(&scene);
    assert_eq!(bars.len(), 16, "fifteen values and the rest");
    let lengths: Vec<f64> = bars.iter().rev().map(|bar| bar.x.1).collect();
    assert!(
        lengths[..15].windows(2).all(|pair| pair[0] >= pair[1]),
        "{lengths:?}"
    );
    assert_eq!(lengths.iter().sum::<f64>(), 4_000.0);
    let distinct = words
        .iter()
        .collect::<std::collections::BTreeSet<_>>()
        .len();
    let label = &scene.y.ticks[0].1;
    assert_eq!(label, &format!("other {} values", distinct - 15));
    assert!(bars.iter().all(|bar| bar.x.0 == 0.0), "bars start at zero");
}

#[test]
fn more_than_six_colours_become_other() {
    let words: Vec<String> = (0..900).map(|row| format!("k{}", row % 9)).collect();
    let values = (0..900).map(|row| Some(f64::from(row) * 0.37)).collect();
    let table = table(vec![
        numbers("n", values),
        Series::new("k".into(), words).into_column(),
    ]);
    let scene = scene(&prepared(&table, &spec(Some("n"), None, Some("k"))), None);
    let labels: Vec<&str> = scene
        .legend
        .iter()
        .map(|entry| entry.label.as_str())
        .collect();
    assert_eq!(
        labels,
        ["k0", "k1", "k2", "k3", "k4", "k5", "other 3 values"]
    );
    assert_eq!(scene.legend.last().map(|entry| entry.ink), Some(Ink::Other));
    let total: f64 = counting_bars(&scene)
        .iter()
        .map(|bar| bar.y.1 - bar.y.0)
        .sum();
    assert_eq!(total, 900.0);
}

#[test]
fn dates_are_counted_by_unit_with_gaps() {
    let mut days: Vec<Option<i32>> = (0..300).map(|day| Some(18_262 + day % 20)).collect();
    days.extend((0..40).map(|day| Some(18_262 + 50 + day % 4)));
    days.push(None);
    let table = table(vec![dates("day", days)]);
    let scene = scene(&prepared(&table, &spec(Some("day"), None, None)), None);
    let bars = counting_bars(&scene);
    assert_eq!(bars.len(), 24, "days without rows have no bar");
    assert_eq!(bars[0].x, ((18_262 * DAY) as f64, (18_263 * DAY) as f64));
    assert!(
        bars[0].tooltip.starts_with("1 Jan 2020: 15 rows"),
        "{}",
        bars[0].tooltip
    );
    assert_eq!(bars.iter().map(|bar| bar.y.1).sum::<f64>(), 340.0);
    assert!(scene.subtitle.contains("1 blank"));
    assert!(scene.note.is_some_and(|note| note.contains("30 of 54")));
}

#[test]
fn a_line_is_the_mean_with_its_interval() {
    let mut days = Vec::new();
    let mut values = Vec::new();
    for day in 0..30 {
        for part in 0..4 {
            days.push(Some(19_000 + day));
            values.push(Some(f64::from(day) + f64::from(part)));
        }
    }
    let table = table(vec![dates("day", days), numbers("v", values)]);
    let scene = scene(&prepared(&table, &spec(Some("day"), Some("v"), None)), None);
    let Some(Layer::Lines(lines)) = scene
        .layers
        .iter()
        .find(|layer| matches!(layer, Layer::Lines(_)))
    else {
        panic!("no line");
    };
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].points.len(), 30);
    let Some(Layer::Bands(bands)) = scene.layers.first() else {
        panic!("no band");
    };
    // 0, 1, 2, 3: standard deviation √(5/3), so the mean is known to ±1.96 · √(5/12).
    let half = 1.96 * (5.0_f64 / 12.0).sqrt();
    for (day, point) in lines[0].points.iter().enumerate() {
        assert!((point[1] - (day as f64 + 1.5)).abs() < 1e-9);
        assert!((bands[0].high[day] - point[1] - half).abs() < 1e-9);
        assert!((point[1] - bands[0].low[day] - half).abs() < 1e-9);
    }
}

#[test]
fn boxes_are_sorted_by_median_and_exact() {
    let mut words = Vec::new();
    let mut values = Vec::new();
    for (name, shift) in [("high", 100.0), ("low", 0.0), ("middle", 50.0)] {
        for part in 0..=100 {
            words.push(name);
            values.push(Some(shift + f64::from(part) / 10.0));
        }
    }
    let table = table(vec![
        Series::new("c".into(), words).into_column(),
        numbers("v", values),
    ]);
    let scene = scene(&prepared(&table, &spec(Some("c"), Some("v"), None)), None);
    let names: Vec<&str> = scene
        .x
        .ticks
        .iter()
        .map(|(_, name)| name.as_str())
        .collect();
    assert_eq!(names, ["low", "middle", "high"]);
    let bars = bars(&scene);
    for (bar, shift) in bars.iter().zip([0.0, 50.0, 100.0]) {
        assert_eq!(bar.y, (shift + 2.5, shift + 7.5));
    }
    let strip = points(&scene).expect("single rows");
    assert_eq!(strip.len(), 303);
    let labels = scene.layers.iter().find_map(|layer| match layer {
        Layer::Labels(labels) => Some(labels),
        _ => None,
    });
    assert!(labels.is_some_and(|labels| labels.iter().all(|label| label.text == "n\u{a0}101")));
}

/// Rows in the selected parts of all bars of a scene.
fn selected_in_bars(scene: &Scene, lying: bool) -> f64 {
    counting_bars(scene)
        .iter()
        .filter_map(|bar| bar.selected)
        .map(|(x, y)| if lying { x.1 - x.0 } else { y.1 - y.0 })
        .sum()
}

#[test]
fn selected_parts_add_up_to_the_selection() {
    let table = sample(3_000);
    let chosen = RowSet::from_rows(3_000, (0..3_000).filter(|row| row * 7 % 11 < 4));
    for (spec, lying) in [
        (spec(Some("bill"), None, None), false),
        (spec(Some("bill"), None, Some("species")), false),
        (spec(Some("few"), None, Some("flag")), false),
        (spec(Some("species"), None, None), true),
        (spec(Some("island"), None, Some("flag")), true),
        (spec(Some("note"), None, None), false),
    ] {
        let scene = scene(&prepared(&table, &spec), Some(&chosen));
        let total = selected_in_bars(&scene, lying);
        assert!(
            (total - chosen.count() as f64).abs() < 1e-6,
            "{spec:?}: {total}"
        );
        assert!(
            scene.subtitle.starts_with("1,091 selected of"),
            "{}",
            scene.subtitle
        );
    }
    let empty = RowSet::empty(3_000);
    let none = scene(
        &prepared(&table, &spec(Some("bill"), None, None)),
        Some(&empty),
    );
    assert!(
        bars(&none).iter().all(|bar| bar.selected.is_none()),
        "nothing selected is no selection"
    );
}

#[test]
fn a_brush_over_a_bar_selects_its_rows_and_no_others() {
    let table = sample(2_000);
    let task = TaskContext::new();
    for spec in all_charts(&table) {
        let mark = spec.mark.as_deref().unwrap_or_default();
        if ![
            "histogram",
            "bar",
            "time_count",
            "text_length",
            "grouped_bar",
            "heat_map",
        ]
        .contains(&mark)
        {
            continue;
        }
        let chart = prepared(&table, &spec);
        let plain = scene(&chart, None);
        let mut seen = RowSet::empty(2_000);
        let mut sum = 0;
        for bar in counting_bars(&plain) {
            let middle = |(low, high): (f64, f64)| {
                let centre = low / 2.0 + high / 2.0;
                (centre - (high - low) * 1e-3, centre + (high - low) * 1e-3)
            };
            let brush = Brush {
                x: middle(bar.x),
                y: middle(bar.y),
            };
            let rows = rows_in(&chart, brush, &task);
            let words = format!(
                ": {} row",
                benchtop::base::format::count(rows.count() as u64)
            );
            assert!(
                bar.tooltip.contains(&words),
                "{spec:?}: {} {}",
                bar.tooltip,
                rows.count()
            );
            sum += rows.count();
            seen.union(&rows);
            // Selecting the rows of a bar lights up exactly that bar.
            let lit = scene(&chart, Some(&rows));
            let full = counting_bars(&lit)
                .into_iter()
                .find(|other| other.x == bar.x && other.y == bar.y);
            assert_eq!(
                full.and_then(|other| other.selected),
                Some((bar.x, bar.y)),
                "{spec:?}"
            );
        }
        assert_eq!(sum, seen.count(), "{spec:?}: no row is in two bars");
        let frame = Brush {
            x: plain.x.domain,
            y: plain.y.domain,
        };
        assert_eq!(rows_in(&chart, frame, &task), seen, "{spec:?}");
    }
}

#[test]
fn a_brush_over_points_selects_by_position() {
    let table = sample(2_000);
    let task = TaskContext::new();
    let chart = prepared(&table, &spec(Some("bill"), Some("mass"), None));
    let scene = scene(&chart, None);
    let cloud = points(&scene).expect("points");
    let brush = Brush {
        x: (42.0, 38.0),
        y: (3_300.0, 4_000.0),
    };
    let wanted = RowSet::from_rows(
        2_000,
        (0..cloud.len())
            .filter(|&index| {
                let (x, y) = cloud.position(index).expect("a position");
                (38.0..=42.0).contains(&x) && (3_300.0..=4_000.0).contains(&y)
            })
            .map(|index| cloud.rows[index] as usize),
    );
    assert!(wanted.count() > 50);
    assert_eq!(rows_in(&chart, brush, &task), wanted);

    let triangle = [(36.0, 3_200.0), (46.0, 3_300.0), (40.0, 4_600.0)];
    let side = |a: (f64, f64), b: (f64, f64), p: (f64, f64)| {
        (b.0 - a.0) * (p.1 - a.1) - (b.1 - a.1) * (p.0 - a.0)
    };
    let wanted = RowSet::from_rows(
        2_000,
        (0..cloud.len())
            .filter(|&index| {
                let p = cloud.position(index).expect("a position");
                let sides = [0, 1, 2].map(|i| side(triangle[i], triangle[(i + 1) % 3], p) > 0.0);
                sides.iter().all(|&s| s == sides[0])
            })
            .map(|index| cloud.rows[index] as usize),
    );
    assert!(wanted.count() > 50);
    assert_eq!(rows_in_polygon(&chart, &triangle, &task), wanted);
    assert!(rows_in_polygon(&chart, &triangle[..2], &task).is_empty());
}

#[test]
fn selections_speak_of_source_rows_after_rows_were_taken() {
    let table = sample(1_000);
    let positions: Vec<usize> = (0..1_000).rev().filter(|row| row % 4 == 1).collect();
    let part = table.take(&positions).expect("rows");
    let task = TaskContext::new();
    for spec in [
        spec(Some("few"), None, None),
        spec(Some("bill"), Some("mass"), None),
        spec(Some("species"), Some("mass"), None),
    ] {
        let whole_chart = prepared(&table, &spec);
        let part_chart = prepared(&part, &spec);
        assert_eq!(part_chart.source_rows, 1_000);
        let brush = Brush {
            x: (-0.5, 42.0),
            y: (1.0, 4_000.0),
        };
        let mut expected = rows_in(&whole_chart, brush, &task);
        expected.intersect(&part.row_set());
        let got = rows_in(&part_chart, brush, &task);
        assert_eq!(got, expected, "{spec:?}");
        assert!(!got.is_empty());
        let lit = scene(&part_chart, Some(&got));
        let words = format!("{} selected of", got.count());
        assert!(lit.subtitle.starts_with(&words), "{}", lit.subtitle);
    }
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

#[test]
fn large_clouds_become_a_density_and_points_again_when_zoomed() {
    let table = cloud_table(60_000);
    let chart = prepared(&table, &spec(Some("x"), Some("y"), None));
    let plain = scene(&chart, None);
    let image = raster(&plain).expect("a raster");
    assert_eq!(image.counts.iter().sum::<u32>(), 60_000);
    assert!(
        plain
            .note
            .as_deref()
            .is_some_and(|note| note.starts_with("Density of 60,000 points"))
    );
    let chosen = RowSet::from_rows(60_000, (0..60_000).step_by(7));
    let lit = scene(&chart, Some(&chosen));
    let part = raster(&lit)
        .and_then(|raster| raster.selected.clone())
        .expect("selected counts");
    assert_eq!(part.iter().sum::<u32>() as usize, chosen.count());
    assert!(
        part.iter()
            .zip(image.counts.iter())
            .all(|(part, all)| part <= all)
    );

    let view = View {
        x: (2.0, 3.0),
        y: (0.5, 1.0),
    };
    let near = build_scene(&chart, SIZE, Some(view), None, &TaskContext::new()).expect("a scene");
    assert_eq!((near.x.domain, near.y.domain), (view.x, view.y));
    let shown = points(&near).expect("points");
    let brush = Brush {
        x: view.x,
        y: view.y,
    };
    assert_eq!(
        shown.len(),
        rows_in(&chart, brush, &TaskContext::new()).count()
    );
    assert_eq!(chart.cloud().map(|cloud| cloud.len()), Some(60_000));
}

#[test]
fn counting_points_matches_a_plain_loop() {
    let mut random = Random::new(11);
    let count = 700_000;
    let mut x: Vec<f32> = (0..count).map(|_| random.next_f64() as f32).collect();
    let y: Vec<f32> = (0..count).map(|_| random.next_f64() as f32 * 2.0).collect();
    x[5] = f32::NAN;
    x[6] = f32::INFINITY;
    let grid = Grid {
        x: (0.1, 0.9),
        y: (0.0, 1.5),
        columns: 61,
        rows: 47,
    };
    let mask: Vec<u64> = (0..count / 64 + 1).map(|_| random.next_u64()).collect();
    for mask in [None, Some(&mask[..])] {
        let mut wanted = vec![0_u32; 61 * 47];
        for index in 0..count {
            let taken = mask.is_none_or(|mask| (mask[index / 64] >> (index % 64)) & 1 == 1);
            let column = (x[index] - 0.1) * (61.0 / (0.9_f32 - 0.1));
            let row = y[index] * (47.0 / 1.5);
            if taken && (0.0..=61.0).contains(&column) && row <= 47.0 {
                wanted[(row as usize).min(46) * 61 + (column as usize).min(60)] += 1;
            }
        }
        let counted =
            density::count_points(&x, &y, mask, &grid, &TaskContext::new()).expect("counts");
        assert_eq!(counted, wanted);
    }
}

#[test]
fn dates_keep_their_precision_in_a_cloud() {
    let seconds: Vec<i64> = (0..500).map(|row| 1_700_000_000_000 + row * 250).collect();
    let time = Series::new("t".into(), seconds)
        .cast(&DataType::Datetime(
            polars::prelude::TimeUnit::Milliseconds,
            None,
        ))
        .expect("moments")
        .into_column();
    let values = (0..500)
        .map(|row| Some(1e9 + f64::from(row) * 0.001))
        .collect();
    let table = table(vec![time, numbers("v", values)]);
    let chart = prepared(
        &table,
        &with_mark(spec(Some("t"), Some("v"), None), "scatter"),
    );
    let scene = scene(&chart, None);
    let cloud = points(&scene).expect("points");
    for index in 0..500 {
        let (x, y) = cloud.position(index).expect("a position");
        assert!((x - (1_700_000_000.0 + index as f64 * 0.25)).abs() < 1e-4);
        assert!((y - (1e9 + index as f64 * 0.001)).abs() < 1e-6);
    }
}

#[test]
fn calendar_arithmetic_agrees_with_known_dates() {
    for (year, month, day, days) in [
        (1970, 1, 1, 0),
        (2000, 2, 29, 11_016),
        (2000, 3, 1, 11_017),
        (1969, 12, 31, -1),
        (1900, 3, 1, -25_508),
        (2025, 11, 22, 20_414),
        (1582, 10, 15, -141_427),
    ] {
        assert_eq!(scale::seconds_of(year, month, day), (days * DAY) as f64);
        let at = scale::moment((days * DAY) as f64 + 3_600.0);
        assert_eq!(
            (at.year, i64::from(at.month), i64::from(at.day)),
            (year, month, day)
        );
        assert_eq!(at.second_of_day, 3_600.0);
    }
    for unit in TimeUnit::ALL {
        for index in [-700, -1, 0, 1, 611] {
            let start = unit.start(index);
            assert_eq!(unit.index(start), index, "{unit:?}");
            assert_eq!(unit.index(start - 1.0), index - 1, "{unit:?}");
        }
    }
    // 24 November 2025 is a Monday.
    assert_eq!(
        TimeUnit::Week.start(TimeUnit::Week.index((20_416 * DAY) as f64)),
        (20_416 * DAY) as f64
    );
}

#[test]
fn axes_have_four_to_six_readable_ticks() {
    for (low, high) in [
        (0.0, 1.0),
        (0.0, 48_212.0),
        (-3.2, 17.9),
        (1e-7, 9e-7),
        (0.0, 12_400_000.0),
    ] {
        let axis = scale::linear_axis("v", (low, high), 600);
        assert!(
            (4..=6).contains(&axis.ticks.len()),
            "{low} to {high}: {:?}",
            axis.ticks
        );
        let mut labels: Vec<&String> = axis.ticks.iter().map(|(_, label)| label).collect();
        labels.dedup();
        assert_eq!(labels.len(), axis.ticks.len(), "labels differ");
    }
    assert_eq!(
        tick_labels(&scale::linear_axis("v", (0.0, 12_400_000.0), 600)),
        ["0", "2.5\u{a0}M", "5.0\u{a0}M", "7.5\u{a0}M", "10.0\u{a0}M"]
    );
    assert_eq!(
        tick_labels(&scale::linear_axis("v", (-10.0, 10.0), 600)),
        ["−10", "−5", "0", "5", "10"]
    );
    let year = (
        scale::seconds_of(2024, 1, 1),
        scale::seconds_of(2024, 12, 31),
    );
    let axis = tick_labels(&scale::time_axis("t", year, 600));
    assert_eq!(axis.first().map(String::as_str), Some("Jan 2024"));
    assert!((4..=6).contains(&axis.len()), "{axis:?}");
    let day = (
        scale::seconds_of(2024, 5, 3),
        scale::seconds_of(2024, 5, 3) + 86_000.0,
    );
    let axis = tick_labels(&scale::time_axis("t", day, 600));
    assert_eq!(axis.get(1).map(String::as_str), Some("06:00"), "{axis:?}");
}

fn tick_labels(axis: &benchtop::chart::Axis) -> Vec<String> {
    axis.ticks.iter().map(|(_, label)| label.clone()).collect()
}

// Colour: what the palette promises about contrast and colour blindness.

type Matrix = [[f64; 3]; 3];

const NORMAL: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
/// Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision
/// deficiency" (2009), severity 1.0, on linear light.
const PROTAN: Matrix = [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
];
const DEUTAN: Matrix = [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.011820, 0.042940, 0.968881],
];
const TRITAN: Matrix = [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.303900],
];

fn lab(colour: palette::Colour, vision: &Matrix) -> [f64; 3] {
    let linear = [0, 1, 2].map(|part| {
        let value = f64::from(colour[part]) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    });
    let seen = vision.map(|row| {
        row.iter()
            .zip(linear)
            .map(|(weight, part)| weight * part)
            .sum::<f64>()
            .clamp(0.0, 1.0)
    });
    let to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ];
    let white = [0.95047, 1.0, 1.08883];
    let f = |t: f64| {
        if t > 216.0 / 24389.0 {
            t.cbrt()
        } else {
            (24389.0 / 27.0 * t + 16.0) / 116.0
        }
    };
    let [x, y, z] = [0, 1, 2].map(|row| {
        let row_sum: f64 = to_xyz[row]
            .iter()
            .zip(seen)
            .map(|(weight, part)| weight * part)
            .sum();
        f(row_sum / white[row])
    });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula" (2005).
fn ciede2000(one: [f64; 3], two: [f64; 3]) -> f64 {
    let chroma = |lab: [f64; 3]| lab[1].hypot(lab[2]);
    let mean = (chroma(one) + chroma(two)) / 2.0;
    let g = 0.5 * (1.0 - (mean.powi(7) / (mean.powi(7) + 25.0_f64.powi(7))).sqrt());
    let (a1, a2) = (one[1] * (1.0 + g), two[1] * (1.0 + g));
    let (c1, c2) = (a1.hypot(one[2]), a2.hypot(two[2]));
    let hue = |a: f64, b: f64| b.atan2(a).to_degrees().rem_euclid(360.0);
    let (h1, h2) = (hue(a1, one[2]), hue(a2, two[2]));
    let mut turn = h2 - h1;
    if turn > 180.0 {
        turn -= 360.0;
    } else if turn < -180.0 {
        turn += 360.0;
    }
    let (dl, dc) = (two[0] - one[0], c2 - c1);
    let dh = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).to_radians().sin();
    let (l, c) = ((one[0] + two[0]) / 2.0, (c1 + c2) / 2.0);
    let h = match (h1 - h2).abs() {
        apart if apart <= 180.0 => (h1 + h2) / 2.0,
        _ if h1 + h2 < 360.0 => (h1 + h2 + 360.0) / 2.0,
        _ => (h1 + h2 - 360.0) / 2.0,
    };
    let cos = |degrees: f64| degrees.to_radians().cos();
    let t = 1.0 - 0.17 * cos(h - 30.0) + 0.24 * cos(2.0 * h) + 0.32 * cos(3.0 * h + 6.0)
        - 0.20 * cos(4.0 * h - 63.0);
    let turn = 30.0 * (-((h - 275.0) / 25.0).powi(2)).exp();
    let rc = 2.0 * (c.powi(7) / (c.powi(7) + 25.0_f64.powi(7))).sqrt();
    let sl = 1.0 + 0.015 * (l - 50.0).powi(2) / (20.0 + (l - 50.0).powi(2)).sqrt();
    let (sc, sh) = (1.0 + 0.045 * c, 1.0 + 0.015 * c * t);
    let rt = -(2.0 * turn).to_radians().sin() * rc;
    ((dl / sl).powi(2) + (dc / sc).powi(2) + (dh / sh).powi(2) + rt * dc / sc * dh / sh).sqrt()
}

#[test]
fn colours_keep_apart_for_every_kind_of_sight() {
    // A pair of the published test data of the formula.
    let known = ciede2000([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485]);
    assert!((known - 2.0425).abs() < 5e-5, "{known}");
    let cases = [
        (&palette::LIGHT, [29.7, 19.4, 19.5, 18.2], 3.0),
        (&palette::DARK, [32.4, 21.2, 20.9, 19.2], 3.3),
    ];
    for (colours, differences, contrast) in cases {
        for (vision, wanted) in [NORMAL, PROTAN, DEUTAN, TRITAN].iter().zip(differences) {
            let seen = colours.categorical.map(|colour| lab(colour, vision));
            let mut least = f64::INFINITY;
            for (index, &one) in seen.iter().enumerate() {
                for &two in &seen[..index] {
                    least = least.min(ciede2000(one, two));
                }
            }
            assert!(
                (least - wanted).abs() < 0.051,
                "{least} instead of {wanted}"
            );
        }
        let least = colours
            .categorical
            .iter()
            .map(|&colour| palette::contrast(colour, colours.canvas))
            .fold(f64::INFINITY, f64::min);
        assert!(
            (least - contrast).abs() < 0.051,
            "{least} instead of {contrast}"
        );
        assert!(palette::contrast(colours.label, colours.canvas) >= 4.5);
        assert!(palette::contrast(colours.text, colours.canvas) >= 7.0);
        assert!(palette::contrast(colours.axis, colours.canvas) >= 3.0);
    }
    assert_eq!(
        palette::resolve(Ink::Category(2), false),
        [0x0C, 0x7E, 0x5F, 255]
    );
    assert_eq!(
        palette::resolve(Ink::Category(6), true),
        palette::DARK.other
    );
}

// Files.

fn fonts() -> Vec<Vec<u8>> {
    [
        "Inter-Regular.ttf",
        "Inter-Medium.ttf",
        "Inter-SemiBold.ttf",
    ]
    .iter()
    .map(|name| {
        let path = project_file("assets/fonts").join(name);
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    })
    .collect()
}

fn assert_snapshot(name: &str, svg: &str) {
    let path = project_file("tests/snapshots").join(format!("{name}.svg"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::create_dir_all(project_file("tests/snapshots")).expect("a folder");
        std::fs::write(&path, svg).expect("a file");
    }
    let wanted = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; set UPDATE_SNAPSHOTS=1", path.display()));
    let difference = wanted
        .lines()
        .zip(svg.lines())
        .enumerate()
        .find(|(_, (a, b))| a != b);
    assert!(wanted == svg, "{name}.svg differs, first at {difference:?}");
}

#[test]
fn svg_snapshots() {
    let table = sample(120);
    let few = table.take(&(0..40).collect::<Vec<_>>()).expect("rows");
    let draw = |table: &Table, spec: &ChartSpec| {
        let chart = prepared(table, spec);
        let size = (480.0, 320.0);
        draw_svg(&chart, size, SvgTheme::Light, None, &TaskContext::new()).expect("a document")
    };
    assert_snapshot("histogram", &draw(&table, &spec(Some("bill"), None, None)));
    assert_snapshot(
        "bar",
        &draw(&table, &spec(Some("island"), None, Some("species"))),
    );
    assert_snapshot(
        "scatter",
        &draw(&few, &spec(Some("bill"), Some("mass"), Some("species"))),
    );
}

#[test]
fn svg_keeps_words_as_words_and_safe() {
    let words = vec!["<script>", "a & b", "\u{1}\"quoted\""];
    let table = table(vec![Series::new("a<b".into(), words).into_column()]);
    let svg = to_svg(
        &scene(&prepared(&table, &spec(Some("a<b"), None, None)), None),
        480.0,
        320.0,
        SvgTheme::Light,
    );
    assert!(svg.contains("&lt;script&gt;") && !svg.contains("<script>"));
    assert!(svg.contains("a &amp; b"));
    assert!(!svg.contains('\u{1}'));
    assert!(svg.contains("<title id=\"title\">a&lt;b</title>"));
    assert!(svg.contains("<desc id=\"desc\">Bars of 3 values of a&lt;b, 3 rows"));
}

fn decode(png: &[u8]) -> (u32, u32) {
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| u32::from_be_bytes([png[at], png[at + 1], png[at + 2], png[at + 3]]);
    (number(16), number(20))
}

#[test]
fn png_has_the_size_asked_for_and_shows_words_and_densities() {
    let fonts = fonts();
    let fonts: Vec<&[u8]> = fonts.iter().map(Vec::as_slice).collect();
    let table = sample(300);
    let svg = to_svg(
        &scene(
            &prepared(&table, &spec(Some("bill"), Some("mass"), Some("species"))),
            None,
        ),
        480.0,
        320.0,
        SvgTheme::Light,
    );
    let with_words = to_png(&svg, 2.0, &fonts).expect("a picture");
    assert_eq!(decode(&with_words), (960, 640));
    let without = to_png(&svg, 2.0, &[]).expect("a picture");
    assert!(with_words.len() > without.len() + 1_000, "words are drawn");
    assert!(
        to_png(&svg, 1_000.0, &fonts)
            .err()
            .is_some_and(|e| e.code == "picture_too_large")
    );
    assert!(to_png("<svg", 1.0, &fonts).is_err());

    let cloud = scene(
        &prepared(&cloud_table(60_000), &spec(Some("x"), Some("y"), None)),
        None,
    );
    let svg = to_svg(&cloud, 480.0, 320.0, SvgTheme::Light);
    let start = svg.find("<image ").expect("an image");
    let end = start + svg[start..].find("/>").expect("its end") + 2;
    let bare = format!("{}{}", &svg[..start], &svg[end..]);
    let drawn = to_png(&svg, 1.0, &fonts).expect("a picture");
    let empty = to_png(&bare, 1.0, &fonts).expect("a picture");
    assert!(
        drawn.len() > empty.len() + 10_000,
        "{} and {}",
        drawn.len(),
        empty.len()
    );
}

#[test]
fn shading_shows_single_rows_and_dims_what_is_not_selected() {
    let raster = Raster {
        x: (0.0, 1.0),
        y: (0.0, 1.0),
        columns: 2,
        rows: 2,
        counts: Arc::new(vec![1, 0, 1_000, 5]),
        selected: None,
    };
    let pixels = density::shade(&raster, false);
    // The first row of counts is the lowest of the picture.
    assert_eq!(&pixels[12..16], &[0, 0, 0, 0], "no rows: clear");
    let colour = |at: usize| [pixels[at], pixels[at + 1], pixels[at + 2], 255];
    assert!(
        palette::contrast(colour(8), [255, 255, 255, 255]) > 1.3,
        "a single row is seen"
    );
    assert!(
        palette::contrast(colour(0), [255, 255, 255, 255]) > 7.0,
        "many rows are dark"
    );
    let lit = density::shade(
        &Raster {
            selected: Some(Arc::new(vec![0, 0, 10, 0])),
            ..raster
        },
        false,
    );
    assert_eq!(&lit[8..12], &palette::LIGHT.deselected);
    assert_ne!(&lit[0..4], &palette::LIGHT.deselected);
}
