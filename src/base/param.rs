//! Parameters described as data: the form in the window, `--set key=value`, the project file and
//! the documentation all come from one declaration.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::UserError;

/// One parameter of a step, learner, format or mark.
#[derive(Clone, Debug, Serialize)]
pub struct ParamSpec {
    pub key: &'static str,
    /// Sentence case, plain words.
    pub label: &'static str,
    pub help: &'static str,
    pub kind: ParamKind,
    pub default: ParamDefault,
}

/// What values a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ParamKind {
    Integer {
        min: i64,
        max: i64,
    },
    Number {
        min: f64,
        max: f64,
        logarithmic: bool,
    },
    /// (value, label) pairs.
    Choice(&'static [(&'static str, &'static str)]),
    Bool,
    Text,
    /// A polars SQL expression over the table's columns.
    Formula,
    /// One column of the table.
    Column,
    /// Several columns of the table.
    Columns,
}

/// The value a parameter has when nobody set it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ParamDefault {
    Bool(bool),
    Integer(i64),
    Number(f64),
    Text(&'static str),
    /// Must be given.
    Required,
    /// An empty list of columns.
    None,
}

/// A value as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ParamValue {
    Bool(bool),
    Integer(i64),
    Number(f64),
    Text(String),
    List(Vec<String>),
}

impl From<&str> for ParamValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}
impl From<String> for ParamValue {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}
impl From<bool> for ParamValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}
impl From<i64> for ParamValue {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}
impl From<f64> for ParamValue {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}
impl From<Vec<String>> for ParamValue {
    fn from(value: Vec<String>) -> Self {
        Self::List(value)
    }
}

/// Values by key, in a fixed order, so that they hash and print the same every time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Params(pub BTreeMap<String, ParamValue>);

impl Params {
    pub fn new() -> Self {
        Self::default()
    }

    /// Every parameter that has a default, at its default.
    pub fn defaults(specs: &[ParamSpec]) -> Self {
        let mut params = Self::default();
        for spec in specs {
            if let Some(value) = spec.default_value() {
                params.0.insert(spec.key.to_owned(), value);
            }
        }
        params
    }

    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<ParamValue>) -> Self {
        self.set(key, value);
        self
    }

    pub fn set(&mut self, key: &str, value: impl Into<ParamValue>) {
        self.0.insert(key.to_owned(), value.into());
    }

    pub fn get(&self, key: &str) -> Option<&ParamValue> {
        self.0.get(key)
    }

    pub fn text(&self, key: &str) -> &str {
        match self.get(key) {
            Some(ParamValue::Text(value)) => value,
            _ => "",
        }
    }

    pub fn list(&self, key: &str) -> &[String] {
        match self.get(key) {
            Some(ParamValue::List(value)) => value,
            Some(ParamValue::Text(value)) => std::slice::from_ref(value),
            _ => &[],
        }
    }

    pub fn bool(&self, key: &str) -> bool {
        matches!(self.get(key), Some(ParamValue::Bool(true)))
    }

    pub fn integer(&self, key: &str) -> i64 {
        match self.get(key) {
            Some(ParamValue::Integer(value)) => *value,
            Some(ParamValue::Number(value)) => *value as i64,
            _ => 0,
        }
    }

    pub fn number(&self, key: &str) -> f64 {
        match self.get(key) {
            Some(ParamValue::Integer(value)) => *value as f64,
            Some(ParamValue::Number(value)) => *value,
            _ => 0.0,
        }
    }

    /// Fills in missing defaults and checks every value against its declaration.
    pub fn checked(&self, specs: &[ParamSpec]) -> Result<Self, UserError> {
        for key in self.0.keys() {
            if !specs.iter().any(|spec| spec.key == key) {
                let known: Vec<&str> = specs.iter().map(|spec| spec.key).collect();
                return Err(UserError::usage(
                    "unknown_parameter",
                    format!("There is no setting called {key}"),
                    format!("The settings are {}", known.join(", ")),
                ));
            }
        }
        let mut result = Self::defaults(specs);
        for spec in specs {
            match self.get(spec.key) {
                Some(value) => {
                    result
                        .0
                        .insert(spec.key.to_owned(), spec.check_value(value)?);
                }
                None if spec.default == ParamDefault::Required => {
                    return Err(UserError::usage(
                        "missing_parameter",
                        format!("{} is missing", spec.label),
                        spec.help.to_owned(),
                    ));
                }
                None => {}
            }
        }
        Ok(result)
    }

    /// Sets one value from text, as `--set key=value` gives it.
    pub fn set_from_text(
        &mut self,
        specs: &[ParamSpec],
        key: &str,
        text: &str,
    ) -> Result<(), UserError> {
        let Some(spec) = specs.iter().find(|spec| spec.key == key) else {
            let known: Vec<&str> = specs.iter().map(|spec| spec.key).collect();
            return Err(UserError::usage(
                "unknown_parameter",
                format!("There is no setting called {key}"),
                format!("The settings are {}", known.join(", ")),
            ));
        };
        let value = spec.parse(text)?;
        self.0.insert(key.to_owned(), value);
        Ok(())
    }
}

