#include <gradus/core/kernels/parallel.h>
#include <gradus/core/kernels/usable_threads.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <thread>
#ifdef __linux__
#include <sched.h>
#endif

namespace gradus_base {
namespace {

std::string line_of(const std::filesystem::path& file) {
  std::string line;
  std::ifstream in(file);
  std::getline(in, line);
  return line;
}

// Of one group: how much time in how much, "150000 100000" for one and a half processors. Without a quota the first is
// "max" (version 2) or -1 (version 1).
int quota(const std::filesystem::path& group) {
  std::istringstream in(line_of(group / "cpu.max") + line_of(group / "cpu.cfs_quota_us") + " " +
                        line_of(group / "cpu.cfs_period_us"));
  std::int64_t time = 0, period = 0;
  if (!(in >> time >> period) || time <= 0 || period <= 0) return std::numeric_limits<int>::max();
  return static_cast<int>(std::min<std::int64_t>((time - 1) / period + 1, std::numeric_limits<int>::max()));
}

}  // namespace

int detail::cgroup_threads(const std::filesystem::path& own_groups, const std::filesystem::path& mounted) {
  int least = std::numeric_limits<int>::max();
  std::ifstream in(own_groups);
  std::string number, controllers, path;  // 0::/path (version 2), 4:cpu,cpuacct:/path (version 1)
  while (std::getline(in, number, ':') && std::getline(in, controllers, ':') && std::getline(in, path)) {
    const bool version_2 = controllers.empty();
    if (!version_2 && ("," + controllers + ",").find(",cpu,") == std::string::npos) continue;
    std::filesystem::path group = version_2 ? mounted : mounted / "cpu";
    least = std::min(least, quota(group));
    for (const std::filesystem::path& part : std::filesystem::path(path).relative_path()) {
      least = std::min(least, quota(group /= part));
    }
  }
  return least;
}

int usable_threads() {
  int threads = static_cast<int>(std::thread::hardware_concurrency());  // 0 if it cannot be told
#ifdef __linux__
  if (cpu_set_t processors; sched_getaffinity(0, sizeof processors, &processors) == 0) threads = CPU_COUNT(&processors);
  threads = std::min(threads, detail::cgroup_threads("/proc/self/cgroup", "/sys/fs/cgroup"));
#endif
  return std::max(threads, 1);
}

}  // namespace gradus_base
