"""Tests of one module each, laid out as the package is: deploy_overlay/base/x.py is tried in tests/unit/base/test_x.py."""