impl ParamSpec {
    pub fn default_value(&self) -> Option<ParamValue> {
        match self.default {
            ParamDefault::Bool(value) => Some(ParamValue::Bool(value)),
            ParamDefault::Integer(value) => Some(ParamValue::Integer(value)),
            ParamDefault::Number(value) => Some(ParamValue::Number(value)),
            ParamDefault::Text(value) => Some(ParamValue::Text(value.to_owned())),
            ParamDefault::None => Some(ParamValue::List(Vec::new())),
            ParamDefault::Required => None,
        }
    }

    fn wrong(&self, why: String) -> UserError {
        UserError::usage(
            "parameter_out_of_range",
            format!("{} cannot take this value", self.label),
            why,
        )
        .with_hint(self.help)
    }

    /// The value in the type the declaration asks for, or why it cannot be.
    pub fn check_value(&self, value: &ParamValue) -> Result<ParamValue, UserError> {
        match (self.kind, value) {
            (ParamKind::Integer { min, max }, ParamValue::Integer(v)) => {
                if (min..=max).contains(v) {
                    Ok(value.clone())
                } else {
                    Err(self.wrong(format!("{v} is not between {min} and {max}")))
                }
            }
            (ParamKind::Integer { .. }, ParamValue::Number(v)) if v.fract() == 0.0 => {
                self.check_value(&ParamValue::Integer(*v as i64))
            }
            (ParamKind::Number { min, max, .. }, ParamValue::Number(v)) => {
                if v.is_finite() && (min..=max).contains(v) {
                    Ok(value.clone())
                } else {
                    Err(self.wrong(format!("{v} is not between {min} and {max}")))
                }
            }
            (ParamKind::Number { .. }, ParamValue::Integer(v)) => {
                self.check_value(&ParamValue::Number(*v as f64))
            }
            (ParamKind::Choice(choices), ParamValue::Text(v)) => {
                if choices.iter().any(|(id, _)| id == v) {
                    Ok(value.clone())
                } else {
                    let known: Vec<&str> = choices.iter().map(|(id, _)| *id).collect();
                    Err(self.wrong(format!("{v} is not one of {}", known.join(", "))))
                }
            }
            (ParamKind::Bool, ParamValue::Bool(_))
            | (ParamKind::Text | ParamKind::Formula | ParamKind::Column, ParamValue::Text(_))
            | (ParamKind::Columns, ParamValue::List(_)) => Ok(value.clone()),
            (ParamKind::Columns, ParamValue::Text(v)) => Ok(ParamValue::List(vec![v.clone()])),
            _ => Err(self.wrong("The value is of the wrong kind".to_owned())),
        }
    }

    pub fn parse(&self, text: &str) -> Result<ParamValue, UserError> {
        let value = match self.kind {
            ParamKind::Integer { .. } => text
                .parse()
                .map(ParamValue::Integer)
                .map_err(|_| self.wrong(format!("{text} is not a whole number")))?,
            ParamKind::Number { .. } => text
                .parse()
                .map(ParamValue::Number)
                .map_err(|_| self.wrong(format!("{text} is not a number")))?,
            ParamKind::Bool => match text {
                "true" | "yes" | "on" => ParamValue::Bool(true),
                "false" | "no" | "off" => ParamValue::Bool(false),
                _ => return Err(self.wrong(format!("{text} is neither yes nor no"))),
            },
            ParamKind::Columns => ParamValue::List(
                text.split(',')
                    .map(|name| name.trim().to_owned())
                    .filter(|name| !name.is_empty())
                    .collect(),
            ),
            ParamKind::Choice(_) | ParamKind::Text | ParamKind::Formula | ParamKind::Column => {
                ParamValue::Text(text.to_owned())
            }
        };
        self.check_value(&value)
    }
}
