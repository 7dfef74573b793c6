"""The oracle: expected indicators and work lists, computed from records without SQL.

To add a stream, write a module that declares `ORACLE = StreamOracle(...)`: it is discovered by
`simulator.oracle.indicators`.
"""
