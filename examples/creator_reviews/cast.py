"""Who is in the marketplace: its users, the agents, and their creators at Handraise."""

from examples.common.household import Household, Key
from examples.creator_reviews.catalog import Agent, Catalog, User
from examples.creator_reviews.question import KIND

URSULA, OMAR, CARLA, CHEN = "ursula", "omar", "carla", "chen"
CREATORS = (CARLA, CHEN)
_NAMES = {URSULA: "Ursula Unger", OMAR: "Omar Osei", CARLA: "Carla Conti", CHEN: "Chen Chao"}
_CREDIT = 200
_THREE_DAYS = 3 * 24 * 3600


def _agent(tool: str, name: str, description: str, creator: str, *, reviews: bool) -> Agent:
    return Agent(tool, name, description, tool, creator, 5, reviews, 45, _THREE_DAYS)


AGENTS = (
    _agent("letters", "Letter writer", "Makes a letter of a few points.", CARLA, reviews=True),
    _agent("summaries", "Summariser", "Shortens a text to what matters.", CHEN, reviews=True),
    _agent("headlines", "Headline finder", "Proposes three headlines.", CHEN, reviews=False),
)


async def key_and_people(household: Household) -> tuple[Key, dict[str, str]]:
    """The marketplace's key at Handraise, and its creators' ids there."""
    people = {one: await _person(household, one) for one in CREATORS}
    key = await household.key(
        "creator-reviews", ["ask", "read", "act_for"], act_for=list(people.values())
    )
    return key, people


async def furnish(catalog: Catalog, people: dict[str, str]) -> None:
    """Put everybody and everything in."""
    for user_id, name in _NAMES.items():
        is_creator = user_id in CREATORS
        user = User(user_id, name, email_of(user_id), people.get(user_id))
        await catalog.put_user(user, 0 if is_creator else _CREDIT)
    for agent in AGENTS:
        await catalog.put_agent(agent)


def email_of(user_id: str) -> str:
    """A user's address."""
    return f"{user_id}@market.example.org"


async def _person(household: Household, user_id: str) -> str:
    return await household.person(email_of(user_id), _NAMES[user_id], roles=[f"reviewer:{KIND}"])
