"""Kinds, tokens, and who one is."""

from typing import Any, ClassVar, Literal

from pydantic import ConfigDict

from api.rest.documents.base import Document


class KindDefinition(Document):
    """A definition in the format of `task_kinds/kind.schema.json`, checked in full when put."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow")


class KindDocument(Document):
    """A kind of question, as it was defined."""

    name: str
    version: str
    title: str
    description: str
    builtin: bool
    definition: dict[str, Any]


class KindsDocument(Document):
    """The kinds of a tenant: built in and its own."""

    items: list[KindDocument]


class TokenDocument(Document):
    """A token for the Authorization header, and for how many seconds it is good."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int


class MeDocument(Document):
    """Who the credential stands for."""

    kind: Literal["person", "agent"]
    id: str
    name: str
    tenant: str
    roles: list[str]
    teams: list[str]
    abilities: list[str]
    via: str | None
