//! Bars that count rows: the engine behind histograms, bars of categories, counts over time and
//! shares. A mark says where the bars stand and which bar every row belongs to; this draws them,
//! stacks colours, shows the selected part and answers a brush.

use super::cells::{Codes, RowMap, count_ones};
use super::fields::{Box5, Groups};
use super::marks::{Brush, Drawing, Request};
use super::scale;
use super::scene::{Anchor, Axis, Bar, Dash, Ink, Label, Layer, LegendEntry, Line, Scene};
use super::words::{self, Missing};
use crate::base::format::{self, Figures};
use crate::base::{RowSet, TaskContext, UserError};

/// Height of the summary strip above a histogram and the air around it, as shares of the
/// tallest bar.
const STRIP: (f64, f64) = (1.06, 1.16);
const STRIP_TOP: f64 = 1.2;
/// Air above the tallest bar.
const HEAD_ROOM: f64 = 1.06;
/// Room for a number beside the longest bar.
const LABEL_ROOM: f64 = 1.22;
/// Bars narrower than this many pixels carry no number.
const LABEL_PIXELS: f64 = 11.0;

/// How the colours of one bar stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrange {
    /// On top of each other: the bar is as long as all its rows.
    Stack,
    /// On top of each other, every bar 100 %.
    Share,
    /// Side by side.
    Side,
}

/// What the bars stand along.
#[derive(Clone, Debug, PartialEq)]
pub enum Along {
    Numbers(Figures),
    Time,
    /// Slot i is centred on position i.
    Bands(Vec<String>),
}

/// Where one bar stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    pub span: (f64, f64),
    /// What the tooltip calls it.
    pub name: String,
    /// Stands for blanks.
    pub hatched: bool,
}

/// The colours of the bars.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Colours {
    pub title: String,
    pub names: Vec<String>,
    pub inks: Vec<Ink>,
}

impl Colours {
    pub fn of(groups: &Groups) -> Self {
        Self {
            title: groups.title.clone(),
            names: groups.names.clone(),
            inks: groups.inks.clone(),
        }
    }
}

/// Everything a chart of counted bars is made of.
pub struct Stacked {
    pub title: String,
    pub description: String,
    pub note: Option<String>,
    pub along: Along,
    pub along_title: String,
    pub slots: Vec<Slot>,
    pub colours: Option<Colours>,
    pub arrange: Arrange,
    /// Bars lie instead of standing: words on the left have room.
    pub lying: bool,
    /// Numbers beside the bars.
    pub numbers: bool,
    /// The part of the axis the bars stand along that is shown at first.
    pub domain: (f64, f64),
    /// Ticks beyond those of the axis: "blank".
    pub extra_ticks: Vec<(f64, String)>,
    pub summary: Option<Box5>,
    pub missing: Missing,
    /// Rows in the bars.
    pub drawn: usize,
    /// Cell of every row: slot × colours + colour.
    pub codes: Codes,
    /// Rows per cell.
    pub counts: Vec<u32>,
    pub rows: RowMap,
}

/// A bar, or one colour of it, before it is laid along an axis.
struct Piece {
    cell: usize,
    slot: usize,
    colour: usize,
    along: (f64, f64),
    value: (f64, f64),
}

impl Stacked {
    fn colour_count(&self) -> usize {
        self.colours
            .as_ref()
            .map_or(1, |colours| colours.names.len().max(1))
    }

    /// Number of cells `codes` may name.
    pub fn cells(slots: usize, colours: usize) -> usize {
        slots * colours.max(1)
    }

    fn count(&self, cell: usize) -> f64 {
        f64::from(self.counts.get(cell).copied().unwrap_or(0))
    }

    fn total_of(&self, slot: usize) -> f64 {
        let colours = self.colour_count();
        (0..colours)
            .map(|colour| self.count(slot * colours + colour))
            .sum()
    }

    fn longest(&self) -> f64 {
        let longest = match self.arrange {
            Arrange::Share => return 100.0,
            Arrange::Stack => (0..self.slots.len())
                .map(|slot| self.total_of(slot))
                .fold(0.0, f64::max),
            Arrange::Side => self.counts.iter().copied().max().map_or(0.0, f64::from),
        };
        if longest > 0.0 { longest } else { 1.0 }
    }

