//! 128-bit content hashes of "what was asked for": the keys of every cached result.

use std::fmt;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

/// A hash wide enough that two different requests never meet in practice.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Fingerprint(pub u128);

impl Fingerprint {
    /// Hash of a list of parts; the parts are length-prefixed, so ("ab", "c") differs from ("a", "bc").
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Xxh3::new();
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Self(hasher.digest128())
    }

    /// Hash of a value's JSON form. Values that cannot be written as JSON hash their error text.
    pub fn of_value<T: Serialize>(value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => Self::of(&[&bytes]),
            Err(error) => Self::of(&[error.to_string().as_bytes()]),
        }
    }

    /// This fingerprint, then something more: the step after this state.
    #[must_use]
    pub fn then(self, part: &[u8]) -> Self {
        Self::of(&[&self.0.to_le_bytes(), part])
    }

    #[must_use]
    pub fn then_value<T: Serialize>(self, value: &T) -> Self {
        let next = Self::of_value(value);
        self.then(&next.0.to_le_bytes())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}
