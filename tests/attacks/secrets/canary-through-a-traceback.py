# Claims that its code is in another file, so that a traceback prints that file.
# verdicts: RTE WA

code = compile("def solve(n):\n    raise ValueError('here')\n", "__CANARY__", "exec")
exec(code)
