#include <gradus/core/tensor/storage.h>

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <new>
#include <thread>
#include <vector>

using namespace gradus;

namespace {

char* bytes_of(const Storage& storage) { return static_cast<char*>(storage.data()); }

// Buffers are only kept for reuse where no sanitizer watches them.
bool pools() {
  Storage::trim();
  { const Storage probe(1); }
  return Storage::bytes_pooled() > 0;
}

TEST(Storage, BuffersAreKeptUnlessASanitizerWatches) {
#if defined(__SANITIZE_ADDRESS__)
  const bool watched = true;
#elif defined(__has_feature)
  const bool watched = __has_feature(address_sanitizer);
#else
  const bool watched = false;
#endif
  EXPECT_EQ(pools(), !watched);
}

TEST(Storage, HoldsAsManyBytesAsAsked) {
  for (const std::int64_t count : {1, 2, 15, 16, 17, 31, 32, 33, 1000, 4096, 100'000}) {
    const Storage storage(count);
    for (std::int64_t i = 0; i < count; ++i) bytes_of(storage)[i] = static_cast<char>(i);
    for (std::int64_t i = 0; i < count; ++i) ASSERT_EQ(bytes_of(storage)[i], static_cast<char>(i)) << count;
  }
}

TEST(Storage, LiesOnACacheLine) {
  std::vector<Storage> buffers;
  for (std::int64_t count = 1; count < 3000; count = count * 4 / 3 + 1) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffers.emplace_back(count).data()) % 64, 0u) << count;
  }
}

TEST(Storage, OfNothingHasNoBuffer) {
  const std::int64_t before = Storage::bytes_in_use();
  const Storage none, empty(0);
  EXPECT_EQ(none.data(), nullptr);
  EXPECT_EQ(empty.data(), nullptr);
  EXPECT_FALSE(empty.unique());
  const Storage copy = empty;
  EXPECT_EQ(copy.data(), nullptr);
  EXPECT_EQ(Storage::bytes_in_use(), before);
}

TEST(Storage, KnowsWhetherItIsShared) {
  Storage a(4);
  EXPECT_TRUE(a.unique());
  {
    const Storage b = a;
    EXPECT_EQ(a.data(), b.data());
    EXPECT_FALSE(a.unique());
    EXPECT_FALSE(b.unique());
  }
  EXPECT_TRUE(a.unique());
  const void* data = a.data();
  Storage c = std::move(a);
  EXPECT_EQ(c.data(), data);
  EXPECT_TRUE(c.unique());
  const Storage& same = c;
  c = same;
  EXPECT_EQ(c.data(), data);
  EXPECT_TRUE(c.unique());
}

TEST(Storage, CountsBytesInUse) {
  const std::int64_t before = Storage::bytes_in_use();
  {
    const Storage a(1000);
    const std::int64_t used = Storage::bytes_in_use() - before;
    EXPECT_GE(used, 1000);
    const Storage b = a;
    EXPECT_EQ(Storage::bytes_in_use() - before, used) << "a copy takes nothing";
  }
  EXPECT_EQ(Storage::bytes_in_use(), before);
}

// Sizes are rounded up to one of four in each octave: the buffer is large enough, and at most a quarter larger.
TEST(Storage, RoundsSizesUpByAQuarterAtMost) {
  const std::int64_t before = Storage::bytes_in_use();
  for (std::int64_t count = 1; count < 1 << 16; count += 1 + count / 37) {
    const Storage storage(count);
    const std::int64_t used = Storage::bytes_in_use() - before;
    EXPECT_GE(used, count) << count;
    EXPECT_LE(used, std::max<std::int64_t>(64, count * 5 / 4)) << count;
  }
  for (const std::int64_t power : {64, 128, 256, 1024, 65536}) {
    const Storage exact(power);
    EXPECT_EQ(Storage::bytes_in_use() - before, power);
  }
}

TEST(Storage, HandsTheSameBufferOutAgain) {
  const bool pooling = pools();
  Storage::trim();
  const void* first = nullptr;
  {
    const Storage a(1000);
    first = a.data();
  }
  if (!pooling) {
    EXPECT_EQ(Storage::bytes_pooled(), 0);
    return;
  }
  EXPECT_GE(Storage::bytes_pooled(), 1000);
  {
    const Storage larger(100'000);
    EXPECT_NE(larger.data(), first);
    const Storage again(990);
    EXPECT_EQ(again.data(), first);
    EXPECT_TRUE(again.unique());
    const Storage another(1000);
    EXPECT_NE(another.data(), first) << "it is in use";
    EXPECT_EQ(Storage::bytes_pooled(), 0);
  }
  Storage::trim();
  EXPECT_EQ(Storage::bytes_pooled(), 0);
}

TEST(Storage, RefusesWhatNoMachineHas) {
  const std::int64_t before = Storage::bytes_in_use();
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t count : {std::int64_t{-1}, most, most / 2, most / 4 + 1}) {
    EXPECT_THROW(Storage storage(count), std::bad_alloc) << count;
  }
  EXPECT_EQ(Storage::bytes_in_use(), before);
}

TEST(Storage, MayBeSharedBetweenThreads) {
  const std::int64_t before = Storage::bytes_in_use();
  {
    const Storage shared(64);
    bytes_of(shared)[0] = 7;
    std::vector<std::thread> threads;
    std::vector<int> wrong(4, 0);
    for (int& mistakes : wrong) {
      threads.emplace_back([&shared, &mistakes] {
        for (int i = 0; i < 5000; ++i) {
          const Storage copy = shared;
          const Storage own(i % 300);
          mistakes += bytes_of(copy)[0] != 7;
          if (own.data()) bytes_of(own)[0] = 1;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, std::vector<int>(4, 0));
    EXPECT_TRUE(shared.unique());
  }
  EXPECT_EQ(Storage::bytes_in_use(), before);
}

}  // namespace
