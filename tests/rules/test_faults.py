"""Every fault of a message is found at once, at its place, in words that tell what to change and quote nothing."""

from __future__ import annotations

import ast
import copy
import json
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from shared.agencies import Agency, AgencyRegistry, Municipality
from shared.events.agencies import TYPES, ObservationSubmitted, PersonCategory, Submission
from shared.events.agencies.consents import ConsentFormIssued, ConsentWithdrawalReceived
from shared.intake.fault_texts import PYDANTIC_RULES, TEXTS
from shared.intake.faults import CODES, MOST_FAULTS, Fault, Rejected, at_most, fault, faults_of, pointer_to

MESSAGES = Path(__file__).parent.parent / "messages" / "in"
KINDS = {"school": "school", "police": "police", "leisure": "leisure", "social-services": "social_services"}
REGISTER = AgencyRegistry(
    [
        *(Agency.model_validate({"id": f"2182-{name}", "kind": kind, "name": name}) for name, kind in KINDS.items()),
        Agency(id="2182-coordinator", kind="coordinator", name="Samordnare"),
        Agency(id="2182-church", kind="church", name="Kyrkan"),
    ],
    [Municipality(code="2182", name="Söderhamns kommun", county="21")],
)
SAMPLES = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(MESSAGES.glob("*.json"))}
FORM, SIGNED, WITHDRAWAL = "consent-form.issued.v1", "consent-form.signed.v1", "consent-withdrawal.received.v1"
OBSERVATION, PLACE_EVENT = "observation.submitted.school.v1", "place-event.submitted.v1"
REPORT, SERIES, MINUTES = "weekly-report.submitted.v1", "meeting-series.planned.v1", "meeting-minutes.recorded.v1"
OURS = [FORM, SIGNED, WITHDRAWAL, OBSERVATION, PLACE_EVENT, REPORT, SERIES, MINUTES]
NOTHING = object()
ALL_CATEGORIES = list(get_args(PersonCategory))


def changed(data: dict[str, Any], changes: dict[str, object]) -> dict[str, Any]:
    """Return the data with the values at some pointers replaced, added, or (NOTHING) removed."""
    new = copy.deepcopy(data)
    for pointer, value in changes.items():
        *way, last = pointer.strip("/").split("/")
        place: Any = new
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        key = int(last) if isinstance(place, list) else last
        if value is NOTHING:
            del place[key]
        else:
            place[key] = value
    return new


def judged(name: str, changes: dict[str, object]) -> Submission | list[Fault]:
    shape = TYPES[SAMPLES[name]["type"]]
    text = json.dumps(changed(SAMPLES[name]["data"], changes))
    try:
        return shape.model_validate_json(text, strict=True, context=REGISTER, by_alias=True, by_name=False)
    except ValidationError as error:
        return faults_of(error)


def found(name: str, changes: dict[str, object]) -> list[tuple[str, str]]:
    result = judged(name, changes)
    return [] if isinstance(result, Submission) else [(each.pointer, each.code) for each in result]


NUMBER = "/youth/personal_identity_number"
CELL = {"from": "2182-school", "to": ["2182-police"], "categories": ["behaviour"]}
EVENT = SAMPLES[REPORT]["data"]["place_events"][0]


