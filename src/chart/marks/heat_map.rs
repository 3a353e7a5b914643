//! Two categories with many values: a cell per pair, darker or lighter by its rows.

use super::{Brush, Drawing, Mark, Request};
use crate::base::{RowSet, TaskContext, UserError, format};
use crate::chart::cells::{Codes, RowMap, count_ones};
use crate::chart::fields::{self, BLANK};
use crate::chart::scale;
use crate::chart::scene::{Anchor, Bar, Ink, Label, Layer, LegendEntry, Scene};
use crate::chart::spec::ChartSpec;
use crate::chart::two_way;
use crate::chart::words::{self, Missing};
use crate::data::{ColumnKind, Table};

/// Bands per axis before the rest is gathered as "other".
const BANDS: usize = 30;
/// Cells smaller than this, in pixels, carry no number.
const LABEL_CELL: (f64, f64) = (36.0, 16.0);

pub struct HeatMap;

impl Mark for HeatMap {
    fn id(&self) -> &'static str {
        "heat_map"
    }

    fn name(&self) -> &'static str {
        "Heat map"
    }

    fn summary(&self) -> &'static str {
        "How many rows each pair of values has, as shades"
    }

    fn fits(
        &self,
        x: Option<ColumnKind>,
        y: Option<ColumnKind>,
        color: Option<ColumnKind>,
    ) -> bool {
        two_way::is_category(x) && two_way::is_category(y) && color.is_none()
    }

    fn prepare(
        &self,
        table: &Table,
        spec: &ChartSpec,
        task: &TaskContext,
    ) -> Result<Box<dyn Drawing>, UserError> {
        let (x_name, y_name) = two_way::columns(spec);
        let x = fields::bands(table, x_name, BANDS, task)?;
        let y = fields::bands(table, y_name, BANDS, task)?;
        let (columns, rows) = (x.names.len(), y.names.len());
        let cells = columns * rows;
        let map = RowMap::of(table);
        // The first value of y is the uppermost.
        let codes = Codes::pack(
            map.rows(),
            cells,
            |position| match (x.codes.get(position), y.codes.get(position)) {
                (Some(&column), Some(&row)) if column != BLANK && row != BLANK => {
                    (rows - 1 - usize::from(row)) * columns + usize::from(column)
                }
                _ => cells,
            },
            task,
        );
        let counts = codes.count(cells, None, task)?;
        let drawn: usize = counts.iter().map(|&count| count as usize).sum();
        let missing = Missing {
            blank: table.rows() - drawn,
            infinite: 0,
            blanks_drawn: false,
        };
        Ok(Box::new(Heat {
            title: format!("{y_name} by {x_name}"),
            description: format!(
                "Heat map of {} against {}, {}",
                words::values_of(y.distinct, y_name),
                words::values_of(x.distinct, x_name),
                words::row_counts(drawn, missing)
            ),
            x_title: x_name.to_owned(),
            y_title: y_name.to_owned(),
            x_names: x.names,
            y_names: y.names.into_iter().rev().collect(),
            codes,
            counts,
            rows: map,
            drawn,
            missing,
        }))
    }
}

struct Heat {
    title: String,
    description: String,
    x_title: String,
    y_title: String,
    x_names: Vec<String>,
    y_names: Vec<String>,
    codes: Codes,
    /// Row-major from the lowest band of y.
    counts: Vec<u32>,
    rows: RowMap,
    drawn: usize,
    missing: Missing,
}

/// Position of a cell's middle and its edges along one axis.
fn span(index: usize) -> (f64, f64) {
    (index as f64 - 0.5, index as f64 + 0.5)
}

impl Heat {
    fn place(&self, cell: usize) -> (usize, usize) {
        let columns = self.x_names.len().max(1);
        (cell % columns, cell / columns)
    }

    fn name(&self, cell: usize) -> String {
        let (column, row) = self.place(cell);
        let name = |names: &[String], index: usize| names.get(index).cloned().unwrap_or_default();
        format!(
            "{}, {}",
            name(&self.x_names, column),
            name(&self.y_names, row)
        )
    }

