"""Tables at random: each is read right, or refused by a sentence; nothing is lost in silence."""

from __future__ import annotations

from hypothesis import given, settings

from lrsim.data.table.read import Table
from tests.data.table.written import Drawn, mistakes, read_back, tables


@settings(max_examples=300)
@given(drawn=tables())
def test_a_table_is_read_right_or_refused(tmp_path_factory, drawn: Drawn):
    table = read_back(tmp_path_factory.getbasetemp() / "drawn.csv", drawn)
    if isinstance(table, Table):
        assert mistakes(drawn, table) == []
    else:
        assert len(str(table).splitlines()) == 1