@pytest.mark.parametrize(
    ("name", "pointer", "value", "code"),
    [
        (FORM, NUMBER, "201306152389", "invalid_personal_identity_number"),
        (FORM, "/form_id", "201306152388", "wrong_value"),
        (FORM, "/guardians/0/guardian_id", "20130615-2388", "wrong_value"),
        (FORM, NUMBER, 201306152388, "wrong_type"),
        (FORM, "/youth/name", "N N", "wrong_value"),
        (FORM, "/programme", "sspff", "wrong_value"),
        (FORM, "/programme", 5, "wrong_type"),
        (FORM, "/guardians", {}, "wrong_type"),
        (FORM, "/guardians/0", "g1", "wrong_type"),
        (FORM, "/guardians/1/guardian_id", "g1", "wrong_value"),
        (FORM, "/purpose", "  ", "wrong_value"),
        (FORM, "/scope", [], "wrong_value"),
        (FORM, "/scope/0/from", "2182-schol", "unknown_agency"),
        (FORM, "/scope/0/from", "School", "wrong_value"),
        (FORM, "/scope/0/from", "2182-school\n", "wrong_value"),
        (FORM, "/scope/0/to/1", "2182-church", "not_an_authority"),
        (FORM, "/scope/0/to/1", "2182-school", "wrong_value"),
        (FORM, "/scope/0/to", [], "wrong_value"),
        (FORM, "/scope/0/categories", ["behaviour", "gossip"], "wrong_value"),
        (FORM, "/scope/0/categories", ALL_CATEGORIES, "scope_too_wide"),
        (FORM, "/scope/0/released_by", "2182-school", "wrong_value"),
        (FORM, "/valid_from", "2026-02-30", "wrong_value"),
        (FORM, "/valid_from", "2026-11-16T00:00:00", "wrong_value"),
        (FORM, "/valid_from", 20261116, "wrong_type"),
        (FORM, "/valid_to", "2026-11-15", "wrong_value"),
        (FORM, "/valid_to", "2027-11-17", "too_long_validity"),
        (FORM, "/valid_to", "9999-12-31", "wrong_value"),
        (FORM, "/text_sha256", "abc", "wrong_value"),
        (FORM, "/language", "svenska språket", "wrong_value"),
        (FORM, "/information_given/interpreter", "no", "wrong_type"),
        (FORM, "/collected_by", "2182-nobody", "unknown_agency"),
        (FORM, "/form_id", "with space", "wrong_value"),
        (FORM, "/form_id", "x" * 101, "wrong_value"),
        (SIGNED, "/signed_at", "2026-11-16T08:10:00", "wrong_value"),
        (SIGNED, "/signed_at", "1763280600", "wrong_value"),
        (SIGNED, "/signed_at", 1763280600, "wrong_type"),
        (SIGNED, "/signed_at", "0001-01-01T00:00:00+14:00", "wrong_value"),
        (SIGNED, "/signatory/guardian_id", NOTHING, "missing_field"),
        (SIGNED, "/signatory/role", "mother", "wrong_value"),
        (SIGNED, "/method", "fax", "wrong_value"),
        (WITHDRAWAL, "/scope", "half", "wrong_value"),
        (WITHDRAWAL, "/scope", [], "wrong_value"),
        (WITHDRAWAL, "/scope", 7, "wrong_type"),
        (WITHDRAWAL, "/channel", "sms", "wrong_value"),
        (OBSERVATION, "/concern_report", NOTHING, "missing_field"),
        (OBSERVATION, "/category", "littering", "wrong_value"),
        (OBSERVATION, "/payload", NOTHING, "missing_field"),
        (OBSERVATION, "/payload", "31 %", "wrong_type"),
        (OBSERVATION, "/sumary", "x", "wrong_value"),
        (PLACE_EVENT, "/severity", 4, "wrong_value"),
        (PLACE_EVENT, "/severity", "2", "wrong_type"),
        (PLACE_EVENT, "/severity", True, "wrong_type"),
        (PLACE_EVENT, "/severity", 2.0, "wrong_type"),
        (PLACE_EVENT, "/place_type", "forest", "wrong_value"),
        (PLACE_EVENT, "/category", "school_absence", "wrong_value"),
        (PLACE_EVENT, "/area", "Centrum\r\nBcc: x", "wrong_value"),
        (REPORT, "/iso_week", "2026-W54", "wrong_value"),
        (REPORT, "/iso_week", "2025-W53", "wrong_value"),
        (REPORT, "/iso_week", "2026-46", "wrong_value"),
        (REPORT, "/iso_week", "0000-W01", "wrong_value"),
        (REPORT, "/place_events", [], "wrong_value"),
        (REPORT, "/place_events", NOTHING, "missing_field"),
        (REPORT, "/nil_report", 0, "wrong_type"),
        (REPORT, "/trend", "unknown", "wrong_value"),
        (SERIES, "/starts_at", "2026-11-24T09:00:00+01:00", "wrong_value"),
        (SERIES, "/timezone", "Europe/Soderhamn", "wrong_value"),
        (SERIES, "/timezone", "../../etc/passwd", "wrong_value"),
        (SERIES, "/duration_minutes", 0, "wrong_value"),
        (SERIES, "/duration_minutes", "60", "wrong_type"),
        (SERIES, "/until", "2026-11-23", "wrong_value"),
        (SERIES, "/forum", "lunch", "wrong_value"),
        (SERIES, "/title", "Möte\nSubject: x", "wrong_value"),
        (SERIES, "/participants", [], "wrong_value"),
        (SERIES, "/participants/1/required", "yes", "wrong_type"),
        (SERIES, "/participants/2/agency", "2182-church", "not_an_authority"),
        (SERIES, "/organiser/agency", "2182-church", "not_an_authority"),
        (MINUTES, "/occurrence", "2026-11-24", "wrong_value"),
        (MINUTES, "/prioritised/0/by", [], "wrong_value"),
        (MINUTES, "/prioritised/0/by/0", "2182-church", "not_an_authority"),
        (MINUTES, "/actions/0/youth/personal_identity_number", "1", "invalid_personal_identity_number"),
        (MINUTES, "/attendance/0/agency", "2182-choir", "unknown_agency"),
    ],
)
def test_a_wrong_value_gives_one_fault_at_its_place(name: str, pointer: str, value: object, code: str) -> None:
    """One slip in a sample is one fault, with the pointer of the slip."""
    place = {"/scope/0/categories": "/scope/0/categories/1"} if value == ["behaviour", "gossip"] else {}
    assert [(place.get(pointer, pointer), code)] == found(name, {pointer: value})


