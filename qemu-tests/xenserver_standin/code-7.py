# Written for dom0strap's tests: the real one's code of 7.0 to 8.2 is started with the kernel's arguments.
import sys

import constants

for option in sys.argv[1:]:
    if option == "--disable-gpt":
        constants.GPT_SUPPORT = False
