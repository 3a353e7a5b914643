//! From columns of text to columns of values, with every value that does not fit counted.

use polars::prelude::{
    BooleanChunkedBuilder, ChunkedBuilder, DataType, Float64Type, Int32Chunked, Int64Chunked,
    Int64Type, IntoSeries, PlSmallStr, PolarsError, PrimitiveChunkedBuilder, Series, StringChunked,
    TimeUnit,
};

use super::super::ReadAs;
use super::examine::{ColumnPlan, Examined};
use super::guess::{TOLERATED, guess};
use super::values::{DateOrder, WrittenDate, date, is_code, moment, number, whole_number, yes_no};
use crate::base::format::{count, counted, share, shorten};
use crate::base::{Issue, Severity, TaskContext, UserError};
use crate::data::calendar::DAY_MICROSECONDS;

/// Rows between two looks at whether the work was stopped.
const CHECK_EVERY: usize = 1 << 17;

/// A converted column and what was lost on the way.
struct Outcome {
    series: Series,
    filled: u64,
    /// Values that did not fit, and the first of them with its row.
    misfits: u64,
    first: Option<(usize, String)>,
}

/// Converts one column of text as planned.
pub fn convert(
    texts: &StringChunked,
    plan: &ColumnPlan,
    examined: &Examined,
    issues: &mut Vec<Issue>,
    task: &TaskContext,
) -> Result<Series, UserError> {
    let mut plan = plan.clone();
    if plan.undecided {
        plan.read_as = guess_whole_column(texts, &plan, examined);
    }
    if plan.read_as == ReadAs::Text || plan.read_as == ReadAs::Skip {
        return Ok(text_column(texts, &plan, examined));
    }
    if plan.refuses_codes() && has_codes(texts, task)? {
        issues.push(
            Issue::new(
                Severity::Note,
                "codes_kept_as_text",
                format!("“{}” is kept as text: some of its values have leading zeros or too many digits", plan.name),
            )
            .about(&plan.name),
        );
        return Ok(text_column(texts, &plan, examined));
    }
    let outcome = best_outcome(texts, &mut plan, examined, task)?;
    let disagreeing = outcome.misfits as f64 / outcome.filled.max(1) as f64;
    if !plan.forced && disagreeing > TOLERATED {
        issues.push(kept_as_text(&plan, disagreeing, &outcome));
        return Ok(text_column(texts, &plan, examined));
    }
    if outcome.misfits > 0 {
        issues.push(misfits(&plan, &outcome));
    }
    Ok(outcome.series)
}

/// Reads as planned, or in the nearest other way that loses fewer values: a whole number may turn
/// out to have decimals, a day to be a month.
fn best_outcome(
    texts: &StringChunked,
    plan: &mut ColumnPlan,
    examined: &Examined,
    task: &TaskContext,
) -> Result<Outcome, UserError> {
    let mut best = read_column(texts, plan, examined, task)?;
    if best.misfits == 0 || plan.forced {
        return Ok(best);
    }
    let others: &[ReadAs] = match plan.read_as {
        ReadAs::WholeNumber if examined.decimal_comma => &[ReadAs::NumberDecimalComma],
        ReadAs::WholeNumber => &[ReadAs::Number],
        ReadAs::DateDayFirst => &[ReadAs::DateMonthFirst],
        ReadAs::DateMonthFirst => &[ReadAs::DateDayFirst],
        _ => &[],
    };
    for &read_as in others {
        let other = ColumnPlan {
            read_as,
            ..plan.clone()
        };
        let outcome = read_column(texts, &other, examined, task)?;
        if outcome.misfits < best.misfits {
            best = outcome;
            *plan = other;
        }
    }
    Ok(best)
}

