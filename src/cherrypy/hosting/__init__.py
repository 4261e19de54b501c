"""Where the HTTP server meets the framework."""
