// Labelled images, and a folder of four IDX files in MNIST's form: images and labels, to train on and to test on.
#pragma once

#include <gradus/core/base.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace gradus_base {

struct ImageSet {
  std::vector<std::uint8_t> pixels;  // [count, rows, columns], 0 to 255
  std::vector<std::int32_t> labels;  // [count], 0 to classes - 1
  std::int64_t count = 0, rows = 0, columns = 0;
  int classes = 0;  // 1 + the largest label of training and test set

  std::int64_t image_size() const { return rows * columns; }
  std::span<const std::uint8_t> image(std::int64_t index) const {  // [rows, columns]
    return std::span(pixels).subspan(static_cast<std::size_t>(index * image_size()),
                                     static_cast<std::size_t>(image_size()));
  }
};

struct Dataset {
  ImageSet train, test;
};

// Reads {train,t10k}-{images-idx3,labels-idx1}-ubyte; the form train-images.idx3-ubyte is accepted as well, and in
// place of these one set of EMNIST (emnist-letters-{train,test}-images-idx3-ubyte and so on; Cohen et al. 2017,
// arXiv:1702.05373), whose images are turned upright and whose labels come to begin at 0. Any image size and any number
// of classes up to 256. Throws std::runtime_error, one line, as idx.h says, and: for a missing file, listing every path
// tried (or, if a .gz is there, the command that unpacks it); for images and labels of different counts; for training
// and test images of different sizes; for several sets of EMNIST.
Dataset load_dataset(const std::string& folder);

}  // namespace gradus_base
