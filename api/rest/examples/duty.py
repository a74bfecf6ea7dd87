"""Calendars, rotas, absences, skills, forwards and simulations."""

from api.rest.duty_inputs import AbsencePutInput, ForwardInput, SimulateInput, SkillsInput
from api.rest.examples.facts import AT, HASH, LATER, PERSON, Example
from kernel.calendars import Calendar
from kernel.question import Input
from kernel.roster import Rota

_other = "5d0c9f4e-1b7a-4a53-8f1e-6c2d9b7e0a11"
_calendar: Example = {
    "title": "Berlin office",
    "zone": "Europe/Berlin",
    "weekly": {day: ["09:00-12:30", "13:30-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
    "holidays": ["2026-12-25"],
    "overrides": {"2026-12-24": ["09:00-12:00"]},
}
_rota: Example = {
    "zone": "Europe/Berlin",
    "people": [PERSON, _other],
    "starts": "2026-01-05T09:00",
    "turn": "1w",
    "overrides": [{"person": _other, "begins_at": AT, "ends_at": LATER}],
}
_absence: Example = {"begins_at": AT, "ends_at": LATER, "substitute": _other, "note": "On leave"}
CALENDAR: Example = {"name": "berlin", "version": HASH, "calendar": _calendar}
CALENDARS: Example = {"items": [CALENDAR]}
ROTA: Example = {"team": "payments", "on_call_now": PERSON, "rota": _rota}
ROTAS: Example = {"items": [ROTA]}
ABSENCE: Example = {
    "person": PERSON,
    "absence": {"person": PERSON, **_absence},
    "given_back": 2,
}
ABSENCES: Example = {"items": [ABSENCE["absence"]]}
SKILLS: Example = {"person": PERSON, "skills": ["german", "tax"]}
SIMULATION: Example = {
    "type": "approval",
    "priority": "urgent",
    "calendar": None,
    "opened_at": AT,
    "timeout_at": LATER,
    "steps": [
        {
            "at": AT,
            "event": "human.input.requested",
            "says": "The question is asked.",
            "told": [
                {
                    "channel": "email",
                    "target": "kim@company.com",
                    "person": PERSON,
                    "name": "Kim",
                    "at": AT,
                    "in_summary": False,
                    "in_reserve": False,
                    "error": None,
                }
            ],
        },
        {
            "at": LATER,
            "event": "human.input.timeout",
            "says": "The deadline closes it without an answer.",
            "told": [],
        },
    ],
    "outcome": "timed_out",
    "cut": False,
    "refused": None,
}
DUTY_BODIES: dict[type[Input], Example] = {
    Calendar: _calendar,
    Rota: _rota,
    AbsencePutInput: {"absence": _absence, "give_back": True},
    SkillsInput: {"skills": ["german", "tax"]},
    ForwardInput: {"person": PERSON, "note": "Kim knows this customer."},
    SimulateInput: {
        "request": {"type": "approval", "title": "Deploy on Friday?", "priority": "urgent"},
        "at": AT,
        "asker": "agents.deploy",
    },
}
