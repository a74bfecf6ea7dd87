"""All views that there are, by name."""

from projections.history.wiring import HISTORY
from projections.inbox.wiring import INBOX

VIEWS = {view.name: view for view in (INBOX, HISTORY)}
