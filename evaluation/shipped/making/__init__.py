"""How the shipped set of the bank is written: `python -m evaluation.shipped.making`.

Each module has the cases of some tasks; all of what is said is our own. The set itself,
`evaluation/shipped/bank`, is what they make: change them, make it again, and commit both.
"""
