//! A number per category: box, whiskers and median, with single rows where there are few.

use std::sync::Arc;

use super::{Brush, Drawing, Mark, Request};
use crate::base::format::{self, Figures};
use crate::base::{RowSet, TaskContext, UserError};
use crate::chart::cells::{Codes, RowMap, count_ones, mask_where};
use crate::chart::fields::{self, BLANK, Bands, Box5, Groups, Numbers};
use crate::chart::scale;
use crate::chart::scene::{
    Anchor, Axis, Bar, Dash, Ink, Label, Layer, LegendEntry, Line, Points, Scene, Shape,
};
use crate::chart::spec::ChartSpec;
use crate::chart::words::{self, Missing};
use crate::data::{ColumnKind, Table};

/// Categories with a box of their own.
const BOXES: usize = 15;
/// Boxes of more rows are drawn without single rows.
const MOST_POINTS: usize = 2_000;
/// Levels that a selection's quartiles are read at: finer than pixels.
const LEVELS: usize = 1024;
const HALF_BOX: f64 = 0.3;
/// The box of the selected rows, inside the box of all.
const HALF_SELECTED: f64 = 0.16;
/// Room beneath the lowest value for the number of rows, as a share of the range.
const FOOT: f64 = 0.09;

pub struct BoxPlot;

impl Mark for BoxPlot {
    fn id(&self) -> &'static str {
        "box_plot"
    }

    fn name(&self) -> &'static str {
        "Box plot"
    }

    fn summary(&self) -> &'static str {
        "How a number is spread in each category"
    }

    fn fits(
        &self,
        x: Option<ColumnKind>,
        y: Option<ColumnKind>,
        _color: Option<ColumnKind>,
    ) -> bool {
        use ColumnKind::{Category, Number, Text, YesNo};
        matches!(
            (x, y),
            (Some(Number), Some(Category | YesNo | Text))
                | (Some(Category | YesNo | Text), Some(Number))
        )
    }

    fn prepare(
        &self,
        table: &Table,
        spec: &ChartSpec,
        task: &TaskContext,
    ) -> Result<Box<dyn Drawing>, UserError> {
        let (x, y) = (
            spec.x.as_deref().unwrap_or_default(),
            spec.y.as_deref().unwrap_or_default(),
        );
        let x_is_number = table
            .schema()
            .get(x)
            .is_some_and(|column| column.kind == ColumnKind::Number);
        let (number, category) = if x_is_number { (x, y) } else { (y, x) };
        let numbers = fields::numbers(table, number, task)?;
        let bands = fields::bands(table, category, BOXES, task)?;
        let groups = match &spec.color {
            Some(color) => Some(fields::groups(table, color, task)?),
            None => None,
        };
        task.progress(0, 0, "Sorting values");
        let boxes = boxes_of(
            table,
            [number, category],
            numbers,
            bands,
            groups,
            x_is_number,
            task,
        )?;
        Ok(Box::new(boxes))
    }
}

struct Boxes {
    number: String,
    figures: Figures,
    category: String,
    description: String,
    /// The number runs along x, categories along y.
    lying: bool,
    /// By position, lowest first.
    names: Vec<String>,
    summaries: Vec<Option<Box5>>,
    values: Vec<f64>,
    /// Band × level of every row.
    codes: Codes,
    range: (f64, f64),
    groups: Option<Groups>,
    /// Single rows: position in the table, place across the box.
    strip: Vec<(u32, f32)>,
    crowded: usize,
    rows: RowMap,
    drawn: usize,
    missing: Missing,
}

