"""Who comes in and how: allauth's flows with our forms, pages, limits and clock."""
