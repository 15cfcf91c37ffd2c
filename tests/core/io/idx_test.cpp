#include "error_of.h"

#include <gradus/core/io/dataset.h>
#include <gradus/core/io/idx.h>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace gradus {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

void append_big_endian(Bytes& bytes, std::uint32_t value) {
  for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes.push_back(static_cast<std::uint8_t>(value >> shift & 0xffU));
}

// A whole images file: pixel i is i modulo 251.
Bytes images_file(std::uint32_t count, std::uint32_t rows, std::uint32_t columns) {
  Bytes bytes;
  for (const std::uint32_t word : {0x803U, count, rows, columns}) append_big_endian(bytes, word);
  for (std::uint32_t i = 0; i < count * rows * columns; ++i) bytes.push_back(static_cast<std::uint8_t>(i % 251));
  return bytes;
}

Bytes labels_file(const Bytes& labels) {
  Bytes bytes;
  append_big_endian(bytes, 0x801);
  append_big_endian(bytes, static_cast<std::uint32_t>(labels.size()));
  bytes.insert(bytes.end(), labels.begin(), labels.end());
  return bytes;
}

Bytes header(std::uint32_t magic, std::uint32_t count, std::uint32_t rows, std::uint32_t columns) {
  Bytes bytes;
  for (const std::uint32_t word : {magic, count, rows, columns}) append_big_endian(bytes, word);
  return bytes;
}

std::string images_error(const Bytes& bytes) {
  return error_of<std::runtime_error>([&] { parse_idx(bytes, IdxKind::images, "f"); });
}

std::string labels_error(const Bytes& bytes) {
  return error_of<std::runtime_error>([&] { parse_idx(bytes, IdxKind::labels, "f"); });
}

// A folder of its own for each test, with four good files: 3 training and 2 test images of 2 x 4 pixels.
class DatasetFolder : public ::testing::Test {
 protected:
  DatasetFolder() {
    dir_ = fs::path(::testing::TempDir()) / ("gradus_idx_" + std::to_string(getpid()));
    fs::remove_all(dir_);
    fs::create_directory(dir_);
    write("train-images-idx3-ubyte", images_file(3, 2, 4));
    write("train-labels-idx1-ubyte", labels_file({0, 4, 2}));
    write("t10k-images-idx3-ubyte", images_file(2, 2, 4));
    write("t10k-labels-idx1-ubyte", labels_file({1, 6}));
  }
  ~DatasetFolder() override { fs::remove_all(dir_); }

