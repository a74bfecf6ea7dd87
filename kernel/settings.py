"""The settings of every process: environment first, then one TOML file, then these defaults.

`deploy/config.default.toml` is the manual: it holds every setting with a sentence, and its values
are these defaults (a test compares them).
"""

from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Self

from pydantic import AliasChoices, Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from kernel.errors import Misconfigured

API, KAFKA, POSTGRES, SMTP = 0, 1, 3, 4
HEALTH_PORTS = {
    "request_svc": 10,
    "notifier_svc": 11,
    "callback_svc": 12,
    "timeout_svc": 13,
    "inbox": 14,
    "history": 15,
}


class KafkaSecurity(StrEnum):
    """How the way to the broker is protected, in Kafka's own words."""

    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"


class Settings(BaseSettings):
    """What a process needs to know before it starts; fields are documented in the TOML file.

    Ports left out follow from `port_base`, so that one number moves a whole stack.
    """

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix="HANDRAISE_", extra="ignore", populate_by_name=True
    )

    port_base: int = 7400
    host: str = "127.0.0.1"
    kafka: str = ""
    kafka_security: KafkaSecurity = KafkaSecurity.PLAINTEXT
    kafka_ca_file: str = ""
    kafka_cert_file: str = ""
    kafka_key_file: str = ""
    kafka_mechanism: str = "SCRAM-SHA-512"
    kafka_user: str = ""
    kafka_password: str = Field(default="", repr=False)
    pg_dsn: str = ""
    public_url: str = ""
    smtp_url: str = ""
    mail_from: str = "Handraise <handraise@localhost>"
    sms_url: str = Field(default="", repr=False)
    chat_schemas: tuple[str, ...] = ()
    slack_api_url: str = "https://slack.com/api"
    resend_webhook_secret: str = Field(default="", repr=False)
    bounce_webhook_secret: str = Field(default="", repr=False)
    secret_key: str = ""
    local: bool = False
    private_targets: tuple[str, ...] = ()
    partitions: int = Field(default=12, ge=1, le=1024)
    replication_factor: int = Field(default=1, ge=1)
    topic_prefix: str = ""
    instance: str = ""
    schema_registry_url: str = Field(
        default="",
        validation_alias=AliasChoices("SCHEMA_REGISTRY_URL", "HANDRAISE_SCHEMA_REGISTRY_URL"),
    )
    fetch_wait_ms: int = Field(default=250, ge=1)
    session_timeout_ms: int = Field(default=6000, ge=1000)
    calls_per_second_per_key: float = Field(default=1000, ge=0)
    calls_per_second_per_tenant: float = Field(default=3000, ge=0)
    calls_at_once: int = Field(default=1000, ge=1)
    calls_at_once_per_tenant: int = Field(default=400, ge=1)
    commands_at_once_per_tenant: int = Field(default=128, ge=1)
    watchers_at_once: int = Field(default=5000, ge=1)
    watchers_at_once_per_tenant: int = Field(default=2000, ge=1)
    blobs: str = ""
    s3_endpoint: str = ""
    attachment_max_bytes: int = Field(default=10 * 1024 * 1024, ge=1, le=1024**3)
    attachment_types: tuple[str, ...] = (
        "application/json",
        "application/pdf",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/zip",
        "audio/mpeg",
        "audio/wav",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/csv",
        "text/markdown",
        "text/plain",
        "video/mp4",
        "video/webm",
    )
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = Field(default="", repr=False)
    oidc_tenant: str = ""
    oidc_name: str = "your company's account"
    oidc_provision: bool = False
    oidc_domains: tuple[str, ...] = ()
    oidc_roles: tuple[str, ...] = ("reviewer",)
    oidc_groups_claim: str = ""
    oidc_group_roles: dict[str, tuple[str, ...]] = {}
    oidc_group_teams: dict[str, tuple[str, ...]] = {}
    statement_seconds: float = Field(default=5, gt=0, le=60)
    drain_seconds: float = Field(default=1, ge=0, le=2)
    log_level: str = "INFO"

    @model_validator(mode="after")
    def fill_in(self) -> Self:
        """Addresses not given follow from the host and the port base."""
        self.kafka = self.kafka or f"{self.host}:{self.port_base + KAFKA}"
        self.pg_dsn = (
            self.pg_dsn
            or f"postgresql://handraise@{self.host}:{self.port_base + POSTGRES}/handraise"
        )
        self.public_url = self.public_url or f"http://{self.host}:{self.port_base + API}"
        self.smtp_url = self.smtp_url or f"smtp://{self.host}:{self.port_base + SMTP}"
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, the environment over the file."""
        sources: tuple[PydanticBaseSettingsSource, ...] = (init_settings, env_settings)
        path = ConfigPath().config
        if path is None:
            return sources
        if not path.is_file():
            raise Misconfigured(f"HANDRAISE_CONFIG names {path}, which is no file")
        return (*sources, TomlConfigSettingsSource(settings_cls, toml_file=path))

    @classmethod
    def load(cls) -> Self:
        """The settings of this process.

        Raises:
            Misconfigured: a value makes no sense; the message names it.
        """
        try:
            return cls()
        except ValidationError as error:
            wrong = "; ".join(
                f"HANDRAISE_{'_'.join(map(str, flaw['loc'])).upper()}: {flaw['msg']}"
                for flaw in error.errors()
            )
            raise Misconfigured(wrong) from error

    def health_port(self, name: str) -> int:
        """The port of a process for health and metrics."""
        return self.port_base + HEALTH_PORTS[name]


class ConfigPath(BaseSettings):
    """Where the TOML file is, if anywhere (`HANDRAISE_CONFIG`)."""

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(env_prefix="HANDRAISE_")

    config: Path | None = None
