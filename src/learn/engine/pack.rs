//! Large tables of numbers in little JSON: per column, either one byte per row into a short list of
//! values, or eight bytes per row; bytes written as base64 (RFC 4648, section 4).

use serde::{Deserialize, Serialize};

use crate::learn::Matrix;

/// A column, exact to the last bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PackedColumn {
    /// Few different values: byte `i` says which one row `i` has.
    Few { values: Vec<f64>, bytes: String },
    /// Eight bytes per row, little endian.
    Many { bytes: String },
}

const FEW: usize = 256;

pub fn pack(values: &[f64]) -> PackedColumn {
    let mut distinct: Vec<u64> = Vec::new();
    for value in values {
        let bits = value.to_bits();
        if let Err(place) = distinct.binary_search(&bits) {
            distinct.insert(place, bits);
        }
        if distinct.len() > FEW {
            let bytes: Vec<u8> = values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            return PackedColumn::Many {
                bytes: encode(&bytes),
            };
        }
    }
    let bytes: Vec<u8> = values
        .iter()
        .map(|value| distinct.binary_search(&value.to_bits()).unwrap_or(0) as u8)
        .collect();
    PackedColumn::Few {
        values: distinct.into_iter().map(f64::from_bits).collect(),
        bytes: encode(&bytes),
    }
}

/// The values, or None when the text is damaged or of another length than `rows`.
pub fn unpack(column: &PackedColumn, rows: usize) -> Option<Vec<f64>> {
    let values: Vec<f64> = match column {
        PackedColumn::Few { values, bytes } => decode(bytes)?
            .into_iter()
            .map(|byte| values.get(usize::from(byte)).copied())
            .collect::<Option<_>>()?,
        PackedColumn::Many { bytes } => {
            let bytes = decode(bytes)?;
            let (numbers, rest) = bytes.as_chunks::<8>();
            if !rest.is_empty() {
                return None;
            }
            numbers
                .iter()
                .map(|number| f64::from_le_bytes(*number))
                .collect()
        }
    };
    (values.len() == rows).then_some(values)
}

pub fn pack_matrix(matrix: &Matrix) -> Vec<PackedColumn> {
    (0..matrix.cols)
        .map(|col| pack(&matrix.column(col)))
        .collect()
}

/// A matrix of `rows` rows, or None when a column is damaged.
pub fn unpack_matrix(columns: &[PackedColumn], rows: usize) -> Option<Matrix> {
    let unpacked: Vec<Vec<f64>> = columns
        .iter()
        .map(|column| unpack(column, rows))
        .collect::<Option<_>>()?;
    let mut values = Vec::with_capacity(rows.checked_mul(columns.len())?);
    for row in 0..rows {
        values.extend(
            unpacked
                .iter()
                .filter_map(|column| column.get(row).copied()),
        );
    }
    Matrix::new(rows, columns.len(), values).ok()
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            text.push(if place <= chunk.len() {
                char::from(ALPHABET[(group >> (18 - 6 * place) & 63) as usize])
            } else {
                '='
            });
        }
    }
    text
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.as_bytes();
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let digits = text.len() - text.iter().rev().take_while(|&&byte| byte == b'=').count();
    if text.len() - digits > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for chunk in text.get(..digits)?.chunks(4) {
        let mut group = 0u32;
        for &letter in chunk {
            group = group << 6 | digit_of(letter)?;
        }
        group <<= 6 * (4 - chunk.len());
        bytes.extend_from_slice(group.to_be_bytes().get(1..chunk.len())?);
    }
    Some(bytes)
}

fn digit_of(letter: u8) -> Option<u32> {
    Some(u32::from(match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}
