# Puts names of other files into its traceback.
# verdicts: WA RTE

code = compile("def helper():\n    1 / 0\n", "/etc/passwd", "exec")
exec(code)


def solve(n):
    helper()
