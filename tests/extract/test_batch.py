"""A batch of documents lands with every report and every reject under a key of its own."""

import zipfile
from pathlib import Path

from expectations.gates import run_landing_gate
from extract.landing import read_load
from gongkai import loads, pipeline
from gongkai.settings import Home

SAMPLES = Path(__file__).parents[2] / "samples"


def test_members_of_an_archive_land_as_reports_of_their_own(tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir()
    with zipfile.ZipFile(folder / "附件.zip", "w") as archive:
        for name in ("baiyu-finance-2023.pdf", "qinglan-education-2021.txt"):
            archive.writestr(f"年报/{name}", (SAMPLES / name).read_bytes())
        archive.writestr("说明.txt", "会议纪要".encode())
    (folder / "one.txt").write_bytes((SAMPLES / "qinglan-education-2021.txt").read_bytes())
    home = Home(tmp_path / "home")
    load_id = "20240101T000000-0a1b"
    pipeline.open_load(
        home, load_id=load_id, sources=[str(folder)], mode="incremental", holder=loads.Holder.foreground()
    )
    pipeline.pull(home, load_id, [str(folder)])
    for batch in pipeline.plan_batches(home, load_id):
        pipeline.extract_batch(home, load_id, batch)
    reports = read_load(home.landing, "reports", load_id).to_pylist()
    assert {(r["document_path"], r["member"], r["report_id"].count("-")) for r in reports} == {
        ("one.txt", None, 1),
        ("附件.zip", "年报/baiyu-finance-2023.pdf", 2),
        ("附件.zip", "年报/qinglan-education-2021.txt", 2),
    }
    assert len({r["report_id"] for r in reports}) == 3
    (reject,) = read_load(home.landing, "rejects", load_id).to_pylist()
    assert (reject["member"], reject["error_class"]) == ("说明.txt", "not_a_report")
    gate = run_landing_gate(home, load_id)
    assert gate.passed, [o for o in gate.outcomes if not o.passed]
