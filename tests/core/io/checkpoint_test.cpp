// Checkpoints: safetensors files with a version and a checksum of all of them. (Whole trainings that stop and go on:
// optim/resuming_test.cpp.)
#include "error_of.h"

#include <gradus/core/io/checkpoint.h>
#include <gradus/core/io/checksum.h>

#include <gtest/gtest.h>

#include <cstdio>

namespace gradus {
namespace {

const StateDict state = {{"w", Tensor({2}, {1, 2})}, {"steps", std::int64_t{3}}};
constexpr std::size_t digits_at = 8 + std::string_view("{\"__metadata__\":{\"checksum\":\"").size();

std::string hexadecimal(std::uint32_t value) {
  char digits[9];
  std::snprintf(digits, sizeof digits, "%08x", value);
  return digits;
}

// The file with the checksum it should have: of all its bytes, with zeros in place of the checksum itself.
std::string sealed(std::string bytes) {
  bytes.replace(digits_at, 8, "00000000");
  return bytes.replace(digits_at, 8, hexadecimal(crc32(bytes)));
}

std::string error(const std::string& bytes) {
  return error_of<std::runtime_error>([&] { parse_checkpoint(bytes, "c"); });
}

TEST(Checkpoint, WhatIsWrittenReadsTheSame) {
  const Metadata metadata = {{"epoch", "3"}, {"checksums", "none"}};
  const Checkpoint back = parse_checkpoint(format_checkpoint({state, metadata}), "c");
  EXPECT_EQ(back.state, state);
  EXPECT_EQ(back.metadata, metadata) << "without what makes it a checkpoint";
}

// Of many, so that some checksums begin with a zero.
TEST(Checkpoint, IsSealedByAChecksumOfEightDigits) {
  for (int i = 0; i < 100; ++i) {
    const std::string bytes = format_checkpoint({state, {{"i", std::to_string(i)}}});
    ASSERT_EQ(bytes, sealed(bytes)) << i;
  }
}

TEST(Checkpoint, SaysWhatIsWrong) {
  const std::string whole = format_checkpoint({state, {}});
  std::string damaged = whole;
  damaged.back() ^= 1;
  EXPECT_EQ(error(damaged), "c: is damaged: its checksum is " + sealed(damaged).substr(digits_at, 8) + ", not \"" +
                                whole.substr(digits_at, 8) + '"');
  EXPECT_EQ(error(whole), "no error");
  const Metadata old = {{"checksum", "00000000"}, {"format", "gradus checkpoint 1"}};
  EXPECT_EQ(error(sealed(format_safetensors(state, old))), "c: is a checkpoint of version 1; this program reads 2");
}

TEST(Checkpoint, IsMoreThanWeights) {
  const std::string weights = "c: is not a checkpoint, but weights alone";
  EXPECT_EQ(error(format_safetensors(state)), weights);
  EXPECT_EQ(error(format_safetensors({})), weights);
  EXPECT_EQ(error(format_safetensors(state, {{"format", "pt"}})), weights);
  EXPECT_EQ(error(sealed(format_safetensors(state, {{"checksum", "00000000"}, {"format", "pt"}}))), weights);
  EXPECT_EQ(error(format_safetensors(state, {{"format", "gradus checkpoint 2"}})), weights) << "no checksum";
  EXPECT_FALSE(is_checkpoint({}));
  EXPECT_FALSE(is_checkpoint({{"format", "pt"}}));
  EXPECT_TRUE(is_checkpoint({{"format", "gradus checkpoint 7"}}));
}

}  // namespace
}  // namespace gradus
