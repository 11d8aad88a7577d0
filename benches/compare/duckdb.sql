-- The audit in DuckDB: sessions that break a rule, users told apart by person id.
-- The file's name is in the variable `export`. Naming the columns makes the reader skip all others; taking them out of
-- each line with json_extract is three times slower.

WITH event AS (
    SELECT properties."$session_id" AS id, "timestamp" AS time, coalesce(person_id, distinct_id) AS person
    FROM read_json(
        getvariable('export'),
        format = 'newline_delimited',
        columns = {
            'timestamp': 'TIMESTAMP',
            'person_id': 'VARCHAR',
            'distinct_id': 'VARCHAR',
            'properties': 'STRUCT("$session_id" VARCHAR)'
        }
    )
),

-- Ids as they are spelled: few enough that whatever is asked of an id costs nothing.
spelled AS (
    SELECT
        id,
        regexp_full_match(id, '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}') AS is_uuid,
        CASE WHEN is_uuid THEN id::UUID::VARCHAR ELSE id END AS session_id,
        count(*) AS events,
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
        session_id,
        is_uuid,
        is_uuid AND session_id[15] = '7' AS is_version_7,
        try_cast('0x' || session_id[1:8] || session_id[10:13] AS BIGINT) AS minted_ms,
        CASE WHEN is_version_7 THEN make_timestamp_ms(minted_ms) END AS id_time,
        sum(events)::BIGINT AS events,
        min(first_event) AS first_event,
        max(last_event) AS last_event,
        min(one_person) <> max(other_person) AS is_shared,
        count(*) > 1 AS is_mixed
    FROM spelled
    GROUP BY session_id, is_uuid
)

SELECT
    session_id,
    concat_ws('|',
        CASE WHEN NOT is_uuid THEN 'not-a-uuid' END,
        CASE WHEN is_uuid AND NOT is_version_7 THEN 'not-version-7' END,
        CASE WHEN is_version_7 AND session_id[20] NOT IN ('8', '9', 'a', 'b') THEN 'not-rfc-variant' END,
        CASE WHEN is_shared THEN 'shared-by-users' END,
        CASE WHEN is_mixed THEN 'mixed-spelling' END,
        CASE WHEN id_time > first_event THEN 'id-after-first-event' END,
        CASE WHEN last_event >= id_time + INTERVAL 24 HOURS THEN 'past-24-hours' END
    ) AS reasons,
    events,
    strftime(first_event, '%Y-%m-%dT%H:%M:%S.%fZ') AS first_event,
    strftime(last_event, '%Y-%m-%dT%H:%M:%S.%fZ') AS last_event
FROM session
WHERE reasons <> ''
