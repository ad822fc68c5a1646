"""The web application: HTTP endpoint, pages, ports, and the guard against foreign pages."""
