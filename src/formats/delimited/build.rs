//! From the values of a column, as written, to a column of numbers, dates or texts.

use polars::prelude::{
    BooleanChunkedBuilder, ChunkedBuilder, Float64Type, Int64Type, IntoSeries, PlSmallStr,
    PrimitiveChunkedBuilder, Series, StringChunkedBuilder,
};

use super::super::ReadAs;
use super::cut::Block;
use super::examine::{ColumnPlan, Examined};
use super::values::{
    DateOrder, date, is_code, moment, number, plain_number, plain_whole_number, whole_number,
    yes_no,
};

/// What is made of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wanted {
    Nothing,
    /// Texts as written, for a type to be found when all of them are known.
    Texts,
    /// Values of the planned type.
    Values,
}

/// One column of one piece while it grows.
pub struct Builder<'a> {
    rules: Rules<'a>,
    cells: Cells,
    /// Every value so far is a blank or of the type.
    pub fits: bool,
}

enum Cells {
    Nothing,
    /// Texts as written, empty ones blank.
    Written(StringChunkedBuilder),
    /// Texts without those that mean nothing.
    Text(StringChunkedBuilder),
    Whole(PrimitiveChunkedBuilder<Int64Type>),
    /// With the mark before decimals.
    Number(PrimitiveChunkedBuilder<Float64Type>, char),
    YesNo(BooleanChunkedBuilder),
    Moment {
        values: PrimitiveChunkedBuilder<Int64Type>,
        order: DateOrder,
        has_time: bool,
    },
}

/// A column of one piece.
pub struct Part {
    pub series: Series,
    /// Dates only: some value has a time of day.
    pub has_time: bool,
}

impl<'a> Builder<'a> {
    /// For about so many rows.
    pub fn new(examined: &'a Examined, plan: &'a ColumnPlan, wanted: Wanted, rows: usize) -> Self {
        let texts = || StringChunkedBuilder::new(PlSmallStr::EMPTY, rows);
        let numbers = || PrimitiveChunkedBuilder::new(PlSmallStr::EMPTY, rows);
        let dates = |order| Cells::Moment {
            values: PrimitiveChunkedBuilder::new(PlSmallStr::EMPTY, rows),
            order,
            has_time: false,
        };
        let cells = match (wanted, plan.read_as) {
            (Wanted::Nothing, _) | (Wanted::Values, ReadAs::Skip) => Cells::Nothing,
            (Wanted::Texts, _) => Cells::Written(texts()),
            (_, ReadAs::Text) if examined.may_mark_blanks(plan) => Cells::Text(texts()),
            (_, ReadAs::Text) => Cells::Written(texts()),
            (_, ReadAs::WholeNumber) => {
                Cells::Whole(PrimitiveChunkedBuilder::new(PlSmallStr::EMPTY, rows))
            }
            (_, ReadAs::Number) => Cells::Number(numbers(), '.'),
            (_, ReadAs::NumberDecimalComma) => Cells::Number(numbers(), ','),
            (_, ReadAs::YesNo) => Cells::YesNo(BooleanChunkedBuilder::new(PlSmallStr::EMPTY, rows)),
            (_, ReadAs::DateIso) => dates(DateOrder::YearFirst),
            (_, ReadAs::DateDayFirst) => dates(DateOrder::DayFirst),
            (_, ReadAs::DateMonthFirst) => dates(DateOrder::MonthFirst),
        };
        Self {
            rules: Rules {
                examined,
                plan,
                blanks_first: examined.is_marker_a_value(plan),
            },
            cells,
            fits: true,
        }
    }

    /// Appends a column of a block; nothing once a value did not fit.
    pub fn add(&mut self, block: &Block, column: usize, scratch: &mut String) {
        if !self.fits {
            return;
        }
        let (rules, fits) = (&self.rules, &mut self.fits);
        match &mut self.cells {
            Cells::Nothing => {}
            Cells::Written(texts) => block.for_each(column, scratch, |text| {
                if text.is_empty() {
                    texts.append_null();
                } else {
                    texts.append_value(text);
                }
            }),
            Cells::Text(texts) => block.for_each(column, scratch, |text| {
                texts.append_option(Some(text).filter(|text| !rules.is_blank(text)));
            }),
            Cells::Whole(values) => {
                let mark = rules.examined.decimal_mark();
                let quick = |text: &str| plain_whole_number(text.as_bytes());
                let parse = |text: &str| whole_number(text, mark);
                block.for_each(column, scratch, |text| {
                    match rules.read(text, fits, quick, parse) {
                        Some(value) => values.append_value(value),
                        None => values.append_null(),
                    }
                });
            }
            Cells::Number(values, mark) => {
                let quick = |text: &str| plain_number(text.as_bytes(), *mark as u8);
                let parse = |text: &str| number(text, *mark);
                block.for_each(column, scratch, |text| {
                    match rules.read(text, fits, quick, parse) {
                        Some(value) => values.append_value(value),
                        None => values.append_null(),
                    }
                });
            }
            Cells::YesNo(values) => block.for_each(column, scratch, |text| {
                values.append_option(rules.read(text, fits, yes_no, yes_no));
            }),
            Cells::Moment {
                values,
                order,
                has_time,
            } => {
                let parse = |text: &str| date(text, *order);
                // Neighbouring rows are often alike.
                let (mut same, mut known) = (String::new(), None);
                block.for_each(column, scratch, |text| {
                    if text != same || known.is_none() {
                        same.clear();
                        same.push_str(text);
                        let written = rules.read(text, fits, parse, parse);
                        *has_time |= written.is_some_and(|date| date.time.is_some());
                        known = written.map(moment);
                    }
                    values.append_option(known);
                });
            }
        }
    }

    /// What was built; nothing of a column that is left out or did not fit.
    pub fn finish(self) -> Option<Part> {
        if !self.fits {
            return None;
        }
        let mut part_has_time = false;
        let series = match self.cells {
            Cells::Nothing => return None,
            Cells::Written(texts) | Cells::Text(texts) => texts.finish().into_series(),
            Cells::Whole(values) => values.finish().into_series(),
            Cells::Number(values, _) => values.finish().into_series(),
            Cells::YesNo(values) => values.finish().into_series(),
            Cells::Moment {
                values, has_time, ..
            } => {
                part_has_time = has_time;
                values.finish().into_series()
            }
        };
        Some(Part {
            series,
            has_time: part_has_time,
        })
    }
}

/// What a written value of a column means.
struct Rules<'a> {
    examined: &'a Examined,
    plan: &'a ColumnPlan,
    /// Some marker of a blank could itself be read as a value.
    blanks_first: bool,
}

impl Rules<'_> {
    fn is_blank(&self, text: &str) -> bool {
        self.examined.is_blank(self.plan, text)
    }

    /// The value; None for a blank, and for what does not fit, which is noted. `quick` may know
    /// only the usual ways to write a value, but no code.
    #[inline(always)]
    fn read<T>(
        &self,
        text: &str,
        fits: &mut bool,
        quick: impl Fn(&str) -> Option<T>,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        if text.is_empty() {
            return None;
        }
        if !self.blanks_first
            && let Some(value) = quick(text)
        {
            return Some(value);
        }
        self.read_unusual(text, fits, parse)
    }

    #[cold]
    fn read_unusual<T>(
        &self,
        text: &str,
        fits: &mut bool,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        if self.is_blank(text) {
            return None;
        }
        let value = if self.plan.refuses_codes() && is_code(text) {
            None
        } else {
            parse(text)
        };
        *fits &= value.is_some();
        value
    }
}