fn read_column(
    texts: &StringChunked,
    plan: &ColumnPlan,
    examined: &Examined,
    task: &TaskContext,
) -> Result<Outcome, UserError> {
    let in_order = |order| date_column(texts, plan, examined, task, order);
    match plan.read_as {
        ReadAs::WholeNumber => {
            let mark = examined.decimal_mark();
            let mut values =
                PrimitiveChunkedBuilder::<Int64Type>::new(PlSmallStr::EMPTY, texts.len());
            let found = parse_all(
                texts,
                plan,
                examined,
                task,
                |text| whole_number(text, mark),
                |value| {
                    values.append_option(value);
                },
            )?;
            Ok(found.with(values.finish().into_series()))
        }
        ReadAs::Number | ReadAs::NumberDecimalComma => {
            let mark = if plan.read_as == ReadAs::Number {
                '.'
            } else {
                ','
            };
            let mut values =
                PrimitiveChunkedBuilder::<Float64Type>::new(PlSmallStr::EMPTY, texts.len());
            let found = parse_all(
                texts,
                plan,
                examined,
                task,
                |text| number(text, mark),
                |value| {
                    values.append_option(value);
                },
            )?;
            Ok(found.with(values.finish().into_series()))
        }
        ReadAs::YesNo => {
            let mut values = BooleanChunkedBuilder::new(PlSmallStr::EMPTY, texts.len());
            let found = parse_all(texts, plan, examined, task, yes_no, |value| {
                values.append_option(value)
            })?;
            Ok(found.with(values.finish().into_series()))
        }
        ReadAs::DateIso => in_order(DateOrder::YearFirst),
        ReadAs::DateDayFirst => in_order(DateOrder::DayFirst),
        ReadAs::DateMonthFirst => in_order(DateOrder::MonthFirst),
        ReadAs::Text | ReadAs::Skip => Ok(Found::default().with(texts.clone().into_series())),
    }
}

/// Days where no value has a time of day, microseconds otherwise.
fn date_column(
    texts: &StringChunked,
    plan: &ColumnPlan,
    examined: &Examined,
    task: &TaskContext,
    order: DateOrder,
) -> Result<Outcome, UserError> {
    let mut has_time = false;
    let mut moments = PrimitiveChunkedBuilder::<Int64Type>::new(PlSmallStr::EMPTY, texts.len());
    let parse = |text: &str| {
        let written: WrittenDate = date(text, order)?;
        has_time |= written.time.is_some();
        Some(moment(written))
    };
    let found = parse_all(texts, plan, examined, task, parse, |value| {
        moments.append_option(value)
    })?;
    Ok(found.with(dates(moments.finish(), has_time, plan)?))
}

/// Microseconds since 1970 as dates: days where no value has a time of day.
pub fn dates(
    moments: Int64Chunked,
    has_time: bool,
    plan: &ColumnPlan,
) -> Result<Series, UserError> {
    let series = if has_time {
        moments
            .into_series()
            .cast(&DataType::Datetime(TimeUnit::Microseconds, None))
    } else {
        let days = moments
            .iter()
            .map(|value| value.map(|v| v.div_euclid(DAY_MICROSECONDS) as i32));
        Int32Chunked::from_iter(days)
            .into_series()
            .cast(&DataType::Date)
    };
    series.map_err(|error| not_converted(plan, &error))
}

fn not_converted(plan: &ColumnPlan, error: &PolarsError) -> UserError {
    UserError::failed(
        "not_converted",
        format!("“{}” could not be read", plan.name),
        error.to_string(),
    )
}

#[derive(Default)]
struct Found {
    filled: u64,
    misfits: u64,
    first: Option<(usize, String)>,
}

impl Found {
    fn with(self, series: Series) -> Outcome {
        Outcome {
            series,
            filled: self.filled,
            misfits: self.misfits,
            first: self.first,
        }
    }
}

