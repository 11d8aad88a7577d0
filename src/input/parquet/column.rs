//! Reads the values of one column, and writes them as JSON.

use std::io::Write;

use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::Result;
use parquet::schema::types::ColumnDescriptor;
use uuid::Uuid;

use crate::time::format_us;

/// The digits of the longest decimal number that 16 bytes hold.
const DECIMAL_DIGITS: i32 = 38;

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Texts, numbers and truth values, as they are.
    Plain,
    /// Whole numbers without a sign.
    Unsigned,
    /// Whole numbers of up to 16 bytes, the largest first.
    Decimal,
    /// 16 bytes of a UUID.
    Uuid,
    /// Times since 1970, in a unit.
    Time {
        /// The unit of the numbers.
        unit: Unit,
        /// Whether they are UTC; else they have no zone.
        is_utc: bool,
    },
}

/// The digits of a microsecond.
const TIME_DIGITS: usize = 6;

/// The unit of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Millis,
    Micros,
    Nanos,
}

impl Form {
    /// Of a column, if its values are of a kind that an event has.
    pub(super) fn of(column: &ColumnDescriptor) -> Option<Self> {
        if column.converted_type() == ConvertedType::DECIMAL {
            return Self::decimal(column);
        }
        match (column.physical_type(), column.logical_type_ref()) {
            (Type::FIXED_LEN_BYTE_ARRAY, Some(LogicalType::Uuid)) => Some(Self::Uuid),
            (Type::FIXED_LEN_BYTE_ARRAY, _) => None,
            (Type::INT96, _) => Some(Self::Time { unit: Unit::Micros, is_utc: true }),
            (Type::INT64, Some(LogicalType::Timestamp(time))) => {
                let unit = match time.unit {
                    TimeUnit::MILLIS => Unit::Millis,
                    TimeUnit::MICROS => Unit::Micros,
                    TimeUnit::NANOS => Unit::Nanos,
                };
                Some(Self::Time { unit, is_utc: time.is_adjusted_to_u_t_c })
            }
            _ => Self::converted(column.converted_type()),
        }
    }

    /// Of whole numbers that are written as decimal ones.
    fn decimal(column: &ColumnDescriptor) -> Option<Self> {
        match column.physical_type() {
            _ if column.type_scale() != 0 || column.type_precision() > DECIMAL_DIGITS => None,
            Type::INT32 | Type::INT64 => Some(Self::Plain),
            _ => Some(Self::Decimal),
        }
    }

    /// By the older names of types.
    fn converted(converted: ConvertedType) -> Option<Self> {
        match converted {
            ConvertedType::TIMESTAMP_MILLIS => Some(Self::Time { unit: Unit::Millis, is_utc: true }),
            ConvertedType::TIMESTAMP_MICROS => Some(Self::Time { unit: Unit::Micros, is_utc: true }),
            ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64 => {
                Some(Self::Unsigned)
            }
            ConvertedType::NONE
            | ConvertedType::UTF8
            | ConvertedType::ENUM
            | ConvertedType::JSON
            | ConvertedType::INT_8
            | ConvertedType::INT_16
            | ConvertedType::INT_32
            | ConvertedType::INT_64 => Some(Self::Plain),
            _ => None,
        }
    }
}

/// The values of one column in a row group.
pub(super) trait Column {
    /// Reads so many rows, or as many as there are, in place of those that were read before.
    fn read(&mut self, rows: usize) -> Result<usize>;

    /// Writes the next value of those that were read.
    fn write_next(&mut self, line: &mut Vec<u8>);
}

/// The values of a column of a type, and how one of them is written.
struct TypedColumn<T: DataType, W> {
    reader: ColumnReaderImpl<T>,
    /// Of every row, how deep it is filled; nothing where all are.
    levels: Vec<i16>,
    /// The level of a value that is there.
    filled: i16,
    values: Vec<T::T>,
    row: usize,
    value: usize,
    write: W,
}

impl<T: DataType, W: Fn(&T::T, &mut Vec<u8>)> Column for TypedColumn<T, W> {
    fn read(&mut self, rows: usize) -> Result<usize> {
        self.levels.clear();
        self.values.clear();
        (self.row, self.value) = (0, 0);
        Ok(self.reader.read_records(rows, Some(&mut self.levels), None, &mut self.values)?.0)
    }

    fn write_next(&mut self, line: &mut Vec<u8>) {
        let is_filled = self.filled == 0 || self.levels.get(self.row) == Some(&self.filled);
        self.row += 1;
        match self.values.get(self.value).filter(|_| is_filled) {
            Some(value) => {
                self.value += 1;
                (self.write)(value, line);
            }
            None => line.extend(b"null"),
        }
    }
}

