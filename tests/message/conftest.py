"""Settings for the tests that hypothesis feeds."""

from hypothesis import HealthCheck, settings

# A busy machine is no reason for a test of a parser to fail.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
