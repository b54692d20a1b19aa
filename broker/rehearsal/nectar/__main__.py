"""Run the played Nectar as a program."""

from broker.rehearsal.nectar.server import main

main()
