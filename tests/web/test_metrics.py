"""What the metrics tell of providers that are left alone."""

from scheduler.web.metrics import Metrics


def paused(metrics: Metrics, provider: str) -> float | None:
    """Return what is told of a provider; None for nothing."""
    return metrics.registry.get_sample_value("duly_provider_paused", {"provider": provider})


def test_a_provider_is_told_of_from_when_it_is_first_left_alone() -> None:
    metrics = Metrics()
    assert paused(metrics, "twilio") is None
    metrics.note_provider("twilio", True)
    assert paused(metrics, "twilio") == 1
    metrics.note_provider("twilio", False)
    assert paused(metrics, "twilio") == 0
