"""What a reviewer sees of a request, its hash, its revisions, and answers measured against it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jsonpatch

from event_schemas.types import Attachment, DecisionOption, Means, Revise
from kernel.canonical import canonical, digest
from kernel.errors import Flaw, Invalid
from kernel.question import GivenAttachment, Revision
from kernel.request.model import ANSWERING
from kernel.text import Json, JsonObject, pointer, to_text
from task_kinds.answers import answer_flaws
from task_kinds.forms import form_flaws

_patch_bytes = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a reviewer sees of one revision of a request; context and form are parsed JSON."""

    kind: str
    title: str
    description: str | None
    context: JsonObject
    form: JsonObject | None
    decisions: tuple[DecisionOption, ...]
    attachments: tuple[Attachment, ...]

    def hash(self) -> str:
        """SHA-256 (hex) over the RFC 8785 form; an answer names the hash it was given for."""
        return content_hash_of(
            kind=self.kind,
            title=self.title,
            description=self.description,
            context=self.context,
            form=self.form,
            decisions=self.decisions,
            attachments=self.attachments,
        )


def content_hash_of(
    *,
    kind: str,
    title: str,
    description: str | None,
    context: JsonObject,
    form: JsonObject | None,
    decisions: Sequence[DecisionOption],
    attachments: Sequence[Attachment],
) -> str:
    """SHA-256 (hex) over the RFC 8785 form of what a reviewer sees."""
    seen: dict[str, Any] = {
        "kind": kind,
        "title": title,
        "description": description,
        "context": context,
        "form": form,
        "decisions": [_plain(option) for option in decisions],
        "attachments": [attachment.as_record() for attachment in attachments],
    }
    return digest(seen)


def revise_command(
    revision: Revision, current: Content, files: tuple[Attachment, ...] = ()
) -> Revise:
    """The command that puts a revision in the place of the current content.

    `files` are those that the revision names, if it names any.

    Raises:
        Invalid: the new form is none.
    """
    flaws = form_faults(revision.form) if revision.form is not None else ()
    if flaws:
        raise Invalid(f"the revision has {len(flaws)} flaw(s)", flaws)
    given = {name: getattr(revision, name) for name in ("title", "description", "context", "form")}
    changed = replace(current, **{name: new for name, new in given.items() if new is not None})
    if revision.attachments is not None:
        changed = replace(changed, attachments=files)
    return Revise(
        title=changed.title,
        description=changed.description,
        context=to_text(changed.context),
        form=None if changed.form is None else to_text(changed.form),
        needs_data=needs_data(changed.form),
        attachments=changed.attachments,
        content_hash=changed.hash(),
        note=revision.note,
    )


def named_files(
    given: Sequence[GivenAttachment], known: Mapping[str, Attachment]
) -> tuple[Attachment, ...]:
    """The files that an input names, of those that are known.

    Raises:
        Invalid: one is not known, is another file, or is named twice; the flaws point under
            /attachments.
    """
    flaws: list[Flaw] = []
    files: list[Attachment] = []
    for place, one in enumerate(given):
        file = known.get(one.id)
        if file is None or one.sha256 not in (None, file.sha256):
            flaws.append(Flaw(f"/attachments/{place}", "there is no such attachment"))
        elif any(file.id == other.id for other in files):
            flaws.append(Flaw(f"/attachments/{place}", "is named twice"))
        else:
            files.append(replace(file, name=one.name or file.name))
    if flaws:
        raise Invalid(f"the attachments have {len(flaws)} flaw(s)", tuple(flaws))
    return tuple(files)


def form_faults(form: JsonObject) -> tuple[Flaw, ...]:
    """What is wrong with a form, at pointers under /form."""
    return tuple(Flaw(pointer("form", *flaw.path), flaw.detail) for flaw in form_flaws(form))


def needs_data(form: JsonObject | None) -> bool:
    """Whether an answer must bring data: an empty one would miss the form, which has no faults."""
    return form is not None and bool(answer_flaws({}, form))


def check_answer(data: Json | None, form: JsonObject | None, means: Means) -> None:
    """Checks the data of an answer whose decision means this.

    Without data, an answer must still fit the form as if it were empty; a refusal need not.

    Raises:
        Invalid: the data misses the form, or there is none; the flaws point under /data.
    """
    if form is None:
        if data is not None:
            raise Invalid("the answer does not fit", (Flaw("/data", "the request has no form"),))
        return
    if data is None and means not in ANSWERING:
        return
    missed = answer_flaws({} if data is None else data, form)
    if missed:
        flaws = tuple(Flaw(pointer("data", *flaw.path), flaw.detail) for flaw in missed)
        raise Invalid(f"the answer misses the form in {len(flaws)} place(s)", flaws)


def patch_between(original: Json, edited: Json) -> list[JsonObject]:
    """The JSON Patch (RFC 6902) that makes `edited` out of `original`.

    Large documents are replaced whole: finding the differences could take too long.
    """
    wanted = canonical(edited)
    before = canonical(original)
    if before == wanted:
        return []
    if len(before) + len(wanted) > _patch_bytes:
        return [{"op": "replace", "path": "", "value": edited}]
    operations: list[JsonObject] = jsonpatch.make_patch(original, edited).patch
    return operations


def _plain(option: DecisionOption) -> dict[str, Any]:
    return {**option.as_record(), "means": str(option.means)}
