"""The degree law, predicted and measured.

It tells with which exponent each optimizer distinguishes flat from sharp minima.
"""
