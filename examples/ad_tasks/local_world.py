"""The outside world on this machine: an ad server, a Jira, and whoever hears the webhook."""

from dataclasses import replace

from fastapi import FastAPI

from examples.ad_tasks.config import Config, Tickets
from examples.ad_tasks.stand_ins.ad_server import AdServer
from examples.ad_tasks.stand_ins.hook import Hook
from examples.ad_tasks.stand_ins.jira import JiraServer

_USER, _PASSWORD = "platform@ads.example", "local-only"


class LocalWorld:
    """Stand-ins that the platform's own server carries, each under a path of its own."""

    def __init__(self, signing_secret: str) -> None:
        self.ad_server = AdServer()
        self.jira = JiraServer(_USER, _PASSWORD)
        self.hook = Hook(signing_secret)

    def carry(self, app: FastAPI) -> None:
        """Put them into an application."""
        app.mount("/ad-server", self.ad_server.app())
        app.mount("/jira", self.jira.app())
        app.mount("/heard", self.hook.app())

    def settings(self, config: Config, url: str) -> Config:
        """The settings with which the platform at `url` works with them."""
        return replace(
            config,
            adapter_urls={"google_ad_manager": f"{url}/ad-server"},
            hitl_webhook_url=f"{url}/heard/hook",
            seconds_between_tries=0.2,
            tickets=Tickets(
                system="jira", url=f"{url}/jira", user=_USER, token=_PASSWORD, project="OPS"
            ),
        )
