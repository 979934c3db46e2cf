# Text that would ping people and break the card.
# verdicts: WA RTE

def solve(n):
    print("@everyone <@123> ``` ```py [link](https://example.org) \x1b[31m\x07\u202e")
    raise ValueError("@everyone ``` \u202e \x00 <@&1>")
