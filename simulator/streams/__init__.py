"""The streams of the simulator, one module or package each.

To add a stream, write a module that declares `STREAM = Stream(...)`: it is discovered by
`simulator.streams.registry`. The module contains the stream's part of a profile (a `StreamPart`),
the function that generates its records, and the columns that faults change. Its values go to
`profiles/ceheng.yaml`, its expected indicators to `simulator/oracle/<stream>.py`.
"""
