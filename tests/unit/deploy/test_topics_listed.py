"""The list of topics that `make topics` prints."""

from deploy.topics import HEADINGS, rows_of, table
from kernel.settings import Settings
from kernel.topics import ALL, COMMANDS, LOG, REPLIES

SETTINGS = Settings(topic_prefix="north.")


def listed(**ends: list[int]) -> dict[str, dict[str, str]]:
    named = {f"north.human.input.{name}": found for name, found in ends.items()}
    rows = [dict(zip(HEADINGS, row, strict=True)) for row in rows_of(SETTINGS, named)]
    return {row["topic"].removeprefix("north."): row for row in rows}


def test_every_topic_is_listed_in_the_order_in_which_records_pass_through_it() -> None:
    assert list(listed()) == [topic.name for topic in ALL]


def test_a_topic_is_shown_with_its_partitions_and_all_that_was_ever_written() -> None:
    row = listed(log=[7, 0, 5])[LOG.name]
    assert (row["partitions"], row["written"]) == ("3", "12")


def test_a_topic_that_is_not_there_is_said_to_be_missing() -> None:
    row = listed(log=[1])[COMMANDS.name]
    assert (row["partitions"], row["written"]) == ("-", "missing")


def test_retention_is_told_in_words() -> None:
    rows = listed()
    kept = [rows[topic.name]["kept"] for topic in (LOG, COMMANDS, REPLIES)]
    assert kept == ["for ever", "7 d", "1 h"]


def test_the_columns_stand_under_their_headings() -> None:
    head, *lines = table(rows_of(SETTINGS, {}))
    place = head.index("carries")
    assert [line[place:] for line in lines] == [topic.carries for topic in ALL]
