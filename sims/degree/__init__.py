"""The degree law: with which exponent each optimizer tells flat from sharp minima, predicted and measured."""