    fn pieces(&self) -> Vec<Piece> {
        let colours = self.colour_count();
        let mut pieces = Vec::new();
        for (slot, place) in self.slots.iter().enumerate() {
            let total = self.total_of(slot);
            let mut from = 0.0;
            for colour in 0..colours {
                let cell = slot * colours + colour;
                let count = self.count(cell);
                let height = match self.arrange {
                    Arrange::Share if total > 0.0 => count / total * 100.0,
                    _ => count,
                };
                let (along, value) = if self.arrange == Arrange::Side {
                    let width = (place.span.1 - place.span.0) / colours as f64;
                    let start = place.span.0 + width * colour as f64;
                    ((start, start + width * 0.94), (0.0, height))
                } else {
                    (place.span, (from, from + height))
                };
                if count > 0.0 {
                    from += height;
                    pieces.push(Piece {
                        cell,
                        slot,
                        colour,
                        along,
                        value,
                    });
                }
            }
        }
        pieces
    }

    fn value_domain(&self) -> (f64, f64) {
        let longest = self.longest();
        let room = if self.summary.is_some() {
            STRIP_TOP
        } else if self.numbers && self.lying {
            LABEL_ROOM
        } else if self.numbers {
            1.1
        } else if self.arrange == Arrange::Share {
            1.0
        } else {
            HEAD_ROOM
        };
        (0.0, longest * room)
    }

    fn value_axis(&self, domain: (f64, f64), pixels: u32) -> Axis {
        let share = self.arrange == Arrange::Share;
        let title = if share { "% of rows" } else { "Rows" };
        // Room for words and strips is not part of the scale.
        let longest = self.longest();
        let measured = (domain.0, domain.1.min(longest.max(domain.0 + f64::EPSILON)));
        let mut axis = scale::linear_axis(title, measured, pixels);
        axis.domain = domain;
        if !share {
            scale::keep_whole(&mut axis);
        }
        axis
    }

    fn along_axis(&self, domain: (f64, f64), pixels: u32) -> Axis {
        let mut axis = match &self.along {
            Along::Numbers(figures) => {
                scale::number_axis(&self.along_title, domain, pixels, *figures)
            }
            Along::Time => scale::time_axis(&self.along_title, domain, pixels),
            Along::Bands(names) => {
                scale::band_axis(&self.along_title, names, domain, pixels, self.lying)
            }
        };
        if let Some((first, _)) = self.extra_ticks.first() {
            axis.ticks.retain(|(tick, _)| tick < first);
            let inside = self.extra_ticks.iter().filter(|(at, _)| *at <= domain.1);
            axis.ticks.extend(inside.cloned());
        }
        axis
    }

    /// Turns "along the bars" and "length" into x and y.
    fn lay<T>(&self, along: T, value: T) -> (T, T) {
        if self.lying {
            (value, along)
        } else {
            (along, value)
        }
    }

    fn bars(&self, selected: Option<&[u32]>, view: (f64, f64)) -> Vec<Bar> {
        let all = self.drawn.max(1) as f64;
        self.pieces()
            .into_iter()
            .filter(|piece| piece.along.1 >= view.0 && piece.along.0 <= view.1)
            .map(|piece| {
                let count = self.count(piece.cell);
                let (x, y) = self.lay(piece.along, piece.value);
                let part = selected.map(|selected| {
                    let rows = f64::from(selected.get(piece.cell).copied().unwrap_or(0));
                    let length = (piece.value.1 - piece.value.0) * rows / count;
                    let value = (piece.value.0, piece.value.0 + length);
                    (self.lay(piece.along, value), rows)
                });
                Bar {
                    x,
                    y,
                    ink: self.ink(piece.colour),
                    selected: part.map(|(part, _)| part),
                    hatched: self.slots.get(piece.slot).is_some_and(|slot| slot.hatched),
                    tooltip: self.tooltip(&piece, count, all, part.map(|(_, rows)| rows)),
                }
            })
            .collect()
    }

    fn ink(&self, colour: usize) -> Ink {
        match &self.colours {
            Some(colours) => colours.inks.get(colour).copied().unwrap_or(Ink::Other),
            None => Ink::Mark,
        }
    }

