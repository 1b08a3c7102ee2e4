from django.db import migrations, models


class Migration(migrations.Migration):
    """A lock is for a drawing or for a job that has none. Nothing took locks before: none is carried over."""

    dependencies = [("drawings", "0001_initial")]

    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: apps.get_model("drawings", "Lock").objects.all().delete(),
            migrations.RunPython.noop,
        ),
        migrations.RemoveConstraint("lock", "lock_once_a_node"),
        migrations.RemoveField("lock", "document"),
        migrations.RemoveField("lock", "node"),
        migrations.AddField(
            "lock", "subject", models.BigIntegerField(unique=True, default=0), preserve_default=False
        ),
        migrations.AlterField("lock", "taken_at", models.DateTimeField()),
    ]
