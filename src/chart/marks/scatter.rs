//! One point per row. Clouds too large to draw become a raster of counts.

use std::sync::{Arc, Mutex};

use super::{Brush, Drawing, Mark, Request};
use crate::base::format::{self, Figures};
use crate::base::{RowSet, TaskContext, UserError};
use crate::chart::cells::{RowMap, count_ones, word_of};
use crate::chart::density::{self, Grid};
use crate::chart::fields::{self, Groups, Numbers};
use crate::chart::scale;
use crate::chart::scene::{Axis, Ink, Layer, LegendEntry, Points, Raster, Scene, Shape};
use crate::chart::spec::ChartSpec;
use crate::chart::words::{self, Missing};
use crate::data::{ColumnKind, Table};

/// Beyond this many points in view, rows are counted per pixel instead.
pub const MOST_POINTS: usize = 50_000;
/// A grid finer than the screen shows nothing more.
const MOST_CELLS: u32 = 2048;
const RADIUS: f32 = 3.5;
/// Single precision keeps seven digits: columns whose spread is smaller than this share of
/// their size are stored relative to their middle.
const SMALL_SPREAD: f64 = 1e-3;

pub struct Scatter;

impl Mark for Scatter {
    fn id(&self) -> &'static str {
        "scatter"
    }

    fn name(&self) -> &'static str {
        "Scatter"
    }

    fn summary(&self) -> &'static str {
        "One point per row, two numbers against each other"
    }

    fn fits(
        &self,
        x: Option<ColumnKind>,
        y: Option<ColumnKind>,
        _color: Option<ColumnKind>,
    ) -> bool {
        let drawn = |kind| matches!(kind, Some(ColumnKind::Number | ColumnKind::Time));
        drawn(x) && drawn(y)
    }

    fn prepare(
        &self,
        table: &Table,
        spec: &ChartSpec,
        task: &TaskContext,
    ) -> Result<Box<dyn Drawing>, UserError> {
        let (x_name, y_name) = (
            spec.x.as_deref().unwrap_or_default(),
            spec.y.as_deref().unwrap_or_default(),
        );
        let x = fields::numbers(table, x_name, task)?;
        let y = fields::numbers(table, y_name, task)?;
        let groups = match &spec.color {
            Some(color) => Some(fields::groups(table, color, task)?),
            None => None,
        };
        task.check()?;
        task.progress(0, 0, "Placing points");
        Ok(Box::new(cloud_of(
            table,
            [x_name, y_name],
            [x, y],
            groups,
            task,
        )?))
    }
}

/// One axis of the cloud.
struct Direction {
    title: String,
    time: bool,
    figures: Figures,
    origin: f64,
    domain: (f64, f64),
}

impl Direction {
    fn of(name: &str, numbers: &Numbers) -> Self {
        let (low, high) = (numbers.min, numbers.max);
        let size = low.abs().max(high.abs());
        let blurred = high - low < size * SMALL_SPREAD || numbers.is_time() || size > 1e30;
        let origin = if numbers.filled > 0 && blurred {
            low / 2.0 + high / 2.0
        } else {
            0.0
        };
        Self {
            title: name.to_owned(),
            time: numbers.is_time(),
            figures: numbers.figures,
            origin,
            domain: scale::padded(low, high),
        }
    }

    fn axis(&self, domain: (f64, f64), pixels: u32) -> Axis {
        if self.time {
            scale::time_axis(&self.title, domain, pixels)
        } else {
            scale::number_axis(&self.title, domain, pixels, self.figures)
        }
    }

    fn local(&self, (low, high): (f64, f64)) -> (f32, f32) {
        ((low - self.origin) as f32, (high - self.origin) as f32)
    }
}

struct Cloud {
    title: String,
    description: String,
    directions: [Direction; 2],
    x: Arc<Vec<f32>>,
    y: Arc<Vec<f32>>,
    category: Option<Arc<Vec<u8>>>,
    colour_title: String,
    colour_names: Vec<String>,
    inks: Vec<Ink>,
    shapes: bool,
    rows: RowMap,
    missing: Missing,
    /// The last raster of all points: while a brush moves, only the selection is counted anew.
    counted: Mutex<Option<(Grid, Arc<Vec<u32>>)>>,
}

