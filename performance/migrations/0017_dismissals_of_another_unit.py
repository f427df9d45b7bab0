from django.db import migrations
from django.db.models import F

# Their magnitude was a percentage, or the number of runs times the worst; now it is in parts of what is left, or the
# worst alone.
CHANGED = (
    "cpu_steal",
    "disk_filling",
    "disk_slow",
    "memory_full",
    "missing_index",
    "open_files",
    "pool_too_small",
    "redis_full",
    "slow_statement",
    "warm_after_start",
)


def dismissed(apps, schema_editor):
    rows = apps.get_model("performance", "Recommendation").objects.using(schema_editor.connection.alias)
    return rows.filter(state="dismissed", rule__in=CHANGED)


def measure_anew(apps, schema_editor):
    """What they grow from is taken at the next sighting: a base of the old unit might never be doubled."""
    dismissed(apps, schema_editor).update(dismissed_magnitude=None)


def as_last_seen(apps, schema_editor):
    dismissed(apps, schema_editor).filter(dismissed_magnitude=None).update(dismissed_magnitude=F("magnitude"))


class Migration(migrations.Migration):

    dependencies = [
        ('performance', '0016_lately'),
    ]

    operations = [
        migrations.RunPython(measure_anew, as_last_seen),
    ]
