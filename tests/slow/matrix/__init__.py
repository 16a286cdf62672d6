"""The support matrix: every output with every dependency manager, layout and Django, built and run as the platform does.

Slow: half a minute a cell.
"""
