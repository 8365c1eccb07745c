"""The default configuration with further rules, as a policy of some place would bring them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scheduler import bootstrap
from scheduler.catalogue import Catalogue
from scheduler.domain.policy import Policy, merge
from scheduler.domain.rule import ANYBODY, Applies, Form, Residence, Rule
from scheduler.domain.touchpoint import ASKING

DAYS = timedelta(days=1)
IN_JAPAN = Applies(residence=(Residence("JP"),))


def rules_also_say(
    monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue, form: Form, applies: Applies = ANYBODY
) -> None:
    """Let the command work with one more rule, `local/duty`."""
    rule = Rule("local/duty", "house rule", ASKING, frozenset({"sms", "email"}), form, applies=applies)
    local = Policy("local", "v1", (rule,))
    layers = {
        name: replace(each, policy=merge((each.policy, local))) for name, each in catalogue.layers.items()
    }
    monkeypatch.setattr(bootstrap, "load", lambda *_, **__: replace(catalogue, layers=layers))
