"""What other apps may listen to without knowing the job table."""

from django.dispatch import Signal

# Sent once in every worker process, after the fork and before its first job: the place to import
# what is slow to import. No arguments.
worker_started = Signal()

# Sent around the work of one attempt at a job, in the thread that does it. Arguments: job; the second one also says the
# outcome: done, split, stopped, cancelled, paused or failed.
job_begins = Signal()
job_leaves = Signal()

# Sent after a job reached its end and that is committed. Arguments: job.
job_finished = Signal()
