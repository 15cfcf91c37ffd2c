// The arena: pieces that are aligned, do not overlap, and come from the same memory after a reset.
#include <gradus/core/autograd/arena.h>

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <vector>

using namespace gradus;

namespace {

struct Piece {
  unsigned char* begin;
  std::size_t size;
};

// Pieces of many sizes, three chunks' worth, each filled with a byte of its own.
std::vector<Piece> fill(Arena& arena) {
  std::vector<Piece> pieces;
  std::size_t total = 0;
  for (std::size_t i = 0; total < 3 << 16; ++i) {
    const std::size_t size = 1 + i * i % 1999, alignment = std::size_t{1} << i % 5;
    auto* const begin = static_cast<unsigned char*>(arena.allocate(size, alignment));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(begin) % alignment, 0u);
    std::memset(begin, static_cast<int>(i % 251), size);
    pieces.push_back({begin, size});
    total += size;
  }
  return pieces;
}

TEST(Arena, PiecesAreAlignedAndDoNotOverlap) {
  Arena arena;
  const std::vector<Piece> pieces = fill(arena);
  for (std::size_t i = 0; i < pieces.size(); ++i)
    for (std::size_t at = 0; at < pieces[i].size; ++at) ASSERT_EQ(pieces[i].begin[at], i % 251) << i << ' ' << at;
}

// Every alignment at the end of a chunk, where the gap before the piece decides whether it still fits.
TEST(Arena, APieceThatDoesNotFitGoesIntoTheNextChunk) {
  for (std::size_t left = 1; left <= 32; ++left) {
    Arena arena;
    auto* const first = static_cast<unsigned char*>(arena.allocate((1 << 16) - left, 1));
    auto* const second = static_cast<unsigned char*>(arena.allocate(10, 16));
    const bool fits = second > first && second + 10 <= first + (1 << 16);
    const bool elsewhere = second + 10 <= first || second >= first + (1 << 16);
    EXPECT_TRUE(fits || elsewhere) << left;
  }
}

TEST(Arena, ResetGivesTheSameMemoryAgain) {
  Arena arena;
  arena.allocate(1, 1);
  void* const large = arena.allocate(1 << 17, 1);  // more than a chunk
  arena.reset();
  EXPECT_EQ(arena.allocate(1 << 17, 1), large) << "for which the first chunk is too small";
  arena.reset();
  std::set<void*> before;
  for (const Piece& piece : fill(arena)) before.insert(piece.begin);
  for (int round = 0; round < 3; ++round) {
    arena.reset();
    for (const Piece& piece : fill(arena)) EXPECT_TRUE(before.contains(piece.begin));
  }
}

}  // namespace
