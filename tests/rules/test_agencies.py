"""The register of agencies, as the file says it and nothing more."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.agencies import AgenciesFileWrong, AgencyRegistry, ConcernRule

CONTRACT_EXAMPLE = """\
municipalities:
  - {code: "2182", name: Söderhamns kommun, county: "21", concern_rule: {agencies: 3, days: 28}}
agencies:
  - {id: 2182-school, kind: school, name: "Barn- och utbildning, Söderhamn"}
  - {id: 2080-housing-kopparstaden, kind: housing, name: Kopparstaden, owes_weekly_report: true}
  - {id: 20-county-board, kind: county_board, name: Länsstyrelsen Dalarna}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "agencies.yaml"


def load(file: Path, text: str) -> AgencyRegistry:
    file.write_text(text, encoding="utf-8")
    return AgencyRegistry.load(file)


def test_the_contracts_example_loads(file: Path) -> None:
    """The example of the contract is a file the house takes."""
    register = load(file, CONTRACT_EXAMPLE)
    found = [(each.id, each.municipality, each.is_authority, each.owes_weekly_report) for each in register.all]
    assert found == [
        ("2182-school", "2182", True, False),
        ("2080-housing-kopparstaden", "2080", False, True),
        ("20-county-board", None, False, False),
    ]
    assert ["2182", "2080"] == [each.code for each in register.municipalities]
    assert register.get("2182-police") is None


def test_the_rule_of_concern_is_three_agencies_in_28_days_where_the_file_is_silent(file: Path) -> None:
    """The numbers are per municipality, and have a default."""
    register = load(
        file,
        """\
municipalities:
  - {code: "2182", name: A, county: "21"}
  - {code: "2080", name: B, county: "20", concern_rule: {agencies: 4, days: 14}}
agencies: []
""",
    )
    assert [ConcernRule(agencies=3, days=28), ConcernRule(agencies=4, days=14)] == [
        each.concern_rule for each in register.municipalities
    ]
    assert [3, 4, 3] == [register.concern_rule(code).agencies for code in ("2182", "2080", None)]


def test_a_municipalitys_agencies_are_those_whose_ids_begin_with_its_code(file: Path) -> None:
    """A county board, and any other municipality's agencies, are not among them."""
    register = load(file, CONTRACT_EXAMPLE)
    assert ["2182-school"] == [each.id for each in register.agencies_in("2182")]
    assert () == register.agencies_in("20")


def test_the_file_may_say_who_is_an_authority(file: Path) -> None:
    """An independent school is no authority, whatever its kind; the file can say so."""
    text = CONTRACT_EXAMPLE.replace("kind: school,", "kind: school, authority: false,")
    school = load(file, text).get("2182-school")
    assert school is not None
    assert not school.is_authority


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{id: 2080-housing", "{id: 2182-school, kind: school, name: X}\n  - {id: 2080-housing", "2182-school stands"),
        ("2182-school", "2128-school", "municipality 2128 is not listed"),
        ("20-county-board", "2080-county-board", "two digits"),
        ("2182-school", "21-school", "two digits"),
        ("kind: county_board", "kind: county_board, authority: true", "stands in a municipality"),
        ("2182-school", "2182_school", "agencies.0.id"),
        ("kind: school", "kind: university", "agencies.0.kind"),
        ("owes_weekly_report", "owes_weekly_reprot", "owes_weekly_reprot"),
        ('code: "2182"', "code: 2182", "municipalities.0.code"),
        ("days: 28", "days: 0", "municipalities.0.concern_rule.days"),
        ("agencies: 3", "agencies: 1", "municipalities.0.concern_rule.agencies"),
        ("municipalities:", "[", "is not YAML"),
        ("municipalities:", "places:", "municipalities"),
        (
            'county: "21"',
            'county: "21"}\n  - {code: "2182", name: Y, county: "21"',
            "municipality 2182 stands twice",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_one_line_that_says_where(file: Path, old: str, new: str, says: str) -> None:
    """Nothing is guessed: the first word names the file, the rest the place and the rule."""
    with pytest.raises(AgenciesFileWrong) as refused:
        load(file, CONTRACT_EXAMPLE.replace(old, new, 1))
    text = str(refused.value)
    assert text.startswith(f"{file}: ")
    assert says in text
    assert "\n" not in text


def test_a_missing_or_undecodable_file_is_one_line_too(file: Path) -> None:
    """The operator sees what is wrong with the file itself."""
    with pytest.raises(AgenciesFileWrong, match="cannot be read"):
        AgencyRegistry.load(file)
    file.write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(AgenciesFileWrong, match="UTF-8"):
        AgencyRegistry.load(file)
    file.write_bytes(b"")
    with pytest.raises(AgenciesFileWrong, match="the file"):
        AgencyRegistry.load(file)
