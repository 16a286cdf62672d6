"""The platforms, as far as they can be played on one machine: each builds and starts a site from its rendered files alone.

What a platform would run is read from these files, never from the template or the hooks.
"""
