# Written for dom0strap's tests: from 8.3 on nothing asks for another table.
import constants

assert constants.GPT_SUPPORT
