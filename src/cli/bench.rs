//! `benchtop bench [NAME]`: our side of each benchmark, as JSON.

mod window;

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};

use super::args::BenchArguments;
use super::bench_cross_validation::cross_validation;
use super::bench_learners::learners;
use super::console::{Context, Report};
use super::profile::profiles_of;
use super::training::{self, Choice, How};
use crate::base::error::io_error;
use crate::base::{Fingerprint, Params, Random, UserError};
use crate::chart::density::{Grid, count_points};
use crate::chart::{self, Brush, ChartSpec, SceneSize};
use crate::data::Table;
use crate::data::page::page;
use crate::data::table::{NewColumn, NewValues};
use crate::evaluate::{SplitPlan, preflight};
use crate::formats;
use crate::pipeline::LearningPlan;
use crate::project::samples;

/// The table of flights: the one asked for, otherwise the sample.
pub(super) fn flights_file(arguments: &BenchArguments) -> Result<PathBuf, UserError> {
    match &arguments.data {
        Some(path) => Ok(path.clone()),
        None => samples::extract("flights.csv"),
    }
}

/// One benchmark.
struct Bench {
    name: &'static str,
    run: fn(&BenchArguments, &Context) -> Result<Value, UserError>,
}

const BENCHES: [Bench; 10] = [
    Bench {
        name: "csv_load",
        run: csv_load,
    },
    Bench {
        name: "profile",
        run: profile,
    },
    Bench {
        name: "brush_10m",
        run: brush,
    },
    Bench {
        name: "scroll_page_10m",
        run: scroll,
    },
    Bench {
        name: "pixels_10m",
        run: pixels,
    },
    Bench {
        name: "window_10m",
        run: window::window,
    },
    Bench {
        name: "train_flights",
        run: train,
    },
    Bench {
        name: "learners",
        run: learners,
    },
    Bench {
        name: "cross_validate",
        run: cross_validation,
    },
    Bench {
        name: "guardrails",
        run: guardrails,
    },
];

const SEED: u64 = 1;
const FILE_ROWS: usize = 1_000_000;
const MANY_ROWS: usize = 10_000_000;
const REPEATS: usize = 3;

pub fn run(arguments: &BenchArguments, context: &Context) -> Result<Report, UserError> {
    let mut results = Vec::new();
    for bench in &BENCHES {
        if arguments
            .name
            .as_deref()
            .is_none_or(|name| name == bench.name)
        {
            context
                .task
                .progress(0, 0, &format!("Measuring {}", bench.name));
            results.push((bench.run)(arguments, context)?);
        }
    }
    let json = match results.as_slice() {
        [] => {
            let known: Vec<&str> = BENCHES.iter().map(|bench| bench.name).collect();
            return Err(UserError::usage(
                "unknown_benchmark",
                format!(
                    "There is no benchmark called {}",
                    arguments.name.as_deref().unwrap_or_default()
                ),
                format!("The benchmarks are {}", known.join(", ")),
            ));
        }
        [one] => one.clone(),
        several => json!({ "results": several }),
    };
    Ok(Report {
        text: serde_json::to_string_pretty(&json).unwrap_or_default(),
        json,
        failure: None,
    })
}

/// A file of a benchmark; one that was made for it is removed afterwards.
struct BenchFile {
    path: PathBuf,
    made: bool,
}

impl BenchFile {
    fn of(arguments: &BenchArguments, context: &Context) -> Result<Self, UserError> {
        if let Some(path) = &arguments.data {
            return Ok(Self {
                path: path.clone(),
                made: false,
            });
        }
        let path = std::env::temp_dir().join(format!("benchtop-bench-{}.csv", std::process::id()));
        let file = Self { path, made: true };
        write_csv(&file.path, arguments.rows.unwrap_or(FILE_ROWS), context)?;
        Ok(file)
    }
}

