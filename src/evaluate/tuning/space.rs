//! What is searched: one dimension per setting, on the scale on which it acts.
//!
//! A place on a numeric dimension is a share of its range, 0 to 1; on a choice it is the index of
//! the value. A dimension whose condition does not hold at a point has no place there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::search::{SearchRange, SearchScale, SearchTask, SearchWhen};
use crate::base::{
    ParamKind, ParamSpec, ParamValue, Params, Random, SearchSpec, UserError, format,
};
use crate::learn::{Learner, Task};

/// Digits a number is rounded to before it is tried, so that a person can read and repeat it.
const DIGITS: i32 = 4;
/// A whole-number setting whose largest value is more than so many times its smallest is searched
/// on a logarithmic scale where nothing says how.
const WIDE: f64 = 50.0;

/// The dimensions of a search, parents before the dimensions that depend on them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Space {
    pub dimensions: Vec<Dimension>,
    /// Settings that stay as they are in every trial.
    pub fixed: Params,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dimension {
    pub key: String,
    /// Sentence case.
    pub label: String,
    pub range: Range,
    pub when: Option<When>,
    /// Where the learner's own value lies, or the nearest there is.
    pub usual: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Range {
    Integer {
        min: i64,
        max: i64,
        scale: SearchScale,
    },
    Number {
        min: f64,
        max: f64,
        scale: SearchScale,
    },
    Choice(Vec<ParamValue>),
}

/// The dimension is there only where another one is at one of these choices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct When {
    pub dimension: usize,
    pub among: Vec<usize>,
}

/// One place per dimension; None where the dimension is not there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Point(pub Vec<Option<f64>>);

/// A person's own limits, by key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Narrowing(pub BTreeMap<String, Narrowed>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Narrowed {
    /// Ends included.
    Between { min: f64, max: f64 },
    /// One of these; a single one holds the setting.
    Among(Vec<ParamValue>),
}

impl Narrowing {
    /// Adds `key=2..6`, `key=rbf,linear` or `key=3`.
    pub fn add(&mut self, learner: &dyn Learner, text: &str) -> Result<(), UserError> {
        let wrong = |why: &str| {
            UserError::usage(
                "wrong_narrowing",
                format!("{text} cannot be understood"),
                why.to_owned(),
            )
            .with_hint("Write key=2..6 for a range, key=a,b for some values, key=a to hold one")
        };
        let (key, value) = text.split_once('=').ok_or_else(|| wrong("There is no ="))?;
        let spec = setting(learner, key)?;
        let narrowed = match value.split_once("..") {
            Some((min, max)) => {
                let number = |text: &str| {
                    text.trim()
                        .parse::<f64>()
                        .ok()
                        .filter(|value| value.is_finite())
                        .ok_or_else(|| wrong(&format!("{text} is not a number")))
                };
                Narrowed::Between {
                    min: number(min)?,
                    max: number(max)?,
                }
            }
            None => Narrowed::Among(
                value
                    .split(',')
                    .map(|text| spec.parse(text.trim()))
                    .collect::<Result<_, _>>()?,
            ),
        };
        self.0.insert(key.to_owned(), narrowed);
        Ok(())
    }
}

fn setting(learner: &dyn Learner, key: &str) -> Result<&'static ParamSpec, UserError> {
    let specs = learner.params();
    specs.iter().find(|spec| spec.key == key).ok_or_else(|| {
        let known: Vec<&str> = specs.iter().map(|spec| spec.key).collect();
        UserError::usage(
            "unknown_parameter",
            format!("{} has no setting called {key}", learner.name()),
            format!("The settings are {}", known.join(", ")),
        )
    })
}

