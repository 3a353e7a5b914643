//! G6: columns with one value, or with hardly any.

use super::Guardrail;
use crate::base::{Severity, TaskContext, UserError, format};
use crate::evaluate::evidence::Evidence;
use crate::evaluate::finding::{Action, Finding};

pub struct EmptyColumns;

impl Guardrail for EmptyColumns {
    fn id(&self) -> &'static str {
        "G6"
    }

    fn name(&self) -> &'static str {
        "Constant or nearly empty"
    }

    fn checked(&self) -> &'static str {
        "One value in every filled cell, or more than 60 % of the cells blank."
    }

    fn before(&self, evidence: &Evidence<'_>, _: &TaskContext) -> Result<Vec<Finding>, UserError> {
        let others = evidence
            .profiles
            .iter()
            .filter(|profile| profile.name != evidence.target);
        Ok(others
            .filter_map(|profile| {
                let name = &profile.name;
                let blank = profile.blanks as f64 / profile.rows.max(1) as f64;
                let (code, saw, why) = if blank > MOSTLY_BLANK {
                    let saw = format!("{name} is blank in {} of the rows.", format::share(blank));
                    ("mostly_blank", saw, "Little can be learned from the few that are filled. Not used for learning.")
                } else if profile.constant {
                    let saw = format!("{name} has the same value in every row.");
                    ("constant_column", saw, "Nothing can be learned from it.")
                } else {
                    return None;
                };
                let found = Finding::new(("G6", code), Severity::Note, saw, why, "Tick it to use it all the same");
                Some(
                    found
                        .about(std::slice::from_ref(name))
                        .offering([Action::UseAnyway { column: name.clone() }]),
                )
            })
            .collect())
    }
}

/// Share of blanks above which a column is not ticked.
const MOSTLY_BLANK: f64 = 0.6;
