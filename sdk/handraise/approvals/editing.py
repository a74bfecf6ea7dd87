"""Puts the arguments that a reviewer edited in the place of those that were asked for."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError

from handraise.approvals.binding import Bound, Terms, frozen
from handraise.approvals.canonical import canonical
from handraise.approvals.refusals import ApprovalChanged
from handraise.models import Json


def edited_call(function: Callable[..., Any], call: Bound, edited: Json, request_id: str) -> Bound:
    """The call with the edited arguments, each read as its parameter's annotation says.

    Raises ApprovalChanged where they don't fit: another set of parameters, or a value whose JSON
    would not be what was approved.
    """
    asked = call.terms
    if set(edited) != set(asked.arguments):
        raise ApprovalChanged(request_id, "The edit names other parameters than the function has")
    signature = inspect.signature(function)
    arguments = inspect.BoundArguments(signature, call.arguments.arguments.copy())
    hints = _hints(function)
    for name, value in edited.items():
        if canonical(value) != canonical(asked.arguments[name]):
            if name not in hints and _has_types(asked, name):
                raise ApprovalChanged(request_id, f"{name} has no annotation to read its edit by")
            kind = _whole(signature.parameters[name], hints.get(name, Any))
            arguments.arguments[name] = _read(kind, value, name, request_id)
    changed = frozen(arguments, asked.function, call.leave_out)
    if canonical(changed.terms.arguments) != canonical(edited):
        raise ApprovalChanged(request_id, "The edited arguments don't fit their parameters")
    return changed


def _read(kind: Any, value: Any, name: str, request_id: str) -> Any:
    try:
        return TypeAdapter[Any](kind).validate_json(canonical(value))
    except (ValidationError, PydanticSchemaGenerationError) as wrong:
        raise ApprovalChanged(request_id, f"The edit of {name} does not fit: {wrong}") from wrong


def _has_types(asked: Terms, name: str) -> bool:
    return any(at == f"/{name}" or at.startswith(f"/{name}/") for at in asked.types)


def _whole(parameter: inspect.Parameter, hint: Any) -> Any:
    """The type of all that a parameter takes: of `*args` a tuple, of `**kwargs` a dictionary."""
    match parameter.kind:
        case inspect.Parameter.VAR_POSITIONAL:
            return tuple[hint, ...]
        case inspect.Parameter.VAR_KEYWORD:
            return dict[str, hint]
        case _:
            return hint


def _hints(function: Callable[..., Any]) -> Mapping[str, Any]:
    """The annotations; none where one names what is not there at run time."""
    try:
        return get_type_hints(function, include_extras=True)
    except NameError:
        return {}
