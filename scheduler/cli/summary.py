"""What a sound configuration amounts to: who writes to whom under which rules, and what still keeps messages back."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from scheduler.catalogue.catalogue import Catalogue, PolicyFile
from scheduler.catalogue.layers import Layers
from scheduler.cli.consent_advice import consent_advice
from scheduler.domain.policy import Policy
from scheduler.domain.rule import Confidence


def summary(config_dir: Path, catalogue: Catalogue) -> Iterator[str]:
    """Yield the lines that an operator reads after an edit."""
    yield f"{config_dir} is sound, version {catalogue.version}"
    for creditor in catalogue.creditors.values():
        layers = catalogue.layers[creditor.id]
        yield f"  creditor {creditor.id}: cadence {creditor.cadence}, {_in_force(layers)}"
    for cadence in catalogue.cadences.values():
        yield f"  cadence {cadence.id}: {', '.join(each.id for each in cadence.steps)}"
    yield from _policies(catalogue)
    for channel, providers in catalogue.channels.items():
        yield f"  channel {channel}: {', then '.join(providers)}"
    yield from _kept_back(catalogue)
    yield from (each.sentence for each in consent_advice(catalogue))


def _in_force(layers: Layers) -> str:
    if not layers.listed:
        words = f"policy {layers.fallback}, since none is listed"
    else:
        words = f"{'policies' if len(layers.listed) > 1 else 'policy'} {', '.join(layers.listed)}"
        if layers.fallback is not None:
            they_give = "they give" if len(layers.listed) > 1 else "it gives"
            words += f"; where {they_give} no hours, {layers.fallback}"
    theirs = [each.id for each in layers.policy.rules if each.id.partition("/")[0] in layers.providers]
    return f"{words}; and {', '.join(theirs)}" if theirs else words


def _policies(catalogue: Catalogue) -> Iterator[str]:
    used = [each for each in catalogue.files.values() if each.in_use]
    for each in used:
        draft = "; a draft" if each.is_draft else f"; approved by {each.approved_by} on {each.approved_on}"
        yield f"  policy {each.id}: {_counts(catalogue.policies[each.id])}{draft}"
    if more := len(catalogue.files) - len(used):
        yield f"  {more} more {'policies' if more > 1 else 'policy'} that no creditor lists"


def _counts(policy: Policy) -> str:
    rules = len(policy.rules)
    counts = (f"{name} {count}" for name, count in confidences(policy).items())
    return f"{rules} {'rules' if rules > 1 else 'rule'}, {', '.join(counts)}"


def confidences(policy: Policy) -> Mapping[str, int]:
    """Return how many rules there are of each confidence, the best known first."""
    degrees = [each.confidence for each in policy.rules]
    return {each.value: degrees.count(each) for each in Confidence if each in degrees}


def _kept_back(catalogue: Catalogue) -> Iterator[str]:
    channels = {name: by for layers in catalogue.layers.values() for name, by in layers.held_back.items()}
    if channels:
        by = " or ".join(sorted(frozenset().union(*channels.values())))
        yield f"Nothing goes out by {by} to anybody whom these drafts govern: {', '.join(sorted(channels))}."
        yield "Let somebody approve them in their files, or say `drafts: sent` in duly.yaml."


def as_facts(catalogue: Catalogue) -> dict[str, object]:
    """Return the same, for a program to read."""
    return {
        "version": catalogue.version,
        "creditors": {name: _creditor(name, catalogue) for name in sorted(catalogue.creditors)},
        "cadences": {name: each.version for name, each in sorted(catalogue.cadences.items())},
        "policies": {name: _policy(each, catalogue) for name, each in sorted(catalogue.files.items())},
        "drafts_in_use": sorted(catalogue.drafts_in_use),
        "channels": catalogue.channels,
        "advice": [each.fields for each in consent_advice(catalogue)],
    }


def _creditor(name: str, catalogue: Catalogue) -> dict[str, object]:
    layers = catalogue.layers[name]
    return {
        "cadence": catalogue.creditors[name].cadence,
        "policies": layers.listed,
        "fallback": layers.fallback,
        "providers_with_rules": layers.providers,
        "held_back": {draft: sorted(channels) for draft, channels in layers.held_back.items()},
        "policy_version": layers.policy.version,
    }


def _policy(file: PolicyFile, catalogue: Catalogue) -> dict[str, object]:
    policy = catalogue.policies[file.id]
    return {
        "version": policy.version,
        "title": file.title,
        "status": "draft" if file.is_draft else "approved",
        "rules": len(policy.rules),
        "confidence": confidences(policy),
        "used_by": file.used_by,
        "fallback_of": file.fallback_of,
    }
