"""The pages of creators: the inbox, and a review with inputs, output and conversation."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from examples.creator_reviews.creator_acts import Decision, Delivery
from examples.creator_reviews.refusals import Wrong
from examples.creator_reviews.web.rendering import own_page
from examples.creator_reviews.web.shop import posted, shop_of, visitor_of

router = APIRouter(include_in_schema=False, prefix="/inbox")


@router.get("")
async def show_inbox(request: Request) -> Response:
    """What the creator is asked for."""
    visitor, shop = await visitor_of(request), shop_of(request)
    reviews = await shop.reader.asked_of(visitor.user.id)
    return await own_page(request, visitor, "inbox", reviews=reviews)


@router.get("/{review_id}")
async def show_review(request: Request, review_id: str) -> Response:
    """Inputs and context, the current output, and the conversation, side by side."""
    visitor, shop = await visitor_of(request), shop_of(request)
    review = await shop.creator_acts.review(visitor.user, review_id)
    return await own_page(
        request,
        visitor,
        "consultation",
        review=review,
        agent=await shop.catalog.agent(review.agent_id),
        execution=await shop.reader.execution_of(review),
        rerun=await shop.reader.last_rerun(review.id),
        messages=await shop.reader.messages(review.id),
        handraise_url=shop.handraise_url,
    )


@router.post("/{review_id}/take")
async def take(request: Request, review_id: str) -> Response:
    """Begin to work on it."""
    form = await posted(request)
    await shop_of(request).creator_acts.take(form.user, review_id)
    return _back(review_id)


@router.post("/{review_id}/message")
async def write(request: Request, review_id: str) -> Response:
    """Write to the user."""
    form = await posted(request)
    text = form.fields.get("text", "")
    await shop_of(request).creator_acts.write(form.user, review_id, text, form.once)
    return _back(review_id)


@router.post("/{review_id}/rerun")
async def rerun(request: Request, review_id: str) -> Response:
    """Run the agent again with other parameters."""
    form = await posted(request)
    parameters = form.group("parameter")
    await shop_of(request).creator_acts.rerun(form.user, review_id, parameters, form.once)
    return _back(review_id)


@router.post("/{review_id}/deliver")
async def deliver(request: Request, review_id: str) -> Response:
    """End the review."""
    form = await posted(request)
    try:
        decision = Decision(form.fields.get("decision", ""))
    except ValueError:
        raise Wrong("Choose what to deliver") from None
    delivery = Delivery(decision, form.fields.get("note", ""), form.fields.get("output", ""))
    await shop_of(request).creator_acts.deliver(form.user, review_id, delivery, form.once)
    return _back(review_id)


def _back(review_id: str) -> Response:
    return RedirectResponse(f"/inbox/{review_id}", 303)
