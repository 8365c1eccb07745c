"""Asks Twilio about our own account over the common pool: one GET, one JSON object."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from channels.http import HttpPool
from channels.twilio.settings import TwilioSettings
from scheduler.domain.delivery import Unknown

_HOST = "https://api.twilio.com"


@dataclass(frozen=True, slots=True)
class Account:
    """The account's resources, below `/2010-04-01/Accounts/<sid>`."""

    settings: TwilioSettings
    pool: HttpPool

    @property
    def path(self) -> str:
        """Where the account's resources begin, without the host."""
        return f"/2010-04-01/Accounts/{self.settings.account_sid}"

    async def ask(self, path: str, host: str | None = None) -> Mapping[str, object] | Unknown:
        """Return the object that lies at a path; Unknown, with a word for why, whatever else is answered."""
        login = b64encode(f"{self.settings.account_sid}:{self.settings.auth_token}".encode()).decode("ascii")
        url = f"{host or self.settings.base_url or _HOST}{path}"
        answer = await self.pool.get(url, {"Authorization": f"Basic {login}"})
        if isinstance(answer, Unknown):
            return answer
        if answer.status != 200:
            return Unknown(f"http_{answer.status}")
        try:
            found = json.loads(answer.body)
        except (ValueError, RecursionError):
            found = None
        return found if isinstance(found, dict) else Unknown("answer_unreadable")
