"""The journal of an environment: what it tells after a clean end, and after a crash."""

from examples.code_review.journal import Entry, Journal, Mark


def entry(deployment: str, mark: Mark, previous: str | None = None) -> Entry:
    return Entry(deployment=deployment, commit="c0ffee", mark=mark, at="now", previous=previous)


def journal(*entries: Entry) -> Journal:
    return Journal.read("".join(one.to_line() for one in entries))


def test_what_was_written_is_read() -> None:
    entries = (entry("wf-1", Mark.BEGAN, "old"), entry("wf-1", Mark.ROLLED_BACK))
    assert journal(*entries) == Journal(entries)


def test_a_deployment_that_only_began_was_interrupted() -> None:
    began = entry("wf-2", Mark.BEGAN, "old")
    found = journal(entry("wf-1", Mark.BEGAN), entry("wf-1", Mark.LIVE), began)
    assert found.interrupted == began
    assert found.ending_of("wf-2") is None


def test_a_deployment_that_ended_was_not_interrupted() -> None:
    for mark in (Mark.LIVE, Mark.ROLLED_BACK, Mark.INTERRUPTED):
        assert journal(entry("wf-1", Mark.BEGAN), entry("wf-1", mark)).interrupted is None


def test_one_that_was_interrupted_has_not_ended() -> None:
    found = journal(entry("wf-1", Mark.BEGAN), entry("wf-1", Mark.INTERRUPTED))
    assert found.ending_of("wf-1") is None


def test_an_empty_journal_tells_nothing() -> None:
    assert (journal().interrupted, journal().went_live()) == (None, [])


def test_a_line_that_a_crash_cut_off_was_never_written() -> None:
    whole = entry("wf-1", Mark.BEGAN)
    assert Journal.read(whole.to_line() + '{"deployment": "wf-1", "ma').entries == (whole,)
