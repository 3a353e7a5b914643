//! The mean of a number over time, with the interval it is known to.

use super::{Brush, Drawing, Mark, Request};
use crate::base::format::{self, Figures};
use crate::base::{RowSet, TaskContext, UserError};
use crate::chart::cells::{Codes, RowMap, count_ones};
use crate::chart::density;
use crate::chart::fields::{self, Groups};
use crate::chart::scale::{self, TimeUnit};
use crate::chart::scene::{Anchor, Band, Dash, Ink, Label, Layer, LegendEntry, Line, Scene};
use crate::chart::spec::ChartSpec;
use crate::chart::words::{self, Missing};
use crate::data::{ColumnKind, Table};

/// Most points along a line before a coarser unit is taken.
const MOST_UNITS: i64 = 160;
/// Half-width of a 95 % interval in standard errors.
const INTERVAL: f64 = 1.96;
/// Room on the right for the names of the lines, as a share of the time shown.
const NAME_ROOM: f64 = 0.16;
/// Pixels between the names of two lines.
const NAME_HEIGHT: f64 = 13.0;
/// Rows that are summed in one go: fixed, so that sums do not depend on the number of threads.
const SUM_ROWS: usize = 1 << 20;

pub struct LineMark;

impl Mark for LineMark {
    fn id(&self) -> &'static str {
        "line"
    }

    fn name(&self) -> &'static str {
        "Line of means"
    }

    fn summary(&self) -> &'static str {
        "How the mean of a number moves over time, with its 95 % interval"
    }

    fn fits(
        &self,
        x: Option<ColumnKind>,
        y: Option<ColumnKind>,
        _color: Option<ColumnKind>,
    ) -> bool {
        matches!((x, y), (Some(ColumnKind::Time), Some(ColumnKind::Number)))
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
        let dates = fields::numbers(table, x, task)?;
        let numbers = fields::numbers(table, y, task)?;
        let groups = match &spec.color {
            Some(color) => Some(fields::groups(table, color, task)?),
            None => None,
        };
        let (low, high) = if dates.filled > 0 {
            (dates.min, dates.max)
        } else {
            (0.0, 0.0)
        };
        let unit = TimeUnit::for_range(low, high, dates.whole_days(), MOST_UNITS);
        let first = unit.index(low);
        let units = unit.index(high).saturating_sub(first).saturating_add(1);
        let every = (units / MOST_UNITS + i64::from(units > MOST_UNITS)).max(1);
        let count = ((units + every - 1) / every).max(1) as usize;
        let starts: Vec<f64> = (0..=count as i64)
            .map(|index| unit.start(first + index * every))
            .collect();
        let lines = groups.as_ref().map_or(1, |groups| groups.len().max(1));
        let cells = count * lines;
        let rows = RowMap::of(table);
        let codes = Codes::pack(
            rows.rows(),
            cells,
            |position| {
                let date = dates.values.get(position).filter(|date| date.is_finite());
                let value = numbers
                    .values
                    .get(position)
                    .filter(|value| value.is_finite());
                let (Some(&date), Some(_)) = (date, value) else {
                    return cells;
                };
                let group = groups
                    .as_ref()
                    .and_then(|groups| groups.codes.get(position))
                    .map_or(0, |&code| usize::from(code));
                ((unit.index(date) - first) / every).max(0) as usize * lines + group
            },
            task,
        );
        task.check()?;
        let means = sums(&codes, &numbers.values, cells, None, task)?;
        let drawn: usize = means.iter().map(|cell| cell.count as usize).sum();
        let blank = dates
            .values
            .iter()
            .zip(&numbers.values)
            .filter(|(date, value)| date.is_nan() || value.is_nan())
            .count();
        let missing = Missing {
            blank,
            infinite: table.rows() - drawn - blank,
            blanks_drawn: false,
        };
        let step = if every == 1 {
            unit.word().to_owned()
        } else {
            format!("{every} {}s", unit.word())
        };
        let mut description = format!(
            "Line of the mean of {y} per {step} of {x}, {}",
            words::row_counts(drawn, missing)
        );
        if let Some(groups) = &groups {
            let values = words::values_of(groups.distinct, &groups.title);
            description.push_str(&format!(", one line for each of {values}"));
        }
        Ok(Box::new(Means {
            title: match &groups {
                Some(groups) => format!("Mean of {y} per {step} by {}", groups.title),
                None => format!("Mean of {y} per {step}"),
            },
            description,
            x_title: x.to_owned(),
            y_title: format!("mean of {y}"),
            figures: numbers.figures,
            starts,
            names: groups.as_ref().map(|groups| groups.names.clone()),
            inks: groups
                .as_ref()
                .map_or_else(|| vec![Ink::Mark], |groups| groups.inks.clone()),
            colour_title: groups
                .map(|groups: Groups| groups.title)
                .unwrap_or_default(),
            lines,
            means,
            values: numbers.values,
            codes,
            rows,
            drawn,
            missing,
        }))
    }
}

