"""Rare escapes by adaptive multilevel splitting.

Walkers that climb are cloned, those that fall back are dropped.
"""
