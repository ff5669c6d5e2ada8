"""Read the mathematics on a page and check every equals sign in it."""