fn cloud_of(
    table: &Table,
    names: [&str; 2],
    [x, y]: [Numbers; 2],
    groups: Option<Groups>,
    task: &TaskContext,
) -> Result<Cloud, UserError> {
    let directions = [Direction::of(names[0], &x), Direction::of(names[1], &y)];
    // Single precision ends at 3e38: what lies beyond has no place in a cloud.
    let drawable = |position: &u32| {
        let index = *position as usize;
        let finite = |values: &[f64], origin: f64| {
            values
                .get(index)
                .is_some_and(|value| ((value - origin) as f32).is_finite())
        };
        finite(&x.values, directions[0].origin) && finite(&y.values, directions[1].origin)
    };
    let all = table.rows();
    let reachable = |numbers: &Numbers| numbers.min.abs().max(numbers.max.abs()) < 1e38;
    let complete = x.filled == all && y.filled == all && reachable(&x) && reachable(&y);
    let map = RowMap::of(table);
    let blank = (0..all)
        .filter(|&row| {
            let nan = |values: &[f64]| values.get(row).is_some_and(|value| value.is_nan());
            !complete && (nan(&x.values) || nan(&y.values))
        })
        .count();
    let kept: Option<Vec<u32>> = (!complete).then(|| (0..all as u32).filter(drawable).collect());
    task.check()?;
    let place = |values: &[f64], origin: f64| -> Arc<Vec<f32>> {
        let local = |value: &f64| (value - origin) as f32;
        Arc::new(match &kept {
            None => values.iter().map(local).collect(),
            Some(kept) => kept
                .iter()
                .filter_map(|&position| values.get(position as usize).map(local))
                .collect(),
        })
    };
    let (px, py) = (
        place(&x.values, directions[0].origin),
        place(&y.values, directions[1].origin),
    );
    task.check()?;
    let drawn = px.len();
    let missing = Missing {
        blank,
        infinite: all - drawn - blank,
        blanks_drawn: false,
    };
    let mut description = format!(
        "Scatter of {} against {}, {}",
        names[1],
        names[0],
        words::row_counts(drawn, missing)
    );
    if let Some(groups) = &groups {
        let values = words::values_of(groups.distinct, &groups.title);
        let parts = if groups.shapes {
            values
        } else {
            format!("coloured by {}", groups.title)
        };
        description.push_str(&format!(", {parts}"));
    }
    let category = groups.as_ref().map(|groups| {
        Arc::new(match &kept {
            None => groups.codes.clone(),
            Some(kept) => kept
                .iter()
                .filter_map(|&position| groups.codes.get(position as usize).copied())
                .collect(),
        })
    });
    let (colour_title, colour_names, inks, shapes) = match groups {
        Some(groups) => (groups.title, groups.names, groups.inks, groups.shapes),
        None => (String::new(), Vec::new(), Vec::new(), false),
    };
    Ok(Cloud {
        title: format!("{} by {}", names[1], names[0]),
        description,
        directions,
        x: px,
        y: py,
        category,
        colour_title,
        colour_names,
        inks: if inks.is_empty() {
            vec![Ink::Mark]
        } else {
            inks
        },
        shapes,
        rows: match &kept {
            Some(kept) => map.keep(kept),
            None => map,
        },
        missing,
        counted: Mutex::new(None),
    })
}

/// Opacity by the number of points: the more, the thinner.
pub fn alpha_for(points: usize) -> f32 {
    match points {
        0..=1_000 => 0.85,
        1_001..=10_000 => 0.5,
        _ => 0.3,
    }
}

impl Cloud {
    fn grid(&self, x: (f64, f64), y: (f64, f64), columns: usize, rows: usize) -> Grid {
        let [across, up] = &self.directions;
        Grid {
            x: across.local(x),
            y: up.local(y),
            columns,
            rows,
        }
    }

