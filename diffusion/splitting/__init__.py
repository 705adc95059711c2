"""Rare escapes by adaptive multilevel splitting: walkers that climb are cloned, those that fall back are dropped."""