fn boxes_of(
    table: &Table,
    [number, category]: [&str; 2],
    numbers: Numbers,
    bands: Bands,
    groups: Option<Groups>,
    lying: bool,
    task: &TaskContext,
) -> Result<Boxes, UserError> {
    let count = bands.names.len();
    let mut per_band: Vec<Vec<f64>> = vec![Vec::new(); count];
    for (row, (&value, &code)) in numbers.values.iter().zip(&bands.codes).enumerate() {
        if row.is_multiple_of(1 << 20) {
            task.check()?;
        }
        if value.is_finite()
            && let Some(values) = per_band.get_mut(usize::from(code))
        {
            values.push(value);
        }
    }
    let mut summaries = Vec::with_capacity(count);
    for values in &mut per_band {
        task.check()?;
        summaries.push(fields::box_of(values, task));
    }
    drop(per_band);
    let order = order_of(&bands, &summaries, lying);
    let mut place = vec![0_usize; count];
    for (position, &band) in order.iter().enumerate() {
        if let Some(slot) = place.get_mut(band) {
            *slot = position;
        }
    }
    let names: Vec<String> = order
        .iter()
        .filter_map(|&band| bands.names.get(band).cloned())
        .collect();
    let summaries: Vec<Option<Box5>> = order
        .iter()
        .filter_map(|&band| summaries.get(band).copied())
        .collect();
    let range = (numbers.min, numbers.max);
    let cells = count * LEVELS;
    let codes = Codes::pack(
        table.rows(),
        cells,
        |position| match (numbers.values.get(position), bands.codes.get(position)) {
            (Some(&value), Some(&code)) if value.is_finite() && code != BLANK => {
                place.get(usize::from(code)).copied().unwrap_or(0) * LEVELS + level(value, range)
            }
            _ => cells,
        },
        task,
    );
    task.check()?;
    let drawn = summaries
        .iter()
        .flatten()
        .map(|summary| summary.count)
        .sum();
    let blank = numbers
        .values
        .iter()
        .zip(&bands.codes)
        .filter(|(value, code)| value.is_nan() || **code == BLANK)
        .count();
    let missing = Missing {
        blank,
        infinite: table.rows() - drawn - blank,
        blanks_drawn: false,
    };
    let rows = RowMap::of(table);
    let strip = strip_of(&codes, &summaries, &rows);
    let crowded = summaries
        .iter()
        .flatten()
        .filter(|box5| box5.count > MOST_POINTS)
        .count();
    Ok(Boxes {
        description: describe(
            numbers.figures,
            [number, category],
            &bands,
            &names,
            &summaries,
            drawn,
            missing,
        ),
        number: number.to_owned(),
        figures: numbers.figures,
        category: category.to_owned(),
        lying,
        names,
        summaries,
        values: numbers.values,
        codes,
        range,
        groups,
        strip,
        crowded,
        rows,
        drawn,
        missing,
    })
}

/// Bands by median, highest first when they lie (the uppermost is the highest position), lowest
/// first when they stand; values with an order keep it.
fn order_of(bands: &Bands, summaries: &[Option<Box5>], lying: bool) -> Vec<usize> {
    let mut order: Vec<usize> = (0..bands.names.len()).collect();
    if bands.ordered {
        if lying {
            order.reverse();
        }
        return order;
    }
    let median = |band: usize| {
        let summary = summaries.get(band).copied().flatten();
        summary.map_or(f64::INFINITY, |summary| summary.median)
    };
    order.sort_by(|&a, &b| median(a).total_cmp(&median(b)).then(a.cmp(&b)));
    order
}

fn level(value: f64, (low, high): (f64, f64)) -> usize {
    let share = (value - low) / (high - low);
    if share.is_finite() {
        ((share * LEVELS as f64) as usize).min(LEVELS - 1)
    } else {
        0
    }
}

fn strip_of(codes: &Codes, summaries: &[Option<Box5>], rows: &RowMap) -> Vec<(u32, f32)> {
    let sparse: Vec<bool> = summaries
        .iter()
        .map(|summary| summary.is_some_and(|summary| summary.count <= MOST_POINTS))
        .collect();
    if !sparse.contains(&true) {
        return Vec::new();
    }
    (0..codes.len())
        .filter_map(|position| {
            let band = codes.get(position) / LEVELS;
            sparse.get(band).copied().unwrap_or(false).then(|| {
                // The same row always stands at the same place: its number, well mixed.
                let mixed = rows.id(position).wrapping_mul(0x9e37_79b9) ^ 0x5bd1_e995;
                let share = f64::from(mixed.wrapping_mul(0x85eb_ca6b) >> 8) / f64::from(1 << 24);
                let across = (share - 0.5) * 1.5 * HALF_BOX;
                (position as u32, (band as f64 + across) as f32)
            })
        })
        .collect()
}

