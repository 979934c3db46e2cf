# The entry is there and cannot be called.
# verdicts: RTE CE WA

solve = 4
