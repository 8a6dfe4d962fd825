"""Importers: well-known data sets and Rasa's training data made into evaluation sets.

Each reads the layout in which the original is distributed, and writes a set whose heading names its
source and licence. Nothing is fetched: get the original from its owners first.
"""