impl Space {
    /// The space of a learner for a task. `fixed`: settings a person holds; `narrowing`: where a
    /// person looks. Errors: unknown settings, values or ends that are not possible, nothing left
    /// to search.
    pub fn of(
        learner: &dyn Learner,
        task: &Task,
        fixed: &Params,
        narrowing: &Narrowing,
    ) -> Result<Self, UserError> {
        let mut held = fixed.clone();
        for (key, value) in &fixed.0 {
            setting(learner, key)?.check_value(value)?;
        }
        let applies = |search: &&SearchSpec| match search.task {
            SearchTask::Any => true,
            SearchTask::Classes => task.is_classes(),
            SearchTask::Numbers => !task.is_classes(),
        };
        let mut wanted: Vec<(&'static ParamSpec, Range, Option<SearchWhen>)> = Vec::new();
        for search in learner.search().iter().filter(applies) {
            let spec = setting(learner, search.key)?;
            wanted.push((spec, range_of(search), search.when));
        }
        for (key, narrowed) in &narrowing.0 {
            let spec = setting(learner, key)?;
            let known = wanted.iter_mut().find(|(spec, _, _)| spec.key == *key);
            let old = known.as_ref().map(|(_, range, _)| range.clone());
            let range = narrowed.apply(spec, old.as_ref())?;
            match known {
                Some((_, old, _)) => *old = range,
                None => wanted.push((spec, range, None)),
            }
        }
        wanted.retain(|(spec, range, _)| {
            if held.get(spec.key).is_some() {
                return false;
            }
            if let Some(only) = range.only() {
                held.set(spec.key, only);
                return false;
            }
            true
        });
        let mut space = Self {
            dimensions: Vec::new(),
            fixed: held,
        };
        for (spec, range, when) in wanted {
            space.add(learner, spec, range, when);
        }
        if space.dimensions.is_empty() {
            return Err(UserError::usage(
                "nothing_to_tune",
                format!("{} has nothing to tune", learner.name()),
                "No setting is left that could be tried with another value",
            )
            .with_hint("Hold fewer settings, or choose another learner"));
        }
        Ok(space)
    }

    fn add(
        &mut self,
        learner: &dyn Learner,
        spec: &ParamSpec,
        range: Range,
        when: Option<SearchWhen>,
    ) {
        let mut condition = None;
        if let Some(when) = when {
            let parent = self.dimensions.iter().position(|d| d.key == when.key);
            let allowed = |value: &ParamValue| when.among.contains(&word(value).as_str());
            match parent.and_then(|index| Some((index, self.dimensions.get(index)?))) {
                Some((dimension, parent)) => {
                    let among: Vec<usize> = parent
                        .range
                        .choices()
                        .iter()
                        .enumerate()
                        .filter(|(_, value)| allowed(value))
                        .map(|(index, _)| index)
                        .collect();
                    if among.is_empty() {
                        return;
                    }
                    condition = Some(When { dimension, among });
                }
                None => {
                    let defaults = Params::defaults(learner.params());
                    let value = self.fixed.get(when.key).or(defaults.get(when.key));
                    if !value.is_some_and(allowed) {
                        return;
                    }
                }
            }
        }
        let usual = spec
            .default_value()
            .map_or(0.5, |value| range.nearest(&value));
        self.dimensions.push(Dimension {
            key: spec.key.to_owned(),
            label: spec.label.to_owned(),
            range,
            when: condition,
            usual,
        });
    }

    fn is_there(&self, dimension: &Dimension, places: &[Option<f64>]) -> bool {
        dimension.when.as_ref().is_none_or(|when| {
            places
                .get(when.dimension)
                .copied()
                .flatten()
                .is_some_and(|place| when.among.contains(&(place as usize)))
        })
    }

    /// A point from a place for every dimension that is there. The places are moved to the nearest
    /// value that is tried.
    pub fn point(&self, mut place: impl FnMut(usize, &Dimension) -> f64) -> Point {
        let mut places = Vec::with_capacity(self.dimensions.len());
        for (index, dimension) in self.dimensions.iter().enumerate() {
            let there = self.is_there(dimension, &places);
            places.push(there.then(|| dimension.range.settle(place(index, dimension))));
        }
        Point(places)
    }

    /// The learner's own values, or the nearest there are.
    pub fn usual(&self) -> Point {
        self.point(|_, dimension| dimension.usual)
    }

    /// Evenly at random.
    pub fn random(&self, random: &mut Random) -> Point {
        self.point(|_, dimension| dimension.range.place(random.next_f64()))
    }

    /// Points that cover every dimension evenly: Latin hypercube sampling (M. McKay, R. Beckman,
    /// W. Conover, Technometrics 21, 1979).
    pub fn spread(&self, count: usize, random: &mut Random) -> Vec<Point> {
        let strata: Vec<Vec<f64>> = self
            .dimensions
            .iter()
            .map(|_| {
                let mut order: Vec<usize> = (0..count).collect();
                random.shuffle(&mut order);
                order
                    .into_iter()
                    .map(|stratum| (stratum as f64 + random.next_f64()) / count.max(1) as f64)
                    .collect()
            })
            .collect();
        (0..count)
            .map(|at| {
                self.point(|index, dimension| {
                    let share = strata.get(index).and_then(|shares| shares.get(at));
                    dimension.range.place(share.copied().unwrap_or(0.5))
                })
            })
            .collect()
    }

    /// The settings that are searched, as they are at a point.
    pub fn values(&self, point: &Point) -> Params {
        let mut params = Params::new();
        for (dimension, place) in self.dimensions.iter().zip(&point.0) {
            if let Some(place) = place {
                params.set(&dimension.key, dimension.range.value(*place));
            }
        }
        params
    }

    /// All settings of a trial that differ from the learner's own.
    pub fn params(&self, point: &Point) -> Params {
        let mut params = self.fixed.clone();
        params.0.extend(self.values(point).0);
        params
    }

    /// The point of given settings; those that are missing are at the learner's own.
    pub fn place_of(&self, params: &Params) -> Point {
        self.point(|_, dimension| match params.get(&dimension.key) {
            Some(value) => dimension.range.nearest(value),
            None => dimension.usual,
        })
    }

    /// How many different points there are; None when a dimension is continuous.
    pub fn size(&self) -> Option<u64> {
        let own: Vec<u64> = self
            .dimensions
            .iter()
            .map(|dimension| dimension.range.size())
            .collect::<Option<_>>()?;
        self.count_from(0, &mut vec![None; self.dimensions.len()], &own)
    }

    fn count_from(&self, at: usize, places: &mut Vec<Option<f64>>, own: &[u64]) -> Option<u64> {
        let Some(dimension) = self.dimensions.get(at) else {
            return Some(1);
        };
        if !self.is_there(dimension, places) {
            return self.count_from(at + 1, places, own);
        }
        let parent = self
            .dimensions
            .iter()
            .any(|other| other.when.as_ref().is_some_and(|when| when.dimension == at));
        let here = own.get(at).copied().unwrap_or(1);
        if !parent {
            return here.checked_mul(self.count_from(at + 1, places, own)?);
        }
        let mut total: u64 = 0;
        for choice in 0..here {
            if let Some(place) = places.get_mut(at) {
                *place = Some(choice as f64);
            }
            total = total.checked_add(self.count_from(at + 1, places, own)?)?;
        }
        if let Some(place) = places.get_mut(at) {
            *place = None;
        }
        Some(total)
    }
}

/// A value as conditions name it.
fn word(value: &ParamValue) -> String {
    match value {
        ParamValue::Bool(value) => value.to_string(),
        ParamValue::Integer(value) => value.to_string(),
        ParamValue::Number(value) => value.to_string(),
        ParamValue::Text(value) => value.clone(),
        ParamValue::List(values) => values.join(","),
    }
}

fn range_of(search: &SearchSpec) -> Range {
    match search.range {
        SearchRange::Integer { min, max, scale } => Range::Integer { min, max, scale },
        SearchRange::Number { min, max, scale } => Range::Number { min, max, scale },
        SearchRange::Choice(values) => {
            Range::Choice(values.iter().map(|&value| value.into()).collect())
        }
        SearchRange::Bool => Range::Choice(vec![false.into(), true.into()]),
    }
}

impl Narrowed {
    fn apply(&self, spec: &ParamSpec, old: Option<&Range>) -> Result<Range, UserError> {
        match self {
            Self::Among(values) => {
                let mut kept: Vec<ParamValue> = Vec::new();
                for value in values {
                    let value = spec.check_value(value)?;
                    if !kept.contains(&value) {
                        kept.push(value);
                    }
                }
                if kept.is_empty() {
                    return Err(self.wrong(spec, "No value is given".to_owned()));
                }
                Ok(Range::Choice(kept))
            }
            Self::Between { min, max } => {
                if min > max {
                    return Err(self.wrong(spec, format!("{min} is larger than {max}")));
                }
                self.between(spec, old, *min, *max)
            }
        }
    }

