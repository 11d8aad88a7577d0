//! Tests of the scan: where it answers, it answers as `serde_json` does.

use super::agreement::compare;

const SCRAPS: [&str; 50] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\",
    "\n",
    " ",
    "\r",
    "\t",
    "null",
    "true",
    "false",
    "-1.5e+3",
    "0",
    "01",
    "1.",
    "NaN",
    "\"event\":",
    "\"event\": ",
    "\"properties\":{",
    "\"properties\":null",
    "\"properties\":\"{}\"",
    "\"properties\":\"{\\\"$lib\\\":\\\"web\\\"}\"",
    "\"properties\": \"{\\\"a\\\":\\\"\\\\\\\"\\\",",
    "\\\"",
    "\\\\",
    "\"$session_id\":",
    "\"\\u0024session_id\":",
    "\"timestamp\":",
    "\"2025-03-14T00:35:49.962000+00:00\"",
    "\"distinct_id\":",
    "\"person_id\":",
    "\"team_id\":",
    "\"uuid\":",
    "\"id\":",
    "\"$lib\":",
    "\"$lib_version\":",
    "\"chat\":",
    "\"person\":",
    "\"a\":",
    "\"a\\\"b\\\\\"",
    "\"\\\\\\\"\"",
    "\"\\u00e9\\q\"",
    "\"$identify\"",
    "\"$anon_distinct_id\":",
    "\"é\"",
    "\"a long string that goes over the edge of a block of bytes\"",
];

/// An event that a batch export could have written, sometimes with something odd in it.
fn event(rng: &mut fastrand::Rng) -> String {
    let properties = members(
        rng,
        &[
            "$session_id",
            "$session_id",
            "distinct_id",
            "$lib",
            "$lib_version",
            "$anon_distinct_id",
            "chat",
            "alias",
            "$device_id",
            "$sent_at",
            "$is_server",
            "$recording_status",
            "sessionId",
            "session_id",
            "amplitude_session_id",
            "x",
        ],
    );
    let keys =
        ["uuid", "timestamp", "created_at", "distinct_id", "person_id", "team_id", "id", "$session_id", "person"];
    let mut own = members(rng, &keys);
    own.push(format!("\"properties\":{}", one_of_both_forms(rng, format!("{{{}}}", properties.join(",")))));
    let names = ["$identify", "$pageview", "$create_alias", "a \\\"b\\\"", "\\u0024identify"];
    own.push(format!("\"event\":\"{}\"", names[rng.usize(..names.len())]));
    rng.shuffle(&mut own);
    format!("{{{}}}", own.join(if rng.u8(..8) == 0 { ", " } else { "," }))
}