    fn tooltip(&self, piece: &Piece, count: f64, all: f64, selected: Option<f64>) -> String {
        let slot = self
            .slots
            .get(piece.slot)
            .map_or("", |slot| slot.name.as_str());
        let colour = self
            .colours
            .as_ref()
            .and_then(|colours| colours.names.get(piece.colour));
        let name = match (colour, self.slots.len()) {
            (Some(colour), 1) => colour.clone(),
            (Some(colour), _) => format!("{slot}, {colour}"),
            (None, _) => slot.to_owned(),
        };
        let (of, whole) = if self.arrange == Arrange::Share && self.slots.len() > 1 {
            (self.total_of(piece.slot), format!(" of {slot}"))
        } else {
            (all, String::new())
        };
        let mut text = format!(
            "{name}: {}, {}{whole}",
            format::counted(count as u64, "row"),
            format::share(count / of)
        );
        if let Some(selected) = selected {
            text.push_str(&format!(", {} selected", format::count(selected as u64)));
        }
        text
    }

    fn labels(&self, pixels_per_unit: f64) -> Vec<Label> {
        let mut labels = Vec::new();
        if !self.numbers {
            return labels;
        }
        let all = self.drawn.max(1) as f64;
        if self.arrange == Arrange::Side {
            return labels;
        }
        for (index, slot) in self.slots.iter().enumerate() {
            let total = self.total_of(index);
            if (slot.span.1 - slot.span.0) * pixels_per_unit < LABEL_PIXELS {
                continue;
            }
            let middle = (slot.span.0 + slot.span.1) / 2.0;
            let share = self.arrange == Arrange::Share;
            let end = if share { 100.0 } else { total };
            let (x, y) = self.lay(middle, end);
            let text = if share {
                format!("n\u{a0}{}", format::count(total as u64))
            } else if self.lying {
                format!(
                    "{}  {}",
                    format::count(total as u64),
                    format::share(total / all)
                )
            } else {
                format::count(total as u64)
            };
            labels.push(Label {
                x,
                y,
                text,
                anchor: if self.lying {
                    Anchor::Start
                } else {
                    Anchor::Middle
                },
                offset: if self.lying { (6.0, 4.0) } else { (0.0, -5.0) },
                backdrop: None,
            });
        }
        labels
    }

    /// Numbers inside the colours of a single bar of 100 %.
    fn inner_labels(&self, pixels: f64) -> Vec<Label> {
        if self.arrange != Arrange::Share || self.slots.len() != 1 {
            return Vec::new();
        }
        self.pieces()
            .iter()
            .filter_map(|piece| {
                let name = self.colours.as_ref()?.names.get(piece.colour)?;
                let count = self.count(piece.cell);
                let text = format!(
                    "{name} {} ({})",
                    format::count(count as u64),
                    format::share(count / self.drawn.max(1) as f64)
                );
                let length = (piece.value.1 - piece.value.0) / 100.0 * pixels;
                if length < text.chars().count() as f64 * 7.0 {
                    return None;
                }
                let middle = (piece.along.0 + piece.along.1) / 2.0;
                let (x, y) = self.lay(middle, (piece.value.0 + piece.value.1) / 2.0);
                Some(Label {
                    x,
                    y,
                    text,
                    anchor: Anchor::Middle,
                    offset: (0.0, 4.0),
                    backdrop: Some(self.ink(piece.colour)),
                })
            })
            .collect()
    }

    /// Box, whiskers and median above a histogram.
    fn strip(&self, summary: &Box5) -> [Layer; 2] {
        let longest = self.longest();
        let (low, high) = (longest * STRIP.0, longest * STRIP.1);
        let middle = (low + high) / 2.0;
        let line = |points: Vec<[f64; 2]>, ink: Ink, width: f32| Line {
            points,
            ink,
            width,
            dash: Dash::Solid,
        };
        let across = |from: f64, to: f64| line(vec![[from, middle], [to, middle]], Ink::Mark, 1.0);
        let upright = |at: f64, ink: Ink, width: f32| line(vec![[at, low], [at, high]], ink, width);
        let figures = match self.along {
            Along::Numbers(figures) => figures,
            _ => Figures::default(),
        };
        let box_bar = Bar {
            x: (summary.lower, summary.upper),
            y: (low, high),
            ink: Ink::MarkSoft,
            selected: None,
            hatched: false,
            tooltip: format!(
                "Half of the rows lie between {} and {}, the median is {}",
                figures.number(summary.lower, 4),
                figures.number(summary.upper, 4),
                figures.number(summary.median, 4)
            ),
        };
        [
            Layer::Bars(vec![box_bar]),
            Layer::Lines(vec![
                across(summary.whisker_low, summary.lower),
                across(summary.upper, summary.whisker_high),
                upright(summary.whisker_low, Ink::Mark, 1.0),
                upright(summary.whisker_high, Ink::Mark, 1.0),
                upright(summary.median, Ink::Label, 2.0),
            ]),
        ]
    }