    fn between(
        &self,
        spec: &ParamSpec,
        old: Option<&Range>,
        min: f64,
        max: f64,
    ) -> Result<Range, UserError> {
        let fits = |scale: SearchScale| match scale {
            SearchScale::Logarithmic => min > 0.0,
            SearchScale::FromZero { .. } => min >= 0.0,
            SearchScale::Linear => true,
        };
        let old_scale = match old {
            Some(Range::Integer { scale, .. } | Range::Number { scale, .. }) if fits(*scale) => {
                Some(*scale)
            }
            _ => None,
        };
        match spec.kind {
            ParamKind::Integer { .. } => {
                let (low, high) = (min.ceil() as i64, max.floor() as i64);
                if low > high {
                    let why = format!("There is no whole number between {min} and {max}");
                    return Err(self.wrong(spec, why));
                }
                for end in [low, high] {
                    spec.check_value(&ParamValue::Integer(end))?;
                }
                let wide = low > 0 && high as f64 > WIDE * low as f64;
                let scale = old_scale.unwrap_or(match wide {
                    true => SearchScale::Logarithmic,
                    false => SearchScale::Linear,
                });
                Ok(Range::Integer {
                    min: low,
                    max: high,
                    scale,
                })
            }
            ParamKind::Number { logarithmic, .. } => {
                for end in [min, max] {
                    spec.check_value(&ParamValue::Number(end))?;
                }
                let scale = old_scale.unwrap_or(match logarithmic && min > 0.0 {
                    true => SearchScale::Logarithmic,
                    false => SearchScale::Linear,
                });
                Ok(Range::Number { min, max, scale })
            }
            _ => Err(self.wrong(spec, "It is not a number".to_owned())),
        }
    }