#[allow(clippy::too_many_arguments)] // One sentence, seven facts.
fn describe(
    figures: Figures,
    [number, category]: [&str; 2],
    bands: &Bands,
    names: &[String],
    summaries: &[Option<Box5>],
    drawn: usize,
    missing: Missing,
) -> String {
    let mut text = format!(
        "Box plot of {number} for each of {}, {}",
        words::values_of(bands.distinct, category),
        words::row_counts(drawn, missing)
    );
    let filled: Vec<(&String, Box5)> = names
        .iter()
        .zip(summaries)
        .filter_map(|(name, summary)| summary.map(|summary| (name, summary)))
        .collect();
    let by_median = |a: &&(&String, Box5), b: &&(&String, Box5)| a.1.median.total_cmp(&b.1.median);
    if let (Some(low), Some(high)) = (
        filled.iter().min_by(by_median),
        filled.iter().max_by(by_median),
    ) {
        text.push_str(&format!(
            ", medians from {} ({}) to {} ({})",
            figures.number(low.1.median, 4),
            low.0,
            figures.number(high.1.median, 4),
            high.0
        ));
    }
    text
}

impl Boxes {
    fn lay<T>(&self, across: T, value: T) -> (T, T) {
        if self.lying {
            (value, across)
        } else {
            (across, value)
        }
    }

    fn point(&self, across: f64, value: f64) -> [f64; 2] {
        let (x, y) = self.lay(across, value);
        [x, y]
    }

    fn value_domain(&self) -> (f64, f64) {
        let (low, high) = scale::padded(self.range.0, self.range.1);
        (low - (high - low) * FOOT, high)
    }

    fn band_domain(&self) -> (f64, f64) {
        (-0.5, self.names.len().max(1) as f64 - 0.5)
    }

    fn draw_box(
        &self,
        at: usize,
        half: f64,
        summary: &Box5,
        ink: Ink,
        tooltip: String,
    ) -> (Bar, Line) {
        let middle = at as f64;
        let (x, y) = self.lay(
            (middle - half, middle + half),
            (summary.lower, summary.upper),
        );
        let bar = Bar {
            x,
            y,
            ink,
            selected: None,
            hatched: false,
            tooltip,
        };
        let median = Line {
            points: vec![
                self.point(middle - half, summary.median),
                self.point(middle + half, summary.median),
            ],
            ink: Ink::Label,
            width: 2.25,
            dash: Dash::Solid,
        };
        (bar, median)
    }

    fn whiskers(&self, at: usize, summary: &Box5, ink: Ink) -> [Line; 2] {
        let middle = at as f64;
        let line = |from: f64, to: f64| Line {
            points: vec![self.point(middle, from), self.point(middle, to)],
            ink,
            width: 1.0,
            dash: Dash::Solid,
        };
        [
            line(summary.whisker_low, summary.lower),
            line(summary.upper, summary.whisker_high),
        ]
    }

    fn tooltip(&self, at: usize, summary: &Box5, kind: &str) -> String {
        format!(
            "{}: {}{kind}, median {}, half between {} and {}, from {} to {}",
            self.names.get(at).map_or("", String::as_str),
            format::counted(summary.count as u64, "row"),
            self.figures.number(summary.median, 4),
            self.figures.number(summary.lower, 4),
            self.figures.number(summary.upper, 4),
            self.figures.number(summary.min, 4),
            self.figures.number(summary.max, 4),
        )
    }

