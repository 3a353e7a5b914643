//! Learners made of other learners.

use super::{Arguments, Said, Setting, Translation, translate};
use crate::base::{Params, UserError};
use crate::learn::engine::ensemble;
use crate::learn::{self, Learner};

const ENSEMBLE: &str = "sklearn.ensemble";

/// A member with settings of its own kind, behind a scale where it wants one.
fn member(learner: &dyn Learner, setting: &Setting<'_>) -> Said {
    let params = Params::new().checked(learner.params())?;
    let said = translate(learner.id(), &params, setting)?;
    Ok(if learner.capabilities().wants_scaling {
        said.helper("ScaleNumbers")
            .inside("make_pipeline(ScaleNumbers(), {})")
    } else {
        said
    })
}

fn members(
    params: &Params,
    setting: &Setting<'_>,
) -> Result<Vec<(String, Translation)>, UserError> {
    ensemble::candidates()
        .filter(|learner| params.bool(learner.id()))
        .filter(|learner| {
            let able = learner.capabilities();
            match setting.classes() {
                true => able.classes,
                false => able.numbers,
            }
        })
        .map(|learner| Ok((learner.id().to_owned(), member(learner, setting)?)))
        .collect()
}

fn of_members(
    class: &'static str,
    members: Vec<(String, Translation)>,
    arguments: Arguments,
) -> Translation {
    let each: Vec<String> = members
        .iter()
        .map(|(id, said)| format!("    (\"{id}\", {}),", said.code))
        .collect();
    let mut all = Arguments::new().plain(format!("[\n{}\n]", each.join("\n")));
    all.0.extend(arguments.0);
    let mut said = Translation::of(ENSEMBLE, class, &all).without_weights();
    for (_, member) in members {
        said.imports.extend(member.imports);
        said.helpers.extend(member.helpers);
        for remark in member.remarks {
            if !said.remarks.contains(&remark) {
                said.remarks.push(remark);
            }
        }
    }
    said
}

pub fn voting(params: &Params, setting: &Setting<'_>) -> Said {
    let arguments = match setting.classes() {
        true => Arguments::new().text("voting", "soft"),
        false => Arguments::new(),
    };
    let class = setting.which("VotingClassifier", "VotingRegressor");
    Ok(of_members(class, members(params, setting)?, arguments))
}

pub fn stacking(params: &Params, setting: &Setting<'_>) -> Said {
    let parts = params.integer("parts");
    let (class, on_top) = match setting.classes() {
        true => ("StackingClassifier", "LogisticRegression"),
        false => ("StackingRegressor", "RidgeCV"),
    };
    let mut arguments = Arguments::new()
        .code("final_estimator", format!("{on_top}()"))
        .code("cv", parts);
    if setting.classes() {
        arguments = arguments.text("stack_method", "predict_proba");
    }
    Ok(of_members(class, members(params, setting)?, arguments)
        .import("sklearn.linear_model", on_top)
        .remark("the parts that teach how far to trust which model are drawn in another way"))
}

pub fn calibrated(params: &Params, setting: &Setting<'_>) -> Said {
    let inner = member(learn::by_id(params.text("model"))?, setting)?;
    let around = format!(
        "CalibratedClassifierCV({{}}, method=\"{}\", cv={}, ensemble=False)",
        params.text("curve"),
        params.integer("parts")
    );
    let mut said = inner
        .inside(&around)
        .import("sklearn.calibration", "CalibratedClassifierCV")
        .remark("the parts that teach the curve are drawn in another way");
    said.likeness = super::Likeness::Alike;
    Ok(said)
}
