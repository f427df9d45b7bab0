from performance.models.leases import SamplerLease
from performance.models.queries import RepeatedQuery, SlowQuery
from performance.models.samples import SystemSample

__all__ = ["RepeatedQuery", "SamplerLease", "SlowQuery", "SystemSample"]
