"""Landing parts: declared schemas, written whole, replaced alone."""

from decimal import Decimal

import pyarrow as pa
import pytest

from extract.landing import (
    SCHEMAS,
    part_path,
    published_loads,
    read_documents_published,
    read_load,
    write_part,
)


def reject(digest: str, load: str) -> dict[str, object]:
    return {"load_id": load, "document_sha256": digest, "error_class": "empty", "sentence": "空"}


def test_a_part_is_replaced_and_nothing_else(tmp_path):
    write_part(tmp_path, "rejects", "L1", "a", [reject("1", "L1")])
    write_part(tmp_path, "rejects", "L1", "b", [reject("2", "L1")])
    write_part(tmp_path, "rejects", "L2", "a", [reject("3", "L2")])
    write_part(tmp_path, "rejects", "L1", "a", [reject("4", "L1")])
    assert read_load(tmp_path, "rejects", "L1").column("document_sha256").to_pylist() == ["4", "2"]
    assert read_load(tmp_path, "rejects", "L2").column("document_sha256").to_pylist() == ["3"]
    assert not list(tmp_path.rglob("*.tmp"))


def test_unknown_columns_and_wrong_types_are_refused_and_leave_the_old_part(tmp_path):
    write_part(tmp_path, "cells", "L1", "a", [{"load_id": "L1", "report_id": "r", "value": Decimal("1.5")}])
    with pytest.raises(KeyError, match="colour"):
        write_part(tmp_path, "cells", "L1", "a", [{"colour": "red"}])
    with pytest.raises((pa.ArrowInvalid, pa.ArrowTypeError)):
        write_part(tmp_path, "cells", "L1", "a", [{"page": "three"}])
    assert read_load(tmp_path, "cells", "L1").num_rows == 1


def test_a_dataset_without_parts_is_empty_with_its_schema(tmp_path):
    table = read_load(tmp_path, "claims", "L1")
    assert table.num_rows == 0 and table.schema == SCHEMAS["claims"]
    assert part_path(tmp_path, "claims", "L1", "x").name == "part-x.parquet"


def test_only_published_loads_with_the_same_reader_count_as_read(tmp_path):
    for load, version in (("L1", "1"), ("L2", "2")):
        write_part(tmp_path, "loads", load, "mark", [{"load_id": load, "reader_version": version}])
        write_part(tmp_path, "rejects", load, "a", [reject(load, load)])
    write_part(tmp_path, "rejects", "L3", "a", [reject("L3", "L3")])
    assert published_loads(tmp_path) == {"L1": "1", "L2": "2"}
    assert read_documents_published(tmp_path, "2") == {"L2"}
