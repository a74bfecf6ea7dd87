"""`mail`: the mails that the sink took, in the terminal."""

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.local.mail_store import MailStore, readable
from deploy.local.trouble import Trouble


def show_mail(directory: Path, mail_id: str | None, to: str | None, console: Console) -> None:
    """Print one mail in full, or a line for each; raises Trouble for an id that is not there."""
    store = MailStore(directory)
    if mail_id:
        mail = store.mail(mail_id)
        if not mail:
            raise Trouble(
                f"There is no mail {mail_id}.", "`python -m deploy.local mail` lists all."
            )
        console.print(readable(mail), markup=False, highlight=False)
        return
    drawn = Table(box=None)
    for heading in ("id", "received", "to", "subject"):
        drawn.add_column(heading, no_wrap=True, overflow="ellipsis")
    for mail in store.mails(to):
        cells = (mail.id, mail.received_at, ", ".join(mail.to), mail.subject)
        drawn.add_row(*(Text(cell) for cell in cells))
    console.print(drawn if drawn.row_count else "No mail was sent yet.")
