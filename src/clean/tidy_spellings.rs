//! Writes values that differ in spelling only in one way: the one that occurs most often.
//!
//! Values are the same where their keys are: key collision, as OpenRefine's clustering calls it
//! (D. Huynh, "Clustering in depth": fingerprint). A key is the value without upper case and outer
//! blanks, as wished without accents, and without marks and the order of its words.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use polars::prelude::{
    Column as PolarsColumn, DataFrame, DataType, Expr, IntoSeries, LazyFrame, NewChunkedArray,
    PolarsResult, Series, StringChunked,
};

use super::columns::{column, engine_error, name_spans, require, require_all, sentence};
use super::python::{self, PandasStep};
use super::{CleanStep, GraphColumns, Learned, RowEffect, Span};
use crate::base::graph::Graph;
use crate::base::param::{ParamDefault, ParamKind, ParamSpec};
use crate::base::{Params, UserError};
use crate::data::{ColumnKind, Schema};

pub struct TidySpellings;

const COLUMNS: &str = "columns";
const ALIKE: &str = "alike";

static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: COLUMNS,
        label: "Columns",
        help: "Columns of words or categories",
        kind: ParamKind::Columns,
        default: ParamDefault::Required,
    },
    ParamSpec {
        key: ALIKE,
        label: "Same but for",
        help: "Each choice takes in the ones before it. Accents can tell words apart, so look at the preview: año is a year and ano is not",
        kind: ParamKind::Choice(&[
            ("case", "Upper case and blanks"),
            ("accents", "Accents too"),
            ("words", "Marks and the order of words too"),
        ]),
        default: ParamDefault::Text("accents"),
    },
];

/// Between the name of a column and a key in what is learned.
const BETWEEN: char = '\u{1f}';

impl CleanStep for TidySpellings {
    fn id(&self) -> &'static str {
        "tidy_spellings"
    }

    fn name(&self) -> &'static str {
        "Tidy spellings"
    }

    fn summary(&self) -> &'static str {
        "Writes values that differ in spelling only, such as Zürich, ZURICH and Zurich, as the one that occurs most often"
    }

    fn params(&self) -> &'static [ParamSpec] {
        PARAMS
    }

    fn learns(&self) -> bool {
        true
    }

    fn row_effect(&self) -> RowEffect {
        RowEffect::Keeps
    }

    fn sentence(&self, params: &Params) -> Vec<Span> {
        let alike = match params.text(ALIKE) {
            "case" => ", same but for upper case and blanks",
            "words" => ", same but for accents, marks and the order of words",
            _ => ", same but for accents and upper case",
        };
        sentence(
            "Tidy spellings of ",
            name_spans(params.list(COLUMNS)),
            alike,
        )
    }

    fn needs(&self, params: &Params) -> Vec<String> {
        params.list(COLUMNS).to_vec()
    }

    fn check(&self, schema: &Schema, params: &Params) -> Result<(), UserError> {
        require_all(schema, params.list(COLUMNS))?;
        for name in params.list(COLUMNS) {
            let kind = require(schema, name)?.kind;
            if !matches!(kind, ColumnKind::Category | ColumnKind::Text) {
                return Err(UserError::usage(
                    "wrong_kind",
                    format!("{name} has no spellings to tidy"),
                    format!("It holds values of the kind {}", kind.word().to_lowercase()),
                )
                .with_hint("Choose columns of words or categories"));
            }
        }
        Ok(())
    }

    /// Keys with several spellings, and the most frequent of these; of equally frequent ones the
    /// first by its letters.
    fn learn(&self, rows: &DataFrame, params: &Params) -> Result<Learned, UserError> {
        let mut learned = Learned::default();
        for name in params.list(COLUMNS) {
            let values = rows.column(name).map_err(|error| engine_error(&error))?;
            let spelled = spellings(values.as_materialized_series(), params.text(ALIKE))
                .map_err(|error| engine_error(&error))?;
            for (key, spelling) in spelled {
                learned
                    .texts
                    .insert(format!("{name}{BETWEEN}{key}"), spelling);
            }
        }
        Ok(learned)
    }

    fn apply(
        &self,
        frame: LazyFrame,
        schema: &Schema,
        params: &Params,
        learned: &Learned,
    ) -> Result<LazyFrame, UserError> {
        let mut tidied: Vec<Expr> = Vec::new();
        for name in params.list(COLUMNS) {
            require(schema, name)?;
            let known = Arc::new(known_of(name, learned));
            let alike = params.text(ALIKE).to_owned();
            tidied.push(column(name).map(
                move |values: PolarsColumn| {
                    Ok(tidy(values.as_materialized_series(), &known, &alike)?.into())
                },
                |_, field| Ok(field.clone()),
            ));
        }
        Ok(frame.with_columns(tidied))
    }

    fn pandas(&self, _schema: &Schema, params: &Params) -> Result<PandasStep, UserError> {
        Ok(PandasStep::Learns(format!(
            "TidySpellings({}, {})",
            python::list(params.list(COLUMNS)),
            python::text(params.text(ALIKE))
        )))
    }

    fn graph(
        &self,
        _graph: &mut Graph,
        _columns: &mut GraphColumns,
        params: &Params,
        _learned: &Learned,
    ) -> Result<(), UserError> {
        Err(UserError::input(
            "step_not_exportable",
            format!(
                "{} cannot be exported",
                super::plain(&self.sentence(params))
            ),
            "The export format cannot take accents and upper case out of text",
        )
        .with_hint("Tidy the spellings in the file itself, or leave the columns out"))
    }
}