    /// Quartiles of the selected rows of a band, read off the counts per level.
    fn selected_summary(&self, counts: &[u32]) -> Option<Box5> {
        let total: u64 = counts.iter().map(|&count| u64::from(count)).sum();
        if total == 0 {
            return None;
        }
        let value_of = |level: usize| {
            let share = (level as f64 + 0.5) / LEVELS as f64;
            self.range.0 + (self.range.1 - self.range.0) * share
        };
        let at = |share: f64| {
            let wanted = (share * (total - 1) as f64).round() as u64;
            let mut seen = 0_u64;
            for (level, &count) in counts.iter().enumerate() {
                seen += u64::from(count);
                if seen > wanted {
                    return value_of(level);
                }
            }
            self.range.1
        };
        let (min, max) = (at(0.0), at(1.0));
        Some(Box5 {
            count: total as usize,
            min,
            whisker_low: min,
            lower: at(0.25),
            median: at(0.5),
            upper: at(0.75),
            whisker_high: max,
            max,
        })
    }

    fn strip_points(&self, selection: Option<&RowSet>) -> Points {
        let mut x = Vec::with_capacity(self.strip.len());
        let mut y = Vec::with_capacity(self.strip.len());
        let mut rows = Vec::with_capacity(self.strip.len());
        let mut category = Vec::new();
        // Boxes of numbers beyond the reach of single precision are rare; their points are drawn
        // relative to the middle.
        let origin = if self.range.0.abs().max(self.range.1.abs()) > 1e6 {
            self.range.0 / 2.0 + self.range.1 / 2.0
        } else {
            0.0
        };
        for &(position, across) in &self.strip {
            let index = position as usize;
            let Some(&value) = self.values.get(index) else {
                continue;
            };
            let (px, py) = self.lay(across, (value - origin) as f32);
            x.push(px);
            y.push(py);
            rows.push(self.rows.id(index));
            if let Some(groups) = &self.groups {
                category.push(groups.codes.get(index).copied().unwrap_or(u8::MAX));
            }
        }
        Points {
            origin: self.lay(0.0, origin),
            x: Arc::new(x),
            y: Arc::new(y),
            category: self.groups.as_ref().map(|_| Arc::new(category)),
            inks: match &self.groups {
                Some(groups) if !groups.is_empty() => groups.inks.clone(),
                _ => vec![Ink::Mark],
            },
            shapes: self.groups.as_ref().is_some_and(|groups| groups.shapes),
            alpha: if rows.len() <= 1_000 { 0.6 } else { 0.35 },
            rows: Arc::new(rows),
            selected: selection.map(|rows| Arc::new(rows.clone())),
            radius: 2.5,
        }
    }

    fn box_layers(&self, selected: Option<&[u32]>) -> [Layer; 2] {
        let (mut bars, mut lines) = (Vec::new(), Vec::new());
        for (at, summary) in self.summaries.iter().enumerate() {
            let Some(summary) = summary else { continue };
            let ink = if selected.is_some() {
                Ink::Deselected
            } else {
                Ink::MarkSoft
            };
            let (bar, median) =
                self.draw_box(at, HALF_BOX, summary, ink, self.tooltip(at, summary, ""));
            lines.extend(self.whiskers(at, summary, Ink::Mark));
            bars.push(bar);
            lines.push(median);
            let part = selected
                .and_then(|counts| counts.get(at * LEVELS..(at + 1) * LEVELS))
                .and_then(|counts| self.selected_summary(counts));
            if let Some(part) = part {
                let tooltip = self.tooltip(at, &part, " selected");
                let (bar, median) =
                    self.draw_box(at, HALF_SELECTED, &part, Ink::Selection, tooltip);
                bars.push(bar);
                lines.push(median);
            }
        }
        [Layer::Bars(bars), Layer::Lines(lines)]
    }

    fn labels(&self, low: f64) -> Vec<Label> {
        let numbers = self.summaries.iter().enumerate();
        numbers
            .map(|(at, summary)| {
                let (x, y) = self.lay(at as f64, low);
                let count = summary.map_or(0, |summary| summary.count);
                Label {
                    x,
                    y,
                    text: format!("n\u{a0}{}", format::count(count as u64)),
                    anchor: if self.lying {
                        Anchor::Start
                    } else {
                        Anchor::Middle
                    },
                    offset: if self.lying { (4.0, 4.0) } else { (0.0, -6.0) },
                    backdrop: None,
                }
            })
            .collect()
    }