    fn wrong(&self, spec: &ParamSpec, why: String) -> UserError {
        UserError::usage(
            "wrong_narrowing",
            format!("{} cannot be narrowed like this", spec.label),
            why,
        )
        .with_hint(spec.help)
    }
}

impl Range {
    pub fn is_choice(&self) -> bool {
        matches!(self, Self::Choice(_))
    }

    /// The values of a choice.
    pub fn choices(&self) -> &[ParamValue] {
        match self {
            Self::Choice(values) => values,
            _ => &[],
        }
    }

    /// The only value, where there is one.
    fn only(&self) -> Option<ParamValue> {
        match self {
            Self::Integer { min, max, .. } => (min == max).then_some(ParamValue::Integer(*min)),
            Self::Number { min, max, .. } => (min == max).then_some(ParamValue::Number(*min)),
            Self::Choice(values) => match values.as_slice() {
                [only] => Some(only.clone()),
                _ => None,
            },
        }
    }

    fn size(&self) -> Option<u64> {
        match self {
            Self::Integer { min, max, .. } => Some(max.abs_diff(*min).saturating_add(1)),
            Self::Number { .. } => None,
            Self::Choice(values) => Some(values.len() as u64),
        }
    }

    /// The place of a share of the range, 0 to 1.
    pub fn place(&self, share: f64) -> f64 {
        match self {
            Self::Choice(values) => {
                let last = values.len().saturating_sub(1) as f64;
                (share * values.len() as f64).floor().clamp(0.0, last)
            }
            _ => share.clamp(0.0, 1.0),
        }
    }

    /// Ends on the scale; whole numbers reach half a step further.
    fn ends(&self) -> (f64, f64) {
        match self {
            Self::Integer { min, max, scale } => (
                scale.forward(*min as f64 - 0.5),
                scale.forward(*max as f64 + 0.5),
            ),
            Self::Number { min, max, scale } => (scale.forward(*min), scale.forward(*max)),
            Self::Choice(_) => (0.0, 1.0),
        }
    }

    fn share_of(&self, value: f64) -> f64 {
        let (low, high) = self.ends();
        let place = match self {
            Self::Integer { scale, .. } | Self::Number { scale, .. } => scale.forward(value),
            Self::Choice(_) => value,
        };
        if high > low {
            ((place - low) / (high - low)).clamp(0.0, 1.0)
        } else {
            0.5
        }
    }