/// Count, sum and sum of squares of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sums {
    count: f64,
    mean: f64,
    /// Sum of squared distances from the mean.
    spread: f64,
}

impl Sums {
    /// Adds one value (Welford's update: no loss of digits where values are large).
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let distance = value - self.mean;
        self.mean += distance / self.count;
        self.spread += distance * (value - self.mean);
    }

    /// Both sets together (Chan, Golub and LeVeque).
    fn join(&mut self, other: &Self) {
        if other.count == 0.0 {
            return;
        }
        let count = self.count + other.count;
        let distance = other.mean - self.mean;
        self.mean += distance * other.count / count;
        self.spread += other.spread + distance * distance * self.count * other.count / count;
        self.count = count;
    }

    /// Mean and the ends of its 95 % interval; a single value has no interval.
    fn interval(&self) -> Option<(f64, f64, f64)> {
        if self.count == 0.0 {
            return None;
        }
        let error = if self.count > 1.0 {
            (self.spread / (self.count - 1.0) / self.count).sqrt() * INTERVAL
        } else {
            0.0
        };
        let error = if error.is_finite() { error } else { 0.0 };
        Some((self.mean - error, self.mean, self.mean + error))
    }
}

fn sums(
    codes: &Codes,
    values: &[f64],
    cells: usize,
    mask: Option<&[u64]>,
    task: &TaskContext,
) -> Result<Vec<Sums>, UserError> {
    let parts = codes.len().div_ceil(SUM_ROWS).clamp(1, 16);
    let parts = density::in_parts(codes.len(), parts, |range| {
        let mut sums = vec![Sums::default(); cells];
        let mut take = |position: usize| {
            if let (Some(sum), Some(&value)) =
                (sums.get_mut(codes.get(position)), values.get(position))
            {
                sum.add(value);
            }
        };
        match mask {
            None => {
                for position in range {
                    if position % 65_536 == 0 && task.is_cancelled() {
                        break;
                    }
                    take(position);
                }
            }
            Some(mask) => {
                for word_index in range.start / 64..range.end.div_ceil(64) {
                    if word_index % 1024 == 0 && task.is_cancelled() {
                        break;
                    }
                    let mut rest = mask.get(word_index).copied().unwrap_or(0);
                    while rest != 0 {
                        take(word_index * 64 + rest.trailing_zeros() as usize);
                        rest &= rest - 1;
                    }
                }
            }
        }
        sums
    });
    task.check()?;
    let mut total = vec![Sums::default(); cells];
    for part in parts {
        for (sum, part) in total.iter_mut().zip(&part) {
            sum.join(part);
        }
    }
    Ok(total)
}

struct Means {
    title: String,
    description: String,
    x_title: String,
    y_title: String,
    figures: Figures,
    /// First second of every unit and of the one after the last.
    starts: Vec<f64>,
    names: Option<Vec<String>>,
    inks: Vec<Ink>,
    colour_title: String,
    lines: usize,
    /// Unit × line.
    means: Vec<Sums>,
    values: Vec<f64>,
    codes: Codes,
    rows: RowMap,
    drawn: usize,
    missing: Missing,
}

