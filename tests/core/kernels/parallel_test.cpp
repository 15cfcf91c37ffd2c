// The pool: every index once, in pieces no larger or smaller than promised, from anywhere, with anything thrown.
#include <gradus/core/kernels/parallel.h>

#include <gtest/gtest.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cfenv>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace gradus;
using std::int64_t;

namespace {

class Parallel : public ::testing::Test {
 protected:
  ~Parallel() override { set_threads(1); }
};

// How often each index of [0, count) was visited.
std::vector<int> visits(int64_t count, int64_t grain) {
  std::vector<std::atomic<int>> seen(static_cast<std::size_t>(count));
  parallel_for(count, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
  });
  return {seen.begin(), seen.end()};
}

TEST_F(Parallel, VisitsEveryIndexOnce) {
  for (int threads : {1, 2, 3, 7}) {
    set_threads(threads);
    for (int64_t count : {0, 1, 2, 3, 7, 8, 100, 1001})
      for (int64_t grain : {0, 1, 10, 5000})
        EXPECT_EQ(visits(count, grain), std::vector<int>(static_cast<std::size_t>(count), 1))
            << threads << " threads, " << count << " by " << grain;
  }
}

TEST_F(Parallel, PiecesAreAsManyAndAsLargeAsPromised) {
  set_threads(3);
  std::mutex mutex;
  std::vector<int64_t> sizes;
  const auto record = [&](int64_t begin, int64_t end) {
    std::lock_guard lock(mutex);
    sizes.push_back(end - begin);
  };
  parallel_for(300, 100, record);
  EXPECT_EQ(sizes, std::vector<int64_t>(3, 100));
  sizes.clear();
  parallel_for(299, 100, record);
  EXPECT_EQ(sizes.size(), 2u);
  sizes.clear();
  parallel_for(99, 100, record);
  EXPECT_EQ(sizes, std::vector<int64_t>(1, 99));
  sizes.clear();
  parallel_for(8, 1, record);
  std::sort(sizes.begin(), sizes.end());
  EXPECT_EQ(sizes, (std::vector<int64_t>{2, 3, 3}));
  parallel_for(0, 100, [](int64_t, int64_t) { FAIL() << "called for nothing"; });
}

TEST_F(Parallel, ManyShortJobsInARow) {
  for (int threads : {2, 3, 7}) {
    set_threads(threads);
    std::atomic<int64_t> sum = 0;
    for (int job = 0; job < 2000; ++job)
      parallel_for(threads, 1, [&](int64_t begin, int64_t end) { sum += end - begin; });
    EXPECT_EQ(sum, 2000 * threads);
  }
}

TEST_F(Parallel, UsesMoreThanOneThread) {
  set_threads(2);
  std::atomic<int> arrived = 0;  // neither piece ends before both have begun
  parallel_for(2, 1, [&](int64_t, int64_t) {
    ++arrived;
    while (arrived < 2) std::this_thread::yield();
  });
  EXPECT_EQ(arrived, 2);
}

TEST_F(Parallel, NestedCallsRunWhereTheyAre) {
  set_threads(3);
  std::atomic<int> visited = 0;
  parallel_for(3, 1, [&](int64_t, int64_t) {
    const auto outer = std::this_thread::get_id();
    parallel_for(100, 1, [&](int64_t begin, int64_t end) {
      EXPECT_EQ(std::this_thread::get_id(), outer);
      visited += static_cast<int>(end - begin);
    });
  });
  EXPECT_EQ(visited, 300);
}

TEST_F(Parallel, SeveralCallersAtOnce) {
  set_threads(3);
  std::vector<std::thread> callers;
  std::atomic<int64_t> sum = 0;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&] {
      for (int job = 0; job < 500; ++job) parallel_for(30, 1, [&](int64_t begin, int64_t end) { sum += end - begin; });
    });
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(sum, 4 * 500 * 30);
}

TEST_F(Parallel, ASecondCallerDoesNotWaitForTheFirst) {
  set_threads(2);
  std::atomic<int64_t> sum = 0;
  parallel_for(2, 1, [&](int64_t, int64_t) {  // which goes on only when the other caller is done
    std::thread([&] { parallel_for(30, 1, [&](int64_t begin, int64_t end) { sum += end - begin; }); }).join();
  });
  EXPECT_EQ(sum, 60);
}

