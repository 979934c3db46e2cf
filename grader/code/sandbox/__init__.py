"""The walls around strangers' Python, and what runs inside them.

    bot ── runner ── zygote ── one locked child a job

The zygote (`zygote`) has the libraries loaded and forks; it receives descriptors and integers only, so that no
submission is ever in the memory that the next child inherits. The child gives up all it does not need (`lockdown`),
then reads the submission from its socket and answers case by case (`child`).

    tier 1  namespaces and a read-only view of Python and its libraries, Landlock, seccomp, resource limits
    tier 2  Landlock, seccomp, resource limits: a container that forbids namespaces
    tier 3  seccomp and resource limits, and no file can be opened at all: no Landlock
    none    no seccomp: nothing is run

Each tier is tried with a child of its own before it is claimed; nothing is assumed from versions or settings.
"""
