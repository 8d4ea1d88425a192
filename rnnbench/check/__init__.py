"""What every task and every cell owes, as checks that anybody can run: ``rnnbench check``, and the contract tests.

A check is a function of a subject (a task or a cell with its parameters) that returns None, a note or a failure::

    for outcome in examine(TaskSubject("latching:2018"), TASK_CHECKS):
        print(outcome.check, outcome.finding or "holds")

:mod:`rnnbench.check.tasks` and :mod:`rnnbench.check.cells` list the checks. A seed n in an example is the generator
``rnnbench.streams.stream("check", n)``.
"""