impl Drop for BenchFile {
    fn drop(&mut self) {
        if self.made {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Orders of a shop: whole numbers, decimals with blanks, dates, few and many texts.
fn write_csv(path: &Path, rows: usize, context: &Context) -> Result<(), UserError> {
    const REGIONS: [&str; 5] = ["north", "south", "east", "west", "overseas"];
    let failed = |error: std::io::Error| {
        io_error(
            "The file to measure with could not be written",
            path,
            &error,
        )
    };
    let mut out = BufWriter::new(std::fs::File::create(path).map_err(failed)?);
    let mut random = Random::new(SEED);
    writeln!(out, "order,day,region,customer,items,price,weight,paid").map_err(failed)?;
    for row in 0..rows {
        if row % 100_000 == 0 {
            context.task.check()?;
            context
                .task
                .progress(row as u64, rows as u64, "Making a file to measure with");
        }
        let region = REGIONS
            .get(random.below(REGIONS.len()))
            .copied()
            .unwrap_or_default();
        let weight = if random.below(10) == 0 {
            String::new()
        } else {
            format!("{:.3}", random.next_f64() * 40.0)
        };
        writeln!(
            out,
            "{},2025-{:02}-{:02},{region},c{},{},{:.2},{weight},{}",
            row + 1,
            random.below(12) + 1,
            random.below(28) + 1,
            random.below(50_000),
            random.below(9) + 1,
            random.next_f64() * 500.0,
            random.below(2) == 0
        )
        .map_err(failed)?;
    }
    out.flush().map_err(failed)
}

fn csv_load(arguments: &BenchArguments, context: &Context) -> Result<Value, UserError> {
    let file = BenchFile::of(arguments, context)?;
    let bytes = std::fs::metadata(&file.path).map_or(0, |data| data.len());
    let mut seconds = Vec::new();
    let mut shape = (0, 0);
    for _ in 0..REPEATS {
        let started = Instant::now();
        let (table, _) = formats::read(&file.path, None, &Params::new(), &context.task.part())?;
        seconds.push(started.elapsed().as_secs_f64());
        shape = (table.rows(), table.width());
    }
    let best = least(&seconds);
    Ok(json!({
        "name": "csv_load",
        "seconds": best,
        "all_seconds": seconds,
        "rows": shape.0,
        "columns": shape.1,
        "bytes": bytes,
        "megabytes_per_second": bytes as f64 / 1e6 / best,
    }))
}

fn profile(arguments: &BenchArguments, context: &Context) -> Result<Value, UserError> {
    let file = BenchFile::of(arguments, context)?;
    let (table, _) = formats::read(&file.path, None, &Params::new(), &context.task.part())?;
    let mut seconds = Vec::new();
    for _ in 0..REPEATS {
        let started = Instant::now();
        profiles_of(&table, context)?;
        seconds.push(started.elapsed().as_secs_f64());
    }
    Ok(json!({
        "name": "profile",
        "seconds": least(&seconds),
        "all_seconds": seconds,
        "rows": table.rows(),
        "columns": table.width(),
    }))
}

/// Two clouds of points and two texts, made in memory.
fn large_table(rows: usize, context: &Context) -> Result<Table, UserError> {
    let mut random = Random::new(SEED);
    let mut x = Vec::with_capacity(rows);
    let mut y = Vec::with_capacity(rows);
    let mut group = Vec::with_capacity(rows);
    for row in 0..rows {
        if row % 1_000_000 == 0 {
            context.task.check()?;
            context
                .task
                .progress(row as u64, rows as u64, "Making a table to measure with");
        }
        let far = random.below(3) as f64;
        // The mean of a few uniform numbers is nearly normal.
        let mut near = || (0..4).map(|_| random.next_f64()).sum::<f64>() - 2.0;
        x.push(far * 2.0 + near());
        y.push(far * far + near());
        group.push(Some(if far > 1.0 {
            "far".to_owned()
        } else {
            "near".to_owned()
        }));
    }
    let columns = [
        NewColumn {
            name: "x".to_owned(),
            values: NewValues::Numbers(x),
        },
        NewColumn {
            name: "y".to_owned(),
            values: NewValues::Numbers(y),
        },
        NewColumn {
            name: "group".to_owned(),
            values: NewValues::Texts(group),
        },
    ];
    Table::of_columns(&columns, Fingerprint::of(&[b"bench", &rows.to_le_bytes()]))
}

/// A brush over a scatter chart: which rows it selects, then the drawing with them selected.
fn brush(arguments: &BenchArguments, context: &Context) -> Result<Value, UserError> {
    const BRUSHES: usize = 20;
    let rows = arguments.rows.unwrap_or(MANY_ROWS);
    let table = large_table(rows, context)?;
    let spec = ChartSpec {
        x: Some("x".to_owned()),
        y: Some("y".to_owned()),
        ..ChartSpec::default()
    };
    let task = context.task.part();
    let started = Instant::now();
    let prepared = chart::prepare(&table, &spec, &task)?;
    let prepare_seconds = started.elapsed().as_secs_f64();
    let size = SceneSize {
        width: 900,
        height: 600,
    };
    let started = Instant::now();
    chart::build_scene(&prepared, size, None, None, &task)?;
    let first_scene_seconds = started.elapsed().as_secs_f64();
    let mut random = Random::new(SEED);
    let mut select = Vec::new();
    let mut redraw = Vec::new();
    let mut selected_rows = 0;
    for _ in 0..BRUSHES {
        context.task.check()?;
        let (x, y) = (random.next_f64() * 5.0 - 1.0, random.next_f64() * 5.0 - 1.0);
        let rectangle = Brush {
            x: (x, x + 1.5),
            y: (y, y + 1.5),
        };
        let started = Instant::now();
        let selected = chart::rows_in(&prepared, rectangle, &task);
        select.push(started.elapsed().as_secs_f64());
        selected_rows += selected.count();
        let started = Instant::now();
        chart::build_scene(&prepared, size, None, Some(&selected), &task)?;
        redraw.push(started.elapsed().as_secs_f64());
    }
    Ok(json!({
        "name": "brush_10m",
        "seconds": middle(&mut select),
        "worst_seconds": select.last(),
        "redraw_seconds": middle(&mut redraw),
        "prepare_seconds": prepare_seconds,
        "first_scene_seconds": first_scene_seconds,
        "rows": rows,
        "brushes": BRUSHES,
        "rows_selected_on_average": selected_rows / BRUSHES,
    }))
}

/// Points counted into the pixels of a view.
fn pixels(arguments: &BenchArguments, context: &Context) -> Result<Value, UserError> {
    const REPEATS: usize = 9;
    let rows = arguments.rows.unwrap_or(MANY_ROWS);
    let mut random = Random::new(SEED);
    let mut points = [Vec::with_capacity(rows), Vec::with_capacity(rows)];
    for _ in 0..rows {
        let far = random.below(3) as f64;
        for (values, middle) in points.iter_mut().zip([far * 2.0, far * far]) {
            let near = (0..4).map(|_| random.next_f64()).sum::<f64>() - 2.0;
            values.push((middle + near) as f32);
        }
    }
    let [x, y] = &points;
    let grid = Grid {
        x: (-2.0, 6.0),
        y: (-2.0, 6.0),
        columns: 1024,
        rows: 768,
    };
    let mut seconds = Vec::with_capacity(REPEATS);
    let mut counted = 0;
    for _ in 0..REPEATS {
        let started = Instant::now();
        let counts = count_points(x, y, None, &grid, &context.task)?;
        seconds.push(started.elapsed().as_secs_f64());
        counted = counts.iter().map(|&count| u64::from(count)).sum::<u64>();
    }
    Ok(json!({
        "name": "pixels_10m",
        "seconds": least(&seconds),
        "all_seconds": seconds,
        "rows": rows,
        "columns": 2,
        "counted": counted,
        "pixels": [grid.columns, grid.rows],
    }))
}

/// Jumping to random places of a long table.
fn scroll(arguments: &BenchArguments, context: &Context) -> Result<Value, UserError> {
    const PAGES: usize = 1_000;
    const PAGE_ROWS: usize = 60;
    let rows = arguments.rows.unwrap_or(MANY_ROWS);
    let table = large_table(rows, context)?;
    let columns: Vec<usize> = (0..table.width()).collect();
    let mut random = Random::new(SEED);
    let mut seconds = Vec::with_capacity(PAGES);
    for _ in 0..PAGES {
        let first = random.below(rows.max(1));
        let started = Instant::now();
        let shown = page(&table, None, first, PAGE_ROWS, &columns);
        seconds.push(started.elapsed().as_secs_f64());
        std::hint::black_box(&shown);
    }
    let typical = middle(&mut seconds);
    Ok(json!({
        "name": "scroll_page_10m",
        "seconds": typical,
        "slowest_of_a_hundred_seconds": seconds.get(PAGES * 99 / 100),
        "worst_seconds": seconds.last(),
        "rows": rows,
        "pages": PAGES,
        "page_rows": PAGE_ROWS,
        "columns": table.width(),
    }))
}

/// Cross-validating every learner on the sample of flights.
fn train(arguments: &BenchArguments, context: &Context) -> Result<Value, UserError> {
    const TARGET: &str = "arr_delay";
    let path = flights_file(arguments)?;
    let (table, _) = formats::read(&path, None, &Params::new(), &context.task.part())?;
    let profiles = profiles_of(&table, context)?;
    let before = preflight(&table, TARGET, &profiles, &context.task.part())?;
    let plan = LearningPlan {
        target: TARGET.to_owned(),
        features: before
            .features
            .iter()
            .filter(|feature| feature.ticked)
            .map(|feature| feature.name.clone())
            .collect(),
        steps: Vec::new(),
    };
    let choices: Vec<Choice> = training::usual_learners(&before.task, before.lowest)
        .into_iter()
        .map(|learner| Choice {
            learner,
            params: Params::new(),
        })
        .collect();
    let started = Instant::now();
    let how = How {
        preparation: Params::new(),
        folds: 5,
        seed: SEED,
        split: SplitPlan::default(),
        sealed: 0,
        moment: None,
    };
    let trained = training::train(&table, &plan, &choices, &how, context)?;
    let seconds = started.elapsed().as_secs_f64();
    let learners: Vec<Value> = trained
        .results
        .iter()
        .map(|run| {
            json!({
                "learner": run.learner,
                "fit_seconds": run.fit_seconds,
                "predict_seconds": run.predict_seconds,
                "score": run.scores.get(trained.metric.id).map(|value| value.mean),
            })
        })
        .collect();
    Ok(json!({
        "name": "train_flights",
        "seconds": seconds,
        "rows": before.rows,
        "columns": plan.features.len(),
        "folds": 5,
        "metric": trained.metric.id,
        "learners": learners,
    }))
}

/// Looking at a table before training: all that the guardrails look at, without the profiles.
fn guardrails(arguments: &BenchArguments, context: &Context) -> Result<Value, UserError> {
    const TARGET: &str = "arr_delay";
    let path = flights_file(arguments)?;
    let (table, _) = formats::read(&path, None, &Params::new(), &context.task.part())?;
    let started = Instant::now();
    let profiles = profiles_of(&table, context)?;
    let profile_seconds = started.elapsed().as_secs_f64();
    let mut seconds = Vec::new();
    let mut findings = 0;
    for _ in 0..REPEATS {
        let started = Instant::now();
        let found = preflight(&table, TARGET, &profiles, &context.task.part())?;
        seconds.push(started.elapsed().as_secs_f64());
        findings = found.findings.len();
    }
    Ok(json!({
        "name": "guardrails",
        "seconds": least(&seconds),
        "all_seconds": seconds,
        "profile_seconds": profile_seconds,
        "rows": table.rows(),
        "columns": table.width(),
        "findings": findings,
    }))
}

fn least(seconds: &[f64]) -> f64 {
    seconds.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The median; sorts.
fn middle(seconds: &mut [f64]) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).copied().unwrap_or(0.0)
}
