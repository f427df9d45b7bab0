from performance.models.leases import SamplerLease
from performance.models.samples import SystemSample

__all__ = ["SamplerLease", "SystemSample"]