/// Parses every value that is not blank and pushes every result.
fn parse_all<T: Copy>(
    texts: &StringChunked,
    plan: &ColumnPlan,
    examined: &Examined,
    task: &TaskContext,
    mut parse: impl FnMut(&str) -> Option<T>,
    mut push: impl FnMut(Option<T>),
) -> Result<Found, UserError> {
    let mut found = Found::default();
    let blanks_first = examined.is_marker_a_value(plan);
    // Neighbouring rows are often alike, dates above all.
    let mut previous: Option<(&str, T)> = None;
    for (row, text) in texts.iter().enumerate() {
        if row % CHECK_EVERY == 0 {
            task.check()?;
        }
        let Some(text) = text else {
            push(None);
            continue;
        };
        if let Some((same, value)) = previous
            && same == text
        {
            found.filled += 1;
            push(Some(value));
            continue;
        }
        let is_marked = blanks_first && examined.is_blank(plan, text);
        match parse(text).filter(|_| !is_marked) {
            Some(value) => {
                found.filled += 1;
                previous = Some((text, value));
                push(Some(value));
            }
            None => {
                if !examined.is_blank(plan, text) {
                    found.filled += 1;
                    found.misfits += 1;
                    if found.first.is_none() {
                        found.first = Some((row, text.to_owned()));
                    }
                }
                push(None);
            }
        }
    }
    Ok(found)
}

fn has_codes(texts: &StringChunked, task: &TaskContext) -> Result<bool, UserError> {
    for (row, text) in texts.iter().enumerate() {
        if row % CHECK_EVERY == 0 {
            task.check()?;
        }
        if text.is_some_and(is_code) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn guess_whole_column(texts: &StringChunked, plan: &ColumnPlan, examined: &Examined) -> ReadAs {
    let filled: Vec<&str> = texts
        .iter()
        .flatten()
        .filter(|text| !text.trim().is_empty() && !examined.markers.contains(text))
        .collect();
    if filled.is_empty() {
        plan.read_as
    } else {
        guess(&filled, examined.decimal_comma).read_as
    }
}

/// Text as it stands, blanks taken out.
fn text_column(texts: &StringChunked, plan: &ColumnPlan, examined: &Examined) -> Series {
    let plan = ColumnPlan {
        read_as: ReadAs::Text,
        ..plan.clone()
    };
    if !examined.may_mark_blanks(&plan) {
        return texts.clone().into_series();
    }
    let kept = texts
        .iter()
        .map(|text| text.filter(|text| !examined.is_blank(&plan, text)));
    StringChunked::from_iter(kept).into_series()
}

fn expected(read_as: ReadAs) -> &'static str {
    match read_as {
        ReadAs::WholeNumber => "whole numbers",
        ReadAs::Number => "numbers",
        ReadAs::NumberDecimalComma => "numbers with a decimal comma",
        ReadAs::YesNo => "yes or no",
        ReadAs::DateIso => "dates written year first",
        ReadAs::DateDayFirst => "dates written day first",
        ReadAs::DateMonthFirst => "dates written month first",
        ReadAs::Text | ReadAs::Skip => "text",
    }
}

fn first_misfit(outcome: &Outcome) -> String {
    outcome
        .first
        .as_ref()
        .map_or_else(String::new, |(row, text)| {
            format!(
                "; the first is “{}” in row {}",
                shorten(text, 40),
                count(*row as u64 + 1)
            )
        })
}

fn misfits(plan: &ColumnPlan, outcome: &Outcome) -> Issue {
    let verb = if outcome.misfits == 1 { "is" } else { "are" };
    Issue::new(
        Severity::Caution,
        "values_not_read",
        format!(
            "{} in “{}” {verb} not {} and left blank{}",
            counted(outcome.misfits, "value"),
            plan.name,
            expected(plan.read_as),
            first_misfit(outcome)
        ),
    )
    .with_hint("Read the column as text to keep these values")
    .about(&plan.name)
}

fn kept_as_text(plan: &ColumnPlan, disagreeing: f64, outcome: &Outcome) -> Issue {
    Issue::new(
        Severity::Caution,
        "kept_as_text",
        format!(
            "“{}” is kept as text: {} of its values are not {}{}",
            plan.name,
            share(disagreeing),
            expected(plan.read_as),
            first_misfit(outcome)
        ),
    )
    .with_hint("Choose another type for the column to read it all the same")
    .about(&plan.name)
}
