package pattern
