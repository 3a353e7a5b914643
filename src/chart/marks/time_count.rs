//! How many rows each day, week, month or year has.

use super::{Drawing, Mark};
use crate::base::{TaskContext, UserError};
use crate::chart::cells::RowMap;
use crate::chart::fields;
use crate::chart::scale::{self, TimeUnit};
use crate::chart::spec::ChartSpec;
use crate::chart::stacked::{Along, Arrange, Colours, Slot, Stacked, count_rows};
use crate::chart::words::{self, Missing};
use crate::data::{ColumnKind, Table};

/// Most bars before a coarser unit is taken.
const MOST_BARS: i64 = 120;

pub struct TimeCount;

impl Mark for TimeCount {
    fn id(&self) -> &'static str {
        "time_count"
    }

    fn name(&self) -> &'static str {
        "Count over time"
    }

    fn summary(&self) -> &'static str {
        "How many rows each day, week, month or year has"
    }

    fn fits(
        &self,
        x: Option<ColumnKind>,
        y: Option<ColumnKind>,
        color: Option<ColumnKind>,
    ) -> bool {
        use ColumnKind::{Category, Text, Time, YesNo};
        match (x, y) {
            (Some(Time), None) | (None, Some(Time)) => true,
            // The category becomes the colour, so the colour must be free.
            (Some(Time), Some(Category | YesNo | Text))
            | (Some(Category | YesNo | Text), Some(Time)) => color.is_none(),
            _ => false,
        }
    }

    fn prepare(
        &self,
        table: &Table,
        spec: &ChartSpec,
        task: &TaskContext,
    ) -> Result<Box<dyn Drawing>, UserError> {
        let is_time = |name: &&str| {
            table
                .schema()
                .get(name)
                .is_some_and(|column| column.kind == ColumnKind::Time)
        };
        let columns = [spec.x.as_deref(), spec.y.as_deref()];
        let name = columns
            .into_iter()
            .flatten()
            .find(is_time)
            .unwrap_or_default();
        let other = columns.into_iter().flatten().find(|name| !is_time(name));
        let color = spec.color.as_deref().or(other);
        let dates = fields::numbers(table, name, task)?;
        let groups = match color {
            Some(color) => Some(fields::groups(table, color, task)?),
            None => None,
        };
        let (low, high) = if dates.filled > 0 {
            (dates.min, dates.max)
        } else {
            (0.0, 0.0)
        };
        let unit = TimeUnit::for_range(low, high, dates.whole_days(), MOST_BARS);
        let first = unit.index(low);
        // Years may still be too many: far beyond any calendar, they are counted in wider steps.
        let units = unit.index(high).saturating_sub(first).saturating_add(1);
        let every = (units / MOST_BARS + i64::from(units > MOST_BARS)).max(1);
        let count = ((units + every - 1) / every).max(1) as usize;
        let slots: Vec<Slot> = (0..count as i64)
            .map(|index| Slot {
                span: (
                    unit.start(first + index * every),
                    unit.start(first + (index + 1) * every),
                ),
                name: unit.label(first + index * every),
                hatched: false,
            })
            .collect();
        let domain = (
            slots.first().map_or(0.0, |slot| slot.span.0),
            slots.last().map_or(1.0, |slot| slot.span.1),
        );
        let counted = count_rows(
            RowMap::of(table),
            count,
            groups.as_ref(),
            |position| match dates.values.get(position) {
                Some(&value) if value.is_finite() => {
                    ((unit.index(value) - first) / every).max(0) as usize
                }
                _ => usize::MAX,
            },
            task,
        )?;
        let missing = Missing {
            blank: dates.blanks,
            infinite: dates.infinite,
            blanks_drawn: false,
        };
        let step = if every == 1 {
            unit.word().to_owned()
        } else {
            format!("{every} {}s", unit.word())
        };
        let mut description = format!(
            "Rows per {step} of {name}, {}",
            words::row_counts(dates.filled, missing)
        );
        if dates.filled > 0 {
            description.push_str(&format!(
                ", from {} to {}",
                scale::date_label(low),
                scale::date_label(high)
            ));
        }
        let empty = counted
            .counts
            .chunks(groups.as_ref().map_or(1, |g| g.len().max(1)));
        let gaps = empty
            .filter(|cells| cells.iter().all(|&count| count == 0))
            .count();
        Ok(Box::new(Stacked {
            title: match color {
                Some(color) => format!("Rows per {step} of {name} by {color}"),
                None => format!("Rows per {step} of {name}"),
            },
            description,
            note: (gaps > 0 && dates.filled > 0)
                .then(|| format!("{gaps} of {count} bars have no rows")),
            along: Along::Time,
            along_title: name.to_owned(),
            slots,
            colours: groups.as_ref().map(Colours::of),
            arrange: Arrange::Stack,
            lying: false,
            numbers: false,
            domain,
            extra_ticks: Vec::new(),
            summary: None,
            missing,
            drawn: counted.drawn,
            codes: counted.codes,
            counts: counted.counts,
            rows: counted.rows,
        }))
    }
}