    fn bars(&self, selected: Option<&[u32]>, most: f64) -> Vec<Bar> {
        let counted = self
            .counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0);
        counted
            .map(|(cell, &count)| {
                let (column, row) = self.place(cell);
                let (x, y) = (span(column), span(row));
                let part = selected.map(|selected| {
                    let rows = selected.get(cell).copied().unwrap_or(0);
                    let share = f64::from(rows) / f64::from(count);
                    ((x, (y.0, y.0 + (y.1 - y.0) * share)), rows)
                });
                let mut tooltip = format!(
                    "{}: {}, {}",
                    self.name(cell),
                    format::counted(u64::from(count), "row"),
                    format::share(f64::from(count) / self.drawn.max(1) as f64)
                );
                if let Some((_, rows)) = part {
                    tooltip.push_str(&format!(", {} selected", format::count(rows.into())));
                }
                Bar {
                    x,
                    y,
                    ink: Ink::Sequential((f64::from(count) / most) as f32),
                    selected: part.map(|(part, _)| part),
                    hatched: false,
                    tooltip,
                }
            })
            .collect()
    }

    fn labels(&self, cell_size: (f64, f64), most: f64) -> Vec<Label> {
        if cell_size.0 < LABEL_CELL.0 || cell_size.1 < LABEL_CELL.1 {
            return Vec::new();
        }
        let counted = self
            .counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0);
        counted
            .map(|(cell, &count)| {
                let (column, row) = self.place(cell);
                Label {
                    x: column as f64,
                    y: row as f64,
                    text: scale::compact(f64::from(count)),
                    anchor: Anchor::Middle,
                    offset: (0.0, 4.0),
                    backdrop: Some(Ink::Sequential((f64::from(count) / most) as f32)),
                }
            })
            .collect()
    }
}

impl Drawing for Heat {
    fn scene(&self, request: &Request<'_>) -> Result<Scene, UserError> {
        let mask = request.selection.map(|selection| self.rows.mask(selection));
        let selected = match &mask {
            Some(mask) => Some(
                self.codes
                    .count(self.counts.len(), Some(mask), request.task)?,
            ),
            None => None,
        };
        let full = |names: &[String]| (-0.5, names.len().max(1) as f64 - 0.5);
        let domain_x = request.view.map_or(full(&self.x_names), |view| view.x);
        let domain_y = request.view.map_or(full(&self.y_names), |view| view.y);
        let cell_size = (
            f64::from(request.size.width) / (domain_x.1 - domain_x.0),
            f64::from(request.size.height) / (domain_y.1 - domain_y.0),
        );
        let most = f64::from(self.counts.iter().copied().max().unwrap_or(1).max(1));
        let mut layers = vec![Layer::Bars(self.bars(selected.as_deref(), most))];
        if selected.is_none() {
            let labels = self.labels(cell_size, most);
            if !labels.is_empty() {
                layers.push(Layer::Labels(labels));
            }
        }
        let steps = [0.0, 0.5, 1.0].map(|place: f64| LegendEntry {
            label: scale::compact((most * place).round()),
            ink: Ink::Sequential(place as f32),
            shape: None,
            dash: None,
        });
        Ok(Scene {
            title: self.title.clone(),
            subtitle: words::subtitle(self.drawn, self.missing, mask.as_deref().map(count_ones)),
            x: scale::band_axis(
                &self.x_title,
                &self.x_names,
                domain_x,
                request.size.width,
                false,
            ),
            y: scale::band_axis(
                &self.y_title,
                &self.y_names,
                domain_y,
                request.size.height,
                true,
            ),
            legend_title: "Rows".to_owned(),
            legend: steps.into(),
            layers,
            description: self.description.clone(),
            note: None,
        })
    }

    fn rows_in(&self, brush: &Brush, task: &TaskContext) -> RowSet {
        let wanted: Vec<bool> = (0..self.counts.len())
            .map(|cell| {
                let (column, row) = self.place(cell);
                brush.overlaps(span(column), span(row))
            })
            .collect();
        if task.is_cancelled() || !wanted.contains(&true) {
            return RowSet::empty(self.rows.source_rows());
        }
        self.rows.row_set(&self.codes.mask_of(&wanted))
    }

    fn memory_bytes(&self) -> u64 {
        self.codes.memory_bytes() + self.rows.memory_bytes() + self.counts.len() as u64 * 4
    }
}
