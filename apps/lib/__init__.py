"""Topics that any app may use: no models here, and nothing with a single user."""