@pytest.mark.parametrize(
    "email",
    [
        "a@b.se\r\nBcc: c@d.se",
        "a@b.se\n",
        "a@b.se, c@d.se",
        "a@b.se;c@d.se",
        "Anna <a@b.se>",
        "a b@c.se",
        "a@",
        "@b.se",
        "a@b",
        "a@[127.0.0.1]",
        "å@b.se",
        "a@söder.se",
        " a@b.se",
        "",
        "a" * 300 + "@b.se",
    ],
)
def test_only_one_plain_address_is_an_address(email: str) -> None:
    """Line breaks, lists, display names and what no mail server takes are refused."""
    pointer = "/participants/0/email"
    assert [(pointer, "wrong_value")] == found(SERIES, {pointer: email})


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=HOURLY",
        "FREQ=SECONDLY;COUNT=3",
        "FREQ=WEEKLY;INTERVAL=0",
        "FREQ=WEEKLY;BYHOUR=1,2,3",
        "FREQ=DAILY;UNTIL=20261201T000000Z",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;FREQ=DAILY",
        "FREQ=WEEKLY;;",
        "BYDAY=TU",
        "RRULE:FREQ=WEEKLY",
        "DTSTART:20200101T000000\nRRULE:FREQ=WEEKLY",
        "FREQ=YEARLY;INTERVAL=99999",
        "FREQ=WEEKLY;COUNT=0",
        "FREQ=MONTHLY;BYDAY=" + "MO," * 200,
        "every Tuesday",
        "",
    ],
)
def test_a_recurrence_that_is_none_or_too_often_is_refused(rule: str) -> None:
    """Finer than daily, endless in itself, without any meeting, or not RFC 5545."""
    assert [("/rrule", "wrong_value")] == found(SERIES, {"/rrule": rule})


@pytest.mark.parametrize(
    "rule",
    ["FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH", "FREQ=MONTHLY;BYDAY=1TU", "FREQ=YEARLY", "FREQ=DAILY;COUNT=5;WKST=MO"],
)
def test_a_recurrence_that_people_meet_by_is_taken(rule: str) -> None:
    """Weekly, monthly, yearly and daily rules pass."""
    assert [] == found(SERIES, {"/rrule": rule})


@pytest.mark.parametrize("length", ["P1D", "PT2H", "PT90M", "P1W", "P1DT12H"])
def test_a_reminder_is_a_duration_before_the_meeting(length: str) -> None:
    """ISO 8601 durations of weeks, days, hours and minutes."""
    assert [] == found(SERIES, {"/reminders/0": length})


