//! What a person wants of the next search, until it starts.

use std::collections::BTreeMap;

use crate::base::{ParamKind, ParamSpec, ParamValue, Params};
use crate::evaluate::tuning::{Narrowed, Narrowing, PATIENCE, Range, SearchMethod, Space, shown};
use crate::learn::{Learner, Task};
use crate::session::TuningWish;

/// A setting that no range is declared for starts with so many times its usual value, up and down.
const REACH: f64 = 4.0;

/// What is wanted of the search for one learner.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub method: SearchMethod,
    pub trials: f64,
    /// 0 is no limit.
    pub minutes: f64,
    /// 0 is never.
    pub patience: f64,
    /// None: as in training.
    pub metric: Option<String>,
    /// Settings a person decided about; the others are as the learner declares.
    pub settings: BTreeMap<String, Wanted>,
    /// Tried early, because an earlier search found them.
    pub start: Option<Params>,
}

/// Whether a setting takes part, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    pub part: bool,
    /// None: the whole range.
    pub narrowed: Option<Narrowed>,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            method: SearchMethod::default(),
            trials: 40.0,
            minutes: 0.0,
            patience: PATIENCE as f64,
            metric: None,
            settings: BTreeMap::new(),
            start: None,
        }
    }
}

/// A setting that can be searched.
#[derive(Clone, Debug)]
pub struct Searchable {
    pub spec: &'static ParamSpec,
    /// Where it is looked for unless a person narrows it.
    pub range: Range,
    /// In words: where it acts, if not everywhere.
    pub when: Option<String>,
    /// The learner says where to look; others take part only when asked to.
    pub declared: bool,
}

/// Settings of a learner that can be searched: those it declares first.
pub fn searchable(learner: &'static dyn Learner, task: &Task) -> Vec<Searchable> {
    let spec_of = |key: &str| learner.params().iter().find(|spec| spec.key == key);
    let space = Space::of(learner, task, &Params::new(), &Narrowing::default());
    let dimensions = space.map(|space| space.dimensions).unwrap_or_default();
    let mut found: Vec<Searchable> = dimensions
        .iter()
        .filter_map(|dimension| {
            let when = dimension.when.as_ref().and_then(|when| {
                let parent = dimensions.get(when.dimension)?;
                let values: Vec<String> = when
                    .among
                    .iter()
                    .filter_map(|&at| parent.range.choices().get(at))
                    .map(|value| value_words(spec_of(&parent.key), value))
                    .collect();
                Some(format!("{} is {}", parent.label, values.join(" or ")))
            });
            Some(Searchable {
                spec: spec_of(&dimension.key)?,
                range: dimension.range.clone(),
                when,
                declared: true,
            })
        })
        .collect();
    for spec in learner.params() {
        if found.iter().any(|known| known.spec.key == spec.key) {
            continue;
        }
        if let Some(range) = first_range(spec) {
            found.push(Searchable {
                spec,
                range,
                when: None,
                declared: false,
            });
        }
    }
    found
}

/// A value as the forms name it.
pub fn value_words(spec: Option<&ParamSpec>, value: &ParamValue) -> String {
    if let (Some(ParamKind::Choice(choices)), ParamValue::Text(text)) =
        (spec.map(|spec| spec.kind), value)
        && let Some((_, label)) = choices.iter().find(|(id, _)| id == text)
    {
        return (*label).to_owned();
    }
    shown(value)
}

/// Where a setting is looked for that declares nothing. None for what cannot be searched.
fn first_range(spec: &ParamSpec) -> Option<Range> {
    let scale = crate::base::search::SearchScale::Linear;
    match (spec.kind, spec.default_value()?) {
        (ParamKind::Integer { min, max }, ParamValue::Integer(usual)) => {
            let low = (usual as f64 / REACH).floor() as i64;
            let high = (usual as f64 * REACH).ceil() as i64;
            let (low, high) = (low.clamp(min, max), high.max(usual + 4).clamp(min, max));
            (low < high).then_some(Range::Integer {
                min: low,
                max: high,
                scale,
            })
        }
        (ParamKind::Number { min, max, .. }, ParamValue::Number(usual)) => {
            let (low, high) = match usual == 0.0 {
                true => (0.0, 1.0),
                false => (usual / REACH, usual * REACH),
            };
            let (low, high) = (low.min(high).clamp(min, max), low.max(high).clamp(min, max));
            (low < high).then_some(Range::Number {
                min: low,
                max: high,
                scale,
            })
        }
        (ParamKind::Choice(choices), _) if choices.len() > 1 => Some(Range::Choice(
            choices.iter().map(|(id, _)| (*id).into()).collect(),
        )),
        (ParamKind::Bool, _) => Some(Range::Choice(vec![false.into(), true.into()])),
        _ => None,
    }
}