  std::string path(const std::string& name) const { return (dir_ / name).string(); }
  void write(const std::string& name, const Bytes& bytes) const {
    std::ofstream(path(name), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  std::string load_error() const {
    return error_of<std::runtime_error>([&] { load_dataset(dir_.string()); });
  }

  fs::path dir_;
};

TEST(Idx, ParsesFromMemory) {
  const Idx images = parse_idx(images_file(3, 2, 4), IdxKind::images, "f");
  EXPECT_EQ(images.sizes, (std::vector<std::int64_t>{3, 2, 4}));
  ASSERT_EQ(images.bytes.size(), 24U);
  EXPECT_EQ(images.bytes[23], 23);
  const Idx labels = parse_idx(labels_file({7, 0, 255}), IdxKind::labels, "f");
  EXPECT_EQ(labels.sizes, (std::vector<std::int64_t>{3}));
  EXPECT_EQ(labels.bytes, (Bytes{7, 0, 255}));
}

TEST(Idx, WrongMagicNumber) {
  EXPECT_EQ(images_error(labels_file({1, 2, 3, 4, 5, 6, 7, 8})),
            "f: wrong magic number: expected 0x00000803 (images), got 0x00000801");
  EXPECT_EQ(labels_error(images_file(1, 2, 2)), "f: wrong magic number: expected 0x00000801 (labels), got 0x00000803");
  EXPECT_EQ(images_error(header(0xd03, 1, 2, 2)),
            "f: wrong magic number: expected 0x00000803 (images), got 0x00000d03");
  EXPECT_EQ(images_error({'h', 't', 'm', 'l'}), "f: wrong magic number: expected 0x00000803 (images), got 0x68746d6c");
}

TEST(Idx, GzipUnderAnotherName) {
  EXPECT_EQ(images_error({0x1f, 0x8b, 8, 0, 0, 0}), "f: is compressed by gzip; unpack it: mv f f.gz && gunzip f.gz");
}

TEST(Idx, TruncatedHeader) {
  EXPECT_EQ(images_error({}), "f: truncated: the header takes 16 bytes, the file has 0");
  EXPECT_EQ(labels_error({0, 0, 8}), "f: truncated: the header takes 8 bytes, the file has 3");
  Bytes bytes = images_file(3, 2, 4);
  bytes.resize(15);
  EXPECT_EQ(images_error(bytes), "f: truncated: the header takes 16 bytes, the file has 15");
}

TEST(Idx, EveryLengthButTheRightOneIsRefused) {
  const Bytes whole = images_file(3, 2, 4);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_NE(images_error(part).find("f: truncated: "), std::string::npos) << length;
  }
  Bytes longer = whole;
  longer.pop_back();
  EXPECT_EQ(images_error(longer), "f: truncated: 3 images of 2 x 4 pixels take 40 bytes, the file has 39");
  longer.resize(41);
  EXPECT_EQ(images_error(longer), "f: overlong: 3 images of 2 x 4 pixels take 40 bytes, the file has 41");
  Bytes labels = labels_file({1, 2, 3});
  labels.push_back(4);
  EXPECT_EQ(labels_error(labels), "f: overlong: 3 labels take 11 bytes, the file has 12");
}

TEST(Idx, NothingInside) {
  EXPECT_EQ(images_error(header(0x803, 0, 28, 28)), "f: holds nothing: 0 images of 28 x 28 pixels");
  EXPECT_EQ(images_error(header(0x803, 5, 0, 28)), "f: holds nothing: 5 images of 0 x 28 pixels");
  EXPECT_EQ(images_error(header(0x803, 5, 28, 0)), "f: holds nothing: 5 images of 28 x 0 pixels");
  EXPECT_EQ(labels_error(labels_file({})), "f: holds nothing: 0 labels");
}

TEST(Idx, HugeClaimsCostNothing) {
  EXPECT_EQ(images_error(header(0x803, 0xffffffff, 0xffffffff, 0xffffffff)),
            "f: claims 4294967295 images of 4294967295 x 4294967295 pixels, more than any file can hold");
  // 2^32 * 2^32 pixels would wrap around to nothing: 16 bytes must not be taken for all of them.
  EXPECT_EQ(images_error(header(0x803, 0x80000000, 0x80000000, 0x80000000)),
            "f: claims 2147483648 images of 2147483648 x 2147483648 pixels, more than any file can hold");
  EXPECT_EQ(images_error(header(0x803, 100, 1000, 1000)),
            "f: truncated: 100 images of 1000 x 1000 pixels take 100000016 bytes, the file has 16");
}

TEST_F(DatasetFolder, LoadsAnySizeAndAnyNumberOfClasses) {
  const Dataset data = load_dataset(dir_.string());
  EXPECT_EQ(data.train.count, 3);
  EXPECT_EQ(data.test.count, 2);
  EXPECT_EQ(data.train.rows, 2);
  EXPECT_EQ(data.train.columns, 4);
  EXPECT_EQ(data.train.image_size(), 8);
  EXPECT_EQ(data.train.classes, 7);  // 1 + the 6 that only the test set has
  EXPECT_EQ(data.test.classes, 7);
  EXPECT_EQ(data.train.labels, (std::vector<std::int32_t>{0, 4, 2}));
  EXPECT_EQ(data.train.image(2).front(), 16);
  EXPECT_EQ(data.train.image(2).size(), 8U);
}

TEST_F(DatasetFolder, AcceptsNamesWithADot) {
  fs::rename(path("train-images-idx3-ubyte"), path("train-images.idx3-ubyte"));
  fs::rename(path("t10k-labels-idx1-ubyte"), path("t10k-labels.idx1-ubyte"));
  EXPECT_EQ(load_dataset(dir_.string()).train.count, 3);
}

// Stored by columns, letters numbered from 1.
TEST_F(DatasetFolder, EmnistComesOutUprightAndFromZero) {
  const auto move = [&](const std::string& from, const std::string& to) { fs::rename(path(from), path(to)); };
  write("emnist-letters-train-images-idx3-ubyte", images_file(1, 2, 4));
  EXPECT_EQ(load_dataset(dir_.string()).train.count, 3) << "MNIST's files go first";
  move("train-images-idx3-ubyte", "train-images.idx3-ubyte");
  EXPECT_EQ(load_dataset(dir_.string()).train.count, 3) << "also if their names have a dot";
  move("train-images.idx3-ubyte", "train-images-idx3-ubyte");
  for (const std::string kind : {"images-idx3-ubyte", "labels-idx1-ubyte"}) {
    move("train-" + kind, "emnist-letters-train-" + kind);
    move("t10k-" + kind, "emnist-letters-test-" + kind);
  }
  write("emnist-letters-train-labels-idx1-ubyte", labels_file({1, 26, 3}));
  const Dataset data = load_dataset(dir_.string());
  EXPECT_EQ(data.train.rows, 4);
  EXPECT_EQ(data.train.columns, 2);
  EXPECT_EQ(data.train.labels, (std::vector<std::int32_t>{0, 25, 2}));
  EXPECT_EQ(data.test.labels, (std::vector<std::int32_t>{0, 5}));
  EXPECT_EQ(data.train.classes, 26);
  write("emnist-letters-train-labels-idx1-ubyte", labels_file({2, 26, 3}));
  EXPECT_EQ(load_dataset(dir_.string()).train.labels, (std::vector<std::int32_t>{1, 25, 2}))
      << "the least of both is 0";
  const auto second = data.train.image(1);  // 8 9 10 11 / 12 13 14 15 as it was stored
  EXPECT_EQ(Bytes(second.begin(), second.end()), (Bytes{8, 12, 9, 13, 10, 14, 11, 15}));
  write("emnist-digits-train-images-idx3-ubyte", images_file(1, 2, 4));
  EXPECT_EQ(load_error(), dir_.string() +
                              ": has emnist-digits and emnist-letters, but one set is trained on: put it "
                              "into a folder of its own");
}

TEST_F(DatasetFolder, MissingFileListsEveryPathTried) {
  fs::remove(path("t10k-labels-idx1-ubyte"));
  EXPECT_EQ(load_error(),
            "cannot find t10k-labels; tried " + path("t10k-labels-idx1-ubyte") + ", " + path("t10k-labels.idx1-ubyte"));
  EXPECT_EQ(error_of<std::runtime_error>([] { load_dataset("/nowhere"); }),
            "cannot find train-images; tried /nowhere/train-images-idx3-ubyte, /nowhere/train-images.idx3-ubyte");
  write("t10k-images-idx3-ubyte", {});
  EXPECT_EQ(load_error().substr(0, 25), "cannot find t10k-labels; ") << "before a file beside it is read";
  fs::rename(path("train-images-idx3-ubyte"), path("other-train-images-idx3-ubyte"));
  EXPECT_EQ(load_error().substr(0, 26), "cannot find train-images; ");
}

TEST_F(DatasetFolder, CompressedFileIsToBeUnpacked) {
  fs::rename(path("train-labels-idx1-ubyte"), path("train-labels-idx1-ubyte.gz"));
  const std::string file = path("train-labels-idx1-ubyte.gz");
  EXPECT_EQ(load_error(), file + " is compressed; unpack it: gunzip -k " + file);
}

TEST_F(DatasetFolder, DamagedFilesAreNamed) {
  const std::string name = path("train-images-idx3-ubyte");
  write("train-images-idx3-ubyte", {});
  EXPECT_EQ(load_error(), name + ": truncated: the header takes 16 bytes, the file has 0");
  write("train-images-idx3-ubyte", header(0x803, 100, 1000, 1000));
  EXPECT_EQ(load_error(), name + ": truncated: 100 images of 1000 x 1000 pixels take 100000016 bytes, the file has 16");
  Bytes overlong = images_file(3, 2, 4);
  overlong.push_back(0);
  write("train-images-idx3-ubyte", overlong);
  EXPECT_EQ(load_error(), name + ": overlong: 3 images of 2 x 4 pixels take 40 bytes, the file has 41");
  write("train-images-idx3-ubyte", labels_file({1, 2}));
  EXPECT_EQ(load_error(), name + ": wrong magic number: expected 0x00000803 (images), got 0x00000801");
  write("train-images-idx3-ubyte", {0x1f, 0x8b, 8});
  EXPECT_EQ(load_error(),
            name + ": is compressed by gzip; unpack it: mv " + name + " " + name + ".gz && gunzip " + name + ".gz");
}

TEST_F(DatasetFolder, CountsThatDisagree) {
  write("train-labels-idx1-ubyte", labels_file({0, 1}));
  EXPECT_EQ(load_error(),
            path("train-labels-idx1-ubyte") + ": 2 labels, but 3 images in " + path("train-images-idx3-ubyte"));
}

TEST_F(DatasetFolder, TrainingAndTestImagesOfDifferentSizes) {
  write("t10k-images-idx3-ubyte", images_file(2, 4, 2));
  EXPECT_EQ(load_error(), dir_.string() + ": training images of 2 x 4 pixels, but test images of 4 x 2 pixels");
  write("t10k-images-idx3-ubyte", images_file(2, 2, 3));
  EXPECT_EQ(load_error(), dir_.string() + ": training images of 2 x 4 pixels, but test images of 2 x 3 pixels");
}

TEST_F(DatasetFolder, WhatIsNoRegularFileIsRefusedWithoutWaiting) {
  const std::string name = path("train-images-idx3-ubyte");
  fs::remove(name);
  fs::create_directory(name);
  EXPECT_EQ(load_error(), name + ": cannot read: it is a folder");
  fs::remove(name);
  ASSERT_EQ(mkfifo(name.c_str(), 0600), 0);
  EXPECT_EQ(load_error(), name + ": cannot read: it is not a regular file");
}

TEST_F(DatasetFolder, FileThatMayNotBeRead) {
  const std::string name = path("train-images-idx3-ubyte");
  fs::permissions(name, fs::perms::none);
  const bool root = geteuid() == 0;  // who may read everything; for a moment we are an ordinary user
  if (root) {
    fs::permissions(path(""), fs::perms::others_exec, fs::perm_options::add);
    ASSERT_EQ(seteuid(65534), 0);
  }
  const std::string error = load_error();
  ASSERT_EQ(root ? seteuid(0) : 0, 0);
  EXPECT_EQ(error, name + ": cannot read: Permission denied");
  EXPECT_EQ(error_of<std::runtime_error>([&] { read_idx(path("missing"), IdxKind::images); }),
            path("missing") + ": cannot read: No such file or directory");
}

}  // namespace
}  // namespace gradus
