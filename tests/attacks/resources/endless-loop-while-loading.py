# Never finishes loading.
# verdicts: TLE

while True:
    pass
