//! Reads the values of options, with clap's suggestions for wrong ones.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use bytesize::ByteSize;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use session_audit::audit::Report;
use session_audit::event::time::{US_PER_DAY, format_us, parse_day, parse_us};
use session_audit::event::{FIELD_NAMES, FieldPath};
use session_audit::input::{Decompress, Source};
use session_audit::report::{self, Named};
use session_audit::rules::{MAX_TOLERANCE_US, RULES};
use session_audit::{escape_controls, span};

/// A further report: where, and in which format.
#[derive(Debug, Clone)]
pub(super) struct Output<F> {
    pub(super) format: F,
    pub(super) path: PathBuf,
}

/// The inputs that a list names, one a line.
pub(super) fn listed(file: &Path) -> Result<Vec<PathBuf>> {
    let could_not = || format!("could not read the list {}", file.display());
    let bytes = if is_stdin(file) {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(file)
    };
    let bytes = bytes.with_context(could_not)?;
    let lines = bytes.strip_prefix(BOM).unwrap_or(&bytes).split(|byte| *byte == b'\n');
    let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line)).filter(|line| !line.trim_ascii().is_empty());
    let paths = lines.map(path).collect::<Result<Vec<_>>>().with_context(could_not)?;
    if paths.is_empty() {
        bail!("{}: it names no input", could_not());
    }
    Ok(paths)
}

/// Before the text in files of some editors.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// A path as the system has it, where it need not be text.
#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere it has to be text")]
fn path(bytes: &[u8]) -> Result<PathBuf> {
    Ok(PathBuf::from(<OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes)))
}

#[cfg(not(unix))]
fn path(bytes: &[u8]) -> Result<PathBuf> {
    std::str::from_utf8(bytes).map(PathBuf::from).context("it is not UTF-8")
}

/// Whether the name of a file stands for standard input.
pub(super) fn is_stdin(name: &Path) -> bool {
    name == Path::new("-")
}

/// The path that leads to a file of that name, be it standard input.
pub(super) fn real_name(name: &Path) -> PathBuf {
    if is_stdin(name) { Source::Stdin.path() } else { name.to_owned() }
}

/// The result of an earlier check.
pub(super) fn saved(name: &Path) -> Result<Report> {
    let what = || if is_stdin(name) { "standard input".to_owned() } else { name.display().to_string() };
    let json = if is_stdin(name) { io::read_to_string(io::stdin()) } else { fs::read_to_string(name) };
    let json = json.with_context(|| format!("could not read {}", what()))?;
    report::read(&json).with_context(|| format!("could not use {}", what()))
}

pub(super) fn decompress_parser() -> impl TypedValueParser<Value = Decompress> {
    PossibleValuesParser::new(Decompress::NAMES).try_map(|name| name.parse::<Decompress>())
}

pub(super) fn tolerance(text: &str) -> Result<i64, String> {
    span::parse_us(text, MAX_TOLERANCE_US)
}

/// A size in bytes, such as `256MiB` (1024 times 1024 bytes) or `2G` (1000 times 1000 times 1000 bytes).
pub(super) fn memory_size(text: &str) -> Result<ByteSize, String> {
    text.parse().map_err(|_| "expected a size such as 256MiB, 2GiB or 500MB".to_owned())
}

/// A moment in microseconds since 1970; a date alone is its first one, UTC.
pub(super) fn moment(text: &str) -> Result<i64, String> {
    let us = parse_us(text.as_bytes()).or_else(|| parse_day(text).map(|day| day * US_PER_DAY));
    us.filter(|us| format_us(*us, 6).is_some())
        .ok_or_else(|| "expected a time such as 2026-03-02 or 2026-03-02T10:00:00Z".to_owned())
}

pub(super) fn rule_parser() -> PossibleValuesParser {
    PossibleValuesParser::new(RULES.iter().map(|rule| rule.name))
}

pub(super) fn format_parser<F: Named>() -> impl TypedValueParser<Value = F> {
    let names = F::ALL.iter().map(|format| PossibleValue::new(format.name()).aliases(format.alias()));
    PossibleValuesParser::new(names.collect::<Vec<_>>()).map(|name| F::named(&name).unwrap_or_default())
}

/// Splits `FORMAT=PATH`, in upper or lower case.
pub(super) fn split_format(text: &str) -> Option<(&str, &str)> {
    text.split_once('=').filter(|(name, _)| name.bytes().all(|b| b.is_ascii_alphabetic()))
}

/// Parses `[FORMAT=]PATH`; a wrong format gets clap's suggestions.
#[derive(Clone, Default)]
pub(super) struct OutputParser<F>(PhantomData<F>);

impl<F: Named> TypedValueParser for OutputParser<F> {
    type Value = Output<F>;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Output<F>, clap::Error> {
        if let Some((name, path)) = value.to_str().and_then(split_format) {
            if name.is_empty() {
                return Err(named::<F>(&format!("no format is named before ={path}"), path, command));
            }
            let format = format_parser().parse_ref(command, argument, name.to_ascii_lowercase().as_ref())?;
            return Ok(Output { format, path: path.into() });
        }
        let path = PathBuf::from(value);
        let Some(format) = F::of_path(&path) else {
            let path = escape_controls(&path.display().to_string());
            return Err(named::<F>(&format!("no format goes with the name {path}"), &path, command));
        };
        Ok(Output { format, path })
    }
}

/// Asks for the name of a format.
fn named<F: Named>(why: &str, path: &str, command: &clap::Command) -> clap::Error {
    let known: Vec<_> = F::ALL.iter().map(|format| format.name()).collect();
    let message = format!("{why}; name one as in csv={path} ({})\n", known.join(", "));
    clap::Error::raw(clap::error::ErrorKind::ValueValidation, message).with_cmd(command)
}

/// Parses `NAME=PATH`; a wrong name gets clap's suggestions.
#[derive(Clone)]
pub(super) struct FieldParser;

impl TypedValueParser for FieldParser {
    type Value = FieldPath;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<FieldPath, clap::Error> {
        if let Some((name, _)) = value.to_str().and_then(|text| text.split_once('=')) {
            PossibleValuesParser::new(FIELD_NAMES).parse_ref(command, argument, name.as_ref())?;
        }
        let parser = clap::builder::StringValueParser::new().try_map(|text| text.parse::<FieldPath>());
        parser.parse_ref(command, argument, value)
    }
}
