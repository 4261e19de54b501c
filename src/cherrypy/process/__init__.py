"""The site's process: a publish/subscribe bus, its plugins and the server adapter."""
