//! The sample tables that come with Benchtop, inside the program, so that they are there offline
//! and after moving it.

use std::path::PathBuf;
use std::sync::OnceLock;

use serde::Deserialize;

use super::file::write_atomically;
use super::places;
use crate::base::UserError;

/// A sample table as the welcome screen shows it.
#[derive(Clone, Debug, Deserialize)]
pub struct Sample {
    pub file: String,
    pub name: String,
    pub rows: u64,
    pub columns: u64,
    /// "Good for predicting a kind, filling blanks".
    pub lesson: String,
    pub target: Option<String>,
    pub licence: String,
    pub source: String,
    pub thumbnail: Thumbnail,
}

/// A miniature picture, computed from the data when the samples were made.
#[derive(Clone, Debug, Deserialize)]
pub struct Thumbnail {
    pub kind: String,
    #[serde(flatten)]
    pub numbers: std::collections::BTreeMap<String, serde_json::Value>,
}

const CATALOG: &str = include_str!("../../sample-data/catalog.json");

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../sample-data/", $name)))),*]
    };
}

/// The files of the catalog; a test holds the two lists together.
pub static FILES: &[(&str, &[u8])] = files!(
    "penguins.csv",
    "bike-hire.csv",
    "flights.csv",
    "breast-cancer.csv",
    "fuel-economy.csv",
    "messy-survey.csv",
    "seattle-weather.csv",
    "wine.csv",
    "doctor-visits.csv",
    "co2.csv",
    "world-cities.csv",
    "digits.parquet",
    "all-kinds.parquet",
);

/// Every sample, in the order of the welcome screen.
pub fn catalog() -> Result<Vec<Sample>, UserError> {
    serde_json::from_str(CATALOG).map_err(|error| {
        UserError::failed(
            "catalog",
            "The list of samples cannot be read",
            error.to_string(),
        )
    })
}

/// What a sample is called, by its file name.
pub fn name_of(file: &str) -> Option<&'static str> {
    static CATALOG: OnceLock<Vec<Sample>> = OnceLock::new();
    CATALOG
        .get_or_init(|| catalog().unwrap_or_default())
        .iter()
        .find(|sample| sample.file == file)
        .map(|sample| sample.name.as_str())
}

/// The sample as a file: written to the cache the first time.
pub fn extract(file: &str) -> Result<PathBuf, UserError> {
    let Some((_, bytes)) = FILES.iter().find(|(name, _)| *name == file) else {
        return Err(UserError::input(
            "unknown_sample",
            format!("There is no sample called {file}"),
            "The project was probably made by another version".to_owned(),
        ));
    };
    let path = places::cache()
        .join("samples")
        .join(env!("CARGO_PKG_VERSION"))
        .join(file);
    let same_size = std::fs::metadata(&path).is_ok_and(|data| data.len() == bytes.len() as u64);
    if !same_size {
        write_atomically(&path, bytes)?;
    }
    Ok(path)
}
