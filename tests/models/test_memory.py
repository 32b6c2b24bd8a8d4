"""Free memory."""

from sekisho.models.memory import free_memory

GB = 1_000_000_000


def machine(root, *, available_kb=None, groups=(), group="/a/b"):
    (root / "proc/self").mkdir(parents=True)
    if available_kb is not None:
        (root / "proc/meminfo").write_text(f"MemTotal: 99999999 kB\nMemAvailable:   {available_kb} kB\n")
    (root / "proc/self/cgroup").write_text(f"0::{group}\n")
    for path, limit, used, reclaimable in groups:
        directory = root / "sys/fs/cgroup" / path
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "memory.max").write_text(f"{limit}\n")
        (directory / "memory.current").write_text(f"{used}\n")
        (directory / "memory.stat").write_text(f"anon 5\ninactive_file {reclaimable}\n")
    return root


def test_it_is_what_the_kernel_calls_available(tmp_path):
    assert free_memory(machine(tmp_path, available_kb=5_000_000)) == 5_000_000 * 1024


def test_a_control_group_leaves_less(tmp_path):
    groups = [("a/b", 3 * GB, 2 * GB, 0)]
    assert free_memory(machine(tmp_path, available_kb=9_000_000, groups=groups)) == GB


def test_an_outer_control_group_counts_too(tmp_path):
    groups = [("a/b", "max", 0, 0), ("a", 2 * GB, GB, 0)]
    assert free_memory(machine(tmp_path, available_kb=9_000_000, groups=groups)) == GB


def test_caches_of_a_control_group_count_as_free(tmp_path):
    groups = [("a/b", 3 * GB, 3 * GB, 2 * GB)]
    assert free_memory(machine(tmp_path, available_kb=9_000_000, groups=groups)) == 2 * GB


def test_a_container_sees_its_own_group_at_the_root(tmp_path):
    groups = [("", 2 * GB, GB, 0)]
    assert free_memory(machine(tmp_path, available_kb=9_000_000, groups=groups, group="/")) == GB


def test_a_group_over_its_limit_leaves_nothing_and_not_less(tmp_path):
    groups = [("a/b", GB, 2 * GB, 0)]
    assert free_memory(machine(tmp_path, available_kb=9_000_000, groups=groups)) == 0


def test_a_system_that_tells_nothing_is_assumed_half_free(tmp_path):
    assert free_memory(tmp_path) > 100_000_000


def test_this_machine_has_some():
    assert 0 < free_memory() < 10**15
