# Imports the file as a module.
# verdicts: RTE WA CE

import importlib.util


def solve(n):
    spec = importlib.util.spec_from_loader("canary", importlib.machinery.SourceFileLoader("canary", "__CANARY__"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return dir(module)
