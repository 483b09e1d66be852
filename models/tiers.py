"""The model tiers, as data: which model, at what price, and who stands in when it is not there.

`tiers.json` beside this file is what ships. No cheap tier falls back on `qwen3_max`: an outage of the
cheap models must not multiply the bill, and a dearer answer is routing's decision, never an accident's.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from courseai.course.errors import SettingsError

Name = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z0-9_]+$")]
Tokenizer = Literal["o200k_harmony", "qwen3"]
Price = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]


class Tier(BaseModel):
    """One model and its price."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    model: Annotated[str, Field(min_length=1, max_length=200)]
    """The id that OpenRouter knows it by; a provider may call it something else."""
    usd_per_mtok_in: Price
    """List price, USD per million tokens read."""
    usd_per_mtok_out: Price
    """List price, USD per million tokens written."""
    context_tokens: Annotated[int, Field(ge=1000)]
    """Tokens that fit in one call, prompt and answer together."""
    tokenizer: Tokenizer | None = None
    """The vocabulary that its prompts are counted with; None where none is published."""
    fallbacks: list[Name]
    """Tiers that are asked, in this order, when this one cannot be reached."""

    def list_price_usd(self, tokens_in: int | None, tokens_out: int | None) -> float | None:
        """USD for these tokens with no cache discount: an upper bound. None when a count is unknown."""
        if tokens_in is None or tokens_out is None:
            return None
        return self.price_usd(tokens_in, tokens_out)

    def price_usd(self, tokens_in: int, tokens_out: int) -> float:
        """USD for these tokens at list price."""
        return (tokens_in * self.usd_per_mtok_in + tokens_out * self.usd_per_mtok_out) / 1_000_000


class TierTable(BaseModel):
    """Every tier there is. `version` is a label for people."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Annotated[str, Field(min_length=1, max_length=60)]
    tiers: Annotated[list[Tier], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_are_consistent(self) -> Self:
        names = [tier.name for tier in self.tiers]
        if repeated := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"tiers named twice: {sorted(repeated)}")
        for tier in self.tiers:
            if unknown := set(tier.fallbacks) - set(names):
                raise ValueError(f"{tier.name} falls back on unknown tiers: {sorted(unknown)}")
            if tier.name in tier.fallbacks:
                raise ValueError(f"{tier.name} falls back on itself")
        return self

    @cached_property
    def by_name(self) -> dict[str, Tier]:
        return {tier.name: tier for tier in self.tiers}

    def __getitem__(self, name: str) -> Tier:
        """The tier of that name. Raises `SettingsError` when there is none."""
        if name not in self.by_name:
            known = ", ".join(self.by_name)
            raise SettingsError(f"There is no model tier {name!r}; the tier table has: {known}.")
        return self.by_name[name]

    def require(self, names: Iterable[str]) -> None:
        """Raise `SettingsError` for the first name that is not here, before a run is paid for in part."""
        for name in names:
            self[name]

    def chain(self, name: str) -> list[Tier]:
        """The tier itself, then its fallbacks in order."""
        return [self[each] for each in (name, *self[name].fallbacks)]


def load_tiers(path: Path | None = None) -> TierTable:
    """Read a tier table, the shipped one by default. Raises `SettingsError` naming every wrong key."""
    source = path or resources.files("courseai.models").joinpath("tiers.json")
    try:
        return TierTable.model_validate_json(source.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"Cannot read the tier table {source}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"The tier table {source} is not UTF-8.") from error
    except ValidationError as error:
        raise SettingsError(f"The tier table {source} is not valid: {_summary(error)}.") from error


def _summary(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, item['loc'])) or 'file'}: {item['msg']}" for item in error.errors()[:10]
    )
