from django.db import migrations, models
from django.db.models import F


def take_as_told(apps, schema_editor):
    """Open alerts that somebody was told of were told as they are: nobody is told of them again for the new column."""
    alerts = apps.get_model("performance", "Alert").objects.using(schema_editor.connection.alias)
    alerts.exclude(state="resolved").exclude(told_at=None).update(told_severity=F("severity"))


class Migration(migrations.Migration):

    dependencies = [
        ('performance', '0010_anomalies'),
    ]

    operations = [
        migrations.AddField(
            model_name='alert',
            name='told_severity',
            field=models.CharField(blank=True, choices=[('info', 'Info'), ('warning', 'Warning'), ('critical', 'Critical')], help_text='The severity that was last told.', max_length=8),
        ),
        migrations.AddField(
            model_name='repeatedquery',
            name='latest',
            field=models.PositiveIntegerField(default=0, help_text='Most runs in one of them, as last reported.'),
        ),
        migrations.RunPython(take_as_told, migrations.RunPython.noop),
    ]
