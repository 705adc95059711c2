"""Conditions that several statements share, in words."""

HESSIAN_NOISE = "gradient noise |H| / B (Eq. 3)"
