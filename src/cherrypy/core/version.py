"""The version, in one place: the build reads it from here too."""

#: NOTE: applications parse it: numbers and dots only.
__version__ = "19.0.0"
