//! What the window's own code costs with a table of ten million rows.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::super::args::BenchArguments;
use super::super::console::Context;
use super::{MANY_ROWS, SEED};
use crate::base::error::io_error;
use crate::base::{Fingerprint, Random, UserError};
use crate::data::Table;
use crate::data::table::{NewColumn, NewValues};
use crate::formats;

/// A folder of its own, removed afterwards.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Frames of the window while a long table is opened, scrolled, sorted and brushed. A process of
/// its own does it, whose settings and journals are thrown away: a person's stay as they are.
pub fn window(arguments: &BenchArguments, context: &Context) -> Result<Value, UserError> {
    let name = format!("benchtop-window-{}", std::process::id());
    let folder = Folder(std::env::temp_dir().join(name));
    std::fs::create_dir_all(&folder.0)
        .map_err(|error| io_error("The benchmark cannot begin", &folder.0, &error))?;
    let file = match &arguments.data {
        Some(path) => path.clone(),
        None => {
            let path = folder.0.join("long.arrow");
            let rows = arguments.rows.unwrap_or(MANY_ROWS);
            formats::write(&table(rows, context)?, &path, &context.task.part())?;
            path
        }
    };
    context.task.progress(0, 0, "Measuring the window");
    let failed =
        |why: String| UserError::failed("no_rehearsal", "The window could not be measured", why);
    let program = std::env::current_exe().map_err(|error| failed(error.to_string()))?;
    let output = Command::new(program)
        .args(["--json", "__rehearse"])
        .arg(&file)
        .env("BENCHTOP_HOME", &folder.0)
        .output()
        .map_err(|error| failed(error.to_string()))?;
    let mut found: Value = serde_json::from_slice(&output.stdout)
        .map_err(|_| failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))?;
    if !output.status.success() {
        return Err(failed(found.to_string()));
    }
    found["name"] = "window_10m".into();
    Ok(found)
}

/// Two clouds of points, an amount with blanks, whole numbers, and groups.
fn table(rows: usize, context: &Context) -> Result<Table, UserError> {
    const REGIONS: [&str; 5] = ["north", "south", "east", "west", "overseas"];
    let mut random = Random::new(SEED);
    let [mut x, mut y, mut amount, mut items] = [(); 4].map(|()| Vec::with_capacity(rows));
    let mut region = Vec::with_capacity(rows);
    for row in 0..rows {
        if row % 1_000_000 == 0 {
            context.task.check()?;
            let words = "Making a table to measure with";
            context.task.progress(row as u64, rows as u64, words);
        }
        let far = random.below(3) as f64;
        // The mean of a few uniform numbers is nearly normal.
        let mut near = || (0..4).map(|_| random.next_f64()).sum::<f64>() - 2.0;
        x.push(far * 2.0 + near());
        y.push(far * far + near());
        amount.push(if random.below(10) == 0 {
            f64::NAN
        } else {
            random.next_f64().powi(3) * 400.0
        });
        items.push((random.below(40) + 1) as f64);
        region.push(REGIONS.get(random.below(5)).map(|&name| name.to_owned()));
    }
    let number = |name: &str, values| NewColumn {
        name: name.to_owned(),
        values: NewValues::Numbers(values),
    };
    let columns = [
        number("x", x),
        number("y", y),
        number("amount", amount),
        number("items", items),
        NewColumn {
            name: "region".to_owned(),
            values: NewValues::Texts(region),
        },
    ];
    Table::of_columns(&columns, Fingerprint::of(&[b"window", &rows.to_le_bytes()]))
}
