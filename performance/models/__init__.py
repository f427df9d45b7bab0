from performance.models.anomalies import Anomaly, DetectorState
from performance.models.application import ApplicationSample
from performance.models.caches import CacheSample
from performance.models.database import DatabaseSample, WriteMark
from performance.models.leases import SamplerLease
from performance.models.processes import ProcessReading, Role
from performance.models.queries import RepeatedQuery, SlowQuery
from performance.models.samples import SystemSample
from performance.models.tasks import TaskSample

__all__ = [
    "Anomaly",
    "ApplicationSample",
    "CacheSample",
    "DatabaseSample",
    "DetectorState",
    "ProcessReading",
    "RepeatedQuery",
    "Role",
    "SamplerLease",
    "SlowQuery",
    "SystemSample",
    "TaskSample",
    "WriteMark",
]
