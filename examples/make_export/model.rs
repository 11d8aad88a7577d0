//! Fills the properties of events about calls to language models, whose prompts make very long lines.

use super::json::{self, Members};
use super::rng::Rng;
use super::server;
use super::session::Session;

const MODELS: [[&str; 2]; 4] = [
    [r#""$ai_provider":"openai""#, r#""$ai_model":"gpt-4o-mini""#],
    [r#""$ai_provider":"anthropic""#, r#""$ai_model":"claude-3-5-haiku-latest""#],
    [r#""$ai_provider":"google""#, r#""$ai_model":"gemini-2.0-flash""#],
    [r#""$ai_provider":"openai""#, r#""$ai_model":"gpt-4.1""#],
];

/// Escaped as JSON wants it, and rich in what a careless scanner trips over.
const SENTENCES: [&str; 10] = [
    "You are a helpful assistant for the customers of an example shop. ",
    r#"Answer with JSON only, for instance {\"answer\": \"yes\", \"$session_id\": \"none\"}.\n"#,
    r"Never open C:\\Windows\\System32\\ or \\\\server\\share\\.\n\n",
    r#"The user said: \"Where is my order?\" and then \"It's late \ud83d\ude21\".\t"#,
    "Die Lieferung dauert \u{fc}blicherweise zwei Werktage, h\u{f6}chstens f\u{fc}nf. ",
    "\u{3054}\u{6ce8}\u{6587}\u{306f}\u{660e}\u{65e5}\u{5c4a}\u{304d}\u{307e}\u{3059}\u{3002} ",
    r"```rust\nfn main() {\n    println!(\u0022hi\u0022);\n}\n```\n",
    "Refunds are possible within thirty days if the goods are unused and in their packaging. ",
    r#"{\"properties\":{\"$session_id\":\"0190aaaa-0000-7000-8000-000000000000\"},\"timestamp\":\"2020-01-01T00:00:00Z\"}"#,
    "Think step by step, but keep the answer under sixty words, please. ",
];

pub(crate) fn name(rng: &mut Rng) -> &'static str {
    rng.weighted(&[(70, "$ai_generation"), (30, "$ai_trace")])
}

pub(crate) fn properties(session: &Session, name: &str, rng: &mut Rng, members: &mut Members) {
    members.raws(&server::library(session.seed));
    members.uuid("$ai_trace_id", rng.uuid(4));
    members.uuid("$ai_session_id", rng.uuid(4));
    members.with("$ai_latency", |out| json::thousandths(out, rng.below(30_000)));
    members.raw(r#""$ai_is_error":false"#);
    let (input, output) = if name == "$ai_generation" {
        generation(rng, members);
        ("$ai_input", "$ai_output_choices")
    } else {
        members.raw(r#""$ai_span_name":"support \"bot\"""#);
        ("$ai_input_state", "$ai_output_state")
    };
    let length = prompt_length(rng);
    members.with(input, |out| messages(out, &["system", "user"], length, rng));
    members.with(output, |out| messages(out, &["assistant"], length / 4, rng));
}

fn generation(rng: &mut Rng, members: &mut Members) {
    members.raws(&rng.pick(&MODELS));
    members.raw(r#""$ai_http_status":200"#);
    members.raw(r#""$ai_base_url":"https://models.example.com/v1""#);
    members.raw(r#""$ai_model_parameters":{"temperature":0.2,"max_tokens":800,"stop":null}"#);
    members.raw(r#""$ai_total_cost_usd":1.7e-05"#);
    members.number("$ai_input_tokens", rng.below(9000));
    members.number("$ai_output_tokens", rng.below(900));
}

/// Mostly a few thousand bytes, now and then a whole document.
fn prompt_length(rng: &mut Rng) -> usize {
    let length = if rng.percent(3) { rng.between(40_000, 200_000) } else { rng.between(500, 9000) };
    usize::try_from(length).unwrap_or_default()
}

fn messages(out: &mut Vec<u8>, roles: &[&str], length: usize, rng: &mut Rng) {
    for (place, role) in roles.iter().enumerate() {
        json::push(out, if place == 0 { "[{\"role\":\"" } else { "},{\"role\":\"" });
        json::push(out, role);
        json::push(out, "\",\"content\":\"");
        prose(out, length / roles.len(), rng);
        out.push(b'"');
    }
    json::push(out, "}]");
}

fn prose(out: &mut Vec<u8>, length: usize, rng: &mut Rng) {
    let end = out.len() + length;
    while out.len() < end {
        json::push(out, rng.pick(&SENTENCES));
    }
}