@pytest.mark.parametrize(
    "length", ["1D", "P", "PT", "-P1D", "P0D", "PT0M", "P61D", "P1Y", "P1M", "PT1S", "24:00", "P1DT", ""]
)
def test_a_reminder_that_is_no_such_duration_is_refused(length: str) -> None:
    """Nothing after the meeting, nothing of no length, nothing two calendars would understand differently."""
    assert [("/reminders/0", "wrong_value")] == found(SERIES, {"/reminders/0": length})


def test_all_faults_of_a_message_come_at_once() -> None:
    """A sender corrects a message in one go: the answer names every slip, however deep and however far apart."""
    faults = found(
        FORM,
        {
            "/form_id": NOTHING,
            "/programme": "x",
            NUMBER: "201306152389",
            "/guardians/1/guardian_id": "g1",
            "/scope/0/from": "2182-nobody",
            "/scope/1/categories": ALL_CATEGORIES,
            "/scope/2/to/0": "2182-church",
            "/valid_to": "2028-11-16",
            "/information_given/plain_language": NOTHING,
            "/languge": "sv",
        },
    )
    assert sorted(faults) == [
        ("/form_id", "missing_field"),
        ("/guardians/1/guardian_id", "wrong_value"),
        ("/information_given/plain_language", "missing_field"),
        ("/languge", "wrong_value"),
        ("/programme", "wrong_value"),
        ("/scope/0/from", "unknown_agency"),
        ("/scope/1/categories", "scope_too_wide"),
        ("/scope/2/to/0", "not_an_authority"),
        ("/valid_to", "too_long_validity"),
        (NUMBER, "invalid_personal_identity_number"),
    ]


@pytest.mark.parametrize("name", OURS)
def test_an_empty_message_lists_every_required_field(name: str) -> None:
    """Every field the contract does not call optional is missed, and no other."""
    optional = {"summary", "excluded", "valid_to", "information_given", "until", "trend"}
    try:
        TYPES[SAMPLES[name]["type"]].model_validate_json("{}", strict=True)
    except ValidationError as error:
        missed = {each.pointer[1:] for each in faults_of(error)}
    # Whether a weekly report owes events depends on nil_report, which is missing itself.
    assert missed == SAMPLES[name]["data"].keys() - optional - {"place_events"}


@pytest.mark.parametrize(
    ("name", "pointer"),
    [
        (FORM, "/excluded"),
        (FORM, "/information_given"),
        (FORM, "/information_given/interpreter"),
        (FORM, "/information_given/child_adapted"),
        (OBSERVATION, "/summary"),
        (REPORT, "/trend"),
        (SERIES, "/until"),
    ],
)
def test_what_the_contract_calls_optional_may_be_left_out(name: str, pointer: str) -> None:
    """An optional field that is absent is no fault, and stays absent."""
    submission = judged(name, {pointer: NOTHING})
    assert isinstance(submission, Submission)
    kept = json.loads(submission.model_dump_json(by_alias=True, exclude_none=True))
    assert kept == changed(SAMPLES[name]["data"], {pointer: NOTHING})


@pytest.mark.parametrize(
    ("first", "last"), [("2026-11-16", "2027-05-15"), ("2026-08-31", "2027-02-27"), ("2027-08-31", "2028-02-28")]
)
def test_a_consent_without_last_day_lasts_six_months(first: str, last: str) -> None:
    """Counted as lag (1930:173) § 1 counts months."""
    form = judged(FORM, {"/valid_from": first, "/valid_to": NOTHING})
    assert isinstance(form, ConsentFormIssued)
    assert last == form.valid_to.isoformat()


def test_a_consent_may_last_exactly_twelve_months() -> None:
    """The cap is twelve months after the first day, and one day alone is a period too."""
    assert [] == found(FORM, {"/valid_to": "2027-11-16"}) == found(FORM, {"/valid_to": "2026-11-16"})


def test_a_wrong_first_day_is_one_fault_where_the_last_day_would_follow_from_it() -> None:
    """The default is not blamed for what it rests on."""
    assert [("/valid_from", "wrong_value")] == found(FORM, {"/valid_from": "soon", "/valid_to": NOTHING})


