"""One view an address. Each reaches its row through `reach`, which asks who may."""