/// The column that a reader reads, `filled` being the level of its values.
pub(super) fn column(reader: ColumnReader, form: Form, filled: i16) -> Box<dyn Column> {
    match reader {
        ColumnReader::BoolColumnReader(reader) => values(reader, filled, |value, line| put(line, value)),
        ColumnReader::Int32ColumnReader(reader) if form == Form::Unsigned => {
            values(reader, filled, |value, line| put(line, value.cast_unsigned()))
        }
        ColumnReader::Int32ColumnReader(reader) => values(reader, filled, |value, line| put(line, value)),
        ColumnReader::Int64ColumnReader(reader) => match form {
            Form::Time { unit, is_utc } => {
                values(reader, filled, move |value, line| put_time(line, *value, unit, is_utc))
            }
            Form::Unsigned => values(reader, filled, |value, line| put(line, value.cast_unsigned())),
            _ => values(reader, filled, |value, line| put(line, value)),
        },
        ColumnReader::Int96ColumnReader(reader) => {
            values(reader, filled, |value, line| put_time(line, value.to_micros(), Unit::Micros, true))
        }
        ColumnReader::FloatColumnReader(reader) => {
            values(reader, filled, |value, line| put_float(line, f64::from(*value)))
        }
        ColumnReader::DoubleColumnReader(reader) => values(reader, filled, |value, line| put_float(line, *value)),
        ColumnReader::ByteArrayColumnReader(reader) if form == Form::Decimal => {
            values(reader, filled, |value, line| put_decimal(line, bytes(value)))
        }
        ColumnReader::FixedLenByteArrayColumnReader(reader) if form == Form::Decimal => {
            values(reader, filled, |value, line| put_decimal(line, bytes(value)))
        }
        ColumnReader::ByteArrayColumnReader(reader) => {
            values(reader, filled, |value, line| put_text(line, bytes(value)))
        }
        ColumnReader::FixedLenByteArrayColumnReader(reader) => values(reader, filled, |value, line| {
            let id = Uuid::from_slice(bytes(value)).unwrap_or_default();
            put_text(line, id.hyphenated().to_string().as_bytes());
        }),
    }
}

fn values<T: DataType>(
    reader: ColumnReaderImpl<T>,
    filled: i16,
    write: impl Fn(&T::T, &mut Vec<u8>) + 'static,
) -> Box<dyn Column> {
    Box::new(TypedColumn { reader, levels: Vec::new(), filled, values: Vec::new(), row: 0, value: 0, write })
}

fn bytes(value: &ByteArray) -> &[u8] {
    value.data()
}

fn put(line: &mut Vec<u8>, value: impl std::fmt::Display) {
    write!(line, "{value}").expect("a line takes everything");
}

/// A number that was whole stays so, as columns of ids with gaps often are floats.
fn put_float(line: &mut Vec<u8>, value: f64) {
    if value.is_finite() { put(line, value) } else { line.extend(b"null") }
}

/// A number that may be too large for other types; what no number of the file's own claims can be is no value.
fn put_decimal(line: &mut Vec<u8>, bytes: &[u8]) {
    let mut all = [if bytes.first().is_some_and(|first| *first >= 0x80) { 0xff } else { 0 }; 16];
    match all.len().checked_sub(bytes.len()) {
        Some(start) if !bytes.is_empty() => {
            all[start..].copy_from_slice(bytes);
            put(line, i128::from_be_bytes(all));
        }
        _ => line.extend(b"null"),
    }
}

/// A time as exports spell it, cut to microseconds; a number where no calendar has it.
fn put_time(line: &mut Vec<u8>, time: i64, unit: Unit, is_utc: bool) {
    let us = match unit {
        Unit::Millis => time.checked_mul(1000),
        Unit::Micros => Some(time),
        Unit::Nanos => Some(time.div_euclid(1000)),
    };
    let Some(text) = us.and_then(|us| format_us(us, TIME_DIGITS)) else { return put(line, time) };
    let text = if is_utc { text.as_str() } else { text.trim_end_matches('Z') };
    put(line, format_args!("\"{text}\""));
}

/// A text, the bytes of which may be no UTF-8: who reads the line decides about those.
fn put_text(line: &mut Vec<u8>, text: &[u8]) {
    line.push(b'"');
    let mut start = 0;
    for (at, &byte) in text.iter().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        line.extend(&text[start..at]);
        start = at + 1;
        match byte {
            b'"' | b'\\' => line.extend([b'\\', byte]),
            _ => put(line, format_args!("\\u{byte:04x}")),
        }
    }
    line.extend(&text[start..]);
    line.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut line = Vec::new();
        write(&mut line);
        String::from_utf8(line).expect("UTF-8")
    }

    #[test]
    fn times_are_cut_to_microseconds_and_those_of_no_calendar_are_numbers() {
        for (time, unit, is_utc, text) in [
            (1_741_910_400_267, Unit::Millis, true, "\"2025-03-14T00:00:00.267000Z\""),
            (1_741_910_400_267_001, Unit::Micros, false, "\"2025-03-14T00:00:00.267001\""),
            (1_741_910_400_267_001_999, Unit::Nanos, true, "\"2025-03-14T00:00:00.267001Z\""),
            (-1, Unit::Nanos, true, "\"1969-12-31T23:59:59.999999Z\""),
            (253_402_300_799_999_999, Unit::Micros, true, "\"9999-12-31T23:59:59.999999Z\""),
            (253_402_300_800_000_000, Unit::Micros, true, "253402300800000000"),
            (i64::MAX, Unit::Millis, true, "9223372036854775807"),
            (i64::MIN, Unit::Micros, true, "-9223372036854775808"),
        ] {
            assert_eq!(json(|line| put_time(line, time, unit, is_utc)), text);
        }
    }

    #[test]
    fn decimals_are_numbers_with_a_sign() {
        for (bytes, text) in [
            (b"\x07".as_slice(), "7"),
            (b"\xff\xfe", "-2"),
            (&[0x7f; 16], "169473963133173273960190490760135540607"),
            (&[0; 17], "null"),
            (b"", "null"),
        ] {
            assert_eq!(json(|line| put_decimal(line, bytes)), text);
        }
    }

    #[test]
    fn texts_are_escaped_as_json_and_whole_floats_stay_whole() {
        let text = "a\"b\\c\n\0\u{7f}é";
        let written = json(|line| put_text(line, text.as_bytes()));
        assert_eq!(serde_json::from_str::<String>(&written).expect("JSON"), text);
        assert_eq!(json(|line| put_float(line, 12.0)), "12");
        assert_eq!(json(|line| put_float(line, f64::NAN)), "null");
    }
}
