"""The budgets of the runs that one gateway pays for: opened from the journal, kept while calls are made.

What a run was charged is written in the journal and nowhere else. A budget lives only as long as some
request of its run does, so a run that another process went on with in between is counted in full.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from courseai.course.policy import BudgetPolicy
from courseai.models.budget import Budget
from courseai.models.call import ModelRequest
from courseai.models.journal import Journal


@dataclass
class _Account:
    users: int = 0
    budget: Budget | None = None


class Accounts:
    """`ceiling` gives the ceiling of the run that is asking, in USD, where its caller set one just now."""

    def __init__(
        self, journal: Journal, policy: BudgetPolicy, ceiling: Callable[[], float | None] = lambda: None
    ) -> None:
        self._journal = journal
        self._policy = policy
        self._ceiling = ceiling
        self._lock = threading.Lock()
        self._accounts: dict[str, _Account] = {}

    @asynccontextmanager
    async def budget(self, request: ModelRequest[Any]) -> AsyncIterator[Budget]:
        """The budget that the request's run shares, for as long as the request lasts."""
        account = self._enter(request.run_id)
        try:
            yield await self._opened(account, request)
        finally:
            self._leave(request.run_id, account)

    def _enter(self, run_id: str) -> _Account:
        with self._lock:
            account = self._accounts.setdefault(run_id, _Account())
            account.users += 1
            return account

    def _leave(self, run_id: str, account: _Account) -> None:
        with self._lock:
            account.users -= 1
            if not account.users:
                del self._accounts[run_id]

    async def _opened(self, account: _Account, request: ModelRequest[Any]) -> Budget:
        ceiling = self._ceiling()
        if account.budget is None:
            charges = await self._journal.charges(request.run_id)
            known = ceiling or charges.ceiling_usd or request.ceiling_usd or self._policy.ceiling_usd
            with self._lock:
                # Another request may have opened it meanwhile, and have been charged since we read.
                account.budget = account.budget or Budget(known, charges.by_phase)
        if ceiling is not None and ceiling != account.budget.ceiling_usd:
            account.budget.ceiling_usd = ceiling
        return account.budget
