"""The platforms that can be provisioned: one module for each, named as in `deploy_platforms`."""