/// All of a range, as a person's own limit.
pub fn whole(range: &Range) -> Narrowed {
    match range {
        Range::Integer { min, max, .. } => Narrowed::Between {
            min: *min as f64,
            max: *max as f64,
        },
        Range::Number { min, max, .. } => Narrowed::Between {
            min: *min,
            max: *max,
        },
        Range::Choice(values) => Narrowed::Among(values.clone()),
    }
}

impl Draft {
    pub fn takes_part(&self, setting: &Searchable) -> bool {
        let wanted = self.settings.get(setting.spec.key);
        wanted.map_or(setting.declared, |wanted| wanted.part)
    }

    /// Where a setting is looked for.
    pub fn limits(&self, setting: &Searchable) -> Narrowed {
        let wanted = self.settings.get(setting.spec.key);
        wanted
            .and_then(|wanted| wanted.narrowed.clone())
            .unwrap_or_else(|| whole(&setting.range))
    }

    /// Settings that are looked for in a part of their range only.
    pub fn narrowed(&self) -> usize {
        let narrowed = |wanted: &&Wanted| wanted.part && wanted.narrowed.is_some();
        self.settings.values().filter(narrowed).count()
    }

    /// Looks for a setting there only. The whole range is not a limit.
    pub fn narrow(&mut self, setting: &Searchable, to: Narrowed) {
        let narrowed = (to != whole(&setting.range)).then_some(to);
        let wanted = Wanted {
            part: true,
            narrowed,
        };
        self.settings.insert(setting.spec.key.to_owned(), wanted);
    }

    pub fn take_part(&mut self, setting: &Searchable, part: bool) {
        let narrowed = self
            .settings
            .get(setting.spec.key)
            .and_then(|wanted| wanted.narrowed.clone());
        let wanted = Wanted { part, narrowed };
        self.settings.insert(setting.spec.key.to_owned(), wanted);
    }

    pub fn wish(&self, learner: &str, settings: &[Searchable]) -> TuningWish {
        let mut narrowing = Narrowing::default();
        let mut held = Vec::new();
        for setting in settings {
            let key = setting.spec.key.to_owned();
            let wanted = self.settings.get(&key);
            let limit = wanted.and_then(|wanted| wanted.narrowed.clone());
            match (self.takes_part(setting), setting.declared) {
                (true, true) => {
                    if let Some(limit) = limit {
                        narrowing.0.insert(key, limit);
                    }
                }
                (true, false) => {
                    let limit = limit.unwrap_or_else(|| whole(&setting.range));
                    narrowing.0.insert(key, limit);
                }
                (false, true) => held.push(key),
                (false, false) => {}
            }
        }
        TuningWish {
            method: self.method,
            trials: self.trials.max(1.0) as usize,
            seconds: (self.minutes > 0.0).then_some(self.minutes * 60.0),
            patience: self.patience.max(0.0) as usize,
            metric: self.metric.clone(),
            narrowing,
            held,
            start: self.start.clone(),
            ..TuningWish::new(learner)
        }
    }
}

/// Why a search cannot be made, if it cannot: what is left of the space is looked at.
pub fn why_not(learner: &dyn Learner, task: &Task, wish: &TuningWish) -> Option<String> {
    let defaults = Params::defaults(learner.params());
    let mut fixed = Params::new();
    for key in &wish.held {
        if let Some(value) = defaults.get(key) {
            fixed.set(key, value.clone());
        }
    }
    let error = Space::of(learner, task, &fixed, &wish.narrowing).err()?;
    Some(format!("{}: {}", error.what, error.why))
}
