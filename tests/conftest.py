"""What all tests share: Hypothesis judges no speed, since a machine under load is no fault of the code's."""

from hypothesis import HealthCheck, settings

settings.register_profile("sekisho", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("sekisho")
