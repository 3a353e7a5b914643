//! `benchtop learners`

use serde_json::json;

use super::console::Report;
use crate::base::ParamSpec;
use crate::base::format;
use crate::base::param::{ParamDefault, ParamKind};
use crate::learn::{self, Capabilities, Learner, prepare};

pub fn run() -> Report {
    let list: Vec<_> = learn::REGISTRY
        .iter()
        .map(|learner| {
            json!({
                "id": learner.id(),
                "name": learner.name(),
                "summary": learner.summary(),
                "when_to_use": learner.when_to_use(),
                "when_not_to_use": learner.when_not_to_use(),
                "readability": learner.readability(),
                "source": learner.source(),
                "capabilities": learner.capabilities(),
                "params": learner.params(),
                "search": learner.search(),
            })
        })
        .collect();
    let mut texts: Vec<String> = learn::REGISTRY
        .iter()
        .map(|learner| describe(*learner))
        .collect();
    texts.push(describe_preparation());
    Report {
        json: json!({ "learners": list, "preparation": prepare::settings() }),
        text: texts.join("\n\n"),
        failure: None,
    }
}

/// Where `benchtop tune` looks.
fn tuned(learner: &dyn Learner) -> Option<String> {
    let keys: Vec<&str> = learner.search().iter().map(|search| search.key).collect();
    (!keys.is_empty()).then(|| format!("\n  Tuned: {}", keys.join(", ")))
}

fn describe(learner: &dyn Learner) -> String {
    let mut text = format!(
        "{}  [{}]\n  {}\n  {}",
        learner.name(),
        learner.id(),
        learner.summary(),
        can(learner.capabilities())
    );
    text.push_str(&format!("\n  Use it: {}", learner.when_to_use()));
    text.push_str(&format!("\n  Not: {}", learner.when_not_to_use()));
    text.push_str(&format!("\n  Source: {}", learner.source()));
    for spec in learner.params() {
        text.push_str(&format!(
            "\n  --set {}.{}={}  {}",
            learner.id(),
            spec.key,
            usual(spec),
            values(spec)
        ));
    }
    text.push_str(&tuned(learner).unwrap_or_default());
    text
}

fn describe_preparation() -> String {
    let lines: Vec<String> = prepare::settings()
        .iter()
        .map(|spec| {
            format!(
                "\n  --prepare {}={}  {}",
                spec.key,
                usual(spec),
                values(spec)
            )
        })
        .collect();
    format!(
        "Preparation\n  What every learner but the yardsticks gets its columns by.{}",
        lines.concat()
    )
}

fn can(capabilities: Capabilities) -> String {
    let mut words = Vec::new();
    if capabilities.classes {
        words.push("classes");
    }
    if capabilities.numbers {
        words.push("numbers");
    }
    let yardstick = if capabilities.yardstick {
        "; a yardstick: always trained, never recommended"
    } else {
        ""
    };
    format!("Predicts {}{yardstick}", format::list(&words))
}

fn usual(spec: &ParamSpec) -> String {
    match spec.default {
        ParamDefault::Bool(value) => value.to_string(),
        ParamDefault::Integer(value) => value.to_string(),
        ParamDefault::Number(value) => value.to_string(),
        ParamDefault::Text(value) => value.to_owned(),
        ParamDefault::Required => "…".to_owned(),
        ParamDefault::None => String::new(),
    }
}

fn values(spec: &ParamSpec) -> String {
    let range = match spec.kind {
        ParamKind::Integer { min, max } => format!("{min} to {max}"),
        ParamKind::Number { min, max, .. } => format!("{min} to {max}"),
        ParamKind::Choice(choices) => {
            let ids: Vec<&str> = choices.iter().map(|(id, _)| *id).collect();
            ids.join(" | ")
        }
        ParamKind::Bool => "true | false".to_owned(),
        ParamKind::Text | ParamKind::Formula | ParamKind::Column | ParamKind::Columns => {
            "text".to_owned()
        }
    };
    format!("{} ({range}): {}", spec.label, spec.help)
}
