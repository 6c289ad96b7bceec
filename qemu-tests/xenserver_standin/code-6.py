# Written for dom0strap's tests: the real one's code of 6.x asks the constant.
import constants

if constants.GPT_SUPPORT:
    pass