impl Means {
    fn units(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    fn start(&self, unit: usize) -> f64 {
        self.starts.get(unit).copied().unwrap_or(0.0)
    }

    /// A mean stands in the middle of its unit.
    fn middle(&self, unit: usize) -> f64 {
        self.start(unit) / 2.0 + self.start(unit + 1) / 2.0
    }

    fn ink(&self, line: usize) -> Ink {
        self.inks.get(line).copied().unwrap_or(Ink::Other)
    }

    fn x_domain(&self) -> (f64, f64) {
        let (low, high) = (self.start(0), self.start(self.units()));
        let room = if self.names.is_some() {
            (high - low) * NAME_ROOM
        } else {
            0.0
        };
        scale::sane_domain(low, high + room)
    }

    fn y_domain(&self) -> (f64, f64) {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for (from, _, to) in self.means.iter().filter_map(Sums::interval) {
            low = low.min(from);
            high = high.max(to);
        }
        scale::padded(low, high)
    }

    fn curves(
        &self,
        means: &[Sums],
        ink: impl Fn(usize) -> Ink,
        width: f32,
    ) -> (Vec<Band>, Vec<Line>) {
        let (mut bands, mut lines) = (Vec::new(), Vec::new());
        for line in 0..self.lines {
            let mut points = Vec::with_capacity(self.units());
            let mut band = Band {
                x: Vec::new(),
                low: Vec::new(),
                high: Vec::new(),
                ink: ink(line),
            };
            for unit in 0..self.units() {
                let x = self.middle(unit);
                let interval = means.get(unit * self.lines + line).and_then(Sums::interval);
                match interval {
                    Some((low, mean, high)) => {
                        points.push([x, mean]);
                        band.x.push(x);
                        band.low.push(low);
                        band.high.push(high);
                    }
                    None => {
                        // A gap shows as a gap.
                        points.push([x, f64::NAN]);
                        bands.extend(whole_band(&mut band));
                    }
                }
            }
            bands.extend(whole_band(&mut band));
            if points.iter().any(|point| !point[1].is_nan()) {
                lines.push(Line {
                    points: with_dots(points, self.start(1) - self.start(0)),
                    ink: ink(line),
                    width,
                    dash: Dash::Solid,
                });
            }
        }
        (bands, lines)
    }

    /// Names at the ends of the lines, kept apart where lines end close together.
    fn labels(&self, y: (f64, f64), pixels: f64) -> Vec<Label> {
        let mut labels: Vec<(f64, Label)> = Vec::new();
        for (line, name) in self.names.iter().flatten().enumerate() {
            let last = (0..self.units()).rev().find_map(|unit| {
                let sums = self.means.get(unit * self.lines + line)?;
                sums.interval()
                    .map(|(_, mean, _)| (self.middle(unit), mean))
            });
            let Some((at, mean)) = last else { continue };
            let down = (y.1 - mean) / (y.1 - y.0) * pixels;
            let label = Label {
                x: at,
                y: mean,
                text: format::shorten(name, 18),
                anchor: Anchor::Start,
                offset: (6.0, 4.0),
                backdrop: None,
            };
            labels.push((down, label));
        }
        labels.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut free = f64::NEG_INFINITY;
        for (down, label) in &mut labels {
            let place = down.max(free);
            label.offset.1 += (place - *down) as f32;
            free = place + NAME_HEIGHT;
        }
        labels.into_iter().map(|(_, label)| label).collect()
    }
}

/// Takes the stretch gathered so far, if it is long enough to have an area.
fn whole_band(band: &mut Band) -> Option<Band> {
    let empty = Band {
        x: Vec::new(),
        low: Vec::new(),
        high: Vec::new(),
        ink: band.ink,
    };
    let whole = std::mem::replace(band, empty);
    (whole.x.len() > 1).then_some(whole)
}

/// A value between two gaps would be invisible: it becomes a short dash.
fn with_dots(points: Vec<[f64; 2]>, unit: f64) -> Vec<[f64; 2]> {
    let blank = |index: Option<usize>| {
        index
            .and_then(|index| points.get(index))
            .is_none_or(|point| point[1].is_nan())
    };
    let mut result = Vec::with_capacity(points.len());
    for (index, &[x, y]) in points.iter().enumerate() {
        if !y.is_nan() && blank(index.checked_sub(1)) && blank(Some(index + 1)) {
            result.push([x - unit * 0.3, y]);
            result.push([x + unit * 0.3, y]);
        } else {
            result.push([x, y]);
        }
    }
    result
}

impl Drawing for Means {
    fn scene(&self, request: &Request<'_>) -> Result<Scene, UserError> {
        let mask = request.selection.map(|selection| self.rows.mask(selection));
        let selected = match &mask {
            Some(mask) => Some(sums(
                &self.codes,
                &self.values,
                self.means.len(),
                Some(mask),
                request.task,
            )?),
            None => None,
        };
        let mut layers = Vec::new();
        match &selected {
            None => {
                let (bands, lines) = self.curves(&self.means, |line| self.ink(line), 1.75);
                layers.push(Layer::Bands(bands));
                layers.push(Layer::Lines(lines));
            }
            Some(selected) => {
                let (_, all) = self.curves(&self.means, |_| Ink::Deselected, 1.75);
                let own = |line: usize| match self.ink(line) {
                    Ink::Mark => Ink::Selection,
                    ink => ink,
                };
                let (bands, lines) = self.curves(selected, own, 2.25);
                layers.push(Layer::Lines(all));
                layers.push(Layer::Bands(bands));
                layers.push(Layer::Lines(lines));
            }
        }
        let x = request.view.map_or_else(|| self.x_domain(), |view| view.x);
        let mut y = request.view.map_or_else(|| self.y_domain(), |view| view.y);
        if request.view.is_none() {
            // The mean of a few selected rows may lie beyond that of all.
            for sums in selected.iter().flatten() {
                if let Some((low, _, high)) = sums.interval() {
                    y = (y.0.min(low), y.1.max(high));
                }
            }
        }
        let labels = self.labels(y, f64::from(request.size.height));
        if !labels.is_empty() {
            layers.push(Layer::Labels(labels));
        }
        let entries = self.names.iter().flatten().zip(&self.inks);
        Ok(Scene {
            title: self.title.clone(),
            subtitle: words::subtitle(self.drawn, self.missing, mask.as_deref().map(count_ones)),
            x: scale::time_axis(&self.x_title, x, request.size.width),
            y: scale::number_axis(&self.y_title, y, request.size.height, self.figures),
            legend_title: self.colour_title.clone(),
            legend: entries
                .map(|(label, &ink)| LegendEntry {
                    label: label.clone(),
                    ink,
                    shape: None,
                    dash: None,
                })
                .collect(),
            layers,
            description: self.description.clone(),
            note: Some("Shaded: where the mean lies with 95 % confidence".to_owned()),
        })
    }

    fn rows_in(&self, brush: &Brush, task: &TaskContext) -> RowSet {
        let wanted: Vec<bool> = self
            .means
            .iter()
            .enumerate()
            .map(|(cell, sums)| {
                let unit = cell / self.lines;
                sums.interval().is_some_and(|(low, _, high)| {
                    brush.overlaps((self.start(unit), self.start(unit + 1)), (low, high))
                })
            })
            .collect();
        if task.is_cancelled() || !wanted.contains(&true) {
            return RowSet::empty(self.rows.source_rows());
        }
        self.rows.row_set(&self.codes.mask_of(&wanted))
    }

    fn memory_bytes(&self) -> u64 {
        self.values.len() as u64 * 8 + self.codes.memory_bytes() + self.rows.memory_bytes()
    }
}
