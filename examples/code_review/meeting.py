"""The people of the story answer: each in their own name, what they have seen."""

from collections.abc import Sequence

from handraise import Handraise, Request
from handraise.errors import Conflict

from examples.code_review.findings import Finding
from examples.code_review.reviewer import Decision, answer, decided
from examples.code_review.screen import ReviewScreen
from examples.code_review.staff import Staff
from examples.common.mails import mail_about
from examples.common.waiting import until

_WAIT_SECONDS = 3600
_OWNERS_YES = Decision("approve", "The backfill has run")


class Meeting:
    """Rita and Omar, and what the person at the terminal makes them say."""

    def __init__(self, staff: Staff, screen: ReviewScreen, mail_url: str) -> None:
        self._staff = staff
        self._screen = screen
        self._mail_url = mail_url

    async def about_the_risky(self, questions: Sequence[Request], wanted: str | None) -> None:
        """Get the code question and the database question answered."""
        by_kind = {one.kind: one for one in questions}
        code, schema = by_kind["code_review"], by_kind["schema_change"]
        findings = await self._show(code)
        self._screen.say(f"And Omar is asked: {schema.title}: {schema.url}")
        if wanted == "wait":
            await self._wait_for(code, schema)
            return
        said = await decided(wanted, findings, self._screen.say)
        await self._say("Rita", self._staff.rita, code, said)
        if said.word == "approve":
            await self._say("Omar", self._staff.omar, schema, _OWNERS_YES)
        else:
            self._screen.say("Omar's question is withdrawn: one no is enough")

    async def approve(self, hand: Handraise, question: Request, comment: str) -> None:
        """Say yes in Rita's name."""
        await self._say("Rita", hand, question, Decision("approve", comment))

    async def _show(self, question: Request) -> list[Finding]:
        risk = (question.context or {}).get("risk_assessment", {})
        findings = [Finding.from_json(one) for one in risk.get("findings", [])]
        self._screen.question(question, findings)
        mail = await mail_about(question, self._mail_url)
        if mail is not None:
            self._screen.mail(mail.subject, mail.to, mail.text)
        self._screen.say(f"Rita is asked: {question.title}: {question.url}")
        return findings

    async def _say(self, name: str, hand: Handraise, question: Request, said: Decision) -> None:
        try:
            took = await answer(hand, question, said)
        except Conflict as refused:
            self._screen.say(f"Somebody else was quicker than {name}. {refused}")
            return
        self._screen.say(f"{name}: {said.word}: {said.comment} (accepted in {took:.0f} ms)")

    async def _wait_for(self, code: Request, schema: Request) -> None:
        self._screen.say("waiting for both answers, on the questions' pages or by the API")

        async def closed() -> bool:
            found = [await self._staff.rita.get(code.id), await self._staff.omar.get(schema.id)]
            return all(one.is_closed for one in found)

        await until(closed, "the two answers", _WAIT_SECONDS)
