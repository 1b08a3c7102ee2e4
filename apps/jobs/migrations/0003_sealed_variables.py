from django.db import migrations

import apps.lib.sealed
from apps.lib.sealed import seal, unseal

BATCH = 500


def _rewrite(apps, change):
    jobs = apps.get_model("jobs", "Job").objects
    for pk, text in jobs.exclude(variables_text="").values_list("pk", "variables_text").iterator(BATCH):
        jobs.filter(pk=pk).update(variables_text=change(text))


def seal_all(apps, schema_editor):
    _rewrite(apps, seal)


def open_all(apps, schema_editor):
    _rewrite(apps, unseal)


class Migration(migrations.Migration):
    """Custom variables may hold passwords: they are sealed like every other secret."""

    dependencies = [("jobs", "0002_recurrence")]

    operations = [
        # The column is still read and written as plain text here: the model of this state says so.
        migrations.RunPython(seal_all, open_all),
        migrations.AlterField("job", "variables_text", apps.lib.sealed.SealedTextField(blank=True)),
    ]
