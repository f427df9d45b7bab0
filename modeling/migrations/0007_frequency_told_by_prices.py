"""A set's prices tell how often it has some; until now every set was daily that nobody had stated otherwise."""

from django.db import migrations, models


def tell(apps, schema_editor):
    """What the longest series says, on average; nothing where it is too short."""
    PriceSet, PriceSeries = apps.get_model("modeling", "PriceSet"), apps.get_model("modeling", "PriceSeries")
    for price_set in PriceSet.objects.filter(frequency="daily"):
        longest = PriceSeries.objects.filter(price_set=price_set, count__gte=3).order_by("-count", "pk").first()
        apart = (longest.last - longest.first).days / (longest.count - 1) if longest else None
        told = "" if apart is None else "daily" if apart <= 4 else "weekly" if apart <= 10 else "monthly"
        PriceSet.objects.filter(pk=price_set.pk).update(frequency=told)


def as_before(apps, schema_editor):
    apps.get_model("modeling", "PriceSet").objects.filter(frequency="").update(frequency="daily")


class Migration(migrations.Migration):
    dependencies = [("modeling", "0006_price_bundles")]

    operations = [
        migrations.AlterField(
            model_name="priceset",
            name="frequency",
            field=models.CharField(
                blank=True, choices=[("daily", "Daily"), ("weekly", "Weekly"), ("monthly", "Monthly")], max_length=10
            ),
        ),
        migrations.RunPython(tell, as_before),
    ]