    /// All points, or those at the given positions.
    fn points(&self, shown: Option<&[u32]>, selected: Option<&RowSet>) -> Points {
        let pick = |values: &Arc<Vec<f32>>| match shown {
            None => values.clone(),
            Some(shown) => Arc::new(
                shown
                    .iter()
                    .filter_map(|&position| values.get(position as usize).copied())
                    .collect(),
            ),
        };
        let rows = match shown {
            None => self.rows.ids(),
            Some(shown) => Arc::new(
                shown
                    .iter()
                    .map(|&position| self.rows.id(position as usize))
                    .collect(),
            ),
        };
        let category = self.category.as_ref().map(|codes| match shown {
            None => codes.clone(),
            Some(shown) => Arc::new(
                shown
                    .iter()
                    .filter_map(|&position| codes.get(position as usize).copied())
                    .collect(),
            ),
        });
        Points {
            origin: (self.directions[0].origin, self.directions[1].origin),
            x: pick(&self.x),
            y: pick(&self.y),
            category,
            inks: self.inks.clone(),
            shapes: self.shapes,
            alpha: alpha_for(rows.len()),
            rows,
            selected: selected.map(|rows| Arc::new(rows.clone())),
            radius: RADIUS,
        }
    }

    /// Positions of the points inside a rectangle, in row order.
    fn inside(&self, grid: &Grid) -> Vec<u32> {
        let mask = self.mask_inside(grid);
        let mut positions = Vec::new();
        for (index, &word) in mask.iter().enumerate() {
            let mut rest = word;
            while rest != 0 {
                positions.push(index as u32 * 64 + rest.trailing_zeros());
                rest &= rest - 1;
            }
        }
        positions
    }

    fn mask_inside(&self, grid: &Grid) -> Vec<u64> {
        let (x, y) = (&self.x[..], &self.y[..]);
        let len = x.len().min(y.len());
        let parts = density::in_parts(len, density::parts_for(len), |range| {
            x[range.clone()]
                .chunks(64)
                .zip(y[range].chunks(64))
                .map(|(xs, ys)| {
                    let mut flags = [0_u8; 64];
                    for (flag, (&x, &y)) in flags.iter_mut().zip(xs.iter().zip(ys)) {
                        let inside =
                            (x >= grid.x.0) & (x <= grid.x.1) & (y >= grid.y.0) & (y <= grid.y.1);
                        *flag = u8::from(inside);
                    }
                    word_of(&flags)
                })
                .collect::<Vec<u64>>()
        });
        parts.concat()
    }

    fn legend(&self) -> Vec<LegendEntry> {
        let entries = self.colour_names.iter().zip(&self.inks).enumerate();
        entries
            .map(|(index, (label, &ink))| LegendEntry {
                label: label.clone(),
                ink,
                dash: None,
                shape: Some(if self.shapes {
                    Shape::of_category(index)
                } else {
                    Shape::Circle
                }),
            })
            .collect()
    }

    fn all_counts(&self, grid: &Grid, task: &TaskContext) -> Result<Arc<Vec<u32>>, UserError> {
        if let Ok(counted) = self.counted.lock()
            && let Some((known, counts)) = counted.as_ref()
            && known == grid
        {
            return Ok(counts.clone());
        }
        let counts = Arc::new(density::count_points(&self.x, &self.y, None, grid, task)?);
        if let Ok(mut counted) = self.counted.lock() {
            *counted = Some((*grid, counts.clone()));
        }
        Ok(counts)
    }

    fn raster(
        &self,
        request: &Request<'_>,
        (x, y): ((f64, f64), (f64, f64)),
        mask: Option<&[u64]>,
    ) -> Result<Raster, UserError> {
        let columns = request.size.width.min(MOST_CELLS) as usize;
        let rows = request.size.height.min(MOST_CELLS) as usize;
        let grid = self.grid(x, y, columns, rows);
        let counts = self.all_counts(&grid, request.task)?;
        let selected = match mask {
            Some(_) => Some(density::count_points(
                &self.x,
                &self.y,
                mask,
                &grid,
                request.task,
            )?),
            None => None,
        };
        Ok(Raster {
            x,
            y,
            columns,
            rows,
            counts,
            selected: selected.map(Arc::new),
            picture: None,
        })
    }
}

