"""A unified diff is read into files, hunks and numbered lines, and nothing of it gets lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web.views.unified import LineKind, is_unified_diff, parse_diff

GIT = """\
diff --git a/pay.py b/pay.py
index 3f1c2aa..9be1d00 100644
--- a/pay.py
+++ b/pay.py
@@ -10,4 +10,5 @@ def refund(order):
     load(order)
-    check(order)
+    # no check
+    pay(order)
     audit(order)
\x20
diff --git a/old name.txt b/new name.txt
similarity index 90%
rename from old name.txt
rename to new name.txt
diff --git a/logo.png b/logo.png
index 3f1c2aa..9be1d00 100644
Binary files a/logo.png and b/logo.png differ
diff --git a/gone.sql b/gone.sql
deleted file mode 100644
--- a/gone.sql
+++ /dev/null
@@ -1,2 +0,0 @@
-- a comment in SQL
-DROP TABLE x;
\\ No newline at end of file
"""


def test_files_are_named_by_what_they_are_now_or_were() -> None:
    assert [file.path for file in parse_diff(GIT)] == [
        "pay.py",
        "new name.txt",
        "logo.png",
        "gone.sql",
    ]


def test_lines_are_numbered_in_both_files() -> None:
    (hunk,) = parse_diff(GIT)[0].hunks
    assert hunk.heading == "def refund(order):"
    assert hunk.range == "@@ -10,4 +10,5 @@"
    assert [(line.kind, line.old, line.new) for line in hunk.lines] == [
        (LineKind.SAME, 10, 10),
        (LineKind.REMOVED, 11, None),
        (LineKind.ADDED, None, 11),
        (LineKind.ADDED, None, 12),
        (LineKind.SAME, 12, 13),
        (LineKind.SAME, 13, 14),
    ]


def test_gains_and_losses_are_counted() -> None:
    pay = parse_diff(GIT)[0]
    assert (pay.added, pay.removed) == (2, 1)


def test_what_git_says_about_a_file_is_kept_as_notes() -> None:
    files = parse_diff(GIT)
    assert files[1].notes[-1] == "rename to new name.txt"
    assert files[2].notes == ["Binary files a/logo.png and b/logo.png differ"]
    assert files[3].notes == ["deleted file mode 100644"]


def test_a_removed_line_that_looks_like_a_header_is_a_line() -> None:
    gone = parse_diff(GIT)[3].hunks[0]
    assert [line.text for line in gone.lines] == [
        "- a comment in SQL",
        "DROP TABLE x;",
        "No newline at end of file",
    ]
    assert gone.lines[-1].kind is LineKind.NOTE


def test_a_plain_diff_without_git_starts_a_file_at_each_pair_of_names() -> None:
    change = "@@ -1 +1 @@\n-x\n+y\n"
    text = f"--- a.txt\t2026-01-01\n+++ a.txt\n{change}--- b.txt\n+++ b.txt\n{change}"
    assert [(file.path, file.added, file.removed) for file in parse_diff(text)] == [
        ("a.txt", 1, 1),
        ("b.txt", 1, 1),
    ]


def test_a_hunk_alone_is_a_diff() -> None:
    (file,) = parse_diff("@@ -1 +1 @@\n-x\n+y")
    assert (file.path, file.added, file.removed) == ("", 1, 1)


def test_a_hunk_that_promises_more_than_it_has_ends_with_what_there_is() -> None:
    (file,) = parse_diff("--- a\n+++ b\n@@ -1,999999999 +1,999999999 @@\n-x\n+y")
    assert [line.text for line in file.hunks[0].lines] == ["x", "y"]


def test_what_stands_behind_a_hunk_is_told_not_hidden() -> None:
    (file,) = parse_diff("--- a\n+++ a\n@@ -1 +1 @@\n-x\n+y\n+ smuggled\nindex evil")
    assert file.notes == ["+ smuggled", "index evil"]


@pytest.mark.parametrize("text", ["...", "", "- a list\n- of points", "@@ nothing @@"])
def test_other_text_is_no_diff(text: str) -> None:
    assert not is_unified_diff(text)


diff_lines = st.lists(
    st.one_of(
        st.sampled_from(
            ["diff --git a/x b/x", "--- a/x", "+++ b/x", "@@ -1,3 +1,4 @@ f", "@@ -1 +1 @@"]
        ),
        st.builds(
            str.__add__,
            st.sampled_from(["+", "-", " ", "\\", ""]),
            st.text(alphabet=st.characters(exclude_characters="\n"), max_size=20),
        ),
    ),
    max_size=30,
)


@given(diff_lines)
def test_any_text_is_read_and_every_line_of_weight_is_found_again(lines: list[str]) -> None:
    files = parse_diff("\n".join(lines))
    found = [line.text for file in files for hunk in file.hunks for line in hunk.lines]
    found += [note for file in files for note in file.notes]
    weighty = [line for line in lines if line[:1] == "+" and not line.startswith("+++")]
    assert len(weighty) <= len(found)
