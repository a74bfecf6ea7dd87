"""The pages of users: agents, results, reviews, credits."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from examples.creator_reviews.accounts import statement_of
from examples.creator_reviews.refusals import AlreadyAsked
from examples.creator_reviews.web.rendering import own_page
from examples.creator_reviews.web.shop import posted, shop_of, visitor_of

router = APIRouter(include_in_schema=False)


@router.get("/")
async def home(request: Request) -> Response:
    """The agents, and the user's latest results."""
    visitor, shop = await visitor_of(request), shop_of(request)
    agents = await shop.catalog.agents()
    return await own_page(
        request,
        visitor,
        "home",
        agents=agents,
        names={agent.id: agent.name for agent in agents},
        executions=await shop.executions.of_user(visitor.user.id),
    )


@router.get("/agents/{agent_id}")
async def show_agent(request: Request, agent_id: str) -> Response:
    """What an agent needs for a run."""
    visitor, shop = await visitor_of(request), shop_of(request)
    agent = await shop.catalog.agent(agent_id)
    creator = await shop.catalog.user(agent.creator_id)
    return await own_page(request, visitor, "agent", agent=agent, creator=creator)


@router.post("/agents/{agent_id}/run")
async def run(request: Request, agent_id: str) -> Response:
    """Run it."""
    form, shop = await posted(request), shop_of(request)
    execution_id = await shop.user_acts.run(
        form.user, agent_id, form.group("input"), form.group("parameter"), form.once
    )
    return _to_result(execution_id)


@router.get("/executions/{execution_id}")
async def show_result(request: Request, execution_id: str) -> Response:
    """A result, and the review of it."""
    visitor, shop = await visitor_of(request), shop_of(request)
    # In this order: what has ended is never shown beside an execution that still waits for it.
    review = await shop.reader.latest_of(execution_id)
    execution = await shop.executions.get(execution_id, visitor.user.id)
    agent = await shop.catalog.agent(execution.agent_id)
    return await own_page(
        request,
        visitor,
        "execution",
        execution=execution,
        agent=agent,
        creator=await shop.catalog.user(agent.creator_id),
        review=review,
        messages=await shop.reader.messages(review.id) if review else [],
    )


@router.post("/executions/{execution_id}/review")
async def ask(request: Request, execution_id: str) -> Response:
    """Ask the creator; a second click finds that the first one did."""
    form, shop = await posted(request), shop_of(request)
    try:
        await shop.user_acts.ask(form.user, execution_id, form.fields.get("note", ""))
    except AlreadyAsked:
        return _to_result(execution_id)
    return _to_result(execution_id)


@router.post("/executions/{execution_id}/message")
async def write(request: Request, execution_id: str) -> Response:
    """Write to the creator."""
    form, shop = await posted(request), shop_of(request)
    text = form.fields.get("text", "")
    await shop.user_acts.write(form.user, execution_id, text, form.once)
    return _to_result(execution_id)


@router.post("/executions/{execution_id}/withdraw")
async def withdraw(request: Request, execution_id: str) -> Response:
    """Take the question back."""
    form, shop = await posted(request), shop_of(request)
    await shop.user_acts.withdraw(form.user, execution_id)
    return _to_result(execution_id)


@router.get("/reviews")
async def show_reviews(request: Request) -> Response:
    """The reviews that the user asked for."""
    visitor, shop = await visitor_of(request), shop_of(request)
    reviews = await shop.reader.asked_by(visitor.user.id)
    return await own_page(request, visitor, "reviews", reviews=reviews)


@router.get("/credits")
async def show_credits(request: Request) -> Response:
    """Where the user's credits came from and went to."""
    visitor, shop = await visitor_of(request), shop_of(request)
    lines = await statement_of(shop.pool, visitor.user.id)
    return await own_page(request, visitor, "credits", lines=lines)


def _to_result(execution_id: str) -> Response:
    return RedirectResponse(f"/executions/{execution_id}", 303)
