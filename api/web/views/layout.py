"""Lays a question's content out as its kind's view asks; what the view does not know stays values.

The views are those of the kinds: json, text, diff, form, comparison, media and failure. A context
that does not hold what its view looks for is shown as values, whatever the kind says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.web.context_view import Named, named, pretty, spoken
from api.web.views.diff import Diff, diff_of, is_diff
from api.web.views.draft import Draft, draft_of
from api.web.views.pictures import File, files_of
from api.web.views.risk import Risk, is_risk, risk_of
from api.web.views.split import Split, split_of
from api.web.views.trail import Trail, trail_of

WITH_TEXT = frozenset({"text", "media"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How the reader wants it: diffs side by side or in one column, and cut or whole."""

    side_by_side: bool = True
    everything: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A question's content in panels; a panel that has nothing to show is None or empty."""

    view: str
    diffs: tuple[Diff, ...]
    risks: tuple[Risk, ...]
    draft: Draft | None
    split: Split | None
    trail: Trail | None
    files: tuple[File, ...]
    rest: tuple[Named, ...]
    json: str

    @property
    def pictures(self) -> tuple[File, ...]:
        """The files that are shown as pictures."""
        return tuple(file for file in self.files if file.is_picture)

    @property
    def saved(self) -> tuple[File, ...]:
        """The files that can only be saved."""
        return tuple(file for file in self.files if not file.is_picture)

    @property
    def editable(self) -> Draft | None:
        """The text that a reviewer may change with the answer."""
        return self.split.output if self.split is not None else self.draft

    @property
    def is_grave(self) -> bool:
        """Whether a risk of it is said to be high or critical."""
        return any(risk.is_grave for risk in self.risks)


def layout_of(
    content: Any,
    view: str,
    attachments: Sequence[Mapping[str, Any]] = (),
    wish: Wish | None = None,
) -> Layout:
    """A context and its files, laid out for this view."""
    wish = wish or Wish()
    context: Mapping[str, Any] = content if isinstance(content, dict) else {"context": content}
    diffs = {k: v for k, v in context.items() if is_diff(k, v)}
    risks = {k: v for k, v in context.items() if is_risk(k, v)}
    used = {*diffs, *risks}
    left = {k: v for k, v in context.items() if k not in used}
    draft, split, trail = None, None, None
    if view in WITH_TEXT and (draft := draft_of(left)):
        used |= {draft.path[0], draft.original_key}
    elif view == "comparison":
        split, found = split_of(left)
        used |= found
    elif view == "failure":
        trail, found = trail_of(left)
        used |= found
    return Layout(
        view=view,
        diffs=tuple(
            diff_of(
                spoken(key),
                text,
                prefix=f"file-{index + 1}",
                side_by_side=wish.side_by_side,
                everything=wish.everything,
            )
            for index, (key, text) in enumerate(diffs.items())
        ),
        risks=tuple(risk_of(k, v) for k, v in risks.items()),
        draft=draft,
        split=split,
        trail=trail,
        files=files_of(attachments),
        rest=tuple(named(k, v) for k, v in context.items() if k not in used),
        json=pretty(context),
    )