def test_everything_in_pieces_is_too_wide_too() -> None:
    """Two rows that together let one agency tell another everything are as wide as one."""
    rows = [CELL | {"categories": ALL_CATEGORIES[:6]}, CELL | {"categories": ALL_CATEGORIES[6:]}]
    assert [("/scope", "scope_too_wide")] == found(FORM, {"/scope": rows})
    everybody = list(map("2182-{}".format, KINDS))
    all_to_all = [
        {"from": each, "to": [other for other in everybody if other != each], "categories": ALL_CATEGORIES}
        for each in everybody
    ]
    assert {"scope_too_wide"} == {code for _, code in found(FORM, {"/scope": all_to_all})}


def test_a_youth_signs_without_guardian_id() -> None:
    """The youth is a signatory of its own; a guardian's id beside it would leave open who signed."""
    assert [] == found(SIGNED, {"/signatory": {"role": "youth"}})
    assert [("/signatory/guardian_id", "wrong_value")] == found(SIGNED, {"/signatory/role": "youth"})


def test_a_withdrawal_may_name_rows_of_the_scope() -> None:
    """A list of rows is read as the form's are, and its faults point into the list."""
    part = judged(WITHDRAWAL, {"/scope": [CELL]})
    assert isinstance(part, ConsentWithdrawalReceived)
    assert part.scope != "whole"
    assert [("2182-school", "2182-police", "behaviour")] == [
        (cell.released_by, cell.received_by, cell.category) for row in part.scope for cell in row.cells()
    ]
    assert [("/scope/1/from", "missing_field"), ("/scope/1/frm", "wrong_value")] == found(
        WITHDRAWAL, {"/scope": [CELL, {"frm": 1, "to": ["2182-police"], "categories": ["other"]}]}
    )


def test_a_nil_report_has_no_events_and_another_report_has() -> None:
    """`nil_report: true` with no events is a full answer, with or without the empty list."""
    assert [] == found(REPORT, {"/nil_report": True, "/place_events": []})
    assert [] == found(REPORT, {"/nil_report": True, "/place_events": NOTHING})
    assert [("/place_events", "wrong_value")] == found(REPORT, {"/nil_report": True})


def test_an_event_stands_once_in_a_report_and_may_bring_a_payload() -> None:
    """The second of two events with one id is the one pointed at."""
    assert [] == found(REPORT, {"/place_events/0/payload": {"own": [1, None]}})
    assert [("/place_events/1/place_event_id", "wrong_value")] == found(REPORT, {"/place_events": [EVENT, EVENT]})


def test_est_meets_with_others_than_authorities() -> None:
    """EST speaks about places: a church may take part in it, and in no other forum."""
    assert [] == found(SERIES, {"/forum": "est", "/participants/2/agency": "2182-church"})


def test_week_53_exists_in_2026() -> None:
    """ISO 8601: 2026 has 53 weeks."""
    assert [] == found(REPORT, {"/iso_week": "2026-W53"})


@pytest.mark.parametrize("name", OURS)
def test_no_text_quotes_what_was_sent(name: str) -> None:
    """Whatever stands in the fields, neither message nor pointer nor the exception repeats it."""
    secret = "HEMLIGT-4711"
    wrong: dict[str, object] = {f"/{field}": secret for field in SAMPLES[name]["data"] if not field.endswith("_id")}
    result = judged(name, wrong)
    assert isinstance(result, list)
    assert secret not in "".join(each.model_dump_json() for each in result) + str(Rejected(result)) + repr(
        Rejected(result)
    )


def test_a_pointer_is_escaped_and_stops_before_a_name_nobody_can_read() -> None:
    """RFC 6901 escapes; a name of 100,000 letters or with control characters is pointed at from outside."""
    data = SAMPLES[OBSERVATION]["data"] | {"a/b~c": 1}
    with pytest.raises(ValidationError) as wrong:
        ObservationSubmitted.model_validate(data)
    assert ["/a~1b~0c"] == [each.pointer for each in faults_of(wrong.value)]
    assert "/scope/0" == pointer_to(["scope", 0, "x" * 101, "y"])
    assert "/scope" == pointer_to(["scope", "a\x00b"])


def test_an_answer_lists_at_most_a_hundred_faults_and_says_so() -> None:
    """A message of ten thousand slips gets an answer that can be sent."""
    faults = judged(FORM, {"/guardians": [1] * 100_000})
    assert isinstance(faults, list)
    shown = at_most(faults)
    assert MOST_FAULTS == len(shown)
    assert "99" in shown[-1].message
    assert [shown[0]] == at_most(shown[:1])


