"""Jars: exactly the locked ones, by whichever route, or none and a sentence."""

import hashlib
from pathlib import Path

import pytest

from deploy.local.fetching import FetchFailed, Wanted
from deploy.local.jars import LOCK, POM, Route, ensure_jars, faults, parse_lock
from deploy.local.progress import Progress
from deploy.local.trouble import Trouble

CONTENT = {"a-1.jar": b"first", "b-2.jar": b"second"}


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    file = tmp_path / "jars.lock"
    lines = [f"{hashlib.sha256(data).hexdigest()}  {name}" for name, data in CONTENT.items()]
    file.write_text("\n".join(["# a comment", "", *lines]), encoding="utf-8")
    return file


def giving(files: dict[str, bytes], calls: list[str] | None = None) -> Route:
    def route(wanted: Wanted, target: Path, progress: Progress) -> None:
        for name, data in files.items():
            (target / name).write_bytes(data)
        if calls is not None:
            calls.append("fetched")

    return route


def refusing(wanted: Wanted, target: Path, progress: Progress) -> None:
    (target / "half.jar").write_bytes(b"half")
    raise FetchFailed("nobody is there")


def left_in(cache: Path) -> set[str]:
    return {path.name for path in cache.iterdir()} - {"jars.lock"}


def test_every_locked_jar_is_given_in_order_of_names(tmp_path: Path, lock: Path) -> None:
    jars = ensure_jars(tmp_path / "cache", routes=[giving(CONTENT)], lock=lock)
    assert {jar.name: jar.read_bytes() for jar in jars} == CONTENT
    assert jars == sorted(jars)


def test_what_a_route_brings_beyond_the_lock_is_left_out(tmp_path: Path, lock: Path) -> None:
    route = giving(CONTENT | {"old-kafka-clients.jar": b"old"})
    jars = ensure_jars(tmp_path / "cache", routes=[route], lock=lock)
    assert {path.name for path in jars[0].parent.iterdir()} == set(CONTENT)


def test_jars_that_are_there_are_not_fetched_again(tmp_path: Path, lock: Path) -> None:
    calls: list[str] = []
    for _ in range(2):
        ensure_jars(tmp_path / "cache", routes=[giving(CONTENT, calls)], lock=lock)
    assert calls == ["fetched"]


def test_a_jar_that_was_damaged_is_fetched_again(tmp_path: Path, lock: Path) -> None:
    jars = ensure_jars(tmp_path / "cache", routes=[giving(CONTENT)], lock=lock)
    jars[0].write_bytes(b"damaged")
    again = ensure_jars(tmp_path / "cache", routes=[giving(CONTENT)], lock=lock)
    assert again[0].read_bytes() == CONTENT["a-1.jar"]


def test_another_route_is_tried_when_one_fails_or_brings_the_wrong_bytes(
    tmp_path: Path, lock: Path
) -> None:
    wrong = giving(CONTENT | {"b-2.jar": b"forged"})
    jars = ensure_jars(tmp_path / "cache", routes=[refusing, wrong, giving(CONTENT)], lock=lock)
    assert [jar.read_bytes() for jar in jars] == list(CONTENT.values())
    assert left_in(tmp_path / "cache") == {jars[0].parent.name}


def test_when_nothing_helps_a_sentence_says_why_and_nothing_is_left(
    tmp_path: Path, lock: Path
) -> None:
    wrong = giving(CONTENT | {"b-2.jar": b"forged"})
    with pytest.raises(Trouble) as trouble:
        ensure_jars(tmp_path / "cache", routes=[refusing, wrong], lock=lock)
    assert "nobody is there; b-2.jar has another checksum" in trouble.value.what
    assert "HANDRAISE_KAFKA" in trouble.value.way_out
    assert left_in(tmp_path / "cache") == set()


def test_a_fetch_that_was_killed_is_cleaned_up_by_the_next(tmp_path: Path, lock: Path) -> None:
    abandoned = tmp_path / "cache" / ".fetch-abc"
    abandoned.mkdir(parents=True)
    jars = ensure_jars(tmp_path / "cache", routes=[giving(CONTENT)], lock=lock)
    assert left_in(tmp_path / "cache") == {jars[0].parent.name}


def test_the_committed_lock_holds_the_broker_and_one_log_binding_that_it_can_use() -> None:
    locked = parse_lock(LOCK.read_text(encoding="utf-8"))
    assert "kafka_2.13-4.3.1.jar" in locked
    assert [name for name in locked if name.startswith("log4j-slf4j")] == [
        "log4j-slf4j-impl-2.25.4.jar"
    ]


def test_each_root_of_the_pom_is_a_locked_jar() -> None:
    locked = parse_lock(LOCK.read_text(encoding="utf-8"))
    roots = Wanted(pom=POM, names=frozenset()).roots()
    names = ["-".join(root.split(":")[1:]) + ".jar" for root in roots]
    assert len(names) == 3
    assert set(names) <= locked.keys()


@pytest.mark.parametrize(
    "line", ["abc  a.jar", f"{'0' * 64} a.jar", f"{'0' * 64}  a.zip", f"{'0' * 64}  ../a.jar"]
)
def test_a_line_of_the_lock_that_makes_no_sense_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        parse_lock(f"# head\n{line}\n")


def test_a_jar_locked_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="line 2"):
        parse_lock(f"{'0' * 64}  a.jar\n{'1' * 64}  a.jar\n")


def test_faults_name_what_is_missing(tmp_path: Path) -> None:
    assert faults(tmp_path, {"a.jar": "0" * 64}) == ["a.jar is missing"]