    fn legend(&self) -> Vec<LegendEntry> {
        let Some(colours) = &self.colours else {
            return Vec::new();
        };
        let entries = colours.names.iter().zip(&colours.inks);
        entries
            .map(|(label, &ink)| LegendEntry {
                label: label.clone(),
                ink,
                shape: None,
                dash: None,
            })
            .collect()
    }
}

impl Drawing for Stacked {
    fn scene(&self, request: &Request<'_>) -> Result<Scene, UserError> {
        let task = request.task;
        let mask = request.selection.map(|selection| self.rows.mask(selection));
        let selected = match &mask {
            Some(mask) => Some(self.codes.count(self.counts.len(), Some(mask), task)?),
            None => None,
        };
        let selected_rows = mask.as_ref().map(|mask| count_ones(mask));
        let (full_x, full_y) = self.lay(self.domain, self.value_domain());
        let domain_x = request.view.map_or(full_x, |view| view.x);
        let domain_y = request.view.map_or(full_y, |view| view.y);
        let size = request.size;
        let (x, y) = if self.lying {
            (
                self.value_axis(domain_x, size.width),
                self.along_axis(domain_y, size.height),
            )
        } else {
            (
                self.along_axis(domain_x, size.width),
                self.value_axis(domain_y, size.height),
            )
        };
        let along = if self.lying { domain_y } else { domain_x };
        let pixels = f64::from(if self.lying { size.height } else { size.width });
        let mut layers = vec![Layer::Bars(self.bars(selected.as_deref(), along))];
        if let Some(summary) = &self.summary {
            layers.extend(self.strip(summary));
        }
        let mut labels = self.labels(pixels / (along.1 - along.0));
        if selected.is_none() {
            let length = if self.lying { size.width } else { size.height };
            labels.extend(self.inner_labels(f64::from(length)));
        }
        if !labels.is_empty() {
            layers.push(Layer::Labels(labels));
        }
        Ok(Scene {
            title: self.title.clone(),
            subtitle: words::subtitle(self.drawn, self.missing, selected_rows),
            x,
            y,
            legend_title: self
                .colours
                .as_ref()
                .map_or_else(String::new, |c| c.title.clone()),
            legend: self.legend(),
            layers,
            description: self.description.clone(),
            note: self.note.clone(),
        })
    }

    fn rows_in(&self, brush: &Brush, task: &TaskContext) -> RowSet {
        let mut wanted = vec![false; self.counts.len()];
        for piece in self.pieces() {
            let (x, y) = self.lay(piece.along, piece.value);
            if brush.overlaps(x, y)
                && let Some(slot) = wanted.get_mut(piece.cell)
            {
                *slot = true;
            }
        }
        if task.is_cancelled() || !wanted.contains(&true) {
            return RowSet::empty(self.rows.source_rows());
        }
        self.rows.row_set(&self.codes.mask_of(&wanted))
    }

    fn memory_bytes(&self) -> u64 {
        self.codes.memory_bytes() + self.rows.memory_bytes() + self.counts.len() as u64 * 4
    }
}

/// What a mark still has to say once it knows the bar of every row.
pub struct Counted {
    pub codes: Codes,
    pub counts: Vec<u32>,
    pub rows: RowMap,
    pub drawn: usize,
}

/// Packs slot and colour of every row and counts the cells. `slot_of` answers `slots` or more for
/// rows that are in no bar.
pub fn count_rows(
    rows: RowMap,
    slots: usize,
    groups: Option<&Groups>,
    slot_of: impl Fn(usize) -> usize + Sync,
    task: &TaskContext,
) -> Result<Counted, UserError> {
    let colours = groups.map_or(1, |groups| groups.len().max(1));
    let cells = Stacked::cells(slots, colours);
    let codes = Codes::pack(
        rows.rows(),
        cells,
        |position| {
            let slot = slot_of(position);
            if slot >= slots {
                return cells;
            }
            let colour = groups
                .and_then(|groups| groups.codes.get(position))
                .map_or(0, |&code| usize::from(code));
            slot * colours + colour
        },
        task,
    );
    let counts = codes.count(cells, None, task)?;
    let drawn = counts.iter().map(|&count| count as usize).sum();
    Ok(Counted {
        codes,
        counts,
        rows,
        drawn,
    })
}