#[test]
fn look_alikes_and_arrivals_are_left_to_others() {
    let answered = |properties: &str, uuid: &str| {
        let own = format!(r#""event":"e","uuid":"{uuid}","timestamp":"2026-03-02T18:02:11.007Z""#);
        let string = serde_json::to_string(&format!("{{{properties}}}")).expect("a text is JSON");
        let count = compare(format!("{{{own},\"properties\":{{{properties}}}}}").as_bytes());
        assert_eq!(compare(format!("{{{own},\"properties\":{string}}}").as_bytes()), count, "{properties}");
        count
    };
    for (properties, count) in [
        (r#""a":"session","$session_entry_url":"x""#, 1),
        (r#""session_ids":"s""#, 1),
        (r#""session_id":"s","posthog_session_id":"s""#, 1),
        (r#""session_id":null,"posthog_session_id":"","$amplitude_session_id":1"#, 1),
        (r#""session_id":"null","amplitude_session_id":"  ""#, 1),
        (r#""amplitude_session_id":{}"#, 0),
        (r#""sessionId":"s""#, 0),
        (r#""session":"s""#, 0),
        (r#""sessionid":"s""#, 0),
        (r#""$session_id":"s","session_id":"s""#, 1),
    ] {
        assert_eq!(answered(properties, "7"), count, "{properties}");
    }
    let (id, version_4) = ("019cadc6-9a80-7c1e-9a4b-5d0e6f7a8b9c", "7b0c3f52-9e1d-4c6a-8f3e-2a9b51d0c7e4");
    let (long_before, sent) = (r#""$session_id":"018cadc6-9a80-7c1e-9a4b-5d0e6f7a8b9c""#, r#""$sent_at":"2026-03-02""#);
    assert_eq!(answered(&format!("{long_before},{sent}"), version_4), 0);
    assert_eq!(answered(&format!("{long_before},{sent}"), id), 1);
    assert_eq!(answered(&format!(r#""$session_id":"{id}",{sent}"#), version_4), 1);
}

/// Properties as they are, or as a string that holds them.
fn one_of_both_forms(rng: &mut fastrand::Rng, properties: String) -> String {
    if rng.bool() {
        return properties;
    }
    let string = serde_json::to_string(&properties).expect("a text is JSON");
    if rng.bool() { string.replace('/', "\\/") } else { string }
}

fn members(rng: &mut fastrand::Rng, keys: &[&str]) -> Vec<String> {
    const VALUES: [&str; 16] = [
        "\"019cadc6-9a80-7c1e-9a4b-5d0e6f7a8b9c\"",
        "\"web\"",
        "\"web\"",
        "\"\"",
        "null",
        "12",
        "-1",
        "true",
        "1.5e3",
        "{\"$session_id\":\"nested\",\"a\":[{}]}",
        "[1,\"]\",{\"$lib\":\"x\"}]",
        "\"say \\\"hi\\\" \\\\\"",
        "\"null\"",
        "\"  \"",
        "\"\u{a0}\"",
        "\"2025-03-14 00:35:50+00:00\"",
    ];
    let count = rng.usize(..12);
    let member = |rng: &mut fastrand::Rng| {
        let filler = "k".repeat(rng.usize(..40));
        let key = if rng.u8(..3) == 0 { filler } else { keys[rng.usize(..keys.len())].to_owned() };
        let colon = if rng.u8(..12) == 0 { ": " } else { ":" };
        let values = if rng.u8(..12) > 0 { &VALUES[..5] } else { &VALUES };
        format!("\"{key}\"{colon}{}", values[rng.usize(..values.len())])
    };
    (0..count).map(|_| member(rng)).collect()
}

#[test]
fn the_scan_answers_as_serde_json_does_or_not_at_all() {
    let mut rng = fastrand::Rng::with_seed(11);
    let mut answered = 0;
    for _ in 0..6_000 {
        let lines: Vec<_> = (0..rng.usize(1..4)).map(|_| event(&mut rng)).collect();
        answered += compare(lines.join("\n").as_bytes());
    }
    assert!(answered > 2_000, "only {answered} answered");
}

#[test]
fn mutated_records_are_answered_rightly_or_not_at_all() {
    let mut rng = fastrand::Rng::with_seed(12);
    for _ in 0..8_000 {
        let mut bytes = event(&mut rng).into_bytes();
        for _ in 0..rng.usize(1..4) {
            let at = rng.usize(..=bytes.len());
            let scrap = SCRAPS[rng.usize(..SCRAPS.len())].as_bytes();
            match rng.u8(..4) {
                0 => drop(bytes.splice(at..at, scrap.iter().copied())),
                1 => bytes.truncate(at),
                2 if at < bytes.len() => drop(bytes.remove(at)),
                _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = scrap[0]),
            }
        }
        compare(&bytes);
    }
}

#[test]
fn scraps_are_answered_rightly_or_not_at_all() {
    let mut rng = fastrand::Rng::with_seed(13);
    for _ in 0..8_000 {
        let scraps: String = (0..rng.usize(..24)).map(|_| SCRAPS[rng.usize(..SCRAPS.len())]).collect();
        compare(format!("{{\"event\":\"a\",{scraps}}}\n{{\"event\":\"b\"}}").as_bytes());
    }
}

#[test]
fn backslashes_are_counted_across_the_edges_of_blocks() {
    for before in 0..130 {
        for backslashes in 0..10 {
            let (x, run) = ("x".repeat(before), "\\".repeat(backslashes));
            let is_whole = backslashes % 2 == 0;
            let answered = compare(format!("{{\"a\":\"{x}{run}\",\"event\":\"b\"}}").as_bytes());
            assert_eq!(answered == 1, is_whole, "{backslashes} behind {before}");
            let answered = compare(format!("{{\"a\":\"{x}{run}\"\",\"event\":\"b\"}}").as_bytes());
            assert_eq!(answered == 1, !is_whole, "{backslashes} behind {before}");
            let answered = compare(format!("{{\"{x}{run}\":1,\"event\":\"b\"}}").as_bytes());
            assert_eq!(answered == 1, backslashes == 0, "a key with {backslashes}");
        }
    }
}

#[test]
fn windows_end_anywhere() {
    for count in 0..150 {
        for first in ["0", "10"] {
            let pad = format!("{first}{}", ",0".repeat(count));
            let line =
                format!(r#"{{"pad":[{pad}],"properties":{{"$session_id":"s"}},"event":"a","z":["{pad}",{pad}]}}"#);
            assert_eq!(compare(line.as_bytes()), 1, "{count}");
        }
    }
}

#[test]
fn what_is_nested_too_deep_is_left_to_others() {
    for (depth, answered) in [(63, 1), (64, 0), (65, 0)] {
        let line = format!("{{\"event\":\"a\",\"deep\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(compare(line.as_bytes()), answered, "{depth}");
    }
}

#[test]
fn values_side_by_side_are_no_record() {
    for joint in [",", ", ", " ", "", ",\r", ":", "]", "}"] {
        assert_eq!(compare(format!("{{\"event\":\"a\"}}{joint}{{\"event\":\"b\"}}").as_bytes()), 0);
        assert_eq!(compare(format!("{{\"event\":\"a\"}}{joint}\"b\"").as_bytes()), 0);
        assert_eq!(compare(format!("{{\"event\":\"a\"}}{joint}7").as_bytes()), 0);
    }
    assert_eq!(compare(b"{\"event\":\"a\"},"), 0);
    assert_eq!(compare(b"{\"event\":\"a\"}, \n{\"event\":\"a\"}"), 0);
}

#[test]
fn the_usual_record_is_answered() {
    let line =
        r#"{"uuid":"u","event":"e","properties":{"$lib":"web","n":[1,2,{"a":null}],"$session_id":"s"},"team_id":7}"#;
    assert_eq!(compare(line.as_bytes()), 1);
    assert_eq!(compare(format!("{line}\r\n\n{line}\n").as_bytes()), 2);
    assert_eq!(compare(br#"{"event":"say \"hi\" \ud83d\u0041\\","properties":null}"#), 1);
}

#[test]
fn bytes_that_are_no_utf_8_are_read_wherever_they_are() {
    let broken =
        [&b"\xff"[..], b"\xc3", b"\xe2\x82", b"\xed\xa0\x80", b"a\xf0\x9f\x91\\\"b\xc3", b"\xc3\xa9\\n\xe2\x82"];
    for (bytes, filler) in broken.into_iter().flat_map(|bytes| [(bytes, 1), (bytes, 2000)]) {
        let parts = |session_id: &[u8], name: &[u8], other: &[u8]| {
            let filler = "é".repeat(filler);
            let parts = [
                b"{\"properties\":{\"$session_id\":\"",
                session_id,
                b"\",\"other\":\"",
                other,
                filler.as_bytes(),
                b"\",\"$lib\":\"web\"},\"event\":\"",
                name,
                b"\",\"uuid\":\"\xc3\xa9\"}\n",
            ];
            parts.concat()
        };
        assert_eq!(compare(&parts(b"s", b"a", bytes)), 1, "what is not wanted");
        assert_eq!(compare(&parts(b"s", bytes, b"")), 1, "a name");
        assert_eq!(compare(&parts(b"", bytes, bytes)), 1, "a name without a session");
        assert_eq!(compare(&parts(bytes, b"a", b"")), 0, "an id");
    }
}
