//! Tells when an event was sent and stored, where its time alone does not say why it is outside its session's day.

use uuid::Uuid;

use super::id::{Window, embedded_us};
use super::time::parse_us;

/// When an event was sent and stored.
///
/// It is read only of events whose time is outside the 24 hours that their session id allows and whose own id is not of
/// version 7, which would tell the client's time.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// `$sent_at`, the client's clock when it sent the event, in microseconds since 1970.
    pub sent_us: Option<i64>,
    /// `created_at`, the server's clock when it stored the event, in microseconds since 1970.
    pub created_us: Option<i64>,
}

impl Arrival {
    pub(super) fn new(sent_at: Option<&str>, created_at: Option<&str>) -> Self {
        let time = |text: Option<&str>| text.and_then(|text| parse_us(text.as_bytes()));
        Self { sent_us: time(sent_at), created_us: time(created_at) }
    }

    /// Whether the arrival of such an event is asked.
    #[inline]
    pub(super) fn is_asked(session: Option<Uuid>, time_us: Option<i64>, uuid: Option<&str>) -> bool {
        let is_version_7 = |uuid: &str| uuid.len() == 36 && uuid.as_bytes()[14] == b'7';
        if uuid.is_some_and(is_version_7) {
            return false;
        }
        session.zip(time_us).is_some_and(|(id, us)| is_outside(id, us))
    }
}

/// Whether a time is before the id's own or 24 hours or more after it.
fn is_outside(session: Uuid, us: i64) -> bool {
    embedded_us(session).is_some_and(|id_us| Window { id_us, slack_us: 0 }.side(us).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::time::{US_PER_DAY, US_PER_MS};

    const TEXT: &str = "019cadc6-9a80-7c1e-9a4b-5d0e6f7a8b9c";
    const ID: Uuid = Uuid::from_u128(0x019c_adc6_9a80_7c1e_9a4b_5d0e_6f7a_8b9c);
    const ID_US: i64 = 0x019c_adc6_9a80 * US_PER_MS;

    #[test]
    fn events_outside_the_day_of_their_id_are_asked() {
        for (us, is_asked) in
            [(ID_US - 1, true), (ID_US, false), (ID_US + US_PER_DAY - 1, false), (ID_US + US_PER_DAY, true)]
        {
            assert_eq!(Arrival::is_asked(Some(ID), Some(us), None), is_asked, "{us}");
            assert_eq!(Arrival::is_asked(Some(ID), Some(us), Some("7")), is_asked, "{us}");
            assert!(!Arrival::is_asked(Some(ID), Some(us), Some(TEXT)), "its own id tells the client's time");
        }
        assert!(!Arrival::is_asked(Some(Uuid::nil()), Some(0), None));
        assert!(!Arrival::is_asked(None, Some(0), None));
        assert!(!Arrival::is_asked(Some(ID), None, None));
    }
}
