"""Who serves the models: OpenRouter, any OpenAI-compatible server, or the built-in offline author."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from courseai.course.errors import SettingsError
from courseai.models.rate_limit import NO_LIMITS, RateLimits, rate_limits
from courseai.models.tiers import Tier

Message = MutableMapping[str, Any]
ASGIApp = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]

OPENROUTER_URL = "https://openrouter.ai/api/v1"
OFFLINE_AUTHOR = "offline author"


@dataclass(frozen=True)
class Provider:
    """Where to send requests, with which key, and what is known of the prices there."""

    name: str
    """What records and messages call it."""
    label: str
    """What a person is shown: the name, and what kind of thing it is."""
    base_url: str
    key_variable: str
    """The environment variable that holds the key, for messages to the operator."""
    api_key: SecretStr | None = None
    model: str | None = None
    """One model that stands for every tier."""
    models: Mapping[str, str] = field(default_factory=dict)
    """Tier name to model id, where this server calls a model something else."""
    charges_list_price: bool = False
    """Whether the tier table's prices hold here when the server sends no cost."""
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    """Fields that this provider understands beyond the OpenAI ones."""
    rate_limits: RateLimits = NO_LIMITS
    """What the account may send in a minute."""
    app: ASGIApp | None = None
    """Serves the requests in this process, with no socket."""

    def model_for(self, tier: Tier) -> str:
        """The model id that stands for `tier` here."""
        return self.model or self.models.get(tier.name, tier.model)

    def cost_usd(self, tier: Tier, tokens_in: int | None, tokens_out: int | None) -> float | None:
        """USD by list price; None where no price is known, as on one's own machine or for another model."""
        if not self.charges_list_price or self.model_for(tier) != tier.model:
            return None
        return tier.list_price_usd(tokens_in, tokens_out)

    def without_key(self, text: str) -> str:
        """`text` with the API key blacked out, for servers that quote what they were sent."""
        key = self.api_key.get_secret_value() if self.api_key else ""
        return text.replace(key, "[key]") if key else text


def openrouter(key: str, model: str | None = None) -> Provider:
    """OpenRouter, which sends the cost of every call when asked to."""
    return Provider(
        name="OpenRouter",
        label="OpenRouter",
        base_url=OPENROUTER_URL,
        key_variable="OPENROUTER_API_KEY",
        api_key=_secret(key, "OPENROUTER_API_KEY"),
        model=model,
        charges_list_price=True,
        extra_body={"usage": {"include": True}},
    )


def compatible(
    base_url: str,
    key: str | None = None,
    model: str | None = None,
    models: Mapping[str, str] | None = None,
) -> Provider:
    """Any server that speaks the OpenAI chat completions protocol, such as Ollama, vLLM or llama.cpp.

    `base_url` is everything before `/chat/completions`, usually ending in `/v1`. With `model`, that one
    model stands for every tier. What a call costs there is unknown (None) unless the server says so.
    """
    host = _host(base_url)
    return Provider(
        name=host,
        label=f"OpenAI-compatible server at {host}",
        base_url=base_url.rstrip("/"),
        key_variable="COURSEAI_API_KEY",
        api_key=_secret(key, "COURSEAI_API_KEY") if key else None,
        model=model,
        models=dict(models or {}),
    )


def offline(app: ASGIApp) -> Provider:
    """The offline author, in this process. Its costs are simulated: the tiers' list prices."""
    return Provider(
        name=OFFLINE_AUTHOR,
        label=f"{OFFLINE_AUTHOR}: templates, no language model",
        base_url="http://offline-author/v1",
        key_variable="OPENROUTER_API_KEY",
        charges_list_price=True,
        app=app,
    )


def provider_from_environment(
    env: Mapping[str, str],
    base_url: str | None = None,
    model: str | None = None,
    offline_settings: Path | None = None,
) -> Provider:
    """Choose the provider: a URL, else an OpenRouter key, else the offline author.

    The URL is `base_url` or COURSEAI_BASE_URL, its key COURSEAI_API_KEY; `model` or COURSEAI_MODEL names
    one model for all tiers. The offline author answers only when neither a URL nor a key was given. A key may
    lie in a file instead, named by OPENROUTER_API_KEY_FILE or COURSEAI_API_KEY_FILE.
    What the provider takes in a minute is in COURSEAI_REQUESTS_A_MINUTE and COURSEAI_TOKENS_A_MINUTE.
    Raises `SettingsError` for a URL, key, number or combination that cannot work.
    """
    return replace(_chosen(env, base_url, model, offline_settings), rate_limits=rate_limits(env))


def _chosen(
    env: Mapping[str, str], base_url: str | None, model: str | None, offline_settings: Path | None
) -> Provider:
    url = base_url or env.get("COURSEAI_BASE_URL", "").strip()
    key = _key(env, "OPENROUTER_API_KEY")
    model = model or env.get("COURSEAI_MODEL", "").strip() or None
    if not (url or key):
        return _offline_author(model, offline_settings)
    if offline_settings:
        raise SettingsError(
            "Offline author settings were given together with a server URL or key; drop one of them."
        )
    return compatible(url, _key(env, "COURSEAI_API_KEY"), model) if url else openrouter(key, model)


def _key(env: Mapping[str, str], variable: str) -> str:
    """The key in a variable, else in the file that `variable`_FILE names, as container secrets are given.

    Raises `SettingsError`, which never repeats the key, for a file that cannot be read and for both at once.
    """
    key, path = env.get(variable, "").strip(), env.get(f"{variable}_FILE", "").strip()
    if not path:
        return key
    if key:
        raise SettingsError(f"{variable} and {variable}_FILE are both set; keep one of them.")
    try:
        return Path(path).read_text("utf-8").strip()
    except OSError as error:
        raise SettingsError(
            f"The file that {variable}_FILE names cannot be read: {error.strerror}."
        ) from error
    except UnicodeDecodeError:
        raise SettingsError(f"The file that {variable}_FILE names holds no text.") from None


def _offline_author(model: str | None, settings: Path | None) -> Provider:
    if model:
        raise SettingsError(
            f"The model {model!r} was asked for, but no server: give --base-url or OPENROUTER_API_KEY too."
        )
    # Only a run without a model server pays for loading the author.
    from courseai.models.offline.app import create_app
    from courseai.models.offline.settings import load_settings

    return offline(create_app(load_settings(settings) if settings else None))


def _host(base_url: str) -> str:
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SettingsError(f"The server URL is not valid: {error}.") from error
    if parts.username or parts.password or parts.query or parts.fragment:
        raise SettingsError(
            "The server URL may hold no user name, password, query or fragment; "
            "put a key into COURSEAI_API_KEY."
        )
    if parts.scheme not in {"http", "https"} or not host:
        raise SettingsError(f"The server URL {base_url!r} must look like http://localhost:11434/v1.")
    return f"{host}:{port}" if port else host


def _secret(key: str, variable: str) -> SecretStr:
    if not (key.isascii() and key.isprintable() and " " not in key and key):
        raise SettingsError(f"{variable} holds characters that no key has; check how it was copied.")
    return SecretStr(key)
