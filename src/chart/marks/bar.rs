//! How many rows each value has: bars of categories by count, of whole numbers in order, and one
//! bar of 100 % for yes or no.

use super::{Drawing, Mark};
use crate::base::{TaskContext, UserError};
use crate::chart::cells::RowMap;
use crate::chart::fields::{self, BLANK, Bands, Groups};
use crate::chart::scene::Ink;
use crate::chart::spec::ChartSpec;
use crate::chart::stacked::{Along, Arrange, Colours, Slot, Stacked, count_rows};
use crate::chart::words::{self, Missing};
use crate::data::{ColumnKind, Table};

/// Values with a bar of their own.
const OWN_BARS: usize = 15;
/// Up to this many, all values get a bar.
const ALL_BARS: usize = 20;
const HALF_WIDTH: f64 = 0.38;

pub struct BarMark;

impl Mark for BarMark {
    fn id(&self) -> &'static str {
        "bar"
    }

    fn name(&self) -> &'static str {
        "Bars"
    }

    fn summary(&self) -> &'static str {
        "How many rows each value has"
    }

    fn fits(
        &self,
        x: Option<ColumnKind>,
        y: Option<ColumnKind>,
        _color: Option<ColumnKind>,
    ) -> bool {
        // Dates are counted by their calendar unit instead.
        matches!((x, y), (Some(kind), None) | (None, Some(kind)) if kind != ColumnKind::Time)
    }

    fn prepare(
        &self,
        table: &Table,
        spec: &ChartSpec,
        task: &TaskContext,
    ) -> Result<Box<dyn Drawing>, UserError> {
        let name = spec.x.as_deref().or(spec.y.as_deref()).unwrap_or_default();
        let kind = table.schema().get(name).map(|column| column.kind);
        if kind == Some(ColumnKind::YesNo) && spec.color.is_none() {
            return Ok(Box::new(one_bar(table, name, task)?));
        }
        let mut bands = fields::bands(table, name, ALL_BARS, task)?;
        if bands.has_other {
            bands = fields::bands(table, name, OWN_BARS, task)?;
        }
        let groups = match &spec.color {
            Some(color) => Some(fields::groups(table, color, task)?),
            None => None,
        };
        let bars = bars(table, name, kind, bands, groups.as_ref(), task)?;
        Ok(Box::new(bars))
    }
}

fn bars(
    table: &Table,
    name: &str,
    kind: Option<ColumnKind>,
    bands: Bands,
    groups: Option<&Groups>,
    task: &TaskContext,
) -> Result<Stacked, UserError> {
    // Whole numbers stand left to right; words lie, so that they can be read.
    let lying = !(kind == Some(ColumnKind::Number) && bands.ordered);
    let mut names = bands.names.clone();
    if bands.blanks > 0 {
        names.push("blank".to_owned());
    }
    let count = names.len();
    // The first bar of a lying chart is the uppermost: the highest position.
    let place = |index: usize| if lying { count - 1 - index } else { index };
    let mut slots: Vec<Slot> = Vec::with_capacity(count);
    let mut axis_names = vec![String::new(); count];
    for position in 0..count {
        let index = place(position);
        let shown = names.get(index).cloned().unwrap_or_default();
        slots.push(Slot {
            span: (position as f64 - HALF_WIDTH, position as f64 + HALF_WIDTH),
            name: shown.clone(),
            hatched: bands.blanks > 0 && index + 1 == count,
        });
        if let Some(axis_name) = axis_names.get_mut(position) {
            *axis_name = shown;
        }
    }
    let blank_slot = if bands.blanks > 0 {
        place(count - 1)
    } else {
        usize::MAX
    };
    let counted = count_rows(
        RowMap::of(table),
        count,
        groups,
        |position| match bands.codes.get(position) {
            Some(&BLANK) => blank_slot,
            Some(&code) => place(usize::from(code)),
            None => usize::MAX,
        },
        task,
    )?;
    let missing = Missing {
        blank: bands.blanks,
        infinite: 0,
        blanks_drawn: true,
    };
    let mut description = format!(
        "Bars of {}, {}",
        words::values_of(bands.distinct, name),
        words::row_counts(counted.drawn, missing)
    );
    if let (Some(first), Some(rows)) = (bands.names.first(), bands.counts.first())
        && !bands.ordered
    {
        description.push_str(&format!(
            ", most often {first} with {}",
            crate::base::format::counted(*rows, "row")
        ));
    }
    if let Some(groups) = groups {
        description.push_str(&format!(", coloured by {}", groups.title));
    }
    Ok(Stacked {
        title: match groups {
            Some(groups) => format!("{name} by {}", groups.title),
            None => name.to_owned(),
        },
        description,
        note: None,
        along: Along::Bands(axis_names),
        along_title: name.to_owned(),
        slots,
        colours: groups.map(Colours::of),
        arrange: Arrange::Stack,
        lying,
        numbers: true,
        domain: (-0.5, count.max(1) as f64 - 0.5),
        extra_ticks: Vec::new(),
        summary: None,
        missing,
        drawn: counted.drawn,
        codes: counted.codes,
        counts: counted.counts,
        rows: counted.rows,
    })
}

/// Yes or no as one bar of 100 %.
fn one_bar(table: &Table, name: &str, task: &TaskContext) -> Result<Stacked, UserError> {
    let bands = fields::bands(table, name, 2, task)?;
    let mut names = bands.names.clone();
    let mut inks = vec![Ink::Category(0), Ink::Category(1)];
    if bands.blanks > 0 {
        names.push("blank".to_owned());
        inks.push(Ink::MarkSoft);
    }
    let groups = Groups {
        title: name.to_owned(),
        codes: bands
            .codes
            .iter()
            .map(|&code| if code == BLANK { 2 } else { code as u8 })
            .collect(),
        names,
        inks,
        shapes: true,
        distinct: bands.distinct,
    };
    let counted = count_rows(RowMap::of(table), 1, Some(&groups), |_| 0, task)?;
    let missing = Missing {
        blank: bands.blanks,
        infinite: 0,
        blanks_drawn: true,
    };
    let yes = bands.counts.get(1).copied().unwrap_or(0);
    let description = format!(
        "Share of yes and no in {name}, {}, yes {} ({})",
        words::row_counts(counted.drawn, missing),
        crate::base::format::count(yes),
        crate::base::format::share(yes as f64 / counted.drawn.max(1) as f64),
    );
    Ok(Stacked {
        title: name.to_owned(),
        description,
        note: None,
        along: Along::Bands(vec![name.to_owned()]),
        along_title: String::new(),
        slots: vec![Slot {
            span: (-0.25, 0.25),
            name: name.to_owned(),
            hatched: false,
        }],
        colours: Some(Colours::of(&groups)),
        arrange: Arrange::Share,
        lying: true,
        numbers: false,
        domain: (-0.5, 0.5),
        extra_ticks: Vec::new(),
        summary: None,
        missing,
        drawn: counted.drawn,
        codes: counted.codes,
        counts: counted.counts,
        rows: counted.rows,
    })
}