    fn axes(&self, x: (f64, f64), y: (f64, f64), request: &Request<'_>) -> (Axis, Axis) {
        let size = request.size;
        if self.lying {
            (
                scale::number_axis(&self.number, x, size.width, self.figures),
                scale::band_axis(&self.category, &self.names, y, size.height, true),
            )
        } else {
            (
                scale::band_axis(&self.category, &self.names, x, size.width, false),
                scale::number_axis(&self.number, y, size.height, self.figures),
            )
        }
    }

    fn legend(&self) -> Vec<LegendEntry> {
        let Some(groups) = self.groups.as_ref().filter(|_| !self.strip.is_empty()) else {
            return Vec::new();
        };
        let entries = groups.names.iter().zip(&groups.inks).enumerate();
        entries
            .map(|(index, (label, &ink))| LegendEntry {
                label: label.clone(),
                ink,
                dash: None,
                shape: Some(if groups.shapes {
                    Shape::of_category(index)
                } else {
                    Shape::Circle
                }),
            })
            .collect()
    }
}

impl Drawing for Boxes {
    fn scene(&self, request: &Request<'_>) -> Result<Scene, UserError> {
        let mask = request.selection.map(|selection| self.rows.mask(selection));
        let selected = match &mask {
            Some(mask) => {
                let cells = self.names.len() * LEVELS;
                Some(self.codes.count(cells, Some(mask), request.task)?)
            }
            None => None,
        };
        let (full_x, full_y) = self.lay(self.band_domain(), self.value_domain());
        let x = request.view.map_or(full_x, |view| view.x);
        let y = request.view.map_or(full_y, |view| view.y);
        let (x_axis, y_axis) = self.axes(x, y, request);
        let mut layers: Vec<Layer> = self.box_layers(selected.as_deref()).into();
        if !self.strip.is_empty() {
            layers.push(Layer::Points(self.strip_points(request.selection)));
        }
        let low = if self.lying { x.0 } else { y.0 };
        layers.push(Layer::Labels(self.labels(low)));
        let legend = self.legend();
        Ok(Scene {
            title: format!("{} by {}", self.number, self.category),
            subtitle: words::subtitle(self.drawn, self.missing, mask.as_deref().map(count_ones)),
            x: x_axis,
            y: y_axis,
            legend_title: if legend.is_empty() {
                String::new()
            } else {
                self.groups
                    .as_ref()
                    .map_or_else(String::new, |groups| groups.title.clone())
            },
            legend,
            layers,
            description: self.description.clone(),
            note: (self.crowded > 0).then(|| {
                format!(
                    "{} of {} boxes have more than {} rows: their single rows are not drawn",
                    self.crowded,
                    self.names.len(),
                    format::count(MOST_POINTS as u64)
                )
            }),
        })
    }

    fn rows_in(&self, brush: &Brush, task: &TaskContext) -> RowSet {
        let brush = brush.sorted();
        let (across, value) = if self.lying {
            (brush.y, brush.x)
        } else {
            (brush.x, brush.y)
        };
        let touched: Vec<bool> = (0..self.names.len())
            .map(|at| at as f64 + HALF_BOX > across.0 && (at as f64 - HALF_BOX) < across.1)
            .collect();
        if task.is_cancelled() || !touched.contains(&true) {
            return RowSet::empty(self.rows.source_rows());
        }
        let wanted: Vec<bool> = touched
            .iter()
            .flat_map(|&flag| std::iter::repeat_n(flag, LEVELS))
            .collect();
        let mut mask = self.codes.mask_of(&wanted);
        let inside = mask_where(&self.values, |&v| (v >= value.0) & (v <= value.1));
        for (word, inside) in mask.iter_mut().zip(inside) {
            *word &= inside;
        }
        self.rows.row_set(&mask)
    }

    fn memory_bytes(&self) -> u64 {
        let groups = self.groups.as_ref().map_or(0, |groups| groups.codes.len());
        (self.values.len() * 8 + groups + self.strip.len() * 8) as u64
            + self.codes.memory_bytes()
            + self.rows.memory_bytes()
    }
}
