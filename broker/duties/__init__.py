"""What stops disclosures: the stop switch for all, and the suspension of a recipient, a program or a person.

`bars.code_for` says for everybody who reads or is sent something whether it may go on; `bars.stop`, `suspend`, `lift`
are the acts; `guard.BarMiddleware` asks it for each signed-in person, and `jobs.guard` for what waits in the queue.
"""
