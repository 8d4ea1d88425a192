"""What every task and every cell owes, as checks that anybody can run: ``rnnbench check``, and the contract tests.

A check is a function of a subject (a task or a cell with its parameters) that returns None, a note or a failure. From
the caller's side::

    for outcome in check("latching", "my_cell.py"):
        print(outcome.subject, outcome.check, outcome.finding or "holds")

:mod:`rnnbench.check.tasks` and :mod:`rnnbench.check.cells` list the checks. A seed n in an example is the generator
``rnnbench.streams.stream("check", n)``.
"""

from rnnbench.check.select import check as check
