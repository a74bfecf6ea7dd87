"""More changes of the sample shop: harmless, broken when it runs, forgotten, and not pushed yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from examples.code_review.sample import build_sample, push_branch, start_repository


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch of the shop with one commit."""

    name: str
    subject: str
    files: Mapping[str, str]

    @property
    def span(self) -> str:
        """The range of commits to review."""
        return f"main..{self.name}"

    def push(self, repository: Path) -> None:
        """Make it in a repository."""
        push_branch(repository, self.name, self.files, self.subject)


HARMLESS = Branch(
    "opening-hours",
    "Say when the shop is open",
    {"README.md": "# Shop\n\nPayments and refunds, Monday to Friday.\n"},
)

BREAKS = Branch(
    "pooled-ledger",
    "Take the ledger from a pool",
    {
        "payments/refunds.py": '''
            """Refunds of orders."""

            from payments.pool import Ledger


            def refund(ledger: Ledger, payment_id: str, cents: int) -> None:
                """Give money back for a payment."""
                if cents <= 0:
                    raise ValueError("a refund is positive")
                ledger.book(payment_id, -cents)
            ''',
        "tests/test_refunds.py": '''
            """Refunds."""


            def test_a_refund_is_positive() -> None:
                assert -1 < 0
            ''',
    },
)

FORGOTTEN = Branch(
    "more-refunds-a-day",
    "Allow more refunds a day",
    {"deploy/limits.toml": "refunds_a_day = 500\n"},
)

LATE = Branch(
    "release-notes",
    "Write down what is new",
    {"NOTES.md": "# What is new\n\nRefunds of whole orders.\n"},
)


def build_shop(directory: Path) -> Path:
    """The sample with all branches but the late one."""
    build_sample(directory)
    for branch in (HARMLESS, BREAKS, FORGOTTEN):
        branch.push(directory)
    return directory


def build_limits(directory: Path) -> None:
    """A small repository with a harmless change, and one that a person must see."""
    start_repository(directory, {"deploy/limits.toml": "refunds_a_day = 50\n"}, "A first limit")
    for branch in (HARMLESS, FORGOTTEN):
        branch.push(directory)
