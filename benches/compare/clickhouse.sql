-- The audit in ClickHouse: sessions that break a rule, users told apart by person id.
-- The parameter `export` is the file's name. Typed columns are faster than JSONExtract on whole lines, and times read
-- as text are faster than a column of times.

WITH
event AS (
    SELECT
        properties.`$session_id` AS id,
        parseDateTime64BestEffort(timestamp, 6, 'UTC') AS time,
        coalesce(person_id, distinct_id) AS person
    FROM file(
        {export:String},
        JSONEachRow,
        'timestamp String, person_id Nullable(String), distinct_id Nullable(String),
         properties Tuple(`$session_id` Nullable(String))'
    )
),

-- Ids as they are spelled: few enough that whatever is asked of an id costs nothing.
spelled AS (
    SELECT
        id,
        toUUIDOrNull(id) AS uuid,
        count() AS events,
        min(time) AS first_event,
        max(time) AS last_event,
        min(person) AS one_person,
        max(person) AS other_person
    FROM event
    WHERE id NOT IN ('', 'null')
    GROUP BY id
),

session AS (
    SELECT
        coalesce(toString(uuid), id) AS session_id,
        isNotNull(any(uuid)) AS is_uuid,
        is_uuid AND substring(session_id, 15, 1) = '7' AS is_version_7,
        if(is_version_7, UUIDv7ToDateTime(any(uuid), 'UTC'), NULL) AS id_time,
        sum(events) AS total,
        min(first_event) AS first_time,
        max(last_event) AS last_time,
        min(one_person) <> max(other_person) AS is_shared,
        count() > 1 AS is_mixed
    FROM spelled
    GROUP BY session_id
)

SELECT
    session_id,
    arrayStringConcat(arrayFilter(rule -> rule <> '', [
        if(NOT is_uuid, 'not-a-uuid', ''),
        if(is_uuid AND NOT is_version_7, 'not-version-7', ''),
        if(is_version_7 AND substring(session_id, 20, 1) NOT IN ('8', '9', 'a', 'b'), 'not-rfc-variant', ''),
        if(is_shared, 'shared-by-users', ''),
        if(is_mixed, 'mixed-spelling', ''),
        if(id_time > first_time, 'id-after-first-event', ''),
        if(last_time >= id_time + INTERVAL 24 HOUR, 'past-24-hours', '')
    ]), '|') AS reasons,
    total AS events,
    formatDateTime(first_time, '%Y-%m-%dT%H:%i:%S.%fZ') AS first_event,
    formatDateTime(last_time, '%Y-%m-%dT%H:%i:%S.%fZ') AS last_event
FROM session
WHERE reasons <> ''
SETTINGS
    input_format_skip_unknown_fields = 1,
    input_format_json_ignore_unknown_keys_in_named_tuple = 1
