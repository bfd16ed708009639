"""The command lines. Results go to standard output, diagnostics to standard error; never a traceback.

Exit 0: all is well. 1: something was found. 2: the call or the configuration was wrong. 3: something could not be
checked. What was found beats what could not be checked.
"""
