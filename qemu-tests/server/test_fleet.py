"""The simulation of `make bench-fleet`, small: what a rack's cache saves, and that everybody gets everything."""

from fleet import FILES, IMAGE, WAYS, Fleet


def test_a_rack_costs_the_server_about_one_copy(tmp_path):
    with Fleet(tmp_path / "fleet", machines=8, racks=2) as fleet:
        straight, cached, chunks, peers = (fleet.boot(way) for way in WAYS)
    assert [result.errors for result in (straight, cached, chunks, peers)] == [0, 0, 0, 0]
    assert straight.origin_copies == 8
    assert 2 <= cached.origin_copies < 2.2
    # Each chunk once a rack; what is no image the caches have by then.
    share = FILES[IMAGE] / sum(FILES.values())
    assert 2 * share <= chunks.origin_copies < 2.2 * share
    assert (straight.image_copies, peers.image_copies) == (8, 2)
    assert chunks.image_copies == 2
