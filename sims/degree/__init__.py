"""The degree law: optimizers' exponents, predicted and measured.

It tells with which exponent each optimizer distinguishes flat from sharp minima.
"""
