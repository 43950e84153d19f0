from django.db import migrations


class Migration(migrations.Migration):
    """Booking numbers come from a sequence: no two bookings wait for each other to get one."""

    dependencies = [("domain", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE domain_booking_number START 1001",
            "DROP SEQUENCE domain_booking_number",
        )
    ]
