"""A small model to explain."""

from rnnbench.explain.subject import Subject
from rnnbench.study import Study

QUICK = {"updates": 8, "interval": 8, "sequences": 100, "validation": 20, "test": 40, "batch": 8}


def subject(
    cell: str, task: str = "latching", length: int = 6, hidden: int = 1, repeats: int = 2, kernel: str = "auto"
) -> Subject:
    study = Study(
        name="x", tasks=[task], cells=[cell], hidden=[hidden], lengths=[length], repeats=repeats, protocol=QUICK
    )
    return Subject.of(study, kernel)
