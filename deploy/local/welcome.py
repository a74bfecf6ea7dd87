"""The first words of a stack that is up: where it is and how to get in."""

from collections.abc import Mapping
from dataclasses import dataclass

from rich.console import Group
from rich.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """What the welcome tells; `variables` are those of dev.env."""

    address: str
    variables: Mapping[str, str]
    mail: str
    dev_env: str


def lines(welcome: Welcome) -> list[tuple[str, str]]:
    """The welcome as (label, words)."""
    key = welcome.variables.get("HANDRAISE_API_KEY")
    return [
        ("open", welcome.address),
        *(("sign in", line) for line in sign_ins(welcome.variables)),
        *([("API key", key)] if key else []),
        ("mail sent", f"{welcome.mail}  or  python -m deploy.local mail"),
        ("settings", f"source {welcome.dev_env}"),
        ("see it work", "make demo"),
    ]


def sign_ins(variables: Mapping[str, str]) -> list[str]:
    """Who may sign in and how: each address that dev.env has a password for."""
    return [
        f"{variables[address]}  password  {password}"
        for name, password in variables.items()
        if name.endswith("_PASSWORD")
        and (address := f"{name.removesuffix('_PASSWORD')}_EMAIL") in variables
    ]


def rendered(welcome: Welcome) -> Group:
    """The welcome for a terminal."""
    drawn = [Text("Handraise is up.", style="bold green")]
    for label, words in lines(welcome):
        drawn.append(Text.assemble((f"  {label:<13}", "dim"), words))
    return Group(*drawn, Text(""))
