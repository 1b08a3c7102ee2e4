"""Our own API, under /api/headrace/v1/. The canvas saves through it; it has no private entrance."""
