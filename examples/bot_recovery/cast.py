"""The accounts of the story: what they put on the site, and what the site puts in their way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from examples.bot_recovery.site.members import Trouble
from examples.bot_recovery.system import Recovery
from examples.bot_recovery.warmup import Account


@dataclass(frozen=True, slots=True)
class Part:
    """An account that is to be: its text, and its troubles by action."""

    name: str
    troubles: Mapping[str, Sequence[Trouble]] = field(default_factory=dict[str, Any])
    text: str = "Fog over the fjord this morning."


FIRST = (
    Part("sunny"),
    Part("mia", {"follow": [Trouble.CAPTCHA]}),
    Part("jon", {"profile": [Trouble.CHALLENGE]}),
    Part("ana", text="Free followers, guaranteed: ask me how"),
    Part("lea", {"post": [Trouble.SLOW, Trouble.SLOW]}),
    Part("kai", {"follow": [Trouble.SLOW, Trouble.SLOW]}),
)
UNLUCKY = tuple(Part(name, {"profile": [Trouble.ERROR]}) for name in ("ida", "ole", "pia"))
UNLUCKIEST = Part("otto", {"follow": [Trouble.ERROR] * 3})
CUT_OFF = Part("cora", {"profile": [Trouble.HANG]})
FORGOTTEN = Part("noa", {"post": [Trouble.CAPTCHA]})


async def enrol(recovery: Recovery, part: Part, tag: str) -> Account:
    """The account of a part; `tag` keeps one evening's accounts apart from another's."""
    content = {
        "set_up_profile": {"bio": f"{part.name.title()} walks in the north."},
        "follow_people": {"follow": ["nordic.hikes"]},
        "first_post": {"text": part.text},
    }
    return await recovery.enrol(f"{part.name}.{tag}", content, part.troubles)
