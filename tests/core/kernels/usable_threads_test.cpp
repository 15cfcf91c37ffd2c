// How many threads are worth having: by affinity, and by the quotas of control groups, here in folders of the test's.
#include <gradus/core/kernels/parallel.h>
#include <gradus/core/kernels/usable_threads.h>

#include <gtest/gtest.h>

#include <climits>
#ifdef __linux__
#include <sched.h>
#endif

#include "temporary_folder.h"

namespace {

using gradus_base::detail::cgroup_threads;

class ControlGroups : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& content) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << content << '\n';
  }
  int threads() const { return cgroup_threads(folder_ / "own", folder_ / "mounted"); }

  gradus::testing::TemporaryFolder folder_;
};

TEST_F(ControlGroups, WithoutFilesOrQuotasThereIsNoLimit) {
  EXPECT_EQ(threads(), INT_MAX);
  write("own", "0::/a");
  EXPECT_EQ(threads(), INT_MAX);
  write("mounted/a/cpu.max", "max 100000");
  EXPECT_EQ(threads(), INT_MAX);
  for (const char* damaged : {"", "100000", "0 100000", "100000 0", "-1 100000", "x y"}) {
    write("mounted/a/cpu.max", damaged);
    EXPECT_EQ(threads(), INT_MAX) << damaged;
  }
}

TEST_F(ControlGroups, AQuotaIsRoundedUp) {
  write("own", "0::/a/b");
  for (const auto& [quota, expected] : {std::pair("1000 100000", 1),
                                        {"100000 100000", 1},
                                        {"100001 100000", 2},
                                        {"150000 100000", 2},
                                        {"25000 10000", 3},
                                        {"6400000 100000", 64}}) {
    write("mounted/a/b/cpu.max", quota);
    EXPECT_EQ(threads(), expected) << quota;
  }
}

TEST_F(ControlGroups, TheSmallestQuotaOnTheWayUpCounts) {
  write("own", "0::/a/b");
  write("mounted/a/b/cpu.max", "400000 100000");
  write("mounted/a/cpu.max", "200000 100000");
  EXPECT_EQ(threads(), 2);
  write("mounted/cpu.max", "100000 100000");
  EXPECT_EQ(threads(), 1);
  write("mounted/c/cpu.max", "1000 100000");  // another's
  write("mounted/cpu.max", "300000 100000");
  EXPECT_EQ(threads(), 2);
}

TEST_F(ControlGroups, AContainerMaySeeItsGroupAsTheRoot) {
  write("own", "0::/machine/container");
  write("mounted/cpu.max", "300000 100000");
  EXPECT_EQ(threads(), 3);
}

TEST_F(ControlGroups, VersionOne) {
  write("own", "9:name=systemd:/\n3:cpuset:/x\n2:cpuacct,cpu:/a:b\n0::/");
  write("mounted/cpu/a:b/cpu.cfs_quota_us", "-1");
  write("mounted/cpu/a:b/cpu.cfs_period_us", "100000");
  EXPECT_EQ(threads(), INT_MAX);
  write("mounted/cpu/a:b/cpu.cfs_quota_us", "250000");
  EXPECT_EQ(threads(), 3);
  write("mounted/cpu/x/cpu.cfs_quota_us", "1000");  // not this process's
  write("mounted/cpu/x/cpu.cfs_period_us", "100000");
  EXPECT_EQ(threads(), 3);
}

TEST(UsableThreads, AreAtLeastOne) { EXPECT_GE(gradus::usable_threads(), 1); }

#ifdef __linux__
TEST(UsableThreads, AreNoMoreThanTheProcessMayRunOn) {
  cpu_set_t before, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  CPU_ZERO(&one);
  for (int i = 0; CPU_COUNT(&one) == 0; ++i) {
    if (CPU_ISSET(i, &before)) CPU_SET(i, &one);
  }
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(gradus::usable_threads(), 1);
  ASSERT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
}
#endif

}  // namespace
