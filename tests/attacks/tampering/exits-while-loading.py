# Ends the process while it is loaded.
# verdicts: RTE WA CE

import os

os._exit(0)
