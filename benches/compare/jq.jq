# The audit in jq: sessions that break a rule, users told apart by person id. Run with --null-input and --raw-output.
#
# Times stay text where they can: the export's zones are all +00:00, so the padded texts order as the times do.

# 2025-03-14 00:00:00.5+00:00 as 2025-03-14T00:00:00.500000Z
def padded:
  .[0:10] + "T" + .[11:19] + "." + ((.[19:] | rtrimstr("+00:00") | ltrimstr(".")) + "000000")[0:6] + "Z";

# A padded time in microseconds since 1970.
def microseconds: (.[0:19] + "Z" | fromdateiso8601) * 1000000 + (.[20:26] | tonumber);

# Lower-case hex digits as a number.
def hex: reduce explode[] as $digit (0; . * 16 + if $digit > 57 then $digit - 87 else $digit - 48 end);

def is_uuid: test("^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32})$");

def session_id:
  if is_uuid
  then ascii_downcase | gsub("-"; "") | "\(.[0:8])-\(.[8:12])-\(.[12:16])-\(.[16:20])-\(.[20:])"
  else . end;

def rules:
  (.session_id | is_uuid) as $is_uuid
  | ($is_uuid and .session_id[14:15] == "7") as $is_version_7
  | (if $is_version_7 then .session_id | (.[0:8] + .[9:13] | hex) * 1000 else null end) as $minted
  | [
      if $is_uuid then empty else "not-a-uuid" end,
      if $is_uuid and ($is_version_7 | not) then "not-version-7" else empty end,
      if $is_version_7 and (.session_id[19:20] | test("[^89ab]")) then "not-rfc-variant" else empty end,
      if .persons > 1 then "shared-by-users" else empty end,
      if .spellings > 1 then "mixed-spelling" else empty end,
      if $minted and $minted > (.first | microseconds) then "id-after-first-event" else empty end,
      if $minted and (.last | microseconds) >= $minted + 86400000000 then "past-24-hours" else empty end
    ];

[
  inputs
  | (.properties."$session_id" | if . == null then "" else tostring end) as $id
  | select($id != "" and $id != "null")
  | [$id, (.timestamp | padded), .person_id // .distinct_id]
]
# Ids as they are spelled: few enough that whatever is asked of an id costs nothing.
| group_by(.[0])
| map({
    session_id: .[0][0] | session_id,
    events: length,
    first: map(.[1]) | min,
    last: map(.[1]) | max,
    persons: map(.[2]) | unique
  })
| group_by(.session_id)[]
| {
    session_id: .[0].session_id,
    spellings: length,
    events: map(.events) | add,
    first: map(.first) | min,
    last: map(.last) | max,
    persons: map(.persons[]) | unique | length
  }
| rules as $rules
| select($rules | length > 0)
| [.session_id, ($rules | join("|")), .events, .first, .last]
| @csv
