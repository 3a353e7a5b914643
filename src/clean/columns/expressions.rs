//! Calculations whose results are numbers a person can use: no infinities, exact divisions, days.

use polars::prelude::{
    Column as PolarsColumn, DataType, Expr, Field, Float64Chunked, IntoSeries, NamedFrom,
    NewChunkedArray, PolarsResult, Series, TimeUnit, UnknownKind, polars_bail,
};

/// The series without infinities and not-a-numbers: they count as blank everywhere in a recipe.
pub(in crate::clean) fn finite_or_blank(series: &Series) -> PolarsResult<Series> {
    match series.dtype() {
        DataType::Float64 => {
            let values = series.f64()?;
            if values.iter().all(|value| value.is_none_or(f64::is_finite)) {
                return Ok(series.clone());
            }
            let finite = values
                .iter()
                .map(|value| value.filter(|number| number.is_finite()));
            Ok(Float64Chunked::from_iter_options(series.name().clone(), finite).into_series())
        }
        DataType::Float32 => {
            let values = series.f32()?;
            if values.iter().all(|value| value.is_none_or(f32::is_finite)) {
                return Ok(series.clone());
            }
            let finite: Vec<Option<f32>> = values
                .iter()
                .map(|value| value.filter(|number| number.is_finite()))
                .collect();
            Ok(Series::new(series.name().clone(), finite))
        }
        _ => Ok(series.clone()),
    }
}

/// An expression whose infinities and not-a-numbers are blank. One child, so that wrapping every
/// part of a long formula does not make it grow.
pub(in crate::clean) fn finite_expr(expr: Expr) -> Expr {
    expr.map(
        |column: PolarsColumn| Ok(finite_or_blank(column.as_materialized_series())?.into()),
        |_, field| Ok(Field::new(field.name().clone(), known_type(field.dtype()))),
    )
}

/// As [`finite_expr`], for calculations whose numbers are fractions: they come out in double
/// precision whatever went in.
pub(in crate::clean) fn finite_fraction_expr(expr: Expr) -> Expr {
    expr.map(
        |column: PolarsColumn| {
            let series = column.as_materialized_series();
            let fractions = if series.dtype().is_primitive_numeric() {
                series.cast(&DataType::Float64)?
            } else {
                series.clone()
            };
            Ok(finite_or_blank(&fractions)?.into())
        },
        |_, field| {
            let known = known_type(field.dtype());
            let storage = if known.is_primitive_numeric() {
                DataType::Float64
            } else {
                known
            };
            Ok(Field::new(field.name().clone(), storage))
        },
    )
}

/// One expression divided by another, exactly: the table engine multiplies by the inverse of a
/// single divisor, so that a table of one row would get other digits than a table of many.
/// Infinities are blank.
pub(in crate::clean) fn exact_division(dividend: Expr, divisor: Expr) -> Expr {
    dividend.map_many(
        |columns: &mut [PolarsColumn]| match columns {
            [dividend, divisor] => Ok(divide(
                dividend.as_materialized_series(),
                divisor.as_materialized_series(),
            )?
            .into()),
            _ => polars_bail!(ComputeError: "a division has two sides"),
        },
        &[divisor],
        |_, fields| match fields {
            [dividend, divisor] => {
                let (a, b) = (known_type(dividend.dtype()), known_type(divisor.dtype()));
                let storage = if a.is_primitive_numeric() && b.is_primitive_numeric() {
                    DataType::Float64
                } else {
                    a
                };
                Ok(Field::new(dividend.name().clone(), storage))
            }
            _ => polars_bail!(ComputeError: "a division has two sides"),
        },
    )
}

fn divide(dividend: &Series, divisor: &Series) -> PolarsResult<Series> {
    if !dividend.dtype().is_primitive_numeric() || !divisor.dtype().is_primitive_numeric() {
        return dividend / divisor;
    }
    let (a, b) = (
        dividend.cast(&DataType::Float64)?,
        divisor.cast(&DataType::Float64)?,
    );
    let (a, b) = (a.f64()?, b.f64()?);
    let quotient = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => Some(a / b).filter(|value| value.is_finite()),
        _ => None,
    };
    let name = dividend.name().clone();
    // A fixed number comes as one value.
    Ok(match (a.len(), b.len()) {
        (1, _) => Float64Chunked::from_iter_options(name, b.iter().map(|b| quotient(a.get(0), b))),
        (_, 1) => Float64Chunked::from_iter_options(name, a.iter().map(|a| quotient(a, b.get(0)))),
        _ => Float64Chunked::from_iter_options(
            name,
            a.iter().zip(b.iter()).map(|(a, b)| quotient(a, b)),
        ),
    }
    .into_series())
}

/// The time between two dates as days; everything else as it is.
pub(in crate::clean) fn days_expr(expr: Expr) -> Expr {
    expr.map(
        |column: PolarsColumn| {
            let series = column.as_materialized_series();
            let per_day = match series.dtype() {
                DataType::Duration(TimeUnit::Nanoseconds) => 86_400e9,
                DataType::Duration(TimeUnit::Microseconds) => 86_400e6,
                DataType::Duration(TimeUnit::Milliseconds) => 86_400e3,
                _ => return Ok(column),
            };
            let ticks = series.to_physical_repr().cast(&DataType::Float64)?;
            let days = ticks
                .f64()?
                .iter()
                .map(|value| value.map(|value| value / per_day));
            Ok(
                Float64Chunked::from_iter_options(series.name().clone(), days)
                    .into_series()
                    .into(),
            )
        },
        |_, field| {
            let known = known_type(field.dtype());
            let storage = if matches!(known, DataType::Duration(_)) {
                DataType::Float64
            } else {
                known
            };
            Ok(Field::new(field.name().clone(), storage))
        },
    )
}

/// The type that fixed numbers get where the table engine has not decided yet.
fn known_type(dtype: &DataType) -> DataType {
    match dtype {
        DataType::Unknown(UnknownKind::Float) => DataType::Float64,
        DataType::Unknown(UnknownKind::Int(_)) => DataType::Int64,
        DataType::Unknown(UnknownKind::Str) => DataType::String,
        DataType::Unknown(_) => DataType::Null,
        known => known.clone(),
    }
}
