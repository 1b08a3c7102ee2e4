"""What our API reads and writes: one serializer a thing, for both directions."""