def test_every_code_has_a_text_in_both_languages() -> None:
    """The codes of the contract and the texts are the same set, and no text is empty."""
    assert set(CODES) == {name.partition("/")[0] for name in TEXTS} == {name for name in TEXTS if "/" not in name}
    assert all(swedish.endswith(".") and english.endswith(".") for swedish, english in TEXTS.values())
    assert all(f"wrong_value/{why}" in TEXTS for why in PYDANTIC_RULES.values())


def test_every_text_the_code_asks_for_exists() -> None:
    """A fault whose text is missing would send an agency's message to the dead letters instead of an answer."""
    house = Path(__file__).parents[2]
    files = [path for folder in ("shared", "services") for path in (house / folder).rglob("*.py")]
    calls = [node for path in files for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    asked = {name for node in calls if isinstance(node, ast.Call) and (name := text_asked_for(node))}
    assert asked - TEXTS.keys() == set()
    assert len(asked) > 20


def text_asked_for(call: ast.Call) -> str | None:
    """Return `code/why` of a call of `fault` whose words are written out."""
    if not (isinstance(call.func, ast.Name) and call.func.id == "fault" and call.args):
        return None
    why = next((each.value for each in call.keywords if each.arg == "why"), ast.Constant(""))
    parts = [each.value for each in (call.args[0], why) if isinstance(each, ast.Constant)]
    return "/".join(str(part) for part in parts if part) if len(parts) == 2 else None


def test_the_samples_fault_is_worded_as_the_contract_words_it() -> None:
    """`submission.rejected` of the contract shows the text for a wrong check digit."""
    path = MESSAGES.parent / "out" / "submission.rejected.v1.json"
    shown = json.loads(path.read_text(encoding="utf-8"))["data"]["errors"]
    result = judged(OBSERVATION, {NUMBER: "201306152389"})
    assert isinstance(result, list)
    assert shown == [each.model_dump() for each in result]


def test_a_rejection_names_its_codes_only_and_is_never_empty() -> None:
    """What a log or traceback could show of a rejection is its codes."""
    assert "conflict, wrong_value" == str(Rejected([fault("wrong_value", "/a"), fault("conflict", "/b")]))
    with pytest.raises(ValueError, match="needs a fault"):
        Rejected([])


def test_every_submission_names_what_it_is_about() -> None:
    """`entity_id` is the id an answer gives back."""
    ids = {name: result.entity_id for name in OURS if isinstance(result := judged_freely(name), Submission)}
    form = "7e1a10d6-ac23-5953-8a85-0f096b00b573"
    assert ids == {
        FORM: form,
        SIGNED: form,
        WITHDRAWAL: form,
        OBSERVATION: "402f3056-ee22-5e2a-a5d2-39cbbd109bb0",
        PLACE_EVENT: "97cb5ffd-1b43-515a-9b79-364bff1c4172",
        REPORT: "2026-W46",
        SERIES: "fe8e7572-2bfd-58d3-960b-f99b444665a5",
        MINUTES: "fe8e7572-2bfd-58d3-960b-f99b444665a5/2026-11-24T09:00:00",
    }


def judged_freely(name: str) -> Submission:
    return TYPES[SAMPLES[name]["type"]].model_validate(SAMPLES[name]["data"])


def test_the_houses_own_names_are_no_names_for_agencies() -> None:
    """`released_by` is the code's word for the contract's `from`; from outside it is an unknown field."""
    row = {"released_by": "2182-school", "to": ["2182-police"], "categories": ["other"]}
    assert {("/scope/0/from", "missing_field"), ("/scope/0/released_by", "wrong_value")} == set(
        found(FORM, {"/scope": [row]})
    )


def test_a_pointer_never_holds_a_key_that_may_be_an_identity_number() -> None:
    """A pointer is told, and kept with the answer in the clear; it stops at the object that has the key."""
    assert "/payload" == pointer_to(["payload", "201306152388", "a"]) == pointer_to(["payload", "20130615-2388"])
    assert "/payload/2026-11-16/0" == pointer_to(["payload", "2026-11-16", 0])