    /// The value at a place.
    pub fn value(&self, place: f64) -> ParamValue {
        let (low, high) = self.ends();
        let on_scale = low + place.clamp(0.0, 1.0) * (high - low);
        match self {
            Self::Integer { min, max, scale } => {
                let value = scale.backward(on_scale).round() as i64;
                ParamValue::Integer(value.clamp(*min, *max))
            }
            Self::Number { min, max, scale } => {
                let value = rounded(scale.backward(on_scale));
                ParamValue::Number(value.clamp(*min, *max))
            }
            Self::Choice(values) => values
                .get(place.max(0.0) as usize)
                .or(values.last())
                .cloned()
                .unwrap_or(ParamValue::Bool(false)),
        }
    }

    /// The place of a value, or of the nearest there is; the first choice stands for an unknown one.
    pub fn nearest(&self, value: &ParamValue) -> f64 {
        let number = match value {
            ParamValue::Integer(value) => *value as f64,
            ParamValue::Number(value) => *value,
            _ => f64::NAN,
        };
        match self {
            Self::Choice(values) => match values.iter().position(|known| known == value) {
                Some(at) => at as f64,
                None if number.is_nan() => 0.0,
                None => nearest_of(values, number) as f64,
            },
            Self::Integer { min, max, .. } => self.share_of(number.clamp(*min as f64, *max as f64)),
            Self::Number { min, max, .. } => self.share_of(number.clamp(*min, *max)),
        }
    }

    /// A place moved to the nearest value that is tried.
    fn settle(&self, place: f64) -> f64 {
        match self {
            Self::Choice(_) => self.place_of_choice(place),
            _ => self.nearest(&self.value(place)),
        }
    }

    fn place_of_choice(&self, place: f64) -> f64 {
        let last = self.choices().len().saturating_sub(1) as f64;
        place.floor().clamp(0.0, last)
    }

    /// The stretch of places that stand for the same value; both ends alike where places are
    /// values of their own.
    pub fn cell(&self, place: f64) -> (f64, f64) {
        match (self, self.value(place)) {
            (Self::Integer { .. }, ParamValue::Integer(value)) => {
                let value = value as f64;
                (self.share_of(value - 0.5), self.share_of(value + 0.5))
            }
            _ => (place, place),
        }
    }

    /// In words: "1 to 100", "rbf, linear or polynomial".
    pub fn words(&self) -> String {
        match self {
            Self::Integer { min, max, .. } => format!("{min} to {max}"),
            Self::Number { min, max, .. } => format!(
                "{} to {}",
                format::number(*min, DIGITS as usize),
                format::number(*max, DIGITS as usize)
            ),
            Self::Choice(values) => {
                let words: Vec<String> = values.iter().map(word).collect();
                words.join(", ")
            }
        }
    }
}

fn nearest_of(values: &[ParamValue], wanted: f64) -> usize {
    let distance = |value: &ParamValue| match value {
        ParamValue::Integer(value) => (*value as f64 - wanted).abs(),
        ParamValue::Number(value) => (value - wanted).abs(),
        _ => f64::INFINITY,
    };
    let mut best = 0;
    for (at, value) in values.iter().enumerate() {
        if values
            .get(best)
            .is_some_and(|known| distance(value) < distance(known))
        {
            best = at;
        }
    }
    best
}

/// To [`DIGITS`] significant digits.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let places = DIGITS - 1 - value.abs().log10().floor() as i32;
    if places.abs() > 300 {
        return value;
    }
    // Dividing by a power of ten gives the double nearest to the decimal; multiplying does not.
    if places >= 0 {
        let unit = 10f64.powi(places);
        (value * unit).round() / unit
    } else {
        let unit = 10f64.powi(-places);
        (value / unit).round() * unit
    }
}

/// A value in few characters: "0.042", "rbf", "yes".
pub fn shown(value: &ParamValue) -> String {
    match value {
        ParamValue::Bool(true) => "yes".to_owned(),
        ParamValue::Bool(false) => "no".to_owned(),
        ParamValue::Number(value) => format!("{value}"),
        other => word(other),
    }
}
