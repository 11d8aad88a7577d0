//! Writes times, days, teams and limits as the json has them, and reads them back.

#![allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde asks for references")]

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::event::time::{format_day, format_us, parse_day, parse_us};

/// A team: a number, or a text that is none.
#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "a team's number or text")]
pub(crate) enum TeamId<'a> {
    Number(u64),
    Text(Cow<'a, str>),
}

impl<'a> From<&'a str> for TeamId<'a> {
    fn from(text: &'a str) -> Self {
        match text.parse::<u64>() {
            Ok(number) if number.to_string() == text => Self::Number(number),
            _ => Self::Text(text.into()),
        }
    }
}

impl TeamId<'_> {
    /// The team as the events name it.
    pub(crate) fn text(self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.into_owned(),
        }
    }
}

/// A team, if there is one.
pub(crate) mod team {
    use super::{Deserialize, Deserializer, Serialize, Serializer, TeamId};

    pub(crate) fn serialize<S: Serializer>(team: &Option<impl AsRef<str>>, serializer: S) -> Result<S::Ok, S::Error> {
        team.as_ref().map(|team| TeamId::from(team.as_ref())).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, T: From<String>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        Ok(Option::<TeamId<'_>>::deserialize(deserializer)?.map(|team| team.text().into()))
    }
}

/// A time in microseconds since 1970, if there is one.
pub(crate) mod time {
    use super::{Deserialize, Deserializer, Serialize, Serializer, format_us, parse_us};

    pub(crate) fn serialize<S: Serializer>(us: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
        us.and_then(|us| format_us(us, 6)).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.and_then(|text| parse_us(text.as_bytes())))
    }
}

/// The times of the first and the last event, as two fields.
pub(crate) mod event_times {
    use super::{Deserialize, Deserializer, Serialize, Serializer, time};

    #[derive(Default, Serialize, Deserialize)]
    struct Fields {
        #[serde(default, with = "time")]
        first_event: Option<i64>,
        #[serde(default, with = "time")]
        last_event: Option<i64>,
    }

    pub(crate) fn serialize<S: Serializer>(times_us: &Option<(i64, i64)>, serializer: S) -> Result<S::Ok, S::Error> {
        let (first_event, last_event) = times_us.unzip();
        Fields { first_event, last_event }.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<(i64, i64)>, D::Error> {
        let Fields { first_event, last_event } = Fields::deserialize(deserializer)?;
        Ok(first_event.zip(last_event))
    }
}

/// A day since 1970; all days of a report have a date.
pub(crate) mod day {
    use super::{Deserialize, Deserializer, Error, Serialize, Serializer, format_day, parse_day};

    pub(crate) fn serialize<S: Serializer>(day: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        format_day(*day).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_day(&text).ok_or_else(|| D::Error::custom(format_args!("{text:?} is no day")))
    }
}

/// A tolerance in microseconds, in milliseconds.
pub(crate) mod tolerance {
    use super::{Deserialize, Deserializer, Error, Serialize, Serializer};
    use crate::span::{ms_number, tolerance_us};

    pub(crate) fn serialize<S: Serializer>(us: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        ms_number(*us).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        tolerance_us(f64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// What is written as a text, and read from it.
pub(crate) mod as_text {
    use super::{Deserialize, Deserializer, Display, Error, FromStr, Serializer};

    pub(crate) fn serialize<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
