"""What the fork server imports first: nothing shall hinder its imports.

The garbage collector would take a fifth of their time. Ctrl-C, which the server was born without, is for the parent.
"""

import gc
import signal

gc.disable()
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