// ---- learning ----

fn spellings(series: &Series, alike: &str) -> PolarsResult<BTreeMap<String, String>> {
    let texts = series.cast(&DataType::String)?;
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for text in texts.str()?.iter().flatten() {
        *counts.entry(text).or_default() += 1;
    }
    let mut clusters: BTreeMap<String, Vec<(&str, u64)>> = BTreeMap::new();
    for (text, count) in counts {
        let key = key_of(text, alike);
        if !key.is_empty() {
            clusters.entry(key).or_default().push((text, count));
        }
    }
    let several = clusters.into_iter().filter(|(_, all)| all.len() > 1);
    // The order of the map does not matter: ties are settled by letters.
    Ok(several
        .filter_map(|(key, all)| {
            let best = all
                .into_iter()
                .max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0)))?;
            Some((key, best.0.to_owned()))
        })
        .collect())
}

/// What two spellings of one value have in common.
fn key_of(text: &str, alike: &str) -> String {
    let lower = text.to_lowercase();
    let plain: String = match alike {
        "case" => lower,
        _ => lower.chars().filter_map(without_accent).collect(),
    };
    if alike != "words" {
        return plain.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let mut words: Vec<&str> = plain
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}

/// Lower-case Latin letters with what is above, below or through them, by the letter they are
/// without (Unicode blocks Latin-1 Supplement, Latin Extended-A and -B, where they are letters of a
/// language written with it).
const ACCENTS: &[(char, &str)] = &[
    ('a', "àáâãäåāăąǎ"),
    ('c', "çćĉċč"),
    ('d', "ďđð"),
    ('e', "èéêëēĕėęě"),
    ('g', "ĝğġģ"),
    ('h', "ĥħ"),
    ('i', "ìíîïĩīĭįı"),
    ('j', "ĵ"),
    ('k', "ķ"),
    ('l', "ĺļľŀł"),
    ('n', "ñńņňŋ"),
    ('o', "òóôõöøōŏő"),
    ('r', "ŕŗř"),
    ('s', "śŝşšș"),
    ('t', "ţťŧț"),
    ('u', "ùúûüũūŭůűų"),
    ('w', "ŵ"),
    ('y', "ýÿŷ"),
    ('z', "źżž"),
];

/// The letter without its accent; None for an accent that is a character of its own.
fn without_accent(letter: char) -> Option<char> {
    match letter {
        '\0'..='\u{7f}' => Some(letter),
        '\u{300}'..='\u{36f}' => None,
        _ => {
            let found = ACCENTS.iter().find(|(_, all)| all.contains(letter));
            Some(found.map_or(letter, |(plain, _)| *plain))
        }
    }
}

// ---- applying ----

fn known_of(name: &str, learned: &Learned) -> HashMap<String, String> {
    let all = learned.texts.iter();
    all.filter_map(|(place, spelling)| {
        let (column, key) = place.split_once(BETWEEN)?;
        (column == name).then(|| (key.to_owned(), spelling.clone()))
    })
    .collect()
}

fn tidy(series: &Series, known: &HashMap<String, String>, alike: &str) -> PolarsResult<Series> {
    if known.is_empty() || series.dtype() == &DataType::Null {
        return Ok(series.clone());
    }
    let cast = series.cast(&DataType::String)?;
    let texts = cast.str()?;
    // Each different text is worked out once.
    let mut seen: HashMap<&str, &str> = HashMap::new();
    let tidied = texts.iter().map(|text| {
        let text = text?;
        Some(
            *seen
                .entry(text)
                .or_insert_with(|| known.get(&key_of(text, alike)).map_or(text, String::as_str)),
        )
    });
    StringChunked::from_iter_options(
        series.name().clone(),
        tidied.collect::<Vec<_>>().into_iter(),
    )
    .into_series()
    .cast(series.dtype())
}
