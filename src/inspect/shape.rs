//! Names the shapes of records as people tell them apart.

use crate::event::{PropertiesForm, Shape};

/// The shape of a record, as people tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the labels say it")]
pub enum RecordShape {
    ExportLine(PropertiesForm),
    ClickhouseRow,
    CaptureBody,
    ApiPage,
    CapturedMessage,
    Webhook,
    Person,
    Session,
}

impl RecordShape {
    pub(super) fn new(shape: Shape, is_row: bool) -> Self {
        match shape {
            Shape::Event(PropertiesForm::String) if is_row => Self::ClickhouseRow,
            Shape::Event(form) => Self::ExportLine(form),
            Shape::CaptureBody => Self::CaptureBody,
            Shape::ApiPage => Self::ApiPage,
            Shape::CapturedMessage => Self::CapturedMessage,
            Shape::Webhook => Self::Webhook,
            Shape::Person => Self::Person,
            Shape::Session => Self::Session,
        }
    }

    /// What people call it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::ExportLine(PropertiesForm::Object) => "batch export line",
            Self::ExportLine(PropertiesForm::String) => "batch export line, properties as a string",
            Self::ExportLine(PropertiesForm::Null) => "batch export line without properties",
            Self::ExportLine(PropertiesForm::Other) => "batch export line, properties that are no object",
            Self::ClickhouseRow => "ClickHouse row",
            Self::CaptureBody => "capture body",
            Self::ApiPage => "events API page",
            Self::CapturedMessage => "captured message",
            Self::Webhook => "webhook payload",
            Self::Person => "person (not an event)",
            Self::Session => "session (not an event)",
        }
    }

    /// The name in json.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ExportLine(PropertiesForm::Object) => "batch-export-line",
            Self::ExportLine(PropertiesForm::String) => "batch-export-line-string-properties",
            Self::ExportLine(PropertiesForm::Null) => "batch-export-line-null-properties",
            Self::ExportLine(PropertiesForm::Other) => "batch-export-line-other-properties",
            Self::ClickhouseRow => "clickhouse-row",
            Self::CaptureBody => "capture-body",
            Self::ApiPage => "api-page",
            Self::CapturedMessage => "captured-message",
            Self::Webhook => "webhook",
            Self::Person => "person",
            Self::Session => "session",
        }
    }
}