TEST_F(Parallel, AnExceptionReachesTheCaller) {
  for (int threads : {1, 2, 7}) {
    set_threads(threads);
    for (int64_t bad : {0, 50, 99}) {
      std::string message;
      try {
        parallel_for(100, 1, [&](int64_t begin, int64_t end) {
          if (begin <= bad && bad < end) throw std::runtime_error("piece with " + std::to_string(bad));
        });
      } catch (const std::runtime_error& error) {
        message = error.what();
      }
      EXPECT_EQ(message, "piece with " + std::to_string(bad));
      EXPECT_EQ(visits(100, 1), std::vector<int>(100, 1)) << "the pool works on";
    }
  }
}

TEST_F(Parallel, SetThreadsFromInsideIsRefused) {
  set_threads(2);
  EXPECT_THROW(parallel_for(2, 1, [](int64_t, int64_t) { set_threads(3); }), std::invalid_argument);
  EXPECT_EQ(threads(), 2);
}

TEST_F(Parallel, SetThreadsWantsAtLeastOne) {
  try {
    set_threads(0);
    FAIL() << "no exception";
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "set_threads: expected 1 or more, got 0");
  }
}

TEST_F(Parallel, SetThreadsWhileOthersWork) {
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::thread caller([&] {
    while (!stop) {
      std::atomic<int64_t> sum = 0;
      parallel_for(30, 1, [&](int64_t begin, int64_t end) { sum += end - begin; });
      if (sum != 30) ++wrong;
    }
  });
  for (int round = 0; round < 100; ++round) set_threads(1 + round % 4);
  stop = true;
  caller.join();
  EXPECT_EQ(wrong, 0);
}

// The subnormal number is multiplied on the caller's thread and on the pool's, and afterwards as always.
TEST_F(Parallel, SubnormalsCountAsZeroWhileABodyRuns) {
  volatile float tiny = 1e-40f;
  for (int threads : {1, 2}) {
    set_threads(threads);
    std::atomic<int> zeros = 0;
    parallel_for(2, 1,
                 [&](int64_t begin, int64_t end) { zeros += (tiny * 1.0f == 0) * static_cast<int>(end - begin); });
    EXPECT_EQ(zeros, 2);
    EXPECT_NE(tiny * 1.0f, 0) << "the caller's mode is as it was";
    zeros = 0;
    parallel_for(1, 1, [&](int64_t, int64_t) {  // one piece, with another inside
      parallel_for(1, 1, [&](int64_t, int64_t) { zeros += tiny * 1.0f == 0; });
      zeros += tiny * 1.0f == 0;
    });
    EXPECT_EQ(zeros, 2);
    EXPECT_NE(tiny * 1.0f, 0);
  }
}

// The pool's threads know nothing of the caller's rounding: the result would depend on their number.
TEST_F(Parallel, RoundsToTheNearestWhateverTheCallersMode) {
  volatile float one = 1, three = 3;
  const float third = one / three;
  std::fesetround(FE_DOWNWARD);
  for (int threads : {1, 2}) {
    set_threads(threads);
    std::atomic<int> nearest = 0;
    parallel_for(
        2, 1, [&](int64_t begin, int64_t end) { nearest += (one / three == third) * static_cast<int>(end - begin); });
    EXPECT_EQ(nearest, 2);
    EXPECT_EQ(std::fegetround(), FE_DOWNWARD);
  }
  std::fesetround(FE_TONEAREST);
}

TEST_F(Parallel, TheModeIsAsItWasAfterAnException) {
  volatile float tiny = 1e-40f;
  EXPECT_THROW(parallel_for(1, 1, [](int64_t, int64_t) { throw std::runtime_error("no"); }), std::runtime_error);
  EXPECT_NE(tiny * 1.0f, 0);
}

// The system has no room for the stack of a thread: in a process of its own, which then leaves.
TEST_F(Parallel, SaysThatThreadsCannotBeHadAndStaysAsItWas) {
  const auto outcome = [] {
    pthread_attr_t ordinary, endless;
    pthread_getattr_default_np(&ordinary);
    pthread_attr_init(&endless);
    pthread_attr_setstacksize(&endless, std::size_t{1} << 46);
    pthread_setattr_default_np(&endless);
    std::string error = "no error";
    try {
      set_threads(64);
    } catch (const std::runtime_error& e) {
      error = e.what();
    }
    const int after = threads();
    pthread_setattr_default_np(&ordinary);
    set_threads(3);  // the pool still works
    std::atomic<int> visited = 0;
    parallel_for(300, 1, [&](int64_t begin, int64_t end) { visited += static_cast<int>(end - begin); });
    std::fprintf(stderr, "%s; then %d, later %d, visited %d", error.c_str(), after, threads(), visited.load());
    std::_Exit(0);
  };
  EXPECT_EXIT(outcome(), ::testing::ExitedWithCode(0), "cannot start 64 threads: .*; then 1, later 3, visited 300$");
}

}  // namespace
