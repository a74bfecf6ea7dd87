"""Builds a small git repository with a change that is worth a second look."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from examples.common.trouble import Trouble

RANGE = "main..refund-by-order"

_BASE = {
    "payments/__init__.py": '"""Payments."""\n',
    "payments/refunds.py": '''
        """Refunds of orders."""

        from payments.ledger import Ledger


        def refund(ledger: Ledger, payment_id: str, cents: int) -> None:
            """Give money back for a payment."""
            if cents <= 0:
                raise ValueError("a refund is positive")
            ledger.book(payment_id, -cents)
        ''',
    "payments/ledger.py": '''
        """The ledger."""

        import sqlite3


        class Ledger:
            """Every booking, for ever."""

            def __init__(self, path: str) -> None:
                self._connection = sqlite3.connect(path)

            def book(self, payment_id: str, cents: int) -> None:
                """Write a booking down."""
                self._connection.execute(
                    "INSERT INTO bookings (payment_id, cents) VALUES (?, ?)", (payment_id, cents)
                )
                self._connection.commit()
        ''',
    "migrations/0001_bookings.sql": """
        CREATE TABLE bookings (
            id INTEGER PRIMARY KEY,
            payment_id TEXT NOT NULL,
            cents INTEGER NOT NULL
        );
        """,
    "tests/test_refunds.py": '''
        """Refunds."""


        def test_a_refund_is_positive() -> None:
            assert True
        ''',
    "smoke_check.py": '''
        """Looks whether the shop starts."""

        import payments.refunds

        print("the shop starts:", payments.refunds.__doc__)
        ''',
    "README.md": "# Shop\n\nPayments and refunds.\n",
}

_CHANGE = {
    "payments/refunds.py": '''
        """Refunds of orders."""

        import subprocess

        from payments.ledger import Ledger


        def refund(ledger: Ledger, payment_id: str, cents: int) -> None:
            """Give money back for a payment."""
            ledger.book(payment_id, -cents)


        def refund_order(ledger: Ledger, order_id: str, cents: int, notify=[]) -> None:
            """Give money back for all payments of an order."""
            for payment_id in ledger.payments_of(order_id):
                refund(ledger, payment_id, cents)
            for address in notify:
                subprocess.run(f"mail -s 'Refund of {order_id}' {address}", shell=True)
        ''',
    "payments/ledger.py": '''
        """The ledger."""

        import sqlite3


        class Ledger:
            """Every booking, for ever."""

            def __init__(self, path: str) -> None:
                self._connection = sqlite3.connect(path)

            def book(self, payment_id: str, cents: int) -> None:
                """Write a booking down."""
                self._connection.execute(
                    "INSERT INTO bookings (payment_id, cents) VALUES (?, ?)", (payment_id, cents)
                )
                self._connection.commit()

            def payments_of(self, order_id: str) -> list[str]:
                """The payments of an order."""
                rows = self._connection.execute(
                    f"SELECT payment_id FROM bookings WHERE order_id = '{order_id}'"
                )
                return [row[0] for row in rows]
        ''',
    "migrations/0002_orders.sql": """
        ALTER TABLE bookings ADD COLUMN order_id TEXT;
        ALTER TABLE bookings DROP COLUMN cents;
        ALTER TABLE bookings ADD COLUMN amount REAL NOT NULL DEFAULT 0;
        """,
    "tests/test_refunds.py": None,
}

_IDENTITY = {
    "GIT_AUTHOR_NAME": "Deploy Bot",
    "GIT_AUTHOR_EMAIL": "bot@shop.example",
    "GIT_COMMITTER_NAME": "Deploy Bot",
    "GIT_COMMITTER_EMAIL": "bot@shop.example",
    "GIT_AUTHOR_DATE": "2025-01-15T10:30:00Z",
    "GIT_COMMITTER_DATE": "2025-01-15T10:30:00Z",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
}


def build_sample(directory: Path) -> Path:
    """Make the repository in an empty directory; `RANGE` is the change to review."""
    start_repository(directory, _BASE, "Refunds of single payments")
    push_branch(directory, "refund-by-order", _CHANGE, "Refund whole orders, for complaint #42")
    return directory


def start_repository(directory: Path, files: Mapping[str, str], subject: str) -> None:
    """Make a repository with one commit on its branch `main`."""
    directory.mkdir(parents=True, exist_ok=True)
    _git(directory, "init", "--quiet", "--initial-branch=main")
    _commit(directory, files, subject)


def push_branch(directory: Path, name: str, files: Mapping[str, str | None], subject: str) -> None:
    """Make a branch of `main` with one commit; None takes a file away."""
    _git(directory, "checkout", "--quiet", "-b", name, "main")
    _commit(directory, files, subject)


def _commit(directory: Path, files: Mapping[str, str | None], subject: str) -> None:
    for name, text in files.items():
        path = directory / name
        if text is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"))
    _git(directory, "add", "--all")
    _git(directory, "commit", "--quiet", "--message", subject)


def _git(directory: Path, *arguments: str) -> None:
    command = ["git", "-C", str(directory), "-c", "commit.gpgSign=false", *arguments]
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        subprocess.run(command, check=True, capture_output=True, env=own | _IDENTITY)
    except FileNotFoundError:
        raise Trouble("The program git is missing: install it (Debian: apt install git)") from None
    except subprocess.CalledProcessError as failed:
        raise Trouble(f"git can't build the sample: {failed.stderr.decode().strip()}") from None
