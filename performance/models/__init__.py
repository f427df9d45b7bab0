from performance.alerts.models import Alert, AlertEvent, Notification, Silence, Threshold, ThresholdChange
from performance.dashboards.models import Dashboard
from performance.models.advice import ActionRun, Recommendation, Verdict
from performance.models.anomalies import Anomaly, DetectorState
from performance.models.application import ApplicationSample
from performance.models.caches import CacheSample
from performance.models.database import DatabaseSample, WriteMark
from performance.models.fleet import FleetTotal
from performance.models.leases import SamplerLease
from performance.models.platform import PlatformEvent
from performance.models.processes import ProcessReading, Role
from performance.models.queries import RepeatedQuery, SlowQuery
from performance.models.retirement import Retirement
from performance.models.rollups import Level, Rollup, RollupTrack
from performance.models.samples import SystemSample
from performance.models.sampling import SamplingChange, SamplingState
from performance.models.tasks import TaskSample

__all__ = [
    "ActionRun",
    "Alert",
    "AlertEvent",
    "Anomaly",
    "ApplicationSample",
    "CacheSample",
    "Dashboard",
    "DatabaseSample",
    "DetectorState",
    "FleetTotal",
    "Level",
    "Notification",
    "PlatformEvent",
    "ProcessReading",
    "Recommendation",
    "RepeatedQuery",
    "Retirement",
    "Role",
    "Rollup",
    "RollupTrack",
    "SamplerLease",
    "SamplingChange",
    "SamplingState",
    "Silence",
    "SlowQuery",
    "SystemSample",
    "TaskSample",
    "Threshold",
    "ThresholdChange",
    "Verdict",
    "WriteMark",
]
