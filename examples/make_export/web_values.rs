//! Lists the values that browser events are put together from, already escaped as JSON wants them.

pub(crate) const NAMES: [(u64, &str); 11] = [
    (30, "$autocapture"),
    (22, "$pageview"),
    (14, "$pageleave"),
    (10, "$web_vitals"),
    (7, "product viewed"),
    (5, "$feature_flag_called"),
    (4, "checkout started"),
    (3, "search \\\"performed\\\""),
    (2, "$set"),
    (2, "$exception"),
    (1, "$rageclick"),
];

pub(crate) const LIBRARIES: [[&str; 2]; 5] = [
    [r#""$lib":"web""#, r#""$lib_version":"1.230.4""#],
    [r#""$lib":"web""#, r#""$lib_version":"1.229.2""#],
    [r#""$lib":"web""#, r#""$lib_version":"1.215.0""#],
    [r#""$lib":"web""#, r#""$lib_version":"1.170.1""#],
    [r#""$lib":"web""#, r#""$lib_version":"1.78.5""#],
];

pub(crate) const PATHS: [&str; 8] =
    ["/", "/pricing", "/docs/start", "/shop/item/42", "/cart", "/checkout", "/blog/caf%C3%A9", "/account/settings"];

pub(crate) const DEVICES: [&[&str]; 3] = [
    &[
        r#""$os":"Mac OS X""#,
        r#""$os_version":"10.15.7""#,
        r#""$browser":"Chrome""#,
        r#""$browser_version":133"#,
        r#""$device_type":"Desktop""#,
        r#""$raw_user_agent":"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Safari/537.36""#,
        r#""$screen_height":1080"#,
        r#""$screen_width":1920"#,
        r#""$viewport_height":934"#,
        r#""$viewport_width":1920"#,
        r#""$browser_language":"en-GB""#,
        r#""$browser_language_prefix":"en""#,
    ],
    &[
        r#""$os":"iOS""#,
        r#""$os_version":"18.3.1""#,
        r#""$browser":"Mobile Safari""#,
        r#""$browser_version":18.3"#,
        r#""$device_type":"Mobile""#,
        r#""$device":"iPhone""#,
        r#""$raw_user_agent":"Mozilla/5.0 (iPhone; CPU iPhone OS 18_3_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Mobile/15E148 Safari/604.1""#,
        r#""$screen_height":896"#,
        r#""$screen_width":414"#,
        r#""$viewport_height":673"#,
        r#""$viewport_width":402"#,
        r#""$browser_language":"pt-PT""#,
        r#""$browser_language_prefix":"pt""#,
    ],
    &[
        r#""$os":"Windows""#,
        r#""$os_version":"10""#,
        r#""$browser":"Firefox""#,
        r#""$browser_version":136"#,
        r#""$device_type":"Desktop""#,
        r#""$raw_user_agent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:136.0) Gecko/20100101 Firefox/136.0""#,
        r#""$screen_height":768"#,
        r#""$screen_width":1366"#,
        r#""$viewport_height":599"#,
        r#""$viewport_width":1366"#,
        r#""$browser_language":"es-419""#,
        r#""$browser_language_prefix":"es""#,
    ],
];

pub(crate) const PLACES: [&[&str]; 2] = [
    &[
        r#""$geoip_city_name":"Lisbon""#,
        r#""$geoip_country_name":"Portugal""#,
        r#""$geoip_country_code":"PT""#,
        r#""$geoip_continent_name":"Europe""#,
        r#""$geoip_continent_code":"EU""#,
        r#""$geoip_postal_code":"1269-001""#,
        r#""$geoip_latitude":38.731"#,
        r#""$geoip_longitude":-9.1373"#,
        r#""$geoip_accuracy_radius":100"#,
        r#""$geoip_time_zone":"Europe/Lisbon""#,
        r#""$geoip_subdivision_1_code":"11""#,
        r#""$geoip_subdivision_1_name":"Lisbon""#,
    ],
    &[
        r#""$geoip_city_name":"S\u00e3o Paulo""#,
        r#""$geoip_country_name":"Brazil""#,
        r#""$geoip_country_code":"BR""#,
        r#""$geoip_continent_name":"South America""#,
        r#""$geoip_continent_code":"SA""#,
        r#""$geoip_postal_code":null"#,
        r#""$geoip_latitude":-23.5335"#,
        r#""$geoip_longitude":-46.6359"#,
        r#""$geoip_accuracy_radius":20"#,
        r#""$geoip_time_zone":"America/Sao_Paulo""#,
        r#""$geoip_subdivision_1_code":"SP""#,
        r#""$geoip_subdivision_1_name":"São Paulo""#,
    ],
];

pub(crate) const ALWAYS: [&str; 14] = [
    r#""$host":"www.example.com""#,
    r#""$referrer":"$direct""#,
    r#""$referring_domain":"$direct""#,
    r#""$session_entry_host":"www.example.com""#,
    r#""$session_entry_referrer":"$direct""#,
    r#""$session_entry_referring_domain":"$direct""#,
    r#""$timezone":"Europe/Lisbon""#,
    r#""$ip":"192.0.2.1""#,
    r#""title":"Example \u2013 \"the\" shop""#,
    r#""$active_feature_flags":["new-cart","fast-search","beta \"two\""]"#,
    r#""$feature/new-cart":true"#,
    r#""$feature/fast-search":"variant-b""#,
    r#""$feature_flag_payloads":{"fast-search":"{\"depth\":3,\"mode\":\"a\\\\b\"}"}"#,
    r#""$configured_session_timeout_ms":1800000"#,
];

pub(crate) const SOMETIMES: [&str; 30] = [
    r#""$autocapture_disabled_server_side":false"#,
    r#""$console_log_recording_enabled_server_side":true"#,
    r#""$dead_clicks_enabled_server_side":false"#,
    r#""$exception_capture_enabled_server_side":true"#,
    r#""$web_vitals_enabled_server_side":true"#,
    r#""$web_vitals_allowed_metrics":null"#,
    r#""$recording_status":"active""#,
    r#""$replay_sample_rate":null"#,
    r#""$replay_minimum_duration":10000"#,
    r#""$replay_script_config":null"#,
    r#""$session_recording_start_reason":"session_id_changed""#,
    r#""$session_recording_canvas_recording":{}"#,
    r#""$session_recording_masking":{"maskAllInputs":false}"#,
    r#""$session_recording_network_payload_capture":{"capturePerformance":{"network_timing":true,"web_vitals":false}}"#,
    r#""$sdk_debug_replay_event_trigger_status":"trigger_disabled""#,
    r#""$sdk_debug_replay_linked_flag_trigger_status":"trigger_disabled""#,
    r#""$sdk_debug_replay_url_trigger_status":"trigger_pending""#,
    r#""$sdk_debug_replay_remote_trigger_matching_config":null"#,
    r#""$sdk_debug_retry_queue_size":0"#,
    r#""$config_defaults":"unset""#,
    r#""$timezone_offset":360"#,
    r#""$process_person_profile":true"#,
    r#""$groups":{"organization":"018afaa6-8b2e-7000-8311-d58d2df832ad","customer":"cus_example"}"#,
    r#""$group_0":"018afaa6-8b2e-7000-8311-d58d2df832ad""#,
    r#""$lib_custom_api_host":"https://e.example.com""#,
    r#""$geoip_city_confidence":null"#,
    r#""$geoip_country_confidence":null"#,
    r#""$transformations_succeeded":["GeoIP (018c1057-288d-7000-93bb-3bd44c845f22)"]"#,
    r#""$transformations_failed":[]"#,
    r#""is_demo_project":false"#,
];

/// Keys that matter at another level are nobody's here.
pub(crate) const LOOK_ALIKES: [&str; 5] = [
    r#""context":{"$session_id":"a look-alike","distinct_id":"nobody","timestamp":"2001-01-01T00:00:00Z"}"#,
    r#""payload":"{\"properties\":{\"$session_id\":\"a look-alike\"},\"event\":\"x\"}""#,
    r#""$initial_$session_id":"a look-alike""#,
    r#""history":[{"$session_id":"one","uuid":null},{"$session_id":"two"},[[["$session_id"]]]]"#,
    r#""session_id":"not the dollar one""#,
];

pub(crate) const LABELS: [&str; 12] = [
    r#"Save \"draft\""#,
    r"C:\\Users\\me\\",
    r"Gr\u00fc\u00dfe",
    r"Hello \ud83d\udc4b",
    "10 € – “quoted”",
    r"line\nbreak\tand tab",
    r#"{\"$session_id\":\"not this one\"}"#,
    r#"\\\""#,
    r"<b>bold</b> \u0026 more",
    r"\u0024session_id",
    "日本語のボタン",
    "Buy now",
];

pub(crate) const CHAIN: [&str; 5] = [
    r#"div.card.card--wide:attr__class=\"card card--wide\"attr__data-price=\"10 €\"nth-child=\"1\"nth-of-type=\"1\""#,
    r#"a.link:attr__href=\"/shop?q=%22shoes%22\"attr__title=\"Say \\\"hi\\\"\"href=\"/shop\"nth-child=\"4\"nth-of-type=\"2\"text=\"\u2192 Shop\""#,
    r#"section:attr__data-state=\"{&quot;open&quot;:true}\"attr__id=\"main\"attr_id=\"main\"nth-child=\"3\"nth-of-type=\"1\""#,
    r#"ul.list.list-inline.list-dense:attr__class=\"list list-inline list-dense\"nth-child=\"2\"nth-of-type=\"1\""#,
    r#"body.theme-dark:attr__class=\"theme-dark\"attr__data-path=\"C:\\\\temp\\\\\"nth-child=\"2\"nth-of-type=\"1\""#,
];

/// Stack frames without their end.
pub(crate) const EXCEPTIONS: [&str; 4] = [
    r#"{"filename":"https://www.example.com/static/chunk-PGUQKT6S.js","function":"?","platform":"web:javascript""#,
    r#"{"filename":"https://www.example.com/static/index.js","function":"n.loadForeignModule","platform":"web:javascript""#,
    r#"{"filename":"webpack://shop/./src/cart.ts","function":"Object.\"add\"","platform":"web:javascript""#,
    r#"{"filename":"<anonymous>","function":"Array.map","platform":"web:javascript","vars":{"$session_id":"a look-alike"}"#,
];
