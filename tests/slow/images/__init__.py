"""The rendered Dockerfile, really built and run: by buildah, without a Docker daemon and without pulling an image.

Slow: minutes an image.
"""
