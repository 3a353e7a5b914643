//! G4: columns that name a row and say nothing about it.

use super::Guardrail;
use crate::base::{Severity, TaskContext, UserError, format};
use crate::evaluate::evidence::Evidence;
use crate::evaluate::finding::{Action, Finding};

pub struct NameTags;

impl Guardrail for NameTags {
    fn id(&self) -> &'static str {
        "G4"
    }

    fn name(&self) -> &'static str {
        "Name tags"
    }

    fn checked(&self) -> &'static str {
        "A column that is no decimal number and differs in more than 95 % of the rows, rises with every row, or is called an id and differs in half of them."
    }

    fn before(&self, evidence: &Evidence<'_>, _: &TaskContext) -> Result<Vec<Finding>, UserError> {
        let tags = evidence.profiles.iter().filter(|profile| {
            profile.name != evidence.target && evidence.is_name_tag(&profile.name)
        });
        Ok(tags
            .map(|profile| {
                let name = &profile.name;
                Finding::new(
                    ("G4", "name_tag"),
                    Severity::Note,
                    format!(
                        "{name} has {} different values in {}: a name tag, not information.",
                        format::count(profile.distinct),
                        format::counted(profile.rows, "row")
                    ),
                    "Not used for learning: what is learned about a name does not help with the next one.",
                    "Tick it if it does say something about the row",
                )
                .about(std::slice::from_ref(name))
                .offering([Action::UseAnyway { column: name.clone() }])
            })
            .collect())
    }
}
