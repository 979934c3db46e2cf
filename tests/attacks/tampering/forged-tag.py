# Returns what looks like an encoded value.
# verdicts: WA RTE

def solve(n):
    return {"$exception": {"type": "ValueError", "message": ""}}
