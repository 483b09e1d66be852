"""What a run was begun with, and what to do when this installation has something else.

Both decide how the rest of a course is written. The policy is stored with the run, so it can be kept. The
prompts ship with the package, so they can only be taken as they are now, and nobody wants that unasked:
half of the course would be written with other words.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Literal

from pydantic import BaseModel

from courseai.course.errors import SettingsError
from courseai.course.policy import Policy, default_policy
from courseai.prompts.template import fingerprint

Adopted = Literal["prompts", "policy", "both"]


class Basis(BaseModel, frozen=True):
    """Versions that a run depends on."""

    package: str
    """Version of this package."""
    shipped_policy: str
    """Fingerprint of the policy that came with it, whether the run uses that one or not."""
    prompts: str
    """Fingerprint of the prompts that came with it."""


def present_basis() -> Basis:
    """What this installation has."""
    return Basis(
        package=version("courseai"), shipped_policy=default_policy().fingerprint, prompts=fingerprint()
    )


def require_prompts(run_id: str, begun: Basis, now: Basis, adopted: Adopted | None) -> None:
    """Raises `SettingsError` where the prompts have changed and nobody said to go on with the new ones."""
    if begun.prompts == now.prompts or adopted in ("prompts", "both"):
        return
    raise SettingsError(
        f"Run {run_id} was begun with the prompts {begun.prompts} of courseai {begun.package}; "
        f"courseai {now.package} has the prompts {now.prompts}. To go on with these, add --adopt prompts: "
        "sections that are finished stay as they are, the others are asked for in the new words. "
        f"To keep the old ones, continue the run with courseai {begun.package}."
    )


def policy_to_use(stored: Policy, begun: Basis, now: Basis, adopted: Adopted | None) -> Policy:
    """The run's own policy, or today's where that was asked for and the run did not bring its own.

    Raises `SettingsError` for a policy whose tiers do not include those that sections may stand on.
    """
    if adopted not in ("policy", "both") or not is_policy_outdated(stored, begun, now):
        return stored
    today = default_policy()
    if missing := set(stored.ladder.tiers) - set(today.ladder.tiers):
        raise SettingsError(
            f"Sections of this run may stand on the tier {', '.join(sorted(missing))}, which the new policy "
            "does not have; leave out --adopt to keep the run's policy, or start a new run."
        )
    return today


def is_policy_outdated(stored: Policy, begun: Basis, now: Basis) -> bool:
    """Whether the run uses the policy that its version shipped, and this version ships another."""
    return stored.fingerprint == begun.shipped_policy != now.shipped_policy


def notices(run_id: str, stored: Policy, used: Policy, begun: Basis, now: Basis) -> list[str]:
    """What a person is told about the differences that do not stop the run."""
    said = []
    if begun.package != now.package:
        said.append(f"Run {run_id} was begun with courseai {begun.package} and goes on with {now.package}.")
    if begun.prompts != now.prompts:
        said.append(f"What is still missing is asked for with the prompts {now.prompts}.")
    if used is not stored:
        said.append(f"It goes on with the policy {used.fingerprint} instead of {stored.fingerprint}.")
    elif is_policy_outdated(stored, begun, now):
        said.append(
            f"It keeps the policy that it was begun with, {stored.fingerprint}; "
            f"--adopt policy takes today's, {now.shipped_policy}."
        )
    return said
