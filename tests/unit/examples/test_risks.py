"""What is wrong with a change, by its paths, its size and its lines, and what that adds up to."""

from pathlib import Path

import pytest

from examples.code_review.analysers import analyse
from examples.code_review.changes import ChangedFile, read_change
from examples.code_review.findings import Finding, Severity, risk_of
from examples.code_review.path_rules import affected_systems, findings_in
from examples.code_review.reviewer import Decision, advice, asked
from examples.code_review.sample import RANGE, build_sample


def file(path: str, added: int | None = 5, *, is_deleted: bool = False) -> ChangedFile:
    return ChangedFile(
        path=path, is_deleted=is_deleted, added=added, removed=0, added_lines=frozenset()
    )


def finding(severity: Severity, line: int | None = None, rule: str = "r") -> Finding:
    return Finding(severity=severity, path="a.py", line=line, rule=rule, message="is wrong.")


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("migrations/0002.py", "path-schema"),
        ("db/schema.sql", "path-schema"),
        ("auth/tokens.py", "path-sign-in"),
        ("shop/login.py", "path-sign-in"),
        ("payments/refunds.py", "path-money"),
        (".github/workflows/ci.yml", "path-delivery"),
        ("Dockerfile", "path-delivery"),
        ("requirements.txt", "path-dependencies"),
        ("web/package-lock.json", "path-dependencies"),
    ],
)
def test_a_path_tells_what_it_touches(path: str, rule: str) -> None:
    assert rule in {one.rule for one in findings_in([file(path), file("tests/test_x.py")])}


def test_a_path_that_says_nothing_is_no_finding() -> None:
    assert findings_in([file("docs/readme.md")]) == []


@pytest.mark.parametrize(
    ("files", "rule"),
    [
        ([file("tests/test_x.py", is_deleted=True)], "test-removed"),
        ([file("shop.py")], "test-missing"),
        ([file("a.md", 151)], "size-lines"),
        ([file(f"{number}.md") for number in range(21)], "size-files"),
        ([file("logo.png", None)], "binary"),
    ],
)
def test_size_tests_and_binaries_are_told(files: list[ChangedFile], rule: str) -> None:
    assert {one.rule for one in findings_in(files)} == {rule}


def test_the_systems_a_change_touches_are_its_top_folders() -> None:
    files = [file("payments/a.py"), file("payments/b.py"), file("app.py"), file("tests/test_a.py")]
    assert affected_systems(files) == ["app", "payments"]


@pytest.mark.parametrize(
    ("severities", "level"),
    [
        ([], Severity.LOW),
        ([Severity.LOW] * 4, Severity.LOW),
        ([Severity.MEDIUM], Severity.MEDIUM),
        ([Severity.HIGH], Severity.HIGH),
        ([Severity.CRITICAL], Severity.CRITICAL),
        ([Severity.HIGH] * 3, Severity.CRITICAL),
    ],
)
def test_risks_add_up(severities: list[Severity], level: Severity) -> None:
    found = [finding(one, line=number) for number, one in enumerate(severities)]
    assert risk_of(found).level is level


def test_the_worst_is_told_first_and_nothing_twice() -> None:
    found = [finding(Severity.LOW), finding(Severity.CRITICAL), finding(Severity.LOW)]
    assert [one.severity for one in risk_of(found).findings] == [Severity.CRITICAL, Severity.LOW]


def test_a_finding_survives_its_json() -> None:
    assert Finding.from_json(finding(Severity.HIGH, 3).to_json()) == finding(Severity.HIGH, 3)


def test_the_analysers_find_what_the_change_brings_and_nothing_older(tmp_path: Path) -> None:
    change = read_change(build_sample(tmp_path / "shop"), RANGE)
    rules = {(one.rule, one.path) for one in analyse(change)}
    assert {
        ("bandit B602", "payments/refunds.py"),
        ("bandit B608", "payments/ledger.py"),
        ("ruff B006", "payments/refunds.py"),
    } <= rules
    added = {one.path: one.added_lines for one in change.files}
    assert [one for one in analyse(change) if one.line not in added[one.path]] == []


def test_a_reviewer_is_advised_to_reject_what_is_gravely_wrong_in_the_code() -> None:
    grave = [finding(Severity.HIGH, 3), finding(Severity.CRITICAL, 7)]
    assert advice(grave) == Decision("reject", "a.py:3: is wrong, and 1 more like it.")
    assert advice([finding(Severity.HIGH)]).word == "approve"
    assert advice([]).word == "approve"


async def test_the_person_at_the_terminal_decides() -> None:
    suggested = Decision("reject", "because")

    async def decided(*keys: str) -> Decision:
        lines = iter(keys)

        async def prompt(_: str) -> str:
            return next(lines)

        return await asked(prompt, suggested)

    assert await decided("x\n", "\n", "c\n", "\n") == Decision("request_changes", "because")
    assert await decided("Approve\n", " fine \n") == Decision("approve", "fine")
