"""The report of a run: statistics, figures and tables as Markdown and as one HTML page."""

from rnnbench.report.write import ReportFiles as ReportFiles
from rnnbench.report.write import write_report as write_report
from rnnbench.report.write import write_reports as write_reports