impl Drawing for Cloud {
    fn scene(&self, request: &Request<'_>) -> Result<Scene, UserError> {
        let [across, up] = &self.directions;
        let x = request.view.map_or(across.domain, |view| view.x);
        let y = request.view.map_or(up.domain, |view| view.y);
        let whole = self.grid(x, y, 1, 1);
        let in_view = if request.view.is_none() {
            self.x.len()
        } else {
            density::count_inside(&self.x, &self.y, &whole, request.task)
        };
        request.task.check()?;
        let mask = request.selection.map(|selection| self.rows.mask(selection));
        let mut note = None;
        let mut legend = self.legend();
        let mut legend_title = self.colour_title.clone();
        let layer = if in_view > MOST_POINTS {
            let mut text = format!("Density of {} points", format::count(in_view as u64));
            if self.category.is_some() {
                text.push_str(&format!(
                    "; colours appear when {} or fewer are in view",
                    format::count(MOST_POINTS as u64)
                ));
                legend.clear();
                legend_title.clear();
            }
            note = Some(text);
            Layer::Raster(self.raster(request, (x, y), mask.as_deref())?)
        } else if in_view == self.x.len() {
            Layer::Points(self.points(None, request.selection))
        } else {
            let shown = self.inside(&whole);
            note = Some(format!(
                "{} of {} points are in view",
                format::count(shown.len() as u64),
                format::count(self.x.len() as u64)
            ));
            Layer::Points(self.points(Some(&shown), request.selection))
        };
        request.task.check()?;
        Ok(Scene {
            title: self.title.clone(),
            subtitle: words::subtitle(self.x.len(), self.missing, mask.as_deref().map(count_ones)),
            x: across.axis(x, request.size.width),
            y: up.axis(y, request.size.height),
            legend_title,
            legend,
            layers: vec![layer],
            description: self.description.clone(),
            note,
        })
    }

    fn rows_in(&self, brush: &Brush, task: &TaskContext) -> RowSet {
        let brush = brush.sorted();
        if task.is_cancelled() || !(brush.x.0.is_finite() && brush.y.0.is_finite()) {
            return RowSet::empty(self.rows.source_rows());
        }
        self.rows
            .row_set(&self.mask_inside(&self.grid(brush.x, brush.y, 1, 1)))
    }

    fn rows_in_polygon(&self, polygon: &[(f64, f64)], task: &TaskContext) -> RowSet {
        let bounds = Brush::around(polygon).sorted();
        let empty = RowSet::empty(self.rows.source_rows());
        if polygon
            .iter()
            .any(|(x, y)| !(x.is_finite() && y.is_finite()))
        {
            return empty;
        }
        let [across, up] = &self.directions;
        let corners: Vec<(f64, f64)> = polygon
            .iter()
            .map(|(x, y)| (x - across.origin, y - up.origin))
            .collect();
        let candidates = self.inside(&self.grid(bounds.x, bounds.y, 1, 1));
        let mut mask = vec![0_u64; self.x.len().div_ceil(64)];
        for (index, &position) in candidates.iter().enumerate() {
            if index % 65_536 == 0 && task.is_cancelled() {
                return empty;
            }
            let place = position as usize;
            let (Some(&x), Some(&y)) = (self.x.get(place), self.y.get(place)) else {
                continue;
            };
            if contains(&corners, f64::from(x), f64::from(y))
                && let Some(word) = mask.get_mut(place / 64)
            {
                *word |= 1 << (place % 64);
            }
        }
        self.rows.row_set(&mask)
    }

    fn cloud(&self) -> Option<Points> {
        Some(self.points(None, None))
    }

    fn memory_bytes(&self) -> u64 {
        let categories = self.category.as_ref().map_or(0, |codes| codes.len());
        let raster = self.counted.lock().map_or(0, |counted| {
            counted.as_ref().map_or(0, |(_, counts)| counts.len() * 4)
        });
        (self.x.len() * 8 + categories + raster) as u64 + self.rows.memory_bytes()
    }
}

/// Even-odd rule: a ray to the right crosses an odd number of edges.
fn contains(corners: &[(f64, f64)], x: f64, y: f64) -> bool {
    let mut inside = false;
    let next = corners.iter().cycle().skip(1);
    for (&(x0, y0), &(x1, y1)) in corners.iter().zip(next) {
        if (y0 > y) != (y1 > y) && x < (x1 - x0) * (y - y0) / (y1 - y0) + x0 {
            inside = !inside;
        }
    }
    inside
}
