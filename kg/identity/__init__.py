"""Who is who: addresses of things, and how names are compared."""
