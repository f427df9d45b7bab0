from performance.models.database import DatabaseSample, WriteMark
from performance.models.leases import SamplerLease
from performance.models.processes import ProcessReading, Role
from performance.models.queries import RepeatedQuery, SlowQuery
from performance.models.samples import SystemSample

__all__ = [
    "DatabaseSample",
    "ProcessReading",
    "RepeatedQuery",
    "Role",
    "SamplerLease",
    "SlowQuery",
    "SystemSample",
    "WriteMark",
]
