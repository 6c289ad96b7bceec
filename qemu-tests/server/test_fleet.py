"""The simulation of `make bench-fleet`, small: what a rack's cache saves, and that everybody gets everything."""

from fleet import Fleet


def test_a_rack_costs_the_server_about_one_copy(tmp_path):
    with Fleet(tmp_path / "fleet", machines=8, racks=2) as fleet:
        straight, cached = fleet.boot(cached=False), fleet.boot(cached=True)
    assert (straight.errors, cached.errors) == (0, 0)
    assert straight.origin_copies == 8
    assert 2 <= cached.origin_copies < 2.2
