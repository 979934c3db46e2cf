# Through a reader in C.
# verdicts: RTE WA CE

def solve(n):
    import pandas as pd

    return pd.read_csv("__CANARY__").to_string()
