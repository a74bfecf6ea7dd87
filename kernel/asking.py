"""What every front door does with a question before it sends it, in the same way."""

from collections.abc import Sequence
from dataclasses import replace

from event_schemas.types import Attachment, Open
from kernel.content import named_files
from kernel.directory.directory import Directory
from kernel.directory.principals import Principal
from kernel.errors import Flaw, Invalid, NotFound
from kernel.opening import Requester, open_command, rule_for
from kernel.question import GivenAttachment, Question
from kernel.resolution import terms_for
from task_kinds.kind import Kind

MAX_CORRELATION_CHARS = 255


def correlation_of(question: Question) -> str | None:
    """What ties a question to others, as its metadata say, where that is usable."""
    given = (question.metadata or {}).get("correlation_id")
    return given if isinstance(given, str) and len(given) <= MAX_CORRELATION_CHARS else None


async def open_for(
    directory: Directory, asker: Principal, question: Question, request_id: str
) -> Open:
    """The command that opens a question; its callback secret, if it brings one, is sealed.

    Raises:
        Invalid: it can't be asked so; all flaws, by JSON pointer into the question.
        Unavailable: the directory is away, and was when last asked for this.
    """
    try:
        kind = await directory.kinds.get(asker.tenant, question.kind)
    except NotFound as unknown:
        flaw = Flaw("/type", str(unknown))
        raise Invalid("the question has 1 flaw(s)", (flaw,)) from None
    people = await directory.people.named(asker.tenant, question.people)
    files = await files_of(directory, asker.tenant, question.attachments or ())
    requester = _requester(directory, asker, question, request_id)
    calendar = terms_for(question, kind).business
    hours = None if calendar is None else await directory.duty.hours(asker.tenant, calendar)
    command = open_command(question, kind, requester, people, files, hours=hours)
    command = await _with_rule(directory, asker.tenant, command, kind, request_id)
    if question.callback_secret is not None:
        secret = question.callback_secret
        await directory.request_secrets.put(asker.tenant, request_id, secret)
    return command


async def files_of(
    directory: Directory, tenant: str, given: Sequence[GivenAttachment]
) -> tuple[Attachment, ...]:
    """The tenant's files that an input names; from here on they stay.

    Raises:
        Invalid: it has none such; the flaws point under /attachments.
        Unavailable: the directory is away.
    """
    known = await directory.attachments.use(tenant, [one.id for one in given])
    return named_files(given, known)


async def _with_rule(
    directory: Directory, tenant: str, command: Open, kind: Kind, request_id: str
) -> Open:
    """The command with what a standing rule decides of it, if one does and has a use left."""
    rules = await directory.standing_rules.holding(tenant, kind.name)
    while (rule := rule_for(command, kind, rules)) is not None:
        if await directory.standing_rules.take(rule, request_id):
            return replace(command, auto_decision=rule.auto_decision())
        rules = [other for other in rules if other.id != rule.id]
    return command


def _requester(
    directory: Directory, asker: Principal, question: Question, request_id: str
) -> Requester:
    own = asker.key_id or asker.via
    if question.callback_secret is None:
        return Requester(id=asker.id, secret_ref=f"key:{own}" if own else None)
    secrets = directory.request_secrets
    return Requester(
        id=asker.id,
        secret_ref=secrets.reference(request_id, question.callback_secret),
        secret_mark=secrets.mark(request_id, question.callback_secret),
    )
