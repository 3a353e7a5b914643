//! Every trial as a row that can be sorted by any column.

use eframe::egui::{Ui, UiBuilder};

use super::made::Made;
use crate::base::{ParamValue, format};
use crate::evaluate::tuning::{Trial, TrialState, shown};
use crate::ui::theme::Icon;
use crate::ui::widgets::{GridCell, GridColumn, GridSource, GridState, RowState, data_grid};

/// Columns before those of the settings.
const FIXED: [&str; 6] = ["Score", "±", "Practice", "Gap", "Seconds", "Remark"];
const REMARK: usize = 5;

/// One cell: what it says, and what it is sorted by where that is a number.
#[derive(Clone, Debug, Default)]
struct Cell {
    text: String,
    value: Option<f64>,
}

/// What the table remembers between frames.
#[derive(Default)]
pub struct TrialsView {
    grid: GridState,
    columns: Vec<String>,
    /// Whether a column holds numbers.
    numbers: Vec<bool>,
    /// Cells of every trial, in the order of the path.
    cells: Vec<Vec<Cell>>,
    /// Trials from the best to the worst.
    ranked: Vec<usize>,
    /// Trials in the order shown.
    order: Vec<usize>,
    /// Column and whether smallest comes first; None: best first.
    sort: Option<(usize, bool)>,
}

impl TrialsView {
    /// Takes over the trials of a search.
    pub fn fill(&mut self, made: &Made) {
        let dimensions = &made.of.space.dimensions;
        self.columns = FIXED.iter().map(|name| (*name).to_owned()).collect();
        self.columns
            .extend(dimensions.iter().map(|dimension| dimension.label.clone()));
        self.numbers = (0..FIXED.len()).map(|column| column != REMARK).collect();
        self.numbers.extend(
            dimensions
                .iter()
                .map(|dimension| !dimension.range.is_choice()),
        );
        let keys: Vec<&str> = dimensions.iter().map(|d| d.key.as_str()).collect();
        self.cells = made
            .of
            .trials
            .iter()
            .map(|trial| cells_of(trial, &keys, made))
            .collect();
        self.ranked = made.of.ranked().iter().map(|trial| trial.number).collect();
        self.arrange();
    }

    fn arrange(&mut self) {
        self.order.clone_from(&self.ranked);
        let Some((column, ascending)) = self.sort else {
            return;
        };
        let cells = &self.cells;
        let cell = |number: &usize| cells.get(*number).and_then(|row| row.get(column));
        self.order.sort_by(|a, b| {
            let (a, b) = (cell(a), cell(b));
            let value = |cell: Option<&Cell>| cell.and_then(|cell| cell.value);
            let ordering = match (value(a), value(b)) {
                (Some(a), Some(b)) => a.total_cmp(&b),
                // What has no number stands last, whichever way it is sorted.
                (Some(_), None) => return std::cmp::Ordering::Less,
                (None, Some(_)) => return std::cmp::Ordering::Greater,
                (None, None) => {
                    let text = |cell: Option<&Cell>| cell.map(|cell| cell.text.clone());
                    text(a).cmp(&text(b))
                }
            };
            if ascending {
                ordering
            } else {
                ordering.reverse()
            }
        });
    }

    /// Draws the table, so high. The trial whose row was chosen.
    pub fn show(&mut self, ui: &mut Ui, height: f32, chosen: Option<usize>) -> Option<usize> {
        let width = ui.available_width();
        let (_, place) = ui.allocate_space(eframe::egui::vec2(width, height));
        let mut child = ui.new_child(UiBuilder::new().max_rect(place));
        let columns: Vec<GridColumn<'_>> = self
            .columns
            .iter()
            .enumerate()
            .map(|(index, name)| {
                let number = self.numbers.get(index).copied().unwrap_or(false);
                let icon = if number { Icon::NUMBER } else { Icon::CATEGORY };
                GridColumn {
                    width: match (index, number) {
                        (0 | 2..=4, _) => 96.0,
                        (1, _) => 72.0,
                        (REMARK, _) => 132.0,
                        _ => 124.0,
                    },
                    align_right: number,
                    sort: self
                        .sort
                        .filter(|(column, _)| *column == index)
                        .map(|(_, ascending)| ascending),
                    ..GridColumn::new(index, name, icon)
                }
            })
            .collect();
        let source = Rows {
            order: &self.order,
            cells: &self.cells,
            chosen,
        };
        let found = data_grid(
            &mut child,
            "trials",
            &columns,
            &mut self.grid,
            &source,
            false,
        );
        if let Some(column) = found.clicked_header {
            self.sort = match self.sort {
                Some((sorted, true)) if sorted == column => Some((column, false)),
                Some((sorted, false)) if sorted == column => None,
                _ => Some((column, true)),
            };
            self.arrange();
            return None;
        }
        let (row, _) = found.clicked_row?;
        self.order.get(row as usize).copied()
    }
}

fn cells_of(trial: &Trial, keys: &[&str], made: &Made) -> Vec<Cell> {
    let number = |value: Option<f64>, digits: usize| Cell {
        text: value.map_or_else(String::new, |value| format::number(value, digits)),
        value,
    };
    let measured = matches!(trial.state, TrialState::Done | TrialState::Dropped);
    let only = |value: Option<f64>| value.filter(|_| measured);
    let best = trial.number == made.of.best && trial.state == TrialState::Done;
    let mut remark = trial.remark();
    if best {
        remark = match remark.is_empty() {
            true => "best".to_owned(),
            false => format!("best, {remark}"),
        };
    }
    let mut cells = vec![
        number(only(trial.score), 4),
        number(only(trial.margin), 2),
        number(only(trial.training), 4),
        number(only(trial.gap(made.of.higher_is_better)), 2),
        number(only(Some(trial.fit_seconds())), 2),
        Cell {
            text: remark,
            value: None,
        },
    ];
    cells.extend(keys.iter().map(|key| match trial.values.get(key) {
        Some(value) => Cell {
            text: shown(value),
            value: match value {
                ParamValue::Integer(value) => Some(*value as f64),
                ParamValue::Number(value) => Some(*value),
                _ => None,
            },
        },
        // It does not act in this trial.
        None => Cell::default(),
    }));
    cells
}

struct Rows<'a> {
    order: &'a [usize],
    cells: &'a [Vec<Cell>],
    chosen: Option<usize>,
}

impl GridSource for Rows<'_> {
    fn rows(&self) -> u64 {
        self.order.len() as u64
    }

    fn cell(&self, row: u64, column: usize) -> Option<GridCell<'_>> {
        let number = self.order.get(row as usize)?;
        let cell = self.cells.get(*number)?.get(column)?;
        Some(GridCell {
            text: &cell.text,
            ..GridCell::default()
        })
    }

    fn row_label(&self, row: u64) -> Option<u64> {
        let number = self.order.get(row as usize)?;
        Some(*number as u64 + 1)
    }

    fn row_state(&self, row: u64) -> RowState {
        let number = self.order.get(row as usize).copied();
        if number.is_some() && number == self.chosen {
            RowState::Primary
        } else {
            RowState::Normal
        }
    }
}
